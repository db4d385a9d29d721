//! Draws a page over the views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::paint::{Paint, Role, fit};
use crate::view::page::{PageLine, PageState};

/// Draws the page over `area`.
pub fn draw(state: &PageState, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let lines = state.lines(usize::from(area.width));
    let rows = usize::from(area.height).saturating_sub(1);
    let body = paint.text_frame(buffer, area, state.title, state.scroll.lines_below(rows, lines.len()));
    for (index, line) in lines.iter().skip(state.scroll.top).take(rows).enumerate() {
        let row = fit::row(body, index);
        match line {
            PageLine::Title(text) => paint.text(buffer, fit::from(row, 1), text, paint.style(Role::Bold)),
            PageLine::Prose(text) => paint.text(buffer, fit::from(row, 1), text, paint.style(Role::Text)),
            PageLine::Exact(text) => paint.text(buffer, row, text, paint.style(Role::Text)),
        };
    }
}
