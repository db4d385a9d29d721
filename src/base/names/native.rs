//! C++ and Rust names: `std::vector<int>::push_back(int const&)`, `<alloc::vec::Vec<T> as
//! Extend<T>>::extend::h0123456789abcdef`.
//!
//! Shortening drops arguments, generics and hashes first, then namespaces or modules from the left, down to the
//! function.

use std::borrow::Cow;

use super::qualified::{NamePart, NameSyntax, parts};
use super::{Language, Search, mangled};

const ANONYMOUS: &str = "(anonymous namespace)::";

/// Treatment of generics in a form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Generics {
    Kept,
    Emptied,
    Dropped,
}

/// Offers forms from the widest to the narrowest.
pub fn forms(language: Language, name: &str, search: &mut Search) -> Option<String> {
    let (rules, kinds): (_, &[Generics]) = match language {
        Language::Rust => (NameSyntax::Rust, &[Generics::Emptied, Generics::Dropped]),
        _ => (NameSyntax::Cpp, &[Generics::Kept, Generics::Emptied, Generics::Dropped]),
    };
    let named = name.replace(ANONYMOUS, "");
    let parts = parts(rules, &named);
    let mut starts = Vec::new();
    let mut narrowest = String::new();
    for generics in kinds {
        (narrowest, starts) = written(&parts, *generics);
        if narrowest.is_empty() {
            return None;
        }
        if let Some(form) = search.offer(narrowest.clone()) {
            return Some(form);
        }
    }
    search.offer_ends(&narrowest, starts.into_iter())
}

/// Joins the parts of a name. Also returns the offsets at which a suffix may begin.
fn written(parts: &[NamePart<'_>], generics: Generics) -> (String, Vec<usize>) {
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

/// Removes suffixes added by the compiler: `::h0123456789abcdef`, `.llvm.123`.
pub fn without_hash(name: &str) -> &str {
    let name = match name.rfind(".llvm.") {
        Some(at) if at > 0 => &name[..at],
        _ => name,
    };
    match name.rsplit_once("::h") {
        Some((rest, hash)) if !rest.is_empty() && is_hash(hash) => rest,
        _ => name,
    }
}

/// Part of a Rust name that is the same in every build: without the hash of a legacy name, demangled (`::h`, sixteen
/// digits) or mangled (`17h`, sixteen digits, `E`), and without the crate hashes of a v0 name. Other names are returned
/// unchanged.
pub fn stable(name: &[u8]) -> Cow<'_, [u8]> {
    let short = stable_legacy(name);
    if short.len() < name.len() {
        return Cow::Borrowed(short);
    }
    let Ok(text) = std::str::from_utf8(name) else { return Cow::Borrowed(name) };
    if let Some(path) = mangled::rust_path(text) {
        return Cow::Owned(path.into_bytes());
    }
    without_crate_hashes(text).map_or(Cow::Borrowed(name), |text| Cow::Owned(text.into_bytes()))
}

/// As [`stable`], for legacy names only.
pub fn stable_legacy(name: &[u8]) -> &[u8] {
    // Functions split off by LLVM have a suffix after the hash.
    let llvm = name.windows(6).rposition(|part| part == b".llvm.").map_or(name, |at| &name[..at]);
    let (end, start) = match llvm.strip_suffix(b"E") {
        Some(inner) if name.starts_with(b"_ZN") || name.starts_with(b"__ZN") => (inner, &b"17h"[..]),
        _ => (llvm, &b"::h"[..]),
    };
    let Some(at) = end.len().checked_sub(16 + start.len()) else { return name };
    let hash = &end[at + start.len()..];
    let is_hash = hash.iter().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(digit));
    if at > 0 && is_hash && end[at..].starts_with(start) { &name[..at] } else { name }
}

/// Removes the crate hashes of a demangled v0 name (`store[4fa91a8ac9a3a6a0]::put`); `None` if there are none.
fn without_crate_hashes(name: &str) -> Option<String> {
    // Hashes have 64 bits and no leading zeros; shorter ones may be indices or types of other languages.
    const DIGITS: std::ops::RangeInclusive<usize> = 12..=16;
    let mut kept = String::new();
    let mut rest = name;
    while let Some(open) = rest.find('[') {
        let close = open + rest[open..].find(']')?;
        let hash = &rest[open + 1..close];
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_crate = rest[..open].ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
        let is_hash = DIGITS.contains(&hash.len()) && hash.bytes().all(is_digit);
        kept.push_str(&rest[..if is_crate && is_hash { open } else { close + 1 }]);
        rest = &rest[close + 1..];
    }
    kept.push_str(rest);
    (kept.len() < name.len()).then_some(kept)
}

fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// True if a name with `::` is of Rust: it has a mark that no C++ name has.
pub fn is_rust(name: &str) -> bool {
    let is_mangled =
        name.starts_with("_R") || (name.starts_with("_ZN") && stable_legacy(name.as_bytes()).len() < name.len());
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
    let (rules, name) = match language {
        Language::Rust => (NameSyntax::Rust, without_hash(name)),
        _ => (NameSyntax::Cpp, without_anonymous(name)),
    };
    let parts = parts(rules, name);
    match (parts.first(), parts.len()) {
        (Some(first), 2..) => first.name,
        _ => "",
    }
}
