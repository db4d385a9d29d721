//! Hit-testing: maps a cell to the target drawn there, from the same areas as drawing.

use crate::app::mouse::{HitTarget, MouseInput, Tab};
use crate::app::{App, Msg};
use crate::base::width::width;
use crate::layout::panes::{ActiveView, Area, is_too_small};
use crate::ui::chrome;
use crate::view::filters;

/// Message for a gesture of the mouse.
pub fn aim(app: &App, pointed: MouseInput) -> Msg {
    Msg::Pointed { gesture: pointed.gesture, spot: spot(app, pointed.column, pointed.row) }
}

fn spot(app: &App, column: u16, row: u16) -> HitTarget {
    let panes = &app.panes;
    if is_too_small(app.size.0, app.size.1) {
        return HitTarget::Nothing;
    }
    let inside = |area: Area| {
        let (x, y) = (column.checked_sub(area.x)?, row.checked_sub(area.y)?);
        (x < area.width && y < area.height).then_some((usize::from(x), usize::from(y)))
    };
    if let Some((x, _)) = inside(panes.footer) {
        return key(app, x);
    }
    if app.stack.top().is_some() {
        return if inside(panes.middle()).is_some() { HitTarget::Layer } else { HitTarget::Nothing };
    }
    if let Some((x, 0)) = inside(panes.header) {
        return tab(app, x);
    }
    if let Some((x, _)) = inside(panes.chips) {
        return chip(app, x);
    }
    if app.front != ActiveView::Icicle {
        return inside(panes.front).map_or(HitTarget::Nothing, |(_, row)| HitTarget::Front(row));
    }
    if let Some((column, row)) = inside(panes.icicle) {
        return HitTarget::Icicle { column, row };
    }
    if let Some((column, row)) = inside(panes.table) {
        return row.checked_sub(1).map_or(HitTarget::Head(column), HitTarget::Table);
    }
    let other = panes.sides.iter().any(|side| inside(*side).is_some_and(|(_, row)| row > 0));
    if other { HitTarget::OtherSide } else { HitTarget::Nothing }
}

/// Tab of the header at a column.
fn tab(app: &App, x: usize) -> HitTarget {
    let cells = usize::from(app.panes.header.width);
    let tabs = chrome::tabs_shown(app, cells);
    let mut at = cells.saturating_sub(1 + width(&tabs));
    for word in tabs.split(' ') {
        if (at..at + width(word)).contains(&x) {
            return match word.trim_matches(['[', ']']) {
                "Icicle" => HitTarget::Tab(Tab::Icicle),
                "Table" => HitTarget::Tab(Tab::Table),
                "Trend" => HitTarget::Tab(Tab::Trend),
                _ => HitTarget::Nothing,
            };
        }
        at += width(word) + 1;
    }
    HitTarget::Nothing
}

/// Key of the footer at a column; hints start one cell in.
fn key(app: &App, x: usize) -> HitTarget {
    let cells = usize::from(app.panes.footer.width).saturating_sub(1);
    let hints = chrome::hints_shown(app, app.settings.glyphs, cells);
    let found = x.checked_sub(1).and_then(|x| hints.iter().find_map(|hint| hint.key_at(x)));
    found.map_or(HitTarget::Nothing, HitTarget::Key)
}

/// Chip at a column.
fn chip(app: &App, x: usize) -> HitTarget {
    let cells = usize::from(app.panes.chips.width);
    let shown = filters::draw::places(app.jobs.wanted(), &app.answer, app.chips.focused(), cells);
    let found = shown.into_iter().find(|(_, cells)| cells.contains(&x));
    found.map_or(HitTarget::Nothing, |(at, _)| HitTarget::Chip(at))
}
