//! Names as a linker knows them, made readable: C++ (`_ZN…`) and Rust, of both schemes (`_ZN…17h…E`, `_R…`).
//!
//! Only what is looked at is demangled, when it is looked at. A name may be made to grow without end when it is spelled
//! out, since parts of it stand for other parts; so a name past a length is left as it is, and what comes out is cut at
//! more than any screen shows.

use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use cpp_demangle::{DemangleOptions, ParseOptions, Symbol};

use crate::base::clean::Text;

/// The longest name that is taken apart, in bytes. Compilers in use begin to shorten names themselves before this.
const LONGEST: usize = 16 << 10;
/// The longest name that comes out; four times what is ever shown in a line.
const MOST_WRITTEN: usize = 4 << 10;
/// Pieces that may be written, the empty ones too: a name may be made of parts that write nothing.
const MOST_PIECES: usize = 64 << 10;
/// How deep parts of a name may stand in each other. Threads have stacks of 2 MiB.
const DEEPEST: u32 = 96;
/// Digits of an address as it stands before a name at addresses granularity.
const ADDRESS: usize = 16;

/// A name out of a file: as it is there, and, once somebody looks at it, as people read it.
#[derive(Clone, Debug, Default)]
pub struct Name {
    text: Text,
    readable: OnceLock<Option<Box<Text>>>,
}

impl Name {
    /// The name as it is in the file, for identity and export.
    pub fn raw(&self) -> &str {
        self.text.raw()
    }

    /// The name as it may be shown: demangled where it is mangled.
    pub fn shown(&self) -> &str {
        self.readable().map_or(self.text.shown(), Text::shown)
    }

    /// The name as it is in the file, safe to print.
    pub fn as_linked(&self) -> &str {
        self.text.shown()
    }

    /// The demangled name, where that is another.
    pub fn demangled(&self) -> Option<&str> {
        self.readable().map(Text::raw)
    }

    fn readable(&self) -> Option<&Text> {
        let make = || demangled(self.text.raw()).map(|name| Box::new(Text::from(&*name)));
        self.readable.get_or_init(make).as_deref()
    }
}

impl From<Text> for Name {
    fn from(text: Text) -> Self {
        Self { text, readable: OnceLock::new() }
    }
}

/// The name as people read it, where it is mangled. At the finer granularities an address may stand before it, and a
/// file behind it; they stay.
pub fn demangled(printed: &str) -> Option<String> {
    let has_address = printed.as_bytes().get(ADDRESS) == Some(&b' ')
        && printed.as_bytes()[..ADDRESS].iter().all(u8::is_ascii_hexdigit);
    let (before, rest) = printed.split_at(if has_address { ADDRESS + 1 } else { 0 });
    let (name, after) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
    let name = demangle(name, DemangleOptions::new().no_return_type())?;
    Some(format!("{before}{name}{after}"))
}

/// A C++ name without its arguments, or a Rust name, where it is mangled: what rules over whole names are written for.
pub fn without_arguments(name: &str) -> Option<String> {
    demangle(name, DemangleOptions::new().no_return_type().no_params())
}

/// Whether a pattern matches the name, as it is in the file or as people read it.
pub fn matches(name: &str, is_match: impl Fn(&str) -> bool) -> bool {
    is_match(name) || demangled(name).is_some_and(|name| is_match(&name))
}

/// The name of Rust's newer scheme without what tells builds apart; none where it is no such name.
pub fn rust_path(name: &str) -> Option<String> {
    (name.starts_with("_R") || name.starts_with("__R")).then(|| rust(name)).flatten()
}

fn demangle(name: &str, options: DemangleOptions) -> Option<String> {
    // Apple's linker has one more underscore, and some tables have a dot before the entry of a function.
    let plain = name.strip_prefix('.').unwrap_or(name);
    let plain = plain.strip_prefix('_').filter(|rest| rest.starts_with('_')).unwrap_or(plain);
    let is_mangled = plain.starts_with("_Z") || plain.starts_with("_R");
    if !is_mangled || name.len() > LONGEST {
        return None;
    }
    rust(plain).or_else(|| cpp(plain, options)).filter(|readable| readable != name)
}

/// A Rust name without its hashes. What `_ZN` begins is Rust's only with a hash at its end.
fn rust(name: &str) -> Option<String> {
    let name = if name.starts_with("__R") { &name[1..] } else { name };
    if name.starts_with("_Z") && super::native::stable_legacy(name.as_bytes()).len() == name.len() {
        return None;
    }
    let symbol = rustc_demangle::try_demangle(name).ok()?;
    let mut written = BoundedText::default();
    // With `#` it is written without hashes.
    let result = write!(written, "{symbol:#}");
    written.end(result)
}

fn cpp(name: &str, options: DemangleOptions) -> Option<String> {
    let parsing = ParseOptions::default().recursion_limit(DEEPEST);
    let symbol = Symbol::new_with_options(name.as_bytes(), &parsing).ok()?;
    let mut written = BoundedText::default();
    let result = symbol.structured_demangle(&mut written, &options.recursion_limit(DEEPEST));
    written.end(result)
}

/// Text that stops growing at a length.
#[derive(Default)]
struct BoundedText {
    text: String,
    pieces: usize,
    full: bool,
}

impl BoundedText {
    /// What was written, with a mark where more would have come.
    fn end(mut self, result: fmt::Result) -> Option<String> {
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
        self.pieces += 1;
        if self.text.len() + piece.len() > MOST_WRITTEN || self.pieces > MOST_PIECES {
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
        let name = Name::from(Text::from("_ZN5store3putEv"));
        assert_eq!(
            (name.raw(), name.shown(), name.as_linked()),
            ("_ZN5store3putEv", "store::put()", "_ZN5store3putEv")
        );
        assert_eq!(Name::from(Text::from("put\x1b")).shown(), "put\\x1b");
    }

    #[test]
    fn a_name_that_doubles_itself_stops() {
        // Each pair is of the one before it, so that the text doubles thirty times.
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
            assert!(readable.len() <= MOST_WRITTEN + "…".len(), "{}", readable.len());
        }
        assert_eq!(demangled(&format!("_Z{}f", "1".repeat(LONGEST))), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        #[test]
        fn any_letters_are_taken(rest in "[NISTtsvilEPKRObLXZ0-9_$.a-fh]{0,60}") {
            for start in ["_Z", "_ZN", "_R", "_RNv", "__Z", "_Z1fI", "_RINv"] {
                let name = format!("{start}{rest}");
                let readable = demangled(&name).unwrap_or_default();
                prop_assert!(readable.len() <= MOST_WRITTEN + 3);
                without_arguments(&name);
            }
        }
    }
}
