//! C++ and Rust names: `std::vector<int>::push_back(int const&)`, `<alloc::vec::Vec<T> as
//! Extend<T>>::extend::h0123456789abcdef`.
//!
//! Shortening drops arguments, generics and hashes first, then namespaces or modules from the left, down to the
//! function.

use super::Language;
use super::form_search::FormSearch;
use super::qualified::{FileNamePart, NameSyntax, parts};
use super::rust_hash::{without_hash, without_legacy_hash};

const ANONYMOUS: &str = "(anonymous namespace)::";

/// Treatment of generics in a form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Generics {
    Kept,
    Emptied,
    Dropped,
}

/// Offers forms from the widest to the narrowest.
pub fn forms(language: Language, name: &str, search: &mut FormSearch) -> Option<String> {
    let (syntax, kinds): (_, &[Generics]) = match language {
        Language::Rust => (NameSyntax::Rust, &[Generics::Emptied, Generics::Dropped]),
        _ => (NameSyntax::Cpp, &[Generics::Kept, Generics::Emptied, Generics::Dropped]),
    };
    let plain = name.replace(ANONYMOUS, "");
    let parts = parts(syntax, &plain);
    let mut starts = Vec::new();
    let mut narrowest = String::new();
    for generics in kinds {
        (narrowest, starts) = join_parts(&parts, *generics);
        if narrowest.is_empty() {
            return None;
        }
        if let Some(form) = search.offer(narrowest.clone()) {
            return Some(form);
        }
    }
    search.offer_suffixes(&narrowest, starts.into_iter())
}

/// Joins the parts of a name. Also returns the offsets at which a suffix may begin.
fn join_parts(parts: &[FileNamePart<'_>], generics: Generics) -> (String, Vec<usize>) {
    let mut text = String::new();
    let mut starts = Vec::new();
    let mut after_closure = false;
    for part in parts {
        // The call operator of a closure is omitted.
        if after_closure && part.name.starts_with("operator()") {
            continue;
        }
        if !text.is_empty() {
            text.push_str("::");
        }
        after_closure = part.is_closure();
        if after_closure {
            text.push_str(short_closure(part.name));
            continue;
        }
        // A call operator is identified by its class.
        if part.name != "operator()" || starts.is_empty() {
            starts.push(text.len());
        }
        text.push_str(part.name);
        match generics {
            Generics::Kept => text.push_str(part.generics),
            Generics::Emptied if !part.generics.is_empty() => text.push_str("<>"),
            Generics::Emptied | Generics::Dropped => {}
        }
    }
    (text, starts)
}

/// Shortens closures to `{}`; other words in braces are kept.
fn short_closure(name: &str) -> &str {
    let word = name.trim_start_matches('{');
    let is_closure = word.starts_with("closure") || word.starts_with("lambda") || !name.starts_with('{');
    if is_closure { "{}" } else { name }
}

/// True if a name with `::` is a Rust name: it contains text that no C++ name has.
pub fn is_rust(name: &str) -> bool {
    let is_mangled =
        name.starts_with("_R") || (name.starts_with("_ZN") && without_legacy_hash(name.as_bytes()).len() < name.len());
    let words = ["{{closure}}", "{closure#", " as ", "core::", "alloc::", "std::rt::", "::{{", "<impl "];
    is_mangled || without_hash(name).len() < name.len() || words.iter().any(|word| name.contains(word))
}

/// Removes a leading anonymous namespace.
pub fn without_anonymous(name: &str) -> &str {
    name.strip_prefix(ANONYMOUS).unwrap_or(name)
}

/// `Class::method` of a C++ name, as pprof shortens it; the whole name if no part looks like a class.
pub fn display_cpp(name: &str) -> &str {
    let name = without_anonymous(name);
    let mut best = None;
    let mut start = 0;
    while let Some(length) = identifier_len(&name[start..]).filter(|length| name[start + length..].starts_with("::")) {
        let method = start + length + 2;
        let is_class = name[start..].trim_start_matches('_').starts_with(|letter: char| letter.is_ascii_uppercase());
        let tilde = usize::from(name[method..].starts_with('~'));
        if start > 0
            && is_class
            && let Some(length) = identifier_len(&name[method + tilde..])
        {
            best = Some((start, method + tilde + length));
        }
        start = method;
    }
    let Some((start, end)) = best else {
        return name;
    };
    let template = name[end..].starts_with('<').then(|| name.rfind('>')).flatten();
    &name[start..template.map_or(end, |close| close + 1)]
}

fn identifier_len(text: &str) -> Option<usize> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let length = text.find(|letter| !is_letter(letter)).unwrap_or(text.len());
    (length > 0 && !text.starts_with(|letter: char| letter.is_ascii_digit())).then_some(length)
}

/// Crate of a Rust name; namespace of a C++ name, or its class if it has none.
pub fn package(language: Language, name: &str) -> &str {
    let (syntax, name) = match language {
        Language::Rust => (NameSyntax::Rust, without_hash(name)),
        _ => (NameSyntax::Cpp, without_anonymous(name)),
    };
    let parts = parts(syntax, name);
    match (parts.first(), parts.len()) {
        (Some(first), 2..) => first.name,
        _ => "",
    }
}
