//! Facts about the selection, in words.

use crate::analysis::derived::{DerivedValue, Figure};
use crate::analysis::{ColumnPair, Flat, caveats};
use crate::base::ids::{FrameId, NodeId};
use crate::base::names;
use crate::base::safe_text;
use crate::base::units::{self, Unit, two_sigma};
use crate::base::width;
use crate::layout::panes::Pane;
use crate::profile::{Measure, MemoryKind};
use crate::view::context::ViewContext;
use crate::view::details::fact::{Fact, fact};
use crate::view::details::{DetailsState, advice, changes, sizes};
use crate::view::keys::KeyRef;
use crate::view::navigation::Selection;
use crate::view::words;

/// Maximum number of folders before the name of a source file.
const MOST_FOLDERS: usize = 1;
/// Maximum number of callers in the popup.
const MOST_CALLERS: usize = 500;
/// Maximum number of members of a block in the popup.
const MOST_MEMBERS: usize = 500;

/// Selection in one line: name of the node, or number of gathered nodes.
pub fn title(context: &ViewContext, state: &DetailsState) -> String {
    if let Some(block) = state.block() {
        let unit = context.unit();
        return format!("{} more, {}", units::commas_u64(block.count as u64), unit.long(block.total));
    }
    safe_text::display_name(context.name(context.answer.tree.frame(context.navigation.selection().node()))).to_owned()
}

/// Returns true if a single line of details is about the function over all of its places: the table has the focus, whose
/// rows have these figures, and they differ from those of the selected place.
pub fn is_of_all_places(context: &ViewContext, frame: FrameId) -> bool {
    let has_figures = context.answer.flat(context.answer.query.sample_type).is_some();
    let is_part = instances(context, frame) > 1 || context.answer.regrouped.is_some();
    context.pane == Pane::Table && has_figures && is_part
}

/// Total of the selection with its share; in the table, that of the function over all of its places.
pub fn value(context: &ViewContext, state: &DetailsState) -> String {
    let column = &context.answer.column;
    let node = context.navigation.selection().node();
    let frame = context.answer.tree.frame(node);
    let flat = context.answer.flat(context.answer.query.sample_type).filter(|_| is_of_all_places(context, frame));
    let (total, shown) = match (state.block(), flat) {
        (Some(block), _) => (block.total, block.total.into()),
        (None, Some(flat)) => (flat.total(frame), flat.total(frame).into()),
        (None, None) => (column.total(node), column.shown_total(node)),
    };
    format!("{} {}", context.unit().short(shown), units::percent(total, context.share_base()))
}

/// Source position of a function.
pub fn source(context: &ViewContext, frame: FrameId) -> String {
    let frames = context.answer.tree.frames();
    match (frames.file(frame), frames.line(frame)) {
        (Some(file), Some(line)) if !file.is_empty() => format!("{file}:{line}"),
        (Some(file), _) => file.to_owned(),
        (None, _) => String::new(),
    }
}

/// Source position with the last folder of the file only.
pub fn short_source(context: &ViewContext, frame: FrameId) -> String {
    let source = source(context, frame);
    let folders = source.rmatch_indices('/').nth(MOST_FOLDERS);
    folders.map_or_else(|| source.clone(), |(at, _)| source[at + 1..].to_owned())
}

/// Figures of a node in the current sample type, most important first.
pub fn here(context: &ViewContext, node: NodeId) -> Vec<String> {
    let column = &context.answer.column;
    let (total, own) = (column.total(node), column.own(node));
    let mut words = figures(&context.unit(), total, own, context.share_base()).to_vec();
    if column.wraps() {
        words[0] = format!("total {:>8}", context.unit().long(column.shown_total(node)));
    }
    if context.answer.regrouped.is_some() {
        // The own value of a regrouped node is that of stacks that begin there, not self.
        words.truncate(1);
    }
    if let Some(parent) = context.answer.tree.parent(node) {
        // The caller in a chain has the same total.
        words.push(chain(context, node).unwrap_or_else(|| {
            let share = units::percent(total, column.abs_share_base_of(parent));
            format!("of parent {share:>5}")
        }));
        words.push(places(context, context.answer.tree.frame(node)));
    }
    let zoom = context.navigation.zoom();
    words.extend(uncertainty(context, node));
    if !zoom.is_all() && zoom.members.is_none() && zoom.shows(&context.answer.tree, node) {
        words.push(format!("of zoom {:>5}", units::percent(total, column.abs_share_base_of(zoom.node))));
    }
    words
}

/// Position of a node in the folded chain of its slot, with the key that unfolds chains; `None` without a chain.
fn chain(context: &ViewContext, node: NodeId) -> Option<String> {
    let mut nodes: Vec<NodeId> = context.slot_nodes(node).collect();
    nodes.reverse();
    let rank = nodes.iter().position(|at| *at == node)? + 1;
    let split = context.keys.of(KeyRef::FoldChains);
    (nodes.len() > 1).then(|| format!("{rank} of {} in a chain, {split} splits it", nodes.len()))
}

/// Confidence interval of a node's total, two standard deviations to each side; `None` if unknown.
fn uncertainty(context: &ViewContext, node: NodeId) -> Option<String> {
    let noise = context.answer.noise.as_ref()?;
    let uncertainty = noise.total(&context.answer.tree, node);
    if uncertainty.sigma <= 0.0 {
        return None;
    }
    let within = context.unit().long(two_sigma(uncertainty.sigma));
    let bound = if noise.is_bound { "at most " } else { "" };
    let few = uncertainty.is_few_samples(context.answer.column.total(node));
    Some(format!("{bound}±{within}{}", if few { ", few samples" } else { "" }))
}

/// Derived figures of a function over all its nodes, or the reason why a figure is absent.
fn derived(context: &ViewContext, frame: FrameId) -> Vec<Fact> {
    let Some(derived) = &context.answer.derived else { return Vec::new() };
    let written = |value: DerivedValue| match value {
        DerivedValue::Amount(amount) => context.unit().long(amount),
        DerivedValue::Share(share) => units::share(share),
        DerivedValue::Time(nanos) => Unit::Nanoseconds.long(nanos),
    };
    let line = |figure: Figure| {
        let recorded = if figure == Figure::Lifetime { recorded_lifetime(context, frame) } else { None };
        let text = match (recorded, derived.total(figure, frame), derived.own(figure, frame)) {
            (Some(recorded), ..) => recorded,
            (None, Ok(total), Ok(own)) => format!("total {}  self {}", written(total), written(own)),
            (None, Ok(total), Err(_)) => format!("total {}", written(total)),
            (None, Err(absent), _) => format!("– {absent}"),
        };
        fact(figure.word(), text)
    };
    [vec![fact("", String::new())], Figure::ALL.map(line).to_vec()].concat()
}

/// Average lifetime of the blocks of a function where the file has the sum of their lifetimes, as DHAT's; `None` for
/// other files.
fn recorded_lifetime(context: &ViewContext, frame: FrameId) -> Option<String> {
    let types = context.answer.series.sample_types();
    let at = types.iter().position(|sample_type| sample_type.name.raw() == LIFETIME_TYPE)?;
    let blocks = words::find(types, MemoryKind::Allocated, Measure::Objects)?;
    let (sum, blocks) = (context.answer.flat(at)?, context.answer.flat(blocks)?);
    let unit = Unit::of(types[at].unit.raw());
    let average = |sum: i64, blocks: i64| Some(unit.long(sum.checked_div(blocks)?));
    let total = average(sum.total(frame), blocks.total(frame))?;
    Some(match average(sum.own(frame), blocks.own(frame)) {
        Some(own) => format!("total {total}  self {own} on average"),
        None => format!("total {total} on average"),
    })
}

/// Name of the sample type of recorded lifetimes.
const LIFETIME_TYPE: &str = "lifetime";

/// Figures of the selected block, aligned like those of a node.
pub fn block_figures(context: &ViewContext, state: &DetailsState, parent: NodeId) -> Vec<String> {
    if let Some(pair) = context.answer.pair() {
        return changes::together(context, &pair, state.members());
    }
    let total = state.block().map_or(0, |block| block.total);
    let column = &context.answer.column;
    let [of_all, own] = figures(&context.unit(), total, 0, context.share_base());
    vec![
        of_all,
        width::pad_right("each under a cell", width::width(&own)),
        format!("of parent {:>5}", units::percent(total, column.abs_share_base_of(parent))),
        format!("{} zooms in", context.keys.of(KeyRef::ZoomIn)),
    ]
}

/// Total and self with their shares, in fixed columns, so that a move of the selection changes few cells.
fn figures(unit: &Unit, total: i64, own: i64, sum: i64) -> [String; 2] {
    let figure = |word: &str, value: i64| format!("{word} {:>8} {:>5}", unit.long(value), units::percent(value, sum));
    [figure("total", total), figure("self", own)]
}

/// Number of nodes of a function.
pub fn instances(context: &ViewContext, frame: FrameId) -> u32 {
    context.answer.tree.node_count_of(frame)
}

/// Number of call sites of a function, in words.
fn places(context: &ViewContext, frame: FrameId) -> String {
    units::counted(instances(context, frame) as usize, "place")
}

/// Figures of a function over all its nodes, in one sample type.
pub fn everywhere(context: &ViewContext, frame: FrameId, sample_type: usize) -> Vec<String> {
    let types = context.answer.series.sample_types();
    let (Some(chosen), Some(flat)) = (types.get(sample_type), context.answer.flat(sample_type)) else {
        return Vec::new();
    };
    let unit = Unit::of(chosen.unit.raw());
    let (total, own, sum) = (flat.total(frame), flat.own(frame), context.share_base_of(sample_type));
    let mut words = figures(&unit, total, own, sum).to_vec();
    words.extend(objects(context, frame, sample_type));
    words
}

/// Number and average size of the objects of a function.
pub fn objects(context: &ViewContext, frame: FrameId, sample_type: usize) -> Option<String> {
    let count = objects_of(context, sample_type)?.total(frame);
    let unit = Unit::of(context.answer.series.sample_types().get(sample_type)?.unit.raw());
    let total = context.answer.flat(sample_type)?.total(frame);
    let average = (count > 0).then(|| unit.long(total / count))?;
    if count == 1 {
        return Some(format!("{:>5} object of {average}", 1));
    }
    Some(format!("{:>5} objects, avg {average}", units::count(count.unsigned_abs())))
}

/// Flat figures of the sample type that counts the objects of a byte type.
fn objects_of<'a>(context: &ViewContext<'a>, sample_type: usize) -> Option<&'a Flat> {
    let types = context.answer.series.sample_types();
    let this = types.get(sample_type).filter(|this| this.measure() == Measure::Space)?;
    context.answer.flat(words::find(types, this.kind(), Measure::Objects)?)
}

/// All facts, for the popup.
pub fn all(context: &ViewContext, state: &DetailsState) -> Vec<Fact> {
    match context.navigation.selection() {
        Selection::Gathered(parent) => block_facts(context, state, parent),
        Selection::Node(node) => node_facts(context, state, node),
    }
}

fn node_facts(context: &ViewContext, state: &DetailsState, node: NodeId) -> Vec<Fact> {
    let frame = context.answer.tree.frame(node);
    let frames = context.answer.tree.frames();
    let mut facts = vec![fact("function", safe_text::display_name(context.name(frame)).to_owned())];
    let package = names::package_of(context.answer.language, frames.shown(frame));
    let words = [
        ("linked as", frames.mangled(frame).unwrap_or_default().to_owned()),
        ("source", source(context, frame)),
        ("package", package.to_owned()),
        ("mapping", frames.mapping(frame).unwrap_or_default().to_owned()),
    ];
    if frame != FrameId::ROOT && !frames.is_symbolized(frame) {
        let why = "none in the profile: --binary PATH reads it from the program or library";
        facts.push(fact("name", why.to_owned()));
    }
    facts.extend(words.into_iter().filter(|word| !word.1.is_empty()).map(|(about, text)| fact(about, text)));
    if let Some(pair) = context.answer.pair() {
        return compared(context, state, &pair, node, facts);
    }
    let column = &context.answer.column;
    facts.push(fact("", String::new()));
    facts.push(fact("this place", here(context, node).join("  ")));
    let unit = context.unit();
    let total = format!("total {}", unit.exact(column.shown_total(node)));
    // The own value of a regrouped node is that of stacks that begin there, not self.
    let exact = match context.answer.regrouped {
        Some(_) => total,
        None => format!("{total}  self {}", unit.exact(column.own(node))),
    };
    facts.push(fact("exact", exact));
    facts.extend(advice::facts(context, state, frame));
    facts.push(fact("", String::new()));
    facts.push(fact("everywhere", places(context, frame)));
    for (index, sample_type) in context.answer.series.sample_types().iter().enumerate() {
        let name = words::long(context.answer.series.sample_types(), index);
        facts.push(fact(&name, everywhere(context, frame, index).join("  ")));
        if let Some(flat) = context.answer.flat(index) {
            let unit = Unit::of(sample_type.unit.raw());
            let exact = format!("total {}  self {}", unit.exact(flat.total(frame)), unit.exact(flat.own(frame)));
            facts.push(fact("", exact));
        }
    }
    facts.extend(sizes::facts(context, state));
    facts.extend(derived(context, frame));
    facts.push(fact("", String::new()));
    facts.extend(callers(context, node));
    facts
}

/// Changes of a node and its function, with differences between the windows.
fn compared(
    context: &ViewContext,
    state: &DetailsState,
    pair: &ColumnPair,
    node: NodeId,
    mut facts: Vec<Fact>,
) -> Vec<Fact> {
    let frame = context.answer.tree.frame(node);
    facts.push(fact("", String::new()));
    facts.extend(changes::presence(&pair.total(node)).map(|words| fact("this place", words.to_owned())));
    facts.push(fact("total here", changes::here(context, pair, node).join("  ")));
    // The own value of a regrouped node is that of stacks that begin there, not self.
    if context.answer.regrouped.is_none() {
        facts.push(fact("self here", changes::own(context, pair, node).join("  ")));
    }
    facts.extend(advice::facts(context, state, frame));
    facts.push(fact("", String::new()));
    facts.push(fact("everywhere", places(context, frame)));
    for index in 0..context.answer.series.sample_types().len() {
        let name = words::long(context.answer.series.sample_types(), index);
        facts.push(fact(&name, changes::everywhere(context, frame, index).join("  ")));
        facts.extend(changes::exactly(context, frame, index).map(|exact| fact("", exact)));
    }
    let unlike = caveats(context.answer);
    if !unlike.is_empty() {
        facts.push(fact("", String::new()));
    }
    let about = |index| if index == 0 { "the windows" } else { "" };
    facts.extend(
        unlike.iter().enumerate().map(|(index, caveat)| fact(about(index), words::caveat(caveat, context.keys))),
    );
    facts.push(fact("", String::new()));
    facts.extend(callers(context, node));
    facts
}

/// Call path to the root, one frame per line, the selected frame first.
fn callers(context: &ViewContext, node: NodeId) -> Vec<Fact> {
    let tree = &context.answer.tree;
    let path = std::iter::successors(Some(node), |node| tree.parent(*node));
    let title = if context.answer.base.is_some() { "call path in B" } else { "call path" };
    let lines = path.take(MOST_CALLERS).enumerate().map(|(index, node)| {
        let value = context.unit().short(context.answer.column.total(node));
        fact(if index == 0 { title } else { "" }, format!("{value:>6}  {}", context.name(tree.frame(node))))
    });
    let mut lines: Vec<Fact> = lines.collect();
    let more = (tree.depth(node) + 1).saturating_sub(MOST_CALLERS);
    if more > 0 {
        lines.push(fact("", format!("        and {} frames more", units::commas_u64(more as u64))));
    }
    lines
}

fn block_facts(context: &ViewContext, state: &DetailsState, parent: NodeId) -> Vec<Fact> {
    let (tree, column, unit) = (&context.answer.tree, &context.answer.column, context.unit());
    let name = |node: NodeId| safe_text::display_name(context.name(tree.frame(node))).to_owned();
    let below = format!("{}s of", words::below(context.answer.query.order));
    let mut facts = vec![fact("gathered", title(context, state)), fact(&below, name(parent))];
    if let Some(pair) = context.answer.pair() {
        facts.push(fact("together", changes::together(context, &pair, state.members()).join("  ")));
    } else if let Some(block) = state.block() {
        let share = units::percent(block.total, context.share_base());
        facts.push(fact("exact", format!("{}  {share} of all", unit.exact(block.total))));
    }
    facts.push(fact("", String::new()));
    let title = if context.answer.base.is_some() { "members in B" } else { "members" };
    let members = state.members().iter().take(MOST_MEMBERS).enumerate().map(|(index, node)| {
        let value = unit.short(column.total(*node));
        fact(if index == 0 { title } else { "" }, format!("{value:>6}  {}", name(*node)))
    });
    facts.extend(members);
    let more = state.members().len().saturating_sub(MOST_MEMBERS);
    if more > 0 {
        let zoom = context.keys.of(KeyRef::ZoomIn);
        facts.push(fact("", format!("        and {} more; {zoom} zooms to them", units::commas_u64(more as u64))));
    }
    facts
}

/// Cells of a label in the popup.
pub const INDENT: usize = 17;

/// Lines of the popup, wrapped to `cells`.
pub fn lines(context: &ViewContext, state: &DetailsState, cells: usize) -> Vec<Fact> {
    let room = cells.saturating_sub(INDENT + 2).max(1);
    let mut lines = Vec::new();
    for Fact { about, text, mut bar } in all(context, state) {
        let mut rest = &text[..];
        let mut about = about;
        loop {
            let piece = first_line(rest, room);
            lines.push(Fact { about: std::mem::take(&mut about), text: piece.to_owned(), bar: bar.take() });
            rest = &rest[piece.len()..];
            if rest.is_empty() {
                break;
            }
        }
    }
    lines
}

/// First part of a text that fits `room`, cut at a blank if possible.
fn first_line(text: &str, room: usize) -> &str {
    let piece = width::cut(text, room);
    if piece.is_empty() {
        // A character wider than the room would loop forever.
        return text;
    }
    if piece.len() == text.len() {
        return piece;
    }
    // Two blanks separate figures, one blank a figure from its unit.
    let blank = piece.rfind("  ").map(|at| at + 2).or_else(|| piece.rfind(' ').map(|at| at + 1));
    blank.filter(|at| *at > piece.len() / 3).map_or(piece, |at| &piece[..at])
}
