//! `report tree`: the call tree from the root down, or from the allocating functions up to their callers, the largest
//! total first.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::Serializer;

use crate::analysis::flat::SelfAndTotal;
use crate::analysis::{Change, StackOrder, Stacks};
use crate::base::ids::FrameId;
use crate::base::safe_text::display_name;
use crate::base::units::{counted, percent};

use super::changes::{noise, part};
use super::head::{self, ReportHead};
use super::json;
use super::rows::ChangeNoise;
use super::text::{Align, Page};
use super::tree_lines::{FoldedNodes, LineContent, TreeCall, TreeCut, TreeLine, TreeWalk, folded_into_callee};
use super::tree_options::NodeIdColumn;
use super::{Report, ReportFormat, ReportScope, Subject, csv, markdown};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "tree",
    about: "the call tree from the root down, the largest total first",
    scope: ReportScope::Window,
    stacks: Stacks::NonZero,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, write_markdown),
    ],
};

/// Number of spaces by which a callee is indented more than its caller.
const INDENT: usize = 2;
/// Maximum depth that is shown by indentation. Below, the depth is written as a number: stacks can be a hundred
/// thousand calls deep, and the size of indented text grows with the square of the depth.
const DEEPEST: usize = 60;

/// Maximum number of frames of a folded chain that are named; of a longer chain, the first and the last are.
const CHAIN_NAMES: usize = 3;

/// Nodes of a report, as lines that can be iterated several times.
struct Outline<'a> {
    subject: Subject<'a>,
    folded: Option<FoldedNodes>,
    cut: Option<TreeCut>,
}

impl<'a> Outline<'a> {
    fn new(subject: &Subject<'a>) -> Self {
        let folded = folded_into_callee(subject);
        let cut = TreeCut::new(subject, folded.as_ref());
        Self { subject: *subject, folded, cut }
    }

    fn lines(&self) -> TreeWalk<'_> {
        TreeWalk::new(&self.subject, self.folded.as_ref(), self.cut.as_ref())
    }
}

/// Returns true if the tree is from the allocating functions to their callers.
fn is_bottom_up(subject: &Subject<'_>) -> bool {
    subject.query().order == StackOrder::BottomUp
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, subject.style);
    head::write(page, subject)?;
    if is_bottom_up(subject) {
        page.line("bottom-up: functions with their self, below them the callers that it is for")?;
    }
    page.line("")?;
    let outline = Outline::new(subject);
    page.table(&columns(subject), || outline.lines().map(|line| cells(subject, &line)))?;
    left_out(subject, &outline).map_or(Ok(()), |note| {
        page.line("")?;
        page.line(&note)
    })
}

/// Note on the calls that the limits leave out; `None` without any.
fn left_out(subject: &Subject<'_>, outline: &Outline<'_>) -> Option<String> {
    let TreeCut { left_out, .. } = outline.cut.as_ref()?;
    let option = |name: &str| subject.commands.option(name, "0");
    let min = if subject.tree_options.min_share > 0.0 { format!(" {}", option("min")) } else { String::new() };
    let option = option("limit") + &min;
    Some(format!("… {} in all; {option} shows them", counted(*left_out, "smaller call")))
}

/// Column heads of a table in text or Markdown.
fn columns(subject: &Subject<'_>) -> Vec<(&'static str, Align)> {
    let (heads, tree): (&[&str], _) = match (subject.base(), is_bottom_up(subject)) {
        (None, false) => (&["total", "total%", "self", "self%"], "call tree"),
        (Some(_), false) => (&["Δtotal", "±2σ", "Δ/A", "total A", "total B", "Δself"], "call tree"),
        (None, true) => (&["self", "self%"], "callers of the allocating functions"),
        (Some(_), true) => (&["Δself", "±2σ", "Δ/A", "self A", "self B"], "callers of the allocating functions"),
    };
    let ids = (subject.tree_options.ids == NodeIdColumn::Shown).then_some(("id", Align::Left));
    heads.iter().map(|head| (*head, Align::Right)).chain(ids).chain([(tree, Align::Left)]).collect()
}

/// Writes a table for a pull request. Markdown drops leading blanks of a cell, so dots show the depth.
fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    head::write_markdown(out, subject)?;
    let outline = Outline::new(subject);
    let rows = outline.lines().map(|line| {
        let mut row = cells(subject, &line);
        if let Some(name) = row.last_mut() {
            *name = format!("{}{}", "· ".repeat(line.depth.min(DEEPEST)), name.trim_start());
        }
        row
    });
    markdown::table(out, &columns(subject), rows)?;
    markdown::notes(out, left_out(subject, &outline))
}

/// Writes a line for each node in the order of the text, with raw names and raw integers.
fn write_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let outline = Outline::new(subject);
    let has_ids = subject.tree_options.ids == NodeIdColumn::Shown;
    let rows = outline.lines().filter_map(|TreeLine { depth, content }| {
        let LineContent::Call(call) = content else { return None };
        let figure = |figure: Option<i64>| figure.map_or_else(String::new, |figure| figure.to_string());
        let mut cells = vec![
            depth.to_string(),
            raw_names(subject, &call.frames).join(" → "),
            call.now.own.to_string(),
            call.now.total.to_string(),
            figure(call.base.map(|base| base.own)),
            figure(call.base.map(|base| base.total)),
        ];
        cells.extend(has_ids.then(|| call.id.map_or_else(String::new, |id| id.to_string())));
        Some(cells)
    });
    let heads = ["depth", "name", "self", "total", "base_self", "base_total"];
    let heads: Vec<&str> = heads.into_iter().chain(has_ids.then_some("id")).collect();
    csv::write(out, &heads, rows)
}

/// Cells of a line in text or Markdown.
fn cells(subject: &Subject<'_>, TreeLine { depth, content }: &TreeLine) -> Vec<String> {
    let (name, id) = match content {
        LineContent::Call(call) => (chain(subject, &call.frames), call.id),
        LineContent::Rest { calls, .. } => (format!("… {}", counted(*calls, "smaller call")), None),
    };
    let mut cells = if subject.base().is_some() { changed(subject, content) } else { figures(subject, content) };
    // In a bottom-up tree the total of a line is the self of the allocating function that passes through these callers;
    // the line's own self is only in JSON and CSV.
    cells.truncate(match (is_bottom_up(subject), subject.base()) {
        (false, _) => cells.len(),
        (true, None) => 2,
        (true, Some(_)) => 5,
    });
    if subject.tree_options.ids == NodeIdColumn::Shown {
        cells.push(id.map_or_else(String::new, |id| id.to_string()));
    }
    let indent = " ".repeat(depth.min(&DEEPEST) * INDENT);
    cells.push(if *depth > DEEPEST { format!("{indent}[{depth}] {name}") } else { format!("{indent}{name}") });
    cells
}

/// Names of a line: those of a folded chain with arrows between them, and their number if some are left out.
fn chain(subject: &Subject<'_>, frames: &[FrameId]) -> String {
    let name = |frame: &FrameId| display_name(subject.tree().frames().shown(*frame)).to_owned();
    let arrow = if is_bottom_up(subject) { " ← " } else { " → " };
    match frames {
        [first, .., last] if frames.len() > CHAIN_NAMES => {
            format!("{}{arrow}…{arrow}{} ({})", name(first), name(last), frames.len())
        }
        frames => frames.iter().map(name).collect::<Vec<_>>().join(arrow),
    }
}

fn raw_names<'a>(subject: &Subject<'a>, frames: &[FrameId]) -> Vec<&'a str> {
    let all = subject.tree().frames();
    frames.iter().map(|frame| all.name(*frame)).collect()
}

/// Cells of a line: total and self, each with its share.
fn figures(subject: &Subject<'_>, content: &LineContent) -> Vec<String> {
    let (unit, whole) = (subject.unit(), subject.whole());
    let figures = |value: i64| [unit.short(value), percent(value, whole)];
    match content {
        LineContent::Call(call) => [call.now.total, call.now.own].map(figures).concat(),
        LineContent::Rest { total, .. } => [figures(*total), Default::default()].concat(),
    }
}

/// Cells of a line in a comparison.
fn changed(subject: &Subject<'_>, content: &LineContent) -> Vec<String> {
    let unit = subject.unit();
    match content {
        LineContent::Call(TreeCall { now, base, change, .. }) => {
            let SelfAndTotal { own, total } = base.unwrap_or_default();
            let total = change.unwrap_or_else(|| Change::of(total, now.total, None));
            let own = Change::of(own, now.own, None);
            vec![
                unit.signed_short(total.delta()),
                noise(subject, total),
                part(total),
                unit.short(total.base),
                unit.short(total.current),
                unit.signed_short(own.delta()),
            ]
        }
        LineContent::Rest { total, .. } => {
            let blank = String::new;
            vec![blank(), blank(), blank(), blank(), unit.short(*total), blank()]
        }
    }
}

/// The object of `heapglass.tree/1`.
#[derive(Serialize)]
struct TreeReport<'a> {
    #[serde(flatten)]
    head: ReportHead<'a>,
    /// Direction; absent for the call tree from the root down.
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    nodes: TreeNodes<'a>,
}

/// Nodes of the tree, each created when it is written, so that a tree of a million nodes is not in memory twice.
struct TreeNodes<'a>(Subject<'a>);

/// Node of the call tree.
#[derive(Serialize)]
struct TreeNode<'a> {
    depth: usize,
    name: &'a str,
    #[serde(rename = "self")]
    own: i64,
    total: i64,
    base_self: Option<i64>,
    base_total: Option<i64>,
    /// Noise of the change of the total; absent without a base.
    #[serde(flatten)]
    noise: Option<ChangeNoise>,
    /// Names of a folded chain, the last one `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    chain: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let direction = is_bottom_up(subject).then_some("bottom-up");
    let head = ReportHead::new("heapglass.tree/1", subject);
    json::write(out, &TreeReport { head, direction, nodes: TreeNodes(*subject) })
}

impl Serialize for TreeNodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(subject) = self;
        let outline = Outline::new(subject);
        serializer.collect_seq(outline.lines().filter_map(|TreeLine { depth, content }| match content {
            LineContent::Rest { .. } => None,
            LineContent::Call(TreeCall { frames, now, base, change, id }) => Some(TreeNode {
                depth,
                name: frames.last().map_or("", |frame| subject.tree().frames().name(*frame)),
                own: now.own,
                total: now.total,
                base_self: base.map(|base| base.own),
                base_total: base.map(|base| base.total),
                noise: change.map(|total| ChangeNoise::new(total.delta(), total.uncertainty)),
                chain: (frames.len() > 1).then(|| raw_names(subject, &frames)),
                id: id.map(|id| id.to_string()),
            }),
        }))
    }
}
