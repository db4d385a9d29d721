//! Options without an effect on a command, which are refused, or named in a warning where scripts give them to all
//! commands alike. A value of the settings file is a default for all commands, so only the options of the command line
//! are looked at.

use std::ffi::OsString;

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::analysis::Granularity;
use crate::source::Address;

use super::args::FormatArg;
use super::message::{CliFailure, MessageLine, warn};
use super::per_arg::PerArg;
use super::rules::is_of_growth;

/// Options about the base of a comparison, by their ids.
const COMPARISON: &[&str] = &[
    "base",
    "base_window",
    "base_instance",
    "base_focus",
    "base_ignore",
    "base_tag_focus",
    "base_tag_ignore",
    "normalize",
    "explain",
];
/// Options about the sums of several snapshots.
const SUMS: &[&str] = &["per", "as", "aggregate", "match"];
/// Options about stacks.
const STACKS: &[&str] = &[
    "granularity",
    "no_inlines",
    "all_frames",
    "fold_recursion",
    "flip",
    "focus",
    "ignore",
    "hide",
    "show",
    "show_from",
    "prune_from",
    "tag_focus",
    "tag_ignore",
    "tagroot",
    "relative",
];
/// Options about sources other than their limits, and about single kinds of reports.
const SOURCES: &[&str] = &[
    "demo", "window", "step", "single", "each", "instance", "gc_log", "memory", "unit", "salvage", "binary", "owners",
    "seconds", "sort", "strict", "advice",
];

/// Options about the input of limits that a condition on the memory of a process does not have.
const INPUTS_OF_LIMITS: &[&str] = &["baseline", "sample_type", "gc_log", "owners", "binary", "seconds"];
/// Options of `check` that need the figures of a profile.
const WITH_FIGURES: [&str; 8] =
    ["max_total", "max_growth", "max_function", "max_new", "max_owner", "max_alloc_rate", "update_baseline", "history"];

/// Kinds of reports, with `check` as one of them.
enum Kinds {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

impl Kinds {
    fn contains(&self, kind: &str) -> bool {
        match self {
            Self::Only(kinds) => kinds.contains(&kind),
            Self::AllBut(kinds) => !kinds.contains(&kind),
        }
    }
}

/// Options without an effect on some kinds of reports.
struct UnusedOptions {
    kinds: Kinds,
    options: &'static [&'static [&'static str]],
    hint: &'static str,
}

/// Options without an effect, by kind of report. `KindArgs::check` has the options of single kinds.
const UNUSED: [UnusedOptions; 5] = [
    UnusedOptions {
        kinds: Kinds::Only(&["history"]),
        options: &[COMPARISON, SUMS, STACKS, SOURCES],
        hint: "a ledger keeps figures as `check --history` wrote them; `--sample-type` and `--limit` choose among them",
    },
    UnusedOptions {
        kinds: Kinds::Only(&["memory"]),
        options: &[COMPARISON, SUMS, STACKS, &["sample_type"]],
        hint: "the account is of a whole process: `--instance` and `--window` choose which one, and when",
    },
    UnusedOptions {
        kinds: Kinds::Only(&["leaks", "instances"]),
        options: &[COMPARISON],
        hint: "`report diff` compares two sides; `--window` chooses the snapshots",
    },
    UnusedOptions {
        kinds: Kinds::AllBut(&["labels"]),
        options: &[&["key"]],
        hint: "`report labels` has it; `--tagroot` adds the values of a label to other reports",
    },
    UnusedOptions {
        kinds: Kinds::Only(&["history"]),
        options: &[&["what_if", "gogc", "gomemlimit", "gogc_now", "cpus"]],
        hint: "`report memory` has it",
    },
];

/// Options of the frames of a stack, which are no part of a sample's labels.
const FRAMES: &[&str] = &["granularity", "no_inlines", "fold_recursion", "flip"];
/// Options that select stacks or samples, so that the filtered total may differ from the whole.
const FILTERS: [&str; 8] = ["focus", "ignore", "hide", "show", "show_from", "prune_from", "tag_focus", "tag_ignore"];

/// Options about requests to services.
const REQUESTS: &[&str] =
    &["timeout", "connect_timeout", "header", "cacert", "cert", "cert_key", "insecure", "max_requests"];
/// Options of `check` that judge or store figures of functions.
const OF_FUNCTIONS: [&str; 6] = ["max_function", "max_new", "max_owner", "baseline", "history", "max_growth"];

/// Options without an effect on some kinds of reports under a condition.
struct HarmlessOptions {
    unused: UnusedOptions,
    condition: fn(&ArgMatches) -> bool,
}

const fn always(unused: UnusedOptions) -> HarmlessOptions {
    HarmlessOptions { unused, condition: |_| true }
}

const fn only_if(condition: fn(&ArgMatches) -> bool, unused: UnusedOptions) -> HarmlessOptions {
    HarmlessOptions { unused, condition }
}

/// Options without an effect that are named and not refused: scripts give `--limit 0` to all reports, and the commands of
/// the explorer and of digests have all options of their query.
const HARMLESS: [HarmlessOptions; 20] = [
    always(UnusedOptions {
        kinds: Kinds::Only(&["digest"]),
        options: &[&["limit"]],
        hint: "`--budget` sets its length",
    }),
    always(UnusedOptions {
        kinds: Kinds::Only(&["folded", "svg", "html", "pprof"]),
        options: &[&["limit"]],
        hint: "it is written as a whole; `--focus` keeps a part of the stacks",
    }),
    always(UnusedOptions {
        kinds: Kinds::Only(&["memory"]),
        options: &[&["limit"]],
        hint: "an account has all its rows",
    }),
    always(UnusedOptions {
        kinds: Kinds::Only(&["top", "tree", "labels", "callers", "source", "folded", "svg", "html", "pprof"]),
        options: &[&["explain"]],
        hint: "`report diff`, `report summary` and `report digest` name the call sites that explain a change",
    }),
    always(UnusedOptions {
        kinds: Kinds::Only(&["diff", "leaks", "instances", "summary", "folded", "pprof", "check"]),
        options: &[&["relative"]],
        hint: "it has no shares of the whole",
    }),
    always(UnusedOptions {
        kinds: Kinds::Only(&["leaks"]),
        options: &[&["aggregate"]],
        hint: "trends are over the snapshots one by one; `--window` chooses them",
    }),
    always(UnusedOptions {
        kinds: Kinds::Only(&["pprof"]),
        options: &[&["granularity", "no_inlines", "fold_recursion", "tagroot"]],
        hint: "stacks are written as they are, for the options of the program that reads the file",
    }),
    always(UnusedOptions {
        kinds: Kinds::Only(&["labels"]),
        options: &[FRAMES],
        hint: "labels are of samples, whatever their frames are",
    }),
    always(UnusedOptions {
        kinds: Kinds::AllBut(&["summary", "memory", "history", "check"]),
        options: &[&["memory"]],
        hint: "`report memory` and `report summary` have the account of the process",
    }),
    only_if(
        |matches| !["when", "max_alloc_rate"].iter().any(|id| is_typed(matches, id)),
        UnusedOptions {
            kinds: Kinds::Only(&["check"]),
            options: &[&["memory"]],
            hint: "`--when` checks the memory of the process, `report memory` has the account",
        },
    ),
    only_if(
        |matches| !has_counter(matches),
        UnusedOptions {
            kinds: Kinds::AllBut(&["summary", "digest", "diff", "memory", "history", "check"]),
            options: &[&["gc_log"]],
            hint: "`report summary` has its collections; `--per COUNTER` divides by a counter of it",
        },
    ),
    only_if(
        |matches| !has_service(matches),
        UnusedOptions {
            kinds: Kinds::AllBut(&["history"]),
            options: &[REQUESTS],
            hint: "it is for requests to services, and no source is one",
        },
    ),
    only_if(
        |matches| !is_by_owner(matches),
        UnusedOptions {
            kinds: Kinds::AllBut(&["svg", "html", "digest", "history", "check"]),
            options: &[&["owners"]],
            hint: "`--granularity owners` has the sums of owners; `report svg` and `report html` have their colours",
        },
    ),
    only_if(
        |matches| {
            !is_by_owner(matches) && !["max_owner", "update_baseline", "history"].iter().any(|id| is_typed(matches, id))
        },
        UnusedOptions {
            kinds: Kinds::Only(&["check"]),
            options: &[&["owners"]],
            hint: "`--max-owner OWNER=SIZE` is a limit on what an owner holds",
        },
    ),
    only_if(
        |matches| !OF_FUNCTIONS.iter().any(|id| is_typed(matches, id)),
        UnusedOptions {
            kinds: Kinds::Only(&["check"]),
            options: &[FRAMES],
            hint: "a total is the same whatever its frames are; `--max-function` and `--max-new` have frames",
        },
    ),
    always(UnusedOptions {
        kinds: Kinds::AllBut(&["svg", "html"]),
        options: &[&["theme"]],
        hint: "`report svg` and `report html` have colours",
    }),
    always(UnusedOptions {
        kinds: Kinds::Only(&["digest", "folded", "svg", "html", "pprof"]),
        options: &[&["color", "plain"]],
        hint: "it is no text in columns",
    }),
    always(UnusedOptions {
        kinds: Kinds::Only(&["svg", "html", "pprof"]),
        options: &[&["ascii"]],
        hint: "it is written with all characters",
    }),
    only_if(
        |matches| matches!(format(matches), Some(FormatArg::Json | FormatArg::Csv | FormatArg::Markdown)),
        UnusedOptions {
            kinds: Kinds::AllBut(&["digest", "folded", "svg", "html", "pprof"]),
            options: &[&["color", "plain", "ascii"]],
            hint: "only text has it, and `--format` is another one",
        },
    ),
    only_if(
        |matches| format(matches) == Some(FormatArg::Json),
        UnusedOptions {
            kinds: Kinds::Only(&["digest"]),
            options: &[&["ascii"]],
            hint: "JSON is written with all characters",
        },
    ),
];

/// Returns an error for an option of the command line that has no effect on its command.
///
/// # Errors
/// [`CliFailure`] with the option and a hint.
pub(crate) fn check_unused(matches: &ArgMatches) -> Result<(), CliFailure> {
    match matches.subcommand() {
        Some(("report", matches)) => check_report(matches, DefaultBase::Absent).map(|_| ()),
        Some(("check", matches)) => check_gate(matches),
        Some(("list", matches)) if is_typed(matches, "seconds") => Err(CliFailure::input(
            "`list` has no `--seconds`",
            Some("a store is asked for what it has; `from=` and `until=` in the address choose the time".to_owned()),
        )),
        _ => Ok(()),
    }
}

/// Prints a warning for each harmless option of the command line without an effect. The other options may be of the
/// settings file.
pub(crate) fn warn_of_unused(matches: &ArgMatches) {
    match matches.subcommand() {
        Some(("report", matches)) => {
            let kind = matches.get_one::<String>("kind").map_or("", String::as_str);
            warn_of_relative(kind, matches);
            warn_of_harmless(kind, &format!("report {kind}"), matches);
        }
        Some(("check", matches)) => warn_of_harmless("check", "check", matches),
        _ => {}
    }
}

/// Base of the defaults that the options of a call are added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DefaultBase {
    Absent,
    Given,
}

/// Returns an error for an option of a report that has no effect on it, where some of its options are defaults.
///
/// # Errors
/// [`CliFailure`] with the option and a hint.
pub(crate) fn check_call(matches: &ArgMatches, base: DefaultBase) -> Result<(), CliFailure> {
    let Some(("report", matches)) = matches.subcommand() else { return Ok(()) };
    check_report(matches, base).map(|_| ())
}

/// Returns the kind of report.
fn check_report(matches: &ArgMatches, base: DefaultBase) -> Result<&str, CliFailure> {
    let kind = matches.get_one::<String>("kind").map_or("", String::as_str);
    check_kind(kind, matches)?;
    // A report of changes has a base of itself.
    if kind != "diff" && base == DefaultBase::Absent {
        check_comparison(matches)?;
    }
    Ok(kind)
}

/// Returns true if the command line has the option.
fn is_typed(matches: &ArgMatches, id: &str) -> bool {
    // Not every command has every option.
    matches.try_contains_id(id).is_ok() && matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// Returns true if figures are divided by a counter of a log.
fn has_counter(matches: &ArgMatches) -> bool {
    matches.get_one::<PerArg>("per").is_some_and(|per| per.counter().is_some())
}

/// Returns true if frames are owners.
fn is_by_owner(matches: &ArgMatches) -> bool {
    matches.get_one::<Granularity>("granularity") == Some(&Granularity::Owners)
}

/// Returns true if a source is a service or a profile store.
fn has_service(matches: &ArgMatches) -> bool {
    let typed = ["sources", "base", "gc_log", "memory"].into_iter();
    let mut addresses = typed.filter_map(|id| matches.get_many::<OsString>(id)).flatten().map(Address::parse);
    addresses.any(|address| address.remote().is_some() || address.store().is_some())
}

/// Output format of the command line; `None` for the default.
fn format(matches: &ArgMatches) -> Option<FormatArg> {
    matches.get_one::<FormatArg>("format").copied()
}

/// Name of an option on the command line.
fn option(id: &str) -> String {
    format!("--{}", id.replace('_', "-"))
}

fn check_kind(kind: &str, matches: &ArgMatches) -> Result<(), CliFailure> {
    for UnusedOptions { options, hint, .. } in UNUSED.iter().filter(|row| row.kinds.contains(kind)) {
        if let Some(id) = options.iter().copied().flatten().find(|id| is_typed(matches, id)) {
            let line = format!("`report {kind}` has no `{}`", option(id));
            return Err(CliFailure::input(line, Some((*hint).to_owned())));
        }
    }
    let has_what_if = ["what_if", "gogc", "gomemlimit"].iter().any(|id| is_typed(matches, id));
    let detail = ["gogc_now", "cpus"].into_iter().find(|id| is_typed(matches, id) && !has_what_if);
    detail.map_or(Ok(()), |id| {
        let hint = "`report memory --what-if` makes one".to_owned();
        Err(CliFailure::input(format!("`{}` is for a what-if", option(id)), Some(hint)))
    })
}

/// Prints a warning for a harmless option without an effect.
fn warn_unused(line: String, hint: &str) {
    warn(&MessageLine { hint: Some(hint.to_owned()), ..MessageLine::new(line) });
}

/// Prints a warning for each harmless option without an effect on a kind of report, or on a check.
fn warn_of_harmless(kind: &str, command: &str, matches: &ArgMatches) {
    let rows = HARMLESS.iter().filter(|row| row.unused.kinds.contains(kind) && (row.condition)(matches));
    for UnusedOptions { options, hint, .. } in rows.map(|row| &row.unused) {
        for id in options.iter().copied().flatten().filter(|id| is_typed(matches, id)) {
            warn_unused(format!("`{command}` has no `{}`", option(id)), hint);
        }
    }
}

/// Prints a warning for shares of the filtered total without a filter, and in a comparison.
fn warn_of_relative(kind: &str, matches: &ArgMatches) {
    let is_named = |HarmlessOptions { unused, .. }: &HarmlessOptions| {
        unused.kinds.contains(kind) && unused.options.concat().contains(&"relative")
    };
    if !is_typed(matches, "relative") || HARMLESS.iter().any(is_named) {
        return;
    }
    if has_base(matches) {
        let hint = "shares are of what grew and shrank together";
        warn_unused("`--relative` has no effect on a comparison".to_owned(), hint);
    } else if !FILTERS.iter().any(|id| is_typed(matches, id)) {
        warn_unused("`--relative` has no effect without a filter".to_owned(), "`--focus REGEX` is one");
    }
}

/// Returns an error for an option about a comparison without a base that it applies to. The figures of a baseline stay as
/// they were stored.
fn check_comparison(matches: &ArgMatches) -> Result<(), CliFailure> {
    if has_base(matches) {
        return Ok(());
    }
    let is_pair = matches.get_one::<PerArg>("per").is_some_and(PerArg::is_pair);
    let pair = is_pair.then_some("--per N:M".to_owned());
    let typed = ["normalize", "explain"].into_iter().find(|id| is_typed(matches, id)).map(option);
    typed.or(pair).map_or(Ok(()), |option| {
        let hint = "`--base FILE` or `--base-window A..B` gives one".to_owned();
        let has_baseline = is_typed(matches, "baseline");
        let other = if has_baseline { "; a baseline keeps the figures that were stored" } else { "" };
        Err(CliFailure::input(format!("`{option}` needs a base{other}"), Some(hint)))
    })
}

/// Returns true if an option gives a base.
fn has_base(matches: &ArgMatches) -> bool {
    COMPARISON.iter().filter(|id| !matches!(**id, "normalize" | "explain")).any(|id| is_typed(matches, id))
}

fn check_gate(matches: &ArgMatches) -> Result<(), CliFailure> {
    if is_typed(matches, "explain") {
        let hint = "`report diff` names the call sites that explain a growth".to_owned();
        return Err(CliFailure::input("`check` has no `--explain`", Some(hint)));
    }
    let has_growth = ["max_growth", "max_new"].iter().any(|id| is_typed(matches, id))
        || matches.get_many::<String>("max_function").is_some_and(|mut limits| limits.any(|text| is_of_growth(text)));
    if is_typed(matches, "sigma") && !has_growth {
        let hint = "`--max-growth`, `--max-new` and `--max-function` in percent are such limits";
        warn_unused("`--sigma` is for limits on growth, and has no effect here".to_owned(), hint);
    }
    check_condition(matches)?;
    check_comparison(matches)
}

/// Returns an error for an option without an effect on a condition that is checked without limits.
fn check_condition(matches: &ArgMatches) -> Result<(), CliFailure> {
    if !is_typed(matches, "when") || WITH_FIGURES.iter().any(|id| is_typed(matches, id)) {
        return Ok(());
    }
    let mut unused = [COMPARISON, SUMS, STACKS, INPUTS_OF_LIMITS].into_iter().flatten();
    unused.find(|id| is_typed(matches, id)).map_or(Ok(()), |id| {
        let hint =
            "a condition is on the memory of the whole process; `--max-total` and other limits have it".to_owned();
        Err(CliFailure::input(format!("`--when` alone has no `{}`", option(id)), Some(hint)))
    })
}
