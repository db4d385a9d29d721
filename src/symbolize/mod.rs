//! Symbolization: names for addresses without names, from programs and libraries.
//!
//! `load` opens the files and symbolizes a profile between reading it and merging it into a series, so that higher
//! layers see ordinary functions and lines. Programs and libraries are untrusted, like profiles: everything they claim
//! is bounded. Nothing here opens a file.

mod dwarf;
mod image;
mod matching;
mod measure;
mod names;
mod symbolizer;

pub use image::{Image, ImageError};
pub use symbolizer::{Symbolizer, name_functions, nameless_addresses};
