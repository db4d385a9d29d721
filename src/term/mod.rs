//! The terminal: taking it and giving it back, keys, signals, jobs, and the loop.

mod frame;
