//! The whole screen, from the state alone.
//!
//! ```text
//!  heap.pb.gz  in-use space  413 MiB   2,184 functions, 9,310 stacks      [Icicle] Table
//!  all › conn.serve › … › Handler.List › Cache.Put                  zoom 52.0% of all
//! ▏all                                          413M ║   Self▼     %   Total  Function
//! ▏http.(*conn).serve                331M ▏Pool.run  ║   66.0M 16.0%   66.0M  growslice
//! ───────────────────────────────────────────────────────── 9 of 9 levels ────
//!  github.com/acme/api/store.(*Cache[...]).Put                 store/cache.go:142
//!  total 131 MiB 31.7%  self 0 B 0%  of parent 61%  5 places
//!  ←→↑↓ move  Enter zoom  / find  t type  Tab pane  q quit  ? help
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::derive::Side;
use crate::layout::panes::{ActiveView, Area, MIN_SCREEN, Pane, is_too_small};
use crate::paint::{Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::frame::Screen;
use crate::view::frame::{chrome, compared, status, strip};
use crate::view::icicle::state::IcicleState;
use crate::view::overlay::Layer;
use crate::view::sides::{ComparisonView, Sides};
use crate::view::views::Views;
use crate::view::{
    details, explains, filters, health, help, icicle, instances, labels, memory, page, palette, prompt, sandwich,
    source, table, timeline, trend,
};

/// Draws the whole screen.
pub fn draw(screen: &Screen, paint: &Paint, buffer: &mut Buffer) {
    let whole = buffer.area;
    paint.wash(buffer, whole, paint.style(Role::Text));
    if is_too_small(whole.width, whole.height) {
        let text = format!("[ {}x{}: need {}x{} ]", whole.width, whole.height, MIN_SCREEN.0, MIN_SCREEN.1);
        paint.text(buffer, fit::row(whole, 0), &text, paint.style(Role::Text));
        return;
    }
    let panes = &screen.views.panes;
    chrome::header(screen, paint, rect(panes.header), buffer);
    strip::draw(screen, paint, rect(panes.strip), buffer);
    if panes.chips.height > 0 {
        let focused = screen.views.chips.focused();
        filters::draw::chips(screen.wanted, &screen.document.answer, focused, paint, rect(panes.chips), buffer);
    }
    timeline::draw::draw(&screen.views.timeline, paint, rect(panes.timeline), buffer);
    front(screen, paint, buffer);
    status::draw(screen, paint, rect(panes.status), buffer);
    chrome::footer(screen, paint, rect(panes.footer), buffer);
    overlays(screen, paint, buffer);
}

/// Draws the view in front.
pub(super) fn front(screen: &Screen, paint: &Paint, buffer: &mut Buffer) {
    let Views { front, panes: areas, trend, source, labels, instances, sandwich, details, .. } = screen.views;
    let context = &screen.context();
    let [head, middle, foot] = [areas.crumbs, areas.front, areas.details].map(rect);
    match front {
        ActiveView::Icicle => {
            chrome::crumbs(screen, paint, head, buffer);
            panes(screen, paint, buffer);
            details::draw::draw(details, context, paint, foot, buffer);
        }
        ActiveView::Trend => {
            trend::draw::head(trend, context, paint, head, buffer);
            trend::draw::draw(trend, context, paint, middle, buffer);
            trend::draw::foot(trend, context, paint, foot, buffer);
        }
        ActiveView::Source => {
            source::draw::head(source, context, paint, head, buffer);
            source::draw::draw(source, context, paint, middle, buffer);
            source::draw::foot(source, context, paint, foot, buffer);
        }
        ActiveView::Labels => {
            labels::draw::head(labels, context, paint, head, buffer);
            labels::draw::draw(labels, context, paint, middle, buffer);
            details::draw::draw(details, context, paint, foot, buffer);
        }
        ActiveView::Instances => {
            instances::draw::head(instances, context, paint, head, buffer);
            instances::draw::draw(instances, context, paint, middle, buffer);
            instances::draw::foot(instances, context, paint, foot, buffer);
        }
        ActiveView::Sandwich => {
            sandwich::draw::head(sandwich, context, paint, head, buffer);
            sandwich::draw::draw(sandwich, context, paint, middle, buffer);
            let half = sandwich.focused().map(|half| sandwich::draw::context_of(half, context));
            details::draw::draw(details, half.as_ref().unwrap_or(context), paint, foot, buffer);
        }
    }
}

/// Draws popups and prompts, lowest first.
pub(super) fn overlays(screen: &Screen, paint: &Paint, buffer: &mut Buffer) {
    let Views { panes, stack, details, health, memory, .. } = screen.views;
    let (middle, status) = (rect(panes.middle()), rect(panes.status));
    for layer in stack.iter() {
        match layer {
            Layer::Page(page) => page::draw::draw(page, paint, middle, buffer),
            Layer::Palette(state) => palette::draw::draw(state, paint, status, middle, buffer),
            Layer::Help(help) => help::draw::draw(help, paint, middle, buffer),
            Layer::Details => details::draw::draw_popup(details, &screen.context(), paint, middle, buffer),
            Layer::Explains(explains) => explains::draw::draw(explains, &screen.context(), paint, middle, buffer),
            Layer::Health => health::draw::draw(health, paint, middle, buffer),
            Layer::Memory => memory::draw::draw(memory, paint, middle, buffer),
            Layer::Filter(state) => filters::draw::filter_prompt(state, paint, status, middle, buffer),
            Layer::Find(_) => {}
        }
    }
}

fn panes(screen: &Screen, paint: &Paint, buffer: &mut Buffer) {
    if screen.views.sides.are_both() {
        return sides(screen, paint, buffer);
    }
    let whole = screen.context();
    let context = screen.context_of(screen.views.sides.seen(&screen.document.answer));
    let sides = &screen.views.sides;
    let alone = (sides.front == ComparisonView::Alone).then_some((sides.focused, sides));
    icicle(&screen.views.icicle, &context, alone, paint, rect(screen.views.panes.icicle), buffer);
    if screen.views.panes.table.height > 0 {
        table::draw::draw(&screen.views.table, &whole, paint, rect(screen.views.panes.table), buffer);
    }
    divider(screen, paint, buffer);
}

/// Draws both windows, each below a row with its name and focus.
fn sides(screen: &Screen, paint: &Paint, buffer: &mut Buffer) {
    for which in [Side::A, Side::B] {
        let area = rect(screen.views.panes.sides[which as usize]);
        let Some(answer) = screen.views.sides.answer(which).filter(|_| area.height > 0) else { continue };
        let context = screen.context_of(answer);
        let is_focused = which == screen.views.sides.focused;
        compared::side(screen, &context, which, paint, fit::row(area, 0), buffer);
        let state = if is_focused { &screen.views.icicle } else { &screen.views.sides.other };
        let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
        icicle(state, &context, Some((which, &screen.views.sides)), paint, below, buffer);
    }
    divider(screen, paint, buffer);
}

/// Draws an icicle, or a message in place of an empty one. `side` is the window of the icicle, if it shows one of two.
fn icicle(
    state: &IcicleState,
    context: &ViewContext,
    side: Option<(Side, &Sides)>,
    paint: &Paint,
    area: Rect,
    buffer: &mut Buffer,
) {
    let absent = side.filter(|(which, sides)| sides.weight(*which, context.navigation.zoom()) <= 0.0);
    match absent {
        _ if context.is_empty() => icicle::draw::draw_empty(context, paint, area, buffer),
        Some((which, _)) => icicle::draw::draw_absent(context, which, paint, area, buffer),
        None => icicle::draw::draw(state, context, paint, area, buffer),
    }
}

fn divider(screen: &Screen, paint: &Paint, buffer: &mut Buffer) {
    let divider = rect(screen.views.panes.divider);
    for row in 0..usize::from(divider.height) {
        paint.text(buffer, fit::row(divider, row), paint.glyphs().vertical, paint.style(Role::Rule));
    }
}

/// Position of the terminal cursor: in the prompt, else on the selected row, for screen magnifiers and readers.
pub fn cursor(screen: &Screen) -> Option<(u16, u16)> {
    let (width, height) = screen.size;
    if is_too_small(width, height) {
        return None;
    }
    match screen.views.stack.top() {
        Some(Layer::Find(state)) => {
            Some((prompt_column(state, screen.views.panes.status), screen.views.panes.status.y))
        }
        Some(Layer::Filter(state)) => {
            Some((prompt_column(&state.prompt, screen.views.panes.status), screen.views.panes.status.y))
        }
        Some(Layer::Palette(state)) => {
            Some((prompt_column(&state.prompt, screen.views.panes.status), screen.views.panes.status.y))
        }
        Some(_) => None,
        None => selected(screen),
    }
}

fn prompt_column(state: &prompt::state::PromptState, area: Area) -> u16 {
    let cells = prompt::state::cells_before(state);
    area.x + u16::try_from(cells).unwrap_or(u16::MAX).min(area.width.saturating_sub(1))
}

/// Cell of the selection.
pub(super) fn selected(screen: &Screen) -> Option<(u16, u16)> {
    let (area, spot) = match screen.views.pane {
        _ if screen.views.front == ActiveView::Trend => (screen.views.panes.front, screen.views.trend.cursor_cell()),
        _ if screen.views.front == ActiveView::Sandwich => {
            (screen.views.panes.front, screen.views.sandwich.cursor_cell())
        }
        _ if screen.views.front == ActiveView::Source => (screen.views.panes.front, screen.views.source.cursor_cell()),
        _ if screen.views.front == ActiveView::Labels => (screen.views.panes.front, screen.views.labels.cursor_cell()),
        _ if screen.views.front == ActiveView::Instances => {
            (screen.views.panes.front, screen.views.instances.cursor_cell())
        }
        Pane::Icicle => (screen.views.panes.icicle, screen.views.icicle.cursor_cell()),
        Pane::Table => (screen.views.panes.table, screen.views.table.cursor_cell()),
    };
    let (x, y) = spot?;
    let (x, y) = (u16::try_from(x).ok()?, u16::try_from(y).ok()?);
    (x < area.width && y < area.height).then_some((area.x + x, area.y + y))
}

/// Converts an area to a rectangle.
pub fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}
