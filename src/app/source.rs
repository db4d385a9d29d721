//! The source of a function: its lines are added up when it is opened and again when the figures change, and its file is
//! read when it is known which, both off the thread that reads keys.

use std::sync::Arc;

use crate::analysis::lines::name_of;
use crate::analysis::{Answer, Column, Granularity, QueryError, SourceLines};
use crate::app::state::Notice;
use crate::app::{App, Effect, Msg, trend};
use crate::base::clean;
use crate::base::code::{MissingSource, SourceArea, SourceText};
use crate::base::ids::FrameId;
use crate::layout::panes::ActiveView;
use crate::view::keys::Mention;
use crate::view::source::state::{LinesState, SelectedFunction, TextState};
use crate::view::source::{Action, words};

/// What is under way, and of what.
#[derive(Clone, Debug, Default)]
pub struct SourceRequest {
    /// The number of the adding up that was asked last.
    asked: u64,
    /// The columns that it is of: of the same figures the lines are the same.
    of: Option<[Option<Arc<Column>>; 2]>,
    /// The number of the reading that was asked last.
    asked_file: u64,
    /// The file that it is of.
    file: Option<Box<str>>,
    /// The view that stood before.
    before: ActiveView,
    /// The line, if the next key may open an editor on a file that is in none of the folders.
    confirmed: Option<String>,
}

/// Lines to be added up, with all that it takes.
#[derive(Debug)]
pub struct SourceLinesTask {
    /// Which one this is: only what comes of the newest is taken.
    pub generation: u64,
    /// The question and its answer.
    pub answer: Answer,
    /// The name of the function, as it is in the file.
    pub function: Box<[u8]>,
    /// The answer that the lines before were taken from.
    pub before: Option<Arc<SourceLines>>,
}

impl SourceLinesTask {
    /// Adds them up. This is pure and may take a while.
    pub fn run(self) -> Msg {
        let Self { generation, answer, function, before } = self;
        let lines = SourceLines::new(&answer, &function, before.as_ref().map(|before| &before.answer));
        Msg::Added { generation, lines: lines.map(Arc::new) }
    }
}

/// A file to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFileTask {
    /// Which one this is: only what comes of the newest is taken.
    pub generation: u64,
    /// The file as the profile names it.
    pub file: String,
    /// When the newest profile in the window was taken, in nanoseconds since 1970; 0 where that is not known.
    pub taken: i64,
}

/// Brings the source of the selected function to the front.
pub fn open(app: &mut App) {
    trend::link(app);
    let (frames, frame) = (app.answer.tree.frames(), app.place.frame(&app.answer.tree));
    let Some(frame) = frame.filter(|frame| *frame != FrameId(0)) else {
        return say(app, "select a function first: its source shows here");
    };
    let granularity = app.answer.query.shape.granularity;
    let Some(name) = name_of(app.series(), frames, frame).filter(|_| granularity != Granularity::Files) else {
        let of_many = matches!(granularity, Granularity::Files | Granularity::Packages);
        let why = if of_many {
            "this is no single function: v brings functions back"
        } else {
            "this has no name, and so no source"
        };
        return say(app, why);
    };
    let line = frames.path(frame).zip(frames.exact_line(frame));
    let wanted = line.map(|(file, line)| (file.raw().into(), line));
    let shown = clean::safe_str(app.look().name(frame)).into_owned();
    // At lines granularity a frame is called by its line too.
    let shown = if wanted.is_some() { clean::safe(&name).into_owned() } else { shown };
    app.source.open(SelectedFunction { name, shown }, wanted);
    let before = if app.front == ActiveView::Source { app.sought_source.before } else { app.front };
    let SourceRequest { asked, asked_file, .. } = app.sought_source;
    app.sought_source = SourceRequest { asked, asked_file, before, ..SourceRequest::default() };
    app.front = ActiveView::Source;
}

fn say(app: &mut App, line: &str) {
    app.notice = Some(Notice::Said(line.to_owned()));
}

/// Asks for the lines of what shows, and for the text of their file, unless they are known. What was there before stands
/// until then.
pub fn follow(app: &mut App) -> Vec<Effect> {
    if app.front != ActiveView::Source {
        if app.source.function().is_some() {
            app.source.close();
            app.sought_source.of = None;
        }
        return Vec::new();
    }
    let mut effects = Vec::new();
    effects.extend(add_up(app));
    effects.extend(read(app));
    effects
}

fn add_up(app: &mut App) -> Option<Effect> {
    let function = app.source.function()?.name.clone();
    let base = app.answer.base.as_ref().map(|base| Arc::clone(&base.column));
    let of = [Some(Arc::clone(&app.answer.column)), base];
    let places = |columns: &[Option<Arc<Column>>; 2]| columns.each_ref().map(|column| column.as_ref().map(Arc::as_ptr));
    if app.sought_source.of.as_ref().is_some_and(|known| places(known) == places(&of)) {
        return None;
    }
    app.sought_source.of = Some(of);
    app.sought_source.asked += 1;
    let (generation, answer) = (app.sought_source.asked, app.answer.clone());
    let before = app.source.lines().cloned();
    Some(Effect::AddUp(Box::new(SourceLinesTask { generation, answer, function, before })))
}

fn read(app: &mut App) -> Option<Effect> {
    let file = app.source.file()?.file.raw();
    if app.sought_source.file.as_deref() == Some(file) {
        return None;
    }
    let file: Box<str> = file.into();
    app.sought_source.file = Some(file);
    again(app)
}

/// Asks for the text of the file once more.
fn again(app: &mut App) -> Option<Effect> {
    let file = app.sought_source.file.as_deref()?.to_owned();
    let series = app.series();
    let taken = app.answer.query.window.snapshots().filter_map(|at| series.snapshots().get(at));
    let taken = taken.map(|snapshot| snapshot.header.time_nanos).max().unwrap_or(0);
    app.sought_source.asked_file += 1;
    Some(Effect::Read(ReadFileTask { generation: app.sought_source.asked_file, file, taken }))
}

/// Takes in lines, if they are of what shows.
pub fn added(app: &mut App, generation: u64, lines: Result<Arc<SourceLines>, QueryError>) -> Vec<Effect> {
    if generation == app.sought_source.asked && app.front == ActiveView::Source {
        app.source.take(lines.map_or_else(|error| LinesState::Nothing(error.to_string()), LinesState::Lines));
    }
    Vec::new()
}

/// Takes in the text of a file, if it is the one that shows.
pub fn came(app: &mut App, generation: u64, read: Result<Arc<SourceText>, MissingSource>) -> Vec<Effect> {
    if generation == app.sought_source.asked_file && app.front == ActiveView::Source {
        app.source.read(read.map_or_else(TextState::Missing, TextState::Code));
    }
    Vec::new()
}

/// The editor is done: says how, and reads what it may have written.
pub fn edited(app: &mut App, done: Result<String, String>) -> Vec<Effect> {
    app.notice = Some(done.map_or_else(Notice::Failed, Notice::Said));
    let again = if app.front == ActiveView::Source { again(app) } else { None };
    std::iter::once(Effect::Redraw).chain(again).collect()
}

/// Does what a key asks.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let confirmed = app.sought_source.confirmed.take();
    match action {
        Action::Close => leave(app),
        Action::Edit => return edit(app, confirmed.as_deref()),
        Action::Copy => return words::place(&app.source).map(Effect::Copy).into_iter().collect(),
        Action::NextFile | Action::PreviousFile if app.source.file_of().1 < 2 => {
            say(app, "the function stands in one file");
        }
        _ => app.source.act(action),
    }
    Vec::new()
}

/// The view that stood before, with the selection as it was.
fn leave(app: &mut App) {
    let before = app.sought_source.before;
    if before == ActiveView::Icicle { trend::leave(app) } else { app.front = before }
}

/// Opens the editor at the selected line. A file that nobody named a folder for is opened by a second key.
fn edit(app: &mut App, confirmed: Option<&str>) -> Vec<Effect> {
    let Some(place) = words::place(&app.source) else { return Vec::new() };
    let code = match app.source.text() {
        TextState::Code(code) => code,
        TextState::Coming => {
            say(app, "the file is still being read");
            return Vec::new();
        }
        TextState::Missing(_) => {
            say(app, "there is no file to edit: it was not found");
            return Vec::new();
        }
    };
    if code.origin.place == SourceArea::Outside && confirmed != Some(&*place) {
        let edit = app.keys.of(Mention::Edit);
        let line = format!("outside of --source-path and of this directory: {edit} again opens the editor");
        say(app, &line);
        app.sought_source.confirmed = Some(place);
        return Vec::new();
    }
    let line = app.source.selected().map_or(1, |row| row.number.max(1));
    vec![Effect::Edit { path: code.origin.path.clone(), line }]
}
