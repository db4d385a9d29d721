//! Settings, themes and rules of advice as plain data, with their built-in values from `assets`.
//!
//! Nothing here reads a file, asks the environment or knows a terminal: what was read elsewhere comes in as text or as a
//! function, so that every decision can be tested as a table.

pub mod advice;
pub mod builtin;
pub mod colour;
pub mod file;
pub mod settings;
pub mod theme;
pub mod themes;
