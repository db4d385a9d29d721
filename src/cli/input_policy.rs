//! Treatment of inputs that cannot be read or may be incomplete.

use crate::base::limits::LimitError;
use crate::load::Loaded;
use crate::profile::{Warning, WarningKind};

use super::exit::Exit;
use super::message::{CliFailure, limit_hint};
use super::request::{InputPolicy, LoadPlan};

/// Refuses inputs that cannot be read or may be incomplete, according to the policy. Returns the failure instead if it
/// comes after the figures: in a repeated check, since a limit that is exceeded without these inputs is exceeded, and in a
/// report without inputs that passed a resource limit.
///
/// # Errors
/// [`CliFailure`] with the number of inputs that the policy does not allow.
pub(super) fn check_inputs(loaded: &Loaded, ask: &LoadPlan) -> Result<Option<CliFailure>, CliFailure> {
    let policy = ask.input_policy;
    let unread = loaded.unread();
    let skipped = match policy {
        InputPolicy::Strict => loaded.skipped.len(),
        InputPolicy::Warn | InputPolicy::Gate => unread.len(),
    };
    let is_refused = |warning: &&Warning| match policy {
        InputPolicy::Warn => false,
        InputPolicy::Gate => matches!(warning.kind, WarningKind::Incomplete | WarningKind::Skipped),
        InputPolicy::Strict => {
            !matches!(warning.kind, WarningKind::Order | WarningKind::OtherHeap | WarningKind::Store)
        }
    };
    let warned = loaded.warnings.iter().filter(is_refused).count();
    let limit = loaded.skipped.iter().find_map(|skipped| skipped.reason.limit());
    let inputs = |count: usize| if count == 1 { "an input".to_owned() } else { format!("{count} inputs") };
    let of_limit = |line: String, limit: &LimitError| CliFailure {
        exit: Exit::Limit,
        ..CliFailure::input(line, Some(limit_hint(limit.kind)))
    };
    if policy == InputPolicy::Warn {
        let limits: Vec<&LimitError> = unread.iter().filter_map(|skipped| skipped.reason.limit()).collect();
        let line = format!("{} left out because of a resource limit, see above", inputs(limits.len()));
        return Ok(limits.first().map(|limit| of_limit(line, limit)));
    }
    if skipped + warned == 0 {
        return Ok(None);
    }
    let line = format!("{} cannot be relied on, see above", inputs(skipped + warned));
    let hint = match policy {
        InputPolicy::Gate => "a check needs all of its inputs whole; name the ones that are to be checked",
        InputPolicy::Warn | InputPolicy::Strict => "without --strict the report is of the others",
    };
    let failure = match limit {
        Some(limit) => of_limit(line, limit),
        None => CliFailure::input(line, Some(hint.to_owned())),
    };
    if ask.is_repeated_check() { Ok(Some(failure)) } else { Err(failure) }
}
