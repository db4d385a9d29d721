//! What the labels say beside their rows.

use crate::base::clean::named;
use crate::base::units;
use crate::view::context::ViewContext;
use crate::view::keys::Mention;
use crate::view::labels::state::{LabelsState, NumberListing};

/// What there is to say instead of rows.
pub fn nothing(state: &LabelsState) -> Vec<String> {
    if state.keys().is_none() {
        return vec!["looking at the labels".to_owned()];
    }
    vec![
        "no sample has a label.".to_owned(),
        String::new(),
        "Heap profiles of Go and tcmalloc have `bytes`, the size of an object;".to_owned(),
        "other profilers add what they are told to, such as a thread or a request.".to_owned(),
    ]
}

/// The row above the rows: keys, or the key whose values show and how much has it.
pub fn head(look: &ViewContext, state: &LabelsState) -> String {
    let Some(key) = state.opened() else {
        return match state.keys() {
            None | Some([]) => "labels".to_owned(),
            Some(_) => format!("labels: {} shows the values of a key", look.keys.of(Mention::OpenLabel)),
        };
    };
    let share = units::percent(key.held.now, look.answer.column.abs_share_base());
    let unit = key.unit.as_ref().filter(|unit| unit.raw() != key.name.raw());
    let unit = unit.map(|unit| format!(" ({})", named(unit.shown()))).unwrap_or_default();
    format!("label {}{unit}: on {share} of all", named(key.name.shown()))
}

/// What stands in the status: which row of how many, by what.
pub fn status(state: &LabelsState) -> String {
    let count = state.lines().len();
    if count == 0 {
        return String::new();
    }
    let what = match (state.opened(), state.listed()) {
        (None, _) => "keys",
        (Some(key), NumberListing::Classes) if !key.classes().is_empty() => "classes",
        (Some(_), _) => "values",
    };
    format!("{} of {} {what}", units::commas_u64(state.at() as u64 + 1), units::commas_u64(count as u64))
}
