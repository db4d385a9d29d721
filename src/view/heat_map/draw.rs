//! Heat map of the trend: functions by snapshots, each row shaded by its own maximum.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::{TrendStatus, Trends};
use crate::base::width::{pad_right, width};
use crate::config::settings::Glyphs;
use crate::layout::chart;
use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::timeline::state::TimelineEventKind;
use crate::view::trend::state::{TrendRow, TrendState};
use crate::view::trend::words;

/// Cells of the selection mark and the suspect mark before the name.
const MARKS: usize = 4;
/// Minimum and maximum width of a name in cells.
const NAME_WIDTHS: (usize, usize) = (16, 40);
/// Cells of the maximum after the name, and the blank after it.
const MAX: usize = 8;
/// Maximum number of cells of one snapshot.
const MOST_CELLS: usize = 6;
/// Shades from nothing to the maximum of the row.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
/// Shades without block characters.
const ASCII_SHADES: [&str; 5] = [" ", ".", ":", "+", "#"];

/// Columns of a row.
struct HeatColumns {
    name: usize,
    /// Number of columns of shades.
    count: usize,
    /// Cells of one column of shades.
    width: usize,
}

impl HeatColumns {
    fn new(cells: usize, snapshots: usize) -> Self {
        let name = (cells / 3).clamp(NAME_WIDTHS.0, NAME_WIDTHS.1).min(cells.saturating_sub(MARKS));
        let room = cells.saturating_sub(MARKS + name + 1 + MAX);
        let count = snapshots.min(room);
        let width = room.checked_div(count).unwrap_or(0).min(MOST_CELLS);
        Self { name, count, width }
    }

    fn start(&self) -> usize {
        MARKS + self.name + 1 + MAX
    }
}

/// Minimum width of the names in cells for a legend of the shades beside their heading.
const LEGEND: usize = 18;

/// Draws the heat map over `area`: a heading, and one row for each function.
pub fn draw(
    state: &TrendState,
    trends: &Trends,
    context: &ViewContext,
    paint: &Paint,
    area: Rect,
    buffer: &mut Buffer,
) {
    let columns = HeatColumns::new(usize::from(area.width), trends.window.count());
    heading(&columns, trends, context, paint, fit::row(area, 0), buffer);
    let cursor = state.cursor();
    for index in 0..usize::from(area.height).saturating_sub(1) {
        let at = state.index_on(index);
        let Some(row) = state.row(at) else { break };
        let place = fit::row(area, index + 1);
        let mut style = paint.style(Role::Text);
        if at == cursor.at {
            style = paint.selected_row(buffer, place, style);
        }
        let suspect_style = style.patch(paint.style(Role::Warning));
        let is_suspect = match row {
            TrendRow::Cause(_) => trends.with_status(TrendStatus::Suspect).next().is_some(),
            TrendRow::Function(row) => words::is_suspect(trends, row),
        };
        if is_suspect {
            paint.text(buffer, fit::from(place, 2), paint.glyphs().alert, suspect_style);
        }
        let name_style = match row {
            TrendRow::Cause(_) => style.patch(paint.style(Role::Bold)),
            TrendRow::Function(_) if is_suspect => suspect_style,
            TrendRow::Function(_) => style,
        };
        let name_style = if context.is_hit(row.frame()) { paint.mark(name_style, Highlight::Hit) } else { name_style };
        let name = name(context, trends, row, columns.name);
        paint.text_cut(buffer, fit::part(place, MARKS, columns.name), &name, name_style);
        let line = row.line(trends);
        let most = line.iter().copied().max().unwrap_or(0);
        let max = fit::part(place, MARKS + columns.name + 1, MAX - 1);
        paint.text_right(buffer, max, &context.unit().short(most), style);
        let shades = Paint::unreversed(style.patch(paint.style(Role::Bar)));
        let place = fit::from(place, columns.start());
        paint.text(buffer, place, &shaded(&line, &columns, paint), shades);
    }
}

/// Name of a cause, or of a function with its instance if there are several.
fn name(context: &ViewContext, trends: &Trends, row: TrendRow, cells: usize) -> String {
    match row {
        TrendRow::Cause(finding) => context.label(finding.cause, cells).into_owned(),
        TrendRow::Function(row) => words::function(context, trends, row, cells),
    }
}

/// Shades of a line, from 0 to its maximum. A positive value has at least the lightest shade.
fn shaded(line: &[i64], columns: &HeatColumns, paint: &Paint) -> String {
    let shades = if paint.is_ascii() { ASCII_SHADES } else { SHADES };
    let heights = chart::heights(line, columns.count.min(line.len()));
    heights.into_iter().map(|height| shades[usize::from(height).div_ceil(2).min(4)].repeat(columns.width)).collect()
}

/// Draws the heading: the columns, and the times of the first and the last snapshot.
fn heading(
    columns: &HeatColumns,
    trends: &Trends,
    context: &ViewContext,
    paint: &Paint,
    row: Rect,
    buffer: &mut Buffer,
) {
    let style = paint.style(Role::Header);
    paint.wash(buffer, row, style);
    paint.text(buffer, fit::from(row, MARKS), &pad_right("Function", columns.name), style);
    // The scale of the shades ends at the heading of the maximum.
    if columns.name >= LEGEND && paint.charset() != Glyphs::Plain {
        let shades = if paint.is_ascii() { ASCII_SHADES } else { SHADES };
        paint.text_right(buffer, fit::part(row, MARKS, columns.name), &format!("0 {}", shades[1..].concat()), style);
    }
    paint.text_right(buffer, fit::part(row, MARKS + columns.name + 1, MAX - 1), "Max", style);
    let place = fit::part(fit::from(row, columns.start()), 0, columns.count * columns.width);
    let time = |at: usize| match context.answer.series.snapshots()[at].header.time_nanos {
        0 => (at + 1).to_string(),
        time => context.clock.of(&context.answer.series, time),
    };
    let [first, last] = [trends.window.first, trends.window.last].map(time);
    let column = |restart: usize| (restart * columns.count).checked_div(trends.window.count());
    let sign = |restart: usize| TimelineEventKind::of(context.answer, trends.window.first + restart).sign();
    let mark = |restart| column(restart).map(|at| (at * columns.width, sign(restart)));
    let (marks, signs): (Vec<usize>, Vec<&str>) = trends.restarts().filter_map(mark).unzip();
    let [is_first, is_last] = times_shown([width(&first), width(&last)], place.width.into(), &marks);
    if is_first {
        paint.text(buffer, place, &first, style);
    }
    if is_last {
        paint.text_right(buffer, place, &last, style);
    }
    for (mark, sign) in marks.into_iter().zip(signs) {
        paint.text(buffer, fit::part(place, mark, 1), sign, style);
    }
}

/// Flags of the first and the last time, by their widths in a heading of `cells`: a time that would touch the mark of
/// a restart is left out, and the last one where both do not fit.
fn times_shown([first, last]: [usize; 2], cells: usize, marks: &[usize]) -> [bool; 2] {
    let is_free = |from: usize, to: usize| marks.iter().all(|mark| !(from..=to).contains(mark));
    let is_first = first <= cells && is_free(0, first);
    let has_room = last <= cells && (!is_first || first + last + 2 <= cells);
    [is_first, has_room && is_free(cells.saturating_sub(last + 1), cells)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_never_touches_the_mark_of_a_restart() {
        assert_eq!(times_shown([8, 8], 20, &[]), [true, true]);
        assert_eq!(times_shown([8, 8], 20, &[9]), [true, true]);
        assert_eq!(times_shown([8, 8], 20, &[8]), [false, true]);
        assert_eq!(times_shown([8, 8], 20, &[3, 11]), [false, false]);
        assert_eq!(times_shown([8, 8], 16, &[]), [true, false]);
        assert_eq!(times_shown([8, 8], 12, &[2]), [false, true]);
        assert_eq!(times_shown([8, 8], 6, &[]), [false, false]);
    }
}
