//! Guide for newcomers: the meaning of the figures, explained with those of the open profile.
//!
//! A chapter is a row of a table. Keys and layout of the page are those of every text (`view/page`).

pub mod chapters;
pub mod facts;

pub use chapters::page;
