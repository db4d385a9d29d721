//! What to try where a function holds much memory or makes much garbage: rules, which of them fit a name, and whether
//! the figures make them worth doing.
//!
//! How a rule is written in a file does not belong here, and neither does how advice reads on a screen.

mod adviser;
mod basis;
mod rule;
mod rules;
mod worth;

#[cfg(test)]
mod tests;

pub use adviser::{Advised, Adviser};
pub use rule::{AdviceRule, FigureKind, Metric, RuleError, RuleExample, Terms};
pub use rules::AdviceRules;
pub use worth::RuleWorth;
