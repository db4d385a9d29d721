//! Reports about functions and the shapes of the call tree: figures compared with pprof's `-peek` and `-list`, and with a
//! plain model.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use heapglass::analysis::node_id::PathId;
use serde_json::Value;

use crate::support::{command, data, golden, json, result, run};

const SHOP: &str = "pprof/go-shop-2.pb.gz";

/// Cases of pprof in a folder of `oracle`: the profile and its rows.
fn cases(folder: &str) -> Vec<(String, Vec<Value>)> {
    let files = fs::read_dir(data().join("oracle").join(folder)).unwrap();
    let case = |name: &str| {
        let rows: Value =
            serde_json::from_str(&fs::read_to_string(data().join("oracle").join(folder).join(name)).unwrap()).unwrap();
        let profile = name.trim_end_matches(".json");
        let parent = if data().join("pprof").join(profile).exists() { "pprof" } else { "malformed" };
        (format!("{parent}/{profile}"), rows.as_array().unwrap().clone())
    };
    files.map(|file| case(&file.unwrap().file_name().into_string().unwrap())).collect()
}

/// JSON of a report, with warnings allowed.
fn object(args: &[&str]) -> Value {
    let output = command(&["report"]).args(args).args(["--format", "json"]).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The first entry of a report about functions, and the others.
fn entries(report: &Value) -> Vec<Value> {
    std::iter::once(report.clone()).chain(report["more"].as_array().unwrap().iter().cloned()).collect()
}

/// Names and values of calls. pprof also prints calls of 0.
fn calls(entry: &Value, key: &str) -> Vec<(String, i64)> {
    let calls = entry[key].as_array().unwrap().iter();
    let mut calls: Vec<(String, i64)> = calls
        .map(|call| match call {
            Value::Array(pair) => (pair[0].as_str().unwrap().to_owned(), pair[1].as_i64().unwrap()),
            call => (call["name"].as_str().unwrap().to_owned(), call["value"].as_i64().unwrap()),
        })
        .filter(|(_, value)| *value != 0)
        .collect();
    calls.sort();
    calls
}

#[test]
fn callers_and_callees_equal_pprofs() {
    let mut compared = 0;
    for (profile, rows) in cases("calls") {
        let mut reports: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for want in rows {
            let index = want["index"].to_string();
            let report = reports
                .entry(index.clone())
                .or_insert_with(|| entries(&object(&["callers", ".", "--sample-type", &index, &profile])));
            let name = &want["function"];
            let got = report.iter().find(|entry| entry["function"] == *name);
            let got = got.unwrap_or_else(|| panic!("{profile}: {name}"));
            assert_eq!((&got["self"], &got["total"]), (&want["self"], &want["total"]), "{profile}: {name}");
            for key in ["callers", "callees"] {
                assert_eq!(calls(got, key), calls(&want, key), "{profile}: {key} of {name}");
            }
            compared += 1;
        }
    }
    assert!(compared > 600, "{compared} functions compared");
}

#[test]
fn lines_equal_pprofs() {
    let mut compared = 0;
    for (profile, rows) in cases("lines") {
        for want in rows {
            let name = want["function"].as_str().unwrap();
            let report = object(&["source", name, "--sample-type", &want["index"].to_string(), &profile]);
            assert_eq!(report["schema"], "heapglass.source/1");
            let lines = entries(&report).into_iter().flat_map(|file| file["lines"].as_array().unwrap().clone());
            let number = |line: &Value, key: &str| line[key].as_i64().unwrap_or(0);
            let mut lines: Vec<Value> = lines
                .map(|line| Value::from(vec![number(&line, "line"), number(&line, "self"), number(&line, "total")]))
                .collect();
            lines.sort_by_key(ToString::to_string);
            let mut wanted = want["lines"].as_array().unwrap().clone();
            wanted.sort_by_key(ToString::to_string);
            assert_eq!(lines, wanted, "{profile}: {name}");
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared} functions compared");
}

#[test]
fn reports_about_functions_are_as_they_were() {
    for format in ["text", "json", "csv", "markdown"] {
        let args = ["report", "callers", "Generate", "--format", format, SHOP];
        golden("report", &format!("callers-{format}"), &result(&args));
        let args = ["report", "source", "store.Generate", "--format", format, SHOP];
        golden("report", &format!("source-{format}"), &result(&args));
    }
    let compared = ["--limit", "4", "--base", "pprof/go-shop-1.pb.gz", SHOP];
    golden("report", "callers-compared", &result(&[&["report", "callers", "bytes.Clone"], &compared[..]].concat()));
    golden("report", "source-compared", &result(&[&["report", "source", "store.Generate"], &compared[..]].concat()));
}

#[test]
fn the_text_of_lines_stands_beside_their_figures() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("listed");
    fs::create_dir_all(folder.join("store")).unwrap();
    let text: Vec<String> = (1..=90).map(|line| format!("\tline {line}\u{1b}[2J")).collect();
    fs::write(folder.join("store/store.go"), text.join("\n")).unwrap();
    let args = ["source", "store.Generate", "--source-path", folder.to_str().unwrap(), SHOP];
    let report = object(&args);
    let lines = report["lines"].as_array().unwrap();
    for line in lines {
        let want = format!("    line {}\\x1b[2J", line["line"]);
        assert_eq!(line["text"], want.as_str(), "the text of a file commands no terminal");
    }
    let text = run(&[&["report"], &args[..]].concat()).stdout;
    assert!(text.contains("69      line 69") && text.contains("81      line 81"), "two lines around: {text}");
    assert!(!text.contains("line 68") && !text.contains("line 82"), "{text}");
}

#[test]
fn a_name_is_exact_or_a_pattern_or_similar_ones_are_named() {
    let exact = object(&["callers", "main.main", SHOP]);
    assert_eq!((&exact["function"], exact["more"].as_array().unwrap().len()), (&Value::from("main.main"), 0));
    let pattern = object(&["callers", "^main\\.", SHOP]);
    let all = entries(&pattern);
    assert!(all.len() > 5 && all.iter().all(|entry| entry["function"].as_str().unwrap().starts_with("main.")));
    let totals: Vec<i64> = all.iter().map(|entry| entry["total"].as_i64().unwrap()).collect();
    assert!(totals.is_sorted_by(|one, next| one >= next), "{totals:?}");
    let mut said = String::new();
    for words in [
        &["callers", "respnseCache", SHOP][..],
        &["callers", "main.(*respons", SHOP],
        &["callers", "qqqqqqqq", SHOP],
        &["source", "bytes.clone", SHOP],
        &["callers", SHOP],
        &["callers", "--demo"],
        &["source", "x", "--binary", "no/such", SHOP],
        &["top", "--sort", "change", SHOP],
        &["top", "--bottom-up", SHOP],
        &["tree", "--sort", "self", SHOP],
        &["tree", "--node", "0123456789abcdef", SHOP],
        &["tree", "--node", "12", SHOP],
        &["tree", "--min", "200%", SHOP],
        &["top", "--demo", SHOP],
    ] {
        let outcome = run(&[&["report"], words].concat());
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{words:?}");
        writeln!(said, "$ heapglass report {}\n{}", words.join(" "), outcome.stderr).unwrap();
    }
    golden("cli", "function-mistakes", &said);
    let demo = result(&["report", "callers", "bytes.Clone", "--demo"]);
    assert!(demo.contains("encoding/json/v2.Marshal"), "{demo}");
}

#[test]
fn rows_come_in_the_order_that_was_asked_for() {
    let of = |args: &[&str]| {
        let report = json(&[&["top"], args].concat());
        report["rows"].as_array().unwrap().clone()
    };
    let sorted = |rows: &[Value], key: fn(&Value) -> String| rows.iter().map(key).is_sorted();
    let largest = |rows: &[Value], key: &dyn Fn(&Value) -> u64| rows.iter().map(key).is_sorted_by(|a, b| a >= b);
    let number = |row: &Value, key: &str| row[key].as_i64().unwrap();
    assert_eq!(of(&["--sort", "self", SHOP]), of(&[SHOP]));
    assert!(largest(&of(&["--sort", "total", SHOP]), &|row| number(row, "total").unsigned_abs()));
    assert!(sorted(&of(&["--sort", "name", SHOP]), |row| row["name"].as_str().unwrap().to_owned()));
    assert!(sorted(&of(&["--sort", "file", SHOP]), |row| row["file"].as_str().unwrap_or("~").to_owned()));
    let base = ["--base", "pprof/go-shop-1.pb.gz", SHOP];
    let compared = |order: &str| of(&[&["--sort", order], &base[..]].concat());
    assert_eq!(compared("change"), of(&base));
    let change = |row: &Value| number(row, "total").abs_diff(number(row, "base_total"));
    assert!(largest(&compared("total-change"), &change));
    assert!(largest(&compared("base"), &|row| number(row, "base_self").unsigned_abs()));
    assert!(largest(&compared("self"), &|row| number(row, "self").unsigned_abs()));
    let diff = json(&[&["diff", "--sort", "name"], &base[..]].concat());
    assert!(sorted(diff["rows"].as_array().unwrap(), |row| row["name"].as_str().unwrap().to_owned()));
}

/// Nodes of a tree: depth, names, self and total.
fn nodes(args: &[&str]) -> Vec<(usize, Vec<String>, i64, i64)> {
    let report = object(&[&["tree"], args].concat());
    let node = |node: &Value| {
        let text = |name: &Value| name.as_str().unwrap().to_owned();
        let names =
            node["chain"].as_array().map_or_else(|| vec![text(&node["name"])], |all| all.iter().map(text).collect());
        (
            node["depth"].as_u64().unwrap() as usize,
            names,
            node["self"].as_i64().unwrap(),
            node["total"].as_i64().unwrap(),
        )
    };
    report["nodes"].as_array().unwrap().iter().map(node).collect()
}

/// Self of each stack of a tree, the outermost frame first.
fn stacks(nodes: &[(usize, Vec<String>, i64, i64)]) -> BTreeMap<Vec<String>, i64> {
    let mut path: Vec<Vec<String>> = Vec::new();
    let mut stacks = BTreeMap::new();
    for (depth, names, own, _) in nodes {
        path.truncate(*depth);
        path.push(names.clone());
        if *own != 0 {
            *stacks.entry(path[1..].concat()).or_default() += *own;
        }
    }
    stacks
}

#[test]
fn the_bottom_up_tree_has_the_stacks_of_the_tree_and_adds_up() {
    for profile in
        [SHOP, "pprof/cpp.pb.gz", "pprof/python.pb.gz", "malformed/recursion.pb.gz", "malformed/negative-values.pb.gz"]
    {
        let (down, up) = (nodes(&[profile]), nodes(&["--bottom-up", profile]));
        let mut turned = BTreeMap::new();
        for (mut names, own) in stacks(&up) {
            names.reverse();
            turned.insert(names, own);
        }
        assert_eq!(turned, stacks(&down), "{profile}");
        for (index, (depth, names, own, total)) in up.iter().enumerate() {
            let below =
                up[index + 1..].iter().take_while(|below| below.0 > *depth).filter(|below| below.0 == depth + 1);
            assert_eq!(*total, own + below.map(|below| below.3).sum::<i64>(), "{profile}: {names:?}");
        }
        let top = object(&["top", profile]);
        for row in top["rows"].as_array().unwrap() {
            let own = row["self"].as_i64().unwrap();
            let found: i64 = up.iter().filter(|node| node.0 == 1 && row["name"] == *node.1[0]).map(|node| node.3).sum();
            assert_eq!(found, own, "{profile}: {}", row["name"]);
        }
    }
}

#[test]
fn folded_chains_are_the_same_tree() {
    for direction in [&[][..], &["--bottom-up"]] {
        for profile in [SHOP, "pprof/cpp.pb.gz", "pprof/node.pb.gz"] {
            let each = nodes(&[direction, &[profile]].concat());
            let folded = nodes(&[direction, &["--chains", "folded", profile]].concat());
            assert_eq!(stacks(&folded), stacks(&each), "{profile}");
            assert!(folded.len() < each.len() * 2 / 3, "{profile}: {} of {}", folded.len(), each.len());
            let chains: usize = folded.iter().map(|node| node.1.len()).sum();
            assert_eq!(chains, each.len(), "{profile}");
            for (index, (depth, names, own, _)) in folded.iter().enumerate() {
                let below = folded[index + 1..].iter().take_while(|below| below.0 > *depth);
                let children = below.filter(|below| below.0 == depth + 1).count();
                assert!(*depth == 0 || children != 1 || *own != 0, "{profile}: {names:?} has one callee and no self");
            }
        }
    }
}

#[test]
fn a_limit_a_depth_and_a_share_keep_the_heaviest_nodes() {
    for direction in [&[][..], &["--bottom-up"], &["--chains", "folded"]] {
        let of = |args: &[&str]| nodes(&[direction, args, &[SHOP]].concat());
        let all = of(&[]);
        let few = of(&["--limit", "9"]);
        assert_eq!(few.len(), 9);
        let heaviest = |nodes: &[(usize, Vec<String>, i64, i64)]| {
            let mut totals: Vec<i64> = nodes.iter().map(|node| -node.3).collect();
            totals.sort_unstable();
            totals
        };
        assert_eq!(heaviest(&few), heaviest(&all)[..9], "{direction:?}");
        let whole = all[0].3;
        let large = of(&["--min", "10%"]);
        let wanted: Vec<_> = all.iter().filter(|node| node.3 * 10 >= whole).cloned().collect();
        // What is left out unfolds a chain that leads to it.
        if direction != ["--chains", "folded"] {
            assert_eq!(large, wanted, "{direction:?}");
        }
        assert_eq!(of(&["--min", "10%", "--limit", "1000"]), large, "{direction:?}");
        let near = of(&["--depth", "2"]);
        let wanted: Vec<_> = all.iter().filter(|node| node.0 <= 2).cloned().collect();
        assert_eq!(near, wanted, "{direction:?}");
    }
}

#[test]
fn ids_are_of_names_and_lead_to_their_node() {
    let ids = |args: &[&str]| {
        let report = object(&[&["tree", "--ids"], args].concat());
        let ids = report["nodes"].as_array().unwrap().iter();
        ids.map(|node| (node["id"].as_str().unwrap().to_owned(), node["name"].as_str().unwrap().to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let (one, other) = (ids(&[SHOP]), ids(&["--sample-type", "alloc_space", "pprof/go-shop-1.pb.gz"]));
    let shared = one.iter().filter(|(id, _)| other.contains_key(*id)).count();
    assert!(shared > 15, "{shared}");
    assert!(one.iter().all(|(id, name)| other.get(id).is_none_or(|same| same == name)));
    let id = PathId::ROOT.child("runtime.main").child("main.main").to_string();
    assert_eq!(one[&id], "main.main");
    let below = object(&["tree", "--ids", "--node", &id, SHOP]);
    let first = &below["nodes"][0];
    assert_eq!((&first["id"], &first["depth"], &first["name"]), (&id.into(), &0.into(), &"main.main".into()));
    let whole = object(&["tree", "--ids", SHOP]);
    let whole = whole["nodes"].as_array().unwrap();
    let below = below["nodes"].as_array().unwrap();
    assert!(below.len() > 3 && below.iter().all(|node| whole.iter().any(|other| other["id"] == node["id"])));
}

#[test]
fn trees_in_other_shapes_are_as_they_were() {
    golden("report", "bottom-up-text", &result(&["report", "tree", "--bottom-up", "--limit", "12", "pprof/cpp.pb.gz"]));
    let compared = ["report", "tree", "--bottom-up", "--limit", "8", "--base", "pprof/go-shop-1.pb.gz", SHOP];
    golden("report", "bottom-up-compared", &result(&compared));
    golden("report", "tree-min", &result(&["report", "tree", "--min", "5%", "--chains", "each", "--ids", SHOP]));
    golden(
        "report",
        "tree-folded-csv",
        &result(&["report", "tree", "--min", "10%", "--chains", "folded", "--format", "csv", SHOP]),
    );
}

#[test]
fn stacks_that_begin_with_a_function_are_a_row_without_a_caller() {
    let of = |function: &str| run(&["report", "callers", function, SHOP]).stdout;
    let row = |text: &str| text.lines().find(|line| line.ends_with("(no caller)")).map(str::to_owned);
    assert_eq!(row(&of("^runtime.main$")).unwrap().split_whitespace().next(), Some("6.50M"));
    assert_eq!(row(&of("^bytes.Clone$")), None);
}
