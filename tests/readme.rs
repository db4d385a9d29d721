//! README.md and MANUAL.md agree with the program.

use std::collections::BTreeSet;

use crate::support::result;

const README: &str = include_str!("../README.md");
const MANUAL: &str = include_str!("../MANUAL.md");

#[test]
fn the_example_is_what_is_printed() {
    let shown = README.split("```text\n$ heapglass ").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let (command, output) = shown.split_once('\n').unwrap();
    assert_eq!(result(&command.split(' ').collect::<Vec<_>>()), output);
}

/// Long options in a text.
fn options(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
    words.filter(|word| word.strip_prefix("--").is_some_and(|name| name.starts_with(char::is_alphabetic))).collect()
}

#[test]
fn every_option_is_one_that_the_help_lists() {
    let help =
        [&["--help"][..], &["report", "--help"], &["record", "--help"], &["check", "--help"]].map(result).concat();
    let mut known = options(&help);
    // Options of cargo, Node.js, valgrind, jeprof and others.
    known.extend([
        "--release",
        "--path",
        "--locked",
        "--features",
        "--no-default-features",
        "--heap-prof",
        "--trace-gc",
        "--trace-gc-nvp",
        "--tool",
        "--raw",
    ]);
    for text in [README, MANUAL] {
        assert_eq!(options(text).difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}

#[test]
fn every_file_that_is_pointed_at_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for text in [README, MANUAL] {
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let files: Vec<&str> = targets.filter(|target| !target.contains("://") && !target.starts_with('#')).collect();
        assert!(!files.is_empty());
        for file in files {
            assert!(root.join(file).exists(), "{file} is pointed at and not there");
        }
    }
}

#[test]
fn every_place_in_the_code_that_a_text_names_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts = [include_str!("../TERMINALS.md"), include_str!("../SECURITY.md")];
    for text in texts {
        let words = text.split('`').skip(1).step_by(2);
        let files = words.filter(|word| std::path::Path::new(word).extension().is_some_and(|ending| ending == "rs"));
        for file in files {
            let places = ["", "src", "tests"].map(|place| root.join(place).join(file));
            assert!(places.iter().any(|place| place.exists()), "{file} is named and not there");
        }
    }
}
