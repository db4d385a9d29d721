//! What comes while one looks: fetched at each beat on a thread of its own, and folded into what is open there.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{io, thread};

use crate::app::{Msg, SeriesGrowth};
use crate::load::Progress;
use crate::profile::Series;

use super::session::Event;
use super::ticker::Ticker;

/// Adds what is new to a series, at a time in nanoseconds since 1970; nothing where there is nothing new. Says in one
/// line why there is none.
pub(crate) type Grow = Box<dyn FnMut(&Arc<Series>, &Arc<Progress>, i64) -> Result<Option<SeriesGrowth>, String> + Send>;

/// How what is open grows.
pub(crate) struct LiveSources {
    /// How often there may be something new.
    pub(crate) every: Duration,
    /// Adds it.
    pub(crate) grow: Grow,
}

/// The other end of the thread that fetches.
pub(super) struct Follower {
    orders: Sender<LiveOrder>,
}

enum LiveOrder {
    /// At the next beat, what is new belongs to this series.
    Follow(Arc<Series>),
    /// Not at the next beat but now.
    Hurry,
}

impl Follower {
    /// Starts the thread; what comes goes to `events`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(live: LiveSources, events: Sender<Event>) -> io::Result<Self> {
        let (orders, taken) = channel();
        thread::Builder::new().name("live".into()).spawn(move || follow(live, &taken, &events))?;
        Ok(Self { orders })
    }

    /// Asks for what the next beat brings for a series.
    pub(super) fn follow(&self, series: Arc<Series>) {
        // A thread that has ended has nobody to tell.
        let _ = self.orders.send(LiveOrder::Follow(series));
    }

    /// Asks for it now.
    pub(super) fn hurry(&self) {
        let _ = self.orders.send(LiveOrder::Hurry);
    }
}

fn follow(LiveSources { every, mut grow }: LiveSources, orders: &Receiver<LiveOrder>, events: &Sender<Event>) {
    let (began, mut beats) = (Instant::now(), Ticker::new(every, 1));
    // Until there is a series, there is nothing that could be in a hurry.
    while let Ok(order) = orders.recv() {
        let LiveOrder::Follow(mut series) = order else { continue };
        loop {
            match orders.recv_timeout(beats.upcoming(began.elapsed())) {
                Ok(LiveOrder::Follow(newer)) => series = newer,
                Ok(LiveOrder::Hurry) | Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        beats.take(began.elapsed());
        let grown = grow(&series, &Arc::default(), now());
        // What was folded in may be looked at by nobody else: then its memory goes before the next is fetched.
        drop(series);
        if events.send(Event::Msg(Msg::Grown { at: now(), grown })).is_err() {
            return;
        }
    }
}

/// Nanoseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}
