//! The loop: waits for something to happen, lets the program take in all of it, draws once.
//!
//! Nothing ticks: an idle screen takes no bytes and no time. A held key never lags, since what is queued is taken in
//! together, and an answer that comes at once is drawn with the key that asked for it.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Key;

use super::clipboard::Clipboard;
use super::ending::Ending;
use super::frame::Frame;
use super::guard::{Guard, TakeError};
use super::input::{self, Interrupt};
use super::screen::{Screen, Terminal};
use super::signals::{Signal, Watch};
use super::watchdog;

/// How long after a key the next one of the same burst may come: the input thread decodes them one by one.
const BURST: Duration = Duration::from_millis(1);
/// How long a frame may wait for an answer that would change it, or for a burst to end: one frame at 60 a second.
const FRAME: Duration = Duration::from_millis(16);
/// How long taking in what is queued may keep a frame from being drawn.
const LONGEST: Duration = Duration::from_millis(100);

/// What the loop runs.
pub(crate) trait Program {
    /// What its own jobs send.
    type Message: Send + 'static;

    /// Takes in what happened, and says what the terminal has to do.
    fn update(&mut self, happening: Happening<Self::Message>) -> Vec<Order>;

    /// Draws the whole buffer, which is blank.
    fn draw(&self, buffer: &mut Buffer);

    /// Whether an answer of a job is on its way that would change what is drawn.
    fn is_waiting(&self) -> bool;
}

/// What can happen to a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening<M> {
    /// A key was pressed.
    Key(Key),
    /// The screen has this size, at first and whenever it changes.
    Resized {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// The program goes on after it was stopped.
    Resumed,
    /// An order was carried out, in words.
    Said(String),
    /// An order could not be carried out, in words.
    Failed(String),
    /// A job sent something.
    Message(M),
}

/// What a program can ask of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// End the loop.
    End(Ending),
    /// Stop, as Ctrl-Z does.
    Suspend,
    /// Clear the screen and draw everything.
    Redraw,
    /// Send a text to the clipboard.
    Copy(String),
}

/// What arrives in the loop.
enum Event<M> {
    Key(Key),
    Signal(Signal),
    Message(M),
}

/// Where jobs send their messages to.
#[derive(Debug)]
pub(crate) struct Mailbox<M>(Sender<Event<M>>);

impl<M> Clone for Mailbox<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M> Mailbox<M> {
    /// Sends a message to the program. Once the loop has ended nobody hears it.
    pub(crate) fn send(&self, message: M) {
        let _ = self.0.send(Event::Message(message));
    }
}

/// What the loop reads from; [`mailbox`] makes it.
#[derive(Debug)]
pub(crate) struct Inbox<M> {
    sender: Sender<Event<M>>,
    receiver: Receiver<Event<M>>,
}

/// Makes the two ends of the way into the loop. They come before the loop, so that jobs can be started first.
pub(crate) fn mailbox<M>() -> (Mailbox<M>, Inbox<M>) {
    let (sender, receiver) = channel();
    (Mailbox(sender.clone()), Inbox { sender, receiver })
}

/// Takes the terminal, runs `program` in it, and gives it back.
///
/// # Errors
/// When there is no terminal, or it cannot be set up. A terminal that goes away later ends the process.
pub(crate) fn run<P: Program>(
    program: P,
    inbox: Inbox<P::Message>,
    watch: &Watch,
    clipboard: Clipboard,
) -> Result<Ending, TakeError> {
    let guard = Guard::take()?;
    let interrupt = Interrupt::default();
    watchdog::start(guard.tty())?;
    let (keys, signals) = (inbox.sender.clone(), inbox.sender);
    watch.listen(move |signal| drop(signals.send(Event::Signal(signal))));
    input::start(interrupt.clone(), move |key| keys.send(Event::Key(key)).is_ok())?;
    let screen = Terminal::new(guard, watch.clone(), clipboard);
    let mut session = Session::new(program, screen, inbox.receiver, interrupt);
    Ok(session.run().unwrap_or(Ending::HungUp))
}

/// A program at a screen.
struct Session<P: Program, S> {
    program: P,
    screen: S,
    events: Receiver<Event<P::Message>>,
    interrupt: Interrupt,
    frame: Frame,
    next: Buffer,
    area: Rect,
    ending: Option<Ending>,
}

impl<P: Program, S: Screen> Session<P, S> {
    fn new(program: P, screen: S, events: Receiver<Event<P::Message>>, interrupt: Interrupt) -> Self {
        let (frame, area) = (Frame::new(), Rect::ZERO);
        Self { program, screen, events, interrupt, frame, next: Buffer::empty(area), area, ending: None }
    }

    /// Runs until the program or the terminal ends.
    fn run(&mut self) -> io::Result<Ending> {
        self.draw()?;
        loop {
            self.turn()?;
            if let Some(ending) = self.ending {
                return Ok(ending);
            }
        }
    }

    /// Waits for something to happen, takes in all of it, and draws.
    fn turn(&mut self) -> io::Result<()> {
        let Ok(event) = self.events.recv() else {
            self.ending = Some(Ending::HungUp);
            return Ok(());
        };
        self.take_in(event)?;
        self.take_in_more()?;
        if self.ending.is_none() { self.draw() } else { Ok(()) }
    }

    /// Takes in what is queued, the rest of a burst of keys, and answers that come at once.
    fn take_in_more(&mut self) -> io::Result<()> {
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

    /// Lets the program take in one event.
    fn take_in(&mut self, event: Event<P::Message>) -> io::Result<()> {
        let happening = match event {
            Event::Key(key) => Happening::Key(key),
            Event::Message(message) => Happening::Message(message),
            // The size is read when a frame is drawn.
            Event::Signal(Signal::Resized) => return Ok(()),
            Event::Signal(Signal::Continued) => {
                if !self.screen.retake()? {
                    return Ok(());
                }
                self.frame.forget();
                Happening::Resumed
            }
        };
        let is_interrupt = matches!(happening, Happening::Key(Key::Ctrl('c')));
        self.tell(happening)?;
        if is_interrupt {
            self.interrupt.heard();
        }
        Ok(())
    }

    /// Tells the program something and carries out what it orders.
    fn tell(&mut self, happening: Happening<P::Message>) -> io::Result<()> {
        for order in self.program.update(happening) {
            match order {
                Order::End(ending) => self.ending = Some(ending),
                Order::Redraw => self.frame.forget(),
                Order::Copy(text) => {
                    let said = self.screen.copy(&text)?;
                    self.tell(Happening::Said(said))?;
                }
                Order::Suspend => {
                    let was_stopped = self.screen.suspend()?;
                    self.frame.forget();
                    let failed = || Happening::Failed("there is no shell to suspend to".into());
                    self.tell(if was_stopped { Happening::Resumed } else { failed() })?;
                }
            }
        }
        Ok(())
    }

    /// Draws a frame of the size that the screen has now, and shows what is new in it.
    fn draw(&mut self) -> io::Result<()> {
        let (width, height) = self.screen.size();
        let area = Rect::new(0, 0, width, height);
        if self.area != area {
            self.area = area;
            self.tell(Happening::Resized { width, height })?;
        }
        self.next.resize(area);
        self.next.reset();
        self.program.draw(&mut self.next);
        let bytes = self.frame.paint(&mut self.next);
        if bytes.is_empty() { Ok(()) } else { self.screen.show(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// A program that shows how many keys it has taken in, and what it was told.
    #[derive(Default)]
    struct Counter {
        keys: usize,
        words: Vec<String>,
        is_waiting: bool,
    }

    impl Program for Counter {
        type Message = &'static str;

        fn update(&mut self, happening: Happening<Self::Message>) -> Vec<Order> {
            match happening {
                Happening::Key(Key::Char('q')) => return vec![Order::End(Ending::Done)],
                Happening::Key(Key::Ctrl('c')) => return vec![Order::End(Ending::Interrupted)],
                Happening::Key(Key::Ctrl('z')) => return vec![Order::Suspend],
                Happening::Key(Key::Ctrl('l')) => return vec![Order::Redraw],
                Happening::Key(Key::Char('y')) => return vec![Order::Copy("main".into())],
                Happening::Key(Key::Enter) => self.is_waiting = true,
                Happening::Key(_) => self.keys += 1,
                Happening::Resized { width, height } => self.words.push(format!("{width}x{height}")),
                Happening::Resumed => self.words.push("resumed".into()),
                Happening::Said(words) | Happening::Failed(words) => self.words.push(words),
                Happening::Message(words) => {
                    self.is_waiting = false;
                    self.words.push(words.into());
                }
            }
            Vec::new()
        }

        fn draw(&self, buffer: &mut Buffer) {
            let text = format!("{} keys {}", self.keys, self.words.join(" "));
            buffer.set_string(0, 0, text, ratatui::style::Style::new());
        }

        fn is_waiting(&self) -> bool {
            self.is_waiting
        }
    }

    /// A screen that keeps what it is shown.
    struct Paper {
        size: (u16, u16),
        frames: Vec<Vec<u8>>,
        has_shell: bool,
    }

    impl Screen for Paper {
        fn size(&self) -> (u16, u16) {
            self.size
        }

        fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.frames.push(bytes.to_vec());
            Ok(())
        }

        fn copy(&mut self, text: &str) -> io::Result<String> {
            Ok(format!("sent {text}"))
        }

        fn suspend(&mut self) -> io::Result<bool> {
            Ok(self.has_shell)
        }

        fn retake(&mut self) -> io::Result<bool> {
            Ok(true)
        }
    }

    fn paper() -> Paper {
        Paper { size: (80, 24), frames: Vec::new(), has_shell: true }
    }

    /// A session that has drawn its first frame, and the way into it.
    fn session(screen: Paper) -> (Session<Counter, Paper>, Mailbox<&'static str>) {
        let (mailbox, inbox) = mailbox();
        let mut session = Session::new(Counter::default(), screen, inbox.receiver, Interrupt::default());
        session.draw().unwrap();
        (session, mailbox)
    }

    /// Queues `events`, runs one turn, and gives the words then on the screen.
    fn turn(
        session: &mut Session<Counter, Paper>,
        mailbox: &Mailbox<&'static str>,
        events: impl IntoIterator<Item = Event<&'static str>>,
    ) -> String {
        events.into_iter().for_each(|event| mailbox.0.send(event).unwrap());
        session.turn().unwrap();
        let mut terminal = vt100::Parser::new(24, 80, 0);
        session.screen.frames.iter().for_each(|frame| terminal.process(frame));
        terminal.screen().contents()
    }

    /// The same for one event at a fresh session.
    fn after(screen: Paper, event: Event<&'static str>) -> (Session<Counter, Paper>, String) {
        let (mut session, mailbox) = session(screen);
        let words = turn(&mut session, &mailbox, [event]);
        (session, words)
    }

    #[test]
    fn a_key_storm_is_one_frame() {
        let (mut session, mailbox) = session(paper());
        let words = turn(&mut session, &mailbox, (0..200).map(|_| Event::Key(Key::Down)));
        assert_eq!(words, "200 keys 80x24");
        assert_eq!(session.screen.frames.len(), 2, "the first frame, and one for all keys");
    }

    #[test]
    fn what_changes_nothing_takes_no_byte() {
        let (session, _) = after(paper(), Event::Signal(Signal::Resized));
        assert_eq!(session.screen.frames.len(), 1);
    }

    #[test]
    fn a_new_size_is_told_once_and_drawn() {
        let (mut session, mailbox) = session(paper());
        session.screen.size = (60, 20);
        let words = turn(&mut session, &mailbox, (0..3).map(|_| Event::Signal(Signal::Resized)));
        assert_eq!(words, "0 keys 80x24 60x20");
        assert_eq!(session.screen.frames.len(), 2);
    }

    #[test]
    fn an_answer_that_comes_at_once_is_drawn_with_its_key() {
        let (mut session, mailbox) = session(paper());
        let job = mailbox.clone();
        let worker = thread::spawn(move || job.send("answer"));
        let words = turn(&mut session, &mailbox, [Event::Key(Key::Enter)]);
        worker.join().unwrap();
        assert_eq!(words, "0 keys 80x24 answer");
        assert_eq!(session.screen.frames.len(), 2);
    }

    #[test]
    fn an_answer_that_takes_long_is_not_waited_for() {
        let (session, words) = after(paper(), Event::Key(Key::Enter));
        assert!(session.program.is_waiting);
        assert_eq!(words, "0 keys 80x24");
    }

    #[test]
    fn nothing_is_drawn_after_the_end() {
        let (mut session, mailbox) = session(paper());
        let keys = [Key::Down, Key::Ctrl('c'), Key::Down];
        turn(&mut session, &mailbox, keys.map(Event::Key));
        assert_eq!(session.ending, Some(Ending::Interrupted));
        assert_eq!(session.screen.frames.len(), 1);
        assert_eq!(session.program.keys, 1);
    }

    #[test]
    fn orders_are_carried_out_and_told_of() {
        assert_eq!(after(paper(), Event::Key(Key::Char('y'))).1, "0 keys 80x24 sent main");
        assert_eq!(after(paper(), Event::Key(Key::Ctrl('z'))).1, "0 keys 80x24 resumed");
        let alone = Paper { has_shell: false, ..paper() };
        assert_eq!(after(alone, Event::Key(Key::Ctrl('z'))).1, "0 keys 80x24 there is no shell to suspend to");
    }

    #[test]
    fn after_a_stop_or_a_redraw_everything_is_drawn_again() {
        for event in [Event::Signal(Signal::Continued), Event::Key(Key::Ctrl('l')), Event::Key(Key::Ctrl('z'))] {
            let (session, _) = after(paper(), event);
            let clear = b"\x1b[2J".as_slice();
            assert!(session.screen.frames.iter().all(|frame| frame.windows(4).any(|bytes| bytes == clear)));
            assert_eq!(session.screen.frames.len(), 2);
        }
    }
}
