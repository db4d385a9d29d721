//! Navigation between views: shared operations on the view in front, the focus and the selection.

use crate::analysis::derive::Side;
use crate::app::App;
use crate::base::ids::NodeId;
use crate::layout::instances::InstanceList;
use crate::layout::panes::{ActiveView, Pane};
use crate::view::keys::KeyRef;
use crate::view::navigation::{Selection, largest_node};
use crate::view::notice::Notice;
use crate::view::sides::ComparisonView;
use crate::view::trend::state::TrendRow;

/// Returns to icicle and table, with a zoom wide enough to show the selection.
pub fn close_view(app: &mut App) {
    // A row selected by moving in the trend view is the shared selection already.
    if app.views.front != ActiveView::Trend {
        link_selection(app);
    }
    app.views.front = ActiveView::Icicle;
    let node = app.navigation.selection().node();
    if !app.navigation.zoom().shows(&app.document.answer.tree, node) {
        app.navigation.handle(&app.document.answer.tree, crate::view::navigation::Action::All);
    }
}

/// Returns from callers and callees to the view they were opened in; from other views to icicle and table.
pub fn leave_view(app: &mut App) {
    match (app.views.front, app.views.before_sandwich) {
        (ActiveView::Sandwich, before @ (ActiveView::Trend | ActiveView::Labels | ActiveView::Instances)) => {
            link_selection(app);
            app.views.front = before;
        }
        _ => close_view(app),
    }
}

/// Makes the node of the selected row the selection of all views, before an action on the selection. Until the first
/// move, the row of the trend view may differ from the selection of the other views.
pub fn link_selection(app: &mut App) {
    let of_function = match app.views.front {
        ActiveView::Sandwich => {
            let frames = app.document.answer.tree.frames();
            app.views.sandwich.selected_name().and_then(|name| frames.find(name))
        }
        ActiveView::Instances if app.views.instances.list() == InstanceList::Functions => {
            app.views.instances.selected_function().map(|function| function.frame)
        }
        _ => None,
    };
    if matches!(app.views.front, ActiveView::Sandwich | ActiveView::Instances) {
        let answer = &app.document.answer;
        // The selected node is kept if it is one of the function's nodes.
        let frame = of_function.filter(|frame| app.navigation.frame(&answer.tree) != Some(*frame));
        if let Some(node) = frame.and_then(|frame| largest_node(answer, app.navigation.zoom(), frame)) {
            app.navigation.select(Selection::Node(node));
        }
        return;
    }
    let is_elsewhere = |frame| app.navigation.frame(&app.document.answer.tree) != Some(frame);
    let row = app
        .views
        .trend
        .selected()
        .filter(|_| app.views.front == ActiveView::Trend)
        .filter(|row| is_elsewhere(row.frame()));
    if let Some(node) = row.map(TrendRow::node) {
        app.navigation.select(Selection::Node(node));
    }
}

/// Shows the icicle, and focuses it.
pub fn focus_icicle(app: &mut App) {
    app.document.bottom_up = None;
    close_view(app);
    app.views.pane = Pane::Icicle;
}

/// Focuses the other window of the comparison.
pub fn swap_sides(app: &mut App) {
    app.views.sides.focused = app.views.sides.focused.other();
    std::mem::swap(&mut app.views.icicle, &mut app.views.sides.other);
    // Both icicles scroll to the same levels.
    app.views.icicle.scroll_as(&app.views.sides.other);
}

/// Returns to the overlay. Returns false if the overlay was already shown.
pub fn show_overlay(app: &mut App) -> bool {
    let was = app.views.sides.front != ComparisonView::Overlay;
    (app.views.sides.front, app.views.sides.focused) = (ComparisonView::Overlay, Side::B);
    was
}

/// Selected node; `None` for a block of narrow frames, with a notice that says how to reach its members.
pub fn named_node(app: &mut App) -> Option<NodeId> {
    link_selection(app);
    if let Selection::Node(node) = app.navigation.selection() {
        return Some(node);
    }
    let zoom = app.environment.keys.of(KeyRef::ZoomIn);
    app.notice = Some(Notice::Info(format!("a block has no name: {zoom} zooms to its members")));
    None
}
