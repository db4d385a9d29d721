//! State of the icicle: slots for the current size, visible levels, and the slot of the selection.

use std::ops::Range;
use std::sync::Arc;

use crate::analysis::{Answer, Chains, Widths};
use crate::base::ids::NodeId;
use crate::layout::icicle::{self, Branches as _, GatheredBlock, Icicle, IcicleSize, Slot, SlotContent};
use crate::layout::viewport;
use crate::view::context::weighted_tree;
use crate::view::icicle::{Action, empty};
use crate::view::keys::KeyNames;
use crate::view::navigation::{Navigation, Selection, Zoom};

/// Row above the zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Above {
    /// Node.
    Node(NodeId),
    /// Number of levels left out.
    LeftOut(usize),
}

/// Location of the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionCursor {
    /// Row above the zoom.
    Above(usize),
    /// Level and slot: the slot of the selection, or the gathered block that hides it.
    Slot(usize, Slot),
}

/// Rows of a level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LevelHeight {
    /// Name and value in one row.
    #[default]
    One,
    /// Names in one row, figures in the next: for trees with few levels.
    Two,
}

impl LevelHeight {
    /// Number of rows.
    pub fn rows(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// Number of rows that a tree can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedRows {
    /// Rows above the zoom, or of a message in place of the tree.
    fixed: usize,
    levels: usize,
}

impl WantedRows {
    /// Number of rows with this height of a level.
    pub fn count(self, height: LevelHeight) -> usize {
        self.fixed + self.levels * height.rows()
    }

    /// Height of a level if `rows` rows are available: two if all levels have room for it.
    pub fn height_in(self, rows: usize) -> LevelHeight {
        if self.count(LevelHeight::Two) <= rows { LevelHeight::Two } else { LevelHeight::One }
    }
}

/// Cells for an icicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcicleRoom {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub rows: usize,
    /// Maximum number of rows of an icicle on this screen; rows above the zoom take at most a third of them.
    pub most_rows: usize,
}

impl IcicleRoom {
    /// Maximum number of rows above the zoom.
    fn most_above(self) -> usize {
        (self.most_rows / 3).min(self.rows.saturating_sub(1))
    }
}

/// Content of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandContent {
    /// Row above the zoom, by index.
    Above(usize),
    /// Level.
    Level(usize),
}

/// Rows of one level, or one row above the zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Content.
    pub content: BandContent,
    /// First row, counted from the root.
    pub row: usize,
    /// Number of rows.
    pub height: usize,
}

/// State of the icicle.
#[derive(Clone, Debug, Default)]
pub struct IcicleState {
    layout: Icicle,
    above: Vec<Above>,
    /// First visible level.
    top: usize,
    cursor: Option<SelectionCursor>,
    width: usize,
    rows: usize,
    height: LevelHeight,
    /// Number of levels at the last layout.
    counted: Option<LevelCount>,
    /// True if the root is a row above the levels that is always visible.
    is_pinned: bool,
}

/// Number of levels of a tree, with the inputs that it depends on.
#[derive(Clone, Debug)]
struct LevelCount {
    widths: Widths,
    zoom: Zoom,
    width: usize,
    chains: Chains,
    levels: usize,
}

impl IcicleState {
    /// State of an icicle whose root is always its first row.
    pub fn pinned() -> Self {
        Self { is_pinned: true, ..Self::default() }
    }

    /// First level that is laid out; not the root, if it is pinned.
    fn least_top(&self, navigation: &Navigation) -> usize {
        usize::from(self.is_pinned && navigation.zoom().is_all())
    }

    /// Slots.
    pub fn layout(&self) -> &Icicle {
        &self.layout
    }

    /// Rows above the zoom, from the root down.
    pub fn above(&self) -> &[Above] {
        &self.above
    }

    /// Location of the selection; `None` outside of the zoom.
    pub fn cursor(&self) -> Option<SelectionCursor> {
        self.cursor
    }

    /// Bands that begin in `rows`, counted from the root.
    pub fn bands(&self, rows: Range<usize>) -> impl Iterator<Item = Band> {
        let above =
            (0..self.above.len()).map(|index| Band { content: BandContent::Above(index), row: index, height: 1 });
        let (first, height) = (self.above.len(), self.height.rows());
        let levels = (0..).map(move |index| Band {
            content: BandContent::Level(self.top + index),
            row: first + index * height,
            height,
        });
        let end = rows.end;
        let below = levels.take_while(move |band| band.row < end);
        above.chain(below).filter(move |band| rows.contains(&band.row))
    }

    /// Row and columns of the selected slot, relative to the corner of the icicle.
    pub fn cursor_cell(&self) -> Option<(usize, usize)> {
        match self.cursor? {
            SelectionCursor::Above(row) => Some((0, row)),
            SelectionCursor::Slot(level, slot) => {
                let row = level.checked_sub(self.top)? * self.height.rows();
                Some((slot.x.min(self.width.saturating_sub(1)), self.above.len() + row))
            }
        }
    }

    /// Number of rows of the selected slot.
    pub fn cursor_height(&self) -> usize {
        match self.cursor {
            Some(SelectionCursor::Slot(..)) => self.height.rows(),
            Some(SelectionCursor::Above(_)) | None => 1,
        }
    }

    /// Selection for a click on a cell, relative to the corner of the icicle.
    pub fn selection_at(
        &self,
        answer: &Answer,
        navigation: &Navigation,
        (column, row): (usize, usize),
    ) -> Option<Selection> {
        if let Some(above) = self.above.get(row) {
            return if let Above::Node(node) = above { Some(Selection::Node(*node)) } else { None };
        }
        let level = self.top + (row - self.above.len()) / self.height.rows();
        let slots = if level < first_level(navigation) { &[] } else { self.layout.level(level) };
        let slot = slots.iter().find(|slot| (slot.x..slot.x + slot.width).contains(&column))?;
        Some(selection(answer, navigation.zoom(), slot))
    }

    /// Gathered block that contains the selection, if any.
    pub fn block(&self) -> Option<GatheredBlock> {
        match self.cursor? {
            SelectionCursor::Slot(_, Slot { what: SlotContent::Gathered(block), .. }) => Some(block),
            _ => None,
        }
    }

    /// Number of rows of the whole tree in `width` columns. Levels are counted only up to `room`.
    pub fn rows_wanted(answer: &Answer, navigation: &Navigation, width: usize, room: usize) -> WantedRows {
        if answer.widths.weight(navigation.zoom().node) == 0 {
            // The names of keys in the message hardly change its number of lines.
            let message = empty::fitted(answer, &KeyNames::default(), width.saturating_sub(empty::INDENT + 1));
            return WantedRows { fixed: message.len() + 2, levels: 0 };
        }
        let levels = Icicle::count_levels(&weighted_tree(answer), navigation.zoom().root(), width, room + 1);
        WantedRows { fixed: above(answer, navigation.zoom(), room / 3).len(), levels }
    }

    /// Lays out the icicle with `height` rows for a level, and scrolls to the selection.
    pub fn fit(&mut self, answer: &Answer, navigation: &Navigation, room: IcicleRoom, height: LevelHeight) {
        let rows = self.prepare_layout(answer, navigation, room, height);
        if let Some(SelectionCursor::Slot(level, _)) = self.cursor {
            self.top = viewport::follow(self.top, rows, usize::MAX, level);
        }
        let least = self.least_top(navigation);
        self.top = self.top.max(least);
        self.lay(answer, navigation, rows);
        let top = viewport::clamp(self.top, rows, self.layout.levels()).max(least);
        if top != self.top {
            self.top = top;
            self.lay(answer, navigation, rows);
        }
    }

    /// Lays out the icicle next to another one, with equal levels in equal rows.
    pub fn fit_beside(&mut self, answer: &Answer, navigation: &Navigation, room: IcicleRoom, other: &Self) {
        let rows = self.prepare_layout(answer, navigation, room, other.height);
        self.top = other.top;
        self.lay(answer, navigation, rows);
    }

    /// Scrolls to the same levels as another icicle; a later layout follows the selection again.
    pub fn scroll_as(&mut self, other: &Self) {
        self.top = other.top;
    }

    /// Sets size, rows above the zoom, and location of the selection; returns the number of levels that fit.
    fn prepare_layout(
        &mut self,
        answer: &Answer,
        navigation: &Navigation,
        room: IcicleRoom,
        height: LevelHeight,
    ) -> usize {
        (self.width, self.rows, self.height) = (room.width, room.rows, height);
        self.above = above(answer, navigation.zoom(), room.most_above());
        if self.is_pinned && !self.above.first().is_some_and(|first| *first == Above::Node(NodeId::ROOT)) {
            self.above.insert(0, Above::Node(NodeId::ROOT));
            self.above.truncate(self.rows.max(1));
        }
        self.cursor = self.find(answer, navigation);
        self.shown_levels()
    }

    /// Number of levels that fit.
    fn shown_levels(&self) -> usize {
        self.rows.saturating_sub(self.above.len()) / self.height.rows()
    }

    /// Lays out `count` levels from the first visible one.
    fn lay(&mut self, answer: &Answer, navigation: &Navigation, count: usize) {
        let room = IcicleSize { width: self.width, levels: self.top..self.top + count };
        let levels = self.count_levels(answer, navigation);
        self.layout = Icicle::lay_known(&weighted_tree(answer), navigation.zoom().root(), &room, levels);
    }

    /// Number of all levels, counted once for each zoom and width, since a tree may have as many levels as nodes.
    fn count_levels(&mut self, answer: &Answer, navigation: &Navigation) -> usize {
        let (zoom, width, chains) = (navigation.zoom(), self.width, answer.query.chains);
        let is_same = |known: &LevelCount| {
            let shape = (known.width, known.chains) == (width, chains);
            known.widths.is_same(&answer.widths) && known.zoom == *zoom && shape
        };
        if let Some(known) = self.counted.as_ref().filter(|known| is_same(known)) {
            return known.levels;
        }
        let levels = Icicle::count_levels(&weighted_tree(answer), zoom.root(), width, usize::MAX);
        self.counted = Some(LevelCount { widths: answer.widths.clone(), zoom: zoom.clone(), width, chains, levels });
        levels
    }

    /// Handles a key.
    pub fn handle(&mut self, answer: &Answer, navigation: &mut Navigation, action: Action) {
        let page = self.shown_levels().saturating_sub(1).max(1);
        match action {
            Action::Left => self.step(answer, navigation, |at| at.checked_sub(1)),
            Action::Right => self.step(answer, navigation, |at| Some(at + 1)),
            Action::Up => self.up(answer, navigation),
            Action::Down => self.down(answer, navigation),
            Action::Zoom => self.zoom(answer, navigation),
            Action::Top => self.climb(answer, navigation, usize::MAX),
            Action::Bottom => self.dive(answer, navigation, usize::MAX),
            Action::PageUp => self.climb(answer, navigation, page),
            Action::PageDown => self.dive(answer, navigation, page),
            Action::HalfUp => self.climb(answer, navigation, (page / 2).max(1)),
            Action::HalfDown => self.dive(answer, navigation, (page / 2).max(1)),
        }
    }

    /// Finds the location of the selection.
    fn find(&self, answer: &Answer, navigation: &Navigation) -> Option<SelectionCursor> {
        let (tree, zoom) = (&answer.tree, navigation.zoom());
        let node = navigation.selection().node();
        if let Some(row) = self.above.iter().position(|above| *above == Above::Node(node))
            && matches!(navigation.selection(), Selection::Node(_))
        {
            return Some(SelectionCursor::Above(row));
        }
        if zoom.members.is_some() && navigation.selection() == Selection::Gathered(zoom.node) {
            let (level, slot) = icicle::trace_block(&weighted_tree(answer), zoom.root(), self.width, &[])?;
            return Some(SelectionCursor::Slot(level, slot));
        }
        let path = zoom.path(tree, node)?;
        if let Selection::Gathered(_) = navigation.selection()
            && let Some((level, slot)) = icicle::trace_block(&weighted_tree(answer), zoom.root(), self.width, &path)
        {
            return Some(SelectionCursor::Slot(level, slot));
        }
        let (level, slot) = icicle::trace(&weighted_tree(answer), zoom.root(), self.width, &path);
        Some(SelectionCursor::Slot(level, slot))
    }

    /// Selects the slot next to the current one, even if it has another parent.
    fn step(&self, answer: &Answer, navigation: &mut Navigation, next: impl Fn(usize) -> Option<usize>) {
        let Some(SelectionCursor::Slot(level, slot)) = self.cursor else { return };
        let slots = self.layout.level(level);
        let at = slots.iter().position(|other| *other == slot);
        if let Some(slot) = at.and_then(next).and_then(|at| slots.get(at)) {
            navigation.select(selection(answer, navigation.zoom(), slot));
        }
    }

    fn up(&self, answer: &Answer, navigation: &mut Navigation) {
        let named = |above: &&Above| matches!(above, Above::Node(_));
        let above = match self.cursor {
            None => Some(Above::Node(navigation.zoom().node)),
            Some(SelectionCursor::Above(row)) => self.above[..row].iter().rfind(named).copied(),
            Some(SelectionCursor::Slot(level, _)) if level > first_level(navigation) => {
                return self.climb(answer, navigation, 1);
            }
            Some(SelectionCursor::Slot(..)) => self.above.iter().rfind(named).copied(),
        };
        if let Some(Above::Node(node)) = above {
            navigation.climb(node);
        }
    }

    fn down(&self, answer: &Answer, navigation: &mut Navigation) {
        let named = |above: &&Above| matches!(above, Above::Node(_));
        match self.cursor {
            Some(SelectionCursor::Above(row)) => match self.above[row + 1..].iter().find(named) {
                Some(Above::Node(node)) => navigation.select(Selection::Node(*node)),
                _ => navigation.select(Selection::Node(first(navigation.zoom()))),
            },
            Some(SelectionCursor::Slot(..)) => self.dive(answer, navigation, 1),
            None => navigation.select(Selection::Node(first(navigation.zoom()))),
        }
    }

    /// Moves `levels` up, at most to the top of the zoom.
    fn climb(&self, answer: &Answer, navigation: &mut Navigation, levels: usize) {
        let Some(SelectionCursor::Slot(level, slot)) = self.cursor else { return };
        let steps = levels.min(level.saturating_sub(first_level(navigation)));
        if steps == 0 {
            return;
        }
        navigation.select(selection(answer, navigation.zoom(), &slot));
        let (tree, top) = (weighted_tree(answer), navigation.zoom().node);
        let parent = |node: NodeId| answer.tree.parent(tree.chain_start(node, top));
        let first = match slot.what {
            SlotContent::Node(node) => parent(node),
            SlotContent::Gathered(block) => Some(block.parent),
        };
        for node in std::iter::successors(first, |node| parent(*node)).take(steps) {
            navigation.climb(node);
        }
    }

    /// Moves `levels` down: along the path visited before, else along the widest child.
    fn dive(&self, answer: &Answer, navigation: &mut Navigation, levels: usize) {
        let Some(SelectionCursor::Slot(_, slot)) = self.cursor else { return };
        let Some(node) = slot.node() else { return };
        let weighted_tree = weighted_tree(answer);
        let below = |node: &NodeId| {
            let visited = navigation.visited(*node).filter(|child| answer.widths.weight(*child) > 0);
            let widest = || icicle::widest(&weighted_tree, answer.tree.children(*node));
            visited.or_else(widest).map(|child| weighted_tree.chain_end(child))
        };
        let Some(mut path) = navigation.zoom().path(&answer.tree, node) else { return };
        // The last function of a chain is no level of its own; only [`Action::Bottom`] selects it.
        if below(&node).is_none() && navigation.selection().node() != node && levels < usize::MAX {
            return;
        }
        path.extend(std::iter::successors(below(&node), below).take(levels));
        let (_, slot) = icicle::trace(&weighted_tree, navigation.zoom().root(), self.width, &path);
        navigation.select(selection(answer, navigation.zoom(), &slot));
    }

    /// Zooms to the selected node, or into the selected block.
    fn zoom(&self, answer: &Answer, navigation: &mut Navigation) {
        // A node without a value in this sample type has nothing below it to see.
        if answer.widths.weight(navigation.selection().node()) == 0 {
            return;
        }
        let zoom = match (navigation.selection(), self.block()) {
            (Selection::Gathered(parent), Some(block)) => {
                let members = icicle::members(&weighted_tree(answer), navigation.zoom().root(), &block);
                Zoom { node: parent, members: Some(Arc::from(members)) }
            }
            (selection, _) => Zoom::to(selection.node()),
        };
        navigation.zoom_to(&answer.tree, zoom);
    }
}

/// Selection of a slot. For a block of one node, the node is selected.
fn selection(answer: &Answer, zoom: &Zoom, slot: &Slot) -> Selection {
    match slot.what {
        SlotContent::Node(node) => Selection::Node(node),
        SlotContent::Gathered(block) if block.count == 1 => {
            let members = icicle::members(&weighted_tree(answer), zoom.root(), &block);
            members.first().map_or(Selection::Gathered(block.parent), |node| Selection::Node(*node))
        }
        SlotContent::Gathered(block) => Selection::Gathered(block.parent),
    }
}

/// First selectable level: the top level of an entered block is no frame.
fn first_level(navigation: &Navigation) -> usize {
    usize::from(navigation.zoom().members.is_some())
}

/// First node under a zoom.
fn first(zoom: &Zoom) -> NodeId {
    zoom.members.as_ref().and_then(|members| members.first().copied()).unwrap_or(zoom.node)
}

/// Rows above a zoom, at most `most`: the root and the rows nearest to the zoom are kept.
fn above(answer: &Answer, zoom: &Zoom, most: usize) -> Vec<Above> {
    let mut path = answer.tree.path(zoom.node);
    if zoom.members.is_none() {
        path.pop();
    }
    if path.len() <= most {
        return path.into_iter().map(Above::Node).collect();
    }
    let far = usize::from(most > 2);
    let near = most.saturating_sub(1 + far);
    let left_out = path.len() - near - far;
    let rows = path[..far].iter().copied().map(Above::Node);
    let rows = rows.chain((most > 0).then_some(Above::LeftOut(left_out)));
    rows.chain(path[path.len() - near..].iter().copied().map(Above::Node)).collect()
}
