//! All integration tests in one binary, so that they link once.

mod cli;
mod layers;
mod report;
mod schema;
mod support;
