//! Source view: opened from every view, kept, closed, and its editor.

use std::fs;
use std::path::Path;

use heapglass::play::{Options, Session};
use heapglass::source::source_files::{PathTrim, SourceFinder};
use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::support::sources::{BUILT_IN, change_at, folder, in_shop, shop};
use crate::support::terminal::{End, Terminal};
use crate::support::{data, run};

const PROFILE: &str = "pprof/go-shop-1.pb.gz";

fn open(sources: &[&str]) -> Session {
    let sources: Vec<_> = sources.iter().map(|name| data().join(name)).collect();
    let mut session = Session::open(&sources, Options { width: 120, height: 40, ..Options::default() }).unwrap();
    session.find_sources(in_shop());
    session
}

fn press(session: &mut Session, keys: &str) {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
}

/// Source of `store.Generate`, the whose slot it shares with its callers.
fn generate() -> Session {
    let mut session = open(&[PROFILE]);
    press(&mut session, "Down O");
    session
}

fn shown(session: &Session) -> String {
    session.frame().to_string()
}

/// Text of the selected row.
fn selected(session: &Session) -> String {
    let (_, y) = session.cursor().unwrap();
    session.frame().row(y)
}

#[test]
fn the_view_opens_at_the_hottest_line() {
    let mut session = generate();
    assert!(selected(&session).ends_with("item.Text = sentence(random, 40)"), "{}", shown(&session));
    let mut seen = Vec::new();
    for _ in 0..5 {
        press(&mut session, "n");
        let row = selected(&session);
        seen.push(row.split_whitespace().find_map(|word| word.parse::<u32>().ok()).unwrap());
    }
    assert_eq!(seen, [74, 77, 79, 71, 72]);
    press(&mut session, "N");
    assert!(selected(&session).ends_with("item := &Item{ID: id}"));
    press(&mut session, "G");
    assert!(selected(&session).ends_with("95  }"), "{}", selected(&session));
    press(&mut session, "g");
    assert!(selected(&session).contains("// Package store keeps the goods"));
    press(&mut session, "0");
    assert!(selected(&session).contains("sentence(random, 40)"));
}

#[test]
fn another_sample_type_keeps_the_line() {
    let mut session = generate();
    press(&mut session, "n n");
    let before = selected(&session);
    assert!(before.contains("512K"), "{before}");
    press(&mut session, "a");
    let after = selected(&session);
    assert!(after.contains("1.00M") && after.ends_with(before.rsplit("  ").next().unwrap()), "{after}");
    assert!(shown(&session).contains("alloc space: "));
    press(&mut session, "o");
    assert!(shown(&session).contains("alloc objects: "));
    press(&mut session, "i o t T");
    assert_eq!(selected(&session), before);
}

#[test]
fn the_source_view_returns_to_the_view_before() {
    for (view, front) in [("1", "[Icicle]"), ("1 Tab", "[Table]"), ("f", "[Callers]"), ("5", "[Trend]")] {
        let mut session = open(&["shop-series"]);
        press(&mut session, "Down Down Down Down");
        press(&mut session, view);
        let before = shown(&session);
        assert!(before.contains(front), "{before}");
        press(&mut session, "O");
        assert!(shown(&session).contains("[Source]"), "{view}:\n{}", shown(&session));
        press(&mut session, "n G Esc");
        assert_eq!(shown(&session), before, "{view}");
    }
}

#[test]
fn a_frame_that_is_no_function_has_no_source() {
    let mut session = open(&[PROFILE]);
    press(&mut session, "O");
    assert!(shown(&session).contains("select a function first"));
    press(&mut session, "Down v v v O");
    assert!(shown(&session).contains("no single function") || shown(&session).contains("[Source]"));
}

#[test]
fn figures_stand_without_the_file_too() {
    let mut session = open(&[PROFILE]);
    session.find_sources(SourceFinder::default());
    press(&mut session, "Down O");
    let screen = shown(&session);
    for part in
        ["store.go: not found", "/home/build/src/gen/go/shopsvc/store/store.go  not there", "hint: --source-path"]
    {
        assert!(screen.contains(part), "no {part} in\n{screen}");
    }
    assert!(selected(&session).contains("72"), "{screen}");
    press(&mut session, "Enter");
    assert!(shown(&session).contains("no file to edit"));
    assert_eq!(session.edited(), None);
    press(&mut session, "y");
    assert_eq!(session.copied(), Some("/home/build/src/gen/go/shopsvc/store/store.go:72"));
}

#[test]
fn the_editor_is_asked_for_the_line_and_twice_outside_of_the_folders() {
    let mut session = generate();
    press(&mut session, "n Enter");
    let file = shop().join("store/store.go");
    assert_eq!(session.edited(), Some((file.as_path(), 74)));
    press(&mut session, "y");
    assert_eq!(session.copied(), Some("store/store.go:74"));

    let mut session = open(&[PROFILE]);
    session.find_sources(SourceFinder::new(None, PathTrim::parse(&format!("{BUILT_IN}={}", shop().display()))));
    press(&mut session, "Down O Enter");
    assert_eq!(session.edited(), None);
    assert!(shown(&session).contains("Enter again opens it"), "{}", shown(&session));
    press(&mut session, "Down Enter");
    assert_eq!(session.edited(), None, "another line is another question");
    press(&mut session, "Enter");
    assert_eq!(session.edited(), Some((file.as_path(), 73)));
}

#[test]
fn a_file_that_was_changed_since_says_so() {
    let root = folder("changed");
    let file = root.join("store.go");
    fs::copy(data().join("source/store/store.go"), &file).unwrap();
    let header = |seconds| {
        change_at(&file, seconds);
        let mut session = open(&[PROFILE]);
        session.find_sources(SourceFinder::new(Some(root.clone()), PathTrim::parse(&format!("{BUILT_IN}/store"))));
        press(&mut session, "Down O");
        session.frame().row(2)
    };
    // The profile is from November 2026.
    assert!(header(1_700_000_000).ends_with("Line  store.go"), "{}", header(1_700_000_000));
    assert!(header(1_900_000_000).ends_with("store.go (changed after this profile)"));
}

#[test]
fn a_comparison_shows_the_change_of_each_line() {
    let path = |name: &str| data().join("pprof").join(name);
    let options = Options { width: 120, height: 40, ..Options::default() };
    let mut session = Session::compare(&[path("go-shop-2.pb.gz")], &[path("go-shop-1.pb.gz")], options).unwrap();
    session.find_sources(in_shop());
    press(&mut session, "a / s e n t e n c e Enter O");
    let row = selected(&session);
    assert!(row.ends_with("=         text.WriteString(word)"), "{}", shown(&session));
    assert!(shown(&session).contains("ΔTotal"));
}

#[test]
fn a_directory_that_is_none_is_a_mistake() {
    let outcome = run(&["--source-path", "no/such/place", PROFILE]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("`--source-path no/such/place`: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: "), "{}", outcome.stderr);
}

/// Editor that records its arguments and the state of the terminal, and waits for a key.
fn script(name: &str, body: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder(name).join("vim");
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Program on the shop's profile, at the source of `store.Generate`, with this editor.
fn at_source(editor: &Path, variables: &[(&str, &str)]) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_heapglass"));
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin"), ("TZ", "UTC")] {
        command.env(name, value);
    }
    command.env("EDITOR", format!("'{}' -u 'a b'", editor.display()));
    for (name, value) in variables {
        command.env(name, value);
    }
    command.args([data().join(PROFILE).to_str().unwrap(), "--trim-path", BUILT_IN]);
    command.cwd(shop());
    let mut terminal = Terminal::start(command, 120, 30);
    terminal.wait_for("? help");
    terminal.keys("\x1b[BO");
    terminal.wait_for("sentence(random, 40)");
    terminal
}

#[test]
fn the_editor_gets_its_arguments_and_a_sane_terminal_and_gives_it_back() {
    let editor = script(
        "editor",
        "printf '<%s>' \"$@\"; stty -a | tr ' ;' '\\n\\n' | grep -x -e icanon -e echo -e isig; read word; echo \"read $word.\"; read again; exit 3",
    );
    let mut terminal = at_source(&editor, &[]);
    terminal.keys("\r");
    let file = shop().join("store/store.go");
    let screen = terminal.wait_for("echo");
    // Terminal lines break anywhere.
    let all: String = screen.split('\n').map(str::trim_end).collect();
    assert!(all.contains(&format!("<-u><a b><+72><{}>", file.display())), "{screen}");
    for mode in ["icanon", "echo", "isig"] {
        assert!(screen.contains(mode), "{mode}: {screen}");
    }
    terminal.keys("hello\r");
    terminal.wait_for("read hello.");
    terminal.keys("\r");
    terminal.wait_for("vim ended with exit status 3");
    terminal.wait_for("sentence(random, 40)");
    // The program reads keys again.
    terminal.keys("n");
    terminal.wait_for("line 74");
    terminal.keys("qq");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn the_editor_does_not_hear_our_mouse_and_we_hear_it_again_after() {
    let editor = script("with-mouse", "echo ready; read word; exit 0");
    let mut terminal = at_source(&editor, &[]);
    terminal.keys("\r");
    terminal.wait_for("ready");
    terminal.keys("\r");
    terminal.wait_for("sentence(random, 40)");
    terminal.keys("qq");
    let left = terminal.wait();
    left.check(&End::Code(0));
    let (on, off) = ("\x1b[?1000h", "\x1b[?1000l");
    let pieces = left.written.split_inclusive(['h', 'l', 'y']);
    let told: Vec<&str> =
        pieces.filter_map(|piece| [on, off, "ready"].into_iter().find(|word| piece.ends_with(word))).collect();
    assert_eq!(told, [on, off, "ready", on, off]);
}

#[test]
fn an_interrupt_is_the_editors() {
    // A shell's trap may miss an early signal; a program without one is ended.
    let editor = script("interrupted", "echo ready; exec cat");
    let mut terminal = at_source(&editor, &[]);
    terminal.keys("\r");
    terminal.wait_for("ready");
    terminal.keys("\x03");
    terminal.wait_for("was ended by signal 2");
    terminal.keys("qq");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn signals_and_a_lost_terminal_end_it_while_the_editor_runs() {
    let editor = script("ended", "echo ready; while read word; do :; done");
    let mut terminal = at_source(&editor, &[]);
    terminal.keys("\r");
    terminal.wait_for("ready");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait().end, End::Code(143));
    let mut terminal = at_source(&editor, &[]);
    terminal.keys("\r");
    terminal.wait_for("ready");
    assert_eq!(terminal.hang_up_after("\r"), End::Code(129));
}

#[test]
fn secure_mode_disables_the_editor() {
    let editor = script("off", "echo started");
    let mut terminal = at_source(&editor, &[("HEAPGLASS_SECURE", "1")]);
    terminal.keys("\r");
    terminal.wait_for("`HEAPGLASS_SECURE` turns the editor off");
    terminal.keys("qq");
    let left = terminal.wait();
    left.check(&End::Code(0));
    assert!(!left.written.contains("started"));
}

#[test]
fn a_signal_while_an_editor_runs_ends_the_editor_first() {
    let body = "trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    let editor = script("signalled", body);
    let mut terminal = at_source(&editor, &[]);
    terminal.keys("\r");
    terminal.wait_for("ready");
    terminal.signal(Signal::TERM);
    let left = terminal.wait();
    left.check(&End::Code(143));
    assert!(left.written.contains("saved"), "{}", left.written);
}
