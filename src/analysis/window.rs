//! Windows: several snapshots taken together, and what that means for a sample type.
//!
//! Whatever a window means, it is a sum: each snapshot's values times a whole factor, divided by one number at the end.
//! A mean has the factor 1 everywhere and divides by the count; a counter's growth has 1 for the last and -1 for the
//! first, and 1 for each snapshot before a restart; the last, the smallest and the largest are one snapshot. Such a sum
//! is a [`WindowSum`]. The rest of the analysis knows window sums alone, so that a window which moves by one snapshot costs the
//! two snapshots whose factors change.

use crate::analysis::timeline::{Nature, Timeline};
use crate::profile::{Input, Series};

/// Snapshots next to each other on one side of a series, both ends included, by index into [`Series::snapshots`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Window {
    /// The first.
    pub first: usize,
    /// The last.
    pub last: usize,
}

impl Window {
    /// A window of one snapshot.
    pub fn at(snapshot: usize) -> Self {
        Self { first: snapshot, last: snapshot }
    }

    /// All snapshots of a side, if it has any.
    pub fn all(series: &Series, side: Input) -> Option<Self> {
        let range = series.range_of(side);
        range.end.checked_sub(1).filter(|_| !range.is_empty()).map(|last| Self { first: range.start, last })
    }

    /// The same window as far as a series goes, which may have become shorter.
    pub(super) fn clamped(self, series: &Series) -> Self {
        let last = self.last.min(series.snapshots().len().saturating_sub(1));
        Self { first: self.first.min(last), last }
    }

    /// The number of snapshots, at least 1.
    pub fn count(self) -> usize {
        self.last - self.first + 1
    }

    /// Whether a snapshot is one of them.
    pub fn contains(self, snapshot: usize) -> bool {
        (self.first..=self.last).contains(&snapshot)
    }

    /// The indices of its snapshots.
    pub fn snapshots(self) -> std::ops::RangeInclusive<usize> {
        self.first..=self.last
    }

    /// The side that it is on, as a range of snapshots that it may be moved in.
    pub fn bounds(self, series: &Series) -> std::ops::Range<usize> {
        let main = series.range_of(Input::Current);
        if main.contains(&self.first) { main } else { series.range_of(Input::Base) }
    }

    /// The same number of snapshots, `by` further on, as far as there is room.
    #[must_use]
    pub fn moved(self, by: isize, series: &Series) -> Self {
        let room = self.bounds(series);
        let most = room.end.saturating_sub(self.count()).max(room.start);
        let first = self.first.saturating_add_signed(by).clamp(room.start, most);
        Self { first, last: first + self.count() - 1 }
    }

    /// The same first snapshot and `by` more after it, as far as there is room; where there is none after it, before it.
    #[must_use]
    pub fn resized(self, by: isize, series: &Series) -> Self {
        let room = self.bounds(series);
        let count = self.count().saturating_add_signed(by).clamp(1, room.len().max(1));
        let last = (self.first + count - 1).min(room.end - 1);
        Self { first: last + 1 - count, last }
    }
}

/// How several snapshots become one figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// By the nature of the sample type: a level's mean, a counter's growth, the sum of what are changes already.
    #[default]
    Auto,
    /// The mean.
    Mean,
    /// The last.
    Last,
    /// The one whose total is smallest.
    Min,
    /// The one whose total is largest.
    Max,
    /// The last less the first, restarts bridged where it is a counter.
    Delta,
    /// The sum, as pprof takes several profiles.
    Sum,
}

impl Aggregate {
    /// Every way, with the word for it.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("auto", Self::Auto),
        ("mean", Self::Mean),
        ("last", Self::Last),
        ("min", Self::Min),
        ("max", Self::Max),
        ("delta", Self::Delta),
        ("sum", Self::Sum),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, way)| *way == self).map_or("auto", |(word, _)| word)
    }
}

/// What was made of a window's snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// There is one, and it is taken as it is.
    Single,
    /// There is one, and what it counts, it counts since its process began.
    SinceStart,
    /// The mean of all.
    Mean,
    /// The last of all.
    Last,
    /// The one whose total is smallest.
    Min,
    /// The one whose total is largest.
    Max,
    /// The growth from the first to the last.
    Delta {
        /// How often a process began anew in between.
        restarts: usize,
    },
    /// The sum of all.
    Sum,
}

impl Method {
    /// The word that reports give it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::SinceStart => "since-start",
            Self::Mean => "mean",
            Self::Last => "last",
            Self::Min => "min",
            Self::Max => "max",
            Self::Delta { .. } => "delta",
            Self::Sum => "sum",
        }
    }

    /// What was made of `count` snapshots, in words; nothing where there is nothing to say.
    pub fn words(self, count: usize) -> String {
        let of = |what: &str| match count {
            1 => format!("{what} of 1 snapshot"),
            count => format!("{what} of {count} snapshots"),
        };
        match self {
            Self::Single => String::new(),
            Self::SinceStart => "since its process began".to_owned(),
            Self::Mean => of("mean"),
            Self::Last => of("last"),
            Self::Min => of("smallest"),
            Self::Max => of("largest"),
            Self::Sum => of("sum"),
            Self::Delta { restarts: 0 } => format!("growth over {count} snapshots"),
            Self::Delta { restarts: 1 } => format!("growth over {count} snapshots, 1 restart bridged"),
            Self::Delta { restarts } => format!("growth over {count} snapshots, {restarts} restarts bridged"),
        }
    }
}

/// A window as a sum for one sample type: which snapshots, times what, divided by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowSum {
    /// Snapshots in their order, each with its factor, which is never 0.
    pub terms: Vec<(usize, i64)>,
    /// What the sum is divided by, at least 1.
    pub divisor: i64,
    /// What that is called.
    pub method: Method,
}

impl WindowSum {
    /// What a window means for a sample type.
    pub fn new(series: &Series, timeline: &Timeline, sample_type: usize, (window, way): (Window, Aggregate)) -> Self {
        let nature = timeline.nature(series, sample_type, window);
        let total = |snapshot: &usize| series.snapshots()[*snapshot].totals[sample_type];
        let every = || window.snapshots().map(|snapshot| (snapshot, 1)).collect();
        let one = |snapshot: usize, method| Self { terms: vec![(snapshot, 1)], divisor: 1, method };
        match way {
            Aggregate::Auto if window.count() == 1 => {
                let method = if nature == Nature::Counter { Method::SinceStart } else { Method::Single };
                one(window.first, method)
            }
            Aggregate::Auto => match nature {
                Nature::Level => Self::mean(window),
                Nature::Counter => Self::growth(window, timeline),
                Nature::Change => Self { terms: every(), divisor: 1, method: Method::Sum },
                Nature::Unknown => one(window.last, Method::Last),
            },
            Aggregate::Mean => Self::mean(window),
            Aggregate::Last => one(window.last, Method::Last),
            // Of equals the first.
            Aggregate::Min => one(window.snapshots().min_by_key(total).unwrap_or(window.first), Method::Min),
            Aggregate::Max => one(window.snapshots().rev().max_by_key(total).unwrap_or(window.first), Method::Max),
            Aggregate::Delta if nature == Nature::Counter => Self::growth(window, timeline),
            Aggregate::Delta => {
                let method = Method::Delta { restarts: 0 };
                if window.count() == 1 {
                    return Self { terms: Vec::new(), divisor: 1, method };
                }
                Self { terms: vec![(window.first, -1), (window.last, 1)], divisor: 1, method }
            }
            Aggregate::Sum => Self { terms: every(), divisor: 1, method: Method::Sum },
        }
    }

    fn mean(window: Window) -> Self {
        let terms = window.snapshots().map(|snapshot| (snapshot, 1)).collect();
        Self { terms, divisor: window.count() as i64, method: Method::Mean }
    }

    /// The growth of a counter from the first to the last snapshot. A process that began anew counts from 0 again: what
    /// its predecessor had reached last is kept.
    fn growth(window: Window, timeline: &Timeline) -> Self {
        let mut restarts = 0;
        let mut terms = Vec::new();
        for snapshot in window.snapshots() {
            let mut factor = 0;
            if snapshot == window.first {
                factor -= 1;
            }
            let is_before_restart = snapshot < window.last && timeline.restarts(snapshot + 1);
            if snapshot == window.last || is_before_restart {
                factor += 1;
            }
            restarts += usize::from(is_before_restart);
            if factor != 0 {
                terms.push((snapshot, factor));
            }
        }
        Self { terms, divisor: 1, method: Method::Delta { restarts } }
    }

    /// What all values together come to.
    pub(super) fn sum(&self, series: &Series, sample_type: usize) -> f64 {
        let total = |(snapshot, factor): &(usize, i64)| {
            series.snapshots()[*snapshot].totals[sample_type].saturating_mul(i128::from(*factor))
        };
        self.terms.iter().map(total).sum::<i128>() as f64 / self.divisor as f64
    }

    /// The factors by which this sum differs from another one.
    pub(super) fn minus(&self, other: &Self) -> Vec<(usize, i64)> {
        let (mut ours, mut theirs) = (self.terms.iter().peekable(), other.terms.iter().peekable());
        let mut difference = Vec::new();
        loop {
            let (snapshot, factor) = match (ours.peek(), theirs.peek()) {
                (None, None) => return difference,
                (Some(&&(our, factor)), Some(&&(their, other))) if our == their => {
                    ours.next();
                    theirs.next();
                    (our, factor - other)
                }
                (Some(&&(our, factor)), their) if their.is_none_or(|(their, _)| our < *their) => {
                    ours.next();
                    (our, factor)
                }
                (_, Some(&&(their, factor))) => {
                    theirs.next();
                    (their, -factor)
                }
                (Some(&&(our, factor)), None) => {
                    ours.next();
                    (our, factor)
                }
            };
            if factor != 0 {
                difference.push((snapshot, factor));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window_sum(terms: &[(usize, i64)]) -> WindowSum {
        WindowSum { terms: terms.to_vec(), divisor: 1, method: Method::Sum }
    }

    #[test]
    fn the_difference_of_two_sums_is_what_has_to_be_added() {
        let (before, after) = (window_sum(&[(1, 1), (2, 1), (3, -1)]), window_sum(&[(2, 1), (3, 1), (4, 1)]));
        assert_eq!(after.minus(&before), [(1, -1), (3, 2), (4, 1)]);
        assert_eq!(before.minus(&before), []);
        assert_eq!(window_sum(&[]).minus(&before), [(1, -1), (2, -1), (3, 1)]);
    }

    #[test]
    fn every_way_has_its_word() {
        for (word, way) in Aggregate::WORDS {
            assert_eq!(way.word(), word);
        }
    }
}
