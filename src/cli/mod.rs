//! Command line: interprets the arguments, runs a report or the explorer, and returns the exit code.
//!
//! The only layer that uses the command line, the environment, standard output and standard error. Figures are computed
//! in lower layers.

mod advice;
mod alert;
mod alert_args;
mod args;
mod check;
mod choice;
mod code;
mod command_line;
mod condition;
mod environment;
mod exit;
mod explore;
mod export;
mod figure_notes;
mod figures;
mod filter_args;
pub(crate) mod flags;
mod function_selector;
mod functions;
mod gate_inputs;
mod history;
mod hook;
mod input_policy;
mod invocation;
mod judged_sums;
mod kind_args;
mod limit_args;
mod list;
mod listener;
mod live;
mod live_directory;
mod loading;
mod logs;
mod manual;
mod mcp;
mod message;
mod network;
mod other_words;
mod output;
mod pending;
mod per_arg;
mod preferences;
mod query_failure;
mod record;
mod request;
mod rules;
mod run;
pub(crate) mod save;
mod schema;
mod screen_args;
mod settings;
mod store_plan;
mod unused_options;
mod watched_service;
mod what_if_args;

pub use run::run;
