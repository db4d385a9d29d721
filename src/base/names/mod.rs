//! Function names: shortening for display, demangling, and the language that they are of.
//!
//! Shortening drops the least specific parts from the left until the name fits: import paths, packages, namespaces,
//! arguments, generics. The function goes last. Mangled names are demangled first. Shortened names are for display
//! only; identity, patterns and export use the name as in the file. Names need not be well formed: one that cannot be
//! parsed is cut in the middle.

mod go;
mod java;
mod language;
mod mangled;
mod native;
mod qualified;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use language::{language_of, spoken};
pub use mangled::{Name, demangled, matches, without_arguments};
pub use native::stable;

use super::safe_text::safe_str;
use super::width::{cut_middle, width};

/// Minimum columns for any part of a name.
pub const LEAST_CELLS: usize = 3;

/// Programming language of the names of a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Go: `net/http.(*conn).serve`.
    Go,
    /// Java, Kotlin, Scala: `com.example.Class.method`.
    Java,
    /// C and C++: `ns::Class::method(int)`.
    Cpp,
    /// Rust: `<alloc::vec::Vec<T> as Extend<T>>::extend`.
    Rust,
    /// Python: `<module>`, `Class.method`.
    Python,
    /// JavaScript: `Module._compile`.
    Node,
    /// Unknown.
    #[default]
    Other,
}

/// Longest form of `shown` that fits in `cells` columns; empty below three columns.
pub fn shorten(language: Language, shown: &str, cells: usize) -> Cow<'_, str> {
    if cells < LEAST_CELLS {
        return Cow::Borrowed("");
    }
    let shown = if language == Language::Rust { native::without_hash(shown) } else { shown };
    if width(shown) <= cells {
        return Cow::Borrowed(shown);
    }
    if let Some(form) = shorten_address(shown, cells) {
        return form;
    }
    let mut search = Search { cells, last: None };
    let found = match language {
        Language::Go => go::forms(shown, &mut search),
        Language::Java => java::forms(shown, &mut search),
        Language::Cpp | Language::Rust => native::forms(language, shown, &mut search),
        Language::Python | Language::Node | Language::Other => plain_forms(shown, &mut search),
    };
    match (found, search.last) {
        (Some(form), _) => Cow::Owned(form),
        (None, Some(last)) => Cow::Owned(cut_middle(&last, cells).into_owned()),
        (None, None) => cut_middle(shown, cells),
    }
}

/// Name with its package and without its path, for a table row.
///
/// It equals what pprof shows for Go, Java and C++; a Rust name only loses its hash.
pub fn display(language: Language, name: &str) -> Cow<'_, str> {
    match language {
        Language::Go => go::display(name),
        // A name with slashes between packages looks like a path.
        Language::Java => Cow::Borrowed(java::display(name).unwrap_or(&name[go::path_len(name)..])),
        Language::Cpp => Cow::Borrowed(native::display_cpp(name)),
        Language::Rust => Cow::Borrowed(native::without_hash(name)),
        Language::Python | Language::Node => Cow::Borrowed(name),
        Language::Other => match go::display(native::without_anonymous(name)) {
            Cow::Borrowed(name) => Cow::Borrowed(java::display(name).unwrap_or_else(|| native::display_cpp(name))),
            owned @ Cow::Owned(_) => owned,
        },
    }
}

/// Demangled name, safe to print.
pub fn readable(name: &str) -> Cow<'_, str> {
    demangled(name).map_or_else(|| safe_str(name), |name| Cow::Owned(safe_str(&name).into_owned()))
}

/// Package, module or namespace of a name, for colours; empty for an address and for a name without one.
pub fn package_of(language: Language, name: &str) -> &str {
    if name.starts_with("0x") {
        return "";
    }
    match language {
        Language::Go => go::package_end(name).map_or("", |end| &name[..end]),
        Language::Java => java::package(name),
        Language::Cpp | Language::Rust => native::package(language, name),
        Language::Python | Language::Node | Language::Other => {
            let path = name.split(['(', '<', '[']).next().unwrap_or(name);
            path.rfind("::").or_else(|| path.rfind('.')).map_or("", |end| &path[..end])
        }
    }
}

/// Search for the first form that fits. Forms are offered from the widest to the narrowest.
struct Search {
    cells: usize,
    /// Narrowest form so far, which is cut if none fits.
    last: Option<String>,
}

impl Search {
    /// Returns `form` if it fits. A blank form is ignored.
    fn offer(&mut self, form: String) -> Option<String> {
        if form.trim().is_empty() {
            return None;
        }
        if width(&form) <= self.cells {
            return Some(form);
        }
        self.last = Some(form);
        None
    }

    /// Returns the longest suffix of `form` that fits and begins at one of `starts`, which ascend.
    fn offer_ends(&mut self, form: &str, starts: impl Iterator<Item = usize>) -> Option<String> {
        let mut last = None;
        for end in starts.filter_map(|start| form.get(start..)).filter(|end| !end.trim().is_empty()) {
            if width(end) <= self.cells {
                return Some(end.to_owned());
            }
            last = Some(end);
        }
        self.last = last.map(str::to_owned).or_else(|| self.last.take());
        None
    }
}

/// Offers forms of a name of an unknown language: drops path elements, then what precedes `::` or `.`.
fn plain_forms(name: &str, search: &mut Search) -> Option<String> {
    let path = name.split(['(', '<', '[', ' ']).next().map_or(0, str::len);
    let ends = name[..path].match_indices(['/', '.', ':']).map(|(at, _)| at + 1);
    // A suffix that begins with a separator (`a..b`, `a::b`) is skipped for the next one.
    let tidy = ends.filter(|start| !name[*start..].starts_with(['/', '.', ':']));
    search.offer_ends(name, tidy.take_while(|start| *start < name.len()))
}

/// Shortens an address such as `0x55858a1b2c3d [server]` to fit in `cells` columns; `None` if `shown` is not an
/// address.
///
/// The last digits distinguish addresses, so the mapping is dropped first and the last digits are kept.
fn shorten_address(shown: &str, cells: usize) -> Option<Cow<'_, str>> {
    let digits = shown.strip_prefix("0x")?;
    let end = digits.find(|sign: char| !sign.is_ascii_hexdigit()).unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let (address, mapping) = shown.split_at("0x".len() + end);
    let is_address = mapping.is_empty() || mapping.starts_with(" [") && mapping.ends_with(']');
    if !is_address {
        return None;
    }
    if address.len() <= cells {
        return Some(Cow::Borrowed(address));
    }
    let last = address.get(address.len() - cells.saturating_sub(1).min(end)..)?;
    Some(Cow::Owned(format!("…{last}")))
}
