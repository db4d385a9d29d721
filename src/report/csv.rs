//! Comma-separated values for spreadsheets: a line of heads, then a line for each row, with raw names and raw integers.

use std::io::{self, Write};

use crate::base::safe_text::escaped;

/// Writes heads and rows. A name that a spreadsheet would take for a formula gets a leading quote; a head may be a name
/// too.
pub(super) fn write(out: &mut dyn Write, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> io::Result<()> {
    write_line(out, heads)?;
    for row in rows {
        write_line(out, &row)?;
    }
    out.flush()
}

/// Writes one record as RFC 4180 defines it, but with LF as line end. Only a cell with a comma, a quote or a line end
/// is quoted.
fn write_line(out: &mut dyn Write, cells: &[impl AsRef<str>]) -> io::Result<()> {
    for (index, cell) in cells.iter().map(|cell| plain(cell.as_ref())).enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}

/// Makes a cell safe: no spreadsheet computes it, and no terminal interprets it. Numbers stay as they are, with their
/// sign.
fn plain(cell: &str) -> String {
    let safe = escaped(cell);
    let is_number = safe.parse::<f64>().is_ok();
    let is_formula = safe.starts_with(['=', '+', '-', '@']) && !is_number;
    if is_formula { format!("'{safe}") } else { safe.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_whole() {
        let names = ["a", "b"].map(|middle| format!("{0}{middle}{0}", "x".repeat(3000)));
        let mut bytes = Vec::new();
        write(&mut bytes, &["name"], names.iter().map(|name| vec![name.clone()])).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), names);
    }

    #[test]
    fn names_stay_names() {
        let mut bytes = Vec::new();
        let rows = [["a,b", "-3"], ["=cmd|' /C calc'!A0", "1.5e3"], ["\u{1b}[2J\"x\"", ""]];
        write(
            &mut bytes,
            &["name", "=HYPERLINK(1)\u{1b}[31m\u{202e}"],
            rows.into_iter().map(|row| row.map(str::to_owned).to_vec()),
        )
        .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..3], ["name,'=HYPERLINK(1)\\x1b[31m\\u{202e}", "\"a,b\",-3", "'=cmd|' /C calc'!A0,1.5e3"]);
        assert!(lines[3].ends_with("\"\"x\"\"\","), "a quote is doubled: {}", lines[3]);
        assert!(!text.contains('\u{1b}'));
    }
}
