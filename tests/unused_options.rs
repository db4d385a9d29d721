//! Options act, are refused, or are named as without an effect; negative numbers and empty values are values.

use crate::support::{result, run};

const BASE: &str = "pprof/go-shop-1.pb.gz";
const SHOP: &str = "pprof/go-shop-2.pb.gz";
const STATUS: &str = "memory/account/fresh/proc-status.txt";
const LOG: &str = "gc-logs/shop-gctrace.log";

/// File with a rule for owners.
fn owners(name: &str) -> String {
    let path = std::env::temp_dir().join(format!("heapglass-{name}-{}", std::process::id()));
    std::fs::write(&path, "* @shop\n").unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn options_without_an_effect_are_named() {
    let owners = &owners("unused-owners");
    for args in [
        &["check", "--memory", STATUS, "--max-total", "1GiB", SHOP][..],
        &["check", "--granularity", "files", "--max-total", "1GiB", SHOP],
        &["check", "--plain", "--format", "json", "--max-total", "1GiB", SHOP],
        &["check", "--owners", owners, "--max-total", "1GiB", SHOP],
        &["report", "top", "--gc-log", LOG, SHOP],
        &["report", "top", "--gc-log", LOG, "--per", "3", SHOP],
        &["report", "top", "--cacert", "no-such", SHOP],
        &["report", "top", "--header", "A: b", SHOP],
        &["report", "summary", "--max-requests", "3", SHOP],
        &["report", "top", "--timeout", "3s", "--base", BASE, SHOP],
        &["report", "top", "--owners", owners, SHOP],
        &["report", "top", "--theme", "light", SHOP],
        &["report", "digest", "--plain", SHOP],
        &["report", "digest", "--ascii", "--format", "json", SHOP],
        &["report", "folded", "--color", "rgb", SHOP],
        &["report", "pprof", "--ascii", "-o", "/dev/null", SHOP],
        &["report", "top", "--ascii", "--format", "csv", SHOP],
        &["report", "html", "--with-source", "-o", "/dev/null", SHOP],
    ] {
        let (outcome, option) = (run(args), if args[0] == "check" { args[1] } else { args[2] });
        assert_eq!(outcome.code, 0, "{args:?}: {}", outcome.stderr);
        let is_named = outcome.stderr.contains(&format!("`{option}`"));
        assert!(is_named && outcome.stderr.contains("hint: "), "{args:?}: {}", outcome.stderr);
    }
    std::fs::remove_file(owners).unwrap();
}

#[test]
fn options_with_an_effect_are_not_named() {
    let owners = &owners("used-owners");
    for args in [
        &["check", "--max-function", "main=1GiB", "--granularity", "files", SHOP][..],
        &["check", "--when", "rss < 1GiB", "--memory", STATUS, "memory/account/fresh/heap.debug1.txt"],
        &["report", "svg", "--owners", owners, "--theme", "light", "-o", "/dev/null", SHOP],
        &["report", "top", "--owners", owners, "--granularity", "owners", SHOP],
        &["report", "digest", "--ascii", SHOP],
        &["report", "folded", "--ascii", SHOP],
        &["report", "top", "--plain", "--color", "rgb", SHOP],
        &["report", "summary", "--gc-log", LOG, "shop-series"],
    ] {
        let outcome = run(args);
        assert!(!outcome.stderr.contains("has no"), "{args:?}: {}", outcome.stderr);
    }
    std::fs::remove_file(owners).unwrap();
}

#[test]
fn a_digest_in_ascii_is_ascii() {
    let text = result(&["report", "digest", "--ascii", "shop-series"]);
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn a_negative_number_and_no_prefix_are_refused_as_values() {
    for option in ["--limit", "--per", "--depth", "--budget", "--explain", "--max-records", "--timeout", "--max-memory"]
    {
        let outcome = run(&["report", "tree", option, "-3", SHOP]);
        assert_eq!(outcome.code, 2, "{option}");
        assert!(outcome.stderr.contains("`-3`") && !outcome.stderr.contains("unexpected"), "{}", outcome.stderr);
    }
    let outcome = run(&["report", "top", "--trim-path", "", SHOP]);
    assert!(outcome.code == 2 && outcome.stderr.contains("write the prefix to replace"), "{}", outcome.stderr);
}

#[test]
fn a_profile_is_written_with_the_chosen_sample_type_as_its_default() {
    let written = std::env::temp_dir().join(format!("heapglass-default-{}.pb.gz", std::process::id()));
    let path = written.to_str().unwrap();
    for (options, name) in [(&["--sample-type", "alloc_space"][..], "alloc_space"), (&[], "inuse_space")] {
        let args = [&["report", "pprof", "-o", path, "--force", SHOP][..], options].concat();
        assert_eq!(run(&args).code, 0);
        let json = result(&["report", "top", "--format", "json", "--limit", "1", path]);
        assert!(
            json.contains(&format!("\"sample_type\": \"{name}\""))
                || json.contains(&format!("\"sample_type\":\"{name}\"")),
            "{json}"
        );
    }
    std::fs::remove_file(written).unwrap();
}

#[test]
fn a_baseline_and_a_binary_of_another_kind_are_called_so() {
    let outcome = run(&["check", "--baseline", SHOP, "--max-growth", "1", SHOP]);
    assert!(
        outcome.code == 2 && outcome.stderr.contains("not a baseline of heapglass: it is no text"),
        "{}",
        outcome.stderr
    );
    let outcome = run(&["report", "top", "--binary", "/usr", SHOP]);
    assert!(outcome.stderr.contains("hint: `--binary` takes the profiled program"), "{}", outcome.stderr);
}
