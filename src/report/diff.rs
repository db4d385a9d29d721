//! `report diff`: functions that changed, the largest change first, and the fewest call sites that explain the change.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::{Explanation, MatchedFunction, MoveKind, Site, Stacks};
use crate::base::safe_text::display_name;
use crate::base::units::percent;

use super::head::{self, ReportHead};
use super::json;
use super::memory::{self, WindowRuntime};
use super::rows::{FunctionRow, path, raw_path, rows, write_csv};
use super::text::{Page, some};
use super::{Report, ReportFormat, ReportScope, Subject, changes};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "diff",
    about: "what changed since the base, and the fewest call sites that explain it",
    scope: ReportScope::Base,
    stacks: Stacks::NonZero,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, changes::write_markdown),
    ],
};

/// Pairs of moved functions that a text names; the rest is counted.
const MAX_MOVED: usize = 10;

/// Maximum number of frames of a call path in a line of text; the frames at the allocating end are the most
/// informative.
const MAX_PATH_FRAMES: usize = 6;

/// The object of `heapglass.diff/1`.
#[derive(Serialize)]
struct DiffReport<'a> {
    #[serde(flatten)]
    head: ReportHead<'a>,
    rows: Vec<FunctionRow<'a>>,
    explains: Explains<'a>,
    /// Call sites that explain the decrease.
    explains_decrease: Explains<'a>,
    moved: Vec<Moved<'a>>,
    /// Rates of the runtime in the current window; `base_runtime` has those in the base.
    #[serde(rename = "beside")]
    runtime: WindowRuntime,
    #[serde(rename = "base_beside")]
    base_runtime: Option<WindowRuntime>,
}

/// Function that has another name or place than in the base.
#[derive(Serialize)]
struct Moved<'a> {
    from: &'a str,
    to: &'a str,
    #[serde(rename = "self")]
    own: i64,
    how: &'static str,
}

/// The fewest call sites that have a share of all growth, or of all decrease.
#[derive(Serialize)]
struct Explains<'a> {
    share: f64,
    sites: Vec<SiteEntry<'a>>,
}

/// Call site with its change.
#[derive(Serialize)]
struct SiteEntry<'a> {
    /// Names from the outermost frame to the frame that changed.
    path: Vec<&'a str>,
    delta: i64,
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = rows(subject);
    rows.truncate(subject.wanted(rows.len()));
    let entry = |site: &Site| SiteEntry { path: raw_path(subject, site.node), delta: site.delta };
    let explains = |change: i64| {
        let sites = subject.answer.base.as_ref().map(|base| base.changes.explanation(change).sites);
        let sites = sites.unwrap_or_default().iter().map(entry).collect();
        Explains { share: f64::from(subject.query().explain) / 100.0, sites }
    };
    let runtime = WindowRuntime::of(subject, subject.query().window);
    let base_runtime = subject.query().base.map(|base| WindowRuntime::of(subject, base));
    json::write(
        out,
        &DiffReport {
            head: ReportHead::new("heapglass.diff/1", subject),
            rows,
            explains: explains(1),
            explains_decrease: explains(-1),
            moved: moved(subject),
            runtime,
            base_runtime,
        },
    )
}

/// Functions that moved, as they are named in the files.
fn moved<'a>(subject: &Subject<'a>) -> Vec<Moved<'a>> {
    let frames = subject.tree().frames();
    let pairs = subject.answer.base.as_ref().map_or(&[][..], |base| &base.changes.moved);
    let moved = |pair: &MatchedFunction| Moved {
        from: frames.name(pair.from),
        to: frames.name(pair.to),
        own: pair.own,
        how: how(pair.how),
    };
    pairs.iter().map(moved).collect()
}

/// Word for the reason why two frames are one function.
fn how(kind: MoveKind) -> &'static str {
    match kind {
        MoveKind::Renamed => "renamed",
        MoveKind::Moved => "moved",
    }
}

/// Writes the functions that have another name or place than in the base.
fn write_moved(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    let pairs = subject.answer.base.as_ref().map_or(&[][..], |base| &base.changes.moved);
    if pairs.is_empty() {
        return Ok(());
    }
    let frames = subject.tree().frames();
    page.line("")?;
    page.heading(&format!("{} renamed or moved, which cancels", some(pairs.len(), "function")))?;
    for pair in pairs.iter().take(MAX_MOVED) {
        let (from, to) = (display_name(frames.shown(pair.from)), display_name(frames.shown(pair.to)));
        page.line(&format!("{:>8}  {from} → {to}", how(pair.how)))?;
    }
    match pairs.len().checked_sub(MAX_MOVED).filter(|more| *more > 0) {
        Some(more) => {
            page.line(&format!("… {}; {} has all", some(more, "more pair"), subject.commands.option("format", "json")))
        }
        None => Ok(()),
    }
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, subject.style);
    head::write(page, subject)?;
    memory::compared(page, subject)?;
    page.line("")?;
    explain(page, subject)?;
    write_moved(page, subject)?;
    page.line("")?;
    changes::table(page, subject)
}

/// Writes the call sites that explain the change, the largest first: those of the decrease if the total fell, and
/// always those of the growth.
fn explain(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    let Some(base) = &subject.answer.base else { return Ok(()) };
    let fell = base.changes.explanation(-1);
    if subject.answer.net_change() < 0 && !fell.sites.is_empty() {
        write_explanation(page, subject, &fell)?;
        page.line("")?;
    }
    let grew = base.changes.explanation(1);
    if grew.sites.is_empty() {
        let is_noise = grew.sum > 0 && base.noise.is_some();
        return page.heading(if is_noise { "nothing grew beyond sampling noise" } else { "nothing grew" });
    }
    write_explanation(page, subject, &grew)
}

/// Writes the call sites of one direction with the share that they explain.
fn write_explanation(page: &mut Page<'_>, subject: &Subject<'_>, explanation: &Explanation<'_>) -> io::Result<()> {
    let (&Explanation { sites, sum, noun }, unit) = (explanation, subject.unit());
    let verb = if sites.len() == 1 { "explains" } else { "explain" };
    let share = percent(explanation.explained(), sum);
    let size = unit.long(sum.saturating_abs());
    page.heading(&format!("{} {verb} {share} of the {noun} of {size}", some(sites.len(), "call site")))?;
    for site in &sites[..subject.wanted(sites.len())] {
        page.line(&format!(
            "{:>8}  {:>5}  {}",
            unit.signed_short(site.delta),
            percent(site.delta, sum),
            path(subject, site.node, MAX_PATH_FRAMES)
        ))?;
    }
    let left = sites.len() - subject.wanted(sites.len());
    if left > 0 {
        page.line(&format!("… {}; {}", some(left, "more call site"), subject.commands.all_rows()))?;
    }
    Ok(())
}
