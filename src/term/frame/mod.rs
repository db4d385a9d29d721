//! A drawn frame becomes the bytes that turn the last one into it.
//!
//! Over a slow line a key press should cost about what changed on the screen, so this replaces the library's own
//! emitter: it remembers pen and cursor between frames and picks the shortest way for each. It is pure: a buffer goes
//! in, bytes come out, and no terminal is touched or asked.

mod cursor;
mod emit;
mod pen;
mod row;
mod scroll;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use emit::{Erasing, ScreenFrame};
