//! Pages of `report html`: structure, policy, size, figures and escaping. `.ci/browser` opens them in Chromium.

use serde_json::Value;

use crate::support::{json, result, run, run_with};

/// Page with its data.
struct Page {
    text: String,
    data: Value,
}

impl Page {
    fn new(text: String) -> Self {
        let data = text.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        let data = serde_json::from_str(data).unwrap();
        Self { text, data }
    }

    fn of(args: &[&str]) -> Self {
        Self::new(result(&[&["report", "html"], args].concat()))
    }

    fn numbers(&self, pointer: &str) -> Vec<i64> {
        self.data.pointer(pointer).unwrap().as_array().unwrap().iter().map(|value| value.as_i64().unwrap()).collect()
    }

    /// Parent of each node.
    fn parents(&self) -> Vec<Option<usize>> {
        let (mut open, mut parents) = (Vec::new(), Vec::new());
        for (node, depth) in self.numbers("/depth").into_iter().enumerate() {
            open.truncate(usize::try_from(depth).unwrap());
            parents.push(open.last().copied());
            open.push(node);
        }
        parents
    }
}

#[test]
fn a_page_is_one_file_that_loads_nothing() {
    let page = Page::of(&["pprof/go-shop-2.pb.gz"]);
    assert!(page.text.starts_with("<!doctype html>\n<html lang=\"en\">") && page.text.ends_with("</html>\n"));
    let policy = page.text.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    let markup = page.text.split("<script>").next().unwrap();
    for loaded in
        ["src=", "href=", "url(", "@import", "http-equiv=\"refresh", "<link", "<iframe", " onclick", "style=\""]
    {
        assert!(!markup.contains(loaded), "{loaded}");
    }
    // The name space of SVG is no address.
    assert_eq!(
        page.text.matches("http").count(),
        page.text.matches("http://www.w3.org/2000/svg").count() + http_names(&page)
    );
    assert_eq!(page.text.matches("<script").count(), 2);
    for part in ["lang=\"en\"", "role=\"tree\"", "aria-live=\"polite\"", "<label for=\"search\">", "<noscript>"] {
        assert!(page.text.contains(part), "{part}");
    }
}

/// Occurrences of `http` in names, and in the attribute of the policy.
fn http_names(page: &Page) -> usize {
    let names = page.data["names"].as_array().unwrap();
    1 + names.iter().map(|name| name.as_str().unwrap().matches("http").count()).sum::<usize>()
}

#[test]
fn figures_of_a_page_are_those_of_the_reports() {
    let page = Page::of(&["pprof/go-shop-2.pb.gz"]);
    let types = page.data["types"].as_array().unwrap();
    assert_eq!(types.len(), 4);
    for (at, of) in types.iter().enumerate() {
        let name = of["name"].as_str().unwrap();
        let top = json(&["top", "--sample-type", name, "pprof/go-shop-2.pb.gz"]);
        let values = page.numbers(&format!("/types/{at}/values"));
        assert_eq!(Some(values[0]), top["total"].as_i64(), "{name}");
        // No node is smaller than its children, and the rest is its self.
        let mut own = values.clone();
        for (node, parent) in page.parents().into_iter().enumerate() {
            if let Some(parent) = parent {
                own[parent] -= values[node];
            }
        }
        assert!(own.iter().all(|own| *own >= 0), "{name}: {own:?}");
        assert_eq!(own.iter().sum::<i64>(), values[0]);
        for row in top["rows"].as_array().unwrap() {
            let index = page.data["names"].as_array().unwrap().iter().position(|known| *known == row["name"]).unwrap();
            let rows = page.data["rows"].as_array().unwrap();
            let found = rows.iter().find(|found| found[0] == index).unwrap();
            assert_eq!((&found[1][at][0], &found[1][at][1]), (&row["self"], &row["total"]), "{name}: {row}");
        }
    }
    assert_eq!(page.data["trend"], Value::Null, "one snapshot has no trend");
}

#[test]
fn a_page_of_a_comparison_has_both_figures_and_noise() {
    let page = Page::of(&["--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    let top = json(&["top", "--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    let chosen = page.data["chosen"].as_u64().unwrap();
    assert_eq!(page.numbers(&format!("/types/{chosen}/base"))[0], top["base_total"].as_i64().unwrap());
    let changes = page.data["types"][usize::try_from(chosen).unwrap()]["changes"].as_str().unwrap();
    assert_eq!(changes.len(), page.numbers("/depth").len());
    // The order of the letters is that of the legend: shrank much to grew much.
    assert!(changes.starts_with('z') && changes.contains('='), "{changes}");
    assert_eq!(page.data["changes"]["z"], "g3");
}

#[test]
fn a_page_of_a_series_has_its_trend() {
    let page = Page::of(&["shop-series"]);
    let leaks = json(&["leaks", "shop-series"]);
    let trend = &page.data["trend"];
    assert_eq!(trend["line"].as_array().unwrap().len(), 14);
    let names = page.data["names"].as_array().unwrap();
    for (row, want) in trend["rows"].as_array().unwrap().iter().zip(leaks["rows"].as_array().unwrap()) {
        let name = &names[usize::try_from(row[0].as_u64().unwrap()).unwrap()];
        assert_eq!((name, &row[1], &row[3]), (&want["name"], &want["status"], &want["last"]));
    }
}

#[test]
fn a_large_tree_is_pruned_to_a_small_page_and_counts_the_rest() {
    let large: Vec<String> =
        (0..60_000).map(|at| format!("main;pkg{};fn{};leaf{at} {}\n", at % 30, at % 900, at % 7 + 1)).collect();
    let large = large.concat();
    let outcome = run_with(&["report", "html", "-"], large.as_bytes());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let page = Page::new(outcome.stdout);
    assert!(page.text.len() <= 300_000, "{} bytes", page.text.len());
    assert_eq!((&page.data["pruned"], page.data["least"].as_str()), (&Value::Bool(true), Some("0.1%")));
    let (frames, values) = (page.numbers("/frame"), page.numbers("/types/0/values"));
    assert_eq!(values[0], (0..60_000).map(|at| at % 7 + 1).sum::<i64>());
    let leaves: i64 = frames.iter().filter(|frame| **frame < 0).map(|frame| -frame).sum();
    let shown = frames.iter().filter(|frame| **frame >= 0).count();
    assert_eq!(leaves, 60_000, "every leaf is counted, beside {shown} nodes");
    let more = frames.iter().zip(&values).filter(|(frame, _)| **frame < 0).map(|(_, value)| value).sum::<i64>();
    assert_eq!(more, values[0], "all of it is in the leaves");
}

#[test]
fn no_name_is_markup() {
    let hostile =
        "main;</script><script>alert(1)</script>;<!--<script>;]]><img/src=x/onerror=alert(2)> 10\nmain;\"&'<b> 5\n";
    let page = Page::new(run_with(&["report", "html", "-"], hostile.as_bytes()).stdout);
    assert_eq!(page.text.matches("<script").count(), 2);
    assert_eq!(page.text.matches("</script").count(), 2);
    for part in ["<img", "<!--", "<b>", "alert(1)</"] {
        assert!(!page.text.contains(part), "{part}");
    }
    let names = page.data["names"].as_array().unwrap();
    assert!(
        names.iter().any(|name| name == "</script><script>alert(1)</script>")
            && names.iter().any(|name| name == "\"&'<b>")
    );
    let odd = run(&["report", "html", "malformed/names-unicode-control.pb.gz"]);
    assert!(odd.code == 0 && !odd.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{}", odd.stderr);
}

#[test]
fn a_page_of_nothing_is_refused() {
    let outcome = run(&["report", "html", "malformed/zero-samples.pb.gz"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("nothing to draw"), "{}", outcome.stderr);
    let deep = run(&["report", "html", "malformed/deep-100k.pb.gz"]);
    assert!(deep.code == 0 && deep.stdout.len() <= 300_000, "{}: {} bytes", deep.stderr, deep.stdout.len());
}

#[test]
fn source_lines_are_there_only_on_request() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page-source");
    std::fs::create_dir_all(folder.join("store")).unwrap();
    let text: Vec<String> = (1..=90).map(|line| format!("\tline {line} </script>")).collect();
    std::fs::write(folder.join("store/store.go"), text.join("\n")).unwrap();
    let args = ["--source-path", folder.to_str().unwrap(), "pprof/go-shop-2.pb.gz"];
    let without = Page::of(&args);
    assert!(without.data["sources"].as_array().unwrap().is_empty() && !without.text.contains("line 7"));
    let with = Page::of(&[&["--with-source"], &args[..]].concat());
    let sources = with.data["sources"].as_array().unwrap();
    let store = sources.iter().find(|one| one["file"].as_str().unwrap().contains("store/store.go")).unwrap();
    assert!(store["title"].as_str().unwrap().contains("self 2.00 MiB"), "{store}");
    assert!(store["text"].as_str().unwrap().contains("line 71 </script>"), "{store}");
    assert_eq!(with.text.matches("</script").count(), 2);
    let other = run(&["report", "top", "--with-source", "pprof/go-shop-2.pb.gz"]);
    assert!(other.code == 2 && other.stderr.contains("`report html` has it"), "{}", other.stderr);
}
