//! Advice on real profiles, with built-in rules and rules of the user.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use heapglass::analysis::advice::{AdviceRule, AdviceRules, Adviser, FigureKind, Metric, RuleAttributes};
use heapglass::analysis::{Query, derive};
use heapglass::base::ids::NodeId;
use heapglass::base::names::Language;
use heapglass::base::step_count::measure_steps;
use heapglass::format::pprof::message;
use prost::Message;
use serde_json::Value;

use crate::support::build::{Stack, message_of, series};
use crate::support::{command, golden, json, result, run, run_with};

/// Rules that match in a profile, with their functions.
fn advice(args: &[&str]) -> BTreeMap<String, Vec<String>> {
    let top = json(&[&["top", "--advice"], args].concat());
    let mut at = BTreeMap::new();
    for advice in top["advice"].as_array().unwrap() {
        let names = advice["functions"].as_array().unwrap().iter().map(|function| function["name"].as_str().unwrap());
        at.insert(advice["rule"].as_str().unwrap().to_owned(), names.map(str::to_owned).collect());
    }
    at
}

fn rules(args: &[&str]) -> Vec<String> {
    advice(args).into_keys().collect()
}

#[test]
fn real_profiles_get_the_advice_of_their_language() {
    let go = advice(&["pprof/go-shop-2.pb.gz"]);
    assert_eq!(go["go-compressor"][0], "compress/flate.NewWriter");
    assert!(go.keys().all(|rule| rule.starts_with("go-")), "{go:?}");
    let node = advice(&["pprof/node.pb.gz"]);
    assert_eq!(node["node-json-parse"], ["parsePayload"]);
    assert_eq!(node["node-external"], ["(external)"]);
    let rust = advice(&["pprof/rust.pb.gz"]);
    assert!(rust.contains_key("rust-vec-grow"), "{rust:?}");
    assert!(!rust.contains_key("rust-tasks"), "what runs tasks is no task that was made");
    let cpp = advice(&["pprof/cpp.pb.gz"]);
    assert!(cpp.contains_key("cpp-unordered-map"), "{cpp:?}");
    let python = advice(&["pprof/python.pb.gz"]);
    assert!(python.keys().all(|rule| rule.starts_with("python-")), "{python:?}");
    let java = advice(&["java/small.heap"]);
    assert!(java.keys().all(|rule| rule.starts_with("java-")), "{java:?}");
}

#[test]
fn there_is_none_where_no_function_has_a_name_or_a_share() {
    for profile in
        ["jemalloc/orders.heap.gz", "tcmalloc/sampled.heap", "folded/small.txt", "malformed/all-zero-values.pb.gz"]
    {
        let top = run(&["report", "top", "--advice", profile]);
        assert_eq!(top.code, 0, "{profile}: {}", top.stderr);
        assert!(top.stdout.ends_with("no advice: no rule fits a function that is large enough\n"), "{profile}");
    }
    assert_eq!(rules(&["--granularity", "packages", "pprof/go-shop-2.pb.gz"]), [""; 0], "a package is no function");
}

#[test]
fn a_function_is_advised_alike_at_every_granularity_that_has_it() {
    let usual = rules(&["pprof/go-shop-2.pb.gz"]);
    assert!(!usual.is_empty());
    for granularity in ["filefunctions", "lines", "addresses"] {
        let found = rules(&["--granularity", granularity, "pprof/go-shop-2.pb.gz"]);
        assert!(found.contains(&"go-compressor".to_owned()), "{granularity}: {found:?}");
    }
}

#[test]
fn advice_is_judged_by_the_same_figure_whatever_type_is_looked_at() {
    let held = json(&["top", "--advice", "pprof/go-shop-2.pb.gz"]);
    let made = json(&["top", "--advice", "--sample-type", "alloc_space", "pprof/go-shop-2.pb.gz"]);
    assert_eq!(held["advice"], made["advice"]);
    let all = held["advice"].as_array().unwrap();
    let advice = all.iter().find(|advice| advice["rule"] == "go-compressor").unwrap();
    assert_eq!((&advice["metric"], &advice["of"]), (&Value::from("freed"), &Value::from("total")));
    let first = &advice["functions"][0];
    // Freed memory, computed from two reports.
    let row = |top: &Value, name: &str| {
        let rows = top["rows"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).map_or(0, |row| row["total"].as_i64().unwrap())
    };
    let name = "compress/flate.NewWriter";
    assert_eq!(first["figure"].as_i64().unwrap(), row(&made, name) - row(&held, name));
    let whole = made["total"].as_i64().unwrap() - held["total"].as_i64().unwrap();
    assert_eq!(advice["whole"].as_i64().unwrap(), whole);
}

const KIB: i64 = 1024;
const MIB: i64 = 1024 * KIB;

/// Objects of one size that one stack allocated, all of them freed.
struct Garbage {
    /// Functions, leaf first.
    names: &'static [&'static str],
    objects: i64,
    size: i64,
}

/// Go heap profile with this garbage, sampled once in `period` bytes on average.
fn go_heap(garbage: &[Garbage], period: i64) -> Vec<u8> {
    let stacks = garbage.iter().map(|one| Stack {
        names: one.names.iter().map(|name| (*name).to_owned()).collect(),
        values: vec![one.objects, one.objects * one.size, 0, 0],
    });
    let mut profile = message_of(&stacks.collect::<Vec<_>>(), 4);
    let mut text = |text: &str| {
        profile.string_table.push(text.as_bytes().to_vec());
        profile.string_table.len() as i64 - 1
    };
    let units = [text("count"), text("bytes")];
    let names = ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"].map(&mut text);
    let space = text("space");
    for (at, name) in names.into_iter().enumerate() {
        profile.sample_type[at] = message::ValueType { r#type: name, unit: units[at % 2] };
    }
    profile.period_type = Some(message::ValueType { r#type: space, unit: units[1] });
    profile.period = period;
    profile.encode_to_vec()
}

/// Rules that match in a Go heap, with the figure of their first function.
fn go_advice(garbage: &[Garbage], period: i64, sample_type: &str) -> BTreeMap<String, i64> {
    let args = ["report", "top", "--advice", "--format", "json", "--sample-type", sample_type, "-"];
    let outcome = run_with(&args, &go_heap(garbage, period));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let top: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let rules = top["advice"].as_array().unwrap().iter();
    rules
        .map(|one| (one["rule"].as_str().unwrap().to_owned(), one["functions"][0]["figure"].as_i64().unwrap()))
        .collect()
}

#[test]
fn few_samples_are_no_finding() {
    let of = |objects, size| [Garbage { names: &["compress/flate.NewWriter", "main.respond"], objects, size }];
    let rate = 512 * KIB;
    let is_advised = |garbage: &[Garbage], period: i64| {
        let found =
            ["alloc_space", "alloc_objects"].map(|of| go_advice(garbage, period, of).contains_key("go-compressor"));
        assert_eq!(found[0], found[1], "bytes and objects have one relative error");
        found[0]
    };
    assert!(!is_advised(&of(1, rate), rate), "one sample");
    assert!(!is_advised(&of(512, KIB), rate), "512 KiB of small objects are one sample");
    assert!(!is_advised(&of(9 * 512, KIB), rate), "nine samples");
    assert!(is_advised(&of(12 * 512, KIB), rate), "twelve samples");
    assert!(is_advised(&of(1, 8 * MIB), rate), "an object far above the period is nearly certain");
    assert!(is_advised(&of(1, rate), 1), "all objects are recorded");
}

#[test]
fn advice_never_speaks_of_the_profilers_own_frames() {
    let profiler = |objects| Garbage {
        names: &[
            "compress/flate.NewWriter",
            "runtime/pprof.(*profileBuilder).build",
            "net/http/pprof.Index",
            "main.main",
        ],
        objects,
        size: MIB,
    };
    let own =
        |objects| Garbage { names: &["compress/flate.NewWriter", "main.respond", "main.main"], objects, size: MIB };
    let rate = 512 * KIB;
    assert_eq!(go_advice(&[profiler(100)], rate, "alloc_space"), BTreeMap::new());
    let both = [profiler(100), own(40)];
    for of in ["alloc_space", "inuse_space"] {
        let figure = go_advice(&both, rate, of)["go-compressor"];
        // What is looked at decides the unit of the figure, and bytes are in both.
        assert_eq!(figure, 40 * MIB, "{of}: without the profiler's part");
    }
    assert_eq!(
        go_advice(&[profiler(1000), own(40)], rate, "alloc_space"),
        BTreeMap::new(),
        "4% are below the least share"
    );
}

#[test]
fn a_place_under_a_profiler_has_no_advice_of_its_callers() {
    let names = &[
        "bytes.growSlice",
        "compress/flate.NewWriter",
        "runtime/pprof.(*Profile).WriteTo",
        "compress/flate.NewWriter",
    ];
    let bytes = go_heap(&[Garbage { names, objects: 100, size: MIB }], 512 * KIB);
    let series = series(&message::Profile::decode(&bytes[..]).unwrap());
    let sample_type = series.sample_types().iter().position(|one| one.name.raw() == "alloc_space").unwrap();
    let query = Query { sample_type, ..Query::default_for(&series) };
    let answer = derive(&series, &query, None).unwrap();
    let attributes = RuleAttributes {
        id: "go-writers".to_owned(),
        language: Language::Go,
        metric: Metric::Allocated,
        part: FigureKind::Total,
        least: 5.0,
        text: "Less.".to_owned(),
        source: "https://example.com".to_owned(),
        matching_examples: Vec::new(),
        non_matching_examples: Vec::new(),
    };
    let rule = AdviceRule::new(attributes, r"^(compress/flate\.NewWriter|runtime/pprof\..*)$", None);
    let mut adviser = Adviser::new(Arc::new(AdviceRules::new(vec![rule])));
    let advised = (0..answer.tree.len()).map(|node| adviser.of_node(&answer, NodeId::new(node)).len());
    // In preorder: the root, the outermost writer, the profiler and what it calls.
    assert_eq!(advised.collect::<Vec<_>>(), [0, 0, 0, 0, 0], "all of the outer writer's figure is the profiler's");
}

#[test]
fn advice_is_an_addition_to_the_contract_and_nothing_else() {
    let plain = json(&["top", "pprof/go-shop-2.pb.gz"]);
    let mut advised = json(&["top", "--advice", "pprof/go-shop-2.pb.gz"]);
    assert!(advised.as_object_mut().unwrap().remove("advice").is_some());
    assert_eq!(plain, advised);
    let csv =
        |advice: &[&str]| result(&[&["report", "top", "--format", "csv"], advice, &["pprof/node.pb.gz"]].concat());
    let (plain, advised) = (csv(&[]), csv(&["--advice"]));
    for (plain, advised) in plain.lines().zip(advised.lines()) {
        assert!(advised.starts_with(&format!("{plain},")), "{advised}");
    }
}

#[test]
fn the_reports_read_as_they_did() {
    let top = |format: &str, profile: &str| {
        result(&["report", "top", "--advice", "--limit", "3", "--format", format, &format!("pprof/{profile}")])
    };
    golden("report", "advice-go", &top("text", "go-shop-2.pb.gz"));
    golden("report", "advice-rust", &top("text", "rust.pb.gz"));
    golden("report", "advice-cpp", &top("text", "cpp.pb.gz"));
    golden("report", "advice-python", &top("text", "python.pb.gz"));
    golden("report", "advice-node-markdown", &top("markdown", "node.pb.gz"));
    golden("report", "advice-node-csv", &top("csv", "node.pb.gz"));
    golden("report", "advice-node-json", &top("json", "node.pb.gz"));
    let compared =
        ["report", "top", "--advice", "--limit", "3", "--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"];
    golden("report", "advice-compared", &result(&compared));
    let filtered = ["report", "top", "--advice", "--limit", "3", "--ignore", "compress", "pprof/go-shop-2.pb.gz"];
    golden("report", "advice-filtered", &result(&filtered));
}

#[test]
fn only_top_has_advice() {
    let tree = run(&["report", "tree", "--advice", "pprof/node.pb.gz"]);
    assert_eq!((tree.code, tree.stdout.as_str()), (2, ""));
    assert!(tree.stderr.contains("`report tree` has no advice\nhint: "), "{}", tree.stderr);
}

/// Creates a settings folder with these rules.
fn settings(name: &str, rules: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("heapglass")).unwrap();
    fs::write(folder.join("heapglass/advice.toml"), rules).unwrap();
    folder
}

/// Runs the report with the rules of a settings folder; returns its output and messages.
fn with_settings(folder: &PathBuf) -> (String, String) {
    let mut command = command(&["report", "top", "--advice", "--limit", "1", "pprof/node.pb.gz"]);
    let output = command.env("XDG_CONFIG_HOME", folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

const MINE: &str = r#"
[[rule]]
id = "node-external"
language = "node"
pattern = '^\(external\)$'
metric = "in-use"
try = "Ask the buffer people."
source = "https://example.com/buffers"

[[rule]]
id = "shop-ingest"
language = "node"
pattern = '^ingest$'
metric = "in-use"
least = 1
try = "Batch it."
source = "https://example.com/ingest"
colour = "red"

[[rule]]
id = "broken"
language = "node"
pattern = '('
metric = "in-use"
try = "Nothing."
source = "https://example.com"
"#;

#[test]
fn ones_own_file_adds_rules_and_a_slip_in_it_is_said_with_its_line() {
    let (report, said) = with_settings(&settings("advice-own", MINE.as_bytes()));
    assert!(report.contains("  Ask the buffer people.\n  https://example.com/buffers\n"), "{report}");
    assert!(report.contains("  Batch it.\n") && !report.contains("Nothing."), "{report}");
    assert!(!report.contains("process.memoryUsage"), "the rule of the same name is replaced: {report}");
    assert!(said.contains("advice.toml: line 18: unknown key `colour`\n"), "{said}");
    assert!(
        said.contains("advice.toml: line 23: `broken`: no expression that can be used: unclosed group\n"),
        "{said}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_said_and_the_built_in_rules_hold() {
    let long = "#".repeat(1 << 19);
    for (name, bytes, why) in [
        ("advice-latin", &b"try = \"\xfc\""[..], "not UTF-8, and not read"),
        ("advice-long", long.as_bytes(), "longer than 256 KiB, and not read"),
        ("advice-broken", &b"[[rule"[..], "line 1: invalid TOML: "),
    ] {
        let (report, said) = with_settings(&settings(name, bytes));
        assert!(said.contains(why), "{name}: {said}");
        assert!(report.contains("process.memoryUsage"), "{name}");
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("advice-folder");
    fs::create_dir_all(folder.join("heapglass/advice.toml")).unwrap();
    assert_eq!(with_settings(&folder).1, "", "what is no file is none");
}

#[test]
fn rules_are_put_to_a_function_once_however_often_it_is_selected() {
    let names = |seed: usize| (0..40).map(|depth| format!("f{}", (seed * 7 + depth * depth) % 50)).collect();
    let stacks: Vec<Stack> = (0..30).map(|seed| Stack { names: names(seed), values: vec![1, 1] }).collect();
    let series = series(&message_of(&stacks, 2));
    let answer = derive(&series, &Query::default_for(&series), None).unwrap();
    assert!(answer.tree.len() > 500);
    let mut adviser = Adviser::new(Arc::new(AdviceRules::default()));
    let mut through = || {
        let of_node = |node| assert!(adviser.of_node(&answer, NodeId::new(node)).is_empty());
        measure_steps(|| (0..answer.tree.len()).for_each(of_node)).0
    };
    assert_eq!(through(), answer.tree.frames().len() as u64 - 1, "once for each function, the root apart");
    assert_eq!(through(), 0, "never again");
}
