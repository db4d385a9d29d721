//! `report summary`: facts about each snapshot, and about the window that they form.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::caveat::WindowFacts;
use crate::analysis::derive::Side;
use crate::analysis::memory::{figures, rates_of_base, rates_of_window};
use crate::analysis::{
    Answer, Finding, Rates, Stacks, Trends, Window, WindowSum, headline, health, instance_name, only_instance,
    side_snapshots,
};
use crate::base::safe_text::{SafeText, display_name, safe_str};
use crate::base::time::since_start;
use crate::base::units::{Unit, commas_u64, counted};
use crate::profile::{Header, Input, SampleType, Snapshot, level_totals};

use super::account::account;
use super::head;
use super::json::{self, time};
use super::memory::{self, LogFacts, MemoryFacts, WindowRuntime};
use super::text::{Align, Page, figure, instant, left_out, span};
use super::{Report, ReportFormat, ReportScope, SkippedInput, Subject, markdown};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "summary",
    about: "what was loaded: each snapshot's time, size, sampling and totals",
    scope: ReportScope::Health,
    stacks: Stacks::All,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Markdown, write_markdown),
    ],
};

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, subject.style);
    page.heading(&answer_line(subject))?;
    page.line("")?;
    let snapshots = shown(subject);
    if let [_, _, ..] = snapshots {
        let Answer { query, window_sums, base, .. } = subject.answer;
        let of_base = base.as_ref().map(|base| (Side::A, &base.window_sums, rates_of_base(subject.answer)));
        let of_window = (Side::B, window_sums, Some(rates_of_window(subject.answer)));
        for (which, window_sums, rates) in of_base.into_iter().chain([of_window]) {
            let members = side_snapshots(subject.answer, which);
            let times = span(members.iter().map(|at| subject.series().snapshots()[*at].header.time_nanos));
            let method = window_sums[query.sample_type].words();
            let named = only_instance(subject.answer, which).map(|instance| instance_name(subject.series(), instance));
            let count = counted(members.len(), "snapshot");
            let parts = [named.unwrap_or_default(), count, times.unwrap_or_default(), method];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let mark = if query.base.is_some() { format!("{}  ", which.letter()) } else { String::new() };
            page.line(&format!("{mark}{}", parts.join(", ")))?;
            memory::window(page, rates.as_ref(), mark.len())?;
        }
        page.line("")?;
    }
    if !subject.query().filters.is_empty() {
        head::filtered(page, subject)?;
        page.line("")?;
    }
    write_instances(page, subject)?;
    let wanted = subject.wanted(snapshots.len());
    for (index, snapshot) in snapshots[..wanted].iter().enumerate() {
        if index > 0 {
            page.line("")?;
        }
        card(page, &snapshot.header, subject.sample_type())?;
    }
    if let Some(note) = left_out(subject, snapshots.len(), "snapshot") {
        page.line("")?;
        page.line(&note)?;
    }
    if let Some(account) = account(subject) {
        page.line("")?;
        page.line(&account.line())?;
    }
    memory::logs(page, subject)?;
    let found = health(subject.answer);
    if !found.is_empty() {
        page.line("")?;
        page.heading("health")?;
    }
    for finding in found {
        page.line(&format!("  {:<7}  {finding}", finding.severity().word()))?;
    }
    for skipped in subject.skipped {
        page.line(&format!("skipped {}: {}", safe_str(&skipped.source), safe_str(&skipped.reason)))?;
    }
    for warning in subject.source_warnings {
        page.line(&format!("note {}", safe_str(warning)))?;
    }
    Ok(())
}

/// Maximum number of snapshots for which a summary computes trends; `report leaks` has no such limit.
const MOST_JUDGED: usize = 200;

/// Headline of the summary.
fn answer_line(subject: &Subject<'_>) -> String {
    let is_single = subject.query().window.count() == 1 && subject.query().base.is_none();
    // The headline of the newest snapshot names the growth that led to it.
    let of_series =
        || Some(Trends::window_of(subject.answer)).filter(|window| is_single && window.count() <= MOST_JUDGED);
    let trends = judged(subject).or_else(|| Trends::over(subject.answer, of_series()?).ok());
    headline(subject.answer, trends.as_ref())
}

/// Trends over the window; `None` in a comparison, for a single snapshot, and for more than [`MOST_JUDGED`] snapshots.
pub(super) fn judged(subject: &Subject<'_>) -> Option<Trends> {
    let window = subject.query().window;
    let is_judged = subject.query().base.is_none() && (2..=MOST_JUDGED).contains(&window.count());
    is_judged.then(|| Trends::over(subject.answer, window).ok()).flatten()
}

/// Writes the instances if there are several, with their snapshots and processes.
fn write_instances(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    let instances = instances(subject);
    if instances.len() < 2 {
        return Ok(());
    }
    page.heading(&counted(instances.len(), "instance"))?;
    for InstanceFacts { name, snapshots, processes } in &instances {
        let (name, snapshots) = (safe_str(name), counted(*snapshots, "snapshot"));
        let processes = if *processes > 1 { format!(", {processes} processes") } else { String::new() };
        page.line(&format!("  {}  {snapshots}{processes}", display_name(&name)))?;
    }
    page.line("")
}

/// Instances of the current window, and those of other kinds of heap that are not in the figures.
fn instances<'a>(subject: &Subject<'a>) -> Vec<InstanceFacts<'a>> {
    let (series, timeline) = (subject.series(), &subject.answer.timeline);
    let lanes =
        Window::all(series, Input::Current).map(|window| timeline.lanes(series, window, None)).unwrap_or_default();
    let mut found: Vec<InstanceFacts<'a>> = Vec::new();
    for (index, instance) in series.instances().iter().enumerate() {
        let members = || lanes.iter().filter(|lane| lane.instance == index).flat_map(|lane| &lane.snapshots);
        let mut processes: Vec<usize> = members().map(|at| timeline.process(*at)).collect();
        processes.sort_unstable();
        processes.dedup();
        if let Some(first) = members().next() {
            let name = match instance.name.raw() {
                "" => series.snapshots()[*first].header.source.raw().rsplit('/').next().unwrap_or_default(),
                name => name,
            };
            found.push(InstanceFacts { name, snapshots: members().count(), processes: processes.len() });
        }
    }
    let others = subject.other_heaps.iter();
    found.extend(others.map(|heap| InstanceFacts { name: &heap.name, snapshots: heap.snapshots, processes: 1 }));
    found
}

/// Writes tables for a pull request: a line for each snapshot and sample type, then the findings on health.
fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    markdown::paragraph(out, &format!("**{}**\n", markdown::escaped(&answer_line(subject))))?;
    let snapshots = shown(subject);
    let wanted = &snapshots[..subject.wanted(snapshots.len())];
    let rows = wanted.iter().flat_map(|Snapshot { header, .. }| {
        header.sample_types.iter().zip(level_totals(header)).map(|(sample_type, total)| {
            vec![
                display_name(header.source.shown()).to_owned(),
                instant(header.time_nanos).unwrap_or_default(),
                display_name(sample_type.name.shown()).to_owned(),
                figure(&Unit::of(sample_type.unit.raw()), total),
            ]
        })
    });
    let columns =
        [("snapshot", Align::Left), ("time", Align::Left), ("sample type", Align::Left), ("total", Align::Right)];
    markdown::table(out, &columns, rows)?;
    markdown::notes(out, left_out(subject, snapshots.len(), "snapshot"))?;
    let found = health(subject.answer);
    if !found.is_empty() {
        writeln!(out)?;
    }
    for finding in found {
        let (word, text) = (finding.severity().word(), finding.to_string());
        markdown::paragraph(out, &format!("- **{word}**: {}", markdown::escaped(&text)))?;
    }
    for skipped in subject.skipped {
        let line = format!("{}: {}", safe_str(&skipped.source), safe_str(&skipped.reason));
        markdown::paragraph(out, &format!("- **skipped** {}", markdown::escaped(&line)))?;
    }
    for warning in subject.source_warnings {
        markdown::paragraph(out, &format!("- **note** {}", markdown::escaped(&safe_str(warning))))?;
    }
    Ok(())
}

/// Writes one snapshot: its name, its facts, and the total of each of its sample types; `shown` is marked.
fn card(page: &mut Page<'_>, header: &Header, shown: &SampleType) -> io::Result<()> {
    page.heading(display_name(header.source.shown()))?;
    let mut facts = vec![("format", header.format.to_owned())];
    facts.push(("time", instant(header.time_nanos).unwrap_or_else(|| "not said".to_owned())));
    if header.duration_nanos != 0 {
        facts.push(("covers", Unit::Nanoseconds.long(header.duration_nanos)));
    }
    if let Some(merge) = header.merge.as_ref().filter(|merge| !merge.is_single()) {
        facts.push(("covers", Unit::Nanoseconds.long(merge.span_nanos)));
        let profiles = counted(usize::try_from(merge.profiles).unwrap_or(usize::MAX), "profile");
        facts.push(("merged", format!("{profiles} of {}", counted(merge.by_process.len(), "label set"))));
    }
    if header.period > 0 {
        let period = Unit::of(header.period_type.unit.raw()).long(header.period);
        let of = match header.period_type.name.shown() {
            "" => String::new(),
            name => format!(" of {}", display_name(name)),
        };
        facts.push(("sampled", format!("once per {period}{of}")));
    }
    facts.push(("holds", contents(header)));
    let comments = listed(&header.comments, SafeText::raw);
    facts.extend(comments.iter().map(|comment| ("comment", comment.shown().to_owned())));
    let more = header.comments.len() - comments.len();
    facts.extend((more > 0).then(|| ("comments", format!("{} left out", commas_u64(more as u64)))));
    facts.extend(header.metrics.iter().flat_map(figures));
    for (label, fact) in facts {
        page.line(&format!("  {label:<8}  {fact}"))?;
    }
    let types = || {
        header.sample_types.iter().zip(level_totals(header)).map(|(sample_type, total)| {
            let mark = if sample_type == shown { '*' } else { ' ' };
            let (name, unit) = (display_name(sample_type.name.shown()), sample_type.unit.shown());
            vec![format!("{mark} {name}"), unit.to_owned(), figure(&Unit::of(sample_type.unit.raw()), total)]
        })
    };
    page.table(&[("  sample type", Align::Left), ("unit", Align::Left), ("total", Align::Left)], types)
}

/// Maximum bytes of the comments of a snapshot, and of the names of its sample types: a small file can refer to one long
/// text many times.
const MOST_TEXT: usize = 1 << 20;

/// First items whose texts have at most [`MOST_TEXT`] bytes together.
fn listed<T>(items: &[T], text: impl Fn(&T) -> &str) -> &[T] {
    let mut room = MOST_TEXT;
    let fits = |item: &&T| room.checked_sub(text(item).len()).inspect(|left| room = *left).is_some();
    &items[..items.iter().take_while(fits).count()]
}

fn contents(header: &Header) -> String {
    [
        counted(header.samples, "sample"),
        counted(header.locations, "location"),
        counted(header.functions, "function"),
        counted(header.mappings, "mapping"),
    ]
    .join(", ")
}

/// The object of `heapglass.summary/1`.
#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    headline: String,
    instances: Vec<InstanceFacts<'a>>,
    snapshots: Vec<SnapshotFacts<'a>>,
    window: WindowSummary,
    base_window: Option<WindowSummary>,
    health: Vec<HealthFacts>,
    skipped: Vec<SkippedFacts<'a>>,
    warnings: &'a [String],
    gc_logs: Vec<LogFacts<'a>>,
}

/// Running copy of a service.
#[derive(Serialize)]
struct InstanceFacts<'a> {
    name: &'a str,
    snapshots: usize,
    processes: usize,
}

#[derive(Serialize)]
struct SnapshotFacts<'a> {
    source: &'a str,
    format: &'a str,
    time: Option<String>,
    /// Time since the start of the process, of recordings without a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    uptime_ns: Option<i64>,
    duration_ns: i64,
    /// Number of profiles that a store merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    profiles: Option<u64>,
    samples: usize,
    locations: usize,
    functions: usize,
    mappings: usize,
    period: i64,
    period_type: String,
    sample_types: Vec<TypeFacts<'a>>,
    default_sample_type: &'a str,
    comments: Vec<&'a str>,
    /// Number of comments that are left out because they are too long together.
    #[serde(skip_serializing_if = "is_zero")]
    comments_left_out: usize,
    /// Number of sample types that are left out because their names are too long together.
    #[serde(skip_serializing_if = "is_zero")]
    sample_types_left_out: usize,
    memory: Option<MemoryFacts>,
}

#[derive(Serialize)]
struct TypeFacts<'a> {
    name: &'a str,
    unit: &'a str,
    total: i128,
}

#[derive(Serialize)]
struct WindowSummary {
    snapshots: usize,
    from: Option<String>,
    to: Option<String>,
    aggregate: &'static str,
    #[serde(rename = "beside")]
    runtime: Option<WindowRuntime>,
}

/// Finding on the reliability of the figures.
#[derive(Serialize)]
struct HealthFacts {
    code: &'static str,
    severity: &'static str,
    message: String,
}

impl HealthFacts {
    fn of(finding: &Finding) -> Self {
        Self { code: finding.code(), severity: finding.severity().word(), message: finding.to_string() }
    }
}

#[derive(Serialize)]
struct SkippedFacts<'a> {
    source: &'a str,
    reason: &'a str,
}

/// Returns the snapshots of a summary: those of the sources, and in a comparison those of the base too.
fn shown<'a>(subject: &Subject<'a>) -> &'a [Snapshot] {
    let series = subject.series();
    match subject.query().base {
        None => &series.snapshots()[series.range_of(Input::Current)],
        Some(_) => series.snapshots(),
    }
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let snapshots = shown(subject);
    let Answer { query, window_sums, base, .. } = subject.answer;
    let base = query.base.and(base.as_ref().map(|base| &base.window_sums));
    let [then, now] = [Side::A, Side::B].map(|which| WindowFacts::of_side(subject.answer, which));
    let summary = Summary {
        schema: "heapglass.summary/1",
        headline: answer_line(subject),
        instances: instances(subject),
        snapshots: snapshots[..subject.wanted(snapshots.len())]
            .iter()
            .map(|snapshot| facts(&snapshot.header))
            .collect(),
        window: window(subject, &now, window_sums, Some(&rates_of_window(subject.answer))),
        base_window: base.map(|sums| window(subject, &then, sums, rates_of_base(subject.answer).as_ref())),
        health: health(subject.answer).iter().map(HealthFacts::of).collect(),
        skipped: subject
            .skipped
            .iter()
            .map(|SkippedInput { source, reason }| SkippedFacts { source, reason })
            .collect(),
        warnings: subject.warnings,
        gc_logs: LogFacts::all(subject),
    };
    json::write(out, &summary)
}

fn facts(header: &Header) -> SnapshotFacts<'_> {
    let comments = listed(&header.comments, SafeText::raw);
    let sample_types = listed(&header.sample_types, |sample_type| sample_type.name.raw());
    let types = sample_types.iter().zip(level_totals(header));
    SnapshotFacts {
        source: header.source.raw(),
        format: header.format,
        time: time(header.time_nanos),
        uptime_ns: since_start(header.time_nanos).map(|_| header.time_nanos),
        duration_ns: header.duration_nanos,
        profiles: header.merge.as_ref().map(|merge| merge.profiles),
        samples: header.samples,
        locations: header.locations,
        functions: header.functions,
        mappings: header.mappings,
        period: header.period,
        period_type: type_in_one_word(&header.period_type),
        sample_types: types
            .map(|(sample_type, total)| TypeFacts { name: sample_type.name.raw(), unit: sample_type.unit.raw(), total })
            .collect(),
        default_sample_type: default_type(header),
        comments: comments.iter().map(SafeText::raw).collect(),
        comments_left_out: header.comments.len() - comments.len(),
        sample_types_left_out: header.sample_types.len() - sample_types.len(),
        memory: header.metrics.as_ref().map(MemoryFacts::of),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Default sample type: the one that the file names, else its last.
fn default_type(header: &Header) -> &str {
    let mut names = header.sample_types.iter().map(|sample_type| sample_type.name.raw());
    let named = header.default_sample_type.raw();
    names.clone().find(|name| *name == named).or_else(|| names.next_back()).unwrap_or_default()
}

/// Formats a type as `name/unit`; empty if the profile names none.
fn type_in_one_word(sample_type: &SampleType) -> String {
    match (sample_type.name.raw(), sample_type.unit.raw()) {
        ("", "") => String::new(),
        (name, unit) => format!("{name}/{unit}"),
    }
}

fn window(
    subject: &Subject<'_>,
    facts: &WindowFacts,
    window_sums: &[WindowSum],
    rates: Option<&Rates>,
) -> WindowSummary {
    WindowSummary {
        snapshots: facts.snapshots,
        from: facts.from.and_then(time),
        to: facts.to.and_then(time),
        aggregate: window_sums[subject.query().sample_type].method.word(),
        runtime: rates.map(WindowRuntime::of),
    }
}
