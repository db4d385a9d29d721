//! `report folded`: a line for each stack, with its names from the outermost to the allocating frame, and its value.
//!
//! With a base a line has two values, first the base's and then the current one, as tools that draw differential flame
//! graphs expect. Such tools take every other column for a name, so nothing else is written.

use std::io::{self, Write};

use crate::analysis::Stacks;

use super::{Report, ReportFormat, ReportScope, Subject, stacks};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "folded",
    about: "a line a stack, `a;b;c VALUE`; with a base its value first",
    scope: ReportScope::Window,
    stacks: Stacks::NonZero,
    formats: &[(ReportFormat::Folded, write)],
};

fn write(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    stacks::each(subject, |_, path, own| {
        let path = subject.style.charset.of(path);
        match own.base {
            None => writeln!(out, "{path} {}", own.current),
            Some(base) => writeln!(out, "{path} {base} {}", own.current),
        }
    })
}
