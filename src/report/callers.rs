//! `report callers`: callers and callees of a function with the memory of each call, as pprof's peek.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::calls::{CallEdge, RowCalls, row_calls};
use crate::analysis::{Change, Stacks};
use crate::base::names::readable;
use crate::base::safe_text::display_name;
use crate::base::units::{counted, percent};

use super::changes::{noise, part};
use super::head::NO_CALLER;
use super::head::{self, FunctionsHead};
use super::rows::{ChangeNoise, RowMoves};
use super::text::{Align, Page};
use super::{Report, ReportFormat, ReportScope, Subject, csv, json, markdown};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "callers",
    about: "who calls FUNCTION and what it calls, FUNCTION before the sources",
    scope: ReportScope::Functions,
    stacks: Stacks::NonZero,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, write_markdown),
    ],
};

/// Maximum number of functions in text; a pattern may match all functions.
const SHOWN_FUNCTIONS: usize = 10;

/// The object of `heapglass.callers/1`.
#[derive(Serialize)]
struct CallersReport<'a> {
    schema: &'static str,
    #[serde(flatten)]
    subject: FunctionsHead<'a>,
    #[serde(flatten)]
    first: Option<FunctionCalls<'a>>,
    /// Further functions that match the pattern.
    more: Vec<FunctionCalls<'a>>,
}

/// A function with its callers and callees.
#[derive(Serialize)]
struct FunctionCalls<'a> {
    function: &'a str,
    #[serde(rename = "self")]
    own: i64,
    total: i64,
    base_self: Option<i64>,
    base_total: Option<i64>,
    callers: Vec<CallEntry<'a>>,
    callees: Vec<CallEntry<'a>>,
}

#[derive(Serialize)]
struct CallEntry<'a> {
    name: &'a str,
    value: i64,
    base_value: Option<i64>,
    /// Noise of the change; `None` without a base.
    #[serde(flatten)]
    noise: Option<ChangeNoise>,
}

impl<'a> CallEntry<'a> {
    fn new(name: &'a str, edge: &CallEdge) -> Self {
        let noise = edge.base.map(|_| ChangeNoise::new(edge.change().delta(), edge.uncertainty));
        Self { name, value: edge.value, base_value: edge.base, noise }
    }
}

/// Name of a row as it is in the file.
fn name<'a>(subject: &Subject<'a>, row: usize) -> &'a str {
    subject.tree().frames().rows()[row].name.raw()
}

/// Name of a row in a form for display.
fn shown(subject: &Subject<'_>, row: usize) -> String {
    display_name(&readable(name(subject, row))).to_owned()
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let entries = |edges: &[CallEdge]| {
        let edges = edges[..subject.wanted(edges.len())].iter();
        edges.map(|edge| CallEntry::new(name(subject, edge.row), edge)).collect()
    };
    let calls = row_calls(subject.answer, subject.functions);
    let mut functions = calls.iter().map(|calls| FunctionCalls {
        function: name(subject, calls.row),
        own: calls.held.current.own,
        total: calls.held.current.total,
        base_self: calls.held.base.map(|base| base.own),
        base_total: calls.held.base.map(|base| base.total),
        callers: entries(&calls.callers),
        callees: entries(&calls.callees),
    });
    let (schema, head) = ("heapglass.callers/1", FunctionsHead::new(subject));
    json::write(out, &CallersReport { schema, subject: head, first: functions.next(), more: functions.collect() })
}

fn write_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let calls = row_calls(subject.answer, subject.functions);
    let base = |figure: Option<i64>| figure.map_or_else(String::new, |figure| figure.to_string());
    let rows = calls.iter().flat_map(|calls| {
        let edges = [("caller", &calls.callers), ("callee", &calls.callees)].into_iter();
        edges.flat_map(move |(call, edges)| {
            edges[..subject.wanted(edges.len())].iter().map(move |edge| {
                let names = [name(subject, calls.row), call, name(subject, edge.row)].map(str::to_owned);
                let figures = [edge.value.to_string(), base(edge.base)];
                [&names[..], &figures[..]].concat()
            })
        })
    });
    csv::write(out, &["function", "call", "name", "value", "base_value"], rows)
}

/// Column heads of a table in text or Markdown.
fn columns(subject: &Subject<'_>) -> Vec<(&'static str, Align)> {
    let figures: &[&str] = match subject.base() {
        None => &["value", "share"],
        Some(_) => &["change", "±2σ", "Δ/A", "A", "B"],
    };
    let figures = figures.iter().map(|head| (*head, Align::Right));
    figures.chain([("call", Align::Left), (head::noun(subject), Align::Left)]).collect()
}

/// Memory of the stacks whose outermost frame is the function; `None` if every stack has a caller of it. With recursion
/// the calls of a function may exceed its total.
fn outermost(calls: &RowCalls) -> Option<CallEdge> {
    let sum = |value: &dyn Fn(&CallEdge) -> i64| {
        calls.callers.iter().fold(0_i64, |sum, edge| sum.saturating_add(value(edge)))
    };
    let rest = |total: i64, sum: i64| if total > 0 { total.saturating_sub(sum).max(0) } else { 0 };
    let value = rest(calls.held.current.total, sum(&|edge| edge.value));
    let base = calls.held.base.map(|base| rest(base.total, sum(&|edge| edge.base.unwrap_or(0))));
    (value > 0 || base.is_some_and(|base| base > 0)).then_some(CallEdge {
        row: calls.row,
        value,
        base,
        uncertainty: None,
    })
}

/// Lines of a function: its callers, its own figures, and its callees. Shares of calls are of the function's total, as
/// pprof has them.
fn lines(subject: &Subject<'_>, calls: &RowCalls, moves: &[RowMoves]) -> Vec<Vec<String>> {
    let (unit, held) = (subject.unit(), calls.held);
    let line = |call: &str, row: usize, change: Change, whole: i64, name: String| {
        let mut cells = if subject.base().is_some() {
            let change = moves[row].change(change);
            let figures = [unit.signed_short(change.delta()), noise(subject, change), part(change)];
            [&figures[..], &[unit.short(change.base), unit.short(change.current)]].concat()
        } else {
            vec![unit.short(change.current), percent(change.current, whole)]
        };
        cells.extend([call.to_owned(), name]);
        cells
    };
    let edges = |call: &'static str, edges: &[CallEdge]| {
        let wanted = subject.wanted(edges.len());
        let named = edges[..wanted]
            .iter()
            .map(|edge| line(call, edge.row, edge.change(), held.current.total, shown(subject, edge.row)));
        let mut lines: Vec<Vec<String>> = named.collect();
        if wanted < edges.len() {
            let rest = CallEdge {
                row: 0,
                value: edges[wanted..].iter().fold(0_i64, |sum, edge| sum.saturating_add(edge.value)),
                base: subject.base().map(|_| {
                    edges[wanted..].iter().fold(0_i64, |sum, edge| sum.saturating_add(edge.base.unwrap_or(0)))
                }),
                uncertainty: None,
            };
            lines.push(line(
                call,
                rest.row,
                rest.change(),
                held.current.total,
                format!("… {} more", edges.len() - wanted),
            ));
        }
        lines
    };
    let function = shown(subject, calls.row);
    let mut all = edges("caller", &calls.callers);
    if let Some(outermost) = outermost(calls) {
        all.push(line("caller", outermost.row, outermost.change(), held.current.total, NO_CALLER.to_owned()));
    }
    all.push(line("total", calls.row, held.total(), subject.whole(), function.clone()));
    all.push(line("self", calls.row, held.own(), held.current.total, function));
    all.extend(edges("callee", &calls.callees));
    all
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, subject.style);
    head::write(page, subject)?;
    page.line("shares of calls are of the function's total, that of its total of the whole")?;
    let (shown, rest) = subject.functions.split_at(subject.functions.len().min(SHOWN_FUNCTIONS));
    let moves = RowMoves::of_rows(subject);
    for calls in row_calls(subject.answer, shown) {
        page.line("")?;
        let lines = lines(subject, &calls, &moves);
        page.table(&columns(subject), || lines.iter().cloned())?;
    }
    if !rest.is_empty() {
        page.line("")?;
        page.line(&format!(
            "… {} that match; {} has all",
            counted(rest.len(), "more function"),
            subject.commands.option("format", "json")
        ))?;
    }
    Ok(())
}

fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (shown, rest) = subject.functions.split_at(subject.functions.len().min(SHOWN_FUNCTIONS));
    head::write_markdown(out, subject)?;
    let moves = RowMoves::of_rows(subject);
    for (index, calls) in row_calls(subject.answer, shown).iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        markdown::table(out, &columns(subject), lines(subject, calls, &moves).into_iter())?;
    }
    if !rest.is_empty() {
        writeln!(out, "\n… {} that match", counted(rest.len(), "more function"))?;
    }
    Ok(())
}
