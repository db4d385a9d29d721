//! Text output: lines, headings, and tables whose columns stay aligned for any name.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::base::plain_text::plain_line;
use crate::base::time::{UtcTime, since_start};
use crate::base::units::{Unit, counted};
use crate::base::width::width;

use super::{Emphasis, RowForm, Style, Subject};

/// Alignment of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Column of a table: its heading and alignment.
pub(super) type TextColumn<'a> = (&'a str, Align);

/// Output of a text report, with its characters and emphasis.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    style: Style,
}

impl<'a> Page<'a> {
    /// Creates an empty page.
    pub(super) fn new(out: &'a mut dyn Write, style: Style) -> Self {
        Self { out, style }
    }

    /// Writes one line of safe text.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", self.style.charset.of(&self.worded(text)).trim_end())
    }

    /// Rewrites `text` in words for screen readers, if the form of rows is for them.
    fn worded<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.style.rows {
            RowForm::Columns => Cow::Borrowed(text),
            RowForm::Labelled => Cow::Owned(plain_line(text)),
        }
    }

    /// Writes one line with emphasis.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        match self.style.emphasis {
            Emphasis::Plain => self.line(text),
            Emphasis::Bold => {
                let text = self.worded(text);
                writeln!(self.out, "\x1b[1m{}\x1b[0m", self.style.charset.of(&text).trim_end())
            }
        }
    }

    /// Writes a table: its heads, then its rows of safe texts, with two spaces between columns.
    ///
    /// `rows` is called twice, once to measure the rows and once to write them, so that a long table is never in
    /// memory.
    pub(super) fn table<Rows>(&mut self, columns: &[TextColumn<'_>], rows: impl Fn() -> Rows) -> io::Result<()>
    where
        Rows: Iterator<Item = Vec<String>>,
    {
        if self.style.rows == RowForm::Labelled {
            return rows().try_for_each(|row| self.line(&labelled(columns, &row)));
        }
        let charset = self.style.charset;
        let mut widths: Vec<usize> = columns.iter().map(|(head, _)| width(head)).collect();
        // A last column that is left-aligned needs no width.
        let open_end = usize::from(columns.last().is_some_and(|(_, align)| *align == Align::Left));
        let measured = columns.len() - open_end;
        for row in rows() {
            for (widest, cell) in widths.iter_mut().zip(&row).take(measured) {
                *widest = width(&charset.of(cell)).max(*widest);
            }
        }
        let heads: Vec<String> = columns.iter().map(|(head, _)| (*head).to_owned()).collect();
        self.heading(&self.row(&heads, columns, &widths))?;
        for row in rows() {
            let line = self.row(&row, columns, &widths);
            self.line(&line)?;
        }
        Ok(())
    }

    /// One row of a table as a line.
    fn row(&self, cells: &[String], columns: &[TextColumn<'_>], widths: &[usize]) -> String {
        let mut line = String::new();
        for (index, ((cell, (_, align)), widest)) in cells.iter().zip(columns).zip(widths).enumerate() {
            let cell = self.style.charset.of(cell);
            let gap = " ".repeat(widest.saturating_sub(width(&cell)));
            let (before, after) = if *align == Align::Right { (gap.as_str(), "") } else { ("", gap.as_str()) };
            for part in [if index == 0 { "" } else { "  " }, before, &cell, after] {
                line.push_str(part);
            }
        }
        line
    }
}

/// Row in words: first the text that names the row, then each value after its heading. The indentation of a name in a
/// tree becomes its level.
fn labelled(columns: &[TextColumn<'_>], cells: &[String]) -> String {
    let indent_of = |text: &str| text.len() - text.trim_start().len();
    let is_name = |(head, align): &TextColumn<'_>| *align == Align::Left && !head.trim().is_empty();
    let last = columns.len().checked_sub(1).filter(|last| is_name(&columns[*last]));
    let named = NAMES.iter().find_map(|name| columns.iter().position(|(head, _)| head.trim() == *name)).or(last);
    let name = named.and_then(|at| Some((columns[at].0, cells.get(at)?))).map(|(head, name)| {
        let indent = indent_of(name).saturating_sub(indent_of(head));
        let level = if indent > 0 { format!("level {}  ", indent / INDENT + 1) } else { String::new() };
        format!("{level}{}", name.trim())
    });
    let values = columns.iter().zip(cells).enumerate().filter(|(at, _)| Some(*at) != named);
    let values = values.filter(|(_, (_, cell))| !cell.trim().is_empty()).map(|(_, ((head, _), cell))| {
        let head = head.trim();
        // The `%` of the value is enough.
        let head = head.strip_suffix('%').filter(|_| cell.ends_with('%')).unwrap_or(head);
        format!("{head} {}", cell.trim()).trim().to_owned()
    });
    name.into_iter().chain(values).collect::<Vec<_>>().join("  ")
}

/// Headings of the columns that name a row, the most specific first. In a table without such a column, the last one does
/// if it is left-aligned.
const NAMES: [&str; 6] = ["function", "sample type", "instance", "rule", "term", "build"];

/// Number of blanks for each level of a tree.
const INDENT: usize = 2;

/// Note below a table on the rows that the limit leaves out; `None` if it has all of them.
pub(super) fn left_out(subject: &Subject<'_>, rows: usize, noun: &str) -> Option<String> {
    let left = rows - subject.wanted(rows);
    (left > 0).then(|| format!("… {}; {}", counted(left, &format!("more {noun}")), subject.commands.all_rows()))
}

/// Total with its unit, rounded and, if that is not exact, exactly: `41.5 MiB (43,515,904 B)`. A sum beyond 64 bits is
/// only given exactly.
pub(super) fn figure(unit: &Unit, total: i128) -> String {
    let (long, exact) = (unit.long(total), unit.exact(total));
    if long == exact { long } else { format!("{long} ({exact})") }
}

/// Formats a time for display, to the second and in UTC, or since the start of the process; `None` if it is 0, which is
/// an unknown time.
pub(super) fn instant(nanos: i64) -> Option<String> {
    if let Some(since_start) = since_start(nanos) {
        return Some(since_start);
    }
    let UtcTime { year, month, day, hour, minute, second, .. } = UtcTime::from_nanos(nanos);
    (nanos != 0).then(|| format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC"))
}

/// Formats the first and the last of several times, or one time if they are equal; `None` if no time is known.
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
    use super::super::Charset;
    use super::*;

    fn page(style: Style, write: impl Fn(&mut Page<'_>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&mut Page::new(&mut bytes, style)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    const COLUMNS: [TextColumn<'static>; 3] = [("n", Align::Right), ("name", Align::Left), ("k", Align::Left)];

    fn rows() -> impl Iterator<Item = Vec<String>> {
        [["7", "日本", "x"], ["1,204", "é…", "y"]].into_iter().map(|row| row.map(str::to_owned).to_vec())
    }

    #[test]
    fn wide_names_keep_the_columns_straight() {
        let text = page(Style::default(), |page| page.table(&COLUMNS, rows));
        assert_eq!(text, "    n  name  k\n    7  日本  x\n1,204  é…    y\n");
    }

    #[test]
    fn rows_for_screen_readers_begin_with_their_name() {
        let style = Style { rows: RowForm::Labelled, ..Style::default() };
        let columns = [("self", Align::Right), ("self%", Align::Right), ("call tree", Align::Left)];
        let rows =
            || [["7K", "10%", "root"], ["1K", "", "    a → b"]].into_iter().map(|row| row.map(str::to_owned).to_vec());
        let text = page(style, |page| page.table(&columns, rows));
        assert_eq!(text, "root, self 7K, self 10%\nlevel 3, a to b, self 1K\n");
        let columns = [("function", Align::Left), ("Δself", Align::Right), ("callers", Align::Left)];
        let rows = || [["f", "+1K", "g < h"]].into_iter().map(|row| row.map(str::to_owned).to_vec());
        let text = page(style, |page| page.table(&columns, rows));
        assert_eq!(text, "f, change of self +1K, callers g < h\n");
        let named = |columns: &[TextColumn<'_>], row: &[&str]| {
            let row = || std::iter::once(row.iter().map(|cell| (*cell).to_owned()).collect());
            page(style, |page| page.table(columns, row))
        };
        let left = |head| (head, Align::Left);
        let rules = [left(""), left("rule"), left("limit"), left("actual")];
        assert_eq!(named(&rules, &["held", "max-total", "1KiB", "74B"]), "max-total, held, limit 1KiB, actual 74B\n");
        let terms = [left("  term"), ("bytes", Align::Right), left("meaning")];
        assert_eq!(named(&terms, &["  live", "7", "kept"]), "live, bytes 7, meaning kept\n");
        let builds = [left("build"), ("total", Align::Right), left("gate")];
        assert_eq!(named(&builds, &["r1", "7", "held"]), "r1, total 7, gate held\n");
        let settings = [("  GOGC", Align::Right), left("")];
        assert_eq!(named(&settings, &["  50", "as it is"]), "GOGC 50, as it is\n");
        assert_eq!(page(style, |page| page.line("  samples   12 ─── 3")), "samples, 12, 3\n");
    }

    #[test]
    fn ascii_is_measured_as_it_is_written() {
        let style = Style { charset: Charset::Ascii, emphasis: Emphasis::Bold, ..Style::default() };
        let text = page(style, |page| page.table(&COLUMNS, rows));
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
        assert_eq!(figure(&Unit::Bytes, i128::from(i64::MAX) + 1), "8.00 EiB (9,223,372,036,854,775,808 B)");
        assert_eq!(counted(1, "sample"), "1 sample");
        assert_eq!(counted(1204, "sample"), "1,204 samples");
    }
}
