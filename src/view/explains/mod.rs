//! List of the fewest call sites that explain most of the growth, and of the fewest that explain most of the decrease.
//! The direction of the total's change comes first; in each direction, the largest change comes first.

pub mod draw;

use crate::analysis::{Answer, Change, Explanation, Site};
use crate::base::ids::NodeId;
use crate::base::units;
use crate::base::width::width;
use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::context::ViewContext;
use crate::view::nav::{ListCursor, Move, MoveRows};

actions! {
    /// Actions of the list other than its moves.
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
    /// Rank by change, from 1.
    pub rank: String,
    pub delta: String,
    /// Share of this and all higher ranks in the growth or the decrease.
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
        Some(sites(answer).nth(self.cursor.at)?.0.node)
    }

    /// Moves to another row; `height` is that of the popup.
    pub fn move_by(&mut self, answer: &Answer, step: Move, height: usize) {
        self.cursor.rows = visible_rows(height);
        self.cursor.move_by(step, sites(answer).count());
    }
}

/// Explanation of the change of an answer's total, then of the changes in the other direction; `None` without a
/// comparison.
pub fn explanations(answer: &Answer) -> Option<[Explanation<'_>; 2]> {
    Some(answer.base.as_ref()?.changes.explanations(answer.net_change()))
}

/// Call sites of the list with their explanation.
fn sites(answer: &Answer) -> impl Iterator<Item = (&Site, Explanation<'_>)> {
    let all = explanations(answer).into_iter().flatten();
    all.flat_map(|explanation| explanation.sites.iter().map(move |site| (site, explanation)))
}

/// Number of call sites visible in a popup of `height` rows, of which two are the headline and the headings.
fn visible_rows(height: usize) -> usize {
    height.saturating_sub(2)
}

/// Headline: number of call sites, and the share of the growth or decrease that they explain; in a long and a short
/// form.
pub fn headlines(context: &ViewContext) -> [String; 2] {
    let all = || explanations(context.answer).into_iter().flatten().filter(|all| !all.sites.is_empty());
    let sum = |explanation: &Explanation<'_>| context.unit().long(explanation.sum.saturating_abs());
    let share = |explanation: &Explanation<'_>| units::percent(explanation.explained(), explanation.sum);
    let sites = |explanation: &Explanation<'_>| units::counted(explanation.sites.len(), "site");
    let long = all().map(|all| {
        let explain = if all.sites.len() == 1 { "explains" } else { "explain" };
        format!("{} {explain} {} of the {} of {}", sites(&all), share(&all), all.noun, sum(&all))
    });
    let short = all().map(|all| format!("{} {}: {} {}", all.noun, sum(&all), sites(&all), share(&all)));
    [long.collect::<Vec<_>>().join(", "), short.collect::<Vec<_>>().join(" · ")]
}

/// Visible rows of a popup of `height` rows, each with `cells` for its path.
pub fn rows(state: &ExplainsState, context: &ViewContext, cells: usize, height: usize) -> Vec<SiteRow> {
    let Some(pair) = context.answer.pair() else { return Vec::new() };
    let mut sum: i64 = 0;
    let mut row = |(index, (site, explanation)): (usize, (&Site, Explanation<'_>))| {
        // Shares add up within a direction.
        let begins = explanation.sites.first() == Some(site);
        sum = if begins { site.delta } else { sum.saturating_add(site.delta) };
        let is_shown = (state.cursor.top..state.cursor.top + visible_rows(height)).contains(&index);
        is_shown.then(|| SiteRow {
            rank: units::commas_u64(index as u64 + 1),
            delta: context.unit().signed_short(site.delta),
            share: units::percent(sum, explanation.sum),
            path: path(context, site.node, cells),
            change: pair.own(site.node),
        })
    };
    sites(context.answer).enumerate().filter_map(&mut row).collect()
}

/// Call path, the callee first, with as many callers as fit `cells`; a mark at its end stands for the others.
fn path(context: &ViewContext, node: NodeId, cells: usize) -> String {
    let tree = &context.answer.tree;
    let callers = std::iter::successors(tree.parent(node), |node| tree.parent(*node));
    let mut callers = callers.filter(|caller| tree.parent(*caller).is_some()).peekable();
    let more = format!("{ARROW}…");
    let room = if callers.peek().is_some() { cells.saturating_sub(width(&more)).max(1) } else { cells };
    // A long callee leaves room for its caller, which tells apart sites of one function.
    let mut path = context.label(tree.frame(node), room.min(CALLER.max(cells / 2))).into_owned();
    while let Some(caller) = callers.next() {
        let is_last = callers.peek().is_none();
        let room = |after: usize| cells.saturating_sub(width(&path) + width(ARROW) + after);
        let room = if is_last { room(0) } else { room(width(&more)) };
        let name = context.label(tree.frame(caller), CALLER);
        let is_whole = width(&name) <= room;
        if is_whole || room >= SHORT_CALLER {
            path.push_str(ARROW);
            path.push_str(&if is_whole { name } else { context.label(tree.frame(caller), room) });
        }
        if !is_whole {
            path.push_str(if is_last && room >= SHORT_CALLER { "" } else { &more });
            break;
        }
    }
    path
}

/// Arrow between a callee and its caller.
const ARROW: &str = " ‹ ";
/// Maximum width of a caller's name in cells.
const CALLER: usize = 34;
/// Minimum width of a name that is cut to the cells that are left.
const SHORT_CALLER: usize = 14;
