//! What tells whose code a frame is: made of the names of a series when fills first go by that, and again when the
//! series is another.

use std::borrow::Cow;
use std::sync::Arc;

use crate::analysis::Answer;
use crate::analysis::filter::CodeOwners;
use crate::profile::Series;
use crate::view::context::Fills;

/// Names that are looked at for what the program's own module is.
const MANY: usize = 50_000;

/// What is known of a series.
#[derive(Debug, Default)]
pub struct OwnerCache {
    owners: CodeOwners,
    series: Option<Arc<Series>>,
}

impl OwnerCache {
    /// What was made last.
    pub fn of(&self) -> &CodeOwners {
        &self.owners
    }

    /// Makes it for the series of an answer, where that is needed.
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

/// The names of functions by which a program's own module is told.
pub fn names(series: &Series) -> Vec<Cow<'_, str>> {
    let symbols = series.symbols();
    symbols.functions.iter().take(MANY).map(|function| symbols.strings.text(function.name)).collect()
}
