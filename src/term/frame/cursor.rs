//! Cursor: its position in the terminal, and the shortest sequences that move it.

/// Cursor position, if known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CursorPosition {
    /// Column and row, both from zero. A column equal to the width means that the last column was written: the terminal
    /// delays the wrap, and only an absolute move or a carriage return is reliable.
    At(u16, u16),
    /// Unknown: at the start, and after a character whose width differs between terminals.
    #[default]
    Unknown,
}

impl CursorPosition {
    /// Appends the shortest move to column `x` of row `y` on a screen `width` columns wide.
    pub(super) fn go(&mut self, x: u16, y: u16, width: u16, out: &mut Vec<u8>) {
        let wanted = Self::At(x, y);
        if *self == wanted {
            return;
        }
        let start = out.len();
        push_absolute(out, x, y);
        if let Self::At(at_x, at_y) = *self
            && y >= at_y
        {
            // The output is raw, so a line feed keeps its column and a carriage return keeps its row.
            let down = usize::from(y - at_y);
            if at_x < width {
                or_shorter(out, start, |out| {
                    out.resize(out.len() + down, b'\n');
                    push_sideways(out, at_x, x);
                });
            }
            or_shorter(out, start, |out| {
                out.push(b'\r');
                out.resize(out.len() + down, b'\n');
                push_sideways(out, 0, x);
            });
        }
        *self = wanted;
    }

    /// Number of columns to move forward to column `x` of row `y`; `None` if the cursor is not to the left of that
    /// column in that row.
    pub(super) fn gap(self, x: u16, y: u16) -> Option<u16> {
        match self {
            Self::At(at_x, at_y) if at_y == y && at_x < x => Some(x - at_x),
            _ => None,
        }
    }
}

/// Replaces the bytes from `start` on by those that `push` appends, if these are fewer.
fn or_shorter(out: &mut Vec<u8>, start: usize, push: impl FnOnce(&mut Vec<u8>)) {
    let middle = out.len();
    push(out);
    if out.len() - middle < middle - start {
        out.drain(start..middle);
    } else {
        out.truncate(middle);
    }
}

/// Appends a move from column `from` to column `to` of the same row.
fn push_sideways(out: &mut Vec<u8>, from: u16, to: u16) {
    let (cells, letter) = if to > from { (to - from, b'C') } else { (from - to, b'D') };
    match cells {
        0 => {}
        1..=3 if to < from => out.resize(out.len() + usize::from(cells), b'\x08'),
        cells => {
            out.extend_from_slice(b"\x1b[");
            if cells > 1 {
                push_number(out, cells);
            }
            out.push(letter);
        }
    }
}

/// Appends a move to column `x` of row `y`; coordinates of 1 are left out if possible.
fn push_absolute(out: &mut Vec<u8>, x: u16, y: u16) {
    out.extend_from_slice(b"\x1b[");
    if y > 0 {
        push_number(out, y.saturating_add(1));
    }
    if x > 0 {
        out.push(b';');
        push_number(out, x.saturating_add(1));
    }
    out.push(b'H');
}

/// Appends `number` in decimal.
pub(super) fn push_number(out: &mut Vec<u8>, number: u16) {
    let mut divisor = 10_000;
    while divisor > 1 && number < divisor {
        divisor /= 10;
    }
    while divisor > 0 {
        out.push(b'0' + u8::try_from(number / divisor % 10).unwrap_or_default());
        divisor /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(from: CursorPosition, x: u16, y: u16) -> String {
        let mut out = Vec::new();
        let mut cursor = from;
        cursor.go(x, y, 80, &mut out);
        assert_eq!(cursor, CursorPosition::At(x, y));
        let marks = [("\x1b", "^"), ("\r", "<"), ("\n", "v"), ("\x08", "b")];
        marks.iter().fold(String::from_utf8(out).unwrap(), |text, (byte, mark)| text.replace(byte, mark))
    }

    #[test]
    fn the_shortest_move_is_taken() {
        assert_eq!(moved(CursorPosition::Unknown, 0, 0), "^[H");
        assert_eq!(moved(CursorPosition::Unknown, 0, 4), "^[5H");
        assert_eq!(moved(CursorPosition::Unknown, 9, 0), "^[;10H");
        assert_eq!(moved(CursorPosition::Unknown, 9, 4), "^[5;10H");
        assert_eq!(moved(CursorPosition::At(9, 4), 9, 4), "");
        assert_eq!(moved(CursorPosition::At(8, 4), 9, 4), "^[C");
        assert_eq!(moved(CursorPosition::At(5, 4), 30, 4), "^[25C");
        assert_eq!(moved(CursorPosition::At(30, 4), 0, 4), "<");
        assert_eq!(moved(CursorPosition::At(30, 4), 0, 6), "<vv");
        assert_eq!(moved(CursorPosition::At(30, 4), 30, 5), "v");
        assert_eq!(moved(CursorPosition::At(30, 4), 2, 5), "^[6;3H", "absolute where that is no longer");
        assert_eq!(moved(CursorPosition::At(30, 4), 28, 5), "vbb");
        assert_eq!(moved(CursorPosition::At(30, 4), 25, 5), "v^[5D");
        assert_eq!(moved(CursorPosition::At(30, 4), 34, 6), "vv^[4C");
        assert_eq!(moved(CursorPosition::At(30, 4), 29, 4), "b");
        assert_eq!(moved(CursorPosition::At(30, 4), 30, 20), "^[21;31H");
        assert_eq!(moved(CursorPosition::At(30, 4), 3, 1), "^[2;4H");
    }

    #[test]
    fn after_the_last_column_no_move_counts_from_there() {
        assert_eq!(moved(CursorPosition::At(80, 4), 0, 5), "<v");
        assert_eq!(moved(CursorPosition::At(80, 4), 79, 4), "<^[79C");
        assert_eq!(moved(CursorPosition::At(80, 4), 79, 5), "^[6;80H");
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 7, 10, 99, 100, 101, 1000, 9999, 10_000, 65_535] {
            let mut out = Vec::new();
            push_number(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }
}
