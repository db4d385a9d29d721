//! Pen: the colours and attributes with which the terminal currently writes, and the shortest sequences that change
//! them.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::cursor::push_number;

/// Attributes that are visible on a blank cell; without them the foreground of a blank does not matter.
const SHOWN_ON_BLANKS: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// Each attribute with the SGR parameters that turn it on and off. Bold and dim share the parameter that turns them
/// off, as do the two kinds of blinking.
const ATTRIBUTES: [(Modifier, u16, u16); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Colours and attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) fg: Color,
    pub(super) bg: Color,
    pub(super) modifier: Modifier,
}

impl Pen {
    /// Pen that `cell` requires.
    pub(super) fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Returns true if a blank written with this pen shows only its background.
    pub(super) fn is_plain_on_blanks(self) -> bool {
        !self.modifier.intersects(SHOWN_ON_BLANKS)
    }

    /// Other pen that looks the same: reversed, with both colours exchanged; `None` if there is none. Default colours
    /// cannot be exchanged, and bold may brighten the first sixteen colours in one of the two forms only.
    pub(super) fn reversed_equivalent(self) -> Option<Self> {
        let is_fixed = |color| matches!(color, Color::Indexed(16..) | Color::Rgb(..));
        let modifier = self.modifier.symmetric_difference(Modifier::REVERSED);
        (is_fixed(self.fg) && is_fixed(self.bg)).then_some(Self { fg: self.bg, bg: self.fg, modifier })
    }

    /// Equivalent pen that is not reversed.
    pub(super) fn unreversed(self) -> Self {
        if self.modifier.contains(Modifier::REVERSED) { self.reversed_equivalent().unwrap_or(self) } else { self }
    }

    /// Pen that writes a blank on `bg` and differs least from this pen.
    pub(super) fn for_blank(self, bg: Color) -> Self {
        let unreversed = self.unreversed();
        if unreversed.bg == bg && unreversed.is_plain_on_blanks() { self } else { self.for_erasing(bg) }
    }

    /// Pen with the background `bg`, reversed or not, that differs least from this pen; erasing leaves the background
    /// of the pen.
    pub(super) fn for_erasing(self, bg: Color) -> Self {
        Self { bg, modifier: self.modifier.difference(SHOWN_ON_BLANKS), ..self }
    }

    /// Number of bytes from this pen to `wanted`.
    pub(super) fn distance(mut self, wanted: Self) -> usize {
        let mut out = Vec::new();
        self.change_to(wanted, &mut out);
        out.len()
    }

    /// Appends the shorter of two sequences that turn this pen into `wanted`: only the differences, or a reset followed
    /// by everything wanted.
    pub(super) fn change_to(&mut self, wanted: Self, out: &mut Vec<u8>) {
        if *self == wanted {
            return;
        }
        let start = out.len();
        out.extend_from_slice(b"\x1b[");
        self.push_difference(wanted, out);
        close(out, start);
        let difference = out.len() - start;

        out.extend_from_slice(b"\x1b[");
        if wanted != Self::default() {
            out.extend_from_slice(b"0;");
            Self::default().push_difference(wanted, out);
        }
        close(out, start + difference);
        if out.len() - start - difference < difference {
            out.drain(start..start + difference);
        } else {
            out.truncate(start + difference);
        }
        *self = wanted;
    }

    /// Appends the SGR parameters of the differences, each followed by a semicolon.
    fn push_difference(self, wanted: Self, out: &mut Vec<u8>) {
        let mut on = wanted.modifier.difference(self.modifier);
        let removed = self.modifier.difference(wanted.modifier);
        let mut last_off = 0;
        for (attribute, _, off) in ATTRIBUTES {
            if removed.contains(attribute) && off != last_off {
                push_parameter(out, off);
                last_off = off;
            }
        }
        for (attribute, number, off) in ATTRIBUTES {
            let went_with_its_twin =
                ATTRIBUTES.iter().any(|(twin, _, twin_off)| *twin_off == off && removed.contains(*twin));
            if wanted.modifier.contains(attribute) && went_with_its_twin {
                on.insert(attribute);
            }
            if on.contains(attribute) {
                push_parameter(out, number);
            }
        }
        if self.fg != wanted.fg {
            push_color(out, wanted.fg, 30);
        }
        if self.bg != wanted.bg {
            push_color(out, wanted.bg, 40);
        }
    }
}

/// Ends the sequence that begins at `start`: a final semicolon is replaced by the final letter.
fn close(out: &mut Vec<u8>, start: usize) {
    if out.len() > start && out.last() == Some(&b';') {
        out.pop();
    }
    out.push(b'm');
}

/// Appends the SGR parameters of one colour; `base` is 30 for the foreground and 40 for the background.
fn push_color(out: &mut Vec<u8>, color: Color, base: u16) {
    let short = match color {
        Color::Reset => 9,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        Color::Indexed(index) => {
            for number in [base + 8, 5, u16::from(index)] {
                push_parameter(out, number);
            }
            return;
        }
        Color::Rgb(red, green, blue) => {
            for number in [base + 8, 2, u16::from(red), u16::from(green), u16::from(blue)] {
                push_parameter(out, number);
            }
            return;
        }
    };
    push_parameter(out, base + short);
}

/// Appends one parameter, followed by a semicolon.
fn push_parameter(out: &mut Vec<u8>, number: u16) {
    push_number(out, number);
    out.push(b';');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: Pen, to: Pen) -> String {
        let mut out = Vec::new();
        let mut pen = from;
        pen.change_to(to, &mut out);
        assert_eq!(pen, to);
        String::from_utf8(out).unwrap().replace('\x1b', "^")
    }

    fn pen(fg: Color, bg: Color, modifier: Modifier) -> Pen {
        Pen { fg, bg, modifier }
    }

    #[test]
    fn only_what_differs_is_said() {
        let black_on_fill = pen(Color::Indexed(16), Color::Indexed(215), Modifier::empty());
        let other_fill = pen(Color::Indexed(16), Color::Indexed(75), Modifier::empty());
        assert_eq!(change(black_on_fill, other_fill), "^[48;5;75m");
        assert_eq!(change(black_on_fill, black_on_fill), "");
        assert_eq!(change(Pen::default(), pen(Color::Red, Color::Reset, Modifier::BOLD)), "^[1;31m");
        assert_eq!(change(Pen::default(), pen(Color::LightBlue, Color::Gray, Modifier::empty())), "^[94;47m");
        assert_eq!(
            change(Pen::default(), pen(Color::Rgb(1, 20, 255), Color::Reset, Modifier::empty())),
            "^[38;2;1;20;255m"
        );
    }

    #[test]
    fn a_reset_is_used_where_it_is_shorter() {
        let loud = pen(Color::Indexed(16), Color::Indexed(215), Modifier::BOLD | Modifier::REVERSED);
        assert_eq!(change(loud, Pen::default()), "^[m");
        assert_eq!(change(loud, pen(Color::Reset, Color::Reset, Modifier::DIM)), "^[0;2m");
    }

    #[test]
    fn bold_and_dim_leave_together_and_one_comes_back() {
        let colour = |modifier| pen(Color::Indexed(16), Color::Indexed(215), modifier);
        assert_eq!(change(colour(Modifier::BOLD | Modifier::DIM), colour(Modifier::DIM)), "^[22;2m");
        assert_eq!(change(colour(Modifier::BOLD), colour(Modifier::DIM)), "^[22;2m");
        assert_eq!(change(colour(Modifier::BOLD | Modifier::DIM), colour(Modifier::empty())), "^[22m");
    }
}
