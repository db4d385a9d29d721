//! Counts of the steps that algorithms take, for tests of how they grow with the input.
//!
//! Step counts are reproducible, unlike times on a shared machine. They exist in debug builds only; in release builds
//! [`count_steps`] does nothing.

#[cfg(debug_assertions)]
use std::cell::Cell;

#[cfg(debug_assertions)]
thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Adds to the step count of this thread.
#[inline]
pub fn count_steps(steps: usize) {
    #[cfg(debug_assertions)]
    STEPS.set(STEPS.get() + steps as u64);
    #[cfg(not(debug_assertions))]
    let _ = steps;
}

/// Runs `run` and returns the steps that it counted on this thread, 0 in release builds, with its result.
pub fn measure_steps<T>(run: impl FnOnce() -> T) -> (u64, T) {
    #[cfg(debug_assertions)]
    {
        let before = STEPS.get();
        let result = run();
        (STEPS.get() - before, result)
    }
    #[cfg(not(debug_assertions))]
    (0, run())
}
