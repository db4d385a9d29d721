//! State of the table: the order of the functions, the selected function, the visible rows.

use std::cmp::Ordering;

use crate::analysis::derived::{DerivedValue, Figure, Inputs};
use crate::analysis::{Answer, Change, Comparison, Flat};
use crate::base::ids::FrameId;
use crate::layout::columns::{self, ColumnChoice, TableColumn};
use crate::layout::fit::PlacedColumn;
use crate::profile::Input;
use crate::view::nav::{ListCursor, Move};
use crate::view::navigation::{Navigation, Selection, Zoom, largest_node};
use crate::view::table::Sort;
use crate::view::words;

/// Figure that the functions are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TableOrder {
    /// Self in the chosen sample type.
    #[default]
    Own,
    /// Self in another sample type, by its index among the others.
    Other(usize),
    /// Derived figure, by its index among the available ones.
    Derived(usize),
    /// Total in the chosen sample type.
    Total,
    /// Change of self.
    OwnChange,
    /// Change of self relative to self in the base.
    OwnPart,
    /// Self in the base.
    BaseOwn,
    /// Change of the total.
    TotalChange,
    /// Name of the function.
    Name,
}

impl TableOrder {
    /// Order of a column; `None` for shares and bars, which have the order of their figure.
    pub fn of(column: TableColumn) -> Option<Self> {
        match column {
            TableColumn::Own => Some(Self::Own),
            TableColumn::Other(index) => Some(Self::Other(index)),
            TableColumn::Derived(index) => Some(Self::Derived(index)),
            TableColumn::Total => Some(Self::Total),
            TableColumn::OwnChange => Some(Self::OwnChange),
            TableColumn::OwnPart => Some(Self::OwnPart),
            TableColumn::BaseOwn => Some(Self::BaseOwn),
            TableColumn::TotalChange => Some(Self::TotalChange),
            TableColumn::Name => Some(Self::Name),
            TableColumn::OwnShare | TableColumn::TotalShare | TableColumn::ChangeShare | TableColumn::Bar => None,
        }
    }

    /// Order for a click on the heading of a column.
    fn of_heading(column: TableColumn) -> Self {
        match column {
            TableColumn::TotalShare => Self::Total,
            TableColumn::ChangeShare => Self::OwnChange,
            _ => Self::of(column).unwrap_or_default(),
        }
    }

    /// Column that shows the order.
    fn column(self) -> TableColumn {
        match self {
            Self::Own => TableColumn::Own,
            Self::Other(index) => TableColumn::Other(index),
            Self::Derived(index) => TableColumn::Derived(index),
            Self::Total => TableColumn::Total,
            Self::OwnChange => TableColumn::OwnChange,
            Self::OwnPart => TableColumn::OwnPart,
            Self::BaseOwn => TableColumn::BaseOwn,
            Self::TotalChange => TableColumn::TotalChange,
            Self::Name => TableColumn::Name,
        }
    }
}

/// Direction of a sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortDirection {
    /// Largest figures first, names in alphabetical order.
    #[default]
    Usual,
    Reversed,
}

impl SortDirection {
    /// Returns the opposite direction.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Usual => Self::Reversed,
            Self::Reversed => Self::Usual,
        }
    }
}

/// Factor by which shares are multiplied for sorting as integers.
const SHARE_RESOLUTION: f64 = 1e9;

/// State of the table.
#[derive(Clone, Debug, Default)]
pub struct TableState {
    order_by: TableOrder,
    direction: SortDirection,
    order: Vec<FrameId>,
    /// Row of each frame; `u32::MAX` for the root and for frames that filters drop.
    row_of: Vec<u32>,
    selected: Option<FrameId>,
    /// Cursor on the selected row; without a selection only its scroll position has a meaning.
    cursor: ListCursor,
    width: usize,
    other_sample_types: Vec<usize>,
    derived: Vec<Figure>,
    largest_self: u64,
    choice: Option<ColumnChoice>,
    /// Number of leading rows of the order that have a figure or a total.
    rows_with_figures: usize,
    /// True if the rows without any figure are listed too.
    is_unfolded: bool,
}

impl TableState {
    /// Figure that the functions are sorted by.
    pub fn sorted_by(&self) -> TableOrder {
        self.order_by
    }

    /// Direction of the sort.
    pub fn direction(&self) -> SortDirection {
        self.direction
    }

    /// Functions in the order of the rows.
    pub fn order(&self) -> &[FrameId] {
        &self.order
    }

    /// Number of listed rows, without the folded rows, which have no figure.
    pub fn listed(&self) -> usize {
        if self.is_unfolded { self.order.len() } else { self.rows_with_figures }
    }

    /// Number of rows that are folded.
    pub fn folded(&self) -> usize {
        self.order.len() - self.listed()
    }

    /// Row of the selected function; `None` without a selection, or if the filters drop the function.
    pub fn row(&self) -> Option<usize> {
        let row = *self.row_of.get(self.selected?.index())? as usize;
        (row < self.order.len()).then_some(row)
    }

    /// Cell of the selected row within the pane, below its heading; `None` if it is not visible.
    pub fn cursor_cell(&self) -> Option<(usize, usize)> {
        let row = self.row()?.checked_sub(self.cursor.top)?;
        (row < self.cursor.rows).then_some((0, row + 1))
    }

    /// Row of the order that is drawn `below` rows below the heading. If the selected row is not visible, it is drawn
    /// in place of the last row.
    pub fn row_at(&self, below: usize) -> Option<usize> {
        let visible = self.cursor.visible(self.listed());
        let pinned = self.row().filter(|row| !visible.contains(row) && below + 1 == self.cursor.rows);
        pinned.or_else(|| Some(self.cursor.top + below).filter(|row| visible.contains(row)))
    }

    /// Selects a row, and the largest node of its function for all views.
    pub fn select_row(&mut self, answer: &Answer, navigation: &mut Navigation, row: usize) {
        let Some(&frame) = self.order.get(row) else { return };
        self.follow(Some(frame));
        if let Some(node) = largest_node(answer, navigation.zoom(), frame) {
            navigation.select(Selection::Node(node));
        }
    }

    /// Index of the first visible row.
    pub fn top(&self) -> usize {
        self.cursor.top
    }

    /// Indices of the sample types other than the chosen one, the most closely related first.
    pub fn other_sample_types(&self) -> &[usize] {
        &self.other_sample_types
    }

    /// Derived figures whose inputs the profile has.
    pub fn derived(&self) -> &[Figure] {
        &self.derived
    }

    /// Largest absolute self of any function in the chosen sample type.
    pub fn largest_self(&self) -> u64 {
        self.largest_self
    }

    fn choice(&self) -> ColumnChoice {
        self.choice.unwrap_or(ColumnChoice::Figures { others: 0, derived: 0 })
    }

    /// Columns that fit `width`, from left to right.
    pub fn columns(&self, width: usize) -> Vec<PlacedColumn<TableColumn>> {
        columns::table(width, self.choice(), self.order_by.column())
    }

    /// Sets a new answer: the columns it offers and the order of its functions.
    pub fn set_answer(&mut self, answer: &Answer) {
        self.other_sample_types = words::other_types(answer.series.sample_types(), answer.query.sample_type);
        self.order = answer.tree.frames().ids().skip(1).filter(|frame| is_left(answer, *frame)).collect();
        let inputs = Inputs::of(answer);
        let offered: Vec<Figure> = Figure::ALL.into_iter().filter(|figure| inputs.offers(*figure).is_ok()).collect();
        self.keep_derived_order(&offered);
        self.derived = offered;
        let choice = match answer.base {
            None => ColumnChoice::Figures { others: self.other_sample_types.len(), derived: self.derived.len() },
            Some(_) => ColumnChoice::Changes,
        };
        let is_comparison = |choice| choice == Some(ColumnChoice::Changes);
        if is_comparison(self.choice) != is_comparison(Some(choice)) {
            // The other kind of answer has other columns, so the default order is restored.
            self.order_by = if answer.base.is_some() { TableOrder::OwnChange } else { TableOrder::Own };
            (self.direction, self.cursor.top) = (SortDirection::Usual, 0);
        }
        self.choice = Some(choice);
        let own = answer.flat(answer.query.sample_type).map_or(&[][..], |flat| flat.selfs());
        self.largest_self = own.iter().map(|own| own.unsigned_abs()).max().unwrap_or_default();
        self.sort(answer);
    }

    /// Keeps the order by a derived figure if the figure is still available, else sorts by self.
    fn keep_derived_order(&mut self, offered: &[Figure]) {
        let TableOrder::Derived(index) = self.order_by else { return };
        let same = self.derived.get(index).and_then(|figure| offered.iter().position(|other| other == figure));
        self.order_by = same.map_or(TableOrder::Own, TableOrder::Derived);
    }

    /// Sets the size of the pane.
    pub fn resize(&mut self, (width, height): (usize, usize)) {
        self.width = width;
        self.cursor.resize(height.saturating_sub(1), self.listed());
    }

    /// Follows a selection made in another view, without scrolling.
    pub fn follow(&mut self, frame: Option<FrameId>) {
        self.selected = frame.filter(|frame| frame.index() > 0);
    }

    /// Scrolls to the selected row.
    pub fn reveal(&mut self) {
        if let Some(row) = self.row() {
            self.is_unfolded |= row >= self.rows_with_figures;
            self.cursor.select_far(row, self.listed());
        }
    }

    /// Moves to another row, and selects the largest node of its function for all views.
    pub fn move_by(&mut self, answer: &Answer, navigation: &mut Navigation, step: Move) {
        let row = match (self.row(), step) {
            // Without a selection, keys move from the first visible row.
            (None, Move::Down) => self.cursor.top,
            (row, _) => {
                // A move down from the last listed row unfolds the others.
                self.is_unfolded |= step == Move::Down && row.is_some_and(|row| row + 1 == self.listed());
                let last = self.listed().saturating_sub(1);
                step.target(row.unwrap_or(self.cursor.top), self.cursor.rows, last)
            }
        };
        if row < self.order.len() {
            self.cursor.select(row, self.listed());
            self.select_row(answer, navigation, row);
        }
    }

    /// Changes the order.
    pub fn sort_by(&mut self, answer: &Answer, sort: Sort) {
        match sort {
            Sort::Next => (self.order_by, self.direction) = (self.next_order(), SortDirection::Usual),
            Sort::Reverse => self.direction = self.direction.reversed(),
        }
        self.show_order(answer);
    }

    /// Orders, each with the word of its column for commands.
    pub fn sort_words(&self, answer: &Answer) -> Vec<(String, TableOrder)> {
        let orders = columns::all(self.choice()).into_iter().filter_map(TableOrder::of);
        let word = |order: TableOrder| match order {
            TableOrder::Own => "self".to_owned(),
            TableOrder::Total => "total".to_owned(),
            TableOrder::OwnChange => "change".to_owned(),
            TableOrder::OwnPart => "ratio".to_owned(),
            TableOrder::BaseOwn => "self-before".to_owned(),
            TableOrder::TotalChange => "total-change".to_owned(),
            TableOrder::Name => "name".to_owned(),
            TableOrder::Other(at) => {
                let sample_type = self.other_sample_types.get(at).copied().unwrap_or_default();
                words::short(answer.series.sample_types(), sample_type)
            }
            TableOrder::Derived(at) => self.derived.get(at).map_or("", |figure| figure.word()).to_owned(),
        };
        orders.map(|order| (word(order).replace(' ', "-"), order)).filter(|(word, _)| !word.is_empty()).collect()
    }

    /// Sorts by `order`, the largest figures first.
    pub fn sort_by_order(&mut self, answer: &Answer, order: TableOrder) {
        (self.order_by, self.direction) = (order, SortDirection::Usual);
        self.show_order(answer);
    }

    /// Sorts by the column whose heading is at cell `x`; reverses the direction if this is the order already.
    pub fn sort_by_heading_at(&mut self, answer: &Answer, x: usize) {
        // The blank after a column counts as a part of the column.
        let columns = self.columns(self.width);
        let Some((column, _)) = columns.into_iter().find(|(_, cells)| x <= cells.end) else { return };
        let order = TableOrder::of_heading(column);
        self.direction = if order == self.order_by { self.direction.reversed() } else { SortDirection::Usual };
        self.order_by = order;
        self.show_order(answer);
    }

    fn show_order(&mut self, answer: &Answer) {
        self.sort(answer);
        self.cursor.top = 0;
        self.reveal();
    }

    fn next_order(&self) -> TableOrder {
        let orders: Vec<TableOrder> = columns::all(self.choice()).into_iter().filter_map(TableOrder::of).collect();
        let next = orders.iter().position(|order| *order == self.order_by).map_or(0, |at| (at + 1) % orders.len());
        orders.get(next).copied().unwrap_or_default()
    }

    /// Sorts the functions: by the absolute figure, then by total, then by name. Functions without the figure come last
    /// in both directions.
    fn sort(&mut self, answer: &Answer) {
        let frames = answer.tree.frames();
        let figures: Vec<Option<i64>> = frames.ids().map(|frame| self.figure(answer, frame)).collect();
        let figure = |frame: FrameId| figures[frame.index()];
        let by_figure = |left: FrameId, right: FrameId| {
            let (of_left, of_right) = (figure(left).unwrap_or(0), figure(right).unwrap_or(0));
            of_right.unsigned_abs().cmp(&of_left.unsigned_abs()).then(of_right.cmp(&of_left))
        };
        let totals: Vec<u64> = frames.ids().map(|frame| tie_breaker(answer, frame)).collect();
        let by_name_only = self.order_by == TableOrder::Name;
        let by_total = |left: FrameId, right: FrameId| {
            if by_name_only { Ordering::Equal } else { totals[right.index()].cmp(&totals[left.index()]) }
        };
        let by_name = |left: FrameId, right: FrameId| frames.name(left).cmp(frames.name(right)).then(left.cmp(&right));
        let order = |left: FrameId, right: FrameId| {
            by_figure(left, right).then_with(|| by_total(left, right)).then_with(|| by_name(left, right))
        };
        let directed = |left: &FrameId, right: &FrameId| -> Ordering {
            let by_absence = figure(*left).is_none().cmp(&figure(*right).is_none());
            by_absence.then_with(|| match self.direction {
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
        let is_filled =
            |frame: &FrameId| totals[frame.index()] != 0 || figure(*frame).is_some_and(|figure| figure != 0);
        // The order by name has no figure, and a reversed order begins with the rows without a figure.
        let is_foldable = !by_name_only && self.direction == SortDirection::Usual;
        self.rows_with_figures = if is_foldable { sorted.partition_point(is_filled) } else { sorted.len() };
        if sorted.len() - self.rows_with_figures < LEAST_FOLDED {
            self.rows_with_figures = sorted.len();
        }
        self.order = sorted;
    }

    /// Figure of a function in the current order; `None` if a derived figure is absent for it.
    fn figure(&self, answer: &Answer, frame: FrameId) -> Option<i64> {
        let own = |sample_type: usize| answer.flat(sample_type).map_or(0, |flat| flat.own(frame));
        let chosen = answer.query.sample_type;
        match self.order_by {
            TableOrder::Own => Some(own(chosen)),
            TableOrder::Other(index) => Some(self.other_sample_types.get(index).map_or(0, |other| own(*other))),
            TableOrder::Total => Some(answer.flat(chosen).map_or(0, |flat| flat.total(frame))),
            TableOrder::Derived(index) => self.derived_of(answer, index, frame).map(sort_key),
            TableOrder::OwnChange => Some(own_change(answer, frame).delta()),
            TableOrder::OwnPart => Some(relative_change(&own_change(answer, frame))),
            TableOrder::BaseOwn => Some(own_change(answer, frame).base),
            TableOrder::TotalChange => Some(total_change(answer, frame).delta()),
            TableOrder::Name => Some(0),
        }
    }

    /// Derived figure of the self of a function; `None` if it is absent for the function.
    pub fn derived_of(&self, answer: &Answer, index: usize, frame: FrameId) -> Option<DerivedValue> {
        answer.derived.as_ref()?.own(*self.derived.get(index)?, frame).ok()
    }
}

/// Minimum number of rows without any figure that are folded.
const LEAST_FOLDED: usize = 3;

/// Second sort key: the total, or in a comparison the size of its change.
fn tie_breaker(answer: &Answer, frame: FrameId) -> u64 {
    if answer.base.is_some() {
        return total_change(answer, frame).delta().unsigned_abs();
    }
    answer.flat(answer.query.sample_type).map_or(0, |flat| flat.total(frame)).unsigned_abs()
}

/// Zooms to the selected node.
pub fn zoom_to_selection(answer: &Answer, navigation: &mut Navigation) {
    if let Selection::Node(node) = navigation.selection() {
        navigation.zoom_to(&answer.tree, Zoom::to(node));
    }
}

/// Returns true if samples of a function pass the filters, in any sample type or in the base. Beside a base that is not
/// compared, functions that only the base has are left out.
fn is_left(answer: &Answer, frame: FrameId) -> bool {
    let is_held = |flat: &Flat| flat.total(frame) != 0 || flat.own(frame) != 0;
    let is_of_shown = answer.base.is_some() || answer.series.range_of(Input::Base).is_empty();
    answer.filtered.keeps_all() && is_of_shown
        || answer.flats.iter().flatten().any(|flat| is_held(flat))
        || total_change(answer, frame).base != 0
}

/// Change of the self of a function in the chosen sample type.
pub fn own_change(answer: &Answer, frame: FrameId) -> Change {
    change(answer, frame, Comparison::frame_own)
}

/// Change of the total of a function in the chosen sample type.
pub fn total_change(answer: &Answer, frame: FrameId) -> Change {
    change(answer, frame, Comparison::frame_total)
}

fn change(answer: &Answer, frame: FrameId, of: fn(&Comparison, usize, &Flat, FrameId) -> Option<Change>) -> Change {
    let chosen = answer.query.sample_type;
    let found = answer.base.as_ref().zip(answer.flat(chosen)).and_then(|(base, flat)| of(base, chosen, flat, frame));
    found.unwrap_or(Change::of(0, 0, None))
}

/// Integer in the order of a derived figure.
fn sort_key(value: DerivedValue) -> i64 {
    match value {
        DerivedValue::Amount(amount) => amount,
        DerivedValue::Share(share) => (share * SHARE_RESOLUTION) as i64,
        DerivedValue::Time(nanos) => nanos,
    }
}

/// Change relative to the base in thousandths; a change from 0 is larger than all others.
fn relative_change(change: &Change) -> i64 {
    let thousandths = i128::from(change.delta()) * 1000;
    match change.base {
        0 => change.delta().signum().saturating_mul(i64::MAX),
        base => i64::try_from(thousandths / i128::from(base.saturating_abs())).unwrap_or(i64::MAX),
    }
}
