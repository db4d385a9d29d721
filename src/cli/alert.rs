//! `check --when` and `check --every`: a condition on the memory of a service, and rules that are checked periodically.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::analysis::in_use_bytes;
use crate::base::safe_text::safe_str;
use crate::load;
use crate::profile::Series;
use crate::source::http::Remote;
use crate::source::process;
use crate::term::Ticker;

use super::args::CheckArgs;
use super::check::{check_rules, has_rules};
use super::condition::{Condition, ConditionError, Figure, HoldTimer, MemoryReading};
use super::environment::Variables;
use super::exit::Exit;
use super::explore::now;
use super::hook::Hook;
use super::loading;
use super::message::{CliFailure, say};
use super::network::brief;
use super::request::{LoadPlan, output};

/// Verdict of one check.
struct CheckVerdict {
    exit: Exit,
    /// Verdict in one line.
    line: String,
    /// Report of the rules; empty without rules.
    report: Vec<u8>,
}

/// Checks once without a period; with a period, until the alert; with a period and a command, forever.
///
/// # Errors
/// [`CliFailure`] if the check is not possible, or if the first check fails.
pub(crate) fn alert(ask: &LoadPlan, args: &CheckArgs, variables: Variables<'_>) -> Result<Exit, CliFailure> {
    let Some(every) = args.alert.every else {
        let verdict = check_once(ask, args, variables)?;
        print(args, &verdict)?;
        return Ok(verdict.exit);
    };
    let hook = args.alert.exec.clone().map(Hook::start).transpose();
    let hook = hook.map_err(|error| CliFailure::input(format!("--exec: {error}"), None))?;
    let least = args.alert.least.unwrap_or_default();
    let (began, mut beats) = (Instant::now(), Ticker::new(every, 0));
    // Last failure that was reported; `None` before the first verdict.
    let (mut hold_timer, mut is_alerting, mut failed) = (HoldTimer::default(), false, None::<String>);
    say(&format!("checking every {}, an alert after {}; Ctrl-C stops", brief(every), lasting(least)));
    loop {
        thread::sleep(beats.upcoming(began.elapsed()));
        beats.take(began.elapsed());
        let verdict = match check_once(ask, args, variables) {
            Ok(verdict) => verdict,
            // A check that never succeeded is not repeated.
            Err(failure) if failed.is_none() => return Err(failure),
            Err(failure) => {
                let line = failure.lines().join("; ");
                if failed.as_ref() != Some(&line) {
                    say(&format!("{}  cannot be checked: {}", now(), safe_str(&line)));
                    failed = Some(line);
                }
                continue;
            }
        };
        failed = Some(String::new());
        if verdict.exit != Exit::Broken {
            if hold_timer.record_false() {
                say(&format!("{}  holds again: {}", now(), verdict.line));
            }
            is_alerting = false;
            continue;
        }
        let held = hold_timer.record_true(Instant::now());
        if held.is_zero() {
            say(&format!("{}  broken: {}", now(), verdict.line));
        }
        if held < least || is_alerting {
            continue;
        }
        is_alerting = true;
        print(args, &verdict)?;
        match &hook {
            Some(hook) => hook.run(PathBuf::from(verdict.line), Vec::new()),
            None => return Ok(Exit::Broken),
        }
    }
}

fn lasting(least: Duration) -> String {
    if least.is_zero() { "the first breach".to_owned() } else { format!("a breach of {}", brief(least)) }
}

/// Writes the verdict of a condition in one line, then the report of the rules.
fn print(args: &CheckArgs, verdict: &CheckVerdict) -> Result<(), CliFailure> {
    output(&args.output).write(|out| {
        if args.alert.when.is_some() {
            let word = if verdict.exit == Exit::Broken { "broken" } else { "ok" };
            writeln!(out, "{word}  {}", safe_str(&verdict.line))?;
        }
        out.write_all(&verdict.report)
    })
}

/// Checks the rules and the condition once.
fn check_once(ask: &LoadPlan, args: &CheckArgs, variables: Variables<'_>) -> Result<CheckVerdict, CliFailure> {
    let (mut exit, mut report) = (Exit::Done, Vec::new());
    if has_rules(args) {
        exit = check_rules(ask, args, variables, &mut |checked, format| {
            report.clear();
            checked.write(format, &mut report).map_err(|error| CliFailure::input(error.to_string(), None))
        })?;
    }
    let mut line = match exit {
        Exit::Done => "all limits hold".to_owned(),
        _ => String::from_utf8_lossy(&report).lines().next().unwrap_or_default().to_owned(),
    };
    if let Some(condition) = &args.alert.when {
        let (holds, reading) = check_condition(ask, args, condition)?;
        line = format!("{condition}: {}", reading.words());
        if holds {
            exit = Exit::Broken;
        }
    }
    Ok(CheckVerdict { exit, line, report })
}

/// Checks the condition against the memory of a service; loads the profile only if no other source has the figure.
fn check_condition(
    ask: &LoadPlan,
    args: &CheckArgs,
    condition: &Condition,
) -> Result<(bool, MemoryReading), CliFailure> {
    let refused = |why: ConditionError| {
        let (line, hint) = why.words();
        CliFailure::input(format!("--when `{condition}`: {line}"), Some(hint.to_owned()))
    };
    if let [address] = ask.addresses.as_slice()
        && let Some(remote) = address.remote()
    {
        let process = remote.local_port().and_then(process::listener);
        let figures = remote.with_figures();
        let memory = load::service_memory(figures.as_ref(), process, &ask.options, &Arc::default()).memory;
        let reading = MemoryReading::of(None, Some(&memory), None, args.alert.of);
        match condition.holds(&reading) {
            Ok(holds) => return Ok((holds, reading)),
            Err(ConditionError::NoFigure(Figure::Heap)) => {}
            Err(why) => return Err(refused(why)),
        }
    }
    let mut series = loading::load(ask)?.series;
    if ask.addresses.iter().any(|address| address.remote().is_some_and(|remote| Remote::with_figures(remote).is_none()))
    {
        loading::add_service_memory(&mut series, ask);
    }
    let reading = reading(&series, args);
    let holds = condition.holds(&reading).map_err(refused)?;
    Ok((holds, reading))
}

/// Memory figures of the last snapshot.
fn reading(series: &Series, args: &CheckArgs) -> MemoryReading {
    let last = series.range_of(crate::profile::Input::Current).next_back().unwrap_or(0);
    let header = &series.snapshots()[last].header;
    MemoryReading::of(header.metrics, header.memory.as_deref(), in_use_bytes(series, last), args.alert.of)
}
