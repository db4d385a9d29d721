//! `heapglass check`: interprets its options, and determines the exit code.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::analysis::gate::{Limit, Threshold};
use crate::analysis::{Answer, Gate, GateError, GateRule, GateSums, Normalize, Outcome, Verdict};
use crate::base::limits::{LimitError, LimitKind};
use crate::base::safe_text::safe_str;
use crate::base::units::{Unit, parse_size};
use crate::report::{Baseline, BaselineError, CheckResult, LedgerLine, ReportFormat};
use crate::source::http::CancelCheck;
use crate::source::{Address, SourceError};

use super::args::CheckArgs;
use super::environment::{Variables, style};
use super::exit::Exit;
use super::figures::ReportAnswer;
use super::gate_inputs;
use super::history;
use super::message::limited;
use super::message::{CliFailure, MessageLine, warn};
use super::output::replace;
use super::request::{LoadPlan, output, written};

/// Maximum size of a baseline, in bytes: a few hundred thousand functions.
const MOST_BASELINE: u64 = 64 << 20;
/// Divisor of the memory limit for the text of a baseline; its rows take more memory than the text.
const BASELINE_PART: u64 = 8;

/// Checks the rules, prints the result, and returns the exit code.
///
/// # Errors
/// [`CliFailure`] without a rule, for a rule without its base, or if the sources or the baseline cannot be read.
pub(crate) fn check(ask: &LoadPlan, args: &CheckArgs, variables: Variables<'_>) -> Result<Exit, CliFailure> {
    let output = output(&args.output);
    let exit =
        check_rules(ask, args, variables, &mut |checked, format| output.write(|out| checked.write(format, out)))?;
    // The console of a build shows the reason even if the report is in a file.
    if let (Exit::Broken, Some(path)) = (exit, output.path()) {
        let path = path.display().to_string();
        warn(&MessageLine::new(format!("a limit is exceeded; {} says which", safe_str(&path))));
    }
    Ok(exit)
}

/// Returns true if there are rules other than a condition.
pub(crate) fn has_rules(args: &CheckArgs) -> bool {
    args.alert.when.is_none() || !typed(args).is_empty() || args.update_baseline
}

/// Receiver of a result with its format.
pub(crate) type ResultWriter<'a> = &'a mut dyn FnMut(&CheckResult<'_>, ReportFormat) -> Result<(), CliFailure>;

/// Checks the rules, passes on the result, and returns the exit code.
///
/// # Errors
/// Same errors as [`check`].
pub(crate) fn check_rules(
    ask: &LoadPlan,
    args: &CheckArgs,
    variables: Variables<'_>,
    write: ResultWriter<'_>,
) -> Result<Exit, CliFailure> {
    let format = written_format(args)?;
    let typed = rules_to_check(ask, args)?;
    let revision = args.history.as_ref().map(|_| history::revision(args.revision.as_deref(), variables)).transpose()?;
    let figures = ReportAnswer::load(ask)?;
    let subject = figures.subject(0, style(&ask.screen, &output(&args.output), variables));
    let answer = subject.answer;
    let sample_type = &answer.series.sample_types()[answer.query.sample_type];
    gate_inputs::check(&figures, ask)?;
    let (name, unit) = (sample_type.name.raw(), sample_type.unit.raw());
    let counted = Unit::of(unit);
    let rules = typed.into_iter().map(|typed| typed.rule(&counted)).collect::<Result<Vec<GateRule>, CliFailure>>()?;
    gate_inputs::check_limits(answer, &rules)?;
    let kept = match &args.baseline {
        None => None,
        Some(path) => match (read(path, answer, ask)?, args.update_baseline) {
            (None, false) => return Err(missing(path)),
            // A baseline that will be written may be missing.
            (kept, _) => kept,
        },
    };
    let current = GateSums::current(answer).map_err(|error| limited(&error))?;
    let base = match (GateSums::base(answer).map_err(|error| limited(&error))?, &kept) {
        (Some(base), _) => Some(base),
        (None, Some(kept)) if rules.iter().any(|rule| rule.limit.needs_base()) || !args.update_baseline => {
            Some(kept.sums(name, unit).map_err(|error| without_figures(&error))?)
        }
        (None, _) => None,
    };
    needs_base(&rules, base.as_ref())?;
    gate_inputs::check_growth(&current, base.as_ref())?;
    warn_of_sigma(args.sigma, &current, base.as_ref());
    let per_instance = base.as_ref().and_then(|base| PerInstance::of(&current, base));
    let (judged, judged_base) = match &per_instance {
        Some(sums) => (&sums.current, Some(&sums.base)),
        None => (&current, base.as_ref()),
    };
    let gate = Gate::new(judged, judged_base, args.sigma, answer);
    // A limit on a total applies to all instances together.
    let of_all = per_instance.as_ref().map(|_| Gate::new(&current, base.as_ref(), args.sigma, answer));
    let gate_of = |rule: &GateRule| of_all.as_ref().filter(|_| !rule.limit.needs_base()).unwrap_or(&gate);
    let verdicts: Result<Vec<Verdict<'_>>, GateError> = rules.iter().map(|rule| gate_of(rule).check(rule)).collect();
    let verdicts = verdicts.map_err(|error| no_subject(&error))?;
    let checked = CheckResult {
        subject,
        current: judged,
        base: judged_base,
        instances: per_instance.as_ref().map(|sums| sums.instances),
        verdicts: &verdicts,
        sigma: args.sigma,
        warnings: figures.warnings(),
    };
    if !rules.is_empty() {
        write(&checked, format)?;
    }
    if let (Some(path), Some(revision)) = (&args.history, &revision) {
        let ok = (!rules.is_empty()).then(|| checked.ok());
        history::record(path, &LedgerLine::new(revision, answer, &current, ok))?;
    }
    if verdicts.iter().any(|verdict| verdict.outcome == Outcome::Broken) {
        return Ok(Exit::Broken);
    }
    if !checked.ok() {
        let line = "sampling noise could hide a growth beyond a limit, so that the gate cannot judge it";
        return Err(CliFailure::input(line, Some("sample more often, or give a larger limit".to_owned())));
    }
    if let Some(path) = args.baseline.as_deref().filter(|_| args.update_baseline) {
        let mut baseline = kept.unwrap_or_else(|| Baseline::new(answer));
        baseline.keep(name, unit, &current);
        replace(path, |out| baseline.write(out))?;
    }
    Ok(Exit::Done)
}

/// Format of the result.
fn written_format(args: &CheckArgs) -> Result<ReportFormat, CliFailure> {
    let format = args.format.map_or(ReportFormat::Text, written);
    if format == ReportFormat::Csv {
        let hint = "it can be written as text, json, markdown";
        return Err(CliFailure::input("`check` cannot be written as csv", Some(hint.to_owned())));
    }
    Ok(format)
}

/// Rules as typed. It is an error if there is nothing to check.
fn rules_to_check(ask: &LoadPlan, args: &CheckArgs) -> Result<Vec<TypedRule>, CliFailure> {
    let typed = typed(args);
    if typed.is_empty() && !args.update_baseline && args.history.is_none() {
        let hint = "`--max-total 512MiB` and `--max-growth 5%` are limits; `heapglass check --help` lists them all";
        return Err(CliFailure::input("there is nothing to check", Some(hint.to_owned())));
    }
    if ask.query.normalize == Normalize::On && !args.max_growth.is_empty() {
        let hint = "`--normalize` makes both totals equal, so that nothing can grow; leave it out";
        return Err(CliFailure::input("--normalize cannot go with --max-growth", Some(hint.to_owned())));
    }
    Ok(typed)
}

/// Sums per instance, for a window and a baseline with different numbers of instances.
struct PerInstance {
    current: GateSums,
    base: GateSums,
    /// Numbers of instances in the baseline and now.
    instances: [usize; 2],
}

impl PerInstance {
    /// Sums per instance; `None` if both sides have the same number of instances.
    fn of(current: &GateSums, base: &GateSums) -> Option<Self> {
        (current.instances != base.instances).then(|| Self {
            current: current.per_instance(),
            base: base.per_instance(),
            instances: [base.instances, current.instances],
        })
    }
}

/// Failure if a baseline has no figures of the sample type.
fn without_figures(error: &BaselineError) -> CliFailure {
    let hint = match error {
        BaselineError::Unit(..) => {
            "`heapglass check --baseline FILE --update-baseline PROFILE` writes them in this unit"
        }
        _ => "`--update-baseline` adds them",
    };
    CliFailure::input(error.to_string(), Some(hint.to_owned()))
}

/// Failure for a rule without a subject, such as a misspelled function or owner.
fn no_subject(error: &GateError) -> CliFailure {
    let (option, hint) = match error {
        GateError::NoMatch(_) => (
            "max-function",
            "`heapglass report top` lists the functions; a limit that is about none of them checks nothing",
        ),
        GateError::NoOwner(_) => ("max-owner", "`--owners` names the file with the owners; `unowned` is the rest"),
    };
    CliFailure::input(format!("--{option}: {}", safe_str(&error.to_string())), Some(hint.to_owned()))
}

/// Rule as typed. The unit of its sizes is known only after loading.
struct TypedRule {
    name: &'static str,
    text: String,
}

/// Typed rules, in the order of the help.
fn typed(args: &CheckArgs) -> Vec<TypedRule> {
    let lists = [
        ("max-total", &args.max_total),
        ("max-growth", &args.max_growth),
        ("max-function", &args.max_function),
        ("max-new", &args.max_new),
        ("max-owner", &args.max_owner),
    ];
    let rules = lists.into_iter().flat_map(|(name, texts)| texts.iter().map(move |text| (name, text)));
    rules.map(|(name, text)| TypedRule { name, text: text.clone() }).collect()
}

impl TypedRule {
    fn rule(self, unit: &Unit) -> Result<GateRule, CliFailure> {
        let Self { name, text } = self;
        let limit = match name {
            "max-total" => size(name, &text, unit).map(Limit::Total),
            "max-growth" => bound(name, &text, unit).map(Limit::Growth),
            "max-new" => size(name, &text, unit).map(Limit::New),
            "max-owner" => owner(name, &text, unit),
            _ => function(name, &text, unit),
        };
        limit.map(|limit| GateRule { name, text, limit })
    }
}

/// Parses `REGEX=SIZE` or `REGEX=PERCENT`. The last `=` is the separator, since a pattern may contain others.
fn function(name: &str, text: &str, unit: &Unit) -> Result<Limit, CliFailure> {
    let Some((pattern, limit)) = text.rsplit_once('=') else {
        let hint = "write `--max-function 'json\\.Unmarshal=10MiB'`, or `=5%` for its growth";
        return Err(refused(name, text, "it has no `=`", Some(hint.to_owned())));
    };
    Limit::function(pattern, bound(name, limit, unit)?).map_err(|reason| {
        refused(name, pattern, &reason, Some("a backslash makes a character stand for itself: `\\(`".to_owned()))
    })
}

/// Parses `OWNER=SIZE`.
fn owner(name: &str, text: &str, unit: &Unit) -> Result<Limit, CliFailure> {
    let Some((owner, limit)) = text.rsplit_once('=') else {
        let hint = "write `--max-owner @shop/storage=64MiB`";
        return Err(refused(name, text, "it has no `=`", Some(hint.to_owned())));
    };
    Ok(Limit::Owner(owner.trim().to_owned(), size(name, limit, unit)?))
}

/// Parses a size, or a percentage of the base.
fn bound(name: &str, text: &str, unit: &Unit) -> Result<Threshold, CliFailure> {
    match text.strip_suffix('%') {
        None => size(name, text, unit).map(Threshold::Size),
        Some(number) => millionths(number)
            .map(Threshold::Percent)
            .ok_or_else(|| refused(name, text, "this is not a percentage", Some("write `5%` or `0.5%`".to_owned()))),
    }
}

/// Parses a percentage to millionths of 1, exactly.
fn millionths(text: &str) -> Option<i64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let is_plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(whole) || !is_plain(part) || part.len() > 6 {
        return None;
    }
    let part: i64 = format!("{part:0<6}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(part)
}

/// Parses a size in the unit of the sample type: bytes with an optional prefix, else plain numbers.
fn size(name: &str, text: &str, unit: &Unit) -> Result<i64, CliFailure> {
    let is_plain = text.trim().bytes().all(|byte| byte.is_ascii_digit());
    let factor = match unit {
        Unit::Bytes => 1,
        Unit::BytesTimes(factor) => *factor,
        _ if is_plain => 1,
        _ => {
            let hint = "write a plain number, or look at bytes: `--sample-type inuse_space`";
            return Err(refused(name, text, "the sample type counts no bytes", Some(hint.to_owned())));
        }
    };
    let bytes = parse_size(text).map_err(|error| refused(name, text, &error.to_string(), error.hint()))?;
    Ok(i64::try_from(bytes / factor).unwrap_or(i64::MAX))
}

fn refused(name: &str, text: &str, reason: &str, hint: Option<String>) -> CliFailure {
    CliFailure::input(format!("--{name} `{}`: {reason}", safe_str(text)), hint)
}

/// Returns an error if a limit of growth has no base.
fn needs_base(rules: &[GateRule], base: Option<&GateSums>) -> Result<(), CliFailure> {
    match rules.iter().find(|rule| rule.limit.needs_base()).filter(|_| base.is_none()) {
        None => Ok(()),
        Some(rule) => {
            let line = format!("--{} `{}` needs a base", rule.name, safe_str(&rule.text));
            let hint = "`--base FILE` names a profile to compare with, `--baseline FILE` stored figures";
            Err(CliFailure::input(line, Some(hint.to_owned())))
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
    let mut text = String::new();
    let length = file.take(most + 1).read_to_string(&mut text);
    length.map_err(|error| CliFailure::input(said(&error), None))?;
    if text.len() as u64 > most && most < MOST_BASELINE {
        let subject = "the memory that this baseline needs";
        return Err(limited(&LimitError { kind: LimitKind::Memory, subject, limit: memory }));
    }
    if text.len() as u64 > MOST_BASELINE {
        return Err(CliFailure::input(said(&"too long for a baseline"), None));
    }
    let hint = "`heapglass check --baseline FILE --update-baseline PROFILE` makes a new one";
    let baseline = Baseline::read(&text, answer);
    baseline.map(Some).map_err(|error| CliFailure::input(said(&error), Some(hint.to_owned())))
}

fn missing(path: &Path) -> CliFailure {
    CliFailure::input(format!("{}: no such file", path.display()), Some("`--update-baseline` makes it".to_owned()))
}
