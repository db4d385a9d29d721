//! State of the trend: trends, order of the functions, selected row, visible rows.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use crate::analysis::trend::{FunctionTrend, GrowthFinding};
use crate::analysis::{Answer, NoTrend, Trends};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FrameId, NodeId};
use crate::layout::panes::Area;
use crate::layout::trend::{TrendAreas, TrendColumn, columns, split};
use crate::view::nav::{ListCursor, Move};
use crate::view::navigation::{Navigation, Selection};
use crate::view::table::state::SortDirection;
use crate::view::trend::Action;

/// Trends, or the reason why they are absent.
#[derive(Clone, Debug, Default)]
pub enum TrendData {
    #[default]
    Pending,
    Missing(NoTrend),
    Trends(Arc<Trends>),
}

/// Figure that the functions are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrendOrder {
    /// Slope times tau: steep and steady growth first.
    #[default]
    Weight,
    Slope,
    /// Kendall's tau.
    Tau,
    /// Figure in the first snapshot.
    First,
    /// Figure in the last snapshot.
    Last,
    Name,
}

impl TrendOrder {
    /// Orders in the sequence in which [`Action::Sort`] steps through them.
    const ALL: [Self; 6] = [Self::Weight, Self::Slope, Self::Tau, Self::First, Self::Last, Self::Name];

    /// Column that shows the order; `None` for an order by more than one.
    pub fn column(self) -> Option<TrendColumn> {
        match self {
            Self::Weight => None,
            Self::Slope => Some(TrendColumn::Slope),
            Self::Tau => Some(TrendColumn::Tau),
            Self::First => Some(TrendColumn::First),
            Self::Last => Some(TrendColumn::Last),
            Self::Name => Some(TrendColumn::Name),
        }
    }
}

/// Functions that are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrendRows {
    /// All functions that have self in some snapshot.
    #[default]
    All,
    /// Only functions whose line rises.
    Growing,
}

/// Presentation of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrendPresentation {
    /// Columns of figures, and a plot of the selected function.
    #[default]
    List,
    /// A row of shades for each function, each row by its own maximum.
    HeatMap,
}

/// Row of the list.
#[derive(Clone, Copy, Debug)]
pub enum TrendRow<'a> {
    /// Cause of growth in the program's own code.
    Cause(&'a GrowthFinding),
    /// Function.
    Function(&'a FunctionTrend),
}

impl<'a> TrendRow<'a> {
    /// Function, or the cause.
    pub fn frame(self) -> FrameId {
        match self {
            Self::Cause(finding) => finding.cause,
            Self::Function(row) => row.frame,
        }
    }

    /// Node of the function that grew most, or node of the cause under which most grew.
    pub fn node(self) -> NodeId {
        match self {
            Self::Cause(finding) => finding.node,
            Self::Function(row) => row.node,
        }
    }

    /// Instance of the function, or the only one in which functions of the cause grow; `None` if there are several, or
    /// if the trends are of one instance.
    pub fn instance(self, trends: &Trends) -> Option<usize> {
        if trends.instances() < 2 {
            return None;
        }
        let of = |row: &FunctionTrend| trends.lanes[row.lane].instance;
        match self {
            Self::Function(row) => Some(of(row)),
            Self::Cause(finding) => {
                let grows = |row: &&FunctionTrend| row.delta > 0 && finding.functions.contains(&row.frame);
                let is_suspect = trends.rows.iter().filter(grows).any(FunctionTrend::is_suspect);
                let rows = trends.rows.iter().filter(grows).filter(|row| !is_suspect || row.is_suspect());
                let mut instances: Vec<usize> = rows.map(of).collect();
                instances.sort_unstable();
                instances.dedup();
                instances.first().copied().filter(|_| instances.len() == 1)
            }
        }
    }

    /// Values over the snapshots of the window.
    pub fn line(self, trends: &'a Trends) -> Cow<'a, [i64]> {
        match self {
            Self::Cause(finding) => Cow::Borrowed(&finding.line),
            Self::Function(row) => Cow::Owned(trends.line(row)),
        }
    }
}

/// Index of a row among the causes or the functions of the trends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowIndex {
    Cause(usize),
    Function(usize),
}

/// State of the trend.
#[derive(Clone, Debug, Default)]
pub struct TrendState {
    data: TrendData,
    order_by: TrendOrder,
    direction: SortDirection,
    listed: TrendRows,
    presentation: TrendPresentation,
    /// Rows in their order: causes first.
    order: Vec<RowIndex>,
    cursor: ListCursor,
    /// Instance of the function that was selected in the trends dropped last; `None` for a cause.
    instance: Option<usize>,
    area: Area,
}

impl TrendState {
    /// Trends, or the reason why they are absent.
    pub fn data(&self) -> &TrendData {
        &self.data
    }

    /// Trends; `None` while they are pending, or if there are none.
    pub fn trends(&self) -> Option<&Arc<Trends>> {
        if let TrendData::Trends(trends) = &self.data { Some(trends) } else { None }
    }

    /// Figure that the functions are sorted by.
    pub fn sorted_by(&self) -> TrendOrder {
        self.order_by
    }

    /// Direction of the sort.
    pub fn direction(&self) -> SortDirection {
        self.direction
    }

    /// Functions that are listed.
    pub fn listed(&self) -> TrendRows {
        self.listed
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Number of causes, which are the first rows.
    pub fn causes(&self) -> usize {
        self.order.iter().take_while(|row| matches!(row, RowIndex::Cause(_))).count()
    }

    /// Cursor on the selected row.
    pub fn cursor(&self) -> ListCursor {
        self.cursor
    }

    /// Number of causes that stay in sight above the functions when these are scrolled.
    fn pinned(&self) -> usize {
        self.causes().min(self.visible_rows() / 3)
    }

    /// Index of the row on a line of the visible part.
    pub fn index_on(&self, line: usize) -> usize {
        if line < self.pinned() { line } else { self.cursor.top + line }
    }

    /// Number of suspects that are listed above the first visible function.
    pub fn suspects_above(&self) -> usize {
        let hidden = self.causes()..self.index_on(self.pinned());
        let is_suspect = |at: &usize| matches!(self.row(*at), Some(TrendRow::Function(row)) if row.is_suspect());
        hidden.filter(is_suspect).count()
    }

    /// Scrolls so that the selected row is not behind the pinned causes.
    fn uncover(&mut self) {
        let (at, pinned) = (self.cursor.at, self.pinned());
        if (pinned..self.cursor.top + pinned).contains(&at) {
            self.cursor.top = at - pinned;
        }
    }

    /// Selects the row on a line of the visible part, for all views. Returns false if there is none.
    pub fn select_line(&mut self, navigation: &mut Navigation, line: usize) -> bool {
        let at = self.index_on(line);
        if at >= self.order.len() {
            return false;
        }
        self.cursor.at = at;
        self.select_node(navigation);
        true
    }

    /// Row of the list.
    pub fn row(&self, at: usize) -> Option<TrendRow<'_>> {
        let trends = self.trends()?;
        match *self.order.get(at)? {
            RowIndex::Cause(cause) => trends.findings.get(cause).map(TrendRow::Cause),
            RowIndex::Function(row) => trends.rows.get(row).map(TrendRow::Function),
        }
    }

    /// Selected row.
    pub fn selected(&self) -> Option<TrendRow<'_>> {
        self.row(self.cursor.at)
    }

    /// Selected cause; `None` if a function is selected.
    pub fn selected_cause(&self) -> Option<&GrowthFinding> {
        match self.selected()? {
            TrendRow::Cause(finding) => Some(finding),
            TrendRow::Function(_) => None,
        }
    }

    /// Presentation of the lines.
    pub fn presentation(&self) -> TrendPresentation {
        self.presentation
    }

    /// Areas of table and plot.
    pub fn parts(&self) -> TrendAreas {
        if self.presentation == TrendPresentation::HeatMap {
            return TrendAreas { table: self.area, ..TrendAreas::default() };
        }
        split(self.area, self.order.len())
    }

    /// Cell of the selected row within the view; `None` if it is not visible.
    pub fn cursor_cell(&self) -> Option<(usize, usize)> {
        let is_pinned = self.cursor.at < self.pinned();
        let line = if is_pinned { self.cursor.at } else { self.cursor.visible_row(self.order.len())? };
        Some((0, line + 1))
    }

    /// Drops the trends after a change of the tree or the sample type.
    pub fn forget(&mut self) {
        self.instance = self.selected_instance().or(self.instance);
        self.data = TrendData::Pending;
        self.order.clear();
    }

    /// Sets the trends, and selects the row of the shared selection if it has a row, of the same instance as before if
    /// possible.
    pub fn set_data(&mut self, data: TrendData, answer: &Answer, navigation: &Navigation) {
        let (frame, instance) = (navigation.frame(&answer.tree), self.selected_instance().or(self.instance.take()));
        self.data = data;
        self.sort(answer);
        let at = self.position(frame, instance);
        self.select_first(at);
        if at.is_none() {
            self.follow(frame);
        }
    }

    /// Sets the area of the view.
    pub fn resize(&mut self, area: Area) {
        self.area = area;
        self.cursor.resize(self.visible_rows(), self.order.len());
        self.uncover();
    }

    /// Follows a selection made in another view. A function that never has self has no row, and changes nothing.
    pub fn follow(&mut self, frame: Option<FrameId>) {
        let is_here = |row: TrendRow| Some(row.frame()) == frame;
        if self.selected().is_some_and(is_here) {
            return;
        }
        // The row of a function is searched before that of a cause with the same name.
        let rows = (self.causes()..self.order.len()).chain(0..self.causes());
        if let Some(at) = { rows }.find(|at| self.row(*at).is_some_and(is_here)) {
            self.cursor.select_far(at, self.order.len());
            self.uncover();
        }
    }

    /// Moves to another row, and selects the node of the row for all views.
    pub fn move_by(&mut self, navigation: &mut Navigation, step: Move) {
        self.cursor.move_by(step, self.order.len());
        self.uncover();
        self.select_node(navigation);
    }

    /// Selects the node of the selected row for all views.
    pub fn select_node(&self, navigation: &mut Navigation) {
        if let Some(row) = self.selected() {
            navigation.select(Selection::Node(row.node()));
        }
    }

    /// Changes the order or the functions that are listed.
    pub fn handle(&mut self, answer: &Answer, action: Action) {
        let selected = self.order.get(self.cursor.at).copied();
        let frame = self.selected().map(TrendRow::frame);
        match action {
            Action::Growing => {
                self.listed = match self.listed {
                    TrendRows::All => TrendRows::Growing,
                    TrendRows::Growing => TrendRows::All,
                };
            }
            Action::HeatMap => {
                self.presentation = match self.presentation {
                    TrendPresentation::List => TrendPresentation::HeatMap,
                    TrendPresentation::HeatMap => TrendPresentation::List,
                };
            }
            Action::Reverse => self.direction = self.direction.reversed(),
            Action::Sort => (self.order_by, self.direction) = (self.next_order(), SortDirection::Usual),
            Action::Open | Action::Compare => return,
        }
        self.sort(answer);
        let at = selected.and_then(|selected| self.order.iter().position(|row| *row == selected));
        self.select_first(at);
        // Another instance may still list the function.
        if at.is_none() {
            self.follow(frame);
        }
    }

    /// Sorts by the column whose heading is at cell `x`; reverses the direction if the column is sorted already.
    pub fn sort_by_heading_at(&mut self, answer: &Answer, x: usize) {
        let Some(trends) = self.trends().filter(|_| self.presentation == TrendPresentation::List) else { return };
        let visible = columns(usize::from(self.area.width), trends.window.count());
        let column = visible.into_iter().find(|(_, cells)| x <= cells.end).map(|(column, _)| column);
        let is_of = |order: &TrendOrder| column.is_some() && order.column() == column;
        let Some(order) = TrendOrder::ALL.into_iter().find(is_of) else { return };
        if is_of(&self.order_by) {
            return self.handle(answer, Action::Reverse);
        }
        let selected = self.order.get(self.cursor.at).copied();
        (self.order_by, self.direction) = (order, SortDirection::Usual);
        self.sort(answer);
        self.select_first(selected.and_then(|selected| self.order.iter().position(|row| *row == selected)));
    }

    /// Selects a row in a new order, else the first row.
    fn select_first(&mut self, at: Option<usize>) {
        (self.cursor.at, self.cursor.top) = (0, 0);
        self.cursor.rows = self.visible_rows();
        self.cursor.select_far(at.unwrap_or(0), self.order.len());
        self.uncover();
    }

    /// Instance of the selected function; `None` for a cause, and without rows.
    fn selected_instance(&self) -> Option<usize> {
        match self.selected()? {
            TrendRow::Cause(_) => None,
            TrendRow::Function(row) => Some(self.trends()?.lanes.get(row.lane)?.instance),
        }
    }

    /// Position of a function's row, of this instance if it has one.
    fn position(&self, frame: Option<FrameId>, instance: Option<usize>) -> Option<usize> {
        let trends = self.trends()?;
        let is_here = |at: &usize| match self.row(*at) {
            Some(TrendRow::Function(row)) => {
                Some(row.frame) == frame && Some(trends.lanes[row.lane].instance) == instance
            }
            Some(TrendRow::Cause(_)) | None => false,
        };
        (0..self.order.len()).find(is_here)
    }

    /// Next order whose column is visible.
    fn next_order(&self) -> TrendOrder {
        let snapshots = self.trends().map_or(0, |trends| trends.window.count());
        let visible = columns(usize::from(self.area.width), snapshots);
        let is_visible = |order: &TrendOrder| {
            order.column().is_none_or(|wanted| visible.iter().any(|(column, _)| *column == wanted))
        };
        let at = TrendOrder::ALL.iter().position(|order| *order == self.order_by).unwrap_or(0);
        let mut after = TrendOrder::ALL.into_iter().cycle().skip(at + 1).take(TrendOrder::ALL.len());
        after.find(is_visible).unwrap_or_default()
    }

    fn visible_rows(&self) -> usize {
        usize::from(self.parts().table.height).saturating_sub(1)
    }

    /// Sorts the functions; equal functions are ordered by name.
    fn sort(&mut self, answer: &Answer) {
        let TrendData::Trends(trends) = &self.data else {
            self.order.clear();
            return;
        };
        let (rows, frames) = (&trends.rows, answer.tree.frames());
        let by_name = |one: &FunctionTrend, other: &FunctionTrend| frames.name(one.frame).cmp(frames.name(other.frame));
        let order = |one: &FunctionTrend, other: &FunctionTrend| -> Ordering {
            match self.order_by {
                TrendOrder::Weight => other.weight().total_cmp(&one.weight()),
                TrendOrder::Slope => other.steepness.total_cmp(&one.steepness),
                TrendOrder::Tau => other.tau.total_cmp(&one.tau),
                TrendOrder::First => other.first.cmp(&one.first),
                TrendOrder::Last => other.last.cmp(&one.last),
                TrendOrder::Name => by_name(one, other),
            }
        };
        let is_listed =
            |row: &FunctionTrend| self.listed == TrendRows::All || row.steepness > 0.0 && row.last > row.first;
        let is_counter = trends.is_counter();
        let causes = if is_counter { 0 } else { trends.findings.len() };
        let mut sorted: Vec<usize> = (0..rows.len()).filter(|at| is_listed(&rows[*at])).collect();
        sorted.compact_sort_by(|one, other| {
            let (one, other) = (&rows[*one], &rows[*other]);
            let ordered = match self.direction {
                SortDirection::Usual => order(one, other),
                SortDirection::Reversed => order(other, one),
            };
            ordered.then_with(|| by_name(one, other))
        });
        let causes = (0..causes).map(RowIndex::Cause);
        self.order = causes.chain(sorted.into_iter().map(RowIndex::Function)).collect();
    }
}
