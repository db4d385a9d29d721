//! The state of the help: what it lists, the filter typed so far, and how far it is scrolled.

use crate::base::width;
use crate::layout::viewport;
use crate::view::help::Action;

/// A command as the help lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpEntry {
    /// Its keys.
    pub keys: String,
    /// What they do.
    pub help: &'static str,
}

/// Commands that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpSection {
    /// What they have in common.
    pub title: &'static str,
    /// The commands.
    pub entries: Vec<HelpEntry>,
}

/// Something to know besides the keys, cut to lines of the narrowest column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpNote {
    /// What it is about.
    pub title: &'static str,
    /// What there is to say.
    pub lines: Vec<String>,
}

impl HelpNote {
    /// A note of some sentences, each begun on a line of its own.
    pub fn new(title: &'static str, sentences: &[String]) -> Self {
        let lines = sentences.iter().flat_map(|sentence| wrapped(sentence)).collect();
        Self { title, lines }
    }
}

/// A sentence in lines that fit the narrowest column; what goes on is set in.
fn wrapped(sentence: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width::width(line) + 1 + width::width(word) <= NOTE => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("  {word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A line of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpLine<'a> {
    /// The title of a section.
    Title(&'a str),
    /// A command.
    Entry(&'a HelpEntry),
    /// Something to know.
    Note(&'a str),
    /// Nothing.
    Blank,
}

/// The state of the help.
#[derive(Clone, Debug, Default)]
pub struct HelpState {
    sections: Vec<HelpSection>,
    notes: Vec<HelpNote>,
    /// The key to the page for whoever is new to this.
    guide: String,
    filter: String,
    top: usize,
}

impl HelpState {
    /// The help over some sections, with what else there is to know below them, and the key to the page for whoever is
    /// new to this.
    pub fn new(sections: Vec<HelpSection>, notes: Vec<HelpNote>, guide: String) -> Self {
        Self { sections, notes, guide, ..Self::default() }
    }

    /// What stands above the list, the longest form first.
    pub fn titles(&self) -> [String; 5] {
        let Self { filter, guide, .. } = self;
        if !filter.is_empty() {
            return [(); 5].map(|()| format!("Keys with {filter}"));
        }
        [
            format!("Keys, type to filter   {guide}: what the figures mean, for newcomers"),
            format!("Keys, type to filter   {guide}: what the figures mean"),
            format!("Keys   {guide}: what the figures mean"),
            format!("Keys   {guide}: what it means"),
            "Keys".to_owned(),
        ]
    }

    /// The first line that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The lines that the filter leaves, set in columns of `rows`: no column ends with a title or begins with a blank.
    pub fn lines(&self, rows: usize) -> Vec<HelpLine<'_>> {
        let wanted = self.filter.to_lowercase();
        let matches = |entry: &&HelpEntry| {
            entry.help.to_lowercase().contains(&wanted) || entry.keys.to_lowercase().contains(&wanted)
        };
        let mut lines = Vec::new();
        for section in &self.sections {
            let mut entries = section.entries.iter().filter(matches).peekable();
            if entries.peek().is_some() {
                begin(&mut lines, section.title, rows);
                lines.extend(entries.map(HelpLine::Entry));
            }
        }
        // A sentence goes over several lines: what it says is looked for in all of a note.
        let says = |note: &&HelpNote| {
            let text = note.lines.iter().map(|line| line.trim_start()).collect::<Vec<_>>().join(" ");
            !text.is_empty() && format!("{} {text}", note.title).to_lowercase().contains(&wanted)
        };
        for note in self.notes.iter().filter(says) {
            begin(&mut lines, note.title, rows);
            lines.extend(note.lines.iter().map(|line| HelpLine::Note(line)));
        }
        lines
    }

    /// Narrows the list by one more character.
    pub fn narrow(&mut self, character: char) {
        if !character.is_control() {
            self.filter.push(character);
            self.top = 0;
        }
    }

    /// Does what a key asks, where so many columns of so many rows show at a time.
    pub fn act(&mut self, action: Action, (columns, rows): (usize, usize)) {
        let shown = columns * rows;
        let page = shown.saturating_sub(1).max(1);
        let top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(page),
            Action::PageDown => self.top + page,
            Action::Top => 0,
            Action::Bottom => usize::MAX,
            Action::Delete => {
                self.filter.pop();
                0
            }
            Action::Guide | Action::Close => self.top,
        };
        self.top = viewport::clamp(top, shown, self.lines(rows).len());
    }
}

/// Begins a section, a blank line after the one before.
fn begin<'a>(lines: &mut Vec<HelpLine<'a>>, title: &'a str, rows: usize) {
    let rows = rows.max(1);
    let is_at_top = |lines: &Vec<HelpLine<'a>>| lines.len().is_multiple_of(rows);
    if !is_at_top(lines) {
        lines.push(HelpLine::Blank);
    }
    if !is_at_top(lines) && (lines.len() + 1).is_multiple_of(rows) {
        lines.push(HelpLine::Blank);
    }
    lines.push(HelpLine::Title(title));
}

/// The narrowest column of the help.
const COLUMN: usize = 39;
/// Cells of it for the text of a note.
const NOTE: usize = COLUMN - 4;

/// The columns and rows that an area of this size has for lines, below the title.
pub fn room(width: usize, height: usize) -> (usize, usize) {
    ((width / COLUMN).clamp(1, 3), height.saturating_sub(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help() -> HelpState {
        let entry = |keys: &str, help| HelpEntry { keys: keys.to_owned(), help };
        let moves = HelpSection { title: "Move", entries: vec![entry("Up k", "caller"), entry("Enter", "zoom in")] };
        let program = HelpSection { title: "Program", entries: vec![entry("q", "quit")] };
        HelpState::new(
            vec![moves, program],
            vec![HelpNote::new("Detected", &["256 colours".to_owned()])],
            "Tab".to_owned(),
        )
    }

    #[test]
    fn typing_finds_what_there_is_to_know_beside_the_keys() {
        let mut help = help();
        "256 col".chars().for_each(|character| help.narrow(character));
        assert_eq!(help.lines(20), [HelpLine::Title("Detected"), HelpLine::Note("256 colours")]);
    }

    #[test]
    fn typing_narrows_by_keys_and_words_and_drops_empty_sections() {
        let mut help = help();
        assert_eq!(help.lines(20).len(), 9);
        "ZOOM".chars().for_each(|character| help.narrow(character));
        assert_eq!(help.lines(20).len(), 2);
        assert_eq!(help.lines(20)[0], HelpLine::Title("Move"));
        help.act(Action::Delete, (1, 5));
        assert!(help.titles().iter().all(|title| title == "Keys with ZOO"));
    }

    #[test]
    fn a_long_note_goes_on_in_the_next_line() {
        let note =
            HelpNote::new("Columns", &["lifetime: takes several snapshots with times, or a duration".to_owned()]);
        assert_eq!(note.lines, ["lifetime: takes several snapshots", "  with times, or a duration"]);
    }

    #[test]
    fn scrolling_stops_at_the_ends() {
        let mut help = help();
        help.act(Action::Up, (1, 4));
        assert_eq!(help.top(), 0);
        help.act(Action::PageDown, (1, 4));
        assert_eq!(help.top(), 3);
        (0..20).for_each(|_| help.act(Action::Down, (1, 4)));
        assert_eq!(help.top(), help.lines(4).len() - 4);
    }

    #[test]
    fn no_column_ends_with_a_title_or_begins_with_a_blank() {
        for rows in 2..12 {
            let help = help();
            for column in help.lines(rows).chunks(rows) {
                assert_ne!(column[0], HelpLine::Blank, "{rows} rows");
                assert!(column.len() < rows || !matches!(column[rows - 1], HelpLine::Title(_)), "{rows} rows");
            }
        }
    }
}
