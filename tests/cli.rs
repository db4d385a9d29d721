//! Command line in scripts: exit codes, messages, output.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use crate::support::{command, data, golden, result, run, run_with, signal, spawn};

/// Creates an empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn every_broken_file_gets_its_code_and_its_line() {
    let mut names: Vec<_> = fs::read_dir(data().join("malformed")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    let mut said = String::new();
    for name in names.iter().map(|name| name.to_str().unwrap()) {
        let outcome = run(&["report", "top", "--limit", "1", &format!("malformed/{name}")]);
        assert!(outcome.code == 0 || outcome.stdout.is_empty(), "{name}: a failure prints no result");
        assert!(
            !outcome.stderr.contains("backtrace") && !outcome.stderr.contains("panicked"),
            "{name}: {}",
            outcome.stderr
        );
        writeln!(said, "{name}: exit {}", outcome.code).unwrap();
        for line in outcome.stderr.lines() {
            writeln!(said, "    {line}").unwrap();
        }
    }
    golden("cli", "malformed", &said);
}

#[test]
fn help_is_as_it_was() {
    golden("cli", "help", &result(&["--help"]));
    golden("cli", "help-report", &result(&["report", "--help"]));
    assert_eq!(result(&["--version"]), format!("heapglass {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn mistakes_in_the_command_line_say_what_would_be_right() {
    let mut said = String::new();
    for args in [
        &[][..],
        &["--reset", "--demo"],
        &["report"],
        &["report", "tpo", "pprof/node.pb.gz"],
        &["report", "top"],
        &["report", "top", "--sample-type", "inuse_spice", "pprof/node.pb.gz"],
        &["report", "top", "--sample-type", "9", "pprof/node.pb.gz"],
        &["report", "top", "--aggregate", "median", "pprof/node.pb.gz"],
        &["report", "top", "--window", "7..3", "pprof/node.pb.gz"],
        &["report", "top", "--window", "9", "pprof/node.pb.gz"],
        &["report", "top", "--window", "-30", "pprof/node.pb.gz"],
        &["report", "top", "--base-window", "2026-11-22T15:00:00Z..", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"],
        &["report", "diff", "pprof/node.pb.gz"],
        &["report", "diff", "--explain", "-1", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"],
        &["check", "--max-growth", "5%", "--sigma", "-1", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"],
        &["report", "leaks", "pprof/node.pb.gz"],
        &["report", "leaks", "pprof/go-delta.pb.gz", "pprof/go-delta.pb.gz"],
        &["report", "summary", "--format", "csv", "pprof/node.pb.gz"],
        &["report", "diff", "--base", "pprof/go-shop-1.pb.gz", "pprof/node.pb.gz"],
        &["report", "top", "--base", "pprof/no-such.pb.gz", "pprof/node.pb.gz"],
        &["report", "top", "--max-memory", "10MB", "pprof/node.pb.gz"],
        &["report", "top", "--granularity", "modules", "pprof/node.pb.gz"],
        &["report", "top", "--force", "pprof/node.pb.gz"],
        &["--demo", "pprof/node.pb.gz"],
        &["--theme", "none-such", "--demo"],
        &["--color", "always", "--demo"],
        &["no/such/file.pb.gz"],
        &["oracle"],
        &["pprof/\u{1b}[31mred.pb.gz"],
    ] {
        let outcome = run(args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{args:?}");
        assert!(!outcome.stderr.contains('\u{1b}'), "{args:?}");
        writeln!(said, "$ heapglass {}\n{}", args.join(" ").escape_debug(), outcome.stderr).unwrap();
    }
    golden("cli", "mistakes", &said);
}

#[test]
fn a_bad_file_among_good_ones_is_passed_over() {
    let outcome = run(&["report", "top", "pprof/node.pb.gz", "malformed/empty.pb.gz", "no/such.pb"]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.contains("malformed/empty.pb.gz: empty"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("no/such.pb: no such file"), "{}", outcome.stderr);
    let alone = result(&["report", "top", "pprof/node.pb.gz"]);
    assert_eq!(outcome.stdout, alone);
    let outcome = run(&["report", "summary", "--format", "json", "pprof/node.pb.gz", "malformed/empty.pb.gz"]);
    let summary: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(summary["skipped"][0]["source"], "malformed/empty.pb.gz");
    assert!(summary["skipped"][0]["reason"].as_str().unwrap().starts_with("empty"));
}

#[test]
fn the_unit_of_folded_stacks_is_asked_for() {
    let summary = |args: &[&str]| {
        let all = [&["report", "summary", "--format", "json", "folded/small.txt"], args].concat();
        let summary: serde_json::Value = serde_json::from_str(&result(&all)).unwrap();
        summary["snapshots"][0]["sample_types"][0].clone()
    };
    assert_eq!(summary(&[])["unit"], "count");
    let bytes = summary(&["--unit", "bytes", "--sample-type", "inuse_space"]);
    assert_eq!((&bytes["name"], &bytes["unit"]), (&"space".into(), &"bytes".into()));
    assert_eq!(run(&["report", "top", "--unit", "lumps", "folded/small.txt"]).code, 2);
}

#[test]
fn a_directory_is_all_its_profiles() {
    let folder = folder("directory");
    for name in ["b.pb.gz", "a.pb.gz"] {
        fs::copy(data().join("pprof/node.pb.gz"), folder.join(name)).unwrap();
    }
    fs::write(folder.join("notes.txt"), "not a profile").unwrap();
    let outcome = run(&["report", "summary", "--format", "json", folder.to_str().unwrap()]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let summary: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let sources: Vec<_> =
        summary["snapshots"].as_array().unwrap().iter().map(|s| s["source"].as_str().unwrap()).collect();
    assert!(sources[0].ends_with("a.pb.gz") && sources[1].ends_with("b.pb.gz"), "{sources:?}");
    assert!(outcome.stderr.contains("notes.txt"), "{}", outcome.stderr);

    fs::remove_file(folder.join("a.pb.gz")).unwrap();
    fs::remove_file(folder.join("b.pb.gz")).unwrap();
    assert_eq!(run(&["report", "top", folder.to_str().unwrap()]).code, 2, "no profile in it");
    fs::remove_file(folder.join("notes.txt")).unwrap();
    assert_eq!(run(&["report", "top", folder.to_str().unwrap()]).code, 2, "nothing in it");
}

#[test]
fn standard_input_and_the_demo_are_sources() {
    let bytes = fs::read(data().join("pprof/node.pb.gz")).unwrap();
    let piped = run_with(&["report", "top", "-"], &bytes);
    assert_eq!((piped.code, piped.stderr.as_str()), (0, ""));
    let from_file = result(&["report", "top", "pprof/node.pb.gz"]);
    assert_eq!(piped.stdout, from_file.replacen("pprof/node.pb.gz", "-", 1));
    assert_eq!(run_with(&["report", "top", "-"], b"").code, 2);

    let demo = result(&["report", "summary", "--demo"]);
    assert!(
        demo.starts_with("holds 7.67 MiB less than the base (-27.4%) · bytes.Clone holds 46.1% (9.35 MiB)")
            && demo.contains("\ndemo:after\n"),
        "{demo}"
    );
    let before = result(&["report", "summary", "demo:before"]);
    assert!(before.contains("\ndemo:before\n") && before != demo, "{before}");
}

#[test]
fn without_a_screen_the_explorer_is_a_summary_and_the_top() {
    let text = result(&["pprof/node.pb.gz"]);
    let summary = result(&["report", "summary", "pprof/node.pb.gz"]);
    let top = result(&["report", "top", "pprof/node.pb.gz"]);
    assert_eq!(text, format!("{summary}\n{top}"));
}

#[test]
fn a_file_is_only_overwritten_by_force() {
    let path = folder("output").join("top.txt");
    let name = path.to_str().unwrap();
    let args = ["report", "top", "-o", name, "pprof/node.pb.gz"];
    assert_eq!(result(&args), "");
    let want = result(&["report", "top", "pprof/node.pb.gz"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), want);

    fs::write(&path, "precious").unwrap();
    let outcome = run(&args);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("exists already") && outcome.stderr.contains("--force"), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert_eq!(run(&["report", "top", "-o", name, "malformed/empty.pb.gz", "--force"]).code, 2);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious", "a load that fails leaves the file alone");
    assert_eq!(result(&[&args[..], &["--force"]].concat()), "");
    assert_eq!(fs::read_to_string(&path).unwrap(), want);
}

#[test]
fn a_report_that_was_asked_for_as_a_form_is_named() {
    let outcome = run(&["report", "top", "--format", "svg", "pprof/go-shop-2.pb.gz"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.ends_with("hint: `heapglass report svg` prints it\n"), "{}", outcome.stderr);
    let outcome = run(&["report", "top", "--format", "jsn", "pprof/go-shop-2.pb.gz"]);
    assert!(outcome.stderr.ends_with("hint: a similar value exists: `json`\n"), "{}", outcome.stderr);
}

#[test]
fn a_command_after_an_option_is_told() {
    let outcome = run(&["--color", "never", "report", "top", "pprof/go-shop-2.pb.gz"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    let expected = "heapglass: `report` is a command, and options come after it\n\
                    hint: `heapglass report …`; a file of that name is `./report`\n";
    assert_eq!(outcome.stderr, expected);
}

#[test]
fn limits_end_with_three_and_name_their_option() {
    for (option, value) in
        [("--max-memory", "10K"), ("--max-input", "1K"), ("--max-inflated", "1KiB"), ("--max-records", "5")]
    {
        let outcome = run(&["report", "top", option, value, "pprof/go-shop-1.pb.gz"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{option}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(option), "{option}: {}", outcome.stderr);
    }
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let mut child = spawn(&["report", "tree", "--limit", "0", "pprof/go-deep.pb.gz"]);
    let mut first = [0; 16];
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_exact(&mut first).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
}

#[test]
fn colour_and_ascii_are_as_asked() {
    let bold = result(&["report", "top", "--color", "256", "pprof/node.pb.gz"]);
    assert!(bold.contains("\x1b[1m"));
    let plain = result(&["report", "top", "pprof/node.pb.gz"]);
    assert!(!plain.contains('\x1b'));
    assert_eq!(result(&["report", "top", "--color", "never", "pprof/node.pb.gz"]), plain);
    let ascii = result(&["report", "top", "--ascii", "--limit", "5", "malformed/names-unicode-control.pb.gz"]);
    assert!(ascii.is_ascii(), "{ascii}");
    let no_color = command(&["report", "top", "pprof/node.pb.gz"]).env("NO_COLOR", "1").output().unwrap();
    assert_eq!(String::from_utf8(no_color.stdout).unwrap(), plain);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_a_file() {
    let path = folder("pipe").join("profile");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.is_ok_and(|status| status.success()));
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || fs::write(path, fs::read(data().join("pprof/node.pb.gz")).unwrap()))
    };
    let text = result(&["report", "top", path.to_str().unwrap()]);
    writer.join().unwrap().unwrap();
    assert!(text.contains("inuse_space"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_endless_device_ends() {
    let outcome = run(&["report", "top", "--max-input", "1M", "/dev/zero"]);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
}

#[test]
fn inputs_are_left_as_they_were() {
    let path = folder("input").join("profile.pb.gz");
    fs::copy(data().join("pprof/node.pb.gz"), &path).unwrap();
    let before = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    result(&["report", "top", path.to_str().unwrap()]);
    let after = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    assert!(before == after);
}

#[test]
fn a_signal_ends_a_report_with_its_code() {
    let folder = std::env::temp_dir().join(format!("heapglass-signals-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (name, code) in [("INT", 130), ("TERM", 143), ("QUIT", 131)] {
        let pipe = folder.join(name);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let mut child = spawn(&["report", "top", pipe.to_str().unwrap()]);
        // A pipe can be opened for writing once the program has opened it for reading; by then it handles signals.
        let _writer = fs::File::options().write(true).open(&pipe).unwrap();
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn output_never_goes_through_a_link() {
    let folder = folder("links");
    let (target, link) = (folder.join("target"), folder.join("link"));
    fs::write(&target, "untouched").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let refused = run(&["report", "top", "pprof/node.pb.gz", "-o", link.to_str().unwrap()]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    let dangling = folder.join("dangling");
    std::os::unix::fs::symlink(folder.join("nowhere"), &dangling).unwrap();
    let refused = run(&["report", "top", "pprof/node.pb.gz", "-o", dangling.to_str().unwrap()]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(!folder.join("nowhere").exists());
    result(&["report", "top", "pprof/node.pb.gz", "-o", link.to_str().unwrap(), "--force"]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
    assert!(fs::symlink_metadata(&link).unwrap().is_file(), "the link gave way to the file");
    let names = fs::read_dir(&folder).unwrap().count();
    assert_eq!(names, 3, "nothing else is left");
}

#[test]
fn output_to_a_device_is_written_in_place() {
    result(&["report", "top", "pprof/node.pb.gz", "-o", "/dev/null", "--force"]);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

/// A limit on the file size simulates a full disk: the old file stays, without any other.
#[test]
fn a_write_that_fails_leaves_the_old_file() {
    let folder = folder("full");
    let path = folder.join("out.json");
    fs::write(&path, "old").unwrap();
    for force in [true, false] {
        let target = if force { path.clone() } else { folder.join("new.json") };
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", "ulimit -f 0; exec \"$0\" \"$@\""])
            .arg(assert_cmd::cargo::cargo_bin!("heapglass"))
            .current_dir(data());
        command.args(["report", "top", "--format", "json", "--limit", "0", "pprof/node.pb.gz", "-o"]).arg(&target);
        let output = command.args(force.then_some("--force")).env_clear().output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

/// The output is written while the process waits for a reader of its standard error, so that the signal comes in between.
#[test]
fn a_signal_leaves_the_old_file_and_nothing_else() {
    let folder = folder("signalled");
    let (path, pipe) = (folder.join("out.txt"), folder.join("pipe"));
    fs::write(&path, "old").unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for signal in ["TERM", "USR1", "XCPU", "HUP"] {
        // The second source is a pipe without a writer, so the process waits.
        let child = spawn(&[
            "report",
            "top",
            "pprof/node.pb.gz",
            pipe.to_str().unwrap(),
            "-o",
            path.to_str().unwrap(),
            "--force",
        ]);
        let writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        crate::support::signal(&child, signal);
        let ended = child.wait_with_output().unwrap();
        drop(writer);
        assert!(ended.status.code().is_some_and(|code| code > 128), "{signal}: {:?}", ended.status);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

#[test]
fn many_warnings_and_complaints_are_counted() {
    let folder = folder("many");
    let settings = folder.join("many.toml");
    let lines: Vec<String> = (0..5000).map(|n| format!("unknown_{n} = 1")).collect();
    fs::write(&settings, lines.join("\n")).unwrap();
    let outcome = run(&["report", "top", "pprof/node.pb.gz", "--config", settings.to_str().unwrap()]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.lines().count() < 30, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("and 4980 more lines"), "{}", outcome.stderr);
    // One snapshot a hundred times: each one causes a warning.
    let sources = folder.join("twice");
    fs::create_dir_all(&sources).unwrap();
    let bytes = fs::read(data().join("pprof/go-shop-1.pb.gz")).unwrap();
    for number in 0..100 {
        fs::write(sources.join(format!("{number:03}.pb.gz")), &bytes).unwrap();
    }
    let outcome = run(&["report", "top", sources.to_str().unwrap()]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.lines().count() < 20, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("more warnings"), "{}", outcome.stderr);
}

#[test]
fn the_words_of_another_command_line_lead_to_the_report() {
    for kind in ["top", "tree", "callers"] {
        let outcome = run(&[kind, "pprof/go-shop-2.pb.gz"]);
        assert!(outcome.stderr.contains(&format!("heapglass report {kind} SOURCE")), "{}", outcome.stderr);
    }
    let outcome = run(&["no/such.pb", "pprof/go-shop-2.pb.gz"]);
    assert!(!outcome.stderr.contains("heapglass report"), "{}", outcome.stderr);
    let outcome = run(&["report", "diff", "--base-window", "1..1", "--window", "14..14", "shop-series"]);
    assert!(outcome.stderr.contains("the totals differ "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("if only the load differs, `--normalize` makes them equal"), "{}", outcome.stderr);
}

#[test]
fn options_without_an_effect_are_refused() {
    let (shop, base) = ("pprof/go-shop-2.pb.gz", "pprof/go-shop-1.pb.gz");
    for (args, option) in [
        (&["report", "top", "--key", "bytes", shop][..], "--key"),
        (&["report", "memory", "--focus", "main", shop], "--focus"),
        (&["report", "memory", "--sample-type", "alloc_space", shop], "--sample-type"),
        (&["report", "memory", "--per", "2", shop], "--per"),
        (&["report", "memory", "--base", base, shop], "--base"),
        (&["report", "memory", "--gogc-now", "50", shop], "--gogc-now"),
        (&["report", "top", "--cpus", "2", shop], "--cpus"),
        (&["report", "top", "--normalize", shop], "--normalize"),
        (&["report", "top", "--explain", "50", shop], "--explain"),
        (&["report", "top", "--per", "2:3", shop], "--per N:M"),
        (&["report", "top", "--step", "1m", shop], "--step"),
        (&["report", "top", "--seconds", "3", shop], "--seconds"),
        (&["report", "leaks", "--base", base, shop], "--base"),
        (&["report", "instances", "--base-window", "1", shop], "--base-window"),
        (&["report", "history", "--focus", "main", "no.jsonl"], "--focus"),
        (&["report", "history", "--sort", "name", "no.jsonl"], "--sort"),
        (&["report", "history", "--window", "1", "no.jsonl"], "--window"),
        (&["check", "--max-total", "1GiB", "--of", "1GiB", shop], "--when"),
        (&["check", "--max-total", "1GiB", "--normalize", shop], "--normalize"),
        (&["check", "--max-total", "1GiB", "--every", "1s", "--history", "h.jsonl", shop], "--history"),
        (
            &["check", "--max-growth", "5%", "--every", "1s", "--baseline", "b.json", "--update-baseline", shop],
            "--update-baseline",
        ),
        (&["check", "--max-total", "1GiB", "--explain", "3", "--base", base, shop], "--explain"),
        (&["check", "--max-function", "main=1GiB", "--normalize", shop], "--normalize"),
        (&["check", "--max-function", "main=1GiB", "--per", "7:3", shop], "--per N:M"),
        (&["check", "--max-function", "main=5%", "--normalize", "--baseline", "b.json", shop], "--normalize"),
        (&["check", "--max-growth", "5%", "--per", "7:3", "--baseline", "b.json", shop], "--per N:M"),
        (&["check", "--when", "heap > 1GiB", "--focus", "no-such", shop], "--focus"),
        (&["check", "--when", "heap > 1GiB", "--per", "3", shop], "--per"),
        (&["check", "--when", "heap > 1GiB", "--aggregate", "max", shop], "--aggregate"),
        (&["check", "--when", "heap > 1GiB", "--as", "level", shop], "--as"),
        (&["check", "--when", "heap > 1GiB", "--granularity", "files", shop], "--granularity"),
        (&["check", "--when", "heap > 1GiB", "--base", "no-such", shop], "--base"),
        (&["check", "--when", "heap > 1GiB", "--baseline", "no-such.json", shop], "--baseline"),
        (&["check", "--when", "heap > 1GiB", "--sample-type", "no-such", shop], "--sample-type"),
        (&["list", "--seconds", "3", "pyroscope+http://127.0.0.1:1"], "--seconds"),
    ] {
        let outcome = run(args);
        let line = outcome.stderr.lines().next().unwrap_or_default();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{args:?}: {}", outcome.stderr);
        assert!(line.contains(option) && outcome.stderr.contains("\nhint: "), "{args:?}: {}", outcome.stderr);
    }
}

#[test]
fn harmless_options_without_an_effect_are_named() {
    let (base, shop) = ("pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz");
    // Scripts give these to all commands alike.
    for (args, option) in [
        (&["report", "svg", "--limit", "0", shop][..], "--limit"),
        (&["report", "digest", "--limit", "3", shop], "--limit"),
        (&["report", "memory", "--limit", "3", "memory/account/steady"], "--limit"),
        (&["report", "labels", "--granularity", "files", shop], "--granularity"),
        (&["report", "labels", "--flip", shop], "--flip"),
        (&["report", "labels", "--no-inlines", shop], "--no-inlines"),
        (&["report", "labels", "--fold-recursion", shop], "--fold-recursion"),
        (&["report", "top", "--memory", "memory/account/fresh/proc-status.txt", shop], "--memory"),
        (&["report", "tree", "--relative", shop], "--relative"),
        (&["check", "--max-total", "1GiB", "--sigma", "3", shop], "--sigma"),
        (&["check", "--max-total", "1GiB", "--relative", shop], "--relative"),
        (&["report", "diff", "--relative", "--base", base, shop], "--relative"),
        (&["report", "top", "--explain", "5", "--base", base, shop], "--explain"),
        (&["report", "pprof", "--explain", "5", "--base", base, "-o", "/dev/null", shop], "--explain"),
        (&["report", "top", "--focus", "main", "--relative", "--base", base, shop], "on a comparison"),
        (&["report", "pprof", "--granularity", "files", "-o", "/dev/null", shop], "--granularity"),
        (&["report", "leaks", "--aggregate", "max", "pods"], "--aggregate"),
        (&["check", "--max-function", "main=1GiB", "--sigma", "3", shop], "--sigma"),
    ] {
        let outcome = run(args);
        assert_eq!(outcome.code, 0, "{args:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(option) && outcome.stderr.contains("hint: "), "{args:?}: {}", outcome.stderr);
    }
    for args in [
        &["report", "top", "--normalize", "--per", "2:3", "--base", base, shop][..],
        &["report", "diff", "--explain", "50", "--base", base, shop],
        &["report", "labels", "--focus", "main", "--relative", shop],
        &["report", "summary", "--memory", "memory/account/fresh/proc-status.txt", shop],
        &["check", "--max-growth", "1GiB", "--sigma", "3", "--base", base, shop],
        &["check", "--when", "heap > 1GiB", "--max-total", "1GiB", "--focus", "main", shop],
    ] {
        let outcome = run(args);
        assert_eq!(outcome.code, 0, "{args:?}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("has no"), "{args:?}: {}", outcome.stderr);
    }
}

#[test]
fn errors_of_files_and_headers_have_a_hint() {
    let shop = "pprof/go-shop-2.pb.gz";
    let cases: [(&[&str], &str); 5] = [
        (&["report", "history", "no-such.jsonl"], "check the path"),
        (&["report", "top", "http://127.0.0.1:1", "--header", "A: $NO_SUCH_VARIABLE"], "export the variable"),
        (&["report", "top", shop, "-o", "/dev/full"], "free some space"),
        (&["report", "top", shop, "-o", "pprof/go-shop-2.pb.gz/x"], "a part of the path is a file"),
        (&["record", "http://127.0.0.1:1", "--every", "1s", "--dir", shop], "a part of the path is a file"),
    ];
    for (args, hint) in cases {
        let outcome = run(args);
        assert_eq!(outcome.code, 2, "{args:?}: {}", outcome.stderr);
        let last = outcome.stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with("hint: ") && last.contains(hint), "{args:?}: {}", outcome.stderr);
    }
}

#[test]
fn hints_hold() {
    let shop = "pprof/go-shop-2.pb.gz";
    let folder = std::env::temp_dir().join(format!("heapglass-hints-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let dir = folder.to_str().unwrap();
    let manual = ["man", "--dir", dir];
    assert_eq!(run(&manual).code, 0);
    let made = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).to_str().unwrap().to_owned()
    };
    let log = made("requests.log", "requests=10\nrequests=900\n");
    let status = made("status.txt", "Name:\tshop\nVmRSS:\t  102400 kB\n");
    for (args, wanted, unwanted) in [
        (&manual[..], "exists already\nhint: remove the old pages first", "--force"),
        (&["report", "top", "-o", dir, shop], "is a directory\nhint: name a file in it", "--force"),
        (&["report", "memory", "--gogc-now", "off", "--what-if", shop], "write a whole number without a sign", "digit"),
        (&["report", "top", "--max-requests=-1", shop], "write a whole number without a sign", "digit"),
        (&["report", "top", "gcp-profiler://shop"], "`gcp-profiler://PROJECT/SERVICE` names one", "query="),
        (
            &["record", "--pid", "4194305", "--every", "1s", "--dir", dir, "http://127.0.0.1:1"],
            "`--pid 4194305`: no process on this machine",
            "refused",
        ),
        (&["check", "--when", "rss > 5MiB", shop], "`check --memory FILE`", "hint: `--pid"),
        (
            &["check", "--when", "rss > 5MiB", "--memory", &status, "pods"],
            "hint: it is known of other",
            "--memory FILE",
        ),
        (&["report", "leaks", "--per", "requests", "--gc-log", &log, "pods"], "`report top` divides", "instances"),
        (&["report", "leaks", "--per", "9", "pods"], "`report top` and `report instances` divide", "requests"),
        (
            &["check", "--max-total", "1GiB", "--base-tag-focus", "no=b", "--base", shop, "pprof/go-shop-1.pb.gz"],
            "`--base-tag-focus no=b` matches nothing",
            "`--tag-focus",
        ),
        (&["report", "diff", "--base-focus", "a(", "--base", shop, shop], "`--base-focus`: `a(`", "`--focus`"),
    ] {
        let outcome = run(args);
        assert_eq!(outcome.code, 2, "{args:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(wanted) && !outcome.stderr.contains(unwanted), "{args:?}: {}", outcome.stderr);
    }
    // A sample type is not advised in place of itself.
    let dump = |name: &str, held: usize| {
        let counts = format!("{held}: {} [200: 204800]", held * 1024);
        made(name, &format!("heap profile: {counts} @ heap/2\n{counts} @ 0x1\n#\t0x1\tmain.f+0x1\tx.go:1\n"))
    };
    let (before, after) = (dump("before.txt", 100), dump("after.txt", 90));
    let allocated = ["report", "top", "--sample-type", "alloc_space"];
    let outcome = run(&[&allocated[..], &[&before, &after]].concat());
    let line = "heapglass: `alloc_space` did not change in the window\nhint: `--aggregate last` takes";
    assert!(outcome.stderr.contains(line), "{}", outcome.stderr);
    // Only the other instance has a value of it.
    let freed = dump("freed.txt", 0);
    let outcome =
        run(&["report", "top", "--sample-type", "inuse_space", "--each", "--instance", "freed", &freed, &after]);
    let line =
        "no values for `inuse_space`\nhint: `--sample-type alloc_objects` has 200, `--sample-type alloc_space` has";
    assert!(outcome.stderr.contains(line) && !outcome.stderr.contains("type inuse_space"), "{}", outcome.stderr);
    fs::remove_dir_all(&folder).unwrap();
    let outcome = run(&["report", "top", "--limit", "1", "-o", "-", shop]);
    assert!(outcome.code == 0 && outcome.stdout.contains("inuse_space"), "{}", outcome.stderr);
    if cfg!(target_os = "linux") {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut program = std::process::Command::new(assert_cmd::cargo::cargo_bin!("heapglass"));
        assert_eq!(program.arg("--help").stdout(full).status().unwrap().code(), Some(2), "a full disk");
    }
}

#[test]
fn a_cut_archive_is_not_salvaged() {
    let path = std::env::temp_dir().join(format!("heapglass-cut-{}.tar.gz", std::process::id()));
    let whole = fs::read(data().join("archives/heap.tar.gz")).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let outcome = run(&["report", "top", path.to_str().unwrap()]);
    fs::remove_file(&path).unwrap();
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the archive was cut short") && !outcome.stderr.contains("--salvage"));
}
