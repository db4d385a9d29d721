//! Draws a page over the views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::paint::{Paint, Role, fit};
use crate::view::page::state::State;

/// Draws the page over `area`, its lines from the first cell on.
pub fn draw(state: &State, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    paint.wash(buffer, area, paint.style(Role::Popup));
    let lines = state.lines(usize::from(area.width));
    let rows = usize::from(area.height).saturating_sub(1);
    let title = match lines.len().saturating_sub(state.top() + rows) {
        0 => state.title.to_owned(),
        1 => format!("{}, 1 line more below", state.title),
        more => format!("{}, {more} lines more below", state.title),
    };
    paint.rule(buffer, fit::row(area, 0), &title, paint.style(Role::Title));
    for (index, line) in lines.iter().skip(state.top()).take(rows).enumerate() {
        paint.text(buffer, fit::row(area, index + 1), line, paint.style(Role::Text));
    }
}
