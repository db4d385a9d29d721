//! Subject of a report: series, answer, warnings, and limits on its rows.

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
    /// The source as it was named.
    pub source: String,
    /// Why it was passed over.
    pub reason: String,
}

/// Kind of heap in the same directory that is not in the figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherHeapFacts {
    /// Name by which it can be chosen as an instance.
    pub name: String,
    /// Number of its files.
    pub snapshots: usize,
}

/// Everything that a report is written from.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The answer.
    pub answer: &'a Answer,
    /// The trends over the series, for the report that is about them.
    pub trends: Option<&'a Trends>,
    /// The instances side by side, for the report that is about them.
    pub instances: Option<&'a InstanceTable>,
    /// Order of the instances.
    pub instance_order: InstanceOrder,
    /// Sources that are not in the figures.
    pub skipped: &'a [SkippedInput],
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
    /// The most rows to write; 0 for all.
    pub limit: usize,
    /// Options of the call tree.
    pub tree_options: TreeOptions,
    /// Order of rows; the usual one if `None`.
    pub sort: Option<RowOrder>,
    /// Rows that a report about functions is about, the one that matters most first.
    pub functions: &'a [usize],
    /// Their lines, for the report that is about lines.
    pub listings: &'a [Listing],
    /// Most tokens of a digest, of four bytes each.
    pub budget: usize,
    /// Form of the commands that a digest names.
    pub commands: CommandForm<'a>,
    /// Characters and emphasis of a text.
    pub style: Style,
    /// Colours of pictures and pages; `None` for the usual ones.
    pub palette: Option<&'a Palette>,
}

impl<'a> Subject<'a> {
    /// The subject of an answer: all rows, nothing passed over, in the plainest style.
    pub fn of(answer: &'a Answer) -> Self {
        Self {
            answer,
            trends: None,
            instances: None,
            instance_order: InstanceOrder::default(),
            skipped: &[],
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

    /// Everything loaded.
    pub(super) fn series(&self) -> &'a Series {
        &self.answer.series
    }

    /// The question.
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

    /// The sample type of the base, where there is one.
    pub(super) fn base(&self) -> Option<&'a Column> {
        self.answer.base.as_ref().map(|base| &*base.column)
    }

    /// The sample type that the figures are of.
    pub(super) fn sample_type(&self) -> &'a SampleType {
        &self.series().sample_types()[self.query().sample_type]
    }

    /// The unit of the figures.
    pub(super) fn unit(&self) -> Unit {
        Unit::of(self.sample_type().unit.raw())
    }

    /// Denominator of shares: the total, or if values are negative, the sum of the magnitudes.
    pub(super) fn whole(&self) -> i64 {
        self.column().abs_share_base()
    }

    /// Granularity, in the word that the command line has for it.
    pub fn granularity(&self) -> &'static str {
        self.query().shape.granularity.word()
    }

    /// Number of rows that the limit allows of `rows`.
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

/// Characters and emphasis of a text. They do not affect JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The characters.
    pub letters: Charset,
    /// The emphasis.
    pub ink: Emphasis,
    /// The form of tables.
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

/// The characters that a text may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// All of them.
    #[default]
    Unicode,
    /// ASCII alone, for a terminal or a log that knows no other.
    Ascii,
}

impl Charset {
    /// `text` in these letters: where only ASCII may stand, what has no likeness there is spelled as its code point.
    pub(super) fn of(self, text: &str) -> Cow<'_, str> {
        if self == Self::Unicode || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut plain = String::with_capacity(text.len());
        for letter in text.chars() {
            match letter {
                '…' => plain.push_str("..."),
                '–' => plain.push('-'),
                letter if letter.is_ascii() => plain.push(letter),
                letter => plain.extend(letter.escape_unicode()),
            }
        }
        Cow::Owned(plain)
    }
}

/// The emphasis that a text may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emphasis {
    /// None: a file, a pipe, or a reader who wants none.
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
        assert_eq!(Charset::Unicode.of("a…b"), "a…b");
    }
}
