//! Files of other kinds are named, and profiles in unusual forms are read.

use std::fs;
use std::path::PathBuf;

use crate::support::run;

fn file(name: &str, bytes: &[u8]) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("contents");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn other_kinds_are_named_and_not_called_damaged() {
    let cases: [(&str, &[u8], &str); 14] = [
        ("list", b"Total: 29.57MB\nROUTINE ======================== main.f in /src/main.go\n", "pprof -list"),
        ("peek", b"File: app\nType: inuse_space\nShowing nodes accounting for 29MB\n-----------+----\n flat  flat%   sum%        cum   cum%   calls calls% + context\n", "pprof -peek"),
        ("tags", b" bytes: Total 29.6MB\n        10MB (33%): 48kB\n", "pprof -tags"),
        ("jeprof", b"Total: 75.6 MB\n    32.0  42.3%  42.3%     32.0  42.3% make\n", "jeprof --text"),
        ("histogram", b"12345:\n num     #instances         #bytes  class name\n", "class histogram"),
        ("nmt", b"4711:\n\nNative Memory Tracking:\n\nTotal: reserved=5KB\n", "native memory tracking"),
        ("metrics", b"# HELP go_goroutines Number.\n# TYPE go_goroutines gauge\ngo_goroutines 12\ngo_threads 9\n", "page of metrics"),
        ("stat", b"anon 4096\nfile 8192\nkernel 100\nkernel_stack 5\n", "not a profile"),
        ("io", b"rchar: 323934931\nwchar: 323929600\nsyscr: 632687\n", "figures of the kernel"),
        ("yaml", b"a: 1\nb: 2\nc: 3\n", "not a profile"),
        ("zeros", &[0; 5000], "zeros only"),
        ("class", b"\xca\xfe\xba\xbe\0\0\0\x41\0\x1d\x0a", "a program or a library"),
        ("random", b"\x93\xf1\x07\xee\x55\x91\xaa\xd3\x17\x8f\xe0\x99\xb4\x02\x7f\xc8", "of an unknown kind"),
        ("powershell", b"\xff\xfe\x1f\0\xef\0\x08\0\0\0", "re-encoded as text"),
    ];
    for (name, bytes, said) in cases {
        let outcome = run(&["report", "top", &file(name, bytes)]);
        assert_eq!(outcome.code, 2, "{name}: {}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.stderr.contains(said), "{name}: {}", outcome.stderr);
    }
}

#[test]
fn text_with_a_damaged_byte_is_still_text() {
    for bad in [&b"\xfc"[..], b"\x1b", b"\x7f", b"\xff\xfe"] {
        let mut text = b"main;a 10\n".repeat(20);
        text.extend_from_slice(&[b"main;f", bad, b"r 5\n"].concat());
        text.extend(b"main;b 10\n".repeat(20));
        let outcome = run(&["report", "top", &file("damaged.folded", &text)]);
        assert_eq!(outcome.code, 0, "{bad:?}: {}", outcome.stderr);
        assert!(outcome.stdout.contains("samples: 405"), "{bad:?}: {}", outcome.stdout);
    }
}

#[test]
fn values_with_fractions_are_judged_and_small_ones_refused() {
    let path = file("fractions.folded", b"main;a 100.5\nmain;b 20.25\nmain;c 1e3\n");
    assert_eq!(run(&["check", "--max-total", "2000", &path]).code, 0);
    assert_eq!(run(&["check", "--max-total", "1000", &path]).code, 1);
    let whole = run(&["report", "top", &file("whole.folded", b"main;a 1e3\nmain;b 2.5E+2\n")]);
    assert!(whole.stderr.is_empty() && whole.stdout.contains("1.25k"), "{}{}", whole.stdout, whole.stderr);
    let small = (0..100).map(|n| format!("main;f{n} 0.4\n")).collect::<Vec<_>>().concat();
    let outcome = run(&["report", "top", &file("small.folded", small.as_bytes())]);
    assert!(outcome.code == 2 && outcome.stderr.contains("multiply them"), "{}", outcome.stderr);
    let twenty = "main;a 0.4 0.6\n".repeat(20);
    let outcome = run(&["report", "diff", &file("columns.folded", twenty.as_bytes())]);
    assert!(outcome.stderr.contains("the base, 8, and the second the current one, 12"), "{}", outcome.stderr);
}

#[test]
fn frames_that_begin_with_a_number_sign_are_no_comments() {
    let path = file("private.folded", b"# a comment\n#root;#private 100\nmain;b 39\n");
    let outcome = run(&["report", "top", &path]);
    assert!(outcome.stdout.contains("samples: 139"), "{}", outcome.stdout);
}

#[test]
fn a_table_of_memray_that_is_cut_does_not_hold() {
    let head = "allocator,num_allocations,size,tid,thread_name,stack_trace\n";
    let row = "MALLOC,3,300,0x1,MainThread,f;a.py;1|main;a.py;9\n";
    for cut in ["CALLOC,3,300\n", "MALLOC,3,300,0x1,MainThread,f;a.p"] {
        let path = file("cut.csv", [head, row, row, cut].concat().as_bytes());
        let outcome = run(&["check", "--max-total", "1GiB", &path]);
        assert_eq!(outcome.code, 2, "{cut}: {}{}", outcome.stdout, outcome.stderr);
    }
    let whole = file("whole.csv", [head, row, row].concat().as_bytes());
    assert_eq!(run(&["check", "--max-total", "1GiB", &whole]).code, 0);
}

#[test]
fn a_dump_of_php_memprof_counts_bytes() {
    let words = |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut dump = b"--- symbol\nbinary=todo.php\n0x10 main\n0x20 load\n---\n--- profile\n".to_vec();
    dump.extend(words(&[0, 3, 0, 0, 0, 4096, 2, 0x20, 0x10, 1024, 1, 0x10]));
    let outcome = run(&["report", "top", &file("memprof.heap", &dump)]);
    assert!(outcome.stdout.contains("space: 5.00 KiB (5,120 B)"), "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn names_of_a_go_text_survive_its_tabs() {
    let text = "heap profile: 1: 1024 [2: 2048] @ heap/2\n1: 1024 [2: 2048] @ 0x47d0ad 0x47d1ad\n\
                #    0x47d0ac    main.alloc+0x1c    /src/main.go:12\n#    0x47d1ac    main.main+0x5c    /src/main.go:30\n";
    let outcome = run(&["report", "top", &file("spaces.txt", text.as_bytes())]);
    assert!(outcome.stdout.contains("main.alloc"), "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn half_a_pair_of_surrogates_is_one_unknown_letter() {
    let text = r#"{"head":{"callFrame":{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},"selfSize":0,"id":1,"children":[{"callFrame":{"functionName":"a\ud83d","scriptId":"1","url":"a.js","lineNumber":1,"columnNumber":1},"selfSize":100,"id":2,"children":[]}]},"samples":[{"size":100,"nodeId":2,"ordinal":1}]}"#;
    let outcome = run(&["report", "top", &file("half.heapprofile", text.as_bytes())]);
    assert!(outcome.code == 0 && outcome.stdout.contains("a\u{fffd}"), "{}{}", outcome.stdout, outcome.stderr);
}
