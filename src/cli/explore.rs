//! Explorer: from the request to the exit code.

use std::sync::Arc;

use crate::analysis::{OtherTypes, Query, derive, opening_granularity};
use crate::app::task::SourceReader;
use crate::app::{App, ReloadedSeries, Setup, Start};
use crate::base::safe_text::safe_str;
use crate::base::time::since_start;
use crate::config::settings::{Toggle, detect};
use crate::load::{self, LoadInputs, Progress};
use crate::source::{Address, Service, with_label};
use crate::term::{self, Choice, ChoiceRow, Chooser, Ending, Explorer, SessionSetup, Watch};
use crate::view::frame::PaintCache;
use crate::view::source_status::{PeerTrust, SourceStatus};
use crate::view::span;

use super::advice;
use super::environment::{self, Variables, is_secure};
use super::exit::Exit;
use super::export::export;
use super::figures;
use super::flags::query_options;
use super::list;
use super::live;
use super::loading;
use super::message::CliFailure;
use super::network::brief;
use super::preferences::Preferences;
use super::query_failure;
use super::request::{ComparisonMode, LoadPlan};

/// Stacks from which the figures of all sample types take more than a millisecond or two.
const LARGE: usize = 50_000;

/// Loads the sources, runs the explorer, and returns the exit code.
///
/// # Errors
/// [`CliFailure`] if nothing could be loaded, or if there is no terminal.
pub(crate) fn explore(ask: &LoadPlan, preferences: Preferences, variables: Variables<'_>) -> Result<Exit, CliFailure> {
    // Before loading, so that Ctrl-C ends a load as it ends the explorer.
    let watch = term::watch(|_| loading::leave()).map_err(|error| no_screen(&error))?;
    let chosen;
    let ask = match choose(ask, &preferences, variables, &watch)? {
        ServiceChoice::Given => ask,
        ServiceChoice::Chosen(plan) => {
            chosen = plan;
            &chosen
        }
        ServiceChoice::Left(ending) => return Ok(Exit::Session(ending)),
    };
    let mut loaded = loading::load(ask)?;
    if ask.every.is_some() {
        loading::add_service_memory(&mut loaded.series, ask);
    }
    let (rules, wrongs) = advice::rules(variables);
    let unmet = figures::unmet(&loaded.series, ask);
    let notes = wrongs.into_iter().chain(unmet).chain(loading::warnings(&loaded));
    let warnings = notes.map(|note| note.line).collect();
    let grows = live::live(ask, &mut loaded);
    let series = Arc::new(loaded.series);
    let mut query = figures::query(&series, ask)?;
    if !ask.is_granularity_given {
        query.shape.granularity = opening_granularity(&series);
    }
    // For a large profile, the other sample types are computed after the first frame.
    let is_large = series.trie().len() > LARGE;
    let query = Query { other_types: if is_large { OtherTypes::Later } else { OtherTypes::Now }, ..query };
    let answer = derive(&series, &query, None).map_err(query_failure::refused)?;
    let settings = environment::settings(&ask.screen, variables);
    let app = App::new(Start {
        answer,
        title: title(&ask.addresses),
        live: source_status(ask),
        warnings,
        settings,
        rules,
        terminal: environment::described(variables),
        clock: local,
        // The first frame sets the size.
        width: 0,
        height: 0,
        setup: Setup {
            given: ask.given.clone(),
            is_demo: is_demo(ask),
            mouse: environment::mouse(ask.mouse, variables),
            source_reader: source_reader(ask),
            ..setup(preferences, variables)
        },
    });
    let (clipboard, erasing) = (environment::clipboard(variables), environment::erasing(variables));
    let editor = environment::editor(variables);
    let work = SessionSetup { reload: Box::new(reload(ask)), export, live: grows, clipboard, editor, erasing };
    term::run(Explorer::new(app), work, &watch).map(Exit::Session).map_err(|error| no_screen(&error))
}

/// Service to explore.
enum ServiceChoice {
    /// The sources say it.
    Given,
    /// The user chose it.
    Chosen(Box<LoadPlan>),
    /// The user left.
    Left(Ending),
}

/// Lets the user choose a service of a store whose address names none.
fn choose(
    ask: &LoadPlan,
    preferences: &Preferences,
    variables: Variables<'_>,
    watch: &Watch,
) -> Result<ServiceChoice, CliFailure> {
    let [Address::Store(store)] = ask.addresses.as_slice() else { return Ok(ServiceChoice::Given) };
    if store.query().is_some() {
        return Ok(ServiceChoice::Given);
    }
    let progress = Progress::default();
    let waiting = Some(loading::waiting_for(&store.authority()));
    let services = loading::watched(&progress, waiting, || list::services(store));
    let services = services.map_err(|error| list::failure(store, error))?;
    let row = |service: &Service| {
        let labels = service.labels.iter().filter(|(_, values)| values.len() > 1);
        let counts = labels.map(|(name, values)| format!("{} {name}", values.len()));
        let facts: Vec<String> = std::iter::once(list::sample_types(service).join(", ")).chain(counts).collect();
        ChoiceRow { name: safe_str(&service.name).into_owned(), facts: safe_str(&facts.join(", ")).into_owned() }
    };
    let settings = environment::settings(&ask.screen, variables);
    let paint = PaintCache::new(&settings, &preferences.themes).paint().clone();
    let title = format!("{}: services with profiles", safe_str(store.shown()));
    let chooser = Chooser::new(title, services.iter().map(row).collect(), paint);
    let work = SessionSetup {
        reload: Box::new(|_| Err(String::new())),
        export,
        live: None,
        clipboard: environment::clipboard(variables),
        editor: environment::editor(variables),
        erasing: environment::erasing(variables),
    };
    match term::choose(chooser, work, watch).map_err(|error| no_screen(&error))? {
        Choice::Left(ending) => Ok(ServiceChoice::Left(ending)),
        Choice::Row(row) => {
            let label = store.service().unwrap_or(store.kind().service_label());
            let name = services.get(row).map(|service| service.name.as_str()).unwrap_or_default();
            let store = store.clone().with_query(&with_label("{}", label, name));
            Ok(ServiceChoice::Chosen(Box::new(ask.with_store(store))))
        }
    }
}

/// Reads source files from the folders of the request.
fn source_reader(ask: &LoadPlan) -> SourceReader {
    let finder = ask.finder.clone();
    SourceReader::new(move |file, taken| finder.find(file, taken))
}

/// Returns true if only the demo is open.
fn is_demo(ask: &LoadPlan) -> bool {
    ask.addresses == [Address::Demo] && ask.base == [Address::DemoBefore] && ask.comparing == ComparisonMode::Later
}

/// Setup of the explorer.
fn setup(preferences: Preferences, variables: Variables<'_>) -> Setup {
    let Preferences { themes, keys, setting_lines, warnings, file, sample_type: _ } = preferences;
    let (detected, spans, is_secure) = (detect(variables, None, Toggle::Auto), span::local, is_secure(variables));
    Setup { detected, themes, keys, setting_lines, warnings, file, spans, query_options, is_secure, ..Setup::default() }
}

/// Status of the sources.
fn source_status(ask: &LoadPlan) -> SourceStatus {
    let is_unverified = ask.addresses.iter().chain(&ask.base).any(Address::is_unverified);
    let trust = if is_unverified { PeerTrust::Anybody } else { PeerTrust::Usual };
    SourceStatus { period: ask.every.map(brief), trust, ..SourceStatus::default() }
}

/// Formats a time in the local zone, or since the start of the process.
pub(crate) fn local(nanos: i64) -> String {
    if let Some(since_start) = since_start(nanos) {
        return since_start;
    }
    let time = jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// Time of day now, in the local zone.
pub(crate) fn now() -> String {
    local(i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(0))
}

/// Reads the same sources again.
fn reload(ask: &LoadPlan) -> impl FnMut(&Arc<Progress>) -> Result<ReloadedSeries, String> + Send + 'static {
    let (addresses, base, options) = (ask.addresses.clone(), ask.base.clone(), ask.options);
    let (gc_logs, memory) = (ask.gc_logs.clone(), ask.memory.clone());
    let (binaries, instance, stores) = (ask.binaries.clone(), ask.instance.clone(), ask.stores.clone());
    let owners = ask.owners.clone();
    let grouping = ask.grouping;
    move |progress| {
        if addresses.iter().chain(&base).chain(&gc_logs).chain(&memory).any(|address| *address == Address::Stdin) {
            return Err("standard input can only be read once".to_owned());
        }
        let failed = |error| loading::failure(&addresses, error).lines().join("; ");
        let instance = instance.as_deref();
        let stores = Some(&stores);
        let inputs = LoadInputs {
            sources: &addresses,
            base: &base,
            binaries: &binaries,
            memory: &memory,
            instance,
            grouping,
            stores,
        };
        let mut loaded = load::load_inputs(&inputs, &options, progress).map_err(failed)?;
        load::load_gc_logs(&mut loaded, &gc_logs, &options, progress, loading::local).map_err(failed)?;
        let rules = owners.as_deref().map(loading::owner_rules).transpose();
        if let Some(rules) = rules.map_err(|failure| failure.lines().join("; "))? {
            loaded.series.set_owners(Arc::new(rules));
        }
        let warnings = loading::warnings(&loaded).into_iter().map(|note| note.line).collect();
        Ok(ReloadedSeries { series: Arc::new(loaded.series), warnings })
    }
}

/// Title: the last part of the first name, and the number of others.
fn title(addresses: &[Address]) -> String {
    let name = match addresses.first() {
        Some(Address::Http(remote)) => remote.authority(),
        Some(Address::Store(store)) => {
            let query = store.query().unwrap_or_default().trim_matches(['{', '}']);
            return format!("{query} {}", store.authority());
        }
        first => first.map(Address::name).unwrap_or_default(),
    };
    let short = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match addresses.len() {
        0 | 1 => short.to_owned(),
        several => format!("{short} +{}", several - 1),
    }
}

fn no_screen(error: &dyn ToString) -> CliFailure {
    CliFailure::input(error.to_string(), Some("`heapglass report top` writes text instead".to_owned()))
}
