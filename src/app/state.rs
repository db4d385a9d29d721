//! All that the program knows, as plain data.

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

/// What the program begins with.
#[derive(Debug)]
pub struct Start {
    /// The first answer.
    pub answer: Answer,
    /// What is looked at, in a word or two.
    pub title: String,
    /// What is to be known of the sources at all times.
    pub live: SourceStatus,
    /// What to know of it, a line each.
    pub warnings: Vec<String>,
    /// Colours and glyphs.
    pub settings: Settings,
    /// The rules of advice.
    pub rules: Arc<AdviceRules>,
    /// What was detected of the terminal, in words, for the help.
    pub terminal: String,
    /// A time in nanoseconds since 1970 as a clock shows it where the program runs.
    pub clock: Clock,
    /// Columns of the screen.
    pub width: u16,
    /// Rows of the screen.
    pub height: u16,
    /// Keys of one's own, themes, and what was set where.
    pub setup: Setup,
}

/// A line for the status, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something was done.
    Said(String),
    /// Something could not be done.
    Failed(String),
    /// Something is to be known before figures are believed. Where it does not fit, the health has the rest.
    Warned(Vec<String>),
    /// The same of a comparison, which is no mistake of anybody's.
    Remarked(Vec<String>),
}

/// All that the program knows.
#[derive(Debug)]
pub struct App {
    /// What is looked at, in a word or two.
    pub title: String,
    /// What is to be known of the sources at all times.
    pub live: SourceStatus,
    /// The answer that shows.
    pub answer: Answer,
    /// The place in it.
    pub navigation: Navigation,
    /// How names and fills are dressed.
    pub display: DisplayOptions,
    /// Colours and glyphs.
    pub settings: Settings,
    /// What was detected of the terminal, in words.
    pub terminal: String,
    /// How times are written.
    pub clock: Clock,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Where the panes stand.
    pub panes: Panes,
    /// The view that is in front.
    pub front: ActiveView,
    /// The pane that has the keys.
    pub pane: Pane,
    /// The icicle.
    pub icicle: icicle::state::IcicleState,
    /// The table.
    pub table: table::state::TableState,
    /// The trend.
    pub trend: trend::state::TrendState,
    /// The sandwich.
    pub sandwich: sandwich::state::SandwichState,
    /// The source.
    pub source: source::state::SourceState,
    /// Where the source view was opened from.
    pub source_visit: SourceVisit,
    /// Requests for background work.
    pub requests: Requests,
    /// The labels.
    pub labels: labels::state::LabelsState,
    /// The health.
    pub health: health::HealthState,
    /// The details.
    pub details: details::DetailsState,
    /// Both windows at once.
    pub sides: sides::Sides,
    /// The timeline.
    pub timeline: timeline::state::TimelineState,
    /// What stands over the views.
    pub stack: Stack,
    /// What tells whose code a frame is.
    pub owners: origins::OwnerCache,
    /// The search.
    pub find: find::Find,
    /// The filter that is on its way.
    pub filter: filter::PendingFilter,
    /// The chips of the filters.
    pub chips: filters::chips::ChipsState,
    /// What was compared last.
    pub diff: diff::LastComparison,
    /// What was asked for and is not there yet.
    pub jobs: PendingJobs,
    /// How far the tour is.
    pub tour: Tour,
    /// Whether the mouse is heard.
    pub mouse: Mouse,
    /// A line for the status.
    pub notice: Option<Notice>,
    /// What came up while sources were read, for the health.
    pub warned: Vec<String>,
    /// The keys.
    pub keymap: Keymap,
    /// The keys that texts name.
    pub keys: KeyNames,
    /// What the program is set up with.
    pub setup: Setup,
    /// The command lines that were done last, the last first.
    pub recent: Vec<String>,
}

impl App {
    /// The program over a first answer.
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

    /// The answer as it is looked at.
    pub fn context(&self) -> ViewContext<'_> {
        self.context_of(&self.answer)
    }

    /// Another answer over the same tree as it is looked at.
    pub fn context_of<'a>(&'a self, answer: &'a Answer) -> ViewContext<'a> {
        let Self { navigation, display, pane, clock, owners, keys, .. } = self;
        ViewContext { answer, navigation, display: *display, pane: *pane, clock: *clock, owners: owners.of(), keys }
    }

    /// Who has the keys.
    pub fn focus(&self) -> Focus {
        match self.stack.focus(self.front, self.pane) {
            Focus::Icicle | Focus::Table | Focus::Trend if self.chips.focused().is_some() => Focus::Chips,
            focus => focus,
        }
    }

    /// Everything that was read.
    pub fn series(&self) -> &Arc<Series> {
        &self.answer.series
    }
}

/// The keys that somebody who has never been here needs first, until the next one is pressed. The tour has its own.
pub(super) fn first_hint(app: &App) -> Option<Notice> {
    if app.tour.step().is_some() {
        return None;
    }
    let [help, zoom, next] = [KeyRef::Help, KeyRef::ZoomIn, KeyRef::NextType].map(|mention| app.keys.of(mention));
    let types =
        if app.series().sample_types().len() > 1 { format!(", {next} the next sample type") } else { String::new() };
    let zooms = if app.context().is_empty() { String::new() } else { format!(", {zoom} zooms") };
    Some(Notice::Said(format!("{help} helps and explains{zooms}{types}")))
}

/// What is made of several snapshots, and that they can be compared: nothing is summed without a word. What was given to
/// compare with, and is not compared with yet, is named.
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
