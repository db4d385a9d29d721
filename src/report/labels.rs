//! `report labels`: keys of the samples' labels, and the total of each value of one of them.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::Stacks;
use crate::analysis::labels::{LabelKey, LabelPresence, LabelTotals, LabelValue, labels};
use crate::base::safe_text::{display_name, safe_str};
use crate::base::units::{Unit, percent};

use super::changes::noise;
use super::head::{self, ReportHead};
use super::rows::ChangeNoise;
use super::text::{Align, Page, left_out};
use super::{Report, ReportFormat, ReportScope, Subject};
use super::{csv, json, markdown};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "labels",
    about: "total of each value of a label, such as the sizes of objects",
    scope: ReportScope::Window,
    stacks: Stacks::All,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, write_markdown),
    ],
};

/// Message for a profile without labels.
const NONE: &str = "no sample has a label: heap profiles of Go and tcmalloc have `bytes`, the size of an object; other \
                    profilers add what they are told to, such as a thread or a request";

/// Message where no sample of the figures has a label.
fn none(subject: &Subject<'_>) -> String {
    let name = |at: usize| display_name(subject.series().sample_types()[at].name.shown());
    match LabelPresence::of(subject.answer, None) {
        LabelPresence::Nowhere => NONE.to_owned(),
        LabelPresence::Somewhere(types) => {
            let others = types.into_iter().filter(|at| *at != subject.query().sample_type);
            let others: Vec<String> = others.map(|at| format!("`{}`", name(at))).collect();
            let others = if others.is_empty() {
                String::new()
            } else {
                format!("; samples with values of {} have some", others.join(", "))
            };
            format!("no sample with a value of `{}` has a label here{others}", name(subject.query().sample_type))
        }
    }
}

/// The object of `heapglass.labels/1`.
#[derive(Serialize)]
struct Labels<'a> {
    #[serde(flatten)]
    head: ReportHead<'a>,
    key: &'a str,
    /// Unit of the numbers; `None` for texts and for an unknown key.
    key_unit: Option<&'a str>,
    /// Another unit of some numbers, which are taken in `key_unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_unit: Option<&'a str>,
    values: Vec<LabelValueRow>,
}

/// Value of the key.
#[derive(Serialize)]
struct LabelValueRow {
    value: String,
    #[serde(rename = "self")]
    own: i64,
    base_self: Option<i64>,
    /// Noise of the change; `None` without a base.
    #[serde(flatten)]
    noise: Option<ChangeNoise>,
}

impl LabelValueRow {
    fn of((value, totals): &(LabelValue, LabelTotals)) -> Self {
        let noise = totals.base.map(|_| ChangeNoise::new(totals.change().delta(), totals.uncertainty));
        Self { value: value.raw(), own: totals.current, base_self: totals.base, noise }
    }
}

/// Returns the requested key, else the key with the largest total.
fn chosen<'a>(subject: &Subject<'_>, keys: &'a [LabelKey]) -> Option<&'a LabelKey> {
    match subject.key {
        None => keys.first(),
        Some(name) => keys.iter().find(|key| key.name.raw() == name),
    }
}

fn rows(subject: &Subject<'_>, keys: &[LabelKey]) -> Vec<LabelValueRow> {
    let values = chosen(subject, keys).map_or(&[][..], |key| &key.values);
    values[..subject.wanted(values.len())].iter().map(LabelValueRow::of).collect()
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let keys = labels(subject.answer).map_err(io::Error::other)?;
    let key = chosen(subject, &keys);
    let head = ReportHead::new("heapglass.labels/1", subject);
    let name = key.map(|key| key.name.raw()).or(subject.key).unwrap_or_default();
    let key_unit = key.and_then(|key| Some(key.unit.as_ref()?.raw()));
    let other_unit = key.and_then(|key| Some(key.other_unit.as_ref()?.raw()));
    json::write(out, &Labels { head, key: name, key_unit, other_unit, values: rows(subject, &keys) })
}

fn write_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let keys = labels(subject.answer).map_err(io::Error::other)?;
    let name = chosen(subject, &keys).map(|key| key.name.raw().to_owned()).unwrap_or_default();
    let base = |figure: Option<i64>| figure.map_or_else(String::new, |figure| figure.to_string());
    let cells = rows(subject, &keys).into_iter();
    let cells = cells.map(|row| vec![name.clone(), row.value, row.own.to_string(), base(row.base_self)]);
    csv::write(out, &["key", "value", "self", "base_self"], cells)
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let keys = labels(subject.answer).map_err(io::Error::other)?;
    let page = &mut Page::new(out, subject.style);
    head::write(page, subject)?;
    page.line("")?;
    let Some(key) = chosen(subject, &keys) else { return page.line(&none(subject)) };
    if subject.key.is_none() {
        let columns = columns(subject, "key");
        page.table(&columns, || {
            keys.iter().map(|key| cells(subject, &key.totals, display_name(key.name.shown()).to_owned()))
        })?;
        page.line("")?;
    }
    page.heading(&format!("values of {}", display_name(key.name.shown())))?;
    let shown = &key.values[..subject.wanted(key.values.len())];
    let columns = columns(subject, "value");
    page.table(&columns, || shown.iter().map(|(value, totals)| cells(subject, totals, said(key, value))))?;
    if let Some(note) = left_out(subject, key.values.len(), "value") {
        page.line("")?;
        page.line(&note)?;
    }
    if let Some(note) = several_units(key) {
        page.line("")?;
        page.line(&note)?;
    }
    if key.is_of_bytes() {
        page.line("")?;
        page.heading("by size, up to each power of two")?;
        let classes = key.classes();
        let size = |least, most| match (Unit::Bytes.long(least), Unit::Bytes.long(most)) {
            (least, most) if least == most => most,
            (least, most) => format!("{least} to {most}"),
        };
        let lines = || classes.iter().map(|class| cells(subject, &class.totals, size(class.least, class.most)));
        page.table(&self::columns(subject, "size of an object"), lines)?;
    }
    Ok(())
}

fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    head::write_markdown(out, subject)?;
    let keys = labels(subject.answer).map_err(io::Error::other)?;
    let Some(key) = chosen(subject, &keys) else { return markdown::paragraph(out, &markdown::escaped(&none(subject))) };
    markdown::paragraph(out, &format!("values of **{}**\n", markdown::escaped(display_name(key.name.shown()))))?;
    let shown = &key.values[..subject.wanted(key.values.len())];
    let lines = shown.iter().map(|(value, totals)| cells(subject, totals, said(key, value)));
    markdown::table(out, &columns(subject, "value"), lines)?;
    markdown::notes(out, left_out(subject, key.values.len(), "value").into_iter().chain(several_units(key)))
}

/// Note about numbers of a key in several units; `None` if there is one unit.
fn several_units(key: &LabelKey) -> Option<String> {
    let (unit, other) = (key.unit.as_ref()?, key.other_unit.as_ref()?);
    Some(format!("some numbers are in {}; all are taken as {}, as in pprof", other.shown(), unit.shown()))
}

/// Columns of a table whose rows are named by the column `what`.
fn columns<'a>(subject: &Subject<'_>, what: &'a str) -> Vec<(&'a str, Align)> {
    let figures: &[&str] = match subject.base() {
        None => &["self", "self%"],
        Some(_) => &["change", "±2σ", "A", "B"],
    };
    let figures = figures.iter().map(|head| (*head, Align::Right));
    figures.chain([(what, Align::Left)]).collect()
}

fn cells(subject: &Subject<'_>, totals: &LabelTotals, what: String) -> Vec<String> {
    let unit = subject.unit();
    match totals.base {
        None => vec![unit.short(totals.current), percent(totals.current, subject.whole()), what],
        Some(base) => {
            vec![
                unit.signed_short(totals.change().delta()),
                noise(subject, totals.change()),
                unit.short(base),
                unit.short(totals.current),
                what,
            ]
        }
    }
}

/// Value of a label in a form for display.
fn said(key: &LabelKey, value: &LabelValue) -> String {
    match (value, &key.unit) {
        (LabelValue::Text(text), _) => display_name(&safe_str(text.raw())).to_owned(),
        (LabelValue::Number(number), Some(unit)) => Unit::of(unit.raw()).exact(*number),
        (LabelValue::Number(number), None) => number.to_string(),
    }
}
