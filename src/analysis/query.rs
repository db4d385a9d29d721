//! Query of a series, as a value that can be compared, kept and asked again.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::analysis::filter::{Filter, FilterKind};
use crate::analysis::timeline::Timeline;
use crate::analysis::window::{Aggregate, Per, Window};
use crate::base::names::{Language, language_of};
use crate::profile::{Coverage, Input, Role, Series};

/// Unit of code of a frame of the call tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Granularity {
    /// A function name, in any file.
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
    /// The owners of a function's file, by the ownership rules of the series.
    Owners,
}

impl Granularity {
    /// All granularities with their names.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("functions", Self::Functions),
        ("filefunctions", Self::FileFunctions),
        ("files", Self::Files),
        ("lines", Self::Lines),
        ("addresses", Self::Addresses),
        ("packages", Self::Packages),
        ("owners", Self::Owners),
    ];

    /// Returns the name of the granularity.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }
}

/// Instances from which the base of a comparison is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BaseInstance {
    /// The instances of the window.
    #[default]
    Same,
    /// One instance, by index.
    One(usize),
    /// The instance whose total is the median of all instances except that of the window.
    Median,
}

/// Treatment of recursive calls, direct or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Recursion {
    /// Every call is a node, as in pprof.
    #[default]
    Shown,
    /// A recursive call returns to the node of its function, so that no path has a frame twice.
    Folded,
}

/// Treatment of inlined functions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Inlines {
    /// Inlined functions are frames of their own.
    #[default]
    Shown,
    /// Inlined functions are part of the function that they were inlined into.
    Hidden,
}

/// Treatment of the frames that a profile asks to drop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pruning {
    /// Those frames are dropped, so that allocators hide behind the function that called them.
    #[default]
    FileRules,
    /// Every frame stays.
    AllFrames,
}

/// Shape of a call tree, without the filters that remove frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TreeShape {
    /// Unit of code of a frame.
    pub granularity: Granularity,
    /// Treatment of inlined functions.
    pub inlines: Inlines,
    /// Treatment of the frames that the profile asks to drop.
    pub pruning: Pruning,
    /// Matching of functions between builds. Names that differ in a Rust compiler's hash alone are one frame, except
    /// with [`Matching::Raw`].
    pub matching: Matching,
    /// Treatment of recursive calls.
    pub recursion: Recursion,
}

/// Matching of functions between two builds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Matching {
    /// Matching by unchanged names.
    #[default]
    Raw,
    /// Matching also by names without closure numbers, generic arguments, hashes, package paths and major versions.
    Names,
    /// Matching also by structure: a frame that was inserted or inlined away moves its callees, which cancels.
    Moved,
}

impl Matching {
    /// All kinds of matching with their names.
    pub const WORDS: [(&'static str, Self); 3] = [("raw", Self::Raw), ("names", Self::Names), ("moved", Self::Moved)];

    /// Returns the name of the kind of matching.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }
}

/// Figure that is drawn as the width of a node in a comparison. No child is wider than its parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Width {
    /// Larger of the two own figures.
    #[default]
    Union,
    /// Figure in the current window.
    Current,
    /// Figure in the base.
    Base,
    /// Size of the change.
    Change,
}

/// Normalisation of totals before two windows are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Normalize {
    /// No normalisation.
    #[default]
    Off,
    /// The current figures are multiplied so that both totals are the same, as pprof does.
    On,
}

/// Order of the frames of a stack in the tree on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StackOrder {
    /// Outermost caller first: the call tree.
    #[default]
    CallersFirst,
    /// Allocating function first, then its callers.
    BottomUp,
}

/// Display of a chain of functions, each of which only calls the next and has no self value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Chains {
    /// One slot for each function.
    Unfolded,
    /// One slot for the chain.
    #[default]
    Folded,
}

/// Direction in which the stacks of the profile are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StackDirection {
    /// Recorded order.
    #[default]
    AsRecorded,
    /// Reversed, for a profile whose stacks are upside down.
    Flipped,
}

/// Granularity with which the explorer opens a series. Python is grouped by file, because its module code has the name
/// `<module>` in every file.
pub fn opening_granularity(series: &Series) -> Granularity {
    match language_of(series.symbols().names_and_files().take(MOST_FUNCTIONS)) {
        Language::Python => Granularity::FileFunctions,
        _ => Granularity::Functions,
    }
}

/// Number of functions whose names are read to detect the language.
const MOST_FUNCTIONS: usize = 4096;

/// Time at which the figures by frame are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OtherTypes {
    /// With the answer.
    #[default]
    Now,
    /// Later, when the same query is asked again, so that a screen can be drawn before.
    Later,
    /// Never, not even for the chosen sample type: a report computes its own figures.
    Never,
}

/// Stacks that a tree is built from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stacks {
    /// All stacks: every sample type can be laid over the tree.
    #[default]
    All,
    /// Stacks with a value of the chosen sample type, which is the only type that can be laid over the tree.
    NonZero,
    /// Those of [`Stacks::NonZero`], for a reader of [`Answer::rows`](crate::analysis::Answer::rows) alone: the tree has
    /// no nodes below its root where rows can be added up without it.
    RowsOnly,
}

/// Denominator of shares while filters are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shares {
    /// All samples, as in pprof.
    #[default]
    Unfiltered,
    /// Sum of the samples that the filters keep.
    Filtered,
}

/// Default share of the growth that sites explain, in percent.
pub const EXPLAINED: u8 = 80;

/// Question about a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Index of the sample type.
    pub sample_type: usize,
    /// Shape of the call tree.
    pub shape: TreeShape,
    /// Filters in the order in which they were given.
    pub filters: Vec<Filter>,
    /// Denominator of shares while filters are on.
    pub shares: Shares,
    /// Regular expression to find; case-insensitive without an upper-case letter.
    pub search: Option<String>,
    /// Window of snapshots to analyse.
    pub window: Window,
    /// Window of snapshots to compare with; `None` for no comparison.
    pub base: Option<Window>,
    /// Filters that apply to the base alone, of kinds that select samples. They replace the filters of the same kinds
    /// in `filters`; a filter with an empty pattern only removes those.
    pub base_filters: Vec<Filter>,
    /// Aggregation of several snapshots.
    pub aggregate: Aggregate,
    /// Divisor of the figures of the window.
    pub per: Per,
    /// Divisor of the figures of the base.
    pub base_per: Per,
    /// Index of the only instance to analyse; `None` for all.
    pub instance: Option<usize>,
    /// Instances of the base.
    pub base_instance: BaseInstance,
    /// Role of the chosen sample type, if the user set one; `None` to take the profile's.
    pub role: Option<Role>,
    /// Normalisation of totals.
    pub normalize: Normalize,
    /// Figure that is drawn as the width of a node in a comparison.
    pub width: Width,
    /// Share of the growth to explain, in percent.
    pub explain: u8,
    /// Time at which the figures by frame are computed.
    pub other_types: OtherTypes,
    /// Stacks that the call tree has to include.
    pub stacks: Stacks,
    /// Display of chains.
    pub chains: Chains,
    /// Direction in which the stacks of the profile are read.
    pub direction: StackDirection,
    /// Order of the frames of a stack.
    pub order: StackOrder,
    /// Names on the path from below the root of a bottom-up tree to the node below which narrow parts are not left out.
    pub detail: Vec<Box<str>>,
}

impl Default for Query {
    /// Query of the first sample type in the first snapshot.
    fn default() -> Self {
        Self {
            sample_type: 0,
            shape: TreeShape::default(),
            filters: Vec::new(),
            shares: Shares::default(),
            search: None,
            window: Window::default(),
            base: None,
            base_filters: Vec::new(),
            aggregate: Aggregate::default(),
            per: Per::default(),
            base_per: Per::default(),
            instance: None,
            base_instance: BaseInstance::Same,
            role: None,
            normalize: Normalize::default(),
            width: Width::default(),
            explain: EXPLAINED,
            other_types: OtherTypes::default(),
            stacks: Stacks::default(),
            chains: Chains::default(),
            direction: StackDirection::default(),
            order: StackOrder::default(),
            detail: Vec::new(),
        }
    }
}

impl Query {
    /// Returns true if another query has a call tree of the same shape.
    pub(super) fn has_tree_of(&self, other: &Self) -> bool {
        self.shape == other.shape && self.tree_filters().eq(other.tree_filters())
    }

    /// Returns true if another query over the same tree selects the same samples.
    pub(super) fn has_samples_of(&self, other: &Self) -> bool {
        let choosing = |query: &'_ Self| -> Vec<Filter> {
            query.filters.iter().filter(|filter| !filter.kind.changes_tree()).cloned().collect()
        };
        choosing(self) == choosing(other)
    }

    /// Returns true if figures are per instance where the compared windows have different numbers of instances. A divisor
    /// or a sum that the user chose holds for both sides.
    pub fn is_per_instance_if_numbers_differ(&self) -> bool {
        self.per == Per::Auto && self.aggregate != Aggregate::Sum
    }

    /// Filters of the base: those of the window whose kind is not in `base_filters`, then `base_filters`.
    pub fn filters_of_base(&self) -> Vec<Filter> {
        let is_replaced = |kind: FilterKind| self.base_filters.iter().any(|filter| filter.kind == kind);
        let common = self.filters.iter().filter(|filter| filter.kind.changes_tree() || !is_replaced(filter.kind));
        common.chain(self.base_filters.iter().filter(|filter| !filter.is_empty())).cloned().collect()
    }

    /// Query of the call tree from which the answer to this query is made. A regrouped tree needs its nodes.
    pub(super) fn upright(&self) -> Self {
        let stacks = match self.order {
            StackOrder::BottomUp if self.stacks == Stacks::RowsOnly => Stacks::NonZero,
            _ => self.stacks,
        };
        Self { order: StackOrder::CallersFirst, detail: Vec::new(), stacks, ..self.clone() }
    }

    /// Time at which figures by frame are computed. A tree of the stacks of one sample type has no figures of the others,
    /// and a tree without nodes none at all.
    pub(super) fn computed_types(&self) -> OtherTypes {
        match (self.stacks, self.other_types) {
            (Stacks::NonZero, OtherTypes::Now) => OtherTypes::Later,
            (Stacks::RowsOnly, OtherTypes::Now | OtherTypes::Later) => OtherTypes::Never,
            (_, other_types) => other_types,
        }
    }

    /// Same query without a base, and without the options of a comparison.
    #[must_use]
    pub fn without_comparison(&self) -> Self {
        Self {
            base: None,
            base_instance: BaseInstance::Same,
            base_filters: Vec::new(),
            base_per: self.per.clone(),
            normalize: Normalize::Off,
            explain: EXPLAINED,
            ..self.clone()
        }
    }

    /// Same query with the filters of both sides swapped.
    #[must_use]
    pub fn with_swapped_filters(self) -> Self {
        let is_by_side = |filter: &Filter| self.base_filters.iter().any(|own| own.kind == filter.kind);
        let (by_side, common): (Vec<Filter>, Vec<Filter>) = self.filters.iter().cloned().partition(is_by_side);
        let mut kinds: Vec<FilterKind> = Vec::new();
        for filter in &self.base_filters {
            if !kinds.contains(&filter.kind) {
                kinds.push(filter.kind);
            }
        }
        let bare = kinds.into_iter().filter(|kind| !by_side.iter().any(|filter| filter.kind == *kind));
        let bare: Vec<Filter> = bare.map(|kind| Filter::new(kind, "")).collect();
        let own = self.base_filters.iter().filter(|filter| !filter.is_empty()).cloned();
        let filters = common.into_iter().chain(own).collect();
        Self { filters, base_filters: by_side.into_iter().chain(bare).collect(), ..self }
    }

    /// Filters that change the tree.
    fn tree_filters(&self) -> impl Iterator<Item = &Filter> {
        self.filters.iter().filter(|filter| filter.kind.changes_tree())
    }

    /// Keys of the labels whose values are roots above all stacks, the outermost first.
    pub(super) fn root_keys(&self) -> impl Iterator<Item = &str> {
        let roots = self.filters.iter().filter(|filter| filter.kind == FilterKind::TagRoot);
        roots.flat_map(|filter| filter.pattern.split(',')).filter(|key| !key.is_empty())
    }

    /// Query of the default sample type over all snapshots of the sources.
    pub fn default_for(series: &Series) -> Self {
        let window = Window::all(series, Input::Current).unwrap_or_default();
        let is_complete = series.coverage() == Coverage::All;
        let other_types = if is_complete { OtherTypes::default() } else { OtherTypes::Later };
        Self { sample_type: series.default_sample_type(), window, other_types, ..Self::default() }
    }

    /// Returns the same query with a base, or `None` if there is nothing to compare. The base is, in this order: the
    /// snapshots that were given to compare with; the same window, if the query has another instance or other filters
    /// for the base; the build before, to be compared with the newest; the other instances, to be compared with the one
    /// that runs a newer build beside them; the first snapshot of every instance, to be compared with the last (see
    /// [`Query::first_with_last`]).
    pub fn compared(&self, series: &Series) -> Option<Self> {
        if let Some(base) = Window::all(series, Input::Base) {
            return Some(Self { base: Some(base), ..self.clone() });
        }
        if self.base_instance != BaseInstance::Same || !self.base_filters.is_empty() {
            return Some(Self { base: Some(self.window), ..self.clone() });
        }
        let range = series.range_of(Input::Current);
        if range.len() < 2 {
            return None;
        }
        if let Some(deploy) = Timeline::deploy(series) {
            return Some(Self { window: deploy.newest, base: Some(deploy.base), ..self.clone() });
        }
        if let (None, Some((instance, base_instance))) = (self.instance, canary(series, range.clone())) {
            let window = Window { first: range.start, last: range.end - 1 };
            return Some(Self { window, base: Some(window), instance: Some(instance), base_instance, ..self.clone() });
        }
        self.first_with_last(series, range)
    }

    /// Returns the same query over the last snapshots of a range, compared with the first ones.
    ///
    /// The windows are the shortest ones that hold every instance. Where these overlap, because instances ran one after
    /// another, no windows separate the first snapshots from the last: the query is then of the one instance whose total
    /// changed most. `None` if no instance has two snapshots.
    pub fn first_with_last(&self, series: &Series, range: Range<usize>) -> Option<Self> {
        let range = range.start..range.end.min(series.snapshots().len());
        let (base, window) = self.ends(series, range.clone())?;
        if base.last < window.first {
            return Some(Self { window, base: Some(base), ..self.clone() });
        }
        let change = |(instance, base, window): &(usize, Window, Window)| {
            let total = |at: usize| series.snapshots()[at].totals.get(self.sample_type).copied().unwrap_or_default();
            (total(window.last).abs_diff(total(base.first)), std::cmp::Reverse(*instance))
        };
        let of_one = (0..series.instances().len()).filter_map(|instance| {
            let query = Self { instance: Some(instance), ..Self::default() };
            let (base, window) = query.ends(series, range.clone())?;
            Some((instance, base, window))
        });
        let (instance, base, window) = of_one.max_by_key(change)?;
        Some(Self { window, base: Some(base), instance: Some(instance), ..self.clone() })
    }

    /// Instance of the base; `None` for all instances together and for the median of instances.
    pub fn instance_of_base(&self) -> Option<usize> {
        match self.base_instance {
            BaseInstance::Same => self.instance,
            BaseInstance::One(other) => Some(other),
            BaseInstance::Median => None,
        }
    }

    /// Shortest windows at both ends of a range that hold every instance; `None` if they are the same snapshot.
    fn ends(&self, series: &Series, range: Range<usize>) -> Option<(Window, Window)> {
        let instance = |at: usize| series.snapshots()[at].membership.instance;
        let is_wanted = |at: &usize| self.instance.is_none_or(|wanted| instance(*at) == wanted);
        // A snapshot of the change within a duration is neither the first nor the last level.
        let is_level = |at: &usize| !series.snapshots()[*at].is_of_changes();
        let has_levels = range.clone().filter(is_wanted).any(|at| is_level(&at));
        let wanted: Vec<usize> = range.filter(is_wanted).filter(|at| !has_levels || is_level(at)).collect();
        let reach = |order: Vec<usize>| {
            let mut missing: Vec<usize> = wanted.iter().map(|at| instance(*at)).collect();
            missing.sort_unstable();
            // An instance with one snapshot has no two ends, so it does not lengthen the windows of the others.
            let several: Vec<usize> =
                missing.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
            if !several.is_empty() {
                missing = several;
            }
            missing.dedup();
            order.into_iter().find(|at| {
                missing.retain(|known| *known != instance(*at));
                missing.is_empty()
            })
        };
        let (first, last) = (*wanted.first()?, *wanted.last()?);
        let base = Window { first, last: reach(wanted.clone())? };
        let window = Window { first: reach(wanted.iter().rev().copied().collect())?, last };
        (first < last).then_some((base, window))
    }
}

/// Single instance of a newer build beside those of one other build, and its base: the other instance, or the median of
/// the others. It is newer if it began last. Several others that began within one round do not tell: their build is then
/// the older one. `None` if there is no such instance, or an instance has several builds.
fn canary(series: &Series, range: Range<usize>) -> Option<(usize, BaseInstance)> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in range.filter(|at| !series.snapshots()[*at].membership.is_duplicate()) {
        members.entry(series.snapshots()[at].membership.instance).or_default().push(at);
    }
    let build = |at: &usize| series.snapshots()[*at].header.build_ids.first();
    let of_one_build = |members: &Vec<usize>| {
        let first = build(members.first()?)?;
        members.iter().all(|at| build(at) == Some(first)).then_some(first)
    };
    let builds: Vec<_> = members.values().map(of_one_build).collect::<Option<_>>()?;
    let instances: Vec<(usize, Vec<usize>)> = members.into_iter().collect();
    let is_canary = |at: &usize| {
        let others = || (0..instances.len()).filter(|other| other != at);
        let Some(stable) = others().next() else { return false };
        let first = instances[*at].1[0];
        let is_last = others().all(|other| instances[other].1[0] < first);
        let is_in_first_round = others().all(|other| instances[other].1.get(1).is_none_or(|second| first < *second));
        others().all(|other| builds[other] == builds[stable] && builds[other] != builds[*at])
            && (is_last || is_in_first_round && instances.len() > 2)
    };
    let canary = (0..instances.len()).find(is_canary)?;
    let base = match instances.as_slice() {
        [one, other] => BaseInstance::One(if canary == 0 { other.0 } else { one.0 }),
        _ => BaseInstance::Median,
    };
    Some((instances[canary].0, base))
}
