//! Frames: computes the bytes that turn the last drawn frame into the next.
//!
//! Over a slow line a key press should cost about as many bytes as change on the screen, so this module replaces the
//! writer of the drawing library: it remembers pen and cursor between frames and picks the shortest sequence for each.
//! The computation is pure: no terminal is written to or queried.

mod cursor;
mod emit;
mod pen;
mod row;
mod scroll;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use emit::{EraseBackground, ScreenFrame};
