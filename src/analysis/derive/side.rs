//! The two sides of a comparison: an answer for each side, the filters of the sides, and the totals that normalisation
//! makes equal.

use std::sync::Arc;

use crate::analysis::base_instance::base_instances;
use crate::analysis::derive::Answer;
use crate::analysis::query::BaseInstance;
use crate::analysis::{
    CallTree, Comparison, EqualTotals, Filter, FilteredTree, NoiseRequest, Query, Uncertainty, Widths, WindowSum,
};
use crate::base::safe_text::safe_str;
use crate::profile::Series;

/// One of the two windows of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// Base window.
    A,
    /// Current window.
    #[default]
    B,
}

impl Side {
    /// Returns the other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// Returns the letter that names the side.
    pub fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

impl Answer {
    /// Returns one side of a comparison as an answer of its own, over the same tree and with siblings in the order of
    /// both sides; `None` without a base.
    pub fn side(&self, which: Side) -> Option<Self> {
        let base = self.base.as_ref()?;
        let (column, window_sums, flats, window) = match which {
            Side::A => (&base.column, &base.window_sums, &base.flats, self.query.base?),
            Side::B => (&self.column, &self.window_sums, &self.flats, self.query.window),
        };
        let (side_filters, compiled, filtered) = match which {
            Side::A => (self.query.filters_of_base(), &base.filters, &base.filtered),
            Side::B => (self.query.filters.clone(), &self.filters, &self.filtered),
        };
        let of_base = base_instances(&self.series, &self.timeline, &self.query, window).filter(|_| which == Side::A);
        let instance = match of_base.as_deref() {
            None => self.query.instance,
            Some([instance]) => Some(*instance),
            Some(_) => None,
        };
        let order = Arc::new(self.widths.clone());
        Some(Self {
            query: Query {
                window,
                base: None,
                instance,
                base_instance: BaseInstance::Same,
                filters: side_filters,
                base_filters: Vec::new(),
                ..self.query.clone()
            },
            filters: Arc::clone(compiled),
            filtered: filtered.clone(),
            column: Arc::clone(column),
            window_sums: window_sums.clone(),
            flats: flats.clone(),
            widths: Widths::Ordered { column: Arc::clone(column), order },
            base: None,
            unscaled: None,
            ..self.clone()
        })
    }

    /// Returns true if a factor makes the totals of both sides of a comparison equal: both are above zero, or both below.
    pub fn can_normalize(&self) -> bool {
        self.base.as_ref().is_some_and(|base| self.equal_ratio(base, self.query.sample_type).is_some())
    }

    /// Factor that makes the totals of a sample type equal; `None` if none does.
    pub(super) fn equal_ratio(&self, base: &Comparison, sample_type: usize) -> Option<f64> {
        let sides = [(&base.filtered, &base.window_sums), (&self.filtered, &self.window_sums)];
        let [base, current] =
            sides.map(|(filtered, sums)| sum_to_normalize(&self.query, &self.series, filtered, sample_type, sums));
        ratio_of(base, current)
    }

    /// Request for the noise of the comparison; `None` without a base.
    pub(in crate::analysis) fn noise_request(&self) -> Option<NoiseRequest<'_>> {
        let current = &self.window_sums[self.query.sample_type];
        self.base.as_ref().map(|base| noise_request(&self.query, current, base, &self.filtered))
    }

    /// Sampling noise of the change of the total in a comparison; `None` if it is not known, or if there is none.
    pub fn net_noise(&self) -> Option<Uncertainty> {
        let noise = self.base.as_ref()?.noise.as_ref()?;
        Some(noise.total(&self.tree, CallTree::ROOT)).filter(|noise| noise.sigma > 0.0)
    }

    /// Filters that only this side of a comparison has, safe to show; `None` if both sides have the same filters.
    pub fn side_filters(&self, which: Side) -> Option<String> {
        let query = &self.query;
        if query.base.is_none() || query.base_filters.is_empty() {
            return None;
        }
        let of_base = query.filters_of_base();
        let (own, other) = match which {
            Side::A => (&of_base, &query.filters),
            Side::B => (&query.filters, &of_base),
        };
        let words: Vec<String> = own.iter().filter(|filter| !other.contains(filter)).map(Filter::plain_text).collect();
        Some(if words.is_empty() { "all".to_owned() } else { safe_str(&words.join(", ")).into_owned() })
    }
}

/// Reason why two totals cannot be made equal.
pub const CANNOT_NORMALIZE: &str = "no factor makes the totals equal: one of them is not above zero";

/// Total that normalisation makes equal on both sides: that of all samples, as in pprof; with base filters, that of the
/// samples that pass the side's filters.
pub(super) fn sum_to_normalize(
    query: &Query,
    series: &Series,
    filtered: &FilteredTree,
    sample_type: usize,
    window_sums: &[WindowSum],
) -> f64 {
    let window_sum = &window_sums[sample_type];
    if equal_totals(query) == EqualTotals::AllSamples {
        return window_sum.sum(series, sample_type);
    }
    let term =
        |(at, factor): &(usize, i64)| filtered.total(&series.snapshots()[*at], sample_type) as f64 * *factor as f64;
    window_sum.terms.iter().map(term).sum::<f64>() / window_sum.divisor as f64
}

/// Samples whose totals normalisation makes equal.
pub(super) fn equal_totals(query: &Query) -> EqualTotals {
    if query.base_filters.is_empty() { EqualTotals::AllSamples } else { EqualTotals::FilteredSamples }
}

/// Request for the noise of a comparison; `current` is the sum of the current window, `filtered` its samples.
pub(super) fn noise_request<'a>(
    query: &Query,
    current: &'a WindowSum,
    base: &'a Comparison,
    filtered: &FilteredTree,
) -> NoiseRequest<'a> {
    NoiseRequest {
        sample_type: query.sample_type,
        current,
        ratio: base.ratio.unwrap_or(1.0),
        equal_totals: base.ratio.map(|_| equal_totals(query)),
        base: Some(&base.window_sums[query.sample_type]),
        base_filtered: Some(&base.filtered).filter(|of_base| !of_base.is_same(filtered)),
    }
}

/// Factor that makes the total `current` equal to `base`; `None` if no factor above 0 does.
pub(super) fn ratio_of(base: f64, current: f64) -> Option<f64> {
    Some(base / current).filter(|ratio| ratio.is_finite() && *ratio > 0.0)
}
