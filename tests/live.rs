//! Live mode: new snapshots join the series, and the selection stays.

use std::sync::atomic::{AtomicUsize, Ordering};

use heapglass::format::pprof::message;
use heapglass::play::{Options, Session};
use prost::Message;

use crate::support::server::{Server, hold, ok, status};
use crate::support::snapshots::{Made, bytes_of, folder, heap};
use crate::support::terminal::End;
use crate::support::{data, explore};

/// Nanoseconds from midnight to 13:20:00.
const AT: i64 = 48_000 * 1_000_000_000;

fn shop(number: usize) -> String {
    let mut files: Vec<_> =
        std::fs::read_dir(data().join("shop-series")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files[number % files.len()].to_str().unwrap().to_owned()
}

/// Session on the first snapshots in live mode.
fn live(count: usize) -> Session {
    let sources: Vec<String> = (0..count).map(shop).collect();
    let mut session = Session::open(&sources, Options { width: 120, height: 30, ..Options::default() }).unwrap();
    session.go_live("10s");
    session
}

fn keys(session: &mut Session, keys: &[&str]) {
    for key in keys {
        session.key(key).unwrap();
    }
}

fn shows(session: &Session, words: &str) {
    let screen = session.frame().to_string();
    assert!(screen.contains(words), "no `{words}` in\n{screen}");
}

#[test]
fn a_window_over_all_grows_and_the_place_stays() {
    let mut session = live(1);
    shows(&session, "── live 10s ──");
    keys(&mut session, &["Down", "Down", "Enter", "a"]);
    session.type_text("/Gen");
    keys(&mut session, &["Enter"]);
    let before = session.frame().to_string();
    for number in 1..4 {
        session.look(shop(number), 1000, AT);
    }
    shows(&session, "1..4 of 4");
    shows(&session, "live 10s, last 13:20:00");
    let after = session.frame().to_string();
    let crumbs = |screen: &str| screen.lines().nth(2).unwrap().split("zoom").next().unwrap().trim().to_owned();
    assert_eq!(crumbs(&before), crumbs(&after), "the selection and the zoom stay");
    shows(&session, "alloc space");
    shows(&session, "find /Gen/");
}

#[test]
fn a_window_that_ended_with_the_last_snapshot_follows_and_others_stay() {
    for (moves, before, after) in [
        (&["{"][..], "1..3 of 4", "1..3 of 5"),
        (&["{", "]"], "2..4 of 4", "2..5 of 5"),
        (&["{", "{", "{", "]", "]", "]"], "snapshot: 4 of 4", "snapshot: 5 of 5"),
        (&["{", "{", "{", "]"], "snapshot: 2 of 4", "snapshot: 2 of 5"),
    ] {
        let mut session = live(4);
        keys(&mut session, moves);
        shows(&session, before);
        session.look(shop(4), 1000, AT);
        shows(&session, after);
    }
    let mut session = live(3);
    keys(&mut session, &["d"]);
    shows(&session, "A …20261122T131333Z… 13:13:33 9.02 MiB  →  B …20261122T131353Z…");
    session.look(shop(3), 1000, AT);
    shows(&session, "A …20261122T131333Z… 13:13:33 9.02 MiB  →  B …20261122T131403Z…");
}

#[test]
fn the_oldest_snapshots_go_and_that_is_said() {
    let mut session = live(3);
    keys(&mut session, &["{"]);
    shows(&session, "1..2 of 3");
    session.look(shop(3), 3, AT);
    shows(&session, "the last 3 snapshots are kept, older ones dropped");
    keys(&mut session, &["Left"]);
    shows(&session, "snapshot: 1 of 3");
}

#[test]
fn a_service_that_is_away_is_said_until_it_comes_back() {
    let mut session = live(2);
    session.look("no/such/file", 1000, AT);
    shows(&session, "no snapshot: no such file or directory");
    shows(&session, "live 10s, down since 13:20:00");
    session.look("no/such/file", 1000, AT + 60_000_000_000);
    shows(&session, "down since 13:20:00");
    session.look(shop(2), 1000, AT + 120_000_000_000);
    shows(&session, "live 10s, last 13:22:00");
    assert!(!session.frame().to_string().contains("no snapshot"));
}

#[test]
fn leaving_asks_once_for_snapshots_in_no_file_and_save_writes_them() {
    let folder = std::env::temp_dir().join(format!("heapglass-save-{}", std::process::id()));
    let files = || {
        let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    };
    let mut session = live(2);
    session.resize(200, 30);
    session.look(shop(2), 1000, AT);
    keys(&mut session, &["q"]);
    shows(&session, "q again loses 3 unsaved snapshots; :save DIR saves");
    assert_eq!(session.end(), None);
    session.type_text(&format!(":save {}", folder.display()));
    keys(&mut session, &["Enter"]);
    shows(&session, "wrote 3 snapshots to ");
    let written = files();
    let total = |path: &std::path::Path| {
        heapglass::Loader::new().load([path.to_owned()]).unwrap().series.snapshots()[0].totals.clone()
    };
    let totals: Vec<_> = written.iter().map(|path| total(path)).collect();
    assert_eq!(totals, (0..3).map(|number| total(shop(number).as_ref())).collect::<Vec<_>>());
    // A file is never replaced, and what is saved is not written again.
    session.look(shop(3), 1000, AT + 1);
    std::fs::write(folder.join("heap-20261122T131403.000Z.pb.gz"), "mine").unwrap();
    session.type_text(&format!(":save {}", folder.display()));
    keys(&mut session, &["Enter"]);
    shows(&session, "wrote 1 snapshot to ");
    assert_eq!(files().len(), 5);
    assert_eq!(std::fs::read(folder.join("heap-20261122T131403.000Z.pb.gz")).unwrap(), b"mine");
    session.type_text(&format!(":save {}", folder.display()));
    keys(&mut session, &["Enter"]);
    shows(&session, "all snapshots are saved");
    keys(&mut session, &["Esc", "q"]);
    assert_eq!(session.end(), Some(heapglass::play::End::Quit), "nothing would be lost");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_question_before_leaving_is_asked_once_and_only_where_something_is_lost() {
    let mut session = live(2);
    keys(&mut session, &["q", "Down", "q"]);
    assert_eq!(session.end(), Some(heapglass::play::End::Quit));
    let mut session = live(2);
    keys(&mut session, &["Ctrl-C"]);
    assert_eq!(session.end(), Some(heapglass::play::End::Interrupted));
    let mut session = live(1);
    keys(&mut session, &["q"]);
    assert_eq!(session.end(), Some(heapglass::play::End::Quit), "one snapshot is not a series");
}

#[test]
fn the_live_mark_is_visible_at_every_size() {
    let mut session = live(2);
    session.skip_tls_verification();
    shows(&session, "insecure: certificates are not verified");
    for (width, height) in [(80, 24), (60, 20), (40, 10)] {
        session.resize(width, height);
        shows(&session, "insecure");
        shows(&session, "live 10s");
    }
}

/// Returns true for a request of the runtime's figures beside a snapshot.
fn is_for_figures(head: &str) -> bool {
    head.lines().next().is_some_and(|line| line.contains("debug=1"))
}

#[test]
fn snapshots_come_in_while_one_looks_and_q_waits_for_none() {
    let asked = AtomicUsize::new(0);
    let asked = move |head: &str| (!is_for_figures(head)).then(|| asked.fetch_add(1, Ordering::SeqCst));
    let service = Server::start(move |head, stream| match asked(head) {
        Some(number @ (0..3 | 5..7)) => ok(stream, &std::fs::read(shop(number)).unwrap()),
        None => status(stream, "404 Not Found", ""),
        Some(3..5) => status(stream, "503 Service Unavailable", ""),
        // From here on a fetch never ends.
        Some(_) => hold(stream),
    });
    let mut terminal = explore(&[&service.url(""), "--every", "20ms"]);
    terminal.wait_for("5 of 5");
    terminal.wait_for("live 20ms, last");
    terminal.keys("\x1b[B");
    terminal.wait_for("all › ");
    terminal.keys("q");
    terminal.wait_for("q again loses 5 unsaved snapshots");
    terminal.keys("q");
    let left = terminal.wait();
    left.check(&End::Code(0));
}

#[test]
fn a_key_looks_at_once() {
    let asked = AtomicUsize::new(0);
    let service = Server::start(move |head, stream| {
        if is_for_figures(head) {
            return status(stream, "404 Not Found", "");
        }
        let number = asked.fetch_add(1, Ordering::SeqCst);
        ok(stream, &std::fs::read(shop(number)).unwrap())
    });
    let mut terminal = explore(&[&service.url(""), "--every", "1h"]);
    terminal.wait_for("live 1h");
    terminal.keys("R");
    terminal.wait_for("2 of 2");
    terminal.keys("q");
    terminal.wait_for("q again loses 2 unsaved snapshots");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn a_log_is_read_again_with_each_new_snapshot() {
    let folder = std::env::temp_dir().join(format!("heapglass-live-log-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("heaps")).unwrap();
    let copy = |number: usize| std::fs::copy(shop(number), folder.join(format!("heaps/{number}.pb.gz"))).unwrap();
    copy(0);
    let text = std::fs::read_to_string(data().join("gc-logs/shop-gctrace.log")).unwrap();
    let log = folder.join("gc.log");
    let first: Vec<&str> = text.lines().take(3).collect();
    std::fs::write(&log, first.join("\n")).unwrap();
    let heaps = folder.join("heaps");
    let args = [heaps.to_str().unwrap(), "--gc-log", log.to_str().unwrap(), "--every", "20ms"];
    let mut terminal = explore(&args);
    terminal.wait_for("live 20ms");
    std::fs::write(&log, &text).unwrap();
    copy(1);
    copy(2);
    terminal.wait_for("3 of 3");
    terminal.keys("H");
    terminal.wait_for("gc.log (Go gctrace, 119 events)");
    terminal.keys("\x1b");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_directory_is_looked_at_too() {
    let folder = std::env::temp_dir().join(format!("heapglass-live-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(shop(0), folder.join("a.pb.gz")).unwrap();
    let mut terminal = explore(&[folder.to_str().unwrap(), "--every", "20ms"]);
    terminal.wait_for("live 20ms");
    std::fs::write(folder.join("b.pb.gz"), "half").unwrap();
    std::fs::copy(shop(1), folder.join("c.pb.gz")).unwrap();
    terminal.wait_for("2 of 2");
    std::fs::copy(shop(2), folder.join("b.pb.gz")).unwrap();
    terminal.wait_for("3 of 3");
    // An unreadable file is reported, and health has the whole message.
    std::fs::write(folder.join("junk"), "no profile at all").unwrap();
    terminal.wait_for("junk: not a profile: it is text (skipped)");
    terminal.keys("H");
    terminal.wait_for("junk: not a profile: it is text (skipped).");
    terminal.keys("\x1b");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_window_keeps_its_snapshots_when_an_older_one_arrives() {
    let sources: Vec<String> = (1..5).map(shop).collect();
    let options = || Options { width: 120, height: 30, ..Options::default() };
    let mut session = Session::open(&sources, options()).unwrap();
    session.go_live("10s");
    keys(&mut session, &["{", "{"]);
    shows(&session, "1..2 of 4");
    session.look(shop(0), 1000, AT);
    shows(&session, "2..3 of 5");
}

/// Snapshot with only the sample types whose names begin with `prefix`.
fn only(prefix: &str, made: &Made) -> Vec<u8> {
    let mut profile = message::Profile::decode(&*bytes_of(made)).unwrap();
    let name =
        |profile: &message::Profile, at: i64| String::from_utf8_lossy(&profile.string_table[at as usize]).into_owned();
    let kept: Vec<bool> =
        profile.sample_type.iter().map(|one| name(&profile, one.r#type).starts_with(prefix)).collect();
    let mut flags = kept.iter();
    profile.sample_type.retain(|_| *flags.next().unwrap());
    for sample in &mut profile.sample {
        let mut flags = kept.iter();
        sample.value.retain(|_| *flags.next().unwrap());
    }
    profile.encode_to_vec()
}

#[test]
fn files_of_one_moment_are_one_snapshot_whenever_they_come() {
    let folder = folder("live", "moments");
    let made = |number: i64| heap(number * 60, &[("f", number + 1, number + 1)]);
    let write = |prefix: &str, number: i64| {
        std::fs::write(folder.join(format!("{prefix}-{number}.pb")), only(prefix, &made(number))).unwrap();
    };
    for prefix in ["inuse", "alloc"] {
        write(prefix, 0);
    }
    let mut terminal = explore(&[folder.to_str().unwrap(), "--every", "20ms"]);
    terminal.wait_for("live 20ms");
    // Half of a moment has no figures for the other half, whichever comes first.
    write("alloc", 1);
    terminal.wait_for("inuse_objects, inuse_space missing (skipped)");
    write("inuse", 1);
    let screen = terminal.wait_for("2 of 2");
    assert!(!screen.contains("instances"), "{screen}");
    write("inuse", 2);
    terminal.wait_for("alloc_objects, alloc_space missing (skipped)");
    write("alloc", 2);
    let screen = terminal.wait_for("3 of 3");
    assert!(!screen.contains("instances"), "{screen}");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
    let series = heapglass::Loader::new().load([&folder]).unwrap().series;
    assert_eq!(series.snapshots().len(), 3, "as the files are read at once");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_that_grew_after_it_was_read_is_read_again() {
    let folder = folder("live", "growing");
    let text = |stacks: &str| format!("heap_v2/1\n  t*: 2: 40300 [0: 0]\n{stacks}");
    let stack = |at: usize, bytes: usize| format!("@ 0x40{at:04x}\n  t*: 1: {bytes} [0: 0]\n");
    let whole = text(&(stack(1, 300) + &stack(2, 40_000)));
    std::fs::write(folder.join("app.1.0.heap"), &whole).unwrap();
    let mut terminal = explore(&[folder.to_str().unwrap(), "--every", "20ms"]);
    terminal.wait_for("live 20ms");
    let cut = &whole[..whole.len() - "  t*: 1: 40000 [0: 0]\n".len()];
    std::fs::write(folder.join("app.1.1.heap"), cut).unwrap();
    terminal.wait_for("19.8 KiB");
    terminal.keys("H");
    terminal.wait_for("it may be cut short");
    terminal.keys("\x1b");
    std::fs::write(folder.join("app.1.1.heap"), &whole).unwrap();
    terminal.wait_for("stays near 39.4 KiB");
    terminal.keys("H");
    let health = terminal.wait_for("has a time");
    assert!(!health.contains("cut short"), "{health}");
    terminal.keys("\x1b");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn every_saved_snapshot_of_several_services_has_its_memory_beside_it() {
    let service = |first: usize| {
        let asked = AtomicUsize::new(first);
        Server::start(move |head, stream| {
            if is_for_figures(head) {
                let text = "heap profile: 0: 0 [0: 0] @ heap/1048576\n\n# runtime.MemStats\n# HeapAlloc = 1048576\n\
                    # HeapInuse = 1048576\n# HeapIdle = 0\n# HeapReleased = 0\n# Sys = 1048576\n# NextGC = 1048576\n";
                return ok(stream, text.as_bytes());
            }
            let number = asked.fetch_add(1, Ordering::SeqCst);
            ok(stream, &std::fs::read(shop(number)).unwrap())
        })
    };
    let (one, other) = (service(0), service(3));
    let folder = folder("live", "services");
    let mut terminal = explore(&[&one.url(""), &other.url(""), "--every", "1h"]);
    terminal.wait_for("of 2");
    terminal.keys("R");
    terminal.wait_for("of 4");
    terminal.keys(&format!(":save {}\r", folder.display()));
    terminal.wait_for("wrote 4 snapshots to ");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
    let names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .flat_map(|instance| std::fs::read_dir(instance.unwrap().path()).unwrap())
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let count = |suffix: &str| names.iter().filter(|name| name.ends_with(suffix)).count();
    assert_eq!((count(".pb.gz"), count(".memory.txt")), (4, 4), "{names:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}
