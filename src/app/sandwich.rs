//! Sandwich view: opened with the selected function in its middle.

use crate::app::state::Notice;
use crate::app::{App, trend};
use crate::base::ids::FrameId;
use crate::layout::panes::ActiveView;
use crate::view::sandwich::Action;

/// Opens the sandwich view with the selected function in its middle.
pub fn open(app: &mut App) {
    trend::link(app);
    let frame = app.navigation.frame(&app.answer.tree).filter(|frame| *frame != FrameId::ROOT);
    let Some(frame) = frame else {
        app.notice = Some(Notice::Said("select a function first: callers and callees of it show here".to_owned()));
        return;
    };
    app.sandwich.focus(&app.answer, frame);
    app.front = ActiveView::Sandwich;
}

/// Handles a key of the sandwich view.
pub fn handle(app: &mut App, action: Action) {
    app.sandwich.handle(&app.answer, &mut app.navigation, action);
}
