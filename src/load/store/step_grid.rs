//! Division of a time range into steps of one length.

use crate::source::TimeRange;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

/// Range with both ends moved outward to multiples of a step since 1970.
pub(super) fn outward(range: TimeRange, step: i64) -> TimeRange {
    let step = step.max(1);
    let after = range.after.div_euclid(step) * step;
    let floor = range.until.div_euclid(step) * step;
    TimeRange { after, until: if floor == range.until { floor } else { floor.saturating_add(step) } }
}

/// Division of time into steps: at multiples of the step since 1970, or back from the end of a range whose last step would
/// not be over yet.
#[derive(Clone, Copy)]
pub(super) struct StepGrid {
    step: i64,
    /// End of the last step; `None` if steps are at multiples since 1970.
    last: Option<i64>,
}

impl StepGrid {
    /// Division for a range. A range up to now ends with the last whole minute, or with the last whole step if that is
    /// shorter, so that a reload soon afterwards has the same steps.
    pub(super) fn of(range: TimeRange, step: i64, now: i64) -> Self {
        let step = step.max(1);
        let unit = step.min(MINUTE);
        let is_open = range.until >= now;
        let last = if is_open { range.until.div_euclid(unit) * unit } else { outward(range, SECOND).until };
        Self { step, last: (outward(range, step).until > now).then_some(last) }
    }

    /// Range with its ends at whole steps: moved outward, or up to the last step with as many steps as its length needs.
    pub(super) fn snapped(self, range: TimeRange) -> TimeRange {
        let Self { step, last } = self;
        let shift = last.map_or(0, |last| last.rem_euclid(step));
        let moved = outward(TimeRange { after: range.after - shift, until: range.until - shift }, step);
        let moved = TimeRange { after: moved.after + shift, until: moved.until + shift };
        let Some(until) = last.filter(|last| moved.until > *last) else { return moved };
        let count = range.millis().div_euclid(step) + i64::from(range.millis() % step != 0);
        TimeRange { after: until.saturating_sub(count.saturating_mul(step)), until }
    }
}
