//! Dispatch: from a key to its action, and from an action to its handler.

use crate::app::action::{Action, Program, Show, Windows};
use crate::app::palette::PaletteResult;
use crate::app::{
    App, Effect, Key, bottom_up, copy_export, diff, filter, find, health, instances, labels, memory, pages, palette,
    program, sandwich, show, sides, source, tour, trend, windows,
};
use crate::view::details::facts;
use crate::view::frame::Movement;
use crate::view::keys::KeyRef;
use crate::view::nav::Move;
use crate::view::notice::Notice;
use crate::view::overlay::{Focus, Layer};
use crate::view::{
    details, health as health_view, help, icicle, memory as memory_view, navigation, prompt, sandwich as sandwich_view,
    table,
};

/// Handles a key press.
pub fn press(app: &mut App, key: Key) -> Vec<Effect> {
    app.notice = None;
    match (app.environment.keymap.action(app.focus(), key), key) {
        (Some(action), _) => handle(app, action),
        (None, Key::Char(character)) if app.focus().takes_text() => type_text(app, character.encode_utf8(&mut [0; 4])),
        (None, _) => {
            app.notice = Some(Notice::Info(elsewhere(app, key).unwrap_or_else(|| unknown(app, key))));
            Vec::new()
        }
    }
}

/// Target that a key moves; `None` if the key does not move anything.
pub fn movement(app: &App, key: Key) -> Option<Movement> {
    let is_selection = match app.environment.keymap.action(app.focus(), key)? {
        Action::Windows(Windows::Back | Windows::Forward | Windows::Shrink | Windows::Grow) => {
            return Some(Movement::Window);
        }
        Action::Move(_) => true,
        Action::Icicle(action) => action != icicle::Action::Zoom,
        Action::Sandwich(action) => matches!(action, sandwich_view::Action::Left | sandwich_view::Action::Right),
        _ => false,
    };
    is_selection.then_some(Movement::Selection)
}

/// Notice for a key without an action in any view.
fn unknown(app: &App, key: Key) -> String {
    format!("{key} has no action; {} lists the keys of this view", app.environment.keys.of(KeyRef::Help))
}

/// Notice for a key without an action in this view: the view that uses the key, and its action there; `None` if there
/// is none.
fn elsewhere(app: &App, key: Key) -> Option<String> {
    if app.focus().takes_text() {
        return None;
    }
    let rows = |focus: &Focus| app.environment.keymap.sections(*focus).iter().flat_map(|section| &section.rows);
    let views =
        [Focus::Icicle, Focus::Table, Focus::Trend, Focus::Sandwich, Focus::Labels, Focus::Instances, Focus::Source];
    let (view, row) = views.iter().find_map(|view| Some((view, rows(view).find(|row| row.keys.contains(&key))?)))?;
    let title = app.environment.keymap.sections(*view).first()?.title.to_lowercase();
    Some(format!("{key} does nothing here; in the {title}: {}", row.help))
}

/// Runs an action. The tour advances first, so that a view opened by the action shows the new step.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    tour::follow(app, app.focus(), action);
    if shows_view(action) {
        while app.views.stack.pop().is_some() {}
    }
    let mut effects = bottom_up::leave_for(app, action);
    effects.extend(hand_on(app, action));
    effects.extend(bottom_up::restore(app));
    effects
}

/// Returns true for an action that shows another view, which requires all popups to be closed.
fn shows_view(action: Action) -> bool {
    match action {
        Action::Program(program) => matches!(
            program,
            Program::Icicle | Program::BottomUp | Program::Sandwich | Program::Trend | Program::Instances
        ),
        Action::Show(show) => matches!(show, Show::Callers | Show::Source | Show::Labels),
        _ => false,
    }
}

/// Dispatches an action to its handler.
fn hand_on(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Icicle(action) => {
            let App { views, document, navigation, .. } = app;
            let zoom = (action == icicle::Action::Zoom).then(|| navigation.zoom().clone());
            views.icicle.handle(views.sides.seen(&document.answer), navigation, action);
            if zoom.is_some_and(|zoom| zoom == *app.navigation.zoom()) {
                app.notice = Some(Notice::Info("the zoom is here: select a frame below it first".to_owned()));
            }
        }
        Action::Move(step) => move_by(app, app.focus(), step),
        Action::Table(table::Action::Open) => sandwich::open_row(app),
        Action::Sort(sort) => app.views.table.sort_by(&app.document.answer, sort),
        Action::Zoom(action) => zoom(app, action),
        Action::Details(details::Action::Close)
        | Action::Health(health_view::Action::Close)
        | Action::Memory(memory_view::Action::Close) => {
            app.views.stack.pop();
        }
        Action::Sandwich(action) => sandwich::handle(app, action),
        Action::Source(action) => return source::handle(app, action),
        Action::Labels(action) => return labels::handle(app, action),
        Action::Instances(action) => return instances::handle(app, action),
        Action::Help(action) => help(app, action),
        Action::Explains(action) => diff::explain(app, action),
        Action::Prompt(action) => return find::prompt(app, action),
        Action::Find(action) => return find::handle(app, action),
        Action::Filter(action) => return filter::handle(app, action),
        Action::Chips(action) => return filter::chips(app, action),
        Action::FilterPrompt(action) => return filter::prompt(app, action),
        Action::Show(Show::Health) => health::open(app),
        Action::Show(Show::Memory) => memory::open(app),
        Action::Show(Show::Callers) => sandwich::open(app),
        Action::Show(Show::Source) => source::open(app),
        Action::Show(Show::Labels) => labels::open(app),
        Action::Show(action) => return show::handle(app, action),
        Action::Diff(action) => return diff::handle(app, action),
        Action::Windows(action) => return windows::handle(app, action),
        Action::Sides(action) => return sides::handle(app, action),
        Action::Trend(action) => return trend::handle(app, action),
        Action::CopyExport(action) => return copy_export::handle(app, action),
        Action::Palette(action) => {
            return match palette::handle(app, action) {
                PaletteResult::Effects(effects) => effects,
                PaletteResult::Run(action) => handle(app, action),
            };
        }
        Action::Page(action) => pages::handle(app, action),
        // Without a tour, the key pages down, as in a pager.
        Action::Tour(_) if app.environment.tour.step().is_none() => page_down(app),
        Action::Tour(action) => tour::handle(app, action),
        Action::Program(action) => return program::handle(app, action),
    }
    Vec::new()
}

/// Changes the zoom, and says where nothing changed.
fn zoom(app: &mut App, action: navigation::Action) {
    let before = app.navigation.zoom().clone();
    app.navigation.handle(&app.document.answer.tree, action);
    if *app.navigation.zoom() == before {
        let words = match action {
            navigation::Action::Forward => "there is no zoom to go back in to",
            navigation::Action::Out | navigation::Action::All if before.is_all() => "this is the whole profile",
            navigation::Action::Out | navigation::Action::All => "there is no earlier zoom",
        };
        app.notice = Some(Notice::Info(words.to_owned()));
    }
}

/// Inserts pasted text into a prompt. Elsewhere pasted text is refused, because its characters would act as keys.
pub fn paste(app: &mut App, text: &str) -> Vec<Effect> {
    if !app.focus().takes_text() {
        let refusal = "pasted text is not taken as keys; paste it into a prompt, as after /";
        app.notice = Some(Notice::Failed(refusal.to_owned()));
        return Vec::new();
    }
    app.notice = None;
    type_text(app, text)
}

/// Inserts text into the focused prompt.
fn type_text(app: &mut App, text: &str) -> Vec<Effect> {
    match app.views.stack.top_mut() {
        Some(Layer::Find(_)) => return find::insert(app, text),
        Some(Layer::Filter(_)) => filter::insert(app, text),
        Some(Layer::Palette(_)) => palette::insert(app, text),
        Some(Layer::Help(help)) => {
            text.chars().take(prompt::state::MAX_CHARS).for_each(|character| help.narrow(character));
        }
        Some(Layer::Details | Layer::Health | Layer::Memory | Layer::Explains(_) | Layer::Page(_)) | None => {}
    }
    Vec::new()
}

/// Moves a page down in the focus.
fn page_down(app: &mut App) {
    match app.focus() {
        Focus::Icicle => {
            let App { views, document, navigation, .. } = app;
            views.icicle.handle(views.sides.seen(&document.answer), navigation, icicle::Action::PageDown);
        }
        focus => move_by(app, focus, Move::PageDown),
    }
}

/// Moves in the list or text of a focus.
pub fn move_by(app: &mut App, focus: Focus, step: Move) {
    let area = app.views.panes.middle();
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let rows = height.saturating_sub(1);
    match (focus, app.views.stack.top_mut()) {
        (Focus::Table, _) => app.views.table.move_by(&app.document.answer, &mut app.navigation, step),
        (Focus::Trend, _) => app.views.trend.move_by(&mut app.navigation, step),
        (Focus::Sandwich, _) => app.views.sandwich.move_by(step),
        (Focus::Labels, _) => app.views.labels.move_by(step),
        (Focus::Instances, _) => app.views.instances.move_by(&app.document.answer, step),
        (Focus::Source, _) => app.views.source.move_by(step),
        (Focus::Health, _) => {
            let lines = app.views.health.lines(width).len();
            app.views.health.scroll.move_by(step, rows, lines);
        }
        (Focus::Memory, _) => {
            let lines = app.views.memory.lines(width).len();
            app.views.memory.scroll.move_by(step, rows, lines);
        }
        (Focus::Details, _) => {
            let lines = facts::lines(&app.context(), &app.views.details, width).len();
            app.views.details.scroll.move_by(step, rows, lines);
        }
        (Focus::Help, Some(Layer::Help(help))) => {
            let glyphs = app.environment.settings.glyphs;
            help.move_by(step, help::columns_and_rows((width, height), glyphs));
        }
        (Focus::Page, Some(Layer::Page(page))) => {
            let lines = page.lines(width).len();
            page.scroll.move_by(step, rows, lines);
        }
        (Focus::Explains, Some(Layer::Explains(list))) => list.move_by(&app.document.answer, step, height),
        // A focus without a list, or with its own move actions.
        (
            Focus::Icicle
            | Focus::Prompt
            | Focus::Chips
            | Focus::Filter
            | Focus::Palette
            | Focus::Help
            | Focus::Page
            | Focus::Explains,
            _,
        ) => {}
    }
}

/// Handles a key of the help.
fn help(app: &mut App, action: help::Action) {
    match action {
        help::Action::Close => {
            app.views.stack.pop();
        }
        help::Action::Guide => pages::guide(app),
        help::Action::Delete => {
            if let Some(Layer::Help(help)) = app.views.stack.top_mut() {
                help.widen();
            }
        }
    }
}
