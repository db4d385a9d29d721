//! `record`: every snapshot of a service is stored complete and unchanged, and events are reported.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::server::{Server, Stream, hold, ok, status};
use crate::support::snapshots::{Made, SECOND, bytes_of};
use crate::support::{json, result, run, signal, spawn};

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("heapglass-record-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    path
}

/// Counter of a service at its n-th request; a restart resets it.
fn snapshot(number: usize, restart: usize) -> Vec<u8> {
    let since = if number < restart { number + 1 } else { number - restart + 1 };
    let count = since as i64;
    let sites = vec![("work".to_owned(), [count, 100 * count, 10 * count, 1000 * count])];
    bytes_of(&Made { sites, time: (1_000 + number as i64) * SECOND, ..Made::default() })
}

/// Service that counts, restarts at one request, and fails for some.
fn service(restart: usize, away: std::ops::Range<usize>) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |head, stream| {
        if asks_for_figures(head) {
            return status(stream, "404 Not Found", "");
        }
        let number = asked.fetch_add(1, Ordering::SeqCst);
        if away.contains(&number) {
            return status(stream, "503 Service Unavailable", "starting");
        }
        ok(stream, &snapshot(number, restart))
    })
}

/// Text as one word of a shell.
fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Returns true for a request of the runtime's figures beside a snapshot.
fn asks_for_figures(head: &str) -> bool {
    head.lines().next().is_some_and(|line| line.contains("debug=1"))
}

/// Number of a request for a snapshot; `None` for one of figures.
fn count(head: &str, asked: &AtomicUsize) -> Option<usize> {
    (!asks_for_figures(head)).then(|| asked.fetch_add(1, Ordering::SeqCst))
}

/// Snapshots of a directory, without the figures beside them.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| !path.to_str().unwrap().ends_with(".memory.txt"));
    paths
        .into_iter()
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .collect()
}

#[test]
fn fifty_snapshots_are_recorded_through_a_restart_and_an_absence() {
    let (service, folder) = (service(20, 30..35), folder("fifty"));
    let path = folder.to_str().unwrap();
    let outcome = run(&["record", &service.url(""), "--every", "5ms", "--count", "50", "--dir", path]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""), "{}", outcome.stderr);
    let files = files(&folder);
    let given: Vec<_> =
        (0..55).filter(|number| !(30..35).contains(number)).map(|number| snapshot(number, 20)).collect();
    assert_eq!(files.len(), 50);
    let written: Vec<_> = files.iter().map(|(_, bytes)| bytes.clone()).collect();
    assert!(written == given, "in the order of their names they are what was given, to the byte");
    assert!(files.iter().all(|(name, _)| name.starts_with("heap-2") && name.ends_with("Z.pb")), "{files:?}");
    let said = &outcome.stderr;
    assert_eq!(said.matches("the service restarted: its counters start at 0 again").count(), 1, "{said}");
    assert!(
        said.contains("no snapshot: the server answered 503 Service Unavailable: starting; trying again every 5ms")
    );
    // A slow machine misses more ticks than those of the five answers.
    let (_, missed) = said.split_once("available again after ").and_then(|(_, rest)| rest.split_once(" s, ")).unwrap();
    let missed: usize = missed.split(' ').next().unwrap().replace(',', "").parse().unwrap();
    assert!(missed >= 5, "{said}");
    assert!(said.lines().last().unwrap().starts_with("50 snapshots written to "), "{said}");
    assert!(said.contains(", the service restarted once"), "{said}");
    assert_eq!(said.matches("  inuse_space ").count(), 50, "{said}");

    let summary = json(&["summary", path]);
    assert_eq!(summary["snapshots"].as_array().map(Vec::len), Some(50), "{summary}");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_recording_continues_and_keeps_old_snapshots() {
    let (service, folder) = (service(2, 0..0), folder("resume"));
    let path = folder.to_str().unwrap();
    let args = ["record", &service.url(""), "--every", "1ms", "--count", "2", "--dir", path];
    assert_eq!(run(&args).code, 0);
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let before = files(&folder);
    let outcome = run(&args);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("which has 2 snapshots"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the service restarted"), "also between two recordings: {}", outcome.stderr);
    let after = files(&folder);
    assert_eq!(after.len(), 5);
    assert!(before.iter().all(|file| after.contains(file)));
    result(&["report", "top", folder.join(&after[0].0).to_str().unwrap()]);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_signal_ends_a_recording_with_its_code_and_what_was_written() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let asked = AtomicUsize::new(0);
        let service = Server::start(move |head, stream| match count(head, &asked) {
            None => status(stream, "404 Not Found", ""),
            Some(number @ 0..3) => ok(stream, &snapshot(number, 100)),
            // The fourth request never ends: the signal comes during a fetch.
            Some(_) => hold(stream),
        });
        let folder = folder(name);
        let mut child = spawn(&["record", &service.url(""), "--every", "1ms", "--dir", folder.to_str().unwrap()]);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line.contains("  3  inuse_space")));
        signal(&child, name);
        let last = lines.last().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{last}");
        assert!(last.starts_with("3 snapshots written to "), "{last}");
        assert_eq!(files(&folder).len(), 3, "nothing unfinished is left");
        fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn a_reply_that_can_never_be_a_snapshot_ends_the_recording() {
    let folder = folder("never");
    let path = folder.to_str().unwrap();
    let page = Server::start(|_, stream| ok(stream, b"<!DOCTYPE html>"));
    let missing = Server::start(|_, stream| status(stream, "404 Not Found", "Unknown profile"));
    let record = |url: &str, more: &[&str]| run(&[&["record", url, "--every", "1ms", "--dir", path], more].concat());
    for (server, words) in [(&page, "not a profile: it starts with <!DOCTYPE html"), (&missing, "404 Not Found")] {
        let outcome = record(&server.url(""), &[]);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(words) && outcome.stderr.contains("\nhint: "), "{}", outcome.stderr);
    }
    let large = Server::start(|_, stream| ok(stream, &snapshot(1, 9)));
    assert_eq!(record(&large.url(""), &["--max-input", "10"]).code, 3);
    assert!(files(&folder).is_empty());
    assert_eq!(record("no/such/file", &[]).code, 2);
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "a file").unwrap();
    let outcome = record(&large.url(""), &[]);
    fs::remove_file(&folder).unwrap();
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
}

#[test]
fn a_service_that_was_there_is_waited_for_whatever_it_says() {
    let asked = AtomicUsize::new(0);
    let service = Server::start(move |head, stream| match count(head, &asked) {
        None | Some(1) => status(stream, "404 Not Found", ""),
        Some(2) => ok(stream, b"<!DOCTYPE html>"),
        Some(3) => ok(stream, &snapshot(0, 9)[..20]),
        Some(number) => ok(stream, &snapshot(number, 100)),
    });
    let folder = folder("waits");
    let path = folder.to_str().unwrap();
    let outcome = run(&["record", &service.url(""), "--every", "1ms", "--count", "2", "--dir", path]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(files(&folder).len(), 2, "what does not decode is not kept");
    assert!(outcome.stderr.contains("no snapshot: the server answered 404"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("still no snapshot since"), "{}", outcome.stderr);
    fs::remove_dir_all(&folder).unwrap();
}

/// Figures of a runtime: bytes of its objects, and bytes allocated since its start.
fn figures(heap: usize, allocated: usize) -> String {
    format!(
        "heap profile: 0: 0 [0: 0] @ heap/1048576\n\n# runtime.MemStats\n# TotalAlloc = {allocated}\n\
         # HeapAlloc = {heap}\n# HeapInuse = {heap}\n# HeapIdle = 0\n# HeapReleased = 0\n# Sys = {heap}\n\
         # NextGC = {heap}\n"
    )
}

/// Service that answers the n-th request of figures by `answer`, and every other one with a snapshot of 1 MiB.
fn with_figures(answer: impl Fn(usize, &mut dyn Stream) -> std::io::Result<()> + Send + Sync + 'static) -> Server {
    let (figures, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    Server::start(move |head, stream| {
        if asks_for_figures(head) {
            return answer(figures.fetch_add(1, Ordering::SeqCst), stream);
        }
        let number = asked.fetch_add(1, Ordering::SeqCst) as i64 + 1;
        let sites = vec![("work".to_owned(), [1, 1 << 20, number, number << 20])];
        ok(stream, &bytes_of(&Made { sites, time: (1_000 + number) * SECOND, ..Made::default() }))
    })
}

/// Sizes of the runtime's heap beside the snapshots of a directory, in MiB; `None` without figures.
fn heaps(folder: &Path) -> Vec<Option<i64>> {
    let summary = json(&["summary", folder.to_str().unwrap()]);
    let snapshots = summary["snapshots"].as_array().unwrap();
    snapshots.iter().map(|one| one["memory"]["heap_alloc"].as_i64().map(|bytes| bytes >> 20)).collect()
}

/// Service of a growing heap: its n-th snapshot holds n MiB, and its figures say as much.
fn growing() -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |head, stream| {
        let number = asked.load(Ordering::SeqCst) + 1;
        if asks_for_figures(head) {
            let heap = number << 20;
            return ok(stream, figures(heap, heap).as_bytes());
        }
        asked.fetch_add(1, Ordering::SeqCst);
        let bytes = (number as i64) << 20;
        let sites = vec![("work".to_owned(), [number as i64, bytes, number as i64, bytes])];
        ok(stream, &bytes_of(&Made { sites, time: (1_000 + number as i64) * SECOND, ..Made::default() }))
    })
}

#[test]
fn a_ring_keeps_the_newest_and_the_largest_and_figures_beside_them() {
    let (service, folder) = (growing(), folder("ring"));
    let path = folder.to_str().unwrap();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("heap-notes.pb"), "mine").unwrap();
    let args = ["record", &service.url(""), "--every", "1ms", "--count", "9", "--keep", "3", "--keep-peaks", "1"];
    let outcome = run(&[&args[..], &["--dir", path]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(fs::remove_file(folder.join("heap-notes.pb")).is_ok(), "a file of another name stays");
    let all = fs::read_dir(&folder).unwrap().count();
    assert_eq!((files(&folder).len(), all), (3, 6), "the newest are the largest here, each with its figures");
    let summary = json(&["summary", path]);
    let snapshots = summary["snapshots"].as_array().unwrap();
    let heaps: Vec<_> = snapshots.iter().map(|one| one["memory"]["heap_alloc"].as_i64().unwrap() >> 20).collect();
    assert_eq!(heaps, [7, 8, 9], "{summary}");
    let memory = json(&["memory", path]);
    let live = &memory["terms"][0];
    assert_eq!((live["kind"].as_str(), live["bytes"].as_i64()), (Some("live"), Some(9 << 20)), "{memory}");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_condition_decides_what_is_recorded_and_a_command_gets_each_file() {
    let (service, folder) = (growing(), folder("when"));
    let path = folder.to_str().unwrap();
    // Nothing is fetched until the condition holds, so that the heap does not grow before.
    let record = |more: &[&str]| {
        let args = ["record", &service.url(""), "--every", "2ms", "--dir", path, "--of", "10MiB"];
        run(&[&args[..], more].concat())
    };
    let marks = folder.with_extension("marks");
    fs::create_dir_all(&marks).unwrap();
    let exec = format!("cp {{}} '{}'", marks.display());
    let outcome = record(&["--when", "heap > 5%", "--count", "2", "--exec", &exec]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("heap > 5%: heap 1.00 MiB (10.0%)"), "{}", outcome.stderr);
    assert_eq!(files(&folder).len(), 2);
    assert_eq!(fs::read_dir(&marks).unwrap().count(), 2, "{}", outcome.stderr);
    fs::remove_dir_all(&folder).unwrap();
    fs::remove_dir_all(&marks).unwrap();
    for (condition, words) in [("swap > 1%", "neither `heap` nor `rss`"), ("heap", "write a condition as")] {
        let outcome = record(&["--when", condition]);
        assert!(outcome.code == 2 && outcome.stderr.contains(words), "{}", outcome.stderr);
    }
    let outcome = record(&["--when", "heap > 1", "--exec", "a 'b"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("a quote is not closed"), "{}", outcome.stderr);
}

#[test]
fn a_ring_keeps_a_file_until_its_command_has_ended() {
    let (service, folder) = (growing(), folder("ring-command"));
    let (path, gate) = (folder.to_str().unwrap(), folder.with_extension("gate"));
    fs::create_dir_all(&folder).unwrap();
    let _ = fs::remove_file(&gate);
    // The first command waits until the last snapshot is there; each then copies its file.
    let marks = folder.with_extension("marks");
    fs::create_dir_all(&marks).unwrap();
    let script = format!(
        "n=0; while [ $(ls '{path}' | grep -c memory) -lt 6 ] && [ ! -e '{gate}' ] && [ $n -lt 3000 ]; do n=$((n+1)); \
         sleep 0.01; done; touch '{gate}'; cp \"$0\" '{marks}'",
        gate = gate.display(),
        marks = marks.display()
    );
    let exec = format!("sh -c {}", shell_word(&script));
    let args = ["record", &service.url(""), "--every", "1ms", "--count", "6", "--keep", "1", "--exec", &exec];
    let outcome = run(&[&args[..], &["--dir", path]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(fs::read_dir(&marks).unwrap().count(), 6, "{}", outcome.stderr);
    assert_eq!(files(&folder).len(), 1, "what a command needed is removed at the end");
    fs::remove_dir_all(&folder).unwrap();
    fs::remove_dir_all(&marks).unwrap();
    fs::remove_file(&gate).unwrap();
}

#[test]
fn figures_of_the_profile_stand_in_where_the_service_has_none() {
    let (service, folder) = (service(1000, 0..0), folder("in-use"));
    let path = folder.to_str().unwrap();
    // The n-th snapshot holds n · 100 bytes.
    let args = ["record", &service.url(""), "--every", "1ms", "--count", "1", "--dir", path, "--when", "heap > 4500"];
    let outcome = run(&args);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("heap > 4500: heap 4.49 KiB"), "{}", outcome.stderr);
    assert_eq!(files(&folder).len(), 1);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn figures_that_are_missing_for_a_moment_are_asked_for_again_and_never_replaced() {
    let folder = folder("moment");
    let path = folder.to_str().unwrap();
    let service = || {
        with_figures(|number, stream| match number {
            1 => status(stream, "404 Not Found", ""),
            2 => ok(stream, b"<!DOCTYPE html>"),
            _ => ok(stream, figures(600 << 20, number << 30).as_bytes()),
        })
    };
    let record = |more: &[&str]| {
        let args = ["record", &service().url(""), "--every", "1ms", "--of", "1GiB", "--dir", path];
        run(&[&args[..], more].concat())
    };
    let outcome = record(&["--when", "heap > 512MiB", "--count", "3"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(heaps(&folder), [Some(600); 3], "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("no longer"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("no snapshot: the server answered 404 Not Found"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("no figures of memory: it starts with <!DOCTYPE html"), "{}", outcome.stderr);
    fs::remove_dir_all(&folder).unwrap();
    // Without a condition the snapshots are taken, and none has in-use bytes as its heap.
    let outcome = record(&["--count", "4"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(heaps(&folder), [Some(600), None, None, Some(600)], "{}", outcome.stderr);
    assert_eq!(outcome.stderr.matches("heap 600 MiB").count(), 2, "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("heap 1.00 MiB"), "{}", outcome.stderr);
    let words = "the size of the heap is not known now: the server answered 404";
    assert_eq!(outcome.stderr.matches(words).count(), 1, "{}", outcome.stderr);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_service_that_was_watched_is_waited_for_before_the_first_snapshot_too() {
    let folder = folder("watched");
    let service = with_figures(|number, stream| match number {
        0 => ok(stream, figures(1 << 20, 1 << 20).as_bytes()),
        1 => status(stream, "404 Not Found", ""),
        _ => ok(stream, figures(9 << 20, 9 << 20).as_bytes()),
    });
    let args = ["record", &service.url(""), "--every", "1ms", "--count", "1", "--dir", folder.to_str().unwrap()];
    let outcome = run(&[&args[..], &["--when", "heap > 5MiB"]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(files(&folder).len(), 1);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_largest_snapshot_stays_if_it_is_the_first() {
    let folder = folder("first-peak");
    // Its in-use bytes are fewer than the heap of the others.
    let service = with_figures(|number, stream| {
        ok(stream, figures(if number == 0 { 9 } else { 8 } << 20, (number + 1) << 30).as_bytes())
    });
    let args = ["record", &service.url(""), "--every", "1ms", "--count", "4", "--keep", "1", "--keep-peaks", "1"];
    let outcome = run(&[&args[..], &["--dir", folder.to_str().unwrap()]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(heaps(&folder), [Some(9), Some(8)], "{}", outcome.stderr);
    // A recording that continues compares by the same figure.
    let outcome = run(&[&args[..], &["--dir", folder.to_str().unwrap()]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(heaps(&folder), [Some(9), Some(8)], "{}", outcome.stderr);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn an_outage_begins_with_the_request_that_hangs_and_counts_its_ticks() {
    let (asked, folder) = (AtomicUsize::new(0), folder("hang"));
    let service = Server::start(move |head, stream| match count(head, &asked) {
        None => status(stream, "404 Not Found", ""),
        Some(1) => hold(stream),
        Some(number) => ok(stream, &snapshot(number, 100)),
    });
    let args = ["record", &service.url(""), "--every", "50ms", "--timeout", "500ms", "--count", "2"];
    let outcome = run(&[&args[..], &["--dir", folder.to_str().unwrap()]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let (_, words) = outcome.stderr.split_once("available again after ").unwrap();
    let seconds: f64 = words.split(' ').next().unwrap().parse().unwrap();
    let missed: u64 = words.split(", ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(seconds >= 0.5 && missed >= 9, "{}", outcome.stderr);
    fs::remove_dir_all(&folder).unwrap();
}

/// Answers of a service to requests for its figures, by their number.
type FigureAnswers = fn(usize, &mut dyn Stream) -> std::io::Result<()>;

#[test]
fn time_without_a_measurement_or_in_another_process_does_not_count_as_held() {
    let services: [FigureAnswers; 2] = [
        |number, stream| match number {
            1 => status(stream, "503 Service Unavailable", ""),
            _ => ok(stream, figures(9 << 20, (number + 1) << 30).as_bytes()),
        },
        // All that was allocated is less than before.
        |number, stream| ok(stream, figures(9 << 20, if number == 0 { 2 << 30 } else { 1 << 30 }).as_bytes()),
    ];
    for (number, answer) in services.into_iter().enumerate() {
        let (service, folder) = (with_figures(answer), folder(&format!("held-{number}")));
        let args = ["record", &service.url(""), "--every", "20ms", "--count", "1", "--dir", folder.to_str().unwrap()];
        let outcome = run(&[&args[..], &["--when", "heap > 5MiB", "--for", "1ms"]].concat());
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert_eq!(outcome.stderr.matches("heap > 5MiB: heap 9.00 MiB").count(), 2, "{}", outcome.stderr);
        fs::remove_dir_all(&folder).unwrap();
        let service = with_figures(answer);
        let outcome = run(&["check", &service.url(""), "--every", "20ms", "--when", "heap > 5MiB", "--for", "1ms"]);
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert_eq!(outcome.stderr.matches("broken: heap > 5MiB").count(), 2, "{}", outcome.stderr);
    }
}

#[test]
fn readings_are_denser_near_the_limit_also_by_the_profile() {
    let (asked, folder) = (AtomicUsize::new(0), folder("dense"));
    let service = Server::start(move |head, stream| match count(head, &asked) {
        None => status(stream, "404 Not Found", ""),
        Some(number) => {
            let bytes = (number as i64 + 5) * 100;
            let sites = vec![("work".to_owned(), [1, bytes, 1, bytes])];
            ok(stream, &bytes_of(&Made { sites, time: (1_000 + number as i64) * SECOND, ..Made::default() }))
        }
    });
    let args = ["record", &service.url(""), "--every", "2s", "--of", "1000", "--count", "3"];
    let start = std::time::Instant::now();
    let outcome = run(&[&args[..], &["--dir", folder.to_str().unwrap()]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(start.elapsed().as_secs_f64() < 4.0, "the third does not wait for its tick: {}", outcome.stderr);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn commands_that_wait_at_a_signal_run_to_their_end_and_the_ring_is_kept() {
    let (asked, folder) = (AtomicUsize::new(0), folder("signal-command"));
    let service = Server::start(move |head, stream| match count(head, &asked) {
        None => status(stream, "404 Not Found", ""),
        Some(number @ 0..3) => ok(stream, &snapshot(number, 100)),
        Some(_) => hold(stream),
    });
    let [gate, marks] = ["gate", "marks"].map(|name| folder.with_extension(name));
    let _ = fs::remove_file(&gate);
    fs::create_dir_all(&marks).unwrap();
    let script = format!(
        "n=0; while [ ! -e '{}' ] && [ $n -lt 3000 ]; do n=$((n+1)); sleep 0.01; done; cp \"$0\" '{}'",
        gate.display(),
        marks.display()
    );
    let exec = format!("sh -c {}", shell_word(&script));
    let args = ["record", &service.url(""), "--every", "1ms", "--keep", "1", "--exec", &exec];
    let mut child = spawn(&[&args[..], &["--dir", folder.to_str().unwrap()]].concat());
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("  3  inuse_space")));
    signal(&child, "TERM");
    assert!(lines.any(|line| line.contains("waiting at most 5s for 3 commands")));
    fs::write(&gate, "").unwrap();
    let last = lines.last().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143), "{last}");
    assert!(last.starts_with("3 snapshots written to "), "{last}");
    assert_eq!((fs::read_dir(&marks).unwrap().count(), files(&folder).len()), (3, 1), "{last}");
    for folder in [&folder, &marks] {
        fs::remove_dir_all(folder).unwrap();
    }
    fs::remove_file(&gate).unwrap();
}
