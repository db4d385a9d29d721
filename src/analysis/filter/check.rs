//! Check of a filter by itself, without a series.

use crate::analysis::filter::pattern::Pattern;
use crate::analysis::filter::step::{Filter, FilterError, FilterKind};
use crate::analysis::filter::tag::TagTest;

impl Filter {
    /// Checks that the pattern compiles.
    ///
    /// # Errors
    /// [`FilterError`] when the pattern does not compile.
    pub fn check(&self) -> Result<(), FilterError> {
        match self.kind {
            FilterKind::TagRoot => Ok(()),
            FilterKind::TagFocus | FilterKind::TagIgnore => TagTest::new(self).map(drop),
            _ => Pattern::new(self).map(drop),
        }
    }
}
