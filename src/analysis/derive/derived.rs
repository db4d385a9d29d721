//! Figures derived from two columns of a profile: freed bytes, average object size, retained share, and lifetime.
//!
//! A figure is absent, with the reason, if an input makes it meaningless. Views show it apart from the columns of the
//! file, with the columns that it is derived from.

use std::sync::Arc;

use crate::analysis::column::PrefixSums;
use crate::analysis::rates::own_spans;
use crate::analysis::timeline::is_all_merges;
use crate::analysis::window_sum::{WindowRequest, WindowSum};
use crate::analysis::{Aggregate, Answer, Flat};
use crate::base::ids::FrameId;
use crate::base::limits::{Budget, LimitError};
use crate::profile::{Measure, MemoryKind, Role, Series};

/// A derived figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// Allocated memory that is no longer in use: the work of a garbage collector.
    Freed,
    /// Bytes per object, in the chosen sample type.
    AverageSize,
    /// Share of the memory allocated since the start that is still in use.
    Retention,
    /// Average lifetime of allocated memory: memory in use divided by the allocation rate (Little's law).
    Lifetime,
}

impl Figure {
    /// All figures.
    pub const ALL: [Self; 4] = [Self::Freed, Self::AverageSize, Self::Retention, Self::Lifetime];

    /// Returns the name of the figure.
    pub fn word(self) -> &'static str {
        match self {
            Self::Freed => "freed",
            Self::AverageSize => "avg size",
            Self::Retention => "retained",
            Self::Lifetime => "lifetime",
        }
    }

    /// Returns the column title, at most six cells wide.
    pub fn title(self) -> &'static str {
        match self {
            Self::Freed => "Freed",
            Self::AverageSize => "Avg",
            Self::Retention => "Kept",
            Self::Lifetime => "Life",
        }
    }

    /// Definition of the figure in a few words.
    pub fn description(self) -> &'static str {
        match self {
            Self::Freed => "allocated and not held any more",
            Self::AverageSize => "bytes of an object on average",
            Self::Retention => "part of what was allocated that is still held",
            Self::Lifetime => "how long what is allocated is held on average",
        }
    }
}

/// Value of a derived figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DerivedValue {
    /// Amount in the unit of the chosen sample type.
    Amount(i64),
    /// Fraction of a whole.
    Share(f64),
    /// Duration in nanoseconds.
    Time(i64),
}

/// Reason why a derived figure is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AbsentReason {
    /// There is no in-use column.
    #[error("the profile has no in-use column")]
    NoInUse,
    /// There are several in-use columns.
    #[error("the profile has several in-use columns")]
    SeveralInUse,
    /// There is no allocated column.
    #[error("the profile has no allocated column")]
    NoAllocated,
    /// There are several allocated columns.
    #[error("the profile has several allocated columns")]
    SeveralAllocated,
    /// There is no column that counts the objects of the chosen bytes.
    #[error("no matching objects column")]
    Objects,
    /// Memory in use is recorded as a change, not as a level.
    #[error("in-use is a change here, not a level")]
    Change,
    /// Allocations are those of a duration, and memory in use at the start of the duration is not known.
    #[error("what was held when the duration began is not said")]
    Start,
    /// Allocations are those of a window, not since the start.
    #[error("of allocations since the start only: take a window of one snapshot")]
    SinceStart,
    /// The duration is not known.
    #[error("takes several snapshots with times, or a duration")]
    Span,
    /// Two windows are compared.
    #[error("of one window, not of a comparison")]
    Compared,
    /// The query sets an aggregation other than the default.
    #[error("only where snapshots are taken together as usual (--aggregate auto)")]
    Aggregated,
    /// The divisor is not positive, or an input is missing.
    #[error("nothing to divide by")]
    Nothing,
    /// Little's law holds for a steady state only.
    #[error("no steady state: what is held grows, or was not replaced within the window")]
    NotSteady,
}

/// Sample types, by index, from which the derived figures of a query are computed. They need no column, so that the
/// available figures are known at once.
#[derive(Clone, Debug)]
pub struct Inputs {
    in_use: Result<usize, AbsentReason>,
    allocated: Result<usize, AbsentReason>,
    /// Sample types of the chosen bytes and of their objects.
    sizes: Result<[usize; 2], AbsentReason>,
    role: Role,
    /// True if the window has several snapshots; allocations are then those between its ends.
    is_several: bool,
    /// Nanoseconds in which the allocations were made, in the mean of the instances; 0 if unknown.
    span: i64,
    is_usual: Result<(), AbsentReason>,
}

impl Inputs {
    /// Finds the inputs for the query of an answer.
    pub fn of(answer: &Answer) -> Self {
        let (series, query) = (&answer.series, &answer.query);
        let (roles, window) = (series.roles(), query.window);
        let chosen = roles[query.sample_type];
        let measure = chosen.measure;
        let role = |index: usize| answer.timeline.role(series, index, window, query.instance);
        let several = |several, none| move |count: usize| if count > 1 { several } else { none };
        let allocated = only(series, MemoryKind::Allocated, measure)
            .map_err(several(AbsentReason::SeveralAllocated, AbsentReason::NoAllocated));
        let of_alloc = allocated.map_or(Role::Unknown, role);
        let in_use = match only(series, MemoryKind::InUse, measure) {
            Ok(index) if role(index) == Role::Change => Err(AbsentReason::Change),
            found => found.map_err(several(AbsentReason::SeveralInUse, AbsentReason::NoInUse)),
        };
        let sizes =
            chosen.paired_type.filter(|_| measure == Measure::Space).map(|objects| [query.sample_type, objects]);
        let lanes = match of_alloc {
            Role::Change => answer.timeline.lanes(series, window, query.instance),
            _ => answer.timeline.level_lanes(series, window, query.instance),
        };
        let members = || lanes.iter().flat_map(|lane| lane.snapshots.iter().copied());
        let is_several = lanes.iter().any(|lane| lane.snapshots.len() > 1);
        let span_of = |snapshots: &[usize]| match of_alloc {
            Role::Change => series.spans(snapshots.iter().copied()).covered,
            _ => series.time_span(snapshots.iter().copied()),
        };
        let span = match () {
            // The span between the other snapshots would be too short if one snapshot has no time.
            () if of_alloc != Role::Change && members().any(|at| series.snapshots()[at].header.time_nanos == 0) => 0,
            // A store counts an instance by its part of the window.
            () if is_all_merges(series, window) => span_of(&members().collect::<Vec<_>>()),
            () => {
                let own = own_spans(&lanes, span_of);
                let sum: i128 = own.iter().map(|(_, span)| i128::from(*span)).sum();
                i64::try_from(sum / own.len().max(1) as i128).unwrap_or(i64::MAX)
            }
        };
        let is_usual = match query.aggregate {
            _ if query.base.is_some() => Err(AbsentReason::Compared),
            Aggregate::Auto => Ok(()),
            _ => Err(AbsentReason::Aggregated),
        };
        let sizes = sizes.ok_or(AbsentReason::Objects);
        Self { in_use, allocated, sizes, role: of_alloc, is_several, span, is_usual }
    }

    /// Checks that a figure has a meaning for these inputs.
    ///
    /// # Errors
    /// [`AbsentReason`] if the figure has no meaning.
    pub fn offers(&self, figure: Figure) -> Result<(), AbsentReason> {
        if self.is_usual == Err(AbsentReason::Compared) {
            return self.is_usual;
        }
        if figure == Figure::AverageSize {
            return self.sizes.map(|_| ());
        }
        self.is_usual?;
        self.in_use?;
        self.allocated?;
        let is_counter = self.role == Role::Counter;
        match figure {
            Figure::Freed if !is_counter => Err(AbsentReason::Start),
            Figure::Retention if !is_counter || self.is_several => Err(AbsentReason::SinceStart),
            Figure::Lifetime if self.span <= 0 || (is_counter && !self.is_several) => Err(AbsentReason::Span),
            _ => Ok(()),
        }
    }
}

/// Inputs of the derived figures, and their figures by frame.
#[derive(Clone, Debug)]
pub struct Derived {
    inputs: Inputs,
    /// Memory in use; `grown` is its growth from the beginning of the window to its end.
    held: Option<Arc<Flat>>,
    grown: Option<Arc<Flat>>,
    allocated: Option<Arc<Flat>>,
    sizes: Option<[Arc<Flat>; 2]>,
}

impl Derived {
    /// Collects the inputs of the derived figures of an answer.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn new(answer: &Answer, budget: &mut Budget) -> Result<Self, LimitError> {
        let series = &answer.series;
        let inputs = Inputs::of(answer);
        let flat = |index: usize| answer.flats.get(index)?.clone();
        let grown = match inputs.in_use {
            Ok(index) if inputs.is_several => {
                // Summed as a counter: memory that a process still held when it ended is not counted as freed.
                let request = WindowRequest {
                    aggregate: Aggregate::Delta,
                    instance: answer.query.instance,
                    per: answer.window_sums[index].per.clone(),
                    role: Some(Role::Counter),
                    ..WindowRequest::new(index, answer.query.window)
                };
                let window_sum = WindowSum::new(series, &answer.timeline, &request);
                let mut sums = PrefixSums::default();
                sums.fill(series, &answer.filtered, index, &window_sum, budget)?;
                Some(Arc::new(Flat::of_sums(answer.filtered.tree(), &sums)))
            }
            _ => None,
        };
        let held = inputs.in_use.ok().and_then(flat);
        let allocated = inputs.allocated.ok().and_then(flat);
        let sizes = inputs.sizes.ok().and_then(|[bytes, objects]| Some([flat(bytes)?, flat(objects)?]));
        Ok(Self { inputs, held, grown, allocated, sizes })
    }

    /// Figure of a frame with its callees.
    ///
    /// # Errors
    /// [`AbsentReason`] if the figure is absent.
    pub fn total(&self, figure: Figure, frame: FrameId) -> Result<DerivedValue, AbsentReason> {
        self.figure(figure, &|flat| flat.total(frame))
    }

    /// Figure of a frame without its callees.
    ///
    /// # Errors
    /// [`AbsentReason`] if the figure is absent.
    pub fn own(&self, figure: Figure, frame: FrameId) -> Result<DerivedValue, AbsentReason> {
        self.figure(figure, &|flat| flat.own(frame))
    }

    fn figure(&self, figure: Figure, of: &dyn Fn(&Flat) -> i64) -> Result<DerivedValue, AbsentReason> {
        self.inputs.offers(figure)?;
        let input = |flat: &Option<Arc<Flat>>| flat.as_deref().map(of).ok_or(AbsentReason::Nothing);
        if figure == Figure::AverageSize {
            let [bytes, objects] = self.sizes.as_ref().ok_or(AbsentReason::Nothing)?;
            return of(bytes).checked_div(of(objects)).map(DerivedValue::Amount).ok_or(AbsentReason::Nothing);
        }
        let (held, allocated) = (input(&self.held)?, input(&self.allocated)?);
        match figure {
            Figure::Freed => {
                let grown = self.grown.as_deref().map_or(held, of);
                Ok(DerivedValue::Amount(allocated.saturating_sub(grown)))
            }
            _ if allocated <= 0 => Err(AbsentReason::Nothing),
            Figure::Retention => Ok(DerivedValue::Share(held as f64 / allocated as f64)),
            Figure::Lifetime | Figure::AverageSize => {
                let grown = self.grown.as_deref().map_or(0, of);
                if !is_steady(held, grown, allocated) {
                    return Err(AbsentReason::NotSteady);
                }
                let nanos = i128::from(held) * i128::from(self.inputs.span) / i128::from(allocated);
                Ok(DerivedValue::Time(i64::try_from(nanos).unwrap_or(i64::MAX)))
            }
        }
    }
}

/// Returns true if Little's law holds: memory in use grows little compared with the allocations, and all memory in use
/// at the start was replaced.
fn is_steady(held: i64, grown: i64, allocated: i64) -> bool {
    /// Largest growth that counts as small, as a fraction of the allocations.
    const SMALL: f64 = 0.1;
    let (grown, allocated) = (grown as f64, allocated as f64);
    // `held` is the mean of the window, in the middle of the growth.
    let at_start = held as f64 - grown / 2.0;
    grown.abs() <= SMALL * allocated && allocated - grown >= at_start
}

/// Only sample type of a kind and a measure.
///
/// # Errors
/// The number of such sample types, if it is not 1.
pub(in crate::analysis) fn only(series: &Series, kind: MemoryKind, measure: Measure) -> Result<usize, usize> {
    let roles = series.roles();
    let is_known = kind != MemoryKind::Other && measure != Measure::Other;
    let found: Vec<usize> =
        (0..roles.len()).filter(|at| is_known && (roles[*at].kind, roles[*at].measure) == (kind, measure)).collect();
    match *found {
        [one] => Ok(one),
        _ => Err(found.len()),
    }
}
