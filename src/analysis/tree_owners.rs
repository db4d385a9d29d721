//! Code owners of the frames of a call tree, computed at the first look-up and cached.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::analysis::filter::{CodeOwner, CodeOwners};
use crate::analysis::frames::Frames;
use crate::base::ids::FrameId;
use crate::base::names::Language;

/// Owners of the frames of one call tree.
#[derive(Debug, Default)]
pub struct FrameOwners {
    patterns: OnceLock<CodeOwners>,
    /// Owner of each frame: [`UNSEEN`], 1 + the index in [`CodeOwner::ALL`], or [`UNKNOWN`].
    known: OnceLock<Box<[AtomicU8]>>,
}

/// Frame that was not looked up yet.
const UNSEEN: u8 = 0;
/// Frame without a known owner.
const UNKNOWN: u8 = u8::MAX;

impl FrameOwners {
    /// Patterns for the program whose names are in `frames`.
    pub fn patterns(&self, language: Language, frames: &Frames) -> &CodeOwners {
        self.patterns.get_or_init(|| {
            CodeOwners::new(language, frames.ids().skip(1).map(|frame| (frames.linker_name(frame), frames.file(frame))))
        })
    }

    /// Owner of a frame; `None` for the root, and for a frame without a known owner.
    pub fn of(&self, language: Language, frames: &Frames, frame: FrameId) -> Option<CodeOwner> {
        if frame == FrameId::ROOT {
            return None;
        }
        let known = self.known.get_or_init(|| frames.ids().map(|_| AtomicU8::new(UNSEEN)).collect());
        let cell = known.get(frame.index())?;
        match cell.load(Ordering::Relaxed) {
            UNSEEN => {
                let owner = self.patterns(language, frames).of(frames.linker_name(frame), frames.file(frame));
                let index = owner.and_then(|owner| CodeOwner::ALL.iter().position(|other| *other == owner));
                let code = index.and_then(|index| u8::try_from(index + 1).ok()).unwrap_or(UNKNOWN);
                cell.store(code, Ordering::Relaxed);
                owner
            }
            code => CodeOwner::ALL.get(usize::from(code).wrapping_sub(1)).copied(),
        }
    }
}
