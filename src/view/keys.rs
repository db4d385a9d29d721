//! Keys in texts, looked up by action: a sentence on the screen names the key that is bound, not the default key.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;

use crate::view::command::{Named, actions};

actions! {
    /// Action whose key a text mentions; the name is that of the command row.
    KeyRef {
        /// Accepts a prompt.
        Accept,
        /// Switches to allocated memory.
        Allocated,
        /// Undoes one step.
        Back,
        /// Shows the other window in its place.
        Blink,
        /// Opens callers and callees.
        Callers,
        /// Cancels a prompt.
        Cancel,
        /// Compares two values of a label.
        CompareValues,
        /// Opens the full details.
        Details,
        /// Turns the comparison on or off.
        Diff,
        /// Opens the editor from the source view.
        Edit,
        /// Opens the call sites that explain the change.
        Explain,
        /// Opens the filter prompt.
        Filter,
        /// Reverses the order of stacks that are upside down.
        Flip = "flip-stacks",
        /// Folds or unfolds chains of functions that only call the next function.
        FoldChains,
        /// Lists only functions that grew, or all.
        Growing = "only-growing",
        /// Opens the guide.
        Guide,
        /// Opens the health list.
        Health,
        /// Opens the help.
        Help,
        /// Switches to in-use memory.
        InUse,
        /// Opens the account of the memory.
        Memory,
        /// Marks the window as A.
        MarkWindow,
        /// Switches between objects and bytes.
        Measure = "toggle-measure",
        /// Makes the totals of both windows equal.
        Normalize,
        /// Switches the meaning of colours.
        NextFills,
        /// Switches the meaning of widths in a comparison.
        NextWidth,
        /// Opens the values of a label.
        OpenLabel,
        /// Focuses the next pane.
        NextPane,
        /// Switches to the next sample type.
        NextType = "next-sample-type",
        /// Quits, or closes what is open.
        Quit,
        /// Reads the sources again.
        Reload,
        /// Removes a filter.
        Remove = "remove-filter",
        /// Shows a row of the trend in the icicle.
        ShowPlace = "show-place",
        /// Skips a step of the tour.
        Skip = "skip-step",
        /// Selects the first row.
        Top,
        /// Opens the instances view.
        ViewInstances,
        /// Opens the trend view.
        ViewTrend,
        /// Moves the window one snapshot back.
        WindowBack,
        /// Moves the window one snapshot forward.
        WindowForward,
        /// Zooms out to the whole profile.
        ZoomAll,
        /// Zooms in.
        ZoomIn,
        /// Returns to the previous zoom.
        ZoomOut,
    }
}

/// First key of each action, by the name of the action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyNames(HashMap<&'static str, String>);

impl KeyNames {
    /// Builds the map from names of actions to keys; the first key of a name is kept.
    pub fn new(named: impl IntoIterator<Item = (&'static str, impl Display)>) -> Self {
        let mut keys = HashMap::new();
        for (name, key) in named {
            keys.entry(name).or_insert_with(|| key.to_string());
        }
        Self(keys)
    }

    /// Key of an action, or `:` and the name of the action if no key is bound.
    pub fn of(&self, key: KeyRef) -> Cow<'_, str> {
        let name = key.name();
        self.0.get(name).map_or_else(|| Cow::Owned(format!(":{name}")), |key| Cow::Borrowed(key.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_without_a_key_is_named_by_its_command() {
        let keys = KeyNames::new([("diff", "d"), ("diff", "x")]);
        assert_eq!(keys.of(KeyRef::Diff), "d");
        assert_eq!(keys.of(KeyRef::NextType), ":next-sample-type");
    }
}
