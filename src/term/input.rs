//! Keys, read on a thread of their own.
//!
//! crossterm reads and decodes keys, with its feature `use-dev-tty`: from standard input if that is a terminal, else
//! from `/dev/tty`, so that `cat heap.pb.gz | heapglass -` works. Without this feature, crossterm loses the remainder
//! of a paste of more than a kilobyte, and cannot wait for `/dev/tty` on macOS. With or without it, reading does not
//! end when the terminal is gone, which the watchdog handles.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind, read,
};
use rustix::process::{Signal, getpid, kill_process};

use crate::app::{Key, Msg};
use crate::base::safe_text::char_boundary;
use crate::view::pointer::{Gesture, MouseInput};

use super::ending::Ending;
use super::event::Event as SessionEvent;

/// Time after which a second Ctrl-C ends a program that has not handled the first one.
const INTERRUPT_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause after an error, so that a failing terminal does not cause a busy loop.
const PAUSE: Duration = Duration::from_millis(20);
/// Number of consecutive errors after which the terminal is considered lost.
const LOST: usize = 50;

/// Maximum length of pasted text in bytes; a prompt takes less.
const MAX_PASTE: usize = 64 << 10;

/// Maximum number of attempts to pause the input thread, since a signal may arrive before the thread waits.
const PAUSE_ATTEMPTS: usize = 20;
const PAUSE_WAIT: Duration = Duration::from_millis(50);

/// Time of a Ctrl-C that is not handled yet; `None` without one.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<Mutex<Option<Instant>>>);

impl Interrupt {
    /// Records that the program has handled the Ctrl-C.
    pub(super) fn handled(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Records a Ctrl-C at `now`; returns true if an earlier one has been unhandled for too long.
    fn press(&self, now: Instant) -> bool {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.saturating_duration_since(*since.get_or_insert(now)) >= INTERRUPT_TIMEOUT
    }
}

/// Pauses the input thread while another program has the terminal.
#[derive(Clone, Debug, Default)]
pub(super) struct Pause(Arc<(Mutex<InputTurn>, Condvar)>);

/// State of the input thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum InputTurn {
    /// Reading.
    #[default]
    Reading,
    /// The thread must pause before it reads again.
    PauseRequested,
    /// Paused.
    Paused,
}

/// Pause of the input thread; ends when dropped.
pub(super) struct InputHold(Pause);

impl Drop for InputHold {
    fn drop(&mut self) {
        self.0.turn(InputTurn::Reading);
    }
}

impl Pause {
    /// Waits until the input thread is paused; `None` if the thread does not react.
    pub(super) fn hold(&self) -> Option<InputHold> {
        self.turn(InputTurn::PauseRequested);
        // From here on, dropping `held` resumes the thread.
        let held = InputHold(self.clone());
        let (turn, changed) = &*self.0;
        for _ in 0..PAUSE_ATTEMPTS {
            // A blocked read returns because of a resize event.
            let _ = kill_process(getpid(), Signal::WINCH);
            let turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let waits = changed.wait_timeout_while(turn, PAUSE_WAIT, |turn| *turn != InputTurn::Paused);
            if waits.is_ok_and(|(_, timeout)| !timeout.timed_out()) {
                return Some(held);
            }
        }
        None
    }

    /// Waits while another program has the terminal.
    fn pass(&self) {
        let mut turn = self.lock();
        if *turn == InputTurn::Reading {
            return;
        }
        *turn = InputTurn::Paused;
        self.0.1.notify_all();
        let reads = self.0.1.wait_while(turn, |turn| *turn != InputTurn::Reading);
        drop(reads.unwrap_or_else(PoisonError::into_inner));
    }

    fn turn(&self, to: InputTurn) {
        *self.lock() = to;
        self.0.1.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, InputTurn> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the thread, which reads keys until `send` returns false.
///
/// # Errors
/// The thread cannot be started.
pub(super) fn start(
    interrupt: Interrupt,
    pause: Pause,
    send: impl Fn(SessionEvent) -> bool + Send + 'static,
) -> io::Result<()> {
    thread::Builder::new().name("input".into()).spawn(move || {
        let mut errors = 0;
        loop {
            pause.pass();
            match read() {
                Ok(event) => {
                    errors = 0;
                    let is_wanted = match event {
                        Event::Key(event) => {
                            keys_of(event).into_iter().flatten().all(|key| pass(key, &interrupt, &send))
                        }
                        Event::Mouse(event) => {
                            pointed(event).is_none_or(|pointed| send(SessionEvent::Pointed(pointed)))
                        }
                        Event::Paste(text) => send(SessionEvent::Msg(Msg::Paste(cut(text)))),
                        // No other kind of event is enabled, and resizes are reported by the signal thread.
                        _ => true,
                    };
                    if !is_wanted {
                        return;
                    }
                }
                Err(_) if errors == LOST => Ending::HungUp.now(),
                Err(_) => {
                    errors += 1;
                    thread::sleep(PAUSE);
                }
            }
        }
    })?;
    Ok(())
}

/// Cuts pasted text to its maximum length.
fn cut(mut text: String) -> String {
    text.truncate(char_boundary(&text, MAX_PASTE));
    text
}

/// Passes a key on. A second Ctrl-C ends a program that is stuck.
fn pass(key: Key, interrupt: &Interrupt, send: &impl Fn(SessionEvent) -> bool) -> bool {
    if key == Key::Ctrl('c') && interrupt.press(Instant::now()) {
        Ending::Interrupted.now();
    }
    send(SessionEvent::Key(key))
}

/// Gesture of a mouse event; `None` for other events, which terminals may report without a request.
fn pointed(event: MouseEvent) -> Option<MouseInput> {
    let gesture = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Gesture::Press,
        MouseEventKind::ScrollUp => Gesture::WheelUp,
        MouseEventKind::ScrollDown => Gesture::WheelDown,
        _ => return None,
    };
    Some(MouseInput { gesture, column: event.column, row: event.row })
}

/// Keys of a key event. Esc and another key in one read look like that key with Alt; since no binding has Alt, they are
/// taken as two keys.
fn keys_of(event: KeyEvent) -> [Option<Key>; 2] {
    let is_both = matches!(event.code, KeyCode::Char(_)) && event.modifiers.contains(KeyModifiers::ALT);
    let before = key_of(event).filter(|_| is_both).map(|_| Key::Esc);
    [before, key_of(event)]
}

/// Key of a key event; `None` if bindings cannot name it. Release events, which some terminals send, are ignored.
fn key_of(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let key = match event.code {
        // Terminals differ in whether Backspace sends Ctrl-H or DEL.
        KeyCode::Char('h') if event.modifiers.contains(KeyModifiers::CONTROL) => Key::Backspace,
        KeyCode::Char(character) if event.modifiers.contains(KeyModifiers::CONTROL) => {
            Key::Ctrl(character.to_ascii_lowercase())
        }
        KeyCode::Char(character) => Key::Char(character),
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Key::BackTab,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Insert => Key::Insert,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(number) => return Key::function(number),
        _ => return None,
    };
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
        key_of(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn keys_are_named_as_bindings_name_them() {
        assert_eq!(key(KeyCode::Char('j'), KeyModifiers::NONE), Some(Key::Char('j')));
        assert_eq!(key(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Key::Char('G')));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Ctrl('c')));
        assert_eq!(key(KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT), Some(Key::Ctrl('c')));
        assert_eq!(key(KeyCode::Char('h'), KeyModifiers::CONTROL), Some(Key::Backspace));
        assert_eq!(key(KeyCode::BackTab, KeyModifiers::SHIFT), Some(Key::BackTab));
        assert_eq!(key(KeyCode::F(1), KeyModifiers::NONE), Some(Key::Function(1)));
        assert_eq!(key(KeyCode::F(99), KeyModifiers::NONE), None);
    }

    #[test]
    fn esc_and_a_key_in_one_piece_are_two_keys() {
        let event = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::ALT);
        assert_eq!(keys_of(event), [Some(Key::Esc), Some(Key::Char('x'))]);
        let event = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE);
        assert_eq!(keys_of(event), [None, Some(Key::Char('x'))]);
    }

    #[test]
    fn a_release_is_no_key() {
        let release = KeyEvent::new_with_kind(KeyCode::Enter, KeyModifiers::NONE, KeyEventKind::Release);
        let repeat = KeyEvent::new_with_kind(KeyCode::Enter, KeyModifiers::NONE, KeyEventKind::Repeat);
        assert_eq!(key_of(release), None);
        assert_eq!(key_of(repeat), Some(Key::Enter));
    }

    #[test]
    fn only_a_second_press_after_a_while_finds_the_first_unhandled() {
        let (interrupt, start) = (Interrupt::default(), Instant::now());
        assert!(!interrupt.press(start));
        assert!(!interrupt.press(start + INTERRUPT_TIMEOUT / 2));
        assert!(interrupt.press(start + INTERRUPT_TIMEOUT));
        interrupt.handled();
        assert!(!interrupt.press(start + INTERRUPT_TIMEOUT * 3));
    }
}
