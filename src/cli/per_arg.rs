//! Value of `--per`.

use std::num::NonZeroU64;

use crate::analysis::Per;
use crate::base::safe_text::safe_str;

/// Number that figures are divided by, for the window and for its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PerArg {
    pub(crate) window: Per,
    pub(crate) base: Per,
}

/// Reads `all`, `instance`, `N` or `N:M`.
///
/// # Errors
/// A message that names the part which is none of them.
pub(super) fn per(text: &str) -> Result<PerArg, String> {
    let one = |text: &str| match text {
        "all" => Ok(Per::All),
        "instance" => Ok(Per::Instance),
        number => number
            .parse::<NonZeroU64>()
            .map(Per::Operations)
            .map_err(|_| format!("`{}` is neither `all`, `instance` nor a number of operations", safe_str(number))),
    };
    let (window, base) = text.split_once(':').unwrap_or((text, text));
    Ok(PerArg { window: one(window)?, base: one(base)? })
}
