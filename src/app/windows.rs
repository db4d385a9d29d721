//! Window of the series: moved, resized, marked.

use crate::analysis::Window;
use crate::analysis::derive::Side;
use crate::app::action::Windows as Action;
use crate::app::query::ask;
use crate::app::{App, Effect};
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;
use crate::view::words;

/// Divisor of the window's length for one step of resizing; a step is at least one snapshot.
const PART: usize = 10;

/// Handles a key of the window.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    let wanted = app.tasks.jobs.wanted();
    let is_base = app.views.sides.are_both() && app.views.sides.focused == Side::A;
    let window = wanted.base.filter(|_| is_base).unwrap_or(wanted.window);
    let series = app.series();
    if window.bounds(series).len() < 2 {
        app.notice = Some(Notice::Info("there is only one snapshot".to_owned()));
        return Vec::new();
    }
    let step = isize::try_from((window.count() / PART).max(1)).unwrap_or(1);
    let next = match action {
        Action::Back => window.moved(-1, series),
        Action::Forward => window.moved(1, series),
        Action::Shrink => window.resized(-step, series),
        Action::Grow => window.resized(step, series),
        Action::Mark => return mark(app, window),
    };
    if next == window {
        let is_whole = window.count() == window.bounds(series).len();
        let line = if is_whole && action != Action::Shrink { WHOLE } else { end(action) };
        app.notice = Some(Notice::Info(line.to_owned()));
        return Vec::new();
    }
    let name = match wanted.base {
        None => "window",
        Some(_) if is_base => "A",
        Some(_) => "B",
    };
    app.notice = Some(Notice::Info(format!("{name} {}", shown(app, next))));
    ask(app, |query| if is_base { query.base = Some(next) } else { query.window = next })
}

/// Notice for a window that cannot move because it covers the whole series.
const WHOLE: &str = "the window is the whole series: { shortens it";

/// Reason why a window did not change.
fn end(action: Action) -> &'static str {
    match action {
        Action::Shrink => "a window has at least one snapshot",
        Action::Back => "the window starts at the first snapshot",
        Action::Forward | Action::Grow | Action::Mark => "the window ends at the last snapshot",
    }
}

/// Marks the window as A, for a later comparison.
fn mark(app: &mut App, window: Window) -> Vec<Effect> {
    let marked = shown(app, window);
    let [back, on, again] = [KeyRef::WindowBack, KeyRef::WindowForward, KeyRef::MarkWindow]
        .map(|key| app.environment.keys.of(key).into_owned());
    if app.tasks.jobs.wanted().base.is_none() && app.views.last_comparison.marked == Some(window) {
        app.notice = Some(Notice::Info(format!("A is {marked} already; {back} {on} move to B")));
        return Vec::new();
    }
    if app.tasks.jobs.wanted().base.is_none()
        && let Some(base) = app.views.last_comparison.take_marked()
    {
        app.notice = Some(Notice::Info(format!("A {}, B {marked}", shown(app, base))));
        return ask(app, |query| query.base = Some(base));
    }
    if app.tasks.jobs.wanted().base == Some(window) {
        app.notice = Some(Notice::Info(format!("A is {marked} already")));
        return Vec::new();
    }
    if app.tasks.jobs.wanted().base.is_some() {
        app.notice = Some(Notice::Info(format!("A is {marked}; {back} {on} move B")));
        return ask(app, |query| query.base = Some(window));
    }
    app.views.last_comparison.mark(window);
    app.notice = Some(Notice::Info(format!("A is {marked}; {back} {on} move, {again} again compares")));
    Vec::new()
}

fn shown(app: &App, window: Window) -> String {
    words::window(app.series(), window, app.environment.clock)
}
