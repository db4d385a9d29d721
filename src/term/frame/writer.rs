//! Bytes of one frame, with the pen and cursor that they leave behind.

use super::cursor::CursorPosition;
use super::pen::Pen;

/// Shows the cursor.
const SHOW: &[u8] = b"\x1b[?25h";

/// Hides the cursor.
const HIDE: &[u8] = b"\x1b[?25l";

/// Bytes of one frame, and the pen and cursor that they leave behind.
#[derive(Debug, Default)]
pub(super) struct FrameWriter {
    pub(super) out: Vec<u8>,
    pub(super) pen: Pen,
    pub(super) cursor: CursorPosition,
    pub(super) is_cursor_shown: bool,
}

impl FrameWriter {
    /// Moves the cursor to `place`, or hides it for `None`.
    pub(super) fn rest_at(&mut self, place: Option<(u16, u16)>, width: u16) {
        if let Some((x, y)) = place {
            self.cursor.go(x, y, width, &mut self.out);
        }
        if place.is_some() != self.is_cursor_shown {
            self.out.extend_from_slice(if place.is_some() { SHOW } else { HIDE });
            self.is_cursor_shown = place.is_some();
        }
    }
}
