//! Go names: `github.com/acme/widget/v2/store.(*Cache[...]).Put.func1`.
//!
//! The import path is the widest and least specific part, followed by type parameters, package and receiver.

use std::borrow::Cow;

use super::form_search::{FormSearch, plain_forms};
use super::qualified::is_digits;

/// Offers forms from the widest to the narrowest: drops path elements, then the package, then the receiver.
pub fn forms(name: &str, search: &mut FormSearch) -> Option<String> {
    let plain = without_type_parameters(&without_version(name));
    let Some(package) = package_end(&plain) else {
        return plain_forms(&plain, search);
    };
    let (path, rest) = (&plain[..package], &plain[package + 1..]);
    let parts = parts(rest);
    let whole = format!("{path}.{}", parts.join("."));
    let elements = path.match_indices('/').map(|(at, _)| at + 1);
    if let Some(form) = search.offer_suffixes(&whole, std::iter::once(0).chain(elements)) {
        return Some(form);
    }
    let (bare, starts) = bare(&parts);
    search.offer_suffixes(&bare, starts.into_iter())
}

/// Parts of a name after its package, with closures shortened: `(*T)`, `M`, `f1`.
fn parts(rest: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'.' if depth == 0 => {
                parts.push(short_closure(&rest[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(short_closure(&rest[start..]));
    parts
}

/// Shortens `func12` to `f12`.
fn short_closure(part: &str) -> String {
    match part.strip_prefix("func") {
        Some(number) if is_number(number) => format!("f{number}"),
        _ => part.to_owned(),
    }
}

/// Joins the parts without the decoration of a pointer receiver. Also returns the offsets at which a suffix may begin,
/// which exclude closures: the number of a closure is not a name.
fn bare(parts: &[String]) -> (String, Vec<usize>) {
    let mut text = String::new();
    let mut starts = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push('.');
        }
        if index == 0 || !is_closure(part) {
            starts.push(text.len());
        }
        let receiver = part.strip_prefix("(*").and_then(|part| part.strip_suffix(')'));
        text.push_str(receiver.unwrap_or(part));
    }
    (text, starts)
}

fn is_closure(part: &str) -> bool {
    let number = ["f", "gowrap", "deferwrap"].iter().find_map(|prefix| part.strip_prefix(prefix)).unwrap_or(part);
    part.is_empty() || is_number(number)
}

/// True for `12` and for `12-range1`, the body of a range-over-func loop.
fn is_number(text: &str) -> bool {
    is_digits(text.split_once("-range").map_or(text, |(number, _)| number))
}

/// Removes all `[...]`.
fn without_type_parameters(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut depth = 0_usize;
    for letter in name.chars() {
        match letter {
            '[' => depth += 1,
            ']' if depth > 0 => depth -= 1,
            _ if depth == 0 => text.push(letter),
            _ => {}
        }
    }
    // A name with an unclosed bracket is not a Go name and stays unchanged.
    if depth == 0 && !text.is_empty() { text } else { name.to_owned() }
}

/// Removes the first major version of a module path (`/v2` and up).
fn without_version(name: &str) -> Cow<'_, str> {
    for (at, _) in name.match_indices("/v") {
        let after = &name[at + 2..];
        let end = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
        let (number, rest) = after.split_at(end);
        let counts = !number.starts_with('0') && number != "1" && !number.is_empty();
        if counts && rest.starts_with(['.', '/']) {
            return Cow::Owned(format!("{}{rest}", &name[..at]));
        }
    }
    Cow::Borrowed(name)
}

/// End of the package path: the first dot after the last slash before any bracket.
pub fn package_end(name: &str) -> Option<usize> {
    let plain = name.split(['(', '[', '<', ' ', ':']).next().unwrap_or(name);
    let last = plain.rfind('/').map_or(0, |at| at + 1);
    let dot = plain[last..].find('.')? + last;
    (dot > last && dot + 1 < name.len()).then_some(dot)
}

/// Name from its package on, without the import path: `http.(*conn).serve`.
pub fn display(name: &str) -> Cow<'_, str> {
    match without_version(name) {
        Cow::Borrowed(name) => Cow::Borrowed(&name[path_len(name)..]),
        Cow::Owned(name) => Cow::Owned(name[path_len(&name)..].to_owned()),
    }
}

/// Length of the path elements before the package; 0 if `name` has no path that ends in `package.function`.
pub fn path_len(name: &str) -> usize {
    let is_path = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/');
    let path = name.find(|letter| !is_path(letter)).unwrap_or(name.len());
    let mut ends = name[..path].rmatch_indices('/').map(|(at, _)| at + 1);
    let names_function =
        |start: &usize| name[*start..].find('.').is_some_and(|dot| dot > 0 && start + dot + 1 < name.len());
    ends.find(names_function).unwrap_or(0)
}
