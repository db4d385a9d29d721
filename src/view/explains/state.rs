//! The state of the list: the selected place and how far it is scrolled; and what its rows say.

use crate::analysis::{Answer, Change, Changes};
use crate::base::ids::NodeId;
use crate::base::units;
use crate::base::width::width;
use crate::layout::viewport;
use crate::view::context::ViewContext;
use crate::view::explains::Action;

/// The state of the list.
#[derive(Clone, Debug, Default)]
pub struct ExplainsState {
    row: usize,
    top: usize,
}

/// A place, as its row says it.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteRow {
    /// Which one it is, from 1.
    pub rank: String,
    /// By how much it grew.
    pub delta: String,
    /// The share of the growth that it has with all those above it.
    pub share: String,
    /// The call path, the callee first, as far as there is room.
    pub path: String,
    /// What became of it.
    pub change: Change,
}

impl ExplainsState {
    /// The selected row.
    pub fn row(&self) -> usize {
        self.row
    }

    /// The first row that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The selected place.
    pub fn node(&self, answer: &Answer) -> Option<NodeId> {
        Some(changes(answer)?.sites.get(self.row)?.node)
    }

    /// Does what a key asks, where so many of the places show at a time.
    pub fn act(&mut self, action: Action, places: usize, rows: usize) {
        let last = places.saturating_sub(1);
        let page = rows.saturating_sub(1).max(1);
        let row = match action {
            Action::Up => self.row.saturating_sub(1),
            Action::Down => self.row + 1,
            Action::Top => 0,
            Action::Bottom => last,
            Action::PageUp => self.row.saturating_sub(page),
            Action::PageDown => self.row + page,
            Action::Go | Action::Close => self.row,
        };
        self.row = row.min(last);
        self.top = viewport::follow(self.top, rows, places, self.row);
    }
}

/// The changes of an answer that compares.
pub fn changes(answer: &Answer) -> Option<&Changes> {
    answer.base.as_ref().map(|base| &*base.changes)
}

/// How many rows of places show in `height` rows: the first is the headline, the second names the columns.
pub fn rows(height: usize) -> usize {
    height.saturating_sub(2)
}

/// How many places explain how much of what.
pub fn headline(look: &ViewContext) -> String {
    let Some(changes) = changes(look.answer) else { return String::new() };
    let grew = look.unit().signed_long(changes.grew);
    let places = match changes.sites.len() {
        1 => "1 site explains".to_owned(),
        count => format!("{} sites explain", units::commas_u64(count as u64)),
    };
    format!("{places} {}% of the growth of {grew}", look.answer.query.explain)
}

/// The rows that show, in `cells` each.
pub fn shown(state: &ExplainsState, look: &ViewContext, (cells, rows): (usize, usize)) -> Vec<SiteRow> {
    let (Some(changes), Some(pair)) = (changes(look.answer), look.answer.pair()) else { return Vec::new() };
    let before: i64 = changes.sites[..state.top.min(changes.sites.len())].iter().map(|site| site.delta).sum();
    let mut sum = before;
    let sites = changes.sites.iter().enumerate().skip(state.top).take(rows);
    let row = |(index, site): (usize, &crate::analysis::Site)| {
        sum = sum.saturating_add(site.delta);
        SiteRow {
            rank: units::commas_u64(index as u64 + 1),
            delta: look.unit().signed_short(site.delta),
            share: units::percent(sum, changes.grew),
            path: path(look, site.node, cells),
            change: pair.own(site.node),
        }
    };
    sites.map(row).collect()
}

/// The callee and its callers, as many as fit in `cells`.
fn path(look: &ViewContext, node: NodeId, cells: usize) -> String {
    let tree = &look.answer.tree;
    let mut path = look.label(tree.frame(node), cells).into_owned();
    let callers = std::iter::successors(tree.parent(node), |node| tree.parent(*node));
    for caller in callers.filter(|caller| tree.parent(*caller).is_some()) {
        let name = look.label(tree.frame(caller), CALLER);
        if width(&path) + ARROW.chars().count() + width(&name) > cells {
            break;
        }
        path.push_str(ARROW);
        path.push_str(&name);
    }
    path
}

/// Between a callee and its caller.
const ARROW: &str = " ‹ ";
/// Cells that a caller's name gets at most.
const CALLER: usize = 34;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_in_the_list() {
        let mut state = ExplainsState::default();
        state.act(Action::Up, 10, 4);
        assert_eq!((state.row(), state.top()), (0, 0));
        state.act(Action::PageDown, 10, 4);
        state.act(Action::Down, 10, 4);
        assert_eq!((state.row(), state.top()), (4, 1));
        state.act(Action::Bottom, 10, 4);
        assert_eq!((state.row(), state.top()), (9, 6));
        state.act(Action::Down, 3, 4);
        assert_eq!((state.row(), state.top()), (2, 0), "the list may become shorter");
        state.act(Action::Down, 0, 0);
        assert_eq!(state.row(), 0);
    }
}
