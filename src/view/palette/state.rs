//! State of the palette: the typed line, the commands, and the selected row.

use crate::base::compact_sort::CompactSort;
use crate::view::nav::Move;
use crate::view::palette::Action;
use crate::view::palette::rank::{MatchKind, rank};
use crate::view::prompt;
use crate::view::prompt::state::PromptOutcome as Typed;

/// Maximum number of visible rows.
const MAX_ROWS: usize = 14;

/// Argument of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// None.
    None,
    /// Optional, with a placeholder.
    Optional(&'static str),
    /// Required, with a placeholder.
    Required(&'static str),
    /// Required, with a placeholder; the choices are suggestions only.
    Open(&'static str),
}

impl Argument {
    /// Placeholder.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Optional(word) | Self::Required(word) | Self::Open(word) => word,
        }
    }
}

/// Choice for an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentChoice {
    /// Word.
    pub word: String,
    /// Description.
    pub about: String,
}

/// Command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteCommand {
    /// Name.
    pub name: String,
    /// Argument.
    pub argument: Argument,
    /// Keys.
    pub keys: String,
    /// Description.
    pub help: String,
    /// Reason why the command is not available in the current focus; `None` if it is available.
    pub refusal: Option<String>,
    /// Known choices of the argument.
    pub choices: Vec<ArgumentChoice>,
}

impl PaletteCommand {
    /// Name, with the placeholder of the argument.
    fn written(&self) -> String {
        format!("{} {}", self.name, self.argument.word()).trim_end().to_owned()
    }
}

/// Row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteRow {
    /// Line that the row completes to.
    pub line: String,
    /// Text of the row.
    pub text: String,
    /// Keys.
    pub keys: String,
    /// Description, or the reason why the command is not available.
    pub about: String,
    /// Availability.
    pub availability: Availability,
}

/// Availability of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// Complete: the line can run.
    Ready,
    /// An argument is missing.
    NeedsArgument,
    /// Not available.
    Unavailable,
}

/// State of the palette.
#[derive(Clone, Debug)]
pub struct PaletteState {
    /// Typed line.
    pub prompt: prompt::state::PromptState,
    offers: Vec<PaletteCommand>,
    recent: Vec<String>,
    row: Option<usize>,
    /// Rows of the screen above the command line.
    above: usize,
    /// Error of the line.
    pub error: Option<String>,
}

/// Result of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaletteOutcome {
    /// The palette stays open.
    Open,
    /// The palette closes.
    Closed,
    /// The palette closes, and this line runs.
    Run(String),
}

impl PaletteState {
    /// Opens the palette with these commands; `recent` has the last lines that ran, newest first.
    pub fn new(offers: Vec<PaletteCommand>, recent: Vec<String>) -> Self {
        let prompt = prompt::state::PromptState::of_command();
        Self { prompt, offers, recent, row: None, above: MAX_ROWS + 1, error: None }
    }

    /// Rows that match the typed line, best first.
    pub fn rows(&self) -> Vec<PaletteRow> {
        let typed = self.prompt.text();
        if let Some((offer, rest)) = self.begun(typed) {
            return choices(offer, rest);
        }
        if typed.trim().is_empty() {
            let recent = self.recent.iter().filter_map(|line| self.again(line));
            let is_recent = |offer: &&PaletteCommand| self.recent.contains(&offer.name);
            let mut others: Vec<&PaletteCommand> = self.offers.iter().filter(|offer| !is_recent(offer)).collect();
            others.retain(|offer| offer.refusal.is_none());
            return recent.chain(others.into_iter().map(row)).collect();
        }
        let ranked = self.offers.iter().filter_map(|offer| Some((rank(typed, &offer.name, &offer.help)?, offer)));
        let mut ranked: Vec<_> = ranked.collect();
        let recency =
            |offer: &PaletteCommand| self.recent.iter().position(|line| *line == offer.name).unwrap_or(usize::MAX);
        // Unavailable commands are listed only if nothing else matches, with the reason.
        if ranked.iter().any(|(_, offer)| offer.refusal.is_none()) {
            ranked.retain(|(_, offer)| offer.refusal.is_none());
        }
        let mut rows: Vec<_> = ranked.into_iter().map(|(kind, offer)| (kind, recency(offer), row(offer))).collect();
        let chosen = self.offers.iter().filter(|offer| offer.refusal.is_none());
        rows.extend(chosen.flat_map(|offer| chosen_at_once(offer, typed)).map(|row| (MatchKind::Choice, 0, row)));
        rows.compact_sort_by_key(|(kind, recency, _)| (*kind, *recency));
        rows.into_iter().map(|(_, _, row)| row).collect()
    }

    /// Command whose complete name is followed by a blank, and the text after it.
    fn begun<'a>(&self, typed: &'a str) -> Option<(&PaletteCommand, &'a str)> {
        let (name, rest) = typed.trim_start().split_once(' ')?;
        let offer = self.offer(name).filter(|offer| offer.argument != Argument::None)?;
        Some((offer, rest.trim()))
    }

    fn offer(&self, name: &str) -> Option<&PaletteCommand> {
        self.offers.iter().find(|offer| offer.name == name)
    }

    /// Row of a recent line.
    fn again(&self, line: &str) -> Option<PaletteRow> {
        let name = line.split(' ').next().unwrap_or_default();
        let offer = self.offer(name)?;
        let availability = if offer.refusal.is_some() { Availability::Unavailable } else { Availability::Ready };
        Some(PaletteRow { line: line.to_owned(), text: line.to_owned(), availability, ..row(offer) })
    }

    /// Index of the selected row.
    pub fn row(&self) -> usize {
        self.row.unwrap_or(0)
    }

    /// Inserts text.
    pub fn insert(&mut self, text: &str) {
        if self.prompt.insert(text) == Typed::Changed {
            self.changed();
        }
    }

    fn changed(&mut self) {
        (self.row, self.error) = (None, None);
    }

    /// Handles a key.
    pub fn handle(&mut self, action: Action) -> PaletteOutcome {
        let typed = match action {
            Action::Up => return self.move_by(Move::Up),
            Action::Down => return self.move_by(Move::Down),
            Action::PageUp => return self.move_by(Move::PageUp),
            Action::PageDown => return self.move_by(Move::PageDown),
            Action::HalfUp => return self.move_by(Move::HalfUp),
            Action::HalfDown => return self.move_by(Move::HalfDown),
            Action::Complete => {
                if let Some(row) = self.rows().get(self.row()) {
                    self.take(row);
                }
                return PaletteOutcome::Open;
            }
            Action::Accept => return self.accept(),
            Action::CursorLeft => prompt::Action::Left,
            Action::CursorRight => prompt::Action::Right,
            Action::LineStart => prompt::Action::Home,
            Action::LineEnd => prompt::Action::End,
            Action::DeleteBefore => prompt::Action::Backspace,
            Action::DeleteUnder => prompt::Action::Delete,
            Action::Cancel => prompt::Action::Cancel,
        };
        match self.prompt.handle(typed) {
            Typed::Cancelled => return PaletteOutcome::Closed,
            Typed::Changed => self.changed(),
            Typed::Same | Typed::Accepted => {}
        }
        PaletteOutcome::Open
    }

    fn move_by(&mut self, step: Move) -> PaletteOutcome {
        let count = self.rows().len();
        let rows = Self::visible_rows(self.above, count);
        self.row = Some(step.target(self.row(), rows, count.saturating_sub(1)));
        PaletteOutcome::Open
    }

    /// Number of visible rows of `count`, with `above` rows of the screen above the command line.
    pub fn visible_rows(above: usize, count: usize) -> usize {
        count.min(above.saturating_sub(1)).min(MAX_ROWS)
    }

    /// Sets the number of rows of the screen above the command line.
    pub fn resize(&mut self, above: usize) {
        self.above = above;
    }

    /// Returns the typed line if it is a complete command, else the line of the selected row.
    fn accept(&mut self) -> PaletteOutcome {
        let typed = self.prompt.text().trim().to_owned();
        let rows = self.rows();
        let chosen = rows.get(self.row());
        let is_free = self.begun(self.prompt.text()).is_some_and(|(offer, rest)| {
            let is_open = offer.choices.is_empty() || matches!(offer.argument, Argument::Open(_));
            is_open && !rest.is_empty()
        });
        let needs_more = |offer: &PaletteCommand| matches!(offer.argument, Argument::Required(_) | Argument::Open(_));
        let is_name = self.offer(&typed).is_some_and(|offer| !needs_more(offer));
        match chosen {
            _ if self.row.is_none() && (is_free || is_name) => PaletteOutcome::Run(typed),
            Some(row) if row.availability == Availability::NeedsArgument => {
                self.take(row);
                PaletteOutcome::Open
            }
            Some(row) => PaletteOutcome::Run(row.line.clone()),
            None if typed.is_empty() => PaletteOutcome::Closed,
            None => PaletteOutcome::Run(typed),
        }
    }

    fn take(&mut self, row: &PaletteRow) {
        let is_begun = self.offer(&row.line).is_some_and(|offer| offer.argument != Argument::None);
        self.prompt = prompt::state::PromptState::of_command();
        self.prompt.insert(&row.line);
        if is_begun {
            self.prompt.insert(" ");
        }
        self.changed();
    }

    /// Shows the error of a line, and keeps the line for correction.
    pub fn show_error(&mut self, line: &str, error: String) {
        self.prompt = prompt::state::PromptState::of_command();
        self.prompt.insert(line);
        self.row = None;
        self.error = Some(error);
    }

    /// Description of the line, or its error.
    pub fn verdict(&self) -> Result<String, &str> {
        if let Some(error) = &self.error {
            return Err(error);
        }
        let typed = self.prompt.text();
        let rows = self.rows();
        Ok(match self.begun(typed) {
            Some((offer, "")) if rows.is_empty() => format!("{}: {}", offer.argument.word(), offer.help),
            None if typed.is_empty() => "type a command's name".to_owned(),
            None if rows.is_empty() => "no such command".to_owned(),
            _ => String::new(),
        })
    }
}

/// Row of a command.
fn row(offer: &PaletteCommand) -> PaletteRow {
    let availability = match (&offer.refusal, offer.argument) {
        (Some(_), _) => Availability::Unavailable,
        (None, Argument::Required(_) | Argument::Open(_)) => Availability::NeedsArgument,
        (None, _) => Availability::Ready,
    };
    PaletteRow {
        line: offer.name.clone(),
        text: offer.written(),
        keys: offer.keys.clone(),
        about: offer.refusal.clone().unwrap_or_else(|| offer.help.clone()),
        availability,
    }
}

/// Rows of a command with a choice of several words, such as a preset, that has the typed word.
fn chosen_at_once(offer: &PaletteCommand, typed: &str) -> Vec<PaletteRow> {
    let named = offer.choices.iter().filter(|choice| choice.word.contains(' '));
    let found = named.filter(|choice| matches!(rank(typed, &choice.word, ""), Some(kind) if kind <= MatchKind::Word));
    let rows = found.map(|choice| {
        let line = format!("{} {}", offer.name, choice.word);
        let (about, availability) = (choice.about.clone(), Availability::Ready);
        PaletteRow { text: line.clone(), line, keys: String::new(), about, availability }
    });
    rows.collect()
}

/// Rows of argument choices that match the typed text.
fn choices(offer: &PaletteCommand, typed: &str) -> Vec<PaletteRow> {
    let ranked = offer.choices.iter().filter_map(|choice| Some((rank(typed, &choice.word, &choice.about)?, choice)));
    let mut ranked: Vec<_> = ranked.collect();
    ranked.compact_sort_by_key(|(kind, _)| *kind);
    let rows = ranked.into_iter().map(|(_, choice)| PaletteRow {
        line: format!("{} {}", offer.name, choice.word),
        text: choice.word.clone(),
        keys: String::new(),
        about: choice.about.clone(),
        availability: Availability::Ready,
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(name: &str, argument: Argument, words: &[&str]) -> PaletteCommand {
        let choices = words.iter().map(|word| ArgumentChoice { word: (*word).to_owned(), about: String::new() });
        let (keys, help) = (String::new(), String::new());
        PaletteCommand { name: name.to_owned(), argument, keys, help, refusal: None, choices: choices.collect() }
    }

    fn palette(recent: &[&str]) -> PaletteState {
        let mut far = offer("zoom-out", Argument::None, &[]);
        far.refusal = Some("in the icicle".to_owned());
        let offers = vec![
            far,
            offer("window", Argument::Required("A..B"), &[]),
            offer("window-back", Argument::None, &[]),
            offer("theme", Argument::Required("NAME"), &["default", "light"]),
            offer("find", Argument::Optional("REGEX"), &[]),
        ];
        PaletteState::new(offers, recent.iter().map(|line| (*line).to_owned()).collect())
    }

    fn texts(state: &PaletteState) -> Vec<String> {
        state.rows().into_iter().map(|row| row.text).collect()
    }

    #[test]
    fn recent_commands_come_first_and_unavailable_ones_only_when_typed() {
        let state = palette(&["window 1..3", "find"]);
        assert_eq!(texts(&state), ["window 1..3", "find", "window A..B", "window-back", "theme NAME"]);
        let mut state = palette(&[]);
        state.insert("zoom");
        assert_eq!(texts(&state), ["zoom-out"]);
    }

    #[test]
    fn a_choice_of_several_words_is_found_by_each_of_them() {
        let preset = offer("preset", Argument::Required("NAME"), &["no allocator", "only my module", "plain"]);
        let mut state = PaletteState::new(vec![preset], Vec::new());
        state.insert("only");
        assert_eq!(texts(&state), ["preset only my module"]);
        assert_eq!(state.handle(Action::Accept), PaletteOutcome::Run("preset only my module".to_owned()));
        let mut state = palette(&[]);
        state.insert("light");
        assert_eq!(texts(&state), ["theme NAME"], "a choice of one word needs its command");
    }

    #[test]
    fn pages_of_rows_are_those_that_are_visible() {
        let names: Vec<String> = (0..40).map(|at| format!("command-{at}")).collect();
        let mut state = PaletteState::new(names.iter().map(|name| offer(name, Argument::None, &[])).collect(), vec![]);
        let mut after = |action| {
            state.handle(action);
            state.row()
        };
        assert_eq!([Action::PageDown, Action::HalfDown, Action::Down].map(&mut after), [13, 20, 21]);
        assert_eq!([Action::PageUp, Action::HalfUp, Action::Up].map(&mut after), [8, 1, 0]);
        state.resize(5);
        state.handle(Action::PageDown);
        assert_eq!(state.row(), 3, "a low screen has four rows");
        (0..20).for_each(|_| drop(state.handle(Action::PageDown)));
        assert_eq!(state.row(), 39);
    }

    #[test]
    fn enter_does_the_best_row_and_asks_for_what_it_takes() {
        let mut state = palette(&[]);
        state.insert("wb");
        assert_eq!(state.handle(Action::Accept), PaletteOutcome::Run("window-back".to_owned()));
        let mut state = palette(&[]);
        state.insert("wind");
        assert_eq!(state.handle(Action::Accept), PaletteOutcome::Open);
        assert_eq!(state.prompt.text(), "window ");
        state.insert("2..4");
        assert_eq!(state.handle(Action::Accept), PaletteOutcome::Run("window 2..4".to_owned()));
    }

    #[test]
    fn closed_sets_complete() {
        let mut state = palette(&[]);
        state.insert("theme ");
        assert_eq!(texts(&state), ["default", "light"]);
        state.insert("l");
        state.handle(Action::Complete);
        assert_eq!(state.prompt.text(), "theme light");
        assert_eq!(state.handle(Action::Accept), PaletteOutcome::Run("theme light".to_owned()));
        let mut state = palette(&[]);
        state.insert("theme dusk");
        assert_eq!(
            state.handle(Action::Accept),
            PaletteOutcome::Run("theme dusk".to_owned()),
            "who knows it says what is wrong"
        );
    }

    #[test]
    fn an_argument_that_may_be_left_out_is() {
        let mut state = palette(&[]);
        state.insert("find");
        assert_eq!(state.handle(Action::Accept), PaletteOutcome::Run("find".to_owned()));
        let mut state = palette(&[]);
        state.insert("find a b");
        assert_eq!(state.handle(Action::Accept), PaletteOutcome::Run("find a b".to_owned()));
    }

    #[test]
    fn a_complaint_keeps_the_line_until_it_changes() {
        let mut state = palette(&[]);
        state.show_error("window 9..1", "the window ends before it begins".to_owned());
        assert_eq!((state.prompt.text(), state.verdict()), ("window 9..1", Err("the window ends before it begins")));
        state.handle(Action::DeleteBefore);
        assert!(state.error.is_none());
    }
}
