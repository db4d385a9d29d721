//! Source view: lines are summed when it opens and when the figures change, and the file is read once its name is
//! known; both in the background.

use std::sync::Arc;

use crate::analysis::lines::name_of;
use crate::analysis::{Granularity, QueryError, SourceLines};
use crate::app::state::Notice;
use crate::app::task::{FiguresKey, Task, Ticket};
use crate::app::{App, Effect, trend};
use crate::base::ids::FrameId;
use crate::base::safe_text;
use crate::base::source_text::{MissingSource, SourceArea, SourceText};
use crate::layout::panes::ActiveView;
use crate::view::keys::KeyRef;
use crate::view::source::state::{LinesState, SelectedFunction, TextState};
use crate::view::source::{Action, words};

/// Where the source view was opened from, and an edit that waits for its confirmation.
#[derive(Clone, Debug, Default)]
pub struct SourceVisit {
    /// View that was in front before.
    previous: ActiveView,
    /// Line whose next edit key opens the editor, although its file is outside of the named folders.
    confirmed: Option<String>,
}

/// Opens the source view for the selected function.
pub fn open(app: &mut App) {
    trend::link(app);
    let (frames, frame) = (app.answer.tree.frames(), app.navigation.frame(&app.answer.tree));
    let Some(frame) = frame.filter(|frame| *frame != FrameId::ROOT) else {
        return say(app, "select a function first: its source shows here");
    };
    let granularity = app.answer.query.shape.granularity;
    let Some(name) = name_of(app.series(), frames, frame).filter(|_| granularity != Granularity::Files) else {
        let of_many = matches!(granularity, Granularity::Files | Granularity::Packages);
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
    // At the granularity of lines, the name of a frame includes its line.
    let shown = if wanted.is_some() { safe_text::safe(&name).into_owned() } else { shown };
    app.source.open(SelectedFunction { name, shown }, wanted);
    let previous = if app.front == ActiveView::Source { app.source_visit.previous } else { app.front };
    app.source_visit = SourceVisit { previous, confirmed: None };
    app.requests.lines.forget();
    app.requests.source_text.forget();
    app.front = ActiveView::Source;
}

fn say(app: &mut App, line: &str) {
    app.notice = Some(Notice::Said(line.to_owned()));
}

/// Requests the lines of the open function and the text of their file, unless they were requested before. The earlier
/// ones stay on the screen until then.
pub fn request(app: &mut App) -> Vec<Effect> {
    if app.front != ActiveView::Source {
        if app.source.function().is_some() {
            app.source.close();
            app.requests.lines.forget();
            app.requests.source_text.forget();
        }
        return Vec::new();
    }
    let lines = request_lines(app);
    let file: Option<Box<str>> = app.source.file().map(|file| file.file.raw().into());
    let text = file.and_then(|file| app.requests.source_text.ask(file)).and_then(|ticket| read_source(app, ticket));
    lines.into_iter().chain(text).collect()
}

fn request_lines(app: &mut App) -> Option<Effect> {
    let function = app.source.function()?.name.clone();
    let ticket = app.requests.lines.ask(FiguresKey::new(&app.answer))?;
    let (answer, previous) = (Box::new(app.answer.clone()), app.source.lines().cloned());
    Some(Effect::Run(ticket, Task::Lines { answer, function, previous }))
}

/// Task that reads the requested file.
fn read_source(app: &App, ticket: Ticket) -> Option<Effect> {
    let file = app.requests.source_text.key()?.to_string();
    let series = app.series();
    let snapshots = app.answer.query.window.snapshots().filter_map(|at| series.snapshots().get(at));
    let taken = snapshots.map(|snapshot| snapshot.header.time_nanos).max().unwrap_or(0);
    let reader = app.setup.source_reader.clone();
    Some(Effect::Run(ticket, Task::ReadSource { reader, file, taken }))
}

/// Stores the lines of the open function, or the reason why there are none.
pub fn set_lines(app: &mut App, lines: Result<Arc<SourceLines>, QueryError>) {
    app.source.set_lines(lines.map_or_else(|error| LinesState::Missing(error.to_string()), LinesState::Lines));
}

/// Stores the text of the file, or the places that were searched for it.
pub fn set_text(app: &mut App, text: Result<Arc<SourceText>, MissingSource>) {
    app.source.set_text(text.map_or_else(TextState::Missing, TextState::Text));
}

/// Handles the end of the editor: shows the result, and reads the file again.
pub fn edited(app: &mut App, done: Result<String, String>) -> Vec<Effect> {
    app.notice = Some(done.map_or_else(Notice::Failed, Notice::Said));
    let ticket = app.requests.source_text.ask_again();
    let text = ticket.and_then(|ticket| read_source(app, ticket));
    std::iter::once(Effect::Redraw).chain(text).collect()
}

/// Handles a key of the source view.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    let confirmed = app.source_visit.confirmed.take();
    match action {
        Action::Close => leave(app),
        Action::Edit => return edit(app, confirmed.as_deref()),
        Action::Copy => return words::position(&app.source).map(Effect::Copy).into_iter().collect(),
        Action::NextFile | Action::PreviousFile if app.source.file_of().1 < 2 => {
            say(app, "the function has only one file");
        }
        _ => app.source.handle(action),
    }
    Vec::new()
}

/// Returns to the view before, with its selection.
fn leave(app: &mut App) {
    let previous = app.source_visit.previous;
    if previous == ActiveView::Icicle { trend::leave(app) } else { app.front = previous }
}

/// Opens the editor at the selected line. A file outside of the named folders needs a second key press.
fn edit(app: &mut App, confirmed: Option<&str>) -> Vec<Effect> {
    let Some(place) = words::position(&app.source) else { return Vec::new() };
    let code = match app.source.text_state() {
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
        let edit = app.keys.of(KeyRef::Edit);
        let line = format!("outside of --source-path and of this directory: {edit} again opens the editor");
        say(app, &line);
        app.source_visit.confirmed = Some(place);
        return Vec::new();
    }
    let line = app.source.selected().map_or(1, |row| row.number.max(1));
    vec![Effect::Edit { path: code.file.path.clone(), line }]
}
