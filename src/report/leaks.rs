//! `report leaks`: functions whose own memory grew over a series, suspects first, with their causes in the program's
//! own code. The texts state only the observation: memory grew, never that it leaks.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::trend::LEVEL;
use crate::analysis::{FunctionTrend, GrowthFinding, Stacks, Trends};
use crate::base::ids::FrameId;
use crate::base::safe_text::display_name;
use crate::base::units::{Unit, counted, percent};

use super::head;
use super::rows::{path, raw_path};
use super::text::{Align, Page, left_out, span};
use super::{Report, ReportFormat, ReportScope, Subject, csv, json, markdown};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "leaks",
    about: "the functions that grew over a series, suspects first, and their causes",
    scope: ReportScope::Series,
    stacks: Stacks::All,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, write_markdown),
    ],
};

/// Maximum number of findings in text; the rest is counted.
const SHOWN_FINDINGS: usize = 5;

/// Object of `heapglass.leaks/1`.
#[derive(Serialize)]
struct Leaks<'a> {
    schema: &'static str,
    sample_type: &'a str,
    snapshots: usize,
    processes: usize,
    instances: usize,
    span_ns: i64,
    /// Number of further rising snapshots after which growth could be told from chance; `None` if no more are needed.
    more_snapshots: Option<usize>,
    warnings: &'a [String],
    findings: Vec<Finding<'a>>,
    rows: Vec<Row<'a>>,
}

/// Growth with one cause.
#[derive(Serialize)]
struct Finding<'a> {
    cause: &'a str,
    path: Vec<&'a str>,
    delta: i64,
    share: f64,
    functions: Vec<&'a str>,
}

/// Trend of a function in an instance.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    /// `None` if there is one instance.
    instance: Option<&'a str>,
    first: i64,
    last: i64,
    /// Growth, added over the processes.
    delta: i64,
    /// Growth per hour; `None` if the snapshots do not have times.
    slope_per_hour: Option<f64>,
    tau: f64,
    p_value: f64,
    share_of_growth: f64,
    status: &'static str,
    significant: bool,
    /// Call path that grew most, outermost first.
    path: Vec<&'a str>,
}

/// Trends of the report, which the caller computes.
fn trends<'a>(subject: &Subject<'a>) -> io::Result<&'a Trends> {
    subject.trends.ok_or_else(|| io::Error::other("a report of leaks needs the trends"))
}

/// Name of the instance of a row; `None` if there is only one.
fn instance<'a>(subject: &Subject<'a>, trends: &Trends, row: &FunctionTrend) -> Option<&'a str> {
    let instances = subject.series().instances();
    let index = trends.lanes[row.lane].instance;
    (trends.instances() > 1 || trends.lanes.len() > 1).then(|| instances.get(index).map(|found| found.name.raw()))?
}

fn json_row<'a>(subject: &Subject<'a>, trends: &Trends, row: &FunctionTrend) -> Row<'a> {
    Row {
        name: subject.tree().frames().name(row.frame),
        instance: instance(subject, trends, row),
        first: row.first,
        last: row.last,
        delta: row.delta,
        slope_per_hour: row.slope,
        tau: row.tau,
        p_value: row.p_value,
        share_of_growth: row.share,
        status: row.status.word(),
        significant: row.is_suspect(),
        path: raw_path(subject, row.node),
    }
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let trends = trends(subject)?;
    let name = |frame: &FrameId| subject.tree().frames().name(*frame);
    let finding = |finding: &GrowthFinding| Finding {
        cause: name(&finding.cause),
        path: finding.path.iter().map(name).collect(),
        delta: finding.delta,
        share: finding.share,
        functions: finding.functions.iter().map(name).collect(),
    };
    let rows = &trends.rows[..subject.wanted(trends.rows.len())];
    let leaks = Leaks {
        schema: "heapglass.leaks/1",
        sample_type: subject.sample_type().name.raw(),
        snapshots: trends.snapshots(),
        processes: trends.processes(),
        instances: trends.instances(),
        span_ns: trends.span,
        more_snapshots: trends.more_snapshots,
        warnings: subject.warnings,
        findings: trends.findings.iter().map(finding).collect(),
        rows: rows.iter().map(|row| json_row(subject, trends, row)).collect(),
    };
    json::write(out, &leaks)
}

fn write_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let trends = trends(subject)?;
    let heads = [
        "name",
        "first",
        "last",
        "slope_per_hour",
        "tau",
        "p_value",
        "share_of_growth",
        "significant",
        "shape",
        "path",
        "delta",
        "status",
        "instance",
    ];
    let rows = trends.rows[..subject.wanted(trends.rows.len())].iter().map(|row| {
        let cells = json_row(subject, trends, row);
        vec![
            cells.name.to_owned(),
            cells.first.to_string(),
            cells.last.to_string(),
            cells.slope_per_hour.map_or_else(String::new, |slope| format!("{slope:.0}")),
            format!("{:.4}", cells.tau),
            format!("{:.3e}", cells.p_value),
            format!("{:.4}", cells.share_of_growth),
            cells.significant.to_string(),
            row.shape.word().to_owned(),
            cells.path.join(";"),
            cells.delta.to_string(),
            cells.status.to_owned(),
            cells.instance.unwrap_or_default().to_owned(),
        ]
    });
    csv::write(out, &heads, rows)
}

/// Columns of the table in text and Markdown.
const COLUMNS: [(&str, Align); 9] = [
    ("first", Align::Right),
    ("last", Align::Right),
    ("per hour", Align::Right),
    ("tau", Align::Right),
    ("p", Align::Right),
    ("share", Align::Right),
    ("shape", Align::Left),
    ("evidence", Align::Left),
    ("function", Align::Left),
];

fn cells(subject: &Subject<'_>, trends: &Trends, row: &FunctionTrend) -> Vec<String> {
    let unit = subject.unit();
    let name = display_name(subject.tree().frames().shown(row.frame));
    let index = trends.lanes[row.lane].instance;
    let place = instance(subject, trends, row).and(subject.series().instances().get(index));
    vec![
        unit.short(row.first),
        unit.short(row.last),
        row.slope.map_or_else(|| "-".to_owned(), |slope| unit.signed_short(slope as i64)),
        format!("{:+.2}", row.tau),
        p_value(row.p_value),
        format!("{:.1}%", row.share * 100.0),
        row.shape.word().to_owned(),
        row.shape.evidence(&unit),
        place.map_or_else(|| name.to_owned(), |place| format!("{name}  in {}", display_name(place.name.shown()))),
    ]
}

/// P-value in a form for display.
fn p_value(p_value: f64) -> String {
    if p_value < 0.001 { format!("{p_value:.0e}") } else { format!("{p_value:.3}") }
}

/// Two lines: one about the series, one about the findings.
pub(super) fn headline(subject: &Subject<'_>, trends: &Trends) -> [String; 2] {
    let snapshots = subject.series().snapshots();
    let members = trends.lanes.iter().flat_map(|lane| &lane.snapshots);
    let times = span(members.map(|at| snapshots[*at].header.time_nanos));
    let over = Some(trends.span).filter(|span| *span > 0).map(|span| Unit::Nanoseconds.long(span));
    let times = match (over, times) {
        (Some(over), Some(times)) => format!(" over {over}, {times}"),
        (None, Some(times)) => format!(", {times}"),
        (_, None) => String::new(),
    };
    let instances = match trends.instances() {
        0 | 1 => String::new(),
        count => format!(", {count} instances, each by itself"),
    };
    let restarts = match trends.restarts().count() {
        0 => String::new(),
        count => format!(", {}", counted(count, "restart")),
    };
    let about = format!("{}{times}{instances}{restarts}", counted(trends.snapshots(), "snapshot"));
    [format!("{}: {about}", display_name(subject.sample_type().name.shown())), trends.verdict()]
}

/// Findings as lines: cause, growth, share, and the functions that grow under it.
fn finding_lines(subject: &Subject<'_>, trends: &Trends) -> Vec<String> {
    let (unit, frames) = (subject.unit(), subject.tree().frames());
    let shown = trends.findings.iter().take(SHOWN_FINDINGS).map(|finding| {
        let cause = display_name(frames.shown(finding.cause));
        let others: Vec<&str> = finding
            .functions
            .iter()
            .filter(|frame| **frame != finding.cause)
            .take(3)
            .map(|frame| display_name(frames.shown(*frame)))
            .collect();
        let share = percent((finding.share * 1000.0).round() as i64, 1000);
        let growth = format!("{cause} {}, {share} of what grew", finding.growth(&unit));
        if others.is_empty() { growth } else { format!("{growth}, in {}", others.join(", ")) }
    });
    let mut lines: Vec<String> = shown.collect();
    if let Some(more) = trends.findings.len().checked_sub(SHOWN_FINDINGS).filter(|more| *more > 0) {
        lines.push(format!("… {}", counted(more, "more cause")));
    }
    lines
}

/// Meaning of the statuses.
fn legend() -> String {
    format!(
        "suspect: rises beyond chance and sampling noise (corrected p below {LEVEL}) and still grows; growing: rises, too few \
         snapshots to tell; settled: rose and stopped; noise: within two standard deviations of sampling"
    )
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let trends = trends(subject)?;
    let page = &mut Page::new(out, subject.style);
    let [about, found] = headline(subject, trends);
    page.line(&about)?;
    head::filtered(page, subject)?;
    page.heading(&found)?;
    for line in finding_lines(subject, trends) {
        page.line(&format!("  {line}"))?;
    }
    page.line("")?;
    let shown = &trends.rows[..subject.wanted(trends.rows.len())];
    let columns = [&[("status", Align::Left)][..], &COLUMNS].concat();
    page.table(&columns, || {
        shown.iter().map(|row| [vec![row.status.word().to_owned()], cells(subject, trends, row)].concat())
    })?;
    page.line("")?;
    for row in shown.iter().filter(|row| row.is_suspect()) {
        page.line(&format!("path: {}", path(subject, row.node, usize::MAX)))?;
    }
    if let Some(note) = left_out(subject, trends.rows.len(), "function") {
        page.line(&note)?;
    }
    page.line(&legend())
}

fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let trends = trends(subject)?;
    let [about, found] = headline(subject, trends);
    markdown::paragraph(out, &format!("{}\n\n**{}**\n", markdown::escaped(&about), markdown::escaped(&found)))?;
    for line in finding_lines(subject, trends) {
        markdown::paragraph(out, &format!("- {}", markdown::escaped(&line)))?;
    }
    if !trends.findings.is_empty() {
        writeln!(out)?;
    }
    let rows = trends.rows[..subject.wanted(trends.rows.len())].iter();
    let marked = rows.map(|row| {
        let mut cells = cells(subject, trends, row);
        cells.push(row.status.word().to_owned());
        cells
    });
    markdown::table(out, &[&COLUMNS[..], &[("status", Align::Left)]].concat(), marked)?;
    markdown::notes(out, left_out(subject, trends.rows.len(), "function"))
}
