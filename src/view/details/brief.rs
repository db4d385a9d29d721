//! The details in the few lines that always show.

use crate::base::clean;
use crate::base::ids::NodeId;
use crate::base::names;
use crate::base::units;
use crate::base::width;
use crate::view::details::facts;
use crate::view::details::state::State;
use crate::view::look::Look;
use crate::view::place::Pick;
use crate::view::words;

/// From this many cells on, the package stands beside the source.
const WIDE: usize = 120;

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

/// The details in `cells` of width.
pub fn brief(look: &Look, state: &State, cells: usize) -> Brief {
    match look.place.pick() {
        Pick::Gathered(parent) => of_block(look, state, (parent, cells)),
        Pick::Node(node) => of_node(look, node, cells),
    }
}

fn of_node(look: &Look, node: NodeId, cells: usize) -> Brief {
    let frame = look.answer.tree.frame(node);
    let title = clean::named(look.name(frame)).to_owned();
    let types = look.answer.series.sample_types();
    let chosen = look.answer.query.sample_type;
    let here = facts::here(look, node);
    // The root is a place of its own: there is nothing to count.
    let first = if node.index() > 0 { format!("{here}  {}", facts::places(look, frame)) } else { here };
    let mut lines = vec![first];
    let label = (0..types.len()).map(|index| width::width(&words::long(types, index))).max().unwrap_or_default();
    let row = |index: usize| {
        let name = width::pad_right(&words::long(types, index), label);
        format!("{name}  {}", facts::everywhere(look, frame, index))
    };
    lines.push(row(chosen));
    lines.extend(words::beside(types, chosen).into_iter().map(row));
    Brief { title, aside: aside(look, node, cells), lines }
}

/// Where the function is written, and its package or binary where there is room.
fn aside(look: &Look, node: NodeId, cells: usize) -> String {
    let frames = look.answer.tree.frames();
    let frame = look.answer.tree.frame(node);
    let source = facts::source(look, frame);
    let origin = if frames.is_symbolized(frame) {
        names::package_of(look.answer.language, frames.shown(frame))
    } else {
        frames.mapping(frame).unwrap_or_default()
    };
    match (source.is_empty(), origin.is_empty() || cells < WIDE) {
        (true, true) => String::new(),
        (false, true) => source,
        (true, false) => origin.to_owned(),
        (false, false) => format!("{source}   {origin}"),
    }
}

fn of_block(look: &Look, state: &State, (parent, cells): (NodeId, usize)) -> Brief {
    let total = state.block().map_or(0, |block| block.total);
    let share = units::percent(total, look.sum());
    let of_parent = units::percent(total, look.answer.column.total(parent));
    let first = format!("{share} of all  {of_parent} of parent  each under a cell; Enter zooms to them");
    let aside = format!("callees of {}", look.label(look.answer.tree.frame(parent), cells / 3));
    let mut lines = vec![first];
    let mut line = String::new();
    for node in state.members() {
        let name = look.label(look.answer.tree.frame(*node), cells / 3);
        let member = format!("{name} {}", look.unit().short(look.answer.column.total(*node)));
        if !line.is_empty() && width::width(&line) + width::width(&member) + 5 > cells {
            lines.push(std::mem::take(&mut line));
            if lines.len() > MOST_LINES {
                break;
            }
        }
        line += if line.is_empty() { "" } else { " · " };
        line += &member;
    }
    lines.push(line);
    Brief { title: facts::title(look, state), aside, lines }
}

/// Lines of members that are worth making.
const MOST_LINES: usize = 4;
