//! Work, counted: steps that an algorithm takes, so that a test can fail one that grows faster than its input.
//!
//! A stopwatch on a shared machine tells nothing; a count is the same every time. Counting is part of debug builds alone,
//! in which tests run; in a release build [`count`] is empty.

#[cfg(debug_assertions)]
use std::cell::Cell;

#[cfg(debug_assertions)]
thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Counts steps of this thread.
#[inline]
pub fn count(steps: usize) {
    #[cfg(debug_assertions)]
    STEPS.set(STEPS.get() + steps as u64);
    #[cfg(not(debug_assertions))]
    let _ = steps;
}

/// Steps that `run` takes on this thread, with its result; no steps in a release build.
pub fn counted<T>(run: impl FnOnce() -> T) -> (u64, T) {
    #[cfg(debug_assertions)]
    {
        let before = STEPS.get();
        let result = run();
        (STEPS.get() - before, result)
    }
    #[cfg(not(debug_assertions))]
    (0, run())
}
