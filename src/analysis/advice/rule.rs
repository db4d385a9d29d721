//! Rule of advice: frames that it fits, the figure that makes it worth following, and its text.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use crate::base::names::{self, Language};

/// Characters of an expression at most: no rule that can be read is longer.
const LONGEST: usize = 1000;
/// Bytes that an expression may become. Those that are built in need a tenth of it; a file may have hundreds.
const MOST_BYTES: usize = 1 << 17;

/// The figure that makes a rule worth doing.
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
    /// The words for them.
    pub const WORDS: [(&'static str, Self); 3] =
        [("in-use", Self::InUse), ("allocated", Self::Allocated), ("freed", Self::Freed)];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Allocated => "allocated",
            Self::Freed => "freed",
        }
    }
}

/// One of a function's two figures, by which a rule is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FigureKind {
    /// With all that it calls.
    #[default]
    Total,
    /// Its own: for functions that call whatever they are given.
    Own,
}

impl FigureKind {
    /// The words for them.
    pub const WORDS: [(&'static str, Self); 2] = [("total", Self::Total), ("self", Self::Own)];
}

/// A frame that a rule is tried on: its name, and its source file where that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleExample {
    /// The name of the function.
    pub name: String,
    /// Its source file.
    pub file: Option<String>,
}

impl RuleExample {
    /// Example as it is written: the file is after ` in `.
    pub fn new(written: &str) -> Self {
        match written.split_once(" in ") {
            Some((name, file)) => Self { name: name.to_owned(), file: Some(file.to_owned()) },
            None => Self { name: written.to_owned(), file: None },
        }
    }
}

/// Texts and threshold of a rule.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Name of the rule.
    pub id: String,
    /// The language whose names it fits.
    pub language: Language,
    /// The figure that makes it worth doing.
    pub metric: Metric,
    /// Self or total figure of the function.
    pub part: FigureKind,
    /// The share of the whole from which on it is worth doing, in percent.
    pub least: f64,
    /// Advice to the user.
    pub text: String,
    /// Reference that explains the advice.
    pub source: String,
    /// Frames that it must fit.
    pub fits: Vec<RuleExample>,
    /// Frames that it must not fit.
    pub spares: Vec<RuleExample>,
}

/// A rule.
#[derive(Debug)]
pub struct AdviceRule {
    /// Texts and threshold.
    pub terms: Terms,
    pattern: Expression,
    file: Option<Expression>,
}

/// Why an expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It is too long to be read.
    #[error("longer than {LONGEST} characters")]
    Long,
    /// It is no expression, or one that takes too much memory.
    #[error("no expression that can be used: {0}")]
    Expression(String),
}

impl AdviceRule {
    /// A rule that fits names that match `pattern`, and whose source file matches `file` where that is given.
    pub fn new(terms: Terms, pattern: &str, file: Option<&str>) -> Self {
        Self { terms, pattern: Expression::new(pattern), file: file.map(Expression::new) }
    }

    /// Compiles the expressions, which are compiled on first use otherwise.
    ///
    /// # Errors
    /// [`RuleError`], what is wrong with the first that cannot.
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

/// An expression, which is made when it is first asked: rules are there for six languages, and a profile is in one.
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

    /// One that cannot be used matches nothing.
    fn is_match(&self, text: &str) -> bool {
        self.made.get_or_init(|| make(&self.text).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

fn make(text: &str) -> Result<Regex, RuleError> {
    if text.len() > LONGEST {
        return Err(RuleError::Long);
    }
    let made = RegexBuilder::new(text).size_limit(MOST_BYTES).dfa_size_limit(MOST_BYTES).build();
    made.map_err(|error| {
        // The last line says what is wrong, those before it draw where.
        let words = error.to_string();
        let last = words.lines().last().unwrap_or_default().trim();
        RuleError::Expression(last.strip_prefix("error: ").unwrap_or(last).to_owned())
    })
}
