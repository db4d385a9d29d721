//! Rule of advice: frames that it fits, the figure that makes it worth following, and its text.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use crate::analysis::filter::syntax::translated;
use crate::base::names::{self, Language};

/// Maximum number of characters of an expression: no readable rule is longer.
const LONGEST: usize = 1000;
/// Maximum size of a compiled expression in bytes. The built-in ones need a tenth of it; a file may have hundreds.
const MOST_BYTES: usize = 1 << 17;

/// Figure by which a rule is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Memory in use.
    InUse,
    /// Memory allocated, freed or not.
    Allocated,
    /// Memory allocated and no longer in use.
    Freed,
}

impl Metric {
    /// All metrics with their names.
    pub const WORDS: [(&'static str, Self); 3] =
        [("in-use", Self::InUse), ("allocated", Self::Allocated), ("freed", Self::Freed)];

    /// Returns the name of the metric.
    pub fn word(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Allocated => "allocated",
            Self::Freed => "freed",
        }
    }
}

/// Figure of a function by which a rule is judged: total or self.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FigureKind {
    /// Total, callees included.
    #[default]
    Total,
    /// Self, for functions that call whatever they are given.
    Own,
}

impl FigureKind {
    /// Both kinds with their names.
    pub const WORDS: [(&'static str, Self); 2] = [("total", Self::Total), ("self", Self::Own)];
}

/// Example of a frame for a rule: its name, and its source file if the rule needs one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleExample {
    /// Name of the function.
    pub name: String,
    /// Source file of the function.
    pub file: Option<String>,
}

impl RuleExample {
    /// Parses an example; the source file is after ` in `.
    pub fn new(written: &str) -> Self {
        match written.split_once(" in ") {
            Some((name, file)) => Self { name: name.to_owned(), file: Some(file.to_owned()) },
            None => Self { name: written.to_owned(), file: None },
        }
    }
}

/// Name, text, threshold and examples of a rule.
#[derive(Clone, Debug)]
pub struct RuleAttributes {
    /// Name of the rule.
    pub id: String,
    /// Language of the names that the rule fits.
    pub language: Language,
    /// Figure by which the rule is judged.
    pub metric: Metric,
    /// Self or total figure of the function.
    pub part: FigureKind,
    /// Share of the whole, in percent, from which the rule is worth following.
    pub least: f64,
    /// Advice to the user.
    pub text: String,
    /// Reference that explains the advice.
    pub source: String,
    /// Frames that the rule must fit.
    pub matching_examples: Vec<RuleExample>,
    /// Frames that the rule must not fit.
    pub non_matching_examples: Vec<RuleExample>,
}

/// Rule of advice.
#[derive(Debug)]
pub struct AdviceRule {
    /// Name, text, threshold and examples.
    pub attributes: RuleAttributes,
    pattern: Expression,
    file: Option<Expression>,
}

/// Reason why an expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The expression is too long to be read.
    #[error("longer than {LONGEST} characters")]
    Long,
    /// The expression is invalid, or takes too much memory.
    #[error("no expression that can be used: {0}")]
    Expression(String),
}

impl AdviceRule {
    /// Makes a rule that fits names that match `pattern` and, with `file`, source files that match `file`.
    pub fn new(attributes: RuleAttributes, pattern: &str, file: Option<&str>) -> Self {
        Self { attributes, pattern: Expression::new(pattern), file: file.map(Expression::new) }
    }

    /// Compiles the expressions, which are otherwise compiled on first use.
    ///
    /// # Errors
    /// [`RuleError`] of the first expression that cannot be used.
    pub fn check(&self) -> Result<(), RuleError> {
        self.pattern.check()?;
        self.file.as_ref().map_or(Ok(()), Expression::check)
    }

    /// Returns true if the rule matches a function of this name, mangled or demangled, in this source file.
    pub fn fits(&self, name: &str, file: Option<&str>) -> bool {
        let in_file = |expression: &Expression| file.is_some_and(|file| expression.is_match(file));
        names::matches(name, |name| self.pattern.is_match(name)) && self.file.as_ref().is_none_or(in_file)
    }
}

/// Expression that is compiled on first use: there are rules for six languages, and a profile is in one.
#[derive(Debug)]
struct Expression {
    text: String,
    made: OnceLock<Option<Regex>>,
}

impl Expression {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), made: OnceLock::new() }
    }

    fn check(&self) -> Result<(), RuleError> {
        make(&self.text).map(|_| ())
    }

    /// Returns true if the expression matches; an expression that cannot be used matches nothing.
    fn is_match(&self, text: &str) -> bool {
        self.made.get_or_init(|| make(&self.text).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

fn make(text: &str) -> Result<Regex, RuleError> {
    if text.len() > LONGEST {
        return Err(RuleError::Long);
    }
    let made = RegexBuilder::new(&translated(text)).size_limit(MOST_BYTES).dfa_size_limit(MOST_BYTES).build();
    made.map_err(|error| {
        // The last line states the problem; the lines before point at its place.
        let words = error.to_string();
        let last = words.lines().last().unwrap_or_default().trim();
        RuleError::Expression(last.strip_prefix("error: ").unwrap_or(last).to_owned())
    })
}
