//! Draws the palette: the command line over the status, and the rows above it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::safe_text;
use crate::base::width::width;
use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::palette::state::{Availability, PaletteRow, PaletteState};
use crate::view::prompt;

/// Maximum width of a name, unless half of the screen is wider, and of its keys, in cells.
const MAX_NAME_WIDTH: usize = 34;
const KEYS: usize = 16;

/// Draws the command line over the status `row`, and the list at the bottom of `middle`.
pub fn draw(state: &PaletteState, paint: &Paint, row: Rect, middle: Rect, buffer: &mut Buffer) {
    paint.wash(buffer, row, paint.style(Role::Text));
    let taken = prompt::draw::draw(&state.prompt, paint, row, buffer);
    let rest = fit::from(row, usize::from(taken) + 2);
    let (said, role) = match state.verdict() {
        Ok(said) => (said, Role::Dim),
        Err(error) => (error.to_owned(), Role::Error),
    };
    let rows = state.rows();
    let above = usize::from(row.y.saturating_sub(middle.y));
    let most = PaletteState::visible_rows(above, rows.len());
    let said = safe_text::safe_str(&said);
    // An error that does not fit behind the line has a row of its own above the list.
    let own_row = above.checked_sub(if most == 0 { 1 } else { most + 2 });
    match own_row.filter(|_| role == Role::Error && width(&said) > usize::from(rest.width)) {
        Some(at) => {
            paint.wash(buffer, fit::row(middle, at), paint.style(Role::Text));
            paint.text_cut(buffer, fit::from(fit::row(middle, at), 1), &said, paint.style(role));
        }
        None => drop(paint.text_cut(buffer, rest, &said, paint.style(role))),
    }
    if most == 0 {
        return;
    }
    let first = (state.row() + 1).saturating_sub(most).min(rows.len() - most);
    let more = rows.len() - most - first;
    let hint = if more > 0 { format!("{more} more below") } else { String::new() };
    if let Some(line) = above.checked_sub(most + 1) {
        paint.rule(buffer, fit::row(middle, line), &hint, paint.style(Role::Rule));
        paint.text(buffer, fit::row(middle, line), " Commands ", paint.style(Role::Title));
    }
    let widest =
        |cells: &dyn Fn(&PaletteRow) -> usize, most: usize| rows.iter().map(cells).max().unwrap_or(0).min(most);
    // A wide screen shows long file names in full.
    let name = MAX_NAME_WIDTH.max(usize::from(row.width) / 2);
    let names = widest(&|row| width(&row.text), name);
    // Rows without keys need no column for them.
    let keys = rows.iter().skip(first).take(most).map(|row| width(&row.keys)).max().unwrap_or(0).min(KEYS);
    for (index, (at, line)) in rows.iter().enumerate().skip(first).take(most).enumerate() {
        let chosen = if at == state.row() { RowState::This } else { RowState::Other };
        draw_row(line, chosen, names, keys, paint, fit::row(middle, above - most + index), buffer);
    }
}

/// State of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RowState {
    This,
    Other,
}

fn draw_row(
    line: &PaletteRow,
    chosen: RowState,
    names: usize,
    keys: usize,
    paint: &Paint,
    place: Rect,
    buffer: &mut Buffer,
) {
    let plain =
        if line.availability == Availability::Unavailable { paint.style(Role::Dim) } else { paint.style(Role::Popup) };
    let is_chosen = chosen == RowState::This;
    let style = if is_chosen { paint.mark(paint.style(Role::Text), Highlight::Selected) } else { plain };
    paint.wash(buffer, place, style);
    if is_chosen {
        paint.text(buffer, place, paint.glyphs().cursor, style);
    }
    paint.text_cut(buffer, fit::part(place, 2, names), &safe_text::safe_str(&line.text), style);
    let gap = if keys == 0 { 0 } else { keys + 2 };
    let key_style =
        if is_chosen || line.availability == Availability::Unavailable { style } else { paint.style(Role::Key) };
    paint.text_cut(buffer, fit::part(place, names + 4, keys), &line.keys, key_style);
    let about = safe_text::safe_str(&line.about);
    // A text that does not fit beside an empty column of keys begins in it.
    let room = usize::from(place.width).saturating_sub(names + 4);
    let gap = if line.keys.is_empty() { gap.min(room.saturating_sub(width(&about))) } else { gap };
    paint.text_cut(buffer, fit::from(place, names + 4 + gap), &about, style);
}
