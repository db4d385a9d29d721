//! Both windows of a comparison: side by side, stacked, or one in place of the other.
//!
//! Each window is an answer of its own over the shared tree, so that the icicle draws it like any other. Selection and
//! zoom
//! are shared, and siblings have one order: by the wider of the two.

use std::sync::Arc;

use crate::analysis::Answer;
use crate::analysis::derive::Side;
use crate::app::action::Sides as Action;
use crate::app::{App, Effect, diff, trend};
use crate::layout::panes;
use crate::view::icicle;

/// Presentation of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComparisonView {
    /// Overlay: one icicle coloured by change.
    #[default]
    Overlay,
    /// Both windows.
    Both,
    /// One window, in place of the overlay.
    Alone,
}

/// Scale of the widths of two windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SideScale {
    /// One scale: the smaller window is narrower.
    #[default]
    Common,
    /// Each window fills its width.
    Own,
}

/// State of the two windows.
#[derive(Clone, Debug, Default)]
pub struct Sides {
    /// Presentation.
    pub front: ComparisonView,
    /// Window with the focus, or shown alone.
    pub focused: Side,
    /// Scale.
    pub scale: SideScale,
    /// Answer of each window, while both are shown.
    answers: Option<Arc<[Answer; 2]>>,
    /// Icicle of the window without focus.
    pub other: icicle::state::IcicleState,
}

impl Sides {
    /// Answer of one window.
    pub fn answer(&self, which: Side) -> Option<&Answer> {
        self.answers.as_ref().map(|answers| &answers[which as usize])
    }

    /// Answer that the icicle shows: the comparison, or that of one window.
    pub fn seen<'a>(&'a self, answer: &'a Answer) -> &'a Answer {
        match self.front {
            ComparisonView::Overlay => answer,
            ComparisonView::Both | ComparisonView::Alone => self.answer(self.focused).unwrap_or(answer),
        }
    }

    /// Returns true if both windows are visible.
    pub fn are_both(&self) -> bool {
        self.front == ComparisonView::Both && self.answers.is_some()
    }

    /// Recomputes the answers of both windows; without a comparison there are none.
    pub fn refresh(&mut self, answer: &Answer) {
        if self.front == ComparisonView::Overlay {
            self.answers = None;
            return;
        }
        let is_same = self.answers.as_ref().is_some_and(|answers| {
            let base = answer.base.as_ref().map(|base| &base.column);
            Arc::ptr_eq(&answers[1].column, &answer.column)
                && base.is_some_and(|base| Arc::ptr_eq(&answers[0].column, base))
                && answers[1].query.search == answer.query.search
                && answers[1].hits.is_some() == answer.hits.is_some()
        });
        if !is_same {
            let alone = [Side::A, Side::B].map(|which| answer.side(which));
            self.answers = match alone {
                [Some(a), Some(b)] => Some(Arc::new([a, b])),
                _ => None,
            };
        }
    }
}

/// Handles a key of the two windows.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    let effects = diff::on(app);
    if app.jobs.wanted().base.is_none() {
        // There is nothing to compare; a notice says so.
        return effects;
    }
    if app.front != panes::ActiveView::Icicle {
        trend::link(app);
        trend::to_icicle(app);
    }
    let sides = &mut app.sides;
    match (action, sides.front) {
        (Action::Scale, ComparisonView::Both) => {
            sides.scale = match sides.scale {
                SideScale::Common => SideScale::Own,
                SideScale::Own => SideScale::Common,
            };
        }
        (Action::Both | Action::Scale, _) => sides.front = ComparisonView::Both,
        (Action::Blink, ComparisonView::Overlay) => (sides.front, sides.focused) = (ComparisonView::Alone, Side::A),
        (Action::Blink, ComparisonView::Both | ComparisonView::Alone) => turn(app),
    }
    effects
}

/// Focuses the other window.
pub fn turn(app: &mut App) {
    app.sides.focused = app.sides.focused.other();
    std::mem::swap(&mut app.icicle, &mut app.sides.other);
    // Equal rows show equal levels.
    app.icicle.scroll_as(&app.sides.other);
}

/// Returns to the overlay. Returns false if it was shown already.
pub fn leave(app: &mut App) -> bool {
    let was = app.sides.front != ComparisonView::Overlay;
    (app.sides.front, app.sides.focused) = (ComparisonView::Overlay, Side::B);
    was
}
