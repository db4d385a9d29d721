//! List of the fewest call sites that together explain most of the growth, the largest first.

pub mod draw;

use crate::analysis::{Answer, Change, Changes, Site};
use crate::base::ids::NodeId;
use crate::base::units;
use crate::base::width::width;
use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::context::ViewContext;
use crate::view::nav::{ListCursor, Move, MoveRows};

actions! {
    /// Actions of the list beside its moves.
    Action {
        /// Selects the call site in the icicle.
        Go = "show-place",
        Close = "close-list",
    }
}

/// Key rows of the moves.
pub const MOVES: MoveRows = MoveRows::list("site above", "site below", "", "", "move").with_ends(
    row(&["g", "Home"], Move::Top, "first site").named("first-place"),
    row(&["G", "End"], Move::Bottom, "last site").named("last-place"),
);

/// Key rows of the list.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Enter"], Action::Go, "show it in the icicle", "show"),
    footer_row(&["Esc", "e"], Action::Close, "close the list", "close").closing(),
];

/// State of the list.
#[derive(Clone, Debug, Default)]
pub struct ExplainsState {
    cursor: ListCursor,
}

/// Row of a call site.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteRow {
    /// Rank by growth, from 1.
    pub rank: String,
    pub delta: String,
    /// Share of the growth of this and all higher ranks.
    pub share: String,
    /// Call path, the callee first.
    pub path: String,
    pub change: Change,
}

impl ExplainsState {
    /// Cursor on the selected row.
    pub fn cursor(&self) -> ListCursor {
        self.cursor
    }

    /// Node of the selected call site.
    pub fn node(&self, answer: &Answer) -> Option<NodeId> {
        Some(changes(answer)?.sites.get(self.cursor.at)?.node)
    }

    /// Moves to another row; `height` is that of the popup.
    pub fn move_by(&mut self, answer: &Answer, step: Move, height: usize) {
        self.cursor.rows = visible_rows(height);
        self.cursor.move_by(step, changes(answer).map_or(0, |changes| changes.sites.len()));
    }
}

/// Changes of an answer; `None` without a comparison.
pub fn changes(answer: &Answer) -> Option<&Changes> {
    answer.base.as_ref().map(|base| &*base.changes)
}

/// Number of call sites visible in a popup of `height` rows, of which two are the headline and the headings.
fn visible_rows(height: usize) -> usize {
    height.saturating_sub(2)
}

/// Headline: how many call sites explain how much of the growth.
pub fn headline(context: &ViewContext) -> String {
    let Some(changes) = changes(context.answer) else { return String::new() };
    let grew = context.unit().signed_long(changes.grew);
    let places = match changes.sites.len() {
        1 => "1 site explains".to_owned(),
        count => format!("{} sites explain", units::commas_u64(count as u64)),
    };
    let sum = changes.sites.iter().fold(0_i64, |sum, site| sum.saturating_add(site.delta));
    format!("{places} {} of the growth of {grew}", units::percent(sum, changes.grew))
}

/// Visible rows of a popup of `height` rows, each with `cells` for its path.
pub fn rows(state: &ExplainsState, context: &ViewContext, cells: usize, height: usize) -> Vec<SiteRow> {
    let (Some(changes), Some(pair)) = (changes(context.answer), context.answer.pair()) else { return Vec::new() };
    let top = state.cursor.top;
    let mut sum: i64 = changes.sites[..top.min(changes.sites.len())].iter().map(|site| site.delta).sum();
    let sites = changes.sites.iter().enumerate().skip(top).take(visible_rows(height));
    let row = |(index, site): (usize, &Site)| {
        sum = sum.saturating_add(site.delta);
        SiteRow {
            rank: units::commas_u64(index as u64 + 1),
            delta: context.unit().signed_short(site.delta),
            share: units::percent(sum, changes.grew),
            path: path(context, site.node, cells),
            change: pair.own(site.node),
        }
    };
    sites.map(row).collect()
}

/// Call path, the callee first, with as many callers as fit `cells`.
fn path(context: &ViewContext, node: NodeId, cells: usize) -> String {
    let tree = &context.answer.tree;
    let mut path = context.label(tree.frame(node), cells).into_owned();
    let callers = std::iter::successors(tree.parent(node), |node| tree.parent(*node));
    for caller in callers.filter(|caller| tree.parent(*caller).is_some()) {
        let name = context.label(tree.frame(caller), CALLER);
        if width(&path) + ARROW.chars().count() + width(&name) > cells {
            break;
        }
        path.push_str(ARROW);
        path.push_str(&name);
    }
    path
}

/// Arrow between a callee and its caller.
const ARROW: &str = " ‹ ";
/// Most cells of a caller's name.
const CALLER: usize = 34;
