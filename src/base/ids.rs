//! Typed 32-bit indices into the columns of a profile or a call tree.

/// Declares a 32-bit index type.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// Creates the id of row `index`. Limits keep columns well below 2^32 rows; an index that does not fit
            /// becomes an id that no column has.
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// Row of a column that the id refers to.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// Index of a string in a string table.
    StringId
);
id!(
    /// Index of a function (name, system name, file, first line).
    FunctionId
);
id!(
    /// Index of a mapping: a program or library in the address space.
    MappingId
);
id!(
    /// Index of a location: an address with the functions inlined there.
    LocationId
);
id!(
    /// Index of a node of the location trie, which stands for the stack from the root to the node.
    StackId
);
id!(
    /// Index of a node of a call tree.
    NodeId
);
id!(
    /// Index of a set of labels.
    LabelSetId
);
id!(
    /// Index of a frame of a call tree: a name at the granularity of the tree.
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
