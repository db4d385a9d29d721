//! The built-in demo: two snapshots of one real service, before and after a deploy that mended one leak and made
//! another. They are compiled in, so that the program can be tried where there is no profile at hand.

use std::io::{Cursor, Read};

use super::{Address, SourceKind};

/// The name of the snapshot after the deploy.
pub(super) const AFTER: &str = "demo:after";
/// The name of the snapshot before the deploy.
pub(super) const BEFORE: &str = "demo:before";

static AFTER_BYTES: &[u8] = include_bytes!("../../assets/demo/after.pb.gz");
static BEFORE_BYTES: &[u8] = include_bytes!("../../assets/demo/before.pb.gz");

/// The row of the table of sources.
pub(super) const SOURCE: SourceKind = SourceKind {
    written: "demo:after, demo:before",
    about: "the built-in demo, after and before a deploy",
    claim: |text| match text.to_str()? {
        AFTER => Some(Address::Demo),
        BEFORE => Some(Address::DemoBefore),
        _ => None,
    },
};

/// Opens the snapshot after the deploy.
pub(super) fn open_after() -> Box<dyn Read + Send> {
    Box::new(Cursor::new(AFTER_BYTES))
}

/// Opens the snapshot before the deploy.
pub(super) fn open_before() -> Box<dyn Read + Send> {
    Box::new(Cursor::new(BEFORE_BYTES))
}

/// The stored bytes of the snapshot after the deploy.
pub(super) fn after_size() -> u64 {
    AFTER_BYTES.len() as u64
}

/// The stored bytes of the snapshot before the deploy.
pub(super) fn before_size() -> u64 {
    BEFORE_BYTES.len() as u64
}
