//! Windows: several snapshots taken together, their aggregation and the number that their figures are divided by.

use std::num::NonZeroU64;

use crate::base::safe_text::Text;
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

    /// Clamps the window to the snapshots of a series, which may have become shorter.
    pub(super) fn clamped(self, series: &Series) -> Self {
        let last = self.last.min(series.snapshots().len().saturating_sub(1));
        Self { first: self.first.min(last), last }
    }

    /// The number of snapshots, at least 1.
    pub fn count(self) -> usize {
        self.last - self.first + 1
    }

    /// Returns true if a snapshot is in the window.
    pub fn contains(self, snapshot: usize) -> bool {
        (self.first..=self.last).contains(&snapshot)
    }

    /// The indices of its snapshots.
    pub fn snapshots(self) -> std::ops::RangeInclusive<usize> {
        self.first..=self.last
    }

    /// Snapshots of an instance in the window; all of them for `None`.
    pub fn members(self, series: &Series, instance: Option<usize>) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let is_of =
            move |at: &usize| instance.is_none_or(|wanted| series.snapshots()[*at].membership.instance == wanted);
        self.snapshots().filter(is_of)
    }

    /// The side that it is on, as a range of snapshots that it may be moved in.
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
        Self { first, last: first + self.count() - 1 }
    }

    /// Adds `by` snapshots after the last, within its side; where there is no room after it, before the first.
    #[must_use]
    pub fn resized(self, by: isize, series: &Series) -> Self {
        let room = self.bounds(series);
        let count = self.count().saturating_add_signed(by).clamp(1, room.len().max(1));
        let last = (self.first + count - 1).min(room.end - 1);
        Self { first: last + 1 - count, last }
    }
}

/// Aggregation of several snapshots into one figure.
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

/// Number that the figures of a window are divided by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Per {
    /// By the number of instances if the windows compared hold different numbers, else no division.
    #[default]
    Auto,
    /// No division: the sum over all instances.
    All,
    /// By the number of instances.
    Instance,
    /// By a number of operations, such as the runs of a benchmark.
    Operations(NonZeroU64),
    /// By a counter of this name in the lines of a log, such as requests: what grew by the units that were counted
    /// meanwhile, a level by the value of the counter at the same times.
    Counter(Text),
}

impl Per {
    /// Word for it: `all`, `instance`, the number, or the name of the counter.
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
