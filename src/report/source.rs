//! `report source`: the lines of a function with their self and total, beside the text of the source file, as pprof's
//! list.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::Stacks;
use crate::analysis::lines::{CurrentAndBase, FileLines, SourceLine};
use crate::base::names::readable;
use crate::base::safe_text::{display_name, safe_str};
use crate::base::source_text::{Freshness, SourceText};
use crate::base::units::counted;

use super::changes::noise;
use super::head::{self, FunctionsHead};
use super::text::{Align, Page};
use super::{Listing, Report, ReportFormat, ReportScope, Style, Subject, csv, json, markdown};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "source",
    about: "the lines of FUNCTION with their memory, FUNCTION before the sources",
    scope: ReportScope::Functions,
    stacks: Stacks::NonZero,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, write_markdown),
    ],
};

/// Number of lines without memory that are printed before and after a line with memory.
const CONTEXT: i64 = 2;

/// The object of `heapglass.source/1`.
#[derive(Serialize)]
struct SourceReport<'a> {
    schema: &'static str,
    #[serde(flatten)]
    subject: FunctionsHead<'a>,
    #[serde(flatten)]
    first: Option<FileEntry<'a>>,
    /// Further files of the function, and further functions that match the pattern.
    more: Vec<FileEntry<'a>>,
    /// Functions that match the pattern and are not listed.
    functions_left_out: usize,
}

/// Lines of a function in one file.
#[derive(Serialize)]
struct FileEntry<'a> {
    function: &'a str,
    #[serde(rename = "self")]
    own: i64,
    total: i64,
    base_self: Option<i64>,
    base_total: Option<i64>,
    /// Path of the file; `None` if the profile names no file.
    file: Option<&'a str>,
    /// True if the file was changed after the profile was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_since: Option<bool>,
    lines: Vec<LineEntry>,
}

#[derive(Serialize)]
struct LineEntry {
    /// Number from 1; `None` for memory that has no line number.
    line: Option<i64>,
    #[serde(rename = "self")]
    own: i64,
    total: i64,
    base_self: Option<i64>,
    base_total: Option<i64>,
    /// Standard deviations of the changes of self and total; absent if unknown, and without a base.
    #[serde(skip_serializing_if = "Option::is_none")]
    self_sigma: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_sigma: Option<f64>,
    /// Text of the line; `None` if the source file was not found.
    text: Option<String>,
}

/// One file of a listing.
struct ListedFile<'a> {
    listing: &'a Listing,
    file: &'a FileLines,
    text: Option<&'a SourceText>,
}

/// Listings of all functions, file by file.
fn files<'a>(subject: &Subject<'a>) -> impl Iterator<Item = ListedFile<'a>> {
    subject.listings.iter().flat_map(|listing| {
        let texts = listing.texts.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        listing.lines.files.iter().zip(texts).map(move |(file, text)| ListedFile { listing, file, text })
    })
}

impl ListedFile<'_> {
    /// Text of a line by its number, safe to print; `None` if the file has no such line or was not found.
    fn text_of(&self, number: i64) -> Option<String> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.text.filter(|text| index < text.len()).map(|text| text.line(index).into_owned())
    }

    /// Note if the file was not found, or may differ from the version that was profiled.
    fn note(&self) -> Option<&'static str> {
        match self.text {
            None => Some("source file not found"),
            Some(text) if text.file.freshness == Freshness::Changed => Some("changed since the profile was taken"),
            Some(_) => None,
        }
    }

    /// Path of the file, safe to print.
    fn path(&self) -> &str {
        match self.file.file.shown() {
            "" => "unknown file",
            path => path,
        }
    }
}

fn entry<'a>(subject: &Subject<'a>, listed: &ListedFile<'a>) -> FileEntry<'a> {
    let line = |line: &SourceLine| LineEntry {
        line: Some(line.number).filter(|number| *number > 0),
        own: line.held.current.own,
        total: line.held.current.total,
        base_self: line.held.base.map(|base| base.own),
        base_total: line.held.base.map(|base| base.total),
        self_sigma: line.held.uncertainty.map(|[own, _]| own.sigma),
        total_sigma: line.held.uncertainty.map(|[_, total]| total.sigma),
        text: listed.text_of(line.number),
    };
    let whole = listed.listing.lines.function;
    FileEntry {
        function: subject.tree().frames().rows()[listed.listing.row].name.raw(),
        own: whole.current.own,
        total: whole.current.total,
        base_self: whole.base.map(|base| base.own),
        base_total: whole.base.map(|base| base.total),
        file: Some(listed.file.file.raw()).filter(|file| !file.is_empty()),
        changed_since: listed.text.map(|text| text.file.freshness == Freshness::Changed),
        lines: listed.file.lines.iter().map(line).collect(),
    }
}

/// Lines of a function in a file whose text was found.
pub(super) struct ListedText {
    /// Name and figures of the function.
    pub(super) title: String,
    /// Path of the file, with a note if it is another version.
    pub(super) file: String,
    /// Table of the lines.
    pub(super) text: String,
}

/// Listings of an answer as text, without those whose file was not found.
pub(super) fn listed_texts(subject: &Subject<'_>) -> io::Result<Vec<ListedText>> {
    let found = files(subject).filter(|listed| listed.text.is_some()).map(|listed| {
        let (name, figures_of) = title(subject, &listed);
        let note = listed.note().map_or_else(String::new, |note| format!(" ({note})"));
        let mut bytes = Vec::new();
        let lines = lines(subject, &listed);
        Page::new(&mut bytes, Style::default()).table(&columns(subject), || lines.iter().cloned())?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(ListedText { title: format!("{name}: {figures_of}"), file: format!("{}{note}", listed.path()), text })
    });
    found.collect()
}

fn left_out(subject: &Subject<'_>) -> usize {
    subject.functions.len().saturating_sub(subject.listings.len())
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut entries = files(subject).map(|listed| entry(subject, &listed));
    let (schema, head) = ("heapglass.source/1", FunctionsHead::new(subject));
    let (first, more) = (entries.next(), entries.collect());
    json::write(out, &SourceReport { schema, subject: head, first, more, functions_left_out: left_out(subject) })
}

fn write_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let base = |figure: Option<i64>| figure.map_or_else(String::new, |figure| figure.to_string());
    let rows = files(subject).flat_map(|listed| {
        let FileEntry { function, file, lines, .. } = entry(subject, &listed);
        lines.into_iter().map(move |line| {
            vec![
                function.to_owned(),
                file.unwrap_or_default().to_owned(),
                base(line.line),
                line.own.to_string(),
                line.total.to_string(),
                base(line.base_self),
                base(line.base_total),
                line.text.unwrap_or_default(),
            ]
        })
    });
    csv::write(out, &["function", "file", "line", "self", "total", "base_self", "base_total", "text"], rows)
}

/// Column heads of a table in text or Markdown.
fn columns(subject: &Subject<'_>) -> Vec<(&'static str, Align)> {
    let figures: &[&str] = match subject.base() {
        None => &["self", "total"],
        Some(_) => &["Δself", "±2σ", "Δtotal", "±2σ", "total A", "total B"],
    };
    let figures = figures.iter().map(|head| (*head, Align::Right));
    figures.chain([("line", Align::Right), ("source", Align::Left)]).collect()
}

/// Lines of a file with memory, and if the text is known, the lines around them.
fn lines(subject: &Subject<'_>, listed: &ListedFile<'_>) -> Vec<Vec<String>> {
    let (mut all, mut printed) = (Vec::new(), i64::MIN);
    let empty = vec![String::new(); columns(subject).len() - 2];
    let measured: Vec<&SourceLine> = listed.file.lines[..subject.wanted(listed.file.lines.len())].iter().collect();
    for (index, line) in measured.iter().enumerate() {
        let known = |number: i64| listed.text_of(number).filter(|_| number > 0);
        let first = (line.number - CONTEXT).max(printed.saturating_add(1));
        if printed > i64::MIN && first > printed + 1 {
            all.push([&empty[..], &[String::new(), "…".to_owned()]].concat());
        }
        let next = measured.get(index + 1).map_or(i64::MAX, |next| next.number);
        for number in first..=line.number.saturating_add(CONTEXT).min(next.saturating_sub(1)) {
            if number == line.number {
                let number = if number > 0 { number.to_string() } else { "?".to_owned() };
                let text = known(line.number).unwrap_or_default();
                all.push([figures(subject, line.held), vec![number, text]].concat());
            } else if let Some(text) = known(number) {
                all.push([&empty[..], &[number.to_string(), text]].concat());
            }
            printed = number;
        }
    }
    let more = listed.file.lines.len() - measured.len();
    if more > 0 {
        all.push([&empty[..], &[String::new(), format!("… {}", counted(more, "more line"))]].concat());
    }
    all
}

/// Cells of the figures of a line.
fn figures(subject: &Subject<'_>, held: CurrentAndBase) -> Vec<String> {
    let unit = subject.unit();
    match held.base {
        None => vec![unit.short(held.current.own), unit.short(held.current.total)],
        Some(base) => vec![
            unit.signed_short(held.own().delta()),
            noise(subject, held.own()),
            unit.signed_short(held.total().delta()),
            noise(subject, held.total()),
            unit.short(base.total),
            unit.short(held.current.total),
        ],
    }
}

/// Name of the function of a listing and its figures.
fn title(subject: &Subject<'_>, listed: &ListedFile<'_>) -> (String, String) {
    let (unit, whole) = (subject.unit(), listed.listing.lines.function);
    let name = readable(subject.tree().frames().rows()[listed.listing.row].name.raw()).into_owned();
    let figures = match whole.base {
        None => format!("self {}, total {}", unit.long(whole.current.own), unit.long(whole.current.total)),
        Some(_) => {
            format!("self {}, total {}", unit.signed_long(whole.own().delta()), unit.signed_long(whole.total().delta()))
        }
    };
    (display_name(&name).to_owned(), figures)
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, subject.style);
    head::write(page, subject)?;
    for listed in files(subject) {
        let (name, figures_of) = title(subject, &listed);
        page.line("")?;
        page.heading(&format!("{name}: {figures_of}"))?;
        let note = listed.note().map_or_else(String::new, |note| format!(" ({note})"));
        page.line(&format!("in {}{note}", listed.path()))?;
        let lines = lines(subject, &listed);
        page.table(&columns(subject), || lines.iter().cloned())?;
    }
    left_out_note(subject).map_or(Ok(()), |note| {
        page.line("")?;
        page.line(&note)
    })
}

/// Note on the functions without a listing; `None` without any.
fn left_out_note(subject: &Subject<'_>) -> Option<String> {
    let more = counted(left_out(subject), "more function");
    (left_out(subject) > 0).then(|| format!("… {more} that match; a longer name finds fewer"))
}

fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    head::write_markdown(out, subject)?;
    for (index, listed) in files(subject).enumerate() {
        let (name, figures_of) = title(subject, &listed);
        if index > 0 {
            writeln!(out)?;
        }
        markdown::paragraph(out, &format!("**{}**: {figures_of}  ", markdown::escaped(&name)))?;
        let note = listed.note().map_or_else(String::new, |note| format!(" ({note})"));
        markdown::paragraph(out, &format!("in {}{note}\n", markdown::escaped(&safe_str(listed.path()))))?;
        markdown::table(out, &columns(subject), lines(subject, &listed).into_iter())?;
    }
    markdown::notes(out, left_out_note(subject))
}
