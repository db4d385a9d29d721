//! Findings of a digest, each with its weight and the command that shows more.

use crate::analysis::filter::CodeOwner;
use crate::analysis::{Column, Severity, Trends, health};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FrameId, NodeId};
use crate::base::names::readable;
use crate::base::safe_text::{display_name, safe_str};
use crate::base::units::{counted_as, percent, two_sigma};
use crate::base::width::{cut_middle, width};

use super::Subject;
use super::advice;
use super::amounts::noise;
use super::head;
use super::rows::{FunctionRow, rows};

/// Maximum number of functions by self that are candidates; by total, four times as many are examined.
const MOST_FUNCTIONS: usize = 40;
/// Maximum number of functions of the program's own code that are candidates by their total.
const MOST_OWN: usize = 6;
/// Maximum number of call sites, and of causes of growth, that are candidates.
const MOST_SITES: usize = 100;
/// Minimum share of a function that is named, in percent.
const LEAST_SHARE: f64 = 0.1;
/// Share of the total, in percent, from which on a function is on nearly every path and is not named.
const EVERYWHERE: f64 = 95.0;
/// Maximum width of a name in cells; longer ones are cut in the middle.
const NAME_CELLS: usize = 72;
/// Maximum width of a finding on health in cells; the finding may quote the profile.
const TEXT_CELLS: usize = 360;
/// Maximum width of a call path in cells.
const PATH_CELLS: usize = 230;
/// Maximum length in bytes of a name in a command; the command for a longer name is about all functions.
const COMMAND_BYTES: usize = 110;

/// Part of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DigestSection {
    Health,
    Growth,
    Suspects,
    Functions,
    Advice,
}

impl DigestSection {
    /// All parts in their order, each with its heading.
    pub(super) const ALL: [(Self, &'static str); 5] = [
        (Self::Health, "Health"),
        (Self::Growth, "Growth"),
        (Self::Suspects, "Suspects"),
        (Self::Functions, "Functions"),
        (Self::Advice, "Advice"),
    ];

    /// Word for the kind of the findings in this part.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Growth => "growth",
            Self::Suspects => "suspect",
            Self::Functions => "function",
            Self::Advice => "advice",
        }
    }
}

/// One finding.
pub(super) struct DigestFinding {
    pub(super) section: DigestSection,
    /// Text in one line; names are in backticks.
    pub(super) text: String,
    /// Figure in the unit of the sample type; `None` if the finding has no figure.
    pub(super) value: Option<i64>,
    /// Command that shows more.
    pub(super) command: String,
    /// Importance of the finding to a reader: the budget is filled from the largest weight down.
    pub(super) weight: f64,
    /// Self of the row that the finding names; `None` if the finding is not about a row's self.
    pub(super) own: Option<i64>,
}

/// A name in backticks, which mark text of the profile: cut in the middle, on one line, and without backticks.
pub(super) fn fenced(name: &str) -> String {
    let safe = safe_str(name).replace('`', "'");
    format!("`{}`", cut_middle(display_name(&safe), NAME_CELLS))
}

/// Candidates of a digest.
#[derive(Default)]
pub(super) struct DigestCandidates {
    /// Findings, in no particular order.
    pub(super) findings: Vec<DigestFinding>,
    /// Number of call sites and causes of growth that are no candidates, since there are too many.
    pub(super) more: usize,
}

/// Collects the candidates. `trends` are the trends over the window, if they are known.
pub(super) fn candidates(subject: &Subject<'_>, trends: Option<&Trends>) -> DigestCandidates {
    let rows = rows(subject);
    let mut candidates = DigestCandidates { findings: health_findings(subject), more: 0 };
    growth(subject, &mut candidates);
    if let Some(trends) = trends {
        suspects(subject, trends, &mut candidates);
    }
    candidates.findings.extend(self_findings(subject, &rows));
    candidates.findings.extend(first_party_findings(subject, &rows));
    candidates.findings.extend(advice_findings(subject));
    candidates
}

fn health_findings(subject: &Subject<'_>) -> Vec<DigestFinding> {
    let command = subject.commands.report("summary", None, &[]);
    let warning = |text: String, weight: f64| DigestFinding {
        section: DigestSection::Health,
        text: format!("warning: {text}"),
        value: None,
        command: command.clone(),
        weight,
        own: None,
    };
    let first_of = |text: &str| cut_middle(&safe_str(text).replace('`', "'"), TEXT_CELLS).into_owned();
    let of_skipped = subject.skipped.first().map(|first| {
        let count = counted_as(
            subject.skipped.len(),
            "source could not be read and is not in the figures",
            "sources could not be read and are not in the figures",
        );
        let first = format!("{}: {}", fenced(&first.source), first_of(&first.reason));
        warning(format!("{count}, {}{first}", if subject.skipped.len() > 1 { "the first " } else { "" }), 500.0)
    });
    let of_source = subject.source_warnings.first().map(|first| {
        let more = match subject.source_warnings.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more about the sources"),
        };
        warning(format!("{}{more}", first_of(first)), 450.0)
    });
    let finding = |finding: crate::analysis::Finding| DigestFinding {
        section: DigestSection::Health,
        text: format!(
            "{}: {}",
            finding.severity().word(),
            cut_middle(&finding.to_string().replace('`', "'"), TEXT_CELLS)
        ),
        value: None,
        command: command.clone(),
        weight: if finding.severity() == Severity::Info { 8.0 } else { 400.0 },
        own: None,
    };
    of_skipped.into_iter().chain(of_source).chain(health(subject.answer).into_iter().map(finding)).collect()
}

/// Growth since the base: the totals with their noise, then the call sites that explain it.
fn growth(subject: &Subject<'_>, candidates: &mut DigestCandidates) {
    let Some(base) = &subject.answer.base else { return };
    let unit = subject.unit();
    let command = subject.commands.report("diff", None, &[]);
    let (then, now) = (base.column.filtered_total(), subject.column().filtered_total());
    let noise = match subject.answer.net_noise() {
        Some(noise) => {
            let verdict = if noise.covers(subject.answer.net_change()) { "within" } else { "beyond" };
            format!(", {verdict} sampling noise of ±{} (2σ)", unit.long(two_sigma(noise.sigma)))
        }
        None if base.noise.is_none() => ", sampling noise not known".to_owned(),
        None => String::new(),
    };
    let total = DigestFinding {
        section: DigestSection::Growth,
        text: format!("total {} → {}: {}{noise}", unit.long(then), unit.long(now), head::change(&unit, then, now)),
        value: i64::try_from(now - then).ok(),
        command: command.clone(),
        weight: 900.0,
        own: None,
    };
    candidates.findings.push(total);
    for explanation in base.changes.explanations(subject.answer.net_change()) {
        let (sum, noun) = (explanation.sum, explanation.noun);
        candidates.more += explanation.sites.len().saturating_sub(MOST_SITES);
        candidates.findings.extend(explanation.sites.iter().take(MOST_SITES).map(|site| {
            let (change, share) = (unit.signed_long(site.delta), percent(site.delta, sum));
            DigestFinding {
                section: DigestSection::Growth,
                text: format!("{change} ({share} of the {noun}) at {}", path(subject, site.node)),
                value: Some(site.delta),
                command: command.clone(),
                weight: 100.0 + part(site.delta, sum),
                own: None,
            }
        }));
    }
}

/// Growth over the series by cause; without any, one finding that says so or that there are too few snapshots to tell.
fn suspects(subject: &Subject<'_>, trends: &Trends, candidates: &mut DigestCandidates) {
    let (unit, frames) = (subject.unit(), subject.tree().frames());
    let command = subject.commands.report("leaks", None, &[]);
    let finding = |text: String, value: Option<i64>, weight: f64| DigestFinding {
        section: DigestSection::Suspects,
        text,
        value,
        command: command.clone(),
        weight,
        own: None,
    };
    // A counter grows in every program.
    if trends.is_counter() {
        return;
    }
    candidates.more += trends.findings.len().saturating_sub(MOST_SITES);
    let (grows, doubt) = trends.growth_words();
    let doubt = if doubt.is_empty() { doubt } else { format!("; {doubt}") };
    let mut found: Vec<DigestFinding> = trends
        .findings
        .iter()
        .take(MOST_SITES)
        .map(|growth| {
            let cause = fenced(frames.shown(growth.cause));
            let others = growth.functions.iter().filter(|frame| **frame != growth.cause).take(3);
            let others: Vec<String> = others.map(|frame| fenced(frames.shown(*frame))).collect();
            let within = if others.is_empty() { String::new() } else { format!(", in {}", others.join(", ")) };
            let share = format!("{:.0}% of what grew", growth.share * 100.0);
            let text = format!("{cause} {grows}: {}, {share}{within}{doubt}", growth.growth(&unit));
            finding(text, Some(growth.delta), 800.0 + growth.share)
        })
        .collect();
    if found.is_empty() {
        found.push(finding(trends.verdict(), None, 700.0));
    }
    candidates.findings.extend(found);
}

/// Share of a whole in percent.
fn part(value: i64, whole: i64) -> f64 {
    value.unsigned_abs() as f64 * 100.0 / whole.unsigned_abs().max(1) as f64
}

/// Functions by self, or with a base by the change of self, each with its heaviest call path.
fn self_findings(subject: &Subject<'_>, rows: &[FunctionRow<'_>]) -> Vec<DigestFinding> {
    // Code that only moved has no change.
    let is_told = |row: &&FunctionRow<'_>| subject.base().is_none() || row.net_change() != 0;
    let rows: Vec<&FunctionRow<'_>> = rows.iter().filter(is_told).take(MOST_FUNCTIONS).collect();
    let heaviest = heaviest(subject, &rows);
    let moved = subject.answer.base.as_ref().map(|base| base.changes.grew.saturating_sub(base.changes.shrank));
    let whole = moved.unwrap_or_else(|| subject.whole());
    let mut found = Vec::new();
    for (row, node) in rows.into_iter().zip(heaviest) {
        let value = if moved.is_some() { row.net_change() } else { row.own };
        let weight = part(value, whole);
        if value == 0 || weight < LEAST_SHARE {
            continue;
        }
        let figures = figures(subject, row);
        let path = node.map_or_else(String::new, |node| {
            let path = path(subject, node);
            if path.contains(" < ") { format!("; heaviest path {path}") } else { String::new() }
        });
        let text = format!("{}: {figures}{path}", fenced(&readable(row.name)));
        found.push(function_finding(subject, row, text, value, weight));
    }
    found
}

/// Functions of the program's own code with the largest totals: self shows which function allocates, these totals for
/// whose work.
fn first_party_findings(subject: &Subject<'_>, rows: &[FunctionRow<'_>]) -> Vec<DigestFinding> {
    if subject.base().is_some() {
        return Vec::new();
    }
    let owners = subject.answer.code_owners();
    let (unit, whole) = (subject.unit(), subject.whole());
    let is_told = |row: &&FunctionRow<'_>| {
        let share = part(row.total, whole);
        row.own == 0 && row.total > 0 && (1.0..EVERYWHERE).contains(&share)
    };
    let mut found: Vec<&FunctionRow<'_>> = rows.iter().filter(is_told).collect();
    found.compact_sort_by_key(|row| (std::cmp::Reverse(row.total), row.name));
    let is_own = |row: &&FunctionRow<'_>| owners.of(row.name, row.file) == Some(CodeOwner::FirstParty);
    let found = found.into_iter().take(MOST_FUNCTIONS * 4).filter(is_own).take(MOST_OWN);
    let finding = |row: &FunctionRow<'_>| {
        let name = fenced(&readable(row.name));
        let text = format!("own code {name}: total {} ({})", unit.long(row.total), percent(row.total, whole));
        DigestFinding { own: None, ..function_finding(subject, row, text, row.total, part(row.total, whole) * 0.4) }
    };
    found.map(finding).collect()
}

fn function_finding(
    subject: &Subject<'_>,
    row: &FunctionRow<'_>,
    text: String,
    value: i64,
    weight: f64,
) -> DigestFinding {
    // A name that starts with a dash would be an option.
    let is_plain = row.name.len() <= COMMAND_BYTES && !row.name.contains('`') && *safe_str(row.name) == *row.name;
    let command = if is_plain && !row.name.is_empty() && !row.name.starts_with('-') {
        subject.commands.report("callers", Some(row.name), &[])
    } else {
        subject.commands.report("top", None, &[])
    };
    DigestFinding { section: DigestSection::Functions, text, value: Some(value), command, weight, own: Some(row.own) }
}

/// Figures of a row in words.
fn figures(subject: &Subject<'_>, row: &FunctionRow<'_>) -> String {
    let (unit, whole) = (subject.unit(), subject.whole());
    if subject.base().is_none() {
        let own = format!("self {} ({})", unit.long(row.own), percent(row.own, whole));
        return if row.total == row.own {
            own
        } else {
            format!("{own}, total {} ({})", unit.long(row.total), percent(row.total, whole))
        };
    }
    let own = row.own_change();
    let noise = noise(&unit, own.uncertainty.map(|uncertainty| uncertainty.sigma));
    let net = row.net_change();
    let net =
        if net == own.delta() { String::new() } else { format!(", {} without moved code", unit.signed_long(net)) };
    format!("self {} → {}, {}{noise}{net}", unit.long(own.base), unit.long(own.current), unit.signed_long(own.delta()))
}

/// Finds the node of each row with the largest self, or with a base the largest change of self, in one pass.
fn heaviest(subject: &Subject<'_>, rows: &[&FunctionRow<'_>]) -> Vec<Option<NodeId>> {
    let (tree, frames) = (subject.tree(), subject.tree().frames());
    let mut index_of = vec![usize::MAX; frames.rows().len()];
    for (index, row) in rows.iter().enumerate() {
        index_of[row.index] = index;
    }
    let of_frame: Vec<usize> = frames.ids().map(|frame| index_of[frames.row(frame)]).collect();
    let mut best: Vec<Option<(u64, NodeId)>> = vec![None; rows.len()];
    let own = |column: &Column, node: NodeId| column.own(node);
    for node in (1..tree.len()).map(NodeId::new) {
        let index = of_frame[tree.frame(node).index()];
        if let Some(slot) = best.get_mut(index) {
            let base = subject.base().map_or(0, |base| own(base, node));
            let weight = own(subject.column(), node).abs_diff(base);
            if weight > 0 && slot.is_none_or(|(most, _)| weight > most) {
                *slot = Some((weight, node));
            }
        }
    }
    best.into_iter().map(|slot| slot.map(|(_, node)| node)).collect()
}

/// Call path of a node from the allocating frame upwards, cut to [`PATH_CELLS`]; consecutive equal frames are written
/// once.
fn path(subject: &Subject<'_>, node: NodeId) -> String {
    let (tree, frames) = (subject.tree(), subject.tree().frames());
    let mut path: Vec<FrameId> = tree.path(node).into_iter().skip(1).map(|node| tree.frame(node)).collect();
    path.reverse();
    path.dedup();
    let mut text = String::new();
    for (index, frame) in path.iter().enumerate() {
        let name = fenced(frames.shown(*frame));
        if index > 0 && width(&text) + width(&name) + 3 > PATH_CELLS {
            return format!("{text} < … {} more", path.len() - index);
        }
        text = if index == 0 { name } else { format!("{text} < {name}") };
    }
    text
}

fn advice_findings(subject: &Subject<'_>) -> Vec<DigestFinding> {
    let command = subject.commands.report("top", None, &[("advice", "")]);
    let finding = |advice: advice::DigestAdvice<'_>| {
        let names: Vec<String> = advice.names.iter().map(|name| fenced(name)).collect();
        DigestFinding {
            section: DigestSection::Advice,
            text: format!("{} ({}): {}", names.join(", "), advice.figure, advice.text.replace('`', "'")),
            value: Some(advice.value),
            command: command.clone(),
            weight: advice.percent * 0.5,
            own: None,
        }
    };
    advice::for_digest(subject).into_iter().map(finding).collect()
}
