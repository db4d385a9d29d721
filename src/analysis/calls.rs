//! Callers and callees of rows of a report, one call away: pprof's peek.
//!
//! The value of a caller is the sum of the samples in which it calls the row, each counted once; a row is not its own
//! caller. The rows are those of [`Frames::rows`](crate::analysis::Frames::rows): code without symbols has one row for
//! each mapping.

use rustc_hash::FxHashMap;

use crate::analysis::column::PrefixSums;
use crate::analysis::flat::SelfAndTotal;
use crate::analysis::lines::CurrentAndBase;
use crate::analysis::noise::SamplingVariance;
use crate::analysis::{Answer, CallTree, Change, Flat, Uncertainty};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::NodeId;
use crate::base::step_count;

/// Direction of calls from a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallDirection {
    /// Towards the callers.
    Callers,
    /// Towards the callees.
    Callees,
}

/// Row on the other side of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallEdge {
    /// Index of the other row.
    pub row: usize,
    /// Value of the samples with the call.
    pub value: i64,
    /// Value in the base; `None` without a base.
    pub base: Option<i64>,
    /// Sampling noise of the change; `None` if it is not known.
    pub uncertainty: Option<Uncertainty>,
}

impl CallEdge {
    /// Change of the value; no change without a base.
    pub fn change(&self) -> Change {
        Change::of(self.base.unwrap_or(self.value), self.value, self.uncertainty)
    }

    /// Sort key: the size of the value, or with a base, of its change.
    fn weight(&self) -> u64 {
        self.value.abs_diff(self.base.unwrap_or(0))
    }
}

/// Row with its callers and callees, the largest value first; with a base, the largest change first.
#[derive(Clone, Debug)]
pub struct RowCalls {
    /// The row.
    pub row: usize,
    /// Self and total of the row.
    pub held: CurrentAndBase,
    /// Callers of the row.
    pub callers: Vec<CallEdge>,
    /// Callees of the row.
    pub callees: Vec<CallEdge>,
}

/// Sums of one edge while the tree is walked.
#[derive(Clone, Copy, Default)]
struct EdgeSums {
    current: i64,
    base: i64,
    variance: SamplingVariance,
    /// End of the outermost node that is counted; nodes below it are part of its total.
    open_until: usize,
}

/// Computes the callers and callees of `rows`, in their order.
pub fn row_calls(answer: &Answer, rows: &[usize]) -> Vec<RowCalls> {
    let (tree, sums) = (&answer.tree, answer.column.sums());
    let base = answer.base.as_ref().map(|base| base.column.sums());
    let edges = edges(answer, rows);
    let frames = tree.frames();
    let noise = answer.base.as_ref().and_then(|base| base.noise.as_deref());
    let of_groups = noise.map(|noise| noise.of_groups(tree, frames.rows().len(), |frame| frames.row(frame)));
    let flat = Flat::by_row(tree, &answer.column);
    let flat_base = answer.base.as_ref().map(|base| Flat::by_row(tree, &base.column));
    let figures = |flat: &Flat, row: usize| SelfAndTotal { own: flat.selfs()[row], total: flat.totals()[row] };
    let mut of_rows: Vec<RowCalls> = rows
        .iter()
        .map(|row| RowCalls {
            row: *row,
            held: CurrentAndBase {
                current: figures(&flat, *row),
                base: flat_base.as_ref().map(|flat| figures(flat, *row)),
                uncertainty: of_groups.as_ref().map(|groups| groups[*row]),
            },
            callers: Vec::new(),
            callees: Vec::new(),
        })
        .collect();
    for ((index, direction, row), edge) in edges {
        let value = sums.divided(edge.current);
        let uncertainty = noise.map(|noise| noise.uncertainty(edge.variance));
        let edge = CallEdge { row, value, base: base.map(|sums| sums.divided(edge.base)), uncertainty };
        if edge.value != 0 || edge.base.unwrap_or(0) != 0 {
            match direction {
                CallDirection::Callers => of_rows[index].callers.push(edge),
                CallDirection::Callees => of_rows[index].callees.push(edge),
            }
        }
    }
    let described = frames.rows();
    let name = |edge: &CallEdge| described[edge.row].name.raw();
    for calls in &mut of_rows {
        for edges in [&mut calls.callers, &mut calls.callees] {
            edges.compact_sort_by(|one, other| {
                let order = other.weight().cmp(&one.weight()).then(other.value.cmp(&one.value));
                order.then_with(|| name(one).cmp(name(other))).then(one.row.cmp(&other.row))
            });
        }
    }
    of_rows
}

/// Sums of the edges of `rows`, by index in `rows`, direction and the other row, in one pass over the tree.
fn edges(answer: &Answer, rows: &[usize]) -> FxHashMap<(usize, CallDirection, usize), EdgeSums> {
    let tree = &answer.tree;
    let frames = tree.frames();
    let index_of: FxHashMap<usize, usize> = rows.iter().enumerate().map(|(index, row)| (*row, index)).collect();
    let row_of: Vec<usize> = frames.ids().map(|frame| frames.row(frame)).collect();
    let base = answer.base.as_ref().map(|base| base.column.sums());
    let noise = answer.base.as_ref().and_then(|base| base.noise.as_deref());
    let mut edges: FxHashMap<(usize, CallDirection, usize), EdgeSums> = FxHashMap::default();
    step_count::count_steps(tree.len());
    for node in (1..tree.len()).map(NodeId::new) {
        let Some(parent) = tree.parent(node) else { continue };
        let (caller, callee) = (row_of[tree.frame(parent).index()], row_of[tree.frame(node).index()]);
        // As in pprof, a call of a row by itself is no edge.
        if caller == callee {
            continue;
        }
        let mut add = |key| {
            let edge = edges.entry(key).or_default();
            if node.index() >= edge.open_until {
                edge.open_until = tree.end(node);
                let total = |sums: &PrefixSums| sums.raw_total(tree, node);
                edge.current = edge.current.wrapping_add(total(answer.column.sums()));
                edge.base = edge.base.wrapping_add(base.map_or(0, total));
                if let Some(noise) = noise {
                    edge.variance += noise.total_part(tree, node);
                }
            }
        };
        if let Some(index) = index_of.get(&callee)
            && parent != CallTree::ROOT
        {
            add((*index, CallDirection::Callers, caller));
        }
        if let Some(index) = index_of.get(&caller) {
            add((*index, CallDirection::Callees, callee));
        }
    }
    edges
}
