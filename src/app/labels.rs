//! The labels: looked at when they are in front, off the thread that reads keys, and again when the figures change.

use std::sync::Arc;

use crate::analysis::filter::{Filter, FilterKind};
use crate::analysis::labels::{LabelKey, labels};
use crate::analysis::{Answer, Column};
use crate::app::{App, Effect, Msg, filter, trend};
use crate::layout::panes::ActiveView;
use crate::view::labels::Action;

/// What is under way, and of what.
#[derive(Clone, Debug, Default)]
pub struct LabelsRequest {
    /// The number of the sorting that was asked last.
    asked: u64,
    /// The columns that it is of: of the same figures the labels are the same.
    of: Option<[Option<Arc<Column>>; 2]>,
}

/// Labels to be sorted, with all that it takes.
#[derive(Debug)]
pub struct LabelsTask {
    /// Which one this is: only what comes of the newest is taken.
    pub generation: u64,
    /// What they are of.
    pub answer: Answer,
}

impl LabelsTask {
    /// Sorts. This is pure and may take a while.
    pub fn run(self) -> Msg {
        Msg::Sorted { generation: self.generation, keys: labels(&self.answer) }
    }
}

/// Asks for the labels of what shows where they are looked at, unless they are known. Those of before stand until then.
pub fn follow(app: &mut App) -> Option<Effect> {
    if app.front != ActiveView::Labels {
        return None;
    }
    let base = app.answer.base.as_ref().map(|base| Arc::clone(&base.column));
    let of = [Some(Arc::clone(&app.answer.column)), base];
    let places = |columns: &[Option<Arc<Column>>; 2]| columns.each_ref().map(|column| column.as_ref().map(Arc::as_ptr));
    if app.sought.of.as_ref().is_some_and(|known| places(known) == places(&of)) {
        return None;
    }
    app.sought.of = Some(of);
    app.sought.asked += 1;
    let sorting = LabelsTask { generation: app.sought.asked, answer: app.answer.clone() };
    Some(Effect::Sort(Box::new(sorting)))
}

/// Takes in labels, if they are of what shows.
pub fn sorted(app: &mut App, generation: u64, keys: Vec<LabelKey>) {
    if generation == app.sought.asked {
        app.labels.take(keys);
    }
}

/// Brings the labels to the front.
pub fn open(app: &mut App) {
    app.front = ActiveView::Labels;
}

/// Does what a key asks: a value becomes a filter, the values of a key the top of the tree.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Open if app.labels.opened().is_some() => {
            let Some(chosen) = app.labels.selected().and_then(|line| line.filter.clone()) else { return Vec::new() };
            filter::add(app, chosen)
        }
        Action::Above => {
            let Some(key) = app.labels.key().map(|key| Filter::new(FilterKind::TagRoot, key)) else {
                return Vec::new();
            };
            let effects = filter::add(app, key);
            trend::to_icicle(app);
            effects
        }
        _ => {
            app.labels.act(action);
            Vec::new()
        }
    }
}
