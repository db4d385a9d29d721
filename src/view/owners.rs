//! Owner of a frame (own code, library, runtime): derived from the names of a series, when fills first need it and for
//! each new series.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::analysis::Answer;
use crate::analysis::filter::CodeOwners;
use crate::profile::Series;
use crate::view::context::Fills;

/// Names that are examined to find the program's own module.
const MANY: usize = 50_000;

/// Owners for the latest series.
#[derive(Debug, Default)]
pub struct OwnerCache {
    owners: CodeOwners,
    series: Option<Arc<Series>>,
}

impl OwnerCache {
    /// Owners computed last.
    pub fn of(&self) -> &CodeOwners {
        &self.owners
    }

    /// Computes the owners for the series of an answer, if fills need them.
    pub fn follow(&mut self, answer: &Answer, fills: Fills) {
        let is_made = self.series.as_ref().is_some_and(|series| Arc::ptr_eq(series, &answer.series));
        if is_made || fills != Fills::Kind {
            return;
        }
        let names = names(&answer.series);
        self.owners = CodeOwners::new(answer.language, names.iter().map(|name| &**name));
        self.series = Some(Arc::clone(&answer.series));
    }
}

/// Function names from which the program's own module is derived.
pub fn names(series: &Series) -> Vec<Cow<'_, str>> {
    let symbols = series.symbols();
    // A long name is read once, however many functions have it.
    let mut seen = FxHashSet::default();
    let functions = symbols.functions.iter().take(MANY).filter(|function| seen.insert(function.name));
    functions.map(|function| symbols.strings.text(function.name)).collect()
}
