//! Kind of a report: its name, its formats, and its writers.

use std::io;

use crate::analysis::Stacks;

use super::tree_options::ChainLines;
use super::{REPORTS, Subject};

/// Output format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// Aligned lines for people, with safe text and units.
    Text,
    /// One JSON object for machines: raw names, raw integers.
    Json,
    /// Comma-separated values for spreadsheets: raw names, raw integers, a line of heads.
    Csv,
    /// A table for a pull request.
    Markdown,
    /// A line for each stack, as flame graph tools read them.
    Folded,
    /// An SVG picture.
    Svg,
    /// An HTML page.
    Html,
    /// A pprof profile, compressed.
    Pprof,
}

impl ReportFormat {
    /// Name of the format on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Folded => "folded",
            Self::Svg => "svg",
            Self::Html => "html",
            Self::Pprof => "pprof",
        }
    }

    /// Returns true if the format is binary, and not for a terminal.
    pub fn is_binary(self) -> bool {
        self == Self::Pprof
    }

    /// Default form of chains in a call tree: folded for people, a line for each call for machines.
    pub fn usual_chains(self) -> ChainLines {
        match self {
            Self::Text | Self::Markdown => ChainLines::Folded,
            Self::Json | Self::Csv | Self::Folded | Self::Svg | Self::Html | Self::Pprof => ChainLines::Each,
        }
    }

    /// Default limit on rows: enough to read, or 0 for all of them in formats for machines.
    pub fn usual_limit(self) -> usize {
        match self {
            Self::Text => 40,
            Self::Markdown => 20,
            Self::Json | Self::Csv | Self::Folded | Self::Svg | Self::Html | Self::Pprof => 0,
        }
    }
}

/// Function that writes a report in one format.
pub type ReportWriter = fn(&Subject<'_>, &mut dyn io::Write) -> io::Result<()>;

/// Input of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportScope {
    /// A window, and optionally a base.
    Window,
    /// A window and a base; the report needs both.
    Base,
    /// A series of snapshots: its in-use bytes, unless another sample type is requested.
    Series,
    /// A window; the figures are those of the whole process and of no sample type.
    Memory,
    /// Instances, compared by their in-use bytes unless another sample type is requested.
    Instances,
    /// A window, optionally a base, and functions by a name or pattern.
    Functions,
    /// A window, optionally a base, and the health of the profiles, for which all sample types are needed.
    Health,
    /// A window, optionally a base, and advice.
    Digest,
}

/// One kind of report.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// Name of the report on the command line.
    pub kind: &'static str,
    /// Description in a few words.
    pub about: &'static str,
    /// Input that the report takes.
    pub scope: ReportScope,
    /// Stacks that the report needs.
    pub stacks: Stacks,
    /// Formats of the report with their writers, the default first.
    pub formats: &'static [(ReportFormat, ReportWriter)],
}

impl Report {
    /// Returns the report of this name; `None` if there is none.
    pub fn find(kind: &str) -> Option<&'static Self> {
        REPORTS.iter().find(|report| report.kind == kind)
    }

    /// Default format.
    pub fn usual(&self) -> ReportFormat {
        self.formats.first().map_or(ReportFormat::Text, |(format, _)| *format)
    }

    /// Writer of a format; `None` if the report has no such format.
    pub fn writer(&self, format: ReportFormat) -> Option<ReportWriter> {
        self.formats.iter().find(|(known, _)| *known == format).map(|(_, writer)| *writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_is_found_by_its_name_and_has_text_and_json_or_a_form_of_its_own() {
        for report in REPORTS {
            assert_eq!(Report::find(report.kind).map(|found| found.kind), Some(report.kind));
            let is_figures = report.writer(ReportFormat::Text).is_some() && report.writer(ReportFormat::Json).is_some();
            assert!(is_figures || report.usual().name() == report.kind, "{}", report.kind);
        }
        assert!(Report::find("flop").is_none());
    }
}
