//! Explorer without a terminal: keys in, screen out.
//!
//! A [`Session`] has the same state machine as the terminal, and runs every effect at once. Tests, benches and the
//! pictures of the documentation use it.
//!
//! ```no_run
//! use heapglass::play::{Options, Session};
//!
//! let mut session = Session::open(&["heap.pb.gz"], Options::default())?;
//! session.key("Down")?;
//! session.key("Enter")?;
//! print!("{}", session.frame());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod screen;

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::advice::AdviceRules;
use crate::analysis::{Query, QueryError, derive, opening_granularity};
pub use crate::app::DeferredPart;
use crate::app::dispatch::movement;
use crate::app::task::SourceReader;
use crate::app::tour_steps::Tour;
use crate::app::{App, Effect, Exported, GrowthExtent, Key, Msg, ReloadedSeries, SeriesGrowth, Setup, Start, update};
use crate::base::time::UtcTime;
use crate::cli::flags::query_options;
use crate::config::settings::Settings;
pub use crate::config::settings::{Depth, Glyphs};
use crate::config::{advice, builtin};
use crate::format::ReadOptions;
use crate::load::{GrownSeries, Growth, InsertPosition, LoadError, Loaded, Loader, grow};
use crate::profile::{Series, Warning};
use crate::source::Address;
use crate::source::source_files::SourceFinder;
use crate::view::context::Clock;
use crate::view::frame::{self, PaintCache};
use crate::view::pointer::Gesture;
use crate::view::source_status::{SourceStatus, TlsVerification};

pub use screen::{Cell, CellColour, ScreenText};

/// Screen of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Number of colours.
    pub depth: Depth,
    /// Character set.
    pub glyphs: Glyphs,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: 80, height: 24, depth: Depth::Indexed256, glyphs: Glyphs::Unicode }
    }
}

/// Error of opening a session.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No source could be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The first query has no answer.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Addresses of sources as written on the command line.
fn addresses(written: &[impl AsRef<OsStr>]) -> Vec<Address> {
    written.iter().map(Address::parse).collect()
}

fn load(sources: &[Address], base: &[Address], gc_logs: &[Address]) -> Result<Loaded, LoadError> {
    let loader = Loader::new().base(base.iter().cloned()).gc_logs(gc_logs.iter().cloned());
    loader.load(sources.iter().cloned())
}

fn texts(warnings: Vec<Warning>) -> Vec<String> {
    warnings.into_iter().map(|warning| warning.text).collect()
}

fn source_reader(finder: SourceFinder) -> SourceReader {
    SourceReader::new(move |file, taken| finder.find(file, taken))
}

/// Unknown key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key")]
pub struct UnknownKey(pub String);

/// Direction of a mouse wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WheelTurn {
    /// Away from the user.
    Up,
    /// Towards the user.
    Down,
}

/// End of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By its key.
    Quit,
    /// By Ctrl-C.
    Interrupted,
}

/// Explorer without a terminal.
#[derive(Debug)]
pub struct Session {
    app: App,
    paint_cache: PaintCache,
    sources: Vec<Address>,
    base: Vec<Address>,
    gc_logs: Vec<Address>,
    copied: Option<String>,
    edited: Option<(PathBuf, i64)>,
    end: Option<End>,
    /// Series that is polled in live mode.
    followed: Option<Arc<Series>>,
}

impl Session {
    /// Opens sources like the command line.
    ///
    /// # Errors
    /// [`OpenError`] if none of them can be read, or if they exceed the limits.
    pub fn open(sources: &[impl AsRef<OsStr>], options: Options) -> Result<Self, OpenError> {
        Self::load(&[addresses(sources), Vec::new(), Vec::new()], options)
    }

    /// Opens sources with a base, like `--base`.
    ///
    /// # Errors
    /// [`OpenError`] if no source or no base can be read, or if they exceed the limits.
    pub fn compare(
        sources: &[impl AsRef<OsStr>],
        base: &[impl AsRef<OsStr>],
        options: Options,
    ) -> Result<Self, OpenError> {
        Self::load(&[addresses(sources), addresses(base), Vec::new()], options)
    }

    /// Opens sources with a base (possibly empty) and logs of garbage collectors, like `--gc-log`; times without a zone
    /// are UTC.
    ///
    /// # Errors
    /// [`OpenError`] as for [`Session::compare`]. An unreadable log is skipped.
    pub fn with_gc_logs(
        sources: &[impl AsRef<OsStr>],
        base: &[impl AsRef<OsStr>],
        gc_logs: &[impl AsRef<OsStr>],
        options: Options,
    ) -> Result<Self, OpenError> {
        Self::load(&[addresses(sources), addresses(base), addresses(gc_logs)], options)
    }

    fn load([sources, base, gc_logs]: &[Vec<Address>; 3], options: Options) -> Result<Self, OpenError> {
        let Loaded { series, warnings, .. } = load(sources, base, gc_logs)?;
        let title = match sources.as_slice() {
            [one] => one.name().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned(),
            several => format!("{} files", several.len()),
        };
        let plain = opening(&series);
        let query = plain.compared(&series).filter(|_| !base.is_empty()).unwrap_or(plain);
        let mut session = Self::begin(&Arc::new(series), &query, title, texts(warnings), options)?;
        (session.sources, session.base, session.gc_logs) = (sources.clone(), base.clone(), gc_logs.clone());
        Ok(session)
    }

    /// Opens a loaded series.
    ///
    /// # Errors
    /// [`OpenError`] if the call tree exceeds the limits.
    pub fn over(series: &Arc<Series>, title: String, options: Options) -> Result<Self, OpenError> {
        Self::begin(series, &opening(series), title, Vec::new(), options)
    }

    fn begin(
        series: &Arc<Series>,
        query: &Query,
        title: String,
        warnings: Vec<String>,
        options: Options,
    ) -> Result<Self, OpenError> {
        let answer = derive(series, query, None)?;
        let Options { width, height, depth, glyphs } = options;
        let settings = Settings { depth, glyphs, theme: builtin::DEFAULT.to_owned() };
        let terminal = "no terminal".to_owned();
        // Independent of the machine's time zone.
        let time = |nanos: i64| {
            let second = nanos.div_euclid(1_000_000_000).rem_euclid(86_400);
            format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
        };
        let date = |nanos: i64| UtcTime::from_nanos(nanos).to_string().get(5..16).unwrap_or_default().replace('T', " ");
        let clock = Clock { time, date };
        let setup = Setup {
            detected: settings.clone(),
            source_reader: source_reader(SourceFinder::default()),
            query_options,
            ..Setup::default()
        };
        let app = App::new(Start {
            answer,
            title,
            live: SourceStatus::default(),
            warnings,
            settings,
            rules: Arc::new(AdviceRules::later(advice::builtin)),
            terminal,
            clock,
            width,
            height,
            setup,
        });
        let paint_cache = PaintCache::new(&app.environment.settings, &app.environment.setup.themes);
        let mut session = Self {
            app,
            paint_cache,
            sources: Vec::new(),
            base: Vec::new(),
            gc_logs: Vec::new(),
            copied: None,
            edited: None,
            end: None,
            followed: None,
        };
        session.send(Msg::Shown);
        Ok(session)
    }

    /// Presses a key, spelled as in the settings file: `h`, `Left`, `Ctrl-L`.
    ///
    /// # Errors
    /// [`UnknownKey`] if there is no such key.
    pub fn key(&mut self, key: &str) -> Result<(), UnknownKey> {
        let key = Key::parse(key).ok_or_else(|| UnknownKey(key.to_owned()))?;
        self.send(Msg::Key(key));
        self.send(Msg::Rested);
        Ok(())
    }

    /// Types text, one key for each character.
    pub fn type_text(&mut self, text: &str) {
        for character in text.chars() {
            self.send(Msg::Key(Key::Char(character)));
        }
    }

    /// Clicks at a cell, counted from 0, with the mouse turned on.
    pub fn click(&mut self, column: u16, row: u16) {
        self.point(Gesture::Press, (column, row));
    }

    /// Turns the wheel one step over a cell.
    pub fn wheel(&mut self, column: u16, row: u16, turn: WheelTurn) {
        self.point(if turn == WheelTurn::Up { Gesture::WheelUp } else { Gesture::WheelDown }, (column, row));
    }

    fn point(&mut self, gesture: Gesture, (column, row): (u16, u16)) {
        let msg = Msg::Pointed { gesture, target: frame::hit_test(&self.app.screen(), column, row) };
        self.send(msg);
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) {
        self.send(Msg::Paste(text.to_owned()));
    }

    /// Resizes the screen.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.send(Msg::Resize { width, height });
    }

    /// Switches to live mode with this period.
    pub fn go_live(&mut self, period: &str) {
        self.app.document.live.period = Some(period.to_owned());
        self.send(Msg::Shown);
    }

    /// Starts the tour of `--demo`.
    pub fn begin_tour(&mut self) {
        self.app.environment.setup.is_demo = true;
        self.app.environment.tour = Tour::At(0);
        self.send(Msg::Shown);
    }

    /// Shows the mark of `--insecure`.
    pub fn skip_tls_verification(&mut self) {
        self.app.document.live.tls_verification = TlsVerification::Unverified;
        self.send(Msg::Shown);
    }

    /// Polls a source in live mode, at a time in nanoseconds since 1970; at most `most` snapshots are kept.
    pub fn look(&mut self, source: impl AsRef<OsStr>, most: usize, at: i64) {
        let Some(series) = self.followed.take() else { return };
        let growth = Growth {
            options: &ReadOptions::default(),
            images: &[],
            most,
            place: InsertPosition::ByTime,
            memory: None,
            now: at,
        };
        let grown = grow(&series, &Address::parse(source), &growth, &Arc::default());
        let added = |grown: GrownSeries| SeriesGrowth {
            series: grown.series,
            dropped: grown.dropped,
            skipped: grown.warnings.into_iter().map(|warning| warning.text).collect(),
            extent: GrowthExtent::NewSnapshots,
        };
        let grown = grown.map(|grown| Some(added(grown)));
        self.send(Msg::Grown { at, grown: grown.map_err(|error| error.to_string()) });
    }

    /// Says that more is loaded behind the first screen.
    pub fn begin_deferred(&mut self, part: DeferredPart) {
        self.app.environment.setup.deferred = Some(part);
        self.send(Msg::Shown);
    }

    /// Shows a series with what the first screen did without.
    pub fn finish_deferred(&mut self, series: Series) {
        self.send(Msg::Completed(Ok(ReloadedSeries { series: Arc::new(series), warnings: Vec::new() })));
    }

    /// Text copied last.
    pub fn copied(&self) -> Option<&str> {
        self.copied.as_deref()
    }

    /// Sets the reader of source files; by default only the paths in the profile are tried.
    pub fn find_sources(&mut self, finder: SourceFinder) {
        self.app.environment.setup.source_reader = source_reader(finder);
    }

    /// File and line of the last request for an editor.
    pub fn edited(&self) -> Option<(&Path, i64)> {
        self.edited.as_ref().map(|(path, line)| (path.as_path(), *line))
    }

    /// End of the session, if it ended.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// Position of the terminal cursor.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        frame::cursor(&self.app.screen())
    }

    /// Current screen.
    pub fn frame(&self) -> ScreenText {
        ScreenText { buffer: self.draw() }
    }

    fn draw(&self) -> Buffer {
        let (width, height) = self.app.environment.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        frame::draw(&self.app.screen(), self.paint_cache.paint(), &mut buffer);
        buffer
    }

    /// Presses a key, and returns the number of cells that change at once. The others change when keys rest.
    ///
    /// # Errors
    /// [`UnknownKey`] if there is no such key.
    pub fn cells_before_rest(&mut self, key: &str) -> Result<usize, UnknownKey> {
        let parsed = Key::parse(key).ok_or_else(|| UnknownKey(key.to_owned()))?;
        let (before, movement) = (self.draw(), movement(&self.app, parsed));
        self.send(Msg::Key(parsed));
        let after = self.draw();
        let later = movement.map(|movement| frame::descriptions(&self.app.screen(), movement)).unwrap_or_default();
        let changed =
            before.diff_iter(&after).filter(|(x, y, _)| !later.iter().any(|area| area.contains((*x, *y).into())));
        let changed = changed.count();
        self.send(Msg::Rested);
        Ok(changed)
    }

    /// Sends a message, and runs all its effects.
    fn send(&mut self, msg: Msg) {
        let mut waiting = VecDeque::from([msg]);
        while let Some(msg) = waiting.pop_front() {
            for effect in update(&mut self.app, msg) {
                waiting.extend(self.perform(effect));
            }
            let environment = &self.app.environment;
            self.paint_cache.follow(&environment.settings, &environment.setup.themes);
        }
    }

    /// Runs an effect; returns the message that answers it, if any.
    fn perform(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Run(ticket, task) => Some(Msg::Done { ticket, result: task.run() }),
            Effect::Edit { path, line } => {
                self.edited = Some((path, line));
                Some(Msg::Edited(Ok("the editor ended".to_owned())))
            }
            Effect::Reload { generation } => {
                let loaded = load(&self.sources, &self.base, &self.gc_logs);
                let loaded = loaded.map(|loaded| {
                    let warnings = texts(loaded.warnings);
                    ReloadedSeries { series: Arc::new(loaded.series), warnings }
                });
                Some(Msg::Loaded { generation, loaded: loaded.map_err(|error| error.to_string()) })
            }
            Effect::Copy(text) => {
                let said = format!("copied {} bytes", text.len());
                self.copied = Some(text);
                Some(Msg::Info(said))
            }
            Effect::Save(saving) => Some(Msg::Saved(crate::cli::save::save(*saving))),
            Effect::Export(exporting) => {
                let exported = Exported::Failed("nothing is written without a terminal".to_owned());
                Some(Msg::Exported { path: exporting.path, exported })
            }
            Effect::Quit => {
                self.end = Some(End::Quit);
                None
            }
            Effect::Interrupt => {
                self.end = Some(End::Interrupted);
                None
            }
            Effect::Point(_)
            | Effect::Suspend
            | Effect::Redraw
            | Effect::CancelReload
            | Effect::PollNow
            | Effect::LoadDeferred
            | Effect::CancelDeferred => None,
            Effect::Follow(series) => {
                self.followed = Some(series);
                None
            }
        }
    }
}

/// Query that the explorer opens a series with.
fn opening(series: &Series) -> Query {
    let mut query = Query::default_for(series);
    query.shape.granularity = opening_granularity(series);
    query
}
