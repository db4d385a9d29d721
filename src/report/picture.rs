//! Lines around a picture or a page: totals, sources, warnings, and the meaning of the widths.

use std::io;

use crate::analysis::derive::Side;
use crate::analysis::{Column, Width};
use crate::base::safe_text::{display_name, safe_str};
use crate::base::units::counted;

use super::text::figure;
use super::{Subject, head};

/// Maximum number of warnings that are written; the others are counted.
const MOST_WARNINGS: usize = 3;

/// Error for an answer in which no stack has a value.
pub(super) fn nothing() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "there is nothing to draw: no stack has a value")
}

/// Lines above the icicle: the total, the sources, the filters and the warnings.
pub(super) fn head_lines(subject: &Subject<'_>) -> Vec<String> {
    let unit = subject.unit();
    let name = display_name(subject.sample_type().name.shown());
    let (column, answer) = (subject.column(), subject.answer);
    let mut lines = match (&answer.base, subject.query().base) {
        (Some(base), Some(_)) => {
            let (then, now) = (base.column.filtered_total(), column.filtered_total());
            let change = head::change(&unit, then, now);
            vec![
                format!("{name}: A {}, B {}, {change}", unit.long(then), unit.long(now)),
                format!("A  {}", head::origin(subject, Side::A)),
                format!("B  {}", head::origin(subject, Side::B)),
            ]
        }
        _ => vec![format!("{name}: {}", figure(&unit, column.filtered_total())), head::origin(subject, Side::B)],
    };
    lines.extend(head::filters(subject));
    lines.extend(subject.warnings.iter().take(MOST_WARNINGS).map(|line| format!("warning: {}", safe_str(line))));
    let more = subject.warnings.len().saturating_sub(MOST_WARNINGS);
    lines.extend((more > 0).then(|| counted(more, "more warning")));
    lines
}

/// Line about the meaning of the widths.
pub(super) fn width_line(subject: &Subject<'_>) -> String {
    let of = match (subject.base(), subject.query().width) {
        (None, _) => "total",
        (Some(_), Width::Union) => "the larger of A and B",
        (Some(_), Width::Current) => "B",
        (Some(_), Width::Base) => "A",
        (Some(_), Width::Change) => "change",
    };
    let is_signed = [Some(subject.column()), subject.base()].into_iter().flatten().any(Column::has_negative);
    let signs = if is_signed { "; values below zero are drawn by their size" } else { "" };
    format!("width: {of}{signs}")
}
