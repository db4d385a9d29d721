//! Event loop: waits for an event, handles all queued events, draws once.
//!
//! There are no ticks unless something is loading: an idle screen costs no bytes and no time. A held key never lags,
//! since queued keys are handled together. A result that arrives immediately is drawn in the same frame as the key that
//! requested it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Effect, Key, Msg};
use crate::view::frame::Movement;
use crate::view::pointer::MouseInput;

use super::ending::Ending;
use super::event::Event;
use super::frame::ScreenFrame;
use super::guard::TakeError;
use super::input::Interrupt;
use super::screen::ScreenDevice;
use super::signals::Signal;
use super::workers::Workers;

/// Time to wait for the next key of a burst: the input thread decodes keys one by one.
const BURST: Duration = Duration::from_millis(1);
/// Maximum delay of a frame for a pending answer or the end of a burst: one frame at 60 per second.
const FRAME: Duration = Duration::from_millis(16);
/// Maximum delay of a frame by queued events.
const LONGEST: Duration = Duration::from_millis(100);
/// Time after the last move until the selection is described.
const REST: Duration = Duration::from_millis(200);
/// Period of progress reports. A shorter period would fill the output queue of a slow line.
const PROGRESS: Duration = Duration::from_millis(250);

/// Program that runs in a terminal.
pub(crate) trait Program {
    /// Handles a message; returns effects.
    fn update(&mut self, msg: Msg) -> Vec<Effect>;

    /// Draws the whole frame into `buffer`, which is blank.
    fn draw(&self, buffer: &mut Buffer);

    /// Column and row of the cursor, for screen magnifiers and readers; `None` hides it.
    fn cursor(&self) -> Option<(u16, u16)>;

    /// Message for a mouse gesture on the frame drawn last.
    fn hit_test(&self, pointed: MouseInput) -> Msg;

    /// Returns true while an answer is pending that would change the frame.
    fn is_waiting(&self) -> bool;

    /// Target that a key moves; `None` if the key does not move anything.
    fn movement(&self, _: Key) -> Option<Movement> {
        None
    }

    /// Areas that describe the target of a movement. They are not updated during the movement and are drawn once no
    /// more keys arrive: on a slow line they would cost half of the bytes, and nobody reads them meanwhile.
    fn descriptions(&self, _: Movement) -> Vec<Rect> {
        Vec::new()
    }
}

/// Signals that arrived while the queue of events was full.
#[derive(Clone, Debug, Default)]
pub(super) struct MissedSignals(Arc<AtomicU8>);

impl MissedSignals {
    const RESIZED: u8 = 1;
    const CONTINUED: u8 = 2;

    /// Records a signal.
    pub(super) fn note(&self, signal: Signal) {
        let bit = match signal {
            Signal::Resized => Self::RESIZED,
            Signal::Continued => Self::CONTINUED,
        };
        self.0.fetch_or(bit, Ordering::AcqRel);
    }

    /// Signals recorded since the last call.
    fn take(&self) -> impl Iterator<Item = Signal> + use<> {
        let bits = self.0.swap(0, Ordering::AcqRel);
        let signals = [(Self::RESIZED, Signal::Resized), (Self::CONTINUED, Signal::Continued)];
        signals.into_iter().filter(move |(bit, _)| bits & bit != 0).map(|(_, signal)| signal)
    }
}

/// Error that ends a session.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// The terminal is gone.
    #[error("the terminal is gone: {0}")]
    LostTerminal(io::Error),
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

impl SessionError {
    /// Way in which the session ended.
    ///
    /// # Errors
    /// [`TakeError::Thread`] if it did not end by the loss of its terminal.
    pub(super) fn ending(self) -> Result<Ending, TakeError> {
        match self {
            Self::LostTerminal(_) => Ok(Ending::HungUp),
            Self::Thread(error) => Err(TakeError::Thread(error)),
        }
    }
}

/// Program with its screen.
pub(super) struct EventLoop<P, S> {
    program: P,
    screen: S,
    workers: Workers,
    events: Receiver<Event>,
    interrupt: Interrupt,
    missed: MissedSignals,
    frame: ScreenFrame,
    next: Buffer,
    /// Target of the current movement, and the time at which the movement counts as ended; `None` at rest.
    moving: Option<(Movement, Instant)>,
    /// Areas of the last frame that describe the target of a movement, for each kind of movement.
    descriptions: [Vec<Rect>; Movement::ALL.len()],
    ending: Option<Ending>,
}

impl<P: Program, S: ScreenDevice> EventLoop<P, S> {
    /// Creates a session that has not drawn anything.
    pub(super) fn new(program: P, screen: S, workers: Workers, events: Receiver<Event>, interrupt: Interrupt) -> Self {
        let (frame, next) = (ScreenFrame::new(screen.erase_background()), Buffer::empty(Rect::ZERO));
        let missed = MissedSignals::default();
        Self {
            program,
            screen,
            workers,
            events,
            interrupt,
            missed,
            frame,
            next,
            moving: None,
            descriptions: Movement::ALL.map(|_| Vec::new()),
            ending: None,
        }
    }

    /// Returns the screen, after the program has ended.
    pub(super) fn into_screen(self) -> S {
        self.screen
    }

    /// Also handles the signals in `missed`.
    pub(super) fn with_missed(self, missed: MissedSignals) -> Self {
        Self { missed, ..self }
    }

    /// Runs until the program ends.
    ///
    /// # Errors
    /// [`SessionError`] if the terminal is gone or a thread cannot be started.
    pub(super) fn run(&mut self) -> Result<Ending, SessionError> {
        self.draw()?;
        self.tell(Msg::Shown)?;
        loop {
            if let Some(ending) = self.ending {
                return Ok(ending);
            }
            self.turn()?;
        }
    }

    /// Waits for an event, handles all queued events, and draws.
    fn turn(&mut self) -> Result<(), SessionError> {
        self.wait()?;
        for signal in self.missed.take() {
            self.take_in(Event::Signal(signal))?;
        }
        self.take_in_more()?;
        if self.is_at_rest() {
            self.moving = None;
            self.tell(Msg::Rested)?;
        }
        if self.ending.is_none() { self.draw() } else { Ok(()) }
    }

    /// Waits for the next event, or for the end of a movement. While a reload or the deferred part is loading, progress
    /// reports are events too.
    fn wait(&mut self) -> Result<(), SessionError> {
        let rest = self.moving.map(|(_, rest)| rest.saturating_duration_since(Instant::now()));
        let event = match (self.workers.progress(), rest) {
            (None, None) => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            (None, Some(rest)) => self.events.recv_timeout(rest),
            (Some(_), rest) => self.events.recv_timeout(rest.unwrap_or(PROGRESS).min(PROGRESS)),
        };
        match (event, self.workers.progress()) {
            (Ok(event), _) => self.take_in(event),
            (Err(RecvTimeoutError::Timeout), progress) if progress.is_none() || self.is_at_rest() => Ok(()),
            (Err(RecvTimeoutError::Timeout), Some(line)) => self.tell(Msg::Progress(line)),
            // The input thread ends only if the terminal is lost.
            (Err(_), _) => Err(SessionError::LostTerminal(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// Handles all queued events, the rest of a burst of keys, and results that arrive immediately.
    fn take_in_more(&mut self) -> Result<(), SessionError> {
        let began = Instant::now();
        while self.ending.is_none() && began.elapsed() < LONGEST {
            let left = FRAME.saturating_sub(began.elapsed());
            let wait = if self.program.is_waiting() { left } else { left.min(BURST) };
            match self.events.recv_timeout(wait) {
                Ok(event) => self.take_in(event)?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Handles one event.
    fn take_in(&mut self, event: Event) -> Result<(), SessionError> {
        match event {
            Event::Key(key) => {
                self.moving = self.program.movement(key).map(|movement| (movement, Instant::now() + REST));
                self.tell(Msg::Key(key))?;
                if key == Key::Ctrl('c') {
                    self.interrupt.handled();
                }
                Ok(())
            }
            Event::Pointed(pointed) => {
                self.moving = None;
                self.tell(self.program.hit_test(pointed))
            }
            Event::Msg(msg) => {
                match msg {
                    Msg::Loaded { .. } => self.workers.reloaded(),
                    Msg::Completed(_) => self.workers.completed(),
                    _ => {}
                }
                self.tell(msg)
            }
            // The size is read when a frame is drawn. Even if the size is unchanged by then, a screen that was smaller
            // meanwhile has lost part of its content.
            Event::Signal(Signal::Resized) => {
                self.frame.forget();
                Ok(())
            }
            Event::Signal(Signal::Continued) if self.screen.retake().map_err(SessionError::LostTerminal)? => {
                self.frame.forget();
                self.tell(Msg::Resumed)
            }
            Event::Signal(Signal::Continued) => Ok(()),
        }
    }

    /// Sends a message to the program, and executes its effects.
    fn tell(&mut self, msg: Msg) -> Result<(), SessionError> {
        for effect in self.program.update(msg) {
            match effect {
                Effect::Quit => self.ending = Some(Ending::Done),
                Effect::Interrupt => self.ending = Some(Ending::Interrupted),
                Effect::Redraw => self.frame.forget(),
                Effect::Suspend => self.suspend()?,
                Effect::Run(ticket, task) => self.workers.run(ticket, task).map_err(SessionError::Thread)?,
                Effect::Edit { path, line } => self.edit(&path, line)?,
                Effect::Export(exporting) => self.workers.export(exporting).map_err(SessionError::Thread)?,
                Effect::Save(saving) => self.workers.save(saving).map_err(SessionError::Thread)?,
                Effect::Reload { generation } => self.workers.reload(generation).map_err(SessionError::Thread)?,
                Effect::CancelReload => self.workers.cancel_reload(),
                Effect::LoadDeferred => self.workers.load_deferred().map_err(SessionError::Thread)?,
                Effect::CancelDeferred => self.workers.cancel_deferred(),
                Effect::Follow(series) => self.workers.follow(series),
                Effect::PollNow => self.workers.poll_now(),
                Effect::Point(mouse) => self.screen.point(mouse).map_err(SessionError::LostTerminal)?,
                Effect::Copy(text) => {
                    let said = self.screen.copy(&text).map_err(SessionError::LostTerminal)?;
                    self.tell(Msg::Info(said))?;
                }
            }
        }
        Ok(())
    }

    /// Stops the process until the shell continues it.
    fn suspend(&mut self) -> Result<(), SessionError> {
        let was_stopped = self.screen.suspend().map_err(SessionError::LostTerminal)?;
        self.frame.forget();
        let unheard = || Msg::Failed("there is no shell to suspend to".to_owned());
        self.tell(if was_stopped { Msg::Resumed } else { unheard() })
    }

    /// Runs an editor in the terminal.
    fn edit(&mut self, path: &Path, line: i64) -> Result<(), SessionError> {
        let done = self.screen.edit(path, line).map_err(SessionError::LostTerminal)?;
        self.frame.forget();
        self.tell(Msg::Edited(done))
    }

    /// Returns true if the last movement has ended.
    fn is_at_rest(&self) -> bool {
        self.moving.is_some_and(|(_, rest)| Instant::now() >= rest)
    }

    /// Draws a frame of the current screen size, and writes what has changed. During a movement, the areas that
    /// describe its target are kept as they are, unless their positions have changed.
    fn draw(&mut self) -> Result<(), SessionError> {
        let (width, height) = self.screen.size();
        if self.frame.size() != (width, height) {
            self.tell(Msg::Resize { width, height })?;
        }
        let area = Rect::new(0, 0, width, height);
        if self.next.area == area {
            self.next.reset();
        } else {
            self.next = Buffer::empty(area);
        }
        self.program.draw(&mut self.next);
        let descriptions = Movement::ALL.map(|movement| self.program.descriptions(movement));
        if let Some(movement) = self.moving.map(|(movement, _)| movement as usize)
            && descriptions[movement] == self.descriptions[movement]
        {
            self.frame.keep(&descriptions[movement], &mut self.next);
        }
        self.descriptions = descriptions;
        let bytes = self.frame.paint(&mut self.next, self.program.cursor());
        if bytes.is_empty() { Ok(()) } else { self.screen.show(bytes).map_err(SessionError::LostTerminal) }
    }
}

#[cfg(test)]
mod tests;
