//! README.md and MANUAL.md agree with the program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::support::{data, result, run};

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
        [&["--help"][..], &["report", "--help"], &["record", "--help"], &["check", "--help"], &["config", "--help"]]
            .map(result)
            .concat();
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for text in [README, MANUAL] {
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let files: Vec<&str> = targets.filter(|target| !target.contains("://") && !target.starts_with('#')).collect();
        assert!(!files.is_empty());
        for target in files {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            assert!(root.join(file).exists(), "{file} is pointed at and not there");
            if !heading.is_empty() {
                let text = fs::read_to_string(root.join(file)).unwrap();
                assert!(has_heading(&text, heading), "{target} is pointed at and not there");
            }
        }
        let anchors = text.split("](#").skip(1).filter_map(|rest| rest.split(')').next());
        for anchor in anchors {
            assert!(has_heading(text, anchor), "#{anchor} is pointed at and not there");
        }
    }
}

/// Returns true if a text has the heading of an anchor.
fn has_heading(text: &str, anchor: &str) -> bool {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| line.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-")).any(|name| name == anchor)
}

#[test]
fn every_place_in_the_code_that_a_text_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts = [include_str!("../TERMINALS.md"), include_str!("../SECURITY.md")];
    for text in texts {
        let words = text.split('`').skip(1).step_by(2);
        let files = words.filter(|word| Path::new(word).extension().is_some_and(|ending| ending == "rs"));
        for file in files {
            let places = ["", "src", "tests"].map(|place| root.join(place).join(file));
            assert!(places.iter().any(|place| place.exists()), "{file} is named and not there");
        }
    }
}

/// Commands of the shell blocks of a section, up to the next heading of any level.
fn commands<'t>(text: &'t str, heading: &str) -> Vec<&'t str> {
    let section = text.split(&format!("\n{heading}\n")).nth(1).unwrap();
    let section = section.split("\n#").next().unwrap();
    let blocks = section.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter(|line| line.starts_with("heapglass ")).collect()
}

/// Folder with the files that the recipes name.
fn recipe_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let profile = |number: u8| data().join(format!("pprof/go-shop-{number}.pb.gz"));
    for (number, name) in [(1, "before.pb.gz"), (2, "after.pb.gz"), (2, "heap.pb.gz")] {
        fs::copy(profile(number), folder.join(name)).unwrap();
    }
    folder
}

/// Runs a command line in a shell that finds the program; returns its output.
fn in_shell(folder: &Path, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_heapglass")).parent().unwrap();
    let path = env::join_paths([program.to_owned()].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap())));
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder).env("PATH", path.unwrap());
    let output = shell.env("HEAPGLASS_CONFIG", "").env_remove("http_proxy").output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    // A gate may find that the limit is exceeded.
    let is_done = output.status.success() || line.starts_with("heapglass check") && output.status.code() == Some(1);
    assert!(is_done, "{line}\n{out}{err}");
    out
}

#[cfg(feature = "net")]
#[test]
fn every_recipe_runs() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use crate::support::server::{Server, ok, status};

    let mut snapshots: Vec<PathBuf> =
        fs::read_dir(data().join("shop-series")).unwrap().map(|entry| entry.unwrap().path()).collect();
    snapshots.sort();
    let asked = AtomicUsize::new(0);
    let service = Server::start(move |head, stream| {
        if head.lines().next().is_some_and(|line| line.contains("debug=1")) {
            return status(stream, "404 Not Found", "");
        }
        let number = asked.fetch_add(1, Ordering::SeqCst);
        ok(stream, &fs::read(&snapshots[number.min(snapshots.len() - 1)]).unwrap())
    });
    let folder = recipe_folder("recipes");
    let commands = commands(README, "## Recipes");
    assert!(commands.len() >= 8, "{commands:?}");
    for line in commands {
        // Twenty snapshots in half a minute each would take ten minutes.
        let line = line
            .replace("http://localhost:6060", &service.url(""))
            .replace("--every 30s --count 20", "--every 10ms --count 6");
        in_shell(&folder, &line);
    }
    assert!(fs::read_to_string(folder.join("gate.md")).unwrap().contains('|'));
    assert!(fs::read_to_string(folder.join("change.html")).unwrap().starts_with("<!doctype html>"));
    let recorded = fs::read_dir(folder.join("snapshots")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(recorded.filter(|path| path.extension().is_some_and(|ending| ending == "gz")).count(), 6);
}

#[test]
fn every_command_of_the_first_lesson_runs() {
    let folder = recipe_folder("lesson");
    let commands = commands(MANUAL, "## How to read a heap profile");
    let of_demo: Vec<&&str> = commands.iter().filter(|line| line.contains("demo")).collect();
    assert!(of_demo.len() >= 5, "{commands:?}");
    for line in of_demo {
        assert!(!in_shell(&folder, line).is_empty());
    }
}

#[test]
fn every_option_is_in_the_manual() {
    let help =
        [&["--help"][..], &["report", "--help"], &["record", "--help"], &["check", "--help"], &["list", "--help"]];
    let help = help.map(result).concat();
    let missing: Vec<&str> = options(&help).difference(&options(MANUAL)).copied().collect();
    assert_eq!(missing, ["--version"]);
}

/// Adds the names of all members of a value. Those of `memory`, the figures of a runtime, have the names of the runtime.
fn members(value: &serde_json::Value, names: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => map.iter().for_each(|(name, value)| {
            names.insert(name.clone());
            if name != "memory" {
                members(value, names);
            }
        }),
        serde_json::Value::Array(values) => values.iter().for_each(|value| members(value, names)),
        _ => {}
    }
}

/// Text of the manual about a schema: its row, the rows that it refers to, and the heads of all rows where it has them.
fn text_of_schema(section: &str, schema: &str) -> String {
    let row = |kind: &str| section.lines().find(|line| line.starts_with(&format!("| `heapglass.{kind}/1` |")));
    let kind = schema.strip_prefix("heapglass.").and_then(|rest| rest.strip_suffix("/1")).unwrap();
    let own = row(kind).unwrap();
    let referred = own.split("as in `").skip(1).filter_map(|rest| row(rest.split('`').next()?));
    let heads = section.split("\n\n").find(|part| part.starts_with("Heads of ")).unwrap();
    let (whose, members) = heads.split_once(": ").unwrap();
    let heads = if whose.contains(&format!("`{kind}`")) { members } else { "`schema`" };
    referred.chain([own, heads]).collect()
}

#[test]
fn the_manual_names_every_member_of_json_with_its_schema() {
    let section = MANUAL.split("## JSON\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let (base, shop) = ("pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz");
    let ledger = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("members.jsonl");
    let ledger = ledger.to_str().unwrap();
    let _ = fs::remove_file(ledger);
    for args in [
        &["report", "top", "--base", base, "--focus", "store", shop][..],
        &["report", "top", "--advice", shop],
        &["report", "tree", "--ids", "--base", base, shop],
        &["report", "tree", "--bottom-up", "--chains", "folded", shop],
        &["report", "diff", "--base", base, shop],
        &["report", "leaks", "shop-series"],
        &["report", "summary", "shop-series"],
        &["report", "labels", shop],
        &["report", "instances", "pods"],
        &["report", "callers", "bytes.Clone", "--base", base, "--focus", "main", shop],
        &["report", "source", "store.Generate", "--base", base, "--focus", "main", shop],
        &["report", "digest", "shop-series"],
        &["report", "memory", "memory/account/steady"],
        &["report", "memory", "--what-if", "memory/what-if/small-objects"],
        &["check", "--max-growth", "1KiB", "--max-function", "bytes.Clone=1KiB", "--base", base, shop],
        &["check", "--when", "heap > 1GiB", shop],
        &["check", "--max-total", "1GiB", "--history", ledger, shop],
        &["report", "history", ledger],
    ] {
        let outcome = run(&[args, &["--format", "json"]].concat());
        let value: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let text = text_of_schema(section, value["schema"].as_str().unwrap());
        let mut names = BTreeSet::new();
        members(&value, &mut names);
        let missing: Vec<&String> = names.iter().filter(|name| !text.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "{args:?}: {missing:?}");
    }
    // Members of a check are the same without limits.
    let alone = run(&["check", "--when", "heap > 1GiB", "--format", "json", shop]).stdout;
    let alone: serde_json::Value = serde_json::from_str(&alone).unwrap();
    for name in ["sample_type", "unit", "aggregate", "per", "snapshots", "instances", "total", "base_total"] {
        assert!(alone.as_object().unwrap().get(name).is_some_and(serde_json::Value::is_null), "{name}");
    }
}
