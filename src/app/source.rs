//! Source view: lines are summed when it opens and when the figures change, and the file is read once its name is
//! known; both in the background.

use crate::app::nav;
use crate::view::views::SourceVisit;
use std::sync::Arc;

use crate::analysis::lines::name_of;
use crate::analysis::{Granularity, QueryError, SourceLines};
use crate::app::task::{FiguresKey, Task, Ticket};
use crate::app::{App, Effect};
use crate::base::ids::FrameId;
use crate::base::safe_text;
use crate::base::source_text::{MissingSource, SourceArea, SourceText};
use crate::layout::panes::ActiveView;
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;
use crate::view::source::state::{LinesState, SelectedFunction, TextState};
use crate::view::source::{Action, words};

/// Opens the source view for the selected function.
pub fn open(app: &mut App) {
    nav::link_selection(app);
    let (frames, frame) = (app.document.answer.tree.frames(), app.navigation.frame(&app.document.answer.tree));
    let Some(frame) = frame.filter(|frame| *frame != FrameId::ROOT) else {
        return say(app, "select a function first: its source shows here");
    };
    let granularity = app.document.answer.query.shape.granularity;
    let Some(name) = name_of(app.series(), frames, frame).filter(|_| granularity != Granularity::Files) else {
        let of_many = matches!(granularity, Granularity::Files | Granularity::Packages | Granularity::Owners);
        let why = if of_many {
            "this is not a single function: v switches to functions"
        } else {
            "this has no name, so no source"
        };
        return say(app, why);
    };
    let line = frames.path(frame).zip(frames.exact_line(frame));
    let wanted = line.map(|(file, line)| (file.raw().into(), line));
    let shown = safe_text::safe_str(app.context().name(frame)).into_owned();
    // At line granularity, the name of a frame includes the line.
    let shown = if wanted.is_some() { safe_text::safe(&name).into_owned() } else { shown };
    app.views.source.open(SelectedFunction { name, shown }, wanted);
    let previous =
        if app.views.front == ActiveView::Source { app.views.source_visit.previous } else { app.views.front };
    app.views.source_visit = SourceVisit { previous, confirmed: None };
    app.tasks.requests.lines.forget();
    app.tasks.requests.source_text.forget();
    app.views.front = ActiveView::Source;
}

fn say(app: &mut App, line: &str) {
    app.notice = Some(Notice::Info(line.to_owned()));
}

/// Requests the lines of the open function and the text of their file, unless requested before. Earlier ones stay on
/// the screen until the new ones arrive.
pub fn request(app: &mut App) -> Vec<Effect> {
    if app.views.front != ActiveView::Source {
        if app.views.source.function().is_some() {
            app.views.source.close();
            app.tasks.requests.lines.forget();
            app.tasks.requests.source_text.forget();
        }
        return Vec::new();
    }
    let lines = request_lines(app);
    let file: Option<Box<str>> = app.views.source.file().map(|file| file.file.raw().into());
    let text =
        file.and_then(|file| app.tasks.requests.source_text.ask(file)).and_then(|ticket| read_source(app, ticket));
    lines.into_iter().chain(text).collect()
}

fn request_lines(app: &mut App) -> Option<Effect> {
    let function = app.views.source.function()?.name.clone();
    let ticket = app.tasks.requests.lines.ask(FiguresKey::new(app.document.answer.call_order()))?;
    let (answer, previous) = (Box::new(app.document.answer.call_order().clone()), app.views.source.lines().cloned());
    Some(Effect::Run(ticket, Task::Lines { answer, function, previous }))
}

/// Effect that reads the requested file.
fn read_source(app: &App, ticket: Ticket) -> Option<Effect> {
    let file = app.tasks.requests.source_text.key()?.to_string();
    let reader = app.environment.setup.source_reader.clone();
    Some(Effect::Run(ticket, Task::ReadSource { reader, file, taken: newest_time(app) }))
}

/// Time of the newest profile of the window, in nanoseconds since 1970; 0 if unknown.
pub fn newest_time(app: &App) -> i64 {
    let series = app.series();
    let snapshots = app.document.answer.query.window.snapshots().filter_map(|at| series.snapshots().get(at));
    snapshots.map(|snapshot| snapshot.header.time_nanos).max().unwrap_or(0)
}

/// Stores the lines of the open function, or the reason for their absence.
pub fn set_lines(app: &mut App, lines: Result<Arc<SourceLines>, QueryError>) {
    app.views.source.set_lines(lines.map_or_else(|error| LinesState::Missing(error.to_string()), LinesState::Lines));
}

/// Stores the text of the file, or the places searched if the file was not found.
pub fn set_text(app: &mut App, text: Result<Arc<SourceText>, MissingSource>) {
    app.views.source.set_text(text.map_or_else(TextState::Missing, TextState::Text));
}

/// Handles the end of the editor: shows the result, and reads the file again.
pub fn edited(app: &mut App, done: Result<String, String>) -> Vec<Effect> {
    app.notice = Some(done.map_or_else(Notice::Failed, Notice::Info));
    let ticket = app.tasks.requests.source_text.ask_again();
    let text = ticket.and_then(|ticket| read_source(app, ticket));
    std::iter::once(Effect::Redraw).chain(text).collect()
}

/// Handles a key of the source view.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    let confirmed = app.views.source_visit.confirmed.take();
    match action {
        Action::Close => leave(app),
        Action::Edit => return edit(app, confirmed.as_deref()),
        Action::Copy => return words::position(&app.views.source).map(Effect::Copy).into_iter().collect(),
        Action::NextFile | Action::PreviousFile if app.views.source.file_of().1 < 2 => {
            say(app, "the function has only one file");
        }
        _ => app.views.source.handle(action),
    }
    Vec::new()
}

/// Returns to the previous view and its selection.
fn leave(app: &mut App) {
    let previous = app.views.source_visit.previous;
    if previous == ActiveView::Icicle { nav::close_view(app) } else { app.views.front = previous }
}

/// Opens the editor at the selected line. A file outside of the named folders needs a second key press.
fn edit(app: &mut App, confirmed: Option<&str>) -> Vec<Effect> {
    let Some(place) = words::position(&app.views.source) else { return Vec::new() };
    let code = match app.views.source.text_state() {
        TextState::Text(code) => code,
        TextState::Pending => {
            say(app, "the file is still being read");
            return Vec::new();
        }
        TextState::Missing(_) => {
            say(app, "no file to edit: it was not found");
            return Vec::new();
        }
    };
    if code.file.area == SourceArea::Outside && confirmed != Some(&*place) {
        let edit = app.environment.keys.of(KeyRef::Edit);
        let line = format!("outside of --source-path and this directory: {edit} again opens it");
        say(app, &line);
        app.views.source_visit.confirmed = Some(place);
        return Vec::new();
    }
    let line = app.views.source.selected().map_or(1, |row| row.number.max(1));
    vec![Effect::Edit { path: code.file.path.clone(), line }]
}
