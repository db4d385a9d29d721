//! Explorer: from the request to the exit code.

use std::sync::Arc;

use crate::analysis::{Aggregate, OtherTypes, Query, derive, opening_granularity};
use crate::app::query::LARGE_SERIES;
use crate::app::task::SourceReader;
use crate::app::{App, DeferredPart, ReloadedSeries, Setup, Start};
use crate::base::limits::Limits;
use crate::base::time::since_start;
use crate::config::settings::{Toggle, detect};
use crate::format::{ReadOptions, SampleScope};
use crate::load::{self, LoadError, LoadInputs, Progress, SeriesFiles, SourceGrouping, StoreFeed, StorePlan};
use crate::profile::Coverage;
use crate::source::Address;
use crate::source::http::now_millis;
use crate::term::{self, DeferredLoad, Explorer, SessionSetup};
use crate::view::context::Clock;
use crate::view::pointer::Mouse;
use crate::view::source_status::{SourceStatus, TlsVerification};
use crate::view::span;

use super::advice;
use super::choice::{SourceChoice, choose};
use super::environment::{self, Variables, is_secure};
use super::exit::Exit;
use super::figures;
use super::flags::query_options;
use super::live::{self, FollowedStore};
use super::loading::{self, LoadPart};
use super::message::{CliFailure, no_screen};
use super::network::brief;
use super::preferences::Preferences;
use super::query_failure;
use super::request::{ComparisonMode, LoadPlan};
use super::save::WRITERS;

/// Minimum size of a file, in stored bytes, for which part of its samples is read first: such a file takes about 5 ms.
const LARGE_FILE: u64 = 256 << 10;

/// Loads the sources, runs the explorer, and returns the exit code.
///
/// # Errors
/// [`CliFailure`] if nothing could be loaded, or if there is no terminal.
pub(crate) fn explore(ask: &LoadPlan, preferences: Preferences, variables: Variables<'_>) -> Result<Exit, CliFailure> {
    // Before loading, so that Ctrl-C ends a load in the same way as the explorer.
    let watch = term::watch(|_| loading::leave()).map_err(|error| no_screen(&error))?;
    let chosen;
    let ask = match choose(ask, &preferences, variables, &watch)? {
        SourceChoice::Given => ask,
        SourceChoice::Chosen(plan) => {
            chosen = plan;
            &chosen
        }
        SourceChoice::Left(ending) => return Ok(Exit::Session(ending)),
    };
    // With one time for both loads, a store returns the same profiles in both.
    let stores = StorePlan { now: Some(now_millis()), ..ask.stores.clone() };
    let limits = Limits { memory: loading::keep_input(ask)?, ..ask.options.limits };
    let ask = &LoadPlan { stores, options: ReadOptions { limits, ..ask.options }, ..ask.clone() };
    let first_screen = ask.first_screen();
    let is_large_file = ask.addresses.iter().filter_map(Address::size).sum::<u64>() > LARGE_FILE;
    let mut loaded = if let Some(sums) = &first_screen {
        loading::load(sums)?
    } else {
        let samples = if is_large_file { ask.first_samples() } else { SampleScope::All };
        figures::load_first(ask, LoadPart { samples, files: first_files(ask) })?
    };
    if ask.every.is_some() {
        loading::add_service_memory(&mut loaded.series, ask);
    }
    let (rules, wrongs) = advice::rules(variables);
    let unmet = figures::unmet(&loaded.series, ask);
    let notes = wrongs.into_iter().chain(unmet).chain(loading::warnings(&loaded));
    let warnings = notes.map(|note| note.line).collect();
    let followed = FollowedStore::default();
    let grows = live::live(ask, &loaded, followed.clone(), Box::new(reload(ask)));
    let has_deferred_steps = first_screen.is_some() && loaded.stores.iter().any(StoreFeed::has_steps);
    let series = Arc::new(loaded.series);
    let mut query = figures::query(&series, &loaded.stores, ask)?;
    let is_partial = series.coverage() != Coverage::All;
    let read_again = |part| DeferredLoad { part, load: Box::new(reload(ask)) };
    let deferred: Option<DeferredLoad> = if has_deferred_steps {
        Some(steps(ask, loaded.stores, followed))
    } else if loaded.files_left > 0 {
        Some(read_again(DeferredPart::Snapshots))
    } else {
        is_partial.then(|| read_again(DeferredPart::SampleTypes))
    };
    if !ask.is_granularity_given {
        query.shape.granularity = opening_granularity(&series);
    }
    // For a large profile, the other sample types are computed after the first frame.
    let is_large = is_partial || series.trie().len() > LARGE_SERIES;
    let query = Query { other_types: if is_large { OtherTypes::Later } else { OtherTypes::Now }, ..query };
    let answer = derive(&series, &query, None).map_err(|error| query_failure::refused(error, &query))?;
    let settings = environment::settings(&ask.screen, variables);
    let app = App::new(Start {
        answer,
        title: title(&ask.addresses),
        live: source_status(ask),
        warnings,
        settings,
        rules,
        terminal: environment::described(variables),
        clock: Clock { time: local, date: local_date },
        // The first frame sets the size.
        width: 0,
        height: 0,
        setup: Setup {
            given: ask.given.clone(),
            is_demo: is_demo(ask),
            mouse: if ask.screen.plain { Mouse::Off } else { environment::mouse(ask.mouse, variables) },
            source_reader: source_reader(ask),
            deferred: deferred.as_ref().map(|load| load.part),
            ..setup(preferences, variables)
        },
    });
    let (clipboard, erase_background) = (environment::clipboard(variables), environment::erase_background(variables));
    let editor = environment::editor(variables);
    let reload = Box::new(reload(ask));
    let work = SessionSetup { reload, deferred, writers: WRITERS, live: grows, clipboard, editor, erase_background };
    term::run(Explorer::new(app), work, &watch).map(Exit::Session).map_err(|error| no_screen(&error))
}

/// Files for the first screen: the newest of a series, unless a request concerns the others.
fn first_files(ask: &LoadPlan) -> SeriesFiles {
    let is_of_one_window = ask.windows == [None, None] && ask.query.aggregate == Aggregate::Auto;
    let compares = ask.comparing != ComparisonMode::Later || !ask.base.is_empty() || ask.base_instance.is_some();
    let has_instances = ask.instance.is_some() || ask.grouping == SourceGrouping::BySource;
    let is_plain = is_of_one_window && !compares && !has_instances && ask.every.is_none();
    if is_plain { SeriesFiles::Newest } else { SeriesFiles::All }
}

/// Reader of source files from the folders of the request.
fn source_reader(ask: &LoadPlan) -> SourceReader {
    let finder = ask.finder.clone();
    SourceReader::new(move |file, taken| finder.find(file, taken))
}

/// Returns true if only the demo is opened.
fn is_demo(ask: &LoadPlan) -> bool {
    ask.addresses == [Address::Demo] && ask.base == [Address::DemoBefore] && ask.comparing == ComparisonMode::Later
}

/// Creates the setup of the explorer.
fn setup(preferences: Preferences, variables: Variables<'_>) -> Setup {
    let Preferences { themes, keys, setting_lines, warnings, file, sample_type: _ } = preferences;
    let (detected, spans, is_secure) = (detect(variables, None, Toggle::Auto), span::local, is_secure(variables));
    Setup { detected, themes, keys, setting_lines, warnings, file, spans, query_options, is_secure, ..Setup::default() }
}

/// Status of the sources.
fn source_status(ask: &LoadPlan) -> SourceStatus {
    let is_unverified = ask.addresses.iter().chain(&ask.base).any(Address::is_unverified);
    let tls_verification = if is_unverified { TlsVerification::Unverified } else { TlsVerification::Verified };
    let is_recorded = ask.addresses.iter().all(|address| address.remote().is_none() && *address != Address::Stdin);
    SourceStatus { period: ask.every.map(brief), is_recorded, tls_verification, ..SourceStatus::default() }
}

/// Formats a time in the local zone, or since the start of the process.
pub(crate) fn local(nanos: i64) -> String {
    if let Some(since_start) = since_start(nanos) {
        return since_start;
    }
    let time = jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// Formats a date and a minute in the local zone, or the time since the start of the process.
fn local_date(nanos: i64) -> String {
    if let Some(since_start) = since_start(nanos) {
        return since_start;
    }
    let time = jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system()).strftime("%b %d %H:%M").to_string()
}

/// Time of day now, in the local zone.
pub(crate) fn now() -> String {
    local(i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(0))
}

/// Load of the steps of the stores whose sums are on the first screen.
fn steps(ask: &LoadPlan, known: Vec<StoreFeed>, followed: FollowedStore) -> DeferredLoad {
    let ask = ask.clone();
    let stores = ask.stores.clone();
    let load = move |progress: &Arc<Progress>| {
        let (series, feed) = load_again(&ask, &stores, &known, progress)?;
        if !progress.is_cancelled() {
            followed.set(feed);
        }
        Ok(series)
    };
    DeferredLoad { part: DeferredPart::Steps, load: Box::new(load) }
}

/// Function that reads the same sources again.
fn reload(ask: &LoadPlan) -> impl FnMut(&Arc<Progress>) -> Result<ReloadedSeries, String> + Send + 'static {
    let ask = ask.clone();
    let stores = StorePlan { now: None, ..ask.stores.clone() };
    move |progress| load_again(&ask, &stores, &[], progress).map(|(series, _)| series)
}

/// Reads the sources of the open series; also returns the first store. The error is one line.
fn load_again(
    ask: &LoadPlan,
    stores: &StorePlan,
    known: &[StoreFeed],
    progress: &Arc<Progress>,
) -> Result<(ReloadedSeries, Option<StoreFeed>), String> {
    let LoadPlan { addresses, base, logs, memory, binaries, instance, grouping, owners, options, .. } = ask;
    let is_used_up = |address: &Address| *address == Address::Stdin && address.size().is_none();
    if addresses.iter().chain(base).chain(&logs.addresses).chain(memory).any(is_used_up) {
        return Err("standard input can only be read once".to_owned());
    }
    let failed = |error| match error {
        // The status line has no room for the address, which the user knows.
        LoadError::Unlike(skipped) if !known.is_empty() => skipped.reason.to_string(),
        error => loading::failure(addresses, error).lines().join("; "),
    };
    let inputs = LoadInputs {
        sources: addresses,
        base,
        binaries,
        memory,
        instance: instance.as_deref(),
        grouping: *grouping,
        files: SeriesFiles::All,
        stores: Some(stores),
        known,
    };
    let mut loaded = load::load_inputs(&inputs, options, progress).map_err(failed)?;
    load::load_gc_logs(&mut loaded, logs, options, progress).map_err(failed)?;
    let rules = owners.as_deref().map(loading::owner_rules).transpose();
    if let Some(rules) = rules.map_err(|failure| failure.lines().join("; "))? {
        loaded.series.set_owners(Arc::new(rules));
    }
    let warnings = loading::warnings(&loaded).into_iter().map(|note| note.line).collect();
    let first = loaded.stores.into_iter().next();
    Ok((ReloadedSeries { series: Arc::new(loaded.series), warnings }, first))
}

/// Title: the last part of the first source's name, and the number of other sources.
fn title(addresses: &[Address]) -> String {
    let name = match addresses.first() {
        Some(Address::Http(remote)) => remote.authority(),
        Some(Address::Store(store)) => {
            let query = store.query().unwrap_or_default().trim_matches(['{', '}']);
            return format!("{query} {}", store.authority());
        }
        Some(Address::Stdin) => "standard input".to_owned(),
        first => first.map(Address::name).unwrap_or_default(),
    };
    let short = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match addresses.len() {
        0 | 1 => short.to_owned(),
        several => format!("{short} +{}", several - 1),
    }
}
