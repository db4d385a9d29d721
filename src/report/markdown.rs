//! Markdown for pull requests: tables and paragraphs in which text of a profile is never markup.

use std::io::{self, Write};

use crate::base::safe_text::safe_str;
use crate::base::width::{cut_middle, width, wrap};

use super::text::Align;

/// Maximum width of a line in cells, including the marks around the cells of a table.
const COLUMNS: usize = 120;
/// Number of rows of a long table that are visible; the rest is in a folded section.
const OPEN_ROWS: usize = 10;
/// Minimum width to which a text is cut.
const LEAST_CELLS: usize = 12;

/// Writes text whose lines are wrapped at spaces. Continuation lines of a list item are indented.
pub(super) fn paragraph(out: &mut dyn Write, text: &str) -> io::Result<()> {
    for line in text.split('\n') {
        let indent = if line.starts_with("- ") { "  " } else { "" };
        for (index, piece) in wrap(line, COLUMNS - indent.len()).into_iter().enumerate() {
            writeln!(out, "{}{piece}", if index == 0 { "" } else { indent })?;
        }
        if line.is_empty() {
            writeln!(out)?;
        }
    }
    Ok(())
}

/// Writes warnings as a list; the texts may quote files.
pub(super) fn warnings(out: &mut dyn Write, warnings: &[String]) -> io::Result<()> {
    warnings.iter().try_for_each(|text| paragraph(out, &format!("- warning: {}", escaped(&safe_str(text)))))
}

/// Writes a table; the cells are safe texts. Rows after the first [`OPEN_ROWS`] are in a folded section, and so are the
/// full texts of names that are too long for a line.
pub(super) fn table(
    out: &mut dyn Write,
    columns: &[(&str, Align)],
    rows: impl Iterator<Item = Vec<String>>,
) -> io::Result<()> {
    let mut cut = Vec::new();
    let rows: Vec<Vec<String>> = rows.map(|row| fitted(&row, columns, &mut cut)).collect();
    let open = if rows.len() > OPEN_ROWS + 1 { OPEN_ROWS } else { rows.len() };
    let (open, folded) = rows.split_at(open);
    write_rows(out, columns, open)?;
    if !folded.is_empty() {
        writeln!(out, "\n<details><summary>{} more rows</summary>\n", folded.len())?;
        write_rows(out, columns, folded)?;
        writeln!(out, "\n</details>")?;
    }
    write_full(out, &cut)
}

/// Writes the head of a table and rows whose cells are escaped.
fn write_rows(out: &mut dyn Write, columns: &[(&str, Align)], rows: &[Vec<String>]) -> io::Result<()> {
    let heads = columns.iter().map(|(head, _)| escaped(head));
    let rules = columns.iter().map(|(_, align)| if *align == Align::Right { "---:" } else { "---" }.to_owned());
    line(out, heads)?;
    line(out, rules)?;
    rows.iter().try_for_each(|row| line(out, row.iter().cloned()))
}

/// Escaped cells that fit a line: the longest texts are cut in the middle, and their full texts go to `cut`.
fn fitted(row: &[String], columns: &[(&str, Align)], cut: &mut Vec<String>) -> Vec<String> {
    let mut cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
    let mut most: Vec<usize> = row.iter().map(|cell| width(cell)).collect();
    let mut is_cut = vec![false; row.len()];
    loop {
        // Each cell has two blanks and a bar; the first cell also has a bar before it.
        let over = cells.iter().map(|cell| width(cell) + 3).sum::<usize>().saturating_sub(COLUMNS - 1);
        let texts = (0..cells.len()).filter(|at| columns.get(*at).is_none_or(|(_, align)| *align == Align::Left));
        let longest = texts.filter(|at| most[*at] > LEAST_CELLS).max_by_key(|at| width(&cells[*at]));
        let (Some(at), 1..) = (longest, over) else { break };
        most[at] = most[at].saturating_sub(over.div_ceil(2)).max(LEAST_CELLS);
        is_cut[at] = true;
        cells[at] = escaped(&cut_middle(&row[at], most[at]));
    }
    cut.extend(row.iter().zip(is_cut).filter(|(_, is_cut)| *is_cut).map(|(cell, _)| cell.clone()));
    cells
}

/// Writes full texts of cut cells, folded, as plain text.
fn write_full(out: &mut dyn Write, cut: &[String]) -> io::Result<()> {
    let mut texts: Vec<&str> = Vec::new();
    for text in cut.iter().map(|text| text.trim_start_matches("· ")) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    if texts.is_empty() {
        return Ok(());
    }
    let longest = texts.iter().flat_map(|text| text.split(|letter| letter != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    writeln!(out, "\n<details><summary>Full names</summary>\n\n{fence}text")?;
    for text in texts {
        for (index, piece) in wrap(text, COLUMNS - 2).into_iter().enumerate() {
            writeln!(out, "{}{piece}", if index == 0 { "" } else { "  " })?;
        }
    }
    writeln!(out, "{fence}\n\n</details>")
}

/// Writes the notes below a table, such as the number of rows that a limit leaves out.
pub(super) fn notes(out: &mut dyn Write, notes: impl IntoIterator<Item = String>) -> io::Result<()> {
    notes.into_iter().try_for_each(|note| paragraph(out, &format!("\n{}", escaped(&note))))
}

fn line(out: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    write!(out, "|")?;
    for cell in cells {
        write!(out, " {cell} |")?;
    }
    writeln!(out)
}

/// Text with the special characters of Markdown escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            // An address would become a link.
            ':' if text[at..].starts_with("://") => safe.push_str("\\:"),
            '.' if text[..at].ends_with("www") => safe.push_str("\\."),
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '@' | '>' => {
                safe.push('\\');
                safe.push(character);
            }
            character => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        let mut bytes = Vec::new();
        let rows = [vec!["1".to_owned(), "a|b<i>*x*`y`@me".to_owned()]];
        table(&mut bytes, &[("n", Align::Right), ("name", Align::Left)], rows.into_iter()).unwrap();
        let want = "| n | name |\n| ---: | --- |\n| 1 | a\\|b&lt;i\\>\\*x\\*\\`y\\`\\@me |\n";
        assert_eq!(String::from_utf8(bytes).unwrap(), want);
    }

    #[test]
    fn addresses_are_no_links() {
        assert_eq!(escaped("https://a.example/x www.b.example c::d"), "https\\://a.example/x www\\.b.example c::d");
    }

    #[test]
    fn long_names_are_cut_and_stand_in_full_below() {
        let mut bytes = Vec::new();
        let name = format!("{}_`x`", "long_".repeat(60));
        let rows = (0..30).map(|row| vec![row.to_string(), if row == 2 { name.clone() } else { "short".to_owned() }]);
        table(&mut bytes, &[("n", Align::Right), ("name", Align::Left)], rows).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.lines().all(|line| width(line) <= COLUMNS), "{text}");
        assert!(text.contains("<summary>20 more rows</summary>") && text.contains("Full names"), "{text}");
        let full: String = text.split("```text\n").nth(1).unwrap().split("\n```").next().unwrap().to_owned();
        assert_eq!(full.replace("\n  ", ""), name);
    }

    #[test]
    fn paragraphs_are_wrapped() {
        let mut bytes = Vec::new();
        paragraph(&mut bytes, &format!("- {}\n", "word ".repeat(40).trim_end())).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("- word") && text.contains("\n  word") && text.ends_with("word\n\n"), "{text}");
        assert!(text.lines().all(|line| width(line) <= COLUMNS), "{text}");
    }
}
