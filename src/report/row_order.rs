//! Order of the rows of a report.

/// Order of rows. Figures are in descending order, names and files in alphabetical order; equal rows are ordered by
/// name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// By self.
    Own,
    /// By total.
    Total,
    /// By name.
    Name,
    /// By file; rows without a file come last.
    File,
    /// By the change of self.
    Change,
    /// By the change of the total.
    TotalChange,
    /// By self in the base.
    BaseOwn,
}

impl RowOrder {
    /// All orders, each with its word.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("self", Self::Own),
        ("total", Self::Total),
        ("name", Self::Name),
        ("file", Self::File),
        ("change", Self::Change),
        ("total-change", Self::TotalChange),
        ("base", Self::BaseOwn),
    ];

    /// Returns true if the order needs a base.
    pub fn needs_base(self) -> bool {
        matches!(self, Self::Change | Self::TotalChange | Self::BaseOwn)
    }
}
