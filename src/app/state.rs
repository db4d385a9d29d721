//! State of the explorer, as plain data.

use std::sync::Arc;

use crate::analysis::Answer;
use crate::analysis::advice::AdviceRules;
use crate::app::keymap::Keymap;
use crate::app::pending::{Find, PendingFilter, PendingJobs};
use crate::app::setup::Setup;
use crate::app::task::Requests;
use crate::app::tour_steps::Tour;
use crate::config::settings::Settings;
use crate::profile::Series;
use crate::view::context::{Clock, ViewContext};
use crate::view::document::Document;
use crate::view::keys::KeyNames;
use crate::view::navigation::Navigation;
use crate::view::notice::Notice;
use crate::view::overlay::Focus;
use crate::view::pointer::Mouse;
use crate::view::source_status::SourceStatus;
use crate::view::views::Views;

/// Initial state of the explorer.
#[derive(Debug)]
pub struct Start {
    /// First answer.
    pub answer: Answer,
    /// Title: the file, or the number of sources.
    pub title: String,
    /// Status of the sources: live period, outage, TLS verification.
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

/// State of the explorer.
#[derive(Debug)]
pub struct App {
    /// Answer on the screen, with its sources.
    pub document: Document,
    /// Selection and zoom.
    pub navigation: Navigation,
    /// View in front, focus, overlays, and the state of each view.
    pub views: Views,
    /// Pending work.
    pub tasks: Tasks,
    /// Settings, keys and terminal.
    pub environment: Environment,
    /// Notice in the status line.
    pub notice: Option<Notice>,
}

/// Pending work.
#[derive(Debug)]
pub struct Tasks {
    /// Pending answer and reload.
    pub jobs: PendingJobs,
    /// Requests for background work.
    pub requests: Requests,
    /// State of the search.
    pub find: Find,
    /// Filter whose answer is pending.
    pub filter: PendingFilter,
}

/// Settings, keys and terminal.
#[derive(Debug)]
pub struct Environment {
    /// Setup.
    pub setup: Setup,
    /// Display settings.
    pub settings: Settings,
    /// Keymap.
    pub keymap: Keymap,
    /// Key names for texts that mention keys.
    pub keys: KeyNames,
    /// Command lines run last, newest first.
    pub recent: Vec<String>,
    /// Step of the tour.
    pub tour: Tour,
    /// Capabilities detected in the terminal, in words.
    pub terminal: String,
    /// Conversion to local time.
    pub clock: Clock,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// State of mouse reporting.
    pub mouse: Mouse,
}

impl App {
    /// View context of the answer on the screen.
    pub fn context(&self) -> ViewContext<'_> {
        self.context_of(&self.document.answer)
    }

    /// View context of another answer over the same tree.
    pub fn context_of<'a>(&'a self, answer: &'a Answer) -> ViewContext<'a> {
        let Self { document, navigation, views, environment, .. } = self;
        ViewContext {
            answer,
            navigation,
            display: views.display,
            pane: views.pane,
            clock: environment.clock,
            owners: &document.owners,
            keys: &environment.keys,
        }
    }

    /// Owner of the focus.
    pub fn focus(&self) -> Focus {
        self.views.focus()
    }

    /// Series of the answer.
    pub fn series(&self) -> &Arc<Series> {
        self.document.series()
    }

    /// Returns true if a comparison is possible: several snapshots, a base, or filters compared before.
    pub fn can_compare(&self) -> bool {
        self.series().snapshots().len() > 1
            || self.tasks.jobs.wanted().base.is_some()
            || self.views.last_comparison.filters.is_some()
    }

    /// Returns true if there is a search.
    pub fn has_search(&self) -> bool {
        self.tasks.jobs.wanted().search.is_some()
    }
}
