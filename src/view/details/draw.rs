//! Draws the details: the lines at the bottom of the screen, and the popup.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::width::{cut_middle, width};
use crate::paint::{Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::details::{DetailsState, brief, facts};

/// Cells between the name and its source position, and between a text and its bar.
const GAP: usize = 2;

/// Cells of a full bar.
const BAR: usize = 24;

/// Draws the details in brief over `area`.
pub fn draw(state: &DetailsState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let mut brief = brief::brief(context, state, usize::from(area.width), usize::from(area.height));
    if area.height == 1 {
        // A single line has room for one figure, which says more than the source position.
        brief.aside = facts::value(context, state);
    }
    let first = fit::from(fit::row(area, 0), 1);
    let first = fit::part(first, 0, usize::from(first.width).saturating_sub(1));
    let room = usize::from(first.width);
    // The source position is left out if it would leave the name less than half of the line.
    let aside = Some(brief.aside).filter(|aside| width(aside) + GAP + width(&brief.title).min(room / 2) <= room);
    let aside = aside.unwrap_or_default();
    let taken = if aside.is_empty() { 0 } else { width(&aside) + GAP };
    let title = cut_middle(&brief.title, room.saturating_sub(taken));
    paint.text(buffer, first, &title, paint.style(Role::Bold));
    // Beside a bold name the plain style is distinct enough; the lines below have it too, which saves bytes.
    paint.text_right(buffer, first, &aside, paint.style(Role::Text));
    for (index, line) in brief.lines.iter().enumerate() {
        paint.text_cut(buffer, fit::from(fit::row(area, index + 1), 1), line, paint.style(Role::Text));
    }
}

/// Draws the popup over `area`.
pub fn draw_popup(state: &DetailsState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let lines = facts::lines(context, state, usize::from(area.width));
    let rows = usize::from(area.height).saturating_sub(1);
    let text = paint.text_frame(buffer, area, "Details", state.scroll.lines_below(rows, lines.len()));
    for (index, fact) in lines.iter().skip(state.scroll.top).take(rows).enumerate() {
        let row = fit::from(fit::row(text, index), 1);
        paint.text(buffer, row, &fact.about, paint.style(Role::Dim));
        paint.text(buffer, fit::from(row, facts::INDENT), &fact.text, paint.style(Role::Text));
        if let Some(share) = fact.bar {
            let bar = fit::part(row, facts::INDENT + width(&fact.text) + GAP, BAR);
            paint.bar(buffer, bar, share, paint.style(Role::Bar));
        }
    }
}
