//! `heapglass check`: interprets its options, and determines the exit code.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::analysis::caveat::{WindowFacts, grows_with_time, unlike_rates, unlike_spans};
use crate::analysis::derive::Side;
use crate::analysis::{Answer, Caveat, GateError, GateRule, GateSums, NoRate, Normalize, Verdict, caveats};
use crate::base::limits::{LimitError, LimitKind};
use crate::base::safe_text::safe_str;
use crate::base::units::Unit;
use crate::report::{Baseline, BaselineError, CheckResult, ConditionResult, LedgerLine, ReportFormat};
use crate::source::http::CancelCheck;
use crate::source::{Address, SourceError};

use super::args::CheckArgs;
use super::environment::{Variables, style};
use super::exit::Exit;
use super::figure_notes;
use super::figures::ReportAnswer;
use super::gate_inputs;
use super::history;
use super::judged_sums::JudgedSums;
use super::message::limited;
use super::message::{CliFailure, MessageLine, warn};
use super::output::replace;
use super::request::{LoadPlan, written};
use super::rules::{LimitUnit, TypedRule, typed};

/// Maximum size of a baseline, in bytes: a few hundred thousand functions.
const MOST_BASELINE: u64 = 64 << 20;
/// Divisor of the memory limit for the text of a baseline; its rows take more memory than the text.
const BASELINE_PART: u64 = 8;

/// Checks the rules, prints the result, and returns the exit code.
///
/// # Errors
/// [`CliFailure`] without a rule, for a rule without its base, or if the sources or the baseline cannot be read.
pub(crate) fn check(ask: &LoadPlan, args: &CheckArgs, variables: Variables<'_>) -> Result<Exit, CliFailure> {
    let output = args.output.destination();
    let mut write = |checked: &CheckResult<'_>, format| output.write(|out| checked.write(format, out));
    let exit = check_rules(ask, args, variables, None, &mut write)?;
    // The console of a build shows the reason even if the report is in a file.
    if let (Exit::Broken, Some(path)) = (exit, output.path()) {
        let path = path.display().to_string();
        warn(&MessageLine::new(format!("a limit is exceeded; {} says which", safe_str(&path))));
    }
    Ok(exit)
}

/// Returns true if the profile is needed for more than a condition: for limits, a baseline or a ledger.
pub(crate) fn has_rules(args: &CheckArgs) -> bool {
    let is_stored = args.update_baseline || args.history.is_some();
    args.alert.when.is_none() || !typed(&args.rules).is_empty() || is_stored
}

/// Receiver of a result with its format.
pub(crate) type ResultWriter<'a> = &'a mut dyn FnMut(&CheckResult<'_>, ReportFormat) -> Result<(), CliFailure>;

/// Checks the rules, passes on the result together with that of a condition, and returns the exit code.
///
/// # Errors
/// Same errors as [`check`].
pub(crate) fn check_rules(
    ask: &LoadPlan,
    args: &CheckArgs,
    variables: Variables<'_>,
    condition: Option<&ConditionResult>,
    write: ResultWriter<'_>,
) -> Result<Exit, CliFailure> {
    let format = written_format(args)?;
    let typed = rules_to_check(ask, args)?;
    let revision = args.history.as_ref().map(|_| history::revision(args.revision.as_deref(), variables)).transpose()?;
    let figures = ReportAnswer::load(ask)?;
    let subject = figures.subject(0, style(&ask.screen, &args.output.destination(), variables));
    let answer = subject.answer;
    let sample_type = &answer.series.sample_types()[answer.query.sample_type];
    gate_inputs::check(&figures, ask)?;
    let (name, unit) = (sample_type.name.raw(), sample_type.unit.raw());
    let counted = Unit::of(unit);
    let counted = LimitUnit { unit: &counted, bytes_option: figure_notes::bytes_option(answer) };
    let rules = typed.iter().map(|typed| typed.rule(&counted)).collect::<Result<Vec<GateRule>, CliFailure>>()?;
    gate_inputs::check_limits(answer, &rules)?;
    gate_inputs::check_own_base(answer, &rules)?;
    let kept = stored_baseline(ask, args, answer)?;
    let current = GateSums::current(answer).map_err(|error| limited(&error))?;
    let base = match (GateSums::base(answer).map_err(|error| limited(&error))?, &kept) {
        (Some(base), _) => Some(base),
        (None, Some(kept)) if rules.iter().any(|rule| rule.limit.needs_base()) || !args.update_baseline => {
            Some(kept.sums(name, unit).map_err(|error| without_figures(&error, args))?)
        }
        (None, _) => None,
    };
    needs_base(&rules, base.as_ref(), args)?;
    gate_inputs::check_growth(&current, base.as_ref())?;
    gate_inputs::check_spans(&caveats(answer), &rules)?;
    gate_inputs::check_spans(&kept.as_ref().map(|kept| stored_caveats(kept, answer)).unwrap_or_default(), &rules)?;
    let sigma = args.rules.sigma;
    warn_of_sigma(sigma, &current, base.as_ref());
    let stored = kept.as_ref().filter(|_| base.is_some() && answer.base.is_none());
    let sums = JudgedSums::new(answer, current, base)?;
    let gates = sums.gates(sigma, answer);
    let verdicts: Result<Vec<Verdict<'_>>, GateError> = rules.iter().map(|rule| gates.of(rule).check(rule)).collect();
    let verdicts = verdicts.map_err(|error| no_subject(&error))?;
    let mut warnings = judged_warnings(&figures, stored, sums.held());
    warnings.extend(gate_inputs::callers_only(&gates, &rules));
    let checked = CheckResult {
        subject,
        current: sums.current(),
        base: sums.base(),
        instances: sums.instances(),
        verdicts: &verdicts,
        condition,
        sigma,
        warnings: &warnings,
    };
    if !rules.is_empty() {
        write(&checked, format)?;
    }
    if let (Some(path), Some(revision)) = (&args.history, &revision) {
        let ok = (!rules.is_empty() || condition.is_some()).then(|| checked.ok());
        history::record(path, &LedgerLine::new(revision, answer, sums.held(), ok))?;
    }
    if checked.is_broken() {
        return Ok(Exit::Broken);
    }
    figures.check_complete()?;
    if !checked.ok() {
        let line = "sampling noise could hide a growth beyond a limit, so that the gate cannot judge it";
        return Err(CliFailure::input(line, Some("sample more often, or give a larger limit".to_owned())));
    }
    if let Some(path) = args.baseline.as_deref().filter(|_| args.update_baseline) {
        let mut baseline = kept.unwrap_or_else(|| Baseline::new(answer));
        let facts = facts_of_window(answer);
        baseline.keep(name, unit, sums.window(), &facts);
        replace(path, |out| baseline.write(out))?;
    }
    Ok(Exit::Done)
}

/// Baseline of the check; `None` without one, or if a baseline that will be written does not exist yet.
fn stored_baseline(ask: &LoadPlan, args: &CheckArgs, answer: &Answer) -> Result<Option<Baseline>, CliFailure> {
    let Some(path) = &args.baseline else { return Ok(None) };
    if answer.base.is_some() {
        let hint = "leave out `--baseline`, or what makes a base, such as `--base-focus` and `--base-instance`";
        return Err(CliFailure::usage("--baseline: the profile has a base already", Some(hint.to_owned())));
    }
    match read(path, answer, ask)? {
        None if !args.update_baseline => Err(missing(path, args)),
        kept => {
            let name = answer.series.sample_types()[answer.query.sample_type].name.raw();
            gate_inputs::check_baseline(answer, kept.as_ref().and_then(|kept| kept.facts(name)).as_ref())?;
            Ok(kept)
        }
    }
}

/// Format of the result.
///
/// # Errors
/// [`CliFailure`] for a format that a check does not have.
pub(super) fn written_format(args: &CheckArgs) -> Result<ReportFormat, CliFailure> {
    let format = args.format.map_or(ReportFormat::Text, written);
    if format == ReportFormat::Csv {
        let hint = "it can be written as text, json, markdown";
        return Err(CliFailure::usage("`check` cannot be written as csv", Some(hint.to_owned())));
    }
    Ok(format)
}

/// Rules as typed. It is an error if there is nothing to check.
fn rules_to_check(ask: &LoadPlan, args: &CheckArgs) -> Result<Vec<TypedRule>, CliFailure> {
    let typed = typed(&args.rules);
    // An invalid limit is refused before an input is read. Bytes as the unit accept every form of size.
    typed.iter().try_for_each(|typed| typed.rule(&LimitUnit::BYTES).map(drop))?;
    if typed.is_empty() && !args.update_baseline && args.history.is_none() {
        let hint = "`--max-total 512MiB` and `--max-growth 5%` are limits; `heapglass check --help` lists them all";
        return Err(CliFailure::usage("there is nothing to check", Some(hint.to_owned())));
    }
    if ask.query.normalize == Normalize::On && !args.rules.max_growth.is_empty() {
        let hint = "`--normalize` makes both totals equal, so that nothing can grow; leave it out";
        return Err(CliFailure::usage("--normalize cannot go with --max-growth", Some(hint.to_owned())));
    }
    Ok(typed)
}

/// Warnings that touch the verdict, with those about a baseline that the window is compared with.
fn judged_warnings(figures: &ReportAnswer, stored: Option<&Baseline>, held: &GateSums) -> Vec<String> {
    let answer = figures.answer();
    let mut warnings = figures.warnings().to_vec();
    warnings.extend(gate_inputs::too_noisy(answer, held));
    warnings.extend(gate_inputs::absent_instances(&answer.series, &answer.query));
    warnings.extend(stored.map(|kept| stored_notes(kept, answer)).unwrap_or_default());
    warnings
}

/// Facts of the window that a baseline keeps, or is compared by.
fn facts_of_window(answer: &Answer) -> WindowFacts {
    let facts = WindowFacts::of(&answer.series, answer.query.window, answer.query.instance);
    facts.with_growth_snapshots(answer, Side::B)
}

/// Differences between a baseline and the window that make them hard to compare.
fn stored_caveats(kept: &Baseline, answer: &Answer) -> Vec<Caveat> {
    let sample_type = answer.query.sample_type;
    let Some(base) = kept.facts(answer.series.sample_types()[sample_type].name.raw()) else { return Vec::new() };
    let current = facts_of_window(answer);
    let grows = grows_with_time(answer.window_sums[sample_type].role);
    unlike_rates(&base, &current).into_iter().chain(unlike_spans(&base, &current).filter(|_| grows)).collect()
}

/// Prints warnings of differences between a baseline and the window that make them hard to compare, and returns them.
fn stored_notes(kept: &Baseline, answer: &Answer) -> Vec<String> {
    let sample_type = answer.query.sample_type;
    let current = WindowFacts::of(&answer.series, answer.query.window, answer.query.instance);
    let grows = grows_with_time(answer.window_sums[sample_type].role);
    let mut notes: Vec<MessageLine> = Vec::new();
    match kept.facts(answer.series.sample_types()[sample_type].name.raw()) {
        Some(_) => {
            notes.extend(stored_caveats(kept, answer).iter().map(|caveat| MessageLine::new(caveat.to_string())));
        }
        None if grows || !current.rates.is_empty() => {
            let line = "the baseline does not say how its profiles were sampled and what time they cover: whether that \
                        differs is not known";
            notes.push(MessageLine { hint: Some("`--update-baseline` adds it".to_owned()), ..MessageLine::new(line) });
        }
        None => {}
    }
    notes.iter().for_each(warn);
    notes.into_iter().map(|note| note.line).collect()
}

/// Failure if a baseline has no figures of the sample type.
fn without_figures(error: &BaselineError, args: &CheckArgs) -> CliFailure {
    CliFailure::input(error.to_string(), Some(format!("`--update-baseline` {}", stores(args, "stores them"))))
}

/// End of a hint about `--update-baseline`, where `what` is its effect. If the option was given already, only a limit
/// on growth prevented the effect.
fn stores(args: &CheckArgs, what: &str) -> String {
    if args.update_baseline { format!("without a limit on growth {what}") } else { what.to_owned() }
}

/// Failure for a rule without a subject, such as a misspelled function or owner.
fn no_subject(error: &GateError) -> CliFailure {
    let (option, hint) = match error {
        GateError::NoMatch(_) => (
            "max-function",
            "`heapglass report top` lists the functions; a limit that is about none of them checks nothing",
        ),
        GateError::NoOwner(_) => ("max-owner", "`--owners` names the file with the owners; `unowned` is the rest"),
        GateError::NoOwnedFunction(_) => (
            "max-owner",
            "owners are those of source files: the profile lacks their names, or no rule has one of its paths",
        ),
        GateError::NoRate(NoRate::NoSource | NoRate::LogLacksFigure) => {
            ("max-alloc-rate", "profiles with a counter of what was allocated have a rate, such as `alloc_space` of Go")
        }
        GateError::NoRate(_) => {
            ("max-alloc-rate", "a series of snapshots with their times has a rate, or a window of it")
        }
    };
    CliFailure::input(format!("--{option}: {}", safe_str(&error.to_string())), Some(hint.to_owned()))
}

/// Returns an error if a limit of growth has no base.
fn needs_base(rules: &[GateRule], base: Option<&GateSums>, args: &CheckArgs) -> Result<(), CliFailure> {
    let rule = rules.iter().find(|rule| rule.limit.needs_base()).filter(|_| base.is_none());
    match (rule, &args.baseline) {
        (None, _) => Ok(()),
        (Some(_), Some(path)) => Err(missing(path, args)),
        (Some(rule), None) => {
            let line = format!("--{} `{}` needs a base", rule.name, safe_str(&rule.text));
            let hint = "`--base FILE` names a profile to compare with, `--base-window A..B` another window, `--baseline FILE` \
                        stored figures";
            Err(CliFailure::usage(line, Some(hint.to_owned())))
        }
    }
}

/// Warns if there is no estimate of the noise, since all growth counts then.
fn warn_of_sigma(sigma: f64, current: &GateSums, base: Option<&GateSums>) {
    let is_known = current.variance.is_some() && base.is_none_or(|base| base.variance.is_some());
    if sigma > 0.0 && !is_known {
        let line = "--sigma: the profile has no sampling rate, or contains every allocation; all growth counts";
        warn(&MessageLine::new(line));
    }
}

/// Reads a baseline; `None` if the file does not exist.
fn read(path: &Path, answer: &Answer, ask: &LoadPlan) -> Result<Option<Baseline>, CliFailure> {
    let said = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let address = Address::parse(path.as_os_str()).with_access(&ask.access);
    let is_cancelled: CancelCheck = Arc::new(|| false);
    let memory = ask.options.limits.memory;
    let most = MOST_BASELINE.min(memory / BASELINE_PART);
    let file = match address.open_limited(most + 1, &is_cancelled) {
        Err(SourceError::Missing) => return Ok(None),
        file => file.map_err(|error| CliFailure::input(said(&error), None))?,
    };
    let mut bytes = Vec::new();
    let length = file.take(most + 1).read_to_end(&mut bytes);
    length.map_err(|error| CliFailure::input(said(&error), None))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        let hint = "`--base FILE` compares with a profile; `--update-baseline` makes a baseline".to_owned();
        CliFailure::input(said(&"not a baseline of heapglass: it is no text"), Some(hint))
    })?;
    if text.len() as u64 > most && most < MOST_BASELINE {
        let subject = "the memory that this baseline needs";
        return Err(limited(&LimitError { kind: LimitKind::Memory, subject, limit: memory }));
    }
    if text.len() as u64 > MOST_BASELINE {
        return Err(CliFailure::input(said(&"too long for a baseline"), None));
    }
    let baseline = Baseline::read(&text, answer, ask.query.aggregate);
    baseline.map(Some).map_err(|error| {
        let options = match &error {
            BaselineError::Granularity(..) | BaselineError::Scope(..) => {
                "check with the options that it was made with, or "
            }
            _ => "",
        };
        let hint = format!("{options}remove the file or name another one, and `--update-baseline` makes a new one");
        CliFailure::input(said(&error), Some(hint))
    })
}

fn missing(path: &Path, args: &CheckArgs) -> CliFailure {
    let hint = format!("`--update-baseline` {}", stores(args, "makes it"));
    CliFailure::input(format!("{}: no such file", path.display()), Some(hint))
}
