//! Draws the list of the places that explain the growth.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::explains::state::{ExplainsState, SiteRow, headline, rows, shown};
use crate::view::words;

/// Where each column begins: the mark, the rank, the growth, the share, the sign, the path.
const RANK: usize = 2;
const DELTA: usize = 7;
const SHARE: usize = 15;
const SIGN: usize = 23;
const PATH: usize = 27;

/// Draws the list over `area`.
pub fn draw(state: &ExplainsState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    paint.wash(buffer, area, paint.style(Role::Popup));
    paint.rule(buffer, fit::row(area, 0), "", paint.style(Role::Rule));
    let headline = format!(" {} ", headline(look));
    paint.text_cut(buffer, fit::from(fit::row(area, 0), 1), &headline, paint.style(Role::Title));
    let head = fit::row(area, 1);
    let style = paint.style(Role::Header);
    paint.text_right(buffer, fit::part(head, RANK, DELTA - RANK - 1), "#", style);
    paint.text_right(
        buffer,
        fit::part(head, DELTA, SHARE - DELTA - 1),
        if paint.is_ascii() { "dSelf" } else { "ΔSelf" },
        style,
    );
    paint.text_right(buffer, fit::part(head, SHARE, SIGN - SHARE - 2), "sum%", style);
    paint.text_cut(buffer, fit::from(head, PATH), "Call path, callee first", style);
    let room = (usize::from(area.width).saturating_sub(PATH + 1), rows(usize::from(area.height)));
    for (index, row) in shown(state, look, room).iter().enumerate() {
        draw_row(row, (look, paint), (fit::row(area, index + 2), state.top() + index == state.row()), buffer);
    }
}

fn draw_row(
    row: &SiteRow,
    (look, paint): (&ViewContext, &Paint),
    (place, is_selected): (Rect, bool),
    buffer: &mut Buffer,
) {
    let role = look.role(&row.change);
    let mut style = paint.style(if role == Role::Same { Role::Dim } else { Role::Text });
    if is_selected {
        style = paint.mark(paint.style(Role::Text), Highlight::Selected);
        paint.wash(buffer, place, style);
        paint.text(buffer, place, paint.glyphs().cursor, style);
    }
    paint.text_right(buffer, fit::part(place, RANK, DELTA - RANK - 1), &row.rank, style);
    paint.text_right(buffer, fit::part(place, DELTA, SHARE - DELTA - 1), &row.delta, style);
    paint.text_right(buffer, fit::part(place, SHARE, SIGN - SHARE - 2), &row.share, style);
    let sign = format!(" {} ", words::letter(&row.change));
    paint.text(buffer, fit::part(place, SIGN, 3), &sign, paint.style(role));
    paint.text_cut(buffer, fit::from(place, PATH), &row.path, style);
}
