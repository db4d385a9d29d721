//! `report tree`: the call tree from the root down, callees under their callers, the largest total first.
//!
//! A limit keeps the heaviest nodes of the whole tree, not the first ones: the first forty nodes of a real profile are
//! one path into it. A node is never lighter than what is below it, so that what is kept hangs together.

use std::cmp::Reverse;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::Serializer;

use crate::analysis::{CallTree, ColumnPair, StackOrder, Stacks};
use crate::base::ids::NodeId;
use crate::base::safe_text::named;
use crate::base::units::percent;

use super::changes::part;
use super::head::{self, ReportHead};
use super::json;
use super::text::{Align, Page, figure, some};
use super::{Report, ReportFormat, ReportScope, Subject, csv, markdown};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "tree",
    about: "the call tree from the root down, the largest total first",
    wants: ReportScope::Window,
    stacks: Stacks::NonZero,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, write_markdown),
    ],
};

/// Spaces by which a callee stands to the right of its caller.
const INDENT: usize = 2;
/// The deepest call that is still indented. Below, the depth is written as a number: stacks can be a hundred thousand
/// calls deep, and a text that grows with the square of that helps nobody.
const DEEPEST: usize = 60;

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, subject.style);
    head::write(page, subject)?;
    page.line("")?;
    let columns = columns(subject);
    let cut = TreeCut::new(subject);
    page.table(&columns, || TreeWalk::new(subject, cut.as_ref()).map(|line| cells(subject, line)))?;
    if let Some(TreeCut { left_out, .. }) = cut {
        page.line("")?;
        page.line(&format!("… {} in all; --limit 0 shows them", some(left_out, "smaller call")))?;
    }
    Ok(())
}

/// The heads of a table for people.
fn columns(subject: &Subject<'_>) -> Vec<(&'static str, Align)> {
    let heads: &[&str] = match subject.base() {
        None => &["total", "total%", "self", "self%"],
        Some(_) => &["Δtotal", "Δ/A", "total A", "total B", "Δself"],
    };
    let name = match subject.answer.query.order {
        StackOrder::CallersFirst => "call tree",
        StackOrder::BottomUp => "callers of the allocating functions",
    };
    heads.iter().map(|head| (*head, Align::Right)).chain([(name, Align::Left)]).collect()
}

/// A table for a pull request. Blanks at the beginning of a cell are nothing there: dots show the depth.
fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let name = markdown::escaped(named(subject.sample_type().name.shown()));
    writeln!(out, "{name}: **{}**\n", figure(&subject.unit(), subject.column().filtered_total()))?;
    let cut = TreeCut::new(subject);
    let rows = TreeWalk::new(subject, cut.as_ref()).map(|line| {
        let mut row = cells(subject, line);
        if let Some(name) = row.last_mut() {
            *name = format!("{}{}", "· ".repeat(line.depth.min(DEEPEST)), name.trim_start());
        }
        row
    });
    markdown::table(out, &columns(subject), rows)
}

/// A line a node in the order of the text, raw names and raw integers.
fn write_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (tree, cut) = (subject.tree(), TreeCut::new(subject));
    let rows = TreeWalk::new(subject, cut.as_ref()).filter_map(|TreeLine { depth, what }| {
        let LineContent::Node(node) = what else { return None };
        let (column, base) = (subject.column(), subject.base());
        let figure = |figure: Option<i64>| figure.map_or_else(String::new, |figure| figure.to_string());
        Some(vec![
            depth.to_string(),
            tree.frames().name(tree.frame(node)).to_owned(),
            column.own(node).to_string(),
            column.total(node).to_string(),
            figure(base.map(|base| base.own(node))),
            figure(base.map(|base| base.total(node))),
        ])
    });
    csv::write(out, &["depth", "name", "self", "total", "base_self", "base_total"], rows)
}

/// The cells of one line of the text.
fn cells(subject: &Subject<'_>, TreeLine { depth, what }: TreeLine) -> Vec<String> {
    let name = match what {
        LineContent::Node(node) => named(subject.tree().frames().shown(subject.tree().frame(node))).to_owned(),
        LineContent::Rest { calls, .. } => format!("… {}", some(calls, "smaller call")),
    };
    let mut cells = match subject.answer.pair() {
        None => figures(subject, what),
        Some(pair) => changed(subject, &pair, what),
    };
    let indent = " ".repeat(depth.min(DEEPEST) * INDENT);
    cells.push(if depth > DEEPEST { format!("{indent}[{depth}] {name}") } else { format!("{indent}{name}") });
    cells
}

/// The figures of a line: total and self, each with its share.
fn figures(subject: &Subject<'_>, what: LineContent) -> Vec<String> {
    let (unit, whole) = (subject.unit(), subject.whole());
    let figures = |value: i64| [unit.short(value), percent(value, whole)];
    match what {
        LineContent::Node(node) => [subject.column().total(node), subject.column().own(node)].map(figures).concat(),
        LineContent::Rest { total, .. } => [figures(total), Default::default()].concat(),
    }
}

/// Cells of a line in a comparison.
fn changed(subject: &Subject<'_>, pair: &ColumnPair<'_>, what: LineContent) -> Vec<String> {
    let unit = subject.unit();
    match what {
        LineContent::Node(node) => {
            let (total, own) = (pair.total(node), pair.own(node));
            vec![
                unit.signed_short(total.delta()),
                part(total),
                unit.short(total.base),
                unit.short(total.current),
                unit.signed_short(own.delta()),
            ]
        }
        LineContent::Rest { total, .. } => {
            vec![String::new(), String::new(), String::new(), unit.short(total), String::new()]
        }
    }
}

/// The object of `heapglass.tree/1`.
#[derive(Serialize)]
struct TreeReport<'a> {
    #[serde(flatten)]
    head: ReportHead<'a>,
    nodes: TreeNodes<'a>,
}

/// The nodes of the tree, each made when it is written: a tree of a million nodes is never held a second time.
struct TreeNodes<'a>(Subject<'a>);

/// One place in the call tree.
#[derive(Serialize)]
struct TreeNode<'a> {
    depth: usize,
    name: &'a str,
    #[serde(rename = "self")]
    own: i64,
    total: i64,
    base_self: Option<i64>,
    base_total: Option<i64>,
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    json::write(out, &TreeReport { head: ReportHead::new("heapglass.tree/1", subject), nodes: TreeNodes(*subject) })
}

impl Serialize for TreeNodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(subject) = self;
        let tree = subject.tree();
        let cut = TreeCut::new(subject);
        serializer.collect_seq(TreeWalk::new(subject, cut.as_ref()).filter_map(|line| match line.what {
            LineContent::Rest { .. } => None,
            LineContent::Node(node) => Some(TreeNode {
                depth: line.depth,
                name: tree.frames().name(tree.frame(node)),
                own: subject.column().own(node),
                total: subject.column().total(node),
                base_self: subject.base().map(|base| base.own(node)),
                base_total: subject.base().map(|base| base.total(node)),
            }),
        }))
    }
}

/// One line of the report.
#[derive(Clone, Copy)]
struct TreeLine {
    depth: usize,
    what: LineContent,
}

/// Contents of a line: a node, or the sum of the nodes that the limit left out below a parent.
#[derive(Clone, Copy)]
enum LineContent {
    Node(NodeId),
    Rest { calls: usize, total: i64 },
}

/// Nodes that a limit keeps.
struct TreeCut {
    /// Flag per node: true if it is kept.
    kept: Vec<bool>,
    left_out: usize,
}

/// The lines of the tree in the order of the report. Nodes that have nothing of this sample type in them are left out.
struct TreeWalk<'a> {
    subject: Subject<'a>,
    /// Nodes that the limit keeps; `None` if it keeps all.
    cut: Option<&'a TreeCut>,
    /// Lines that are still to come, the next line last.
    ahead: Vec<TreeLine>,
}

impl<'a> TreeWalk<'a> {
    fn new(subject: &Subject<'a>, cut: Option<&'a TreeCut>) -> Self {
        let root = TreeLine { depth: 0, what: LineContent::Node(CallTree::ROOT) };
        Self { subject: *subject, cut, ahead: vec![root] }
    }

    /// Puts the children of a node ahead: those that are kept, then one line for the rest.
    fn descend(&mut self, node: NodeId, depth: usize) {
        let Self { subject, .. } = self;
        if subject.depth.is_some_and(|deepest| depth > deepest) {
            return;
        }
        let tree = subject.tree();
        let mut children: Vec<NodeId> =
            tree.children(node).filter(|child| subject.answer.widths.weight(*child) > 0).collect();
        if let Some(TreeCut { kept, .. }) = self.cut {
            let (mut calls, mut total) = (0, 0_i64);
            children.retain(|child| {
                if !kept[child.index()] {
                    calls += 1;
                    total = total.saturating_add(subject.column().total(*child));
                }
                kept[child.index()]
            });
            if calls > 0 {
                self.ahead.push(TreeLine { depth, what: LineContent::Rest { calls, total } });
            }
        }
        let name = |node: NodeId| tree.frames().name(tree.frame(node));
        let size = |node: NodeId| subject.column().total(node).unsigned_abs();
        // The last one pushed is the next one out, so that the order is turned round here.
        children.sort_by(|a, b| size(*a).cmp(&size(*b)).then_with(|| name(*b).cmp(name(*a))));
        self.ahead.extend(children.into_iter().map(|child| TreeLine { depth, what: LineContent::Node(child) }));
    }
}

/// Calls between the root and each node.
fn depths(tree: &CallTree) -> Vec<u32> {
    let mut depths: Vec<u32> = vec![0; tree.len()];
    // Parents come before their children.
    for node in (0..tree.len()).map(NodeId::new) {
        if let Some(parent) = tree.parent(node) {
            depths[node.index()] = depths[parent.index()] + 1;
        }
    }
    depths
}

impl Iterator for TreeWalk<'_> {
    type Item = TreeLine;

    fn next(&mut self) -> Option<TreeLine> {
        let line = self.ahead.pop()?;
        if let LineContent::Node(node) = line.what {
            self.descend(node, line.depth + 1);
        }
        Some(line)
    }
}

impl TreeCut {
    /// Keeps as many of the heaviest nodes as the limit lets through. In preorder a node comes before what is below it,
    /// so that among equals the upper one is kept.
    fn new(subject: &Subject<'_>) -> Option<Self> {
        let (tree, column) = (subject.tree(), &subject.answer.widths);
        let depths = subject.depth.map(|_| depths(tree));
        let is_shown = |node: &NodeId| {
            let depth = depths.as_ref().map_or(0, |depths| depths[node.index()] as usize);
            column.weight(*node) > 0 && subject.depth.is_none_or(|deepest| depth <= deepest)
        };
        let mut nodes: Vec<NodeId> = (0..tree.len()).map(NodeId::new).filter(is_shown).collect();
        let wanted = subject.wanted(nodes.len());
        let left_out = nodes.len() - wanted;
        if left_out == 0 {
            return None;
        }
        nodes.select_nth_unstable_by_key(wanted, |node| (Reverse(column.weight(*node)), *node));
        let mut kept = vec![false; tree.len()];
        for node in &nodes[..wanted] {
            kept[node.index()] = true;
        }
        Some(Self { kept, left_out })
    }
}
