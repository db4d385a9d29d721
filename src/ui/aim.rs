//! What stands at a cell of the screen, for the mouse: the other way round from drawing, with the same places.

use crate::app::mouse::{Pointed, Spot, Tab};
use crate::app::{App, Msg};
use crate::base::width::width;
use crate::layout::panes::{Area, Front, is_too_small};
use crate::ui::chrome;
use crate::view::filters;

/// What a gesture of the mouse means to the program.
pub fn aim(app: &App, pointed: Pointed) -> Msg {
    Msg::Pointed { gesture: pointed.gesture, spot: spot(app, pointed.column, pointed.row) }
}

fn spot(app: &App, column: u16, row: u16) -> Spot {
    let panes = &app.panes;
    if is_too_small(app.size.0, app.size.1) {
        return Spot::Nothing;
    }
    let inside = |area: Area| {
        let (x, y) = (column.checked_sub(area.x)?, row.checked_sub(area.y)?);
        (x < area.width && y < area.height).then_some((usize::from(x), usize::from(y)))
    };
    if let Some((x, _)) = inside(panes.footer) {
        return key(app, x);
    }
    if app.stack.top().is_some() {
        return if inside(panes.middle()).is_some() { Spot::Layer } else { Spot::Nothing };
    }
    if let Some((x, 0)) = inside(panes.header) {
        return tab(app, x);
    }
    if let Some((x, _)) = inside(panes.chips) {
        return chip(app, x);
    }
    if app.front != Front::Icicle {
        return inside(panes.front).map_or(Spot::Nothing, |(_, row)| Spot::Front(row));
    }
    if let Some((column, row)) = inside(panes.icicle) {
        return Spot::Icicle { column, row };
    }
    if let Some((column, row)) = inside(panes.table) {
        return row.checked_sub(1).map_or(Spot::Head(column), Spot::Table);
    }
    let other = panes.sides.iter().any(|side| inside(*side).is_some_and(|(_, row)| row > 0));
    if other { Spot::OtherSide } else { Spot::Nothing }
}

/// The name of the header at a column.
fn tab(app: &App, x: usize) -> Spot {
    let cells = usize::from(app.panes.header.width);
    let tabs = chrome::tabs_shown(app, cells);
    let mut at = cells.saturating_sub(1 + width(&tabs));
    for word in tabs.split(' ') {
        if (at..at + width(word)).contains(&x) {
            return match word.trim_matches(['[', ']']) {
                "Icicle" => Spot::Tab(Tab::Icicle),
                "Table" => Spot::Tab(Tab::Table),
                "Trend" => Spot::Tab(Tab::Trend),
                _ => Spot::Nothing,
            };
        }
        at += width(word) + 1;
    }
    Spot::Nothing
}

/// The key that the footer names at a column; it begins one cell in.
fn key(app: &App, x: usize) -> Spot {
    let cells = usize::from(app.panes.footer.width).saturating_sub(1);
    let hints = chrome::hints_shown(app, app.settings.glyphs, cells);
    let found = x.checked_sub(1).and_then(|x| hints.iter().find_map(|hint| hint.key_at(x)));
    found.map_or(Spot::Nothing, Spot::Key)
}

/// The chip at a column.
fn chip(app: &App, x: usize) -> Spot {
    let told = (app.jobs.wanted(), &app.answer);
    let shown = filters::draw::places(told, app.chips.keyed(), usize::from(app.panes.chips.width));
    let found = shown.into_iter().find(|(_, cells)| cells.contains(&x));
    found.map_or(Spot::Nothing, |(at, _)| Spot::Chip(at))
}
