//! Lines of a function for the report that lists them: figures of the analysis beside the text of the source file.

use crate::analysis::SourceLines;
use crate::base::source_text::SourceText;

/// Lines of one function in all of its files.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Row of the function.
    pub row: usize,
    /// Figures of its lines.
    pub lines: SourceLines,
    /// Text of each file of `lines`, in their order; `None` where it was not found.
    pub texts: Vec<Option<SourceText>>,
}
