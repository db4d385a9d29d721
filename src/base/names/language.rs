//! Detection of the programming language from function names and source files.

use super::{Language, go, java, native};

/// Weight of a sign that only one language has; it outweighs many ambiguous ones.
const SURE: u64 = 8;
/// Weight of a sign that most often means one language.
const LIKELY: u64 = 2;

/// Language of most functions of a profile. Each item is a name with its source file, which may be empty. Single names
/// are often ambiguous.
pub fn language_of<'a>(functions: impl Iterator<Item = (&'a str, &'a str)>) -> Language {
    const LANGUAGES: [Language; 6] =
        [Language::Go, Language::Java, Language::Cpp, Language::Rust, Language::Python, Language::Node];
    let mut votes = [0_u64; LANGUAGES.len()];
    for (name, file) in functions {
        for (language, weight) in vote(name).into_iter().chain(vote_of_file(file)) {
            if let Some(place) = LANGUAGES.iter().position(|known| *known == language) {
                votes[place] += weight;
            }
        }
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    let winner = votes.iter().position(|count| *count == most && most > 0);
    winner.map_or(Language::Other, |place| LANGUAGES[place])
}

/// Languages that a name may belong to; empty if the name excludes none.
pub fn possible_languages(name: &str) -> &'static [Language] {
    match vote(name) {
        // Without a hash, Rust names look like C++ names.
        Some((Language::Cpp | Language::Rust, _)) => &[Language::Cpp, Language::Rust],
        Some((Language::Go, SURE)) => &[Language::Go],
        Some((Language::Python, SURE)) => &[Language::Python],
        Some((Language::Node, SURE)) => &[Language::Node],
        _ => &[],
    }
}

/// Language indicated by a name, with a weight.
fn vote(name: &str) -> Option<(Language, u64)> {
    // Most names have no colon, and one character is found far faster than several.
    let has_colon = name.contains(':');
    if has_colon && (name.contains("node:") || name.contains(".js:") || name.starts_with("(anonymous:")) {
        return Some((Language::Node, SURE));
    }
    if has_colon && name.contains("::") || name.starts_with("_Z") || name.starts_with("_R") {
        return Some(if native::is_rust(name) { (Language::Rust, SURE) } else { (Language::Cpp, LIKELY) });
    }
    let is_of_go = name.starts_with("runtime.")
        || name.contains('(') && name.contains("(*")
        || name.contains(".func1")
        || name.contains('[') && name.contains("[...]");
    if is_of_go {
        return Some((Language::Go, SURE));
    }
    if java::is_java(name) {
        return Some((Language::Java, LIKELY));
    }
    if go::package_end(name).is_some() {
        return Some((Language::Go, if name.contains('/') { LIKELY } else { 1 }));
    }
    match name {
        "<module>" | "<listcomp>" | "<lambda>" | "<genexpr>" | "<dictcomp>" | "__init__" => {
            Some((Language::Python, SURE))
        }
        "(anonymous)" | "(root)" | "(program)" | "(garbage collector)" | "processTicksAndRejections" => {
            Some((Language::Node, SURE))
        }
        _ => None,
    }
}

/// Language indicated by a source file, with a weight. The file decides for languages whose function names are plain
/// words, such as Python and JavaScript.
fn vote_of_file(file: &str) -> Option<(Language, u64)> {
    if file.starts_with("node:") {
        return Some((Language::Node, LIKELY));
    }
    let (_, ending) = file.rsplit_once('.')?;
    let language = match ending {
        "py" | "pyx" => Language::Python,
        "js" | "mjs" | "cjs" | "ts" | "tsx" | "jsx" => Language::Node,
        "go" => Language::Go,
        "java" | "kt" | "scala" => Language::Java,
        "rs" => Language::Rust,
        "c" | "cc" | "cpp" | "cxx" | "h" | "hh" | "hpp" | "tcc" => Language::Cpp,
        _ => return None,
    };
    Some((language, LIKELY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_tell_the_language_where_names_are_plain_words() {
        let of = |functions: &[(&str, &str)]| language_of(functions.iter().copied());
        assert_eq!(of(&[("loads", "/usr/lib/python3.11/json/__init__.py"), ("main", "")]), Language::Python);
        assert_eq!(of(&[("parse", "node_modules/qs/lib/parse.js"), ("main", "")]), Language::Node);
        assert_eq!(of(&[("readFileSync", "node:fs"), ("main", "")]), Language::Node);
        assert_eq!(of(&[("std::vec::push", "library/alloc/src/vec.rs"), ("x", "src/main.rs")]), Language::Rust);
        assert_eq!(of(&[("loads", ""), ("main", "")]), Language::Other);
    }

    #[test]
    fn a_name_speaks_for_itself_only_where_it_is_plain() {
        assert_eq!(possible_languages("_ZNSt6vectorIiSaIiEE7reserveEm"), [Language::Cpp, Language::Rust]);
        assert_eq!(possible_languages("std::vector<int>::reserve"), [Language::Cpp, Language::Rust]);
        assert_eq!(possible_languages("bytes.(*Buffer).grow"), [Language::Go]);
        assert_eq!(possible_languages("<listcomp>"), [Language::Python]);
        assert_eq!(possible_languages("(anonymous:L#9:C#58)"), [Language::Node]);
        for plain in ["copy", "loads", "java.util.HashMap.put", "io.ReadAll", ""] {
            assert!(possible_languages(plain).is_empty(), "{plain}");
        }
    }
}
