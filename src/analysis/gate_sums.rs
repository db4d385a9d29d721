//! Sums that gates check: the total and the self of every function, in 128 bits, with their variances.

use std::collections::BTreeMap;

use crate::analysis::amount::Amount;
use crate::analysis::noise::NoiseRequest;
use crate::analysis::owners::{OwnerSum, owner_sums};
use crate::analysis::{
    Answer, CallTree, Column, Comparison, FilteredTree, Flat, Noise, Per, Query, Window, WindowRequest, WindowSum,
};
use crate::base::limits::LimitError;

/// Sums of one side: its total, and each function's self.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GateSums {
    /// Signed sum of all values.
    pub total: Amount,
    /// Variance of the total by sampling; `None` if it is not known.
    pub variance: Option<f64>,
    /// Functions with a self or a total, by name. A function that only calls others has a self of 0.
    pub functions: BTreeMap<String, FunctionSum>,
    /// Memory of each owner, by the names of a rule; empty without rules for owners.
    pub owners: BTreeMap<String, OwnerSum>,
    /// Number of instances that were added up; 1 for a single instance, and for figures per instance.
    pub instances: usize,
    /// True for a growth over several snapshots.
    pub is_growth: bool,
}

/// Self of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FunctionSum {
    /// Self.
    pub own: Amount,
    /// Variance by sampling; `None` if it is not known.
    pub variance: Option<f64>,
    /// Third cumulant by sampling; 0 if it is not known.
    pub third_cumulant: f64,
}

impl FunctionSum {
    /// Self that functions of this size have in another profile of the same memory while this profile misses them, as
    /// estimated from this function: its mean and its variance.
    ///
    /// A function with n objects of size s, each sampled with the probability p, is missed with (1 − p)^n, has one sample
    /// with n·p·(1 − p)^(n−1) and two with n·(n − 1)/2·p²·(1 − p)^(n−2). If it is missed, another profile finds n·s in the
    /// mean, and its square is n²·s² and the variance of what was found. With a = s·(1 − p)/p, the means over all profiles
    /// are those of a for each function with one sample, and of a·s and 2·a² for each with one and with two. The estimate
    /// has an error of its own, of a² for each with one sample.
    fn missed_elsewhere(&self) -> [f64; 2] {
        let (own, variance) = (self.own.as_f64(), self.variance.unwrap_or(0.0));
        if own <= 0.0 || variance <= 0.0 {
            return [0.0; 2];
        }
        // A sample has the value d = s/p, and k samples the variance k·(1 − p)·d².
        let missed = (variance / own).min(own);
        let step = if self.third_cumulant > 0.0 { self.third_cumulant / variance } else { missed };
        match own / step {
            samples if samples < 1.5 => [missed, missed * step.max(missed)],
            samples if samples < 2.5 => [0.0, 2.0 * missed.powi(2)],
            _ => [0.0; 2],
        }
    }
}

impl GateSums {
    /// Self of all functions that this profile is expected to miss and another profile of the same memory to find: mean
    /// and variance. The estimate is that of Good and Turing: it needs no other profile than this one.
    pub(super) fn missed_elsewhere(&self) -> [f64; 2] {
        self.functions
            .values()
            .map(FunctionSum::missed_elsewhere)
            .fold([0.0; 2], |[mean, variance], function| [mean + function[0], variance + function[1]])
    }

    /// Sums of the current window.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exceeded.
    pub fn current(answer: &Answer) -> Result<Self, LimitError> {
        let ratio = answer.base.as_ref().and_then(|base| base.ratio).unwrap_or(1.0);
        Self::of_window(answer, &answer.window_sums[answer.query.sample_type], ratio)
    }

    /// Sums of the current window as measured, for limits on functions that are new; `None` if [`GateSums::current`]
    /// has them, as it does unless totals are normalized.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exceeded.
    pub fn measured(answer: &Answer) -> Result<Option<Self>, LimitError> {
        if !is_normalized(answer) {
            return Ok(None);
        }
        Self::of_window(answer, &answer.window_sums[answer.query.sample_type], 1.0).map(Some)
    }

    /// Sums of the current window as measured, over all instances, for limits on what is held; `None` if
    /// [`GateSums::current`] has them, as it does unless totals are normalized or a comparison is per instance.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exceeded.
    pub fn held(answer: &Answer) -> Result<Option<Self>, LimitError> {
        if !is_divided_by_instances(answer) {
            return Self::measured(answer);
        }
        Self::of_window(answer, &undivided(answer, &answer.filtered, answer.query.window), 1.0).map(Some)
    }

    /// Sums of the base over all instances, beside those of [`GateSums::held`]; `None` if [`GateSums::base`] has them, as
    /// it does unless a comparison is per instance.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exceeded.
    pub fn held_base(answer: &Answer) -> Result<Option<Self>, LimitError> {
        match (&answer.base, answer.query.base) {
            (Some(base), Some(window)) if is_divided_by_instances(answer) => {
                Self::of_base(answer, base, &undivided(answer, &base.filtered, window)).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Sums of the base; `None` without one.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exceeded.
    pub fn base(answer: &Answer) -> Result<Option<Self>, LimitError> {
        let of = |base: &Comparison| Self::of_base(answer, base, &base.window_sums[answer.query.sample_type]);
        answer.base.as_ref().map(of).transpose()
    }

    fn of_window(answer: &Answer, window_sum: &WindowSum, ratio: f64) -> Result<Self, LimitError> {
        let mut sums = Self::of(answer, &answer.filtered, window_sum, ratio)?;
        sums.add_callers(&answer.tree, &answer.column);
        Ok(sums)
    }

    fn of_base(answer: &Answer, base: &Comparison, window_sum: &WindowSum) -> Result<Self, LimitError> {
        let mut sums = Self::of(answer, &base.filtered, window_sum, 1.0)?;
        sums.add_callers(&answer.tree, &base.column);
        Ok(sums)
    }

    /// Adds the functions with a total and no self.
    fn add_callers(&mut self, tree: &CallTree, column: &Column) {
        let flat = Flat::by_row(tree, column);
        let variance = self.variance.map(|_| 0.0);
        // The first row is the root, which is no function.
        let rows = tree.frames().rows().iter().zip(flat.totals()).skip(1);
        for (row, _) in rows.filter(|(_, total)| **total != 0) {
            let caller = || FunctionSum { variance, ..FunctionSum::default() };
            self.functions.entry(row.name.raw().to_owned()).or_insert_with(caller);
        }
    }

    fn of(answer: &Answer, filtered: &FilteredTree, window_sum: &WindowSum, ratio: f64) -> Result<Self, LimitError> {
        let (tree, sample_type) = (&answer.tree, answer.query.sample_type);
        let frames = tree.frames();
        let rows: Vec<usize> = frames.ids().map(|frame| frames.row(frame)).collect();
        // In 128 bits: a gate must not pass because a sum wraps.
        let mut own = vec![0_i128; frames.rows().len()];
        let mut total = 0_i128;
        for (snapshot, factor) in &window_sum.terms {
            let samples = &answer.series.snapshots()[*snapshot].samples;
            filtered.for_each(samples, sample_type, |_, node, value| {
                let value = i128::from(value) * i128::from(*factor);
                own[rows[tree.frame(node).index()]] += value;
                total += value;
            });
        }
        let divided = |sum: i128| {
            // A mean is a whole number, as it is printed.
            let has_parts = matches!(window_sum.per, Per::Operations(_) | Per::Counter(_));
            let whole = |sum: Amount| if has_parts { sum } else { Amount::of_units(sum.units()) };
            let sum = whole(Amount::of_quotient(sum, window_sum.divisor));
            if ratio.to_bits() == 1.0_f64.to_bits() { sum } else { whole(sum.scaled(ratio)) }
        };
        let request = NoiseRequest { ratio, ..NoiseRequest::of_window(sample_type, window_sum) };
        let mut budget = answer.series.budget().clone();
        let noise = Noise::new(&answer.series, &answer.timeline, filtered, &request, &mut budget)?;
        let uncertainties = noise.as_ref().map(|noise| noise.row_uncertainties(tree.frames()));
        let mut functions: BTreeMap<String, FunctionSum> = BTreeMap::new();
        for (index, sum) in own.into_iter().enumerate().filter(|(_, sum)| *sum != 0) {
            let function = functions.entry(frames.rows()[index].name.raw().to_owned()).or_default();
            function.own += divided(sum);
            if let Some(uncertainties) = &uncertainties {
                function.variance = Some(function.variance.unwrap_or(0.0) + uncertainties[index].variance());
                function.third_cumulant += uncertainties[index].third_cumulant();
            }
        }
        let variance = noise.as_ref().map(|noise| noise.total(tree, CallTree::ROOT).sigma.powi(2));
        let owners = owner_sums(answer, filtered, &request, noise.as_ref(), &divided)?;
        let is_sum = matches!(window_sum.per, Per::Auto | Per::All);
        let instances = if is_sum { window_sum.instances.max(1) } else { 1 };
        let (total, is_growth) = (divided(total), window_sum.is_growth());
        Ok(Self { total, variance, functions, owners, instances, is_growth })
    }

    /// The sums divided by the number of instances. Memory of owners is left out.
    #[must_use]
    pub fn per_instance(&self) -> Self {
        let count = self.instances.max(1) as f64;
        let variance = |variance: Option<f64>| variance.map(|variance| variance / (count * count));
        let divided = |sum: Amount| sum.scaled_down(self.instances);
        let function = |(name, sum): (&String, &FunctionSum)| {
            let third_cumulant = sum.third_cumulant / count.powi(3);
            (name.clone(), FunctionSum { own: divided(sum.own), variance: variance(sum.variance), third_cumulant })
        };
        Self {
            total: divided(self.total),
            variance: variance(self.variance),
            functions: self.functions.iter().map(function).collect(),
            owners: BTreeMap::new(),
            instances: 1,
            is_growth: self.is_growth,
        }
    }
}

/// Weighted sum of a window over all its instances.
fn undivided(answer: &Answer, filtered: &FilteredTree, window: Window) -> WindowSum {
    let Query { sample_type, aggregate, instance, role, .. } = answer.query;
    let request = WindowRequest { sample_type, window, aggregate, per: Per::All, instance, role };
    WindowSum::filtered(&answer.series, &answer.timeline, &request, filtered)
}

/// Returns true if the current window is multiplied so that both totals are equal.
fn is_normalized(answer: &Answer) -> bool {
    answer.base.as_ref().is_some_and(|base| base.ratio.is_some())
}

/// Returns true if figures are per instance because the compared windows have different numbers of instances.
fn is_divided_by_instances(answer: &Answer) -> bool {
    let per = &answer.window_sums[answer.query.sample_type].per;
    answer.query.is_per_instance_if_numbers_differ() && *per == Per::Instance
}
