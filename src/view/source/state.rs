//! State of the source view: the function, its lines, the text of the file, the selected line.

use std::sync::Arc;

use crate::analysis::SourceLines;
use crate::analysis::lines::FileLines;
use crate::base::safe_text::SafeText;
use crate::base::source_text::{MissingSource, SourceText};
use crate::layout::panes::Area;
use crate::layout::viewport;
use crate::view::nav::{ListCursor, Move};
use crate::view::source::Action;
use crate::view::source::rows::{SourceRow, SourceRows};

/// Number of cells that one key press scrolls sideways.
const SCROLL_STEP: usize = 8;
/// Maximum number of cells that lines are scrolled sideways.
const MOST_SCROLLED: usize = 1024;

/// Function whose source is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedFunction {
    /// Raw name in the profile.
    pub name: Box<[u8]>,
    /// Name for display.
    pub shown: String,
}

/// Lines of the function, or the reason why they are absent.
#[derive(Clone, Debug, Default)]
pub enum LinesState {
    #[default]
    Pending,
    Lines(Arc<SourceLines>),
    /// Reason why there are no lines.
    Missing(String),
}

/// Text of the file, or the reason why it is absent.
#[derive(Clone, Debug, Default)]
pub enum TextState {
    #[default]
    Pending,
    Text(Arc<SourceText>),
    Missing(MissingSource),
}

/// State of the source view.
#[derive(Clone, Debug, Default)]
pub struct SourceState {
    function: Option<SelectedFunction>,
    lines: LinesState,
    /// Index of the shown file among the files of the function.
    file: usize,
    text: TextState,
    /// File and line to select when the lines are known.
    target: Option<(Box<str>, i64)>,
    /// True once a line was selected in the shown file.
    is_positioned: bool,
    /// Number of the selected line. Row indices change when the text arrives, line numbers do not.
    number: i64,
    cursor: ListCursor,
    /// Number of cells that lines are scrolled sideways.
    left: usize,
    area: Area,
}

impl SourceState {
    /// Shows a function, with the line `target` (file and line) selected if there is one.
    pub fn open(&mut self, function: SelectedFunction, target: Option<(Box<str>, i64)>) {
        *self = Self { function: Some(function), target, area: self.area, ..Self::default() };
    }

    /// Closes the view, and drops the lines, which hold a call tree of their own.
    pub fn close(&mut self) {
        *self = Self { area: self.area, ..Self::default() };
    }

    /// Function whose source is shown; `None` while the view is closed.
    pub fn function(&self) -> Option<&SelectedFunction> {
        self.function.as_ref()
    }

    /// Lines, or the reason why they are absent.
    pub fn lines_state(&self) -> &LinesState {
        &self.lines
    }

    /// Lines of the function.
    pub fn lines(&self) -> Option<&Arc<SourceLines>> {
        if let LinesState::Lines(lines) = &self.lines { Some(lines) } else { None }
    }

    /// Lines of the shown file.
    pub fn file(&self) -> Option<&FileLines> {
        self.lines()?.files.get(self.file)
    }

    /// Number of the shown file, from 1, and number of files.
    pub fn file_of(&self) -> (usize, usize) {
        (self.file + 1, self.lines().map_or(0, |lines| lines.files.len()))
    }

    /// Text, or the reason why it is absent.
    pub fn text_state(&self) -> &TextState {
        &self.text
    }

    /// Text of the shown file.
    pub fn text(&self) -> Option<&SourceText> {
        if let TextState::Text(text) = &self.text { Some(text) } else { None }
    }

    /// Rows of the shown file.
    pub fn rows(&self) -> SourceRows<'_> {
        SourceRows::new(self.file(), self.text())
    }

    /// Selected row.
    pub fn selected(&self) -> Option<SourceRow> {
        self.rows().get(self.cursor.at)
    }

    /// Cursor on the selected row.
    pub fn cursor(&self) -> ListCursor {
        self.cursor
    }

    /// Number of cells that lines are scrolled sideways.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Cell of the selected row within the view; `None` if it is not visible.
    pub fn cursor_cell(&self) -> Option<(usize, usize)> {
        Some((0, self.notes() + self.cursor.visible_row(self.rows().len())? + 1))
    }

    /// Sets the lines. The shown file and the selected line stay if they still exist. Initially the target is selected,
    /// else the line with the largest figure in the first file.
    pub fn set_lines(&mut self, lines: LinesState) {
        let shown = self.file().map(|file| file.file.clone());
        self.lines = lines;
        let files = self.lines().map_or(&[][..], |lines| &lines.files);
        let target = self.target.as_ref().map(|(file, _)| &**file);
        let name = shown.as_ref().map(SafeText::raw).or(target);
        self.file = files.iter().position(|file| Some(file.file.raw()) == name).unwrap_or(0);
        if shown.is_some() && self.file().map(|file| &file.file) != shown.as_ref() {
            self.text = TextState::Pending;
            self.is_positioned = false;
        }
        self.position();
    }

    /// Sets the text of the shown file.
    pub fn set_text(&mut self, text: TextState) {
        self.text = text;
        self.position();
    }

    /// Sets the area of the view.
    pub fn resize(&mut self, area: Area) {
        if self.area != area {
            self.area = area;
            self.position();
        }
    }

    /// Moves to another line.
    pub fn move_by(&mut self, step: Move) {
        self.cursor.rows = self.visible_rows();
        self.cursor.move_by(step, self.rows().len());
        self.remember_number();
    }

    /// Handles one action that changes nothing outside of the view.
    pub fn handle(&mut self, action: Action) {
        let at = self.cursor.at;
        match action {
            Action::NextHot => self.select(self.rows().next_hot(at).unwrap_or(at)),
            Action::PreviousHot => self.select(self.rows().previous_hot(at).unwrap_or(at)),
            Action::Hottest => self.select_hottest(),
            Action::Left => self.left = self.left.saturating_sub(SCROLL_STEP),
            Action::Right => self.left = (self.left + SCROLL_STEP).min(MOST_SCROLLED),
            Action::NextFile => self.show_file(1),
            Action::PreviousFile => self.show_file(self.file_of().1.saturating_sub(1)),
            Action::Edit | Action::Copy | Action::Close => {}
        }
    }

    /// Shows the file `steps` after the current one, wrapping around.
    fn show_file(&mut self, steps: usize) {
        let count = self.file_of().1;
        if count > 1 {
            self.file = (self.file + steps) % count;
            self.text = TextState::Pending;
            self.is_positioned = false;
            self.position();
        }
    }

    /// Selects the row of the selected line again after a change of the rows.
    fn position(&mut self) {
        if !self.is_positioned && self.file().is_some() {
            self.is_positioned = true;
            return match self.target.take() {
                Some((file, line)) if self.file().is_some_and(|shown| shown.file.raw() == &*file) => {
                    self.number = line;
                    self.select(self.rows().row_of(line));
                }
                _ => self.select_hottest(),
            };
        }
        let (rows, len, at) = (self.visible_rows(), self.rows().len(), self.rows().row_of(self.number));
        // A line in the middle of the view stays there when the text arrives.
        let distance = match self.cursor.at.saturating_sub(self.cursor.top) {
            0 => rows / 2,
            distance => distance.min(rows.saturating_sub(1)),
        };
        let top = viewport::follow(at.saturating_sub(distance), rows, len, at);
        self.cursor = ListCursor { at, top, rows };
    }

    fn select_hottest(&mut self) {
        let hottest = self.file().and_then(FileLines::hottest).map(|line| line.number);
        let start = self.file().and_then(|file| file.start);
        self.number = hottest.or(start).unwrap_or(1);
        self.select(self.rows().row_of(self.number));
    }

    /// Selects a row. If the row was not visible, it moves to the middle.
    fn select(&mut self, at: usize) {
        let len = self.rows().len();
        self.cursor.rows = self.visible_rows();
        self.cursor.select_far(at.min(len.saturating_sub(1)), len);
        self.remember_number();
    }

    fn remember_number(&mut self) {
        if let Some(row) = self.selected() {
            self.number = row.number;
        }
    }

    /// Number of rows above the lines for the paths that were tried for a missing file: at most half of the view.
    pub fn notes(&self) -> usize {
        let TextState::Missing(missing) = &self.text else { return 0 };
        (missing.tried.len() + 2).min(usize::from(self.area.height) / 2)
    }

    fn visible_rows(&self) -> usize {
        usize::from(self.area.height).saturating_sub(1 + self.notes())
    }
}
