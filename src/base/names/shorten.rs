//! Names shortened for display, by language.

use std::borrow::Cow;

use super::demangle::demangled;
use super::form_search::{FormSearch, plain_forms};
use super::rust_hash::without_hash;
use super::{Language, MIN_CELLS, go, java, native};
use crate::base::safe_text::safe_str;
use crate::base::width::{cut_middle, width};

/// Minimum columns of the function name beside a file.
const LEAST_FUNCTION: usize = 10;

/// Longest form of `shown` that fits in `cells` columns; empty below three columns.
pub fn shorten(language: Language, shown: &str, cells: usize) -> Cow<'_, str> {
    if cells < MIN_CELLS {
        return Cow::Borrowed("");
    }
    let shown = if language == Language::Rust { without_hash(shown) } else { shown };
    if width(shown) <= cells {
        return Cow::Borrowed(shown);
    }
    if let Some(form) = shorten_address(shown, cells) {
        return form;
    }
    let mut search = FormSearch::for_cells(cells);
    let found = forms(language, shown, &mut search);
    match (found, search.narrowest) {
        (Some(form), _) => Cow::Owned(form),
        (None, Some(narrowest)) => Cow::Owned(cut_middle(&narrowest, cells).into_owned()),
        (None, None) => cut_middle(shown, cells),
    }
}

/// Offers the forms of a name from the widest to the narrowest.
fn forms(language: Language, shown: &str, search: &mut FormSearch) -> Option<String> {
    let is_native = matches!(language, Language::Cpp | Language::Rust);
    // Programs of other languages call native libraries.
    if !is_native && shown.contains("::") && shown.contains(['(', '<']) {
        let of_name = if native::is_rust(shown) { Language::Rust } else { Language::Cpp };
        return native::forms(of_name, shown, search);
    }
    match language {
        Language::Go => go::forms(shown, search),
        Language::Java => java::forms(shown, search),
        Language::Cpp | Language::Rust => native::forms(language, shown, search),
        Language::Python | Language::Node | Language::Other => plain_forms(shown, search),
    }
}

/// Forms to which a name is shortened, so that a name is found as it is shown. A form that is the end of another one, or
/// a part of the name, is left out.
pub fn short_forms(language: Language, shown: &str) -> Vec<String> {
    let mut search = FormSearch::for_all();
    forms(language, if language == Language::Rust { without_hash(shown) } else { shown }, &mut search);
    let mut offered = search.offered.unwrap_or_default();
    offered.retain(|form| !shown.contains(form.as_str()));
    offered
}

/// Name with its package and without its path, for a table row.
///
/// Equal to the name that pprof shows for Go, Java and C++; a Rust name only loses its hash.
pub fn display(language: Language, name: &str) -> Cow<'_, str> {
    match language {
        Language::Go => go::display(name),
        // A name with slashes between packages looks like a path.
        Language::Java => Cow::Borrowed(java::display(name).unwrap_or(&name[go::path_len(name)..])),
        Language::Cpp => Cow::Borrowed(native::display_cpp(name)),
        Language::Rust => Cow::Borrowed(without_hash(name)),
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

/// Function and place of a name such as `function /dir/file.py:7`; `None` for a name without a place.
pub(super) fn split_path(name: &str) -> Option<(&str, &str)> {
    // Python names its frozen modules in brackets.
    let of_module = name.strip_suffix('>').and_then(|_| name.split_once(" <"));
    let of_module = of_module.map(|(function, _)| (function, &name[function.len() + 1..]));
    of_module.or_else(|| name.rsplit_once(' ').filter(|(_, place)| place.contains(['/', ':'])))
}

/// Longest form that fits in `cells` columns of a name that contains a path: `function file:line`, a file, a package.
/// The end of the path is kept.
pub fn shorten_with_path(language: Language, name: &str, cells: usize) -> Cow<'_, str> {
    let end = |path: &str, cells: usize| -> String {
        let starts = path.match_indices('/').map(|(at, _)| at + 1);
        let mut ends = std::iter::once(0).chain(starts).map(|start| &path[start..]).filter(|end| !end.is_empty());
        let last = path.rsplit('/').find(|end| !end.is_empty()).unwrap_or(path);
        cut_middle(ends.find(|end| width(end) <= cells).unwrap_or(last), cells).into_owned()
    };
    let Some((function, place)) = split_path(name) else {
        return Cow::Owned(end(name, cells));
    };
    let file = place.rsplit('/').next().unwrap_or(place);
    let room = cells.saturating_sub(width(file) + 1);
    let display = display(language, function);
    if room < LEAST_FUNCTION.min(width(&display)) {
        return Cow::Owned(shorten(language, &display, cells).into_owned());
    }
    Cow::Owned(format!("{} {file}", shorten(language, &display, room)))
}

/// Package, module or namespace of a name, for colours; empty for an address and for a name without a package.
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

/// Hash of a package for its colour, equal in every run.
pub fn package_number(package: &str) -> u32 {
    // FNV-1a: similar short names get distant numbers.
    let hash = package.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash ^ (hash >> 15)
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
