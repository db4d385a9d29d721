//! Owner of the code of a frame: the runtime, the standard library, the program itself, or another module.
//!
//! The patterns are those of the preset filters, so that a colour and a filter agree; a source file that was installed
//! by a language or a package manager decides first.

use crate::analysis::filter::first_party::{NameAndFile, first_party};
use crate::analysis::filter::installed::{GO_PACKAGES, Installed, installed};
use crate::analysis::filter::pattern::{Pattern, Scope};
use crate::analysis::filter::presets::{allocator, runtime, standard};
use crate::analysis::filter::step::{Filter, FilterKind};
use crate::base::names::Language;

/// Owner of the code of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeOwner {
    /// Runtime: allocator, collector, start of a program, C library.
    Runtime,
    /// Rest of the standard library.
    Standard,
    /// Program's own module.
    FirstParty,
    /// Third party: another module.
    Vendor,
}

impl CodeOwner {
    /// All owners, the program's own first.
    pub const ALL: [Self; 4] = [Self::FirstParty, Self::Vendor, Self::Standard, Self::Runtime];

    /// Name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Standard => "standard library",
            Self::FirstParty => "own code",
            Self::Vendor => "third party",
        }
    }

    /// Short name, for a narrow legend.
    pub fn short_word(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Standard => "std",
            Self::FirstParty => "own",
            Self::Vendor => "third party",
        }
    }

    /// Letter that replaces a colour.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Runtime => "R",
            Self::Standard => "S",
            Self::FirstParty => "O",
            Self::Vendor => "T",
        }
    }
}

/// Patterns that classify the functions of one program by the owner of their code.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    language: Language,
    allocator: Option<Pattern>,
    /// Pattern of the runtime; for Go, whose runtime is a list of packages, `None`.
    runtime: Option<Pattern>,
    /// Pattern of the standard library; for Go, whose library is a list of packages, `None`.
    standard: Option<Pattern>,
    own: Option<Pattern>,
}

impl CodeOwners {
    /// Patterns for a program in a language with these functions.
    pub fn new<'a>(language: Language, functions: impl Iterator<Item = NameAndFile<'a>>) -> Self {
        let pattern = |text: String| Pattern::new(&Filter::new(FilterKind::Hide, &text)).ok();
        Self {
            language,
            allocator: allocator(language).map(str::to_owned).and_then(pattern),
            // Compiling patterns of Go's packages takes a twentieth of the time to the first frame.
            runtime: runtime(language).filter(|_| language != Language::Go).map(str::to_owned).and_then(pattern),
            standard: standard(language).filter(|_| language != Language::Go).and_then(pattern),
            own: first_party(language, functions).and_then(pattern),
        }
    }

    /// Returns true if a function is a frame of the allocator.
    pub fn is_allocator(&self, name: &str) -> bool {
        self.allocator.as_ref().is_some_and(|pattern| pattern.matches(name.as_bytes()))
    }

    /// Owner of a function with a raw name and a source file; `None` if the language is not known, or the file that
    /// would decide.
    pub fn of(&self, name: &str, file: Option<&str>) -> Option<CodeOwner> {
        if self.is_allocator(name) {
            return Some(CodeOwner::Runtime);
        }
        match file.and_then(|file| installed(self.language, file)) {
            Some(Installed::Package) => return Some(CodeOwner::Vendor),
            Some(Installed::Standard) => return Some(CodeOwner::Standard),
            Some(Installed::Runtime) => return Some(CodeOwner::Runtime),
            None => {}
        }
        if let Some(owner) = of_library(name) {
            return Some(owner);
        }
        if self.language == Language::Go && is_go_library(name) {
            return Some(if is_go_runtime(name) { CodeOwner::Runtime } else { CodeOwner::Standard });
        }
        let fits = |pattern: &Option<Pattern>| pattern.as_ref().and_then(|pattern| fits(pattern, name, file));
        for (pattern, owner) in [
            (&self.runtime, CodeOwner::Runtime),
            (&self.standard, CodeOwner::Standard),
            (&self.own, CodeOwner::FirstParty),
        ] {
            if fits(pattern) == Some(true) {
                return Some(owner);
            }
        }
        // If the program's own module is not known, a function of no library has no known owner.
        (fits(&self.own) == Some(false)).then_some(CodeOwner::Vendor)
    }
}

/// Returns true for a function or package of Go's standard library, as the preset filter of the library does.
fn is_go_library(name: &str) -> bool {
    let package = name.split(['.', '/']).next().unwrap_or_default();
    GO_PACKAGES.contains(&package)
}

/// Returns true for a function or package of Go's runtime, as the preset filter of the runtime does.
fn is_go_runtime(name: &str) -> bool {
    const PREFIXES: [&str; 14] = [
        "runtime.",
        "runtime/internal",
        "runtime/cgo",
        "runtime/race",
        "runtime/metrics",
        "internal/runtime/",
        "reflect.",
        "reflect/",
        "syscall.",
        "syscall/",
        "internal/reflect.",
        "internal/reflect/",
        "internal/syscall.",
        "internal/syscall/",
    ];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix) || prefix.strip_suffix('.') == Some(name))
}

/// Owner of a frame that has only the name of its binary, `[libc.so.6]`; `None` for a function and for a program.
fn of_library(name: &str) -> Option<CodeOwner> {
    let file = name.strip_prefix('[')?.strip_suffix(']')?;
    let is_runtime = ["libc.", "libc-", "ld-", "libpthread", "libm.", "libgcc", "libunwind", "libdl", "[vdso"]
        .iter()
        .any(|known| file.starts_with(known));
    match file {
        _ if is_runtime => Some(CodeOwner::Runtime),
        _ if file.starts_with("libstdc++") || file.starts_with("libc++") => Some(CodeOwner::Standard),
        _ if file.contains(".so") || file.contains(".dylib") => Some(CodeOwner::Vendor),
        _ => None,
    }
}

/// True if a pattern matches a function; `None` if it matches files and the file is not known.
fn fits(pattern: &Pattern, name: &str, file: Option<&str>) -> Option<bool> {
    let of_file = || file.map(|file| pattern.matches(file.as_bytes()));
    // A package is the beginning of its functions' names.
    let of_name = || pattern.matches(name.as_bytes()) || pattern.matches(format!("{name}.").as_bytes());
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
        let owners = CodeOwners::new(language, names.iter().copied());
        names.iter().map(|(name, file)| owners.of(name, *file)).collect()
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
    fn the_library_and_the_runtime_of_go_are_what_the_presets_match() {
        let pattern = |text: &str| Pattern::new(&Filter::new(FilterKind::Hide, text)).unwrap();
        let preset = standard(Language::Go).map(|text| pattern(&text));
        let of_runtime = runtime(Language::Go).map(pattern).unwrap();
        let names = GO_PACKAGES
            .iter()
            .flat_map(|package| ["", ".F", "/sub.F", "x.F", ".com/a.F"].map(|rest| format!("{package}{rest}")));
        let parts = ["runtime", "internal", "cgo", "race", "metrics", "reflect", "syscall", "reflectlite", "poll"];
        let pairs = parts.iter().flat_map(|one| parts.map(|other| format!("{one}/{other}.F")));
        let others = ["main.main", "example.com/bytes.F", "", ".", "internal/runtime/maps.F"].map(str::to_owned);
        for name in names.chain(pairs).chain(others) {
            let is_runtime = is_go_library(&name) && is_go_runtime(&name);
            assert_eq!(fits(&of_runtime, &name, None), Some(is_runtime), "{name}");
            assert_eq!(fits(preset.as_ref().unwrap(), &name, None), Some(is_go_library(&name)), "{name}");
        }
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
