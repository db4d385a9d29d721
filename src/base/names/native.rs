//! C++ and Rust: `std::vector<int>::push_back(int const&)`, `<alloc::vec::Vec<T> as Extend<T>>::extend::h0123456789abcdef`.
//!
//! Both lose arguments, generics and hashes first, then namespaces or modules from the left, down to the function.

use std::borrow::Cow;

use super::qualified::{NamePart, NameSyntax, parts};
use super::{Language, Search, mangled};

const ANONYMOUS: &str = "(anonymous namespace)::";

/// What becomes of generics.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Generics {
    Kept,
    Emptied,
    Dropped,
}

/// Forms from the widest to the narrowest.
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

/// The parts as one name, and where an end of it may begin.
fn written(parts: &[NamePart<'_>], generics: Generics) -> (String, Vec<usize>) {
    let mut text = String::new();
    let mut starts = Vec::new();
    let mut after_closure = false;
    for part in parts {
        // The call of a closure is the closure.
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
        // A call operator is named as every other; only its class tells it apart.
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

/// `{}` for every kind of closure; what else stands in braces keeps its word.
fn short_closure(name: &str) -> &str {
    let word = name.trim_start_matches('{');
    let is_closure = word.starts_with("closure") || word.starts_with("lambda") || !name.starts_with('{');
    if is_closure { "{}" } else { name }
}

/// `name` without what the compiler added at its end: `::h0123456789abcdef`, `.llvm.123`.
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

/// What stays of a Rust name from one build to the next: all before the hash of a name as people read it, or of one as
/// the linker does (`17h`, sixteen digits, `E`), and names of the newer scheme without what tells crates apart. Any other
/// name stays whole.
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

/// The same for names of the older scheme alone.
pub fn stable_legacy(name: &[u8]) -> &[u8] {
    // Parts that an optimiser split off carry its mark behind the hash.
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

/// A readable name of the newer scheme without the hashes of its crates (`store[4fa91a8ac9a3a6a0]::put`); none where
/// there is none.
fn without_crate_hashes(name: &str) -> Option<String> {
    // Hashes are of 64 bits and written without zeros in front; shorter ones may be indices or types of other languages.
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

/// Whether a name with `::` is Rust's: it has what no C++ name has.
pub fn is_rust(name: &str) -> bool {
    let is_mangled =
        name.starts_with("_R") || (name.starts_with("_ZN") && stable_legacy(name.as_bytes()).len() < name.len());
    let words = ["{{closure}}", "{closure#", " as ", "core::", "alloc::", "std::rt::", "::{{", "<impl "];
    is_mangled || without_hash(name).len() < name.len() || words.iter().any(|word| name.contains(word))
}

/// `name` without the anonymous namespace that it begins with.
pub fn without_anonymous(name: &str) -> &str {
    name.strip_prefix(ANONYMOUS).unwrap_or(name)
}

/// `Class::method` of a C++ name, as pprof shortens it; the name as it is where no part looks like a class.
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

/// The crate of a Rust name; the namespace of a C++ name, or its class where it has none.
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
