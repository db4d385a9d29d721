//! Windows: consecutive snapshots, their aggregation, and the divisor of their figures.

use std::num::NonZeroU64;

use crate::base::safe_text::SafeText;
use crate::profile::{Input, Series};

/// Consecutive snapshots on one side of a series, both ends included, by index into [`Series::snapshots`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Window {
    /// Index of the first snapshot.
    pub first: usize,
    /// Index of the last snapshot.
    pub last: usize,
}

impl Window {
    /// Makes a window of one snapshot.
    pub fn at(snapshot: usize) -> Self {
        Self { first: snapshot, last: snapshot }
    }

    /// Window of all snapshots of a side; `None` if the side has none.
    pub fn all(series: &Series, side: Input) -> Option<Self> {
        let range = series.range_of(side);
        range.end.checked_sub(1).filter(|_| !range.is_empty()).map(|last| Self { first: range.start, last })
    }

    /// Clamps the window to the snapshots of a series, which may have become shorter.
    pub(super) fn clamped(self, series: &Series) -> Self {
        let last = self.last.min(series.snapshots().len().saturating_sub(1));
        Self { first: self.first.min(last), last }
    }

    /// Number of snapshots, at least 1.
    pub fn count(self) -> usize {
        self.last.saturating_sub(self.first).saturating_add(1)
    }

    /// Returns true if a snapshot is in the window.
    pub fn contains(self, snapshot: usize) -> bool {
        (self.first..=self.last).contains(&snapshot)
    }

    /// Indices of the snapshots.
    pub fn snapshots(self) -> std::ops::RangeInclusive<usize> {
        self.first..=self.last
    }

    /// Snapshots of an instance in the window; all snapshots of the series in it for `None`.
    pub fn members(self, series: &Series, instance: Option<usize>) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let is_of =
            move |at: &usize| instance.is_none_or(|wanted| series.snapshots()[*at].membership.instance == wanted);
        (self.first..self.last.saturating_add(1).min(series.snapshots().len())).filter(is_of)
    }

    /// True if the window has a snapshot, and the series has all of its snapshots.
    pub(super) fn is_of(self, series: &Series) -> bool {
        self.first <= self.last && self.last < series.snapshots().len()
    }

    /// Snapshots of the window's side, within which the window can be moved.
    pub fn bounds(self, series: &Series) -> std::ops::Range<usize> {
        let main = series.range_of(Input::Current);
        if main.contains(&self.first) { main } else { series.range_of(Input::Base) }
    }

    /// Moves the window by `by` snapshots, within its side.
    #[must_use]
    pub fn moved(self, by: isize, series: &Series) -> Self {
        let room = self.bounds(series);
        let most = room.end.saturating_sub(self.count()).max(room.start);
        let first = self.first.saturating_add_signed(by).clamp(room.start, most);
        Self { first, last: first.saturating_add(self.count() - 1) }
    }

    /// Adds `by` snapshots after the last, within the window's side; without room there, before the first.
    #[must_use]
    pub fn resized(self, by: isize, series: &Series) -> Self {
        let room = self.bounds(series);
        let count = self.count().saturating_add_signed(by).clamp(1, room.len().max(1));
        let last = self.first.saturating_add(count - 1).min(room.end.saturating_sub(1));
        Self { first: (last + 1).saturating_sub(count), last }
    }
}

/// Aggregation of several snapshots into one figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// By the role of the sample type: mean of a level, growth of a counter, sum of changes.
    #[default]
    Auto,
    /// Mean.
    Mean,
    /// Last snapshot.
    Last,
    /// Snapshot with the smallest total of what the filters keep.
    Min,
    /// Snapshot with the largest total of what the filters keep.
    Max,
    /// Last snapshot less the first; restarts of a counter are bridged.
    Delta,
    /// Sum, as pprof adds several profiles.
    Sum,
}

impl Aggregate {
    /// All kinds of aggregation with their names.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("auto", Self::Auto),
        ("mean", Self::Mean),
        ("last", Self::Last),
        ("min", Self::Min),
        ("max", Self::Max),
        ("delta", Self::Delta),
        ("sum", Self::Sum),
    ];

    /// Returns the name of the aggregation.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, way)| *way == self).map_or("auto", |(word, _)| word)
    }
}

/// Divisor of the figures of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Per {
    /// Number of instances if the compared windows have different numbers of them, else no division.
    #[default]
    Auto,
    /// No division: the sum over all instances.
    All,
    /// Number of instances.
    Instance,
    /// Number of operations, such as the runs of a benchmark.
    Operations(NonZeroU64),
    /// Counter with this name in the lines of a log, such as requests. A growth is divided by the units counted in the
    /// same time, a level by the value of the counter at the same times.
    Counter(SafeText),
}

impl Per {
    /// Returns the name of the divisor: `all`, `instance`, the number, or the name of the counter.
    pub fn word(&self) -> String {
        match self {
            Self::Auto | Self::All => "all".to_owned(),
            Self::Instance => "instance".to_owned(),
            Self::Operations(count) => count.to_string(),
            Self::Counter(name) => name.raw().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_has_its_word() {
        for (word, way) in Aggregate::WORDS {
            assert_eq!(way.word(), word);
        }
    }
}
