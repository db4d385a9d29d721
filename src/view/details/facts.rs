//! What there is to say of the selection, in words.

use crate::analysis::derived::{DerivedValue, Figure};
use crate::analysis::{ColumnPair, Flat, caveats};
use crate::base::clean;
use crate::base::ids::{FrameId, NodeId};
use crate::base::names;
use crate::base::units::{self, Unit};
use crate::base::width;
use crate::profile::Measure;
use crate::view::context::ViewContext;
use crate::view::details::state::DetailsState;
use crate::view::details::{advice, changes, sizes};
use crate::view::keys::Mention;
use crate::view::navigation::Selection;
use crate::view::table::state::flat;
use crate::view::words;

/// One thing to say: what it is about, and what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What it is about; empty where it goes on from the line before.
    pub about: String,
    /// What it is.
    pub text: String,
    /// A share that is drawn beside it.
    pub bar: Option<f64>,
}

impl Fact {
    /// A line with nothing in it.
    pub fn gap() -> Self {
        fact("", String::new())
    }
}

/// A fact.
pub fn fact(about: &str, text: String) -> Fact {
    Fact { about: about.to_owned(), text, bar: None }
}

/// Folders that stand before the name of a source file.
const MOST_FOLDERS: usize = 1;
/// Callers that are listed in full.
const MOST_CALLERS: usize = 500;
/// Members of a block that are listed in full.
const MOST_MEMBERS: usize = 500;

/// The selection in one line: the name of a node, or what is gathered.
pub fn title(look: &ViewContext, state: &DetailsState) -> String {
    if let Some(block) = state.block() {
        let unit = look.unit();
        return format!("{} more, {}", units::commas_u64(block.count as u64), unit.long(block.total));
    }
    clean::named(look.name(look.answer.tree.frame(look.place.pick().node()))).to_owned()
}

/// What the selection is worth, in one figure and its share.
pub fn value(look: &ViewContext, state: &DetailsState) -> String {
    let of_node = look.answer.column.total(look.place.pick().node());
    let total = state.block().map_or(of_node, |block| block.total);
    format!("{} {}", look.unit().short(total), units::percent(total, look.sum()))
}

/// Where the function is written.
pub fn source(look: &ViewContext, frame: FrameId) -> String {
    let frames = look.answer.tree.frames();
    match (frames.file(frame), frames.line(frame)) {
        (Some(file), Some(line)) if !file.is_empty() => format!("{file}:{line}"),
        (Some(file), _) => file.to_owned(),
        (None, _) => String::new(),
    }
}

/// The same with the last folder of the file alone: where it is written in a glance, in few bytes.
pub fn short_source(look: &ViewContext, frame: FrameId) -> String {
    let source = source(look, frame);
    let folders = source.rmatch_indices('/').nth(MOST_FOLDERS);
    folders.map_or_else(|| source.clone(), |(at, _)| source[at + 1..].to_owned())
}

/// The figures of the selected place in the chosen sample type, the most telling first.
pub fn here(look: &ViewContext, node: NodeId) -> Vec<String> {
    let column = &look.answer.column;
    let (total, own) = (column.total(node), column.own(node));
    let mut words = figures(&look.unit(), (total, own), look.sum()).to_vec();
    if let Some(parent) = look.answer.tree.parent(node) {
        words.push(format!("of parent {:>5}", units::percent(total, column.total(parent))));
        words.push(places(look, look.answer.tree.frame(node)));
    }
    let zoom = look.place.zoom();
    words.extend(uncertainty(look, node));
    if !zoom.is_all() && zoom.members.is_none() && zoom.shows(&look.answer.tree, node) {
        words.push(format!("of zoom {:>5}", units::percent(total, column.total(zoom.node))));
    }
    words
}

/// How far chance goes in the total of a place, two deviations each way; nothing where that cannot be told.
fn uncertainty(look: &ViewContext, node: NodeId) -> Option<String> {
    let sure = look.answer.noise.as_ref()?.total(&look.answer.tree, node);
    // What is counted whole, or holds nothing, is as sure as can be.
    match (sure.is_few_samples() && sure.seen > 0.0, sure.sigma > 0.0) {
        (true, _) => Some("few samples".to_owned()),
        (false, true) => Some(format!("±{}", look.unit().long((2.0 * sure.sigma) as i64))),
        (false, false) => None,
    }
}

/// What is made of several columns, of a function over all its places; where it is absent, why.
fn derived(look: &ViewContext, frame: FrameId) -> Vec<Fact> {
    let Some(derived) = &look.answer.derived else { return Vec::new() };
    let written = |value: DerivedValue| match value {
        DerivedValue::Amount(amount) => look.unit().long(amount),
        DerivedValue::Share(share) => units::share(share),
        DerivedValue::Time(nanos) => Unit::Nanoseconds.long(nanos),
    };
    let line = |figure: Figure| {
        let text = match (derived.total(figure, frame), derived.own(figure, frame)) {
            (Ok(total), Ok(own)) => format!("total {}  self {}", written(total), written(own)),
            (Ok(total), Err(_)) => format!("total {}", written(total)),
            (Err(absent), _) => format!("– {absent}"),
        };
        fact(figure.word(), text)
    };
    [vec![fact("", String::new())], Figure::ALL.map(line).to_vec()].concat()
}

/// The figures of the selected block, each where a node has its own.
pub fn of_gathered(look: &ViewContext, state: &DetailsState, parent: NodeId) -> Vec<String> {
    let total = state.block().map_or(0, |block| block.total);
    let column = &look.answer.column;
    let [of_all, own] = figures(&look.unit(), (total, 0), look.sum());
    vec![
        of_all,
        width::pad_right("each under a cell", width::width(&own)),
        format!("of parent {:>5}", units::percent(total, column.total(parent))),
        format!("{} zooms in", look.keys.of(Mention::ZoomIn)),
    ]
}

/// Total and self with their shares, at the same columns whatever they are: a move then changes few cells.
fn figures(unit: &Unit, (total, own): (i64, i64), sum: i64) -> [String; 2] {
    let figure = |word: &str, value: i64| format!("{word} {:>8} {:>5}", unit.long(value), units::percent(value, sum));
    [figure("total", total), figure("self", own)]
}

/// How many nodes are of a function.
pub fn instances(look: &ViewContext, frame: FrameId) -> u32 {
    look.answer.tree.instances(frame)
}

/// How many places a function stands at.
fn places(look: &ViewContext, frame: FrameId) -> String {
    match instances(look, frame) {
        1 => "1 place".to_owned(),
        count => format!("{} places", units::commas(i64::from(count))),
    }
}

/// The figures of a function over all its places, in one sample type.
pub fn everywhere(look: &ViewContext, frame: FrameId, sample_type: usize) -> Vec<String> {
    let types = look.answer.series.sample_types();
    let (Some(chosen), Some(flat)) = (types.get(sample_type), flat(look.answer, sample_type)) else {
        return Vec::new();
    };
    let unit = Unit::of(chosen.unit.raw());
    let (total, own, sum) = (flat.total(frame), flat.own(frame), look.sum_of(sample_type));
    let mut words = figures(&unit, (total, own), sum).to_vec();
    words.extend(objects(look, frame, sample_type));
    words
}

/// How many objects a function's bytes are, and how large one is.
pub fn objects(look: &ViewContext, frame: FrameId, sample_type: usize) -> Option<String> {
    let count = objects_of(look, sample_type)?.total(frame);
    let unit = Unit::of(look.answer.series.sample_types().get(sample_type)?.unit.raw());
    let total = flat(look.answer, sample_type)?.total(frame);
    let average = (count > 0).then(|| unit.long(total / count))?;
    if count == 1 {
        return Some(format!("{:>5} object of {average}", 1));
    }
    Some(format!("{:>5} objects, avg {average}", units::count(count.unsigned_abs())))
}

/// The figures that count the objects of a type that measures bytes.
fn objects_of<'a>(look: &ViewContext<'a>, sample_type: usize) -> Option<&'a Flat> {
    let types = look.answer.series.sample_types();
    let this = types.get(sample_type).filter(|this| this.measure() == Measure::Space)?;
    flat(look.answer, words::find(types, this.kind(), Measure::Objects)?)
}

/// Everything, for the popup.
pub fn all(look: &ViewContext, state: &DetailsState) -> Vec<Fact> {
    match look.place.pick() {
        Selection::Gathered(parent) => of_block(look, state, parent),
        Selection::Node(node) => of_node(look, state, node),
    }
}

fn of_node(look: &ViewContext, state: &DetailsState, node: NodeId) -> Vec<Fact> {
    let frame = look.answer.tree.frame(node);
    let frames = look.answer.tree.frames();
    let mut facts = vec![fact("function", clean::named(look.name(frame)).to_owned())];
    let package = names::package_of(look.answer.language, frames.shown(frame));
    let words = [
        ("linked as", frames.mangled(frame).unwrap_or_default().to_owned()),
        ("source", source(look, frame)),
        ("package", package.to_owned()),
        ("mapping", frames.mapping(frame).unwrap_or_default().to_owned()),
    ];
    if frame != FrameId(0) && !frames.is_symbolized(frame) {
        let why = "none in the profile: --binary PATH takes it from the program or library";
        facts.push(fact("name", why.to_owned()));
    }
    facts.extend(words.into_iter().filter(|word| !word.1.is_empty()).map(|(about, text)| fact(about, text)));
    if let Some(pair) = look.answer.pair() {
        return compared(look, state, (&pair, node), facts);
    }
    let column = &look.answer.column;
    facts.push(fact("", String::new()));
    facts.push(fact("this place", here(look, node).join("  ")));
    let unit = look.unit();
    let exact = format!("total {}  self {}", unit.exact(column.total(node)), unit.exact(column.own(node)));
    facts.push(fact("exact", exact));
    facts.extend(advice::facts(look, state, frame));
    facts.push(fact("", String::new()));
    facts.push(fact("everywhere", places(look, frame)));
    for (index, sample_type) in look.answer.series.sample_types().iter().enumerate() {
        let name = words::long(look.answer.series.sample_types(), index);
        facts.push(fact(&name, everywhere(look, frame, index).join("  ")));
        if let Some(flat) = flat(look.answer, index) {
            let unit = Unit::of(sample_type.unit.raw());
            let exact = format!("total {}  self {}", unit.exact(flat.total(frame)), unit.exact(flat.own(frame)));
            facts.push(fact("", exact));
        }
    }
    facts.extend(sizes::facts(look, state));
    facts.extend(derived(look, frame));
    facts.push(fact("", String::new()));
    facts.extend(callers(look, node));
    facts
}

/// What became of a node and of its function, and in what the windows are not alike.
fn compared(
    look: &ViewContext,
    state: &DetailsState,
    (pair, node): (&ColumnPair, NodeId),
    mut facts: Vec<Fact>,
) -> Vec<Fact> {
    let frame = look.answer.tree.frame(node);
    facts.push(fact("", String::new()));
    facts.extend(changes::presence(&pair.total(node)).map(|words| fact("this place", words.to_owned())));
    facts.push(fact("total here", changes::here(look, pair, node).join("  ")));
    facts.push(fact("self here", changes::own(look, pair, node).join("  ")));
    facts.extend(advice::facts(look, state, frame));
    facts.push(fact("", String::new()));
    facts.push(fact("everywhere", places(look, frame)));
    for index in 0..look.answer.series.sample_types().len() {
        let name = words::long(look.answer.series.sample_types(), index);
        facts.push(fact(&name, changes::everywhere(look, frame, index).join("  ")));
        facts.extend(changes::exactly(look, frame, index).map(|exact| fact("", exact)));
    }
    let unlike = caveats(look.answer);
    if !unlike.is_empty() {
        facts.push(fact("", String::new()));
    }
    let about = |index| if index == 0 { "the windows" } else { "" };
    facts.extend(unlike.iter().enumerate().map(|(index, caveat)| fact(about(index), caveat.to_string())));
    facts.push(fact("", String::new()));
    facts.extend(callers(look, node));
    facts
}

/// The path to the root, a frame a line, the callee first.
fn callers(look: &ViewContext, node: NodeId) -> Vec<Fact> {
    let tree = &look.answer.tree;
    let path = std::iter::successors(Some(node), |node| tree.parent(*node));
    let lines = path.take(MOST_CALLERS).enumerate().map(|(index, node)| {
        let value = look.unit().short(look.answer.column.total(node));
        fact(if index == 0 { "call path" } else { "" }, format!("{value:>6}  {}", look.name(tree.frame(node))))
    });
    let mut lines: Vec<Fact> = lines.collect();
    let more = (tree.depth(node) + 1).saturating_sub(MOST_CALLERS);
    if more > 0 {
        lines.push(fact("", format!("        and {} callers more", units::commas_u64(more as u64))));
    }
    lines
}

fn of_block(look: &ViewContext, state: &DetailsState, parent: NodeId) -> Vec<Fact> {
    let (tree, column, unit) = (&look.answer.tree, &look.answer.column, look.unit());
    let name = |node: NodeId| clean::named(look.name(tree.frame(node))).to_owned();
    let mut facts = vec![fact("gathered", title(look, state)), fact("callees of", name(parent))];
    if let Some(block) = state.block() {
        let share = units::percent(block.total, look.sum());
        facts.push(fact("exact", format!("{}  {share} of all", unit.exact(block.total))));
    }
    facts.push(fact("", String::new()));
    let members = state.members().iter().take(MOST_MEMBERS).enumerate().map(|(index, node)| {
        let value = unit.short(column.total(*node));
        fact(if index == 0 { "members" } else { "" }, format!("{value:>6}  {}", name(*node)))
    });
    facts.extend(members);
    let more = state.members().len().saturating_sub(MOST_MEMBERS);
    if more > 0 {
        let zoom = look.keys.of(Mention::ZoomIn);
        facts.push(fact("", format!("        and {} more; {zoom} zooms to them", units::commas_u64(more as u64))));
    }
    facts
}

/// Cells for what a line of the popup is about.
pub const INDENT: usize = 17;

/// The lines of the popup in `cells`; what is longer goes on in the next line.
pub fn lines(look: &ViewContext, state: &DetailsState, cells: usize) -> Vec<Fact> {
    let room = cells.saturating_sub(INDENT + 2).max(1);
    let mut lines = Vec::new();
    for Fact { about, text, mut bar } in all(look, state) {
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

/// The beginning of a text that fits `room` cells, up to blanks where there are any.
fn first_line(text: &str, room: usize) -> &str {
    let piece = width::cut(text, room);
    if piece.is_empty() {
        // A letter that is wider than the room would never be passed.
        return text;
    }
    if piece.len() == text.len() {
        return piece;
    }
    // Two blanks part figures from each other, one blank a figure from its unit.
    let blank = piece.rfind("  ").map(|at| at + 2).or_else(|| piece.rfind(' ').map(|at| at + 1));
    blank.filter(|at| *at > piece.len() / 3).map_or(piece, |at| &piece[..at])
}

/// How many lines of the popup show in `height` rows.
pub fn rows(height: usize) -> usize {
    height.saturating_sub(1)
}
