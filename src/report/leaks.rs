//! `report leaks`: the functions whose own memory grew over a series, the steepest first, and how far that is beyond
//! chance. The words stay with what was seen: that something grew, never that it leaks.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::trend::{FunctionTrend, LEAST_SNAPSHOTS, LEVEL};
use crate::analysis::{Stacks, Trends};
use crate::base::safe_text::named;
use crate::base::units::Unit;

use super::head;
use super::rows::{path, raw_path};
use super::text::{Align, Page, some, span};
use super::{Report, ReportFormat, ReportScope, Subject, csv, json, markdown};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "leaks",
    about: "the functions that grew over a series, the steepest first, and how sure that is",
    wants: ReportScope::Series,
    stacks: Stacks::All,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, write_markdown),
    ],
};

/// The object of `heapglass.leaks/1`.
#[derive(Serialize)]
struct Leaks<'a> {
    schema: &'static str,
    sample_type: &'a str,
    snapshots: usize,
    span_ns: i64,
    rows: Vec<Suspect<'a>>,
}

/// One function.
#[derive(Serialize)]
struct Suspect<'a> {
    name: &'a str,
    first: i64,
    last: i64,
    /// None where the snapshots do not say their times.
    slope_per_hour: Option<f64>,
    tau: f64,
    p_value: f64,
    share_of_growth: f64,
    significant: bool,
    /// The call path that grew most, outermost first.
    path: Vec<&'a str>,
}

/// The trends, which whoever asks for this report gives.
fn trends<'a>(subject: &Subject<'a>) -> io::Result<&'a Trends> {
    subject.trends.ok_or_else(|| io::Error::other("a report of leaks needs the trends"))
}

fn suspect<'a>(subject: &Subject<'a>, row: &FunctionTrend) -> Suspect<'a> {
    Suspect {
        name: subject.tree().frames().name(row.frame),
        first: row.first,
        last: row.last,
        slope_per_hour: row.slope,
        tau: row.tau,
        p_value: row.p_value,
        share_of_growth: row.share,
        significant: row.is_significant,
        path: raw_path(subject, row.node),
    }
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let trends = trends(subject)?;
    let rows = &trends.rows[..subject.wanted(trends.rows.len())];
    let leaks = Leaks {
        schema: "heapglass.leaks/1",
        sample_type: subject.sample_type().name.raw(),
        snapshots: trends.window.count(),
        span_ns: trends.span,
        rows: rows.iter().map(|row| suspect(subject, row)).collect(),
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
    ];
    let rows = trends.rows[..subject.wanted(trends.rows.len())].iter().map(|row| {
        let suspect = suspect(subject, row);
        vec![
            suspect.name.to_owned(),
            suspect.first.to_string(),
            suspect.last.to_string(),
            suspect.slope_per_hour.map_or_else(String::new, |slope| format!("{slope:.0}")),
            format!("{:.4}", suspect.tau),
            format!("{:.3e}", suspect.p_value),
            format!("{:.4}", suspect.share_of_growth),
            suspect.significant.to_string(),
            row.shape.word().to_owned(),
            suspect.path.join(";"),
        ]
    });
    csv::write(out, &heads, rows)
}

/// The heads of the table, for people.
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

fn cells(subject: &Subject<'_>, row: &FunctionTrend) -> Vec<String> {
    let unit = subject.unit();
    vec![
        unit.short(row.first),
        unit.short(row.last),
        row.slope.map_or_else(|| "-".to_owned(), |slope| unit.signed_short(slope as i64)),
        format!("{:+.2}", row.tau),
        chance(row.p_value),
        format!("{:.1}%", row.share * 100.0),
        row.shape.word().to_owned(),
        row.shape.evidence(&unit),
        named(subject.tree().frames().shown(row.frame)).to_owned(),
    ]
}

/// A p-value as people read it.
fn chance(p_value: f64) -> String {
    if p_value < 0.001 { format!("{p_value:.0e}") } else { format!("{p_value:.3}") }
}

/// What was found, in two lines.
fn headline(subject: &Subject<'_>, trends: &Trends) -> [String; 2] {
    let snapshots = &subject.series().snapshots()[trends.window.first..=trends.window.last];
    let times = span(snapshots.iter().map(|snapshot| snapshot.header.time_nanos));
    let count = trends.rows.iter().filter(|row| row.is_significant).count();
    let over = Unit::Nanoseconds.long(trends.span);
    let times = times.map_or_else(String::new, |times| format!(" over {over}, {times}"));
    let processes = match trends.segments.len() {
        0 | 1 => String::new(),
        count => format!(", {count} processes, each by itself"),
    };
    let about = format!("{}{times}{processes}", some(trends.window.count(), "snapshot"));
    let found = match count {
        0 if trends.window.count() < LEAST_SNAPSHOTS => {
            format!("nothing can be significant yet: that takes {LEAST_SNAPSHOTS} snapshots")
        }
        0 => "no function grew significantly".to_owned(),
        1 => "1 function grew significantly, which is a suspicion and no proof: a cache that fills looks alike"
            .to_owned(),
        count => format!(
            "{count} functions grew significantly, which is a suspicion and no proof: a cache that fills looks alike"
        ),
    };
    [format!("{}: {about}", named(subject.sample_type().name.shown())), found]
}

/// What the words of the table mean.
fn legend() -> String {
    format!(
        "* significant: p below {LEVEL} after Holm's correction, rising, by more than two standard deviations, in at \
         least {LEAST_SNAPSHOTS} snapshots"
    )
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let trends = trends(subject)?;
    let page = &mut Page::new(out, subject.style);
    let [about, found] = headline(subject, trends);
    page.line(&about)?;
    head::filtered(page, subject)?;
    page.heading(&found)?;
    page.line("")?;
    let (shown, rest) = trends.rows.split_at(subject.wanted(trends.rows.len()));
    let mark = |row: &FunctionTrend| if row.is_significant { "*" } else { "" }.to_owned();
    let columns = [&[("", Align::Left)][..], &COLUMNS].concat();
    page.table(&columns, || shown.iter().map(|row| [vec![mark(row)], cells(subject, row)].concat()))?;
    page.line("")?;
    for row in shown.iter().filter(|row| row.is_significant) {
        page.line(&format!("* {}", path(subject, row.node, usize::MAX)))?;
    }
    if !rest.is_empty() {
        page.line(&format!("… {}; --limit 0 shows all", some(rest.len(), "more function")))?;
    }
    page.line(&legend())
}

fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let trends = trends(subject)?;
    let [about, found] = headline(subject, trends);
    writeln!(out, "{}\n\n**{}**\n", markdown::escaped(&about), markdown::escaped(&found))?;
    let rows = trends.rows[..subject.wanted(trends.rows.len())].iter();
    let marked = rows.map(|row| {
        let mut cells = cells(subject, row);
        cells.push(if row.is_significant { "yes" } else { "" }.to_owned());
        cells
    });
    markdown::table(out, &[&COLUMNS[..], &[("significant", Align::Left)]].concat(), marked)
}
