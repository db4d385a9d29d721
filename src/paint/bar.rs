//! Bars that show a share.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Paint;
use super::glyphs::GlyphSet;
use crate::config::settings::Glyphs;

/// Text of a bar: `share` of `cells`, to an eighth of a cell, without trailing blanks.
///
/// A positive share is at least one eighth; a share outside of 0 to 1 is clamped.
pub fn text(share: f64, cells: usize, glyphs: Glyphs) -> String {
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let least = usize::from(share > 0.0 && cells > 0);
    let eighths = ((share * cells as f64 * 8.0).round() as usize).max(least);
    let set = GlyphSet::of(glyphs);
    let mut bar = set.eighths[7].repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push_str(set.eighths[eighths % 8 - 1]);
    }
    bar.truncate(bar.trim_end().len());
    bar
}

impl Paint {
    /// Draws a bar over `row` that fills `share` of it, from 0 to 1.
    pub fn bar(&self, buffer: &mut Buffer, row: Rect, share: f64, style: Style) {
        self.text(buffer, row, &text(share, usize::from(row.width), self.charset()), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::width::width;

    #[test]
    fn a_bar_is_right_to_an_eighth() {
        let cases = [
            (0.0, 4, ""),
            (0.001, 4, "▏"),
            (0.5, 4, "██"),
            (0.53, 4, "██▏"),
            (1.0, 4, "████"),
            (7.0, 4, "████"),
            (-1.0, 4, ""),
            (f64::NAN, 4, ""),
            (f64::INFINITY, 2, "██"),
            (0.5, 0, ""),
        ];
        for (share, cells, bar) in cases {
            assert_eq!(text(share, cells, Glyphs::Unicode), bar, "{share} of {cells}");
        }
        assert_eq!(text(0.5, 5, Glyphs::Ascii), "###");
        assert_eq!(text(0.45, 5, Glyphs::Ascii), "##");
    }

    #[test]
    fn no_bar_is_too_wide() {
        for cells in 0..20 {
            for step in 0_u8..=100 {
                for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
                    assert!(width(&text(f64::from(step) / 100.0, cells, glyphs)) <= cells);
                }
            }
        }
    }
}
