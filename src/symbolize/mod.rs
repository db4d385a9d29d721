//! Names for addresses that a profile has none for, out of the programs and libraries that they are in.
//!
//! A layer of its own, below `load`, which opens the files and calls it between reading a profile and folding it into
//! the series: what it learns becomes functions and lines like those of a file, so that nothing above knows the
//! difference. No format stands here, and nothing that opens a file. Whatever a binary claims is bounded: it may be as
//! broken or hostile as a profile.

mod dwarf;
mod error;
mod image;
mod names;
mod symbolizer;

pub use error::ImageError;
pub use image::Image;
pub use symbolizer::Symbolizer;
