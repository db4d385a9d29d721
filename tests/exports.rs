//! Output for other tools: pprof profiles, folded stacks, pictures, tables of the tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use heapglass::format::pprof::message;
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use serde_json::Value;

use crate::support::build::{Stack, message_of};
use crate::support::{command, data, golden, json, result, run, run_with};

/// Bytes of a report.
fn bytes(args: &[&str]) -> Vec<u8> {
    let output = command(&[&["report"], args].concat()).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Report of a profile from standard input, without the name of the source.
fn piped(args: &[&str], input: &[u8]) -> Value {
    let all = [&["report"], args, &["--format", "json", "-"]].concat();
    let outcome = run_with(&all, input);
    assert_eq!(outcome.code, 0, "{args:?}: {}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn a_profile_comes_back_with_every_figure() {
    let mut compared = 0;
    for entry in fs::read_dir(data().join("pprof")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("pprof/{name}");
        let written = bytes(&["pprof", &path]);
        assert_eq!(written[..2], [0x1f, 0x8b], "{name}: gzip");
        let before = json(&["summary", &path]);
        let after = piped(&["summary"], &written);
        for fact in ["time", "duration_ns", "period", "period_type", "sample_types", "default_sample_type", "comments"]
        {
            assert_eq!(after["snapshots"][0][fact], before["snapshots"][0][fact], "{name}: {fact}");
        }
        for index in 0..before["snapshots"][0]["sample_types"].as_array().unwrap().len() {
            let index = index.to_string();
            let asked = ["top", "--sample-type", &index, "--granularity", "lines"];
            let want = bytes(&[&asked[..], &["--format", "json", &path]].concat());
            assert_eq!(piped(&asked, &written), serde_json::from_slice::<Value>(&want).unwrap(), "{name}, {index}");
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared} sample types compared");
}

#[test]
fn a_difference_is_written_as_current_less_base() {
    let compared = ["--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"];
    let written = bytes(&[&["pprof"], &compared[..]].concat());
    let want = json(&[&["top", "--sample-type", "inuse_space"], &compared[..]].concat());
    let got = piped(&["top", "--sample-type", "inuse_space"], &written);
    let number = |value: &Value| value.as_i64().unwrap();
    assert_eq!(number(&got["total"]), number(&want["total"]) - number(&want["base_total"]));
    let change: BTreeMap<&str, (i64, i64)> = want["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let of = |now: &str, then: &str| number(&row[now]) - number(&row[then]);
            (row["name"].as_str().unwrap(), (of("self", "base_self"), of("total", "base_total")))
        })
        .filter(|(_, change)| *change != (0, 0))
        .collect();
    let rows: BTreeMap<&str, (i64, i64)> = got["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), (number(&row["self"]), number(&row["total"]))))
        .collect();
    assert_eq!(rows, change);
    assert!(rows.values().any(|(own, _)| *own < 0) && rows.values().any(|(own, _)| *own > 0));
}

#[test]
fn several_profiles_become_one() {
    let both = ["--aggregate", "sum", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"];
    let written = bytes(&[&["pprof"], &both[..]].concat());
    for sample_type in ["inuse_objects", "alloc_space"] {
        let asked = ["top", "--sample-type", sample_type];
        let [one, several] = [piped(&asked, &written), json(&[&asked[..], &both[..]].concat())];
        assert_eq!((&one["total"], &one["rows"]), (&several["total"], &several["rows"]), "{sample_type}");
        assert_eq!((&one["profiles"], &several["profiles"]), (&1.into(), &2.into()));
    }
}

#[test]
fn folded_stacks_add_up_and_come_back() {
    for profile in ["pprof/go-shop-1.pb.gz", "pprof/cpp.pb.gz", "pprof/rust.pb.gz", "pprof/node.pb.gz"] {
        let text = result(&["report", "folded", profile]);
        let value = |line: &str| line.rsplit_once(' ').unwrap().1.parse::<i64>().unwrap();
        let total = json(&["top", profile])["total"].as_i64();
        assert_eq!(Some(text.lines().map(value).sum::<i64>()), total, "{profile}");
        assert_eq!(piped(&["top"], text.as_bytes())["total"].as_i64(), total, "{profile}");
    }
    let compared = ["report", "folded", "--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"];
    let text = result(&compared);
    let head = json(&["top", "--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    let sums = text.lines().fold([0, 0], |sums, line| {
        let mut values = line.rsplit(' ').map(|value| value.parse::<i64>().unwrap());
        let [now, then] = [values.next().unwrap(), values.next().unwrap()];
        [sums[0] + then, sums[1] + now]
    });
    assert_eq!([head["base_total"].as_i64(), head["total"].as_i64()], sums.map(Some));
}

#[test]
fn the_stacks_of_a_mean_add_up_to_its_total() {
    let value = |line: &str| line.rsplit_once(' ').unwrap().1.parse::<i64>().unwrap();
    for (instance, window, base) in
        [("pod-a", "2..8", "1..3"), ("pod-b", "10..16", "9..11"), ("pod-c", "18..24", "17..19")]
    {
        // Seven snapshots, which divide few sums without a remainder.
        for more in [&[][..], &["--base-window", base]] {
            let options = [&["--instance", instance, "--window", window, "pods"], more].concat();
            let top = json(&[&["top"], &options[..]].concat());
            let total = top["total"].as_i64().unwrap();
            let folded = result(&[&["report", "folded"], &options[..]].concat());
            assert_eq!(folded.lines().map(value).sum::<i64>(), total, "{options:?}");
            let written = piped(&["top"], &bytes(&[&["pprof"], &options[..]].concat()))["total"].as_i64().unwrap();
            assert_eq!(written, total - top["base_total"].as_i64().unwrap_or(0), "{options:?}");
        }
    }
}

#[test]
fn a_picture_is_one_safe_file() {
    let plain = result(&["report", "svg", "pprof/node.pb.gz"]);
    assert!(plain.starts_with("<?xml") && plain.trim_end().ends_with("</svg>"));
    assert_eq!(plain, result(&["report", "svg", "pprof/node.pb.gz"]), "the same profile makes the same picture");
    let changed = result(&["report", "svg", "--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    assert!(changed.contains("<title id=\"title\">inuse_space: A 9.02 MiB, B 14.5 MiB, +5.51 MiB (+61.1%)</title>"));
    assert!(changed.contains("grew from 500K") && changed.contains("width: the larger of A and B"), "{changed}");
    assert!(changed.contains("bytes.Clone\nA 1.01 MiB, B 5.53 MiB, +4.52 MiB (+450%) ±3.00 MiB (2σ)"), "{changed}");

    let hostile = "main;</script><script>alert(1)</script>;]]><img src=x onerror=alert(2)> 10\n\
                   main;\"onload=\"alert(3);& 5\n";
    let drawn = run_with(&["report", "svg", "-"], hostile.as_bytes());
    assert_eq!(drawn.code, 0, "{}", drawn.stderr);
    assert!(!drawn.stdout.contains("<script") && !drawn.stdout.contains("<img"));
    let odd = run(&["report", "svg", "malformed/names-unicode-control.pb.gz"]);
    assert!(odd.code == 0 && !odd.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{}", odd.stderr);
    assert!(!drawn.stdout.contains("\"onload=") && drawn.stdout.contains("&quot;onload="));
}

#[test]
fn frames_of_a_picture_are_as_wide_as_their_totals() {
    let tiny: Vec<String> = (0..200).map(|index| format!("main;right;tiny{index} 1\n")).collect();
    let stacks = format!("main;left 600\nmain;right 200\n{}", tiny.concat());
    let drawn = run_with(&["report", "svg", "--unit", "bytes", "-"], stacks.as_bytes()).stdout;
    // 1,000 bytes are 1,200 pixels: `left` has 720, `right` the other 480.
    let at = |name: &str, place: &str| {
        let frame = drawn.lines().find(|line| line.contains(&format!("<title>{name}\n")));
        let frame = frame.or_else(|| drawn.split("<g class").find(|part| part.contains(&format!("<title>{name}\n"))));
        assert!(frame.is_some_and(|frame| frame.contains(place)), "{name}: {frame:?}");
    };
    at("all", "<rect x=\"0\" y=\"0\" width=\"1199.5\" height=\"17\"/>");
    at("left", "<rect x=\"0\" y=\"36\" width=\"719.5\" height=\"17\"/>");
    at("right", "<rect x=\"720\" y=\"36\" width=\"479.5\" height=\"17\"/>");
    assert!(drawn.contains("<title>199 more, 199 B</title>"), "siblings without a column are one block: {drawn}");
    for scheme in ["@media (prefers-color-scheme:dark)", ".page{fill:#ffffff}", ".page{fill:#16181d}"] {
        assert!(drawn.contains(scheme), "{scheme}");
    }
}

#[test]
fn a_picture_has_the_colours_of_a_theme() {
    let drawn = |theme: &str| result(&["report", "svg", "--theme", theme, "pprof/go-shop-2.pb.gz"]);
    let (usual, mono) = (drawn("default"), drawn("mono"));
    assert!(usual.contains(".own rect{fill:#87d787}") && usual.contains("own code</text>"), "{usual}");
    assert!(mono.contains(".own rect{fill:#ffffff;stroke:"), "{mono}");
}

#[test]
fn a_picture_of_nothing_is_refused_and_leaves_no_file() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("nothing.svg");
    let _ = fs::remove_file(&path);
    let outcome = run(&["report", "svg", "-o", path.to_str().unwrap(), "malformed/zero-samples.pb.gz"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("nothing to draw"), "{}", outcome.stderr);
    assert!(!path.exists());
}

#[test]
fn deep_stacks_are_exported_in_bounded_space() {
    let written = bytes(&["pprof", "malformed/deep-100k.pb.gz"]);
    assert_eq!(piped(&["top"], &written)["total"], json(&["top", "malformed/deep-100k.pb.gz"])["total"]);
    let drawn = bytes(&["svg", "malformed/deep-100k.pb.gz"]);
    assert!(drawn.len() < 4 << 20, "{} bytes", drawn.len());
}

#[test]
fn an_export_has_one_form() {
    for kind in ["folded", "svg", "html", "pprof"] {
        let outcome = run(&["report", kind, "--format", "json", "pprof/node.pb.gz"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        assert!(outcome.stderr.contains(&format!("it can be written as {kind}")), "{}", outcome.stderr);
    }
}

#[test]
fn the_tree_and_the_summary_are_tables_too() {
    let csv = result(&["report", "tree", "--format", "csv", "pprof/node.pb.gz"]);
    let nodes = json(&["tree", "pprof/node.pb.gz"])["nodes"].as_array().unwrap().len();
    assert_eq!(csv.lines().count(), nodes + 1);
    assert!(csv.starts_with("depth,name,self,total,base_self,base_total\n0,root,"), "{csv}");
    let tables = [
        result(&["report", "tree", "--format", "markdown", "--limit", "8", "pprof/node.pb.gz"]),
        result(&["report", "summary", "--format", "markdown", "pprof/node.pb.gz"]),
    ];
    golden("report", "tables-markdown", &tables.join("\n"));
}

#[test]
fn the_command_line_tells_shells_and_manuals_of_itself() {
    for shell in ["bash", "zsh", "fish", "elvish", "nushell", "powershell"] {
        let script = result(&["completions", shell]);
        assert!(script.contains("max-growth") && script.contains("completions"), "{shell}");
        // Values of options and kinds of reports; some shells are told of no values of options.
        let (themes, kind) = match shell {
            "bash" => ("-W \"auto default light", "callers"),
            "zsh" => (":NAME:(auto default light", "callers\\:"),
            "fish" => ("-a \"auto\\t", "-a \"callers\" -d 'who calls"),
            "nushell" => ("\"auto\" \"default\" \"light\"", "\"callers\""),
            "elvish" => ("", "cand callers 'who calls"),
            _ => ("", "::new('callers', 'callers'"),
        };
        assert!(script.contains(themes) && script.contains(kind), "{shell}");
    }
    let manual = result(&["man"]);
    for part in [".TH heapglass 1", ".SH ENVIRONMENT", ".SH EXIT STATUS", ".SH FILES"] {
        assert!(manual.contains(part), "{part}");
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("man");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let args = ["man", "--dir", folder.to_str().unwrap()];
    assert_eq!(result(&args), "");
    for page in ["heapglass.1", "heapglass-report.1", "heapglass-check.1"] {
        assert!(fs::read_to_string(folder.join(page)).unwrap().contains(".SH"), "{page}");
    }
    assert_eq!(run(&args).code, 2, "pages that are there already stay as they are");
}

#[test]
fn frames_that_filters_take_out_are_not_written() {
    let filters: [&[&str]; 8] = [
        &["--hide", "runtime|std::|alloc"],
        &["--show", "main|store|http|json|core"],
        &["--show-from", "ServeHTTP|main|__libc"],
        &["--prune-from", "ServeHTTP|Unmarshal|alloc"],
        &["--focus", "e", "--hide", "fn:^net"],
        &["--ignore", "json", "--show-from", "main", "--prune-from", "Write"],
        &["--hide", "file:server|lib", "--all-frames"],
        &["--show", "map:bin|lib"],
    ];
    let mut compared = 0;
    for entry in fs::read_dir(data().join("pprof")).unwrap() {
        let path = format!("pprof/{}", entry.unwrap().file_name().into_string().unwrap());
        for filter in filters {
            let written = bytes(&[&["pprof"], filter, &[&path]].concat());
            let plain = bytes(&["pprof", &path]);
            let asked = ["top", "--granularity", "lines"];
            let all_frames: &[&str] = if filter.contains(&"--all-frames") { &["--all-frames"] } else { &[] };
            // A filter without a match prints a warning, and the comparison still holds.
            let outcome = run(&[&["report"], &asked[..], filter, &["--format", "json", &path]].concat());
            let want: Value = serde_json::from_str(&outcome.stdout).unwrap();
            let got = piped(&[&asked[..], all_frames].concat(), &written);
            assert_eq!(got["rows"], want["rows"], "{path} {filter:?}");
            let is_cut = got["rows"] != piped(&asked, &plain)["rows"];
            compared += usize::from(is_cut);
        }
    }
    assert!(compared > 30, "only {compared} of them took anything out");
}

/// Profile with these samples: the names of a stack, leaf first, and a value.
fn profile(samples: &[(&[&str], i64)]) -> message::Profile {
    let stack = |(names, value): &(&[&str], i64)| Stack {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        values: vec![*value],
    };
    message_of(&samples.iter().map(stack).collect::<Vec<_>>(), 1)
}

#[test]
fn samples_without_a_stack_come_back_from_folded_stacks() {
    let made = profile(&[(&[], 50), (&["a", "main"], 30), (&["b", "main"], 20)]).encode_to_vec();
    let folded = run_with(&["report", "folded", "-"], &made).stdout;
    assert!(folded.starts_with("(no stack) 50\n"), "{folded}");
    let again = piped(&["top"], folded.as_bytes());
    let names: Vec<&str> = again["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!((again["total"].as_i64(), names), (Some(100), vec!["a", "b", "main"]));
}

#[test]
fn names_of_any_length_stay_apart_in_files_for_programs() {
    let names = ["a", "b", "c"].map(|middle| format!("{0}{middle}{0}", "x".repeat(3000)));
    let made = profile(&[(&[&names[0]], 30), (&[&names[1]], 20), (&[&names[2]], 10)]).encode_to_vec();
    let folded = run_with(&["report", "folded", "-"], &made).stdout;
    assert_eq!(own_values(&piped(&["top"], folded.as_bytes())), (60, vec![10, 20, 30]));
    let table = run_with(&["report", "top", "--format", "csv", "-"], &made).stdout;
    assert!(names.iter().all(|name| table.contains(name)), "{table}");
}

#[test]
fn the_names_of_a_stack_are_within_the_memory_limit() {
    let name = "x".repeat(1 << 19);
    let stack: Vec<&str> = vec![&name; 400];
    let made = profile(&[(&stack, 1)]).encode_to_vec();
    let outcome = run_with(&["report", "folded", "--max-memory", "64MiB", "-"], &made);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
}

/// Values of self in a report of functions, largest first, with the total.
fn own_values(top: &Value) -> (i64, Vec<i64>) {
    let rows = top["rows"].as_array().unwrap();
    let mut values: Vec<i64> = rows.iter().map(|row| row["self"].as_i64().unwrap()).filter(|own| *own != 0).collect();
    values.sort_unstable();
    (top["total"].as_i64().unwrap(), values)
}

/// Name of a function, different for each number, of parts that mean something in folded stacks.
fn odd_name() -> impl Strategy<Value = (usize, usize)> {
    (0..STARTS.len(), 0..ENDS.len())
}

const STARTS: [&str; 9] = ["", "#", "# ", ";", " ", "a b ", "<", "(no stack", "é"];
const ENDS: [&str; 14] =
    ["", " 12", " 1e5", " -3.5", "_[j]", "_[j]_[0]", " 7_[k]", ";", ";x 5", ":", ")", "\t4", "#", " +1"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_names_come_back_from_exports(
        stacks in vec((vec(odd_name(), 1..4), 1_i64..1000), 1..6),
        is_bare in any::<bool>(),
    ) {
        let name = |at: usize, (start, end): &(usize, usize)| {
            if is_bare { [STARTS[*start], ENDS[*end]].concat() } else { format!("{}{at}{}", STARTS[*start], ENDS[*end]) }
        };
        // The number keeps leaves apart, whose names an export may change.
        let stacks: Vec<Stack> = stacks
            .iter()
            .enumerate()
            .map(|(at, (names, value))| Stack { names: names.iter().map(|parts| name(at, parts)).collect(), values: vec![*value] })
            .collect();
        let made = message_of(&stacks, 1).encode_to_vec();
        let before = own_values(&piped(&["top", "--limit", "0"], &made));
        let folded = run_with(&["report", "folded", "-"], &made).stdout;
        let again = own_values(&piped(&["top", "--limit", "0"], folded.as_bytes()));
        prop_assert_eq!(again.0, before.0, "{}", folded);
        if !is_bare {
            prop_assert_eq!(&again.1, &before.1, "{}", folded);
        }
    }
}

#[test]
fn shares_of_negative_values_are_of_the_samples_as_in_pprof() {
    // Both samples of `a` are at one node: their magnitudes count, not that of their sum.
    let mut made = profile(&[(&["a", "main"], 1000), (&["a", "main"], -400), (&["b", "main"], 600)]);
    let label = |made: &mut message::Profile, at: usize, [key, text]: [&str; 2]| {
        let first = made.string_table.len() as i64;
        made.string_table.extend([key, text].map(|string| string.as_bytes().to_vec()));
        made.sample[at].label.push(message::Label { key: first, str: first + 1, ..Default::default() });
    };
    let head = |made: &message::Profile| run_with(&["report", "top", "-"], &made.encode_to_vec()).stdout;
    assert!(head(&made).contains("shares are of 1.20k\n"), "equal samples are one: {}", head(&made));
    label(&mut made, 1, ["side", "old"]);
    assert!(head(&made).contains("shares are of 2.00k, the sum of all magnitudes"), "{}", head(&made));
    assert!(head(&made).contains("60.0%"), "{}", head(&made));
    label(&mut made, 1, ["pprof::base", "true"]);
    assert!(head(&made).contains("shares are of 400, the samples with the label pprof::base=true"), "{}", head(&made));
}

#[test]
fn the_first_profile_given_says_which_frames_are_dropped() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("dropped");
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, seconds: i64, drop: &str| {
        let mut made = profile(&[(&["malloc", "main"], 10)]);
        made.string_table.push(drop.into());
        (made.drop_frames, made.time_nanos) = (made.string_table.len() as i64 - 1, seconds * 1_000_000_000);
        let path = folder.join(name);
        fs::write(&path, made.encode_to_vec()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (dropping, plain) = (write("dropping.pb", 1_795_000_000, "malloc"), write("plain.pb", 1_795_000_001, ""));
    let first = |files: [&str; 2]| {
        let outcome = run(&[&["report", "top", "--format", "csv", "--aggregate", "sum"], &files[..]].concat());
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout.contains("malloc")
    };
    assert!(first([&plain, &dropping]), "the first one has no rules");
    assert!(!first([&dropping, &plain]));
}

#[test]
fn markdown_says_what_the_text_says() {
    let of = |args: &[&str]| result(&[&["report"], args, &["--format", "markdown", "shop-series"]].concat());
    let window = ["--window", "2..4", "--focus", "store"];
    for kind in [&["top"][..], &["tree"], &["labels"], &["callers", "store.Generate"], &["source", "store.Generate"]] {
        let text = of(&[kind, &window].concat());
        assert!(text.contains("filters: focus store; ") && text.contains("mean of 3 snapshots"), "{kind:?}: {text}");
        let compared = of(&[kind, &window, &["--base-window", "1..1"]].concat());
        assert!(compared.contains("- A  ") && compared.contains("- B  "), "{kind:?}: {compared}");
    }
    let diff = ["report", "diff", "--window", "8..14", "--base-window", "1..1", "--format", "markdown", "shop-series"];
    let diff = run(&diff).stdout;
    assert!(diff.contains(" of the growth of ") && diff.contains("sampling noise of the total"), "{diff}");
}
