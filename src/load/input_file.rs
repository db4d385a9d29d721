//! Files that a load is to read.

use crate::profile::{Input, Origin};
use crate::source::Address;

/// A file to be read.
#[derive(Clone)]
pub(super) struct InputFile {
    /// Address of the file.
    pub(super) file: Address,
    /// Side of its snapshot.
    pub(super) side: Input,
    /// Origin of the choice.
    pub(super) origin: Origin,
    /// True for the store of the current side, of which another window is loaded to compare with.
    pub(super) is_base_window: bool,
}

impl InputFile {
    pub(super) fn new(file: Address, side: Input, origin: Origin) -> Self {
        Self { file, side, origin, is_base_window: false }
    }

    pub(super) fn base_window(file: Address) -> Self {
        Self { file, side: Input::Base, origin: Origin::Named, is_base_window: true }
    }
}
