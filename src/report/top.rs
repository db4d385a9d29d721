//! `report top`: every function with its self and total, the largest self first.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::Stacks;
use crate::base::names::readable;
use crate::base::safe_text::display_name;
use crate::base::units::{counted, percent};

use super::advice::{self, AdviceEntry};
use super::changes;
use super::head::{self, ReportHead};
use super::json;
use super::markdown;
use super::rows::{FunctionRow, rows, write_csv};
use super::text::{Align, Page};
use super::{Report, ReportFormat, ReportScope, Subject};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "top",
    about: "every function with its self and total, the largest self first",
    scope: ReportScope::Window,
    stacks: Stacks::RowsOnly,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, write_markdown),
    ],
};

/// The object of `heapglass.top/1`.
#[derive(Serialize)]
struct Top<'a> {
    #[serde(flatten)]
    head: ReportHead<'a>,
    rows: Vec<FunctionRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<Vec<AdviceEntry<'a>>>,
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = rows(subject);
    rows.truncate(subject.wanted(rows.len()));
    json::write(out, &Top { head: ReportHead::new("heapglass.top/1", subject), rows, advice: advice::list(subject) })
}

/// Writes a table for a pull request: the largest changes if there is a base, else the largest self.
fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    if subject.base().is_some() {
        changes::write_markdown(subject, out)?;
        return advice::write_markdown(subject, out);
    }
    let (unit, whole) = (subject.unit(), subject.whole());
    head::write_markdown(out, subject)?;
    let columns = [
        ("self", Align::Right),
        ("self%", Align::Right),
        ("total", Align::Right),
        ("total%", Align::Right),
        (head::noun(subject), Align::Left),
    ];
    let rows = rows(subject);
    let (shown, rest) = rows.split_at(subject.wanted(rows.len()));
    let cells = shown.iter().map(|row| {
        vec![
            unit.short(row.own),
            percent(row.own, whole),
            unit.short(row.total),
            percent(row.total, whole),
            display_name(&readable(row.name)).to_owned(),
        ]
    });
    markdown::table(out, &columns, cells)?;
    markdown::notes(out, left_out(subject, rest))?;
    advice::write_markdown(subject, out)
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    if subject.base().is_some() {
        changes::write(subject, out)?;
        return advice::write(&mut Page::new(out, subject.style), subject);
    }
    let page = &mut Page::new(out, subject.style);
    head::write(page, subject)?;
    page.line("")?;
    let (unit, whole) = (subject.unit(), subject.whole());
    let columns = [
        ("self", Align::Right),
        ("self%", Align::Right),
        ("sum%", Align::Right),
        ("total", Align::Right),
        ("total%", Align::Right),
        (head::noun(subject), Align::Left),
    ];
    let rows = rows(subject);
    let (shown, rest) = rows.split_at(subject.wanted(rows.len()));
    let lines = || {
        shown.iter().scan(0_i64, |sum, row| {
            *sum = sum.saturating_add(row.own);
            Some(vec![
                unit.short(row.own),
                percent(row.own, whole),
                percent(sum.saturating_abs(), whole),
                unit.short(row.total),
                percent(row.total, whole),
                display_name(&readable(row.name)).to_owned(),
            ])
        })
    };
    page.table(&columns, lines)?;
    if let Some(note) = left_out(subject, rest) {
        page.line("")?;
        page.line(&note)?;
    }
    advice::write(page, subject)
}

/// Note on the rows that the limit leaves out, with their sum; `None` without any.
fn left_out(subject: &Subject<'_>, rest: &[FunctionRow<'_>]) -> Option<String> {
    let left = rest.iter().fold(0_i64, |sum, row| sum.saturating_add(row.own));
    let (more, share) = (counted(rest.len(), "more row"), percent(left, subject.whole()));
    let left = subject.unit().long(left);
    (!rest.is_empty()).then(|| format!("… {more}, {left} self ({share}); {}", subject.commands.all_rows()))
}
