//! `report diff`: functions that changed, the largest change first, and the fewest call sites that explain the change.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::memory::{rates_of_base, rates_of_window};
use crate::analysis::{Explanation, MatchedFunction, MoveKind, Site, Stacks};
use crate::base::safe_text::display_name;
use crate::base::units::{counted, percent};

use super::head::{self, ReportHead};
use super::json;
use super::memory::{self, WindowRuntime};
use super::rows::{FunctionRow, path, raw_path, rows, write_csv};
use super::text::{Page, left_out};
use super::{Report, ReportFormat, ReportScope, Subject, changes, markdown};

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
        (ReportFormat::Markdown, write_markdown),
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
    let [growth, decrease] = match &subject.answer.base {
        Some(base) => [&*base.changes.sites, &*base.changes.shrunk_sites],
        None => [&[][..], &[]],
    };
    let share = f64::from(subject.query().explain) / 100.0;
    let explains = |sites: &[Site]| Explains { share, sites: sites.iter().map(entry).collect() };
    let runtime = WindowRuntime::of(&rates_of_window(subject.answer));
    let base_runtime = rates_of_base(subject.answer).as_ref().map(WindowRuntime::of);
    json::write(
        out,
        &DiffReport {
            head: ReportHead::new("heapglass.diff/1", subject),
            rows,
            explains: explains(growth),
            explains_decrease: explains(decrease),
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

/// Paragraph of a comparison: a heading, and lines below it.
struct Paragraph {
    heading: String,
    lines: Vec<String>,
}

impl Paragraph {
    fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        page.heading(&self.heading)?;
        self.lines.iter().try_for_each(|line| page.line(line))
    }

    fn write_markdown(self, out: &mut dyn Write) -> io::Result<()> {
        markdown::paragraph(out, &format!("**{}**\n", markdown::escaped(&self.heading)))?;
        head::list(out, self.lines.into_iter())
    }
}

/// Paragraph of the functions that have another name or place than in the base; `None` if there are none.
fn moved_words(subject: &Subject<'_>) -> Option<Paragraph> {
    let pairs = subject.answer.base.as_ref().map_or(&[][..], |base| &base.changes.moved);
    let frames = subject.tree().frames();
    let line = |pair: &MatchedFunction| {
        let (from, to) = (display_name(frames.shown(pair.from)), display_name(frames.shown(pair.to)));
        format!("{:>8}  {from} → {to}", how(pair.how))
    };
    let mut lines: Vec<String> = pairs.iter().take(MAX_MOVED).map(line).collect();
    let more = pairs.len().saturating_sub(MAX_MOVED);
    let option = subject.commands.option("format", "json");
    lines.extend((more > 0).then(|| format!("… {}; {option} has all", counted(more, "more pair"))));
    let heading = format!("{} renamed or moved, which cancels", counted(pairs.len(), "function"));
    (!pairs.is_empty()).then_some(Paragraph { heading, lines })
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, subject.style);
    head::write(page, subject)?;
    memory::compared(subject).iter().try_for_each(|line| page.line(line))?;
    for paragraph in explained(subject).into_iter().chain(moved_words(subject)) {
        page.line("")?;
        paragraph.write(page)?;
    }
    page.line("")?;
    changes::table(page, subject)
}

/// Writes the contents of the text for a pull request.
fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    head::write_markdown(out, subject)?;
    head::list(out, memory::compared(subject).into_iter())?;
    for paragraph in explained(subject).into_iter().chain(moved_words(subject)) {
        paragraph.write_markdown(out)?;
    }
    changes::markdown_table(subject, out)
}

/// Paragraphs of the call sites that explain the growth and the decrease, the direction of the total first; the last
/// one says if no site explains growth.
fn explained(subject: &Subject<'_>) -> Vec<Paragraph> {
    let Some(base) = &subject.answer.base else { return Vec::new() };
    let explanations = base.changes.explanations(subject.answer.net_change());
    let with_sites = explanations.iter().filter(|explanation| !explanation.sites.is_empty());
    let mut paragraphs: Vec<Paragraph> =
        with_sites.map(|explanation| explanation_words(subject, explanation)).collect();
    if base.changes.sites.is_empty() {
        let is_noise = base.changes.grew > 0 && base.noise.is_some();
        let heading = if is_noise { "no single site grew beyond sampling noise" } else { "nothing grew" };
        paragraphs.push(Paragraph { heading: heading.to_owned(), lines: Vec::new() });
    }
    paragraphs
}

/// Paragraph of the call sites of one direction with the share that they explain.
fn explanation_words(subject: &Subject<'_>, explanation: &Explanation<'_>) -> Paragraph {
    let (&Explanation { sites, sum, noun }, unit) = (explanation, subject.unit());
    let verb = if sites.len() == 1 { "explains" } else { "explain" };
    let share = percent(explanation.explained(), sum);
    let size = unit.long(sum.saturating_abs());
    let line = |site: &Site| {
        let (delta, part) = (unit.signed_short(site.delta), percent(site.delta, sum));
        format!("{delta:>8}  {part:>5}  {}", path(subject, site.node, MAX_PATH_FRAMES))
    };
    let mut lines: Vec<String> = sites[..subject.wanted(sites.len())].iter().map(line).collect();
    lines.extend(left_out(subject, sites.len(), "call site"));
    let heading = format!("{} {verb} {share} of the {noun} of {size}", counted(sites.len(), "call site"));
    Paragraph { heading, lines }
}
