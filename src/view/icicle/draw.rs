//! Draws the icicle: one row for each level, one filled slot for each frame.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::derive::Side;
use crate::analysis::{Answer, Change, StackOrder};
use crate::base::ids::{FrameId, NodeId};
use crate::base::names;
use crate::base::units;
use crate::base::width::{fit_lines, width};
use crate::layout::icicle::{self, GatheredBlock, Icicle, SlotContent};
use crate::layout::panes::Pane;
use crate::paint::{Fill, Highlight, Paint, Role, Shade, fit};
use crate::view::context::{Fills, ViewContext, owner_role, weighted_tree};
use crate::view::icicle::empty;
use crate::view::icicle::state::{Above, Band, BandContent, IcicleState, SelectionCursor};
use crate::view::keys::KeyRef;
use crate::view::navigation::Selection;
use crate::view::words;

/// Minimum width of the first and of the last name of a chain, in cells.
const CHAIN_NAME: usize = 8;
/// Maximum number of functions of a chain that are all named if they fit.
const MOST_NAMED: usize = 5;
/// Cells between name and value of a slot.
const SPARE: usize = 3;
/// Width in cells below which slots have no fill of their own: they show no text, and each change of the fill costs
/// bytes.
const NARROW: usize = 3;
/// Width of the shortest text in a gathered block, `1 more`.
const LEAST_MORE: usize = 6;
/// Packages of the runtime, in Go and other languages.
const RUNTIME: &[&str] = &["runtime", "internal/runtime", "java.lang", "std", "core", "alloc"];

/// Package of a function, empty if it has none, and its fill. Packages of a runtime have one fill.
pub fn package_fill(language: names::Language, name: &str) -> (&str, Fill) {
    match names::package_of(language, name) {
        package if RUNTIME.contains(&package) => ("runtime", Fill::Runtime),
        "" => ("", Fill::Package(0)),
        package => (package, Fill::of_package(package)),
    }
}

/// Draws the icicle over `area`.
pub fn draw(state: &IcicleState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    draw_bands(state, context, paint, buffer, 0..usize::from(area.height), |band| {
        fit::rows(area, band.row, band.height)
    });
}

/// Draws the bands of the icicle that begin in `rows`, counted from the root, each in the area that `place` returns.
pub fn draw_bands(
    state: &IcicleState,
    context: &ViewContext,
    paint: &Paint,
    buffer: &mut Buffer,
    rows: Range<usize>,
    place: impl Fn(Band) -> Rect,
) {
    let is_focused = context.pane == Pane::Icicle;
    let selection = if is_focused { Highlight::Selected } else { Highlight::SelectedUnfocused };
    let painter = SlotPainter { cursor: marked(state, context), selection, context, paint };
    for band in state.bands(rows) {
        match band.content {
            BandContent::Above(index) => painter.above(place(band), index, state.above()[index], buffer),
            BandContent::Level(level) => painter.level(place(band), state.layout(), level, buffer),
        }
    }
}

/// Selection to mark; `None` in a side-by-side window that does not contain the selection.
fn marked(state: &IcicleState, context: &ViewContext) -> Option<SelectionCursor> {
    let is_parent = matches!(context.navigation.selection(), Selection::Gathered(_)) && state.block().is_none();
    let is_other = context.lacks_selection() || is_parent && !context.answer.widths.is_by_weight();
    state.cursor().filter(|_| !is_other)
}

/// Inputs for drawing a slot.
struct SlotPainter<'a> {
    /// Selection to mark.
    cursor: Option<SelectionCursor>,
    /// Highlight of the selection, which depends on the focus of the pane.
    selection: Highlight,
    context: &'a ViewContext<'a>,
    paint: &'a Paint,
}

/// Fill and shade of the slot to the left.
#[derive(Clone, Copy)]
struct LeftNeighbour {
    fill: Option<(Fill, Shade)>,
    style: Style,
    is_selected: bool,
}

impl SlotPainter<'_> {
    /// Draws a row above the zoom.
    fn above(&self, row: Rect, index: usize, above: Above, buffer: &mut Buffer) {
        let style = self.paint.style(Role::Ancestor);
        let glyph = self.paint.glyphs().ancestor;
        let text = match above {
            Above::LeftOut(1) => format!("{glyph} 1 level more"),
            Above::LeftOut(count) => format!("{glyph} {} levels more", units::commas_u64(count as u64)),
            Above::Node(node) => {
                let value = self.context.unit().short(self.context.answer.column.shown_total(node));
                let room = usize::from(row.width).saturating_sub(width(&value) + 4);
                format!("{glyph} {} {value}", self.context.label(self.context.answer.tree.frame(node), room))
            }
        };
        let is_selected = self.cursor == Some(SelectionCursor::Above(index));
        let style = if is_selected { self.paint.mark(style, self.selection) } else { style };
        if is_selected {
            self.paint.wash(buffer, row, style);
        }
        self.paint.text_cut(buffer, row, &text, style);
        if is_selected {
            self.brackets(row, style, buffer);
        }
    }

    fn level(&self, row: Rect, layout: &Icicle, level: usize, buffer: &mut Buffer) {
        let mut left = LeftNeighbour { fill: None, style: self.paint.style(Role::Gathered), is_selected: false };
        // Levels alternate in shade, to separate a frame from an only callee of the same package.
        let turn = if level.is_multiple_of(2) { Shade::Plain } else { Shade::Alternate };
        for slot in layout.level(level) {
            let is_selected = self.cursor == Some(SelectionCursor::Slot(level, *slot));
            let cells = fit::part(row, slot.x, slot.width);
            left = match slot.what {
                SlotContent::Node(node) => {
                    let (fill, shade) = self.fill_and_shade(node, slot.width, left.fill, turn);
                    let selection = is_selected.then_some(self.selection);
                    let style = self.marked(self.paint.fill(fill, shade), node, slot.width, selection);
                    self.node(cells, node, style, buffer);
                    if is_selected {
                        self.brackets(cells, style, buffer);
                    }
                    LeftNeighbour { fill: Some((fill, shade)), style, is_selected }
                }
                SlotContent::Gathered(block) => {
                    let (cells, style) = if slot.width > 0 {
                        (cells, self.paint.style(Role::Gathered))
                    } else {
                        (fit::part(row, slot.x.saturating_sub(1), 1), left.style)
                    };
                    let style =
                        if self.hides_hit(&block) { self.paint.mark(style, Highlight::HitInside) } else { style };
                    let style = if is_selected { self.paint.mark(style, self.selection) } else { style };
                    if is_selected || slot.width > 0 || !left.is_selected {
                        let texture = if level == 0 { " " } else { self.paint.glyphs().gathered };
                        self.gathered(cells, &block, texture, style, buffer);
                    }
                    LeftNeighbour { fill: None, style, is_selected }
                }
            };
        }
    }

    /// Fill and shade of a slot. A slot too narrow for text is grey: a hue is not visible in a cell or two, and
    /// changing colour for each of a thousand slots would take most of the bytes of a frame.
    fn fill_and_shade(&self, node: NodeId, cells: usize, left: Option<(Fill, Shade)>, turn: Shade) -> (Fill, Shade) {
        if let Some(pair) = self.context.answer.pair() {
            return (Fill::Role(self.context.change_role(&pair.total(node))), Shade::Plain);
        }
        if cells < NARROW {
            return (Fill::Narrow, Shade::Plain);
        }
        let fill = self.fill(node);
        (fill, if left == Some((fill, turn)) { turn.other() } else { turn })
    }

    /// Fill of a node by its frame.
    fn fill(&self, node: NodeId) -> Fill {
        let tree = &self.context.answer.tree;
        let frame = tree.frame(node);
        if frame == FrameId::ROOT || self.context.display.fills == Fills::Plain {
            return Fill::Root;
        }
        if !tree.frames().is_symbolized(frame) {
            return Fill::Unsymbolized;
        }
        match self.context.display.fills {
            Fills::Value => return Fill::Role(self.context.own_role(node)),
            Fills::Kind if self.context.owners.has_rules() => {
                return self.context.owners.of(frame).map_or(Fill::Root, Fill::Package);
            }
            Fills::Kind => {
                if let Some(owner) = self.context.answer.owner(frame) {
                    return Fill::Role(owner_role(owner));
                }
                // Without a known owner, the package at least distinguishes frames.
            }
            Fills::Package | Fills::Plain => {}
        }
        package_fill(self.context.answer.language, tree.frames().shown(frame)).1
    }

    /// Style of a slot with the marks for the selection, the selected function, and matches of the search. Slots too
    /// narrow for text do not mark the selected function.
    fn marked(&self, style: Style, node: NodeId, cells: usize, selection: Option<Highlight>) -> Style {
        let tree = &self.context.answer.tree;
        let marked = self.context.navigation.marked_function(tree);
        let (mut is_same, mut is_hit) = (false, false);
        let is_readable = cells >= NARROW || self.context.answer.hits.is_some();
        for frame in self.context.slot_nodes(node).take_while(|_| is_readable).map(|at| tree.frame(at)) {
            is_same |= marked == Some(frame);
            is_hit |= self.context.is_hit(frame);
        }
        let is_same = is_same && cells >= NARROW && selection.is_none();
        let style = if is_same { self.paint.mark(style, Highlight::SameFunction) } else { style };
        let style = if is_hit { self.paint.mark(style, Highlight::Hit) } else { style };
        selection.map_or(style, |mark| self.paint.mark(style, mark))
    }

    /// Draws a frame: edge, longest form of its name that fits, and value if both fit; in two rows, the figures are in
    /// the second row.
    fn node(&self, cells: Rect, node: NodeId, style: Style, buffer: &mut Buffer) {
        self.paint.wash(buffer, cells, style);
        for row in fit::each_row(cells) {
            self.paint.text(buffer, fit::part(row, 0, 1), self.paint.glyphs().edge, style);
        }
        let room = usize::from(cells.width).saturating_sub(2);
        if cells.height > 1 {
            let forms = self.figures(node);
            if let Some(text) = forms.iter().find(|text| width(text) <= room) {
                self.paint.text(buffer, fit::part(fit::row(cells, 1), 1, room), text, style);
            }
        }
        if let Some(pair) = self.context.answer.pair() {
            self.changed(cells, node, &pair.total(node), style, buffer);
            return;
        }
        let total = self.context.answer.column.total(node);
        let sign = if total < 0 { self.paint.glyphs().minus } else { "" };
        let frame = self.context.answer.tree.frame(node);
        let sign = format!("{}{sign}", self.letter(frame));
        let name = self.name(node, room.saturating_sub(width(&sign)));
        let inside = fit::part(cells, 1, room);
        self.paint.pieces(buffer, inside, &[(&sign, style), (&name, style)]);
        let used = width(&sign) + width(&name) + SPARE;
        // A value needs a cell, and most slots have none left.
        if used < room && cells.height == 1 {
            let value = self.context.unit().short(total);
            if used + width(&value) <= room {
                self.paint.text_right(buffer, inside, &value, style);
            }
        }
    }

    /// Name of a slot: that of its function, or of its chain.
    fn name(&self, node: NodeId, cells: usize) -> Cow<'_, str> {
        let mut nodes: Vec<NodeId> = self.context.slot_nodes(node).collect();
        nodes.reverse();
        match nodes.as_slice() {
            [first, between @ .., last] => Cow::Owned(self.chain_name(&nodes, [*first, *last], between, cells)),
            _ => self.context.distinct_label(self.context.answer.tree.frame(node), cells),
        }
    }

    /// Name of a chain: all functions if they fit, else the first and the last one, with the number of functions. A
    /// function between them is named if it is selected or matches the search.
    fn chain_name(&self, nodes: &[NodeId], ends: [NodeId; 2], between: &[NodeId], cells: usize) -> String {
        let tree = &self.context.answer.tree;
        let [first, last] = ends;
        let label = |node: NodeId, room: usize| self.context.label(tree.frame(node), room);
        let navigation = self.context.navigation;
        let function = if nodes.contains(&navigation.selection().node()) {
            navigation.frame(tree)
        } else {
            navigation.marked_function(tree)
        };
        let is_marked = |node: &&NodeId| function == Some(tree.frame(**node));
        let is_hit = |node: &&NodeId| self.context.is_hit(tree.frame(**node));
        let marked = between.iter().find(is_marked).or_else(|| between.iter().rfind(is_hit)).copied();
        let number = format!(" ({})", nodes.len());
        let (glyphs, order) = (self.paint.glyphs(), self.context.answer.query.order);
        // Upwards, each function is called by the next one.
        let arrow = if order == StackOrder::BottomUp { glyphs.called_by } else { glyphs.arrow };
        let step = format!(" {arrow} ");
        let gap = format!(" {arrow} {} {arrow} ", glyphs.ellipsis);
        let room = cells.saturating_sub(width(&number));
        if nodes.len() <= MOST_NAMED {
            let names: Vec<_> = nodes.iter().map(|node| label(*node, usize::MAX)).collect();
            let all = names.join(&step);
            if width(&all) <= room {
                return format!("{all}{number}");
            }
        }
        if let Some(marked) = marked.filter(|_| room >= 2 * width(&gap) + 3 * CHAIN_NAME) {
            let room = room - 2 * width(&gap);
            let [first, last] = ends.map(|node| label(node, room / 3));
            let marked = label(marked, room - width(&first) - width(&last));
            return format!("{first}{gap}{marked}{gap}{last}{number}");
        }
        // From the root down, the last function of a chain is the one that allocates or branches. From the allocating
        // function up, the last one is often where a thread begins, and the first one is more informative.
        let [major, minor] = match order {
            StackOrder::CallersFirst => [last, first],
            StackOrder::BottomUp => [first, last],
        };
        let between = if nodes.len() == 2 { step } else { gap };
        if marked.is_some() || room < width(&between) + 2 * CHAIN_NAME {
            let shown = label(marked.unwrap_or(major), room);
            return if shown.is_empty() { String::new() } else { format!("{shown}{number}") };
        }
        let room = room - width(&between);
        let name = label(major, room - CHAIN_NAME);
        let other = label(minor, room - width(&name));
        // A name that fits is kept: if the cells left are fewer than a label's minimum, the label would be empty.
        let left = room - width(&other);
        let name = if left > width(&name) { label(major, left) } else { name };
        let (first, last) = if major == first { (name, other) } else { (other, name) };
        format!("{first}{between}{last}{number}")
    }

    /// Figures of a slot in a row of their own, the longest form first.
    fn figures(&self, node: NodeId) -> [String; 3] {
        let unit = self.context.unit();
        if let Some(pair) = self.context.answer.pair() {
            let change = pair.total(node);
            let delta = unit.signed_long(change.delta());
            if change.delta() == 0 {
                return [unit.long(change.current), unit.short(change.current), String::new()];
            }
            let both = format!("{} → {}", unit.long(change.base), unit.long(change.current));
            return [format!("{delta}  {both}"), delta, unit.signed_short(change.delta())];
        }
        let column = &self.context.answer.column;
        let total = column.total(node);
        let share = units::percent(total, column.abs_share_base());
        let own = match column.own(node) {
            0 => String::new(),
            // The own value of a regrouped node is that of stacks that end there, not what the function allocates.
            _ if self.context.answer.regrouped.is_some() => String::new(),
            own if own == total => "  all self".to_owned(),
            own => format!("  self {}", unit.long(own)),
        };
        let short = format!("{} {share}", unit.long(total));
        [format!("{short}{own}"), short, unit.short(total)]
    }

    /// Letter of the code owner, for fills by owner without colours.
    fn letter(&self, frame: FrameId) -> String {
        let is_kind = self.context.display.fills == Fills::Kind && !self.context.owners.has_rules();
        let is_asked = is_kind && self.paint.is_plain() && frame != FrameId::ROOT;
        let owner = is_asked.then(|| self.context.answer.owner(frame)).flatten();
        owner.map(|owner| format!("{} ", owner.letter())).unwrap_or_default()
    }

    /// Draws a frame of a comparison: sign, name, and change. A slot too narrow for a name still shows the sign, since
    /// a colour alone is not readable by everybody.
    fn changed(&self, cells: Rect, node: NodeId, change: &Change, style: Style, buffer: &mut Buffer) {
        let width_of = usize::from(cells.width);
        let inside = fit::part(cells, usize::from(width_of > 1), width_of.saturating_sub(1).max(1));
        let room = width_of.saturating_sub(2);
        let sign = words::sign(change, room);
        if room < NARROW {
            self.paint.text(buffer, inside, words::letter(change), style);
            return;
        }
        let name = self.name(node, room.saturating_sub(width(sign)));
        let inside = fit::part(inside, 0, room);
        self.paint.pieces(buffer, inside, &[(sign, style), (&name, style)]);
        let used = width(sign) + width(&name) + SPARE;
        if used < room && cells.height == 1 {
            let value = self.context.unit().signed_short(change.delta());
            if used + width(&value) <= room {
                self.paint.text_right(buffer, inside, &value, style);
            }
        }
    }

    /// Draws a gathered block: its extent, and the number of its members if it fits.
    fn gathered(&self, cells: Rect, block: &GatheredBlock, texture: &str, style: Style, buffer: &mut Buffer) {
        for row in fit::each_row(cells) {
            self.paint.text(buffer, row, &texture.repeat(usize::from(cells.width)), style);
            self.paint.text(buffer, fit::part(row, 0, 1), self.paint.glyphs().gathered, style);
        }
        let room = usize::from(cells.width).saturating_sub(2);
        if room < LEAST_MORE {
            return;
        }
        let unit = self.context.unit();
        let is_compared = self.context.answer.base.is_some();
        let value = if is_compared { unit.signed_short(block.total) } else { unit.short(block.total) };
        let forms =
            [format!("{} more, {value}", units::commas_u64(block.count as u64)), format!("{} more", block.count)];
        if let Some(text) = forms.iter().find(|text| width(text) <= room) {
            self.paint.text(buffer, fit::from(cells, 1), &format!("{text} "), style);
        }
    }

    fn brackets(&self, cells: Rect, style: Style, buffer: &mut Buffer) {
        brackets(self.paint, cells, style, buffer);
    }

    /// Returns true if the search matches a member of the block or a node below one.
    fn hides_hit(&self, block: &GatheredBlock) -> bool {
        let Answer { tree, hits: Some(hits), .. } = self.context.answer else { return false };
        let zoom = self.context.navigation.zoom();
        let hides = |node: NodeId| {
            hits.nodes_in(tree, node) > 0 && icicle::hides(&weighted_tree(self.context.answer), block, node)
        };
        match zoom.members.as_deref().filter(|_| zoom.node == block.parent) {
            Some(members) => members.iter().copied().any(hides),
            None => hits.nodes_in(tree, block.parent) > 0 && tree.children(block.parent).any(hides),
        }
    }
}

/// Draws brackets around the first row of the selection, or a block if it has fewer than three cells. Other rows are
/// marked by style only, since each bracket costs bytes.
pub fn brackets(paint: &Paint, cells: Rect, style: Style, buffer: &mut Buffer) {
    let glyphs = paint.glyphs();
    if cells.width < 3 {
        paint.text(buffer, cells, &glyphs.block.repeat(usize::from(cells.width)), style);
        return;
    }
    paint.text(buffer, fit::part(cells, 0, 1), glyphs.open, style);
    paint.text(buffer, fit::from(cells, usize::from(cells.width) - 1), glyphs.close, style);
}

/// Draws the message for a sample type without values.
pub fn draw_empty(context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(empty::INDENT + 1);
    draw_lines(&empty::fitted(context.answer, context.keys, room), paint, area, buffer);
}

/// Draws the message for a window that lacks the zoomed node.
pub fn draw_absent(context: &ViewContext, which: Side, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(empty::INDENT + 1);
    let zoom = context.navigation.zoom();
    let name = match &zoom.members {
        None => context.label(context.answer.tree.frame(zoom.node), room / 2).into_owned(),
        Some(_) => "This block".to_owned(),
    };
    let [out, all] = [KeyRef::ZoomOut, KeyRef::ZoomAll].map(|key| context.keys.of(key));
    let lines =
        [format!("{name} is not in {}.", which.letter()), format!("{out} zooms out, {all} shows the whole window.")];
    draw_lines(&fit_lines(&lines, room), paint, area, buffer);
}

/// Draws a message in place of an icicle, its first line bold.
fn draw_lines(lines: &[String], paint: &Paint, area: Rect, buffer: &mut Buffer) {
    for (index, line) in lines.iter().enumerate() {
        let style = paint.style(if index == 0 { Role::Bold } else { Role::Text });
        paint.text_cut(buffer, fit::from(fit::row(area, index + 1), empty::INDENT), line, style);
    }
}
