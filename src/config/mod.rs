//! Settings, themes and rules of advice as plain data, with their built-in values from `assets`.
//!
//! This layer reads no file, no environment and no terminal: their contents are passed in, so that every decision can
//! be tested with a table of cases.

pub mod advice;
pub mod builtin;
pub mod colour;
pub mod file;
pub mod settings;
pub mod theme;
pub mod themes;

#[cfg(test)]
mod vision;
