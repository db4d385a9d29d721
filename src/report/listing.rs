//! Source listing of a function: figures of its lines with the text of the source files.

use crate::analysis::SourceLines;
use crate::base::source_text::SourceText;

/// Lines of one function in all of its files.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Index of the function among the rows of the call tree.
    pub row: usize,
    /// Figures of the function's lines.
    pub lines: SourceLines,
    /// Text of each file of `lines`, in their order; `None` if the file was not found.
    pub texts: Vec<Option<SourceText>>,
}
