//! What was typed: the command line, declared. What it means is for [`request`](super::request) to find out.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::analysis::query::EXPLAINED;
use crate::analysis::{Aggregate, Granularity};
use crate::format::ValueUnit;
use crate::report::REPORTS;
use crate::source::SOURCES;
use crate::view::span::Span;

use super::code::CodeArgs;
use super::limit_args::LimitArgs;
use super::network::{NetArgs, time};
use super::record::RecordArgs;
use super::screen_args::ScreenArgs;

const EXAMPLES: &str = "\
Examples:
  heapglass --demo                          look around in a built-in profile
  heapglass heap.pb.gz                      explore a profile
  heapglass http://host:6060                the heap of a live service
  heapglass http://host:6060 --every 10s    the same, with a new snapshot every 10 seconds
  curl -s host:6060/debug/pprof/heap | heapglass -
  heapglass --sample-type alloc_space heap.pb.gz
                                            begin with what was allocated
  heapglass --base before.pb.gz after.pb.gz what changed between two profiles
  heapglass --base-window 1..3 --window -30m snapshots/
                                            what changed between two windows of a series
  heapglass --gc-log gc.log snapshots/      collections and pauses under the timeline
  heapglass heap.pb.gz | less               a summary and the largest functions
  heapglass report tree heap.pb.gz          reports without the screen";

const REPORT_EXAMPLES: &str = "\
Examples:
  heapglass report top heap.pb.gz           the 40 functions with the largest self
  heapglass report top --sample-type alloc_objects --limit 10 heap.pb.gz
  heapglass report diff --base before.pb.gz after.pb.gz
  heapglass report tree --limit 100 -o tree.txt heap.pb.gz
  heapglass report summary --format json snapshots/
  heapglass report svg --base before.pb.gz after.pb.gz -o change.svg
  heapglass report pprof --window -30m snapshots/ -o last.pb.gz
  curl -s host:6060/debug/pprof/heap | heapglass report top -";

const CHECK_EXAMPLES: &str = "\
Examples:
  heapglass check --max-total 512MiB heap.pb.gz
  heapglass check --max-growth 5% --max-new 1MiB --sigma 3 --base before.pb.gz after.pb.gz
  heapglass check --sample-type alloc_space --max-function 'json\\.Unmarshal=10%' --base before.pb.gz after.pb.gz
  heapglass check --baseline heap.json --update-baseline heap.pb.gz
                                            keep the figures of a good state
  heapglass check --baseline heap.json --max-growth 64MiB --format markdown heap.pb.gz

It ends with 0 when all limits hold, 1 when one does not, 2 when something is wrong with the command
line or an input, and 3 when a limit of this machine was reached. A limit that is reached exactly holds.";

/// Explore heap profiles in the terminal: where the memory is, what makes the garbage.
#[derive(Debug, Parser)]
#[command(name = "heapglass", version, after_help = more_help(EXAMPLES), max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct CommandLine {
    /// A command other than exploring.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// What to load.
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// How to look at it.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// What the terminal can show.
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
    /// Keep looking: add what a service or a directory has so often, as `10s`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) every: Option<Duration>,
    /// Let clicks select and the wheel scroll; Shift-drag then selects text
    #[arg(long, help_heading = "Screen")]
    pub(crate) mouse: bool,
    /// Read the settings from this file [default: heapglass/config.toml under ~/.config]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Give the terminal back after a program was killed in it
    #[arg(long, exclusive = true)]
    pub(crate) reset: bool,
}

/// What can be done besides exploring.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write figures as text or JSON, a flame graph or a profile, without the screen
    Report(Box<ReportArgs>),
    /// Hold limits against a profile, and end with 1 when one is passed
    Check(Box<CheckArgs>),
    /// Write what a shell needs to complete the command line
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
    /// Print all settings and keys as a settings file, or say where it is read from
    Config(ConfigArgs),
    /// Take snapshots of a live service, one after the other, into a directory
    Record(Box<RecordArgs>),
}

/// `heapglass report`.
#[derive(Debug, Args)]
#[command(after_help = more_help(REPORT_EXAMPLES))]
pub(crate) struct ReportArgs {
    /// What to report
    #[arg(value_name = "KIND", value_parser = kinds())]
    pub(crate) kind: String,
    /// What to load.
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// How to look at it.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// What the terminal can show.
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
    /// The label that `labels` is about [default: the one that holds most]
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Say under `top` what to try where a function holds much memory or makes much garbage
    #[arg(long)]
    pub(crate) advice: bool,
    /// Write at most N rows, 0 for all [default: 40 for text, all for JSON]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// How to write it [default: text; folded, svg and pprof have one form each]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<FormatArg>,
    /// Where it goes.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// `heapglass check`.
#[derive(Debug, Args)]
#[command(after_help = more_help(CHECK_EXAMPLES))]
pub(crate) struct CheckArgs {
    /// What to load.
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// How to look at it.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// What the terminal can show.
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
    /// The most that there may be in all
    #[arg(long, value_name = "SIZE", help_heading = "Limits that must hold")]
    pub(crate) max_total: Vec<String>,
    /// The most that the total may have grown, as a size or a part of the base
    #[arg(long, value_name = "SIZE|PERCENT", help_heading = "Limits that must hold")]
    pub(crate) max_growth: Vec<String>,
    /// The most self of each function that matches, or the most that it may have grown by
    #[arg(long, value_name = "REGEX=SIZE|PERCENT", help_heading = "Limits that must hold")]
    pub(crate) max_function: Vec<String>,
    /// The most self of all functions together that the base lacks
    #[arg(long, value_name = "SIZE", help_heading = "Limits that must hold")]
    pub(crate) max_new: Vec<String>,
    /// Let only growth count that is beyond N standard deviations of sampling
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = sigma, hide_default_value = true)]
    #[arg(help_heading = "Limits that must hold")]
    pub(crate) sigma: f64,
    /// Compare with figures that were kept in this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "base_window"], help_heading = "Windows")]
    pub(crate) baseline: Option<PathBuf>,
    /// Keep the figures in the baseline, once every limit holds
    #[arg(long, requires = "baseline", help_heading = "Windows")]
    pub(crate) update_baseline: bool,
    /// How to write it [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<FormatArg>,
    /// Where it goes.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// `heapglass completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// `heapglass man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write a page for each command into this directory, instead of the first one to standard output
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// `heapglass config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Say where the settings are read from instead
    #[arg(long)]
    pub(crate) path: bool,
}

/// Where a result goes.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Write to a new file instead of standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Let --output overwrite a file
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

/// Sources, and what they may ask of this machine.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// What to load, see below; several are the snapshots of one window
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<OsString>,
    /// Load the built-in demo: a real service after a deploy
    #[arg(long, conflicts_with = "sources")]
    pub(crate) demo: bool,
    /// What to compare with; may be given several times
    #[arg(long, value_name = "SOURCE", help_heading = "Windows")]
    pub(crate) base: Vec<OsString>,
    /// Snapshots to look at: numbers `3..7`, times `14:00..14:30`, or `-30m`
    #[arg(long, value_name = "A..B", value_parser = Span::parse, help_heading = "Windows", allow_hyphen_values = true)]
    pub(crate) window: Option<Span>,
    /// Snapshots to compare with, of --base or of the same sources
    #[arg(long, value_name = "A..B", value_parser = Span::parse, help_heading = "Windows", allow_hyphen_values = true)]
    pub(crate) base_window: Option<Span>,
    /// What several snapshots become [auto: in-use by its mean, allocated by its growth]
    #[arg(long, value_name = "HOW", default_value = "auto", value_parser = aggregates(), help_heading = "Windows")]
    pub(crate) aggregate: Aggregate,
    /// Make both totals equal before they are compared
    #[arg(long, help_heading = "Windows")]
    pub(crate) normalize: bool,
    /// The part of the growth that the fewest call sites are to explain, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = EXPLAINED, value_parser = clap::value_parser!(u8).range(1..=100))]
    #[arg(help_heading = "Windows")]
    pub(crate) explain: u8,
    /// When names are the same: `stable` also without the hash of Rust names [default: stable to explore, raw to report]
    #[arg(
        long = "match",
        id = "match",
        value_enum,
        value_name = "HOW",
        help_heading = "Windows",
        hide_possible_values = true
    )]
    pub(crate) matching: Option<MatchArg>,
    /// How services are asked.
    #[command(flatten)]
    pub(crate) net: NetArgs,
    /// A log of the garbage collector beside the profiles; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) gc_log: Vec<OsString>,
    /// What the values of folded stacks count
    #[arg(long, value_name = "UNIT", value_parser = units(), default_value = "count")]
    pub(crate) unit: ValueUnit,
    /// Keep what is whole of a damaged pprof profile
    #[arg(long)]
    pub(crate) salvage: bool,
    /// Program or library to take names of functions from; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) binary: Vec<PathBuf>,
    /// Where source files are looked for.
    #[command(flatten)]
    pub(crate) code: CodeArgs,
    /// What the inputs may ask of this machine.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// When two names are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MatchArg {
    /// When they are spelled the same
    Raw,
    /// Also when only the hash of a Rust name differs
    Stable,
}

/// How a profile is looked at.
#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    /// Value to look at: a name such as `alloc_space`, or its number from 0
    #[arg(long, value_name = "TYPE", help_heading = "View")]
    pub(crate) sample_type: Option<String>,
    /// What counts as one frame
    #[arg(long, value_name = "WHAT", default_value = "functions", value_parser = granularities(), help_heading = "View")]
    pub(crate) granularity: Granularity,
    /// Leave inlined calls out
    #[arg(long, help_heading = "View")]
    pub(crate) no_inlines: bool,
    /// Show frames that the profile itself asks to leave out
    #[arg(long, help_heading = "View")]
    pub(crate) all_frames: bool,
    /// Let a call of a function that is on the path already go back to it
    #[arg(long, help_heading = "View")]
    pub(crate) fold_recursion: bool,
    /// What counts.
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
}

/// Filters, in pprof's words and with its meaning. Each may be given several times.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Keep stacks with a frame whose function, file or mapping matches; `fn:`, `file:` or `map:` looks there alone
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) focus: Vec<String>,
    /// Drop stacks with a matching frame
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) ignore: Vec<String>,
    /// Take matching frames out; what they held is their callers'
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) hide: Vec<String>,
    /// Take all other frames out
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) show: Vec<String>,
    /// Begin stacks at their outermost match, and drop those without one
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) show_from: Vec<String>,
    /// End stacks at their innermost match
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) prune_from: Vec<String>,
    /// Keep samples by label: `key=regex`, or a range such as `bytes=4kb:1mb`
    #[arg(long, value_name = "TAG", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) tag_focus: Vec<String>,
    /// Drop samples by label
    #[arg(long, value_name = "TAG", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) tag_ignore: Vec<String>,
    /// Put the values of a label above all stacks
    #[arg(long, value_name = "KEY", help_heading = "Filters")]
    pub(crate) tagroot: Vec<String>,
    /// Let shares be of what the filters leave, not of all
    #[arg(long, help_heading = "Filters")]
    pub(crate) relative: bool,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// Aligned lines for people
    Text,
    /// One object for machines
    Json,
    /// Comma-separated values for spreadsheets
    Csv,
    /// A table for a pull request
    Markdown,
}

/// The reports that there are, from their table.
fn kinds() -> PossibleValuesParser {
    REPORTS.iter().map(|report| PossibleValue::new(report.kind).help(report.about)).collect::<Vec<_>>().into()
}

/// Units of heap profiles. A format that has the unit in it needs none of them.
fn units() -> impl TypedValueParser<Value = ValueUnit> {
    const UNITS: [ValueUnit; 2] = [ValueUnit::Count, ValueUnit::Bytes];
    PossibleValuesParser::new(UNITS.map(ValueUnit::name))
        .map(|word| UNITS.into_iter().find(|unit| unit.name() == word).unwrap_or_default())
}

impl CommandLine {
    /// Whether settings count for what is to be done.
    pub(crate) fn has_preferences(&self) -> bool {
        let is_other = matches!(self.command, Some(Command::Completions(_) | Command::Man(_) | Command::Config(_)));
        !is_other && !self.reset
    }

    /// The theme that was asked for.
    pub(crate) fn theme(&self) -> Option<&str> {
        let screen = match &self.command {
            None => &self.screen,
            Some(Command::Report(args)) => &args.screen,
            Some(Command::Check(args)) => &args.screen,
            Some(_) => return None,
        };
        screen.theme.as_deref()
    }
}

/// What stands below the options: how sources are written, and examples.
fn more_help(examples: &str) -> String {
    let mut text = "Sources:\n".to_owned();
    for source in SOURCES.iter().rev() {
        let _ = writeln!(text, "  {:<25} {}", source.form, source.about);
    }
    text + "\n" + examples
}

fn sigma(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=1000.0).contains(number));
    number.ok_or_else(|| "write a number such as 3".to_owned())
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
