//! `report folded`: a line for each stack, with its names from the outermost to the allocating frame, and its value.
//!
//! With a base a line has two values, first the base's and then the current one, as tools that draw differential flame
//! graphs expect. Such tools take every other column for a name, so nothing else is written. A line of one frame ends its
//! frame with `;` where the line would be read as a comment, as a sample without a stack, or the file as a list.

use std::io::{self, Write};

use crate::analysis::Stacks;
use crate::base::names::NO_STACK;
use crate::format::folded::PROBED_LINES;

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
    let mut is_flat = is_flat(subject);
    stacks::each(subject, |path, own| {
        let is_single = !path.is_empty() && !path.contains(';');
        let is_doubtful = path.starts_with('#') || path == NO_STACK || is_flat;
        let end = if is_single && is_doubtful { ";" } else { "" };
        is_flat &= !is_single;
        let path = subject.style.charset.of(if path.is_empty() { NO_STACK } else { path });
        match own.base {
            None => writeln!(out, "{path}{end} {}", own.current),
            Some(base) => writeln!(out, "{path}{end} {base} {}", own.current),
        }
    })
}

/// Returns true if none of the lines by which folded stacks are recognized has two frames.
fn is_flat(subject: &Subject<'_>) -> bool {
    let (mut lines, mut has_call) = (0, false);
    // The walk ends early by an error; another one comes again when the lines are written.
    let _ = stacks::each(subject, |path, _| {
        lines += 1;
        has_call = path.contains(';');
        if has_call || lines > PROBED_LINES { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
    });
    !has_call
}
