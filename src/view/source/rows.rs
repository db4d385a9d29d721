//! Which rows the source view has: the lines of the file with their figures, and figures of lines that the file lacks.

use crate::analysis::lines::{FileLines, SourceLine};
use crate::base::code::SourceText;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// The number of the line; 0 is what no line is known of.
    pub number: i64,
    /// Its figures.
    pub figures: Option<SourceLine>,
    /// The index of its text.
    pub text: Option<usize>,
}

/// All rows, made when they are looked at: a file may have millions of lines.
#[derive(Clone, Copy, Debug)]
pub struct SourceRows<'a> {
    lines: &'a [SourceLine],
    code: Option<&'a SourceText>,
    /// How many lines with figures stand before the first line of the file, and from where on they stand beyond the last.
    outside: (usize, usize),
}

impl<'a> SourceRows<'a> {
    /// The rows of a file; without its text, the lines with figures alone.
    pub fn new(file: Option<&'a FileLines>, code: Option<&'a SourceText>) -> Self {
        let lines = file.map_or(&[][..], |file| &file.lines);
        let last = code.map_or(0, |code| i64::try_from(code.len()).unwrap_or(i64::MAX));
        let before = lines.partition_point(|line| line.number < 1);
        let beyond = lines.partition_point(|line| line.number <= last).max(before);
        Self { lines, code, outside: (before, beyond) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self.code {
            None => self.lines.len(),
            Some(code) => self.outside.0 + code.len() + self.lines.len() - self.outside.1,
        }
    }

    /// The row at a place from the top.
    pub fn get(&self, at: usize) -> Option<SourceRow> {
        let bare = |line: &SourceLine| SourceRow { number: line.number, figures: Some(*line), text: None };
        let Some(code) = self.code else { return self.lines.get(at).map(bare) };
        let (before, beyond) = self.outside;
        if at < before {
            return self.lines.get(at).map(bare);
        }
        let index = at - before;
        if index >= code.len() {
            return self.lines.get(beyond + index - code.len()).map(bare);
        }
        let number = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
        let found = self.lines.binary_search_by_key(&number, |line| line.number).ok();
        Some(SourceRow { number, figures: found.map(|found| self.lines[found]), text: Some(index) })
    }

    /// The place of a line, or of what stands nearest to it.
    pub fn place_of(&self, number: i64) -> usize {
        let before_line = self.lines.partition_point(|line| line.number < number);
        let last = self.len().saturating_sub(1);
        let Some(code) = self.code else { return before_line.min(last) };
        let (before, beyond) = self.outside;
        let index = usize::try_from(number).unwrap_or(0);
        let place = if number < 1 {
            before_line
        } else if index <= code.len() {
            before + index - 1
        } else {
            before + code.len() + before_line.saturating_sub(beyond)
        };
        place.min(last)
    }

    /// The next line with figures below or above a place, from one end to the other; none where there is none.
    pub fn hot(&self, at: usize, way: LineStep) -> Option<usize> {
        let number = self.get(at)?.number;
        let next = match way {
            LineStep::Down => self.lines.iter().find(|line| line.number > number).or(self.lines.first()),
            LineStep::Up => self.lines.iter().rev().find(|line| line.number < number).or(self.lines.last()),
        };
        next.map(|line| self.place_of(line.number))
    }
}

/// Which way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineStep {
    /// Towards the first line.
    Up,
    /// Towards the last line.
    Down,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::lines::CurrentAndBase;
    use crate::base::clean::Text;
    use crate::base::code::{FileIdentity, Freshness, SourceArea};

    fn code(text: &str) -> SourceText {
        let (path, brief) = ("/src/x.go".into(), "x.go".into());
        SourceText::new(
            FileIdentity { path, brief, place: SourceArea::Inside, age: Freshness::Unchanged },
            text.as_bytes().to_vec(),
        )
    }

    fn file(numbers: &[i64]) -> FileLines {
        let line = |number: &i64| SourceLine { number: *number, held: CurrentAndBase::default() };
        FileLines { file: Text::from("x.go"), start: None, lines: numbers.iter().map(line).collect() }
    }

    #[test]
    fn every_line_with_figures_has_a_row_whatever_the_file_has() {
        let file = file(&[0, 2, 3, 9, 12]);
        let code = code("a\nb\nc\nd\n");
        let rows = SourceRows::new(Some(&file), Some(&code));
        let all: Vec<_> = (0..rows.len()).filter_map(|at| rows.get(at)).collect();
        assert_eq!(all.iter().map(|row| row.number).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 9, 12]);
        assert_eq!(all.iter().filter(|row| row.figures.is_some()).count(), 5);
        assert_eq!(all.iter().filter_map(|row| row.text).collect::<Vec<_>>(), [0, 1, 2, 3]);
        for (at, row) in all.iter().enumerate() {
            assert_eq!(rows.place_of(row.number), at);
        }
        assert_eq!(rows.place_of(i64::MAX), 6);
        assert_eq!(rows.get(7), None);
    }

    #[test]
    fn hot_lines_come_around() {
        let file = file(&[2, 4]);
        let code = code("a\nb\nc\nd\ne\n");
        let rows = SourceRows::new(Some(&file), Some(&code));
        assert_eq!([0, 1, 3, 4].map(|at| rows.hot(at, LineStep::Down)), [1, 3, 1, 1].map(Some));
        assert_eq!([0, 1, 3, 4].map(|at| rows.hot(at, LineStep::Up)), [3, 3, 1, 3].map(Some));
    }

    #[test]
    fn without_text_and_figures_there_are_no_rows() {
        let rows = SourceRows::new(None, None);
        assert_eq!((rows.len(), rows.get(0), rows.hot(0, LineStep::Down), rows.place_of(7)), (0, None, None, 0));
        let empty = code("");
        assert_eq!(SourceRows::new(None, Some(&empty)).len(), 0);
        let file = file(&[3, 8]);
        let rows = SourceRows::new(Some(&file), None);
        assert_eq!((rows.len(), rows.place_of(8), rows.place_of(5)), (2, 1, 1));
    }
}
