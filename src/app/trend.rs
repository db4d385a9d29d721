//! The trend: asked for when it is looked at, and kept as long as it is about what is looked at.

use std::sync::Arc;

use crate::analysis::{Answer, CallTree, NoTrend, Trends, Window};
use crate::app::{App, Effect, Msg, diff};
use crate::layout::panes::{ActiveView, Pane};
use crate::profile::Series;
use crate::view::navigation::Selection;
use crate::view::trend::Action;
use crate::view::trend::state::TrendData;

/// What is under way, and of what.
#[derive(Clone, Debug, Default)]
pub struct TrendRequest {
    /// The number of the reading that was asked last.
    asked: u64,
    /// What it is of; none while nothing was asked of what shows now.
    of: Option<TrendBasis>,
}

/// What trends are made of: of the same they are the same.
#[derive(Clone, Debug)]
struct TrendBasis {
    series: Arc<Series>,
    tree: Arc<CallTree>,
    sample_type: usize,
    /// The first snapshot of the side that is looked at.
    side: usize,
}

impl TrendBasis {
    fn of(answer: &Answer) -> Self {
        let (series, tree) = (Arc::clone(&answer.series), Arc::clone(&answer.tree));
        let side = answer.query.window.bounds(&series).start;
        Self { series, tree, sample_type: answer.query.sample_type, side }
    }

    fn is(&self, other: &Self) -> bool {
        let is_same = Arc::ptr_eq(&self.series, &other.series) && Arc::ptr_eq(&self.tree, &other.tree);
        is_same && (self.sample_type, self.side) == (other.sample_type, other.side)
    }
}

/// Trends to be read, with all that it takes.
#[derive(Debug)]
pub struct TrendTask {
    /// Which one this is: only what comes of the newest is taken.
    pub generation: u64,
    /// What they are of.
    pub answer: Answer,
}

impl TrendTask {
    /// Reads. This is pure and may take a while.
    pub fn run(self) -> Msg {
        Msg::Trended { generation: self.generation, trends: Trends::new(&self.answer).map(Arc::new) }
    }
}

/// Forgets trends of what does not show any more, and asks for new ones where they are looked at.
pub fn follow(app: &mut App) -> Option<Effect> {
    let basis = TrendBasis::of(&app.answer);
    if app.trends.of.as_ref().is_some_and(|of| of.is(&basis)) {
        return None;
    }
    if app.trends.of.take().is_some() {
        app.trend.forget();
    }
    if app.front != ActiveView::Trend {
        return None;
    }
    app.trends.of = Some(basis);
    app.trends.asked += 1;
    let reading = TrendTask { generation: app.trends.asked, answer: app.answer.clone() };
    Some(Effect::Trend(Box::new(reading)))
}

/// Takes in trends, if they are of what shows.
pub fn read(app: &mut App, generation: u64, trends: Result<Arc<Trends>, NoTrend>) {
    if generation != app.trends.asked || app.trends.of.is_none() {
        return;
    }
    let found = match trends {
        Ok(trends) => TrendData::Trends(trends),
        Err(why) => TrendData::Nothing(why),
    };
    app.trend.take(found, &app.answer, &app.place);
}

/// Brings the trend to the front.
pub fn open(app: &mut App) {
    app.front = ActiveView::Trend;
}

/// Brings icicle and table back to the front, with the zoom wide enough to show the selection.
pub fn leave(app: &mut App) {
    app.front = ActiveView::Icicle;
    let node = app.place.pick().node();
    if !app.place.zoom().shows(&app.answer.tree, node) {
        app.place.act(&app.answer.tree, crate::view::navigation::Action::All);
    }
}

/// Does what a key asks.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    if app.trend.selected().is_none() && !matches!(action, Action::Growing) {
        return Vec::new();
    }
    app.trend.act(&app.answer, &mut app.place, action);
    match action {
        Action::Open => to_icicle(app),
        Action::Compare => {
            let Some(all) = app.trend.trends().map(|trends| trends.window) else { return Vec::new() };
            to_icicle(app);
            return diff::compare(app, Window::at(all.last), Window::at(all.first));
        }
        _ => {}
    }
    Vec::new()
}

/// Selects the row's place for all views, before something is done with the selection. What the row of the trend shows
/// and what is selected elsewhere differ until the first move.
pub fn link(app: &mut App) {
    let is_elsewhere = |frame| app.place.frame(&app.answer.tree) != Some(frame);
    let row = app.trend.selected().filter(|_| app.front == ActiveView::Trend).filter(|row| is_elsewhere(row.frame));
    if let Some(node) = row.map(|row| row.node) {
        app.place.select(Selection::Node(node));
    }
}

/// The icicle in front, and the keys in it.
pub fn to_icicle(app: &mut App) {
    leave(app);
    app.pane = Pane::Icicle;
}
