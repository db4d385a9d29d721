//! The state of the source view: the function, its lines, the text of the file, the selected line.

use std::sync::Arc;

use crate::analysis::SourceLines;
use crate::analysis::lines::FileLines;
use crate::base::code::{MissingSource, SourceText};
use crate::layout::panes::Area;
use crate::layout::viewport;
use crate::view::source::Action;
use crate::view::source::rows::{LineStep, SourceRow, SourceRows};

/// Cells that one key scrolls sideways.
const STEP: usize = 8;
/// Cells beyond which no line is shown.
const MOST_CELLS: usize = 1024;

/// The function that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedFunction {
    /// Its name as it is in the file.
    pub name: Box<[u8]>,
    /// The same as it is shown.
    pub shown: String,
}

/// What is known of the lines.
#[derive(Clone, Debug, Default)]
pub enum LinesState {
    /// They are on their way.
    #[default]
    Coming,
    /// They are there.
    Lines(Arc<SourceLines>),
    /// There is none, and why.
    Nothing(String),
}

/// What is known of the text of the file.
#[derive(Clone, Debug, Default)]
pub enum TextState {
    /// It is on its way.
    #[default]
    Coming,
    /// It is there.
    Code(Arc<SourceText>),
    /// There is none that can be shown.
    Missing(MissingSource),
}

/// The state of the source view.
#[derive(Clone, Debug, Default)]
pub struct SourceState {
    function: Option<SelectedFunction>,
    found: LinesState,
    /// The place of the file among those of the function.
    file: usize,
    text: TextState,
    /// The line that was asked for by name, with its file: it is gone to when the lines are there.
    wanted: Option<(Box<str>, i64)>,
    /// Whether a line was gone to since the function was opened.
    is_placed: bool,
    /// The number of the selected line.
    number: i64,
    at: usize,
    top: usize,
    left: usize,
    area: Area,
}

impl SourceState {
    /// Looks at a function, at a line of one of its files where there is one to go to.
    pub fn open(&mut self, function: SelectedFunction, wanted: Option<(Box<str>, i64)>) {
        let area = self.area;
        *self = Self { function: Some(function), wanted, area, ..Self::default() };
    }

    /// Forgets what it holds: the lines keep a call tree of their own.
    pub fn close(&mut self) {
        let area = self.area;
        *self = Self { area, ..Self::default() };
    }

    /// The function that is looked at.
    pub fn function(&self) -> Option<&SelectedFunction> {
        self.function.as_ref()
    }

    /// What is known of the lines.
    pub fn found(&self) -> &LinesState {
        &self.found
    }

    /// The lines of the function.
    pub fn lines(&self) -> Option<&Arc<SourceLines>> {
        match &self.found {
            LinesState::Lines(lines) => Some(lines),
            LinesState::Coming | LinesState::Nothing(_) => None,
        }
    }

    /// The lines of the file that shows.
    pub fn file(&self) -> Option<&FileLines> {
        self.lines()?.files.get(self.file)
    }

    /// Which of how many files it is, from 1.
    pub fn file_of(&self) -> (usize, usize) {
        (self.file + 1, self.lines().map_or(0, |lines| lines.files.len()))
    }

    /// The text of the file.
    pub fn text(&self) -> &TextState {
        &self.text
    }

    /// The text of the file, where it is there.
    pub fn code(&self) -> Option<&SourceText> {
        match &self.text {
            TextState::Code(code) => Some(code),
            TextState::Coming | TextState::Missing(_) => None,
        }
    }

    /// All rows.
    pub fn rows(&self) -> SourceRows<'_> {
        SourceRows::new(self.file(), self.code())
    }

    /// The selected row.
    pub fn selected(&self) -> Option<SourceRow> {
        self.rows().get(self.at)
    }

    /// The place of the selected row.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The first row that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The cells of each line that are scrolled out to the left.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Where the selected row stands, counted from the corner of the view.
    pub fn spot(&self) -> Option<(usize, usize)> {
        let row = self.at.checked_sub(self.top).filter(|row| *row < self.shown() && self.rows().len() > 0)?;
        Some((0, self.notes() + row + 1))
    }

    /// Takes in the lines, or why there are none. The file and the line that are selected stay so where they still are
    /// there; at first they are the ones that matter most.
    pub fn take(&mut self, found: LinesState) {
        let known = self.file().map(|file| file.file.clone());
        self.found = found;
        let files = self.lines().map_or(&[][..], |lines| &lines.files);
        let wanted = self.wanted.as_ref().map(|(file, _)| &**file);
        let name = known.as_ref().map(crate::base::clean::Text::raw).or(wanted);
        self.file = files.iter().position(|file| Some(file.file.raw()) == name).unwrap_or(0);
        if known.is_some() && self.file().map(|file| &file.file) != known.as_ref() {
            self.text = TextState::Coming;
            self.is_placed = false;
        }
        self.settle();
    }

    /// Takes in the text of the file, or why there is none.
    pub fn read(&mut self, text: TextState) {
        self.text = text;
        self.settle();
    }

    /// Takes in where it stands.
    pub fn fit(&mut self, area: Area) {
        if self.area != area {
            self.area = area;
            self.settle();
        }
    }

    /// Does what a key asks that changes nothing outside of the view.
    pub fn act(&mut self, action: Action) {
        let last = self.rows().len().saturating_sub(1);
        let page = self.shown().saturating_sub(1).max(1);
        let hot = |way| self.rows().hot(self.at, way).unwrap_or(self.at);
        let at = match action {
            Action::Up => self.at.saturating_sub(1),
            Action::Down => self.at + 1,
            Action::NextHot => return self.go_far(hot(LineStep::Down)),
            Action::PreviousHot => return self.go_far(hot(LineStep::Up)),
            Action::Hottest => return self.go_hottest(),
            Action::Top => 0,
            Action::Bottom => last,
            Action::PageUp => self.at.saturating_sub(page),
            Action::PageDown => self.at + page,
            Action::Left => return self.left = self.left.saturating_sub(STEP),
            Action::Right => return self.left = (self.left + STEP).min(MOST_CELLS),
            Action::NextFile => return self.turn(1),
            Action::PreviousFile => return self.turn(self.file_of().1.saturating_sub(1)),
            Action::Edit | Action::Copy | Action::Close => return,
        };
        self.at = at.min(last);
        self.top = viewport::follow(self.top, self.shown(), last + 1, self.at);
        self.note();
    }

    /// `steps` files on, from the last to the first.
    fn turn(&mut self, steps: usize) {
        let count = self.file_of().1;
        if count > 1 {
            self.file = (self.file + steps) % count;
            self.text = TextState::Coming;
            self.is_placed = false;
            self.settle();
        }
    }

    /// Stands where the selected line is now.
    fn settle(&mut self) {
        if !self.is_placed && self.file().is_some() {
            self.is_placed = true;
            return match self.wanted.take() {
                Some((file, line)) if self.file().is_some_and(|known| known.file.raw() == &*file) => {
                    self.number = line;
                    self.go_far(self.rows().place_of(line));
                }
                _ => self.go_hottest(),
            };
        }
        let place = self.rows().place_of(self.number);
        let distance = self.at.saturating_sub(self.top);
        self.at = place;
        let (rows, len) = (self.shown(), self.rows().len());
        // What was in the middle stays there when the text comes.
        let distance = if distance == 0 { rows / 2 } else { distance.min(rows.saturating_sub(1)) };
        self.top = viewport::follow(place.saturating_sub(distance), rows, len, place);
    }

    fn go_hottest(&mut self) {
        let hottest = self.file().and_then(FileLines::hottest).map(|line| line.number);
        let start = self.file().and_then(|file| file.start);
        let place = self.rows().place_of(hottest.or(start).unwrap_or(1));
        self.number = hottest.or(start).unwrap_or(1);
        self.go_far(place);
    }

    /// To a row, which comes to stand in the middle where it does not show.
    fn go_far(&mut self, at: usize) {
        let len = self.rows().len();
        self.at = at.min(len.saturating_sub(1));
        self.top = viewport::centre(self.top, self.shown(), len, self.at);
        self.note();
    }

    /// Keeps the number of the selected line: rows come and go with the text.
    fn note(&mut self) {
        if let Some(row) = self.selected() {
            self.number = row.number;
        }
    }

    /// Rows above the lines that say where the file was looked for.
    pub fn notes(&self) -> usize {
        let TextState::Missing(missing) = &self.text else { return 0 };
        // Half of the view at most, and with what heads and ends them.
        (missing.tried.len() + 2).min(usize::from(self.area.height) / 2)
    }

    /// How many rows of lines show.
    fn shown(&self) -> usize {
        usize::from(self.area.height).saturating_sub(1 + self.notes())
    }
}
