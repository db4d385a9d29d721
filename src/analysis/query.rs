//! A question about a series, as a value: it can be compared, kept and asked again.

/// What a frame of the call tree is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Granularity {
    /// A function name, wherever it is defined.
    #[default]
    Functions,
    /// A function name in a file.
    FileFunctions,
    /// A file.
    Files,
    /// A line of a function.
    Lines,
    /// An instruction address.
    Addresses,
}

/// Whether functions that were inlined stand as frames of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Inlines {
    /// They do.
    #[default]
    Shown,
    /// They are part of the function that they were inlined into.
    Hidden,
}

/// Whether the frames that a profile asks to drop are dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pruning {
    /// They are: allocators hide behind the function that called them.
    #[default]
    FileRules,
    /// Every frame stays.
    AllFrames,
}

/// All that decides the shape of a call tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// What a frame is.
    pub granularity: Granularity,
    /// What becomes of inlined functions.
    pub inlines: Inlines,
    /// What becomes of the frames that the profile asks to drop.
    pub pruning: Pruning,
}

/// A question about a series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Index of the sample type.
    pub sample_type: usize,
    /// The shape of the call tree.
    pub shape: Shape,
    /// A regular expression to find; without an upper-case letter, case does not matter.
    pub search: Option<String>,
}
