//! Typed 32-bit indices into the columns of a profile or a call tree.

/// Declares a 32-bit index type.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// Id of row `index`. Limits keep columns well below 2^32 rows; an index that does not fit becomes an id
            /// that no column has.
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// Row of the id.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// String of a string table.
    StringId
);
id!(
    /// Function: name, system name, file, first line.
    FunctionId
);
id!(
    /// Mapping: a program or library in the address space.
    MappingId
);
id!(
    /// Location: an address with the functions inlined there.
    LocationId
);
id!(
    /// Node of the location trie, which stands for the stack from the root to it.
    StackId
);
id!(
    /// Node of a call tree.
    NodeId
);
id!(
    /// Set of labels.
    LabelSetId
);
id!(
    /// Frame of a call tree: a name at the granularity of the tree.
    FrameId
);

impl StringId {
    /// The empty string, string 0 of every table.
    pub const EMPTY: Self = Self(0);
}

impl StackId {
    /// The empty stack, root of every trie.
    pub const ROOT: Self = Self(0);
}

impl LabelSetId {
    /// The empty set of labels, set 0 of every table.
    pub const EMPTY: Self = Self(0);
}

impl NodeId {
    /// Root of every call tree, above all outermost frames.
    pub const ROOT: Self = Self(0);
}

impl FrameId {
    /// Frame of the root of every call tree; it is not a function.
    pub const ROOT: Self = Self(0);
}
