//! Drift-free ticks: their times depend on the start and the period, not on the duration of the work.

use std::time::Duration;

/// Numbered ticks since a start; tick 0 is at the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticker {
    every: Duration,
    /// Number of the next tick.
    next: u64,
}

impl Ticker {
    /// Creates ticks that start with number `next`.
    pub(crate) fn new(every: Duration, next: u64) -> Self {
        Self { every: every.max(Duration::from_millis(1)), next }
    }

    /// Time until the next tick that can still be taken. Past ticks are lost.
    pub(crate) fn upcoming(&self, elapsed: Duration) -> Duration {
        // The first tick is due immediately.
        if self.next == 0 {
            return Duration::ZERO;
        }
        let passed = elapsed.as_nanos().div_ceil(self.every.as_nanos());
        let beat = passed.max(u128::from(self.next));
        let at = beat.saturating_mul(self.every.as_nanos());
        Duration::from_nanos(u64::try_from(at.saturating_sub(elapsed.as_nanos())).unwrap_or(u64::MAX))
    }

    /// Takes the current tick; returns the number of ticks missed since the last one.
    pub(crate) fn take(&mut self, elapsed: Duration) -> u64 {
        let now = u64::try_from(elapsed.as_nanos() / self.every.as_nanos()).unwrap_or(u64::MAX);
        let skipped = now.saturating_sub(self.next);
        self.next = self.next.max(now).saturating_add(1);
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_beat_keeps_time_whatever_happens_at_it() {
        let mut beats = Ticker::new(ms(100), 0);
        assert_eq!(beats.upcoming(ms(3)), ms(0));
        assert_eq!(beats.take(ms(3)), 0);
        assert_eq!(beats.upcoming(ms(30)), ms(70), "what took 30 ms moves nothing");
        assert_eq!(beats.take(ms(102)), 0);
        assert_eq!(beats.upcoming(ms(103)), ms(97), "nor does waking up late");
        assert_eq!(beats.take(ms(200)), 0);
        assert_eq!(beats.upcoming(ms(550)), ms(50), "what took too long costs the beats that it took");
        assert_eq!(beats.take(ms(600)), 3);
        assert_eq!(beats.take(ms(700)), 0);
    }

    #[test]
    fn a_beat_may_begin_with_a_wait() {
        let mut beats = Ticker::new(ms(100), 1);
        assert_eq!(beats.upcoming(ms(0)), ms(100));
        assert_eq!(beats.upcoming(ms(40)), ms(60), "looking takes nothing");
        assert_eq!(beats.take(ms(100)), 0);
        assert_eq!(beats.upcoming(ms(100)), ms(100));
    }
}
