//! Verdicts on the growth of all functions, in words.

use crate::analysis::trend::{GrowthFinding, TrendStatus, Trends};
use crate::base::units::{Unit, counted};

impl Trends {
    /// Returns true if some function is a suspect: the findings are then of suspects, else of functions that grew beyond
    /// noise in too few snapshots.
    pub fn has_suspects(&self) -> bool {
        self.with_status(TrendStatus::Suspect).next().is_some()
    }

    /// Verb for what the functions of a finding did, and a doubt about it, which is empty for suspects.
    pub fn growth_words(&self) -> (&'static str, String) {
        match (self.has_suspects(), self.more_snapshots) {
            (true, _) => ("keeps growing", String::new()),
            (false, Some(more)) => ("grew", format!("too few snapshots: {more} more would do")),
            (false, None) => ("grew", "not beyond chance".to_owned()),
        }
    }

    /// Verdict on all functions in one sentence.
    pub fn verdict(&self) -> String {
        let doubt = "a filling cache looks the same";
        match self.with_status(TrendStatus::Suspect).count() {
            0 => {}
            1 => return format!("1 function keeps growing: a suspected leak; {doubt}"),
            count => return format!("{count} functions keep growing: suspected leaks; {doubt}"),
        }
        let growing = self.with_status(TrendStatus::Growing).count();
        let functions = counted(growing, "function");
        match (growing, self.more_snapshots) {
            (0, Some(more)) => format!("too few snapshots to tell growth from chance: {more} more would do"),
            (0, None) => self.without_growth(),
            (_, Some(more)) => {
                format!("{functions} growing; too few snapshots to tell it from chance: {more} more would do")
            }
            (_, None) => format!("{functions} growing, not beyond chance and sampling noise"),
        }
    }

    /// Verdict where no function grows, and more snapshots are not needed.
    fn without_growth(&self) -> String {
        if self.lanes.iter().flat_map(|lane| &lane.processes).all(|process| process.len() < 2) {
            return "each process has one snapshot: growth within a process is not known".to_owned();
        }
        let of_status = |status| self.with_status(status).filter(|row| row.is_significant).count();
        let (settled, late) = (of_status(TrendStatus::Settled), of_status(TrendStatus::Flat));
        let grew = |count: usize| format!("{} grew beyond chance and sampling noise", counted(count, "function"));
        match (settled, late) {
            (0, 0) => "no function grew beyond chance and sampling noise, and still grows".to_owned(),
            (_, 0) => format!("no function keeps growing; {} and settled", grew(settled)),
            (_, _) => format!(
                "no function grows over the whole window; {} in a part of it: a shorter window tells more",
                grew(settled + late)
            ),
        }
    }
}

impl GrowthFinding {
    /// Growth with its sign, and the restarts over which it is added.
    pub fn growth(&self, unit: &Unit) -> String {
        self.with_restarts(unit.signed_long(self.delta))
    }

    /// Adds the restarts over which a growth is added to its figure: the process never held that much.
    pub(in crate::analysis) fn with_restarts(&self, growth: String) -> String {
        match self.restarts {
            0 => growth,
            restarts => format!("{growth} added over {}", counted(restarts, "restart")),
        }
    }
}
