//! The details in the few lines that always show.

use crate::base::ids::NodeId;
use crate::base::safe_text;
use crate::base::width;
use crate::view::context::ViewContext;
use crate::view::details::{DetailsState, advice, changes, facts};
use crate::view::navigation::Selection;
use crate::view::words;

/// Cells that stay blank at the ends of a line.
const MARGIN: usize = 2;
/// Cells between what a line is about and what it says.
const SPARE: usize = 2;

/// The details in a few lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    /// The name of a node, or what is gathered.
    pub title: String,
    /// Where it is written.
    pub aside: String,
    /// The figures, the most telling first.
    pub lines: Vec<String>,
}

/// The details for so many cells and rows.
pub fn brief(context: &ViewContext, state: &DetailsState, (cells, rows): (usize, usize)) -> Brief {
    match context.navigation.selection() {
        Selection::Gathered(parent) => of_block(context, state, parent, (cells, rows)),
        Selection::Node(node) => of_node(context, state, node, (cells, rows)),
    }
}

fn of_node(context: &ViewContext, state: &DetailsState, node: NodeId, (cells, rows): (usize, usize)) -> Brief {
    let frame = context.answer.tree.frame(node);
    let title = safe_text::named(context.name(frame)).to_owned();
    let types = context.answer.series.sample_types();
    let chosen = context.answer.query.sample_type;
    let label = label(context);
    let named = |name: &str, words: Vec<String>| line(width::pad_right(name, label), words, cells);
    // It stands where a line is to spare, under the title and the figures.
    let advice = |lines: &[String]| {
        let room = cells.saturating_sub(label + SPARE + MARGIN);
        let line = || advice::brief(context, state, frame, room).map(|text| named("advice", vec![text]));
        if lines.len() + 1 < rows { line() } else { None }
    };
    if let Some(pair) = context.answer.pair() {
        let mut lines = vec![line(width::pad_right("total", label), changes::here(context, &pair, node), cells)];
        lines.push(line(width::pad_right("self", label), changes::own(context, &pair, node), cells));
        if facts::instances(context, frame) > 1 {
            lines.push(line(width::pad_right("all places", label), changes::everywhere(context, frame, chosen), cells));
        }
        lines.extend(advice(&lines));
        lines.truncate(rows.saturating_sub(1).max(1));
        return Brief { title, aside: aside(context, node), lines };
    }
    let (mut here, several) = (facts::here(context, node), facts::instances(context, frame) > 1);
    if !several {
        here.extend(facts::objects(context, frame, chosen));
    }
    // A line that stands alone needs no name.
    let mut lines = vec![if rows > 2 { named("here", here) } else { line(String::new(), here, cells) }];
    let mut others = words::other_types(types, chosen).into_iter();
    let mut other =
        || others.next().map(|index| named(&words::long(types, index), facts::everywhere(context, frame, index)));
    lines.extend(other());
    // The rows above say the same where there is but one place, and stay where they are where there are more.
    lines.extend(several.then(|| named("all places", facts::everywhere(context, frame, chosen))));
    lines.extend(advice(&lines));
    Brief { title, aside: aside(context, node), lines }
}

/// Cells for what a line is about.
fn label(context: &ViewContext) -> usize {
    let types = context.answer.series.sample_types();
    let label = (0..types.len()).map(|index| width::width(&words::long(types, index))).max().unwrap_or_default();
    label.max(width::width("all places"))
}

/// As many words after `first` as fit.
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

/// Where the function is written, or the binary where it has no name.
fn aside(context: &ViewContext, node: NodeId) -> String {
    let frames = context.answer.tree.frames();
    let frame = context.answer.tree.frame(node);
    if frames.is_symbolized(frame) {
        facts::short_source(context, frame)
    } else {
        frames.mapping(frame).unwrap_or_default().to_owned()
    }
}

/// The figures stand where those of a node do, and the members in one line, the largest first: a move from a node to a
/// block beside it then changes few cells. The popup lists all members.
fn of_block(context: &ViewContext, state: &DetailsState, parent: NodeId, (cells, rows): (usize, usize)) -> Brief {
    let cut = NAME.min(cells / 3);
    let aside = format!("callees of {}", context.label(context.answer.tree.frame(parent), cut));
    let member = |node: &NodeId| {
        let name = context.label(context.answer.tree.frame(*node), cut);
        format!("{name} {}", context.unit().short(context.answer.column.total(*node)))
    };
    // No more members are named than a line could hold.
    let members = state.members().iter().take(cells / 4).map(member).collect();
    let label = if rows > 2 { label(context) } else { 0 };
    let named =
        |name: &str, words| line(if rows > 2 { width::pad_right(name, label) } else { String::new() }, words, cells);
    let here = facts::of_gathered(context, state, parent);
    Brief { title: facts::title(context, state), aside, lines: vec![named("here", here), named("members", members)] }
}

/// Cells of a member's name at most, as among the crumbs.
const NAME: usize = 28;
