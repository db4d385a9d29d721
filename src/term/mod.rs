//! The terminal: taking it and giving it back, keys, signals, jobs, and the loop.
//!
//! Threads and what each may do:
//!
//! | thread | waits for | does |
//! |---|---|---|
//! | main | messages | updates the program, draws, writes frames |
//! | input | bytes of the terminal | turns them into keys; ends a program that no longer hears Ctrl-C |
//! | signals | signals | gives the terminal back and ends; tells of a new size and of being continued |
//! | watchdog | the terminal to go away | gives up and ends |
//! | live | the beat | fetches a snapshot and folds it into a copy of what is open |
//! | one a kind of job | requests | works on the newest, sends what came of it |
//!
//! Every thread can end the process, with the terminal given back exactly once, whatever the others are stuck in. The
//! terminal is never asked anything: an answer may come late or never, and then lands in the shell.

mod clipboard;
mod editor;
mod ending;
mod explorer;
mod frame;
mod guard;
mod input;
mod jobs;
mod live;
mod reset;
mod run;
mod screen;
mod session;
mod signals;
#[cfg(test)]
mod tests;
mod ticker;
mod tty;
mod watchdog;
mod workers;

pub(crate) use clipboard::Clipboard;
pub(crate) use editor::{Editor, EditorUse};
pub(crate) use ending::Ending;
pub(crate) use explorer::Explorer;
pub(crate) use frame::Erasing;
pub(crate) use guard::{TakeError, end_on_panic};
pub(crate) use live::{Grow, LiveSources};
pub(crate) use reset::reset;
pub(crate) use run::{SessionSetup, run};
pub(crate) use signals::{watch, watch_report};
pub(crate) use ticker::Ticker;
