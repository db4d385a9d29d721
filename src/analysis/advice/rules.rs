//! All rules, and which of them fit a name.

use super::Rule;
use crate::base::names::{Language, spoken};

/// Rules in the order in which they were given.
#[derive(Debug, Default)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// These rules.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// The same with rules of somebody's own: one that is called as another takes its place, the others are added.
    #[must_use]
    pub fn with(mut self, own: Vec<Rule>) -> Self {
        for rule in own {
            match self.0.iter_mut().find(|known| known.terms.id == rule.terms.id) {
                Some(known) => *known = rule,
                None => self.0.push(rule),
            }
        }
        self
    }

    /// All of them.
    pub fn all(&self) -> &[Rule] {
        &self.0
    }

    /// The rules that fit a name in a profile of `language`, by their place among all.
    ///
    /// A profile is of the language that most of its names are in, since a name like `copy` or `loads` does not say of
    /// which it is. A name that does say it, such as that of a C++ function under a Python program, is asked by the rules
    /// of its own language too.
    pub fn fitting(&self, language: Language, name: &str, file: Option<&str>) -> Vec<usize> {
        let own = spoken(name);
        let speaks = |known: Language| known == language || own.contains(&known);
        let fitting = self.0.iter().enumerate().filter(|(_, rule)| speaks(rule.terms.language));
        fitting.filter(|(_, rule)| rule.fits(name, file)).map(|(index, _)| index).collect()
    }
}
