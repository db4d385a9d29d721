//! Terminal: taking and restoring it, keys, signals, workers, and the event loop.
//!
//! | thread | waits for | does |
//! |---|---|---|
//! | main | messages | updates the state, draws, writes frames |
//! | input | bytes of the terminal | decodes keys; ends a program that no longer handles Ctrl-C |
//! | signals | signals | restores the terminal and ends; reports resize and continue |
//! | watchdog | loss of the terminal | ends |
//! | live | the tick | fetches a snapshot and adds it to a copy of the open series |
//! | rest | the load | loads the part of the input that is not on the first screen |
//! | one for each kind of job | requests | runs the newest, sends the result |
//!
//! Every thread can end the process, with the terminal restored exactly once, whatever blocks the others. The terminal
//! is never queried: a late reply would be typed into the shell.

mod chooser;
mod clipboard;
mod editor;
mod ending;
mod event;
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

pub(crate) use chooser::{ChoiceRow, Chooser};
pub(crate) use clipboard::Clipboard;
pub(crate) use editor::{Editor, EditorUse};
pub(crate) use ending::Ending;
pub(crate) use explorer::Explorer;
pub(crate) use frame::EraseBackground;
pub(crate) use guard::{TakeError, end_on_panic};
pub(crate) use live::{Grow, LiveSources};
pub(crate) use reset::reset;
pub(crate) use run::{Choice, SessionSetup, choose, run};
pub(crate) use signals::{Watch, watch, watch_report, watch_work};
pub(crate) use ticker::Ticker;
pub(crate) use workers::{DeferredLoad, FileWriters, Reload};
