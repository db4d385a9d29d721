//! Live mode: at each tick, a thread fetches new snapshots and adds them to a copy of the open series.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{io, thread};

use crate::app::{Msg, SeriesGrowth};
use crate::load::Progress;
use crate::profile::Series;

use super::event::Event;
use super::ticker::Ticker;

/// Function that adds new snapshots to a series, at a time in nanoseconds since 1970; returns `None` if there are none,
/// or an error in one line.
pub(crate) type Grow = Box<dyn FnMut(&Arc<Series>, &Arc<Progress>, i64) -> Result<Option<SeriesGrowth>, String> + Send>;

/// Source of new snapshots.
pub(crate) struct LiveSources {
    /// Polling period.
    pub(crate) every: Duration,
    /// Function that adds new snapshots.
    pub(crate) grow: Grow,
}

/// Handle of the polling thread.
pub(super) struct Follower {
    orders: Sender<LiveOrder>,
}

enum LiveOrder {
    /// At the next tick, add new snapshots to this series.
    Follow(Arc<Series>),
    /// Poll immediately.
    PollNow,
}

impl Follower {
    /// Starts the thread; results are sent to `events`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn start(live: LiveSources, events: SyncSender<Event>) -> io::Result<Self> {
        let (orders, taken) = channel();
        thread::Builder::new().name("live".into()).spawn(move || follow(live, &taken, &events))?;
        Ok(Self { orders })
    }

    /// Requests the snapshots of the next tick for a series.
    pub(super) fn follow(&self, series: Arc<Series>) {
        // Sending fails if the thread has ended, which needs no handling.
        let _ = self.orders.send(LiveOrder::Follow(series));
    }

    /// Polls immediately.
    pub(super) fn poll_now(&self) {
        let _ = self.orders.send(LiveOrder::PollNow);
    }
}

fn follow(LiveSources { every, mut grow }: LiveSources, orders: &Receiver<LiveOrder>, events: &SyncSender<Event>) {
    let (began, mut beats) = (Instant::now(), Ticker::new(every, 1));
    // Without a series, nothing is polled.
    while let Ok(order) = orders.recv() {
        let LiveOrder::Follow(mut series) = order else { continue };
        loop {
            match orders.recv_timeout(beats.upcoming(began.elapsed())) {
                Ok(LiveOrder::Follow(newer)) => series = newer,
                Ok(LiveOrder::PollNow) | Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        beats.take(began.elapsed());
        let start = now();
        let grown = grow(&series, &Arc::default(), start);
        // An outage begins when the poll did: a service that hangs answers nothing until the time limit.
        let at = if grown.is_err() { start } else { now() };
        // If this was the last reference to the old series, its memory is freed before the next fetch.
        drop(series);
        if events.send(Event::Msg(Msg::Grown { at, grown })).is_err() {
            return;
        }
    }
}

/// Nanoseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::base::limits::Budget;
    use crate::profile::Profile;

    #[test]
    fn an_outage_begins_when_the_failed_poll_began() {
        let (asked, polls) = channel();
        let grow: Grow = Box::new(move |_, _, now| {
            asked.send(now).unwrap();
            Err("no answer".to_owned())
        });
        let (events, received) = sync_channel(1);
        let follower = Follower::start(LiveSources { every: Duration::from_millis(1), grow }, events).unwrap();
        follower.follow(Arc::new(Series::new(Profile::default(), Budget::new(1 << 20))));
        let Event::Msg(Msg::Grown { at, grown }) = received.recv().unwrap() else { panic!("no result of a poll") };
        assert_eq!((at, grown.is_err()), (polls.recv().unwrap(), true));
    }
}
