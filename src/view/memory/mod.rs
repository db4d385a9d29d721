//! Memory of the process: a table of terms with bars and explanations, and estimates for other GC settings.

pub mod draw;

use crate::analysis::{Account, WhatIf, WhatIfRow, WhatIfWords};
use crate::base::safe_text;
use crate::base::units::{Unit, percent};
use crate::base::width::wrap;
use crate::view::command::{CommandRow, actions, footer_row};
use crate::view::nav::Scroll;

actions! {
    /// Actions of the popup other than its moves.
    Action {
        Close = "close-memory",
    }
}

/// Key rows of the popup.
pub const COMMANDS: &[CommandRow<Action>] =
    &[footer_row(&["Esc", "7", "1", "Enter"], Action::Close, "close the memory", "close").closing()];

/// Width of the name of a term in cells.
const NAME_WIDTH: usize = 25;
/// Width of a size in cells.
const SIZE_WIDTH: usize = 9;
/// Width of a share in cells.
const SHARE_WIDTH: usize = 7;
/// Maximum width of a bar or a sparkline in cells.
const MAX_BAR_WIDTH: usize = 40;

/// State of the memory view.
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    account: Option<Account>,
    origin: Option<AccountOrigin>,
    /// Bytes over the snapshots with figures: one line for each term, one for the unknown part, one for the total.
    history: Vec<Vec<i64>>,
    what_if: Option<WhatIf>,
    pub scroll: Scroll,
}

/// Snapshot of an account.
#[derive(Clone, Debug)]
pub struct AccountOrigin {
    /// Number of the snapshot among those of its instance in the window, from 1.
    pub number: usize,
    /// Number of snapshots of the instance in the window.
    pub snapshots: usize,
    /// Instance, safe to show; `None` if there is only one in the series.
    pub instance: Option<String>,
}

impl AccountOrigin {
    /// Describes the snapshot; `None` if there is no other.
    fn words(&self) -> Option<String> {
        match (&self.instance, self.snapshots) {
            (None, ..2) => None,
            (None, snapshots) => Some(format!("snapshot {} of {snapshots}", self.number)),
            (Some(instance), ..2) => Some(format!("{instance} alone; --instance chooses another")),
            (Some(instance), snapshots) => {
                Some(format!("{instance} alone, snapshot {} of {snapshots}; --instance chooses another", self.number))
            }
        }
    }
}

/// Line of the popup.
#[derive(Clone, Debug, PartialEq)]
pub enum MemoryLine {
    /// Empty line.
    Gap,
    /// Heading.
    Title(String),
    /// Sentence or part of one.
    Text(String),
    /// Explanation below a term.
    Dim(String),
    /// Term with its cells.
    Term {
        name: String,
        size: String,
        share: String,
        /// Size relative to the largest term; negative for memory that is not resident.
        bar: f64,
        /// Bytes over the series; empty for one snapshot.
        line: Vec<i64>,
    },
    /// Row of the what-if; the first is its head.
    WhatIf([String; 5]),
}

impl MemoryState {
    /// Opens the popup at its first line. `accounts` are those of the snapshots of one instance in the window; the last
    /// one is shown.
    pub fn open(&mut self, accounts: &[Account], origin: Option<AccountOrigin>, what_if: Option<WhatIf>) {
        let last = accounts.last().cloned();
        self.history = last.as_ref().map_or_else(Vec::new, |last| history(last, accounts));
        (self.account, self.origin, self.what_if, self.scroll) = (last, origin, what_if, Scroll::default());
    }

    /// Lines of the popup, wrapped to `cells`.
    pub fn lines(&self, cells: usize) -> Vec<MemoryLine> {
        let Some(account) = &self.account else { return missing(cells) };
        let mut lines = prose(&account.line(), cells, MemoryLine::Title);
        let origin = self.origin.as_ref().and_then(AccountOrigin::words);
        lines.extend(origin.iter().flat_map(|origin| prose(origin, cells, MemoryLine::Dim)));
        lines.push(MemoryLine::Gap);
        let largest = account.terms.iter().map(|term| term.bytes.saturating_abs()).max().unwrap_or(1).max(1);
        let row = |at: usize, name: String, bytes: i64| MemoryLine::Term {
            name,
            size: Unit::Bytes.long(bytes),
            share: percent(bytes, account.total),
            bar: bytes as f64 / largest as f64,
            line: self.history.get(at).cloned().unwrap_or_default(),
        };
        for (at, term) in account.terms.iter().enumerate() {
            lines.push(row(at, term.name(), term.bytes));
            lines.extend(prose(term.description(), cells, MemoryLine::Dim));
            if let Some(advice) = term.advice(account.total) {
                lines.extend(prose(&format!("To do: {advice}"), cells, MemoryLine::Dim));
            }
        }
        let count = account.terms.len();
        if account.unknown != 0 {
            lines.push(row(count, "unknown".to_owned(), account.unknown));
            lines.extend(prose("no source explains it", cells, MemoryLine::Dim));
        }
        lines.push(row(count + 1, format!("total: {}", account.total_is.name()), account.total));
        lines.extend(facts(account).iter().flat_map(|fact| prose(fact, cells, MemoryLine::Text)));
        if let Some(estimate) = &self.what_if {
            lines.extend(what_if(estimate, cells));
        }
        lines
    }
}

/// Bytes over the snapshots with figures, for each term, the unknown part and the total; empty for a single snapshot.
fn history(last: &Account, accounts: &[Account]) -> Vec<Vec<i64>> {
    if accounts.len() < 2 {
        return Vec::new();
    }
    let terms = last.terms.iter().map(|term| accounts.iter().map(|one| one.bytes(term.kind).unwrap_or(0)).collect());
    let unknown = accounts.iter().map(|one| one.unknown).collect();
    terms.chain([unknown, accounts.iter().map(|one| one.total).collect()]).collect()
}

/// Limit, peak and remarks of an account.
fn facts(account: &Account) -> Vec<String> {
    let long = |bytes| Unit::Bytes.long(bytes);
    let mut facts = Vec::new();
    if let Some(limit) = account.limit {
        let charged = account.charged.unwrap_or(account.total);
        facts.push(format!(
            "container: {} of its limit of {} ({})",
            long(charged),
            long(limit),
            percent(charged, limit)
        ));
    }
    facts.extend(account.peak.map(|peak| format!("largest RSS since the start: {}", long(peak))));
    facts.extend(account.remarks.iter().map(ToString::to_string));
    facts
}

/// Text that replaces the account if there is none.
fn missing(cells: usize) -> Vec<MemoryLine> {
    let what = "No source beside the profile has the memory of its process.";
    let how = "Go's debug=1 text has the figures of its runtime; --memory FILE reads MemStats, /proc/PID/status, memory.stat \
               of a container, and statistics of allocators, Node.js and the JVM. `heapglass record` keeps them beside each \
               snapshot.";
    let mut lines = prose(what, cells, MemoryLine::Text);
    lines.push(MemoryLine::Gap);
    lines.extend(prose(how, cells, MemoryLine::Text));
    lines
}

/// Rows of the what-if with its headings, spiral limit and assumptions.
fn what_if(estimate: &WhatIf, cells: usize) -> Vec<MemoryLine> {
    let mut lines = vec![MemoryLine::Gap, MemoryLine::Title("what if GOGC were".to_owned())];
    if let Some(contradiction) = estimate.contradiction() {
        let hint = "`report memory --what-if --gogc-now N` estimates with the GOGC of the window";
        lines.extend(prose(&format!("{contradiction}; {hint}"), cells, MemoryLine::Text));
    }
    lines.push(MemoryLine::WhatIf(["GOGC", "collections", "GC CPU", "peak heap", ""].map(str::to_owned)));
    lines.extend(estimate.rows.iter().map(|row| MemoryLine::WhatIf(cells_of(row, estimate))));
    let spiral = estimate
        .spiral_limit
        .map(|limit| format!("a death spiral begins below a GOMEMLIMIT of about {}", Unit::Bytes.long(limit)));
    lines.extend(spiral.iter().flat_map(|spiral| prose(spiral, cells, MemoryLine::Text)));
    lines.extend(estimate.assumptions().iter().flat_map(|line| prose(line, cells, MemoryLine::Dim)));
    lines
}

fn cells_of(row: &WhatIfRow, estimate: &WhatIf) -> [String; 5] {
    let WhatIfWords { gogc, collections, gc_cpu, peak, note } = row.words(estimate);
    [gogc, collections, gc_cpu, peak, note]
}

/// Sentence wrapped to `cells`.
fn prose(sentence: &str, cells: usize, line: fn(String) -> MemoryLine) -> Vec<MemoryLine> {
    let sentence = safe_text::safe_str(sentence);
    wrap(&sentence, cells.saturating_sub(4).clamp(2, 110)).into_iter().map(|piece| line(piece.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::account::{AccountTerm, AccountTotal, TermKind, TermOwner};

    fn account(idle: i64) -> Account {
        let term = |kind, bytes| AccountTerm { kind, owner: TermOwner::Go, bytes };
        Account {
            snapshot: 0,
            total: 100,
            total_is: AccountTotal::Rss,
            terms: vec![term(TermKind::Heap, 90 - idle), term(TermKind::Idle, idle), term(TermKind::Untouched, -10)],
            unknown: 20,
            remarks: Vec::new(),
            limit: Some(200),
            charged: None,
            peak: Some(120),
        }
    }

    #[test]
    fn terms_have_bars_meanings_and_a_line_over_the_series() {
        let mut state = MemoryState::default();
        assert!(matches!(&state.lines(80)[0], MemoryLine::Text(text) if text.starts_with("No source beside")));
        let origin = AccountOrigin { number: 2, snapshots: 2, instance: None };
        state.open(&[account(10), account(30)], Some(origin), None);
        let lines = state.lines(80);
        let terms: Vec<_> = lines
            .iter()
            .filter_map(|line| match line {
                MemoryLine::Term { name, bar, line, .. } => Some((name.as_str(), *bar, line.clone())),
                _ => None,
            })
            .collect();
        assert_eq!(terms[0], ("objects", 1.0, vec![80, 60]));
        assert_eq!(terms[1], ("idle, kept", 0.5, vec![10, 30]));
        assert!(terms[2].1 < 0.0, "what is not resident");
        assert_eq!(terms.last().map(|(_, _, line)| line.clone()), Some(vec![100, 100]));
        let has = |text: &str| lines.iter().any(|line| matches!(line, MemoryLine::Dim(dim) if dim.contains(text)));
        assert!(has("To do: left from a peak"), "{lines:?}");
        let limit = "container: 100 B of its limit of 200 B (50.0%)";
        assert!(lines.contains(&MemoryLine::Text(limit.to_owned())), "{lines:?}");
    }
}
