//! A page of text: lines, headings and tables whose columns stay straight whatever the names in them hold.

use std::io::{self, Write};

use crate::base::units::{Unit, commas};
use crate::base::width::width;

use super::{Ink, Style};

/// Where a column's text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A table that is measured before it is written.
pub(super) struct Table<'a> {
    heads: &'a [(&'a str, Align)],
    rows: Vec<Vec<String>>,
}

impl<'a> Table<'a> {
    /// A table with these column heads and no rows.
    pub(super) fn new(heads: &'a [(&'a str, Align)]) -> Self {
        Self { heads, rows: Vec::new() }
    }

    /// Adds a row: a safe text for each head.
    pub(super) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }
}

/// Where the text goes, and what it may be made of.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    style: Style,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(super) fn new(out: &'a mut dyn Write, style: Style) -> Self {
        Self { out, style }
    }

    /// Writes one line of safe text.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", self.style.letters.of(text).trim_end())
    }

    /// Writes one line with emphasis.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        match self.style.ink {
            Ink::Plain => self.line(text),
            Ink::Bold => writeln!(self.out, "\x1b[1m{}\x1b[0m", self.style.letters.of(text).trim_end()),
        }
    }

    /// Writes a table: its heads, then its rows, two spaces between columns.
    pub(super) fn table(&mut self, table: &Table<'_>) -> io::Result<()> {
        let letters = self.style.letters;
        let mut widths: Vec<usize> = table.heads.iter().map(|(head, _)| width(head)).collect();
        for row in &table.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = width(&letters.of(cell)).max(*widest);
            }
        }
        let layout = |cells: &mut dyn Iterator<Item = &str>| {
            let mut line = String::new();
            for ((cell, (_, align)), widest) in cells.zip(table.heads).zip(&widths) {
                let cell = letters.of(cell);
                let gap = " ".repeat(widest.saturating_sub(width(&cell)));
                let (before, after) = if *align == Align::Right { (gap, String::new()) } else { (String::new(), gap) };
                for part in [if line.is_empty() { "" } else { "  " }, &before, &cell, &after] {
                    line.push_str(part);
                }
            }
            line
        };
        self.heading(&layout(&mut table.heads.iter().map(|(head, _)| *head)))?;
        for row in &table.rows {
            let line = layout(&mut row.iter().map(String::as_str));
            self.line(&line)?;
        }
        Ok(())
    }
}

/// `count` of `noun`, with the plural where it belongs: `1 sample`, `1,204 samples`.
pub(super) fn some(count: usize, noun: &str) -> String {
    let number = commas(i64::try_from(count).unwrap_or(i64::MAX));
    if count == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}

/// A total as people read it and, where that rounds, exactly: `41.5 MiB (43,515,904 B)`. A sum beyond 64 bits is only
/// given exactly.
pub(super) fn figure(unit: &Unit, total: i128) -> String {
    let Ok(total) = i64::try_from(total) else { return format!("{total} {}", unit.name()) };
    let (long, exact) = (unit.long(total), unit.exact(total));
    if long == exact { long } else { format!("{long} ({exact})") }
}

/// A time as people read it, to the second and in UTC; none where the profile does not say.
pub(super) fn instant(nanos: i64) -> Option<String> {
    let time = jiff::Timestamp::from_nanosecond(i128::from(nanos)).ok()?;
    (nanos != 0).then(|| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// The first and the last of several times, one where they are the same.
pub(super) fn span(times: impl Iterator<Item = i64>) -> Option<String> {
    let (first, last) = times
        .filter(|nanos| *nanos != 0)
        .fold((i64::MAX, i64::MIN), |(first, last), nanos| (first.min(nanos), last.max(nanos)));
    match (instant(first)?, instant(last)?) {
        _ if first > last => None,
        (first, last) if first == last => Some(first),
        (first, last) => Some(format!("{first} to {last}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Letters;
    use super::*;

    fn page(style: Style, write: impl Fn(&mut Page<'_>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&mut Page::new(&mut bytes, style)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn table() -> Table<'static> {
        let mut table = Table::new(&[("n", Align::Right), ("name", Align::Left), ("k", Align::Left)]);
        table.push(vec!["7".into(), "日本".into(), "x".into()]);
        table.push(vec!["1,204".into(), "é…".into(), "y".into()]);
        table
    }

    #[test]
    fn wide_names_keep_the_columns_straight() {
        let text = page(Style::default(), |page| page.table(&table()));
        assert_eq!(text, "    n  name  k\n    7  日本  x\n1,204  é…    y\n");
    }

    #[test]
    fn ascii_is_measured_as_it_is_written() {
        let style = Style { letters: Letters::Ascii, ink: Ink::Bold };
        let text = page(style, |page| page.table(&table()));
        assert!(text.is_ascii() && text.starts_with("\x1b[1m    n  name"), "{text:?}");
        let columns: Vec<_> = text.lines().skip(1).map(|line| line.rfind(' ')).collect();
        assert_eq!(columns[0], columns[1]);
    }

    #[test]
    fn times_are_in_utc_and_their_span_passes_over_undated_snapshots() {
        let (early, late) = (1_795_353_987_000_000_000, 1_795_354_000_000_000_000);
        assert_eq!(instant(0), None);
        assert_eq!(span([0, 0].into_iter()), None);
        assert_eq!(span([0, early].into_iter()).as_deref(), Some("2026-11-22 13:26:27 UTC"));
        assert_eq!(
            span([late, 0, early].into_iter()).as_deref(),
            Some("2026-11-22 13:26:27 UTC to 2026-11-22 13:26:40 UTC")
        );
    }

    #[test]
    fn figures_are_exact_where_they_round() {
        assert_eq!(figure(&Unit::Bytes, 1536), "1.50 KiB (1,536 B)");
        assert_eq!(figure(&Unit::Count, 12), "12");
        assert_eq!(figure(&Unit::Bytes, i128::from(i64::MAX) + 1), "9223372036854775808 bytes");
        assert_eq!(some(1, "sample"), "1 sample");
        assert_eq!(some(1204, "sample"), "1,204 samples");
    }
}
