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
use crate::app::App;
use crate::app::stack::Layer;
use crate::layout::panes::{ActiveView, Area, LEAST, Pane, is_too_small};
use crate::paint::{Paint, Role, fit};
use crate::ui::{chrome, compared, status, strip};
use crate::view::{
    details, explains, filters, health, help, icicle, labels, page, palette, prompt, sandwich, source, table, timeline,
    trend,
};

/// Draws the whole screen.
pub fn draw(app: &App, paint: &Paint, buffer: &mut Buffer) {
    let screen = buffer.area;
    paint.wash(buffer, screen, paint.style(Role::Text));
    if is_too_small(screen.width, screen.height) {
        let text = format!("[ {}x{}: need {}x{} ]", screen.width, screen.height, LEAST.0, LEAST.1);
        paint.text(buffer, fit::row(screen, 0), &text, paint.style(Role::Text));
        return;
    }
    chrome::header(app, paint, rect(app.panes.header), buffer);
    strip::draw(app, paint, rect(app.panes.strip), buffer);
    if app.panes.chips.height > 0 {
        let (query, row) = (app.jobs.wanted(), rect(app.panes.chips));
        filters::draw::chips(query, &app.answer, app.chips.focused(), paint, row, buffer);
    }
    timeline::draw::draw(&app.timeline, paint, rect(app.panes.timeline), buffer);
    match app.front {
        ActiveView::Icicle => {
            chrome::crumbs(app, paint, rect(app.panes.crumbs), buffer);
            panes(app, paint, buffer);
            details::draw::draw(&app.details, &app.context(), paint, rect(app.panes.details), buffer);
        }
        ActiveView::Trend => {
            trend::draw::head(&app.trend, &app.context(), paint, rect(app.panes.crumbs), buffer);
            trend::draw::draw(&app.trend, &app.context(), paint, rect(app.panes.front), buffer);
            trend::draw::foot(&app.trend, &app.context(), paint, rect(app.panes.details), buffer);
        }
        ActiveView::Source => {
            source::draw::head(&app.source, &app.context(), paint, rect(app.panes.crumbs), buffer);
            source::draw::draw(&app.source, &app.context(), paint, rect(app.panes.front), buffer);
            source::draw::foot(&app.source, &app.context(), paint, rect(app.panes.details), buffer);
        }
        ActiveView::Labels => {
            labels::draw::head(&app.labels, &app.context(), paint, rect(app.panes.crumbs), buffer);
            labels::draw::draw(&app.labels, &app.context(), paint, rect(app.panes.front), buffer);
            details::draw::draw(&app.details, &app.context(), paint, rect(app.panes.details), buffer);
        }
        ActiveView::Sandwich => {
            sandwich::draw::head(&app.sandwich, &app.context(), paint, rect(app.panes.crumbs), buffer);
            sandwich::draw::draw(&app.sandwich, &app.context(), paint, rect(app.panes.front), buffer);
            details::draw::draw(&app.details, &app.context(), paint, rect(app.panes.details), buffer);
        }
    }
    status::draw(app, paint, rect(app.panes.status), buffer);
    chrome::footer(app, paint, rect(app.panes.footer), buffer);
    for layer in app.stack.iter() {
        let middle = rect(app.panes.middle());
        match layer {
            Layer::Page(page) => page::draw::draw(page, paint, middle, buffer),
            Layer::Palette(state) => palette::draw::draw(state, paint, rect(app.panes.status), middle, buffer),
            Layer::Help(help) => help::draw::draw(help, paint, middle, buffer),
            Layer::Details => details::draw::draw_popup(&app.details, &app.context(), paint, middle, buffer),
            Layer::Explains(explains) => explains::draw::draw(explains, &app.context(), paint, middle, buffer),
            Layer::Health => health::draw::draw(&app.health, paint, middle, buffer),
            Layer::Find(_) => {}
            Layer::Filter(ask) => {
                filters::draw::ask(ask, paint, rect(app.panes.status), middle, buffer);
            }
        }
    }
}

fn panes(app: &App, paint: &Paint, buffer: &mut Buffer) {
    if app.sides.are_both() {
        return sides(app, paint, buffer);
    }
    let whole = app.context();
    let context = app.context_of(app.sides.seen(&app.answer));
    if context.is_empty() {
        icicle::draw::draw_empty(&context, paint, rect(app.panes.icicle), buffer);
    } else {
        icicle::draw::draw(&app.icicle, &context, paint, rect(app.panes.icicle), buffer);
    }
    if app.panes.table.height > 0 {
        table::draw::draw(&app.table, &whole, paint, rect(app.panes.table), buffer);
    }
    divider(app, paint, buffer);
}

/// Draws both windows, each below a row with its name and focus.
fn sides(app: &App, paint: &Paint, buffer: &mut Buffer) {
    for which in [Side::A, Side::B] {
        let area = rect(app.panes.sides[which as usize]);
        let Some(answer) = app.sides.answer(which).filter(|_| area.height > 0) else { continue };
        let context = app.context_of(answer);
        let is_focused = which == app.sides.focused;
        compared::side(&context, which, app.sides.focused, paint, fit::row(area, 0), buffer);
        let state = if is_focused { &app.icicle } else { &app.sides.other };
        let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
        if context.is_empty() {
            icicle::draw::draw_empty(&context, paint, below, buffer);
        } else {
            icicle::draw::draw(state, &context, paint, below, buffer);
        }
    }
    divider(app, paint, buffer);
}

fn divider(app: &App, paint: &Paint, buffer: &mut Buffer) {
    let divider = rect(app.panes.divider);
    for row in 0..usize::from(divider.height) {
        paint.text(buffer, fit::row(divider, row), paint.glyphs().vertical, paint.style(Role::Rule));
    }
}

/// Position of the terminal cursor: in the prompt, else on the selected row, for screen magnifiers and readers.
pub fn cursor(app: &App) -> Option<(u16, u16)> {
    let (width, height) = app.size;
    if is_too_small(width, height) {
        return None;
    }
    match app.stack.top() {
        Some(Layer::Find(state)) => Some((prompt_column(state, app.panes.status), app.panes.status.y)),
        Some(Layer::Filter(ask)) => Some((prompt_column(&ask.prompt, app.panes.status), app.panes.status.y)),
        Some(Layer::Palette(state)) => Some((prompt_column(&state.prompt, app.panes.status), app.panes.status.y)),
        Some(_) => None,
        None => selected(app),
    }
}

fn prompt_column(state: &prompt::state::PromptState, area: Area) -> u16 {
    let cells = prompt::state::cells_before(state);
    area.x + u16::try_from(cells).unwrap_or(u16::MAX).min(area.width.saturating_sub(1))
}

fn selected(app: &App) -> Option<(u16, u16)> {
    let (area, spot) = match app.pane {
        _ if app.front == ActiveView::Trend => (app.panes.front, app.trend.cursor_cell()),
        _ if app.front == ActiveView::Sandwich => (app.panes.front, app.sandwich.cursor_cell()),
        _ if app.front == ActiveView::Source => (app.panes.front, app.source.cursor_cell()),
        _ if app.front == ActiveView::Labels => (app.panes.front, app.labels.cursor_cell()),
        Pane::Icicle => (app.panes.icicle, app.icicle.cursor_cell()),
        Pane::Table => (app.panes.table, app.table.cursor_cell()),
    };
    let (x, y) = spot?;
    let (x, y) = (u16::try_from(x).ok()?, u16::try_from(y).ok()?);
    (x < area.width && y < area.height).then_some((area.x + x, area.y + y))
}

/// Converts an area to a rectangle.
pub fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}
