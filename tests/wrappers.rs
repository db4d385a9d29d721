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
}

#[test]
fn an_archive_comes_from_standard_input_or_from_a_directory_too() {
    let archive = std::fs::read(data().join("archives/bundle.zip")).unwrap();
    let summary = |outcome: crate::support::Outcome| {
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        serde_json::from_str::<serde_json::Value>(&outcome.stdout).unwrap()["snapshots"].as_array().unwrap().len()
    };
    assert_eq!(summary(run_with(&["report", "summary", "--format", "json", "-"], &archive)), 8);
    let tar = std::fs::read(data().join("archives/heap.tar.gz")).unwrap();
    let outcome = run_with(&["report", "top", "-"], &tar);
    assert!(outcome.stdout.contains("(25,268,224 B)"), "{}", outcome.stderr);
    let outcome = run_with(&["report", "top", "--max-inflated", "100", "-"], &tar);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let folder = std::env::temp_dir().join(format!("heapglass-archives-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("bundle.zip"), &archive).unwrap();
    std::fs::write(folder.join("cut.zip"), &archive[..archive.len() - 30]).unwrap();
    let outcome = run(&["report", "summary", "--format", "json", folder.to_str().unwrap()]);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(outcome.stderr.contains("cut.zip: broken zip archive"), "{}", outcome.stderr);
    assert_eq!(summary(outcome), 8);
}

#[test]
fn what_an_archive_took_is_given_back() {
    let header = |name: &str, size: usize| {
        let mut block = vec![0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        block[156] = b'0';
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        block
    };
    let profile = data().join("pprof/go-shop-1.pb.gz");
    let mut bytes = std::fs::read(&profile).unwrap();
    let size = bytes.len();
    bytes.resize(size.next_multiple_of(512), 0);
    let large = vec![7; 4 << 20];
    let tar = [header("a.pb.gz", size), bytes, header("notes.bin", large.len()), large, vec![0; 1024]].concat();
    let path = std::env::temp_dir().join(format!("heapglass-{}.tar", std::process::id()));
    std::fs::write(&path, tar).unwrap();
    let used = |source: &std::path::Path| heapglass::Loader::new().load([source]).unwrap().series.budget().used();
    let (archived, alone) = (used(&path), used(&profile));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(archived, alone);
}

#[test]
fn both_columns_of_folded_stacks_come_back() {
    let written = run(&["report", "folded", "--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let want = json(&["diff", "--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    let back = run_with(&["report", "diff", "--format", "json", "--unit", "bytes", "-"], written.stdout.as_bytes());
    assert_eq!(back.code, 0, "{}", back.stderr);
    let back: serde_json::Value = serde_json::from_str(&back.stdout).unwrap();
    assert_eq!((&back["total"], &back["base_total"]), (&want["total"], &want["base_total"]));
    assert_eq!(back["rows"][0]["name"], want["rows"][0]["name"]);
}

#[test]
fn lines_of_a_dump_with_names_count_from_the_file() {
    let text = "--- symbol\nbinary=x\n0x10 main\n---\n--- heap\nheap profile: 1: 64 [1: 64] @ heapprofile\n\
        1: 64 [1: 64] @ 0x11\n1: x [1: 64] @ 0x11\n";
    let outcome = run_with(&["report", "top", "-"], text.as_bytes());
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("line 8"), "{}", outcome.stderr);
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

/// Total of a report on standard input, and its warnings.
fn total_of(input: &[u8]) -> (i64, String) {
    let outcome = run_with(&["report", "top", "--format", "json", "-"], input);
    assert_eq!(outcome.code, 0, "{}: {}", String::from_utf8_lossy(&input[..input.len().min(200)]), outcome.stderr);
    (serde_json::from_str::<serde_json::Value>(&outcome.stdout).unwrap()["total"].as_i64().unwrap(), outcome.stderr)
}

#[test]
fn text_around_every_text_format_is_left_out_and_told() {
    let node = r#"{"callFrame":{"functionName":"f","scriptId":"1","url":"","lineNumber":0,"columnNumber":0},"selfSize":100,"id":1,"children":[]}"#;
    let v8 = format!(r#"{{"head":{node}}}"#);
    let dhat = r#"{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","pps":[{"tb":9,"tbk":1,"eb":100,"ebk":1,"fs":[1]}],"ftbl":["[root]","0x1: main (a.c:1)"]}"#;
    let speedscope = r#"{"shared":{"frames":[{"name":"f"}]},"profiles":[{"type":"sampled","unit":"bytes","samples":[[0]],"weights":[100]}]}"#;
    let memray = "allocator,num_allocations,size,tid,thread_name,stack_trace\nmalloc,1,100,1,main,f;a.py;1\n";
    let go = "heap profile: 1: 100 [1: 100] @ heap/2\n1: 100 [1: 100] @ 0x401000\n#\t0x400fff\tmain.f+0x1\t/a.go:1\n\n# runtime.MemStats\n# Alloc = 1\n";
    for (name, text) in [("v8", &*v8), ("dhat", dhat), ("speedscope", speedscope), ("memray", memray), ("go", go)] {
        let alone = total_of(text.as_bytes()).0;
        let before = format!("2026-11-22T13:13:33Z INFO dumping\n{{\"level\":\"info\"}}\n{text}");
        let (total, said) = total_of(before.as_bytes());
        assert!(total == alone && said.contains("2 lines before the profile are left out"), "{name}: {said}");
        let after = format!("{}\n2026/11/22 14:00:02 done; exit code 0\n", text.trim_end());
        let (total, said) = total_of(after.as_bytes());
        assert!(total == alone && said.contains("left out"), "{name}: {said}");
    }
    // A session of the debugging protocol has an answer on each line.
    let session = format!("{{\"id\":1,\"result\":{{}}}}\n{{\"id\":2,\"result\":{{\"profile\":{v8}}}}}\n");
    assert_eq!(total_of(session.as_bytes()).0, 100);
    let damaged = run_with(&["report", "top", "-"], format!("{v8}}}\n").as_bytes());
    assert!(damaged.code == 2 && damaged.stderr.contains("something follows the end of it"), "{}", damaged.stderr);
}

#[test]
fn base64_of_what_is_not_compressed_is_decoded() {
    // `heap profile: 1: 100 [1: 100] @ heap/2\n1: 100 [1: 100] @ 0x401000\n`
    let encoded = "aGVhcCBwcm9maWxlOiAxOiAxMDAgWzE6IDEwMF0gQCBoZWFwLzIKMTogMTAwIFsxOiAxMDBdIEAgMHg0MDEwMDAK";
    for text in [
        encoded.to_owned(),
        format!("data:text/plain;base64,{encoded}"),
        format!("    {}\n    {}\n", &encoded[..48], &encoded[48..]),
        format!("{encoded}\nexit code 0\n"),
        format!("{}\nexit code 0\n", &encoded[..encoded.len() - 2]),
        format!("dumping\n-----BEGIN HEAP-----\n{encoded}\n-----END HEAP-----\n"),
    ] {
        let (total, said) = total_of(text.as_bytes());
        assert!(total == 100 && said.contains("it is base64"), "{text}: {said}");
    }
    let words = run_with(&["report", "top", "-"], "Word ".repeat(80).as_bytes());
    assert!(words.code == 2 && !words.stderr.contains("base64"), "{}", words.stderr);
}

#[test]
fn dhat_files_of_every_mode_are_read() {
    let file =
        |rest: &str| format!(r#"{{"bklt":true,"dhatFileVersion":2,{rest},"ftbl":["[root]","0x1: main (a.c:1)"]}}"#);
    let points = r#""pps":[{"tb":130,"tbk":5,"fs":[1]}]"#;
    let empty = run_with(&["report", "top", "-"], file(r#""mode":"heap","verb":"Allocated","pps":[]"#).as_bytes());
    assert!(empty.code == 0 && empty.stderr.contains("no values for `inuse_space`"), "{}", empty.stderr);
    for (verb, unit, expected) in [
        ("Allocated", "bytes", "alloc_space: 130 B"),
        ("Copied", "bytes", "copied_space: 130 B"),
        ("Occurred", "units", "event_weights: 130 units"),
    ] {
        let text = file(&format!(r#""verb":"{verb}","bsu":"{unit}",{points}"#));
        let outcome = run_with(&["report", "top", "-"], text.as_bytes());
        assert!(outcome.stdout.contains(expected), "{verb}: {}{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn a_response_in_chunks_is_put_together() {
    let stored = std::fs::read(data().join("pprof/node.pb.gz")).unwrap();
    let header =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunks = |end: &[u8]| {
        let parts =
            stored.chunks(700).map(|part| [format!("{:x};x=1\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
        [header.clone(), parts.collect::<Vec<_>>().concat(), end.to_vec()].concat()
    };
    // Most tools decode the chunks and print the header as it was.
    for bytes in [chunks(b"0\r\n\r\n"), [header.clone(), stored.clone()].concat()] {
        let outcome = run_with(&["report", "top", "-"], &bytes);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert!(outcome.stderr.contains("HTTP header"), "{}", outcome.stderr);
    }
    let cut = chunks(b"");
    for length in [cut.len(), cut.len() - 40, 400] {
        let outcome = run_with(&["report", "top", "-"], &cut[..length]);
        assert_eq!(outcome.code, 2, "{length}: {}", outcome.stderr);
    }
}

#[test]
fn base64_comes_in_quotes_in_json_behind_headers_and_without_compression() {
    use base64::Engine;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let stored = std::fs::read(data().join("pprof/node.pb.gz")).unwrap();
    let raw = std::fs::read(data().join("pprof/go-raw.pb")).unwrap();
    let packed = encode(&stored);
    let lines = packed.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    let texts = [
        format!("\"{packed}\""),
        format!("{{\"pprof\":\"{packed}\"}}"),
        format!("{{\"report\": {{\"pprof\": \"{packed}\"}}, \"total\": \"5\"}}"),
        format!("-----BEGIN PROFILE-----\nComment: of a heap\n\n{lines}\n-----END PROFILE-----\n"),
        format!("-----BEGIN PROFILE-----\n{lines}\n-----END PROFILE-----\n"),
        encode(&raw),
    ];
    for text in texts {
        let outcome = run_with(&["report", "top", "-"], text.as_bytes());
        assert_eq!(outcome.code, 0, "{}: {}", &text[..60], outcome.stderr);
        assert!(outcome.stderr.contains("base64"), "{}", outcome.stderr);
    }
}

#[test]
fn an_archive_in_a_wrapper_is_unpacked_with_a_warning() {
    use base64::Engine;
    use std::io::Write;
    let tar = std::fs::read(data().join("archives/heap.tar.gz")).unwrap();
    let zip = std::fs::read(data().join("archives/bundle.zip")).unwrap();
    let again = |bytes: &[u8]| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let response = |bytes: &[u8]| [b"HTTP/1.1 200 OK\r\nContent-Type: application/gzip\r\n\r\n", bytes].concat();
    let text = base64::engine::general_purpose::STANDARD.encode(&tar).into_bytes();
    let wrapped = [
        ("twice.tar.gz", again(&tar), "compressed twice"),
        ("thrice.tar.gz", again(&again(&tar)), "compressed twice"),
        ("zip.gz", again(&zip), ""),
        ("answer.tar.gz", response(&tar), "HTTP header"),
        ("text", text, "base64"),
    ];
    let folder = std::env::temp_dir().join(format!("heapglass-wrapped-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes, warning) in wrapped {
        let path = folder.join(name);
        std::fs::write(&path, &bytes).unwrap();
        let outcomes = [run(&["report", "top", path.to_str().unwrap()]), run_with(&["report", "top", "-"], &bytes)];
        for outcome in outcomes {
            assert_eq!(outcome.code, 0, "{name}: {}", outcome.stderr);
            assert!(outcome.stderr.contains(warning), "{name}: {}", outcome.stderr);
            assert!(outcome.stderr.lines().count() <= 1, "{name} has one warning: {}", outcome.stderr);
            assert!(name == "zip.gz" || outcome.stdout.contains("(25,268,224 B)"), "{name}: {}", outcome.stdout);
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn escapes_of_json_in_base64_are_decoded() {
    use base64::Engine;
    let file = std::fs::read(data().join("pprof/go-shop-1.pb.gz")).unwrap();
    let text = base64::engine::general_purpose::STANDARD.encode(&file);
    let plain = total_of(&file).0;
    for text in [text.replace('/', "\\/"), text.replace('+', "\\u002b"), text.replace('=', "\\u003D")] {
        let (total, said) = total_of(format!("{{\"profile\": \"{text}\"}}").as_bytes());
        assert_eq!(total, plain, "{said}");
    }
}

#[test]
fn a_status_code_behind_json_is_left_out() {
    for file in ["v8/small.heapprofile", "dhat/leak.out", "speedscope/small.speedscope.json"] {
        let mut text = std::fs::read(data().join(file)).unwrap().trim_ascii_end().to_vec();
        let plain = total_of(&text).0;
        text.extend(b"200");
        let (total, said) = total_of(&text);
        assert!(total == plain && said.contains("the text after the profile is left out"), "{file}: {said}");
    }
}

#[test]
fn empty_lines_before_folded_stacks_are_no_protobuf() {
    let text = format!("{}main;a 5\n", "\n".repeat(100));
    assert_eq!(total_of(text.as_bytes()).0, 5);
}

#[test]
fn figures_of_memory_are_named_with_their_option() {
    let outcome = run_with(&["report", "top", "-"], b"Name:\tshop\nState:\tS (sleeping)\nVmRSS:\t  5120 kB\n");
    assert!(outcome.code == 2 && outcome.stderr.contains("--memory FILE"), "{}", outcome.stderr);
}
