//! Function names: shortening for display, demangling, and detection of the programming language.
//!
//! Shortening drops the least specific parts from the left until the name fits: import paths, packages, namespaces,
//! arguments, generics. The function goes last. Mangled names are demangled first. Shortened names are for display
//! only; identity, patterns and export use the name as in the file. Names need not be well formed: a name that cannot
//! be parsed is cut in the middle.

mod demangle;
mod distinct;
mod form_search;
mod go;
mod java;
mod language;
mod native;
mod normal;
mod numbered;
mod qualified;
mod rust_hash;
mod shorten;

#[cfg(test)]
mod tests;

pub use demangle::{Name, demangled, matches, without_arguments, without_hashes};
pub use distinct::tell_apart;
pub use language::{language_of, possible_languages};
pub use normal::{is_closure, normal};
pub use shorten::{display, package_number, package_of, readable, short_forms, shorten, shorten_with_path};

/// Text in place of the names of samples without a stack.
pub const NO_STACK: &str = "(no stack)";

/// Minimum columns for any part of a name.
pub const MIN_CELLS: usize = 3;

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
