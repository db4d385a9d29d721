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
}
