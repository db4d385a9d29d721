//! Shape of a curve over time: a word, with evidence.

use std::ops::Range;

use crate::base::units::{Unit, two_sigma};

/// Share of the whole range that one interval must have for a line to be a step.
const STEP: f64 = 0.8;
/// Smallest magnitude of Kendall's tau of a line that grows or falls.
const MONOTONE: f64 = 0.5;

/// Shape of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveShape {
    /// The line goes up.
    Grows {
        /// Number of intervals in which the line rose.
        rises: usize,
        /// Number of intervals.
        of: usize,
        /// The largest fall in between.
        fall: i64,
    },
    /// The line goes up or down once.
    Steps {
        /// Number of the first snapshot after the step, from 1.
        at: usize,
        /// Size of the step.
        by: i64,
    },
    /// The line goes up and comes back.
    Fluctuates {
        /// Smallest value.
        low: i64,
        /// Largest value.
        high: i64,
        /// Number of rises.
        rises: usize,
        /// Number of falls.
        falls: usize,
    },
    /// The line goes down.
    Falls {
        /// Number of intervals in which the line fell.
        falls: usize,
        /// Number of intervals.
        of: usize,
    },
    /// All values are equal.
    Flat,
    /// The line moves within sampling noise.
    Noise {
        /// Two standard deviations.
        within: i64,
    },
}

/// Line and its statistics.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'a> {
    /// Values of the line.
    pub values: &'a [i64],
    /// Segments of the line; changes from one segment to the next do not count.
    pub segments: &'a [Range<usize>],
    /// Kendall's tau.
    pub tau: f64,
    /// Standard deviation of the difference of two values; `None` if unknown.
    pub sigma: Option<f64>,
}

impl CurveShape {
    /// Finds the shape of a line.
    pub fn of(line: &Curve<'_>) -> Self {
        let values = line.values;
        let (Some(low), Some(high)) = (values.iter().min().copied(), values.iter().max().copied()) else {
            return Self::Flat;
        };
        let range = high.saturating_sub(low);
        if range == 0 {
            return Self::Flat;
        }
        if let Some(sigma) = line.sigma.filter(|sigma| range as f64 <= 2.0 * sigma) {
            return Self::Noise { within: two_sigma(sigma) };
        }
        let within = line.segments.iter().flat_map(|segment| segment.clone().skip(1));
        let steps: Vec<(usize, i64)> = within.map(|at| (at, values[at].saturating_sub(values[at - 1]))).collect();
        let count = |sign: i64| steps.iter().filter(|(_, step)| step.signum() == sign).count();
        let (rises, falls, of) = (count(1), count(-1), steps.len());
        let largest = steps.iter().max_by_key(|(at, step)| (step.unsigned_abs(), std::cmp::Reverse(*at)));
        let net = values[values.len() - 1].saturating_sub(values[0]);
        let is_far = |part: i64, share: f64| part.unsigned_abs() as f64 >= range as f64 * share;
        match largest {
            Some((at, by)) if is_far(*by, STEP) && is_far(net, STEP) && of > 1 => Self::Steps { at: at + 1, by: *by },
            _ if net > 0 && (line.tau >= MONOTONE || rises > 0 && values.is_sorted()) => {
                Self::Grows { rises, of, fall: steps.iter().map(|(_, step)| *step).min().unwrap_or(0).min(0) }
            }
            _ if net < 0 && (line.tau <= -MONOTONE || falls > 0 && values.is_sorted_by(|one, next| one >= next)) => {
                Self::Falls { falls, of }
            }
            _ => Self::Fluctuates { low, high, rises, falls },
        }
    }

    /// Returns the name of the shape.
    pub fn word(self) -> &'static str {
        match self {
            Self::Grows { .. } => "grows",
            Self::Steps { .. } => "steps",
            Self::Fluctuates { .. } => "fluctuates",
            Self::Falls { .. } => "falls",
            Self::Flat => "flat",
            Self::Noise { .. } => "within noise",
        }
    }

    /// Evidence for the shape in a few words.
    pub fn evidence(self, unit: &Unit) -> String {
        match self {
            Self::Grows { rises, of, fall: 0 } => format!("grew in {rises} of {of} intervals, never fell"),
            Self::Grows { rises, of, fall } => {
                format!("grew in {rises} of {of} intervals, largest fall {}", unit.long(fall.saturating_abs()))
            }
            Self::Steps { at, by } => format!("{} at snapshot {at}", unit.signed_long(by)),
            // No process has a fall: the value changed or fell between two processes.
            Self::Fluctuates { low, high, rises, falls: 0 } => {
                let verb = if rises == 0 { "changed" } else { "fell" };
                format!("between {} and {}, {verb} at restarts only", unit.long(low), unit.long(high))
            }
            Self::Fluctuates { low, high, falls, .. } => {
                let times = if falls == 1 { "time" } else { "times" };
                format!("between {} and {}, fell {falls} {times}", unit.long(low), unit.long(high))
            }
            Self::Falls { falls, of } => format!("fell in {falls} of {of} intervals"),
            Self::Flat => "always the same".to_owned(),
            Self::Noise { within } => format!("moves within ±{}", unit.long(within)),
        }
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "a line of one segment is a list of one range")]
mod tests {
    use super::*;

    fn shape(values: &[i64], tau: f64, sigma: Option<f64>) -> &'static str {
        CurveShape::of(&Curve { values, segments: &[0..values.len()], tau, sigma }).word()
    }

    #[test]
    fn lines_have_the_shape_that_the_eye_sees() {
        assert_eq!(shape(&[5, 5, 5], 0.0, None), "flat");
        assert_eq!(shape(&[], 0.0, None), "flat");
        assert_eq!(shape(&[10, 12, 11, 14, 16, 19], 0.87, Some(0.5)), "grows");
        assert_eq!(shape(&[0, 0, 0, 90, 91, 90], 0.6, Some(1.0)), "steps");
        assert_eq!(shape(&[10, 40, 70, 12, 38, 71, 11, 42], 0.1, Some(1.0)), "fluctuates");
        assert_eq!(shape(&[50, 40, 42, 30, 20], -0.8, Some(1.0)), "falls");
        assert_eq!(shape(&[50, 52, 49, 51], 0.0, Some(2.0)), "within noise");
    }

    #[test]
    fn evidence_is_in_plain_words() {
        let of =
            |values: &[i64], tau| CurveShape::of(&Curve { values, segments: &[0..values.len()], tau, sigma: None });
        let grows = of(&[1, 3, 2, 5, 6], 0.8);
        assert_eq!(grows.evidence(&Unit::Count), "grew in 3 of 4 intervals, largest fall 1");
        let restarts = Curve { values: &[70, 71, 5, 6], segments: &[0..2, 2..4], tau: 1.0, sigma: None };
        let shape = CurveShape::of(&restarts);
        assert_eq!(shape.evidence(&Unit::Count), "between 5 and 71, fell at restarts only");
        let restarts = Curve { values: &[70, 90, 50], segments: &[0..1, 1..2, 2..3], tau: 0.0, sigma: None };
        let shape = CurveShape::of(&restarts);
        assert_eq!(shape.evidence(&Unit::Count), "between 50 and 90, changed at restarts only");
        // Most values are equal, so that tau is small.
        let late = of(&[5, 5, 5, 5, 5, 5, 6, 7, 8], 0.4);
        assert_eq!((late.word(), &*late.evidence(&Unit::Count)), ("grows", "grew in 3 of 8 intervals, never fell"));
        let late = of(&[8, 8, 8, 8, 8, 8, 7, 6, 5], -0.4);
        assert_eq!((late.word(), &*late.evidence(&Unit::Count)), ("falls", "fell in 3 of 8 intervals"));
        let steps = of(&[1, 1, 901, 900], 0.5);
        assert_eq!(steps.evidence(&Unit::Count), "+900 at snapshot 3");
    }
}
