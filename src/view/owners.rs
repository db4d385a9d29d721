//! Owners of frames by the rules of the series, for fills: computed on demand, once for each tree.

use std::sync::Arc;

use crate::analysis::{Answer, CallTree, frame_owners};
use crate::base::ids::FrameId;
use crate::base::names::package_number;
use crate::base::safe_text::safe_str;
use crate::profile::UNOWNED;

/// Owners for the latest tree.
#[derive(Debug, Default)]
pub struct FillOwners {
    by_rules: Option<RuleOwners>,
}

/// Owners by the rules of a series.
#[derive(Debug)]
struct RuleOwners {
    tree: Arc<CallTree>,
    /// Number of the owner of each frame; `None` for a frame without an owner.
    frames: Vec<Option<u32>>,
    /// Names with their numbers.
    names: Vec<(String, u32)>,
}

impl FillOwners {
    /// Returns true if the series has rules for owners.
    pub fn has_rules(&self) -> bool {
        self.by_rules.is_some()
    }

    /// Number of the owner of a frame by the rules; `None` if the frame has no owner.
    pub fn of(&self, frame: FrameId) -> Option<u32> {
        self.by_rules.as_ref().and_then(|owners| owners.frames.get(frame.index()).copied().flatten())
    }

    /// Names of the owners by the rules, with their numbers.
    pub fn names(&self) -> &[(String, u32)] {
        self.by_rules.as_ref().map_or(&[], |owners| &owners.names)
    }

    /// Computes the owners for an answer.
    pub fn follow(&mut self, answer: &Answer) {
        if answer.series.owners().is_some() {
            let is_made = self.by_rules.as_ref().is_some_and(|owners| Arc::ptr_eq(&owners.tree, &answer.tree));
            if !is_made {
                self.by_rules = Some(RuleOwners::new(answer));
            }
        }
    }
}

impl RuleOwners {
    fn new(answer: &Answer) -> Self {
        let owners = frame_owners(answer);
        let number = |owner: &&str| (**owner != *UNOWNED).then(|| package_number(owner));
        let frames = owners.iter().map(number).collect();
        let mut names: Vec<&str> = owners.iter().copied().filter(|owner| *owner != UNOWNED).collect();
        names.sort_unstable();
        names.dedup();
        let names = names.into_iter().map(|name| (safe_str(name).into_owned(), package_number(name))).collect();
        Self { tree: Arc::clone(&answer.tree), frames, names }
    }
}
