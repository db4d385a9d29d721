//! Tests of the bytes of frames, which are fed to a terminal emulator and counted.

use proptest::collection::vec;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::row::{CellKind, looks};
use super::{EraseBackground, ScreenFrame};

fn buffer(width: u16, height: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, width, height))
}

/// Bytes that show `next` after the last frame of `frame`.
fn paint(frame: &mut ScreenFrame, next: &Buffer) -> Vec<u8> {
    frame.paint(&mut next.clone(), None).to_vec()
}

/// Frame that has shown `buffer`.
fn after(buffer: &Buffer) -> ScreenFrame {
    let mut frame = ScreenFrame::new(EraseBackground::TerminalDefault);
    paint(&mut frame, buffer);
    frame
}

fn number_of(color: Color) -> vt100::Color {
    let named = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match color {
        Color::Reset => vt100::Color::Default,
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        color => vt100::Color::Idx(named.iter().position(|named| *named == color).unwrap() as u8),
    }
}

/// Foreground, background and reversal, in one form for pens that look the same.
fn colors(cell: &vt100::Cell) -> (vt100::Color, vt100::Color, bool) {
    let is_fixed = |color| matches!(color, vt100::Color::Idx(16..) | vt100::Color::Rgb(..));
    let (fg, bg) = (cell.fgcolor(), cell.bgcolor());
    if cell.inverse() && is_fixed(fg) && is_fixed(bg) { (bg, fg, false) } else { (fg, bg, cell.inverse()) }
}

/// Compares the emulator's screen with the buffer, cell by cell.
fn compare(screen: &vt100::Screen, buffer: &Buffer) {
    let width = usize::from(buffer.area.width);
    for (y, row) in (0..).zip(buffer.content.chunks(width)) {
        for (x, look) in (0..).zip(looks(row)) {
            let cell = screen.cell(y, x).unwrap();
            let place = format!("column {x} of row {y}, {look:?}, {cell:?}");
            assert_eq!(cell.is_wide_continuation(), look.kind == CellKind::Tail, "{place}");
            if look.kind == CellKind::Tail {
                continue;
            }
            let contents = if cell.contents().is_empty() { " " } else { cell.contents() };
            assert_eq!(contents, look.symbol, "{place}");
            let reversed = look.pen.modifier.contains(Modifier::REVERSED);
            let (fg, bg, inverse) = colors(cell);
            let background = number_of(if reversed { look.pen.fg } else { look.pen.bg });
            assert_eq!(if inverse { fg } else { bg }, background, "{place}");
            assert_eq!(cell.underline(), look.pen.modifier.contains(Modifier::UNDERLINED), "{place}");
            if look.symbol != " " || look.pen.modifier.contains(Modifier::UNDERLINED) {
                let drawn = (number_of(look.pen.fg), number_of(look.pen.bg), reversed);
                assert_eq!((fg, bg, inverse), drawn, "{place}");
                assert_eq!(cell.bold(), look.pen.modifier.contains(Modifier::BOLD), "{place}");
                assert_eq!(cell.dim(), look.pen.modifier.contains(Modifier::DIM), "{place}");
                assert_eq!(cell.italic(), look.pen.modifier.contains(Modifier::ITALIC), "{place}");
            }
        }
    }
}

/// Change of a screen, as produced by drawing.
#[derive(Clone, Debug)]
enum ScreenChange {
    Text { x: u16, y: u16, text: String, style: Style },
    Fill { x: u16, y: u16, width: u16, style: Style },
    Erase { y: u16 },
    Shift { by: usize, top: u16 },
    Clear,
}

impl ScreenChange {
    fn make(&self, buffer: &mut Buffer) {
        let area = buffer.area;
        let width = usize::from(area.width);
        match self {
            Self::Text { x, y, text, style } if *x < area.width && *y < area.height => {
                buffer.set_string(*x, *y, text, *style);
            }
            Self::Fill { x, y, width, style } => {
                let fill = Rect::new(*x, *y, *width, 1).intersection(area);
                for place in fill.positions() {
                    buffer[place].set_symbol(" ");
                }
                buffer.set_style(fill, *style);
            }
            Self::Erase { y } if *y < area.height => {
                buffer.content[usize::from(*y) * width..][..width].iter_mut().for_each(ratatui::buffer::Cell::reset);
            }
            Self::Shift { by, top } if *top < area.height => {
                let band = &mut buffer.content[usize::from(*top) * width..];
                let by = by * width % band.len();
                band.rotate_left(by);
            }
            Self::Clear => buffer.reset(),
            _ => {}
        }
    }
}

fn color() -> impl Strategy<Value = Color> {
    prop_oneof![
        Just(Color::Reset),
        Just(Color::Black),
        Just(Color::Red),
        Just(Color::White),
        (0..4u8).prop_map(|index| Color::Indexed(index * 70)),
        Just(Color::Rgb(1, 2, 250)),
    ]
}

fn style() -> impl Strategy<Value = Style> {
    let modifier = prop_oneof![3 => Just(0u16), 1 => 0..512u16].prop_map(Modifier::from_bits_truncate);
    (color(), color(), modifier).prop_map(|(fg, bg, modifier)| {
        // The emulator supports neither blinking nor hidden text, and not bold and dim together.
        let known = Modifier::ITALIC | Modifier::UNDERLINED | Modifier::REVERSED;
        let weight = if modifier.contains(Modifier::BOLD) { Modifier::BOLD } else { Modifier::DIM };
        let known = modifier & (known | weight);
        Style::reset().fg(fg).bg(bg).add_modifier(known)
    })
}

fn change() -> impl Strategy<Value = ScreenChange> {
    let place = || (0..70u16, 0..24u16);
    prop_oneof![
        6 => (place(), "[a-d ]{1,30}|[a世 é│🦀▏]{1,20}|(e\u{301}|x){1,6}", style())
            .prop_map(|((x, y), text, style)| ScreenChange::Text { x, y, text, style }),
        4 => (place(), 1..70u16, style()).prop_map(|((x, y), width, style)| ScreenChange::Fill { x, y, width, style }),
        1 => (0..24u16).prop_map(|y| ScreenChange::Erase { y }),
        1 => (1..24usize, 0..6u16).prop_map(|(by, top)| ScreenChange::Shift { by, top }),
        1 => Just(ScreenChange::Clear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_frame_is_shown_as_drawn(
        (width, height) in (1..70u16, 1..24u16),
        erase_background in prop_oneof![Just(EraseBackground::TerminalDefault), Just(EraseBackground::Pen)],
        frames in vec(vec(change(), 0..40), 1..6),
    ) {
        let mut terminal = vt100::Parser::new(height, width, 0);
        let mut frame = ScreenFrame::new(erase_background);
        let mut drawn = buffer(width, height);
        for changes in frames {
            for change in &changes {
                change.make(&mut drawn);
            }
            terminal.process(&paint(&mut frame, &drawn));
            compare(terminal.screen(), &drawn);
            prop_assert!(paint(&mut frame, &drawn).is_empty(), "the same frame again takes no byte");
        }
    }

    #[test]
    fn a_new_size_is_shown_as_drawn(sizes in vec((1..70u16, 1..24u16), 2..5), changes in vec(change(), 1..30)) {
        let mut terminal = vt100::Parser::new(1, 1, 0);
        let mut frame = ScreenFrame::new(EraseBackground::TerminalDefault);
        for (width, height) in sizes {
            terminal.screen_mut().set_size(height, width);
            let mut drawn = buffer(width, height);
            for change in &changes {
                change.make(&mut drawn);
            }
            terminal.process(&paint(&mut frame, &drawn));
            compare(terminal.screen(), &drawn);
        }
    }
}

#[test]
fn the_same_frame_again_is_free() {
    let mut drawn = buffer(80, 24);
    drawn.set_string(3, 3, "heap", Style::new().bg(Color::Indexed(215)));
    assert!(paint(&mut after(&drawn), &drawn).is_empty());
}

#[test]
fn only_a_frame_of_several_packets_asks_to_be_shown_at_once() {
    let (begin, end) = ("\x1b[?2026h", "\x1b[?2026l");
    let frame_of = |rows: u16| {
        let mut drawn = buffer(80, 24);
        (0..rows).for_each(|y| drawn.set_string(0, y, "heap".repeat(20), Style::new()));
        String::from_utf8(paint(&mut after(&buffer(80, 24)), &drawn)).unwrap()
    };
    let (small, large) = (frame_of(10), frame_of(24));
    assert!(!small.contains(begin) && !small.contains(end) && small.len() < 1400, "{small}");
    assert!(large.starts_with(begin) && large.ends_with(end), "{large}");
}

#[test]
fn the_cursor_is_moved_where_it_is_wanted_and_hidden_else() {
    let (mut drawn, mut frame) = (buffer(80, 24), after(&buffer(80, 24)));
    let mut rest =
        |drawn: &Buffer, cursor| String::from_utf8(frame.paint(&mut drawn.clone(), cursor).to_vec()).unwrap();
    assert_eq!(rest(&drawn, Some((3, 2))), "\x1b[3;4H\x1b[?25h");
    assert_eq!(rest(&drawn, Some((3, 2))), "", "the same place again is free");
    drawn[(3, 2)].set_char('x');
    assert_eq!(rest(&drawn, Some((4, 2))), "x");
    assert_eq!(rest(&drawn, None), "\x1b[?25l");
    assert_eq!(rest(&drawn, Some((80, 2))), "", "no cursor beyond the edge");
}

#[test]
fn blanks_that_look_alike_are_free() {
    let mut drawn = buffer(80, 24);
    drawn.set_style(Rect::new(0, 0, 40, 4), Style::new().fg(Color::Red).bg(Color::Blue));
    let mut frame = after(&drawn);
    drawn.set_style(Rect::new(0, 0, 40, 4), Style::new().fg(Color::White).add_modifier(Modifier::BOLD));
    assert!(paint(&mut frame, &drawn).is_empty());
}

#[test]
fn one_changed_cell_costs_a_move_and_a_byte() {
    let mut drawn = buffer(80, 24);
    let mut frame = after(&drawn);
    drawn[(30, 7)].set_char('x');
    assert_eq!(paint(&mut frame, &drawn), b"\x1b[8;31Hx");
    drawn[(31, 7)].set_char('y');
    assert_eq!(paint(&mut frame, &drawn), b"y");
    drawn[(33, 7)].set_char('z');
    assert_eq!(paint(&mut frame, &drawn), b" z", "a blank is shorter than a move");
}

#[test]
fn a_row_that_becomes_blank_is_erased() {
    let mut drawn = buffer(80, 24);
    drawn.set_string(10, 2, "a".repeat(60), Style::new());
    let mut frame = after(&drawn);
    drawn.set_string(10, 2, " ".repeat(60), Style::new());
    assert_eq!(paint(&mut frame, &drawn), b"\x1b[60D\x1b[K");
}

#[test]
fn blanks_between_texts_are_erased() {
    let mut drawn = buffer(80, 24);
    drawn.set_string(0, 2, "a".repeat(80), Style::new());
    let mut frame = after(&drawn);
    drawn.set_string(10, 2, " ".repeat(60), Style::new());
    assert_eq!(paint(&mut frame, &drawn), b"\r\x1b[10C\x1b[60X");
}

#[test]
fn coloured_blanks_are_written_not_erased() {
    let mut drawn = buffer(80, 24);
    let mut frame = after(&drawn);
    drawn.set_style(Rect::new(0, 0, 80, 1), Style::new().bg(Color::Indexed(215)));
    let bytes = paint(&mut frame, &drawn);
    assert_eq!(bytes.len(), "\x1b[H".len() + "\x1b[48;5;215m".len() + 80);
}

#[test]
fn coloured_blanks_are_erased_where_the_terminal_fills_with_the_pen() {
    let fill = Style::new().fg(Color::Indexed(16)).bg(Color::Indexed(215));
    let mut drawn = buffer(100, 24);
    let mut frame = ScreenFrame::new(EraseBackground::Pen);
    paint(&mut frame, &drawn);
    drawn.set_string(0, 0, format!("{:<60}7", "main"), fill);
    assert_eq!(paint(&mut frame, &drawn), b"\x1b[H\x1b[38;5;16;48;5;215mmain\x1b[56X\x1b[56C7");
    drawn.set_string(0, 0, format!("{:<60}7", "main"), fill.add_modifier(Modifier::REVERSED));
    assert_eq!(
        paint(&mut frame, &drawn),
        b"\r\x1b[38;5;215;48;5;16mmain\x1b[56X\x1b[56C7",
        "what is reversed is erased too, in the colours that it shows"
    );
    drawn.set_string(0, 0, format!("{:<100}", "main"), fill.remove_modifier(Modifier::REVERSED));
    assert_eq!(paint(&mut frame, &drawn), b"\r\x1b[38;5;16;48;5;215mmain\x1b[K");
}

#[test]
fn of_two_equivalent_pens_the_shorter_one_is_used() {
    let fill = Style::new().fg(Color::Indexed(16)).bg(Color::Indexed(215));
    let mut drawn = buffer(80, 24);
    drawn.set_string(0, 0, "main work heap", fill);
    let mut frame = ScreenFrame::new(EraseBackground::Pen);
    paint(&mut frame, &drawn);
    drawn.set_style(Rect::new(0, 0, 9, 1), fill.add_modifier(Modifier::REVERSED));
    drawn.set_string(10, 0, "Heap", fill);
    assert_eq!(paint(&mut frame, &drawn), b"\r\x1b[7mmain work\x1b[C\x1b[27mH");
}

#[test]
fn only_terminals_that_are_known_to_are_relied_on_to_erase_to_the_pen() {
    for term in ["xterm-256color", "xterm", "alacritty", "foot-extra", "linux"] {
        assert_eq!(EraseBackground::of(term), EraseBackground::Pen, "{term}");
    }
    for term in ["screen-256color", "tmux-256color", "vt100", "dumb", "", "sterm", "unheard-of"] {
        assert_eq!(EraseBackground::of(term), EraseBackground::TerminalDefault, "{term}");
    }
}

#[test]
fn a_blank_before_text_takes_its_pen_at_once() {
    let mut drawn = buffer(80, 24);
    let mut frame = after(&drawn);
    drawn.set_string(0, 0, " main ", Style::new().fg(Color::Indexed(16)).bg(Color::Indexed(215)));
    assert_eq!(paint(&mut frame, &drawn), b"\x1b[H\x1b[38;5;16;48;5;215m main ");
}

#[test]
fn rows_that_scroll_cost_the_rows_that_are_new() {
    let mut drawn = buffer(200, 60);
    let row = |buffer: &mut Buffer, y: u16, number: u16| {
        buffer.set_string(0, y, format!("{:<200}", format!("{number} function number {number}")), Style::new());
    };
    (2..58).for_each(|y| row(&mut drawn, y, y));
    drawn.set_string(0, 0, "title", Style::new());
    let mut frame = after(&drawn);
    let mut terminal = vt100::Parser::new(60, 200, 0);
    terminal.process(&paint(&mut after(&buffer(200, 60)), &drawn));
    (2..58).for_each(|y| row(&mut drawn, y, y + 1));
    let up = paint(&mut frame, &drawn);
    assert!(up.len() < 100, "{} bytes", up.len());
    terminal.process(&up);
    compare(terminal.screen(), &drawn);
    (2..58).for_each(|y| row(&mut drawn, y, y));
    let down = paint(&mut frame, &drawn);
    assert!(down.len() < 100, "{} bytes", down.len());
    terminal.process(&down);
    compare(terminal.screen(), &drawn);
}

#[test]
fn no_control_character_passes() {
    let mut drawn = buffer(20, 2);
    for (x, symbol) in ["\x1b", "\x07", "\u{9b}", "\u{7f}", "a\x1b[2J"].iter().enumerate() {
        drawn[(x as u16, 0)].set_symbol(symbol);
    }
    let bytes = String::from_utf8(paint(&mut after(&buffer(20, 2)), &drawn)).unwrap();
    assert_eq!(bytes, "\x1b[H?????");
}

#[test]
fn an_icicle_costs_its_cells_and_one_colour_a_frame() {
    let (width, height) = (200, 60);
    let mut drawn = buffer(width, height);
    let (mut cells, mut slots) = (0, 0);
    for y in 2..52u16 {
        let mut x = 0;
        while x < width - y * 3 {
            slots += 1;
            let fill = Style::new().fg(Color::Indexed(16)).bg(Color::Indexed(100 + (slots % 9) as u8));
            let room = 10 + slots as u16 * 7 % 30;
            let label = format!("{:<40}", format!(" package{slots}.Function"));
            x = drawn.set_stringn(x, y, label, usize::from(room), fill).0;
        }
        cells += usize::from(x);
    }
    let bytes = paint(&mut ScreenFrame::new(EraseBackground::TerminalDefault), &drawn).len();
    assert!(bytes <= cells + slots * "\x1b[48;5;105m".len() + 400, "{bytes} bytes for {cells} cells in {slots} frames");
}
