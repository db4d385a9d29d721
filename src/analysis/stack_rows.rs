//! Self and total of every row of a report, added up over the stacks of a snapshot: a table needs no call tree.
//!
//! A walk from callers to callees knows the rows on the current path. As over a call tree, a row's total has all that the
//! outermost of its frames on the path allocated; recursive calls below are part of it.

use crate::analysis::frames::{Frames, LocationFrames};
use crate::analysis::prune;
use crate::analysis::query::{Pruning, Query, Recursion, Stacks};
use crate::analysis::window_sum::WindowSum;
use crate::base::ids::{LocationId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::base::ranked_bits::RankedBits;
use crate::base::step_count;
use crate::profile::{Child, MemoryKind, Samples, Series, Trie, TrieWalk};

/// Raw self and total of a row, modulo 2^64.
#[derive(Clone, Copy, Default)]
pub(super) struct RowSum {
    pub(super) own: i64,
    pub(super) total: i64,
    /// True while a frame of the row is on the path.
    is_open: bool,
}

/// Frame on the current path.
struct PathFrame {
    row: u32,
    /// True if no caller on the path has the same row.
    is_outermost: bool,
    /// Sum of the callees that were walked.
    sum: i64,
}

/// Returns true if a query asks for rows alone, and they need no call tree: those of one snapshot without filters, base
/// or negative values.
pub(super) fn suffice(series: &Series, query: &Query) -> bool {
    let [snapshot] = series.snapshots() else { return false };
    let (shape, sample_type) = (query.shape, query.sample_type);
    query.stacks == Stacks::RowsOnly
        && shape.recursion == Recursion::Shown
        && (shape.pruning == Pruning::AllFrames || prune::pruned_locations(series).is_none())
        && query.base.is_none()
        && query.filters.is_empty()
        && query.search.is_none()
        && u128::try_from(snapshot.totals[sample_type]) == Ok(snapshot.magnitudes[sample_type])
        // Whether a profile of goroutines is taken for one of memory depends on nodes.
        && series.roles()[sample_type].kind != MemoryKind::Other
}

/// Adds up the rows of a window, indexed as [`Frames::rows`].
///
/// # Errors
/// [`LimitError`] when the budget is spent.
pub(super) fn add_up(
    series: &Series,
    frames: &Frames,
    of_location: &LocationFrames,
    sample_type: usize,
    window_sum: &WindowSum,
    budget: &mut Budget,
) -> Result<Vec<RowSum>, LimitError> {
    let own = OwnValues::new(series, sample_type, window_sum, budget)?;
    let trie = series.trie().walk(budget)?;
    let rows = of_location.frames().iter().map(|frame| frames.row(*frame) as u32).collect();
    let walk =
        Walk { trie, of_location, rows, own, path: Vec::new(), sums: vec![RowSum::default(); frames.rows().len()] };
    Ok(walk.add_up(budget))
}

/// Own values of the stacks at which samples end.
struct OwnValues {
    ends: RankedBits,
    /// Value of each of these stacks.
    values: Vec<i64>,
}

impl OwnValues {
    fn new(
        series: &Series,
        sample_type: usize,
        window_sum: &WindowSum,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let terms: Vec<(&Samples, i64)> = (window_sum.terms.iter())
            .map(|(snapshot, factor)| (&*series.snapshots()[*snapshot].samples, *factor))
            .collect();
        let ends = terms.iter().flat_map(|(samples, _)| samples.stacks.iter()).map(|stack| stack.index());
        let (ends, mut values) = (RankedBits::of(ends, series.trie().len(), budget)?, Vec::new());
        budget.grow(&mut values, ends.len())?;
        values.resize(ends.len(), 0_i64);
        for (samples, factor) in terms {
            step_count::count_steps(samples.len());
            samples.values[sample_type].for_each(|sample, value| {
                if let Some(place) = ends.rank_of(samples.stacks[sample].index()) {
                    values[place] = values[place].wrapping_add(value.wrapping_mul(factor));
                }
            });
        }
        Ok(Self { ends, values })
    }

    /// Own value of a stack; `None` if no sample ends there.
    #[inline]
    fn of(&self, stack: StackId) -> Option<i64> {
        self.ends.rank_of(stack.index()).map(|place| self.values[place])
    }

    fn end(self, budget: &mut Budget) {
        budget.release(self.ends.bytes() + (self.values.capacity() * size_of::<i64>()) as u64);
    }
}

/// Walk through all stacks.
struct Walk<'a> {
    trie: TrieWalk<'a>,
    of_location: &'a LocationFrames,
    /// Row of each frame of the locations.
    rows: Vec<u32>,
    own: OwnValues,
    /// Frames from the root to the current stack.
    path: Vec<PathFrame>,
    sums: Vec<RowSum>,
}

impl Walk<'_> {
    fn add_up(mut self, budget: &mut Budget) -> Vec<RowSum> {
        // Callees to visit, each with the length of the path of its caller. There are at most as many as branches of the
        // trie, which were charged.
        let (mut pending, mut stack) = (Vec::<(Child, usize)>::new(), Trie::ROOT);
        self.enter_row(0);
        self.add_own(stack);
        loop {
            let mut next = None;
            for child in self.trie.children(stack) {
                // The callee that follows its caller in memory comes first.
                match next {
                    None if child.stack.0 == stack.0 + 1 => next = Some(child),
                    _ => pending.push((child, self.path.len())),
                }
            }
            if next.is_none() {
                let Some((child, depth)) = pending.pop() else { break };
                self.leave(depth);
                next = Some(child);
            }
            let Some(Child { stack: callee, location }) = next else { break };
            step_count::count_steps(1);
            self.enter(location);
            self.add_own(callee);
            stack = callee;
        }
        self.leave(0);
        self.trie.end(budget);
        self.own.end(budget);
        self.sums
    }

    /// Enters the frames of a location.
    #[inline]
    fn enter(&mut self, location: LocationId) {
        for frame in self.of_location.range(location) {
            self.enter_row(self.rows[frame]);
        }
    }

    #[inline]
    fn enter_row(&mut self, row: u32) {
        let open = &mut self.sums[row as usize].is_open;
        self.path.push(PathFrame { row, is_outermost: !*open, sum: 0 });
        *open = true;
    }

    /// Adds the values that end at a stack, whose frames were entered last.
    #[inline]
    fn add_own(&mut self, stack: StackId) {
        if let (Some(value), Some(frame)) = (self.own.of(stack), self.path.last_mut()) {
            frame.sum = frame.sum.wrapping_add(value);
            let own = &mut self.sums[frame.row as usize].own;
            *own = own.wrapping_add(value);
        }
    }

    /// Leaves the frames beyond the first `depth` of the path.
    #[inline]
    fn leave(&mut self, depth: usize) {
        let mut below = 0_i64;
        for PathFrame { row, is_outermost, sum } in self.path.drain(depth..).rev() {
            below = below.wrapping_add(sum);
            if is_outermost {
                let row = &mut self.sums[row as usize];
                row.total = row.total.wrapping_add(below);
                row.is_open = false;
            }
        }
        if let Some(caller) = self.path.last_mut() {
            caller.sum = caller.sum.wrapping_add(below);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::analysis::derive;
    use crate::analysis::query::{Granularity, OtherTypes, StackOrder, TreeShape};
    use crate::analysis::window::Per;
    use crate::base::ids::{FunctionId, LabelSetId};
    use crate::profile::{Function, Line, Location, Profile, SampleType, Values};

    /// Functions of each location, innermost first; a location without functions has an address alone.
    const LOCATIONS: [&[usize]; 7] = [&[0], &[1], &[1], &[2, 0], &[3, 3], &[], &[1, 2, 3]];

    /// Series of one snapshot: each sample has the locations of its stack, callers first, and a value.
    fn series(stacks: &[(Vec<usize>, i64)]) -> Arc<Series> {
        let mut budget = Budget::new(1 << 24);
        let (mut profile, mut values, mut ends) = (Profile::default(), Values::default(), Vec::new());
        profile.header.sample_types = vec![SampleType::new("inuse_space", "bytes")];
        let tables = profile.tables_mut();
        let symbols = &mut tables.symbols;
        let mut name = |name: &str| symbols.strings.push(name.as_bytes(), &mut budget).unwrap();
        name("");
        let names = ["main", "get", "put", "walk"].map(name);
        symbols.functions = names.map(|name| Function { name, ..Function::default() }).to_vec();
        let locations: Vec<LocationId> = (1..)
            .zip(LOCATIONS)
            .map(|(at, functions)| {
                let line = |function: &usize| Line { function: FunctionId::new(*function), line: at, column: 0 };
                let lines = functions.iter().map(line);
                symbols.push_location(Location::new(at as u64, None), lines, &mut budget).unwrap()
            })
            .collect();
        for (stack, value) in stacks {
            let below =
                |caller, location: &usize| tables.trie.child(caller, locations[*location], &mut budget).unwrap();
            ends.push(stack.iter().fold(Trie::ROOT, below));
            values.push(*value, &mut budget).unwrap();
        }
        let labels = vec![LabelSetId::EMPTY; ends.len()];
        profile.samples = Samples { stacks: ends.into(), labels: labels.into(), values: vec![values] };
        Arc::new(Series::new(profile, budget))
    }

    fn query(stacks: Stacks) -> Query {
        Query { stacks, other_types: OtherTypes::Never, ..Query::default() }
    }

    proptest! {
        #[test]
        fn rows_equal_those_of_the_call_tree(
            stacks in prop::collection::vec((prop::collection::vec(0..LOCATIONS.len(), 0..12), 0_i64..500), 1..40),
            granularity in prop::sample::select(Granularity::WORDS.map(|(_, granularity)| granularity).to_vec()),
            per in prop::sample::select(vec![Per::Auto, Per::Instance]),
        ) {
            let series = series(&stacks);
            let answer = |stacks: Stacks| {
                let shape = TreeShape { granularity, ..TreeShape::default() };
                derive(&series, &Query { shape, per: per.clone(), ..query(stacks) }, None).unwrap()
            };
            let (rows_only, whole) = (answer(Stacks::RowsOnly), answer(Stacks::All));
            prop_assert!(rows_only.tree.is_empty());
            prop_assert_eq!(rows_only.rows(), whole.rows());
            prop_assert_eq!(rows_only.column.unfiltered_total(), whole.column.unfiltered_total());
            // The tree has nodes again for a query that needs them.
            let next = derive(&series, &whole.query, Some(&rows_only)).unwrap();
            prop_assert_eq!(next.tree.len(), whole.tree.len());
        }
    }

    #[test]
    fn a_tree_is_built_where_rows_alone_do_not_suffice() {
        let of = |stacks: &[(Vec<usize>, i64)], query: &Query| {
            !derive(&series(stacks), query, None).unwrap().tree.is_empty()
        };
        let (plain, rows) = ([(vec![0, 1], 5), (vec![0, 2], 3)], query(Stacks::RowsOnly));
        assert!(!of(&plain, &rows));
        assert!(of(&[(vec![0, 1], 5), (vec![0, 2], -3)], &rows), "shares of negative values depend on nodes");
        let folded = TreeShape { recursion: Recursion::Folded, ..TreeShape::default() };
        assert!(of(&plain, &Query { shape: folded, ..rows.clone() }), "folded calls have other totals");
        assert!(of(&plain, &Query { search: Some("get".to_owned()), ..rows.clone() }), "hits are nodes");
        assert!(of(&plain, &Query { base: Some(rows.window), ..rows.clone() }), "changes are of nodes");
        assert!(of(&plain, &Query { order: StackOrder::BottomUp, ..rows }), "a regrouped tree is made of nodes");
    }
}
