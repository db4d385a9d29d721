//! Labels of different names that were shortened to the same text: lengthened until they differ.

use std::collections::BTreeMap;

use crate::base::safe_text::char_boundary;
use crate::base::step_count::count_steps;
use crate::base::width::{cut_end, cut_middle, width};

use super::rust_hash::without_hash;
use super::shorten::split_path;

/// Most directories that are added before a file.
const MOST_DIRECTORIES: usize = 6;
/// Cells of a difference that is shown behind a label, at least.
const LEAST_DIFFERENCE: usize = 8;
/// Most bytes by which a difference begins earlier, so that it begins with a word.
const MOST_WORD: usize = 16;

/// Most bytes of a name that are compared with other names: a frame waits for it, and a name may have a megabyte.
const MOST_COMPARED: usize = 1024;

/// Lengthens equal labels of different names until they differ, in at most `cells` columns: a file gets its directories,
/// another name the part that differs. `names` are the whole names; names that begin with the same kilobyte keep one
/// label.
pub fn tell_apart(labels: &mut [String], names: &[&str], cells: usize) {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, label) in labels.iter().enumerate() {
        groups.entry(label).or_default().push(at);
    }
    let alike: Vec<Vec<usize>> = groups.into_values().filter(|group| group.len() > 1).collect();
    for group in alike {
        let of_group: Vec<&str> =
            group.iter().filter_map(|at| names.get(*at)).map(|name| beginning(without_hash(name))).collect();
        let label = labels[group[0]].clone();
        let longer = with_directories(&of_group, cells).unwrap_or_else(|| with_difference(&label, &of_group, cells));
        for (at, label) in group.into_iter().zip(longer) {
            labels[at] = label;
        }
    }
}

/// Beginning of a name, up to [`MOST_COMPARED`] bytes.
fn beginning(name: &str) -> &str {
    &name[..char_boundary(name, MOST_COMPARED)]
}

/// Labels of functions with their file and as many of its directories as make each differ; `None` if they have no path, or
/// do not differ in the room there is.
fn with_directories(names: &[&str], cells: usize) -> Option<Vec<String>> {
    let split: Vec<(&str, &str)> = names.iter().map(|name| split_path(name)).collect::<Option<_>>()?;
    let end = |path: &'_ str, directories: usize| -> usize {
        path.rmatch_indices('/').nth(directories).map_or(0, |(at, _)| at + 1)
    };
    let label = |at: usize| -> String {
        let (function, path) = split[at];
        let others = || (0..split.len()).filter(|other| names[*other] != names[at]);
        let differs = |directories: &usize| {
            let this = &path[end(path, *directories)..];
            others().all(|other| &split[other].1[end(split[other].1, *directories)..] != this)
        };
        let directories = (0..MOST_DIRECTORIES).find(differs).unwrap_or(MOST_DIRECTORIES);
        let room = cells.saturating_sub(width(function) + 1);
        format!("{function} {}", cut_middle(&path[end(path, directories)..], room))
    };
    let labels: Vec<String> = (0..split.len()).map(label).collect();
    (labels.iter().all(|label| width(label) <= cells) && differ(&labels, names)).then_some(labels)
}

/// Returns true if labels of different names differ.
fn differ(labels: &[String], names: &[&str]) -> bool {
    let pairs = || (0..labels.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    pairs().all(|(one, other)| labels[one] != labels[other] || names[one] == names[other])
}

/// Label with the part of each name that differs from the most similar name of the group.
fn with_difference(label: &str, names: &[&str], cells: usize) -> Vec<String> {
    let room = cells.saturating_sub(width(label) + 2).max(LEAST_DIFFERENCE.min(cells / 2));
    let label = cut_middle(label, cells.saturating_sub(room + 2));
    let made = |is_of_words: bool| -> Vec<String> {
        let made = names.iter().map(|name| {
            let similar = names.iter().filter(|other| *other != name).map(|other| common_bytes(name, other)).max();
            let Some(end) = similar else { return String::new() };
            let start = if is_of_words { word_start(name, end) } else { end };
            name[start..].to_owned()
        });
        let made = made.map(|part| match cut_end(&part, room) {
            part if part.is_empty() => label.to_string(),
            part => format!("{label} …{part}"),
        });
        made.collect()
    };
    let labels = made(true);
    if differ(&labels, names) { labels } else { made(false) }
}

/// Bytes at the start of both names that are equal, up to the end of a character.
fn common_bytes(one: &str, other: &str) -> usize {
    let equal = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    let bytes = equal.map(|(letter, _)| letter.len_utf8()).sum();
    count_steps(bytes);
    bytes
}

/// Start of the word that contains offset `at`, unless the word is long; `at` if the name ends there.
fn word_start(name: &str, at: usize) -> usize {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let start = name[..at]
        .rfind(|letter| !is_letter(letter))
        .map_or(0, |before| before + name[before..].chars().next().map_or(1, char::len_utf8));
    if at < name.len() && at - start <= MOST_WORD { start } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::step_count::measure_steps;

    fn apart(label: &str, names: &[&str], cells: usize) -> Vec<String> {
        let mut labels = vec![label.to_owned(); names.len()];
        tell_apart(&mut labels, names, cells);
        assert!(labels.iter().all(|label| width(label) <= cells), "{labels:?}");
        labels
    }

    #[test]
    fn files_of_one_name_get_their_directories() {
        let names = ["<module> /lib/pyparsing/__init__.py", "<module> /lib/chardet/__init__.py"];
        let labels = ["<module> pyparsing/__init__.py", "<module> chardet/__init__.py"];
        assert_eq!(apart("<module> __init__.py", &names, 30), labels);
        assert_eq!(apart("<module>", &names, 30), labels);
        let narrow = apart("<module>", &names, 22);
        assert!(narrow[0].starts_with("<module> pyp") && narrow[1].starts_with("<module> cha"), "{narrow:?}");
    }

    #[test]
    fn functions_get_the_part_that_differs() {
        let names = [
            "std::__new_allocator<std::_Rb_tree_node<int> >::allocate(unsigned long, void const*)",
            "std::__new_allocator<std::__detail::_Hash_node<int> >::allocate(unsigned long, void const*)",
        ];
        assert_eq!(apart("allocate", &names, 30), ["allocate …_Rb_tree_node<int> …", "allocate …__detail::_Hash_nod…"]);
        let lambda = ["Indexer::Indexer(int)", "Indexer::Indexer(int)::{lambda()#1}"];
        assert_eq!(apart("Indexer::Indexer", &lambda, 30), ["Indexer::Indexer", "Indexer::Indexer …::{lambda()…"]);
    }

    #[test]
    fn long_names_are_compared_by_their_beginning() {
        let long = |end: usize| format!("{}{end}", "ü::".repeat(300_000));
        let names: Vec<String> = (0..60).map(long).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut labels = vec!["f".to_owned(); names.len()];
        let (steps, ()) = measure_steps(|| tell_apart(&mut labels, &names, 30));
        assert!(labels.iter().all(|label| label == "f") && steps < 60 * 60 * 3 * MOST_COMPARED as u64, "{steps} steps");
    }

    #[test]
    fn equal_names_and_other_labels_stay() {
        let mut labels = ["a", "b", "c", "c"].map(str::to_owned);
        tell_apart(&mut labels, &["x.a", "x.b", "y::c::h0123456789abcdef", "y::c::h0123456789abcde0"], 10);
        assert_eq!(labels, ["a", "b", "c", "c"]);
    }
}
