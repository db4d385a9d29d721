//! Draws the timeline: a row of heights between two times, the windows below, then the activity of the runtime.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::width::width;
use crate::paint::{Paint, Role, fit};
use crate::view::timeline::state::TimelineState;

/// Draws the timeline over `area`; all rows but the first are optional.
pub fn draw(state: &TimelineState, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if area.height == 0 || state.heights.is_empty() {
        return;
    }
    let (plain, dim) = (paint.style(Role::Text), paint.style(Role::Dim));
    let row = fit::from(fit::row(area, 0), 1);
    let start = width(&state.first) + 1;
    paint.text(buffer, row, &state.first, dim);
    let glyphs = paint.glyphs();
    paint.text(buffer, fit::from(row, start), &line(&state.heights, paint), paint.style(Role::Plot));
    let after = start + state.heights.len() + 1;
    let end = format!("{}  {}", state.last, state.most);
    paint.text(buffer, fit::from(row, after), &end, dim);
    if area.height < 2 {
        return;
    }
    let row = fit::from(fit::row(area, 1), 1);
    let under = fit::part(row, start, state.heights.len());
    for at in &state.restarts {
        paint.text(buffer, fit::part(under, *at, 1), glyphs.separator, dim);
    }
    for (name, columns) in &state.marks {
        let text = bracket(name, columns.len(), paint);
        paint.text(buffer, fit::part(under, columns.start, columns.len()), &text, paint.style(Role::Bold));
    }
    paint.text(buffer, fit::from(row, after), &state.name, plain);
    for (index, band) in state.drawn.bands.iter().enumerate().take(usize::from(area.height) - 2) {
        let row = fit::from(fit::row(area, index + 2), 1);
        paint.text(buffer, row, band.label, dim);
        paint.text(buffer, fit::from(row, start), &line(&band.heights, paint), paint.style(Role::Plot));
        paint.text(buffer, fit::from(row, after), &band.note, dim);
    }
}

/// Block characters for a line of heights.
fn line(heights: &[u8], paint: &Paint) -> String {
    let spark = paint.glyphs().spark;
    heights.iter().map(|height| height.checked_sub(1).map_or(" ", |at| spark[usize::from(at)])).collect()
}

/// Bracket of a window with its name in the middle; without room, the name is its first letter, or left out.
fn bracket(name: &str, cells: usize, paint: &Paint) -> String {
    let glyphs = paint.glyphs();
    let name = if width(name) + 2 <= cells { name } else { name.get(..1).unwrap_or_default() };
    let Some(line) = cells.checked_sub(width(name) + 2) else { return name.to_owned() };
    let (left, right) = (line / 2, line.div_ceil(2));
    let [open, close] = glyphs.span;
    format!("{open}{}{name}{}{close}", glyphs.horizontal.repeat(left), glyphs.horizontal.repeat(right))
}
