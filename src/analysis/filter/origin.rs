//! Whose code a frame is: the runtime's, the standard library's, the program's own, or somebody else's. Told by the same
//! patterns that the ready filters are made of, so that a colour and a filter never disagree.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use crate::analysis::filter::pattern::{Pattern, Scope};
use crate::analysis::filter::presets::{first_party, runtime, standard};
use crate::analysis::filter::step::{Filter, FilterKind};
use crate::base::names::Language;
use crate::profile::Series;

/// Names that are examined to find the program's own module.
const MANY: usize = 50_000;

/// Owner of the code of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeOwner {
    /// The runtime's: allocator, collector, start of a program.
    Runtime,
    /// The rest of the standard library.
    Standard,
    /// The program's own module.
    FirstParty,
    /// Another module.
    Vendor,
}

impl CodeOwner {
    /// Every origin, from the deepest to what people look for.
    pub const ALL: [Self; 4] = [Self::Runtime, Self::Standard, Self::Vendor, Self::FirstParty];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Standard => "standard library",
            Self::FirstParty => "own",
            Self::Vendor => "vendor",
        }
    }

    /// The letter for it, where there are no colours.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Runtime => "R",
            Self::Standard => "S",
            Self::FirstParty => "O",
            Self::Vendor => "V",
        }
    }
}

/// Patterns that classify frames by the owner of their code, for the profiles of one program.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    runtime: Option<Pattern>,
    standard: Option<Pattern>,
    own: Option<Pattern>,
}

impl CodeOwners {
    /// Makes the patterns for the program that a series is of.
    pub fn of_series(language: Language, series: &Series) -> Self {
        let names = function_names(series);
        Self::new(language, names.iter().map(|name| &**name))
    }

    /// Makes the patterns for a program in a language whose functions have these names.
    pub fn new<'a>(language: Language, names: impl Iterator<Item = &'a str>) -> Self {
        let pattern = |text: String| Pattern::new(&Filter::new(FilterKind::Hide, &text)).ok();
        Self {
            runtime: runtime(language).map(str::to_owned).and_then(pattern),
            standard: standard(language).and_then(pattern),
            own: first_party(language, names).and_then(pattern),
        }
    }

    /// Owner of a function by its raw name and its source file; `None` if the language, or a file that decides it, is
    /// not known.
    pub fn of(&self, name: &str, file: Option<&str>) -> Option<CodeOwner> {
        let fits = |pattern: &Option<Pattern>| pattern.as_ref().and_then(|pattern| fits(pattern, name, file));
        for (pattern, origin) in [
            (&self.runtime, CodeOwner::Runtime),
            (&self.standard, CodeOwner::Standard),
            (&self.own, CodeOwner::FirstParty),
        ] {
            if fits(pattern) == Some(true) {
                return Some(origin);
            }
        }
        // What is known not to be the program's is somebody else's; where its own module is not known, nothing is.
        (fits(&self.own) == Some(false)).then_some(CodeOwner::Vendor)
    }
}

/// Function names of a series from which the program's own module is derived.
pub fn function_names(series: &Series) -> Vec<Cow<'_, str>> {
    let symbols = series.symbols();
    // A long name is read once, however many functions have it.
    let mut seen = FxHashSet::default();
    let functions = symbols.functions.iter().take(MANY).filter(|function| seen.insert(function.name));
    functions.map(|function| symbols.strings.text(function.name)).collect()
}

/// True if a pattern matches a function; `None` if it matches files and the file is not known.
fn fits(pattern: &Pattern, name: &str, file: Option<&str>) -> Option<bool> {
    let of_file = || file.map(|file| pattern.matches(file.as_bytes()));
    // A package is the beginning of its functions' names.
    let of_name =
        || pattern.matches_function(name.as_bytes()) || pattern.matches_function(format!("{name}.").as_bytes());
    match pattern.scope {
        Scope::File => of_file(),
        Scope::Function => Some(of_name()),
        Scope::Any | Scope::Mapping => Some(of_name() || of_file() == Some(true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CodeOwner::{FirstParty, Runtime, Standard, Vendor};

    fn told(language: Language, names: &[(&str, Option<&str>)]) -> Vec<Option<CodeOwner>> {
        let origins = CodeOwners::new(language, names.iter().map(|(name, _)| *name));
        names.iter().map(|(name, file)| origins.of(name, *file)).collect()
    }

    #[test]
    fn a_name_tells_whose_code_it_is() {
        let names = [
            ("runtime.mallocgc", None),
            ("net/http.(*conn).serve", None),
            ("bytes", None),
            ("main.main", None),
            ("example.com/shop/cart.Add", None),
            ("example.com/shop/cart.Remove", None),
            ("github.com/a/b.C", None),
        ];
        let kinds = [Runtime, Standard, Standard, FirstParty, FirstParty, FirstParty, Vendor].map(Some);
        assert_eq!(told(Language::Go, &names), kinds);
        let names = [
            ("_ZN4core3ptr13drop_in_place17h0123456789abcdefE", None),
            ("alloc::vec::Vec<T>::push", None),
            ("std::io::Read::read", None),
            ("shop::cart::add", None),
            ("shop::cart::remove", None),
            ("serde::de::from", None),
        ];
        let kinds = [Runtime, Runtime, Standard, FirstParty, FirstParty, Vendor].map(Some);
        assert_eq!(told(Language::Rust, &names), kinds);
    }

    #[test]
    fn where_the_file_tells_it_is_needed() {
        let names = [
            ("load", Some("/usr/lib/python3.12/json/decoder.py")),
            ("<module>", Some("<frozen importlib>")),
            ("read", Some("/usr/lib/python3.12/site-packages/pandas/io.py")),
            ("main", Some("/srv/shop/main.py")),
            ("main", None),
        ];
        assert_eq!(
            told(Language::Python, &names),
            [Some(Standard), Some(Runtime), Some(Vendor), Some(FirstParty), None]
        );
        assert_eq!(told(Language::Other, &[("f", Some("f.c"))]), [None]);
    }
}
