//! Update: the only function that changes the state. A message changes it and returns effects.

use crate::app::action::Action;
use crate::app::mouse::Mouse;
use crate::app::relayout::relayout;
use crate::app::stack::{Focus, Layer};
use crate::app::state::Notice;
use crate::app::task::{TaskResult, Ticket};
use crate::app::{
    App, Effect, Key, Msg, diff, export, filter, find, health, jobs, labels, live, mouse, pages, palette, program,
    sandwich, show, sides, sizes, source, take, tour, trend, windows,
};
use crate::view::details::facts;
use crate::view::nav::Move;
use crate::view::table::state::zoom_to_selection;
use crate::view::{details, health as health_view, help, table};

/// Applies a message.
pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    let mut effects = match msg {
        Msg::Key(key) => press(app, key),
        Msg::Paste(text) => type_text(app, &text),
        Msg::Resize { width, height } => {
            app.size = (width, height);
            // Before the first frame: the remaining sample types are computed while it is drawn.
            jobs::complete(app)
        }
        Msg::Pointed { gesture, spot } => mouse::point(app, gesture, spot),
        Msg::Shown => shown(app),
        Msg::Grown { at, grown } => live::grown(app, at, grown),
        Msg::Done { ticket, result } => take_in(app, ticket, result),
        Msg::Edited(done) => source::edited(app, done),
        Msg::Exported { path, exported } => {
            export::exported(app, &path, exported);
            Vec::new()
        }
        Msg::Loaded { generation, loaded } => jobs::loaded(app, generation, loaded),
        Msg::Progress(line) => {
            jobs::progressed(app, line);
            Vec::new()
        }
        Msg::Resumed => vec![Effect::Redraw],
        Msg::Said(line) => {
            app.notice = Some(Notice::Said(line));
            Vec::new()
        }
        Msg::Failed(line) => {
            app.notice = Some(Notice::Failed(line));
            Vec::new()
        }
    };
    effects.extend(trend::request(app));
    effects.extend(health::request(app));
    effects.extend(labels::request(app));
    effects.extend(source::request(app));
    effects.extend(sizes::request(app));
    relayout(app);
    effects
}

/// Takes in the result of a background task, unless a newer request made it stale.
fn take_in(app: &mut App, ticket: Ticket, result: TaskResult) -> Vec<Effect> {
    let requests = &mut app.requests;
    match result {
        TaskResult::Derive(answer) => return jobs::take_in(app, ticket, answer),
        TaskResult::Trends(trends) if requests.trends.accepts(ticket) => trend::set_trends(app, trends),
        TaskResult::Health(findings) if requests.findings.accepts(ticket) => health::set_findings(app, findings),
        TaskResult::Labels(keys) if requests.labels.accepts(ticket) => app.labels.set_keys(keys),
        TaskResult::Sizes(classes) if requests.sizes.accepts(ticket) => app.details.set_sizes(classes),
        TaskResult::Lines(lines) if requests.lines.accepts(ticket) => source::set_lines(app, lines),
        TaskResult::ReadSource(text) if requests.source_text.accepts(ticket) => source::set_text(app, text),
        _ => {}
    }
    Vec::new()
}

/// Effects after the first frame.
fn shown(app: &mut App) -> Vec<Effect> {
    let pointed = (app.mouse == Mouse::On).then_some(Effect::Point(Mouse::On));
    pointed.into_iter().chain(live::begin(app)).collect()
}

/// Handles a key press.
pub(super) fn press(app: &mut App, key: Key) -> Vec<Effect> {
    app.notice = None;
    match (app.keymap.action(app.focus(), key), key) {
        (Some(action), _) => handle(app, action),
        (None, Key::Char(character)) if app.focus().takes_text() => type_text(app, character.encode_utf8(&mut [0; 4])),
        (None, _) => {
            app.notice = elsewhere(app, key).map(Notice::Said);
            Vec::new()
        }
    }
}

/// Description of a key that has no action here, in the view that has one.
fn elsewhere(app: &App, key: Key) -> Option<String> {
    if app.focus().takes_text() {
        return None;
    }
    let rows = |focus: &Focus| app.keymap.sections(*focus).iter().flat_map(|section| &section.rows);
    let views = [Focus::Icicle, Focus::Table, Focus::Trend, Focus::Sandwich, Focus::Labels, Focus::Source];
    let (view, row) = views.iter().find_map(|view| Some((view, rows(view).find(|row| row.keys.contains(&key))?)))?;
    let title = app.keymap.sections(*view).first()?.title.to_lowercase();
    Some(format!("{key} does nothing here; in the {title}: {}", row.help))
}

/// Runs an action. The tour advances first, so that what the action opens shows the new step.
pub(super) fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    tour::follow(app, app.focus(), action);
    hand_on(app, action)
}

/// Dispatches an action to its handler.
fn hand_on(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Icicle(action) => {
            let App { icicle, sides, answer, navigation, .. } = app;
            icicle.handle(sides.seen(answer), navigation, action);
        }
        Action::Move(step) => move_by(app, app.focus(), step),
        Action::Table(table::Action::Open) => zoom_to_selection(&app.answer, &mut app.navigation),
        Action::Sort(sort) => app.table.sort_by(&app.answer, sort),
        Action::Zoom(action) => app.navigation.handle(&app.answer.tree, action),
        Action::Details(details::Action::Close) | Action::Health(health_view::Action::Close) => {
            app.stack.pop();
        }
        Action::Sandwich(action) => sandwich::handle(app, action),
        Action::Source(action) => return source::handle(app, action),
        Action::Labels(action) => return labels::handle(app, action),
        Action::Help(action) => help(app, action),
        Action::Explains(action) => diff::explain(app, action),
        Action::Prompt(action) => return find::prompt(app, action),
        Action::Find(action) => return find::handle(app, action),
        Action::Filter(action) => return filter::handle(app, action),
        Action::Chips(action) => return filter::chips(app, action),
        Action::Ask(action) => return filter::prompt(app, action),
        Action::Show(action) => return show::handle(app, action),
        Action::Diff(action) => return diff::handle(app, action),
        Action::Windows(action) => return windows::handle(app, action),
        Action::Sides(action) => return sides::handle(app, action),
        Action::Trend(action) => return trend::handle(app, action),
        Action::Take(action) => return take::handle(app, action),
        Action::Palette(action) => return palette::handle(app, action),
        Action::Page(action) => pages::handle(app, action),
        Action::Tour(action) => tour::handle(app, action),
        Action::Program(action) => return program::handle(app, action),
    }
    Vec::new()
}

/// Inserts pasted text into a prompt; elsewhere it is ignored, so that a paste never runs commands.
fn type_text(app: &mut App, text: &str) -> Vec<Effect> {
    match app.stack.top_mut() {
        Some(Layer::Find(_)) => return find::insert(app, text),
        Some(Layer::Filter(_)) => filter::insert(app, text),
        Some(Layer::Palette(_)) => palette::insert(app, text),
        Some(Layer::Help(help)) => text.chars().for_each(|character| help.narrow(character)),
        Some(Layer::Details | Layer::Health | Layer::Explains(_) | Layer::Page(_)) | None => {}
    }
    Vec::new()
}

/// Moves in the list or text of a focus.
pub(super) fn move_by(app: &mut App, focus: Focus, step: Move) {
    let area = app.panes.middle();
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let rows = height.saturating_sub(1);
    match (focus, app.stack.top_mut()) {
        (Focus::Table, _) => app.table.move_by(&app.answer, &mut app.navigation, step),
        (Focus::Trend, _) => app.trend.move_by(&mut app.navigation, step),
        (Focus::Sandwich, _) => app.sandwich.move_by(&mut app.navigation, step),
        (Focus::Labels, _) => app.labels.move_by(step),
        (Focus::Source, _) => app.source.move_by(step),
        (Focus::Health, _) => {
            let lines = app.health.lines(width).len();
            app.health.scroll.move_by(step, rows, lines);
        }
        (Focus::Details, _) => {
            let lines = facts::lines(&app.context(), &app.details, width).len();
            app.details.scroll.move_by(step, rows, lines);
        }
        (Focus::Help, Some(Layer::Help(help))) => help.move_by(step, help::columns_and_rows(width, height)),
        (Focus::Page, Some(Layer::Page(page))) => {
            let lines = page.lines(width).len();
            page.scroll.move_by(step, rows, lines);
        }
        (Focus::Explains, Some(Layer::Explains(list))) => list.move_by(&app.answer, step, height),
        // No list, or a list with actions of its own.
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

fn help(app: &mut App, action: help::Action) {
    match action {
        help::Action::Close => {
            app.stack.pop();
        }
        help::Action::Guide => pages::guide(app),
        help::Action::Delete => {
            if let Some(Layer::Help(help)) = app.stack.top_mut() {
                help.widen();
            }
        }
    }
}
