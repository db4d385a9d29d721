//! `report pprof`: the current answer as one pprof profile: merged, windowed, and less the base.
//!
//! A difference is written as by pprof's `-base`: the base is subtracted sample by sample, so that values may be
//! negative, and unchanged samples are left out. Stacks, symbols, mappings and labels are those of the inputs; headers
//! are merged as in pprof. Inlined calls, recursion and label roots stay as in the inputs: they shape only the tree,
//! which a reader makes of the file by its own options.

use std::io::{self, Write};

use crate::analysis::merged::{FilteredStacks, MergedStacks, merge_stacks};
use crate::analysis::{Pruning, Stacks, Window};
use crate::base::ids::LocationId;
use crate::base::safe_text::SafeText;
use crate::format::pprof;
#[cfg(feature = "cli")]
use crate::profile::Series;
use crate::profile::{Counting, Header, Symbols};

use super::{Report, ReportFormat, ReportScope, Subject};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "pprof",
    about: "one profile that pprof reads, merged, windowed, less the base",
    scope: ReportScope::Window,
    stacks: Stacks::All,
    formats: &[(ReportFormat::Pprof, write)],
};

fn write(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let MergedStacks { samples, cut } = merge_stacks(subject.answer).map_err(io::Error::other)?;
    let (mut header, series) = (header(subject), subject.series());
    if cut.is_some() {
        // The rules were already applied with the filters.
        (header.drop_frames, header.keep_frames) = Default::default();
    }
    let lines = cut.as_ref().map(|cut| lines(cut, series.symbols()));
    let written = pprof::WrittenProfile {
        header: &header,
        symbols: series.symbols(),
        trie: cut.as_ref().map_or(series.trie(), |cut| &cut.trie),
        labels: series.labels(),
        samples: &samples,
        remaining_lines: lines.as_ref(),
    };
    pprof::write(&written, out)
}

/// Writes one snapshot of a series with all its samples, as it was read.
///
/// # Errors
/// The error of the writer.
#[cfg(feature = "cli")]
pub(crate) fn write_snapshot(series: &Series, at: usize, out: &mut dyn Write) -> io::Result<()> {
    let Some(snapshot) = series.snapshots().get(at) else { return Ok(()) };
    let header = Header { sample_types: series.sample_types().to_vec(), ..snapshot.header.clone() };
    let written = pprof::WrittenProfile {
        header: &header,
        symbols: series.symbols(),
        trie: series.trie(),
        labels: series.labels(),
        samples: &snapshot.samples,
        remaining_lines: None,
    };
    pprof::write(&written, out)
}

/// Lines of every location that pass the filters.
fn lines(cut: &FilteredStacks, symbols: &Symbols) -> pprof::RemainingLines {
    let mut lines = pprof::RemainingLines::default();
    for location in (0..symbols.locations()).map(LocationId::new) {
        lines.push(cut.plan.lines(location));
    }
    lines
}

/// Header of the written profile: the largest period, the sum of the durations, every comment once, and for each other
/// field the first input's value that is not empty.
fn header(subject: &Subject<'_>) -> Header {
    let (series, query) = (subject.series(), subject.query());
    let headers = |window: Window| series.snapshots()[window.snapshots()].iter().map(|snapshot| &snapshot.header);
    let current = || headers(query.window);
    let all = || current().chain(query.base.into_iter().flat_map(headers));
    let first =
        |text: fn(&Header) -> &SafeText| all().map(text).find(|text| !text.is_empty()).cloned().unwrap_or_default();
    let mut comments: Vec<SafeText> = Vec::new();
    for comment in all().flat_map(|header| &header.comments) {
        if !comments.contains(comment) {
            comments.push(comment.clone());
        }
    }
    if query.base.is_some() {
        comments.push(SafeText::from("a difference: the current window less the base"));
    }
    // The rules of the file are written only if the query applies them: without pruning, the reader shall see every
    // frame too.
    // The time of a pprof profile is the start of its duration, that of a recording the end.
    let time = |header: &Header| match header.counting {
        Counting::WithinDuration => header.covered_interval().map_or(0, |(start, _)| start),
        Counting::ByDuration | Counting::SinceAttach => header.time_nanos,
    };
    let rules = series.headers_as_given().next().filter(|header| !header.drop_frames.is_empty());
    let rules = rules.filter(|_| query.shape.pruning == Pruning::FileRules);
    Header {
        // The earliest time of the window: a later one would be the time of a snapshot that has only a part of the
        // figures.
        time_nanos: current().map(time).filter(|time| *time != 0).min().unwrap_or(0),
        duration_nanos: current().fold(0, |sum, header| sum.saturating_add(header.duration_nanos)),
        period: all().map(|header| header.period).max().unwrap_or(0),
        period_type: all().map(|header| header.period_type.clone()).next().unwrap_or_default(),
        sample_types: series.sample_types().to_vec(),
        default_sample_type: if query.sample_type == series.default_sample_type() {
            first(|header| &header.default_sample_type)
        } else {
            subject.sample_type().name.clone()
        },
        comments,
        doc_url: first(|header| &header.doc_url),
        drop_frames: rules.map(|header| header.drop_frames.clone()).unwrap_or_default(),
        keep_frames: rules.map(|header| header.keep_frames.clone()).unwrap_or_default(),
        ..Header::default()
    }
}
