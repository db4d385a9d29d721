//! Figures that no column of a profile has, made of two that it has: what was freed, how large an object is, how much of
//! what was allocated is still held, and for how long.
//!
//! Each is absent, with the reason, where an input makes it meaningless. They are never confused with the file's own
//! columns: what they are made of is said beside them.

use std::sync::Arc;

use crate::analysis::column::Sums;
use crate::analysis::timeline::Nature;
use crate::analysis::window::{Method, Recipe};
use crate::analysis::{Aggregate, Answer, Flat};
use crate::base::ids::FrameId;
use crate::base::limits::{Budget, LimitError};
use crate::profile::{Kind, Measure, SampleType};

/// A derived figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// Allocated and not held any more: what keeps a garbage collector busy.
    Freed,
    /// Bytes by objects, of the chosen question.
    AverageSize,
    /// The part of what was allocated since the start that is still held.
    Retention,
    /// How long what is allocated is held on average: what is held, by what is allocated in a time (Little's law).
    Lifetime,
}

impl Figure {
    /// Every one there is.
    pub const ALL: [Self; 4] = [Self::Freed, Self::AverageSize, Self::Retention, Self::Lifetime];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Freed => "freed",
            Self::AverageSize => "object size",
            Self::Retention => "retention",
            Self::Lifetime => "lifetime",
        }
    }
}

/// What a derived figure comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// So much of what the chosen sample type counts.
    Amount(i64),
    /// A part of a whole.
    Share(f64),
    /// Nanoseconds.
    Time(i64),
}

/// Why a derived figure is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Absent {
    /// There is no one column of what is held.
    #[error("no one in-use column to take")]
    InUse,
    /// There is no one column of what was allocated.
    #[error("no one allocated column to take")]
    Allocated,
    /// There is no column that counts the objects of these bytes.
    #[error("no matching objects column")]
    Objects,
    /// What is held is said as a change.
    #[error("in-use is a change here, not a level")]
    Change,
    /// What was allocated is said for a time, and what was held at its start is not.
    #[error("what was held when the duration began is not said")]
    Start,
    /// What was allocated is that of a window.
    #[error("of allocations since the start only: take a window of one snapshot")]
    SinceStart,
    /// It is not said how long it took.
    #[error("takes several snapshots with times, or a duration")]
    Span,
    /// Snapshots are taken together in a way that was chosen.
    #[error("only where snapshots are taken together as usual (--aggregate auto)")]
    Aggregated,
    /// There is nothing to divide by.
    #[error("nothing to divide by")]
    Nothing,
}

/// The inputs of the derived figures, for the measure of the chosen sample type.
#[derive(Clone, Debug)]
pub struct Derived {
    held: Result<Arc<Flat>, Absent>,
    /// How much more is held at the end of the window than at its beginning; none of a single snapshot.
    grown: Option<Arc<Flat>>,
    allocated: Result<Arc<Flat>, Absent>,
    nature: Nature,
    /// The chosen bytes and their objects.
    sizes: Result<[Arc<Flat>; 2], Absent>,
    /// Nanoseconds in which it was allocated; 0 where that is not said.
    span: i64,
    is_usual: bool,
}

impl Derived {
    /// Gathers what the derived figures of an answer take.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn new(answer: &Answer, budget: &mut Budget) -> Result<Self, LimitError> {
        let (series, query) = (&answer.series, &answer.query);
        let (types, window) = (series.sample_types(), query.window);
        let chosen = &types[query.sample_type];
        let measure = chosen.measure();
        let flat = |found: Option<usize>, absent| {
            found.and_then(|index| answer.flats.get(index)?.clone().map(|flat| (index, flat))).ok_or(absent)
        };
        let in_use = flat(only(types, Kind::InUse, measure), Absent::InUse);
        let allocated = flat(only(types, Kind::Allocated, measure), Absent::Allocated);
        let nature = |index: usize| answer.timeline.nature(series, index, window);
        let is_change = in_use.as_ref().is_ok_and(|(index, _)| nature(*index) == Nature::Change);
        let of_alloc = allocated.as_ref().map_or(Nature::Unknown, |(index, _)| nature(*index));
        let grown = match &in_use {
            Ok((index, _)) if window.count() > 1 && !is_change => {
                let terms = vec![(window.first, -1), (window.last, 1)];
                let recipe = Recipe { terms, divisor: 1, method: Method::Delta { restarts: 0 } };
                let mut sums = Sums::default();
                sums.fill(series, &answer.sieved, (*index, &recipe), budget)?;
                Some(Arc::new(Flat::of_sums(&answer.tree, &sums)))
            }
            _ => None,
        };
        let sizes = match (measure, flat(only(types, chosen.kind(), Measure::Objects), Absent::Objects)) {
            (Measure::Space, Ok((_, objects))) => {
                flat(only(types, chosen.kind(), Measure::Space), Absent::Objects).map(|(_, bytes)| [bytes, objects])
            }
            _ => Err(Absent::Objects),
        };
        let span = match of_alloc {
            Nature::Change => {
                let durations = window.snapshots().map(|at| series.snapshots()[at].header.duration_nanos);
                durations.fold(0, i64::saturating_add)
            }
            // A time that one snapshot lacks would make the others' too short.
            _ if window.snapshots().any(|at| series.snapshots()[at].header.time_nanos == 0) => 0,
            _ => series.span(window.snapshots()),
        };
        let is_usual = query.aggregate == Aggregate::Auto && query.base.is_none();
        let held = in_use.map(|(_, flat)| flat).and_then(|flat| if is_change { Err(Absent::Change) } else { Ok(flat) });
        let allocated = allocated.map(|(_, flat)| flat);
        Ok(Self { held, grown, allocated, nature: of_alloc, sizes, span, is_usual })
    }

    /// A figure of all that stands on a frame and below it.
    ///
    /// # Errors
    /// [`Absent`], why there is none.
    pub fn total(&self, figure: Figure, frame: FrameId) -> Result<Value, Absent> {
        self.figure(figure, &|flat| flat.total(frame))
    }

    /// A figure of what stands on a frame itself.
    ///
    /// # Errors
    /// [`Absent`], why there is none.
    pub fn own(&self, figure: Figure, frame: FrameId) -> Result<Value, Absent> {
        self.figure(figure, &|flat| flat.own(frame))
    }

    fn figure(&self, figure: Figure, of: &dyn Fn(&Flat) -> i64) -> Result<Value, Absent> {
        if figure == Figure::AverageSize {
            let [bytes, objects] = self.sizes.as_ref().map_err(|absent| *absent)?;
            return of(bytes).checked_div(of(objects)).map(Value::Amount).ok_or(Absent::Nothing);
        }
        if !self.is_usual {
            return Err(Absent::Aggregated);
        }
        let held = of(self.held.as_ref().map_err(|absent| *absent)?);
        let allocated = of(self.allocated.as_ref().map_err(|absent| *absent)?);
        let is_counter = self.nature == Nature::Counter;
        match figure {
            Figure::AverageSize => Err(Absent::Objects),
            Figure::Freed if !is_counter => Err(Absent::Start),
            Figure::Freed => {
                let grown = self.grown.as_deref().map_or(held, of);
                Ok(Value::Amount(allocated.saturating_sub(grown)))
            }
            Figure::Retention if !is_counter || self.grown.is_some() => Err(Absent::SinceStart),
            Figure::Lifetime if self.span <= 0 || (is_counter && self.grown.is_none()) => Err(Absent::Span),
            Figure::Retention | Figure::Lifetime if allocated <= 0 => Err(Absent::Nothing),
            Figure::Retention => Ok(Value::Share(held as f64 / allocated as f64)),
            Figure::Lifetime => {
                let nanos = i128::from(held) * i128::from(self.span) / i128::from(allocated);
                Ok(Value::Time(i64::try_from(nanos).unwrap_or(i64::MAX)))
            }
        }
    }
}

/// The one type of a kind that counts a measure; two would not say which to take.
fn only(types: &[SampleType], kind: Kind, measure: Measure) -> Option<usize> {
    let mut found = (0..types.len()).filter(|at| types[*at].kind() == kind && types[*at].measure() == measure);
    found.next().filter(|_| kind != Kind::Other && measure != Measure::Other && found.next().is_none())
}
