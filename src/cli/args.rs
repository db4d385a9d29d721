//! Declaration of the command line for the parser. [`request`](super::request) interprets the arguments.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::analysis::query::EXPLAINED;
use crate::analysis::{Aggregate, Granularity};
use crate::config::settings::Toggle;
use crate::format::ValueUnit;
use crate::load::MOST_REQUESTS;
use crate::profile::Role;
use crate::report::{HISTORY, REPORTS};
use crate::source::SOURCES;
use crate::view::span::Span;

use super::alert_args::AlertArgs;
use super::code::CodeArgs;
use super::filter_args::FilterArgs;
use super::kind_args::KindArgs;
use super::limit_args::LimitArgs;
use super::network::{NetArgs, time};
use super::output::Output;
use super::per_arg::{PerArg, per};
use super::record::RecordArgs;
use super::rules::RuleArgs;
use super::screen_args::{ScreenArgs, choices};
use super::what_if_args::WhatIfArgs;

const EXAMPLES: &str = "\
Examples:
  heapglass --demo                          explore the built-in demo
  heapglass heap.pb.gz                      explore a profile
  heapglass http://host:6060                the heap of a live service
  heapglass http://host:6060 --every 10s    the same, with a new snapshot every 10 seconds
  curl -s host:6060/debug/pprof/heap | heapglass -
  heapglass --sample-type alloc_space heap.pb.gz
                                            start with allocated memory
  heapglass --base before.pb.gz after.pb.gz what changed between two profiles
  heapglass --base-window 1..3 --window -30m snapshots/
                                            what changed between two windows of a series
  heapglass 'pyroscope+http://host:4040?query={service_name=\"cart\"}&from=-2h'
                                            two hours of a fleet, from a profile store
  heapglass --gc-log gc.log snapshots/      collections and pauses under the timeline
  heapglass heap.pb.gz | less               a summary and the largest functions
  heapglass report tree heap.pb.gz          print a report";

/// Environment variables, listed in the help and the manual pages.
pub(crate) const ENVIRONMENT: &str = "\
Environment:
  HEAPGLASS_CONFIG          settings file; empty for none
  HEAPGLASS_SECURE          if set: no network, editor, clipboard program or export
  TERM, COLORTERM, NO_COLOR, CLICOLOR, CLICOLOR_FORCE
                            number of colours
  LC_ALL, LC_CTYPE, LANG    ASCII or Unicode
  VISUAL, EDITOR            editor for source files
  GOPATH, GOMODCACHE, GOROOT
                            source files of Go modules
  http_proxy, https_proxy, all_proxy, no_proxy
                            proxies";

const REPORT_EXAMPLES: &str = "\
Examples:
  heapglass report top heap.pb.gz           the 40 functions with the largest self
  heapglass report top --sample-type alloc_objects --limit 10 heap.pb.gz
  heapglass report diff --base before.pb.gz after.pb.gz
  heapglass report tree --min 1% -o tree.txt heap.pb.gz
  heapglass report callers bytes.Clone heap.pb.gz
  heapglass report summary --format json snapshots/
  heapglass report memory --memory status.txt heap.debug1.txt
                                            what the rest of the process's memory is
  heapglass report memory start.debug1.txt end.debug1.txt --gogc 50,off --gomemlimit 400MiB
  heapglass report svg --base before.pb.gz after.pb.gz -o change.svg
  heapglass report html snapshots/ -o heap.html
  heapglass report pprof --window -30m snapshots/ -o last.pb.gz
  curl -s host:6060/debug/pprof/heap | heapglass report top -";

const CHECK_EXAMPLES: &str = "\
Examples:
  heapglass check --max-total 512MiB heap.pb.gz
  heapglass check --max-growth 5% --max-new 1MiB --sigma 3 --base before.pb.gz after.pb.gz
  heapglass check --max-function 'json\\.Unmarshal=10%' --base before.pb.gz after.pb.gz
  heapglass check --baseline heap.json --update-baseline heap.pb.gz
                                            store the figures of a good state
  heapglass check --when 'heap > 80%' --every 30s --for 5m --exec ./page-me http://host:6060
                                            an alert: 80% of the container's limit for five minutes
  heapglass check --baseline heap.json --max-growth 64MiB --format markdown heap.pb.gz
  heapglass check --owners CODEOWNERS --max-owner @shop/storage=64MiB heap.pb.gz
  heapglass check --history heaps.jsonl heap.pb.gz
                                            append this build to a ledger, see `report history`

It ends with 0 when all limits hold, 1 when one does not, 2 when something is wrong with the command
line or an input, and 3 when a limit of this machine was reached. A limit that is reached exactly holds.";

const MCP_EXAMPLES: &str = "\
Examples:
  heapglass mcp snapshots/                  serve a series
  heapglass mcp --base before.pb.gz after.pb.gz
  claude mcp add heap -- heapglass mcp heap.pb.gz

Tools are the kinds of reports; only the sources named here are read, nothing is written. With
HEAPGLASS_SECURE the text of source files is not read either.";

/// Explore heap profiles in the terminal: what holds memory, what makes garbage, and what changed.
#[derive(Debug, Parser)]
#[command(name = "heapglass", version, after_help = more_help(EXAMPLES), max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct CommandLine {
    /// Command; the explorer without one.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Sources and loading.
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Presentation.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// Terminal.
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
    /// Poll the service or directory this often and add new snapshots, as `10s`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) every: Option<Duration>,
    /// Turn the mouse on or off: click to select, wheel to scroll; Shift-drag selects text. `auto` is on outside of SSH
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = choices(), help_heading = "Screen")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    pub(crate) mouse: Toggle,
    /// Settings file [default: heapglass/config.toml under ~/.config]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Reset the terminal after a program was killed in it
    #[arg(long, exclusive = true)]
    pub(crate) reset: bool,
}

/// Command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print figures as text or JSON, a picture or a profile
    Report(Box<ReportArgs>),
    /// Check a profile against limits; exit 1 if one is exceeded
    Check(Box<CheckArgs>),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write all of them to a directory
    Man(ManArgs),
    /// Print all settings and keys as a settings file
    Config(ConfigArgs),
    /// Record snapshots of a live service into a directory
    Record(Box<RecordArgs>),
    /// List the services of a profile store with their labels and sample types
    List(ListArgs),
    /// Serve reports to coding agents over standard input and output, by the Model Context Protocol
    Mcp(Box<McpArgs>),
}

/// `heapglass report`.
#[derive(Debug, Args)]
#[command(after_help = more_help(REPORT_EXAMPLES))]
pub(crate) struct ReportArgs {
    /// Kind of report
    #[arg(value_name = "KIND", value_parser = kinds())]
    pub(crate) kind: String,
    /// Sources and loading.
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Presentation.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// Terminal.
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
    /// Label key for `labels` [default: the key with the largest total]
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Append advice to `top`: functions with much memory or garbage, and what to try
    #[arg(long)]
    pub(crate) advice: bool,
    /// End with 2 when there is a warning about an input, such as a file that cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print at most N rows, 0 for all [default: 40 for text, 20 for Markdown, else all]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) limit: Option<usize>,
    /// Options of single kinds.
    #[command(flatten)]
    pub(crate) kind_options: KindArgs,
    /// Output format [default: text; folded, svg, html and pprof have one format each]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<FormatArg>,
    /// Output.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Other settings of the collector.
    #[command(flatten)]
    pub(crate) what_if: WhatIfArgs,
}

/// `heapglass check`.
#[derive(Debug, Args)]
#[command(after_help = more_help(CHECK_EXAMPLES))]
pub(crate) struct CheckArgs {
    /// Sources and loading.
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Presentation.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// Terminal.
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
    /// Limits.
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
    /// Condition and alert.
    #[command(flatten)]
    pub(crate) alert: AlertArgs,
    /// Compare with the figures stored in this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "base_window"], help_heading = "Windows")]
    pub(crate) baseline: Option<PathBuf>,
    /// End with this code instead of 2 or 3 when an input cannot be read or judged, such as 125 for `git bisect run`
    #[arg(long, value_name = "CODE", value_parser = clap::value_parser!(u8).range(2..=125))]
    pub(crate) exit_on_input: Option<u8>,
    /// Append the figures of this build to a ledger, which `report history` reads
    #[arg(long, value_name = "FILE", conflicts_with = "every")]
    pub(crate) history: Option<PathBuf>,
    /// Name of this build in the ledger [default: the commit of the build service or of the repository]
    #[arg(long, value_name = "NAME", requires = "history")]
    pub(crate) revision: Option<String>,
    /// Store the current figures in the baseline if every limit holds
    #[arg(long, requires = "baseline", conflicts_with = "every", help_heading = "Windows")]
    pub(crate) update_baseline: bool,
    /// Output format [default: text]
    #[arg(long, value_parser = check_formats(), value_name = "FORMAT")]
    pub(crate) format: Option<FormatArg>,
    /// Output.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// `heapglass list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Profile store, such as `pyroscope+http://host:4040`
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: OsString,
    /// HTTP services.
    #[command(flatten)]
    pub(crate) net: NetArgs,
    /// Output format [default: text]
    #[arg(long, value_parser = list_formats(), value_name = "FORMAT")]
    pub(crate) format: Option<FormatArg>,
    /// Output.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// `heapglass mcp`.
#[derive(Clone, Debug, Args)]
#[command(after_help = more_help(MCP_EXAMPLES))]
pub(crate) struct McpArgs {
    /// Sample type of calls that name none; for `alloc_space`, a store is asked for whole windows instead of steps
    #[arg(long, value_name = "TYPE", help_heading = "View", value_hint = ValueHint::Other)]
    pub(crate) sample_type: Option<String>,
    /// Sources and loading.
    #[command(flatten)]
    pub(crate) load: LoadArgs,
}

/// `heapglass completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: ShellArg,
}

/// Shell with completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShellArg {
    /// For `~/.local/share/bash-completion/completions/heapglass`
    Bash,
    /// For a module that `rc.elv` uses
    Elvish,
    /// For `~/.config/fish/completions/heapglass.fish`
    Fish,
    /// For the folder `autoload` of Nushell
    #[value(name = "nushell", alias = "nu")]
    Nushell,
    /// For the profile of the shell
    #[value(name = "powershell")]
    PowerShell,
    /// For `_heapglass` in a folder of `fpath`
    Zsh,
}

/// `heapglass man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write a page for each command into this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// `heapglass config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Print the path of the settings file instead
    #[arg(long)]
    pub(crate) path: bool,
    /// Print the JSON schema of the settings file instead, for editors
    #[arg(long, conflicts_with = "path")]
    pub(crate) schema: bool,
}

/// Output options.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Write to a new file instead of standard output; `-` is standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Allow --output to overwrite a file
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

impl OutputArgs {
    /// Destination of a result.
    pub(crate) fn destination(&self) -> Output {
        match (self.output.clone(), self.force) {
            (None, _) => Output::Stdout,
            (Some(path), _) if path.as_os_str() == "-" => Output::Stdout,
            (Some(path), false) => Output::New(path),
            (Some(path), true) => Output::Any(path),
        }
    }
}

/// Sources, and limits for reading them.
#[derive(Clone, Debug, Args)]
pub(crate) struct LoadArgs {
    /// Profiles, see below; several are the snapshots of one window
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<OsString>,
    /// Open the built-in demo: a real service after a deploy
    #[arg(long)]
    pub(crate) demo: bool,
    /// Profiles to compare with; repeatable
    #[arg(long, value_name = "SOURCE", help_heading = "Windows")]
    pub(crate) base: Vec<OsString>,
    /// Snapshots to show: numbers `3..7`, times `14:00..14:30`, a day `2026-11-22`, or `-30m`
    #[arg(long, value_name = "A..B", value_parser = Span::parse, help_heading = "Windows", allow_hyphen_values = true)]
    pub(crate) window: Option<Span>,
    /// Snapshots to compare with, of --base or of the same sources
    #[arg(long, value_name = "A..B", value_parser = Span::parse, help_heading = "Windows", allow_hyphen_values = true)]
    pub(crate) base_window: Option<Span>,
    /// Profile stores.
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Instances.
    #[command(flatten)]
    pub(crate) instances: InstanceArgs,
    /// Divide by `instance`, N operations (`N:M`: the base by M) or a counter of --gc-log such as `requests` [default: all]
    #[arg(long, value_name = "WHAT", value_parser = per, help_heading = "Windows", allow_negative_numbers = true)]
    pub(crate) per: Option<PerArg>,
    /// Take the sample type as a `level`, a `counter` since the process began, or a `change` within each snapshot
    #[arg(long = "as", id = "as", value_name = "ROLE", value_parser = roles(), help_heading = "Windows")]
    pub(crate) role: Option<Role>,
    /// Aggregation of several snapshots [auto: in-use by mean, allocated by growth]
    #[arg(long, value_name = "HOW", default_value = "auto", value_parser = aggregates(), help_heading = "Windows")]
    pub(crate) aggregate: Aggregate,
    /// Scale both totals to be equal before comparing
    #[arg(long, help_heading = "Windows")]
    pub(crate) normalize: bool,
    /// Share of the growth, or of the decrease, that the explaining call sites cover, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = EXPLAINED, value_parser = clap::value_parser!(u8).range(1..=100))]
    #[arg(help_heading = "Windows", allow_negative_numbers = true)]
    pub(crate) explain: u8,
    /// How functions of two builds match: `raw` names, `names` without closure numbers, generics, hashes and package paths,
    /// `moved` also where frames were inserted or inlined away [default: moved in the explorer, `diff`,
    /// `summary`, `digest` and `check`, else raw]
    #[arg(
        long = "match",
        id = "match",
        value_enum,
        value_name = "HOW",
        help_heading = "Windows",
        hide_possible_values = true
    )]
    pub(crate) matching: Option<MatchArg>,
    /// HTTP services.
    #[command(flatten)]
    pub(crate) net: NetArgs,
    /// Log of the garbage collector to show beside the profiles; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) gc_log: Vec<OsString>,
    /// Memory of the whole process at the last snapshot: Go's `MemStats`, /proc/PID/status or `smaps_rollup`, memory.stat and
    /// memory.max of a container, statistics of an allocator, memoryUsage of Node.js, or a JVM's; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) memory: Vec<OsString>,
    /// Unit of the values of folded stacks
    #[arg(long, value_name = "UNIT", value_parser = units(), default_value = "count")]
    pub(crate) unit: ValueUnit,
    /// Read the intact part of a damaged pprof profile
    #[arg(long)]
    pub(crate) salvage: bool,
    /// Program or library with function names for addresses; repeatable
    #[arg(long, value_name = "PATH")]
    pub(crate) binary: Vec<PathBuf>,
    /// Owners of source files, as in a CODEOWNERS file: for `--granularity owners`, colours and `--max-owner`
    #[arg(long, value_name = "FILE")]
    pub(crate) owners: Option<PathBuf>,
    /// Source files.
    #[command(flatten)]
    pub(crate) code: CodeArgs,
    /// Limits.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Profiles of a store.
#[derive(Clone, Debug, Args)]
pub(crate) struct StoreArgs {
    /// Length of a step of a profile store, as `1m` [default: a sixtieth of the time, at least 15s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Windows")]
    pub(crate) step: Option<Duration>,
    /// Load every profile of a store by itself instead of sums by steps, as for the last minutes before a crash
    #[arg(long, conflicts_with = "step", help_heading = "Windows")]
    pub(crate) single: bool,
    /// Most requests to a profile store [default: 400]
    #[arg(long, value_name = "N", default_value_t = MOST_REQUESTS, help_heading = "Services", hide_default_value = true)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) max_requests: usize,
}

/// Instances of the sources.
#[derive(Clone, Debug, Args)]
pub(crate) struct InstanceArgs {
    /// Take every source as an instance of its own: a file, a directory, an archive, a service
    #[arg(long, help_heading = "Windows")]
    pub(crate) each: bool,
    /// Look at one instance: the name of a pod, host or process, as `report summary` lists them
    #[arg(long, value_name = "NAME", help_heading = "Windows")]
    pub(crate) instance: Option<String>,
    /// Compare --instance with another one: its name, or `median` for the one at the median of the others' totals
    #[arg(long, value_name = "NAME", help_heading = "Windows", requires = "instance")]
    pub(crate) base_instance: Option<String>,
}

/// Matching of functions of two builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MatchArg {
    /// By their names as they are
    Raw,
    /// By their names in a normal form
    #[value(alias = "stable")]
    Names,
    /// By their names in a normal form, and by structure
    Moved,
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::WORDS.map(|(word, _)| word))
        .map(|word| Role::WORDS.iter().find(|(known, _)| *known == word).map_or(Role::Unknown, |(_, role)| *role))
}

/// Options of the presentation.
#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    /// Sample type: a name such as `alloc_space`, or in files its number from 0
    #[arg(long, value_name = "TYPE", help_heading = "View", value_hint = ValueHint::Other)]
    pub(crate) sample_type: Option<String>,
    /// Granularity of frames [default: functions; the explorer opens Python by function and file]
    #[arg(long, value_name = "WHAT", value_parser = granularities(), help_heading = "View")]
    pub(crate) granularity: Option<Granularity>,
    /// Hide inlined calls
    #[arg(long, help_heading = "View")]
    pub(crate) no_inlines: bool,
    /// Show frames that the profile itself asks to hide
    #[arg(long, help_heading = "View")]
    pub(crate) all_frames: bool,
    /// Merge a recursive call with the first call of the function on the path
    #[arg(long, help_heading = "View")]
    pub(crate) fold_recursion: bool,
    /// Filters.
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
}

/// Output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// Aligned text
    Text,
    /// One JSON object
    Json,
    /// Comma-separated values
    Csv,
    /// Markdown table
    Markdown,
}

/// Kinds of reports, from the table of reports.
fn kinds() -> PossibleValuesParser {
    let reports = REPORTS.iter().map(|report| PossibleValue::new(report.kind).help(report.about));
    let history = PossibleValue::new(HISTORY.0).help(HISTORY.1);
    reports.chain([history]).collect::<Vec<_>>().into()
}

/// Parser of the units of values, for formats that do not include the unit.
fn units() -> impl TypedValueParser<Value = ValueUnit> {
    const UNITS: [ValueUnit; 2] = [ValueUnit::Count, ValueUnit::Bytes];
    PossibleValuesParser::new(UNITS.map(ValueUnit::name))
        .map(|word| UNITS.into_iter().find(|unit| unit.name() == word).unwrap_or_default())
}

/// Text after the options: forms of sources, and examples.
fn more_help(examples: &str) -> String {
    let mut text = "Sources:\n".to_owned();
    for source in SOURCES.iter().rev() {
        let _ = writeln!(text, "  {:<25} {}", source.form, source.about);
    }
    text + "\n" + examples + "\n\n" + ENVIRONMENT
}

/// Output formats of `list`.
fn list_formats() -> impl TypedValueParser<Value = FormatArg> {
    PossibleValuesParser::new(["text", "json"])
        .map(|word| if word == "json" { FormatArg::Json } else { FormatArg::Text })
}

/// Output formats of `check`.
fn check_formats() -> impl TypedValueParser<Value = FormatArg> {
    PossibleValuesParser::new(["text", "json", "markdown"]).map(|word| match &*word {
        "json" => FormatArg::Json,
        "markdown" => FormatArg::Markdown,
        _ => FormatArg::Text,
    })
}

fn aggregates() -> impl TypedValueParser<Value = Aggregate> {
    PossibleValuesParser::new(Aggregate::WORDS.map(|(word, _)| word))
        .map(|word| Aggregate::WORDS.iter().find(|(known, _)| *known == word).map_or(Aggregate::Auto, |(_, way)| *way))
}

fn granularities() -> impl TypedValueParser<Value = Granularity> {
    PossibleValuesParser::new(Granularity::WORDS.map(|(word, _)| word)).map(|word| {
        let known = Granularity::WORDS.iter().find(|(known, _)| *known == word);
        known.map_or(Granularity::Functions, |(_, granularity)| *granularity)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_declaration_holds_together() {
        CommandLine::command().debug_assert();
    }
}
