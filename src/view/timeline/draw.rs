//! Draws the timeline: a row of heights between two times, the windows below, then the activity of the runtime.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::width::width;
use crate::paint::{Paint, Role, fit};
use crate::view::timeline::state::{TimelineEvent, TimelineEventKind, TimelineState};

/// Draws the timeline over `area`; all rows but the first are optional.
pub fn draw(state: &TimelineState, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if area.height == 0 || state.heights.is_empty() {
        return;
    }
    let (plain, dim) = (paint.style(Role::Text), paint.style(Role::Dim));
    let row = fit::from(fit::row(area, 0), 1);
    let start = width(&state.first) + 1;
    paint.text(buffer, row, &state.first, dim);
    paint.text(buffer, fit::from(row, start), &line(&state.heights, paint), paint.style(Role::Plot));
    let after = start + state.heights.len() + 1;
    let end = format!("{}  {}", state.last, state.most);
    paint.text(buffer, fit::from(row, after), &end, dim);
    if area.height < 2 {
        return;
    }
    let row = fit::from(fit::row(area, 1), 1);
    let under = fit::part(row, start, state.heights.len());
    let mut letters: Vec<Range<usize>> = Vec::new();
    for (name, columns) in &state.marks {
        let events: Vec<usize> =
            state.events.iter().filter_map(|event| event.column.checked_sub(columns.start)).collect();
        let (text, letter) = bracket(name, columns.len(), &events, paint);
        paint.text(buffer, fit::part(under, columns.start, columns.len()), &text, paint.style(Role::Bold));
        letters.push(letter.start + columns.start..letter.end + columns.start);
    }
    // Events are above brackets, and below the letters of the windows.
    for TimelineEvent { column, kind } in &state.events {
        if !letters.iter().any(|letter| letter.contains(column)) {
            paint.text(buffer, fit::part(under, *column, 1), kind.sign(), paint.style(Role::Status));
        }
    }
    let row = fit::from(row, after);
    let forms = legends(state).map(|legend| format!("{}{legend}", state.name));
    let name = forms.iter().find(|form| width(form) <= usize::from(row.width)).unwrap_or(&state.name);
    paint.text(buffer, row, name, plain);
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

/// Words for the signs of the events that are drawn: of all kinds, and of deploys only.
fn legends(state: &TimelineState) -> [String; 2] {
    let words = |kind, word: &str| {
        let is_drawn = state.events.iter().any(|event| event.kind == kind);
        if is_drawn { format!("  {} {word}", kind.sign()) } else { String::new() }
    };
    let deploy = words(TimelineEventKind::Deploy, "deploy");
    [format!("{}{deploy}", words(TimelineEventKind::Restart, "restart")), deploy]
}

/// Bracket of a window, and the columns of its name in it. The name stands as near to the middle as events allow, since an
/// event beside it would look like one of its letters. Without room, a name of several letters is left out.
fn bracket(name: &str, cells: usize, events: &[usize], paint: &Paint) -> (String, Range<usize>) {
    let glyphs = paint.glyphs();
    let [open, close] = glyphs.span;
    let name = if width(name) + 2 <= cells || width(name) == 1 { name } else { "" };
    let Some(line) = cells.checked_sub(width(name) + 2) else {
        let sign = if name.is_empty() { open } else { name };
        return (sign.to_owned(), 0..width(sign));
    };
    let middle = line / 2;
    let is_free = |left: usize, gap: usize| {
        !events.iter().any(|event| (left + 1 - gap..left + 1 + width(name) + gap).contains(event))
    };
    let nearest = |gap: usize| (0..=line).filter(|left| is_free(*left, gap)).min_by_key(|left| left.abs_diff(middle));
    let left = nearest(1).or_else(|| nearest(0)).unwrap_or(middle);
    let text =
        format!("{open}{}{name}{}{close}", glyphs.horizontal.repeat(left), glyphs.horizontal.repeat(line - left));
    (text, left + 1..left + 1 + width(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::{Depth, Glyphs};
    use crate::config::theme::Theme;

    #[test]
    fn the_letter_of_a_window_makes_room_for_events() {
        let paint = Paint::new(&Theme::default(), Depth::Indexed256, Glyphs::Unicode);
        assert_eq!(bracket("A", 7, &[], &paint), ("╰──A──╯".to_owned(), 3..4));
        assert_eq!(bracket("A", 7, &[3], &paint), ("╰A────╯".to_owned(), 1..2));
        assert_eq!(bracket("A", 6, &[0, 3, 5], &paint), ("╰─A──╯".to_owned(), 2..3), "no room for a gap");
        assert_eq!(bracket("A", 3, &[1], &paint), ("╰A╯".to_owned(), 1..2), "no other room");
        assert_eq!(bracket("window", 2, &[], &paint).0, "╰╯");
        assert_eq!(bracket("window", 1, &[], &paint).0, "╰");
    }
}
