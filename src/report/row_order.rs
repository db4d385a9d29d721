//! Order of the rows of a report.

/// Order of rows. Figures come largest first, names and files in the order of the alphabet; equal rows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// By the size of self.
    Own,
    /// By the size of the total.
    Total,
    /// By name.
    Name,
    /// By file, those without one last.
    File,
    /// By the size of the change of self.
    Change,
    /// By the size of the change of the total.
    TotalChange,
    /// By self in the base.
    BaseOwn,
}

impl RowOrder {
    /// Every order with the word for it.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("self", Self::Own),
        ("total", Self::Total),
        ("name", Self::Name),
        ("file", Self::File),
        ("change", Self::Change),
        ("total-change", Self::TotalChange),
        ("base", Self::BaseOwn),
    ];

    /// Returns true if it means nothing without a base.
    pub fn needs_base(self) -> bool {
        matches!(self, Self::Change | Self::TotalChange | Self::BaseOwn)
    }
}
