//! The keys as texts name them: by the action that they do. A sentence on the screen then names the key that is bound,
//! and not the one that was before somebody set another.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::view::command::{Named, actions};

actions! {
    /// An action whose key stands in a text of the screen, by the name that its row has.
    KeyRef {
        /// Does what a prompt asks for.
        Accept,
        /// Allocated instead of in-use.
        Allocated,
        /// Back one thing.
        Back,
        /// One window after the other in the same place.
        Blink,
        /// Callers and callees.
        Callers,
        /// Leaves a prompt.
        Cancel,
        /// The details in full.
        Details,
        /// What changed.
        Diff,
        /// The editor, from the source.
        Edit,
        /// The fewest places that explain the growth.
        Explain,
        /// Only what grew, or all.
        Growing = "only-growing",
        /// The page for whoever is new to this.
        Guide,
        /// How far figures can be trusted.
        Health,
        /// The keys of what is in front.
        Help,
        /// In-use instead of allocated.
        InUse,
        /// Keeps the window to compare with.
        MarkWindow,
        /// Objects instead of bytes.
        Measure = "toggle-measure",
        /// How wide frames are drawn in a comparison.
        NextWidth,
        /// The values of a label.
        OpenLabel,
        /// The keys to the other pane.
        NextPane,
        /// Another sample type.
        NextType = "next-sample-type",
        /// Takes the filter of a chip away.
        Remove = "remove-filter",
        /// The next step of the tour.
        Skip = "skip-step",
        /// The first row.
        Top,
        /// What grew over the snapshots.
        ViewTrend,
        /// The window one snapshot back.
        WindowBack,
        /// The window one snapshot on.
        WindowForward,
        /// Into a frame.
        ZoomIn,
    }
}

/// The first key of each action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyNames(HashMap<String, String>);

impl KeyNames {
    /// The keys by the names of their actions; of a name that comes again the first is kept.
    pub fn new(named: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut keys = HashMap::new();
        for (name, key) in named {
            keys.entry(name).or_insert(key);
        }
        Self(keys)
    }

    /// How somebody asks for an action: by its key, or where it has none by its name as a command.
    pub fn of(&self, mention: KeyRef) -> Cow<'_, str> {
        let name = mention.name();
        self.0.get(&name).map_or_else(|| Cow::Owned(format!(":{name}")), |key| Cow::Borrowed(key.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_key_is_asked_for_by_its_name() {
        let keys = KeyNames::new([("diff".to_owned(), "d".to_owned()), ("diff".to_owned(), "x".to_owned())]);
        assert_eq!(keys.of(KeyRef::Diff), "d");
        assert_eq!(keys.of(KeyRef::NextType), ":next-sample-type");
    }
}
