//! Draws the list of the call sites that explain the change.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::width::{cut_end, width};
use crate::paint::{Align, Grid, Heading, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::explains::{ExplainsState, SiteRow, headlines, rows};
use crate::view::words;

#[derive(Clone, Copy)]
enum SiteColumn {
    Rank,
    Delta,
    Share,
    /// Sign of the change, with a blank on both sides.
    Sign,
    Path,
}

/// First cell of the paths, which have the rest of the row.
const PATH: usize = 27;

/// Draws the list over `area`.
pub fn draw(state: &ExplainsState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    paint.wash(buffer, area, paint.style(Role::Popup));
    paint.rule(buffer, fit::row(area, 0), "", paint.style(Role::Rule));
    let [long, short] = headlines(context);
    // The rule goes on after the headline.
    let room = usize::from(area.width).saturating_sub(4);
    let headline = format!(" {} ", if width(&long) <= room { long } else { short });
    paint.text_cut(buffer, fit::from(fit::row(area, 0), 1), &headline, paint.style(Role::Title));
    let cells = usize::from(area.width);
    let columns = [
        (SiteColumn::Rank, 2..6),
        (SiteColumn::Delta, 7..14),
        (SiteColumn::Share, 15..21),
        (SiteColumn::Sign, 23..26),
        (SiteColumn::Path, PATH..cells.max(PATH)),
    ];
    let grid = Grid { paint, columns: &columns };
    grid.head(fit::row(area, 1), buffer, |column| {
        let (text, align) = match column {
            SiteColumn::Rank => ("#", Align::Right),
            SiteColumn::Delta if paint.is_ascii() => ("dSelf", Align::Right),
            SiteColumn::Delta => ("ΔSelf", Align::Right),
            SiteColumn::Share => ("sum%", Align::Right),
            SiteColumn::Sign => ("", Align::Left),
            SiteColumn::Path => ("Call path, callee first", Align::Left),
        };
        let text = cut_end(text, if align == Align::Left { cells.saturating_sub(PATH) } else { text.len() });
        Heading { text, align, style: paint.style(Role::Header) }
    });
    let cursor = state.cursor();
    let rows = rows(state, context, cells.saturating_sub(PATH + 1), usize::from(area.height));
    for (index, row) in rows.iter().enumerate() {
        let place = fit::row(area, index + 2);
        let role = context.change_role(&row.change);
        let mut style = paint.style(if role == Role::Same { Role::Dim } else { Role::Text });
        if cursor.top + index == cursor.at {
            style = paint.selected_row(buffer, place, paint.style(Role::Text));
        }
        draw_row(&grid, row, role, place, style, buffer);
    }
}

fn draw_row(grid: &Grid<SiteColumn>, row: &SiteRow, role: Role, area: Rect, style: Style, buffer: &mut Buffer) {
    for (column, cell) in grid.cells(area) {
        match column {
            SiteColumn::Rank => grid.paint.text_right(buffer, cell, &row.rank, style),
            SiteColumn::Delta => grid.paint.text_right(buffer, cell, &row.delta, style),
            SiteColumn::Share => grid.paint.text_right(buffer, cell, &row.share, style),
            SiteColumn::Sign => {
                let sign = format!(" {} ", words::letter(&row.change));
                grid.paint.text(buffer, cell, &sign, grid.paint.style(role))
            }
            SiteColumn::Path => grid.paint.text_cut(buffer, cell, &row.path, style),
        };
    }
}
