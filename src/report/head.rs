//! What stands above the rows of a report: where the figures come from, of which type they are, and their sum.

use std::io;

use serde::Serialize;

use crate::analysis::{Answer, Granularity};
use crate::base::clean::named;
use crate::base::ids::NodeId;
use crate::base::units::Unit;
use crate::profile::SampleType;

use super::text::{Page, figure, some, span};

/// The first members of the JSON object of a report that has rows.
#[derive(Serialize)]
pub(super) struct Head<'a> {
    schema: &'static str,
    sample_type: &'a str,
    unit: &'a str,
    granularity: &'static str,
    total: i64,
    /// None until there is a base to compare with.
    base_total: Option<i64>,
}

impl<'a> Head<'a> {
    /// The head of a report on `answer` whose members are those of `schema`.
    pub(super) fn new(schema: &'static str, answer: &'a Answer) -> Self {
        let sample_type = sample_type(answer);
        Self {
            schema,
            sample_type: sample_type.name.raw(),
            unit: sample_type.unit.raw(),
            granularity: granularity(answer.query.shape.granularity),
            total: answer.column.sum(),
            base_total: None,
        }
    }
}

/// The sample type that the answer is about.
pub(super) fn sample_type(answer: &Answer) -> &SampleType {
    &answer.series.sample_types()[answer.query.sample_type]
}

/// The unit of the answer's figures.
pub(super) fn unit(answer: &Answer) -> Unit {
    Unit::of(sample_type(answer).unit.raw())
}

/// What percentages are of: the total, or where values below zero would let shares pass it, the sum of the magnitudes.
pub(super) fn whole(answer: &Answer) -> i64 {
    i64::try_from(answer.column.weight(NodeId::new(0))).unwrap_or(i64::MAX)
}

/// Writes the lines above a table of `self` and `total`.
pub(super) fn write(page: &mut Page<'_>, answer: &Answer) -> io::Result<()> {
    let snapshots = answer.series.snapshots();
    let source = match snapshots {
        [single] => named(single.header.source.shown()).to_owned(),
        several => format!("sum of {}", some(several.len(), "snapshot")),
    };
    let times = span(snapshots.iter().map(|snapshot| snapshot.header.time_nanos));
    page.line(&times.map_or(source.clone(), |times| format!("{source}, {times}")))?;
    let (unit, total) = (unit(answer), answer.column.sum());
    page.line(&format!("{}: {}", named(sample_type(answer).name.shown()), figure(&unit, total.into())))?;
    let whole = if answer.column.has_negative() {
        format!("{}, the sum of all magnitudes", unit.long(whole(answer)))
    } else {
        unit.long(whole(answer))
    };
    page.line(&format!("self is the function's own, total includes what it calls; shares are of {whole}"))
}

/// What a row of the report is, in one word.
pub(super) fn noun(answer: &Answer) -> &'static str {
    match answer.query.shape.granularity {
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
