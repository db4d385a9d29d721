//! Filter prompt: its text, and suggestions.

use crate::analysis::Filter;
use crate::analysis::filter::{FilterKind, Preset};
use crate::view::filters::FilterPromptAction;
use crate::view::filters::chips::Chip;
use crate::view::prompt;
use crate::view::prompt::state::PromptOutcome;

/// Suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuggestionRow {
    /// Text that the suggestion inserts.
    pub text: String,
    /// Description.
    pub about: String,
    /// True if the text is a complete filter.
    pub is_whole: bool,
}

/// State of the filter prompt.
#[derive(Clone, Debug)]
pub struct FilterPromptState {
    /// Text.
    pub prompt: prompt::state::PromptState,
    /// Chip of the edited filter; `None` for a new one.
    pub edited_chip: Option<Chip>,
    presets: Vec<Preset>,
    /// Keys of the labels of samples.
    label_keys: Vec<String>,
    row: Option<usize>,
    /// Effect of the typed filter, or its error.
    pub verdict: Result<String, String>,
}

impl FilterPromptState {
    /// Opens the prompt for a new filter, or with the text of an existing one.
    pub fn new(edited: Option<(Chip, &Filter)>, presets: Vec<Preset>, label_keys: Vec<String>) -> Self {
        let mut prompt = prompt::state::PromptState::of_filter();
        if let Some((_, filter)) = edited {
            prompt.insert(&filter.to_string());
        }
        let edited_chip = edited.map(|(at, _)| at);
        Self { prompt, edited_chip, presets, label_keys, row: None, verdict: Ok(String::new()) }
    }

    /// Suggestions that continue the typed text.
    pub fn rows(&self) -> Vec<SuggestionRow> {
        let text = self.prompt.text();
        let presets = self.presets.iter().map(|preset| SuggestionRow {
            text: preset.filter.to_string(),
            about: preset.name.to_owned(),
            is_whole: true,
        });
        let kinds = FilterKind::WORDS.iter().map(|(word, _, about)| SuggestionRow {
            text: format!("{word}:"),
            about: (*about).to_owned(),
            is_whole: false,
        });
        let scopes =
            [("fn:", "in names of functions alone"), ("file:", "in files"), ("map:", "in binaries and libraries")];
        let after = |word: &&str| text.strip_prefix(word).is_some_and(|rest| rest.starts_with(':'));
        let word = FilterKind::WORDS.iter().map(|(word, ..)| *word).find(after);
        let scopes = scopes
            .into_iter()
            .filter(|_| text.ends_with(':') && word.is_some_and(|word| !word.starts_with("tag")))
            .map(|(scope, about)| SuggestionRow {
                text: format!("{text}{scope}"),
                about: about.to_owned(),
                is_whole: false,
            });
        let keys = word.filter(|word| word.starts_with("tag")).into_iter().flat_map(|word| {
            self.label_keys.iter().map(move |key| match word {
                "tagroot" => SuggestionRow { text: format!("{word}:{key}"), about: LABEL.to_owned(), is_whole: true },
                _ => SuggestionRow { text: format!("{word}:{key}="), about: LABEL.to_owned(), is_whole: false },
            })
        });
        let goes_on = |row: &SuggestionRow| row.text.len() > text.len() && row.text.starts_with(text);
        // A preset matches by its name too.
        let is_named = |row: &SuggestionRow| row.is_whole && !text.is_empty() && row.about.contains(text);
        presets.chain(kinds).chain(scopes).chain(keys).filter(|row| goes_on(row) || is_named(row)).collect()
    }

    /// Index of the selected suggestion.
    pub fn row(&self) -> Option<usize> {
        self.row.filter(|row| *row < self.rows().len())
    }

    /// Inserts text.
    pub fn insert(&mut self, text: &str) -> PromptOutcome {
        self.row = None;
        self.prompt.insert(text)
    }

    /// Handles a key.
    pub fn handle(&mut self, action: FilterPromptAction) -> PromptOutcome {
        let rows = self.rows();
        let text = match action {
            FilterPromptAction::Down => {
                self.row = Some(self.row().map_or(0, |row| row + 1).min(rows.len().saturating_sub(1)));
                return PromptOutcome::Same;
            }
            FilterPromptAction::Up => {
                self.row = self.row().and_then(|row| row.checked_sub(1));
                return PromptOutcome::Same;
            }
            FilterPromptAction::Complete => return self.take(rows.get(self.row().unwrap_or(0))),
            FilterPromptAction::Accept => match self.row().and_then(|row| rows.get(row)) {
                Some(row) if row.is_whole => {
                    self.take(Some(row));
                    return PromptOutcome::Accepted;
                }
                Some(row) => return self.take(Some(row)),
                None => prompt::Action::Accept,
            },
            FilterPromptAction::Left => prompt::Action::Left,
            FilterPromptAction::Right => prompt::Action::Right,
            FilterPromptAction::Home => prompt::Action::Home,
            FilterPromptAction::End => prompt::Action::End,
            FilterPromptAction::Backspace => prompt::Action::Backspace,
            FilterPromptAction::Delete => prompt::Action::Delete,
            FilterPromptAction::Cancel => prompt::Action::Cancel,
        };
        let outcome = self.prompt.handle(text);
        if outcome == PromptOutcome::Changed {
            self.row = None;
        }
        outcome
    }

    fn take(&mut self, row: Option<&SuggestionRow>) -> PromptOutcome {
        let Some(row) = row else { return PromptOutcome::Same };
        self.prompt = prompt::state::PromptState::of_filter();
        self.row = None;
        self.prompt.insert(&row.text)
    }
}

/// Description of the key of a label.
const LABEL: &str = "a label of the samples";

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> FilterPromptState {
        let preset = Preset { name: "only my module", filter: Filter::parse("show:fn:^main\\.") };
        FilterPromptState::new(None, vec![preset], vec!["bytes".to_owned(), "request".to_owned()])
    }

    #[test]
    fn rows_go_on_with_what_was_typed() {
        let mut state = state();
        assert_eq!(state.rows().len(), 10);
        state.insert("sh");
        let texts = |state: &FilterPromptState| state.rows().into_iter().map(|row| row.text).collect::<Vec<_>>();
        assert_eq!(texts(&state), ["show:fn:^main\\.", "show:", "show-from:"]);
        state.handle(FilterPromptAction::Down);
        state.handle(FilterPromptAction::Down);
        assert_eq!(state.handle(FilterPromptAction::Complete), PromptOutcome::Changed);
        assert_eq!(state.prompt.text(), "show:");
        assert_eq!(texts(&state), ["show:fn:^main\\.", "show:fn:", "show:file:", "show:map:"]);
    }

    #[test]
    fn keys_of_labels_are_offered_after_the_kinds_of_filters_that_take_them() {
        let texts = |typed: &str| {
            let mut state = state();
            state.insert(typed);
            state.rows().into_iter().map(|row| row.text).collect::<Vec<_>>()
        };
        assert_eq!(texts("tag:"), ["tag:bytes=", "tag:request="]);
        assert_eq!(texts("tag-ignore:r"), ["tag-ignore:request="]);
        assert_eq!(texts("tagroot:b"), ["tagroot:bytes"]);
        assert!(texts("tag:other").is_empty());
    }

    #[test]
    fn a_preset_is_taken_at_once() {
        let mut state = state();
        state.insert("my mod");
        assert_eq!(state.handle(FilterPromptAction::Accept), PromptOutcome::Accepted, "typed text is what it is");
        state.handle(FilterPromptAction::Down);
        assert_eq!(state.handle(FilterPromptAction::Accept), PromptOutcome::Accepted);
        assert_eq!(state.prompt.text(), "show:fn:^main\\.");
    }
}
