//! Draws the row of chips and the filter prompt.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::{Answer, Query};
use crate::base::safe_text;
use crate::base::width::width;
use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::filters::{chips, filter_prompt};
use crate::view::prompt;

/// Minimum width of the chips in cells; with less, the remaining share is not shown.
const MIN_CHIPS_WIDTH: usize = 20;

/// Columns of each chip in a row of `cells`.
pub fn places(query: &Query, answer: &Answer, focused: Option<usize>, cells: usize) -> Vec<(usize, Range<usize>)> {
    let (shown, _) = chips::fitting(query, answer.language, focused, room(answer, cells).saturating_sub(HIDDEN));
    let mut x = 1;
    let mut place = |(at, text): (usize, String)| {
        let start = x;
        x += width(&text) + 1;
        (at, start..x - 1)
    };
    shown.into_iter().map(&mut place).collect()
}

/// Cells for chips beside the remaining share.
fn room(answer: &Answer, cells: usize) -> usize {
    let all = cells.saturating_sub(2);
    left(answer, all).map_or(all, |left| all.saturating_sub(width(&left) + 2))
}

/// Remaining share, if it fits.
fn left(answer: &Answer, all: usize) -> Option<String> {
    chips::left(answer).filter(|left| width(left) + 2 + MIN_CHIPS_WIDTH <= all)
}

/// Draws the chips over `row`, with the remaining share at its right end.
pub fn chips(query: &Query, answer: &Answer, focused: Option<usize>, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let room = room(answer, usize::from(row.width));
    let row = fit::part(fit::from(row, 1), 0, usize::from(row.width).saturating_sub(2));
    let left = left(answer, usize::from(row.width)).unwrap_or_default();
    let (shown, hidden) = chips::fitting(query, answer.language, focused, room.saturating_sub(HIDDEN));
    let mut x = 0;
    for (at, text) in shown {
        let plain = paint.style(Role::Key);
        let style = if focused == Some(at) { paint.mark(plain, Highlight::Selected) } else { plain };
        x += usize::from(paint.text(buffer, fit::part(row, x, room.saturating_sub(x)), &text, style)) + 1;
    }
    if hidden > 0 {
        paint.text(buffer, fit::part(row, x, room.saturating_sub(x)), &format!("+{hidden}"), paint.style(Role::Dim));
    }
    paint.text_right(buffer, row, &left, paint.style(Role::Title));
}

/// Cells for the number of chips that do not fit.
const HIDDEN: usize = 4;

/// Draws the prompt over the status `row`, and its suggestions at the bottom of `middle`.
pub fn filter_prompt(
    state: &filter_prompt::FilterPromptState,
    paint: &Paint,
    row: Rect,
    middle: Rect,
    buffer: &mut Buffer,
) {
    paint.wash(buffer, row, paint.style(Role::Text));
    let taken = prompt::draw::draw(&state.prompt, paint, row, buffer);
    let rest = fit::from(row, usize::from(taken) + 2);
    let (said, role) = match &state.verdict {
        Ok(said) => (said, Role::Dim),
        Err(reason) => (reason, Role::Error),
    };
    paint.text_cut(buffer, rest, &safe_text::safe_str(said), paint.style(role));
    let rows = state.rows();
    let above = usize::from(row.y.saturating_sub(middle.y));
    let most = rows.len().min(above.saturating_sub(2));
    let first = state.row().map_or(0, |row| (row + 1).saturating_sub(most));
    let texts = rows.iter().map(|row| width(&row.text)).max().unwrap_or(0).clamp(12, 34);
    for (index, (at, line)) in rows.iter().enumerate().skip(first).take(most).enumerate() {
        let place = fit::row(middle, above - most + index);
        let is_chosen = state.row() == Some(at);
        let plain = paint.style(Role::Popup);
        let style = if is_chosen { paint.mark(paint.style(Role::Text), Highlight::Selected) } else { plain };
        paint.wash(buffer, place, style);
        if is_chosen {
            paint.text(buffer, place, paint.glyphs().cursor, style);
        }
        paint.text_cut(buffer, fit::part(place, 2, texts), &safe_text::safe_str(&line.text), style);
        let about = if line.is_whole { format!("preset: {}", line.about) } else { line.about.clone() };
        paint.text_cut(buffer, fit::from(place, texts + 4), &about, style);
    }
}
