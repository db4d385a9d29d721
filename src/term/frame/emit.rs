//! Frame writer: writes the differences between two frames in as few bytes as possible, using only sequences that every
//! terminal understands.

use std::mem;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::cursor::{CursorPosition, push_number};
use super::pen::Pen;
use super::row::{CellKind, CellLook, is_certain, looks};
use super::scroll::{Scroll, changed_rows};
use super::writer::FrameWriter;

/// Bytes reserved for a frame. A full frame of 200x60 cells is about 9 KB; the rest is room for larger screens.
const CAPACITY: usize = 64 * 1024;
/// Maximum size, in bytes, of a frame that reaches the terminal in one piece: the size of a network packet.
const PACKET: usize = 1400;
/// Begins synchronized output: the terminal shows the following bytes all at once. Left out for a frame that fits a
/// [`PACKET`]. Ignored by terminals that do not support it.
const BEGIN: &[u8] = b"\x1b[?2026h";
/// Ends synchronized output.
const END: &[u8] = b"\x1b[?2026l";
/// Resets the pen, hides the cursor and erases the screen.
const CLEAR: &[u8] = b"\x1b[?25l\x1b[m\x1b[2J";

/// Erases to the end of the row.
const ERASE_LINE: &[u8] = b"\x1b[K";
/// Minimum number of changed cells for which erasing to the end of the row saves bytes.
const BLANKS_TO_END: usize = 4;
/// Minimum number of cells for which erasing within the row saves bytes: up to five bytes to erase and five to move
/// past them.
const BLANKS: usize = 12;
/// Maximum number of unchanged cells that are rewritten if this takes no more bytes than moving past them.
const SHORT_GAP: u16 = 4;

/// Background color that erasing leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EraseBackground {
    /// Default background, regardless of the pen; also assumed for unknown terminals.
    #[default]
    TerminalDefault,
    /// Background of the pen; terminals announce this with the capability `bce`.
    Pen,
}

impl EraseBackground {
    /// Behaviour of the terminal named by `TERM`. tmux and GNU screen draw for another terminal, and guarantee neither.
    pub(crate) fn of(term: &str) -> Self {
        const KNOWN: [&str; 14] = [
            "xterm",
            "alacritty",
            "kitty",
            "foot",
            "wezterm",
            "ghostty",
            "konsole",
            "vte",
            "gnome",
            "rxvt",
            "st",
            "putty",
            "mintty",
            "linux",
        ];
        let name = term.split('-').next().unwrap_or_default();
        if KNOWN.contains(&name) { Self::Pen } else { Self::TerminalDefault }
    }
}

/// Last frame shown, and the known state of the terminal.
#[derive(Debug)]
pub(crate) struct ScreenFrame {
    shown: Buffer,
    is_known: bool,
    erase_background: EraseBackground,
    writer: FrameWriter,
}

impl ScreenFrame {
    /// Creates a frame for a screen of unknown content.
    pub(crate) fn new(erase_background: EraseBackground) -> Self {
        let writer = FrameWriter { out: Vec::with_capacity(CAPACITY), ..FrameWriter::default() };
        Self { shown: Buffer::empty(Rect::ZERO), is_known: false, erase_background, writer }
    }

    /// Columns and rows of the last frame; zero before the first.
    pub(crate) fn size(&self) -> (u16, u16) {
        (self.shown.area.width, self.shown.area.height)
    }

    /// Copies areas of the last frame into `next`, so that they stay unchanged on the screen, unless the content
    /// of the screen is unknown.
    pub(crate) fn keep(&self, areas: &[Rect], next: &mut Buffer) {
        if !self.is_known || self.shown.area != next.area {
            return;
        }
        for area in areas {
            let area = area.intersection(next.area);
            for y in area.top()..area.bottom() {
                let [first, end] =
                    [area.left(), area.right()].map(|x| usize::from(y) * usize::from(next.area.width) + usize::from(x));
                next.content[first..end].clone_from_slice(&self.shown.content[first..end]);
            }
        }
    }

    /// Marks the content of the screen as unknown, since another program may have written to it: the next frame clears
    /// the screen.
    pub(crate) fn forget(&mut self) {
        self.is_known = false;
    }

    /// Returns the bytes that show `next` with the cursor at `cursor`; empty if the screen already shows this.
    /// Afterwards `next` has the content and size of a former frame, so that its memory can be reused.
    pub(crate) fn paint(&mut self, next: &mut Buffer, cursor: Option<(u16, u16)>) -> &[u8] {
        self.writer.out.clear();
        self.writer.out.extend_from_slice(BEGIN);
        let is_blank = !self.is_known || self.shown.area != next.area;
        if is_blank {
            self.clear();
        }
        let width = usize::from(next.area.width);
        if width > 0 {
            // On a blank screen all rows are equal, hardly any row of the frame is blank, and nothing can have scrolled:
            // the old frame is not looked at.
            let mut changed = if is_blank { Vec::new() } else { changed_rows(&self.shown, next) };
            if let Some(scroll) = Scroll::between(&self.shown, next, &changed) {
                scroll.write(&mut self.writer);
                scroll.apply(&mut self.shown);
                changed = changed_rows(&self.shown, next);
            }
            let blank = vec![Cell::EMPTY; width];
            let mut old_looks: Vec<CellLook<'_>> = looks(&blank).collect();
            let mut new_looks = Vec::with_capacity(width);
            for (y, new) in (0..).zip(next.content.chunks(width)) {
                let row = usize::from(y);
                if changed.get(row) == Some(&false) {
                    continue;
                }
                if !is_blank {
                    old_looks.clear();
                    old_looks.extend(looks(&self.shown.content[row * width..(row + 1) * width]));
                }
                new_looks.clear();
                new_looks.extend(looks(new));
                let (erase_background, writer) = (self.erase_background, &mut self.writer);
                ChangedRow { old: &old_looks, new: &new_looks, y, erase_background, writer }.write();
            }
        }
        self.writer.rest_at(cursor.filter(|(x, y)| *x < next.area.width && *y < next.area.height), next.area.width);
        mem::swap(&mut self.shown, next);
        let out = &mut self.writer.out;
        if out.len() - BEGIN.len() <= PACKET {
            return &out[BEGIN.len()..];
        }
        out.extend_from_slice(END);
        out
    }

    /// Clears the screen.
    fn clear(&mut self) {
        let out = mem::take(&mut self.writer.out);
        self.writer = FrameWriter { out, ..FrameWriter::default() };
        self.writer.out.extend_from_slice(CLEAR);
        self.is_known = true;
    }
}

/// Row that differs between two frames.
struct ChangedRow<'a> {
    old: &'a [CellLook<'a>],
    new: &'a [CellLook<'a>],
    y: u16,
    erase_background: EraseBackground,
    writer: &'a mut FrameWriter,
}

impl ChangedRow<'_> {
    /// Writes the differences, left to right.
    fn write(&mut self) {
        let end = self.erase_from();
        let mut x = 0;
        // End of the last run of blanks that was too short to erase, so that each run is examined once.
        let mut looked_at = 0;
        while x < end {
            let mut step = 1;
            if self.is_changed(x) {
                let blanks = if x < looked_at { 0 } else { self.changed_blanks(x, end) };
                looked_at = looked_at.max(x + blanks);
                if blanks >= BLANKS {
                    self.start_erasing(x);
                    self.writer.out.extend_from_slice(b"\x1b[");
                    push_number(&mut self.writer.out, blanks as u16);
                    self.writer.out.push(b'X');
                    step = blanks;
                } else {
                    self.approach(x);
                    self.put(x);
                }
            }
            x += step;
        }
        if end < self.new.len() {
            self.start_erasing(end);
            self.writer.out.extend_from_slice(ERASE_LINE);
        }
    }

    /// Returns true if the cell has to be written. Later cells of a wide character are written with its first.
    fn is_changed(&self, x: usize) -> bool {
        self.new[x].kind != CellKind::Tail && !self.new[x].is_like(&self.old[x])
    }

    /// Background of a cell that erasing can produce on this terminal; `None` for other cells.
    fn erasable_background(&self, x: usize) -> Option<Color> {
        self.new[x]
            .background_if_blank()
            .filter(|background| self.erase_background == EraseBackground::Pen || *background == Color::Reset)
    }

    /// First column of an erase to the end of the row; the length of the row if such an erase saves nothing.
    fn erase_from(&self) -> usize {
        let length = self.new.len();
        let Some(background) = self.erasable_background(length - 1) else { return length };
        let run = (0..length).rev().take_while(|x| self.erasable_background(*x) == Some(background));
        let (changed, first) = run.filter(|x| self.is_changed(*x)).fold((0, length), |(count, _), x| (count + 1, x));
        if changed >= BLANKS_TO_END { first } else { length }
    }

    /// Number of cells from `x` on that one erase covers, up to the last changed cell.
    fn changed_blanks(&self, x: usize, end: usize) -> usize {
        let Some(background) = self.erasable_background(x) else { return 0 };
        let run = (x..end).take_while(|x| self.erasable_background(*x) == Some(background));
        run.filter(|x| self.is_changed(*x)).last().map_or(0, |last| last + 1 - x)
    }

    /// Moves to column `x` and sets a pen with which erasing produces the background of that cell.
    fn start_erasing(&mut self, x: usize) {
        self.go(x);
        let background = self.new[x].background_if_blank().unwrap_or_default();
        let writer = &mut *self.writer;
        writer.pen.change_to(writer.pen.for_erasing(background), &mut writer.out);
    }

    /// Moves to column `x`, by rewriting unchanged cells in between if that takes no more bytes.
    fn approach(&mut self, x: usize) {
        if let Some(gap) = self.writer.cursor.gap(x as u16, self.y)
            && gap <= SHORT_GAP
        {
            let between = &self.new[x - usize::from(gap)..x];
            let bytes: usize = between.iter().map(|look| look.symbol.len()).sum();
            let passing = if gap == 1 { 3 } else { 4 };
            if bytes <= passing && between.iter().all(|look| self.is_free(look)) {
                (x - usize::from(gap)..x).for_each(|x| self.put(x));
            }
        }
        self.go(x);
    }

    /// Returns true if the cell can be written with the current pen and without moving the cursor.
    fn is_free(&self, look: &CellLook) -> bool {
        match look.kind {
            CellKind::Blank => self.writer.pen.for_blank(look.pen.bg) == self.writer.pen,
            CellKind::Narrow => self.writer.pen.unreversed() == look.pen && is_certain(look.symbol),
            CellKind::Wide | CellKind::Tail => false,
        }
    }

    /// Moves the cursor to column `x`.
    fn go(&mut self, x: usize) {
        let writer = &mut *self.writer;
        writer.cursor.go(x as u16, self.y, self.new.len() as u16, &mut writer.out);
    }

    /// Writes the cell at the cursor.
    fn put(&mut self, x: usize) {
        let look = &self.new[x];
        let pen = self.wanted_pen(x);
        let writer = &mut *self.writer;
        writer.pen.change_to(pen, &mut writer.out);
        writer.out.extend_from_slice(look.symbol.as_bytes());
        let next = self.new[x + 1..].iter().take_while(|look| look.kind == CellKind::Tail).count() + x + 1;
        writer.cursor =
            if is_certain(look.symbol) { CursorPosition::At(next as u16, self.y) } else { CursorPosition::Unknown };
    }

    /// Pen for a cell. A blank can have any foreground, so it gets the foreground of the following text on the same
    /// background, and the pen changes once for both.
    fn wanted_pen(&self, x: usize) -> Pen {
        let look = &self.new[x];
        if look.kind != CellKind::Blank {
            return self.cheaper_equivalent(x, look.pen);
        }
        let for_blank = self.writer.pen.for_blank(look.pen.bg);
        if for_blank == self.writer.pen {
            return for_blank;
        }
        let text = self.new[x..].iter().find(|next| next.kind != CellKind::Blank || next.pen.bg != look.pen.bg);
        match text {
            Some(text) if text.pen.bg == look.pen.bg && text.pen.is_plain_on_blanks() => {
                self.cheaper_equivalent(x, text.pen)
            }
            _ => for_blank,
        }
    }

    /// Chooses between `pen` and its reversed equivalent, whichever takes fewer bytes to change to. Erasing uses the
    /// background of the pen, so a pen is not reversed if an erase follows from column `x` on.
    fn cheaper_equivalent(&self, x: usize, pen: Pen) -> Pen {
        let now = self.writer.pen;
        if now.unreversed() == pen {
            return now;
        }
        let Some(reversed) = pen.reversed_equivalent().filter(|reversed| now.distance(*reversed) < now.distance(pen))
        else {
            return pen;
        };
        let length = self.new.len();
        let same = (x..length).take_while(|x| self.new[*x].kind == CellKind::Tail || self.new[*x].pen.bg == pen.bg);
        let mut blanks = same.filter(|x| self.new[*x].kind == CellKind::Blank && self.is_changed(*x));
        let erases = blanks.any(|x| self.changed_blanks(x, length) >= BLANKS);
        if erases { pen } else { reversed }
    }
}
