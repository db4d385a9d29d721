//! Labels: computed in the background while the view is in front, and recomputed when the figures change.

use crate::analysis::filter::{Filter, FilterKind};
use crate::analysis::labels::LabelKey;
use crate::app::nav;
use crate::app::task::{FiguresKey, Task};
use crate::app::{App, Effect, action, diff, filter};
use crate::base::limits::LimitError;
use crate::base::safe_text;
use crate::base::width::cut_end;
use crate::layout::panes::ActiveView;
use crate::view::keys::KeyRef;
use crate::view::labels::Action;
use crate::view::labels::state::ValueChoice;
use crate::view::notice::Notice;

/// Requests the labels of the current answer while the labels view is in front, unless requested before.
pub fn request(app: &mut App) -> Option<Effect> {
    if app.views.front != ActiveView::Labels {
        return None;
    }
    let ticket = app.tasks.requests.labels.ask(FiguresKey::new(app.document.answer.call_order()))?;
    Some(Effect::Run(ticket, Task::Labels(Box::new(app.document.answer.call_order().clone()))))
}

/// Stores the labels of the current answer; if they exceed the heap budget, there are none and a message says so.
pub fn set_keys(app: &mut App, keys: Result<Vec<LabelKey>, LimitError>) {
    let keys = keys.unwrap_or_else(|limit| {
        app.notice = Some(Notice::Failed(limit.to_string()));
        Vec::new()
    });
    app.views.labels.set_keys(keys);
}

/// Opens the labels view.
pub fn open(app: &mut App) {
    app.views.front = ActiveView::Labels;
}

/// Maximum width of a value in a message, in cells.
const MAX_VALUE_WIDTH: usize = 24;

/// Marks the selected value, or compares it with the marked value. In the list of keys, turns the comparison of windows
/// on or off.
fn compare(app: &mut App) -> Vec<Effect> {
    let Some(choice) = app.views.labels.choose_value() else {
        return diff::handle(app, action::Diff::Toggle);
    };
    let key = app.environment.keys.of(KeyRef::CompareValues).into_owned();
    match choice {
        ValueChoice::Marked(filter) => {
            let value = safe_text::safe_str(&filter.plain_text()).into_owned();
            let value = cut_end(&value, MAX_VALUE_WIDTH);
            app.notice = Some(Notice::Info(format!("A is {value}: {key} on another value compares it with A")));
            Vec::new()
        }
        ValueChoice::Unmarked => {
            app.notice = Some(Notice::Info("no value is marked".to_owned()));
            Vec::new()
        }
        ValueChoice::Compared { base, current } => diff::compare_filters(app, &base, current),
    }
}

/// Handles a key of the labels view: a selected value becomes a filter, a selected key becomes the top levels of the
/// tree.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Open if app.views.labels.opened().is_some() => {
            let Some(chosen) = app.views.labels.selected_filter() else {
                return Vec::new();
            };
            let effects = filter::add(app, chosen);
            nav::focus_icicle(app);
            effects
        }
        Action::Compare => compare(app),
        Action::Above => {
            let Some(key) = app.views.labels.key().map(|key| Filter::new(FilterKind::TagRoot, key)) else {
                return Vec::new();
            };
            let effects = filter::add(app, key);
            nav::focus_icicle(app);
            effects
        }
        _ => {
            app.views.labels.handle(action);
            Vec::new()
        }
    }
}
