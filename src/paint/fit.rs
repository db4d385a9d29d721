//! Text cut to cells and written into the screen.
//!
//! Each function that writes takes an area and draws on its first row. Text that does not fit is cut, text outside of
//! the screen is dropped, and an empty area is no error: a screen may have any size at any time.

use std::borrow::Cow;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use super::Paint;
use super::glyphs::{in_ascii, signs_in_ascii};
use crate::base::width::{cut, is_plain, width};

/// Cells of a rule to the right of its title; at least one cell remains to the left.
const AFTER_TITLE: usize = 4;

/// Row of `area` that is `index` rows below its first; empty if there is none.
pub fn row(area: Rect, index: usize) -> Rect {
    match u16::try_from(index) {
        Ok(index) if index < area.height => Rect { y: area.y.saturating_add(index), height: 1, ..area },
        _ => Rect { height: 0, ..area },
    }
}

/// `count` rows of `area` from its row `index` on, cut at its end.
pub fn rows(area: Rect, index: usize, count: usize) -> Rect {
    let index = u16::try_from(index).unwrap_or(u16::MAX);
    let below = below(area, index);
    Rect { height: below.height.min(u16::try_from(count).unwrap_or(u16::MAX)), ..below }
}

/// Rows of `area`, from its first on.
pub fn each_row(area: Rect) -> impl Iterator<Item = Rect> {
    (0..usize::from(area.height)).map(move |index| row(area, index))
}

/// `area` without its first `rows` rows.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y.saturating_add(rows), height: area.height - rows, ..area }
}

/// `row` without its first `x` cells.
pub fn from(row: Rect, x: usize) -> Rect {
    part(row, x, usize::MAX)
}

/// `cells` cells of `row` from its cell `x` on, cut at its end.
pub fn part(row: Rect, x: usize, cells: usize) -> Rect {
    let x = u16::try_from(x).unwrap_or(u16::MAX).min(row.width);
    let cells = u16::try_from(cells).unwrap_or(u16::MAX).min(row.width - x);
    Rect { x: row.x.saturating_add(x), width: cells, ..row }
}

impl Paint {
    /// Writes `text` at the left of `row`, cut if it is too long; returns the cells written.
    pub fn text(&self, buffer: &mut Buffer, row: Rect, text: &str, style: Style) -> u16 {
        let row = first_row(buffer, row);
        let text = self.writable(text, usize::from(row.width));
        let text = cut(&text, usize::from(row.width));
        let mut x = row.x;
        if is_plain(text) {
            for letter in text.chars() {
                if let Some(cell) = buffer.cell_mut((x, row.y)) {
                    cell.set_char(letter).set_style(style);
                }
                x += 1;
            }
            return x - row.x;
        }
        for cluster in text.graphemes(true) {
            let cells = width(cluster) as u16;
            let Some(cell) = buffer.cell_mut((x, row.y)).filter(|_| cells > 0) else {
                continue;
            };
            cell.set_symbol(cluster).set_style(style);
            // The second cell of a wide character belongs to it.
            for rest in x + 1..x + cells {
                if let Some(cell) = buffer.cell_mut((rest, row.y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
            x += cells;
        }
        x - row.x
    }

    /// Writes `text` at the left of `row`, cut with an ellipsis if it is too long. Returns the cells written.
    pub fn text_cut(&self, buffer: &mut Buffer, row: Rect, text: &str, style: Style) -> u16 {
        let cells = usize::from(row.width);
        if width(text) <= cells {
            return self.text(buffer, row, text, style);
        }
        let written = self.text(buffer, part(row, 0, cells.saturating_sub(1)), text, style);
        written + self.text(buffer, from(row, usize::from(written)), self.glyphs().ellipsis, style)
    }

    /// Writes `text` at the right end of `row`, cut if it is too long; returns the cells written.
    pub fn text_right(&self, buffer: &mut Buffer, row: Rect, text: &str, style: Style) -> u16 {
        let text = self.writable(text, usize::from(row.width));
        let start = usize::from(row.width).saturating_sub(width(&text));
        self.text(buffer, from(row, start), &text, style)
    }

    /// Writes several texts next to each other; returns the cells written.
    pub fn pieces(&self, buffer: &mut Buffer, row: Rect, pieces: &[(&str, Style)]) -> u16 {
        let long: usize = pieces.iter().map(|(text, _)| width(&self.writable(text, usize::MAX))).sum();
        // Either all pieces are written in the long form, or none.
        let room = |text: &str| if long <= usize::from(row.width) { usize::MAX } else { width(text) };
        pieces.iter().fold(0, |x, (text, style)| {
            let text = self.writable(text, room(text));
            x + self.text(buffer, from(row, usize::from(x)), &text, *style)
        })
    }

    /// Fills `area` with blanks in `style`, and removes its old style.
    #[expect(clippy::unused_self, reason = "a writer like the others")]
    pub fn wash(&self, buffer: &mut Buffer, area: Rect, style: Style) {
        let area = area.intersection(buffer.area);
        let mut blank = Cell::default();
        blank.set_style(style);
        for y in (area.top()..area.bottom()).filter(|_| area.width > 0) {
            // The area lies in the buffer.
            let start = buffer.index_of(area.left(), y);
            buffer.content[start..start + usize::from(area.width)].fill(blank.clone());
        }
    }

    /// Draws a horizontal rule over `row`, with `title` near its right end unless it is empty.
    pub fn rule(&self, buffer: &mut Buffer, row: Rect, title: &str, style: Style) {
        let line = self.glyphs().horizontal.repeat(usize::from(row.width));
        self.text(buffer, row, &line, style);
        let room = usize::from(row.width).saturating_sub(AFTER_TITLE + 3);
        if title.is_empty() || room == 0 {
            return;
        }
        let title = format!(" {} ", cut(title, room));
        let start = usize::from(row.width).saturating_sub(AFTER_TITLE + width(&title));
        self.text(buffer, from(row, start), &title, style);
    }

    /// Replaces unsupported characters of `text`: by the usual signs if the result fits in `cells`, else cell for cell.
    fn writable<'a>(&self, text: &'a str, cells: usize) -> Cow<'a, str> {
        if !self.is_ascii() || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let cluster_in_ascii = |cluster: &str| -> String {
            let stand_in = cluster.chars().next().map_or(' ', in_ascii);
            std::iter::repeat_n(stand_in, width(cluster)).collect()
        };
        let long: String = text
            .graphemes(true)
            .map(|cluster| signs_in_ascii(cluster).map_or_else(|| cluster_in_ascii(cluster), str::to_owned))
            .collect();
        if long.len() <= cells {
            return Cow::Owned(long);
        }
        // A single `>` between two figures would read as `greater than`.
        Cow::Owned(text.replace("→ ", "->").graphemes(true).map(cluster_in_ascii).collect())
    }
}

/// First row of `area`, clipped to `buffer`.
fn first_row(buffer: &Buffer, area: Rect) -> Rect {
    let row = Rect { height: area.height.min(1), ..area };
    let clipped = row.intersection(buffer.area);
    // A row that begins left of the buffer would be drawn shifted, but no screen has such a row.
    if clipped.is_empty() { Rect { width: 0, height: 0, ..clipped } } else { clipped }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::settings::{Depth, Glyphs};
    use crate::config::theme::Theme;

    fn paint(glyphs: Glyphs) -> Paint {
        Paint::new(&Theme::default(), Depth::Indexed256, glyphs)
    }

    fn line(buffer: &Buffer) -> String {
        (0..buffer.area.width).map(|x| buffer[(x, 0)].symbol()).collect()
    }

    fn drawn(cells: u16, draw: impl Fn(&Paint, &mut Buffer, Rect)) -> String {
        let area = Rect::new(0, 0, cells, 1);
        let mut buffer = Buffer::empty(area);
        draw(&paint(Glyphs::Unicode), &mut buffer, area);
        line(&buffer)
    }

    const PLAIN: Style = Style::new();

    #[test]
    fn text_stays_in_its_row() {
        assert_eq!(drawn(6, |p, b, r| assert_eq!(p.text(b, r, "abc", PLAIN), 3)), "abc   ");
        assert_eq!(drawn(4, |p, b, r| assert_eq!(p.text(b, r, "abcdef", PLAIN), 4)), "abcd");
        assert_eq!(drawn(4, |p, b, r| assert_eq!(p.text_cut(b, r, "abcdef", PLAIN), 4)), "abc…");
        assert_eq!(drawn(6, |p, b, r| assert_eq!(p.text_right(b, r, "abc", PLAIN), 3)), "   abc");
        assert_eq!(drawn(6, |p, b, r| assert_eq!(p.pieces(b, r, &[("ab", PLAIN), ("cd", PLAIN)]), 4)), "abcd  ");
        assert_eq!(drawn(6, |p, b, r| assert_eq!(p.text(b, part(r, 4, 9), "abc", PLAIN), 2)), "    ab");
    }

    #[test]
    fn wide_letters_and_marks_keep_the_columns() {
        let area = Rect::new(0, 0, 5, 1);
        let mut buffer = Buffer::empty(area);
        let paint = paint(Glyphs::Unicode);
        assert_eq!(paint.text(&mut buffer, area, "日e\u{301}本本", PLAIN), 5);
        assert_eq!(
            (buffer[(0, 0)].symbol(), buffer[(2, 0)].symbol(), buffer[(3, 0)].symbol()),
            ("日", "e\u{301}", "本")
        );
        assert_eq!(paint.text(&mut buffer, part(area, 0, 2), "x日", PLAIN), 1, "no half of a wide letter");
    }

    #[test]
    fn ascii_has_a_stand_in_for_every_cell() {
        let area = Rect::new(0, 0, 12, 1);
        let mut buffer = Buffer::empty(area);
        paint(Glyphs::Ascii).text(&mut buffer, area, "Un…al 日é→−λ", PLAIN);
        assert_eq!(line(&buffer), "Un~al ???>-L");
        paint(Glyphs::Ascii).text(&mut buffer, area, "1 MiB → 2 M", PLAIN);
        assert_eq!(line(&buffer), "1 MiB -> 2 M");
        paint(Glyphs::Ascii).text(&mut buffer, area, "1 MiB → 2 Mi", PLAIN);
        assert_eq!(line(&buffer), "1 MiB ->2 Mi", "without room");
        paint(Glyphs::Ascii).text_right(&mut buffer, area, "5 M ±6, ×13", PLAIN);
        assert_eq!(line(&buffer), "5 M +-6, x13");
        paint(Glyphs::Ascii).text(&mut buffer, area, "grew · 5 h  ", PLAIN);
        assert_eq!(line(&buffer), "grew | 5 h  ");
        let pieces = [("A 1 → ", PLAIN), ("±2 ", PLAIN), ("bcd", PLAIN)];
        paint(Glyphs::Ascii).pieces(&mut buffer, area, &pieces);
        assert_eq!(line(&buffer), "A 1 ->~2 bcd", "no piece pushes another one out");
    }

    #[test]
    fn a_rule_carries_a_title_near_its_end() {
        assert_eq!(drawn(20, |p, b, r| p.rule(b, r, "9 levels", PLAIN)), "────── 9 levels ────");
        assert_eq!(drawn(12, |p, b, r| p.rule(b, r, "9 levels", PLAIN)), "─ 9 lev ────");
        assert_eq!(drawn(5, |p, b, r| p.rule(b, r, "9 levels", PLAIN)), "─────");
        assert_eq!(drawn(3, |p, b, r| p.rule(b, r, "", PLAIN)), "───");
    }

    #[test]
    fn a_wash_leaves_nothing() {
        let washed = drawn(3, |p, b, r| {
            p.text(b, r, "abc", Style::new().bold());
            p.wash(b, r, PLAIN);
            assert!(b[(1, 0)].modifier.is_empty());
        });
        assert_eq!(washed, "   ");
    }

    #[test]
    fn rows_and_parts_end_with_their_area() {
        let area = Rect::new(2, 3, 10, 2);
        assert_eq!(row(area, 1), Rect::new(2, 4, 10, 1));
        assert!(row(area, 2).is_empty() && row(area, 1 << 40).is_empty());
        assert_eq!(part(row(area, 0), 4, 100), Rect::new(6, 3, 6, 1));
        assert!(from(row(area, 0), 100).is_empty());
        assert_eq!(from(area, 3).x, 5);
    }

    proptest! {
        #[test]
        fn no_area_is_out_of_bounds(
            text in "\\PC{0,12}", x in 0_u16..8, y in 0_u16..5, cells in any::<u16>(), rows in 0_u16..4,
        ) {
            let screen = Rect::new(0, 0, 6, 3);
            let area = Rect { x, y, width: cells, height: rows };
            for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
                let paint = paint(glyphs);
                let mut buffer = Buffer::empty(screen);
                paint.text(&mut buffer, area, &text, PLAIN);
                paint.text_cut(&mut buffer, area, &text, PLAIN);
                paint.text_right(&mut buffer, area, &text, PLAIN);
                paint.rule(&mut buffer, Rect { width: cells % 300, ..area }, &text, PLAIN);
                paint.bar(&mut buffer, Rect { width: cells % 300, ..area }, 0.7, PLAIN);
                paint.wash(&mut buffer, area, PLAIN);
            }
        }
    }
}
