//! Input files of a load.

use std::sync::{Arc, Mutex, PoisonError};

use crate::format::PeekedChunks;
use crate::profile::{Input, Origin, Series};
use crate::source::Address;

/// File to read.
#[derive(Clone)]
pub(super) struct InputFile {
    /// Address of the file.
    pub(super) file: Address,
    /// Side of its snapshot.
    pub(super) side: Input,
    /// Origin: named by the user, or found in a directory or archive.
    pub(super) origin: Origin,
    /// True for a store of the current side from which another window is loaded as the base.
    pub(super) is_base_window: bool,
    /// Reader of the file if it was opened already, because its source can be read only once.
    opened: Option<Arc<Mutex<Option<PeekedChunks<'static>>>>>,
    /// Name of the instance; `None` if it is detected from the snapshot.
    pub(super) instance: Option<Arc<str>>,
}

impl InputFile {
    pub(super) fn new(file: Address, side: Input, origin: Origin) -> Self {
        Self { file, side, origin, is_base_window: false, opened: None, instance: None }
    }

    pub(super) fn base_window(file: Address) -> Self {
        Self { is_base_window: true, ..Self::new(file, Input::Base, Origin::Named) }
    }

    /// Creates a named file of the current side that is already open.
    pub(super) fn opened(file: Address, chunks: PeekedChunks<'static>) -> Self {
        Self { opened: Some(Arc::new(Mutex::new(Some(chunks)))), ..Self::new(file, Input::Current, Origin::Named) }
    }

    /// Moves the file to a side of a comparison.
    pub(super) fn on_side(self, side: Input) -> Self {
        Self { side, ..self }
    }

    /// Takes the open file; `None` if it is not open, or was taken before.
    pub(super) fn take_opened(&self) -> Option<PeekedChunks<'static>> {
        self.opened.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Assigns the file to an instance.
    pub(super) fn of(self, instance: Option<&Arc<str>>) -> Self {
        Self { instance: instance.cloned(), ..self }
    }

    /// Sets origin and instance on the snapshots that were added last.
    pub(super) fn mark(&self, series: &mut Series) {
        series.set_origin(self.origin);
        if let Some(instance) = &self.instance {
            series.set_instance(instance);
        }
    }
}
