//! Words of other tools, above all of pprof, and what they are called here.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, CommandFactory as _};

use crate::report::Report;

use super::args::CommandLine;
use super::message::CliFailure;

/// Options and commands of other tools, without dashes, with hyphens for underscores, and the hint for each.
const OTHER_WORDS: &[(&[&str], &str)] = &[
    (&["inuse-space"], "`--sample-type inuse_space`"),
    (&["inuse-objects"], "`--sample-type inuse_objects`"),
    (&["alloc-space"], "`--sample-type alloc_space`"),
    (&["alloc-objects"], "`--sample-type alloc_objects`"),
    (&["sample-index", "si", "mean-delay", "total-delay", "contentions"], "`--sample-type TYPE` chooses the figures"),
    (&["diff-base", "compare"], "`--base SOURCE` compares with another profile"),
    (&["http", "serve", "port"], "`heapglass SOURCE` explores in the terminal, `heapglass report html` writes a page"),
    (&["text", "list-functions"], "`heapglass report top SOURCE` prints it"),
    (&["peek"], "`heapglass report callers FUNCTION SOURCE` prints it"),
    (&["list", "weblist", "lines-of", "disasm"], "`heapglass report source FUNCTION SOURCE` prints it"),
    (&["dot", "png", "gif", "pdf", "ps", "gv", "evince", "eog", "callgrind"], "`heapglass report svg SOURCE` draws it"),
    (
        &["flame", "flamegraph", "icicle", "graph"],
        "`heapglass report svg SOURCE` draws it, `report html` writes a page",
    ),
    (&["web", "page"], "`heapglass report html SOURCE` writes a page"),
    (&["proto", "topproto"], "`heapglass report pprof SOURCE` writes it"),
    (&["raw", "traces", "collapsed", "stacks"], "`heapglass report folded SOURCE` prints it"),
    (&["tags"], "`heapglass report labels SOURCE` prints it"),
    (&["leak", "suspects"], "`heapglass report leaks SOURCE` prints it"),
    (&["stats", "info", "comments"], "`heapglass report summary SOURCE` prints it"),
    (&["json"], "`--format json`"),
    (&["csv"], "`--format csv`"),
    (&["markdown", "md"], "`--format markdown`"),
    (&["kind", "report"], "the kind follows `report`, as in `heapglass report top SOURCE`"),
    (&["nodecount", "n", "count", "rows"], "`--limit N` prints at most N rows"),
    (&["nodefraction", "edgefraction"], "`report tree --min PERCENT` leaves small nodes out"),
    (&["cum"], "`--sort total`"),
    (&["flat"], "`--sort self`"),
    (&["functions"], "`--granularity functions`"),
    (&["filefunctions"], "`--granularity filefunctions`"),
    (&["files"], "`--granularity files`"),
    (&["lines"], "`--granularity lines`"),
    (&["addresses"], "`--granularity addresses`"),
    (&["noinlines"], "`--no-inlines`"),
    (&["tagfocus"], "`--tag-focus TAG`"),
    (&["tagignore"], "`--tag-ignore TAG`"),
    (&["interval", "watch", "follow", "refresh"], "`--every TIME` polls the source"),
    (&["symbolize", "buildid", "tools", "executable"], "`--binary FILE` gives the program that has the names"),
    (&["completion"], "`heapglass completions SHELL` prints them"),
    (&["dark", "light"], "`--theme NAME`"),
];

/// Hint for a word of another tool; `None` for other words. Dashes before it, a value behind it, and underscores do not
/// matter.
pub(crate) fn hint(word: &str) -> Option<String> {
    let word = name_of(word);
    let known = OTHER_WORDS.iter().find(|(words, _)| words.contains(&word.as_str()));
    let of_report = || Report::find(&word).map(|report| format!("`heapglass report {} SOURCE` prints it", report.kind));
    known.map(|(_, hint)| (*hint).to_owned()).or_else(of_report)
}

/// Name in an argument such as `-sample_index=alloc_space`.
fn name_of(argument: &str) -> String {
    let name = argument.trim_start_matches('-');
    name.split_once('=').map_or(name, |(name, _)| name).to_lowercase().replace('_', "-")
}

/// Failure for the first argument that the parser refuses, or takes for short options, if the hint is known: a word of
/// another tool, or an option of this one with a single dash. `None` for other errors.
pub(crate) fn failure(args: &[OsString], error: &clap::Error) -> Option<CliFailure> {
    let of_help = error.kind() == ErrorKind::DisplayHelp || error.kind() == ErrorKind::DisplayVersion;
    if of_help || error.kind() == ErrorKind::UnknownArgument {
        let typed = args.iter().skip(1).filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--");
        let mut single = typed.filter(|arg| has_single_dash(arg));
        let found = single.find_map(|arg| Some((arg, hint_for_option(arg)?)));
        if let Some((arg, hint)) = found {
            let name = arg.split_once('=').map_or(arg, |(name, _)| name);
            return Some(CliFailure::usage(format!("unexpected argument `{name}` found"), Some(hint)));
        }
    }
    let kind = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidValue => ContextKind::InvalidValue,
        _ => return None,
    };
    let Some(ContextValue::String(word)) = error.get(kind) else { return None };
    let is_kind = matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(arg)) if arg == "<KIND>");
    if kind == ContextKind::InvalidValue && !is_kind {
        return None;
    }
    let of_word = if is_kind && word == "help" {
        Some("`heapglass report --help` lists the kinds".to_owned())
    } else {
        hint(word)
    };
    let mut failure = CliFailure::from(error);
    let hint = of_word?;
    failure.notes.iter_mut().for_each(|note| note.hint = Some(hint.clone()));
    Some(failure)
}

/// Returns true for one dash and several letters. `-o` takes its value without a blank.
fn has_single_dash(argument: &str) -> bool {
    let name = argument.strip_prefix('-').unwrap_or("");
    name.len() > 1 && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
}

/// Hint for an option with a single dash: that of another tool, or this one's with two dashes.
fn hint_for_option(argument: &str) -> Option<String> {
    let name = name_of(argument);
    hint(&name).or_else(|| {
        let is_long = |arg: &Arg| arg.get_long() == Some(name.as_str());
        let has = |command: &Command| command.get_arguments().any(is_long);
        let command = CommandLine::command();
        let is_known = has(&command) || command.get_subcommands().any(has);
        is_known.then(|| format!("options have two dashes: `--{name}`"))
    })
}

/// Arguments in which `help` and `version` as commands are the options of that name.
pub(crate) fn with_help_as_option(args: &[OsString]) -> Vec<OsString> {
    let mut args = args.to_vec();
    match args.get(1).and_then(|word| word.to_str()) {
        Some("help") => {
            args.remove(1);
            args.truncate(2);
            args.push("--help".into());
        }
        Some("version") if args.len() == 2 => args[1] = "--version".into(),
        _ => {}
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(words: &[&str]) -> Option<String> {
        let args: Vec<OsString> =
            std::iter::once("heapglass").chain(words.iter().copied()).map(OsString::from).collect();
        let error = CommandLine::command().try_get_matches_from(&args).err()?;
        failure(&args, &error)?.notes.first()?.hint.clone()
    }

    #[test]
    fn options_of_other_tools_name_the_option_here() {
        for (words, hint) in [
            (&["report", "top", "--inuse_space", "x"][..], "`--sample-type inuse_space`"),
            (&["report", "top", "--json", "x"], "`--format json`"),
            (&["report", "top", "-sample_index=alloc_space", "x"], "`--sample-type TYPE` chooses the figures"),
            (&["-diff_base", "a", "b"], "`--base SOURCE` compares with another profile"),
            (&["-base", "a", "b"], "options have two dashes: `--base`"),
            (&["report", "top", "-no_inlines", "b"], "options have two dashes: `--no-inlines`"),
            (&["-top", "x"], "`heapglass report top SOURCE` prints it"),
            (&["report", "peek", "x"], "`heapglass report callers FUNCTION SOURCE` prints it"),
            (&["report", "list", "x"], "`heapglass report source FUNCTION SOURCE` prints it"),
            (&["report", "help"], "`heapglass report --help` lists the kinds"),
        ] {
            assert_eq!(failed(words).as_deref(), Some(hint), "{words:?}");
        }
        let http = failed(&["-http=:8080", "x"]).unwrap();
        assert!(http.contains("report html"), "{http}");
        for words in [&["--help"][..], &["-h"], &["report", "tpo", "x"], &["--windw", "1", "x"], &["-x", "y"]] {
            assert_eq!(failed(words), None, "{words:?}");
        }
    }

    #[test]
    fn every_option_that_a_hint_names_exists() {
        let command = CommandLine::command();
        let longs: Vec<&str> = std::iter::once(&command)
            .chain(command.get_subcommands())
            .flat_map(|command| command.get_arguments().filter_map(Arg::get_long))
            .collect();
        for (_, hint) in OTHER_WORDS {
            let options = hint.split("--").skip(1).map(|rest| rest.split([' ', '`']).next().unwrap());
            options.for_each(|option| assert!(longs.contains(&option), "{hint}"));
            let reports = hint.split("heapglass report ").skip(1).map(|rest| rest.split([' ', '`']).next().unwrap());
            reports.for_each(|report| assert!(Report::find(report).is_some(), "{hint}"));
        }
    }

    #[test]
    fn help_and_version_are_commands_too() {
        let of = |line: &str| -> Vec<String> {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            with_help_as_option(&args).into_iter().map(|arg| arg.into_string().unwrap()).collect()
        };
        assert_eq!(of("h help"), ["h", "--help"]);
        assert_eq!(of("h help report top"), ["h", "report", "--help"]);
        assert_eq!(of("h version"), ["h", "--version"]);
        assert_eq!(of("h version x"), ["h", "version", "x"]);
        assert_eq!(of("h report top"), ["h", "report", "top"]);
    }
}
