//! State of a comparison: its presentation, the answers of both windows, and the windows to restore.
//!
//! Each window is an answer of its own over the shared tree, so that the icicle draws it like any other answer.
//! Selection and zoom are shared, and siblings have the same order in both windows: by the larger of their two widths.

use std::sync::Arc;

use crate::analysis::derive::Side;
use crate::analysis::{Answer, BaseInstance, Filter, Query, Window};
use crate::view::icicle;
use crate::view::navigation::Zoom;

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
    /// Answer of each window; `None` while the windows are overlaid.
    answers: Option<Arc<[Answer; 2]>>,
    /// Icicle of the window without focus.
    pub other: icicle::state::IcicleState,
}

/// Share of the larger window below which the smaller one gets a scale of its own: it would be too narrow to see.
const LEAST_SHARE: f64 = 0.05;

impl Sides {
    /// Weight of the zoomed nodes in a window; 0 without an answer.
    pub fn weight(&self, which: Side, zoom: &Zoom) -> f64 {
        let Some(answer) = self.answer(which) else { return 0.0 };
        match &zoom.members {
            None => answer.column.exact_weight(zoom.node),
            Some(members) => members.iter().map(|node| answer.column.exact_weight(*node)).sum(),
        }
    }

    /// Scale of a window: its own scale if that is chosen, or if the window is too small compared with the other one.
    pub fn scale_of(&self, which: Side, zoom: &Zoom) -> SideScale {
        let (this, other) = (self.weight(which, zoom), self.weight(which.other(), zoom));
        if this > 0.0 && this < LEAST_SHARE * other { SideScale::Own } else { self.scale }
    }

    /// Answer of one window; `None` while the windows are overlaid.
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

    /// Recomputes the answers of both windows; drops them if the windows are overlaid or there is no comparison.
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

/// Window and instance that are shown without a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainWindow {
    /// Window.
    pub window: Window,
    /// Instance; `None` for all.
    pub instance: Option<usize>,
}

/// Comparison of two windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowComparison {
    /// Window that is compared.
    pub window: Window,
    /// Window of the base.
    pub base: Window,
    /// Instance of both windows; `None` for all.
    pub instance: Option<usize>,
}

/// Comparison of an instance with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceComparison {
    /// Instance that is compared.
    pub instance: Option<usize>,
    /// Instances of the base.
    pub base: BaseInstance,
}

/// Comparison of samples that pass different filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterComparison {
    /// Window of the base; `None` if it is the compared window.
    pub base: Option<Window>,
    /// Filters of the base.
    pub base_filters: Vec<Filter>,
    /// Filter of the current side that the comparison added, and that is removed with it; `None` if the filter existed
    /// before.
    pub added: Option<Filter>,
}

/// Removes the filters of the base, and the filter that the comparison added.
pub fn drop_base_filters(query: &mut Query, comparison: Option<&FilterComparison>) {
    if std::mem::take(&mut query.base_filters).is_empty() {
        return;
    }
    let added = comparison.and_then(|comparison| comparison.added.as_ref());
    query.filters.retain(|filter| Some(filter) != added);
}

/// Windows to restore when a comparison is turned on or off again.
#[derive(Clone, Debug, Default)]
pub struct LastComparison {
    /// Last comparison of windows.
    pub compared: Option<WindowComparison>,
    /// Window and instance before the comparison.
    pub before: Option<PlainWindow>,
    /// Comparison of windows from which a comparison of instances was started.
    pub beneath: Option<WindowComparison>,
    /// Instances of the last comparison, if it was one of instances.
    pub instances: Option<InstanceComparison>,
    /// True while a comparison is shown that was started in the table of instances, to which it leads back.
    pub is_from_instances: bool,
    /// Filters of the last comparison, if its sides had filters of their own.
    pub filters: Option<FilterComparison>,
    /// Window marked as A.
    pub marked: Option<Window>,
}

impl LastComparison {
    /// Remembers the window and the instance of a query without a comparison.
    pub fn remember(&mut self, query: &Query) {
        if query.base.is_none() {
            self.before = Some(PlainWindow { window: query.window, instance: query.instance });
        }
    }

    /// Takes the window and the instance from before the comparison of a query.
    pub fn take_before(&mut self, query: &Query) -> PlainWindow {
        let instance = query.instance.filter(|_| query.base_instance == BaseInstance::Same);
        self.before.take().unwrap_or(PlainWindow { window: query.window, instance })
    }

    /// Marks a window as A.
    pub fn mark(&mut self, window: Window) {
        self.marked = Some(window);
    }

    /// Takes the marked window, and clears the mark.
    pub fn take_marked(&mut self) -> Option<Window> {
        self.marked.take()
    }
}
