//! `report history`: the totals of builds over time, and the first one that left its level.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::amount::Amount;
use crate::analysis::builds::{Build, BuildDrift, BuildStatus, BuildVerdict, SiteGrowth, drift, grown_sites, judge};
use crate::base::safe_text::{display_name, safe_str};
use crate::base::units::{Unit, counted, two_sigma};

use super::amounts::{AmountNumber, change, long, percent_of, rounded, signed_long};
use super::ledger::Ledger;
use super::text::{Align, Page, TextColumn};
use super::{ReportFormat, Style, csv, json, markdown};

/// History of builds, with the settings of its output.
pub struct History {
    ledger: Ledger,
    verdicts: Vec<BuildVerdict>,
    /// Maximum number of builds to write, the newest ones; 0 for all.
    limit: usize,
    style: Style,
}

/// Shift of the level, with the last build before it.
#[derive(Clone, Copy)]
struct Shift<'a> {
    at: usize,
    build: &'a Build,
    before: &'a Build,
    verdict: &'a BuildVerdict,
}

impl Shift<'_> {
    /// Difference from the level.
    fn delta(&self) -> Amount {
        self.build.total.minus(self.level())
    }

    fn level(&self) -> Amount {
        rounded(self.verdict.level.unwrap_or(0.0))
    }

    fn sites(&self) -> Vec<SiteGrowth> {
        grown_sites(self.before, self.build)
    }
}

/// Number of digits that distinguish commits.
const COMMIT_DIGITS: usize = 12;

/// Columns of the table for people.
const COLUMNS: [TextColumn<'static>; 7] = [
    ("build", Align::Left),
    ("time", Align::Left),
    ("total", Align::Right),
    ("±", Align::Right),
    ("change", Align::Right),
    ("status", Align::Left),
    ("gate", Align::Left),
];

/// Kind of the report, and its words in the help.
pub const HISTORY: (&str, &str) = ("history", "the builds in a ledger of `check --history`, and the first bad one");

/// Formats of a history, the usual one first.
pub const HISTORY_FORMATS: [ReportFormat; 4] =
    [ReportFormat::Text, ReportFormat::Json, ReportFormat::Csv, ReportFormat::Markdown];

impl History {
    /// Judges the builds of a ledger.
    pub fn new(ledger: Ledger, limit: usize, style: Style) -> Self {
        let verdicts = judge(&ledger.builds);
        Self { ledger, verdicts, limit, style }
    }

    /// Writes the history; a format that a history does not have is written as text.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn write(&self, format: ReportFormat, out: &mut dyn Write) -> io::Result<()> {
        match format {
            ReportFormat::Json => self.write_json(out),
            ReportFormat::Csv => self.write_csv(out),
            ReportFormat::Markdown => self.write_markdown(out),
            _ => self.write_text(out),
        }
    }

    fn shifts(&self) -> impl Iterator<Item = Shift<'_>> {
        let builds = &self.ledger.builds;
        self.verdicts.iter().enumerate().filter_map(|(at, verdict)| {
            let is_shift = matches!(verdict.status, BuildStatus::Higher | BuildStatus::Lower);
            let before = verdict.last_of_level.filter(|_| is_shift)?;
            Some(Shift { at, build: &builds[at], before: &builds[before], verdict })
        })
    }

    fn first_bad(&self) -> Option<Shift<'_>> {
        self.shifts().find(|shift| shift.verdict.status == BuildStatus::Higher)
    }

    fn unit(&self) -> Unit {
        Unit::of(&self.ledger.unit)
    }

    /// Index of the first build that is written: the newest builds up to the limit are.
    fn first_shown(&self) -> usize {
        let builds = self.ledger.builds.len();
        if self.limit == 0 { 0 } else { builds.saturating_sub(self.limit) }
    }

    /// Sample type, number of builds, first and last total.
    fn summary_line(&self) -> String {
        let (unit, builds) = (self.unit(), &self.ledger.builds);
        let name = safe_str(&self.ledger.sample_type);
        let (Some(first), Some(last)) = (builds.first(), builds.last()) else { return display_name(&name).to_owned() };
        let totals = format!("{} to {}", long(&unit, first.total), long(&unit, last.total));
        let per = if self.ledger.per_instance { ", per instance" } else { "" };
        format!(
            "{}{per}: {}, {totals}, {}",
            display_name(&name),
            counted(builds.len(), "build"),
            change(&unit, first.total, last.total)
        )
    }

    /// First bad build in one sentence.
    fn verdict_line(&self) -> String {
        let Some(shift) = self.first_bad() else {
            let drift = self.drift().map_or("", |_| "; see the drift below");
            return format!("no build left its level upwards beyond noise{drift}");
        };
        let (unit, names) = (self.unit(), [shift.build, shift.before].map(|build| shown(&build.revision)));
        let noise = shift.verdict.sigma.map_or_else(String::new, |sigma| format!(" ±{}", unit.long(two_sigma(sigma))));
        let level = long(&unit, shift.level());
        let doubt = if shift.verdict.is_confirmed { "" } else { "; the next build has to confirm it" };
        let change = change(&unit, shift.level(), shift.build.total);
        format!("first bad build: {}, {change}{noise} above the level of {level} up to {}{doubt}", names[0], names[1])
    }

    /// Lines about each shift: the build, its change, and the functions that grew.
    fn shift_lines(&self) -> Vec<String> {
        let unit = self.unit();
        let line = |shift: Shift<'_>| {
            let change = change(&unit, shift.level(), shift.build.total);
            let sites: Vec<String> = shift
                .sites()
                .iter()
                .map(|site| format!("{} {}", display_name(&safe_str(&site.name)), signed_long(&unit, site.delta)))
                .collect();
            let sites = if sites.is_empty() { String::new() } else { format!(": {}", sites.join(", ")) };
            format!("{} {}, {change}{sites}", shift.verdict.status.word(), shown(&shift.build.revision))
        };
        self.shifts().map(line).chain(self.drift_line()).collect()
    }

    fn drift(&self) -> Option<BuildDrift> {
        drift(&self.ledger.builds, &self.verdicts)
    }

    /// Line about steady growth or a decrease of the last level, which no build alone stands for.
    fn drift_line(&self) -> Option<String> {
        let BuildDrift { first, last, builds, .. } = self.drift()?;
        let (unit, [first, last]) = (self.unit(), [first, last].map(|at| &self.ledger.builds[at]));
        let totals = format!("{} to {}", long(&unit, first.total), long(&unit, last.total));
        let (change, names) =
            (change(&unit, first.total, last.total), [first, last].map(|build| shown(&build.revision)));
        Some(format!(
            "drift {} to {}, {totals}, {change} over {} without a jump",
            names[0],
            names[1],
            counted(builds, "build")
        ))
    }

    /// Warnings about lines of the ledger that are left out, and a note about other sample types.
    fn left_out(&self) -> Vec<String> {
        let Ledger { broken, other, other_types, .. } = &self.ledger;
        let (broken, other) = (*broken, *other);
        let types: Vec<String> = other_types.iter().map(|name| format!("`{}`", safe_str(name))).collect();
        let lines = [
            (broken > 0).then(|| format!("warning: {} cannot be read", counted(broken, "line"))),
            (other > 0).then(|| {
                format!(
                    "warning: {} left out: another granularity, aggregation, divisor, instance or filter",
                    counted(other, "line")
                )
            }),
            (!types.is_empty()).then(|| format!("builds of {} too: `--sample-type` chooses", types.join(", "))),
        ];
        lines.into_iter().flatten().collect()
    }

    fn cells(&self, at: usize) -> Vec<String> {
        let (unit, build, verdict) = (self.unit(), &self.ledger.builds[at], &self.verdicts[at]);
        let change = verdict.level.map_or_else(String::new, |level| {
            let level = rounded(level);
            let change = build.total.minus(level);
            match percent_of(change, level) {
                _ if change == Amount::ZERO => String::new(),
                Some(percent) => percent,
                None => signed_long(&unit, change),
            }
        });
        let doubt = if verdict.is_confirmed { "" } else { "?" };
        vec![
            shown(&build.revision),
            build.time.as_deref().map_or_else(String::new, |time| safe_str(time).into_owned()),
            long(&unit, build.total),
            build.sigma.map_or_else(String::new, |sigma| unit.long(two_sigma(sigma))),
            change,
            format!("{}{doubt}", verdict.status.word()),
            build.ok.map_or("", |ok| if ok { "held" } else { "broken" }).to_owned(),
        ]
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let page = &mut Page::new(out, self.style);
        page.line(&self.summary_line())?;
        page.heading(&self.verdict_line())?;
        for line in self.shift_lines() {
            page.line(&format!("  {line}"))?;
        }
        page.line("")?;
        let first = self.first_shown();
        page.table(&COLUMNS, || (first..self.ledger.builds.len()).map(|at| self.cells(at)))?;
        if let Some(note) = self.not_shown() {
            page.line(&note)?;
        }
        page.line("change: against the mean of the level before; ± and noise: two standard deviations")?;
        for line in self.left_out() {
            page.line(&line)?;
        }
        Ok(())
    }

    fn write_markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{}\n\n**{}**\n",
            markdown::escaped(&self.summary_line()),
            markdown::escaped(&self.verdict_line())
        )?;
        for line in self.shift_lines().into_iter().chain(self.left_out()) {
            writeln!(out, "- {}", markdown::escaped(&line))?;
        }
        writeln!(out)?;
        markdown::table(out, &COLUMNS, (self.first_shown()..self.ledger.builds.len()).map(|at| self.cells(at)))?;
        markdown::notes(out, self.not_shown())
    }

    /// Note on the builds that the limit leaves out; `None` without any.
    fn not_shown(&self) -> Option<String> {
        let first = self.first_shown();
        (first > 0).then(|| format!("… {} before; --limit 0 shows all", counted(first, "build")))
    }

    fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let heads = ["revision", "time", "total", "sigma", "level", "status", "confirmed", "ok"];
        let rows = (self.first_shown()..self.ledger.builds.len()).map(|at| {
            let (build, verdict) = (&self.ledger.builds[at], &self.verdicts[at]);
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.0}"));
            vec![
                build.revision.clone(),
                build.time.clone().unwrap_or_default(),
                AmountNumber(build.total).to_string(),
                number(build.sigma),
                verdict.level.map_or_else(String::new, |level| AmountNumber::rounded(level).to_string()),
                verdict.status.word().to_owned(),
                verdict.is_confirmed.to_string(),
                build.ok.map_or_else(String::new, |ok| ok.to_string()),
            ]
        });
        csv::write(out, &heads, rows)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let shifts: Vec<ShiftFacts<'_>> = self.shifts().map(|shift| ShiftFacts::new(&shift)).collect();
        let first_bad = self.first_bad().map(|shift| ShiftFacts::new(&shift));
        let builds = (self.first_shown()..self.ledger.builds.len()).map(|at| {
            let (build, verdict) = (&self.ledger.builds[at], &self.verdicts[at]);
            BuildFacts {
                revision: &build.revision,
                time: build.time.as_deref(),
                total: AmountNumber(build.total),
                sigma: build.sigma,
                ok: build.ok,
                level: verdict.level,
                status: verdict.status.word(),
                confirmed: verdict.is_confirmed,
            }
        });
        let facts = HistoryFacts {
            schema: "heapglass.history/1",
            sample_type: &self.ledger.sample_type,
            unit: &self.ledger.unit,
            first_bad,
            shifts,
            drift: self.drift().map(|drift| DriftFacts::new(drift, &self.ledger.builds)),
            builds: builds.collect(),
            broken_lines: self.ledger.broken,
            other_lines: self.ledger.other,
        };
        json::write(out, &facts)
    }
}

/// Revision in a form for display: the first digits of a commit, or the name.
fn shown(revision: &str) -> String {
    let is_commit = revision.len() >= 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    let short = revision.get(..COMMIT_DIGITS).filter(|_| is_commit).unwrap_or(revision);
    display_name(&safe_str(short)).to_owned()
}

/// Object of `heapglass.history/1`.
#[derive(Serialize)]
struct HistoryFacts<'a> {
    schema: &'static str,
    sample_type: &'a str,
    unit: &'a str,
    first_bad: Option<ShiftFacts<'a>>,
    shifts: Vec<ShiftFacts<'a>>,
    drift: Option<DriftFacts<'a>>,
    builds: Vec<BuildFacts<'a>>,
    broken_lines: usize,
    other_lines: usize,
}

#[derive(Serialize)]
struct BuildFacts<'a> {
    revision: &'a str,
    time: Option<&'a str>,
    total: AmountNumber,
    sigma: Option<f64>,
    ok: Option<bool>,
    /// Mean of the level before the build.
    level: Option<f64>,
    status: &'static str,
    confirmed: bool,
}

#[derive(Serialize)]
struct ShiftFacts<'a> {
    index: usize,
    revision: &'a str,
    /// Last build of the level before.
    previous: &'a str,
    status: &'static str,
    confirmed: bool,
    level: AmountNumber,
    delta: AmountNumber,
    sigma: Option<f64>,
    sites: Vec<SiteFacts>,
}

/// Steady growth or decrease of the last level.
#[derive(Serialize)]
struct DriftFacts<'a> {
    from: &'a str,
    to: &'a str,
    builds: usize,
    delta: AmountNumber,
    p_value: f64,
}

impl<'a> DriftFacts<'a> {
    fn new(drift: BuildDrift, builds: &'a [Build]) -> Self {
        let (from, to) = (&builds[drift.first], &builds[drift.last]);
        Self {
            from: &from.revision,
            to: &to.revision,
            builds: drift.builds,
            delta: AmountNumber(to.total.minus(from.total)),
            p_value: drift.p_value,
        }
    }
}

#[derive(Serialize)]
struct SiteFacts {
    name: String,
    delta: AmountNumber,
}

impl<'a> ShiftFacts<'a> {
    fn new(shift: &Shift<'a>) -> Self {
        Self {
            index: shift.at,
            revision: &shift.build.revision,
            previous: &shift.before.revision,
            status: shift.verdict.status.word(),
            confirmed: shift.verdict.is_confirmed,
            level: AmountNumber(shift.level()),
            delta: AmountNumber(shift.delta()),
            sigma: shift.verdict.sigma,
            sites: shift
                .sites()
                .into_iter()
                .map(|site| SiteFacts { name: site.name, delta: AmountNumber(site.delta) })
                .collect(),
        }
    }
}
