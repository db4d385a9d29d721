//! What the command line means: which sources, which figures of them, and where they go.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap_complete::Shell;

use crate::analysis::filter::{Filter, FilterKind};
use crate::analysis::{Aggregate, Inlines, Matching, Normalize, Pruning, Recursion, Shares, Stacks, TreeShape};
use crate::app::Invocation;
use crate::app::mouse::Mouse;
use crate::base::limits::Limits;
use crate::format::{DamagePolicy, ReadOptions};
use crate::report::{Report, ReportFormat, ReportScope, ReportWriter};
use crate::source::Address;
use crate::source::source_files::SourceFinder;
use crate::view::span::Span;

use super::args::{
    CheckArgs, Command, CommandLine, FilterArgs, FormatArg, LoadArgs, MatchArg, OutputArgs, ReportArgs, ViewArgs,
};
use super::code;
use super::environment::variable;
use super::invocation::given;
use super::live;
use super::message::CliFailure;
use super::network;
use super::output::Output;
use super::preferences::SettingsLocation;
use super::record::RecordPlan;
use super::screen_args::ScreenArgs;

/// The names of the commands.
const NAMES: [&str; 6] = ["report", "check", "completions", "man", "config", "record"];

/// What to do.
pub(crate) enum Request {
    /// Give the terminal back.
    Reset,
    /// Open the explorer, or say in text what it would open on.
    Explore(LoadPlan),
    /// Write a report.
    Report(LoadPlan, ReportOutput),
    /// Hold limits against it.
    Check(LoadPlan, Box<CheckArgs>),
    /// Write completions.
    Completions(Shell),
    /// Print the settings, or where they are read from.
    Config(Option<SettingsLocation>),
    /// Write manual pages, into a directory if one is given.
    Man(Option<PathBuf>),
    /// Record snapshots.
    Record(RecordPlan),
}

/// What to load and how to look at it.
pub(crate) struct LoadPlan {
    /// What was given beside the question, in words.
    pub(crate) given: Invocation,
    /// What to load.
    pub(crate) addresses: Vec<Address>,
    /// What to compare it with.
    pub(crate) base: Vec<Address>,
    /// What to read beside it: logs of garbage collectors.
    pub(crate) gc_logs: Vec<Address>,
    /// What to take names of functions from.
    pub(crate) binaries: Vec<Address>,
    /// Which snapshots of it are looked at, and which are compared with.
    pub(crate) windows: [Option<Span>; 2],
    /// What several snapshots become.
    pub(crate) aggregate: Aggregate,
    /// Whether totals are made equal.
    pub(crate) normalize: Normalize,
    /// The part of the growth to explain, in percent.
    pub(crate) explain: u8,
    /// What the report is about; the explorer is about a window.
    pub(crate) wants: ReportScope,
    /// Which stacks the report speaks of; the explorer, which goes from one sample type to the other, of all.
    pub(crate) stacks: Stacks,
    /// Whether a report says what to try.
    pub(crate) advising: AdviceMode,
    /// The key of labels that a report is about.
    pub(crate) key: Option<String>,
    /// Whether two windows are compared from the beginning.
    pub(crate) comparing: ComparisonMode,
    /// What the inputs may ask of this machine.
    pub(crate) options: ReadOptions,
    /// The sample type as it was typed: only the loaded profile can tell what it means.
    pub(crate) sample_type: Option<String>,
    /// The sample type that is looked at if none was typed and there is such a one.
    pub(crate) wish: Option<SampleTypeWish>,
    /// What counts as a frame.
    pub(crate) shape: TreeShape,
    /// How often there may be something new; never where it is not said.
    pub(crate) every: Option<Duration>,
    /// Whether the mouse is heard.
    pub(crate) mouse: Mouse,
    /// What counts.
    pub(crate) filters: Vec<Filter>,
    /// What shares are of while there are filters.
    pub(crate) shares: Shares,
    /// Where source files are looked for.
    pub(crate) finder: SourceFinder,
    /// What the terminal can show.
    pub(crate) screen: ScreenArgs,
}

/// A sample type that a settings file asks for, whatever the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SampleTypeWish {
    /// The type, as the file has it.
    pub(crate) name: String,
    /// The file and the line.
    pub(crate) place: String,
}

/// Whether two windows are compared from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComparisonMode {
    /// They are not: a base that is there waits to be asked for.
    Later,
    /// They are, and it is a mistake if there is nothing to compare with.
    Now,
}

/// Whether a report says what to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdviceMode {
    /// It does not: figures alone.
    Unasked,
    /// It does.
    Asked,
}

/// What to write, how much of it, and where.
pub(crate) struct ReportOutput {
    pub(crate) writer: ReportWriter,
    pub(crate) limit: usize,
    pub(crate) output: Output,
}

impl Request {
    /// Understands the command line.
    ///
    /// # Errors
    /// [`CliFailure`] when there is nothing to load.
    pub(crate) fn new(line: CommandLine) -> Result<Self, CliFailure> {
        match line.command {
            None if line.reset => Ok(Self::Reset),
            None => {
                let mut ask = LoadPlan::new(&line.load, &line.view, line.screen, Matching::Stable)?;
                ask.every = line.every;
                ask.mouse = if line.mouse { Mouse::On } else { Mouse::Off };
                ask.given.explorer.extend(line.mouse.then(|| "--mouse".to_owned()));
                ask.given.explorer.extend(line.every.map(|every| format!("--every={}", network::brief(every))));
                live::check(&ask)?;
                Ok(Self::Explore(ask))
            }
            Some(Command::Record(args)) => Ok(Self::Record(RecordPlan::new(*args, &variable)?)),
            Some(Command::Report(args)) => {
                let paper = ReportOutput::new(&args)?;
                let mut ask = LoadPlan::new(&args.load, &args.view, args.screen, Matching::Raw)?;
                if let Some(report) = Report::find(&args.kind) {
                    (ask.wants, ask.stacks) = (report.wants, report.stacks);
                }
                ask.key.clone_from(&args.key);
                if args.advice {
                    check_advice(&args.kind)?;
                    ask.advising = AdviceMode::Asked;
                }
                if ask.wants == ReportScope::Base {
                    ask.comparing = ComparisonMode::Now;
                }
                Ok(Self::Report(ask, paper))
            }
            Some(Command::Check(args)) => {
                Ok(Self::Check(LoadPlan::new(&args.load, &args.view, args.screen.clone(), Matching::Raw)?, args))
            }
            Some(Command::Completions(args)) => Ok(Self::Completions(args.shell)),
            Some(Command::Man(args)) => Ok(Self::Man(args.dir)),
            Some(Command::Config(args)) => {
                Ok(Self::Config(args.path.then(|| SettingsLocation::find(line.config.as_deref(), &variable))))
            }
        }
    }
}

impl Request {
    /// Takes in which sample type a settings file asks for.
    pub(crate) fn wish(&mut self, wish: Option<SampleTypeWish>) {
        if let Self::Explore(ask) | Self::Report(ask, _) | Self::Check(ask, _) = self {
            ask.wish = wish;
        }
    }
}

impl LoadPlan {
    fn new(load: &LoadArgs, view: &ViewArgs, screen: ScreenArgs, usual: Matching) -> Result<Self, CliFailure> {
        let matching = match load.matching {
            None => usual,
            Some(MatchArg::Raw) => Matching::Raw,
            Some(MatchArg::Stable) => Matching::Stable,
        };
        if let Some(command) = load.sources.iter().find_map(misplaced) {
            let line = format!("`{command}` is a command, and options stand after it");
            return Err(CliFailure::input(
                line,
                Some(format!("`heapglass {command} …`; a file of that name is `./{command}`")),
            ));
        }
        let access = network::access(&load.net, &variable)?;
        let address = |text: &OsString| Address::parse(text).with_access(&access);
        let addresses: Vec<Address> =
            if load.demo { vec![Address::Demo] } else { load.sources.iter().map(address).collect() };
        if addresses.is_empty() {
            let hint = "give a profile, a directory, a URL, or `-` for standard input; `heapglass --demo` opens a built-in one";
            return Err(CliFailure::input("nothing to open", Some(hint.to_owned())));
        }
        // The demo's other window is loaded beside it: it is one key away.
        let mut base: Vec<Address> = load.base.iter().map(address).collect();
        let is_asked = !base.is_empty() || load.base_window.is_some();
        let comparing = if is_asked { ComparisonMode::Now } else { ComparisonMode::Later };
        if base.is_empty() && load.demo {
            base.push(Address::DemoBefore);
        }
        let damage = if load.salvage { DamagePolicy::Salvage } else { DamagePolicy::Refuse };
        let options = ReadOptions { limits: load.limits.over(Limits::default()), unit: load.unit, damage };
        Ok(Self {
            given: given(load, &addresses),
            addresses,
            base,
            gc_logs: load.gc_log.iter().map(Address::parse).collect(),
            binaries: load.binary.iter().map(|path| Address::File(path.clone())).collect(),
            windows: [load.window.clone(), load.base_window.clone()],
            aggregate: load.aggregate,
            normalize: if load.normalize { Normalize::On } else { Normalize::Off },
            comparing,
            explain: load.explain,
            wants: ReportScope::Window,
            stacks: Stacks::All,
            advising: AdviceMode::Unasked,
            key: None,
            options,
            sample_type: view.sample_type.clone(),
            wish: None,
            shape: shape(view, matching),
            every: None,
            mouse: Mouse::Off,
            filters: filters(&view.filters),
            shares: if view.filters.relative { Shares::Filtered } else { Shares::Unfiltered },
            finder: code::finder(&load.code, &variable)?,
            screen,
        })
    }
}

/// The shape of the call tree that the options ask for.
fn shape(view: &ViewArgs, matching: Matching) -> TreeShape {
    TreeShape {
        granularity: view.granularity,
        inlines: if view.no_inlines { Inlines::Hidden } else { Inlines::Shown },
        pruning: if view.all_frames { Pruning::AllFrames } else { Pruning::FileRules },
        matching,
        recursion: if view.fold_recursion { Recursion::Folded } else { Recursion::Shown },
    }
}

/// The name of a command that was taken for a source because something stands before it.
fn misplaced(source: &OsString) -> Option<&'static str> {
    let name = NAMES.into_iter().find(|name| source == name)?;
    let address = Address::parse(source);
    (matches!(address, Address::File(_)) && address.size().is_none()).then_some(name)
}

impl ReportOutput {
    fn new(args: &ReportArgs) -> Result<Self, CliFailure> {
        let report = Report::find(&args.kind);
        let format = args.format.map_or_else(|| report.map_or(ReportFormat::Text, Report::usual), written);
        // The parser admits only kinds of the table; a report may still lack a format.
        let writer = report.and_then(|report| report.writer(format)).ok_or_else(|| {
            let formats = report.map_or(&[][..], |report| report.formats);
            let known: Vec<&str> = formats.iter().map(|(format, _)| format.name()).collect();
            let line = format!("`report {}` cannot be written as {}", args.kind, format.name());
            CliFailure::input(line, Some(format!("it can be written as {}", known.join(", "))))
        })?;
        let output = output(&args.output);
        if format.is_binary() && output.is_terminal() {
            let hint = "`-o FILE` writes it to a file; a pipe takes it too";
            return Err(CliFailure::input("a compressed profile is nothing for a terminal", Some(hint.to_owned())));
        }
        Ok(Self { writer, limit: args.limit.unwrap_or(format.usual_limit()), output })
    }
}

/// Whether a report has advice.
fn check_advice(kind: &str) -> Result<(), CliFailure> {
    if kind == "top" {
        return Ok(());
    }
    let hint = "`report top --advice` says what to try".to_owned();
    Err(CliFailure::input(format!("`report {kind}` has no advice"), Some(hint)))
}

/// Where a result is to go.
pub(crate) fn output(args: &OutputArgs) -> Output {
    match (args.output.clone(), args.force) {
        (None, _) => Output::Stdout,
        (Some(path), false) => Output::New(path),
        (Some(path), true) => Output::Any(path),
    }
}

/// The format that an option names.
pub(crate) fn written(asked: FormatArg) -> ReportFormat {
    match asked {
        FormatArg::Text => ReportFormat::Text,
        FormatArg::Json => ReportFormat::Json,
        FormatArg::Csv => ReportFormat::Csv,
        FormatArg::Markdown => ReportFormat::Markdown,
    }
}

/// The filters, in the order in which pprof takes them.
fn filters(args: &FilterArgs) -> Vec<Filter> {
    let given = [
        (FilterKind::TagRoot, &args.tagroot),
        (FilterKind::Focus, &args.focus),
        (FilterKind::Ignore, &args.ignore),
        (FilterKind::Hide, &args.hide),
        (FilterKind::Show, &args.show),
        (FilterKind::ShowFrom, &args.show_from),
        (FilterKind::TagFocus, &args.tag_focus),
        (FilterKind::TagIgnore, &args.tag_ignore),
        (FilterKind::PruneFrom, &args.prune_from),
    ];
    let filters =
        given.into_iter().flat_map(|(kind, patterns)| patterns.iter().map(move |pattern| Filter::new(kind, pattern)));
    // As in pprof, an empty pattern asks for nothing.
    filters.filter(|filter| !filter.is_empty()).collect()
}
