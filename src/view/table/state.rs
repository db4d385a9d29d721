//! The table's state: the order of the functions, the selected one, and the rows that show.

use std::cmp::Ordering;
use std::ops::Range;

use crate::analysis::derived::{DerivedValue, Figure, Inputs};
use crate::analysis::{Answer, Change, Comparison, Flat};
use crate::base::ids::{FrameId, NodeId};
use crate::layout::columns::{self, ColumnChoice, TableColumn};
use crate::layout::viewport;
use crate::view::navigation::{Navigation, Selection, Zoom};
use crate::view::table::{Action, Sort};
use crate::view::words;

/// What the functions are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TableOrder {
    /// Self in the chosen sample type.
    #[default]
    Own,
    /// Self in another one: the first, second, … of the others.
    Other(usize),
    /// What is made of several columns: the first, second, … figure that means something here.
    Derived(usize),
    /// Total in the chosen sample type.
    Total,
    /// How much self changed.
    OwnChange,
    /// How much of what there was.
    OwnPart,
    /// Self in the base.
    BaseOwn,
    /// How much total changed.
    TotalChange,
    /// The name.
    Name,
}

impl TableOrder {
    /// The order that a column stands for.
    pub fn of(column: TableColumn) -> Option<Self> {
        match column {
            TableColumn::Own => Some(Self::Own),
            TableColumn::Other(other) => Some(Self::Other(other)),
            TableColumn::Derived(at) => Some(Self::Derived(at)),
            TableColumn::Total => Some(Self::Total),
            TableColumn::OwnChange => Some(Self::OwnChange),
            TableColumn::OwnPart => Some(Self::OwnPart),
            TableColumn::BaseOwn => Some(Self::BaseOwn),
            TableColumn::TotalChange => Some(Self::TotalChange),
            TableColumn::Name => Some(Self::Name),
            TableColumn::OwnShare | TableColumn::TotalShare | TableColumn::ChangeShare | TableColumn::Bar => None,
        }
    }

    /// The order that a click on the head of a column asks for. A share or a bar stands for its figure.
    fn pointed(column: TableColumn) -> Self {
        match column {
            TableColumn::TotalShare => Self::Total,
            TableColumn::ChangeShare => Self::OwnChange,
            _ => Self::of(column).unwrap_or_default(),
        }
    }

    /// The column that shows what is ordered by.
    fn column(self) -> TableColumn {
        match self {
            Self::Own => TableColumn::Own,
            Self::Other(other) => TableColumn::Other(other),
            Self::Derived(at) => TableColumn::Derived(at),
            Self::Total => TableColumn::Total,
            Self::OwnChange => TableColumn::OwnChange,
            Self::OwnPart => TableColumn::OwnPart,
            Self::BaseOwn => TableColumn::BaseOwn,
            Self::TotalChange => TableColumn::TotalChange,
            Self::Name => TableColumn::Name,
        }
    }
}

/// Which end comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortDirection {
    /// The largest figure, or the first name.
    #[default]
    Usual,
    /// The other.
    Reversed,
}

impl SortDirection {
    fn reversed(self) -> Self {
        match self {
            Self::Usual => Self::Reversed,
            Self::Reversed => Self::Usual,
        }
    }
}

/// How finely shares are told apart when functions are put in their order.
const SHARES: f64 = 1e9;

/// The table's state.
#[derive(Clone, Debug, Default)]
pub struct TableState {
    by: TableOrder,
    direction: SortDirection,
    order: Vec<FrameId>,
    /// The row of each frame; the root has none.
    row_of: Vec<u32>,
    selected: Option<FrameId>,
    top: usize,
    width: usize,
    rows: usize,
    others: Vec<usize>,
    derived: Vec<Figure>,
    largest: u64,
    choice: Option<ColumnChoice>,
}

impl TableState {
    /// What the functions are ordered by.
    pub fn sorted_by(&self) -> TableOrder {
        self.by
    }

    /// Which end comes first.
    pub fn direction(&self) -> SortDirection {
        self.direction
    }

    /// The functions in their order.
    pub fn order(&self) -> &[FrameId] {
        &self.order
    }

    /// The selected function's row.
    pub fn row(&self) -> Option<usize> {
        let row = *self.row_of.get(self.selected?.index())? as usize;
        (row < self.order.len()).then_some(row)
    }

    /// Where the selected row stands, counted from the table's corner.
    pub fn spot(&self) -> Option<(usize, usize)> {
        let row = self.row()?.checked_sub(self.top)?;
        (row < self.rows).then_some((0, row + 1))
    }

    /// Which row of the order stands so many rows below the head: the last one may be that of the selection.
    pub fn row_at(&self, below: usize) -> Option<usize> {
        let shown = self.top..(self.top + self.rows).min(self.order.len());
        let pinned = self.row().filter(|row| !shown.contains(row) && below + 1 == self.rows);
        pinned.or_else(|| Some(self.top + below).filter(|row| shown.contains(row)))
    }

    /// Selects a row where there is one, and the function's largest place for all views.
    pub fn choose(&mut self, answer: &Answer, place: &mut Navigation, row: Option<usize>) {
        let Some(&frame) = row.and_then(|row| self.order.get(row)) else { return };
        self.follow(Some(frame));
        if let Some(node) = largest(answer, place.zoom(), frame) {
            place.select(Selection::Node(node));
        }
    }

    /// The first row that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The sample types beside the chosen one, the closest first.
    pub fn others(&self) -> &[usize] {
        &self.others
    }

    /// The derived figures that mean something here.
    pub fn derived(&self) -> &[Figure] {
        &self.derived
    }

    /// The largest self of any function in the chosen sample type, whatever its sign.
    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// Which columns there are to choose from.
    fn choice(&self) -> ColumnChoice {
        self.choice.unwrap_or(ColumnChoice::Figures { others: 0, derived: 0 })
    }

    /// The columns that fit `width`, from left to right.
    pub fn columns(&self, width: usize) -> Vec<(TableColumn, Range<usize>)> {
        columns::fit(width, self.choice(), self.by.column())
    }

    /// Takes in a new answer: what else can stand beside the chosen type, and the order.
    pub fn answer(&mut self, answer: &Answer) {
        self.others = words::beside(answer.series.sample_types(), answer.query.sample_type);
        self.order = answer.tree.frames().ids().skip(1).filter(|frame| is_left(answer, *frame)).collect();
        let inputs = Inputs::of(answer);
        let offered: Vec<Figure> = Figure::ALL.into_iter().filter(|figure| inputs.offers(*figure).is_ok()).collect();
        self.keep_order(&offered);
        self.derived = offered;
        let choice = match answer.base {
            None => ColumnChoice::Figures { others: self.others.len(), derived: self.derived.len() },
            Some(_) => ColumnChoice::Changes,
        };
        let compared = |choice| choice == Some(ColumnChoice::Changes);
        if compared(self.choice) != compared(Some(choice)) {
            // What there is no column for is no order either; what changed most, or is largest, comes first.
            self.by = if answer.base.is_some() { TableOrder::OwnChange } else { TableOrder::Own };
            (self.direction, self.top) = (SortDirection::Usual, 0);
        }
        self.choice = Some(choice);
        let owns = flat(answer, answer.query.sample_type).map_or(&[][..], |flat| flat.selfs());
        self.largest = owns.iter().map(|own| own.unsigned_abs()).max().unwrap_or_default();
        self.sort(answer);
    }

    /// The order stays by the same derived figure where that is still there.
    fn keep_order(&mut self, offered: &[Figure]) {
        let TableOrder::Derived(at) = self.by else { return };
        let same = self.derived.get(at).and_then(|figure| offered.iter().position(|other| other == figure));
        self.by = same.map_or(TableOrder::Own, TableOrder::Derived);
    }

    /// Takes in the size of its pane.
    pub fn fit(&mut self, (width, rows): (usize, usize)) {
        (self.width, self.rows) = (width, rows.saturating_sub(1));
        self.top = viewport::clamp(self.top, self.rows, self.order.len());
    }

    /// Follows a selection made elsewhere, without scrolling.
    pub fn follow(&mut self, frame: Option<FrameId>) {
        self.selected = frame.filter(|frame| frame.index() > 0);
    }

    /// Scrolls to the selected row, which was selected elsewhere.
    pub fn reveal(&mut self) {
        if let Some(row) = self.row() {
            self.top = viewport::centre(self.top, self.rows, self.order.len(), row);
        }
    }

    /// Does what a key asks, and selects the function's largest place for all views.
    pub fn act(&mut self, answer: &Answer, place: &mut Navigation, action: Action) {
        let last = self.order.len().saturating_sub(1);
        let page = self.rows.saturating_sub(1).max(1);
        // Without a selection, the row that shows first is the one that keys move from.
        let row = self.row();
        let at = row.unwrap_or(self.top);
        let next = match action {
            Action::Up => at.saturating_sub(1),
            Action::Down if row.is_none() => at,
            Action::Down => at + 1,
            Action::Top => 0,
            Action::Bottom => last,
            Action::PageUp => at.saturating_sub(page),
            Action::PageDown => at + page,
            Action::Open => return open(answer, place),
        };
        let Some(&frame) = self.order.get(next.min(last)) else { return };
        self.follow(Some(frame));
        self.top = viewport::follow(self.top, self.rows, self.order.len(), next.min(last));
        if let Some(node) = largest(answer, place.zoom(), frame) {
            place.select(Selection::Node(node));
        }
    }

    /// Does what a sort key asks.
    pub fn resort(&mut self, answer: &Answer, sort: Sort) {
        match sort {
            Sort::Next => {
                self.by = self.next_column();
                self.direction = SortDirection::Usual;
            }
            Sort::Reverse => self.direction = self.direction.reversed(),
        }
        self.show_order(answer);
    }

    /// Orders by the column whose head stands at a cell, or the other way round where that is the order already.
    pub fn point_at_head(&mut self, answer: &Answer, x: usize) {
        // The blanks after a column are its own.
        let columns = self.columns(self.width);
        let Some((column, _)) = columns.into_iter().find(|(_, cells)| x <= cells.end) else { return };
        let by = TableOrder::pointed(column);
        let reversed = self.direction.reversed();
        (self.by, self.direction) = (by, if by == self.by { reversed } else { SortDirection::Usual });
        self.show_order(answer);
    }

    fn show_order(&mut self, answer: &Answer) {
        self.sort(answer);
        self.top = 0;
        self.reveal();
    }

    fn next_column(&self) -> TableOrder {
        let sorts: Vec<TableOrder> = columns::all(self.choice()).into_iter().filter_map(TableOrder::of).collect();
        let next = sorts.iter().position(|by| *by == self.by).map_or(0, |at| (at + 1) % sorts.len());
        sorts.get(next).copied().unwrap_or_default()
    }

    /// Puts the functions in order. Equal figures stand by name, so that the order is always the same; what has no such
    /// figure stands at the end, whichever way round the others are.
    fn sort(&mut self, answer: &Answer) {
        let frames = answer.tree.frames();
        let figures: Vec<Option<i64>> = frames.ids().map(|frame| self.figure(answer, frame)).collect();
        let figure = |frame: FrameId| figures[frame.index()];
        let by_figure = |left: FrameId, right: FrameId| {
            let (of_left, of_right) = (figure(left).unwrap_or(0), figure(right).unwrap_or(0));
            of_right.unsigned_abs().cmp(&of_left.unsigned_abs()).then(of_right.cmp(&of_left))
        };
        let by_name = |left: FrameId, right: FrameId| frames.name(left).cmp(frames.name(right)).then(left.cmp(&right));
        let order = |left: FrameId, right: FrameId| by_figure(left, right).then_with(|| by_name(left, right));
        let directed = |left: &FrameId, right: &FrameId| -> Ordering {
            let by_lack = figure(*left).is_none().cmp(&figure(*right).is_none());
            by_lack.then_with(|| match self.direction {
                SortDirection::Usual => order(*left, *right),
                SortDirection::Reversed => order(*right, *left),
            })
        };
        let mut sorted = std::mem::take(&mut self.order);
        sorted.sort_unstable_by(directed);
        self.row_of = vec![u32::MAX; frames.len()];
        for (row, frame) in sorted.iter().enumerate() {
            self.row_of[frame.index()] = u32::try_from(row).unwrap_or(u32::MAX);
        }
        self.order = sorted;
    }

    /// The figure that a function is ordered by.
    fn figure(&self, answer: &Answer, frame: FrameId) -> Option<i64> {
        let chosen = answer.query.sample_type;
        let flat = |sample_type: usize| flat(answer, sample_type);
        match self.by {
            TableOrder::Own => Some(flat(chosen).map_or(0, |flat| flat.own(frame))),
            TableOrder::Other(at) => {
                Some(self.others.get(at).and_then(|other| flat(*other)).map_or(0, |flat| flat.own(frame)))
            }
            TableOrder::Total => Some(flat(chosen).map_or(0, |flat| flat.total(frame))),
            TableOrder::Derived(at) => self.derived_of(answer, at, frame).map(rank),
            TableOrder::OwnChange => Some(own_change(answer, frame).delta()),
            TableOrder::OwnPart => Some(part(&own_change(answer, frame))),
            TableOrder::BaseOwn => Some(own_change(answer, frame).base),
            TableOrder::TotalChange => Some(total_change(answer, frame).delta()),
            TableOrder::Name => Some(0),
        }
    }

    /// A derived figure of what a function holds itself; none where there is none for it.
    pub fn derived_of(&self, answer: &Answer, at: usize, frame: FrameId) -> Option<DerivedValue> {
        answer.derived.as_ref()?.own(*self.derived.get(at)?, frame).ok()
    }
}

/// Whether filters leave anything of a function, in any sample type or in the base.
fn is_left(answer: &Answer, frame: FrameId) -> bool {
    let holds = |flat: &Flat| flat.total(frame) != 0 || flat.own(frame) != 0;
    answer.filtered.keeps_all()
        || answer.flats.iter().flatten().any(|flat| holds(flat))
        || total_change(answer, frame).base != 0
}

/// The figures of a sample type.
pub fn flat(answer: &Answer, sample_type: usize) -> Option<&Flat> {
    answer.flat(sample_type)
}

/// What became of a function's own figure in the chosen sample type.
pub fn own_change(answer: &Answer, frame: FrameId) -> Change {
    change(answer, frame, Comparison::frame_own)
}

/// What became of a function's total in the chosen sample type.
pub fn total_change(answer: &Answer, frame: FrameId) -> Change {
    change(answer, frame, Comparison::frame_total)
}

fn change(answer: &Answer, frame: FrameId, of: fn(&Comparison, usize, &Flat, FrameId) -> Option<Change>) -> Change {
    let chosen = answer.query.sample_type;
    let found = answer.base.as_ref().zip(flat(answer, chosen)).and_then(|(base, flat)| of(base, chosen, flat, frame));
    found.unwrap_or(Change::of(0, 0, None))
}

/// A derived figure as a number that stands in the same order.
fn rank(value: DerivedValue) -> i64 {
    match value {
        DerivedValue::Amount(amount) => amount,
        DerivedValue::Share(share) => (share * SHARES) as i64,
        DerivedValue::Time(nanos) => nanos,
    }
}

/// How much of what there was a change is, in thousandths; what is new comes before all that is not.
fn part(change: &Change) -> i64 {
    let thousandths = i128::from(change.delta()) * 1000;
    match change.base {
        0 => change.delta().signum().saturating_mul(i64::MAX),
        base => i64::try_from(thousandths / i128::from(base.saturating_abs())).unwrap_or(i64::MAX),
    }
}

/// Zooms to the selected place.
fn open(answer: &Answer, place: &mut Navigation) {
    if let Selection::Node(node) = place.pick() {
        place.zoom_to(&answer.tree, Zoom::to(node));
    }
}

/// The place where a function holds most: under the zoom if it stands there, else anywhere.
fn largest(answer: &Answer, zoom: &Zoom, frame: FrameId) -> Option<NodeId> {
    let nodes = answer.tree.node_frames().iter().enumerate().filter(|(_, other)| **other == frame);
    let nodes: Vec<NodeId> = nodes.map(|(node, _)| NodeId::new(node)).collect();
    let largest = |nodes: &mut dyn Iterator<Item = NodeId>| {
        nodes.max_by_key(|node| (answer.widths.weight(*node), std::cmp::Reverse(*node)))
    };
    let inside = largest(&mut nodes.iter().copied().filter(|node| zoom.shows(&answer.tree, *node)));
    inside.or_else(|| largest(&mut nodes.iter().copied()))
}
