//! Derivation of answers in pure steps: tree, columns, flat figures, comparison, hits. Each step is kept with its
//! inputs, so that a query that differs in one input repeats only the steps that depend on it.

mod base;
pub mod derived;
mod divisors;
mod error;
mod regrouped;
mod side;
mod total_change;

use std::sync::Arc;

use crate::analysis::base_instance::base_instances;
use crate::analysis::column::PrefixSums;
use crate::analysis::derive::base::DeriveBase;
use crate::analysis::diff::{ChangeOptions, Changes, ColumnPair};
use crate::analysis::filter::{CodeOwner, CodeOwners, CompiledFilters};
use crate::analysis::frames::LocationFrames;
use crate::analysis::noise::NoiseRequest;
use crate::analysis::query::{Normalize, OtherTypes, StackDirection, StackOrder};
use crate::analysis::window::Per;
use crate::analysis::window_sum::WindowRequest;
use crate::analysis::{
    CallTree, Column, Comparison, Derived, FilteredTree, Flat, FrameOwners, Hits, Noise, OutOfRange, Query,
    SnapshotSums, Timeline, Widths, Window, WindowSum, stack_rows,
};
use crate::base::ids::FrameId;
use crate::base::limits::{Budget, LimitError};
use crate::base::names::Language;
use crate::base::units::Unit;
use crate::profile::{Input, Series};

pub(super) use divisors::divisors;
pub use error::QueryError;
pub use regrouped::RegroupedFrom;
use side::{equal_totals, noise_request, ratio_of, sum_to_normalize};
use total_change::ChangeNoise;

pub use side::{CANNOT_NORMALIZE, Side};
pub(super) use total_change::{ChangeVerdict, Course, LevelChange, SideChange, TotalChange};

/// Answer to a query.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Query that was answered.
    pub query: Query,
    /// Series that was queried.
    pub series: Arc<Series>,
    /// Processes and log events of the series, independent of any window.
    pub timeline: Arc<Timeline>,
    /// Call tree.
    pub tree: Arc<CallTree>,
    /// Filters, matched against the names and labels of the series.
    pub filters: Arc<CompiledFilters>,
    /// Samples that pass the filters, on the tree.
    pub filtered: FilteredTree,
    /// Weighted sum of the snapshots of the window, by sample type.
    pub window_sums: Vec<WindowSum>,
    /// Column of the chosen sample type in the window.
    pub column: Arc<Column>,
    /// Column before normalisation; `None` if it was not scaled.
    unscaled: Option<Arc<Column>>,
    /// Figures by row, added up without nodes of the tree; `None` if the tree has its nodes.
    rows: Option<Arc<Flat>>,
    /// Figures by frame for each sample type of the series; `None` for those that are computed later or not at all.
    pub flats: Vec<Option<Arc<Flat>>>,
    /// Comparison with the base; `None` without a base.
    pub base: Option<Comparison>,
    /// Sampling noise of the chosen sample type; `None` in a comparison, which has its own, if it is not known, or
    /// until it is computed.
    pub noise: Option<Arc<Noise>>,
    /// Noise of the change of the total that the headline names; `None` without one, or until it is computed.
    change_noise: Option<Arc<ChangeNoise>>,
    /// Figures derived from several sample types; `None` in a comparison, or until they are computed.
    pub derived: Option<Arc<Derived>>,
    /// Widths of the nodes.
    pub widths: Widths,
    /// Sums of each snapshot by itself; `None` for a single snapshot, until they are computed, or if they exceed the
    /// budget.
    pub snapshot_sums: Option<Arc<SnapshotSums>>,
    /// Matches of the search; `None` without one.
    pub hits: Option<Arc<Hits>>,
    /// Programming language of most names.
    pub language: Language,
    /// Origin of an answer whose tree is regrouped; `None` for one over the call tree.
    pub regrouped: Option<RegroupedFrom>,
    /// Series as it was recorded, if the stacks of [`Answer::series`] are reversed.
    pub recorded: Option<Arc<Series>>,
    /// Code owners of the frames of the tree.
    pub owners: Arc<FrameOwners>,
    /// Last comparison, kept while the query has no base: one key turns the comparison off and on.
    last_comparison: Option<Arc<KeptComparison>>,
}

/// Comparison with all of its inputs.
#[derive(Clone, Debug)]
struct KeptComparison {
    base: Comparison,
    column: Arc<Column>,
    window_sums: Vec<WindowSum>,
    widths: Widths,
    query: Query,
}

impl Answer {
    /// Returns the comparison for reuse by later answers; without a base, the last comparison.
    fn kept(&self) -> Option<Arc<KeptComparison>> {
        let Some(base) = &self.base else { return self.last_comparison.clone() };
        // A normalised comparison is computed again: its scaled column would be taken for a measured one.
        let is_plain = base.ratio.is_none();
        is_plain.then(|| {
            let (column, widths) = (Arc::clone(&self.column), self.widths.clone());
            let (base, window_sums, query) = (base.clone(), self.window_sums.clone(), self.query.clone());
            Arc::new(KeptComparison { base, column, window_sums, widths, query })
        })
    }

    /// Series as it was recorded.
    pub fn recorded_series(&self) -> &Arc<Series> {
        self.recorded.as_ref().unwrap_or(&self.series)
    }

    /// Owner of the code of a frame; `None` for the root, and if it is not known.
    pub fn owner(&self, frame: FrameId) -> Option<CodeOwner> {
        self.owners.of(self.language, self.tree.frames(), frame)
    }

    /// Patterns that tell the owners of code.
    pub fn code_owners(&self) -> &CodeOwners {
        self.owners.patterns(self.language, self.tree.frames())
    }

    /// Figures by frame of a sample type; `None` if they are not computed.
    pub fn flat(&self, sample_type: usize) -> Option<&Flat> {
        self.flats.get(sample_type)?.as_deref()
    }

    /// Figures of the chosen sample type by row of a report, see [`Frames::row`](crate::analysis::Frames::row).
    pub fn rows(&self) -> Arc<Flat> {
        self.rows.as_ref().map_or_else(|| Arc::new(Flat::by_row(&self.tree, &self.column)), Arc::clone)
    }

    /// Total of a sample type in the window without filters, clamped to 64 bits.
    pub fn unfiltered_total(&self, sample_type: usize) -> i64 {
        self.window_sums
            .get(sample_type)
            .map_or(0, |window_sum| window_sum.sum(&self.series, sample_type).round() as i64)
    }

    /// Column of the current figures before normalisation.
    pub(super) fn unscaled(&self) -> &Column {
        self.unscaled.as_ref().unwrap_or(&self.column)
    }

    /// Factor by which the current figures of a sample type were normalised; `None` without normalisation.
    pub(super) fn ratio(&self, sample_type: usize) -> Option<f64> {
        let base = self.base.as_ref().filter(|_| self.query.normalize == Normalize::On)?;
        self.equal_ratio(base, sample_type)
    }

    /// Columns of both windows; `None` without a base.
    pub fn pair(&self) -> Option<ColumnPair<'_>> {
        let base = self.base.as_ref()?;
        let (noise, changes) = (base.noise.as_deref(), Some(&*base.changes));
        Some(ColumnPair { tree: &self.tree, current: &self.column, base: &base.column, noise, changes })
    }

    /// Change of the total in a comparison, clamped to 64 bits; 0 without a base.
    pub fn net_change(&self) -> i64 {
        let Some(base) = &self.base else { return 0 };
        let change = self.column.filtered_total().saturating_sub(base.column.filtered_total());
        i64::try_from(change).unwrap_or(if change < 0 { i64::MIN } else { i64::MAX })
    }
}

/// Answers a query, reusing from `before` every step whose inputs are the same.
///
/// # Errors
/// [`QueryError`] when a pattern is wrong, the sample type does not exist, or the answer exceeds the heap budget.
pub fn derive(series: &Arc<Series>, query: &Query, before: Option<&Answer>) -> Result<Answer, QueryError> {
    OutOfRange::check(series, query)?;
    let read = read_direction(series, query.direction, before)?;
    let before = before.filter(|before| Arc::ptr_eq(&before.series, &read));
    let mut answer = derive_in_order(&read, query, before)?;
    answer.recorded = (query.direction == StackDirection::Flipped).then(|| Arc::clone(series));
    Ok(answer)
}

/// Returns the series with its stacks in the direction of the query, reusing that of the last answer if possible.
fn read_direction(
    series: &Arc<Series>,
    direction: StackDirection,
    before: Option<&Answer>,
) -> Result<Arc<Series>, QueryError> {
    if direction == StackDirection::AsRecorded {
        return Ok(Arc::clone(series));
    }
    let is_same = |before: &&Answer| before.recorded.as_ref().is_some_and(|recorded| Arc::ptr_eq(recorded, series));
    match before.filter(is_same) {
        Some(before) => Ok(Arc::clone(&before.series)),
        None => Ok(Arc::new(series.flipped()?)),
    }
}

/// Answers a query over a series whose stacks are already in the right direction.
fn derive_in_order(series: &Arc<Series>, query: &Query, before: Option<&Answer>) -> Result<Answer, QueryError> {
    let answer = derive_upright(series, &query.upright(), before.map(Answer::call_order))?;
    match query.order {
        StackOrder::CallersFirst => Ok(answer),
        StackOrder::BottomUp => answer.bottom_up(&query.detail, before, &mut series.budget().clone()),
    }
}

/// Answers a query over the call tree, without bottom-up order.
fn derive_upright(series: &Arc<Series>, query: &Query, before: Option<&Answer>) -> Result<Answer, QueryError> {
    let before = before.filter(|before| Arc::ptr_eq(&before.series, series));
    let mut budget = series.budget().clone();
    let timeline = before.map_or_else(|| Arc::new(Timeline::new(series)), |before| Arc::clone(&before.timeline));
    let DeriveBase { filters, filtered, language, of_base, of_location } =
        DeriveBase::new(series, query, before, &mut budget)?;
    let tree = Arc::clone(filtered.tree());
    let owners = before.filter(|before| Arc::ptr_eq(&before.tree, &tree)).map(|before| Arc::clone(&before.owners));
    let owners = owners.unwrap_or_default();
    // Sums can be reused only for the same samples on the same tree.
    let before = before.filter(|before| before.filtered.is_same(&filtered));
    let window = query.window.clamped(series);
    let base_window = query.base.map(|base| base.clamped(series));
    let query = Query { window, base: base_window, other_types: query.computed_types(), ..query.clone() };
    let kept = before.and_then(Answer::kept);
    let mut work = DeriveWork {
        series,
        timeline: &timeline,
        filtered: &filtered,
        language,
        of_base: &of_base,
        query: &query,
        before,
        kept: kept.clone(),
        budget,
    };
    let (per, base_per) = divisors(series, &timeline, &query);
    let window_sums = work.window_sums(window, &per, &filtered);
    let plain = work.column(&window_sums, Input::Current)?;
    let base = base_window.map(|base| work.base(&window_sums, work.base_sums(base, &base_per))).transpose()?;
    let (column, unscaled) = match base.as_ref().and_then(|base| Some((base, base.ratio?))) {
        None => (plain, None),
        Some((base, ratio)) => (work.scaled(&plain, &window_sums, &base.column, ratio)?, Some(plain)),
    };
    let flats = work.flats(&window_sums, base.as_ref(), &column)?;
    let (base, widths) = match base {
        None => (None, Widths::Column(Arc::clone(&column))),
        Some(base) => {
            let (base, widths) = work.compare(base, &window_sums, &column)?;
            (Some(base), widths)
        }
    };
    let leaves = work.leaves();
    let hits = work.hits(base.as_ref(), &column, &widths)?;
    let noise = work.noise(&window_sums);
    let rows = of_location.map(|of_location| work.rows(&of_location, &window_sums, &column)).transpose()?;
    let budget = work.budget;
    let series = Arc::clone(series);
    let (derived, change_noise) = (None, None);
    let mut answer = Answer {
        query,
        series,
        timeline,
        tree,
        filters,
        filtered,
        window_sums,
        column,
        unscaled,
        rows,
        flats,
        base,
        noise,
        change_noise,
        derived,
        widths,
        snapshot_sums: leaves,
        hits,
        language,
        regrouped: None,
        recorded: None,
        owners,
        last_comparison: kept,
    };
    answer.change_noise = ChangeNoise::of(&answer, before, &budget).map(Arc::new);
    answer.derived = derived_of(&answer, before, budget);
    Ok(answer)
}

/// Figures derived from several sample types: optional, and left out if they exceed the budget.
fn derived_of(answer: &Answer, before: Option<&Answer>, mut budget: Budget) -> Option<Arc<Derived>> {
    if answer.base.is_some() {
        return None;
    }
    let is_same = |before: &&Answer| {
        let question = |answer: &Answer| {
            (answer.query.sample_type, answer.query.window, answer.query.aggregate, answer.query.instance)
        };
        before.window_sums == answer.window_sums && question(before) == question(answer)
    };
    if let Some(known) = before.filter(is_same).and_then(|before| before.derived.clone()) {
        return Some(known);
    }
    if answer.query.other_types != OtherTypes::Now {
        return None;
    }
    Derived::new(answer, &mut budget).ok().map(Arc::new)
}

/// State of one derivation.
struct DeriveWork<'a> {
    series: &'a Series,
    timeline: &'a Timeline,
    filtered: &'a FilteredTree,
    language: Language,
    /// Filters of the base, and the samples that pass them.
    of_base: &'a (Arc<CompiledFilters>, FilteredTree),
    query: &'a Query,
    /// Answer over the same tree with the same samples.
    before: Option<&'a Answer>,
    /// Last comparison over the same tree.
    kept: Option<Arc<KeptComparison>>,
    budget: Budget,
}

impl DeriveWork<'_> {
    /// Weighted sum of a window for each sample type.
    fn window_sums(&self, window: Window, per: &Per, filtered: &FilteredTree) -> Vec<WindowSum> {
        let Query { aggregate, instance, .. } = *self.query;
        let sum = |sample_type| {
            let role = self.query.role.filter(|_| sample_type == self.query.sample_type);
            let request = WindowRequest { sample_type, window, aggregate, per: per.clone(), instance, role };
            WindowSum::filtered(self.series, self.timeline, &request, filtered)
        };
        (0..self.series.sample_types().len()).map(sum).collect()
    }

    /// Weighted sum of the base for each sample type: of the instances of the window, or of others.
    fn base_sums(&self, window: Window, per: &Per) -> Vec<WindowSum> {
        let filtered = &self.of_base.1;
        let Some(instances) = base_instances(self.series, self.timeline, self.query, window) else {
            return self.window_sums(window, per, filtered);
        };
        let Query { aggregate, .. } = *self.query;
        let of = |sample_type| {
            let role = self.query.role.filter(|_| sample_type == self.query.sample_type);
            let sum = |instance: &usize| {
                let instance = Some(*instance);
                let request = WindowRequest { sample_type, window, aggregate, per: per.clone(), instance, role };
                WindowSum::filtered(self.series, self.timeline, &request, filtered)
            };
            WindowSum::mean_of(instances.iter().map(sum).collect())
        };
        let sums: Option<Vec<WindowSum>> = (0..self.series.sample_types().len()).map(of).collect();
        sums.unwrap_or_else(|| self.window_sums(window, per, filtered))
    }

    /// Adds up the rows of the chosen sample type without nodes of the tree.
    fn rows(
        &mut self,
        of_location: &LocationFrames,
        window_sums: &[WindowSum],
        column: &Column,
    ) -> Result<Arc<Flat>, LimitError> {
        let (frames, chosen) = (self.filtered.tree().frames(), self.query.sample_type);
        let window_sum = &window_sums[chosen];
        let rows = stack_rows::add_up(self.series, frames, of_location, chosen, window_sum, &mut self.budget)?;
        Ok(Arc::new(Flat::of_rows(&rows, column)))
    }

    /// Returns the column of the chosen sample type: a known one of the same sum, one derived from the last of the same
    /// side, or a new one.
    fn column(&mut self, window_sums: &[WindowSum], side: Input) -> Result<Arc<Column>, LimitError> {
        let chosen = self.query.sample_type;
        let window_sum = &window_sums[chosen];
        let before = self.before.filter(|before| before.query.sample_type == chosen);
        let current =
            before.map(|before| (&before.window_sums[chosen], before.unscaled.as_ref().unwrap_or(&before.column)));
        let base = before.and_then(|before| before.base.as_ref()).map(|base| (&base.window_sums[chosen], &base.column));
        let kept = self.kept.as_ref().filter(|kept| kept.query.sample_type == chosen);
        let kept_current = kept.map(|kept| (&kept.window_sums[chosen], &kept.column));
        let kept_base = kept.map(|kept| (&kept.base.window_sums[chosen], &kept.base.column));
        let filtered = if side == Input::Current { self.filtered } else { &self.of_base.1 };
        let known = [current, base, kept_current, kept_base];
        let known = known.map(|known| known.filter(|(_, column)| column.is_of(filtered)));
        if let Some((_, column)) = known.into_iter().flatten().find(|(known, _)| *known == window_sum) {
            return Ok(Arc::clone(column));
        }
        let [current, base, _, kept_base] = known;
        let near = if side == Input::Current { current } else { base.or(kept_base) };
        let column = match near {
            Some((known, column)) => column.for_window(self.series, chosen, known, window_sum, &mut self.budget)?,
            None => Column::new(self.series, filtered, chosen, window_sum, &mut self.budget)?,
        };
        Ok(Arc::new(column))
    }

    fn scaled(
        &mut self,
        plain: &Column,
        window_sums: &[WindowSum],
        base: &Column,
        ratio: f64,
    ) -> Result<Arc<Column>, LimitError> {
        let chosen = self.query.sample_type;
        let scaled = plain.scaled(self.series, chosen, &window_sums[chosen], ratio, &mut self.budget)?;
        Ok(Arc::new(scaled.with_total_of(base, equal_totals(self.query))))
    }

    /// Builds the part of the comparison that needs only the totals of the current window; `compare` adds the rest.
    fn base(&mut self, current: &[WindowSum], window_sums: Vec<WindowSum>) -> Result<Comparison, LimitError> {
        let column = self.column(&window_sums, Input::Base)?;
        let ratio = self.ratio(self.query.sample_type, current, &window_sums);
        let (flats, noise, changes) = (Vec::new(), None, Arc::default());
        let (filters, filtered) = self.of_base.clone();
        Ok(Comparison { window_sums, filters, filtered, column, flats, noise, ratio, changes })
    }

    /// Factor that makes the totals of a sample type equal; `None` without normalisation.
    fn ratio(&self, sample_type: usize, current: &[WindowSum], base: &[WindowSum]) -> Option<f64> {
        if self.query.normalize == Normalize::Off {
            return None;
        }
        let sides = [(&self.of_base.1, base), (self.filtered, current)];
        let [base, current] =
            sides.map(|(filtered, sums)| sum_to_normalize(self.query, self.series, filtered, sample_type, sums));
        ratio_of(base, current)
    }

    /// Current figures by frame.
    fn flats(
        &mut self,
        window_sums: &[WindowSum],
        base: Option<&Comparison>,
        column: &Arc<Column>,
    ) -> Result<Vec<Option<Arc<Flat>>>, LimitError> {
        let ratios: Vec<Option<f64>> = (0..window_sums.len())
            .map(|sample_type| base.and_then(|base| self.ratio(sample_type, window_sums, &base.window_sums)))
            .collect();
        let known = |sample_type: usize| {
            let before = self.before.filter(|before| before.ratio(sample_type) == ratios[sample_type])?;
            let is_same = before.window_sums[sample_type] == window_sums[sample_type];
            before.flats[sample_type].clone().filter(|_| is_same)
        };
        let known: Vec<_> = (0..window_sums.len()).map(known).collect();
        self.all_flats(self.filtered, window_sums, column, known, &ratios)
    }

    /// Computes the figures by frame of each sample type: reuses the known ones, and computes the chosen type's, and
    /// the others' if the query wants them now.
    fn all_flats(
        &mut self,
        filtered: &FilteredTree,
        window_sums: &[WindowSum],
        column: &Arc<Column>,
        known: Vec<Option<Arc<Flat>>>,
        ratios: &[Option<f64>],
    ) -> Result<Vec<Option<Arc<Flat>>>, LimitError> {
        // All sample types share one list of sums, which is not charged after it is freed.
        let (mut sums, mut budget) = (PrefixSums::default(), self.budget.clone());
        let mut flats = Vec::with_capacity(window_sums.len());
        for (sample_type, known) in known.into_iter().enumerate() {
            let window_sum = &window_sums[sample_type];
            let flat = match ratios[sample_type] {
                _ if known.is_some() => known,
                _ if self.query.other_types == OtherTypes::Never => None,
                _ if sample_type == self.query.sample_type => Some(Arc::new(Flat::by_frame(filtered.tree(), column))),
                _ if self.query.other_types == OtherTypes::Later => None,
                None => {
                    sums.fill(self.series, filtered, sample_type, window_sum, &mut budget)?;
                    Some(Arc::new(Flat::of_sums(filtered.tree(), &sums)))
                }
                Some(ratio) => {
                    let plain = Column::new(self.series, filtered, sample_type, window_sum, &mut budget.clone())?;
                    let scaled = plain.scaled(self.series, sample_type, window_sum, ratio, &mut budget.clone())?;
                    Some(Arc::new(Flat::by_frame(filtered.tree(), &scaled)))
                }
            };
            flats.push(flat);
        }
        Ok(flats)
    }

    /// Compares the current figures with those of the base.
    fn compare(
        &mut self,
        mut base: Comparison,
        window_sums: &[WindowSum],
        column: &Arc<Column>,
    ) -> Result<(Comparison, Widths), LimitError> {
        let kept = self.kept.clone().filter(|kept| kept.query.sample_type == self.query.sample_type);
        let same = kept.as_ref().filter(|kept| {
            Arc::ptr_eq(&kept.column, column)
                && Arc::ptr_eq(&kept.base.column, &base.column)
                && (kept.query.explain, kept.query.shape.matching) == (self.query.explain, self.query.shape.matching)
        });
        let known = |sample_type: usize| {
            let known =
                self.kept.as_ref().map(|kept| &kept.base).filter(|known| known.filtered.is_same(&base.filtered))?;
            let is_same = known.window_sums[sample_type] == base.window_sums[sample_type];
            known.flats.get(sample_type).cloned().flatten().filter(|_| is_same)
        };
        let swap = |sample_type: usize| {
            let before = self.before.filter(|before| before.ratio(sample_type).is_none())?;
            let is_same = before.window_sums[sample_type] == base.window_sums[sample_type];
            let before = Some(before).filter(|before| is_same && before.filtered.is_same(&base.filtered))?;
            before.flats[sample_type].clone()
        };
        let flats =
            (0..window_sums.len()).map(|sample_type| known(sample_type).or_else(|| swap(sample_type))).collect();
        let ratios = vec![None; window_sums.len()];
        base.flats = self.all_flats(&base.filtered, &base.window_sums, &base.column, flats, &ratios)?;
        if let Some(kept) = same {
            (base.noise, base.changes) = (kept.base.noise.clone(), Arc::clone(&kept.base.changes));
        } else {
            let chosen = self.query.sample_type;
            let request = noise_request(self.query, &window_sums[chosen], &base, self.filtered);
            let noise = Noise::new(self.series, self.timeline, self.filtered, &request, &mut self.budget)?;
            base.noise = noise.map(Arc::new);
            let pair = ColumnPair {
                tree: self.filtered.tree(),
                current: column,
                base: &base.column,
                noise: base.noise.as_deref(),
                changes: None,
            };
            let unit = Unit::of(self.series.sample_types()[chosen].unit.raw());
            // Five to ten changes at the threshold of a strong one would make up all that moved.
            let marks = |moved: i64| {
                let strong = unit.round(moved / 10).max(2);
                [unit.round(strong / 5).max(1), strong]
            };
            let (share, matching) = (self.query.explain, self.query.shape.matching);
            let options = ChangeOptions { share, matching, color_steps: &marks };
            base.changes = Arc::new(Changes::new(&pair, &options));
        }
        let known = same.filter(|kept| kept.query.width == self.query.width);
        let widths = match known {
            Some(kept) => kept.widths.clone(),
            None => Widths::new(self.query.width, self.filtered.tree(), &base.column, column, &mut self.budget)?,
        };
        Ok((base, widths))
    }

    /// Matches of the search; `None` without one.
    fn hits(
        &self,
        base: Option<&Comparison>,
        column: &Arc<Column>,
        widths: &Widths,
    ) -> Result<Option<Arc<Hits>>, QueryError> {
        let Some(pattern) = &self.query.search else { return Ok(None) };
        let same = self
            .before
            .filter(|before| before.query.search == self.query.search && Arc::ptr_eq(&before.column, column))
            .filter(|before| before.base.is_some() == base.is_some());
        match same {
            Some(before) => Ok(before.hits.clone()),
            None => Ok(Some(Arc::new(Hits::new(pattern, self.language, self.filtered.tree(), column, widths)?))),
        }
    }

    /// Sampling noise of the chosen sample type; `None` in a comparison, if not known or wanted now, or beyond the
    /// budget.
    fn noise(&self, window_sums: &[WindowSum]) -> Option<Arc<Noise>> {
        let chosen = self.query.sample_type;
        if self.query.base.is_some() {
            return None;
        }
        let known = self.before.filter(|before| before.query.sample_type == chosen);
        let known = known.filter(|before| before.window_sums[chosen] == window_sums[chosen]);
        if let Some(noise) = known.and_then(|before| before.noise.clone()) {
            return Some(noise);
        }
        if self.query.other_types != OtherTypes::Now {
            return None;
        }
        let request = NoiseRequest::of_window(chosen, &window_sums[chosen]);
        let noise = Noise::new(self.series, self.timeline, self.filtered, &request, &mut self.budget.clone());
        noise.ok().flatten().map(Arc::new)
    }

    /// Sums of each snapshot by itself; `None` for a single snapshot, if not wanted now, or beyond the budget.
    fn leaves(&self) -> Option<Arc<SnapshotSums>> {
        let chosen = self.query.sample_type;
        let known = self.before.filter(|before| before.query.sample_type == chosen);
        if let Some(leaves) = known.and_then(|before| before.snapshot_sums.clone()) {
            return Some(leaves);
        }
        if self.query.other_types != OtherTypes::Now || self.series.snapshots().len() < 2 {
            return None;
        }
        SnapshotSums::new(self.series, self.filtered, chosen, &mut self.budget.clone()).ok().map(Arc::new)
    }
}
