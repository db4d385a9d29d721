//! Advice for functions that hold much memory or make much garbage: rules, the names that they fit, and the figures
//! from which they are worth following.
//!
//! Files of rules are parsed in `config`, and advice is drawn in `view`.

mod adviser;
mod basis;
mod rule;
mod rules;
mod worth;

#[cfg(test)]
mod tests;

pub use adviser::{Advised, Adviser};
pub use rule::{AdviceRule, FigureKind, Metric, RuleAttributes, RuleError, RuleExample};
pub use rules::AdviceRules;
pub use worth::RuleWorth;
