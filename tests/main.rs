//! All integration tests in one binary, so that they link once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod advice;
mod alerts;
mod analysis;
mod change_noise;
mod changes;
mod check;
mod claims;
mod cli;
mod contents;
mod deploys;
mod derived;
mod digest;
mod explorer_words;
mod exports;
mod faults;
mod file_names;
mod filters;
mod first_answer;
mod first_contact;
mod fleet;
mod format;
mod fractions;
mod functions;
mod fuzz;
mod gate_inputs;
mod gates;
mod gc_logs;
mod growth;
mod growth_claims;
mod health;
mod history;
mod hostile;
#[cfg(feature = "net")]
mod http;
mod instances;
mod judged;
mod labels;
mod layers;
mod levels;
mod library;
mod lines;
#[cfg(feature = "net")]
mod live;
mod load;
mod log_counters;
mod mcp;
mod memory;
mod memory_view;
mod messages;
mod mouse;
mod navigation;
mod newcomer;
mod owners;
mod pages;
mod palette;
mod readme;
#[cfg(feature = "net")]
mod recording;
mod recordings;
mod regroup;
mod repeats;
mod report;
mod salvage;
mod sandwich;
mod schema;
mod screen;
mod settings;
mod shared_tables;
mod sides;
mod source_files;
mod source_view;
mod statistics;
#[cfg(feature = "net")]
mod store_answers;
mod store_windows;
#[cfg(feature = "net")]
mod stores;
mod support;
mod symbolize;
mod tasks;
mod terminal;
mod trend_view;
mod trends;
mod unchanged;
mod unlike_sides;
mod unused_options;
mod windows;
mod wrappers;
