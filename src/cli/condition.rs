//! Condition on the memory of a service, such as `heap > 80%` or `rss > 512MiB`.

use std::str::FromStr;
use std::time::{Duration, Instant};

use crate::base::safe_text::safe_str;
use crate::base::units::{Unit, parse_millionths, parse_size_in_millionths, percent};
use crate::profile::{Metrics, ProcessMemory};

/// Millionths in a unit.
const MILLION: i128 = 1_000_000;

/// Figure that a condition tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Bytes of objects according to the runtime, else the in-use bytes of the profile.
    Heap,
    /// Resident memory.
    Rss,
}

/// Bound of a condition.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    /// Millionths of a byte.
    Bytes(i128),
    /// Percentage of the limit, in millionths of a percent.
    Percent(i128),
}

/// Condition that holds above a bound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    /// Figure.
    pub(crate) figure: Figure,
    comparison: Comparison,
    bound: Bound,
    text: String,
}

/// Comparison of the figure with the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Returns true if the comparison holds.
    fn holds<T: PartialOrd + Copy>(self, value: T, bound: T) -> bool {
        match self {
            Self::Above => value > bound,
            Self::AtLeast => value >= bound,
        }
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "write a condition as `heap > 80%`, `heap > 512MiB` or `rss > 90%`";
        let (name, bound) = text.split_once('>').ok_or_else(|| form.to_owned())?;
        let figure = match name.trim() {
            "heap" => Figure::Heap,
            "rss" => Figure::Rss,
            other => return Err(format!("`{}` is neither `heap` nor `rss`; {form}", safe_str(other))),
        };
        let (comparison, bound) = match bound.strip_prefix('=') {
            Some(bound) => (Comparison::AtLeast, bound.trim()),
            None => (Comparison::Above, bound.trim()),
        };
        let bound = if let Some(number) = bound.strip_suffix('%') {
            let share = parse_millionths(number.trim()).ok().filter(|share| (1..=1000 * MILLION).contains(share));
            Bound::Percent(share.ok_or_else(|| form.to_owned())?)
        } else {
            Bound::Bytes(parse_size_in_millionths(bound).map_err(|error| format!("{error}; {form}"))?)
        };
        Ok(Self { figure, comparison, bound, text: text.trim().to_owned() })
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}

/// Memory of a service at one moment, in bytes, for testing conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MemoryReading {
    /// Bytes of objects.
    pub(crate) heap: Option<i64>,
    /// Resident memory.
    pub(crate) rss: Option<i64>,
    /// Memory limit, as given, else that of the container.
    pub(crate) limit: Option<i64>,
}

impl MemoryReading {
    /// Creates a reading from the sources beside a profile. `in_use` is the profile's in-use bytes, if loaded already.
    pub(crate) fn of(
        metrics: Option<Metrics>,
        memory: Option<&ProcessMemory>,
        in_use: Option<i64>,
        given_limit: Option<i64>,
    ) -> Self {
        let go = metrics.or(memory.and_then(|memory| memory.go));
        let managed = || memory?.managed.and_then(|managed| managed.used);
        let heap = go.and_then(|go| go.heap_alloc).or_else(managed).or(in_use);
        let limit = given_limit.or_else(|| memory?.container.limit);
        Self { heap, rss: memory.and_then(|memory| memory.resident.rss), limit }
    }

    /// Value of a figure; `None` if it is not known.
    pub(crate) fn value(&self, figure: Figure) -> Option<i64> {
        match figure {
            Figure::Heap => self.heap,
            Figure::Rss => self.rss,
        }
    }

    /// Both figures as text, with their shares of the limit.
    pub(crate) fn words(&self) -> String {
        let word = |(name, value): (&str, Option<i64>)| {
            let value = value?;
            let share = self.limit.map(|limit| format!(" ({})", percent(value, limit)));
            Some(format!("{name} {}{}", Unit::Bytes.long(value), share.unwrap_or_default()))
        };
        [("heap", self.heap), ("rss", self.rss)].into_iter().filter_map(word).collect::<Vec<_>>().join(", ")
    }
}

/// Reason why a condition cannot be tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConditionError {
    /// The figure is not known.
    NoFigure(Figure),
    /// The profiles of the window tell what changed, so that the size of the heap is not known.
    OnlyChanges,
    /// The bound is a share of the limit, which is not known.
    NoLimit,
}

impl ConditionError {
    /// Reason and advice, as text.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoFigure(Figure::Rss) => (
                "the resident memory is not known",
                "`record --pid PID` reads that of a process, `check --memory FILE` a copy of /proc/PID/status",
            ),
            Self::NoFigure(Figure::Heap) => ("the size of the heap is not known", "it needs in-use bytes or MemStats"),
            Self::OnlyChanges => (
                "the profiles of the window tell what changed within a time, not what the heap holds",
                "take a profile of one moment, or choose a window that has one",
            ),
            Self::NoLimit => ("the limit is not known", "give it as `--of 512MiB`, or a size instead of a percentage"),
        }
    }
}

impl Condition {
    /// Returns true if noise could hide that the condition holds: if two standard deviations exceed the bound and half of
    /// the figure.
    pub(crate) fn is_hidden_by(&self, two_sigma: f64, reading: &MemoryReading) -> bool {
        let bound = match self.bound {
            Bound::Bytes(bytes) => bytes as f64,
            Bound::Percent(percent) => reading.limit.unwrap_or(0) as f64 * percent as f64 / 100.0,
        };
        let figure = reading.value(self.figure).unwrap_or(0) as f64;
        two_sigma > (bound / MILLION as f64).max(figure.abs() / 2.0)
    }

    /// Returns true if the condition holds.
    ///
    /// # Errors
    /// [`ConditionError`] if the figure, or the limit of a percentage, is not known.
    pub(crate) fn holds(&self, reading: &MemoryReading) -> Result<bool, ConditionError> {
        let value = reading.value(self.figure).ok_or(ConditionError::NoFigure(self.figure))?;
        let value = i128::from(value) * MILLION;
        match self.bound {
            Bound::Bytes(bytes) => Ok(self.comparison.holds(value, bytes)),
            Bound::Percent(percent) => {
                let limit = reading.limit.ok_or(ConditionError::NoLimit)?;
                Ok(self.comparison.holds(value * 100, i128::from(limit) * percent))
            }
        }
    }
}

/// Time for which a condition has held without interruption.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HoldTimer {
    since: Option<Instant>,
    /// True if the condition held when it was last tested.
    has_held: bool,
}

impl HoldTimer {
    /// Records that the condition holds; returns the time since it began to hold.
    pub(crate) fn record_true(&mut self, now: Instant) -> Duration {
        self.has_held = true;
        now.duration_since(*self.since.get_or_insert(now))
    }

    /// Records that the condition does not hold; returns true if it held before.
    pub(crate) fn record_false(&mut self) -> bool {
        self.since = None;
        std::mem::take(&mut self.has_held)
    }

    /// Records that the condition could not be tested, or that the process is another one: time before does not count.
    pub(crate) fn interrupt(&mut self) {
        self.since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_judged() {
        let limited = MemoryReading { heap: Some(900), rss: Some(950), limit: Some(1000) };
        let unlimited = MemoryReading { limit: None, ..limited };
        for (text, reading, want) in [
            ("heap > 80%", limited, Ok(true)),
            ("heap>95%", limited, Ok(false)),
            ("rss > 94%", limited, Ok(true)),
            ("rss >= 1KiB", unlimited, Ok(false)),
            ("rss >= 951", unlimited, Ok(false)),
            ("rss >= 950", unlimited, Ok(true)),
            ("rss > 950", unlimited, Ok(false)),
            ("rss >= 95%", limited, Ok(true)),
            ("rss > 949.6", limited, Ok(true)),
            ("rss >= 950.4", limited, Ok(false)),
            ("rss >= 95.000001%", limited, Ok(false)),
            ("heap > 512", unlimited, Ok(true)),
            ("heap > 80%", unlimited, Err(ConditionError::NoLimit)),
            ("rss > 1", MemoryReading::default(), Err(ConditionError::NoFigure(Figure::Rss))),
        ] {
            let condition: Condition = text.parse().unwrap();
            assert_eq!(condition.holds(&reading), want, "{text}");
            assert_eq!(condition.to_string(), text);
        }
        for text in ["heap", "heap < 3", "swap > 1%", "heap > x", "heap > -1%", "heap > 0%"] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
        assert_eq!(limited.words(), "heap 900 B (90.0%), rss 950 B (95.0%)");
    }

    #[test]
    fn noise_hides_a_figure_if_it_exceeds_the_bound_and_half_of_the_figure() {
        let reading = MemoryReading { heap: Some(1000), rss: None, limit: Some(4000) };
        for (text, two_sigma, want) in [
            ("heap > 2000", 1999.0, false),
            ("heap > 2000", 2001.0, true),
            ("heap > 100", 499.0, false),
            ("heap > 100", 501.0, true),
            ("heap > 50%", 1999.0, false),
            ("heap > 50%", 2001.0, true),
        ] {
            let condition: Condition = text.parse().unwrap();
            assert_eq!(condition.is_hidden_by(two_sigma, &reading), want, "{text} {two_sigma}");
        }
    }

    #[test]
    fn only_what_lasts_counts() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut hold_timer = HoldTimer::default();
        assert_eq!(hold_timer.record_true(start), Duration::ZERO);
        assert_eq!(hold_timer.record_true(start + second), second);
        assert!(hold_timer.record_false() && !hold_timer.record_false());
        assert_eq!(hold_timer.record_true(start + 2 * second), Duration::ZERO, "it begins anew");
        hold_timer.interrupt();
        assert_eq!(hold_timer.record_true(start + 3 * second), Duration::ZERO, "nothing was measured in between");
        hold_timer.interrupt();
        assert!(hold_timer.record_false(), "its end is still news");
    }
}
