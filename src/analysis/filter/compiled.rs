//! Filters matched against the names and labels of a series, once for each function, file, mapping and label set.

use rustc_hash::FxHashMap;

use crate::analysis::filter::pattern::{Pattern, Scope};
use crate::analysis::filter::step::{Filter, FilterError, FilterKind};
use crate::analysis::filter::tag::TagTest;
use crate::analysis::label_roots::{LabelFrame, LabelRoots};
use crate::analysis::prune;
use crate::base::ids::{FunctionId, LocationId, StringId};
use crate::profile::{Function, Label, Line, Series, Symbols};

/// Filters and their matches in a series.
#[derive(Clone, Debug, Default)]
pub struct CompiledFilters {
    tests: Vec<(Filter, Test)>,
    /// Number of locations, including those of label values.
    locations: usize,
}

/// Matches of a filter.
#[derive(Clone, Debug)]
enum Test {
    Names(NameMatches),
    /// Matches by label set.
    Labels(Vec<bool>),
    /// Label keys, which are used by [`LabelRoots`].
    Root {
        /// True if a sample has one of the keys.
        is_known: bool,
    },
}

/// Functions, mappings and label values that a pattern matches, by index.
#[derive(Clone, Debug)]
pub struct NameMatches {
    functions: Vec<bool>,
    mappings: Vec<bool>,
    /// Frames of label values.
    values: Vec<bool>,
    /// True if the pattern is restricted to mappings by `map:`.
    pub is_of_mappings: bool,
}

impl CompiledFilters {
    /// Matches filters against a series and, with `label_roots`, against label values.
    ///
    /// # Errors
    /// [`FilterError`] when a pattern is invalid.
    pub fn new(series: &Series, filters: &[Filter], label_roots: Option<&LabelRoots>) -> Result<Self, FilterError> {
        let test = |filter: &Filter| {
            let test = match filter.kind {
                FilterKind::TagRoot => Test::Root { is_known: has_key(series, filter) },
                FilterKind::TagFocus | FilterKind::TagIgnore => Test::Labels(TagTest::new(filter)?.holds(series)),
                _ => Test::Names(NameMatches::new(series, filter, label_roots)?),
            };
            Ok((filter.clone(), test))
        };
        let locations = series.symbols().locations() + label_roots.map_or(0, |label_roots| label_roots.frames.len());
        Ok(Self { tests: filters.iter().map(test).collect::<Result<_, _>>()?, locations })
    }

    /// Number of locations, including those of label values.
    pub(super) fn locations(&self) -> usize {
        self.locations
    }

    /// Name matches of the filters of a kind, in the order of the filters.
    pub(super) fn names(&self, kind: FilterKind) -> impl Iterator<Item = &NameMatches> {
        self.tests.iter().filter(move |(filter, _)| filter.kind == kind).filter_map(|(_, test)| match test {
            Test::Names(names) => Some(names),
            Test::Labels(_) | Test::Root { .. } => None,
        })
    }

    /// Label set matches of the filters of a kind.
    pub(super) fn labels(&self, kind: FilterKind) -> impl Iterator<Item = &[bool]> {
        self.tests.iter().filter(move |(filter, _)| filter.kind == kind).filter_map(|(_, test)| match test {
            Test::Labels(sets) => Some(&**sets),
            Test::Names(_) | Test::Root { .. } => None,
        })
    }

    /// Returns true if there is a filter of one of these kinds.
    pub(in crate::analysis) fn has(&self, kinds: &[FilterKind]) -> bool {
        self.tests.iter().any(|(filter, _)| kinds.contains(&filter.kind))
    }

    /// Number of functions, label values and label sets that the filters match, all together.
    pub fn matched(&self) -> usize {
        let count = |of: &[bool]| of.iter().filter(|matches| **matches).count();
        let matched = |test: &Test| match test {
            Test::Names(names) => count(&names.functions) + count(&names.values),
            Test::Labels(sets) => count(sets),
            Test::Root { .. } => 0,
        };
        self.tests.iter().map(|(_, test)| matched(test)).sum()
    }

    /// Filters that match nothing in the series.
    pub fn idle(&self) -> impl Iterator<Item = &Filter> {
        let is_idle = |test: &Test| match test {
            Test::Names(names) => {
                ![&names.functions, &names.mappings, &names.values].iter().any(|of| of.contains(&true))
            }
            Test::Labels(sets) => !sets.contains(&true),
            Test::Root { is_known } => !is_known,
        };
        self.tests.iter().filter(move |(_, test)| is_idle(test)).map(|(filter, _)| filter)
    }
}

/// Returns true if a sample has a label with one of the keys of a filter.
fn has_key(series: &Series, filter: &Filter) -> bool {
    let sets = series.labels();
    let bytes = |string: StringId| series.symbols().strings.bytes(string);
    let is_key =
        |label: &Label| filter.pattern.split(',').any(|key| !key.is_empty() && bytes(label.key) == key.as_bytes());
    sets.ids().any(|set| sets.get(set).iter().any(is_key))
}

impl NameMatches {
    fn new(series: &Series, filter: &Filter, label_roots: Option<&LabelRoots>) -> Result<Self, FilterError> {
        let pattern = Pattern::new(filter)?;
        let symbols = series.symbols();
        // pprof ends stacks by the names of functions alone, and without their arguments.
        let is_pruning = filter.kind == FilterKind::PruneFrom;
        let of_name = |name: &[u8]| {
            if is_pruning {
                !name.is_empty() && pattern.matches(prune::simplified(name))
            } else {
                pattern.matches(name)
            }
        };
        let sees = |place: Scope| pattern.scope.sees(place) && !(is_pruning && pattern.scope == Scope::Any);
        let (in_files, in_mappings) = (sees(Scope::File), sees(Scope::Mapping));
        let mut files: FxHashMap<StringId, bool> = FxHashMap::default();
        let mut of_function = |function: &Function| {
            let in_name = pattern.scope.sees(Scope::Function) && of_name(symbols.strings.bytes(function.name));
            let bytes = symbols.strings.bytes(function.file);
            in_name || (in_files && *files.entry(function.file).or_insert_with(|| pattern.matches(bytes)))
        };
        let functions = symbols.functions.iter().map(&mut of_function).collect();
        let of_file = |file: StringId| pattern.matches(symbols.strings.bytes(file));
        let mappings = symbols.mappings.iter().map(|mapping| in_mappings && of_file(mapping.file)).collect();
        let of_value = |value: &LabelFrame| {
            pattern.scope.sees(Scope::Function) && of_name(value.name.as_bytes())
                || in_files && pattern.matches(value.key.as_bytes())
        };
        let values = label_roots.map_or(&[][..], |label_roots| &label_roots.frames).iter().map(of_value).collect();
        Ok(Self { functions, mappings, values, is_of_mappings: pattern.scope == Scope::Mapping })
    }

    /// Returns true if the function of a line matches.
    pub(super) fn line(&self, line: &Line) -> bool {
        let FunctionId(function) = line.function;
        self.functions[function as usize]
    }

    /// Returns true if the mapping of a location matches.
    pub(super) fn mapping(&self, symbols: &Symbols, id: LocationId) -> bool {
        symbols.location(id).mapping.is_some_and(|mapping| self.mappings[mapping.index()])
    }

    /// Returns true if the frame of a label value matches; `value` counts from the first location of a label value.
    pub(super) fn value(&self, value: usize) -> bool {
        self.values.get(value).copied().unwrap_or(false)
    }

    /// Returns true if a line of `lines`, or the mapping of the location, matches.
    pub(super) fn location(&self, symbols: &Symbols, id: LocationId, lines: &[Line]) -> bool {
        match id.index().checked_sub(symbols.locations()) {
            Some(value) => self.value(value),
            None => lines.iter().any(|line| self.line(line)) || self.mapping(symbols, id),
        }
    }
}
