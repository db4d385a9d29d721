//! What stands above the rows of a report: where the figures come from, of which type they are, and their sum.

use std::io;

use serde::Serialize;

use crate::analysis::Granularity;
use crate::base::clean::named;

use super::Subject;
use super::text::{Page, figure, some, span};

/// The first members of the JSON object of a report that has rows.
#[derive(Serialize)]
pub(super) struct Head<'a> {
    schema: &'static str,
    sample_type: &'a str,
    unit: &'a str,
    granularity: &'static str,
    total: i128,
    /// None until there is a base to compare with.
    base_total: Option<i128>,
}

impl<'a> Head<'a> {
    /// The head of a report whose members are those of `schema`.
    pub(super) fn new(schema: &'static str, subject: &Subject<'a>) -> Self {
        let sample_type = subject.sample_type();
        Self {
            schema,
            sample_type: sample_type.name.raw(),
            unit: sample_type.unit.raw(),
            granularity: granularity(subject.query().shape.granularity),
            total: subject.column().sum(),
            base_total: None,
        }
    }
}

/// Writes the lines above a table of `self` and `total`.
pub(super) fn write(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    let snapshots = subject.series().snapshots();
    let source = match snapshots {
        [single] => named(single.header.source.shown()).to_owned(),
        several => format!("sum of {}", some(several.len(), "snapshot")),
    };
    let times = span(snapshots.iter().map(|snapshot| snapshot.header.time_nanos));
    page.line(&times.map_or(source.clone(), |times| format!("{source}, {times}")))?;
    let unit = subject.unit();
    page.line(&format!("{}: {}", named(subject.sample_type().name.shown()), figure(&unit, subject.column().sum())))?;
    let whole = if subject.column().has_negative() {
        format!("{}, the sum of all magnitudes", unit.long(subject.whole()))
    } else {
        unit.long(subject.whole())
    };
    page.line(&format!("self is the function's own, total includes what it calls; shares are of {whole}"))
}

/// What a row of the report is, in one word.
pub(super) fn noun(subject: &Subject<'_>) -> &'static str {
    match subject.query().shape.granularity {
        Granularity::Functions | Granularity::FileFunctions => "function",
        Granularity::Files => "file",
        Granularity::Lines => "line",
        Granularity::Addresses => "address",
    }
}

fn granularity(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Functions => "functions",
        Granularity::FileFunctions => "filefunctions",
        Granularity::Files => "files",
        Granularity::Lines => "lines",
        Granularity::Addresses => "addresses",
    }
}
