//! Program: panes, popups, reload, quit.

use crate::analysis::BaseInstance;
use crate::app::action::Program;
use crate::app::help;
use crate::app::nav;
use crate::app::state::App;
use crate::app::{
    Effect, bottom_up, deferred, diff, filter, find, instances, jobs, live, palette, sandwich, save, tour, trend,
};
use crate::layout::panes::{ActiveView, Pane};
use crate::view::navigation;
use crate::view::sides::ComparisonView;

/// Handles a key of the program.
pub fn handle(app: &mut App, action: Program) -> Vec<Effect> {
    match action {
        Program::NextPane if filter::enters(app) => filter::enter(app),
        Program::NextPane | Program::PreviousPane if app.views.sides.are_both() => nav::swap_sides(app),
        Program::NextPane | Program::PreviousPane => turn(app),
        Program::SplitLeft => app.views.split = app.views.split.shrunk(),
        Program::SplitRight => app.views.split = app.views.split.grown(),
        Program::Icicle => {
            nav::focus_icicle(app);
            nav::show_overlay(app);
            return diff::off(app);
        }
        Program::BottomUp => return bottom_up::toggle(app),
        Program::Sandwich => sandwich::open(app),
        Program::Trend => trend::open(app),
        Program::Instances => instances::open(app),
        Program::Help => help::open(app),
        Program::Commands => palette::open(app),
        Program::Reload if app.document.live.period.is_some() => return live::poll_now(app),
        Program::Reload => return jobs::reload(app),
        Program::Back => return back(app),
        Program::Redraw => return vec![Effect::Redraw],
        Program::Suspend => return vec![Effect::Suspend],
        Program::Interrupt => return vec![Effect::Interrupt],
        Program::Quit => return quit(app),
    }
    Vec::new()
}

/// Closes the popup or the view in front; quits from the main view, after a confirmation if snapshots would be lost.
fn quit(app: &mut App) -> Vec<Effect> {
    if app.views.stack.top().is_some() {
        app.views.stack.pop();
    } else if app.views.front != ActiveView::Icicle {
        nav::leave_view(app);
    } else if nav::show_overlay(app) {
        return Vec::new();
    } else if app.document.answer.regrouped.is_some() {
        return bottom_up::leave(app);
    } else if !save::asks(app) {
        return vec![Effect::Quit];
    }
    Vec::new()
}

/// Returns true if the quit key closes something instead of quitting.
pub fn closes(app: &App) -> bool {
    app.views.stack.top().is_some()
        || app.views.front != ActiveView::Icicle
        || app.views.sides.front != ComparisonView::Overlay
        || app.document.answer.regrouped.is_some()
}

fn turn(app: &mut App) {
    app.views.pane = match app.views.pane {
        Pane::Icicle => Pane::Table,
        Pane::Table => Pane::Icicle,
    };
    if app.views.pane == Pane::Table {
        app.views.table.reveal();
    }
}

/// Undoes one step, the first that applies: loading the deferred part, the running reload, the tour, the search, the
/// comparison of filters, the last filter, the view in front, the zoom, the comparison. Popups are closed by their own
/// keys.
fn back(app: &mut App) -> Vec<Effect> {
    // A question that is answered with no is asked again.
    app.document.saved.has_asked = false;
    if let Some(effects) = deferred::cancel(app) {
        return effects;
    }
    if app.tasks.jobs.progress().is_some() {
        return jobs::cancel(app);
    }
    if tour::end(app) {
        return Vec::new();
    }
    if app.has_search() {
        return find::clear(app);
    }
    if !app.tasks.jobs.wanted().base_filters.is_empty() {
        return diff::off(app);
    }
    if !app.tasks.jobs.wanted().filters.is_empty() {
        return filter::drop_last(app);
    }
    if app.views.front != ActiveView::Icicle {
        nav::leave_view(app);
        return Vec::new();
    }
    if app.navigation.zoom().is_all() {
        return match nav::show_overlay(app) {
            true => Vec::new(),
            false if app.document.answer.regrouped.is_some() => bottom_up::leave(app),
            false => end_comparison(app),
        };
    }
    app.navigation.handle(&app.document.answer.tree, navigation::Action::Out);
    Vec::new()
}

/// Ends a comparison, and goes back to the table of instances if it was started there without another comparison.
fn end_comparison(app: &mut App) -> Vec<Effect> {
    let is_of_instances = app.tasks.jobs.wanted().base_instance != BaseInstance::Same;
    let is_from_table = std::mem::take(&mut app.views.last_comparison.is_from_instances);
    let leads_back = is_from_table && is_of_instances && app.views.last_comparison.beneath.is_none();
    let effects = diff::off(app);
    if leads_back {
        instances::open(app);
    }
    effects
}
