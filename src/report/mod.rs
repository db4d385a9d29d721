//! Reports: answers written as text, JSON, pictures and pages, one file or folder for each report.
//!
//! A report is one file here and one row in [`REPORTS`]. A report writes only to the writer that it is given, and
//! computes no figures: they are computed in [`analysis`](crate::analysis), so that the screen shows the same. Text is
//! for people and may change; JSON is a contract, named by its `schema`.

mod account;
mod advice;
mod amounts;
mod baseline;
mod callers;
mod changes;
mod check;
mod command_form;
mod condition;
mod csv;
mod diff;
mod digest;
mod digest_findings;
mod folded;
mod frame_tones;
mod head;
mod history;
mod html;
mod instances;
mod json;
mod kind;
mod labels;
mod leaks;
mod ledger;
mod level_range;
mod listing;
mod markdown;
mod markup;
mod memory;
mod palette;
mod picture;
mod pprof;
mod row_order;
mod rows;
mod services;
mod source;
mod stacks;
mod subject;
mod sum_scope;
mod summary;
mod svg;
mod text;
mod tone;
mod top;
mod tree;
mod tree_lines;
mod tree_options;

pub use baseline::{Baseline, BaselineError};
pub use check::CheckResult;
pub use command_form::{CommandForm, CommandTail, DEFAULT_BUDGET, ToolArguments};
pub use condition::ConditionResult;
pub use history::{HISTORY, HISTORY_FORMATS, History};
pub use kind::{Report, ReportFormat, ReportScope, ReportWriter};
pub use ledger::{Ledger, LedgerError, LedgerLine};
pub use listing::Listing;
pub use palette::Palette;
#[cfg(feature = "cli")]
pub(crate) use pprof::write_snapshot;
pub use row_order::RowOrder;
pub use services::{ListedService, write_services, write_services_json};
pub use subject::{Charset, Emphasis, InstanceOrder, OtherHeapFacts, RowForm, SkippedInput, Style, Subject};
pub use tree_options::{ChainLines, NodeIdColumn, TreeOptions};

/// All reports, in the order of the help.
pub const REPORTS: &[Report] = &[
    summary::REPORT,
    digest::REPORT,
    top::REPORT,
    tree::REPORT,
    diff::REPORT,
    leaks::REPORT,
    instances::REPORT,
    labels::REPORT,
    account::REPORT,
    callers::REPORT,
    source::REPORT,
    folded::REPORT,
    svg::REPORT,
    html::REPORT,
    pprof::REPORT,
];
