//! Hit-testing: maps a cell to the target drawn there, from the same areas as drawing.

use crate::base::width::width;
use crate::config::settings::Glyphs;
use crate::layout::panes::{ActiveView, Area, is_too_small};
use crate::view::filters;
use crate::view::frame::Screen;
use crate::view::frame::chrome::{self, TabLabel};
use crate::view::pointer::HitTarget;

/// Returns the target at a cell.
pub fn hit_test(screen: &Screen, column: u16, row: u16) -> HitTarget {
    let panes = &screen.views.panes;
    // A screen in words, for screen readers, has no targets.
    if is_too_small(screen.size.0, screen.size.1) || screen.settings.glyphs == Glyphs::Plain {
        return HitTarget::Nothing;
    }
    let inside = |area: Area| {
        let (x, y) = (column.checked_sub(area.x)?, row.checked_sub(area.y)?);
        (x < area.width && y < area.height).then_some((usize::from(x), usize::from(y)))
    };
    if let Some((x, _)) = inside(panes.footer) {
        return key(screen, x);
    }
    if screen.views.stack.top().is_some() {
        return if inside(panes.middle()).is_some() { HitTarget::Layer } else { HitTarget::Nothing };
    }
    if let Some((x, 0)) = inside(panes.header) {
        return tab(screen, x);
    }
    if let Some((x, _)) = inside(panes.chips) {
        return chip(screen, x);
    }
    if screen.views.front != ActiveView::Icicle {
        return inside(panes.front).map_or(HitTarget::Nothing, |(column, row)| HitTarget::Front { column, row });
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
fn tab(screen: &Screen, x: usize) -> HitTarget {
    let cells = usize::from(screen.views.panes.header.width);
    let tabs = chrome::tabs_shown(screen, cells);
    let mut at = cells.saturating_sub(1 + width(&chrome::tab_line(&tabs)));
    for TabLabel { text, tab } in tabs {
        if (at..at + width(&text)).contains(&x) {
            return tab.map_or(HitTarget::Nothing, HitTarget::Tab);
        }
        at += width(&text) + 1;
    }
    HitTarget::Nothing
}

/// Key of the footer at a column; hints start one cell in.
fn key(screen: &Screen, x: usize) -> HitTarget {
    let cells = usize::from(screen.views.panes.footer.width).saturating_sub(1);
    let hints = chrome::hints_shown(screen, screen.settings.glyphs, cells);
    let found = x.checked_sub(1).and_then(|x| hints.iter().find_map(|hint| hint.key_at(x)));
    found.map_or(HitTarget::Nothing, HitTarget::Key)
}

/// Chip at a column.
fn chip(screen: &Screen, x: usize) -> HitTarget {
    let cells = usize::from(screen.views.panes.chips.width);
    let shown = filters::draw::places(screen.wanted, &screen.document.answer, screen.views.chips.focused(), cells);
    let found = shown.into_iter().find(|(_, cells)| cells.contains(&x));
    found.map_or(HitTarget::Nothing, |(at, _)| HitTarget::Chip(at))
}
