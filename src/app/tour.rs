//! Tour of the demo: a sequence of steps. A step names one key, and is done when that key is pressed or its action is
//! run by name. All other keys keep working.

use crate::app::action::{Action, Tour as Asked};
use crate::app::tour_steps::{Tour, TourStep};
use crate::app::{App, Effect};
use crate::layout::panes::ActiveView;
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;
use crate::view::overlay::{Focus, Stack};

/// Starts the tour, in the demo.
///
/// # Errors
/// One line if the profile is not the demo.
pub fn begin(app: &mut App) -> Result<Vec<Effect>, String> {
    if !app.environment.setup.is_demo {
        return Err("the tour needs the demo: `heapglass --demo`".to_owned());
    }
    app.environment.tour = Tour::At(0);
    Ok(Vec::new())
}

/// Advances if an action in a focus completes the step.
pub fn follow(app: &mut App, focus: Focus, action: Action) {
    if app.environment.tour.step().is_some_and(|(_, step)| step.is_done_by(focus, action)) {
        next(app);
    }
}

/// Handles a key of the tour.
pub fn handle(app: &mut App, action: Asked) {
    match action {
        Asked::Skip if app.environment.tour.step().is_some() => next(app),
        Asked::Skip => {}
    }
}

/// Ends the tour. Returns false if it was not running.
pub fn end(app: &mut App) -> bool {
    let was = std::mem::take(&mut app.environment.tour);
    if was.step().is_some() {
        app.notice = Some(Notice::Info("the tour has ended; :tour starts it again".to_owned()));
    }
    was.step().is_some()
}

/// Advances to the next step, or ends after the last.
fn next(app: &mut App) {
    let Tour::At(at) = app.environment.tour else { return };
    app.environment.tour = Tour::At(at + 1);
    if app.environment.tour.step().is_none() {
        app.environment.tour = Tour::Off;
        let said = "end of the tour: `heapglass FILE` opens your own profile";
        app.notice = Some(Notice::Info(said.to_owned()));
    }
}

/// Keys to press first if the key of the step has another action in the current focus: keys that close overlays and
/// focus the other pane.
pub fn first_keys(app: &App, step: &TourStep) -> Vec<String> {
    let rows = |focus| app.environment.keymap.sections(focus).iter().flat_map(|section| &section.rows);
    let has_key = |focus| rows(focus).any(|row| step.is_done_by(focus, row.action));
    if has_key(app.focus()) {
        return Vec::new();
    }
    let back = rows(app.focus()).find(|row| row.is_closing).filter(|_| app.views.stack.top().is_some());
    let back = back.and_then(|row| row.keys.first()).map(ToString::to_string);
    let is_elsewhere = !has_key(Stack::default().focus(app.views.front, app.views.pane));
    // The quit key leads back from any view other than icicle and table.
    let is_main = app.views.front == ActiveView::Icicle;
    let key = if is_main { KeyRef::NextPane } else { KeyRef::Quit };
    let over = is_elsewhere.then(|| app.environment.keys.of(key).into_owned());
    back.into_iter().chain(over).collect()
}
