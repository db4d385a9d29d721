//! Typed indices into the columns of a profile.
//!
//! Everything large is a column, and a row of it is named by a 32-bit index. A type for each keeps a function from being
//! taken for a frame.

/// Declares one 32-bit index type.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The id of row `index`. Columns are bounded by the limits well below 2^32 rows, so an index that does not
            /// fit is a defect, and saturates into an id that no column has.
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// The row that this id names.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A string of the series' table.
    StringId
);
id!(
    /// A function: name, system name, file, first line.
    FunctionId
);
id!(
    /// A mapping: one binary or library in the address space.
    MappingId
);
id!(
    /// A location: an address with the functions that are inlined there.
    LocationId
);
id!(
    /// A node of the location trie: one stack, root to here.
    StackId
);
id!(
    /// A node of a call tree as it is looked at.
    NodeId
);
id!(
    /// A frame of a call tree: one name (at functions granularity), wherever it stands.
    FrameId
);
