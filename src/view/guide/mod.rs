//! The page for whoever has never seen a heap profile: what the figures mean, with those of the profile that is open.
//!
//! A chapter is a row of a table. The page itself, with its keys, is that of every other text (`view/page`).

pub mod chapters;
pub mod facts;

pub use chapters::page;
