//! The trend's state: what was found, the order of the functions, the selected one, and the rows that show.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::analysis::trend::FunctionTrend;
use crate::analysis::{Answer, NoTrend, Trends};
use crate::base::ids::{FrameId, NodeId};
use crate::layout::panes::Area;
use crate::layout::trend::{TrendAreas, TrendColumn, columns, split};
use crate::layout::viewport;
use crate::view::navigation::{Navigation, Selection};
use crate::view::table::state::SortDirection;
use crate::view::trend::Action;

/// What is known.
#[derive(Clone, Debug, Default)]
pub enum TrendData {
    /// Nothing yet: it was asked for, or will be.
    #[default]
    Reading,
    /// There is none.
    Nothing(NoTrend),
    /// The trends.
    Trends(Arc<Trends>),
}

/// What the functions are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrendOrder {
    /// Slope times tau: what is steep and steady comes first.
    #[default]
    Weight,
    /// The slope alone.
    Slope,
    /// How monotone it is.
    Tau,
    /// What it held in the first snapshot.
    First,
    /// What it held in the last.
    Last,
    /// The name.
    Name,
}

impl TrendOrder {
    /// The orders, as a key goes through them.
    const ALL: [Self; 6] = [Self::Weight, Self::Slope, Self::Tau, Self::First, Self::Last, Self::Name];

    /// The column that shows an order.
    pub fn column(self) -> TrendColumn {
        match self {
            Self::Weight | Self::Slope => TrendColumn::Slope,
            Self::Tau => TrendColumn::Tau,
            Self::First => TrendColumn::First,
            Self::Last => TrendColumn::Last,
            Self::Name => TrendColumn::Name,
        }
    }
}

/// Which functions are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrendRows {
    /// Every one that ever held anything itself.
    #[default]
    All,
    /// Those whose line goes up.
    Growing,
}

/// The trend's state.
#[derive(Clone, Debug, Default)]
pub struct TrendState {
    found: TrendData,
    by: TrendOrder,
    direction: SortDirection,
    listed: TrendRows,
    /// Rows of the trends, in the order in which they stand.
    order: Vec<usize>,
    /// The place of the selected row in the order.
    at: usize,
    top: usize,
    area: Area,
}

impl TrendState {
    /// What is known.
    pub fn found(&self) -> &TrendData {
        &self.found
    }

    /// The trends, where there are any.
    pub fn trends(&self) -> Option<&Trends> {
        if let TrendData::Trends(trends) = &self.found { Some(trends) } else { None }
    }

    /// The same, to be kept.
    pub fn shared(&self) -> Option<Arc<Trends>> {
        if let TrendData::Trends(trends) = &self.found { Some(Arc::clone(trends)) } else { None }
    }

    /// What the functions are ordered by.
    pub fn sorted_by(&self) -> TrendOrder {
        self.by
    }

    /// Which end comes first.
    pub fn direction(&self) -> SortDirection {
        self.direction
    }

    /// Which functions are listed.
    pub fn listed(&self) -> TrendRows {
        self.listed
    }

    /// How many functions are listed.
    pub fn count(&self) -> usize {
        self.order.len()
    }

    /// The selected row's place in the list.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The first row that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// A row of the list.
    pub fn row(&self, at: usize) -> Option<&FunctionTrend> {
        self.trends()?.rows.get(*self.order.get(at)?)
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&FunctionTrend> {
        self.row(self.at)
    }

    /// Where the parts stand.
    pub fn parts(&self) -> TrendAreas {
        split(self.area, self.order.len())
    }

    /// Where the selected row stands, counted from the corner of the trend.
    pub fn spot(&self) -> Option<(usize, usize)> {
        let row = self.at.checked_sub(self.top).filter(|row| *row < self.shown() && !self.order.is_empty())?;
        Some((0, row + 1))
    }

    /// Forgets what was known: it was of another tree or another sample type.
    pub fn forget(&mut self) {
        self.found = TrendData::Reading;
        self.order.clear();
    }

    /// Takes in what was found. The selection of the other views is selected here too, where it has a row.
    pub fn take(&mut self, found: TrendData, answer: &Answer, place: &Navigation) {
        self.found = found;
        self.sort(answer);
        (self.at, self.top) = (0, 0);
        self.follow(place.frame(&answer.tree));
        self.reveal();
    }

    /// Takes in where it stands.
    pub fn fit(&mut self, area: Area) {
        self.area = area;
        self.top = viewport::clamp(self.top, self.shown(), self.order.len());
    }

    /// Follows a selection made elsewhere; what never held anything itself has no row, and changes nothing.
    pub fn follow(&mut self, frame: Option<FrameId>) {
        let is_here = |row: &FunctionTrend| Some(row.frame) == frame;
        if self.selected().is_some_and(is_here) {
            return;
        }
        if let Some(at) = (0..self.order.len()).find(|at| self.row(*at).is_some_and(is_here)) {
            self.at = at;
            self.reveal();
        }
    }

    /// The node of the selected row that grew most.
    pub fn node(&self) -> Option<NodeId> {
        self.selected().map(|row| row.node)
    }

    /// Does what a key asks that only looks at the list, and selects the row's place for all views.
    pub fn act(&mut self, answer: &Answer, place: &mut Navigation, action: Action) {
        let last = self.order.len().saturating_sub(1);
        let page = self.shown().saturating_sub(1).max(1);
        self.at = match action {
            Action::Up => self.at.saturating_sub(1),
            Action::Down => (self.at + 1).min(last),
            Action::Top => 0,
            Action::Bottom => last,
            Action::PageUp => self.at.saturating_sub(page),
            Action::PageDown => (self.at + page).min(last),
            Action::Open | Action::Compare => self.at,
            Action::Growing | Action::Sort | Action::Reverse => return self.arrange(answer, action),
        };
        self.top = viewport::follow(self.top, self.shown(), self.order.len(), self.at);
        if let Some(node) = self.node() {
            place.select(Selection::Node(node));
        }
    }

    fn arrange(&mut self, answer: &Answer, action: Action) {
        let selected = self.selected().map(|row| row.frame);
        match action {
            Action::Growing => {
                self.listed = match self.listed {
                    TrendRows::All => TrendRows::Growing,
                    TrendRows::Growing => TrendRows::All,
                };
            }
            Action::Reverse => {
                self.direction = match self.direction {
                    SortDirection::Usual => SortDirection::Reversed,
                    SortDirection::Reversed => SortDirection::Usual,
                };
            }
            _ => {
                self.by = self.next();
                self.direction = SortDirection::Usual;
            }
        }
        self.sort(answer);
        (self.at, self.top) = (0, 0);
        self.follow(selected);
    }

    /// The order after this one, of those whose column shows.
    fn next(&self) -> TrendOrder {
        let snapshots = self.trends().map_or(0, |trends| trends.window.count());
        let shown = columns(usize::from(self.area.width), snapshots);
        let is_shown = |by: &TrendOrder| shown.iter().any(|(column, _)| *column == by.column());
        let at = TrendOrder::ALL.iter().position(|by| *by == self.by).unwrap_or(0);
        let mut after = TrendOrder::ALL.into_iter().cycle().skip(at + 1).take(TrendOrder::ALL.len());
        after.find(is_shown).unwrap_or_default()
    }

    /// How many rows show.
    fn shown(&self) -> usize {
        usize::from(self.parts().table.height).saturating_sub(1)
    }

    fn reveal(&mut self) {
        self.top = viewport::centre(self.top, self.shown(), self.order.len(), self.at);
    }

    /// Puts the functions in order. Equal ones stand by name, so that the order is always the same.
    fn sort(&mut self, answer: &Answer) {
        let TrendData::Trends(trends) = &self.found else {
            self.order.clear();
            return;
        };
        let (rows, frames) = (&trends.rows, answer.tree.frames());
        let by_name = |one: &FunctionTrend, other: &FunctionTrend| frames.name(one.frame).cmp(frames.name(other.frame));
        let order = |one: &FunctionTrend, other: &FunctionTrend| -> Ordering {
            match self.by {
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
        let mut sorted: Vec<usize> = (0..rows.len()).filter(|at| is_listed(&rows[*at])).collect();
        sorted.sort_by(|one, other| {
            let (one, other) = (&rows[*one], &rows[*other]);
            let ordered = match self.direction {
                SortDirection::Usual => order(one, other),
                SortDirection::Reversed => order(other, one),
            };
            ordered.then_with(|| by_name(one, other))
        });
        self.order = sorted;
    }
}
