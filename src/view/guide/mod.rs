//! Guide for newcomers: the meaning of the figures, explained with the figures of the open profile.
//!
//! A chapter is a row of a table. Keys and layout of the guide are those of every text page (`view/page`).

pub mod chapters;
pub mod facts;

pub use chapters::page;
