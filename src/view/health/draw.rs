//! Draws the health findings over the views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::Severity;
use crate::paint::{Paint, Role, fit};
use crate::view::health::{HealthState, INDENT, LineHead};

/// Draws the popup over `area`.
pub fn draw(state: &HealthState, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let lines = state.lines(usize::from(area.width));
    let rows = usize::from(area.height).saturating_sub(1);
    let text = paint.text_frame(buffer, area, "Health", state.scroll.lines_below(rows, lines.len()));
    for (index, line) in lines.iter().skip(state.scroll.top).take(rows).enumerate() {
        let row = fit::from(fit::row(text, index), 1);
        let (head, role) = match line.head {
            LineHead::None => ("", Role::Dim),
            LineHead::Topic(topic) => (topic, Role::Dim),
            LineHead::Severity(severity @ Severity::Warning) => (severity.word(), Role::Warning),
            LineHead::Severity(severity) => (severity.word(), Role::Dim),
        };
        paint.text(buffer, row, head, paint.style(role));
        paint.text(buffer, fit::from(row, INDENT), &line.text, paint.style(Role::Text));
    }
}
