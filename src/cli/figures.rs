//! Figures of a request: loads the sources and answers the query, as the input of every report.

use crate::cli::message::limited;
use std::cell::LazyCell;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::analysis::advice::AdviceRules;
use crate::analysis::labels::{LabelPresence, labels};
use crate::analysis::{
    Aggregate, Answer, BaseInstance, CANNOT_NORMALIZE, InstanceTable, Normalize, OtherTypes, Query, Stacks, Trends,
    WhatIfRequest, Window, derive, in_use_type,
};
use crate::app::invocation;
use crate::base::file_names::FileName;
use crate::base::ids::NodeId;
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::base::time::TimeBounds;
use crate::load::{Loaded, OtherHeap, SeriesFiles, StoreFeed};
use crate::profile::{Coverage, Input, MemoryKind, Series, UnknownSampleType};
use crate::report::{
    CommandForm, CommandTail, DEFAULT_BUDGET, InstanceOrder, Listing, OtherHeapFacts, ReportScope, RowOrder,
    SkippedInput, Style, Subject, TreeOptions,
};
use crate::source::Address;
use crate::view::span::snapshot_numbers;

use super::advice;
use super::environment::variable;
use super::figure_notes;
use super::flags::{MEDIAN, query_options};
use super::function_selector::FunctionLines;
use super::functions;
use super::input_policy::check_inputs;
use super::loading::{self, LoadPart};
use super::logs;
use super::message::{CliFailure, MessageLine, warn};
use super::query_failure::{always_grows, no_trend, refused};
use super::request::{AdviceMode, ComparisonMode, InputPolicy, LoadPlan, SourceLinesMode};

/// Answer with everything else that a report needs.
pub(crate) struct ReportAnswer {
    answer: Answer,
    trends: Option<Trends>,
    instances: Option<InstanceTable>,
    skipped: Vec<SkippedInput>,
    key: Option<String>,
    what_if: Option<WhatIfRequest>,
    rules: Option<Arc<AdviceRules>>,
    source_warnings: Vec<String>,
    warnings: Vec<String>,
    other_heaps: Vec<OtherHeapFacts>,
    refusal: Option<CliFailure>,
    functions: Vec<usize>,
    listings: Vec<Listing>,
    sort: Option<RowOrder>,
    /// First node of the tree; `None` for the root.
    top: Option<NodeId>,
    /// Options and sources of the report, as the end of a shell command line, and those without a comparison.
    tails: [String; 2],
}

/// Loaded sources of a report.
pub(crate) struct ReportInputs {
    /// Series of the profiles.
    pub(crate) series: Arc<Series>,
    /// Stores that were loaded.
    pub(crate) stores: Vec<StoreFeed>,
    skipped: Vec<SkippedInput>,
    /// Warnings about sources that were read, which are part of `warnings`.
    source_warnings: Vec<String>,
    warnings: Vec<String>,
    other_heaps: Vec<OtherHeapFacts>,
    /// Failure of a repeated check unless a limit is exceeded, or of a report after it is written; `None` if all inputs
    /// could be read.
    refusal: Option<CliFailure>,
}

impl ReportInputs {
    /// Warnings about the sources, one line each.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Loads the sources; prints warnings about skipped ones.
    ///
    /// # Errors
    /// [`CliFailure`] if nothing could be loaded, or if the input policy does not allow an incomplete input.
    pub(crate) fn load(ask: &LoadPlan) -> Result<Self, CliFailure> {
        let is_of_one_type = ask.stacks != Stacks::All && ask.advising == AdviceMode::Unasked;
        let part = || LoadPart { samples: ask.first_samples(), ..LoadPart::default() };
        let loaded = if is_of_one_type { load_first(ask, part())? } else { loading::load(ask)? };
        let notes = loading::warnings(&loaded);
        notes.iter().for_each(warn);
        let refusal = check_inputs(&loaded, ask)?;
        let source_warnings = loading::source_warnings(&loaded).into_iter().map(|note| note.line).collect();
        let warnings = notes.into_iter().map(|note| note.line).chain(loaded.other_kinds()).collect();
        let series = Arc::new(loaded.series);
        unmet(&series, ask).iter().for_each(warn);
        let skipped = loaded.skipped.into_iter();
        let skipped = skipped.map(|bad| SkippedInput { source: bad.source, reason: bad.reason.to_string() }).collect();
        let other = |heap: OtherHeap| OtherHeapFacts { name: heap.name, snapshots: heap.snapshots };
        let other_heaps = loaded.other_heaps.into_iter().map(other).collect();
        Ok(Self { series, stores: loaded.stores, skipped, source_warnings, warnings, other_heaps, refusal })
    }
}

/// Message about a page with source lines for which no source file was found; `None` otherwise.
fn missing_sources(listings: &[Listing], mode: SourceLinesMode) -> Option<MessageLine> {
    let has_text = listings.iter().any(|listing| listing.texts.iter().any(Option::is_some));
    (mode == SourceLinesMode::Largest && !has_text).then(|| {
        let hint = "`--source-path DIR` and `--trim-path FROM=TO` say where they are".to_owned();
        let line = "`--with-source`: no source file of the largest functions was found";
        MessageLine { hint: Some(hint), ..MessageLine::new(line) }
    })
}

/// Refuses to normalize if no factor makes both totals equal.
fn check_normalized(answer: &Answer) -> Result<(), CliFailure> {
    if answer.base.is_none() || answer.query.normalize == Normalize::Off || answer.can_normalize() {
        return Ok(());
    }
    Err(CliFailure::input(format!("--normalize: {CANNOT_NORMALIZE}"), Some("leave --normalize out".to_owned())))
}

/// Loads all sources, and prints warnings about skipped ones. Also returns the failure of a repeated check whose condition
/// does not hold, if some sources could not be read.
///
/// # Errors
/// [`CliFailure`] if nothing could be loaded, or if the input policy does not allow an incomplete input.
pub(crate) fn load_whole(ask: &LoadPlan) -> Result<(Loaded, Option<CliFailure>), CliFailure> {
    let loaded = loading::load(ask)?;
    loading::warnings(&loaded).iter().for_each(warn);
    let refusal = check_inputs(&loaded, ask)?;
    Ok((loaded, refusal))
}

/// Loads part of the sources; loads everything if the first answer needs more, or if loading the part fails.
///
/// # Errors
/// Same errors as [`loading::load`].
pub(crate) fn load_first(ask: &LoadPlan, part: LoadPart) -> Result<Loaded, CliFailure> {
    let loaded = match loading::load_part(ask, part) {
        Err(_) if part.files == SeriesFiles::Newest => loading::load(ask)?,
        loaded => loaded?,
    };
    let series = &loaded.series;
    let is_of = |kind: MemoryKind| {
        query(series, &loaded.stores, ask).is_ok_and(|query| series.roles()[query.sample_type].kind == kind)
    };
    match series.coverage() {
        Coverage::All => Ok(loaded),
        // The noise of a difference may be estimated from allocated values, so a single snapshot is required.
        Coverage::Kind(kind) if series.snapshots().len() == 1 && is_of(kind) => Ok(loaded),
        _ => loading::load(ask),
    }
}

impl ReportAnswer {
    /// Loads the sources and answers the query. Figures of other sample types are not computed.
    ///
    /// # Errors
    /// [`CliFailure`] if nothing could be loaded, if the sample type or a window is unknown, or if a limit was
    /// exceeded.
    pub(crate) fn load(ask: &LoadPlan) -> Result<Self, CliFailure> {
        let inputs = ReportInputs::load(ask)?;
        let (figures, notes) = Self::of(&inputs, ask, None)?;
        notes.iter().for_each(warn);
        Ok(figures)
    }

    /// Answers the query over loaded sources; also returns warnings about figures that could be misread. Steps of the
    /// earlier answer `before` are reused if their inputs are equal.
    ///
    /// # Errors
    /// [`CliFailure`] if the sample type, a window or a function is unknown, or if a limit was exceeded.
    pub(crate) fn of(
        inputs: &ReportInputs,
        ask: &LoadPlan,
        before: Option<&Answer>,
    ) -> Result<(Self, Vec<MessageLine>), CliFailure> {
        let series = Arc::clone(&inputs.series);
        // Advice and health use figures of other sample types too.
        let is_advised = ask.advising == AdviceMode::Asked;
        let is_whole = is_advised || ask.scope == ReportScope::Health;
        let (beside, stacks) = if is_whole { (OtherTypes::Now, Stacks::All) } else { (OtherTypes::Never, ask.stacks) };
        let query = Query { other_types: beside, stacks, ..query(&series, &inputs.stores, ask)? };
        let answer = derive(&series, &query, before).map_err(|error| refused(error, &query))?;
        logs::check_divided(&answer, ask.scope)?;
        check_normalized(&answer)?;
        let trends = (ask.scope == ReportScope::Series).then(|| Trends::over(&answer, answer.query.window));
        let trends = trends.transpose().map_err(|error| no_trend(&error, ask, &series))?;
        if let Some(trends) = trends.as_ref().filter(|trends| trends.is_counter()) {
            return Err(always_grows(trends, &answer));
        }
        let instances = (ask.scope == ReportScope::Instances).then(|| InstanceTable::new(&answer));
        let instances = instances.transpose().map_err(|limit| limited(&limit))?;
        let (key, rules) = (ask.key.clone(), is_advised.then(rules));
        let functions = ask.function.as_ref().map_or(Ok(Vec::new()), |selector| functions::find(&answer, selector))?;
        let listings = match &ask.function {
            None if ask.source_lines == SourceLinesMode::Largest => functions::largest_listings(&answer, &ask.finder)?,
            Some(selector) if selector.lines == FunctionLines::Listed => {
                functions::listings(&answer, &functions, &ask.finder)?
            }
            _ => Vec::new(),
        };
        let top = functions::top(&answer, ask.node)?;
        let sort = functions::order(&answer, ask.sort)?;
        let (what_if, warnings) = (ask.what_if.clone(), inputs.warnings.clone());
        let tail = |query: &Query| {
            let words = query_options(query, &series, query.shape.matching, &ask.given);
            invocation::line(words, query, &series, &ask.given)
        };
        let tails = [tail(&answer.query), tail(&answer.query.without_comparison())];
        let mut figures = Self {
            answer,
            trends,
            instances,
            skipped: inputs.skipped.clone(),
            key,
            what_if,
            rules,
            source_warnings: inputs.source_warnings.clone(),
            warnings,
            other_heaps: inputs.other_heaps.clone(),
            refusal: inputs.refusal.clone(),
            functions,
            listings,
            sort,
            top,
            tails,
        };
        figures.check_key()?;
        // The memory account does not depend on a sample type.
        let mut notes = widened_windows(inputs, ask, &figures.answer.query);
        notes.extend(missing_sources(&figures.listings, ask.source_lines));
        if ask.scope != ReportScope::Memory {
            notes.extend(figure_notes::notes(&figures.answer, ask.input_policy));
        }
        figures.warnings.extend(notes.iter().map(|note| note.line.clone()));
        Ok((figures, notes))
    }

    /// Answer of the request.
    pub(crate) fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Refuses figures without some inputs: of a report, those that passed a resource limit, of a repeated check, all that
    /// cannot be relied on. It comes after the report, or after a limit that is exceeded.
    ///
    /// # Errors
    /// [`CliFailure`] with the number of these inputs.
    pub(crate) fn check_complete(&self) -> Result<(), CliFailure> {
        self.refusal.clone().map_or(Ok(()), Err)
    }

    /// Warnings about the inputs and the figures, one line each.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Input of a report.
    pub(crate) fn subject(&self, limit: usize, style: Style) -> Subject<'_> {
        Subject {
            answer: &self.answer,
            trends: self.trends.as_ref(),
            instances: self.instances.as_ref(),
            instance_order: InstanceOrder::default(),
            skipped: &self.skipped,
            source_warnings: &self.source_warnings,
            warnings: &self.warnings,
            other_heaps: &self.other_heaps,
            key: self.key.as_deref(),
            what_if: self.what_if.as_ref(),
            advice: self.rules.as_ref(),
            limit,
            tree_options: TreeOptions { top: self.top, ..TreeOptions::default() },
            sort: self.sort,
            functions: &self.functions,
            listings: &self.listings,
            budget: DEFAULT_BUDGET,
            commands: CommandForm::Shell(CommandTail { whole: &self.tails[0], without_base: &self.tails[1] }),
            style,
            palette: None,
        }
    }

    /// Returns an error if no sample of the figures has a label with the requested key.
    fn check_key(&self) -> Result<(), CliFailure> {
        let Some(asked) = &self.key else { return Ok(()) };
        let keys = labels(&self.answer).map_err(|limit| limited(&limit))?;
        if keys.iter().any(|key| key.name.raw() == asked) {
            return Ok(());
        }
        let name = self.answer.series.sample_types()[self.answer.query.sample_type].name.shown();
        if let LabelPresence::Somewhere(types) = LabelPresence::of(&self.answer, Some(asked)) {
            let line = format!("no sample with a label `{}` has a value of `{name}` here", safe_str(asked));
            return Err(CliFailure::input(line, Some(self.other_labelled(&types))));
        }
        let known: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name.shown())).collect();
        let hint = match known.as_slice() {
            [] if LabelPresence::of(&self.answer, None) == LabelPresence::Nowhere => {
                "no sample has any label".to_owned()
            }
            [] => format!("no sample with a value of `{name}` has any label here"),
            [only] => format!("there is only {only}"),
            known => format!("there are {}", known.join(", ")),
        };
        Err(CliFailure::input(format!("no sample has a label `{}`", safe_str(asked)), Some(hint)))
    }

    /// Hint for a label that samples have with values of other sample types, or of none in the window.
    fn other_labelled(&self, types: &[usize]) -> String {
        let Answer { series, query, .. } = &self.answer;
        let options = types.iter().filter(|other| **other != query.sample_type);
        let options: Vec<String> =
            options.map(|other| format!("`--sample-type {}`", series.sample_types()[*other].name.shown())).collect();
        match (types.contains(&query.sample_type), options.as_slice()) {
            (true, _) => "the filters leave none of them".to_owned(),
            (false, []) => "samples outside of the window have it".to_owned(),
            (false, [only]) => format!("{only} has it"),
            (false, options) => format!("{} have it", options.join(" and ")),
        }
    }
}

/// Loads the rules of advice; prints errors in the user's file.
fn rules() -> Arc<AdviceRules> {
    let (rules, wrongs) = advice::rules(&variable);
    wrongs.iter().for_each(warn);
    rules
}

/// Warning that the profile does not have the sample type of the settings file; `None` if there is nothing to warn
/// about.
pub(crate) fn unmet(series: &Series, ask: &LoadPlan) -> Option<MessageLine> {
    let preferred = ask.preferred_sample_type.as_ref().filter(|_| ask.sample_type.is_none())?;
    let error = series.find_sample_type(&preferred.name).err()?;
    Some(MessageLine::new(format!("{}: {error}", preferred.place)))
}

/// Query of the request, with windows as typed.
///
/// # Errors
/// [`CliFailure`] if the sample type is unknown, or if a window has no snapshot.
pub(crate) fn query(series: &Series, stores: &[StoreFeed], ask: &LoadPlan) -> Result<Query, CliFailure> {
    // Loading the time zone takes a millisecond, and few requests have a window.
    let zone = LazyCell::new(TimeZone::system);
    let meant = |which: Input, side: Input| {
        let Some(span) = &ask.windows[which as usize] else { return Ok(None) };
        let refused = |(line, hint)| CliFailure::input(line, Some(hint));
        let wanted = ask.stores.windows[which as usize];
        let window = match loaded_window(series, stores, wanted, [which, side]) {
            LoadedWindow::Snapshots(window) => window,
            LoadedWindow::Empty => {
                let line = format!("no profile in the window `{}`", safe_str(span.text()));
                return Err(CliFailure::input(line, Some("`from=` and `until=` choose the range".to_owned())));
            }
            LoadedWindow::Other => span.window(series, side, &zone).map_err(refused)?,
        };
        Ok(Some(window))
    };
    let has_base = !series.range_of(Input::Base).is_empty();
    let base_side = if has_base { Input::Base } else { Input::Current };
    query_of_windows(series, ask, [meant(Input::Current, Input::Current)?, meant(Input::Base, base_side)?])
}

/// Messages about windows among the loaded steps of stores whose ends were moved to whole steps. A window that the stores
/// were loaded for has its message from them.
fn widened_windows(inputs: &ReportInputs, ask: &LoadPlan, query: &Query) -> Vec<MessageLine> {
    if inputs.stores.is_empty() {
        return Vec::new();
    }
    let series = &inputs.series;
    let chosen = [(Input::Current, Some(query.window)), (Input::Base, query.base)];
    let of_window = |(which, window): (Input, Option<Window>)| {
        let (span, window) = ask.windows[which as usize].as_ref().zip(window)?;
        let side = if series.range_of(Input::Base).contains(&window.first) { Input::Base } else { Input::Current };
        let wanted = ask.stores.windows[which as usize];
        let is_other = matches!(loaded_window(series, &inputs.stores, wanted, [which, side]), LoadedWindow::Other);
        let [from, until] = span.widened(series, window, &TimeZone::system()).filter(|_| is_other)?;
        Some(MessageLine::new(format!("a window is widened to whole steps: {from} to {until}")))
    };
    chosen.into_iter().filter_map(of_window).collect()
}

/// Snapshots of a window, if stores were loaded for it.
enum LoadedWindow {
    /// Snapshots within the times that the stores were loaded for.
    Snapshots(Window),
    /// No snapshot is within these times.
    Empty,
    /// The window is not one that all sources of the side were loaded for.
    Other,
}

/// Snapshots on a side within the times for which their stores were loaded, for the window of the current or the base
/// side.
fn loaded_window(
    series: &Series,
    stores: &[StoreFeed],
    wanted: Option<TimeBounds>,
    [which, side]: [Input; 2],
) -> LoadedWindow {
    /// Nanoseconds of a millisecond.
    const NANOS: i64 = 1_000_000;
    let mut found: Option<Window> = None;
    for at in series.range_of(side) {
        let header = &series.snapshots()[at].header;
        let Some(merge) = &header.merge else { return LoadedWindow::Other };
        let store = stores.iter().find(|store| store.number() == merge.source);
        let Some(range) = store.and_then(|store| store.window(which, wanted)) else { return LoadedWindow::Other };
        let end = header.time_nanos.saturating_add(merge.span_nanos);
        if range.after <= header.time_nanos / NANOS && end / NANOS <= range.until {
            found = Some(Window { first: found.map_or(at, |window| window.first), last: at });
        }
    }
    found.map_or(LoadedWindow::Empty, LoadedWindow::Snapshots)
}

/// Query of a request over a loaded series, with these windows of the current and the base side.
///
/// # Errors
/// [`CliFailure`] if the sample type or an instance is unknown, or if a required base is missing.
fn query_of_windows(series: &Series, ask: &LoadPlan, [window, base]: [Option<Window>; 2]) -> Result<Query, CliFailure> {
    let preferred = || series.find_sample_type(&ask.preferred_sample_type.as_ref()?.name).ok();
    let is_gate = ask.input_policy == InputPolicy::Gate;
    let usual = || match in_use_type(series) {
        // A gate never judges another type because there is nothing of this one.
        Some(held) if is_gate || matches!(ask.scope, ReportScope::Series | ReportScope::Instances) => held,
        _ => series.default_sample_type(),
    };
    let sample_type = match &ask.sample_type {
        None => preferred().unwrap_or_else(usual),
        Some(asked) => series.find_sample_type(asked).map_err(|error| unknown(&error))?,
    };
    let instance = ask.instance.as_deref().map(|name| find_instance(series, ask, name)).transpose()?;
    let base_instance = match ask.base_instance.as_deref() {
        None => BaseInstance::Same,
        Some(MEDIAN) if series.find_instance(MEDIAN).is_none() => BaseInstance::Median,
        Some(name) => BaseInstance::One(find_instance(series, ask, name)?),
    };
    let chosen = window.unwrap_or(Query::default_for(series).window);
    // A repeated check is about the newest snapshot of each instance: a mean would hide its growth. Stores answer with
    // the profiles of the window.
    let is_merged = series.snapshots().iter().any(|snapshot| snapshot.header.merge.is_some());
    let is_repeated =
        ask.is_repeated_check() && window.is_none() && !is_merged && series.range_of(Input::Current).len() > 1;
    let aggregate = match ask.query.aggregate {
        Aggregate::Auto if is_repeated => Aggregate::Last,
        asked => asked,
    };
    let query = Query { sample_type, window: chosen, aggregate, instance, base_instance, ..ask.query.clone() };
    let query = with_base(series, ask, query, [window, base])?;
    check_instance_in_window(series, &query)?;
    logs::check_counter(series, &query.per)?;
    Ok(query)
}

/// Query with its base, if the request compares.
///
/// # Errors
/// [`CliFailure`] if a base is required and there is none.
fn with_base(
    series: &Series,
    ask: &LoadPlan,
    query: Query,
    [window, base]: [Option<Window>; 2],
) -> Result<Query, CliFailure> {
    let base_instance = query.base_instance;
    if base.is_some() || ask.comparing == ComparisonMode::Later {
        return Ok(Query { base, ..query });
    }
    if base_instance != BaseInstance::Same && series.instances().len() < 2 {
        let hint = "give a directory of several pods, several addresses, or several sources with `--each`";
        return Err(CliFailure::input("one instance, and no other one to compare it with", Some(hint.to_owned())));
    }
    let compared = query.compared(series).ok_or_else(|| {
        let hint = "`--base FILE` names a profile to compare with, or open several snapshots";
        CliFailure::input("a single snapshot, and nothing to compare it with", Some(hint.to_owned()))
    })?;
    if compared.base_instance != base_instance {
        let window = window.unwrap_or(compared.window);
        return Ok(Query { window, base: Some(window), ..compared });
    }
    if window.is_some() && compared.instance != query.instance {
        let hint = "`--instance` chooses one, `--base-window` another base";
        let reason = "the instances ran one after another, so there is no base of all of them";
        return Err(CliFailure::input(reason, Some(hint.to_owned())));
    }
    // A window given explicitly is kept.
    Ok(Query { window: window.unwrap_or(compared.window), ..compared })
}

/// Refuses an instance without a snapshot in a window, since its figures would be 0.
///
/// # Errors
/// [`CliFailure`] with the numbers of its snapshots outside of the window.
fn check_instance_in_window(series: &Series, query: &Query) -> Result<(), CliFailure> {
    let sides = [("window", query.instance, Some(query.window)), ("base", query.instance_of_base(), query.base)];
    for (name, instance, window) in sides {
        let (Some(instance), Some(window)) = (instance, window) else { continue };
        if window.members(series, Some(instance)).next().is_some() {
            continue;
        }
        let side = window.bounds(series);
        let all = Window { first: side.start, last: side.end - 1 };
        let numbers = snapshot_numbers(series, side.clone());
        let own: Vec<usize> = all.members(series, Some(instance)).map(|at| numbers[at - side.start]).collect();
        let hint = match own.as_slice() {
            [] => "it has no snapshot on this side at all".to_owned(),
            [only] => format!("its snapshot is number {only}"),
            [first, .., last] => format!("its snapshots are from {first} to {last}"),
        };
        let label = series.instance_label(instance);
        return Err(CliFailure::input(format!("no snapshot of `{}` in the {name}", label.shown()), Some(hint)));
    }
    Ok(())
}

/// Index of the instance with this name.
///
/// # Errors
/// [`CliFailure`] with the names of the instances.
fn find_instance(series: &Series, ask: &LoadPlan, name: &str) -> Result<usize, CliFailure> {
    if let Some(found) = series.find_instance(name) {
        return Ok(found);
    }
    let names: Vec<&str> = series.instances().iter().map(|instance| instance.name.shown()).collect();
    let is_whole = |address: &Address| address.store().is_some_and(|store| store.instance().is_none());
    let hint = match names.as_slice() {
        [] | [_] if ask.addresses.iter().any(is_whole) => {
            "`instance=LABEL` in the address of a store names the label of its instances, such as `&instance=pod`"
                .to_owned()
        }
        [] | [_] => "there is only one instance".to_owned(),
        names => nearest(name, names.iter().copied())
            .map_or_else(|| format!("there are {}", names.join(", ")), |near| format!("did you mean `{near}`?")),
    };
    // The name is that of a kind of heap, which selected the files to load.
    if names.len() <= 1 && series.snapshots().iter().any(|one| is_named(one.header.source.raw(), name)) {
        return Ok(0);
    }
    Err(CliFailure::input(format!("no instance is called `{}`", safe_str(name)), Some(hint)))
}

/// Returns true if the words of a file name are equal to `name`.
fn is_named(source: &str, name: &str) -> bool {
    FileName::parse(source).words() == name
}

/// Converts an unknown sample type; the closest existing one is the hint.
fn unknown(error: &UnknownSampleType) -> CliFailure {
    let hint = match error.requested.parse::<i64>() {
        Ok(_) => Some(format!("they are numbered from 0 to {}", error.known.len().saturating_sub(1))),
        Err(_) => nearest(&error.requested, error.known.iter().map(String::as_str))
            .map(|name| format!("did you mean `{name}`?")),
    };
    CliFailure::input(error.to_string(), hint)
}
