//! State of a prompt: the typed line, and the value to restore.

use tui_input::{Input, InputRequest};

use crate::base::step_count::count_steps;
use crate::base::{safe_text, width};
use crate::view::prompt::Action;

/// Maximum number of characters in a prompt: more than any pattern needs, and few enough to match while typing.
pub const MAX_CHARS: usize = 4096;

/// State of a prompt.
#[derive(Clone, Debug, Default)]
pub struct PromptState {
    input: Input,
    before: Option<String>,
    mark: PromptMark,
}

/// Kind of input, by the mark before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum PromptMark {
    #[default]
    Find,
    Filter,
    Command,
}

/// Result of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptOutcome {
    /// The line is unchanged.
    Same,
    /// The line changed.
    Changed,
    /// The line is accepted.
    Accepted,
    /// The prompt is cancelled.
    Cancelled,
}

impl PromptState {
    /// Creates an empty search prompt; `before` is restored on cancel.
    pub fn new(before: Option<String>) -> Self {
        Self { before, ..Self::default() }
    }

    /// Creates a filter prompt.
    pub fn of_filter() -> Self {
        Self { mark: PromptMark::Filter, ..Self::default() }
    }

    /// Creates a command prompt.
    pub fn of_command() -> Self {
        Self { mark: PromptMark::Command, ..Self::default() }
    }

    /// Mark before the text.
    pub fn mark(&self) -> &'static str {
        match self.mark {
            PromptMark::Find => "/",
            PromptMark::Filter => "&",
            PromptMark::Command => ":",
        }
    }

    /// Typed text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Number of characters before the cursor.
    pub fn cursor(&self) -> usize {
        self.input.cursor()
    }

    /// Value to restore on cancel.
    pub fn before(&self) -> Option<String> {
        self.before.clone()
    }

    /// Inserts text in one step, so that a long paste takes linear time. Control characters, and characters beyond
    /// [`MAX_CHARS`], are dropped.
    pub fn insert(&mut self, text: &str) -> PromptOutcome {
        let (before, cursor) = (self.text(), self.cursor());
        let room = MAX_CHARS.saturating_sub(before.chars().count());
        let typed: String = text.chars().filter(|character| !character.is_control()).take(room).collect();
        if typed.is_empty() {
            return PromptOutcome::Same;
        }
        count_steps(before.len() + typed.len());
        let at = before.char_indices().nth(cursor).map_or(before.len(), |(at, _)| at);
        let line = [&before[..at], &typed, &before[at..]].concat();
        self.input = Input::new(line).with_cursor(cursor + typed.chars().count());
        PromptOutcome::Changed
    }

    /// Handles a key.
    pub fn handle(&mut self, action: Action) -> PromptOutcome {
        let request = match action {
            Action::Left => InputRequest::GoToPrevChar,
            Action::Right => InputRequest::GoToNextChar,
            Action::Home => InputRequest::GoToStart,
            Action::End => InputRequest::GoToEnd,
            Action::Backspace if self.text().is_empty() => return PromptOutcome::Cancelled,
            Action::Backspace => InputRequest::DeletePrevChar,
            Action::Delete => InputRequest::DeleteNextChar,
            Action::Accept => return PromptOutcome::Accepted,
            Action::Cancel => return PromptOutcome::Cancelled,
        };
        match self.input.handle(request) {
            Some(changed) if changed.value => PromptOutcome::Changed,
            _ => PromptOutcome::Same,
        }
    }
}

/// Number of cells before the cursor: mark and text.
pub fn cells_before(state: &PromptState) -> usize {
    let before: String = state.text().chars().take(state.cursor()).collect();
    1 + width::width(&safe_text::safe_str(&before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::step_count::measure_steps;

    #[test]
    fn text_is_typed_where_the_cursor_stands() {
        let mut prompt = PromptState::new(None);
        assert_eq!(prompt.insert("gow\n"), PromptOutcome::Changed);
        assert_eq!(prompt.handle(Action::Left), PromptOutcome::Same);
        prompt.handle(Action::Left);
        prompt.insert("r");
        assert_eq!((prompt.text(), prompt.cursor()), ("grow", 2));
        assert_eq!(prompt.handle(Action::Backspace), PromptOutcome::Changed);
        assert_eq!(prompt.text(), "gow");
    }

    #[test]
    fn a_long_paste_is_cut_and_takes_linear_time() {
        let steps = |size: usize| measure_steps(|| PromptState::new(None).insert(&"x".repeat(size))).0;
        assert!(steps(4000) <= 4 * steps(1000), "{} {}", steps(1000), steps(4000));
        let mut prompt = PromptState::new(None);
        prompt.insert(&"\u{65e5}\n".repeat(100_000));
        assert_eq!((prompt.text().chars().count(), prompt.cursor()), (MAX_CHARS, MAX_CHARS));
        assert_eq!(prompt.insert("more"), PromptOutcome::Same);
    }

    #[test]
    fn backspace_in_an_empty_prompt_leaves_it() {
        assert_eq!(PromptState::new(None).handle(Action::Backspace), PromptOutcome::Cancelled);
    }
}
