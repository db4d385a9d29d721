//! `report svg`: a flame graph in one file that any browser opens, with the zoom and the search that such files have.
//!
//! With a base the frames are as wide as they are now, red where they grew and blue where they shrank. A picture of some
//! thousand columns shows no more than some thousand frames: what is narrower than the narrowest line, or deeper than
//! anyone scrolls, is given to the frame that called it, so that the file stays small and every sum stays right.

use std::io::{self, Write};

use inferno::flamegraph::color::{BasicPalette, Palette};
use inferno::flamegraph::{self, Options};

use crate::analysis::{CallTree, Column, Stacks};
use crate::base::ids::NodeId;
use crate::base::safe_text::{named, safe_str};

use super::text::figure;
use super::{Report, ReportFormat, ReportScope, Subject, head, stacks};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "svg",
    about: "a flame graph for a browser; with a base, what grew and shrank",
    wants: ReportScope::Window,
    stacks: Stacks::NonZero,
    formats: &[(ReportFormat::Svg, write)],
};

/// A frame of fewer parts of the whole than one in so many is narrower than any line of the picture.
const FINEST: u64 = 10_000;
/// The deepest frame of the picture, which is then some 8,000 pixels high.
const DEEPEST: usize = 500;

fn write(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let lines = lines(subject)?;
    let unit = subject.unit();
    let sample_type = named(subject.sample_type().name.shown());
    let mut options = Options::default();
    options.title = format!("{sample_type}, {}", figure(&unit, subject.column().filtered_total()));
    options.subtitle = Some(subtitle(subject));
    options.count_name = safe_str(unit.name()).into_owned();
    options.colors = Palette::Basic(BasicPalette::Mem);
    // The same profile makes the same picture.
    options.hash = true;
    options.deterministic = true;
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), out)
        .map_err(|error| io::Error::new(error.kind(), format!("the flame graph: {error}")))
}

/// Legend of the widths and the colours.
fn subtitle(subject: &Subject<'_>) -> String {
    let is_signed = subject.column().has_negative() || subject.base().is_some_and(Column::has_negative);
    let signs = if is_signed { "; values below zero are drawn by their size" } else { "" };
    match subject.base() {
        None => format!("width: total{signs}"),
        Some(base) => {
            let unit = subject.unit();
            let change = head::change(&unit, base.filtered_total(), subject.column().filtered_total());
            format!("width: total now; red grew, blue shrank, {change} in all; what is gone has no width{signs}")
        }
    }
}

/// The folded lines of the picture.
fn lines(subject: &Subject<'_>) -> io::Result<Vec<String>> {
    let keepers = keepers(subject);
    let mut sums = vec![(0_u64, 0_u64); keepers.len()];
    stacks::each(subject, |node, _, own| {
        let sum = &mut sums[keepers[node.index()].index()];
        sum.0 = sum.0.saturating_add(own.base.unwrap_or(0).unsigned_abs());
        sum.1 = sum.1.saturating_add(own.current.unsigned_abs());
        Ok::<(), io::Error>(())
    })?;
    let mut lines = Vec::new();
    stacks::each_of(subject, &sums, |path, (base, current)| {
        lines.push(if subject.base().is_some() {
            format!("{path} {base} {current}")
        } else {
            format!("{path} {current}")
        });
    });
    if lines.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "there is nothing to draw: no stack has a value"));
    }
    Ok(lines)
}

/// Node that is drawn for each node: itself, or the nearest caller that is wide enough and not too deep.
fn keepers(subject: &Subject<'_>) -> Vec<NodeId> {
    let (tree, widths) = (subject.tree(), &subject.answer.widths);
    let least = (widths.weight(CallTree::ROOT) / FINEST).max(1);
    let mut keepers: Vec<NodeId> = Vec::with_capacity(tree.len());
    let mut depths: Vec<u32> = Vec::with_capacity(tree.len());
    for node in (0..tree.len()).map(NodeId::new) {
        let Some(parent) = tree.parent(node) else {
            keepers.push(node);
            depths.push(0);
            continue;
        };
        let depth = depths[parent.index()].saturating_add(1);
        // A node whose caller is not drawn is not drawn either: it is no wider than that.
        let is_drawn = keepers[parent.index()] == parent && widths.weight(node) >= least && depth as usize <= DEEPEST;
        keepers.push(if is_drawn { node } else { keepers[parent.index()] });
        depths.push(depth);
    }
    keepers
}
