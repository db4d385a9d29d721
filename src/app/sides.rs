//! Both windows at once: next to each other, above each other, or one after the other in the same place.
//!
//! Each window is an answer of its own over the tree that both share, so that the icicle draws it like any other. One
//! selection and one zoom serve both, and siblings stand in one order: by the wider of the two.

use std::sync::Arc;

use crate::analysis::Answer;
use crate::analysis::derive::Side;
use crate::app::action::Sides as Action;
use crate::app::{App, Effect, diff, trend};
use crate::layout::panes;
use crate::view::icicle;

/// How the windows of a comparison are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComparisonView {
    /// As one, with the changes laid over.
    #[default]
    Overlay,
    /// Both.
    Both,
    /// One of them alone, in the place of what is laid over.
    Alone,
}

/// What the widths of both windows are measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SideScale {
    /// By the same figure: the smaller window is narrower.
    #[default]
    Common,
    /// Each by its own total.
    Own,
}

/// The state of the two windows.
#[derive(Clone, Debug, Default)]
pub struct Sides {
    /// How they are shown.
    pub front: ComparisonView,
    /// Which of them has the keys, or is shown alone.
    pub focused: Side,
    /// How wide they are.
    pub scale: SideScale,
    /// Each as an answer of its own, while they are shown.
    answers: Option<Arc<[Answer; 2]>>,
    /// The icicle of the one without the keys.
    pub other: icicle::state::IcicleState,
}

impl Sides {
    /// One window as an answer of its own.
    pub fn answer(&self, which: Side) -> Option<&Answer> {
        self.answers.as_ref().map(|answers| &answers[which as usize])
    }

    /// What the icicle shows: the whole answer, or that of one window.
    pub fn seen<'a>(&'a self, answer: &'a Answer) -> &'a Answer {
        match self.front {
            ComparisonView::Overlay => answer,
            ComparisonView::Both | ComparisonView::Alone => self.answer(self.focused).unwrap_or(answer),
        }
    }

    /// Whether both windows are to be placed.
    pub fn are_both(&self) -> bool {
        self.front == ComparisonView::Both && self.answers.is_some()
    }

    /// Takes in an answer: both windows anew, or neither where nothing is compared.
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

/// Does what a key asks.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    let effects = diff::on(app);
    if app.jobs.wanted().base.is_none() {
        // There is nothing to compare, and that has been said.
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

/// Gives the keys to the other window.
pub fn turn(app: &mut App) {
    app.sides.focused = app.sides.focused.other();
    std::mem::swap(&mut app.icicle, &mut app.sides.other);
    // What stands in the same place must be of the same level.
    app.icicle.scroll_as(&app.sides.other);
}

/// Back to the changes laid over; says whether that was anything.
pub fn leave(app: &mut App) -> bool {
    let was = app.sides.front != ComparisonView::Overlay;
    (app.sides.front, app.sides.focused) = (ComparisonView::Overlay, Side::B);
    was
}
