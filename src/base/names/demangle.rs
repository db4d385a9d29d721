//! Demangling of linker names: C++ (`_ZN…`) and Rust, legacy (`_ZN…17h…E`) and v0 (`_R…`).
//!
//! Names are demangled when they are first shown or matched. Back references can make a name grow without bound, so
//! long and deep names stay mangled and output is cut.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use cpp_demangle::{DemangleOptions, ParseOptions, Symbol};

use super::rust_hash::{without_crate_hashes, without_legacy_hash};
use crate::base::safe_text::SafeText;

/// Maximum length of a mangled name in bytes. Compilers shorten names before they reach it.
const MAX_MANGLED: usize = 16 << 10;
/// Maximum length of a demangled name in bytes, four times the widest text on a line.
const MAX_DEMANGLED: usize = 4 << 10;
/// Maximum number of writes, including empty ones: a hostile name may write nothing forever.
const MAX_WRITES: usize = 64 << 10;
/// Maximum nesting. Threads have stacks of 2 MiB.
const MAX_DEPTH: u32 = 96;
/// Hexadecimal digits of the address that precedes a name at the granularity of addresses.
const ADDRESS_DIGITS: usize = 16;

/// Name from a file, demangled on first use.
#[derive(Clone, Debug, Default)]
pub struct Name {
    text: SafeText,
    readable: OnceLock<Option<Box<SafeText>>>,
}

impl Name {
    /// Name as in the file, for identity and export.
    pub fn raw(&self) -> &str {
        self.text.raw()
    }

    /// Display name: demangled if it is mangled, safe to print.
    pub fn shown(&self) -> &str {
        self.readable().map_or(self.text.shown(), SafeText::shown)
    }

    /// Name as in the file, safe to print.
    pub fn linker_name(&self) -> &str {
        self.text.shown()
    }

    /// Demangled name; `None` if the name is not mangled.
    pub fn demangled(&self) -> Option<&str> {
        self.readable().map(SafeText::raw)
    }

    fn readable(&self) -> Option<&SafeText> {
        let make = || demangled(self.text.raw()).map(|name| Box::new(SafeText::from(&*name)));
        self.readable.get_or_init(make).as_deref()
    }
}

impl From<SafeText> for Name {
    fn from(text: SafeText) -> Self {
        Self { text, readable: OnceLock::new() }
    }
}

/// Demangles a printed name; `None` if it is not mangled. An address before the name and a file after it, as finer
/// granularities print them, are kept.
pub fn demangled(printed: &str) -> Option<String> {
    let has_address = printed.as_bytes().get(ADDRESS_DIGITS) == Some(&b' ')
        && printed.as_bytes()[..ADDRESS_DIGITS].iter().all(u8::is_ascii_hexdigit);
    let (before, rest) = printed.split_at(if has_address { ADDRESS_DIGITS + 1 } else { 0 });
    let (name, after) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
    let name = demangle(name, DemangleOptions::new().no_return_type())?;
    Some(format!("{before}{name}{after}"))
}

/// Demangled C++ name without arguments, or demangled Rust name; `None` if the name is not mangled. Patterns for whole
/// names are written for this form.
pub fn without_arguments(name: &str) -> Option<String> {
    demangle(name, DemangleOptions::new().no_return_type().no_params())
}

/// True if a pattern matches the name as in the file or demangled.
pub fn matches(name: &str, is_match: impl Fn(&str) -> bool) -> bool {
    is_match(name) || demangled(name).is_some_and(|name| is_match(&name))
}

/// Path of a Rust v0 name without crate hashes, which differ between builds; `None` for other names.
fn rust_path(name: &str) -> Option<String> {
    (name.starts_with("_R") || name.starts_with("__R")).then(|| rust(name)).flatten()
}

/// Part of a Rust name that is the same in every build: without the hash of a legacy name, demangled (`::h`, sixteen
/// digits) or mangled (`17h`, sixteen digits, `E`), and without the crate hashes of a v0 name. Other names are returned
/// unchanged.
pub fn without_hashes(name: &[u8]) -> Cow<'_, [u8]> {
    let short = without_legacy_hash(name);
    if short.len() < name.len() {
        return Cow::Borrowed(short);
    }
    let Ok(text) = std::str::from_utf8(name) else { return Cow::Borrowed(name) };
    if let Some(path) = rust_path(text) {
        return Cow::Owned(path.into_bytes());
    }
    without_crate_hashes(text).map_or(Cow::Borrowed(name), |text| Cow::Owned(text.into_bytes()))
}

fn demangle(name: &str, options: DemangleOptions) -> Option<String> {
    // Mach-O adds an underscore, and some symbol tables a dot before the entry of a function.
    let plain = name.strip_prefix('.').unwrap_or(name);
    let plain = plain.strip_prefix('_').filter(|rest| rest.starts_with('_')).unwrap_or(plain);
    let is_mangled = plain.starts_with("_Z") || plain.starts_with("_R");
    if !is_mangled || name.len() > MAX_MANGLED {
        return None;
    }
    rust(plain).or_else(|| cpp(plain, options)).filter(|readable| readable != name)
}

/// Demangles a Rust name without its hashes. A name that begins with `_ZN` is a Rust name only if it ends with a hash.
fn rust(name: &str) -> Option<String> {
    let name = if name.starts_with("__R") { &name[1..] } else { name };
    if name.starts_with("_Z") && without_legacy_hash(name.as_bytes()).len() == name.len() {
        return None;
    }
    let symbol = rustc_demangle::try_demangle(name).ok()?;
    let mut written = BoundedText::default();
    // The alternate form omits hashes.
    let result = write!(written, "{symbol:#}");
    written.finish(result)
}

fn cpp(name: &str, options: DemangleOptions) -> Option<String> {
    let parsing = ParseOptions::default().recursion_limit(MAX_DEPTH);
    let symbol = Symbol::new_with_options(name.as_bytes(), &parsing).ok()?;
    let mut written = BoundedText::default();
    let result = symbol.structured_demangle(&mut written, &options.recursion_limit(MAX_DEPTH));
    written.finish(result)
}

/// Text of limited length.
#[derive(Default)]
struct BoundedText {
    text: String,
    writes: usize,
    full: bool,
}

impl BoundedText {
    /// The text, with an ellipsis if it was cut.
    fn finish(mut self, result: fmt::Result) -> Option<String> {
        if self.full {
            self.text.push('…');
        } else if result.is_err() {
            return None;
        }
        (!self.text.is_empty()).then_some(self.text)
    }
}

impl fmt::Write for BoundedText {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.writes += 1;
        if self.text.len() + piece.len() > MAX_DEMANGLED || self.writes > MAX_WRITES {
            self.full = true;
            return Err(fmt::Error);
        }
        self.text.push_str(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_linkers_are_made_readable() {
        for (name, readable) in [
            ("_ZN5store5Cache3putEiPKc", "store::Cache::put(int, char const*)"),
            ("__ZN5store5Cache3putEv", "store::Cache::put()"),
            ("_Znwm", "operator new(unsigned long)"),
            ("_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back(int const&)"),
            ("_Z3maxIiET_S0_S0_", "max<int>(int, int)"),
            ("_ZN5store5Cache3put17h0123456789abcdefE", "store::Cache::put"),
            ("_ZN5store5Cache3put17h0123456789abcdefE.llvm.42", "store::Cache::put"),
            ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"),
            ("_RNCNvCsgStHSCytQ6I_7mycrate4main0B3_", "mycrate::main::{closure#0}"),
            ("_Znwm mem.cc:12", "operator new(unsigned long) mem.cc:12"),
            ("0000000000401136 _Znwm mem.cc:12", "0000000000401136 operator new(unsigned long) mem.cc:12"),
        ] {
            assert_eq!(demangled(name).as_deref(), Some(readable), "{name}");
        }
        for name in ["", "_", "_Z", "_R", "main", "_ZNotAName", "store::Cache::put", "main.(*T).f", "_Rest", "é_Z"] {
            assert_eq!(demangled(name), None, "{name}");
        }
        assert_eq!(without_arguments("_Z3maxIiET_S0_S0_").as_deref(), Some("max<int>"));
        assert_eq!(without_arguments("_ZN8tcmalloc5Alloc3newEm").as_deref(), Some("tcmalloc::Alloc::new"));
    }

    #[test]
    fn patterns_match_both_forms() {
        let finds = |pattern: &'static str| matches("_ZN5store3putEv", |name| name.contains(pattern));
        assert!(finds("_ZN5") && finds("store::put()"));
        assert!(!finds("store::get"));
    }

    #[test]
    fn a_name_keeps_what_the_file_says() {
        let name = Name::from(SafeText::from("_ZN5store3putEv"));
        assert_eq!(
            (name.raw(), name.shown(), name.linker_name()),
            ("_ZN5store3putEv", "store::put()", "_ZN5store3putEv")
        );
        assert_eq!(Name::from(SafeText::from("put\x1b")).shown(), "put\\x1b");
    }

    #[test]
    fn a_name_that_doubles_itself_stops() {
        // Each pair repeats the previous pair twice, so that the text doubles thirty times.
        let pairs: String = (0..30)
            .map(|n| if n == 0 { "S_".into() } else { format!("S{:X}_", n - 1) })
            .fold("1aIi".to_owned(), |name, part| format!("{name}4pairI{part}{part}E"));
        for name in [
            format!("_Z1fI{pairs}Evv"),
            format!("_Z{}", "N1a".repeat(5_000)),
            format!("_Z1f{}i", "P".repeat(15_000)),
            format!("_Z1fI{}iEvT_", "J".repeat(7_000)),
            format!("_RI{}", "NvC1a1b".repeat(2_000)),
            format!("_RI{}C1a{}E", "T".repeat(90), "B_".repeat(900)),
            format!("_ZN{}17h0123456789abcdefE", "3$u7".repeat(3_000)),
            format!("_Z1f{}", "T_".repeat(7_000)),
            format!("_Z1fIXcl{}EEvv", "L_Z1fE".repeat(2_000)),
            format!("_Z1fIX{}Lb1EEEvv", "nt".repeat(7_000)),
        ] {
            let readable = demangled(&name).unwrap_or_default();
            assert!(readable.len() <= MAX_DEMANGLED + "…".len(), "{}", readable.len());
        }
        assert_eq!(demangled(&format!("_Z{}f", "1".repeat(MAX_MANGLED))), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        #[test]
        fn any_letters_are_taken(rest in "[NISTtsvilEPKRObLXZ0-9_$.a-fh]{0,60}") {
            for start in ["_Z", "_ZN", "_R", "_RNv", "__Z", "_Z1fI", "_RINv"] {
                let name = format!("{start}{rest}");
                let readable = demangled(&name).unwrap_or_default();
                prop_assert!(readable.len() <= MAX_DEMANGLED + 3);
                without_arguments(&name);
            }
        }
    }
}
