//! Draws the memory of the process over the views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::layout::chart;
use crate::paint::{Paint, Role, fit};
use crate::view::memory::{MAX_BAR_WIDTH, MemoryLine, MemoryState, NAME_WIDTH, SHARE_WIDTH, SIZE_WIDTH};

/// Cells between two columns.
const GAP: usize = 2;
/// Widths of the columns of the what-if, in cells.
const WHAT_IF: [usize; 5] = [5, 16, 19, 23, 14];

/// Draws the popup over `area`.
pub fn draw(state: &MemoryState, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let lines = state.lines(usize::from(area.width));
    let rows = usize::from(area.height).saturating_sub(1);
    let body = paint.text_frame(buffer, area, "Memory of the process", state.scroll.lines_below(rows, lines.len()));
    for (index, line) in lines.iter().skip(state.scroll.top).take(rows).enumerate() {
        let row = fit::from(fit::row(body, index), 1);
        let mut text = |x: usize, text: &str, role: Role| {
            paint.text_cut(buffer, fit::from(row, x), text, paint.style(role));
        };
        match line {
            MemoryLine::Gap => {}
            MemoryLine::Title(title) => text(0, title, Role::Bold),
            MemoryLine::Text(sentence) => text(0, sentence, Role::Text),
            MemoryLine::Dim(sentence) => text(2, sentence, Role::Dim),
            MemoryLine::Term { .. } => term(line, paint, row, buffer),
            MemoryLine::WhatIf(cells) => {
                let mut x = 0;
                for (cell, width) in cells.iter().zip(WHAT_IF) {
                    // A figure is left out rather than cut.
                    if x + width > usize::from(row.width) {
                        break;
                    }
                    paint.text_right(buffer, fit::part(row, x, width), cell, paint.style(Role::Text));
                    x += width + 1;
                }
            }
        }
    }
}

/// Draws a term: name, size, share and bar, and a sparkline if there are several snapshots and room for it.
fn term(line: &MemoryLine, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let MemoryLine::Term { name, size, share, bar, line } = line else { return };
    let style = paint.style(Role::Text);
    // A narrow row cuts the name, never a figure.
    let figures = 1 + SIZE_WIDTH + GAP + SHARE_WIDTH;
    let name_width = NAME_WIDTH.min(usize::from(row.width).saturating_sub(figures));
    paint.text_cut(buffer, fit::part(row, 0, name_width), name, style);
    let mut x = name_width + 1;
    for (cell, width) in [(size, SIZE_WIDTH), (share, SHARE_WIDTH)] {
        paint.text_right(buffer, fit::part(row, x, width), cell, style);
        x += width + GAP;
    }
    let rest = usize::from(row.width).saturating_sub(x + 1);
    let has_line = line.len() > 1 && rest >= 2 * GAP + 8;
    let cells = if has_line { (rest - GAP) / 2 } else { rest }.min(MAX_BAR_WIDTH);
    // A term that is subtracted has no bar: bars add up to the total.
    if *bar > 0.0 {
        paint.bar(buffer, fit::part(row, x, cells), *bar, paint.style(Role::Bar));
    }
    if has_line {
        let glyphs = paint.glyphs().spark;
        let heights = chart::heights(line, cells.min(line.len()));
        let spark: String = heights.into_iter().map(|height| glyphs[usize::from(height.max(1)) - 1]).collect();
        paint.text(buffer, fit::from(row, x + cells + GAP), &spark, style);
    }
}
