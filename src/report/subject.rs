//! Subject of a report: answer, warnings, and options of the output.

use std::borrow::Cow;
use std::sync::Arc;

use crate::analysis::advice::AdviceRules;
use crate::analysis::{Answer, CallTree, Column, InstanceTable, Query, Trends, WhatIfRequest};
use crate::base::units::Unit;
use crate::profile::{SampleType, Series};

use super::Palette;
use super::command_form::{CommandForm, DEFAULT_BUDGET};
use super::listing::Listing;
use super::row_order::RowOrder;
use super::tree_options::TreeOptions;

/// A source that could not be read and was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedInput {
    /// Name of the source as given on the command line.
    pub source: String,
    /// Reason for passing over the source.
    pub reason: String,
}

/// Kind of heap in the directory of the sources that is not in the figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherHeapFacts {
    /// Name of the instance that selects this kind.
    pub name: String,
    /// Number of files of this kind.
    pub snapshots: usize,
}

/// Input of a report: an answer with the options of the output.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Answer to report on.
    pub answer: &'a Answer,
    /// Trends over the series; `None` unless the report is about trends.
    pub trends: Option<&'a Trends>,
    /// Comparison of the instances; `None` unless the report is about instances.
    pub instances: Option<&'a InstanceTable>,
    /// Order of the instances.
    pub instance_order: InstanceOrder,
    /// Sources that are not in the figures.
    pub skipped: &'a [SkippedInput],
    /// Warnings about the sources that were read, a line each; they may quote files and are not safe to print.
    pub source_warnings: &'a [String],
    /// Warnings about the inputs and the figures, a line each; they may quote files and are not safe to print.
    pub warnings: &'a [String],
    /// Other kinds of heap in the same directories.
    pub other_heaps: &'a [OtherHeapFacts],
    /// Key of the labels of a report; `None` if none was requested.
    pub key: Option<&'a str>,
    /// Settings of the collector to try; `None` if none were requested.
    pub what_if: Option<&'a WhatIfRequest>,
    /// Rules of advice; `None` if advice was not requested.
    pub advice: Option<&'a Arc<AdviceRules>>,
    /// Maximum number of rows; 0 for all.
    pub limit: usize,
    /// Options of the call tree.
    pub tree_options: TreeOptions,
    /// Order of rows; `None` for the default order of the report.
    pub sort: Option<RowOrder>,
    /// Rows of the functions that a report is about, the most important first.
    pub functions: &'a [usize],
    /// Source listings of these functions; empty unless the report is about lines.
    pub listings: &'a [Listing],
    /// Maximum size of a digest, in tokens of four bytes.
    pub budget: usize,
    /// Form of the commands that a digest names.
    pub commands: CommandForm<'a>,
    /// Character set, emphasis and table form of text.
    pub style: Style,
    /// Colours of pictures and pages; `None` for the default colours.
    pub palette: Option<&'a Palette>,
}

impl<'a> Subject<'a> {
    /// Creates a subject with default options: all rows, no warnings, plain text.
    pub fn of(answer: &'a Answer) -> Self {
        Self {
            answer,
            trends: None,
            instances: None,
            instance_order: InstanceOrder::default(),
            skipped: &[],
            source_warnings: &[],
            warnings: &[],
            other_heaps: &[],
            key: None,
            what_if: None,
            advice: None,
            limit: 0,
            tree_options: TreeOptions::default(),
            sort: None,
            functions: &[],
            listings: &[],
            budget: DEFAULT_BUDGET,
            commands: CommandForm::default(),
            style: Style::default(),
            palette: None,
        }
    }

    /// Series of the answer.
    pub(super) fn series(&self) -> &'a Series {
        &self.answer.series
    }

    /// Query of the answer.
    pub(super) fn query(&self) -> &'a Query {
        &self.answer.query
    }

    /// Call tree in the requested shape.
    pub(super) fn tree(&self) -> &'a CallTree {
        &self.answer.tree
    }

    /// Requested sample type over the tree.
    pub(super) fn column(&self) -> &'a Column {
        &self.answer.column
    }

    /// Column of the base; `None` without a base.
    pub(super) fn base(&self) -> Option<&'a Column> {
        self.answer.base.as_ref().map(|base| &*base.column)
    }

    /// Sample type of the figures.
    pub(super) fn sample_type(&self) -> &'a SampleType {
        &self.series().sample_types()[self.query().sample_type]
    }

    /// Unit of the figures.
    pub(super) fn unit(&self) -> Unit {
        Unit::of(self.sample_type().unit.raw())
    }

    /// Denominator of shares: the total, or if values are negative, the sum of the magnitudes.
    pub(super) fn whole(&self) -> i64 {
        self.column().abs_share_base()
    }

    /// Granularity, as the word on the command line.
    pub fn granularity(&self) -> &'static str {
        self.query().shape.granularity.word()
    }

    /// Number of rows to write of `rows`, according to the limit.
    pub(super) fn wanted(&self, rows: usize) -> usize {
        if self.limit == 0 { rows } else { rows.min(self.limit) }
    }
}

/// Figure that instances are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InstanceOrder {
    /// The largest total first.
    #[default]
    Total,
    /// The greatest growth first.
    Growth,
    /// By name, numbers by their values.
    Name,
    /// By build id.
    Build,
    /// The oldest process first.
    Uptime,
    /// The most snapshots first.
    Snapshots,
    /// The most processes first.
    Processes,
}

impl InstanceOrder {
    /// All orders, each with its word.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("total", Self::Total),
        ("growth", Self::Growth),
        ("name", Self::Name),
        ("build", Self::Build),
        ("uptime", Self::Uptime),
        ("snapshots", Self::Snapshots),
        ("processes", Self::Processes),
    ];
}

/// Character set, emphasis and table form of text. JSON is not affected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Character set.
    pub charset: Charset,
    /// Emphasis.
    pub emphasis: Emphasis,
    /// Form of tables.
    pub rows: RowForm,
}

/// Form of the rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowForm {
    /// Aligned columns below their headings.
    #[default]
    Columns,
    /// Each value after its heading, for screen readers.
    Labelled,
}

/// Characters that text may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// All characters.
    #[default]
    Unicode,
    /// ASCII only, for a terminal or a log that supports nothing else.
    Ascii,
}

impl Charset {
    /// Converts `text` to this character set. In ASCII, signs get their usual form, and other characters become their
    /// code points.
    pub(super) fn of(self, text: &str) -> Cow<'_, str> {
        if self == Self::Unicode || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut plain = String::with_capacity(text.len());
        for letter in text.chars() {
            match letter {
                '…' => plain.push_str("..."),
                '–' | '−' | '─' => plain.push('-'),
                '→' => plain.push_str("->"),
                '←' => plain.push_str("<-"),
                '±' => plain.push_str("+-"),
                '×' => plain.push('x'),
                '÷' => plain.push('/'),
                '·' | '│' => plain.push('|'),
                'Δ' => plain.push('d'),
                'σ' => plain.push_str("sigma"),
                '√' => plain.push_str("sqrt"),
                letter if letter.is_ascii() => plain.push(letter),
                letter => plain.extend(letter.escape_unicode()),
            }
        }
        Cow::Owned(plain)
    }
}

/// Emphasis that text may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emphasis {
    /// No emphasis, for a file, a pipe, or a reader who wants none.
    #[default]
    Plain,
    /// Headings in bold, for a terminal.
    Bold,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_letters_lose_no_character() {
        assert_eq!(Charset::Ascii.of("a…b – ü"), "a...b - \\u{fc}");
        assert_eq!(Charset::Ascii.of("Δself ±2σ · 1 → 2 (×2)"), "dself +-2sigma | 1 -> 2 (x2)");
        assert_eq!(Charset::Unicode.of("a…b"), "a…b");
    }
}
