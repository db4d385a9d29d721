//! Comma-separated values: a line of heads, then a line a row, raw names and raw integers, as spreadsheets open them.

use std::io::{self, Write};

use crate::base::clean::safe_str;

/// Writes heads and rows. Where a spreadsheet would take a name for a formula, a quote before it keeps it a name.
pub(super) fn write(out: &mut dyn Write, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(heads)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| plain(cell)))?;
    }
    writer.flush()
}

/// A cell that no spreadsheet computes and no terminal obeys. A number is left as it is, its sign too.
fn plain(cell: &str) -> String {
    let safe = safe_str(cell);
    let is_number = safe.parse::<f64>().is_ok();
    let is_formula = safe.starts_with(['=', '+', '-', '@']) && !is_number;
    if is_formula { format!("'{safe}") } else { safe.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        let mut bytes = Vec::new();
        let rows = [["a,b", "-3"], ["=cmd|' /C calc'!A0", "1.5e3"], ["\u{1b}[2J\"x\"", ""]];
        write(&mut bytes, &["name", "self"], rows.into_iter().map(|row| row.map(str::to_owned).to_vec())).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..3], ["name,self", "\"a,b\",-3", "'=cmd|' /C calc'!A0,1.5e3"]);
        assert!(!text.contains('\u{1b}'));
    }
}
