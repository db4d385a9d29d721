//! What README.md shows is what the program does.

use std::collections::BTreeSet;

use crate::support::result;

const README: &str = include_str!("../README.md");

#[test]
fn the_example_is_what_is_printed() {
    let shown = README.split("```text\n$ heapglass ").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let (command, output) = shown.split_once('\n').unwrap();
    assert_eq!(result(&command.split(' ').collect::<Vec<_>>()), output);
}

/// Every long option that a text names.
fn options(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
    words.filter(|word| word.strip_prefix("--").is_some_and(|name| name.starts_with(char::is_alphabetic))).collect()
}

#[test]
fn every_option_is_one_that_the_help_lists() {
    let help =
        [&["--help"][..], &["report", "--help"], &["record", "--help"], &["check", "--help"]].map(result).concat();
    let mut known = options(&help);
    // Cargo's own.
    known.extend(["--release", "--path"]);
    assert_eq!(options(README).difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
}
