//! Output formats of reports.

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

    /// Default limit on rows: enough to read, or 0 for all of them in formats for machines.
    pub fn usual_limit(self) -> usize {
        match self {
            Self::Text => 40,
            Self::Markdown => 20,
            Self::Json | Self::Csv | Self::Folded | Self::Svg | Self::Html | Self::Pprof => 0,
        }
    }
}
