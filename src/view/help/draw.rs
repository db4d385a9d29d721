//! Draws the help: the keys in as many columns as fit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::width::{cut_words, width};
use crate::config::settings::Glyphs;
use crate::paint::{Paint, Role, fit};
use crate::view::help::{HelpLine, HelpState, columns_and_rows};

/// Cells of blanks and rule beside both titles.
const FRAME: usize = 9;
/// Width of the keys of a command in cells: at least, and on a screen in words, where a command has the whole line.
const KEYS: usize = 12;
const ALL_KEYS: usize = 36;
/// Maximum width of the help text of a command in cells.
const HELP: usize = 25;

/// Draws the help over `area`.
pub fn draw(state: &HelpState, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    paint.wash(buffer, area, paint.style(Role::Popup));
    let (columns, rows) = columns_and_rows((usize::from(area.width), usize::from(area.height)), paint.charset());
    let lines = state.lines(rows);
    let hint = match state.scroll.lines_below(columns * rows, lines.len()) {
        0 => String::new(),
        count => format!("{count} lines more below"),
    };
    paint.rule(buffer, fit::row(area, 0), &hint, paint.style(Role::Rule));
    // The hint is at the right end of the rule.
    let room = usize::from(area.width).saturating_sub(width(&hint) + FRAME);
    let titles = state.titles();
    let title = titles.iter().find(|title| width(title) <= room).unwrap_or(&titles[titles.len() - 1]);
    paint.text(buffer, fit::row(area, 0), &format!(" {title} "), paint.style(Role::Title));
    if lines.is_empty() {
        paint.text(buffer, fit::from(fit::row(area, 1), 1), "nothing matches", paint.style(Role::Dim));
    }
    let cells = usize::from(area.width) / columns.max(1);
    let longest = lines.iter().map(|line| if let HelpLine::Entry(entry) = line { width(&entry.keys) } else { 0 }).max();
    let keys = match paint.charset() {
        Glyphs::Plain => ALL_KEYS,
        _ => cells.saturating_sub(HELP + 2).min(longest.unwrap_or_default() + 1).max(KEYS),
    };
    for (index, line) in lines.iter().skip(state.scroll.top).take(columns * rows).enumerate() {
        let row = fit::part(fit::row(area, 1 + index % rows), index / rows * cells, cells);
        draw_line(*line, keys, paint, fit::part(row, 1, cells.saturating_sub(1)), buffer);
    }
}

/// Draws a line, with `cells` for the keys of a command.
fn draw_line(line: HelpLine, cells: usize, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    match line {
        HelpLine::Blank => {}
        HelpLine::Title(title) => {
            paint.text(buffer, row, title, paint.style(Role::Bold));
        }
        HelpLine::Note(text) => {
            paint.text_cut(buffer, fit::from(row, 1), text, paint.style(Role::Text));
        }
        HelpLine::Entry(entry) => {
            // Keys that are longer than their column take the cells that the text leaves.
            let spare = usize::from(row.width).saturating_sub(width(entry.help) + 2);
            let keys = cut_words(&entry.keys, spare.max(cells - 1));
            let keys = paint.text(buffer, fit::from(row, 1), &keys, paint.style(Role::Key));
            let help = fit::from(row, (cells + 1).max(usize::from(keys) + 2));
            paint.text_cut(buffer, help, entry.help, paint.style(Role::Text));
        }
    }
}
