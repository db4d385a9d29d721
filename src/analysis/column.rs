//! Values of one sample type in one window over a call tree, as prefix sums in preorder: a figure of a node is the
//! difference of two of them.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::analysis::cumulative_rounding::CumulativeRounding;
use crate::analysis::filtered::FilteredTree;
use crate::analysis::noise::EqualTotals;
use crate::analysis::query::Shares;
use crate::analysis::share_base::{ShareBase, ShareKind, merged, signed_share_base};
use crate::analysis::tree::CallTree;
use crate::analysis::window_sum::WindowSum;
use crate::base::ids::NodeId;
use crate::base::limits::{Budget, LimitError};
use crate::profile::Series;

/// Figures of one sample type for every node.
#[derive(Clone, Debug)]
pub struct Column {
    tree: Arc<CallTree>,
    filtered: FilteredTree,
    sums: PrefixSums,
    /// Sum of |own value| of all nodes before each place of the tree, halved until their total fits 64 bits; `None` if no
    /// value is negative.
    weight_before: Option<Vec<u64>>,
    /// Denominator of shares of the samples that pass the filters; `None` if it is the width of the root.
    shares: Option<ShareBase>,
    /// Sums without filters; `None` if every sample counts.
    unfiltered: Option<UnfilteredSums>,
    /// Figures of a regrouped tree that its prefix sums cannot give; `None` for a call tree.
    regrouped: Option<Arc<RegroupedFigures>>,
    /// Total of the root where a factor made it equal to that of another column, from which the sum of the rounded
    /// samples may differ by a few units; `None` for other columns.
    equal_total: Option<i64>,
}

/// Figures of a regrouped tree that are not sums over its nodes.
#[derive(Clone, Debug)]
struct RegroupedFigures {
    /// Denominator of shares.
    shares: ShareBase,
    /// Raw totals of nodes with recursive chains of calls, in which each sample counts once.
    totals: FxHashMap<NodeId, i64>,
}

/// Sums of a window without filters.
#[derive(Clone, Copy, Debug)]
struct UnfilteredSums {
    /// Signed sum.
    sum: i128,
    /// Denominator of shares.
    shares: ShareBase,
}

/// Prefix sums of own values in preorder. A figure is a difference of two sums, divided by `divisor`.
#[derive(Clone, Debug)]
pub(super) struct PrefixSums {
    /// Sum of the own values of all nodes before each place of the tree, modulo 2^64: a difference is right whenever the
    /// figure itself fits 64 bits. Where samples end at few nodes, only these have a place.
    before: Vec<i64>,
    divisor: i64,
    sum: i128,
    /// Upper bound on the sum of all magnitudes.
    magnitude: u128,
    has_negative: bool,
}

impl Default for PrefixSums {
    fn default() -> Self {
        Self { before: Vec::new(), divisor: 1, sum: 0, magnitude: 0, has_negative: false }
    }
}

impl PrefixSums {
    /// Denominator of shares: the total, or with negative values the sum of the magnitudes of all nodes.
    pub(super) fn share_base(&self) -> i64 {
        let magnitudes = (1..self.before.len()).map(|end| i128::from(self.raw_sum(end - 1..end).unsigned_abs()));
        let sum = if self.has_negative { magnitudes.sum() } else { self.sum };
        rounded(sum, self.divisor)
    }

    /// Computes the sums of a sample type in a window, reusing the memory of earlier sums.
    pub(super) fn fill(
        &mut self,
        series: &Series,
        filtered: &FilteredTree,
        sample_type: usize,
        window_sum: &WindowSum,
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        self.make_room(filtered.tree(), budget)?;
        self.before.clear();
        self.before.resize(filtered.tree().own_places() + 1, 0);
        self.sum = 0;
        self.add(series, filtered, sample_type, &window_sum.terms);
        self.finish(series, sample_type, window_sum);
        Ok(())
    }

    /// Derives the sums of another window, reading only the snapshots whose factors differ.
    fn for_window(
        &self,
        series: &Series,
        filtered: &FilteredTree,
        sample_type: usize,
        window_sum: &WindowSum,
        difference: &[(usize, i64)],
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let mut derived = Self { sum: self.sum, ..Self::default() };
        derived.make_room(filtered.tree(), budget)?;
        derived.before.push(0);
        derived.before.extend(self.before.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])));
        derived.add(series, filtered, sample_type, difference);
        derived.finish(series, sample_type, window_sum);
        Ok(derived)
    }

    fn make_room(&mut self, tree: &CallTree, budget: &mut Budget) -> Result<(), LimitError> {
        let places = tree.own_places();
        if self.before.capacity() <= places { budget.grow(&mut self.before, places + 1) } else { Ok(()) }
    }

    /// Adds the values of some snapshots to the own values of the nodes.
    fn add(&mut self, series: &Series, filtered: &FilteredTree, sample_type: usize, terms: &[(usize, i64)]) {
        for term in terms {
            match filtered.tree().places() {
                None => self.add_snapshot(series, filtered, sample_type, *term, NodeId::index),
                Some(places) => {
                    self.add_snapshot(series, filtered, sample_type, *term, |node| places.before(node.index()));
                }
            }
        }
    }

    /// Adds the values of a snapshot, times a factor. `place` returns the place of a node: this loop visits all samples.
    #[inline]
    fn add_snapshot(
        &mut self,
        series: &Series,
        filtered: &FilteredTree,
        sample_type: usize,
        term: (usize, i64),
        place: impl Fn(NodeId) -> usize,
    ) {
        let (snapshot, factor) = (&series.snapshots()[term.0], term.1);
        let is_all = filtered.keeps_all();
        let mut sum = if is_all { snapshot.totals[sample_type] } else { 0 };
        filtered.for_each(&snapshot.samples, sample_type, |_, node, value| {
            let own = &mut self.before[place(node) + 1];
            *own = own.wrapping_add(value.wrapping_mul(factor));
            if !is_all {
                sum += i128::from(value);
            }
        });
        self.sum = self.sum.wrapping_add(sum.saturating_mul(i128::from(factor)));
    }

    /// Converts own values to prefix sums.
    fn finish(&mut self, series: &Series, sample_type: usize, window_sum: &WindowSum) {
        let (mut running, mut has_negative) = (0_i64, false);
        for own in &mut self.before {
            has_negative |= *own < 0;
            running = running.wrapping_add(*own);
            *own = running;
        }
        let mut magnitude = 0_u128;
        for (snapshot, factor) in &window_sum.terms {
            let snapshot = &series.snapshots()[*snapshot];
            let most = snapshot.magnitudes[sample_type].saturating_mul(u128::from(factor.unsigned_abs()));
            magnitude = magnitude.saturating_add(most);
        }
        (self.magnitude, self.has_negative, self.divisor) = (magnitude, has_negative, window_sum.divisor);
    }

    #[inline]
    pub(super) fn divided(&self, figure: i64) -> i64 {
        if self.divisor == 1 { figure } else { rounded(i128::from(figure), self.divisor) }
    }

    #[inline]
    pub(super) fn total(&self, tree: &CallTree, node: NodeId) -> i64 {
        self.divided(self.raw_total(tree, node))
    }

    #[inline]
    pub(super) fn own(&self, tree: &CallTree, node: NodeId) -> i64 {
        self.divided(self.raw_own(tree, node))
    }

    #[inline]
    pub(super) fn raw_total(&self, tree: &CallTree, node: NodeId) -> i64 {
        self.raw_sum(tree.own_places_of(node.index()..tree.end(node)))
    }

    #[inline]
    pub(super) fn raw_own(&self, tree: &CallTree, node: NodeId) -> i64 {
        self.raw_sum(tree.own_places_of(node.index()..node.index() + 1))
    }

    /// Sum of the own values at some places of the tree, not divided.
    #[inline]
    pub(super) fn raw_sum(&self, places: Range<usize>) -> i64 {
        self.before[places.end].wrapping_sub(self.before[places.start])
    }

    /// Returns true if no value is negative and no sum wraps, so that a sum of 0 is a sum of zeros.
    pub(super) fn is_plain(&self) -> bool {
        !self.has_negative && self.magnitude <= i64::MAX as u128
    }

    pub(super) fn divisor(&self) -> i64 {
        self.divisor
    }

    /// Sum of all values that the filters keep, clamped to 64 bits.
    pub(super) fn rounded_sum(&self) -> i64 {
        rounded(self.sum, self.divisor)
    }

    /// Keeps the own values of nodes in some ranges, which are disjoint and in order, and sets all others to 0.
    pub(super) fn keep(&mut self, tree: &CallTree, ranges: &[Range<usize>]) {
        let places = ranges.iter().map(|nodes| tree.own_places_of(nodes.clone()));
        let (mut ranges, mut before, mut kept) = (places.peekable(), 0_i64, 0_i64);
        for (place, sum) in self.before.iter_mut().skip(1).enumerate() {
            let own = sum.wrapping_sub(before);
            before = *sum;
            while ranges.next_if(|range| range.end <= place).is_some() {}
            if ranges.peek().is_some_and(|range| range.contains(&place)) {
                kept = kept.wrapping_add(own);
            }
            *sum = kept;
        }
    }

    /// Prefix sums of |own value|, halved until the total fits 64 bits.
    fn weights(&self, budget: &mut Budget) -> Result<Vec<u64>, LimitError> {
        let places = self.before.len() - 1;
        prefix_weights(places, |place| u128::from(self.raw_sum(place..place + 1).unsigned_abs()), budget)
    }
}

/// Divides and rounds to the nearest whole number, halves away from 0.
pub(super) fn rounded(figure: i128, divisor: i64) -> i64 {
    let divisor = i128::from(divisor);
    let half = if figure < 0 { -divisor / 2 } else { divisor / 2 };
    i64::try_from(figure.saturating_add(half) / divisor).unwrap_or(if figure < 0 { i64::MIN } else { i64::MAX })
}

/// Prefix sums of the weights of `count` places, halved until the total fits 64 bits.
pub(super) fn prefix_weights(
    count: usize,
    own: impl Fn(usize) -> u128,
    budget: &mut Budget,
) -> Result<Vec<u64>, LimitError> {
    let magnitude = (0..count).fold(0_u128, |sum, place| sum.saturating_add(own(place)));
    let halvings = 65_u32.saturating_sub(magnitude.leading_zeros());
    let mut weights = Vec::new();
    budget.grow(&mut weights, count + 1)?;
    let mut running = 0_u64;
    weights.push(running);
    for place in 0..count {
        running += (own(place) >> halvings) as u64;
        weights.push(running);
    }
    Ok(weights)
}

impl Column {
    /// Returns true if the column was computed from the same tree, mask and denominator of shares.
    pub(super) fn is_of(&self, filtered: &FilteredTree) -> bool {
        self.filtered.is_same(filtered)
    }

    /// Sums one sample type in one window over a tree, using the samples that pass the filters.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn new(
        series: &Series,
        filtered: &FilteredTree,
        sample_type: usize,
        window_sum: &WindowSum,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let mut sums = PrefixSums::default();
        sums.fill(series, filtered, sample_type, window_sum, budget)?;
        let shares = share_base(series, filtered, sample_type, window_sum);
        let unfiltered = UnfilteredSums::new(series, filtered, sample_type, window_sum);
        Self::of(sums, filtered, shares, unfiltered, budget)
    }

    /// Derives the column of another window of the same sample type over the same tree. `before` is the sum that this
    /// column was computed from.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn for_window(
        &self,
        series: &Series,
        sample_type: usize,
        before: &WindowSum,
        window_sum: &WindowSum,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let difference = window_sum.minus(before);
        let far = |terms: &[(usize, i64)]| -> usize {
            terms.iter().map(|(snapshot, _)| series.snapshots()[*snapshot].samples.len()).sum()
        };
        if far(&difference) + self.tree.len() / 2 > far(&window_sum.terms) {
            return Self::new(series, &self.filtered, sample_type, window_sum, budget);
        }
        let sums = self.sums.for_window(series, &self.filtered, sample_type, window_sum, &difference, budget)?;
        let shares = share_base(series, &self.filtered, sample_type, window_sum);
        let unfiltered = UnfilteredSums::new(series, &self.filtered, sample_type, window_sum);
        Self::of(sums, &self.filtered, shares, unfiltered, budget)
    }

    /// Multiplies the figures by a ratio. As in pprof, every sample is rounded by itself if the window is a plain sum;
    /// a mean or a difference is scaled by node.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn scaled(
        &self,
        series: &Series,
        sample_type: usize,
        window_sum: &WindowSum,
        ratio: f64,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        // Equal totals give a ratio of exactly one; scaling by one would round a mean before it is printed.
        if ratio.to_bits() == 1.0_f64.to_bits() {
            return Ok(self.clone());
        }
        let mut sums = PrefixSums { divisor: 1, ..PrefixSums::default() };
        sums.make_room(&self.tree, budget)?;
        sums.before.resize(self.tree.own_places() + 1, 0);
        if window_sum.divisor == 1 && window_sum.terms.iter().all(|(_, factor)| *factor == 1) {
            for ((stack, set), value) in merged(series, sample_type, window_sum) {
                let Some(node) = self.filtered.node(stack, set) else { continue };
                let own = &mut sums.before[self.tree.own_place(node) + 1];
                *own = own.wrapping_add((value as f64 * ratio).round() as i64);
            }
        } else {
            let part = ratio / self.sums.divisor as f64;
            for place in 0..self.tree.own_places() {
                let own = self.sums.raw_sum(place..place + 1) as f64 * part;
                sums.before[place + 1] = own.round() as i64;
            }
        }
        let plain = WindowSum { terms: Vec::new(), divisor: 1, ..window_sum.clone() };
        sums.finish(series, sample_type, &plain);
        sums.sum = i128::from(sums.before[self.tree.own_places()]);
        sums.magnitude = (self.sums.magnitude as f64 * ratio.abs()) as u128;
        let scaled =
            |shares: ShareBase| ShareBase { whole: (shares.whole as f64 * ratio.abs()).round() as i64, ..shares };
        let all = self
            .unfiltered
            .map(|all| UnfilteredSums { sum: (all.sum as f64 * ratio).round() as i128, shares: scaled(all.shares) });
        Self::of(sums, &self.filtered, self.shares.map(scaled), all, budget)
    }

    /// The column with the total of another one, to which a factor made it equal up to rounding.
    pub(super) fn with_total_of(&self, other: &Self, equal: EqualTotals) -> Self {
        let mut equalized = self.clone();
        if let (Some(all), EqualTotals::AllSamples) = (&mut equalized.unfiltered, equal) {
            all.sum = other.unfiltered_total();
        } else {
            equalized.sums.sum = other.filtered_total().saturating_mul(i128::from(self.sums.divisor));
            equalized.equal_total = Some(other.total(CallTree::ROOT));
        }
        equalized
    }

    fn of(
        sums: PrefixSums,
        filtered: &FilteredTree,
        shares: Option<ShareBase>,
        all: Option<UnfilteredSums>,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let weight_before = if sums.has_negative { Some(sums.weights(budget)?) } else { None };
        Ok(Self {
            tree: Arc::clone(filtered.tree()),
            filtered: filtered.clone(),
            sums,
            weight_before,
            shares,
            unfiltered: all,
            regrouped: None,
            equal_total: None,
        })
    }

    /// Builds the column of a regrouped tree from raw own figures. `totals` are the raw totals that are not sums of own
    /// figures. Sum and shares stay those of this column.
    pub(super) fn regrouped(
        &self,
        tree: &Arc<CallTree>,
        own: &[i64],
        totals: FxHashMap<NodeId, i64>,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let mut sums = PrefixSums { before: Vec::new(), has_negative: false, ..self.sums };
        sums.make_room(tree, budget)?;
        let mut running = 0_i64;
        sums.before.push(running);
        for own in own {
            sums.has_negative |= *own < 0;
            running = running.wrapping_add(*own);
            sums.before.push(running);
        }
        let weight_before = if sums.has_negative { Some(sums.weights(budget)?) } else { None };
        let root = totals.get(&CallTree::ROOT).copied().unwrap_or(running);
        // The root of a function's callers or callees has the function's total instead.
        let equal_total = self.equal_total.filter(|_| root == self.sums.raw_total(&self.tree, CallTree::ROOT));
        let regrouped = Some(Arc::new(RegroupedFigures { shares: self.share_base(), totals }));
        let (tree, filtered) = (Arc::clone(tree), self.filtered.clone());
        let (shares, unfiltered) = (self.shares, self.unfiltered);
        Ok(Self { tree, filtered, sums, weight_before, shares, unfiltered, regrouped, equal_total })
    }

    pub(super) fn sums(&self) -> &PrefixSums {
        &self.sums
    }

    /// Total of a node, its callees included: pprof's cum.
    #[inline]
    pub fn total(&self, node: NodeId) -> i64 {
        if let Some(total) = self.equal_total.filter(|_| node == CallTree::ROOT) {
            return total;
        }
        match self.regrouped.as_ref().and_then(|regrouped| regrouped.totals.get(&node)) {
            Some(total) => self.sums.divided(*total),
            None => self.sums.total(&self.tree, node),
        }
    }

    /// Total of a node for display: that of the root of a call tree does not wrap.
    pub fn shown_total(&self, node: NodeId) -> i128 {
        let is_whole = node == CallTree::ROOT && self.wraps() && self.regrouped.is_none();
        if is_whole { self.filtered_total() } else { self.total(node).into() }
    }

    /// Self of a node: pprof's flat.
    #[inline]
    pub fn own(&self, node: NodeId) -> i64 {
        self.sums.own(&self.tree, node)
    }

    /// Rounding for [`Column::next_own`], before the first node.
    pub fn own_rounding(&self) -> CumulativeRounding {
        CumulativeRounding::new(self.sums.divisor)
    }

    /// Self of a node, rounded so that those of all nodes visited with one rounding add up to the rounded total.
    pub fn next_own(&self, node: NodeId, rounding: &mut CumulativeRounding) -> i64 {
        rounding.next(self.sums.raw_own(&self.tree, node))
    }

    /// Width of a node relative to the others of this column: its total if no value is negative, else the sum of |own
    /// value| over its subtree, so that no child is wider than its parent. Widths of a mean are those of its sum.
    #[inline]
    pub fn weight(&self, node: NodeId) -> u64 {
        match &self.weight_before {
            Some(before) => {
                let places = self.tree.own_places_of(node.index()..self.tree.end(node));
                before[places.end] - before[places.start]
            }
            None => self.sums.raw_total(&self.tree, node) as u64,
        }
    }

    /// Signed sum of all samples, whether they pass the filters or not.
    pub fn unfiltered_total(&self) -> i128 {
        self.unfiltered.map_or_else(|| self.filtered_total(), |all| all.sum)
    }

    /// Total before or after filters, as the query's denominator of shares says.
    pub fn measured_total(&self) -> i128 {
        match self.filtered.shares() {
            Shares::Unfiltered => self.unfiltered_total(),
            Shares::Filtered => self.filtered_total(),
        }
    }

    /// Signed sum of the samples that pass the filters.
    pub fn filtered_total(&self) -> i128 {
        divided(self.sums.sum, self.sums.divisor)
    }

    /// Sum of the column, not rounded to whole units.
    pub(super) fn fraction(&self) -> f64 {
        self.sums.sum as f64 / self.sums.divisor as f64
    }

    /// Width of a node in the unit of the figures, comparable between columns of different windows.
    pub fn exact_weight(&self, node: NodeId) -> f64 {
        self.weight(node) as f64 / self.sums.divisor as f64
    }

    /// Denominator of shares: the total, or the sum of the magnitudes of all samples if some are below zero, as in pprof.
    /// Filters change the denominator only with [`Shares::Filtered`].
    pub fn abs_share_base(&self) -> i64 {
        self.share_base().whole
    }

    /// Values that the denominator of shares adds up.
    pub fn share_kind(&self) -> ShareKind {
        self.share_base().kind
    }

    fn share_base(&self) -> ShareBase {
        if let Some(regrouped) = &self.regrouped {
            return regrouped.shares;
        }
        if let Some(all) = self.unfiltered.filter(|_| self.filtered.shares() == Shares::Unfiltered) {
            return all.shares;
        }
        self.shares.unwrap_or_else(|| ShareBase {
            whole: rounded(i128::from(self.weight(CallTree::ROOT)), self.sums.divisor),
            kind: if self.sums.has_negative { ShareKind::Magnitudes } else { ShareKind::Sum },
        })
    }

    /// Denominator of shares in a node: its total, or the sum of all magnitudes below it if negative values could let
    /// shares exceed the total.
    pub fn abs_share_base_of(&self, node: NodeId) -> i64 {
        if self.sums.has_negative {
            rounded(i128::from(self.weight(node)), self.sums.divisor)
        } else {
            self.total(node)
        }
    }

    /// Returns true if any node's own value is negative.
    pub fn has_negative(&self) -> bool {
        self.sums.has_negative
    }

    /// Returns true if sums may exceed 64 bits; such sums wrap as they do in pprof.
    pub fn wraps(&self) -> bool {
        self.sums.magnitude > i64::MAX as u128
    }
}

impl UnfilteredSums {
    /// Sums of a sample type in a window without filters; `None` if every sample counts.
    fn new(series: &Series, filtered: &FilteredTree, sample_type: usize, window_sum: &WindowSum) -> Option<Self> {
        if filtered.keeps_all() {
            return None;
        }
        let total = |(snapshot, factor): &(usize, i64)| {
            series.snapshots()[*snapshot].totals[sample_type].saturating_mul(i128::from(*factor))
        };
        let raw: i128 = window_sum.terms.iter().map(total).sum();
        let shares = share_base(series, &filtered.without_mask(), sample_type, window_sum);
        let sum = || ShareBase { whole: rounded(raw.saturating_abs(), window_sum.divisor), kind: ShareKind::Sum };
        Some(Self { sum: divided(raw, window_sum.divisor), shares: shares.unwrap_or_else(sum) })
    }
}

/// Denominator of shares of the samples that pass the filters; `None` if it is the width of the root.
fn share_base(
    series: &Series,
    filtered: &FilteredTree,
    sample_type: usize,
    window_sum: &WindowSum,
) -> Option<ShareBase> {
    let (sum, kind) = signed_share_base(series, filtered, sample_type, window_sum)?;
    Some(ShareBase { whole: rounded(i128::try_from(sum).unwrap_or(i128::MAX), window_sum.divisor), kind })
}

/// Divides a sum with rounding; with a divisor of 1, a sum beyond 64 bits stays exact.
fn divided(sum: i128, divisor: i64) -> i128 {
    if divisor == 1 { sum } else { i128::from(rounded(sum, divisor)) }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn a_quotient_is_rounded_to_the_nearest() {
        let cases = [(7, 2, 4), (-7, 2, -4), (5, 3, 2), (4, 3, 1), (-4, 3, -1), (0, 9, 0), (9, 1, 9)];
        for (figure, divisor, quotient) in cases {
            assert_eq!(rounded(figure, divisor), quotient, "{figure} / {divisor}");
        }
    }
}
