//! Bottom-up icicle: stacks from the allocating function up to its callers, shown in place of the call tree.

use std::sync::Arc;

use crate::analysis::StackOrder;
use crate::app::action::{Action, Diff, Program, Show};
use crate::app::query;
use crate::app::{App, Effect, nav};
use crate::layout::panes::ActiveView;
use crate::view::document::BottomUpIcicle;
use crate::view::overlay::Layer;

/// Turns the bottom-up icicle on or off.
pub fn toggle(app: &mut App) -> Vec<Effect> {
    if app.views.front != ActiveView::Icicle {
        nav::link_selection(app);
        nav::focus_icicle(app);
    }
    match app.tasks.jobs.wanted().order {
        StackOrder::CallersFirst => query::ask(app, |query| query.order = StackOrder::BottomUp),
        StackOrder::BottomUp => leave(app),
    }
}

/// Returns to the call tree immediately: the bottom-up answer keeps the answer in call order.
pub fn leave(app: &mut App) -> Vec<Effect> {
    if app.tasks.jobs.wanted().order == StackOrder::CallersFirst {
        return Vec::new();
    }
    if app.document.answer.regrouped.is_some() {
        let upright = app.document.answer.call_order().clone();
        app.navigation = app.navigation.carried(&app.document.answer, &upright);
        app.document.answer = upright;
    }
    query::ask(app, |query| {
        query.order = StackOrder::CallersFirst;
        query.detail.clear();
    })
}

/// Returns to the call tree before an action that opens a view derived from the call tree.
pub fn leave_for(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Show(Show::Callers | Show::Source | Show::Labels)
        | Action::Program(Program::Icicle | Program::Sandwich | Program::Trend)
        | Action::Diff(Diff::Explain) => {
            let is_bottom_up = app.document.answer.regrouped.is_some();
            let icicle = is_bottom_up
                .then(|| BottomUpIcicle { answer: app.document.answer.clone(), navigation: app.navigation.clone() });
            let effects = leave(app);
            app.document.bottom_up = icicle.or(app.document.bottom_up.take());
            effects
        }
        _ => Vec::new(),
    }
}

/// Returns to the bottom-up icicle, with its selection and zoom, if the view that took its place is closed.
pub fn restore(app: &mut App) -> Vec<Effect> {
    let has_explains = app.views.stack.iter().any(|layer| matches!(layer, Layer::Explains(_)));
    if has_explains || app.views.front != ActiveView::Icicle {
        return Vec::new();
    }
    let Some(BottomUpIcicle { answer, navigation }) = app.document.bottom_up.take() else { return Vec::new() };
    let detail = answer.query.detail.clone();
    // The icicle of another series has other nodes.
    if Arc::ptr_eq(&answer.series, &app.document.answer.series) {
        (app.document.answer, app.navigation) = (answer, navigation);
        app.views.table.set_answer(&app.document.answer);
    }
    query::ask(app, |query| {
        query.order = StackOrder::BottomUp;
        query.detail = detail;
    })
}

/// Requests the groups below the zoom that a truncated bottom-up tree left out; `None` if there is nothing to request.
pub fn refine(app: &mut App) -> Option<Effect> {
    let answer = &app.document.answer;
    let is_cut = answer.regrouped.as_ref().is_some_and(|regrouped| regrouped.is_cut);
    if !is_cut || app.tasks.jobs.is_deriving() || app.tasks.jobs.wanted().order != StackOrder::BottomUp {
        return None;
    }
    let detail = answer.tree.names(app.navigation.zoom().node);
    if detail == answer.query.detail {
        return None;
    }
    app.tasks.jobs.wanted.detail = detail;
    query::derivation(app)
}
