//! All integration tests in one binary, so that they link once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cli;
mod report;
mod support;
