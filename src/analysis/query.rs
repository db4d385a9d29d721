//! A question about a series, as a value: it can be compared, kept and asked again.

use crate::analysis::filter::{Filter, FilterKind};
use crate::analysis::window::{Aggregate, Window};
use crate::profile::{Input, Series};

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
    /// The package, module or namespace of a function.
    Packages,
}

impl Granularity {
    /// Every granularity, with the word for it.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("functions", Self::Functions),
        ("filefunctions", Self::FileFunctions),
        ("files", Self::Files),
        ("lines", Self::Lines),
        ("addresses", Self::Addresses),
        ("packages", Self::Packages),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }
}

/// What becomes of a function that calls itself, directly or through others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Recursion {
    /// Every call is a node, as in pprof.
    #[default]
    Shown,
    /// A call goes back to where the function stands already on its path, so that no path has a frame twice.
    Folded,
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

/// All that decides the shape of a call tree, beside the filters that take frames out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TreeShape {
    /// What a frame is.
    pub granularity: Granularity,
    /// What becomes of inlined functions.
    pub inlines: Inlines,
    /// What becomes of the frames that the profile asks to drop.
    pub pruning: Pruning,
    /// When two names are the same.
    pub matching: Matching,
    /// What becomes of recursion.
    pub recursion: Recursion,
}

/// When two names are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Matching {
    /// When they are spelled the same.
    #[default]
    Raw,
    /// Also when they differ in the hash alone that a Rust compiler gives, which changes with each build.
    Stable,
}

/// How wide a node is drawn in a comparison. All add up: no child outgrows its parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Width {
    /// By the larger of the two own figures.
    #[default]
    Union,
    /// By what it has now.
    Current,
    /// By what it had.
    Base,
    /// By the size of the change.
    Change,
}

/// Whether totals are made equal before two windows are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Normalize {
    /// They are not.
    #[default]
    Off,
    /// The current figures are multiplied so that both totals are the same, as pprof does.
    On,
}

/// When figures by frame are made, of the chosen sample type and those beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OtherTypes {
    /// With the answer.
    #[default]
    Now,
    /// Later, by the same question again: a screen can be drawn before they are there.
    Later,
    /// Not at all, nor figures by frame of the chosen one: a report makes its own.
    Never,
}

/// Which stacks a tree is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stacks {
    /// All: every sample type can be laid over it.
    #[default]
    All,
    /// Those on which the chosen sample type has something. It is all that can be laid over the tree.
    NonZero,
}

/// What shares are of while filters are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shares {
    /// Everything that was measured, as in pprof.
    #[default]
    Unfiltered,
    /// What the filters leave.
    Filtered,
}

/// The share of the growth that sites are to explain where nobody says otherwise, in percent.
pub const EXPLAINED: u8 = 80;

/// A question about a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Index of the sample type.
    pub sample_type: usize,
    /// The shape of the call tree.
    pub shape: TreeShape,
    /// The filters, in the order in which they were given.
    pub filters: Vec<Filter>,
    /// What shares are of while there are filters.
    pub shares: Shares,
    /// A regular expression to find; without an upper-case letter, case does not matter.
    pub search: Option<String>,
    /// The snapshots that are looked at.
    pub window: Window,
    /// The snapshots that they are compared with.
    pub base: Option<Window>,
    /// What several snapshots become.
    pub aggregate: Aggregate,
    /// Whether totals are made equal.
    pub normalize: Normalize,
    /// How wide a node is drawn in a comparison.
    pub width: Width,
    /// The share of the growth to explain, in percent.
    pub explain: u8,
    /// When the figures by frame come.
    pub other_types: OtherTypes,
    /// Which stacks the call tree is of, at least.
    pub stacks: Stacks,
}

impl Default for Query {
    /// The first sample type of the first snapshot.
    fn default() -> Self {
        Self {
            sample_type: 0,
            shape: TreeShape::default(),
            filters: Vec::new(),
            shares: Shares::default(),
            search: None,
            window: Window::default(),
            base: None,
            aggregate: Aggregate::default(),
            normalize: Normalize::default(),
            width: Width::default(),
            explain: EXPLAINED,
            other_types: OtherTypes::default(),
            stacks: Stacks::default(),
        }
    }
}

impl Query {
    /// Whether the answer to another query has a call tree of the same shape.
    pub(super) fn has_tree_of(&self, other: &Self) -> bool {
        self.shape == other.shape && self.shaping().eq(other.shaping())
    }

    /// Whether the answer to another query counts the same samples, the tree being the same.
    pub(super) fn has_samples_of(&self, other: &Self) -> bool {
        let choosing = |query: &'_ Self| -> Vec<Filter> {
            query.filters.iter().filter(|filter| !filter.kind.shapes()).cloned().collect()
        };
        choosing(self) == choosing(other)
    }

    /// The filters that change the tree.
    fn shaping(&self) -> impl Iterator<Item = &Filter> {
        self.filters.iter().filter(|filter| filter.kind.shapes())
    }

    /// The keys of labels whose values stand above all stacks, the outermost first.
    pub(super) fn root_keys(&self) -> impl Iterator<Item = &str> {
        let roots = self.filters.iter().filter(|filter| filter.kind == FilterKind::TagRoot);
        roots.flat_map(|filter| filter.pattern.split(',')).filter(|key| !key.is_empty())
    }

    /// The default sample type of all the sources' snapshots.
    pub fn default_for(series: &Series) -> Self {
        let window = Window::all(series, Input::Current).unwrap_or_default();
        Self { sample_type: series.default_sample_type(), window, ..Self::default() }
    }

    /// The same question with a base, if there is anything to compare: all that was given to compare with, else the
    /// first snapshot with the last.
    pub fn compared(&self, series: &Series) -> Option<Self> {
        if let Some(base) = Window::all(series, Input::Base) {
            return Some(Self { base: Some(base), ..self.clone() });
        }
        let main = series.range_of(Input::Current);
        (main.len() > 1).then(|| Self {
            window: Window::at(main.end - 1),
            base: Some(Window::at(main.start)),
            ..self.clone()
        })
    }
}
