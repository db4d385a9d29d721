//! Rows of the source view: lines of the file with their figures, and lines with figures that the file does not have.

use crate::analysis::lines::{FileLines, SourceLine};
use crate::base::source_text::SourceText;

/// Row of the source view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceRow {
    /// Line number; 0 for samples without a line.
    pub number: i64,
    pub figures: Option<SourceLine>,
    /// Index of the line in the text; `None` if the text lacks the line.
    pub text: Option<usize>,
}

/// All rows of a file, computed on access: a file may have millions of lines.
#[derive(Clone, Copy, Debug)]
pub struct SourceRows<'a> {
    lines: &'a [SourceLine],
    text: Option<&'a SourceText>,
    /// Number of lines with figures before the first line of the text.
    before: usize,
    /// Index of the first line with figures beyond the last line of the text.
    beyond: usize,
}

impl<'a> SourceRows<'a> {
    /// Creates the rows of a file; without its text, only the lines with figures.
    pub fn new(file: Option<&'a FileLines>, text: Option<&'a SourceText>) -> Self {
        let lines = file.map_or(&[][..], |file| &file.lines);
        let last = text.map_or(0, |text| i64::try_from(text.len()).unwrap_or(i64::MAX));
        let before = lines.partition_point(|line| line.number < 1);
        let beyond = lines.partition_point(|line| line.number <= last).max(before);
        Self { lines, text, before, beyond }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.text.map_or(self.lines.len(), |text| self.before + text.len() + self.lines.len() - self.beyond)
    }

    /// Row at an index.
    pub fn get(&self, at: usize) -> Option<SourceRow> {
        let without_text = |line: &SourceLine| SourceRow { number: line.number, figures: Some(*line), text: None };
        let Some(text) = self.text else { return self.lines.get(at).map(without_text) };
        if at < self.before {
            return self.lines.get(at).map(without_text);
        }
        let index = at - self.before;
        if index >= text.len() {
            return self.lines.get(self.beyond + index - text.len()).map(without_text);
        }
        let number = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
        let found = self.lines.binary_search_by_key(&number, |line| line.number).ok();
        Some(SourceRow { number, figures: found.map(|found| self.lines[found]), text: Some(index) })
    }

    /// Index of the row of a line, or of the nearest row.
    pub fn row_of(&self, number: i64) -> usize {
        let before_line = self.lines.partition_point(|line| line.number < number);
        let last = self.len().saturating_sub(1);
        let Some(text) = self.text else { return before_line.min(last) };
        let line = usize::try_from(number).unwrap_or(0);
        let row = if number < 1 {
            before_line
        } else if line <= text.len() {
            self.before + line - 1
        } else {
            self.before + text.len() + before_line.saturating_sub(self.beyond)
        };
        row.min(last)
    }

    /// Row of the next line with figures, wrapping around; `None` without figures.
    pub fn next_hot(&self, at: usize) -> Option<usize> {
        let number = self.get(at)?.number;
        let next = self.lines.iter().find(|line| line.number > number).or(self.lines.first());
        next.map(|line| self.row_of(line.number))
    }

    /// Row of the previous line with figures, wrapping around; `None` without figures.
    pub fn previous_hot(&self, at: usize) -> Option<usize> {
        let number = self.get(at)?.number;
        let previous = self.lines.iter().rev().find(|line| line.number < number).or(self.lines.last());
        previous.map(|line| self.row_of(line.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::lines::CurrentAndBase;
    use crate::base::safe_text::SafeText;
    use crate::base::source_text::{FileIdentity, Freshness, SourceArea};

    fn code(text: &str) -> SourceText {
        let (path, display_path) = ("/src/x.go".into(), "x.go".into());
        SourceText::new(
            FileIdentity { path, display_path, area: SourceArea::Inside, freshness: Freshness::Unchanged },
            text.as_bytes().to_vec(),
        )
    }

    fn file(numbers: &[i64]) -> FileLines {
        let line = |number: &i64| SourceLine { number: *number, held: CurrentAndBase::default() };
        FileLines { file: SafeText::from("x.go"), start: None, lines: numbers.iter().map(line).collect() }
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
            assert_eq!(rows.row_of(row.number), at);
        }
        assert_eq!(rows.row_of(i64::MAX), 6);
        assert_eq!(rows.get(7), None);
    }

    #[test]
    fn hot_lines_come_around() {
        let file = file(&[2, 4]);
        let code = code("a\nb\nc\nd\ne\n");
        let rows = SourceRows::new(Some(&file), Some(&code));
        assert_eq!([0, 1, 3, 4].map(|at| rows.next_hot(at)), [1, 3, 1, 1].map(Some));
        assert_eq!([0, 1, 3, 4].map(|at| rows.previous_hot(at)), [3, 3, 1, 3].map(Some));
    }

    #[test]
    fn without_text_and_figures_there_are_no_rows() {
        let rows = SourceRows::new(None, None);
        assert_eq!((rows.len(), rows.get(0), rows.next_hot(0), rows.row_of(7)), (0, None, None, 0));
        let empty = code("");
        assert_eq!(SourceRows::new(None, Some(&empty)).len(), 0);
        let file = file(&[3, 8]);
        let rows = SourceRows::new(Some(&file), None);
        assert_eq!((rows.len(), rows.row_of(8), rows.row_of(5)), (2, 1, 1));
    }
}
