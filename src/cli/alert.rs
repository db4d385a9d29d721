//! `check --when` and `check --every`: a condition on the memory of a service, and rules that are checked periodically.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::analysis::{Aggregate, Finding, GateSums, Query, Timeline, Window, derive, in_use_bytes, in_use_type};
use crate::base::safe_text::safe_str;
use crate::base::units::Unit;
use crate::load::ServiceMemory;
use crate::profile::{Counting, Series};
use crate::report::ConditionResult;
use crate::source::http::Remote;
use crate::term::Ticker;

use super::args::CheckArgs;
use super::check::{check_rules, has_rules, written_format};
use super::condition::{Condition, ConditionError, Figure, HoldTimer, MemoryReading};
use super::environment::Variables;
use super::exit::Exit;
use super::explore::now;
use super::figure_notes;
use super::figures::{self, load_whole};
use super::gate_inputs;
use super::hook::Hook;
use super::loading;
use super::message::{CliFailure, MessageLine, limited, say};
use super::network::brief;
use super::request::LoadPlan;
use super::watched_service::WatchedService;

/// Verdict of one check.
struct CheckVerdict {
    exit: Exit,
    /// Verdict in one line.
    line: String,
    /// Report of the condition and the rules.
    report: Vec<u8>,
}

/// Checks once without a period; with a period, until the alert; with a period and a command, forever.
///
/// # Errors
/// [`CliFailure`] if the check is not possible, or if the first check fails.
pub(crate) fn alert(ask: &LoadPlan, args: &CheckArgs, variables: Variables<'_>) -> Result<Exit, CliFailure> {
    let Some(every) = args.alert.every else {
        let verdict = check_once(ask, args, variables, &mut WatchedService::default())?;
        args.output.destination().write(|out| out.write_all(&verdict.report))?;
        return Ok(verdict.exit);
    };
    let hook = args.alert.exec.clone().map(Hook::start).transpose();
    let hook = hook.map_err(|error| CliFailure::usage(format!("--exec: {error}"), None))?;
    let mut alarm = Alarm { least: args.alert.least.unwrap_or_default(), hook, ..Alarm::default() };
    let (began, mut beats) = (Instant::now(), Ticker::new(every, 0));
    let mut service = WatchedService::default();
    say(&format!("checking every {}, an alert after {}; Ctrl-C stops", brief(every), lasting(alarm.least)));
    loop {
        thread::sleep(beats.upcoming(began.elapsed()));
        beats.take(began.elapsed());
        let verdict = match check_once(ask, args, variables, &mut service) {
            Ok(verdict) => verdict,
            Err(failure) => {
                alarm.record_failure(failure)?;
                continue;
            }
        };
        if service.take_restart() {
            alarm.breach.interrupt();
        }
        if !alarm.record_verdict(&verdict) {
            continue;
        }
        let written = args.output.destination().write(|out| out.write_all(&verdict.report));
        let Some(hook) = &alarm.hook else { return written.map(|()| Exit::Broken) };
        // The alert is more important than its report, which a full disk must not stop.
        hook.run(PathBuf::from(verdict.line), Vec::new());
        if let Err(failure) = written {
            say(&format!("{}  the report is not written: {}", now(), safe_str(&failure.lines().join("; "))));
        }
    }
}

/// Number of failed checks in a row that are an alert. A single one may be of a file that is being written, or of a
/// service that restarts.
const ALERT_AFTER_FAILURES: usize = 2;

/// Breaches and failures of a repeated check, each with an alert once it has lasted.
#[derive(Default)]
struct Alarm {
    /// Time for which a breach has to last.
    least: Duration,
    /// Command of an alert; `None` if an alert ends the program.
    hook: Option<Hook>,
    breach: HoldTimer,
    /// True if the alert of this breach was given.
    is_alerting: bool,
    /// True after the first verdict.
    has_judged: bool,
    failure: HoldTimer,
    /// Number of failed checks in a row.
    failures: usize,
    /// Last failure that was reported.
    reported: Option<String>,
    /// True if the alert of these failures was given.
    is_failure_told: bool,
}

impl Alarm {
    /// Records a check without a verdict. A check that fails for as long as a breach has to last is an alert, since
    /// nothing is watched then.
    ///
    /// # Errors
    /// The failure if it is an alert and there is no command, or if there was no verdict before it: a check that never
    /// succeeded is not repeated.
    fn record_failure(&mut self, failure: CliFailure) -> Result<(), CliFailure> {
        if !self.has_judged {
            return Err(failure);
        }
        self.breach.interrupt();
        let line = format!("cannot be checked: {}", failure.lines().join("; "));
        if self.reported.as_ref() != Some(&line) {
            say(&format!("{}  {}", now(), safe_str(&line)));
            self.reported = Some(line.clone());
        }
        self.failures += 1;
        let lasted = self.failure.record_true(Instant::now());
        if self.failures < ALERT_AFTER_FAILURES || lasted < self.least || self.is_failure_told {
            return Ok(());
        }
        let Some(hook) = &self.hook else { return Err(failure) };
        self.is_failure_told = true;
        hook.run(PathBuf::from(line), Vec::new());
        Ok(())
    }

    /// Records a verdict; returns true if it is an alert.
    fn record_verdict(&mut self, verdict: &CheckVerdict) -> bool {
        self.has_judged = true;
        if self.failure.record_false() {
            say(&format!("{}  can be checked again", now()));
        }
        (self.failures, self.reported, self.is_failure_told) = (0, None, false);
        if verdict.exit != Exit::Broken {
            if self.breach.record_false() {
                say(&format!("{}  holds again: {}", now(), verdict.line));
            }
            self.is_alerting = false;
            return false;
        }
        let held = self.breach.record_true(Instant::now());
        if held.is_zero() {
            say(&format!("{}  broken: {}", now(), verdict.line));
        }
        let is_alert = held >= self.least && !self.is_alerting;
        self.is_alerting |= is_alert;
        is_alert
    }
}

fn lasting(least: Duration) -> String {
    if least.is_zero() { "the first breach".to_owned() } else { format!("a breach of {}", brief(least)) }
}

/// Checks the condition and the rules once. The condition comes first, so that no baseline is stored while it holds. In a
/// repeated check, a part that is exceeded counts even if the other one cannot be judged.
fn check_once(
    ask: &LoadPlan,
    args: &CheckArgs,
    variables: Variables<'_>,
    service: &mut WatchedService,
) -> Result<CheckVerdict, CliFailure> {
    let condition = args.alert.when.as_ref();
    let condition = condition.map(|condition| check_condition(ask, args, condition, service)).transpose();
    let (condition, unjudged) = match condition {
        Err(failure) if ask.is_repeated_check() && has_rules(args) => (None, Some(failure)),
        condition => (condition?, None),
    };
    let (mut broken, mut report) = (String::new(), Vec::new());
    let written = |error: std::io::Error| CliFailure::input(error.to_string(), None);
    let mut exit = match &condition {
        Some(condition) if condition.holds => Exit::Broken,
        _ => Exit::Done,
    };
    if has_rules(args) {
        let checked = check_rules(ask, args, variables, condition.as_ref(), &mut |checked, format| {
            report.clear();
            broken = checked.broken_line();
            checked.write(format, &mut report).map_err(written)
        });
        exit = match checked {
            Err(_) if ask.is_repeated_check() && exit == Exit::Broken => exit,
            checked => checked?,
        };
    }
    if let Some(failure) = unjudged.filter(|_| exit != Exit::Broken) {
        return Err(failure);
    }
    if report.is_empty()
        && let Some(condition) = &condition
    {
        condition.write(written_format(args)?, &mut report).map_err(written)?;
    }
    let line = match condition {
        Some(condition) if broken.is_empty() => condition.line(),
        None if broken.is_empty() => "all limits hold".to_owned(),
        _ => broken,
    };
    Ok(CheckVerdict { exit, line, report })
}

/// Checks the condition against the memory of a service; loads the profiles only if no other source has the figure, or if
/// other inputs than the service are named.
fn check_condition(
    ask: &LoadPlan,
    args: &CheckArgs,
    condition: &Condition,
    service: &mut WatchedService,
) -> Result<ConditionResult, CliFailure> {
    let refused = |why: ConditionError| {
        let (line, hint) = why.words();
        CliFailure::input(format!("--when `{condition}`: {line}"), Some(hint.to_owned()))
    };
    let text = condition.to_string();
    if let Some(remote) = only_service(ask) {
        let ServiceMemory { memory, refusal, .. } = service.read(remote, &ask.options);
        let reading = MemoryReading::of(None, Some(&memory), None, args.alert.of);
        match condition.holds(&reading) {
            Ok(holds) => return Ok(ConditionResult { text, reading: reading.words(), holds, warnings: Vec::new() }),
            Err(ConditionError::NoFigure(Figure::Heap)) if !service.needs_runtime(Figure::Heap) => {}
            Err(why @ ConditionError::NoFigure(Figure::Heap)) => {
                let failed = |reason| CliFailure::input(format!("--when `{condition}`: {reason}"), None);
                return Err(refusal.map_or_else(|| refused(why), failed));
            }
            Err(why) => return Err(refused(why)),
        }
    }
    let (loaded, refusal) = load_whole(ask)?;
    let mut failures: Vec<CliFailure> = refusal.into_iter().collect();
    let mut warnings: Vec<String> = loading::warnings(&loaded).into_iter().map(|note| note.line).collect();
    let mut series = loaded.series;
    loading::add_service_memory(&mut series, ask);
    let query = figures::query(&series, &loaded.stores, ask)?;
    warnings.extend(gate_inputs::absent_instances(&series, &query));
    warnings.extend(changes_beside_levels(&series, &query));
    failures.extend(gate_inputs::check_threads_complete(&series, &Timeline::new(&series), &query).err());
    let series = Arc::new(series);
    let mut readings = Vec::new();
    for found in readings_of(&series, &query, args) {
        match condition.holds(&found.reading).map_err(|why| found.reason(why)) {
            Ok(holds) => readings.push((holds, found)),
            Err(why) => failures.push(with_known_instances(refused(why), why, &series, args)),
        }
    }
    // A repeated check alerts if the condition holds for what can be judged.
    let is_alert = ask.is_repeated_check() && readings.iter().any(|(holds, _)| *holds);
    if let Some(failure) = failures.into_iter().next().filter(|_| !is_alert) {
        return Err(failure);
    }
    // One instance that fulfils the condition is enough; it is the one with the largest figure that is named.
    let count = readings.len();
    if !readings.iter().any(|(holds, _)| *holds) {
        readings.iter().try_for_each(|(_, found)| check_noise(&series, condition, found))?;
    }
    let worst = readings.into_iter().max_by_key(|(holds, found)| (*holds, found.reading.value(condition.figure)));
    let (holds, found) = worst.ok_or_else(|| refused(ConditionError::NoFigure(condition.figure)))?;
    let (words, name) = (found.reading.words(), series.instance_label(found.instance));
    let reading = if count > 1 { format!("{} (of {count} instances): {words}", safe_str(name.raw())) } else { words };
    Ok(ConditionResult { text, reading, holds, warnings })
}

/// Refuses a condition on the in-use bytes of a profile whose sampling noise could hide that it holds.
fn check_noise(series: &Arc<Series>, condition: &Condition, found: &InstanceReading) -> Result<(), CliFailure> {
    let (Some(sample_type), Some(heap)) = (found.sampled, found.reading.heap) else { return Ok(()) };
    if condition.figure != Figure::Heap {
        return Ok(());
    }
    let query = Query {
        sample_type,
        window: found.window,
        aggregate: Aggregate::Last,
        instance: Some(found.instance),
        ..Query::default_for(series)
    };
    let answer = derive(series, &query, None).map_err(|error| CliFailure::input(error.to_string(), None))?;
    let sums = GateSums::current(&answer).map_err(|error| limited(&error))?;
    // A merge of a store has the sum of several profiles, and the reading is their mean.
    let scale = heap as f64 / sums.total.as_f64().max(1.0);
    let two_sigma = 2.0 * sums.variance.unwrap_or(0.0).max(0.0).sqrt() * scale;
    if !condition.is_hidden_by(two_sigma, &found.reading) {
        return Ok(());
    }
    let [noise, total] = [two_sigma as i64, heap].map(|bytes| Unit::Bytes.long(bytes));
    let line =
        format!("--when `{condition}`: sampling noise of ±{noise} could hide that it holds: the heap has {total}");
    Err(CliFailure::input(line, Some("sample more often, or give a larger limit".to_owned())))
}

/// Service that a request is about; `None` if it names other sources, files of memory figures, or a part of a series,
/// which have to be read.
fn only_service(ask: &LoadPlan) -> Option<&Remote> {
    let [address] = ask.addresses.as_slice() else { return None };
    let is_whole = ask.memory.is_empty() && ask.instance.is_none() && ask.windows[0].is_none();
    address.remote().filter(|_| is_whole)
}

/// Failure of a condition on a figure that other instances have, with these as the hint: figures of `--memory` are of
/// one process.
fn with_known_instances(failure: CliFailure, why: ConditionError, series: &Series, args: &CheckArgs) -> CliFailure {
    let ConditionError::NoFigure(figure) = why else { return failure };
    let mut known: Vec<String> = Vec::new();
    for snapshot in series.snapshots() {
        let header = &snapshot.header;
        let reading = MemoryReading::of(header.metrics, header.memory.as_deref(), None, args.alert.of);
        let label = series.instance_label(snapshot.membership.instance);
        let name = format!("`--instance {}`", label.shown());
        if reading.value(figure).is_some() && !known.contains(&name) {
            known.push(name);
        }
    }
    if known.is_empty() || series.instances().len() < 2 {
        return failure;
    }
    let hint = format!("it is known of other instances: {} judges one that has it", known.join(" or "));
    let with_hint = |note| MessageLine { hint: Some(hint.clone()), ..note };
    CliFailure { notes: failure.notes.into_iter().map(with_hint).collect(), ..failure }
}

/// Memory of an instance at its last snapshot in the window.
struct InstanceReading {
    instance: usize,
    /// Window that ends with the last snapshot of the instance, or of each of its threads.
    window: Window,
    reading: MemoryReading,
    /// Sample type of the profile that the size of the heap is from; `None` if it is from another source.
    sampled: Option<usize>,
    /// True if the profiles of the window tell what changed.
    is_of_changes: bool,
}

impl InstanceReading {
    /// Reason why a condition cannot be tested, of which the kind of the profiles may be the cause.
    fn reason(&self, why: ConditionError) -> ConditionError {
        match why {
            ConditionError::NoFigure(Figure::Heap) if self.is_of_changes => ConditionError::OnlyChanges,
            why => why,
        }
    }
}

/// Warnings about profiles of changes beside levels, whose heap is not tested, and about levels that may be changes;
/// empty if all of them are levels.
fn changes_beside_levels(series: &Series, query: &Query) -> Vec<String> {
    let Some(sample_type) = in_use_type(series) else { return Vec::new() };
    let members = query.window.members(series, query.instance);
    let changes: Vec<usize> = members.filter(|at| series.snapshots()[*at].is_of_changes()).collect();
    let (left_out, levels): (Vec<usize>, Vec<usize>) =
        changes.into_iter().partition(|at| series.is_change_among_levels(*at));
    let is_unclear = |at: &usize| series.snapshots()[*at].header.counting == Counting::ByDuration;
    let is_unclear = levels.iter().any(is_unclear);
    let unclear = is_unclear.then(|| Finding::InUseUnclear.to_string());
    figure_notes::left_out(series, sample_type, &left_out).into_iter().chain(unclear).collect()
}

/// Memory figures of the last snapshot of each instance in the window; the profile is the last one that is of a level.
/// Threads of one process are added up.
fn readings_of(series: &Series, query: &Query, args: &CheckArgs) -> Vec<InstanceReading> {
    let mut newest: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    let mut levels = newest.clone();
    for at in query.window.members(series, query.instance) {
        let snapshot = &series.snapshots()[at];
        let member = snapshot.membership;
        newest.entry(member.instance).or_default().insert(member.lane, at);
        if !snapshot.is_of_changes() {
            levels.entry(member.instance).or_default().insert(member.lane, at);
        }
    }
    let reading = |(instance, newest): (usize, BTreeMap<usize, usize>)| {
        let header = &series.snapshots()[newest.values().copied().max()?].header;
        let is_of_changes = !levels.contains_key(&instance);
        let lanes = levels.get(&instance).unwrap_or(&newest);
        let (first, last) = lanes.values().copied().min().zip(lanes.values().copied().max())?;
        let in_use = lanes.values().filter_map(|at| in_use_bytes(series, *at)).reduce(i64::saturating_add);
        let of = |in_use| MemoryReading::of(header.metrics, header.memory.as_deref(), in_use, args.alert.of);
        let sampled = in_use_type(series).filter(|_| of(None).heap.is_none());
        Some(InstanceReading { instance, window: Window { first, last }, reading: of(in_use), sampled, is_of_changes })
    };
    newest.into_iter().filter_map(reading).collect()
}
