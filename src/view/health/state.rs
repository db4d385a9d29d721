//! The state of the health: what was found, and how far it is scrolled.

use crate::analysis::{Finding, Severity};
use crate::base::clean;
use crate::base::width::wrap;
use crate::layout::viewport;
use crate::view::health::Action;

/// Cells for the word before a sentence.
pub const INDENT: usize = 10;

/// The state of the health.
#[derive(Clone, Debug, Default)]
pub struct HealthState {
    /// What was found, the weightiest first; none while it is looked for.
    found: Option<Vec<Finding>>,
    /// What the runtime says of its memory, each line with its head.
    memory: Vec<(&'static str, String)>,
    /// What came up while sources were read and windows put beside each other.
    heard: Vec<String>,
    top: usize,
}

/// A line: the severity where a finding begins, and a piece of its sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthLine {
    /// How much it matters; none where it goes on from the line before.
    pub severity: Option<Severity>,
    /// What a line without a severity is about, where it begins.
    pub about: &'static str,
    /// What there is to say.
    pub text: String,
}

impl HealthLine {
    fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }
}

/// A sentence in lines of so many cells, the first of them with this head.
fn wrapped((severity, about): (Option<Severity>, &'static str), sentence: &str, cells: usize) -> Vec<HealthLine> {
    let sentence = clean::safe_str(sentence);
    let pieces = wrap(&sentence, cells.saturating_sub(INDENT + 2).max(1));
    let mut lines: Vec<HealthLine> = pieces.into_iter().map(HealthLine::plain).collect();
    if let Some(first) = lines.first_mut() {
        (first.severity, first.about) = (severity, about);
    }
    lines
}

impl HealthState {
    /// Takes in what was found, or that it is being looked for.
    pub fn take(&mut self, found: Option<Vec<Finding>>) {
        self.found = found;
        if let Some(found) = &mut self.found {
            found.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
        }
    }

    /// Takes in what the runtime says of its memory.
    pub fn remember(&mut self, memory: Vec<(&'static str, String)>) {
        self.memory = memory;
    }

    /// Takes in what came up while sources were read and windows put beside each other.
    pub fn hear(&mut self, heard: Vec<String>) {
        self.heard = heard;
    }

    /// How many things make figures be read wrongly.
    pub fn warnings(&self) -> usize {
        let is_warning = |finding: &&Finding| finding.severity() == Severity::Warning;
        self.found.iter().flatten().filter(is_warning).count()
    }

    /// The first line that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// Everything in lines of so many cells.
    pub fn lines(&self, cells: usize) -> Vec<HealthLine> {
        let Some(found) = &self.found else { return vec![HealthLine::plain("looking")] };
        let is_nothing = found.is_empty() && self.heard.is_empty();
        let mut lines = if is_nothing { vec![HealthLine::plain("nothing to report")] } else { Vec::new() };
        // What was left out matters more than what is good to know.
        let is_warning = |finding: &&Finding| finding.severity() == Severity::Warning;
        let told = |finding: &Finding| ((Some(finding.severity()), ""), finding.to_string());
        let warnings = found.iter().filter(is_warning).map(told);
        let others = found.iter().filter(|finding| !is_warning(finding)).map(told);
        let heard = self.heard.iter().map(|sentence| ((None, "note"), sentence.clone()));
        for (head, sentence) in warnings.chain(heard).chain(others) {
            if !lines.is_empty() {
                lines.push(HealthLine::plain(""));
            }
            lines.extend(wrapped(head, &format!("{sentence}."), cells));
        }
        if !self.memory.is_empty() {
            lines.push(HealthLine::plain(""));
        }
        for (about, text) in &self.memory {
            lines.extend(wrapped((None, about), text, cells));
        }
        lines
    }

    /// Shows everything from its first line.
    pub fn open(&mut self) {
        self.top = 0;
    }

    /// Scrolls, where so many columns and rows of lines show.
    pub fn act(&mut self, action: Action, (cells, rows): (usize, usize)) {
        let page = rows.saturating_sub(1).max(1);
        let top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(page),
            Action::PageDown => self.top + page,
            Action::Bottom => usize::MAX,
            Action::Top | Action::Close => 0,
        };
        self.top = viewport::clamp(top, rows, self.lines(cells).len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_come_first_and_sentences_are_wrapped() {
        let mut state = HealthState::default();
        assert_eq!(state.lines(80)[0].text, "looking");
        state.take(Some(vec![Finding::AsOfLastGc, Finding::RateUnknown]));
        assert_eq!(state.warnings(), 1);
        let lines = state.lines(40);
        assert_eq!(lines[0].severity, Some(Severity::Warning));
        assert!(lines.iter().all(|line| line.text.len() <= 28), "{lines:?}");
        assert_eq!(lines.iter().filter(|line| line.severity.is_some()).count(), 2);
        state.take(Some(Vec::new()));
        assert_eq!(state.lines(40), [HealthLine { severity: None, about: "", text: "nothing to report".to_owned() }]);
    }
}
