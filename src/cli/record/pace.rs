//! Pace of readings: more frequent the sooner memory will reach its limit.

use std::time::{Duration, Instant};

use super::super::condition::MemoryReading;

/// Growth between two readings, as a share of the limit. With this step, the last reading before a kill is within a
/// tenth of the limit even if the next one is late.
const STEP: f64 = 0.03;
/// Share of the limit above which growth makes readings more frequent.
const NEAR: f64 = 0.4;
/// Minimum time between two readings.
const MIN_INTERVAL: Duration = Duration::from_millis(50);

/// Growth of the memory of a service.
#[derive(Debug, Default)]
pub(super) struct Pace {
    heap: Growth,
    rss: Growth,
}

impl Pace {
    /// Records a reading; returns the time until the next one: at least [`MIN_INTERVAL`] and `took`, the duration of
    /// the last snapshot, and at most `every`. Heap and resident memory are followed each by itself: the larger one may
    /// stand still while the other grows.
    pub(super) fn next(&mut self, reading: &MemoryReading, now: Instant, every: Duration, took: Duration) -> Duration {
        let Some(limit) = reading.limit else { return every };
        let figures = [(&mut self.heap, reading.heap), (&mut self.rss, reading.rss)];
        let steps = figures.into_iter().filter_map(|(growth, value)| growth.next(value?, limit as f64, now));
        let step = steps.min().unwrap_or(every);
        step.max(MIN_INTERVAL).max(took).min(every)
    }
}

/// Growth of one figure.
#[derive(Debug, Default)]
struct Growth {
    last: Option<(Instant, i64)>,
    /// Growth in bytes per second: the last one, but at least half of the previous value.
    rate: f64,
}

impl Growth {
    /// Records a value; returns the time in which it grows by [`STEP`], or `None` if it is far from the limit or does
    /// not grow.
    fn next(&mut self, value: i64, limit: f64, now: Instant) -> Option<Duration> {
        if let Some((before, old)) = self.last.replace((now, value)) {
            let seconds = now.duration_since(before).as_secs_f64().max(1e-3);
            let rate = (value.saturating_sub(old) as f64 / seconds).max(0.0);
            self.rate = rate.max(self.rate / 2.0);
        }
        if (value as f64) < limit * NEAR || self.rate < 1.0 {
            return None;
        }
        Duration::try_from_secs_f64(limit * STEP / self.rate).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_denser_near_the_limit() {
        let (start, every) = (Instant::now(), Duration::from_secs(10));
        let reading = |heap| MemoryReading { heap: Some(heap), rss: None, limit: Some(1000) };
        let mut pace = Pace::default();
        let mut next = |heap, second| {
            pace.next(&reading(heap), start + Duration::from_secs(second), every, Duration::from_millis(1))
        };
        assert_eq!(next(100, 0), every, "nothing to compare with");
        assert_eq!(next(300, 1), every, "far from the limit");
        assert_eq!(next(500, 2), Duration::from_millis(150), "200 a second make 30 in 0.15 s");
        assert_eq!(next(500, 3), Duration::from_millis(300), "a pause halves the rate");
        let quiet = (4..20).map(|second| next(500, second)).last();
        assert_eq!(quiet, Some(every));
        let mut pace = Pace::default();
        let mut with_rss = |heap, second| {
            let reading = MemoryReading { rss: Some(5000 - heap), ..reading(heap) };
            pace.next(&reading, start + Duration::from_secs(second), every, Duration::from_millis(1))
        };
        with_rss(300, 0);
        assert_eq!(
            with_rss(500, 1),
            Duration::from_millis(150),
            "resident memory beyond the limit falls, the heap grows"
        );
        let mut blind = Pace::default();
        let unknown = MemoryReading { limit: None, ..reading(900) };
        assert_eq!(blind.next(&unknown, start, every, Duration::ZERO), every);
    }
}
