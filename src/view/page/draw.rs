//! Draws a page over the views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::width::width;
use crate::paint::{Paint, Role, fit};
use crate::view::page::state::{PageLine, PageState};

/// Cells of the rule beside the title, which may not be cut.
const BESIDE: usize = 8;

/// Draws the page over `area`, its lines from the first cell on.
pub fn draw(state: &PageState, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    paint.wash(buffer, area, paint.style(Role::Popup));
    let lines = state.lines(usize::from(area.width));
    let rows = usize::from(area.height).saturating_sub(1);
    let more = match lines.len().saturating_sub(state.top() + rows) {
        0 => String::new(),
        1 => ", 1 line more below".to_owned(),
        more => format!(", {more} lines more below"),
    };
    let long = format!("{}{more}", state.title);
    let title = if width(&long) + BESIDE <= usize::from(area.width) { &long } else { state.title };
    paint.rule(buffer, fit::row(area, 0), title, paint.style(Role::Title));
    for (index, line) in lines.iter().skip(state.top()).take(rows).enumerate() {
        let row = fit::row(area, index + 1);
        match line {
            PageLine::Title(text) => paint.text(buffer, fit::from(row, 1), text, paint.style(Role::Bold)),
            PageLine::Prose(text) => paint.text(buffer, fit::from(row, 1), text, paint.style(Role::Text)),
            PageLine::Exact(text) => paint.text(buffer, row, text, paint.style(Role::Text)),
        };
    }
}
