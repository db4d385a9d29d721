//! State of the explorer, as plain data.

use std::sync::Arc;

use crate::analysis::Answer;
use crate::analysis::advice::AdviceRules;
use crate::app::jobs::PendingJobs;
use crate::app::keymap::Keymap;
use crate::app::live::SourceStatus;
use crate::app::mouse::Mouse;
use crate::app::relayout::relayout;
use crate::app::setup::Setup;
use crate::app::source::SourceVisit;
use crate::app::stack::{Focus, Stack};
use crate::app::task::Requests;
use crate::app::tour::Tour;
use crate::app::{diff, filter, find, origins, sides};
use crate::config::settings::Settings;
use crate::layout::panes::{ActiveView, Pane, Panes};
use crate::profile::{Input, Series};
use crate::view::context::{Clock, DisplayOptions, ViewContext};
use crate::view::keys::{KeyNames, KeyRef};
use crate::view::navigation::Navigation;
use crate::view::{details, filters, health, icicle, labels, sandwich, source, table, timeline, trend};

/// Initial state of the explorer.
#[derive(Debug)]
pub struct Start {
    /// First answer.
    pub answer: Answer,
    /// Title: the file, or the number of sources.
    pub title: String,
    /// Status of the sources: live period, outage, TLS not verified.
    pub live: SourceStatus,
    /// Warnings, one line each.
    pub warnings: Vec<String>,
    /// Display settings.
    pub settings: Settings,
    /// Rules of advice.
    pub rules: Arc<AdviceRules>,
    /// Capabilities detected in the terminal, in words, for the help.
    pub terminal: String,
    /// Conversion of nanoseconds since 1970 to local time.
    pub clock: Clock,
    /// Columns of the screen.
    pub width: u16,
    /// Rows of the screen.
    pub height: u16,
    /// Key bindings, themes, and settings with their origin.
    pub setup: Setup,
}

/// Notice in the status line, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Success or hint.
    Said(String),
    /// Failure.
    Failed(String),
    /// Warnings about the figures. The health list has those that do not fit.
    Warned(Vec<String>),
    /// Remarks about the two windows of a comparison.
    Remarked(Vec<String>),
}

/// State of the explorer.
#[derive(Debug)]
pub struct App {
    /// Title: the file, or the number of sources.
    pub title: String,
    /// Status of the sources: live period, outage, TLS not verified.
    pub live: SourceStatus,
    /// Answer on the screen.
    pub answer: Answer,
    /// Selection and zoom.
    pub navigation: Navigation,
    /// Names and fills.
    pub display: DisplayOptions,
    /// Display settings.
    pub settings: Settings,
    /// Capabilities detected in the terminal, in words.
    pub terminal: String,
    /// Conversion to local time.
    pub clock: Clock,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Areas of the panes.
    pub panes: Panes,
    /// View in front.
    pub front: ActiveView,
    /// Focused pane.
    pub pane: Pane,
    pub icicle: icicle::state::IcicleState,
    pub table: table::state::TableState,
    pub trend: trend::state::TrendState,
    pub sandwich: sandwich::state::SandwichState,
    pub source: source::state::SourceState,
    /// Origin of the source view.
    pub source_visit: SourceVisit,
    /// Requests for background work.
    pub requests: Requests,
    pub labels: labels::state::LabelsState,
    pub health: health::HealthState,
    pub details: details::DetailsState,
    /// Both windows of a comparison.
    pub sides: sides::Sides,
    pub timeline: timeline::state::TimelineState,
    /// Overlays.
    pub stack: Stack,
    /// Owners of frames.
    pub owners: origins::OwnerCache,
    pub find: find::Find,
    /// Filter whose answer is pending.
    pub filter: filter::PendingFilter,
    /// Filter chips.
    pub chips: filters::chips::ChipsState,
    /// Windows of the last comparison.
    pub diff: diff::LastComparison,
    /// Pending answer and reload.
    pub jobs: PendingJobs,
    /// Step of the tour.
    pub tour: Tour,
    /// State of mouse reporting.
    pub mouse: Mouse,
    /// Notice in the status line.
    pub notice: Option<Notice>,
    /// Warnings of loading, for the health list.
    pub warned: Vec<String>,
    /// Keymap.
    pub keymap: Keymap,
    /// Keys for texts that name one.
    pub keys: KeyNames,
    /// Setup.
    pub setup: Setup,
    /// Command lines run last, newest first.
    pub recent: Vec<String>,
}

impl App {
    /// Creates the state over a first answer.
    pub fn new(start: Start) -> Self {
        let Start { answer, title, live, warnings, settings, rules, terminal, clock, width, height, setup } = start;
        let (keymap, said) = Keymap::new(&setup.keys);
        let mut setup = setup;
        setup.warnings.extend(said.into_iter().map(|line| format!("{}, {line}", setup.file)));
        let warnings: Vec<String> = setup.warning().into_iter().chain(warnings).collect();
        let mut table = table::state::TableState::default();
        table.set_answer(&answer);
        let mut app = Self {
            title,
            live,
            navigation: Navigation::default(),
            display: DisplayOptions::default(),
            settings,
            terminal,
            clock,
            size: (width, height),
            panes: Panes::default(),
            front: ActiveView::default(),
            pane: Pane::Icicle,
            icicle: icicle::state::IcicleState::default(),
            table,
            trend: trend::state::TrendState::default(),
            sandwich: sandwich::state::SandwichState::default(),
            source: source::state::SourceState::default(),
            source_visit: SourceVisit::default(),
            requests: Requests::default(),
            labels: labels::state::LabelsState::default(),
            health: health::HealthState::default(),
            details: details::DetailsState::new(rules),
            sides: sides::Sides::default(),
            timeline: timeline::state::TimelineState::default(),
            stack: Stack::default(),
            owners: origins::OwnerCache::default(),
            find: find::Find::default(),
            filter: filter::PendingFilter::default(),
            chips: filters::chips::ChipsState::default(),
            diff: diff::LastComparison::default(),
            jobs: PendingJobs::new(answer.query.clone(), Arc::clone(&answer.series)),
            tour: if setup.is_demo { Tour::At(0) } else { Tour::Off },
            mouse: setup.mouse,
            notice: (!warnings.is_empty()).then(|| Notice::Warned(warnings.clone())),
            warned: warnings,
            keys: keymap.mentioned(),
            keymap,
            setup,
            recent: Vec::new(),
            answer,
        };
        if app.notice.is_none() {
            diff::begun(&mut app);
        }
        if app.notice.is_none() {
            app.notice = several(&app).or_else(|| first_hint(&app));
        }
        relayout(&mut app);
        app
    }

    /// View context of the answer on the screen.
    pub fn context(&self) -> ViewContext<'_> {
        self.context_of(&self.answer)
    }

    /// View context of another answer over the same tree.
    pub fn context_of<'a>(&'a self, answer: &'a Answer) -> ViewContext<'a> {
        let Self { navigation, display, pane, clock, owners, keys, .. } = self;
        ViewContext { answer, navigation, display: *display, pane: *pane, clock: *clock, owners: owners.of(), keys }
    }

    /// Owner of the focus.
    pub fn focus(&self) -> Focus {
        match self.stack.focus(self.front, self.pane) {
            Focus::Icicle | Focus::Table | Focus::Trend if self.chips.focused().is_some() => Focus::Chips,
            focus => focus,
        }
    }

    /// Series of the answer.
    pub fn series(&self) -> &Arc<Series> {
        &self.answer.series
    }
}

/// First keys for a new user, until the next key press. The tour has its own text.
pub(super) fn first_hint(app: &App) -> Option<Notice> {
    if app.tour.step().is_some() {
        return None;
    }
    let [help, zoom, next] = [KeyRef::Help, KeyRef::ZoomIn, KeyRef::NextType].map(|mention| app.keys.of(mention));
    let types = if app.series().sample_types().len() > 1 {
        format!(", {next} switches the sample type")
    } else {
        String::new()
    };
    let zooms = if app.context().is_empty() { String::new() } else { format!(", {zoom} zooms") };
    Some(Notice::Said(format!("{help} opens the help{zooms}{types}")))
}

/// Notice about several snapshots: how they are aggregated, and the key that compares them; or the base that can be
/// compared with.
pub(super) fn several(app: &App) -> Option<Notice> {
    let query = &app.answer.query;
    let base = app.series().range_of(Input::Base);
    let diff = app.keys.of(KeyRef::Diff);
    if let Some(first) = app.series().snapshots().get(base.start).filter(|_| query.base.is_none()) {
        let more = if base.len() > 1 { format!(" and {} more", base.len() - 1) } else { String::new() };
        return Some(Notice::Said(format!("{diff} compares with {}{more}", first.header.source.shown())));
    }
    let words = app.answer.window_sums.get(query.sample_type)?.method.words(query.window.count());
    let is_several = query.window.count() > 1 && query.base.is_none();
    let compares = if query.window.count() == 2 { "them" } else { "the first with the last" };
    is_several.then(|| Notice::Said(format!("{words}; {diff} compares {compares}")))
}
