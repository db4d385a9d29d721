//! Markdown: a table that reads well in a pull request, and in which no name is markup.

use std::io::{self, Write};

use super::text::Align;

/// Writes a table; the cells are safe texts.
pub(super) fn table(
    out: &mut dyn Write,
    columns: &[(&str, Align)],
    rows: impl Iterator<Item = Vec<String>>,
) -> io::Result<()> {
    let heads = columns.iter().map(|(head, _)| escaped(head));
    let rules = columns.iter().map(|(_, align)| if *align == Align::Right { "---:" } else { "---" }.to_owned());
    line(out, heads)?;
    line(out, rules)?;
    for row in rows {
        line(out, row.iter().map(|cell| escaped(cell)))?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    write!(out, "|")?;
    for cell in cells {
        write!(out, " {cell} |")?;
    }
    writeln!(out)
}

/// Text whose every character stands for itself.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
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
}
