//! Display: sample types, names, fills.

use crate::analysis::Chains;
use crate::app::action::Show;
use crate::app::query::ask;
use crate::app::{App, Effect, nav};
use crate::layout::panes::ActiveView;
use crate::profile::{Measure, MemoryKind, Role, SampleType};
use crate::view::context::{Fills, NameStyle};
use crate::view::keys::KeyRef;
use crate::view::nav::Scroll;
use crate::view::notice::Notice;
use crate::view::overlay::Layer;
use crate::view::pointer::Mouse;
use crate::view::words;

/// Handles a key of the display.
pub fn handle(app: &mut App, action: Show) -> Vec<Effect> {
    match action {
        Show::NextType => turn(app, 1),
        Show::PreviousType => turn(app, app.series().sample_types().len().saturating_sub(1)),
        Show::InUse => to_kind(app, MemoryKind::InUse),
        Show::Allocated => to_kind(app, MemoryKind::Allocated),
        Show::Measure => to_other_measure(app),
        Show::Details => {
            nav::link_selection(app);
            app.views.details.scroll = Scroll::default();
            app.views.stack.push(Layer::Details);
            Vec::new()
        }
        Show::Chains => fold_chains(app),
        Show::Names => {
            app.views.display.names = match app.views.display.names {
                NameStyle::Short => NameStyle::Full,
                NameStyle::Full => NameStyle::Short,
            };
            Vec::new()
        }
        Show::Fills => {
            if app.document.answer.base.is_none() {
                app.views.display.fills = app.views.display.fills.next();
            }
            app.notice = said(app).map(Notice::Info);
            Vec::new()
        }
        Show::Role => next_role(app),
        // These views are opened by their own modules.
        Show::Health | Show::Memory | Show::Callers | Show::Source | Show::Labels => Vec::new(),
    }
}

/// Folds or unfolds chains of functions that only call the next one, in the visible icicles.
fn fold_chains(app: &mut App) -> Vec<Effect> {
    let is_sandwich = app.views.front == ActiveView::Sandwich;
    let next = match app.tasks.jobs.wanted().chains {
        _ if is_sandwich => app.views.sandwich.toggle_chains(),
        Chains::Unfolded => Chains::Folded,
        Chains::Folded => Chains::Unfolded,
    };
    let said = match next {
        Chains::Folded => "functions that only call the next one share a slot",
        Chains::Unfolded => "each function has a slot",
    };
    app.notice = Some(Notice::Info(said.to_owned()));
    if is_sandwich { Vec::new() } else { ask(app, |query| query.chains = next) }
}

/// Switches between reading the sample type as a level, a counter, a change, or as the profile declares.
fn next_role(app: &mut App) -> Vec<Effect> {
    let roles = Role::WORDS.map(|(_, role)| Some(role));
    let place = roles.iter().position(|role| *role == app.tasks.jobs.wanted().role);
    let next = place.map_or(roles[0], |place| roles.get(place + 1).copied().flatten());
    let name = words::long(app.series().sample_types(), app.tasks.jobs.wanted().sample_type);
    app.notice = Some(Notice::Info(match next {
        Some(role) => format!("{name} is read as a {}", role.word()),
        None => format!("{name} is read as the profile says"),
    }));
    ask(app, |query| query.role = next)
}

/// Description of the fill colours; `None` if a legend shows it.
fn said(app: &App) -> Option<String> {
    match app.views.display.fills {
        _ if app.document.answer.base.is_some() => {
            Some(format!("a comparison has its colours, {} ends it", app.environment.keys.of(KeyRef::Diff)))
        }
        Fills::Package => Some("colours by package".to_owned()),
        Fills::Plain => Some("no colours for frames".to_owned()),
        Fills::Value | Fills::Kind => None,
    }
}

/// Switches to the sample type `steps` later, wrapping around.
fn turn(app: &mut App, steps: usize) -> Vec<Effect> {
    let count = app.series().sample_types().len().max(1);
    ask(app, |query| {
        query.sample_type = (query.sample_type + steps) % count;
        query.role = None;
    })
}

/// Switches to the same measure of another kind, else to any sample type of that kind.
fn to_kind(app: &mut App, kind: MemoryKind) -> Vec<Effect> {
    let types = app.series().sample_types();
    let measure = types.get(app.tasks.jobs.wanted().sample_type).map_or(Measure::Space, SampleType::measure);
    let found = words::find(types, kind, measure).or_else(|| types.iter().position(|other| other.kind() == kind));
    let missing = if kind == MemoryKind::InUse { "in-use" } else { "allocated" };
    change(app, found, missing)
}

/// Switches to the other measure of the same kind.
fn to_other_measure(app: &mut App) -> Vec<Effect> {
    let types = app.series().sample_types();
    let Some(chosen) = types.get(app.tasks.jobs.wanted().sample_type) else { return Vec::new() };
    let (wanted, missing) = match chosen.measure() {
        Measure::Objects => (Measure::Space, "matching space"),
        Measure::Space | Measure::Other => (Measure::Objects, "matching objects"),
    };
    let found = words::find(types, chosen.kind(), wanted);
    change(app, found, missing)
}

fn change(app: &mut App, found: Option<usize>, missing: &str) -> Vec<Effect> {
    if let Some(found) = found {
        return ask(app, |query| (query.sample_type, query.role) = (found, None));
    }
    app.notice = Some(Notice::Info(format!("this profile has no {missing} sample type")));
    Vec::new()
}

/// Turns the mouse on or off, with a notice about text selection.
pub fn turn_mouse(app: &mut App, mouse: Mouse) -> Vec<Effect> {
    app.environment.mouse = mouse;
    let said = match mouse {
        Mouse::On => "mouse on: click selects, click again zooms; Shift-drag selects text",
        Mouse::Off => "mouse off: the terminal selects text again",
    };
    app.notice = Some(Notice::Info(said.to_owned()));
    vec![Effect::Point(mouse)]
}
