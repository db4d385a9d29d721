//! Tests of the event loop with a recording screen.

use crate::app::Exported;
use crate::app::effect::Saved;
use crate::term::workers::FileWriters;
use crate::view::frame::Movement;
use crate::view::pointer::{HitTarget, Mouse, MouseInput};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::*;
use crate::term::frame::EraseBackground;

/// Program that shows the number of keys and the last message.
#[derive(Default)]
struct Counter {
    keys: usize,
    words: Vec<String>,
    is_waiting: bool,
    /// Row that describes the number of keys; Up and Down count as movements described by this row.
    described: Option<u16>,
}

impl Program for Counter {
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Key(Key::Char('q')) => return vec![Effect::Quit],
            Msg::Key(Key::Ctrl('c')) => return vec![Effect::Interrupt],
            Msg::Key(Key::Ctrl('z')) => return vec![Effect::Suspend],
            Msg::Key(Key::Ctrl('l')) => return vec![Effect::Redraw],
            Msg::Key(Key::Char('e')) => return vec![Effect::Edit { path: "/x.go".into(), line: 7 }],
            Msg::Key(Key::Char('y')) => return vec![Effect::Copy("main".into())],
            Msg::Key(Key::Enter) => self.is_waiting = true,
            Msg::Key(Key::Char('R')) => return vec![Effect::Reload { generation: 7 }],
            Msg::Key(Key::Esc) => return vec![Effect::CancelReload],
            Msg::Key(_) => self.keys += 1,
            Msg::Loaded { generation, loaded } => self.words.push(format!("{generation} {:?}", loaded.err())),
            Msg::Completed(completed) => self.words.push(format!("completed {:?}", completed.err())),
            Msg::Grown { at, grown } => self.words.push(format!("{} {:?}", at > 0, grown.err())),
            Msg::Paste(_)
            | Msg::Shown
            | Msg::Pointed { .. }
            | Msg::Done { .. }
            | Msg::Exported { .. }
            | Msg::Saved(_) => {}
            Msg::Edited(done) => self.words.push(format!("{done:?}")),
            Msg::Resize { width, height } => self.words.push(format!("{width}x{height}")),
            Msg::Rested => self.words.push("rested".into()),
            Msg::Resumed => self.words.push("resumed".into()),
            Msg::Info(words) | Msg::Failed(words) => self.words.push(words),
            Msg::Progress(words) => {
                self.is_waiting = false;
                self.words.push(words);
            }
        }
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer) {
        let text = format!("{} keys {}", self.keys, self.words.join(" "));
        buffer.set_string(0, 0, text, ratatui::style::Style::new());
        if let Some(row) = self.described {
            buffer.set_string(0, row, format!("described {}", self.keys), ratatui::style::Style::new());
        }
    }

    fn movement(&self, key: Key) -> Option<Movement> {
        let is_move = self.described.is_some() && matches!(key, Key::Up | Key::Down);
        is_move.then_some(Movement::Selection)
    }

    fn descriptions(&self, _: Movement) -> Vec<Rect> {
        self.described.map(|row| Rect::new(0, row, 80, 1)).into_iter().collect()
    }

    fn cursor(&self) -> Option<(u16, u16)> {
        None
    }

    fn hit_test(&self, pointed: MouseInput) -> Msg {
        Msg::Pointed { gesture: pointed.gesture, target: HitTarget::Nothing }
    }

    fn is_waiting(&self) -> bool {
        self.is_waiting
    }
}

/// Screen that records the frames shown.
struct RecordingScreen {
    size: (u16, u16),
    frames: Vec<Vec<u8>>,
    has_shell: bool,
    is_lost: bool,
}

impl ScreenDevice for RecordingScreen {
    fn erase_background(&self) -> EraseBackground {
        EraseBackground::TerminalDefault
    }

    fn size(&self) -> (u16, u16) {
        self.size
    }

    fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.frames.push(bytes.to_vec());
        if self.is_lost { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
    }

    fn copy(&mut self, text: &str) -> io::Result<String> {
        Ok(format!("sent {text}"))
    }

    fn point(&mut self, _: Mouse) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<bool> {
        Ok(self.has_shell)
    }

    fn edit(&mut self, path: &Path, line: i64) -> io::Result<Result<String, String>> {
        Ok(Ok(format!("edited {}:{line}", path.display())))
    }

    fn retake(&mut self) -> io::Result<bool> {
        Ok(true)
    }
}

fn paper() -> RecordingScreen {
    RecordingScreen { size: (80, 24), frames: Vec::new(), has_shell: true, is_lost: false }
}

fn writers() -> FileWriters {
    FileWriters { export: |_| Exported::Written(0), save: |saving| Saved { saving, written: 0, error: None } }
}

/// Creates a session that has drawn its first frame, and its event channel.
fn session(screen: RecordingScreen) -> (EventLoop<Counter, RecordingScreen>, SyncSender<Event>) {
    let (sender, events) = sync_channel(4096);
    let reload = Box::new(|_: &_| Err("gone".to_owned()));
    let workers = Workers::start(reload, writers(), None, &sender).unwrap();
    let mut session = EventLoop::new(Counter::default(), screen, workers, events, Interrupt::default());
    session.draw().unwrap();
    (session, sender)
}

/// Queues `events`, runs one turn, and returns the text on the screen.
fn turn(
    session: &mut EventLoop<Counter, RecordingScreen>,
    sender: &SyncSender<Event>,
    events: impl IntoIterator<Item = Event>,
) -> String {
    events.into_iter().for_each(|event| sender.send(event).unwrap());
    session.turn().unwrap();
    let mut terminal = vt100::Parser::new(24, 80, 0);
    session.screen.frames.iter().for_each(|frame| terminal.process(frame));
    terminal.screen().contents()
}

/// Runs one event in a new session.
fn after(screen: RecordingScreen, event: Event) -> (EventLoop<Counter, RecordingScreen>, String) {
    let (mut session, sender) = session(screen);
    let words = turn(&mut session, &sender, [event]);
    (session, words)
}

#[test]
fn only_a_lost_terminal_counts_as_hung_up() {
    let (mut session, sender) = session(paper());
    session.screen.is_lost = true;
    sender.send(Event::Key(Key::Down)).unwrap();
    let lost = session.run().unwrap_err();
    assert!(matches!(lost, SessionError::LostTerminal(_)), "{lost:?}");
    assert!(matches!(lost.ending(), Ok(Ending::HungUp)));
    let busy = SessionError::Thread(io::ErrorKind::WouldBlock.into()).ending().unwrap_err();
    assert!(busy.to_string().starts_with("cannot start a thread: "), "{busy}");
}

#[test]
fn a_key_storm_is_one_frame() {
    let (mut session, sender) = session(paper());
    let words = turn(&mut session, &sender, (0..200).map(|_| Event::Key(Key::Down)));
    assert_eq!(words, "200 keys 80x24");
    assert_eq!(session.screen.frames.len(), 2, "the first frame, and one for all keys");
}

#[test]
fn an_editor_has_the_screen_and_everything_is_painted_after_it() {
    let (session, words) = after(paper(), Event::Key(Key::Char('e')));
    assert_eq!(words, "0 keys 80x24 Ok(\"edited /x.go:7\")");
    let frames = &session.screen.frames;
    assert!(frames[1].len() >= frames[0].len(), "what the editor left is painted over");
}

#[test]
fn an_unchanged_screen_writes_no_byte() {
    let (session, _) = after(paper(), Event::Key(Key::Esc));
    assert_eq!(session.screen.frames.len(), 1);
}

#[test]
fn a_new_size_is_told_once_and_drawn() {
    let (mut session, sender) = session(paper());
    session.screen.size = (60, 20);
    let words = turn(&mut session, &sender, (0..3).map(|_| Event::Signal(Signal::Resized)));
    assert_eq!(words, "0 keys 80x24 60x20");
    assert_eq!(session.screen.frames.len(), 2);
}

#[test]
fn an_answer_that_comes_at_once_is_drawn_with_its_key() {
    let (mut session, sender) = session(paper());
    let job = sender.clone();
    let worker = thread::spawn(move || job.send(Event::Msg(Msg::Progress("answer".to_owned()))).unwrap());
    let words = turn(&mut session, &sender, [Event::Key(Key::Enter)]);
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
fn a_reload_says_what_came_of_it_unless_it_is_cancelled() {
    let (mut session, sender) = session(paper());
    turn(&mut session, &sender, [Event::Key(Key::Char('R'))]);
    while session.workers.progress().is_some() {
        session.turn().unwrap();
    }
    assert_eq!(session.program.words.last().unwrap(), "7 Some(\"gone\")");
    turn(&mut session, &sender, [Event::Key(Key::Char('R')), Event::Key(Key::Esc)]);
    assert!(session.workers.progress().is_none());
}

#[test]
fn nothing_is_drawn_after_the_end() {
    let (mut session, sender) = session(paper());
    let keys = [Key::Down, Key::Ctrl('c'), Key::Down];
    turn(&mut session, &sender, keys.map(Event::Key));
    assert_eq!(session.ending, Some(Ending::Interrupted));
    assert_eq!(session.screen.frames.len(), 1);
    assert_eq!(session.program.keys, 1);
}

#[test]
fn orders_are_carried_out_and_told_of() {
    assert_eq!(after(paper(), Event::Key(Key::Char('y'))).1, "0 keys 80x24 sent main");
    assert_eq!(after(paper(), Event::Key(Key::Ctrl('z'))).1, "0 keys 80x24 resumed");
    let alone = RecordingScreen { has_shell: false, ..paper() };
    assert_eq!(after(alone, Event::Key(Key::Ctrl('z'))).1, "0 keys 80x24 there is no shell to suspend to");
}

#[test]
fn after_a_new_size_a_stop_or_a_redraw_everything_is_drawn_again() {
    for event in [
        Event::Signal(Signal::Resized),
        Event::Signal(Signal::Continued),
        Event::Key(Key::Ctrl('l')),
        Event::Key(Key::Ctrl('z')),
    ] {
        let (session, _) = after(paper(), event);
        let clear = b"\x1b[2J".as_slice();
        assert!(session.screen.frames.iter().all(|frame| frame.windows(4).any(|bytes| bytes == clear)));
        assert_eq!(session.screen.frames.len(), 2);
    }
}

#[test]
fn signals_that_found_the_queue_full_are_taken_in_with_the_next_event() {
    let (session, sender) = session(paper());
    let missed = MissedSignals::default();
    let mut session = session.with_missed(missed.clone());
    missed.note(Signal::Resized);
    missed.note(Signal::Continued);
    sender.send(Event::Key(Key::Up)).unwrap();
    session.turn().unwrap();
    assert!(session.program.words.contains(&"resumed".to_owned()), "{:?}", session.program.words);
    assert_eq!(session.missed.take().count(), 0, "each is taken in once");
}

/// Creates a session whose row 1 describes the number of keys.
fn described() -> (EventLoop<Counter, RecordingScreen>, SyncSender<Event>) {
    let (mut session, sender) = session(paper());
    session.program.described = Some(1);
    turn(&mut session, &sender, [Event::Key(Key::Left)]);
    (session, sender)
}

#[test]
fn a_description_is_drawn_when_keys_rest() {
    let (mut session, sender) = described();
    let words = turn(&mut session, &sender, [Event::Key(Key::Down)]);
    assert_eq!(words, "2 keys 80x24\ndescribed 1");
    // No more events arrive: the next turn ends with the movement.
    assert_eq!(turn(&mut session, &sender, []), "2 keys 80x24 rested\ndescribed 2");
    assert!(session.moving.is_none());
}

#[test]
fn a_description_is_drawn_at_once_with_any_other_key_or_place() {
    let (mut session, sender) = described();
    turn(&mut session, &sender, [Event::Key(Key::Down)]);
    let words = turn(&mut session, &sender, [Event::Key(Key::Left)]);
    assert_eq!(words, "3 keys 80x24\ndescribed 3");
    turn(&mut session, &sender, [Event::Key(Key::Down)]);
    session.program.described = Some(2);
    let words = turn(&mut session, &sender, [Event::Key(Key::Down)]);
    assert_eq!(words, "5 keys 80x24\n\ndescribed 5");
    turn(&mut session, &sender, [Event::Key(Key::Down)]);
    let words = turn(&mut session, &sender, [Event::Signal(Signal::Resized)]);
    assert_eq!(words, "6 keys 80x24\n\ndescribed 6");
}
