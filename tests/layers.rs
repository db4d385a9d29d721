//! Rules that the compiler does not check: imports between layers, use of external crates, and form of files.
//!
//! `ARCHITECTURE.md` describes the layers. A rule that is in the way is changed here, with its reason, in the commit
//! that
//! needs it.

mod cycles;
mod reader;

use std::fs;
use std::path::Path;

use reader::{Reading, read};

/// Layers, lowest first, with their allowed imports.
const LAYERS: [(&str, &[&str]); 16] = [
    ("base", &[]),
    ("profile", &["base"]),
    ("format", &["base", "profile"]),
    ("analysis", &["base", "profile"]),
    ("layout", &["base", "profile", "analysis"]),
    ("config", &["base", "analysis"]),
    ("report", &["base", "profile", "format", "analysis", "layout", "config"]),
    ("paint", &["base", "config"]),
    ("view", &["base", "profile", "analysis", "layout", "config"]),
    ("app", &["base", "profile", "analysis", "layout", "config", "view"]),
    ("source", &["base"]),
    ("symbolize", &["base", "profile"]),
    ("load", &["base", "profile", "format", "source", "symbolize"]),
    ("term", BELOW_PLAY.split_at(13).0),
    ("cli", BELOW_PLAY.split_at(14).0),
    ("play", &BELOW_PLAY),
];

/// Layers that are below `play`, lowest first.
const BELOW_PLAY: [&str; 15] = [
    "base",
    "profile",
    "format",
    "analysis",
    "layout",
    "config",
    "report",
    "paint",
    "view",
    "app",
    "source",
    "symbolize",
    "load",
    "term",
    "cli",
];

/// External crates and system modules, with the layers or files that may use them. Every dependency has a row.
const OUTSIDE: [(&str, &[&str]); 48] = [
    ("addr2line", &["symbolize"]),
    ("base64", &["source/http/*"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_complete_nushell", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("color_eyre", &["term", "cli"]),
    ("cpp_demangle", &["base"]),
    ("crc32fast", &["format"]),
    ("crossterm", &["term"]),
    ("flate2", &["format", "symbolize", "source/http/*", "source/store/*"]),
    ("indicatif", &["cli"]),
    ("jiff", &["view", "cli"]),
    ("libc", &["term"]),
    ("libm", &["analysis"]),
    ("object", &["symbolize"]),
    ("percent_encoding", &["source/http/*"]),
    ("prost", &["format", "source/store/*"]),
    ("ratatui", &["paint", "view/*/draw.rs", "view/frame/*", "play", "term"]),
    ("regex", &["analysis"]),
    ("rustc_demangle", &["base"]),
    ("rustc_hash", &["base", "profile", "format", "symbolize", "analysis", "layout", "view", "app", "term"]),
    ("rustix", &["term", "cli"]),
    ("ruzstd", &["format", "symbolize"]),
    ("rustls", &["source/http/*"]),
    ("rustls_native_certs", &["source/http/*"]),
    ("serde", &["config", "report", "source/store/*"]),
    ("serde_json", &["report", "cli/mcp/*", "source/store/*"]),
    ("shlex", &["term", "cli"]),
    ("signal_hook", &["term"]),
    ("std::env", &["term", "cli"]),
    ("std::fs", &["source"]),
    ("std::io::stderr", &["cli"]),
    ("std::io::stdin", &["source"]),
    ("std::io::stdout", &["cli"]),
    ("std::net", &["source"]),
    ("std::os", &["term"]),
    ("std::process", &["term", "cli"]),
    (
        "thiserror",
        &["base", "profile", "format", "symbolize", "analysis", "config", "report", "source", "load", "play", "term"],
    ),
    // Walking into the trie is a thread of its own, started by the reader of samples.
    ("std::thread", &["load", "format/pprof/stack_inserter.rs", "source/http/*", "term", "cli"]),
    ("std::time", &["source/http/*", "term", "cli"]),
    // Used by an example only.
    ("tikv_jemallocator", &[]),
    ("toml", &["config"]),
    ("tui_input", &["view", "app"]),
    ("unicode_segmentation", &["base", "paint"]),
    ("unicode_width", &["base", "term"]),
    ("ureq", &["source/http/*"]),
    ("webpki", &["source/http/*"]),
];

/// Exceptions of single files, with their reason.
const EXCEPTIONS: [(&str, &str, &str); 7] = [
    ("cli/mcp/mod.rs", "std::io::stdin", "the protocol comes on standard input, which is then no source"),
    ("base/limits.rs", "std::fs", "the default budget is half of the memory that the machine says it has"),
    ("cli/record/folder.rs", "std::fs", "`record` writes snapshots, each new and none over another"),
    ("cli/output.rs", "std::fs", "`--output` names a file to write; everything else only reads"),
    ("cli/pending.rs", "std::fs", "files are written under a name of their own until they are whole"),
    (
        "source/source_files.rs",
        "std::time",
        "when a file was changed is compared with when the profile was taken; no clock is read",
    ),
    ("term/tty.rs", "std::fs", "the terminal is opened by its name, since standard input may be a profile"),
];

/// Macros that write to the terminal past its owner, or are for debugging.
const MACROS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// Names that say nothing about the contents.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "common", "helper", "helpers", "manager", "misc", "shared"];

/// Only file that may have `unsafe` code, once: a signal handler.
const UNSAFE: &str = "term/guard.rs";

/// Most lines of a file.
const MOST_LINES: usize = 600;

/// A file under `src`, with its path from there.
struct File {
    path: String,
    text: String,
}

impl File {
    fn module(&self) -> Vec<&str> {
        let mut module: Vec<&str> = self.path.trim_end_matches(".rs").split('/').collect();
        if matches!(module.last(), Some(&("mod" | "lib" | "main"))) {
            module.pop();
        }
        module
    }
}

/// Violations, one line each.
fn violations(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let module = file.module();
        let reading = read(&file.text, &module);
        let mut at = |line: usize, what: String| found.push(format!("src/{}:{line}: {what}", file.path));
        kept(file, &reading, &mut at);
        // The two roots only name the layers.
        if let Some(layer) = module.first() {
            layers(file, layer, &reading, &mut at);
            words(file, layer, &reading, &mut at);
        }
    }
    found
}

fn kept(file: &File, reading: &Reading<'_>, at: &mut dyn FnMut(usize, String)) {
    if !file.text.starts_with("//! ") {
        at(1, "a file opens with a line `//!` that says what it is for".to_owned());
    }
    let lines = file.text.lines().count();
    if lines > MOST_LINES {
        at(lines, format!("{lines} lines are too many, {MOST_LINES} are the most"));
    }
    for name in file.module().iter().filter(|name| EMPTY_NAMES.contains(name)) {
        at(1, format!("`{name}` does not say what is inside"));
    }
    for module in reading.modules.iter().filter(|module| EMPTY_NAMES.contains(&module.text)) {
        at(module.line, format!("`{}` does not say what is inside", module.text));
    }
    for (count, token) in reading.tokens.iter().filter(|token| token.text == "unsafe").enumerate() {
        if file.path != UNSAFE || count > 0 {
            at(token.line, format!("`unsafe` stands in {UNSAFE} alone, and there once"));
        }
    }
    for token in reading.macros.iter().filter(|token| MACROS.contains(&token.text)) {
        at(token.line, format!("`{}!` writes past whoever owns the terminal", token.text));
    }
}

fn layers(file: &File, layer: &str, reading: &Reading<'_>, at: &mut dyn FnMut(usize, String)) {
    let Some((_, may_use)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
        at(1, format!("`{layer}` is no layer"));
        return;
    };
    for path in reading.paths.iter().filter(|path| path.inside) {
        let used = path.segments.first().map_or("", String::as_str);
        let draws = ["view/*/draw.rs", "view/frame/*"].iter().any(|drawing| is_in(&file.path, drawing));
        let drawing = used == "paint" && draws;
        if used != layer && !drawing && !may_use.contains(&used) {
            at(path.line, format!("`{layer}` may not use `{}`", path.segments.join("::")));
        }
    }
}

/// Tests may read files and the environment; imports of layers hold for them too.
fn words(file: &File, layer: &str, reading: &Reading<'_>, at: &mut dyn FnMut(usize, String)) {
    for path in reading.paths.iter().filter(|path| !path.inside && !path.in_test) {
        let path_text = path.segments.join("::");
        for (word, places) in OUTSIDE.iter().filter(|(word, _)| begins_with(&path_text, word)) {
            let excepted = EXCEPTIONS.iter().any(|(name, what, _)| *name == file.path && what == word);
            if !excepted && !places.iter().any(|place| *place == layer || is_in(&file.path, place)) {
                at(path.line, format!("`{path_text}` may be said in {} only", places.join(", ")));
            }
        }
    }
}

fn begins_with(path: &str, word: &str) -> bool {
    path.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Returns true if a path matches a pattern, in which `*` is one folder or file.
fn is_in(path: &str, pattern: &str) -> bool {
    let (path, pattern): (Vec<_>, Vec<_>) = (path.split('/').collect(), pattern.split('/').collect());
    path.len() == pattern.len() && path.iter().zip(&pattern).all(|(part, wanted)| *wanted == "*" || part == wanted)
}

/// Every Rust file under a folder, by path.
fn walk(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap().to_str().unwrap();
        if entry.is_dir() {
            walk(&entry, &format!("{prefix}{name}/"), files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(File { path: format!("{prefix}{name}"), text: fs::read_to_string(&entry).unwrap() });
        }
    }
}

fn under(folder: &str) -> Vec<File> {
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "", &mut files);
    files
}

#[test]
fn the_sources_keep_the_rules() {
    let files = under("src");
    assert!(files.len() > 50, "the sources were not found");
    let found = violations(&files);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_exception_is_still_needed() {
    let files = under("src");
    for (path, word, reason) in EXCEPTIONS {
        let file = files.iter().find(|file| file.path == path);
        let reading = file.map(|file| read(&file.text, &file.module()));
        let used = reading.is_some_and(|reading| {
            reading.paths.iter().any(|path| !path.in_test && begins_with(&path.segments.join("::"), word))
        });
        assert!(used, "{path} does not say `{word}`, so it needs no exception ({reason})");
    }
}

#[test]
fn no_file_imports_itself_through_others() {
    let files = under("src");
    for (layer, _) in LAYERS {
        let found = cycles::in_layer(&files, layer);
        assert!(found.is_empty(), "{layer}: {}", found.join(", "));
    }
    let tree = [
        ("a/mod.rs", "mod b; mod c; mod d; pub use b::B;"),
        ("a/b.rs", "use super::c; pub struct B;"),
        ("a/c.rs", "use crate::a::B;"),
        ("a/d.rs", "use crate::a::{B, c::C}; #[cfg(test)] mod tests { use crate::a::d; }"),
    ];
    let tree = tree.map(|(path, text)| File { path: path.to_owned(), text: text.to_owned() });
    assert_eq!(cycles::in_layer(&tree, "a"), ["a/b", "a/c"]);
}

#[test]
fn the_tables_name_what_is_there() {
    let names: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    for (index, (name, may_use)) in LAYERS.iter().enumerate() {
        let upward: Vec<_> = may_use.iter().filter(|used| !names[..index].contains(used)).collect();
        assert!(upward.is_empty(), "{name} would use {upward:?}, which stand above it");
    }
    let documented: Vec<&str> = include_str!("../src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | ")?.split('`').nth(1))
        .collect();
    assert_eq!(documented, names, "the layers as src/lib.rs lists them");

    let manifest: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
    for dependency in manifest["dependencies"].as_table().unwrap().keys() {
        let word = dependency.replace('-', "_");
        assert!(OUTSIDE.iter().any(|(name, _)| *name == word), "`{word}` has no row in the table of outside words");
    }
}

/// Files that no module declares: they are neither compiled nor run.
fn forgotten(files: &[File], root: &str) -> Vec<String> {
    let declared_in = |path: &str, name: &str| {
        let parent = files.iter().find(|file| file.path == path);
        parent.is_some_and(|file| read(&file.text, &[]).modules.iter().any(|module| module.text == name))
    };
    let mut found = Vec::new();
    for file in files {
        let module = file.module();
        let Some((name, parents)) = module.split_last() else { continue };
        let parent = parents.join("/");
        let candidates = match parents {
            [] => vec![root.to_owned()],
            _ => vec![format!("{parent}.rs"), format!("{parent}/mod.rs")],
        };
        if !candidates.iter().any(|candidate| declared_in(candidate, name)) {
            found.push(format!("{} is not declared in {}", file.path, candidates.join(" or ")));
        }
    }
    found
}

#[test]
fn no_file_is_forgotten() {
    assert_eq!(forgotten(&under("src"), "lib.rs"), Vec::<String>::new());
    // Shared test code may be declared by unit tests.
    let tests: Vec<File> = under("tests").into_iter().filter(|file| !file.path.starts_with("support/")).collect();
    assert_eq!(forgotten(&tests, "main.rs"), Vec::<String>::new());
    let tree = [("main.rs", "mod a;"), ("a.rs", "mod b;"), ("a/b.rs", ""), ("a/c.rs", ""), ("d.rs", "// mod e;")];
    let tree = tree.map(|(path, text)| File { path: path.to_owned(), text: text.to_owned() });
    assert_eq!(forgotten(&tree, "main.rs").len(), 2);
}

/// Signatures with a `bool` parameter: at a call, `true` says nothing.
fn bool_parameters(text: &str) -> Vec<&str> {
    let signatures = text.match_indices("fn ").filter_map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(['{', ';'])?;
        rest[..end].split(" -> ").next().map(str::trim_end)
    });
    let takes = |signature: &&str| {
        let starts = signature.match_indices(": bool").map(|(at, found)| &signature[at + found.len()..]);
        starts.into_iter().any(|after| after.starts_with([',', ')']))
    };
    signatures.filter(takes).collect()
}

#[test]
fn no_function_takes_a_bool() {
    for File { path, text } in under("src") {
        assert_eq!(bool_parameters(&text), Vec::<&str>::new(), "{path}");
    }
    assert_eq!(bool_parameters("fn a(b: bool) -> bool { c }\nfn d() -> bool { let e: bool = x; }").len(), 1);
    assert_eq!(bool_parameters("fn a(\n    b: u8,\n    c: bool,\n) {}\nfn f(g: Option<bool>) {}").len(), 1);
}

/// Violations of one file that is otherwise valid.
fn said_of(path: &str, body: &str) -> Vec<String> {
    let text = format!("//! A file.\n{body}\n");
    violations(&[File { path: path.to_owned(), text }])
}

#[test]
fn upward_uses_are_found_however_they_are_written() {
    for (path, body) in [
        ("base/ids.rs", "use crate::profile::Series;"),
        ("base/ids.rs", "use crate::{base::limits, profile::{Series, Trie}};"),
        ("base/ids.rs", "use super::super::profile::Series;"),
        ("base/ids.rs", "fn f(series: &crate::profile::Series) {}"),
        ("base/ids.rs", "mod inner { use super::super::super::profile as p; }"),
        ("base/mod.rs", "pub use super::profile;"),
        ("base/names/go.rs", "fn f() -> Option<super::super::super::view::State> { None }"),
        ("base/ids.rs", "use crate as root; fn f() { root::cli::run(); }"),
        ("base/ids.rs", "use crate::*;"),
        ("base/ids.rs", "const TEXT: &str = \"// \\\" \"; use crate::profile::Series;"),
        ("base/ids.rs", "const TEXT: &str = r#\"a \" b\"#; const QUOTE: char = '\"'; use crate::profile::Series;"),
        ("base/ids.rs", "fn f<'a>(x: &'a str) {} use crate::profile::Series;"),
        ("base/ids.rs", "/* one /* two */ */ use crate::profile::Series;"),
        ("base/ids.rs", "#[cfg(test)] mod tests { use crate::profile::Series; }"),
        ("base/ids.rs", "fn f() { let x = Y { a: 1, ..crate::profile::Y::default() }; }"),
        ("view/table/state.rs", "use crate::paint::Paint;"),
        ("view/table/draw.rs", "use crate::app::App;"),
        ("source/file.rs", "use crate::format::open;"),
        ("cellar/mod.rs", ""),
    ] {
        assert!(!said_of(path, body).is_empty(), "{path}: {body}");
    }
}

#[test]
fn allowed_uses_are_not_reported() {
    for (path, body) in [
        ("profile/trie.rs", "use crate::base::ids::StackId; use super::Series;"),
        (
            "profile/trie.rs",
            "// use crate::cli::run;\n/* crate::cli */ const TEXT: &str = \"crate::cli::run println!\";",
        ),
        ("profile/trie.rs", "const TEXT: &str = r#\"use crate::cli; \"# ; const LETTER: char = '\\''; fn f<'cli>() {}"),
        ("profile/trie.rs", "mod inner { use super::super::Series; }"),
        ("profile/trie.rs", "impl Iterator<Item = u8> + use<'a> {}"),
        ("view/table/draw.rs", "use crate::paint::Paint; use ratatui::buffer::Buffer;"),
        ("base/limits.rs", "use std::fs;"),
        ("source/dir.rs", "#[cfg(test)] mod tests { fn f() { std::env::temp_dir(); println!(); } }"),
        ("cli/run.rs", "use crate::{load, term}; use std::io::{self, stdout}; fn f() { io::stderr(); }"),
        ("term/guard.rs", "#[expect(unsafe_code, reason = \"unsafe\")] fn f() { unsafe { g() } }"),
    ] {
        assert_eq!(said_of(path, body), Vec::<String>::new(), "{path}: {body}");
    }
}

#[test]
fn outside_words_stay_where_they_belong() {
    for (path, body) in [
        ("analysis/tree.rs", "use std::thread;"),
        ("analysis/tree.rs", "use std::{collections::HashMap, time::{self, Instant}};"),
        ("app/update.rs", "fn f() { let now = std::time::Instant::now(); }"),
        ("app/update.rs", "use std::io; fn f() { io::stdout(); }"),
        ("app/update.rs", "use std::io::stderr as noise;"),
        ("app/update.rs", "fn f() { ::std::fs::read(\"x\"); }"),
        ("report/top.rs", "use std as s; fn f() { s::process::exit(1); }"),
        ("view/table/state.rs", "use ratatui::layout::Rect;"),
        ("view/draw.rs", "use ratatui::layout::Rect;"),
        ("profile/trie.rs", "#[derive(prost::Message)] struct M;"),
        ("load.rs", "fn f() { println!(\"{}\", 1); }"),
        ("base/limits.rs", "use std::env;"),
        ("term/loop.rs", "unsafe fn f() {}"),
        ("term/guard.rs", "unsafe fn f() {} fn g() { unsafe { f() } }"),
        ("base/util.rs", ""),
        ("base/ids.rs", "mod helpers { }"),
        ("base/ids.rs", &"\n".repeat(MOST_LINES)),
    ] {
        assert!(!said_of(path, body).is_empty(), "{path}: {body}");
    }
    let unsaid = [File { path: "base/ids.rs".to_owned(), text: "use std::fmt;\n".to_owned() }];
    assert_eq!(violations(&unsaid).len(), 1, "a file without its first line");
}
