//! Archives, wrappers and files of another kind, as the program reports them.

use crate::support::{data, json, run, run_with};

/// Total of a report on a file of `tests/data`.
fn total(file: &str) -> i64 {
    let outcome = run(&["report", "top", "--format", "json", file]);
    assert_eq!(outcome.code, 0, "{file}: {}", outcome.stderr);
    serde_json::from_str::<serde_json::Value>(&outcome.stdout).unwrap()["total"].as_i64().unwrap()
}

#[test]
fn an_archive_is_the_directory_that_it_holds() {
    for archive in ["archives/heap.tar", "archives/heap.tar.gz", "archives/heap.tar.zst"] {
        assert_eq!(total(archive), 25_268_224, "{archive}");
    }
    let outcome = run(&["report", "summary", "--format", "json", "archives/bundle.zip"]);
    let summary: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(summary["snapshots"].as_array().map(Vec::len), Some(8), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("details.json"), "{}", outcome.stderr);
}

#[test]
fn an_archive_is_read_within_the_limits() {
    let outcome = run(&["report", "top", "--max-inflated", "100", "archives/heap.tar.gz"]);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let archive = std::fs::read(data().join("archives/bundle.zip")).unwrap();
    let outcome = run_with(&["report", "top", "-"], &archive);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("it is a zip archive"), "{}", outcome.stderr);
}

#[test]
fn files_of_another_kind_are_named_with_the_next_step() {
    for (file, name, step) in [
        ("massif.out", "massif", "valgrind --tool=dhat"),
        ("memray-head.bin", "memray", "memray transform csv"),
        ("heaptrack-raw.txt", "not interpreted", "heaptrack_interpret"),
        ("stackprof.dump", "stackprof", "stackprof --stackcollapse"),
        ("pprof-traces.txt", "pprof -traces", "pprof -proto"),
        ("pprof-raw.txt", "pprof -raw", "pprof -proto"),
        ("bcc-memleak.txt", "memleak", "valgrind --tool=dhat"),
        ("jfr-head.jfr", "JFR recording", "cut short"),
        ("otlp.pb", "OTLP profiles", "/debug/pprof/heap"),
        ("otlp.json", "OTLP profiles", "/debug/pprof/heap"),
        ("crlf.pb.gz", "line ends", "fetch it again"),
    ] {
        let outcome = run(&["report", "top", &format!("kinds/{file}")]);
        assert_eq!(outcome.code, 2, "{file}");
        let said = outcome.stderr;
        assert!(said.contains(name) && said.contains(step), "{file}: {said}");
        assert!(!said.contains("did a server answer") && !said.contains("corrupt pprof"), "{file}: {said}");
    }
}

#[test]
fn a_long_text_with_a_trailer_is_read_on_a_thread() {
    // More than a piece that is inflated at a time.
    let text = format!(
        "heap profile: 20000: 640000 [20000: 640000] @ heapprofile\n{}",
        "1: 32 [1: 32] @ 0x1111 0x2222 0x3333\n".repeat(20_000)
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
    let bytes = [gzip.finish().unwrap(), b"exit code 0\n".to_vec()].concat();
    let outcome = run_with(&["report", "top", "-"], &bytes);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("12 bytes of text after the profile are left out"), "{}", outcome.stderr);
}

#[test]
fn frames_of_labels_have_their_key_and_a_tree_its_depth() {
    let tree = json(&["tree", "--tagroot", "bytes", "--depth", "1", "pprof/go-shop-2.pb.gz"]);
    let nodes = tree["nodes"].as_array().unwrap();
    assert!(nodes.len() > 2 && nodes.iter().all(|node| node["depth"].as_i64() <= Some(1)), "{nodes:?}");
    assert!(nodes[1..].iter().all(|node| node["name"].as_str().unwrap().starts_with("bytes: ")), "{nodes:?}");
    let text =
        run(&["report", "tree", "--depth", "2", "--limit", "3", "--chains", "each", "pprof/go-shop-2.pb.gz"]).stdout;
    assert_eq!(
        text.lines()
            .filter(|line| line.contains("%  ") && !line.contains(['…', ':']) && !line.starts_with("total"))
            .count(),
        3,
        "{text}"
    );
}
