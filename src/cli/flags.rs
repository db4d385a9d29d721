//! Table of the options that determine what is loaded and how it is presented.
//!
//! A row has everything about an option except its declaration in the `args` files (parser and help): its key in the
//! settings file, its part of a query, and its form in the command line that the explorer shows. Tests check that every
//! option of the explorer has a row, and that every query can be restored from its command line.

use crate::analysis::filter::{Filter, FilterKind};
use crate::analysis::query::{EXPLAINED, Granularity};
use crate::analysis::{
    Aggregate, BaseInstance, Inlines, Matching, Normalize, Per, Pruning, Query, Recursion, Shares, StackDirection,
    Window, opening_granularity,
};
use crate::app::Invocation;
use crate::app::invocation::sample_type_word;
use crate::format::ValueUnit;
use crate::load::MOST_REQUESTS;
use crate::profile::{Input, Series};
use crate::source::http::RequestHeader;
use crate::view::span::{is_of_store, printed_window};

use super::args::{LoadArgs, MatchArg, ViewArgs};
use super::network::brief;

/// Option of the command line.
#[derive(Clone, Copy)]
pub(crate) struct Flag {
    /// Long form, without dashes.
    pub(crate) option: &'static str,
    /// Setting of the option; `None` if the settings file cannot have it.
    pub(crate) setting: Option<Setting>,
    /// Kind of filter that the option adds; `None` for other options.
    filter: Option<FilterKind>,
    /// Sets the option's part of a query; `None` if the option is not part of the query.
    to_query: Option<fn(&mut Query, &LoadArgs, &ViewArgs)>,
    /// Values of the option for a query; `None` if the option is not part of the query.
    from_query: Option<fn(&PrintedQuery<'_>) -> Values>,
    /// Values as given, without secrets; `None` if they are not printed as given.
    given: Option<fn(&LoadArgs) -> Values>,
}

/// Key of the settings file with its kind of value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// Key.
    pub(crate) key: &'static str,
    /// Long form of the option, without dashes.
    pub(crate) option: &'static str,
    /// Kind of value.
    pub(crate) kind: SettingKind,
}

/// Kind of value of a setting.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SettingKind {
    /// Value of the option, with its default. Empty text means no value.
    Word(&'static str),
    /// `true` gives the option.
    On,
    /// `false` gives the option.
    Off,
}

/// Query to print, with its context.
struct PrintedQuery<'a> {
    query: &'a Query,
    series: &'a Series,
    /// Default of the command.
    matching: Matching,
    given: &'a Invocation,
}

/// Values of an option: `Some` is a value, `None` is the option without a value.
type Values = Vec<Option<String>>;

/// Values of a switch, which is given if `chosen` is `on`.
fn switch<T: Copy + PartialEq>(chosen: T, on: T) -> Values {
    (chosen == on).then_some(None).into_iter().collect()
}

/// Values of an option with at most one value.
fn value(value: Option<String>) -> Values {
    value.into_iter().map(Some).collect()
}

/// Values of a repeatable option.
fn values<T>(all: &[T], text: impl Fn(&T) -> String) -> Values {
    all.iter().map(|one| Some(text(one))).collect()
}

/// Values of an option that is given only if it differs from its default.
fn unless<T: Copy + PartialEq>(chosen: T, usual: T, text: impl Fn(T) -> String) -> Values {
    value((chosen != usual).then(|| text(chosen)))
}

/// Defines the row of a filter.
macro_rules! filter {
    ($option:literal, $field:ident, $kind:ident) => {
        flag($option).filter(FilterKind::$kind).query(
            |query, _, view| add_filters(query, FilterKind::$kind, &view.filters.$field),
            |asked| patterns_of(&asked.query.filters, FilterKind::$kind),
        )
    };
}

/// Defines the row of a filter of the base.
macro_rules! base_filter {
    ($option:literal, $field:ident, $kind:ident) => {
        flag($option).query(
            |query, _, view| {
                let filters = view.filters.$field.iter().map(|pattern| Filter::new(FilterKind::$kind, pattern));
                query.base_filters.extend(filters);
            },
            |asked| patterns_of(&asked.query.base_filters, FilterKind::$kind),
        )
    };
}

/// All options, in the order of the settings file.
pub(crate) const FLAGS: &[Flag] = &[
    flag("theme").word("theme", "auto"),
    flag("color").word("color", "auto"),
    flag("ascii").word("ascii", "auto"),
    flag("plain").setting("plain", SettingKind::On),
    flag("mouse").word("mouse", "auto"),
    flag("sample-type").word(SAMPLE_TYPE, "").printed(sample_type),
    flag("window").printed(window),
    flag("base-window").printed(base_window),
    flag("granularity").word("granularity", "").query(
        |query, _, view| query.shape.granularity = view.granularity.unwrap_or_default(),
        |asked| match opening_granularity(asked.series) {
            Granularity::Functions => {
                unless(asked.query.shape.granularity, Granularity::default(), |chosen| chosen.word().to_owned())
            }
            _ => value(Some(asked.query.shape.granularity.word().to_owned())),
        },
    ),
    flag("flip").query(
        |query, _, view| {
            query.direction = if view.filters.flip { StackDirection::Flipped } else { StackDirection::AsRecorded };
        },
        |asked| switch(asked.query.direction, StackDirection::Flipped),
    ),
    flag("no-inlines").setting("inlines", SettingKind::Off).query(
        |query, _, view| query.shape.inlines = if view.no_inlines { Inlines::Hidden } else { Inlines::Shown },
        |asked| switch(asked.query.shape.inlines, Inlines::Hidden),
    ),
    flag("all-frames").setting("all_frames", SettingKind::On).query(
        |query, _, view| query.shape.pruning = if view.all_frames { Pruning::AllFrames } else { Pruning::FileRules },
        |asked| switch(asked.query.shape.pruning, Pruning::AllFrames),
    ),
    flag("fold-recursion").setting("fold_recursion", SettingKind::On).query(
        |query, _, view| query.shape.recursion = if view.fold_recursion { Recursion::Folded } else { Recursion::Shown },
        |asked| switch(asked.query.shape.recursion, Recursion::Folded),
    ),
    flag("relative").setting("relative", SettingKind::On).query(
        |query, _, view| query.shares = if view.filters.relative { Shares::Filtered } else { Shares::Unfiltered },
        |asked| switch(asked.query.shares, Shares::Filtered),
    ),
    flag("aggregate").word("aggregate", "auto").query(
        |query, load, _| query.aggregate = load.aggregate,
        |asked| unless(asked.query.aggregate, Aggregate::default(), |chosen| chosen.word().to_owned()),
    ),
    flag("normalize").setting("normalize", SettingKind::On).query(
        |query, load, _| query.normalize = if load.normalize { Normalize::On } else { Normalize::Off },
        |asked| switch(asked.query.normalize, Normalize::On),
    ),
    flag("explain").word("explain", "80").query(
        |query, load, _| query.explain = load.explain,
        |asked| unless(asked.query.explain, EXPLAINED, |percent| percent.to_string()),
    ),
    flag("match").word("match", "").query(
        |query, load, _| {
            query.shape.matching = match load.matching {
                None => query.shape.matching,
                Some(MatchArg::Raw) => Matching::Raw,
                Some(MatchArg::Names) => Matching::Names,
                Some(MatchArg::Moved) => Matching::Moved,
            };
        },
        |asked| unless(asked.query.shape.matching, asked.matching, |matching| matching.word().to_owned()),
    ),
    flag("step").given(|load| value(load.store.step.map(brief))),
    flag("single").given(|load| switch(load.store.single, true)),
    flag("each").given(|load| switch(load.instances.each, true)),
    flag("instance").printed(instance),
    flag("base-instance").printed(base_instance),
    flag("per").query(
        |query, load, _| {
            if let Some(per) = &load.per {
                (query.per, query.base_per) = (per.window.clone(), per.base.clone());
            }
        },
        |asked| {
            unless((&asked.query.per, &asked.query.base_per), (&Per::Auto, &Per::Auto), |(window, base)| {
                per_words(window, base)
            })
        },
    ),
    flag("as").query(
        |query, load, _| query.role = load.role,
        |asked| value(asked.query.role.map(|role| role.word().to_owned())),
    ),
    filter!("tagroot", tagroot, TagRoot),
    filter!("focus", focus, Focus),
    filter!("ignore", ignore, Ignore),
    filter!("hide", hide, Hide),
    filter!("show", show, Show),
    filter!("show-from", show_from, ShowFrom),
    filter!("tag-focus", tag_focus, TagFocus),
    filter!("tag-ignore", tag_ignore, TagIgnore),
    filter!("prune-from", prune_from, PruneFrom),
    base_filter!("base-focus", base_focus, Focus),
    base_filter!("base-ignore", base_ignore, Ignore),
    base_filter!("base-tag-focus", base_tag_focus, TagFocus),
    base_filter!("base-tag-ignore", base_tag_ignore, TagIgnore),
    flag("gc-log").given(|load| values(&load.gc_log, |log| log.to_string_lossy().into_owned())),
    flag("memory").given(|load| values(&load.memory, |file| file.to_string_lossy().into_owned())),
    flag("binary").given(|load| values(&load.binary, |path| path.display().to_string())),
    flag("owners").given(|load| value(load.owners.as_ref().map(|path| path.display().to_string()))),
    flag("unit")
        .word("unit", "count")
        .given(|load| unless(load.unit, ValueUnit::default(), |unit| unit.name().to_owned())),
    flag("max-requests")
        .word("max_requests", "400")
        .given(|load| unless(load.store.max_requests, MOST_REQUESTS, |most| most.to_string())),
    flag("seconds").given(|load| value(load.net.seconds.map(|seconds| seconds.to_string()))),
    flag("timeout").word("timeout", "").given(|load| value(load.net.timeout.map(brief))),
    flag("connect-timeout").word("connect_timeout", "").given(|load| value(load.net.connect_timeout.map(brief))),
    flag("header").given(|load| values(&load.net.header, |header| RequestHeader::redacted(header))),
    flag("cacert").given(|load| value(load.net.cacert.as_ref().map(|path| path.display().to_string()))),
    flag("cert").given(|load| value(load.net.cert.as_ref().map(|path| path.display().to_string()))),
    flag("cert-key").given(|load| value(load.net.cert_key.as_ref().map(|path| path.display().to_string()))),
    flag("insecure").given(|load| switch(load.net.insecure, true)),
    flag("source-path")
        .word("source_path", "")
        .given(|load| values(&load.code.source_path, |root| root.display().to_string())),
    flag("trim-path").word("trim_path", "").given(|load| values(&load.code.trim_path, Clone::clone)),
    flag("max-memory").word("max_memory", "").given(|load| value(load.limits.memory.map(bytes))),
    flag("max-input").word("max_input", "").given(|load| value(load.limits.input.map(bytes))),
    flag("max-inflated").word("max_inflated", "").given(|load| value(load.limits.inflated.map(bytes))),
    flag("max-records").word("max_records", "").given(|load| value(load.limits.records.map(|count| count.to_string()))),
    flag("demo").given(|load| switch(load.demo, true)),
    flag("salvage").given(|load| switch(load.salvage, true)),
];

/// Key of the only setting whose value may not exist in a profile.
pub(crate) const SAMPLE_TYPE: &str = "sample_type";

const fn flag(option: &'static str) -> Flag {
    Flag { option, setting: None, filter: None, to_query: None, from_query: None, given: None }
}

impl Flag {
    const fn setting(mut self, key: &'static str, kind: SettingKind) -> Self {
        self.setting = Some(Setting { key, option: self.option, kind });
        self
    }

    const fn word(self, key: &'static str, usual: &'static str) -> Self {
        self.setting(key, SettingKind::Word(usual))
    }

    const fn query(
        mut self,
        to_query: fn(&mut Query, &LoadArgs, &ViewArgs),
        from_query: fn(&PrintedQuery<'_>) -> Values,
    ) -> Self {
        self.to_query = Some(to_query);
        self.printed(from_query)
    }

    const fn printed(mut self, from_query: fn(&PrintedQuery<'_>) -> Values) -> Self {
        self.from_query = Some(from_query);
        self
    }

    const fn filter(mut self, kind: FilterKind) -> Self {
        self.filter = Some(kind);
        self
    }

    const fn given(mut self, given: fn(&LoadArgs) -> Values) -> Self {
        self.given = Some(given);
        self
    }
}

/// Part of a query that options determine. Sample type and windows need the loaded profile.
pub(crate) fn query_of(load: &LoadArgs, view: &ViewArgs, matching: Matching) -> Query {
    let mut query = Query::default();
    query.shape.matching = matching;
    FLAGS.iter().filter_map(|flag| flag.to_query).for_each(|to_query| to_query(&mut query, load, view));
    query
}

/// Options that restore a query, for a command whose default matching is `matching`.
pub(crate) fn query_options(query: &Query, series: &Series, matching: Matching, given: &Invocation) -> Vec<String> {
    let asked = PrintedQuery { query, series, matching, given };
    let words = |flag: &Flag| {
        let values = flag.from_query.map_or_else(Vec::new, |from_query| from_query(&asked));
        values.into_iter().flat_map(|value| separate(flag.option, value)).collect::<Vec<_>>()
    };
    FLAGS.iter().flat_map(words).collect()
}

/// Options that are printed as they were given.
pub(crate) fn given_options(load: &LoadArgs) -> Vec<String> {
    let words = |flag: &Flag| {
        let values = flag.given.map_or_else(Vec::new, |given| given(load));
        values.into_iter().map(|value| joined(flag.option, value)).collect::<Vec<_>>()
    };
    FLAGS.iter().flat_map(words).collect()
}

/// Option that adds a filter of this kind, with its dashes.
pub(crate) fn filter_option(kind: FilterKind) -> String {
    let flag = FLAGS.iter().find(|flag| flag.filter == Some(kind));
    joined(flag.map_or("focus", |flag| flag.option), None)
}

/// Option that adds a filter of this kind to the base, with its dashes.
pub(crate) fn base_filter_option(kind: FilterKind) -> String {
    format!("--base-{}", filter_option(kind).trim_start_matches("--"))
}

/// Option with its value as one word.
fn joined(option: &str, value: Option<String>) -> String {
    value.map_or_else(|| format!("--{option}"), |value| format!("--{option}={value}"))
}

/// Option and its value as separate words, or as one word if the value starts with `-`.
fn separate(option: &str, value: Option<String>) -> Vec<String> {
    match value {
        Some(value) if !value.starts_with('-') => vec![format!("--{option}"), value],
        value => vec![joined(option, value)],
    }
}

fn add_filters(query: &mut Query, kind: FilterKind, patterns: &[String]) {
    let filters = patterns.iter().map(|pattern| Filter::new(kind, pattern));
    // As in pprof, an empty pattern is ignored.
    query.filters.extend(filters.filter(|filter| !filter.is_empty()));
}

fn patterns_of(filters: &[Filter], kind: FilterKind) -> Values {
    filters.iter().filter(|filter| filter.kind == kind).map(|filter| Some(filter.pattern.to_string())).collect()
}

fn sample_type(asked: &PrintedQuery<'_>) -> Values {
    unless(asked.query.sample_type, asked.series.default_sample_type(), |chosen| sample_type_word(asked.series, chosen))
}

fn window(asked: &PrintedQuery<'_>) -> Values {
    // If the windows are swapped, the window is on the base side, and the base on the current side.
    let of_base = asked.series.range_of(Input::Base).contains(&asked.query.window.first);
    let side = if of_base { Input::Base } else { Input::Current };
    let window = asked.query.window;
    // The usual range of a store is the last hour, which is another one later.
    if Some(window) == Window::all(asked.series, side) && !is_of_store(asked.series, window) {
        return Vec::new();
    }
    value(Some(printed_window(asked.series, window)))
}

fn base_window(asked: &PrintedQuery<'_>) -> Values {
    let Some(base) = asked.query.base else { return Vec::new() };
    let side = asked.series.range_of(Input::Base);
    let is_given = side.contains(&base.first);
    // Instances and filters are compared over the same window, which is not repeated.
    let is_same_window = asked.query.base_instance != BaseInstance::Same || !asked.query.base_filters.is_empty();
    if !is_given && is_same_window && base == asked.query.window {
        return Vec::new();
    }
    // `--base` alone means all base snapshots, which belong to the profile if the windows are swapped.
    let is_swapped = side.contains(&asked.query.window.first);
    let all = Window::all(asked.series, if is_swapped { Input::Current } else { Input::Base });
    let is_all = Some(base) == all && !is_of_store(asked.series, base);
    if is_given != is_swapped && !asked.given.base.is_empty() && is_all {
        return Vec::new();
    }
    value(Some(printed_window(asked.series, base)))
}

fn instance(asked: &PrintedQuery<'_>) -> Values {
    let instance = asked.query.instance.and_then(|instance| asked.series.instances().get(instance));
    value(instance.map(|instance| instance.name.raw().to_owned()))
}

/// Value of the option that selects the instance at the median of the other instances' totals.
pub(crate) const MEDIAN: &str = "median";

fn base_instance(asked: &PrintedQuery<'_>) -> Values {
    let name = |instance: usize| asked.series.instances().get(instance).map(|instance| instance.name.raw().to_owned());
    value(match asked.query.base_instance {
        BaseInstance::Same => None,
        BaseInstance::One(instance) => name(instance),
        BaseInstance::Median => Some(MEDIAN.to_owned()),
    })
}

/// Divisors of the window and its base, in the syntax of the option.
fn per_words(window: &Per, base: &Per) -> String {
    if window == base { window.word() } else { format!("{}:{}", window.word(), base.word()) }
}

fn bytes(count: u64) -> String {
    format!("{count}B")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::args::CommandLine;

    /// Options without a row: sources, and options of the program as a whole.
    const WITHOUT_ROW: [&str; 5] = ["base", "every", "config", "reset", "help"];

    #[test]
    fn every_option_of_the_explorer_has_one_row() {
        let command = CommandLine::command();
        let options: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
        for option in options.iter().filter(|option| !WITHOUT_ROW.contains(option)) {
            let rows = FLAGS.iter().filter(|flag| flag.option == *option).count();
            assert_eq!(rows, 1, "--{option}");
        }
        for flag in FLAGS {
            assert!(options.contains(&flag.option), "--{} is not an option", flag.option);
        }
    }
}
