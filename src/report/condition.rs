//! Result of the condition of an alert, alone or above the report of a check.

use std::io::{self, Write};

use serde::Serialize;

use crate::base::safe_text::safe_str;

use super::{ReportFormat, json, markdown};

/// Result of a condition on the memory of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionResult {
    /// Condition as it was typed, such as `heap > 80%`.
    pub text: String,
    /// Figures that were compared, in words.
    pub reading: String,
    /// True if the condition holds, which is an alert.
    pub holds: bool,
    /// Warnings that touch the verdict, a line each; they may quote files and are not safe to print.
    pub warnings: Vec<String>,
}

impl ConditionResult {
    /// Condition and figures in one line: `heap > 80%: heap 90.0 MiB (90.0%)`.
    pub fn line(&self) -> String {
        format!("{}: {}", safe_str(&self.text), safe_str(&self.reading))
    }

    /// Verdict in one line: `broken  heap > 80%: heap 90.0 MiB (90.0%)`.
    pub fn verdict_line(&self) -> String {
        format!("{}  {}", if self.holds { "broken" } else { "ok" }, self.line())
    }

    /// Writes the result of a check that has no limits. A format that a check does not have is written as text.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn write(&self, format: ReportFormat, out: &mut dyn Write) -> io::Result<()> {
        match format {
            ReportFormat::Json => json::write(out, &ConditionCheck::new(self)),
            ReportFormat::Markdown => {
                let gap = if self.warnings.is_empty() { "" } else { "\n" };
                markdown::paragraph(out, &format!("{}{gap}", markdown::escaped(&self.verdict_line())))?;
                markdown::warnings(out, &self.warnings)
            }
            _ => {
                writeln!(out, "{}", self.verdict_line())?;
                self.warnings.iter().try_for_each(|warning| writeln!(out, "warning: {}", safe_str(warning)))
            }
        }
    }

    pub(super) fn facts(&self) -> ConditionFacts<'_> {
        ConditionFacts { text: &self.text, reading: &self.reading, ok: !self.holds }
    }
}

/// The object `condition` of `heapglass.check/1`.
#[derive(Serialize)]
pub(super) struct ConditionFacts<'a> {
    text: &'a str,
    reading: &'a str,
    ok: bool,
}

/// The object of `heapglass.check/1` for a condition alone. It is on the memory of a process, so that there are no
/// figures of a profile.
#[derive(Serialize)]
struct ConditionCheck<'a> {
    schema: &'static str,
    ok: bool,
    sample_type: Option<&'a str>,
    unit: Option<&'a str>,
    total: Option<i64>,
    base_total: Option<i64>,
    range: Option<i64>,
    base_range: Option<i64>,
    aggregate: Option<&'a str>,
    per: Option<&'a str>,
    snapshots: Option<usize>,
    instances: Option<usize>,
    warnings: &'a [String],
    condition: ConditionFacts<'a>,
    rules: [&'a str; 0],
}

impl<'a> ConditionCheck<'a> {
    fn new(result: &'a ConditionResult) -> Self {
        Self {
            schema: "heapglass.check/1",
            ok: !result.holds,
            sample_type: None,
            unit: None,
            total: None,
            base_total: None,
            range: None,
            base_range: None,
            aggregate: None,
            per: None,
            snapshots: None,
            instances: None,
            warnings: &result.warnings,
            condition: result.facts(),
            rules: [],
        }
    }
}
