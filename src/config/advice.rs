//! Rules of advice in their file form: the built-in ones, and those of the user.
//!
//! An invalid rule is skipped with a message that names its line; the others are used.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::builtin;
use crate::analysis::advice::{AdviceRule, FigureKind, Metric, RuleAttributes, RuleExample};
use crate::base::compact_sort::CompactSort;
use crate::base::names::Language;
use crate::base::safe_text::safe_str;

/// Maximum size of a file in bytes, eight times the size of the built-in file.
pub const MAX_BYTES: u64 = 1 << 18;
/// Maximum number of rules in a file: each may take memory for its expressions.
const MAX_RULES: usize = 500;
/// Maximum number of faults reported for a file.
const MAX_ERRORS: usize = 20;
/// Maximum number of characters of an advice text.
const LONGEST: usize = 600;
/// Default minimum share in percent. Advice on small shares would hide the large ones.
const USUAL_LEAST: f64 = 5.0;

/// Languages of rules.
const LANGUAGES: [(&str, Language); 6] = [
    ("go", Language::Go),
    ("java", Language::Java),
    ("python", Language::Python),
    ("node", Language::Node),
    ("rust", Language::Rust),
    ("cpp", Language::Cpp),
];

/// Keys of a rule.
const KEYS: [&str; 11] =
    ["id", "language", "pattern", "file", "metric", "of", "least", "try", "source", "fits", "spares"];

/// Fault in a file of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct RuleFileError {
    /// Line, from 1.
    pub line: usize,
    /// Description.
    pub what: String,
    /// Hint.
    pub hint: Option<String>,
}

/// Contents of a file of rules.
#[derive(Debug, Default)]
pub struct RuleFile {
    /// Valid rules.
    pub rules: Vec<AdviceRule>,
    /// Faults.
    pub errors: Vec<RuleFileError>,
}

/// Built-in rules. A test checks them as if they were in a user's file.
pub fn builtin() -> Vec<AdviceRule> {
    read(builtin::ADVICE, RuleValidation::Trusted).rules
}

/// Rules of the user's file, with the faults of skipped rules.
pub fn own(text: &str) -> RuleFile {
    read(text, RuleValidation::Checked)
}

/// Amount of checking that the rules of a file need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RuleValidation {
    /// The expressions are known to be valid, and compiled on first use.
    Trusted,
    /// Expressions are compiled immediately, and tested on the examples.
    Checked,
}

fn read(text: &str, validation: RuleValidation) -> RuleFile {
    let mut reader = RuleReader { text, validation, advice: RuleFile::default() };
    match DeTable::parse(text) {
        Ok(table) => reader.file(table.get_ref()),
        Err(error) => {
            let what = format!("invalid TOML: {}", one_line(error.message()));
            reader.report_error(
                error.span().map_or(0, |span| span.start),
                what,
                "no rule of this file is used until it is fixed",
            );
        }
    }
    reader.advice.errors.compact_sort_by_key(|error| error.line);
    reader.advice
}

/// File being parsed.
struct RuleReader<'t> {
    text: &'t str,
    validation: RuleValidation,
    advice: RuleFile,
}

/// Rule being parsed.
struct RuleEntry<'t> {
    table: &'t DeTable<'t>,
    /// Offset of its start.
    at: usize,
}

impl RuleReader<'_> {
    fn report_error(&mut self, at: usize, what: impl Into<String>, hint: &str) {
        if self.advice.errors.len() < MAX_ERRORS {
            let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            let hint = (!hint.is_empty()).then(|| hint.to_owned());
            self.advice.errors.push(RuleFileError { line, what: what.into(), hint });
        }
    }

    fn file(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match value.get_ref().as_array() {
                Some(rules) if key.get_ref() == "rule" => self.rules(rules.iter()),
                _ => {
                    let what = format!("`{}` is not a list of rules", safe_str(key.get_ref()));
                    self.report_error(key.span().start, what, "a rule begins with `[[rule]]`");
                }
            }
        }
    }

    fn rules<'t>(&mut self, rules: impl Iterator<Item = &'t Spanned<DeValue<'t>>>) {
        for (index, rule) in rules.enumerate() {
            let at = rule.span().start;
            if index == MAX_RULES {
                self.report_error(at, format!("more than {MAX_RULES} rules"), "the rest is ignored");
                return;
            }
            match rule.get_ref().as_table() {
                Some(table) => {
                    let rule = self.rule(&RuleEntry { table, at });
                    self.advice.rules.extend(rule);
                }
                None => self.report_error(at, "a rule is not a table", "a rule begins with `[[rule]]`"),
            }
        }
    }

    fn rule(&mut self, entry: &RuleEntry<'_>) -> Option<AdviceRule> {
        for (key, _) in entry.table.iter().filter(|(key, _)| !KEYS.contains(&key.get_ref().as_ref())) {
            let hint = format!("a rule has {}", KEYS.join(", "));
            self.report_error(key.span().start, format!("unknown key `{}`", safe_str(key.get_ref())), &hint);
        }
        // All faults of a rule are reported at once.
        let (id, text, source) = (self.needed(entry, "id"), self.needed(entry, "try"), self.needed(entry, "source"));
        let (pattern, file) = (self.needed(entry, "pattern"), self.word(entry, "file"));
        let language = self.needed(entry, "language").and_then(|word| self.choice(entry, "language", word, &LANGUAGES));
        let metric = self.needed(entry, "metric").and_then(|word| self.choice(entry, "metric", word, &Metric::WORDS));
        let part = match self.word(entry, "of") {
            Some(word) => self.choice(entry, "of", word, &FigureKind::WORDS),
            None => Some(FigureKind::default()),
        };
        let attributes = RuleAttributes {
            id: shown(id?),
            language: language?,
            metric: metric?,
            part: part?,
            least: self.least(entry)?,
            text: shown(text?).chars().take(LONGEST).collect(),
            source: shown(source?),
            matching_examples: self.examples(entry, "fits"),
            non_matching_examples: self.examples(entry, "spares"),
        };
        let rule = AdviceRule::new(attributes, pattern?, file);
        if self.validation == RuleValidation::Checked
            && let Some((key, what)) = fault(&rule)
        {
            let at = entry.table.get(key).map_or(entry.at, |value| value.span().start);
            self.report_error(at, format!("`{}`: {what}", rule.attributes.id), "the rule is ignored");
            return None;
        }
        Some(rule)
    }

    /// Reads the required text at a key, or reports that it is missing.
    fn needed<'t>(&mut self, entry: &RuleEntry<'t>, key: &str) -> Option<&'t str> {
        let word = self.word(entry, key);
        if !entry.table.contains_key(key) {
            self.report_error(entry.at, format!("a rule without `{key}`"), "the rule is ignored");
        }
        word
    }

    fn word<'t>(&mut self, entry: &RuleEntry<'t>, key: &str) -> Option<&'t str> {
        let value = entry.table.get(key)?;
        let word = value.get_ref().as_str().filter(|word| !word.is_empty());
        if word.is_none() {
            self.report_error(value.span().start, format!("`{key}` is not a text"), "");
        }
        word
    }

    /// Value of a word from a closed set; reports a word that is not in the set.
    fn choice<T: Copy>(&mut self, entry: &RuleEntry<'_>, key: &str, word: &str, known: &[(&str, T)]) -> Option<T> {
        let found = known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let at = entry.table.get(key).map_or(entry.at, |value| value.span().start);
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let what = format!("`{}` is not a valid {key}", shown(word));
            self.report_error(at, what, &format!("expected one of {}; the rule is ignored", names.join(", ")));
        }
        found
    }

    /// Minimum share in percent; `None` after a reported fault.
    fn least(&mut self, entry: &RuleEntry<'_>) -> Option<f64> {
        let Some(value) = entry.table.get("least") else { return Some(USUAL_LEAST) };
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| (0.0..=100.0).contains(number));
        if number.is_none() {
            self.report_error(value.span().start, "`least` is not a number from 0 to 100", "the rule is ignored");
        }
        number
    }

    /// Reads the example frames of a rule: one text, or a list of texts.
    fn examples(&mut self, entry: &RuleEntry<'_>, key: &str) -> Vec<RuleExample> {
        let Some(value) = entry.table.get(key) else { return Vec::new() };
        let list = match value.get_ref() {
            DeValue::String(word) => Some(vec![RuleExample::new(word)]),
            DeValue::Array(words) => {
                words.iter().map(|word| word.get_ref().as_str().map(RuleExample::new)).collect::<Option<Vec<_>>>()
            }
            _ => None,
        };
        if list.is_none() {
            self.report_error(value.span().start, format!("`{key}` is neither a text nor a list of texts"), "");
        }
        list.unwrap_or_default()
    }
}

/// Fault of a parsed rule, with its key.
fn fault(rule: &AdviceRule) -> Option<(&'static str, String)> {
    if let Err(error) = rule.check() {
        return Some(("pattern", shown(&error.to_string())));
    }
    let fits = |example: &&RuleExample| rule.fits(&example.name, example.file.as_deref());
    let missed = rule.attributes.matching_examples.iter().find(|example| !fits(example));
    let caught = rule.attributes.non_matching_examples.iter().find(fits);
    let told = |key, example: &RuleExample, what: &str| (key, format!("its pattern {what} `{}`", shown(&example.name)));
    missed
        .map(|example| told("fits", example, "does not match"))
        .or_else(|| caught.map(|example| told("spares", example, "matches")))
}

/// Makes a word safe to print.
fn shown(word: &str) -> String {
    safe_str(word).into_owned()
}

fn one_line(message: &str) -> String {
    shown(&message.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests;
