//! Request: the sources, query and output of a command line.

use crate::analysis::{Granularity, Matching, Query, StackOrder, Stacks, WhatIfRequest};
use crate::cli::preferences::PreferredSampleType;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::analysis::node_id::PathId;
use crate::app::Invocation;
use crate::base::limits::Limits;
use crate::config::settings::Toggle;
use crate::format::{DamagePolicy, ReadOptions, SampleScope};
use crate::load::{LogPlan, SourceGrouping, StoreDivision, StorePlan, StoreTypes};
use crate::profile::MemoryKind;
use crate::report::{
    DEFAULT_BUDGET, HISTORY, HISTORY_FORMATS, InstanceOrder, Report, ReportFormat, ReportScope, ReportWriter, RowOrder,
    TreeOptions,
};
use crate::source::http::Access;
use crate::source::source_files::SourceFinder;
use crate::source::{Address, Store};
use crate::view::span::Span;

use super::args::{CheckArgs, Command, CommandLine, FormatArg, LoadArgs, McpArgs, ReportArgs, ShellArg, ViewArgs};
use super::code;
use super::environment::variable;
use super::flags::query_of;
use super::function_selector::FunctionSelector;
use super::history::HistoryPlan;
use super::invocation::given;
use super::list::ListPlan;
use super::logs::log_plan;
use super::message::CliFailure;
use super::network;
use super::output::Output;
use super::preferences::SettingsLocation;
use super::record::RecordPlan;
use super::screen_args::ScreenArgs;
use super::store_plan::{self, store_plan};

/// Reports over the snapshots of a series, which need a store's steps.
const NEEDS_STEPS: [&str; 3] = ["leaks", "summary", "instances"];

/// Names of the commands.
const NAMES: [&str; 8] = ["report", "check", "completions", "man", "config", "record", "list", "mcp"];

/// Request.
pub(crate) enum Request {
    /// Reset the terminal.
    Reset,
    /// Run the explorer, or print its first figures if there is no terminal.
    Explore(LoadPlan),
    /// Print a report.
    Report(LoadPlan, ReportOutput),
    /// Print the builds of a ledger.
    History(HistoryPlan),
    /// Check limits.
    Check(LoadPlan, Box<CheckArgs>),
    /// Print completions.
    Completions(ShellArg),
    /// Print a text about the settings.
    Config(ConfigText),
    /// Print or write manual pages.
    Man(Option<PathBuf>),
    /// Record snapshots.
    Record(RecordPlan),
    /// List the services of a store.
    List(ListPlan),
    /// Serve reports to agents.
    Mcp(Box<McpArgs>),
}

/// Text of `heapglass config`.
pub(crate) enum ConfigText {
    /// All settings with their defaults.
    Settings,
    /// Path of the settings file.
    Path(SettingsLocation),
    /// JSON schema of the settings file.
    Schema,
}

/// Sources and query of a command line, with everything needed to load and answer them.
#[derive(Clone)]
pub(crate) struct LoadPlan {
    /// Options that are not part of the query.
    pub(crate) given: Invocation,
    /// Sources.
    pub(crate) addresses: Vec<Address>,
    /// Base sources.
    pub(crate) base: Vec<Address>,
    /// Garbage collector logs and counters.
    pub(crate) logs: LogPlan,
    /// Files of memory figures of the process.
    pub(crate) memory: Vec<Address>,
    /// Programs and libraries that provide symbols.
    pub(crate) binaries: Vec<Address>,
    /// File with the owners of source files.
    pub(crate) owners: Option<PathBuf>,
    /// Windows of the current and the base side.
    pub(crate) windows: [Option<Span>; 2],
    /// Grouping of the sources into instances.
    pub(crate) grouping: SourceGrouping,
    /// Name of the only instance to show; `None` for all.
    pub(crate) instance: Option<String>,
    /// Name of the instance to compare with; `None` for no comparison of instances.
    pub(crate) base_instance: Option<String>,
    /// Treatment of warnings about inputs.
    pub(crate) input_policy: InputPolicy,
    /// Scope of the report; [`ReportScope::Window`] for the explorer.
    pub(crate) scope: ReportScope,
    /// Stacks of the report; all for the explorer, which switches between sample types.
    pub(crate) stacks: Stacks,
    /// Advice in the report.
    pub(crate) advising: AdviceMode,
    /// Settings of the collector to try in the report.
    pub(crate) what_if: Option<WhatIfRequest>,
    /// Source lines in the report.
    pub(crate) source_lines: SourceLinesMode,
    /// Label key of the report; `None` for the default.
    pub(crate) key: Option<String>,
    /// Functions of the report.
    pub(crate) function: Option<FunctionSelector>,
    /// Order of rows; `None` for the default.
    pub(crate) sort: Option<RowOrder>,
    /// Id of the first node of the tree.
    pub(crate) node: Option<PathId>,
    /// Initial state of the comparison.
    pub(crate) comparing: ComparisonMode,
    /// Read options with limits.
    pub(crate) options: ReadOptions,
    /// Sample type as typed, resolved after loading; `None` for the default.
    pub(crate) sample_type: Option<String>,
    /// Sample type of the settings file, used if the profile has it.
    pub(crate) preferred_sample_type: Option<PreferredSampleType>,
    /// Parts of the query that do not depend on the profile.
    pub(crate) query: Query,
    /// Period of polling, or of a repeated check; `None` without either.
    pub(crate) every: Option<Duration>,
    /// State of mouse reporting.
    pub(crate) mouse: Toggle,
    /// Finder of source files.
    pub(crate) finder: SourceFinder,
    /// True if the granularity is given by an option or a setting.
    pub(crate) is_granularity_given: bool,
    /// Options of the terminal.
    pub(crate) screen: ScreenArgs,
    /// Settings for requests to services.
    pub(crate) access: Arc<Access>,
    /// Sample types, steps and windows to load from stores.
    pub(crate) stores: StorePlan,
}

/// Treatment of inputs that cannot be read or may be incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputPolicy {
    /// Prints a warning and leaves the input out.
    Warn,
    /// Ends the program with code 2 on any warning about an input.
    Strict,
    /// Same as `Strict`, but files of another kind in a directory are left out and counted.
    Gate,
}

/// Initial state of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComparisonMode {
    /// Off; a base is compared on a key press.
    Later,
    /// On; a missing base is an error.
    Now,
}

/// Advice in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdviceMode {
    /// Figures only.
    Unasked,
    /// Figures and advice.
    Asked,
}

/// Source lines in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceLinesMode {
    /// Lines of the functions that the report covers.
    Usual,
    /// Lines of the functions with the largest self values.
    Largest,
}

/// Kind, format, length and destination of a report.
pub(crate) struct ReportOutput {
    pub(crate) writer: ReportWriter,
    pub(crate) format: ReportFormat,
    pub(crate) limit: usize,
    pub(crate) instance_order: InstanceOrder,
    pub(crate) tree: TreeOptions,
    pub(crate) budget: usize,
    pub(crate) output: Output,
}

/// Option that restores a state other than the default; `None` for the default.
fn mouse_option(mouse: Toggle) -> Option<String> {
    match mouse {
        Toggle::Auto => None,
        Toggle::On => Some("--mouse=on".to_owned()),
        Toggle::Off => Some("--mouse=off".to_owned()),
    }
}

impl Request {
    /// Interprets the command line.
    ///
    /// # Errors
    /// [`CliFailure`] if there is nothing to load.
    pub(crate) fn new(line: CommandLine) -> Result<Self, CliFailure> {
        match line.command {
            None if line.reset => Ok(Self::Reset),
            None => {
                let mut ask = LoadPlan::new(&line.load, &line.view, line.screen, Matching::Moved)?;
                ask.every = line.every;
                ask.stores.types = StoreTypes::All;
                ask.mouse = line.mouse;
                ask.given.explorer.extend(mouse_option(line.mouse));
                ask.given.explorer.extend(line.every.map(|every| format!("--every={}", network::brief(every))));
                check_live(&ask)?;
                Ok(Self::Explore(ask))
            }
            Some(Command::List(args)) => Ok(Self::List(ListPlan::new(&args, &variable)?)),
            Some(Command::Record(args)) => Ok(Self::Record(RecordPlan::new(*args, &variable)?)),
            Some(Command::Report(args)) if args.kind == HISTORY.0 => Ok(Self::History(history(&args)?)),
            Some(Command::Report(args)) => {
                let (ask, paper) = report(*args)?;
                Ok(Self::Report(ask, paper))
            }
            Some(Command::Check(args)) => {
                let mut plan = LoadPlan::new(&args.load, &args.view, args.screen.clone(), Matching::Moved)?;
                plan.load_windows(args.load.store.step);
                let baseline = args.baseline.as_ref().map(|path| Address::parse(path.as_os_str()));
                check_stdin_once(plan.addresses.iter().chain(&plan.base).chain(&baseline))?;
                if !args.rules.max_alloc_rate.is_empty() {
                    // A rate is that of what is allocated, also where another sample type is judged.
                    plan.stores.types = StoreTypes::All;
                }
                Ok(Self::Check(LoadPlan { input_policy: InputPolicy::Gate, every: args.alert.every, ..plan }, args))
            }
            Some(Command::Mcp(args)) => Ok(Self::Mcp(args)),
            Some(Command::Completions(args)) => Ok(Self::Completions(args.shell)),
            Some(Command::Man(args)) => Ok(Self::Man(args.dir)),
            Some(Command::Config(args)) => {
                let path = || SettingsLocation::find(line.config.as_deref(), &variable);
                Ok(Self::Config(match (args.path, args.schema) {
                    (true, _) => ConfigText::Path(path()),
                    (false, true) => ConfigText::Schema,
                    (false, false) => ConfigText::Settings,
                }))
            }
        }
    }
}

/// Creates plan and output of a report.
///
/// # Errors
/// [`CliFailure`] if the kind does not have the format or option, or if there is nothing to load.
pub(crate) fn report(mut args: ReportArgs) -> Result<(LoadPlan, ReportOutput), CliFailure> {
    let paper = ReportOutput::new(&args)?;
    args.kind_options.check(&args.kind)?;
    let found = Report::find(&args.kind);
    let (scope, stacks) = found.map_or((ReportScope::Window, Stacks::All), |report| (report.scope, report.stacks));
    let function =
        if scope == ReportScope::Functions { Some(FunctionSelector::take(&args.kind, &mut args.load)?) } else { None };
    let mut ask = LoadPlan::of_report(&args)?;
    (ask.scope, ask.stacks, ask.function) = (scope, stacks, function);
    if args.kind_options.bottom_up {
        ask.query.order = StackOrder::BottomUp;
    }
    if args.kind_options.with_source {
        ask.source_lines = SourceLinesMode::Largest;
    }
    (ask.sort, ask.node) = (args.kind_options.row_order(&args.kind)?, args.kind_options.node);
    ask.key.clone_from(&args.key);
    if args.strict {
        ask.input_policy = InputPolicy::Strict;
    }
    if args.advice {
        check_advice(&args.kind)?;
    }
    if args.advice || scope == ReportScope::Digest {
        ask.advising = AdviceMode::Asked;
    }
    ask.what_if = args.what_if.request();
    check_what_if(&args.kind, &ask)?;
    if ask.scope == ReportScope::Base {
        ask.comparing = ComparisonMode::Now;
    }
    let has_base = !ask.base.is_empty() || ask.windows[1].is_some() || ask.base_instance.is_some();
    let is_of_windows = scope != ReportScope::Series && (scope != ReportScope::Base || has_base);
    if is_of_windows && !NEEDS_STEPS.contains(&&*args.kind) {
        ask.load_windows(args.load.store.step);
    }
    if ask.advising == AdviceMode::Asked {
        ask.stores.types = StoreTypes::All;
    }
    Ok((ask, paper))
}

impl Request {
    /// Sets the sample type of the settings file, for the explorer and reports.
    pub(crate) fn set_preferred_sample_type(&mut self, preferred: Option<PreferredSampleType>) {
        // A settings file does not affect `check`.
        if let Self::Explore(ask) | Self::Report(ask, _) = self {
            ask.preferred_sample_type = preferred;
        }
    }
}

/// Sources that a command requires.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SourceNeed {
    /// Profiles.
    Profiles,
    /// Profiles, or files of memory figures.
    MemoryFigures,
}

impl LoadPlan {
    fn new(load: &LoadArgs, view: &ViewArgs, screen: ScreenArgs, usual: Matching) -> Result<Self, CliFailure> {
        Self::with_need(load, view, screen, usual, SourceNeed::Profiles)
    }

    /// Creates the plan of a report. A memory account needs no profile.
    fn of_report(args: &ReportArgs) -> Result<Self, CliFailure> {
        let is_account = Report::find(&args.kind).is_some_and(|report| report.scope == ReportScope::Memory);
        let has_figures = is_account && !args.load.memory.is_empty();
        let need = if has_figures { SourceNeed::MemoryFigures } else { SourceNeed::Profiles };
        Self::with_need(&args.load, &args.view, args.screen.clone(), report_matching(&args.kind), need)
    }

    fn with_need(
        load: &LoadArgs,
        view: &ViewArgs,
        screen: ScreenArgs,
        usual: Matching,
        need: SourceNeed,
    ) -> Result<Self, CliFailure> {
        if let Some(command) = load.sources.iter().find_map(misplaced) {
            let line = format!("`{command}` is a command, and options come after it");
            return Err(CliFailure::input(
                line,
                Some(format!("`heapglass {command} …`; a file of that name is `./{command}`")),
            ));
        }
        if load.demo && !load.sources.is_empty() {
            let hint = "`--demo` opens the built-in profiles alone".to_owned();
            return Err(CliFailure::input("`--demo` cannot be used with a source", Some(hint)));
        }
        let access = network::access(&load.net, &variable)?;
        let address = |text: &OsString| Address::parse(text).with_access(&access);
        let addresses: Vec<Address> =
            if load.demo { vec![Address::Demo] } else { load.sources.iter().map(address).collect() };
        if addresses.is_empty() && need == SourceNeed::Profiles {
            let hint = "give a profile, a directory, a URL, or `-` for standard input; `heapglass --demo` opens a built-in one";
            return Err(CliFailure::input("nothing to open", Some(hint.to_owned())));
        }
        let mut base: Vec<Address> = load.base.iter().map(address).collect();
        store_plan::check(load, addresses.iter().chain(&base))?;
        if view.granularity == Some(Granularity::Owners) && load.owners.is_none() {
            let hint = "`--owners CODEOWNERS` names the file with their rules";
            return Err(CliFailure::input("the granularity of owners needs their rules", Some(hint.to_owned())));
        }
        // The base of the demo is loaded too, since a comparison is one key press away.
        let is_asked = !base.is_empty()
            || load.base_window.is_some()
            || load.instances.base_instance.is_some()
            || view.filters.has_base_filters();
        let comparing = if is_asked { ComparisonMode::Now } else { ComparisonMode::Later };
        if base.is_empty() && load.demo {
            base.push(Address::DemoBefore);
        }
        let logs: Vec<Address> = load.gc_log.iter().map(address).collect();
        let memory: Vec<Address> = load.memory.iter().map(address).collect();
        check_stdin_once(addresses.iter().chain(&base).chain(&logs).chain(&memory))?;
        let damage = if load.salvage { DamagePolicy::Salvage } else { DamagePolicy::Refuse };
        let options = ReadOptions { unit: load.unit, damage, ..load.limits.over(Limits::default()).into() };
        Ok(Self {
            given: given(load, &addresses),
            addresses,
            base,
            logs: log_plan(load, logs),
            memory,
            access: Arc::clone(&access),
            binaries: load.binary.iter().map(|path| Address::File(path.clone())).collect(),
            owners: load.owners.clone(),
            windows: [load.window.clone(), load.base_window.clone()],
            grouping: if load.instances.each { SourceGrouping::BySource } else { SourceGrouping::BySnapshot },
            instance: load.instances.instance.clone(),
            base_instance: load.instances.base_instance.clone(),
            input_policy: InputPolicy::Warn,
            comparing,
            scope: ReportScope::Window,
            stacks: Stacks::All,
            advising: AdviceMode::Unasked,
            source_lines: SourceLinesMode::Usual,
            key: None,
            what_if: None,
            function: None,
            sort: None,
            node: None,
            options,
            sample_type: view.sample_type.clone(),
            preferred_sample_type: None,
            is_granularity_given: view.granularity.is_some(),
            query: query_of(load, view, usual),
            every: None,
            mouse: Toggle::Off,
            finder: code::finder(&load.code, &variable)?,
            screen,
            stores: store_plan(load, view),
        })
    }

    /// Returns true for a check that is repeated periodically.
    pub(crate) fn is_repeated_check(&self) -> bool {
        self.input_policy == InputPolicy::Gate && self.every.is_some()
    }

    /// Samples that the first answer about a file is likely to need; all samples for sources that cannot be read twice.
    /// If the guess is wrong, all samples are read again, which takes time.
    pub(crate) fn first_samples(&self) -> SampleScope {
        let [source @ (Address::File(_) | Address::Stdin)] = self.addresses.as_slice() else { return SampleScope::All };
        if self.every.is_some() || !self.base.is_empty() || source.size().is_none() {
            return SampleScope::All;
        }
        match self.sample_type.as_deref().or(self.preferred_sample_type.as_ref().map(|one| one.name.as_str())) {
            Some("inuse_space" | "inuse_objects") => SampleScope::Kind(MemoryKind::InUse),
            Some("alloc_space" | "alloc_objects") => SampleScope::Kind(MemoryKind::Allocated),
            Some(_) => SampleScope::All,
            None => SampleScope::DefaultKind,
        }
    }

    /// Copy of the plan with `address` as the only source.
    pub(crate) fn with_source(&self, address: Address) -> Self {
        let given = Invocation { sources: vec![address.name()], ..self.given.clone() };
        Self { given, addresses: vec![address], ..self.clone() }
    }

    /// Loads each window of a store as one snapshot, unless steps are requested.
    pub(crate) fn load_windows(&mut self, step: Option<Duration>) {
        let has_step = |address: &Address| address.store().is_some_and(|store| store.step_millis().is_some());
        // Cloud Profiler does not add profiles up.
        let has_sums = |address: &Address| address.store().is_none_or(Store::has_sums);
        let is_by_step =
            self.stores.division == StoreDivision::Steps && self.addresses.iter().chain(&self.base).all(has_sums);
        if is_by_step && step.is_none() && !self.addresses.iter().any(has_step) {
            self.stores.division = StoreDivision::Windows;
        }
    }

    /// Plan of a first screen that loads only the sums of a store's windows; `None` if this would save nothing.
    pub(crate) fn first_screen(&self) -> Option<Self> {
        let sources = || self.addresses.iter().chain(&self.base);
        if self.stores.division != StoreDivision::Steps
            || sources().any(|source| !source.store().is_some_and(Store::has_sums))
        {
            return None;
        }
        let stores =
            StorePlan { division: StoreDivision::StepSums, types: StoreTypes::BytesAndObjects, ..self.stores.clone() };
        Some(Self { stores, ..self.clone() })
    }
}

/// Refuses standard input that is given as several inputs, since it can be read only once.
///
/// # Errors
/// [`CliFailure`] with the reason.
fn check_stdin_once<'a>(inputs: impl Iterator<Item = &'a Address>) -> Result<(), CliFailure> {
    if inputs.filter(|input| **input == Address::Stdin).count() < 2 {
        return Ok(());
    }
    let hint = "write it to a file, and give its name";
    Err(CliFailure::usage("`-` is given twice, and standard input can be read only once", Some(hint.to_owned())))
}

/// Default matching of functions in a report. Reports that are equal to pprof's match raw names.
fn report_matching(kind: &str) -> Matching {
    if matches!(kind, "diff" | "summary" | "digest") { Matching::Moved } else { Matching::Raw }
}

/// Name of a command that was parsed as a source because of its position; `None` for other sources.
fn misplaced(source: &OsString) -> Option<&'static str> {
    let name = NAMES.into_iter().find(|name| source == name)?;
    let address = Address::parse(source);
    (matches!(address, Address::File(_)) && address.size().is_none()).then_some(name)
}

/// Creates the request of `report history`.
fn history(args: &ReportArgs) -> Result<HistoryPlan, CliFailure> {
    let [path] = args.load.sources.as_slice() else {
        let hint = "`heapglass check --history heaps.jsonl heap.pb.gz` writes one";
        return Err(CliFailure::input("`report history` takes one ledger", Some(hint.to_owned())));
    };
    let format = args.format.map_or(HISTORY_FORMATS[0], written);
    Ok(HistoryPlan {
        path: path.clone(),
        sample_type: args.view.sample_type.clone(),
        format,
        limit: args.limit.unwrap_or(format.usual_limit()),
        screen: args.screen.clone(),
        output: args.output.destination(),
    })
}

impl ReportOutput {
    fn new(args: &ReportArgs) -> Result<Self, CliFailure> {
        let report = Report::find(&args.kind);
        let format = args.format.map_or_else(|| report.map_or(ReportFormat::Text, Report::usual), written);
        // The parser accepts only kinds of the table, but a report may lack a format.
        let writer = report.and_then(|report| report.writer(format)).ok_or_else(|| {
            let formats = report.map_or(&[][..], |report| report.formats);
            let known: Vec<&str> = formats.iter().map(|(format, _)| format.name()).collect();
            let line = format!("`report {}` cannot be written as {}", args.kind, format.name());
            CliFailure::input(line, Some(format!("it can be written as {}", known.join(", "))))
        })?;
        let output = args.output.destination();
        if format.is_binary() && output.is_terminal() {
            let hint = "`-o FILE` writes it to a file; a pipe works too";
            return Err(CliFailure::input(
                "a compressed profile cannot be printed to a terminal",
                Some(hint.to_owned()),
            ));
        }
        let limit = args.limit.unwrap_or(format.usual_limit());
        let instance_order = args.kind_options.instance_order(&args.kind)?;
        let budget = args.kind_options.budget.unwrap_or(DEFAULT_BUDGET);
        Ok(Self { writer, format, limit, tree: args.kind_options.tree(format), budget, instance_order, output })
    }
}

/// Returns an error unless the sources can have new snapshots.
///
/// # Errors
/// [`CliFailure`] unless all sources are services, or there is one directory.
fn check_live(ask: &LoadPlan) -> Result<(), CliFailure> {
    let are_services = !ask.addresses.is_empty() && ask.addresses.iter().all(|address| address.remote().is_some());
    let can_grow = match ask.addresses.as_slice() {
        [Address::Dir(_)] => true,
        [Address::Store(store)] => store.has_sums(),
        _ => are_services,
    };
    if ask.every.is_none() || can_grow {
        return Ok(());
    }
    let hint = "give addresses of services, one store or one directory; `--base` takes profiles to compare with";
    Err(CliFailure::input("`--every` needs services, one store or one directory", Some(hint.to_owned())))
}

/// Returns an error for advice in a report that does not support it.
fn check_advice(kind: &str) -> Result<(), CliFailure> {
    if kind == "top" {
        return Ok(());
    }
    let hint = "`report top --advice` has advice".to_owned();
    Err(CliFailure::input(format!("`report {kind}` has no advice"), Some(hint)))
}

/// Returns an error for a what-if in a report that does not support it.
fn check_what_if(kind: &str, ask: &LoadPlan) -> Result<(), CliFailure> {
    if ask.what_if.is_none() || ask.scope == ReportScope::Memory {
        return Ok(());
    }
    let hint = "`report memory --what-if` has one".to_owned();
    Err(CliFailure::input(format!("`report {kind}` has no what-if"), Some(hint)))
}

/// Report format selected by the option.
pub(crate) fn written(asked: FormatArg) -> ReportFormat {
    match asked {
        FormatArg::Text => ReportFormat::Text,
        FormatArg::Json => ReportFormat::Json,
        FormatArg::Csv => ReportFormat::Csv,
        FormatArg::Markdown => ReportFormat::Markdown,
    }
}
