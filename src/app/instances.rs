//! Instances view: the table is requested when the view opens, and kept until the figures change. The overlay compares
//! an instance with the median of the others.

use std::sync::Arc;

use crate::analysis::{BaseInstance, InstanceTable, base_instances};
use crate::app::query::ask;
use crate::app::task::{InstancesKey, Task};
use crate::app::{App, Effect, nav};
use crate::base::limits::LimitError;
use crate::base::safe_text::display_name;
use crate::base::width::cut_middle;
use crate::layout::instances::InstanceList;
use crate::layout::panes::ActiveView;
use crate::view::instances::Action;
use crate::view::instances::state::InstancesData;
use crate::view::navigation::Selection;
use crate::view::notice::Notice;
use crate::view::sides::{InstanceComparison, WindowComparison, drop_base_filters};

/// Requests the table while the view is in front, unless requested before; drops a table of other figures.
pub fn request(app: &mut App) -> Option<Effect> {
    let key = InstancesKey::new(&app.document.answer);
    let requested = &mut app.tasks.requests.instances;
    if requested.key().is_some_and(|known| *known != key) {
        requested.forget();
        app.views.instances.forget();
    }
    if app.views.front != ActiveView::Instances {
        return None;
    }
    let ticket = requested.ask(key)?;
    // The table covers all instances, whichever is selected.
    let mut answer = app.document.answer.call_order().clone();
    answer.query.instance = None;
    Some(Effect::Run(ticket, Task::Instances(Box::new(answer))))
}

/// Stores the table, or the limit that was exceeded.
pub fn set_table(app: &mut App, table: Result<Arc<InstanceTable>, LimitError>) {
    let data = table.map_or_else(InstancesData::Missing, InstancesData::Table);
    app.views.instances.set_data(data, &app.document.answer);
}

/// Opens the view if there is more than one instance.
pub fn open(app: &mut App) {
    if app.series().instances().len() < 2 {
        let line = "one instance: give several pods or addresses, or `--each`";
        app.notice = Some(Notice::Info(line.to_owned()));
        return;
    }
    app.views.front = ActiveView::Instances;
}

/// Handles a key of the view.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    if action != Action::Open {
        app.views.instances.handle(&app.document.answer, action);
        return Vec::new();
    }
    match app.views.instances.list() {
        InstanceList::Instances => match app.views.instances.selected_instance() {
            Some(instance) => compare(app, instance),
            None => Vec::new(),
        },
        InstanceList::Functions => {
            let frame = app.views.instances.selected_function().map(|function| function.frame);
            let tree = &app.document.answer.tree;
            let node = frame.and_then(|frame| {
                let column = &app.document.answer.column;
                let nodes = tree.node_frames().iter().enumerate().filter(|(_, known)| **known == frame);
                let nodes = nodes.map(|(at, _)| crate::base::ids::NodeId::new(at));
                nodes.max_by_key(|node| (column.own(*node), std::cmp::Reverse(*node)))
            });
            if let Some(node) = node {
                app.navigation.select(Selection::Node(node));
                nav::focus_icicle(app);
            }
            Vec::new()
        }
    }
}

/// Compares an instance with the median of the other instances, over the same window.
pub fn compare(app: &mut App, instance: usize) -> Vec<Effect> {
    let effects = turn_on(app, InstanceComparison { instance: Some(instance), base: BaseInstance::Median });
    app.views.last_comparison.is_from_instances = true;
    effects
}

/// Turns a comparison of instances on.
pub fn turn_on(app: &mut App, comparison: InstanceComparison) -> Vec<Effect> {
    nav::focus_icicle(app);
    app.views.last_comparison.is_from_instances = false;
    app.views.last_comparison.instances = Some(comparison);
    let filters = app.views.last_comparison.filters.take();
    let wanted = app.tasks.jobs.wanted();
    app.views.last_comparison.remember(wanted);
    if wanted.base_instance == BaseInstance::Same {
        let base = wanted.base.filter(|_| wanted.base_filters.is_empty());
        let beneath = |base| WindowComparison { window: wanted.window, base, instance: wanted.instance };
        app.views.last_comparison.beneath = base.map(beneath);
    }
    let effects = ask(app, |query| {
        drop_base_filters(query, filters.as_ref());
        query.base = Some(query.window);
        (query.instance, query.base_instance) = (comparison.instance, comparison.base);
    });
    app.notice = base_words(app).map(Notice::Info);
    effects
}

/// Maximum width of the names of instances in a message, in cells.
const MAX_NAMES_WIDTH: usize = 28;

/// Sentence that describes the base of a comparison with the median.
fn base_words(app: &App) -> Option<String> {
    let query = app.tasks.jobs.wanted();
    let (series, timeline) = (app.series(), &app.document.answer.timeline);
    let of_base = base_instances(series, timeline, query, query.base?)?;
    // Two names have to fit a line beside the words.
    let cells = MAX_NAMES_WIDTH / of_base.len().clamp(1, 2);
    let name =
        |instance: &usize| cut_middle(display_name(series.instance_label(*instance).shown()), cells).into_owned();
    Some(match of_base.as_slice() {
        [] => "there is no other instance in this window".to_owned(),
        [one] => format!("A is {}, the median of the rest", name(one)),
        [one, other] => format!("A is the mean of {} and {}, the median of the rest", name(one), name(other)),
        _ => return None,
    })
}
