//! Files that a load is to read.

use std::sync::{Arc, Mutex, PoisonError};

use crate::format::PeekedChunks;
use crate::profile::{Input, Origin, Series};
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
    /// The file itself if it was opened already, since it can be read only once.
    opened: Option<Arc<Mutex<Option<PeekedChunks<'static>>>>>,
    /// Name of the instance; `None` if the snapshot tells it.
    pub(super) instance: Option<Arc<str>>,
}

impl InputFile {
    pub(super) fn new(file: Address, side: Input, origin: Origin) -> Self {
        Self { file, side, origin, is_base_window: false, opened: None, instance: None }
    }

    pub(super) fn base_window(file: Address) -> Self {
        Self { is_base_window: true, ..Self::new(file, Input::Base, Origin::Named) }
    }

    /// File of the current side that was named and is open.
    pub(super) fn opened(file: Address, chunks: PeekedChunks<'static>) -> Self {
        Self { opened: Some(Arc::new(Mutex::new(Some(chunks)))), ..Self::new(file, Input::Current, Origin::Named) }
    }

    /// This file on a side of a comparison.
    pub(super) fn on_side(self, side: Input) -> Self {
        Self { side, ..self }
    }

    /// Takes the open file; `None` if it is not open, or was taken before.
    pub(super) fn take_opened(&self) -> Option<PeekedChunks<'static>> {
        self.opened.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// This file as one of an instance.
    pub(super) fn of(self, instance: Option<&Arc<str>>) -> Self {
        Self { instance: instance.cloned(), ..self }
    }

    /// Notes on the snapshots that were added last where they come from.
    pub(super) fn mark(&self, series: &mut Series) {
        series.set_origin(self.origin);
        if let Some(instance) = &self.instance {
            series.set_instance(instance);
        }
    }
}
