//! Help: keys of the focused view, derived columns, and the detected capabilities of the terminal.

pub mod draw;

use crate::base::width::width;
use crate::config::settings::Glyphs;
use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::nav::{Move, Scroll};

actions! {
    /// Actions of the help other than its moves. Every other character is added to the filter.
    Action {
        /// Deletes the last character of the filter.
        Delete = "delete-before",
        /// Opens the guide to the figures in place of the help.
        Guide,
        Close = "close-help",
    }
}

/// Key rows of the help.
pub const COMMANDS: &[CommandRow<Action>] = &[
    row(&["Backspace"], Action::Delete, "delete a letter"),
    footer_row(&["Tab"], Action::Guide, "guide to the figures", "guide"),
    footer_row(&["Esc", "?", "F1", "Enter"], Action::Close, "close the help", "close").closing(),
];

/// Command in the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpEntry {
    pub keys: String,
    pub help: &'static str,
    /// Other words for the command, which the filter matches too.
    pub words: &'static str,
}

/// Group of commands in the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpSection {
    pub title: &'static str,
    pub entries: Vec<HelpEntry>,
}

/// Facts beside the keys, wrapped to the narrowest column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpNote {
    title: &'static str,
    lines: Vec<String>,
}

impl HelpNote {
    /// Creates a note of sentences, each of which begins a line.
    pub fn new(title: &'static str, sentences: &[String]) -> Self {
        let lines = sentences.iter().flat_map(|sentence| wrapped(sentence)).collect();
        Self { title, lines }
    }
}

/// Sentence wrapped to the narrowest column, with all lines but the first indented.
fn wrapped(sentence: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= NOTE => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("  {word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Line of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpLine<'a> {
    Title(&'a str),
    Entry(&'a HelpEntry),
    Note(&'a str),
    Blank,
}

/// State of the help.
#[derive(Clone, Debug, Default)]
pub struct HelpState {
    sections: Vec<HelpSection>,
    notes: Vec<HelpNote>,
    /// Key of the guide.
    guide: String,
    filter: String,
    pub scroll: Scroll,
}

impl HelpState {
    /// Creates the help of some sections, with notes below them; `guide` is the key of the guide.
    pub fn new(sections: Vec<HelpSection>, notes: Vec<HelpNote>, guide: String) -> Self {
        Self { sections, notes, guide, ..Self::default() }
    }

    /// Title, the longest form first.
    pub fn titles(&self) -> [String; 5] {
        let Self { filter, guide, .. } = self;
        if !filter.is_empty() {
            return [(); 5].map(|()| format!("Keys with {filter}"));
        }
        [
            format!("Keys, type to filter   {guide}: guide to the figures, for newcomers"),
            format!("Keys, type to filter   {guide}: guide to the figures"),
            format!("Keys   {guide}: guide to the figures"),
            format!("Keys   {guide}: guide"),
            "Keys".to_owned(),
        ]
    }

    /// Lines that match the filter, for columns of `rows`: no column ends with a title or begins with a blank line.
    pub fn lines(&self, rows: usize) -> Vec<HelpLine<'_>> {
        let wanted = self.filter.to_lowercase();
        let is_match = |entry: &&HelpEntry| {
            let has = |text: &str| text.to_lowercase().contains(&wanted);
            has(entry.help) || has(&entry.keys) || wanted.len() > 1 && has(entry.words)
        };
        let mut lines = Vec::new();
        for section in &self.sections {
            let mut entries = section.entries.iter().filter(is_match).peekable();
            if entries.peek().is_some() {
                start_section(&mut lines, section.title, rows);
                lines.extend(entries.map(HelpLine::Entry));
            }
        }
        // A sentence spans several lines, so the filter is matched against the whole note.
        let is_match = |note: &&HelpNote| {
            let text = note.lines.iter().map(|line| line.trim_start()).collect::<Vec<_>>().join(" ");
            !text.is_empty() && format!("{} {text}", note.title).to_lowercase().contains(&wanted)
        };
        for note in self.notes.iter().filter(is_match) {
            start_section(&mut lines, note.title, rows);
            lines.extend(note.lines.iter().map(|line| HelpLine::Note(line)));
        }
        lines
    }

    /// Appends a character to the filter.
    pub fn narrow(&mut self, character: char) {
        if !character.is_control() {
            self.filter.push(character);
            self.scroll = Scroll::default();
        }
    }

    /// Deletes the last character of the filter.
    pub fn widen(&mut self) {
        self.filter.pop();
        self.scroll = Scroll::default();
    }

    /// Scrolls the help, with `columns` of `rows` visible at a time.
    pub fn move_by(&mut self, step: Move, (columns, rows): (usize, usize)) {
        let lines = self.lines(rows).len();
        self.scroll.move_by(step, columns * rows, lines);
    }
}

/// Appends a title, after a blank line unless it begins a column.
fn start_section<'a>(lines: &mut Vec<HelpLine<'a>>, title: &'a str, rows: usize) {
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

/// Minimum width of a column in cells.
const COLUMN: usize = 39;
/// Cells of the text of a note.
const NOTE: usize = COLUMN - 4;

/// Columns and rows for lines in an area of this size, below the title. A screen in words, for screen readers, has one
/// column.
pub fn columns_and_rows((width, height): (usize, usize), glyphs: Glyphs) -> (usize, usize) {
    let most = if glyphs == Glyphs::Plain { 1 } else { 3 };
    ((width / COLUMN).clamp(1, most), height.saturating_sub(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help() -> HelpState {
        let entry = |keys: &str, help| HelpEntry { keys: keys.to_owned(), help, words: "" };
        let moves = HelpSection { title: "Move", entries: vec![entry("Up k", "caller"), entry("Enter", "zoom in")] };
        let program = HelpSection { title: "Program", entries: vec![entry("q", "quit")] };
        let note = HelpNote::new("Detected", &["256 colours".to_owned()]);
        HelpState::new(vec![moves, program], vec![note], "Tab".to_owned())
    }

    #[test]
    fn the_filter_matches_notes() {
        let mut help = help();
        "256 col".chars().for_each(|character| help.narrow(character));
        assert_eq!(help.lines(20), [HelpLine::Title("Detected"), HelpLine::Note("256 colours")]);
    }

    #[test]
    fn the_filter_matches_keys_and_words_and_drops_empty_sections() {
        let mut help = help();
        assert_eq!(help.lines(20).len(), 9);
        "ZOOM".chars().for_each(|character| help.narrow(character));
        assert_eq!(help.lines(20).len(), 2);
        assert_eq!(help.lines(20)[0], HelpLine::Title("Move"));
        help.widen();
        assert!(help.titles().iter().all(|title| title == "Keys with ZOO"));
    }

    #[test]
    fn a_long_note_continues_in_the_next_line() {
        let note =
            HelpNote::new("Columns", &["lifetime: takes several snapshots with times, or a duration".to_owned()]);
        assert_eq!(note.lines, ["lifetime: takes several snapshots", "  with times, or a duration"]);
    }

    #[test]
    fn scrolling_stops_at_the_ends() {
        let mut help = help();
        help.move_by(Move::Up, (1, 4));
        assert_eq!(help.scroll.top, 0);
        help.move_by(Move::PageDown, (1, 4));
        assert_eq!(help.scroll.top, 3);
        (0..20).for_each(|_| help.move_by(Move::Down, (1, 4)));
        assert_eq!(help.scroll.top, help.lines(4).len() - 4);
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
