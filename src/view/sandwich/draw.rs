//! Draws callers and callees: the icicle of the callers upwards, the function in the middle, the icicle of the callees.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::CallTree;
use crate::base::safe_text;
use crate::base::width::width;
use crate::layout::panes::Pane;
use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::icicle;
use crate::view::sandwich::state::{SandwichHalf, SandwichState};

/// Minimum width of the name in the middle beside the long form of its figures, in cells.
const MIN_NAME_WIDTH: usize = 16;

/// View context of one half, in which the selection is always that of an icicle.
pub fn context_of<'a>(half: &'a SandwichHalf, context: &ViewContext<'a>) -> ViewContext<'a> {
    ViewContext { answer: &half.answer, navigation: &half.navigation, pane: Pane::Icicle, ..*context }
}

/// Draws the title over `row`: the function in the middle, and the directions.
pub fn head(state: &SandwichState, context: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let Some(name) = state.middle_name() else { return };
    let row = fit::part(fit::from(row, 1), 0, usize::from(row.width).saturating_sub(2));
    let aside = format!("callers {}  callees {}", paint.glyphs().above, paint.glyphs().below);
    let room = usize::from(row.width).saturating_sub(width(&aside) + 3);
    let frame = context.answer.tree.frames().find(name);
    let name = frame.map_or_else(|| safe_text::safe_str(name), |frame| context.label(frame, room));
    paint.text_cut(buffer, fit::part(row, 0, room), &name, paint.style(Role::Bold));
    if room >= MIN_NAME_WIDTH {
        paint.text_right(buffer, row, &aside, paint.style(Role::Dim));
    }
}

/// Draws both icicles over `area`.
pub fn draw(state: &SandwichState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(halves) = state.halves() else {
        let name = state.middle_name();
        let is_known = name.is_some_and(|name| context.answer.tree.frames().find(name).is_some());
        let line = match name.map(safe_text::safe_str) {
            None => "no function is selected: choose one in the icicle or the table".to_owned(),
            Some(_) if is_known => return,
            Some(name) => format!("{name} is not in this window"),
        };
        paint.text_cut(buffer, fit::from(fit::row(area, 1), 2), &line, paint.style(Role::Text));
        return;
    };
    let above = state.rows_above();
    let below = usize::from(area.height).saturating_sub(above + 1);
    let [callers, callees] = halves;
    let (caller_context, callee_context) = (context_of(callers, context), context_of(callees, context));
    icicle::draw::draw_bands(&callers.icicle, &caller_context, paint, buffer, 1..above + 1, |band| {
        fit::rows(area, (above + 1).saturating_sub(band.row + band.height), band.height)
    });
    icicle::draw::draw_bands(&callees.icicle, &callee_context, paint, buffer, 1..below + 1, |band| {
        fit::rows(area, above + band.row, band.height)
    });
    middle(state, &context_of(callees, context), paint, fit::row(area, above), buffer);
}

/// Draws the function in the middle with its figures.
fn middle(state: &SandwichState, context: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let is_selected = state.is_middle_selected();
    let style = paint.style(Role::Header);
    let style = if is_selected { paint.mark(style, Highlight::Selected) } else { style };
    paint.wash(buffer, row, style);
    let inside = fit::part(fit::from(row, 1), 0, usize::from(row.width).saturating_sub(2));
    let room = |figures: &String| usize::from(inside.width).saturating_sub(width(figures) + 3);
    let [long, short] = state.figures(context);
    let figures = if room(&long) >= MIN_NAME_WIDTH { long } else { short };
    let name = context.label(context.answer.tree.frame(CallTree::ROOT), room(&figures));
    paint.text(buffer, inside, &name, style);
    paint.text_right(buffer, inside, &figures, style);
    if is_selected {
        icicle::draw::brackets(paint, row, style, buffer);
    }
}
