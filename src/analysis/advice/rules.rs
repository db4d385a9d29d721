//! All rules of advice, and the search for those that fit a name.

use std::sync::OnceLock;

use super::AdviceRule;
use crate::base::names::{Language, possible_languages};

/// Rules in the order in which they were given, built on first use.
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
    /// Makes a collection of these rules.
    pub fn new(rules: Vec<AdviceRule>) -> Self {
        Self { make: Vec::new, made: OnceLock::from(rules) }
    }

    /// Makes a collection that `make` builds on first use: many sessions never need the rules.
    pub fn later(make: fn() -> Vec<AdviceRule>) -> Self {
        Self { make, made: OnceLock::new() }
    }

    /// Adds rules of the user. A rule with the name of an existing rule replaces it.
    #[must_use]
    pub fn with(self, own: Vec<AdviceRule>) -> Self {
        let mut rules = self.made.into_inner().unwrap_or_else(self.make);
        for rule in own {
            match rules.iter_mut().find(|known| known.attributes.id == rule.attributes.id) {
                Some(known) => *known = rule,
                None => rules.push(rule),
            }
        }
        Self::new(rules)
    }

    /// All rules.
    pub fn all(&self) -> &[AdviceRule] {
        self.made.get_or_init(self.make)
    }

    /// Indices of the rules that fit a name in a profile of `language`.
    ///
    /// The language of a profile is that of most of its names, since a name like `copy` or `loads` fits several
    /// languages. A name that clearly belongs to another language, such as that of a C++ function under a Python
    /// program, is tested with the rules of that language too.
    pub fn fitting(&self, language: Language, name: &str, file: Option<&str>) -> Vec<usize> {
        let own = possible_languages(name);
        let speaks = |known: Language| known == language || own.contains(&known);
        let fitting = self.all().iter().enumerate().filter(|(_, rule)| speaks(rule.attributes.language));
        fitting.filter(|(_, rule)| rule.fits(name, file)).map(|(index, _)| index).collect()
    }
}
