//! Draws the health over the views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::Severity;
use crate::paint::{Paint, Role, fit};
use crate::view::health::state::{HealthState, INDENT};

/// Draws the popup over `area`.
pub fn draw(state: &HealthState, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    paint.wash(buffer, area, paint.style(Role::Popup));
    let lines = state.lines(usize::from(area.width));
    let rows = usize::from(area.height).saturating_sub(1);
    let title = match lines.len().saturating_sub(state.top() + rows) {
        0 => "Health".to_owned(),
        1 => "Health, 1 line more below".to_owned(),
        more => format!("Health, {more} lines more below"),
    };
    paint.rule(buffer, fit::row(area, 0), &title, paint.style(Role::Title));
    for (index, line) in lines.iter().skip(state.top()).take(rows).enumerate() {
        let row = fit::from(fit::row(area, index + 1), 1);
        if let Some(severity) = line.severity {
            let role = if severity == Severity::Warning { Role::Warning } else { Role::Dim };
            paint.text(buffer, row, severity.word(), paint.style(role));
        } else {
            paint.text(buffer, row, line.about, paint.style(Role::Dim));
        }
        paint.text(buffer, fit::from(row, INDENT), &line.text, paint.style(Role::Text));
    }
}
