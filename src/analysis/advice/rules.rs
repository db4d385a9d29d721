//! All rules, and which of them fit a name.

use std::sync::OnceLock;

use super::AdviceRule;
use crate::base::names::{Language, possible_languages};

/// Rules in the order in which they were given, made when they are first asked.
#[derive(Debug)]
pub struct AdviceRules {
    make: fn() -> Vec<AdviceRule>,
    made: OnceLock<Vec<AdviceRule>>,
}

impl Default for AdviceRules {
    fn default() -> Self {
        Self::later(Vec::new)
    }
}

impl AdviceRules {
    /// These rules.
    pub fn new(rules: Vec<AdviceRule>) -> Self {
        Self { make: Vec::new, made: OnceLock::from(rules) }
    }

    /// The rules that `make` makes, once they are asked: many a session never does.
    pub fn later(make: fn() -> Vec<AdviceRule>) -> Self {
        Self { make, made: OnceLock::new() }
    }

    /// Adds rules of the user. One with the name of a rule that is there replaces it.
    #[must_use]
    pub fn with(self, own: Vec<AdviceRule>) -> Self {
        let mut rules = self.made.into_inner().unwrap_or_else(self.make);
        for rule in own {
            match rules.iter_mut().find(|known| known.terms.id == rule.terms.id) {
                Some(known) => *known = rule,
                None => rules.push(rule),
            }
        }
        Self::new(rules)
    }

    /// All of them.
    pub fn all(&self) -> &[AdviceRule] {
        self.made.get_or_init(self.make)
    }

    /// The rules that fit a name in a profile of `language`, by their place among all.
    ///
    /// A profile is of the language that most of its names are in, since a name like `copy` or `loads` does not say of
    /// which it is. A name that does say it, such as that of a C++ function under a Python program, is asked by the rules
    /// of its own language too.
    pub fn fitting(&self, language: Language, name: &str, file: Option<&str>) -> Vec<usize> {
        let own = possible_languages(name);
        let speaks = |known: Language| known == language || own.contains(&known);
        let fitting = self.all().iter().enumerate().filter(|(_, rule)| speaks(rule.terms.language));
        fitting.filter(|(_, rule)| rule.fits(name, file)).map(|(index, _)| index).collect()
    }
}
