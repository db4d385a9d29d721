//! Start: the initial state over a first answer.

use std::sync::Arc;

use crate::app::keymap::Keymap;
use crate::app::pending::{Find, PendingFilter, PendingJobs};
use crate::app::relayout::relayout;
use crate::app::state::{Environment, Start, Tasks};
use crate::app::task::Requests;
use crate::app::tour_steps::Tour;
use crate::app::{App, diff, first_notice};
use crate::view::details::DetailsState;
use crate::view::document::Document;
use crate::view::navigation::Navigation;
use crate::view::notice::Notice;
use crate::view::owners::FillOwners;
use crate::view::source_status::SavedSnapshots;
use crate::view::table::state::TableState;
use crate::view::views::Views;

impl App {
    /// Creates the state over a first answer.
    pub fn new(start: Start) -> Self {
        let Start { answer, title, live, warnings, settings, rules, terminal, clock, width, height, setup } = start;
        let (keymap, said) = Keymap::new(&setup.keys);
        let mut setup = setup;
        setup.warnings.extend(said.into_iter().map(|line| format!("{}, {line}", setup.file)));
        let warnings: Vec<String> = setup.warning().into_iter().chain(warnings).collect();
        let mut table = TableState::default();
        table.set_answer(&answer);
        let mut app = Self {
            tasks: Tasks {
                jobs: PendingJobs::new(answer.query.clone(), Arc::clone(answer.recorded_series())),
                requests: Requests::default(),
                find: Find::default(),
                filter: PendingFilter::default(),
            },
            notice: (!warnings.is_empty()).then(|| Notice::DataWarnings(warnings.clone())),
            document: Document {
                title,
                answer,
                live,
                bottom_up: None,
                saved: SavedSnapshots::default(),
                warned: warnings,
                owners: FillOwners::default(),
            },
            navigation: Navigation::default(),
            views: Views::new(DetailsState::new(rules), table),
            environment: Environment {
                tour: if setup.is_demo { Tour::At(0) } else { Tour::Off },
                mouse: setup.mouse,
                keys: keymap.key_names(),
                keymap,
                setup,
                settings,
                recent: Vec::new(),
                terminal,
                clock,
                size: (width, height),
            },
        };
        app.views.headline.set_answer(&app.document.answer, None);
        if app.notice.is_none() {
            diff::show_caveats(&mut app);
        }
        if app.notice.is_none() {
            app.notice = first_notice::several(&app).or_else(|| first_notice::first_hint(&app));
        }
        relayout(&mut app);
        app
    }
}
