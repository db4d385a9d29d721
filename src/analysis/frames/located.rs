//! Frames of each location, for a shape and its filters.

use std::ops::Range;

use crate::base::ids::{FrameId, LocationId};

/// The frames of every location, outermost first.
pub(in crate::analysis) struct LocationFrames {
    pub(super) frames: Vec<FrameId>,
    /// Offsets of the frames of each location in `frames`, closed by the end of the last.
    pub(super) starts: Vec<u32>,
}

impl LocationFrames {
    /// Makes one location for each frame, with the frame's number.
    pub(in crate::analysis) fn each(frames: usize) -> Self {
        Self { frames: (0..frames).map(FrameId::new).collect(), starts: (0..=frames as u32).collect() }
    }

    /// Frames of a location, outermost first; empty if filters hide the location.
    #[inline]
    pub(in crate::analysis) fn of(&self, location: LocationId) -> &[FrameId] {
        &self.frames[self.range(location)]
    }

    /// Indexes in [`LocationFrames::frames`] of the frames of a location.
    #[inline]
    pub(in crate::analysis) fn range(&self, location: LocationId) -> Range<usize> {
        self.starts[location.index()] as usize..self.starts[location.index() + 1] as usize
    }

    /// Frames of all locations, one location after the other.
    pub(in crate::analysis) fn frames(&self) -> &[FrameId] {
        &self.frames
    }
}
