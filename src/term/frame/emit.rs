//! The emitter: what differs between two frames, written in as few bytes as every terminal understands.

use std::mem;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::cursor::{CursorPosition, push_number};
use super::pen::Pen;
use super::row::{CellKind, CellLook, is_certain, looks};
use super::scroll::{Scroll, changed_rows};
use super::writer::FrameWriter;

/// Bytes kept for a frame. A full frame of 200x60 cells is about 9 KB; the rest is room for larger screens.
const CAPACITY: usize = 64 * 1024;
/// Bytes up to which a frame reaches the terminal in one piece: those of a network packet.
const PACKET: usize = 1400;
/// Asks the terminal to show what follows at once. A frame that arrives in one piece needs no such request. One that does not know it ignores it.
const BEGIN: &[u8] = b"\x1b[?2026h";
/// Ends what [`BEGIN`] began.
const END: &[u8] = b"\x1b[?2026l";
/// Forgets the pen, hides the cursor and erases everything.
const CLEAR: &[u8] = b"\x1b[?25l\x1b[m\x1b[2J";

/// Erases to the end of the row.
const ERASE_LINE: &[u8] = b"\x1b[K";
/// Erasing to the end of the row is worth it from this many changed cells on.
const BLANKS_TO_END: usize = 4;
/// Erasing within the row is worth it from this many cells on: up to five bytes to erase and five to pass over.
const BLANKS: usize = 12;
/// Unchanged cells that are written again when that is no longer than passing over them.
const SHORT_GAP: u16 = 4;

/// Background that erasing leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Erasing {
    /// Default background, whatever the pen; also assumed for unknown terminals.
    #[default]
    ToOwnGround,
    /// Background of the pen, as terminals announce with the capability `bce`.
    ToAnyGround,
}

impl Erasing {
    /// Background for a value of `TERM`. tmux and GNU screen draw for the terminal, and do not guarantee any.
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
        if KNOWN.contains(&name) { Self::ToAnyGround } else { Self::ToOwnGround }
    }
}

/// The last frame shown, and what is known of the terminal that shows it.
#[derive(Debug)]
pub(crate) struct ScreenFrame {
    shown: Buffer,
    is_known: bool,
    erasing: Erasing,
    writer: FrameWriter,
}

impl ScreenFrame {
    /// A frame on a screen of which nothing is known yet.
    pub(crate) fn new(erasing: Erasing) -> Self {
        let writer = FrameWriter { out: Vec::with_capacity(CAPACITY), ..FrameWriter::default() };
        Self { shown: Buffer::empty(Rect::ZERO), is_known: false, erasing, writer }
    }

    /// Columns and rows of the last frame, none before the first.
    pub(crate) fn size(&self) -> (u16, u16) {
        (self.shown.area.width, self.shown.area.height)
    }

    /// Copies areas of the last frame into `next`, so that they stay as they are; returns false if nothing is known of
    /// the screen.
    pub(crate) fn keep(&self, areas: &[Rect], next: &mut Buffer) -> bool {
        if !self.is_known || self.shown.area != next.area {
            return false;
        }
        for area in areas {
            let area = area.intersection(next.area);
            for y in area.top()..area.bottom() {
                let [first, end] =
                    [area.left(), area.right()].map(|x| usize::from(y) * usize::from(next.area.width) + usize::from(x));
                next.content[first..end].clone_from_slice(&self.shown.content[first..end]);
            }
        }
        true
    }

    /// Forgets the screen, since another program may have written to it: the next frame clears it.
    pub(crate) fn forget(&mut self) {
        self.is_known = false;
    }

    /// Gives the bytes that show `next` with the cursor at `cursor`, none when that looks like the last frame. What was
    /// shown before is left in `next`, for its memory to be used again.
    pub(crate) fn paint(&mut self, next: &mut Buffer, cursor: Option<(u16, u16)>) -> &[u8] {
        self.writer.out.clear();
        self.writer.out.extend_from_slice(BEGIN);
        let is_blank = !self.is_known || self.shown.area != next.area;
        if is_blank {
            self.clear(next.area);
        }
        let width = usize::from(next.area.width);
        if width > 0 {
            // Rows of a blank screen are alike, and hardly any row of the first frame is blank: all are written, and nothing
            // on it could have moved.
            let mut changed = if is_blank { Vec::new() } else { changed_rows(&self.shown, next) };
            if let Some(scroll) = Scroll::between(&self.shown, next, &changed) {
                scroll.write(&mut self.writer);
                scroll.apply(&mut self.shown);
                changed = changed_rows(&self.shown, next);
            }
            let rows = self.shown.content.chunks(width).zip(next.content.chunks(width));
            let (mut old_looks, mut new_looks) = (Vec::with_capacity(width), Vec::with_capacity(width));
            for (y, (old, new)) in (0..).zip(rows) {
                if changed.get(usize::from(y)) == Some(&false) {
                    continue;
                }
                if !is_blank || y == 0 {
                    old_looks.clear();
                    old_looks.extend(looks(old));
                }
                new_looks.clear();
                new_looks.extend(looks(new));
                let (erasing, writer) = (self.erasing, &mut self.writer);
                ChangedRow { old: &old_looks, new: &new_looks, y, erasing, writer }.write();
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

    /// Begins anew on a blank screen.
    fn clear(&mut self, area: Rect) {
        let out = mem::take(&mut self.writer.out);
        self.writer = FrameWriter { out, ..FrameWriter::default() };
        self.writer.out.extend_from_slice(CLEAR);
        self.shown.resize(area);
        self.shown.reset();
        self.is_known = true;
    }
}

/// One row that differs.
struct ChangedRow<'a> {
    old: &'a [CellLook<'a>],
    new: &'a [CellLook<'a>],
    y: u16,
    erasing: Erasing,
    writer: &'a mut FrameWriter,
}

impl ChangedRow<'_> {
    /// Writes what differs, left to right.
    fn write(&mut self) {
        let end = self.erase_from();
        let mut x = 0;
        // Where the last run of blanks that was too short to erase ends, so that it is looked at once.
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

    /// Returns true if the cell has to be written. A tail is written with its head.
    fn is_changed(&self, x: usize) -> bool {
        self.new[x].kind != CellKind::Tail && !self.new[x].is_like(&self.old[x])
    }

    /// Background that erasing may leave in this cell, if that is reliable.
    fn erasable(&self, x: usize) -> Option<Color> {
        self.new[x].ground().filter(|ground| self.erasing == Erasing::ToAnyGround || *ground == Color::Reset)
    }

    /// First column of an erase to the end of the row; the length of the row if it is not worth it.
    fn erase_from(&self) -> usize {
        let length = self.new.len();
        let Some(ground) = self.erasable(length - 1) else { return length };
        let run = (0..length).rev().take_while(|x| self.erasable(*x) == Some(ground));
        let (changed, first) = run.filter(|x| self.is_changed(*x)).fold((0, length), |(count, _), x| (count + 1, x));
        if changed >= BLANKS_TO_END { first } else { length }
    }

    /// Number of cells from `x` on that one erase covers, up to the last changed one.
    fn changed_blanks(&self, x: usize, end: usize) -> usize {
        let Some(ground) = self.erasable(x) else { return 0 };
        let run = (x..end).take_while(|x| self.erasable(*x) == Some(ground));
        run.filter(|x| self.is_changed(*x)).last().map_or(0, |last| last + 1 - x)
    }

    /// Moves to column `x` and takes a pen that erases to what that cell shows.
    fn start_erasing(&mut self, x: usize) {
        self.go(x);
        let ground = self.new[x].ground().unwrap_or_default();
        let writer = &mut *self.writer;
        writer.pen.change_to(writer.pen.for_erasing(ground), &mut writer.out);
    }

    /// Moves to column `x`, over unchanged cells by writing them again where that is no longer.
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
            CellKind::Narrow => self.writer.pen.upright() == look.pen && is_certain(look.symbol),
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

    /// The pen for a cell. A blank leaves the foreground open, so it takes that of the text after it on the same
    /// ground, and one change does for both.
    fn wanted_pen(&self, x: usize) -> Pen {
        let look = &self.new[x];
        if look.kind != CellKind::Blank {
            return self.turned_or_not(x, look.pen);
        }
        let for_blank = self.writer.pen.for_blank(look.pen.bg);
        if for_blank == self.writer.pen {
            return for_blank;
        }
        let text = self.new[x..].iter().find(|next| next.kind != CellKind::Blank || next.pen.bg != look.pen.bg);
        match text {
            Some(text) if text.pen.bg == look.pen.bg && text.pen.is_plain_on_blanks() => {
                self.turned_or_not(x, text.pen)
            }
            _ => for_blank,
        }
    }

    /// Shorter of `pen` and its reversed equivalent from column `x` on. Erasing uses the background, so a pen that is
    /// about to erase is not reversed.
    fn turned_or_not(&self, x: usize, pen: Pen) -> Pen {
        let now = self.writer.pen;
        if now.upright() == pen {
            return now;
        }
        let Some(turned) = pen.turned().filter(|turned| now.distance(*turned) < now.distance(pen)) else { return pen };
        let length = self.new.len();
        let same = (x..length).take_while(|x| self.new[*x].kind == CellKind::Tail || self.new[*x].pen.bg == pen.bg);
        let mut blanks = same.filter(|x| self.new[*x].kind == CellKind::Blank && self.is_changed(*x));
        let erases = blanks.any(|x| self.changed_blanks(x, length) >= BLANKS);
        if erases { pen } else { turned }
    }
}
