//! Limits of `heapglass check` as they are typed.

use clap::Args;

use crate::analysis::GateRule;
use crate::analysis::amount::Amount;
use crate::analysis::gate::{Limit, Threshold};
use crate::base::safe_text::safe_str;
use crate::base::units::{Unit, parse_millionths, parse_size_in_millionths};

use super::exit::Exit;
use super::message::CliFailure;

/// Options of the limits.
#[derive(Debug, Args)]
pub(crate) struct RuleArgs {
    /// Maximum total
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true, help_heading = "Limits to check")]
    pub(crate) max_total: Vec<String>,
    /// Maximum growth of the total, as a size or a percentage of the base
    #[arg(long, value_name = "SIZE|PERCENT", allow_hyphen_values = true, help_heading = "Limits to check")]
    pub(crate) max_growth: Vec<String>,
    /// Maximum self, or growth of self, of each function that matches
    #[arg(long, value_name = "REGEX=SIZE|PERCENT", help_heading = "Limits to check")]
    pub(crate) max_function: Vec<String>,
    /// Maximum self of all functions that the base does not have
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true, help_heading = "Limits to check")]
    pub(crate) max_new: Vec<String>,
    /// Maximum memory of an owner of --owners; each value counts for the innermost owned function on its stack
    #[arg(long, value_name = "OWNER=SIZE", requires = "owners", help_heading = "Limits to check")]
    pub(crate) max_owner: Vec<String>,
    /// Maximum of bytes allocated per second in the window, as `50MiB/s`
    #[arg(long, value_name = "SIZE/s", allow_hyphen_values = true, help_heading = "Limits to check")]
    pub(crate) max_alloc_rate: Vec<String>,
    /// Count only growth beyond N standard deviations of sampling
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = sigma, hide_default_value = true)]
    #[arg(allow_negative_numbers = true)]
    #[arg(help_heading = "Limits to check")]
    pub(crate) sigma: f64,
}

fn sigma(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=1000.0).contains(number));
    number.ok_or_else(|| "write a number such as 3".to_owned())
}

/// Rule as typed. The unit of its sizes is known only after loading.
pub(super) struct TypedRule {
    name: &'static str,
    text: String,
}

/// Typed rules, in the order of the help.
pub(super) fn typed(args: &RuleArgs) -> Vec<TypedRule> {
    let lists = [
        ("max-total", &args.max_total),
        ("max-growth", &args.max_growth),
        ("max-function", &args.max_function),
        ("max-new", &args.max_new),
        ("max-owner", &args.max_owner),
        ("max-alloc-rate", &args.max_alloc_rate),
    ];
    let rules = lists.into_iter().flat_map(|(name, texts)| texts.iter().map(move |text| (name, text)));
    rules.map(|(name, text)| TypedRule { name, text: text.clone() }).collect()
}

/// Unit of limits.
pub(super) struct LimitUnit<'a> {
    pub(super) unit: &'a Unit,
    /// Option that leads to figures in bytes, for a hint; `None` if the input has no others.
    pub(super) bytes_option: Option<String>,
}

impl LimitUnit<'_> {
    pub(super) const BYTES: Self = Self { unit: &Unit::Bytes, bytes_option: None };
}

impl TypedRule {
    /// Rule with its limit in the unit of the sample type.
    ///
    /// # Errors
    /// [`CliFailure`] if the limit is not one, or not one in this unit.
    pub(super) fn rule(&self, unit: &LimitUnit<'_>) -> Result<GateRule, CliFailure> {
        let Self { name, ref text } = *self;
        let limit = match name {
            "max-total" => size(name, text, unit).map(Limit::Total),
            "max-growth" => bound(name, text, unit).map(Limit::Growth),
            "max-new" => size(name, text, unit).map(Limit::New),
            "max-owner" => owner(name, text, unit),
            "max-alloc-rate" => rate(name, text).map(Limit::AllocRate),
            _ => function(name, text, unit),
        };
        limit.map(|limit| GateRule { name, text: text.clone(), limit })
    }
}

/// Returns true if a limit of a function as typed is on its growth.
pub(super) fn is_of_growth(text: &str) -> bool {
    text.rsplit_once('=').is_some_and(|(_, limit)| percentage(limit).is_some())
}

/// Number of a percentage; `None` for a size.
fn percentage(text: &str) -> Option<&str> {
    text.strip_suffix('%')
}

/// Parses `REGEX=SIZE` or `REGEX=PERCENT`. The last `=` is the separator, since a pattern may contain others.
fn function(name: &str, text: &str, unit: &LimitUnit<'_>) -> Result<Limit, CliFailure> {
    let Some((pattern, limit)) = text.rsplit_once('=') else {
        let hint = "write `--max-function 'json\\.Unmarshal=10MiB'`, or `=5%` for its growth";
        return Err(refused(name, text, "it has no `=`", Some(hint.to_owned())));
    };
    Limit::function(pattern, bound(name, limit, unit)?).map_err(|reason| {
        refused(name, pattern, &reason, Some("a backslash makes a character stand for itself: `\\(`".to_owned()))
    })
}

/// Parses `OWNER=SIZE`.
fn owner(name: &str, text: &str, unit: &LimitUnit<'_>) -> Result<Limit, CliFailure> {
    let Some((owner, limit)) = text.rsplit_once('=') else {
        let hint = "write `--max-owner @shop/storage=64MiB`";
        return Err(refused(name, text, "it has no `=`", Some(hint.to_owned())));
    };
    Ok(Limit::Owner(owner.trim().to_owned(), size(name, limit, unit)?))
}

/// Parses a size per second: `50MiB/s`.
fn rate(name: &str, text: &str) -> Result<Amount, CliFailure> {
    let Some(bytes) = text.trim().strip_suffix("/s") else {
        return Err(refused(name, text, "this is not a size per second", Some("write `50MiB/s`".to_owned())));
    };
    size(name, bytes, &LimitUnit::BYTES)
}

/// Parses a size, or a percentage of the base.
fn bound(name: &str, text: &str, unit: &LimitUnit<'_>) -> Result<Threshold, CliFailure> {
    check_sign(name, text)?;
    match percentage(text) {
        None => size(name, text, unit).map(Threshold::Size),
        Some(number) => {
            let number = parse_millionths(number.trim()).ok().and_then(|number| i64::try_from(number).ok());
            number
                .map(Threshold::Percent)
                .ok_or_else(|| refused(name, text, "this is not a percentage", Some("write `5%` or `0.5%`".to_owned())))
        }
    }
}

/// Refuses a number below zero.
fn check_sign(name: &str, text: &str) -> Result<(), CliFailure> {
    let is_negative = text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    let hint = || Some("a limit is the most that is allowed; `0` allows nothing".to_owned());
    if is_negative { Err(refused(name, text, "a limit is not below zero", hint())) } else { Ok(()) }
}

/// Parses a size in the unit of the sample type, rounded down to a millionth: bytes with an optional prefix, else plain
/// numbers.
fn size(name: &str, text: &str, unit: &LimitUnit<'_>) -> Result<Amount, CliFailure> {
    check_sign(name, text)?;
    let is_plain = text.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let factor = match unit.unit {
        Unit::Bytes => 1,
        Unit::BytesTimes(factor) => i128::from(*factor),
        _ if is_plain => 1,
        _ => {
            let or =
                unit.bytes_option.as_ref().map_or_else(String::new, |option| format!(", or look at bytes: {option}"));
            let hint = format!("write a plain number{or}");
            let failure = refused(name, text, "the sample type counts no bytes", Some(hint));
            // Another input may have another sample type.
            return Err(CliFailure { exit: Exit::Input, ..failure });
        }
    };
    let bytes = parse_size_in_millionths(text);
    let bytes = bytes.map_err(|error| refused(name, text, &error.to_string(), error.hint()))?;
    Ok(Amount::of_millionths(bytes / factor))
}

fn refused(name: &str, text: &str, reason: &str, hint: Option<String>) -> CliFailure {
    CliFailure::usage(format!("--{name} `{}`: {reason}", safe_str(text)), hint)
}
