//! Health: findings that affect how the figures are to be read, one sentence each.

pub mod draw;

use std::cmp::Reverse;

use crate::analysis::{Finding, Severity};
use crate::base::compact_sort::CompactSort;
use crate::base::safe_text;
use crate::base::width::wrap;
use crate::view::command::{CommandRow, actions, footer_row};
use crate::view::nav::Scroll;

actions! {
    /// Actions of the popup other than its moves.
    Action {
        Close = "close-health",
    }
}

/// Key rows of the popup.
pub const COMMANDS: &[CommandRow<Action>] =
    &[footer_row(&["Esc", "H", "Enter"], Action::Close, "close the health", "close").closing()];

/// Cells of the head of a sentence.
const INDENT: usize = 10;

/// State of the health.
#[derive(Clone, Debug, Default)]
pub struct HealthState {
    /// Findings, the most severe first; `None` while they are pending.
    findings: Option<Vec<Finding>>,
    /// Memory statistics of the runtime, by topic.
    memory: Vec<(&'static str, String)>,
    /// Warnings of the sources.
    warned: Vec<String>,
    /// Remarks on the windows.
    notes: Vec<String>,
    pub scroll: Scroll,
}

/// Head of a sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LineHead {
    /// The line continues a sentence.
    #[default]
    None,
    Severity(Severity),
    Topic(&'static str),
}

/// Line of the popup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthLine {
    head: LineHead,
    text: String,
}

impl HealthLine {
    fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }
}

/// Sentence wrapped to `cells`, with a head on the first line.
fn wrapped(head: LineHead, sentence: &str, cells: usize) -> Vec<HealthLine> {
    let sentence = safe_text::safe_str(sentence);
    let pieces = wrap(&sentence, cells.saturating_sub(INDENT + 2).max(1));
    let mut lines: Vec<HealthLine> = pieces.into_iter().map(HealthLine::plain).collect();
    if let Some(first) = lines.first_mut() {
        first.head = head;
    }
    lines
}

impl HealthState {
    /// Sets the findings on an answer.
    pub fn set_findings(&mut self, mut findings: Vec<Finding>) {
        findings.compact_sort_by_key(|finding| Reverse(finding.severity()));
        self.findings = Some(findings);
    }

    /// Opens the popup at its first line, with memory statistics of the runtime, warnings of the sources, and notes on
    /// the windows.
    pub fn open(&mut self, memory: Vec<(&'static str, String)>, warned: Vec<String>, notes: Vec<String>) {
        *self = Self { findings: self.findings.take(), memory, warned, notes, scroll: Scroll::default() };
    }

    /// Returns true if a finding says that the stacks seem to be upside down.
    pub fn is_upside_down(&self) -> bool {
        self.findings.iter().flatten().any(|finding| matches!(finding, Finding::UpsideDown(_)))
    }

    /// Number of findings that may cause figures to be misread.
    pub fn warnings(&self) -> usize {
        let is_warning = |finding: &&Finding| finding.severity() == Severity::Warning;
        self.findings.iter().flatten().filter(is_warning).count()
    }

    /// Lines of the popup, wrapped to `cells`.
    pub fn lines(&self, cells: usize) -> Vec<HealthLine> {
        let Some(findings) = &self.findings else { return vec![HealthLine::plain("looking")] };
        let is_empty = findings.is_empty() && self.warned.is_empty() && self.notes.is_empty();
        let mut lines = if is_empty { vec![HealthLine::plain("nothing to report")] } else { Vec::new() };
        // Notes on data that was left out come before findings that are only information.
        let is_warning = |finding: &&Finding| finding.severity() == Severity::Warning;
        let sentence = |finding: &Finding| (LineHead::Severity(finding.severity()), finding.to_string());
        let warned = self.warned.iter().map(|line| (LineHead::Severity(Severity::Warning), line.clone()));
        let warnings = warned.chain(findings.iter().filter(is_warning).map(sentence));
        let others = findings.iter().filter(|finding| !is_warning(finding)).map(sentence);
        let notes = self.notes.iter().map(|note| (LineHead::Topic("note"), note.clone()));
        for (head, sentence) in warnings.chain(notes).chain(others) {
            if !lines.is_empty() {
                lines.push(HealthLine::default());
            }
            lines.extend(wrapped(head, &format!("{sentence}."), cells));
        }
        if !self.memory.is_empty() {
            lines.push(HealthLine::default());
        }
        for (topic, text) in &self.memory {
            lines.extend(wrapped(LineHead::Topic(topic), text, cells));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_come_first_and_sentences_are_wrapped() {
        let mut state = HealthState::default();
        assert_eq!(state.lines(80), [HealthLine::plain("looking")]);
        state.set_findings(vec![Finding::AsOfLastGc, Finding::RateUnknown]);
        assert_eq!(state.warnings(), 1);
        let lines = state.lines(40);
        assert_eq!(lines[0].head, LineHead::Severity(Severity::Warning));
        assert!(lines.iter().all(|line| line.text.len() <= 28), "{lines:?}");
        assert_eq!(lines.iter().filter(|line| line.head != LineHead::None).count(), 2);
        state.set_findings(Vec::new());
        assert_eq!(state.lines(40), [HealthLine::plain("nothing to report")]);
    }
}
