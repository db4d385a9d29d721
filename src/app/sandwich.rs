//! Callers and callees: opened for the selected function, and computed in the background.

use std::sync::Arc;

use crate::analysis::{Answer, QueryError};
use crate::app::App;
use crate::app::Effect;
use crate::app::nav;
use crate::app::task::{AroundKey, FiguresKey, Task};
use crate::base::ids::FrameId;
use crate::layout::panes::ActiveView;
use crate::view::navigation::Selection;
use crate::view::notice::Notice;
use crate::view::sandwich::Action;
use crate::view::table::state::zoom_to_selection;

/// Opens callers and callees of the selected function.
pub fn open(app: &mut App) {
    nav::link_selection(app);
    let tree = &app.document.answer.tree;
    let frame = app.navigation.frame(tree).filter(|frame| *frame != FrameId::ROOT);
    let Some(frame) = frame else {
        app.notice = Some(Notice::Info("select a function first: callers and callees of it show here".to_owned()));
        return;
    };
    app.views.sandwich.focus(tree.frames().name(frame));
    if app.views.front != ActiveView::Sandwich {
        app.views.before_sandwich = app.views.front;
    }
    app.views.front = ActiveView::Sandwich;
}

/// Opens the selected row of the table: zooms to the function's node if there is only one, else opens callers and
/// callees.
pub fn open_row(app: &mut App) {
    let answer = &app.document.answer;
    let Selection::Node(node) = app.navigation.selection() else { return };
    let frame = answer.tree.frame(node);
    let places = answer.tree.node_frames().iter().enumerate().filter(|(_, other)| **other == frame);
    let seen = places.filter(|(at, _)| answer.widths.weight(crate::base::ids::NodeId::new(*at)) > 0).take(2).count();
    if seen > 1 && answer.regrouped.is_none() && frame != FrameId::ROOT {
        open(app);
    } else {
        zoom_to_selection(answer, &mut app.navigation);
    }
}

/// Handles a key of callers and callees.
pub fn handle(app: &mut App, action: Action) {
    app.views.sandwich.handle(action);
}

/// Requests callers and callees while their view is in front, unless requested before.
pub fn request(app: &mut App) -> Option<Effect> {
    if app.views.front != ActiveView::Sandwich {
        return None;
    }
    let answer = app.document.answer.call_order();
    let name = app.views.sandwich.middle_name()?;
    let frame = answer.tree.frames().find(name).filter(|frame| answer.tree.node_count_of(*frame) > 0)?;
    let details = app.views.sandwich.details();
    let key = AroundKey {
        figures: FiguresKey::new(answer),
        middle: name.into(),
        details: details.clone(),
        search: answer.query.search.clone(),
        width: answer.query.width,
    };
    let ticket = app.tasks.requests.around.ask(key)?;
    Some(Effect::Run(ticket, Task::Around { answer: Box::new(answer.clone()), frame, details }))
}

/// Stores callers and callees.
pub fn set_halves(app: &mut App, answers: Result<Arc<[Answer; 2]>, QueryError>) {
    match answers {
        Ok(answers) => app.views.sandwich.set_halves(Arc::unwrap_or_clone(answers)),
        Err(error) => app.notice = Some(Notice::Failed(error.to_string())),
    }
}
