//! Draws the help: the keys in as many columns as there is room for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::width::width;
use crate::paint::{Paint, Role, fit};
use crate::view::help::state::{HelpLine, HelpState, room};

/// Cells of the rule beside both titles: the blanks around them, and the pieces of the rule between and after.
const BESIDE: usize = 9;
/// Cells for the keys of a command.
const KEYS: usize = 12;

/// Draws the help over `area`.
pub fn draw(state: &HelpState, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    paint.wash(buffer, area, paint.style(Role::Popup));
    let (columns, rows) = room(usize::from(area.width), usize::from(area.height));
    let lines = state.lines(rows);
    let more = lines.len().saturating_sub(state.top() + columns * rows);
    let hint = if more > 0 { format!("{more} lines more below") } else { String::new() };
    paint.rule(buffer, fit::row(area, 0), &hint, paint.style(Role::Rule));
    // The rule's own title keeps its place at the right end.
    let room = usize::from(area.width).saturating_sub(width(&hint) + BESIDE);
    let titles = state.titles();
    let title = titles.iter().find(|title| width(title) <= room).unwrap_or(&titles[titles.len() - 1]);
    paint.text(buffer, fit::row(area, 0), &format!(" {title} "), paint.style(Role::Title));
    if lines.is_empty() {
        paint.text(
            buffer,
            fit::from(fit::row(area, 1), 1),
            "no key does that, and nothing is said of it",
            paint.style(Role::Dim),
        );
    }
    let cells = usize::from(area.width) / columns.max(1);
    for (index, line) in lines.iter().skip(state.top()).take(columns * rows).enumerate() {
        let row = fit::part(fit::row(area, 1 + index % rows), index / rows * cells, cells);
        draw_line(*line, paint, fit::part(row, 1, cells.saturating_sub(2)), buffer);
    }
}

fn draw_line(line: HelpLine, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    match line {
        HelpLine::Blank => {}
        HelpLine::Title(title) => {
            paint.text(buffer, row, title, paint.style(Role::Bold));
        }
        HelpLine::Note(text) => {
            paint.text_cut(buffer, fit::from(row, 1), text, paint.style(Role::Text));
        }
        HelpLine::Entry(entry) => {
            let keys = paint.text_cut(buffer, fit::part(row, 1, KEYS - 1), &entry.keys, paint.style(Role::Key));
            let help = fit::from(row, (KEYS + 1).max(usize::from(keys) + 2));
            paint.text_cut(buffer, help, entry.help, paint.style(Role::Text));
        }
    }
}
