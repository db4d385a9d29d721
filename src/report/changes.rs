//! Table of changes by function: base, current value, change, and share of all changes.

use std::io;

use crate::analysis::{Change, Presence};
use crate::base::names::readable;
use crate::base::safe_text::display_name;
use crate::base::units::{counted, percent, signed_percent, two_sigma};

use super::Subject;
use super::head;
use super::markdown;
use super::rows::{FunctionRow, rows};
use super::text::{Align, Page};

/// Writes the head and the table.
pub(super) fn write(subject: &Subject<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let page = &mut Page::new(out, subject.style);
    head::write(page, subject)?;
    page.line("")?;
    table(page, subject)
}

/// Writes the head and a table for a pull request.
pub(super) fn write_markdown(subject: &Subject<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    head::write_markdown(out, subject)?;
    markdown_table(subject, out)
}

/// Writes a table for a pull request.
pub(super) fn markdown_table(subject: &Subject<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let (rows, moved) = (rows(subject), moved(subject));
    let (shown, rest) = rows.split_at(subject.wanted(rows.len()));
    markdown::table(out, &columns(subject), shown.iter().map(|row| cells(subject, row, moved)))?;
    markdown::notes(out, left_out(subject, rest))
}

/// Writes the table.
pub(super) fn table(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    let (rows, moved) = (rows(subject), moved(subject));
    let (shown, rest) = rows.split_at(subject.wanted(rows.len()));
    page.table(&columns(subject), || shown.iter().map(|row| cells(subject, row, moved)))?;
    left_out(subject, rest).map_or(Ok(()), |note| {
        page.line("")?;
        page.line(&note)
    })
}

/// Note on the rows that the limit leaves out, with the sum of their changes; `None` without any.
fn left_out(subject: &Subject<'_>, rest: &[FunctionRow<'_>]) -> Option<String> {
    let left = rest.iter().fold(0_i64, |sum, row| sum.saturating_add(row.own_change().delta()));
    let (more, left) = (counted(rest.len(), "more row"), subject.unit().signed_long(left));
    (!rest.is_empty()).then(|| format!("… {more}, {left} self; {}", subject.commands.all_rows()))
}

fn columns(subject: &Subject<'_>) -> [(&'static str, Align); 9] {
    [
        ("Δself", Align::Right),
        ("±2σ", Align::Right),
        ("Δ/A", Align::Right),
        ("share", Align::Right),
        ("self A", Align::Right),
        ("self B", Align::Right),
        ("Δtotal", Align::Right),
        ("total B", Align::Right),
        (head::noun(subject), Align::Left),
    ]
}

fn cells(subject: &Subject<'_>, row: &FunctionRow<'_>, moved: i64) -> Vec<String> {
    let (unit, own, total) = (subject.unit(), row.own_change(), row.total_change());
    vec![
        unit.signed_short(own.delta()),
        noise(subject, own),
        part(own),
        percent(row.net_change().saturating_abs(), moved),
        unit.short(own.base),
        unit.short(own.current),
        unit.signed_short(total.delta()),
        unit.short(total.current),
        display_name(&readable(row.name)).to_owned(),
    ]
}

/// Denominator of the shares of changes: all growth and all shrinkage of call sites.
fn moved(subject: &Subject<'_>) -> i64 {
    let changes = subject.answer.base.as_ref().map(|base| &base.changes);
    changes.map_or(0, |changes| changes.grew.saturating_sub(changes.shrank))
}

/// Two standard deviations of the sampling noise of a change; empty if they are unknown or 0.
pub(super) fn noise(subject: &Subject<'_>, change: Change) -> String {
    let sigma = change.uncertainty.map_or(0.0, |uncertainty| uncertainty.sigma);
    if sigma > 0.0 { subject.unit().short(two_sigma(sigma)) } else { String::new() }
}

/// Change in percent of the base, or the word `new`, `gone` or `moved`; empty without a change.
pub(super) fn part(change: Change) -> String {
    match change.presence {
        Presence::New => "new".to_owned(),
        Presence::Gone => "gone".to_owned(),
        Presence::Moved => "moved".to_owned(),
        Presence::Both if change.delta() == 0 => String::new(),
        Presence::Both => signed_percent(change.delta(), change.base),
    }
}
