//! The state of the palette: the line as typed, the commands that there are, and which of them is chosen.

use crate::view::palette::Action;
use crate::view::palette::rank::rank;
use crate::view::prompt;
use crate::view::prompt::state::PromptOutcome as Typed;

/// What a command takes after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// Something that may be left out, by the word for it.
    Optional(&'static str),
    /// Something, by the word for it.
    Required(&'static str),
    /// The same, and what is offered for it is but a proposal.
    Open(&'static str),
}

impl Argument {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Optional(word) | Self::Required(word) | Self::Open(word) => word,
        }
    }
}

/// A word that can stand as an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentChoice {
    /// The word.
    pub word: String,
    /// What it means.
    pub about: String,
}

/// A command that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteCommand {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub argument: Argument,
    /// Its keys.
    pub keys: String,
    /// What it does.
    pub help: String,
    /// Why it cannot be done where the keys are now.
    pub refusal: Option<String>,
    /// All that it takes, where that is known.
    pub choices: Vec<ArgumentChoice>,
}

impl PaletteCommand {
    /// The name, with a word for what it takes.
    fn written(&self) -> String {
        format!("{} {}", self.name, self.argument.word()).trim_end().to_owned()
    }
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteRow {
    /// What is taken into the line.
    pub line: String,
    /// What is written in the row.
    pub text: String,
    /// The keys.
    pub keys: String,
    /// What it does, or why it cannot be done.
    pub about: String,
    /// Whether it can be done.
    pub can: Availability,
}

/// Whether a row can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// As it stands.
    Done,
    /// With an argument.
    Begun,
    /// Not here.
    Not,
}

/// The palette.
#[derive(Clone, Debug)]
pub struct PaletteState {
    /// The line.
    pub prompt: prompt::state::PromptState,
    offers: Vec<PaletteCommand>,
    recent: Vec<String>,
    row: Option<usize>,
    /// What is wrong with the line.
    pub complaint: Option<String>,
}

/// What came of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaletteOutcome {
    /// The palette stays.
    Open,
    /// It goes, and nothing is done.
    Closed,
    /// This line is to be done.
    Run(String),
}

impl PaletteState {
    /// The palette over these commands, with the lines that were done last, the last first.
    pub fn new(offers: Vec<PaletteCommand>, recent: Vec<String>) -> Self {
        Self { prompt: prompt::state::PromptState::of_command(), offers, recent, row: None, complaint: None }
    }

    /// The rows that go on with what was typed, the best first.
    pub fn rows(&self) -> Vec<PaletteRow> {
        let typed = self.prompt.text();
        if let Some((offer, rest)) = self.begun(typed) {
            return choices(offer, rest);
        }
        if typed.trim().is_empty() {
            let recent = self.recent.iter().filter_map(|line| self.again(line));
            let is_recent = |offer: &&PaletteCommand| self.recent.contains(&offer.name);
            let mut others: Vec<&PaletteCommand> = self.offers.iter().filter(|offer| !is_recent(offer)).collect();
            others.sort_by_key(|offer| offer.refusal.is_some());
            return recent.chain(others.into_iter().map(row)).collect();
        }
        let ranked = self.offers.iter().filter_map(|offer| Some((rank(typed, &offer.name, &offer.help)?, offer)));
        let mut ranked: Vec<_> = ranked.collect();
        let recency =
            |offer: &PaletteCommand| self.recent.iter().position(|line| *line == offer.name).unwrap_or(usize::MAX);
        ranked.sort_by_key(|(kind, offer)| (*kind, offer.refusal.is_some(), recency(offer)));
        ranked.into_iter().map(|(_, offer)| row(offer)).collect()
    }

    /// The command whose name was typed in full and left with a blank, and what was typed after it.
    fn begun<'a>(&self, typed: &'a str) -> Option<(&PaletteCommand, &'a str)> {
        let (name, rest) = typed.trim_start().split_once(' ')?;
        let offer = self.offer(name).filter(|offer| offer.argument != Argument::None)?;
        Some((offer, rest.trim()))
    }

    fn offer(&self, name: &str) -> Option<&PaletteCommand> {
        self.offers.iter().find(|offer| offer.name == name)
    }

    /// A line that was done before, as a row.
    fn again(&self, line: &str) -> Option<PaletteRow> {
        let name = line.split(' ').next().unwrap_or_default();
        let offer = self.offer(name)?;
        let can = if offer.refusal.is_some() { Availability::Not } else { Availability::Done };
        Some(PaletteRow { line: line.to_owned(), text: line.to_owned(), can, ..row(offer) })
    }

    /// The number of the row that is chosen; the first one until another is.
    pub fn row(&self) -> usize {
        self.row.unwrap_or(0)
    }

    /// Types text.
    pub fn insert(&mut self, text: &str) {
        if self.prompt.insert(text) == Typed::Changed {
            self.changed();
        }
    }

    fn changed(&mut self) {
        (self.row, self.complaint) = (None, None);
    }

    /// Does what a key asks.
    pub fn handle(&mut self, action: Action) -> PaletteOutcome {
        let typed = match action {
            Action::Down | Action::Up => {
                let last = self.rows().len().saturating_sub(1);
                let row = self.row();
                self.row = Some(if action == Action::Up { row.saturating_sub(1) } else { (row + 1).min(last) });
                return PaletteOutcome::Open;
            }
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

    /// The line as it was typed where it is a command as it stands, else the row that is chosen.
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
            Some(row) if row.can == Availability::Begun => {
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

    /// Says what is wrong with a line, and keeps it to be put right.
    pub fn complain(&mut self, line: &str, complaint: String) {
        self.prompt = prompt::state::PromptState::of_command();
        self.prompt.insert(line);
        self.row = None;
        self.complaint = Some(complaint);
    }

    /// What there is to say of the line.
    pub fn verdict(&self) -> Result<String, &str> {
        if let Some(complaint) = &self.complaint {
            return Err(complaint);
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

/// A command as a row.
fn row(offer: &PaletteCommand) -> PaletteRow {
    let can = match (&offer.refusal, offer.argument) {
        (Some(_), _) => Availability::Not,
        (None, Argument::Required(_) | Argument::Open(_)) => Availability::Begun,
        (None, _) => Availability::Done,
    };
    PaletteRow {
        line: offer.name.clone(),
        text: offer.written(),
        keys: offer.keys.clone(),
        about: offer.refusal.clone().unwrap_or_else(|| offer.help.clone()),
        can,
    }
}

/// What a command takes, as far as it goes on with what was typed.
fn choices(offer: &PaletteCommand, typed: &str) -> Vec<PaletteRow> {
    let ranked = offer.choices.iter().filter_map(|choice| Some((rank(typed, &choice.word, &choice.about)?, choice)));
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by_key(|(kind, _)| *kind);
    let rows = ranked.into_iter().map(|(_, choice)| PaletteRow {
        line: format!("{} {}", offer.name, choice.word),
        text: choice.word.clone(),
        keys: String::new(),
        about: choice.about.clone(),
        can: Availability::Done,
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
    fn what_was_done_last_comes_first_and_what_cannot_be_done_last() {
        let state = palette(&["window 1..3", "find"]);
        assert_eq!(texts(&state), ["window 1..3", "find", "window A..B", "window-back", "theme NAME", "zoom-out"]);
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
        state.complain("window 9..1", "the window ends before it begins".to_owned());
        assert_eq!((state.prompt.text(), state.verdict()), ("window 9..1", Err("the window ends before it begins")));
        state.handle(Action::DeleteBefore);
        assert!(state.complaint.is_none());
    }
}
