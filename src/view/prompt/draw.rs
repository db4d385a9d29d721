//! Draws the prompt.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::safe_text;
use crate::base::width::width;
use crate::paint::{Paint, Role, fit};
use crate::view::prompt::state::PromptState;

/// Draws the prompt at the left of `row`, scrolled to its cursor; returns its width in cells.
pub fn draw(state: &PromptState, paint: &Paint, row: Rect, buffer: &mut Buffer) -> u16 {
    let before: String = state.text().chars().take(state.cursor()).collect();
    let after: String = state.text().chars().skip(state.cursor()).collect();
    let (before, after) = (safe_text::safe_str(&before), safe_text::safe_str(&after));
    let style = paint.style(Role::Input);
    let room = usize::from(row.width).saturating_sub(2);
    let mut shown = &*before;
    while width(shown) > room {
        shown = shown.char_indices().nth(1).map_or("", |(at, _)| &shown[at..]);
    }
    let slash = paint.text(buffer, row, state.mark(), style);
    let typed = slash + paint.text(buffer, fit::from(row, usize::from(slash)), shown, style);
    typed + paint.text(buffer, fit::from(row, usize::from(typed)), &after, style)
}
