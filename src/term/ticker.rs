//! A beat that does not drift: every so often from the start, however long what is done at a beat takes.

use std::time::Duration;

/// Beats from a start, told apart by their number; the first is at the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticker {
    every: Duration,
    /// The first beat that was not taken yet.
    next: u64,
}

impl Ticker {
    /// Beats, the first of them to come being `next`.
    pub(crate) fn new(every: Duration, next: u64) -> Self {
        Self { every: every.max(Duration::from_millis(1)), next }
    }

    /// How long it is to the beat that can be taken next, so long after the start. Beats that have gone by are gone.
    pub(crate) fn upcoming(&self, elapsed: Duration) -> Duration {
        // The first is at the start, however long it took to get here.
        if self.next == 0 {
            return Duration::ZERO;
        }
        let passed = elapsed.as_nanos().div_ceil(self.every.as_nanos());
        let beat = passed.max(u128::from(self.next));
        let at = beat.saturating_mul(self.every.as_nanos());
        Duration::from_nanos(u64::try_from(at.saturating_sub(elapsed.as_nanos())).unwrap_or(u64::MAX))
    }

    /// Takes the beat of now, and says how many have gone by untaken since the last.
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
