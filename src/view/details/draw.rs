//! Draws the details: the lines at the bottom of the screen, and the popup.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::width::{cut_middle, width};
use crate::paint::{Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::details::state::DetailsState;
use crate::view::details::{brief, facts};

/// Cells between the name and where it is written.
const SPARE: usize = 2;

/// Cells for a full bar.
const BAR: usize = 24;

/// Draws the details over `area`, as many lines as it has.
pub fn draw(state: &DetailsState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let mut brief = brief::brief(look, state, (usize::from(area.width), usize::from(area.height)));
    if area.height == 1 {
        // One line has room for one figure, which says more than where the function is written.
        brief.aside = facts::value(look, state);
    }
    let first = fit::from(fit::row(area, 0), 1);
    let first = fit::part(first, 0, usize::from(first.width).saturating_sub(1));
    let room = usize::from(first.width);
    // The source goes where it would leave the name less than half of the line.
    let aside = Some(brief.aside).filter(|aside| width(aside) + SPARE + width(&brief.title).min(room / 2) <= room);
    let aside = aside.unwrap_or_default();
    let taken = if aside.is_empty() { 0 } else { width(&aside) + SPARE };
    let title = cut_middle(&brief.title, room.saturating_sub(taken));
    paint.text(buffer, first, &title, paint.style(Role::Bold));
    // The name is bold, so what stands beside it needs no pen of its own, and the lines below take the same.
    paint.text_right(buffer, first, &aside, paint.style(Role::Text));
    for (index, line) in brief.lines.iter().enumerate() {
        paint.text_cut(buffer, fit::from(fit::row(area, index + 1), 1), line, paint.style(Role::Text));
    }
}

/// Draws the popup over `area`.
pub fn draw_popup(state: &DetailsState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    paint.wash(buffer, area, paint.style(Role::Popup));
    let lines = facts::lines(look, state, usize::from(area.width));
    let rows = facts::rows(usize::from(area.height));
    let more = lines.len().saturating_sub(state.top() + rows);
    let title = match more {
        0 => "Details".to_owned(),
        1 => "Details, 1 line more below".to_owned(),
        more => format!("Details, {more} lines more below"),
    };
    paint.rule(buffer, fit::row(area, 0), &title, paint.style(Role::Title));
    for (index, fact) in lines.iter().skip(state.top()).take(rows).enumerate() {
        let row = fit::from(fit::row(area, index + 1), 1);
        paint.text(buffer, row, &fact.about, paint.style(Role::Dim));
        paint.text(buffer, fit::from(row, facts::INDENT), &fact.text, paint.style(Role::Text));
        if let Some(share) = fact.bar {
            let bar = fit::part(row, facts::INDENT + width(&fact.text) + SPARE, BAR);
            paint.bar(buffer, bar, share, paint.style(Role::Bar));
        }
    }
}
