//! The state of the prompt: the line as typed, and what to go back to.

use tui_input::{Input, InputRequest};

use crate::base::{safe_text, width};
use crate::view::prompt::Action;

/// The state of the prompt.
#[derive(Clone, Debug, Default)]
pub struct PromptState {
    input: Input,
    before: Option<String>,
    mark: PromptMark,
}

/// What is typed, by the sign that stands before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum PromptMark {
    #[default]
    Find,
    Filter,
    Command,
}

/// What came of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptOutcome {
    /// The line is the same.
    Same,
    /// The line changed.
    Changed,
    /// The line is to be kept.
    Accepted,
    /// The line is to be forgotten.
    Cancelled,
}

impl PromptState {
    /// A prompt with nothing in it, that goes back to `before` when it is left.
    pub fn new(before: Option<String>) -> Self {
        Self { before, ..Self::default() }
    }

    /// A prompt for a filter.
    pub fn of_filter() -> Self {
        Self { mark: PromptMark::Filter, ..Self::default() }
    }

    /// A prompt for a command.
    pub fn of_command() -> Self {
        Self { mark: PromptMark::Command, ..Self::default() }
    }

    /// The sign before the text.
    pub fn mark(&self) -> &'static str {
        match self.mark {
            PromptMark::Find => "/",
            PromptMark::Filter => "&",
            PromptMark::Command => ":",
        }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// The characters before the cursor.
    pub fn cursor(&self) -> usize {
        self.input.cursor()
    }

    /// What to go back to.
    pub fn before(&self) -> Option<String> {
        self.before.clone()
    }

    /// Types text; control characters are left out.
    pub fn insert(&mut self, text: &str) -> PromptOutcome {
        let typed = text.chars().filter(|character| !character.is_control());
        let changes = typed.filter_map(|character| self.input.handle(InputRequest::InsertChar(character)));
        if changes.count() > 0 { PromptOutcome::Changed } else { PromptOutcome::Same }
    }

    /// Does what a key asks.
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

/// The cells before the cursor: the slash, and what is typed before it.
pub fn cells_before(state: &PromptState) -> usize {
    let before: String = state.text().chars().take(state.cursor()).collect();
    1 + width::width(&safe_text::safe_str(&before))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn backspace_in_an_empty_prompt_leaves_it() {
        assert_eq!(PromptState::new(None).handle(Action::Backspace), PromptOutcome::Cancelled);
    }
}
