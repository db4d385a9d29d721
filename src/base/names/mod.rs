//! Names of functions, shortened for display by the language that they are in.
//!
//! A name is shortened by dropping what says least, from the left, until it fits: import paths, packages, namespaces,
//! arguments, generics. The function itself goes last. Names as linkers know them are demangled first. Only display uses
//! this; identity, patterns and export have the
//! name as it is in the file. Nothing here may assume that a name is well formed: any text goes in, and what cannot be
//! made sense of is cut in the middle.

mod address;
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

use super::clean::safe_str;
use super::width::{cut_middle, width};

/// The fewest cells that hold any part of a name.
pub const LEAST_CELLS: usize = 3;

/// The language that the names of a profile are in.
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
    /// None that is known.
    #[default]
    Other,
}

/// The best form of `shown` that fits `cells`, starting from `shown` as it is; nothing under three cells.
pub fn shorten(language: Language, shown: &str, cells: usize) -> Cow<'_, str> {
    if cells < LEAST_CELLS {
        return Cow::Borrowed("");
    }
    let shown = if language == Language::Rust { native::without_hash(shown) } else { shown };
    if width(shown) <= cells {
        return Cow::Borrowed(shown);
    }
    if let Some(form) = address::shorten(shown, cells) {
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

/// The name with its package and without its path: what a row of a table says.
///
/// This is what pprof shows for Go, Java and C++; for Rust the name loses its hash alone.
pub fn display(language: Language, name: &str) -> Cow<'_, str> {
    match language {
        Language::Go => go::display(name),
        // With slashes between its packages a name has the shape of a path.
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

/// The name as people read it, safe to print.
pub fn readable(name: &str) -> Cow<'_, str> {
    demangled(name).map_or_else(|| safe_str(name), |name| Cow::Owned(safe_str(&name).into_owned()))
}

/// The package, module or namespace that a name stands in, for colours; empty for an address and where there is none.
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

/// The search for the first form that fits. Forms are offered from the widest to the narrowest.
struct Search {
    cells: usize,
    /// The narrowest form so far, which is cut when none fits.
    last: Option<String>,
}

impl Search {
    /// `form` where it fits. A form with nothing to read in it is none.
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

    /// The longest end of `form` that fits and begins at one of `starts`, which ascend.
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

/// Forms of a name in no language that is known: path elements go first, then what stands before `::` or `.`.
fn plain_forms(name: &str, search: &mut Search) -> Option<String> {
    let path = name.split(['(', '<', '[', ' ']).next().map_or(0, str::len);
    let ends = name[..path].match_indices(['/', '.', ':']).map(|(at, _)| at + 1);
    // An end that begins with a separator (`a..b`, `a::b`) is the next end with a blemish.
    let tidy = ends.filter(|start| !name[*start..].starts_with(['/', '.', ':']));
    search.offer_ends(name, tidy.take_while(|start| *start < name.len()))
}
