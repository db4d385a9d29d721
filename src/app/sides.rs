//! Both windows of a comparison: side by side, stacked, or alternating.
//!
//! Each window is a separate answer over the shared tree, so that the icicle draws it like any other. Selection and
//! zoom are shared. Siblings have the same order in both, by the larger of the two widths.

use crate::app::nav;
use crate::view::sides::ComparisonView;
use crate::view::sides::SideScale;

use crate::analysis::derive::Side;
use crate::app::action::Sides as Action;
use crate::app::{App, Effect, diff};
use crate::layout::panes;

/// Handles a key of the two windows.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    let effects = diff::on(app);
    if app.tasks.jobs.wanted().base.is_none() {
        // Nothing to compare, which a notice explains.
        return effects;
    }
    if app.views.front != panes::ActiveView::Icicle {
        nav::link_selection(app);
        nav::focus_icicle(app);
    }
    let sides = &mut app.views.sides;
    match (action, sides.front) {
        (Action::Scale, ComparisonView::Both) => {
            sides.scale = match sides.scale {
                SideScale::Common => SideScale::Own,
                SideScale::Own => SideScale::Common,
            };
        }
        (Action::Both | Action::Scale, _) => sides.front = ComparisonView::Both,
        (Action::Blink, ComparisonView::Overlay) => (sides.front, sides.focused) = (ComparisonView::Alone, Side::A),
        (Action::Blink, ComparisonView::Both | ComparisonView::Alone) => nav::swap_sides(app),
    }
    effects
}
