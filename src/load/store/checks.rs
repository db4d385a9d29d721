//! Checks of a load: windows without profiles, and merges that differ from the profiles that the store lists.

use super::counts::within;
use super::feed::{StoreFeed, no_data};
use super::fetch::MergeChecks;
use super::known_steps::overlap;
use super::plan::{StoreDivision, duration};
use crate::base::units::{Unit, counted_as};
use crate::profile::{Measure, Samples, Series};
use crate::source::{StoreError, TimeRange};

/// Part of the time, as a divisor, from which silence is told.
const SHOWN_SILENCE: i64 = 10;

impl StoreFeed {
    /// Returns an error if the window of this feed has no profiles.
    pub(super) fn check_window(&self) -> Result<(), StoreError> {
        let window = match (self.plan.division, self.ranges.parts.as_slice()) {
            (StoreDivision::Profiles, _) => None,
            (StoreDivision::Windows, [part]) => Some(*part),
            _ => self.ranges.windows[self.input() as usize],
        };
        let has_profiles =
            |window: &TimeRange| self.processes.iter().any(|process| !within(&process.points, *window).is_empty());
        window.filter(|window| !has_profiles(window)).map_or(Ok(()), |window| Err(no_data(&self.selector, window)))
    }

    /// Adds a warning about the steps that are left out because nobody reported in them, or about silence in a tenth of the
    /// time or more.
    pub(super) fn warn_silent(&mut self) {
        let silent = self.known_steps(&self.ranges.parts, self.ranges.step).silent;
        if silent > 0 {
            let steps = counted_as(silent, "step", "steps");
            let are = if silent == 1 { "is" } else { "are" };
            let step = duration(self.ranges.step);
            self.warn(format!("{steps} of {step} without any profile {are} left out: what was held then is not known"));
            return;
        }
        if self.plan.division == StoreDivision::Profiles {
            return;
        }
        let silences = self.silences();
        let parts = self.ranges.parts.iter();
        let (time, silent) =
            parts.fold((0, 0), |(time, silent), part| (time + part.millis(), silent + overlap(*part, &silences)));
        if silent * SHOWN_SILENCE >= time && silent > 0 {
            let [silent, time] = [silent, time].map(|millis| Unit::Nanoseconds.long(millis.saturating_mul(1_000_000)));
            self.warn(format!(
                "nobody reported in {silent} of {time}: what was held then is not known, and means are over the rest"
            ));
        }
    }

    /// Compares the number of listed profiles with the store's own count, after loading steps. A list with a resolution
    /// of one second counts profiles of the same second with the same labels as one.
    pub(super) fn check_count(&mut self) {
        if self.plan.division != StoreDivision::Steps || self.is_of_some_instances() {
            return;
        }
        let points = || self.processes.iter().flat_map(|process| within(&process.points, self.ranges.all));
        let (listed, sum) = (points().count() as u64, points().map(|point| point.value).sum());
        // Stores that cannot count are not checked.
        let counted = self.client.count(self.choice.primary(), &self.selector, self.ranges.all, sum);
        if let Some(counted) = counted.ok().flatten().filter(|counted| *counted != listed) {
            self.warn_incomplete(format!(
                "the store counts {counted} profiles where its list has {listed}: means are by the list"
            ));
        }
    }

    /// Adds warnings if merges differ from the listed profiles, or if stacks have bytes and no objects.
    pub(super) fn warn_of_merges(&mut self, checks: &MergeChecks, series: &Series, first: usize) {
        for store_type in 0..self.choice.types.len() {
            let of_type = checks.differences.iter().filter(|(known, _)| *known == store_type);
            let differences: Vec<f64> = of_type.map(|(_, difference)| *difference).collect();
            if differences.is_empty() {
                continue;
            }
            let sum: f64 = differences.iter().sum();
            let amount = Unit::of(&self.choice.types[store_type].unit).signed_long(sum as i64);
            let merges = counted_as(differences.len(), "merge differs", "merges differ");
            self.warn_incomplete(format!("{merges} from the profiles that the store lists, by {amount} in sum"));
        }
        for (objects, missing) in self.missing_objects(series, first) {
            let stacks = counted_as(missing, "stack has", "stacks have");
            let name = self.shown_type(objects);
            self.warn_incomplete(format!("{stacks} bytes and no `{name}`: the store's answer is incomplete"));
        }
        for objects in 0..self.choice.types.len() {
            let count = checks.empty.iter().filter(|known| **known == objects).count();
            if count > 0 {
                let profiles = counted_as(count, "profile has", "profiles have");
                let name = self.shown_type(objects);
                self.warn_incomplete(format!("{profiles} bytes and no `{name}`: the store's answer is incomplete"));
            }
        }
    }

    /// Types of objects with the number of stacks that have bytes and no objects, in the snapshots from `first` on.
    fn missing_objects(&self, series: &Series, first: usize) -> Vec<(usize, usize)> {
        let column = |at: usize| {
            let name = &self.choice.types[at].sample_type;
            series.sample_types().iter().position(|known| known.name.raw() == name)
        };
        let mut found = Vec::new();
        for (bytes, role) in self.choice.roles.iter().enumerate() {
            // The growths of counters may cancel in one type only.
            let pair = role.paired_type.filter(|_| role.measure == Measure::Space && !self.is_counter(bytes));
            let Some((objects, columns)) = pair.and_then(|objects| Some((objects, [column(bytes)?, column(objects)?])))
            else {
                continue;
            };
            let snapshots = series.snapshots().get(first..).unwrap_or_default();
            let missing = snapshots.iter().map(|snapshot| rows_without(&snapshot.samples, columns)).sum();
            if missing > 0 {
                found.push((objects, missing));
            }
        }
        found
    }
}

/// Number of samples with a value in the first column and none in the second.
fn rows_without(samples: &Samples, [first, second]: [usize; 2]) -> usize {
    let [Some(first), Some(second)] = [first, second].map(|at| samples.values.get(at)) else { return 0 };
    (0..samples.len()).filter(|row| first.get(*row) != 0 && second.get(*row) == 0).count()
}
