//! Details in the lines at the bottom of the screen.

use crate::base::ids::NodeId;
use crate::base::safe_text;
use crate::base::width;
use crate::view::context::ViewContext;
use crate::view::details::{DetailsState, advice, changes, facts};
use crate::view::navigation::Selection;
use crate::view::words;

/// Blank cells at each end of a line.
const MARGIN: usize = 2;
/// Cells between label and text.
const SPARE: usize = 2;

/// Details in a few lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    /// Name of the node, or number of gathered nodes.
    pub title: String,
    /// Source position.
    pub aside: String,
    /// Figures, most important first.
    pub lines: Vec<String>,
}

/// Details in `cells` and `rows`.
pub fn brief(context: &ViewContext, state: &DetailsState, cells: usize, rows: usize) -> Brief {
    match context.navigation.selection() {
        Selection::Gathered(parent) => block_brief(context, state, parent, cells, rows),
        Selection::Node(node) => node_brief(context, state, node, cells, rows),
    }
}

fn node_brief(context: &ViewContext, state: &DetailsState, node: NodeId, cells: usize, rows: usize) -> Brief {
    let frame = context.answer.tree.frame(node);
    let title = safe_text::display_name(context.name(frame)).to_owned();
    let types = context.answer.series.sample_types();
    let chosen = context.answer.query.sample_type;
    let label = label(context);
    let named = |name: &str, words: Vec<String>| line(width::pad_right(name, label), words, cells);
    // Advice gets a line only if one is left below title and figures.
    let advice = |lines: &[String]| {
        let room = cells.saturating_sub(label + SPARE + MARGIN);
        let line = || advice::brief(context, state, frame, room).map(|text| named("advice", vec![text]));
        if lines.len() + 1 < rows { line() } else { None }
    };
    if rows <= 2 && facts::is_of_all_places(context, frame) {
        let all_places = match context.answer.pair() {
            Some(_) => changes::everywhere(context, frame, chosen),
            None => facts::everywhere(context, frame, chosen),
        };
        let lines = vec![line("all places".to_owned(), all_places, cells)];
        return Brief { title, aside: aside(context, node), lines };
    }
    if let Some(pair) = context.answer.pair() {
        let mut lines = vec![line(width::pad_right("total", label), changes::here(context, &pair, node), cells)];
        if context.answer.regrouped.is_none() {
            lines.push(line(width::pad_right("self", label), changes::own(context, &pair, node), cells));
        }
        if facts::instances(context, frame) > 1 {
            lines.push(line(width::pad_right("all places", label), changes::everywhere(context, frame, chosen), cells));
        }
        lines.extend(advice(&lines));
        lines.truncate(rows.saturating_sub(1).max(1));
        return Brief { title, aside: aside(context, node), lines };
    }
    let (mut here, several) = (facts::here(context, node), facts::instances(context, frame) > 1);
    // A regrouped node is only a part of the function's nodes.
    let several = several || context.answer.regrouped.is_some();
    if !several {
        here.extend(facts::objects(context, frame, chosen));
    }
    // A single line needs no label.
    let mut lines = vec![if rows > 2 { named("here", here) } else { line(String::new(), here, cells) }];
    let mut others = words::other_types(types, chosen).into_iter();
    let mut other =
        || others.next().map(|index| named(&words::long(types, index), facts::everywhere(context, frame, index)));
    lines.extend(other());
    // With one call site, the function's figures equal those of the node. With several, they keep their line.
    lines.extend(several.then(|| named("all places", facts::everywhere(context, frame, chosen))));
    lines.extend(advice(&lines));
    Brief { title, aside: aside(context, node), lines }
}

/// Cells of the label.
fn label(context: &ViewContext) -> usize {
    let types = context.answer.series.sample_types();
    let label = (0..types.len()).map(|index| width::width(&words::long(types, index))).max().unwrap_or_default();
    label.max(width::width("all places"))
}

/// Joins `first` and as many words as fit.
fn line(first: String, words: Vec<String>, cells: usize) -> String {
    let mut line = first;
    for word in words {
        let gap = if line.is_empty() { "" } else { "  " };
        if width::width(&line) + gap.len() + width::width(&word) + MARGIN > cells {
            break;
        }
        line.push_str(gap);
        line.push_str(&word);
    }
    line
}

/// Source position of a function; for an address without a name, its binary.
fn aside(context: &ViewContext, node: NodeId) -> String {
    let frames = context.answer.tree.frames();
    let frame = context.answer.tree.frame(node);
    if frames.is_symbolized(frame) {
        facts::short_source(context, frame)
    } else {
        frames.mapping(frame).unwrap_or_default().to_owned()
    }
}

/// Details of a gathered block: figures in the same columns as those of a node, members in one line, largest first, so
/// that a move between them changes few cells. The popup lists all members.
fn block_brief(context: &ViewContext, state: &DetailsState, parent: NodeId, cells: usize, rows: usize) -> Brief {
    let cut = MAX_MEMBER_NAME_WIDTH.min(cells / 3);
    let below = words::below(context.answer.query.order);
    let aside = format!("{below}s of {}", context.label(context.answer.tree.frame(parent), cut));
    let member = |node: &NodeId| {
        let name = context.label(context.answer.tree.frame(*node), cut);
        format!("{name} {}", context.unit().short(context.answer.column.total(*node)))
    };
    // A line has no room for more members.
    let members = state.members().iter().take(cells / 4).map(member).collect();
    let label = if rows > 2 { label(context) } else { 0 };
    let named =
        |name: &str, words| line(if rows > 2 { width::pad_right(name, label) } else { String::new() }, words, cells);
    let here = facts::block_figures(context, state, parent);
    Brief { title: facts::title(context, state), aside, lines: vec![named("here", here), named("members", members)] }
}

/// Maximum width of a member's name in cells, as in the breadcrumb.
const MAX_MEMBER_NAME_WIDTH: usize = 28;
