//! Sandwich view: opened with the selected function in its middle.

use crate::app::App;
use crate::app::nav;
use crate::base::ids::FrameId;
use crate::layout::panes::ActiveView;
use crate::view::notice::Notice;
use crate::view::sandwich::Action;

/// Opens the sandwich view with the selected function in its middle.
pub fn open(app: &mut App) {
    nav::link_selection(app);
    let frame = app.navigation.frame(&app.document.answer.tree).filter(|frame| *frame != FrameId::ROOT);
    let Some(frame) = frame else {
        app.notice = Some(Notice::Said("select a function first: callers and callees of it show here".to_owned()));
        return;
    };
    app.views.sandwich.focus(&app.document.answer, frame);
    app.views.front = ActiveView::Sandwich;
}

/// Handles a key of the sandwich view.
pub fn handle(app: &mut App, action: Action) {
    app.views.sandwich.handle(&app.document.answer, &mut app.navigation, action);
}
