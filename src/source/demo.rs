//! Built-in demo: two snapshots of a service, before and after a deploy that fixed one leak and introduced another.

use std::io::{Cursor, Read};

use super::{Address, SourceKind};

/// Address of the snapshot after the deploy.
pub(super) const AFTER: &str = "demo:after";
/// Address of the snapshot before the deploy.
pub(super) const BEFORE: &str = "demo:before";

static AFTER_BYTES: &[u8] = include_bytes!("../../assets/demo/after.pb.gz");
static BEFORE_BYTES: &[u8] = include_bytes!("../../assets/demo/before.pb.gz");

pub(super) const SOURCE: SourceKind = SourceKind {
    written: "demo:after, demo:before",
    about: "the built-in demo, after and before a deploy",
    claim: |text| match text.to_str()? {
        AFTER => Some(Address::Demo),
        BEFORE => Some(Address::DemoBefore),
        _ => None,
    },
};

pub(super) fn open_after() -> Box<dyn Read + Send> {
    Box::new(Cursor::new(AFTER_BYTES))
}

pub(super) fn open_before() -> Box<dyn Read + Send> {
    Box::new(Cursor::new(BEFORE_BYTES))
}

pub(super) fn after_size() -> u64 {
    AFTER_BYTES.len() as u64
}

pub(super) fn before_size() -> u64 {
    BEFORE_BYTES.len() as u64
}
