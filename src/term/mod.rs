//! The terminal: taking it and giving it back, keys in, frames out, signals, jobs.
