//! Tour of the demo: a few steps, one after the other. A step names one key, and is done when that key is pressed or
//! its action is called by name. All other keys keep working.

use crate::app::action::{Action, Diff, Program, Show, Tour as Asked};
use crate::app::stack::{Focus, Stack};
use crate::app::state::Notice;
use crate::app::{App, Effect};
use crate::view::keys::KeyRef;
use crate::view::nav::Move;
use crate::view::{icicle, table};

/// Step of the tour.
#[derive(Clone, Copy, Debug)]
pub struct TourStep {
    /// Action whose key is named.
    pub mention: KeyRef,
    /// Actions that complete the step; with a focus, only if it has the keys.
    done: &'static [(Option<Focus>, Action)],
    /// Effect of the key, in words that follow it.
    pub ask: &'static str,
    /// Expected result.
    pub why: &'static str,
}

/// Steps in their order.
pub const STEPS: &[TourStep] = &[
    TourStep {
        mention: KeyRef::Top,
        done: &[(Some(Focus::Table), Action::Move(Move::Top)), (Some(Focus::Table), Action::Move(Move::Down))],
        ask: "selects the function with the largest self",
        why: "The table is sorted by self: the functions that allocated it.",
    },
    TourStep {
        mention: KeyRef::ZoomIn,
        done: &[(None, Action::Table(table::Action::Open)), (None, Action::Icicle(icicle::Action::Zoom))],
        ask: "zooms to the selected function",
        why: "Its callers are above it; their totals include it.",
    },
    TourStep {
        mention: KeyRef::Allocated,
        done: &[(None, Action::Show(Show::Allocated))],
        ask: "shows all allocations, freed or not",
        why: "Same selection: allocation keeps the collector busy.",
    },
    TourStep {
        mention: KeyRef::InUse,
        done: &[(None, Action::Show(Show::InUse))],
        ask: "goes back to in-use memory",
        why: "In-use memory is what makes a process large.",
    },
    TourStep {
        mention: KeyRef::Diff,
        done: &[(None, Action::Diff(Diff::Toggle)), (None, Action::Diff(Diff::On))],
        ask: "compares with the profile before the deploy",
        why: "Orange + grew, blue - shrank; N is new, G is gone.",
    },
    TourStep {
        mention: KeyRef::Explain,
        done: &[(None, Action::Diff(Diff::Explain))],
        ask: "lists the few call sites that explain the growth",
        why: "This deploy fixed one leak and added another.",
    },
    TourStep {
        mention: KeyRef::Details,
        done: &[(None, Action::Show(Show::Details))],
        ask: "shows all details of the selection",
        why: "Exact changes, callers, and advice.",
    },
    TourStep {
        mention: KeyRef::Help,
        done: &[(None, Action::Program(Program::Help))],
        ask: "lists the keys of the current view",
        why: "Its guide explains the figures.",
    },
];

impl TourStep {
    fn is_done_by(&self, focus: Focus, action: Action) -> bool {
        self.done.iter().any(|(within, done)| *done == action && within.is_none_or(|within| within == focus))
    }
}

/// Progress of the tour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tour {
    /// Not running.
    #[default]
    Off,
    /// At this step.
    At(usize),
}

impl Tour {
    /// Current step with its number.
    pub fn step(self) -> Option<(usize, &'static TourStep)> {
        let Self::At(at) = self else { return None };
        STEPS.get(at).map(|step| (at, step))
    }
}

/// Starts the tour, in the demo.
///
/// # Errors
/// The profile is not the demo, in one line.
pub fn begin(app: &mut App) -> Result<Vec<Effect>, String> {
    if !app.setup.is_demo {
        return Err("the tour needs the demo: `heapglass --demo`".to_owned());
    }
    app.tour = Tour::At(0);
    Ok(Vec::new())
}

/// Advances if an action in a focus completes the step.
pub fn follow(app: &mut App, focus: Focus, action: Action) {
    if app.tour.step().is_some_and(|(_, step)| step.is_done_by(focus, action)) {
        next(app);
    }
}

/// Handles a key of the tour.
pub fn handle(app: &mut App, action: Asked) {
    match action {
        Asked::Skip if app.tour.step().is_some() => next(app),
        Asked::Skip => {}
    }
}

/// Ends the tour. Returns false if it was not running.
pub fn end(app: &mut App) -> bool {
    let was = std::mem::take(&mut app.tour);
    if was.step().is_some() {
        app.notice = Some(Notice::Said("the tour has ended; :tour starts it again".to_owned()));
    }
    was.step().is_some()
}

/// Advances to the next step, or ends after the last.
fn next(app: &mut App) {
    let Tour::At(at) = app.tour else { return };
    app.tour = Tour::At(at + 1);
    if app.tour.step().is_none() {
        app.tour = Tour::Off;
        let said = "end of the tour: `heapglass FILE` opens your own profile";
        app.notice = Some(Notice::Said(said.to_owned()));
    }
}

/// Keys to press first, if the key of the step does something else in the current focus: they close overlays, and focus
/// the other pane.
pub fn first_keys(app: &App, step: &TourStep) -> Vec<String> {
    let rows = |focus| app.keymap.sections(focus).iter().flat_map(|section| &section.rows);
    let has_key = |focus| rows(focus).any(|row| step.is_done_by(focus, row.action));
    if has_key(app.focus()) {
        return Vec::new();
    }
    let back = rows(app.focus()).find(|row| row.is_closing).filter(|_| app.stack.top().is_some());
    let back = back.and_then(|row| row.keys.first()).map(ToString::to_string);
    let is_elsewhere = !has_key(Stack::default().focus(app.front, app.pane));
    let over = is_elsewhere.then(|| app.keys.of(KeyRef::NextPane).into_owned());
    back.into_iter().chain(over).collect()
}
