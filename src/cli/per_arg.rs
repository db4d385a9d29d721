//! Value of the option `--per`.

use std::num::NonZeroU64;

use crate::analysis::Per;
use crate::base::safe_text::{SafeText, safe_str};

/// Divisors of the figures of the window and of its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PerArg {
    pub(crate) window: Per,
    pub(crate) base: Per,
}

impl PerArg {
    /// Returns true if the base has a divisor of its own.
    pub(crate) fn is_pair(&self) -> bool {
        self.window != self.base
    }

    /// Counter in log lines; `None` for other divisors.
    pub(crate) fn counter(&self) -> Option<&SafeText> {
        match &self.window {
            Per::Counter(name) => Some(name),
            Per::Auto | Per::All | Per::Instance | Per::Operations(_) => None,
        }
    }
}

/// Parses `all`, `instance`, `N`, `N:M`, or the name of a counter, which begins with a letter.
///
/// # Errors
/// A message that quotes the invalid part.
pub(super) fn per(text: &str) -> Result<PerArg, String> {
    let one = |text: &str| match text {
        "all" => Ok(Per::All),
        "instance" => Ok(Per::Instance),
        name if name.starts_with(|first: char| first.is_ascii_alphabetic()) => Ok(Per::Counter(SafeText::from(name))),
        number => number.parse::<NonZeroU64>().map(Per::Operations).map_err(|_| {
            let text = safe_str(number);
            format!("`{text}` is neither `all`, `instance`, a number of operations nor the name of a counter")
        }),
    };
    let Some((window, base)) = text.split_once(':') else {
        let per = one(text)?;
        return Ok(PerArg { window: per.clone(), base: per });
    };
    let [window, base] = [one(window)?, one(base)?];
    for side in [&window, &base] {
        if let Per::Counter(name) = side {
            return Err(format!("a counter is of both sides: write `{}` alone", name.shown()));
        }
    }
    Ok(PerArg { window, base })
}
