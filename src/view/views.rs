//! State of all views: the view in front, the focus, the areas, and the state of each view.

use crate::layout::panes::{ActiveView, Pane, Panes, Split};
use crate::view::context::DisplayOptions;
use crate::view::headline::HeadlineState;
use crate::view::overlay::{Focus, Stack};
use crate::view::sides::{LastComparison, Sides};
use crate::view::{
    details, filters, health, icicle, instances, labels, memory, sandwich, source, table, timeline, trend,
};

/// Origin of the source view, and an edit that waits for confirmation.
#[derive(Clone, Debug, Default)]
pub struct SourceVisit {
    /// View that was active before.
    pub previous: ActiveView,
    /// Line that the next edit key opens in the editor, although its file is outside of the named folders; `None` if no
    /// edit waits for confirmation.
    pub confirmed: Option<String>,
}

/// State of all views.
#[derive(Debug)]
pub struct Views {
    /// View in front.
    pub front: ActiveView,
    /// Focused pane.
    pub pane: Pane,
    /// Border between icicle and table.
    pub split: Split,
    /// Areas of the panes.
    pub panes: Panes,
    /// Overlays.
    pub stack: Stack,
    /// Headline: the answer in one line.
    pub headline: HeadlineState,
    /// Names and fills.
    pub display: DisplayOptions,
    pub icicle: icicle::state::IcicleState,
    pub table: table::state::TableState,
    pub trend: trend::state::TrendState,
    pub sandwich: sandwich::state::SandwichState,
    /// View that was active before callers and callees.
    pub before_sandwich: ActiveView,
    pub source: source::state::SourceState,
    /// Origin of the source view.
    pub source_visit: SourceVisit,
    pub labels: labels::state::LabelsState,
    pub instances: instances::state::InstancesState,
    pub health: health::HealthState,
    pub memory: memory::MemoryState,
    pub details: details::DetailsState,
    pub timeline: timeline::state::TimelineState,
    /// Filter chips.
    pub chips: filters::chips::ChipsState,
    /// Both windows of a comparison.
    pub sides: Sides,
    /// Windows of the last comparison.
    pub last_comparison: LastComparison,
}

impl Views {
    /// Creates the initial state.
    pub fn new(details: details::DetailsState, table: table::state::TableState) -> Self {
        Self {
            front: ActiveView::default(),
            pane: Pane::Icicle,
            split: Split::default(),
            panes: Panes::default(),
            stack: Stack::default(),
            headline: HeadlineState::default(),
            display: DisplayOptions::default(),
            icicle: icicle::state::IcicleState::default(),
            table,
            trend: trend::state::TrendState::default(),
            sandwich: sandwich::state::SandwichState::default(),
            source: source::state::SourceState::default(),
            before_sandwich: ActiveView::default(),
            source_visit: SourceVisit::default(),
            labels: labels::state::LabelsState::default(),
            instances: instances::state::InstancesState::default(),
            health: health::HealthState::default(),
            memory: memory::MemoryState::default(),
            details,
            timeline: timeline::state::TimelineState::default(),
            chips: filters::chips::ChipsState::default(),
            sides: Sides::default(),
            last_comparison: LastComparison::default(),
        }
    }

    /// Owner of the focus.
    pub fn focus(&self) -> Focus {
        match self.stack.focus(self.front, self.pane) {
            Focus::Icicle | Focus::Table | Focus::Trend if self.chips.focused().is_some() => Focus::Chips,
            focus => focus,
        }
    }
}
