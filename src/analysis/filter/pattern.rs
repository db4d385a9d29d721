//! Pattern for names: a regular expression, and the kind of names that it is matched against.

use regex::bytes::Regex;

use crate::analysis::filter::step::{Filter, FilterError, after_word};
use crate::analysis::filter::syntax::translated;
use crate::base::names;

/// Kind of name that a pattern is matched against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere, as in pprof: `api` then matches all of `/srv/api-server`.
    #[default]
    Any,
    /// Names of functions.
    Function,
    /// Names of source files.
    File,
    /// Names of binaries and libraries.
    Mapping,
}

impl Scope {
    /// Scopes that have a prefix, with the prefix.
    pub const WORDS: [(&'static str, Self); 3] = [("fn", Self::Function), ("file", Self::File), ("map", Self::Mapping)];

    /// Returns true if a pattern of this scope is matched against `place`, which is not [`Scope::Any`].
    pub fn sees(self, place: Self) -> bool {
        self == Self::Any || self == place
    }
}

/// Unanchored pattern for names.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Kind of name that the pattern is matched against.
    pub scope: Scope,
    regex: Regex,
}

impl Pattern {
    /// Compiles the pattern of a filter.
    ///
    /// # Errors
    /// [`FilterError`] when the pattern is not a regular expression.
    pub fn new(filter: &Filter) -> Result<Self, FilterError> {
        let scoped = Scope::WORDS.iter().find_map(|(word, scope)| Some((*scope, after_word(&filter.pattern, word)?)));
        let (scope, expression) = scoped.unwrap_or((Scope::Any, &filter.pattern));
        Ok(Self { scope, regex: expression_of(filter, expression)? })
    }

    /// Returns true if the pattern matches a name, raw or demangled. Each byte that is not UTF-8 is U+FFFD, as in pprof.
    pub fn matches(&self, name: &[u8]) -> bool {
        names::matches(&String::from_utf8_lossy(name), |name| self.regex.is_match(name.as_bytes()))
    }
}

/// Compiles an expression of a filter in pprof's syntax.
pub(super) fn expression_of(filter: &Filter, expression: &str) -> Result<Regex, FilterError> {
    Regex::new(&translated(expression)).map_err(|error| filter.refused(&error))
}

/// Returns true if an expression matches the bytes of a text, which may not be UTF-8.
pub(super) fn matches(regex: &Regex, text: &[u8]) -> bool {
    regex.is_match(String::from_utf8_lossy(text).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::filter::FilterKind;

    #[test]
    fn a_scope_stands_before_a_single_colon() {
        let scope = |pattern: &str| Pattern::new(&Filter::new(FilterKind::Focus, pattern)).unwrap().scope;
        assert_eq!(scope("fn:main"), Scope::Function);
        assert_eq!(scope("file:main"), Scope::File);
        assert_eq!(scope("map:lib"), Scope::Mapping);
        assert_eq!(scope("map::insert"), Scope::Any);
        assert_eq!(scope("main"), Scope::Any);
    }
}
