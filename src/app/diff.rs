//! Comparison: turns it on and off, and steps through the changes by size.

use std::sync::Arc;

use crate::analysis::{BaseInstance, CANNOT_NORMALIZE, Filter, Normalize, Query, Width, Window, caveats};
use crate::app::action::Diff as Action;
use crate::app::nav;
use crate::app::query::ask;
use crate::app::{App, Effect, instances};
use crate::base::safe_text::{SafeText, display_name};
use crate::layout::panes::ActiveView;
use crate::profile::{Input, Series, Snapshot};
use crate::view::context::ChangeScale;
use crate::view::explains;
use crate::view::keys::KeyRef;
use crate::view::navigation::{Selection, Zoom};
use crate::view::notice::Notice;
use crate::view::overlay::Layer;
use crate::view::sides::{
    FilterComparison, InstanceComparison, LastComparison, PlainWindow, WindowComparison, drop_base_filters,
};
use crate::view::words;

/// Handles a key of the comparison.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    let is_on = app.tasks.jobs.wanted().base.is_some();
    let was_apart = matches!(action, Action::Toggle | Action::On | Action::Width) && nav::show_overlay(app);
    if action == Action::On && app.views.front == ActiveView::Trend && app.can_compare() {
        nav::link_selection(app);
        nav::focus_icicle(app);
    }
    match action {
        // From the side-by-side view, the overlay is shown first.
        Action::Toggle | Action::On if was_apart && is_on => Vec::new(),
        Action::Toggle if is_on => off(app),
        Action::Toggle | Action::On => on(app),
        // Every other action needs a comparison, and turns it on.
        _ if !is_on => on(app),
        Action::Scale => {
            app.views.display.scale = match app.views.display.scale {
                ChangeScale::Absolute => ChangeScale::Relative,
                ChangeScale::Relative => ChangeScale::Absolute,
            };
            Vec::new()
        }
        Action::Width => ask(app, |query| query.width = next(query.width)),
        Action::Normalize => normalize(app),
        Action::Swap => swap(app),
        Action::Explain => {
            open(app);
            Vec::new()
        }
        Action::Next => step(app, 1),
        Action::Previous => step(app, -1),
    }
}

/// Swaps both windows, or both instances.
fn swap(app: &mut App) -> Vec<Effect> {
    let wanted = app.tasks.jobs.wanted();
    if !wanted.base_filters.is_empty() {
        return swap_filters(app);
    }
    match (wanted.base_instance, wanted.instance) {
        (BaseInstance::Median, _) => {
            app.notice = Some(Notice::Info("the median of the rest is a base only".to_owned()));
            Vec::new()
        }
        (BaseInstance::One(base), Some(instance)) => ask(app, |query| {
            (query.instance, query.base_instance) = (Some(base), BaseInstance::One(instance));
        }),
        _ => ask(app, |query| {
            if let Some(base) = query.base {
                (query.window, query.base) = (base, Some(query.window));
            }
        }),
    }
}

/// Swaps both windows with their filters.
fn swap_filters(app: &mut App) -> Vec<Effect> {
    let query = app.tasks.jobs.wanted().clone();
    if let Some(comparison) = &mut app.views.last_comparison.filters {
        comparison.added = query.base_filters.last().filter(|_| comparison.added.is_some()).cloned();
    }
    let window = query.window;
    let Query { filters, base_filters, base, .. } = query.with_swapped_filters();
    ask(app, |query| {
        (query.window, query.base) = (base.unwrap_or(window), Some(window));
        (query.filters, query.base_filters) = (filters, base_filters);
    })
}

/// Turns the comparison on: with the window marked as A, else with the windows compared last, else with the given base,
/// else the first against the last snapshot.
pub fn on(app: &mut App) -> Vec<Effect> {
    let wanted = app.tasks.jobs.wanted();
    if wanted.base.is_some() {
        return Vec::new();
    }
    if let Some(comparison) = app.views.last_comparison.instances {
        return instances::turn_on(app, comparison);
    }
    if let Some(comparison) = app.views.last_comparison.filters.clone() {
        return turn_filters_on(app, comparison);
    }
    let (window, instance) = (wanted.window, wanted.instance);
    let marked = marked(app);
    if let Some(comparison) = builds_in_parallel(app) {
        return instances::turn_on(app, comparison);
    }
    let Some(comparison) = windows(app) else {
        app.notice = Some(Notice::Failed(no_base(app)));
        return Vec::new();
    };
    if marked.is_some() {
        app.views.last_comparison.marked = None;
    }
    let whole = Window::all(app.series(), Input::Current);
    let is_choice = Some(window) != whole && window != comparison.window;
    let effects = compare(app, comparison);
    if marked.is_some() || is_choice || comparison.instance != instance {
        app.notice = Some(Notice::Info(comparison_words(app, comparison)));
    }
    effects
}

/// Window marked as A, unless it is the current one.
fn marked(app: &App) -> Option<Window> {
    app.views.last_comparison.marked.filter(|marked| *marked != app.tasks.jobs.wanted().window)
}

/// Instance of a newer build and those of the build beside it, if they are compared by default; `None` if other windows
/// are marked or were compared last.
fn builds_in_parallel(app: &App) -> Option<InstanceComparison> {
    if marked(app).is_some() || app.views.last_comparison.compared.is_some() {
        return None;
    }
    let wanted = app.tasks.jobs.wanted();
    let Query { instance, base_instance, .. } = wanted.compared(app.series())?;
    (base_instance != wanted.base_instance).then_some(InstanceComparison { instance, base: base_instance })
}

/// Windows that [`on`] compares; `None` if there is nothing to compare with.
fn windows(app: &App) -> Option<WindowComparison> {
    let wanted = app.tasks.jobs.wanted();
    let (window, instance) = (wanted.window, wanted.instance);
    if let Some(base) = marked(app) {
        return Some(WindowComparison { window, base, instance });
    }
    let count = app.series().snapshots().len();
    let fits = |last: &WindowComparison| last.window.last < count && last.base.last < count;
    app.views.last_comparison.compared.filter(fits).or_else(|| {
        let compared = wanted.compared(app.series())?;
        Some(WindowComparison { window: compared.window, base: compared.base?, instance: compared.instance })
    })
}

/// Returns true if the key of the comparison turns one on or off.
pub fn is_available(app: &App) -> bool {
    let last = &app.views.last_comparison;
    app.tasks.jobs.wanted().base.is_some()
        || last.instances.is_some()
        || last.filters.is_some()
        || app.can_compare() && windows(app).is_some()
}

/// Reason why there is nothing to compare with.
fn no_base(app: &App) -> String {
    if app.series().instances().len() > 1 && app.tasks.jobs.wanted().instance.is_none() {
        let key = app.environment.keys.of(KeyRef::ViewInstances);
        return format!("one snapshot of each instance: {key} compares instances");
    }
    "no base: give `--base FILE` or several snapshots".to_owned()
}

/// Sentence that names both windows of a comparison, and its instance. The times are left to header and timeline, so that
/// the legend stays beside the sentence.
fn comparison_words(app: &App, comparison: WindowComparison) -> String {
    let numbers = |window| {
        let words = words::window(app.series(), window, app.environment.clock);
        words.split(',').next().unwrap_or_default().to_owned()
    };
    let [a, b] = [comparison.base, comparison.window].map(numbers);
    match comparison.instance {
        Some(instance) if app.series().instances().len() > 1 => {
            format!("{}: A {a}, B {b}", display_name(app.series().instance_label(instance).shown()))
        }
        _ => format!("A {a}, B {b}"),
    }
}

/// Compares two given windows.
pub fn compare(app: &mut App, comparison: WindowComparison) -> Vec<Effect> {
    let WindowComparison { window, base, instance } = comparison;
    app.views.last_comparison.remember(app.tasks.jobs.wanted());
    app.views.last_comparison.instances = None;
    let filters = app.views.last_comparison.filters.take();
    ask(app, |query| {
        drop_base_filters(query, filters.as_ref());
        (query.window, query.base) = (window, Some(base));
        (query.instance, query.base_instance) = (instance, BaseInstance::Same);
    })
}

/// Compares the samples of two filters, over the same window.
pub fn compare_filters(app: &mut App, base: &Filter, current: Filter) -> Vec<Effect> {
    let mut plain = app.tasks.jobs.wanted().clone();
    drop_base_filters(&mut plain, app.views.last_comparison.filters.as_ref());
    // Base filters replace filters of the same kind, so the existing ones are repeated for the base.
    let common = plain.filters.into_iter().filter(|filter| filter.kind == base.kind);
    let base_filters = common.chain([base.clone()]).collect();
    turn_filters_on(app, FilterComparison { base: None, base_filters, added: Some(current) })
}

/// Turns a comparison of filters on.
fn turn_filters_on(app: &mut App, comparison: FilterComparison) -> Vec<Effect> {
    nav::focus_icicle(app);
    let before = app.views.last_comparison.filters.replace(comparison.clone());
    app.views.last_comparison.remember(app.tasks.jobs.wanted());
    app.views.last_comparison.instances = None;
    let count = app.series().snapshots().len();
    ask(app, |query| {
        drop_base_filters(query, before.as_ref());
        query.filters.extend(comparison.added);
        query.base_filters = comparison.base_filters;
        let base = comparison.base.filter(|base| base.last < count).unwrap_or(query.window);
        (query.base, query.base_instance) = (Some(base), BaseInstance::Same);
    })
}

/// Turns the comparison off, and restores the window and the instance before it.
pub fn off(app: &mut App) -> Vec<Effect> {
    let Query { window, base: Some(base), .. } = *app.tasks.jobs.wanted() else { return Vec::new() };
    let wanted = app.tasks.jobs.wanted();
    let is_of_instances = wanted.base_instance != BaseInstance::Same;
    if let Some(beneath) = app.views.last_comparison.beneath.take().filter(|_| is_of_instances) {
        return compare(app, beneath);
    }
    let before = app.views.last_comparison.take_before(wanted);
    if is_of_instances {
        let (instance, base) = (wanted.instance, wanted.base_instance);
        app.views.last_comparison.instances = Some(InstanceComparison { instance, base });
        return ask(app, |query| {
            (query.window, query.base) = (before.window, None);
            (query.instance, query.base_instance) = (before.instance, BaseInstance::Same);
        });
    }
    if !wanted.base_filters.is_empty() {
        let base_filters = wanted.base_filters.clone();
        let added = app.views.last_comparison.filters.take().and_then(|comparison| comparison.added);
        let base = Some(base).filter(|base| *base != window);
        let comparison = FilterComparison { base, base_filters, added };
        let effects = ask(app, |query| {
            drop_base_filters(query, Some(&comparison));
            (query.window, query.base) = (before.window, None);
        });
        app.views.last_comparison.filters = Some(comparison);
        return effects;
    }
    app.views.last_comparison.compared = Some(WindowComparison { window, base, instance: wanted.instance });
    ask(app, |query| (query.window, query.base, query.instance) = (before.window, None, before.instance))
}

/// Shows caveats of the comparison (such as different sampling rates) in a notice when the comparison starts.
pub fn show_caveats(app: &mut App) {
    let found = caveats(&app.document.answer);
    if let Some(first) = found.first() {
        let lines = found.iter().map(|caveat| words::caveat(caveat, &app.environment.keys)).collect();
        app.notice = Some(Notice::ComparisonNotes { lines, brief: words::brief_caveat(first) });
    }
}

fn next(width: Width) -> Width {
    match width {
        Width::Union => Width::Current,
        Width::Current => Width::Base,
        Width::Base => Width::Change,
        Width::Change => Width::Union,
    }
}

/// Makes both totals equal, or shows them as they are. Refuses if no factor makes them equal.
fn normalize(app: &mut App) -> Vec<Effect> {
    let wanted = match app.tasks.jobs.wanted().normalize {
        Normalize::On => Normalize::Off,
        Normalize::Off if app.document.answer.can_normalize() => Normalize::On,
        Normalize::Off => {
            app.notice = Some(Notice::Info(CANNOT_NORMALIZE.to_owned()));
            return Vec::new();
        }
    };
    ask(app, |query| query.normalize = wanted)
}

/// Selects the change `by` ranks further down by size, among the changes within the zoom; wraps around.
fn step(app: &mut App, by: isize) -> Vec<Effect> {
    let zoom = app.navigation.zoom().clone();
    let changes = app.document.answer.base.as_ref().map(|base| &base.changes);
    let ranked = changes.map_or(&[][..], |changes| &changes.ranked);
    let seen: Vec<_> = ranked.iter().copied().filter(|node| zoom.shows(&app.document.answer.tree, *node)).collect();
    let Some(last) = seen.len().checked_sub(1) else {
        app.notice = Some(Notice::Info("nothing changed here beyond noise".to_owned()));
        return Vec::new();
    };
    let rank = seen.iter().position(|node| app.navigation.selection() == Selection::Node(*node));
    let next = rank.map_or(0, |rank| rank.checked_add_signed(by).unwrap_or(last));
    let next = if next > last { 0 } else { next };
    app.navigation.select(Selection::Node(seen[next]));
    app.notice = Some(Notice::Info(format!("change {} of {} by size", next + 1, seen.len())));
    Vec::new()
}

/// Opens the list of call sites that explain the change.
fn open(app: &mut App) {
    let explanations = explains::explanations(&app.document.answer);
    if explanations.is_some_and(|all| all.iter().any(|explanation| !explanation.sites.is_empty())) {
        app.views.stack.push(Layer::Explains(explains::ExplainsState::default()));
    } else {
        app.notice = Some(Notice::Info("no call site changed beyond noise".to_owned()));
    }
}

/// Handles a key of the list of call sites that explain the change.
pub fn explain(app: &mut App, action: explains::Action) {
    let Some(Layer::Explains(state)) = app.views.stack.pop() else { return };
    if let (explains::Action::Go, Some(node)) = (action, state.node(&app.document.answer)) {
        app.document.bottom_up = None;
        if !app.navigation.zoom().shows(&app.document.answer.tree, node) {
            app.navigation.zoom_to(&app.document.answer.tree, Zoom::ALL);
        }
        app.navigation.select(Selection::Node(node));
    }
}

/// Maps the windows of the query to another series; `over` maps a window, and returns `None` if it has no counterpart.
pub fn map_to_series(app: &mut App, query: &mut Query, to: &Series, over: &dyn Fn(Window) -> Option<Window>) {
    query.window = over(query.window).or_else(|| Window::all(to, Input::Current)).unwrap_or_default();
    query.base = query.base.and_then(over);
    let marked = app.views.last_comparison.marked.and_then(over);
    // Instances keep their names.
    let from = Arc::clone(app.tasks.jobs.series());
    let same = |instance: usize| to.find_instance(from.instances().get(instance)?.name.raw());
    let base_of = |base: BaseInstance| match base {
        BaseInstance::One(instance) => same(instance).map_or(BaseInstance::Same, BaseInstance::One),
        other => other,
    };
    query.instance = query.instance.and_then(same);
    query.base_instance = base_of(query.base_instance);
    let instances = app.views.last_comparison.instances.map(|comparison| InstanceComparison {
        instance: comparison.instance.and_then(same),
        base: base_of(comparison.base),
    });
    let before = app.views.last_comparison.before.and_then(|before| {
        Some(PlainWindow { window: over(before.window)?, instance: before.instance.and_then(same) })
    });
    let moved = |last: WindowComparison| {
        let instance = last.instance.and_then(same);
        Some(WindowComparison { window: over(last.window)?, base: over(last.base)?, instance })
    };
    let compared = app.views.last_comparison.compared.and_then(moved);
    let beneath = app.views.last_comparison.beneath.and_then(moved);
    let (is_from_instances, filters) =
        (app.views.last_comparison.is_from_instances, app.views.last_comparison.filters.take());
    app.views.last_comparison =
        LastComparison { compared, before, beneath, instances, is_from_instances, filters, marked };
}

/// Window with the same snapshots in a series loaded later, else a window that covers the same time; `None` if there is
/// none.
pub fn map_by_identity(window: Window, from: &Series, to: &Series) -> Option<Window> {
    let side = if from.range_of(Input::Current).contains(&window.first) { Input::Current } else { Input::Base };
    let (old, new) = (from.range_of(side), to.range_of(side));
    let time = |series: &Series, at: usize| {
        let header = &series.snapshots()[at].header;
        let span = header.merge.as_ref().map_or(0, |merge| merge.span_nanos);
        (header.time_nanos, header.time_nanos.saturating_add(span))
    };
    if old.len() == new.len() {
        let moved = |at: usize| at - old.start + new.start;
        return Some(Window { first: moved(window.first), last: moved(window.last) });
    }
    let is_same = |at: usize, other: usize| {
        time(from, at) == time(to, other) && identity(&from.snapshots()[at]) == identity(&to.snapshots()[other])
    };
    let same = |at: usize| new.clone().find(|other| is_same(at, *other));
    if let (Some(first), Some(last)) = (same(window.first), same(window.last)) {
        return Some(Window { first, last });
    }
    let times = (window.first..=window.last).map(|at| time(from, at));
    let (begin, end) = times.fold((i64::MAX, i64::MIN), |(begin, end), (from, to)| (begin.min(from), end.max(to)));
    let is_within = |at: &usize| {
        let (from, to) = time(to, *at);
        begin <= from && to <= end
    };
    let first = new.clone().find(is_within)?;
    Some(Window { first, last: new.rev().find(is_within)? })
}

/// Source, start, and instance of a store's merge: instances of a store share source and time.
fn identity(snapshot: &Snapshot) -> (&SafeText, i64, Option<&SafeText>) {
    let header = &snapshot.header;
    (&header.source, header.time_nanos, header.merge.as_ref().map(|merge| &merge.instance))
}

/// Index of each snapshot of a side in a series loaded later, by its identity; `None` if it is no longer there.
pub fn kept_snapshots(side: Input, from: &Series, to: &Series) -> Vec<Option<usize>> {
    let old = &from.snapshots()[from.range_of(side)];
    let mut kept = vec![None; old.len()];
    let mut next = 0;
    // Snapshots of a service have a common source, and some may be equal: they keep their order.
    for at in to.range_of(side) {
        if let Some(more) = old[next..].iter().position(|known| identity(known) == identity(&to.snapshots()[at])) {
            kept[next + more] = Some(at);
            next += more + 1;
        }
    }
    kept
}

/// Maps a window to a reloaded series. A window over all snapshots of its side covers all of them again; another one
/// keeps its snapshots if both ends are there, else their numbers.
pub fn map_reloaded(window: Window, from: &Series, to: &Series) -> Option<Window> {
    let side = if from.range_of(Input::Current).contains(&window.first) { Input::Current } else { Input::Base };
    let (old, all) = (from.range_of(side), Window::all(to, side)?);
    if (window.first, window.last + 1) == (old.start, old.end) {
        return Some(all);
    }
    let kept = kept_snapshots(side, from, to);
    if let (Some(first), Some(last)) = (kept[window.first - old.start], kept[window.last - old.start]) {
        return Some(Window { first, last });
    }
    let moved = |snapshot: usize| (snapshot - old.start + all.first).min(all.last);
    Some(Window { first: moved(window.first), last: moved(window.last) })
}
