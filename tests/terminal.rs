//! The program in a real terminal: it is drawn, it hears its keys, and it gives the terminal back.
//!
//! What each screen shows is tested without a terminal, in `screen.rs`; ways to end that the program does not have, such
//! as a panic, are tested in `src/term/tests.rs`.

use std::path::Path;

use portable_pty::CommandBuilder;
use regex::Regex;
use rustix::process::Signal;

use crate::support::data;
use crate::support::terminal::{End, Terminal};

/// Profile of most tests.
const PROFILE: &str = "pprof/go-shop-1.pb.gz";

/// Command in the folder of the profiles, with a minimal environment.
fn command(program: impl AsRef<Path>, args: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program.as_ref());
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin"), ("TZ", "UTC")] {
        command.env(name, value);
    }
    command.args(args);
    command.cwd(data());
    command
}

/// Starts the program in a terminal of 120 columns and 30 rows.
fn start(args: &[&str]) -> Terminal {
    Terminal::start(command(env!("CARGO_BIN_EXE_heapglass"), args), 120, 30)
}

/// Opens the profile, and waits for its screen.
fn open() -> Terminal {
    let terminal = start(&[PROFILE]);
    terminal.wait_for("? help");
    terminal
}

/// Quits, and checks that the terminal is restored.
fn quit(mut terminal: Terminal) -> String {
    terminal.keys("q");
    let left = terminal.wait();
    left.check(&End::Code(0));
    left.written
}

#[test]
fn the_explorer_zooms_in_and_out() {
    let mut terminal = open();
    assert!(terminal.selected().starts_with("[all"), "{}", terminal.selected());
    terminal.keys("\x1b[B");
    terminal.wait_for("all › runtime.main › main.main › store.Generate");
    assert!(
        terminal.selected().starts_with("[runtime.main → main.main → store.Generate (3)"),
        "{}",
        terminal.selected()
    );
    terminal.keys("\r");
    terminal.wait_for("zoom 72.1% of all");
    terminal.keys("\x7f");
    terminal.wait_until("zoom gone", |screen| !screen.contains("zoom 72.1%"));
    quit(terminal);
}

#[test]
fn a_base_of_its_own_file_and_filter_comes_back() {
    let args = ["pprof/go-shop-2.pb.gz", "--base", PROFILE, "--base-focus", "store"];
    let mut terminal = start(&args);
    let compared = " A focus store 13:13:33 7.01 MiB";
    terminal.wait_for(compared);
    terminal.keys("d");
    terminal.wait_until("no comparison", |screen| !screen.contains(compared));
    terminal.keys("d");
    terminal.wait_for(compared);
    quit(terminal);
}

#[test]
fn a_directory_of_directories_asks_which_one() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("directories");
    let _ = std::fs::remove_dir_all(&folder);
    for (name, profile) in [("api", "go-shop-1.pb.gz"), ("worker", "go-shop-2.pb.gz")] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        std::fs::copy(data().join("pprof").join(profile), folder.join(name).join(profile)).unwrap();
    }
    let folder = folder.to_str().unwrap();
    let choose = |keys: &str, shown: &str| {
        let mut terminal = start(&[folder]);
        terminal.wait_for("directories with profiles");
        terminal.wait_for("worker  1 file");
        terminal.keys(keys);
        terminal.wait_for("? help");
        terminal.wait_for(shown);
        quit(terminal);
    };
    choose("\r", "9.02 MiB");
    choose("\x1b[B\r", "14.5 MiB");
    choose("G\r", "2 instances");
    let mut terminal = start(&[folder]);
    terminal.wait_for("directories with profiles");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn keys_of_ones_own_work_and_show() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys.toml");
    std::fs::write(&path, "[keys]\nquit = \"Q\"\nhelp = [\"F\"]\nsort = \"n\"\n").unwrap();
    let mut terminal = start(&["--config", path.to_str().unwrap(), PROFILE]);
    terminal.wait_for("n is now bound to `sort`, no longer to `next-match`");
    terminal.keys("F");
    terminal.wait_for("Keys, type to filter");
    terminal.keys("\r");
    terminal.wait_for("Q quit");
    terminal.keys(":config\r");
    terminal.wait_for("keys.toml");
    terminal.keys("\r");
    terminal.keys("Q");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn a_search_keeps_the_selection_in_another_sample_type() {
    let mut terminal = open();
    terminal.keys("/Gener");
    terminal.wait_for("/Gener");
    terminal.keys("\r");
    terminal.wait_for("find /Gener/");
    assert!(terminal.selected().contains("Generate"));
    terminal.keys("a");
    terminal.wait_for("alloc space");
    assert!(terminal.selected().contains("Generate"), "the selection is kept:\n{}", terminal.screen());
    quit(terminal);
}

#[test]
fn comparisons_work_in_every_mode_and_restore_the_terminal() {
    // Colours and characters, with the drawing of growth in each.
    let modes: [(&[&str], &str); 4] = [
        (&["--color", "256"], "+ http.(*conn).serve"),
        (&["--color", "16"], "+ http.(*conn).serve"),
        (&["--color", "never"], "+ http.(*conn).serve"),
        (&["--color", "never", "--ascii"], "|+ http.(*conn).serve"),
    ];
    for (mode, grew) in modes {
        let args = [mode, &["--base", PROFILE, "pprof/go-shop-2.pb.gz"]].concat();
        let mut terminal = start(&args);
        terminal.wait_for(grew);
        for (key, seen) in [
            ("w", "width B"),
            ("w", "width A"),
            ("w", "width change"),
            ("w", "width union"),
            ("e", "75.1% of the growth"),
            ("\r", "width union"),
            ("4", "same scale, selection and order"),
            ("=", "each its own scale"),
            ("1", "[Icicle] Table"),
            ("b", "A alone"),
            ("b", "B alone"),
            ("d", "width union"),
        ] {
            terminal.keys(key);
            terminal.wait_for(seen);
        }
        quit(terminal);
    }
}

#[test]
fn windows_of_a_series_are_moved_and_marked() {
    let mut terminal = start(&["shop-series"]);
    terminal.wait_for("13:15:46");
    for (keys, seen) in
        [("{{{", "1..11 of 14"), ("]", "2..12 of 14"), ("m", "A is 2..12"), ("]m", "B 3..13 of 14"), ("5", "what grew")]
    {
        terminal.keys(keys);
        terminal.wait_for(seen);
    }
    // The first one closes the trend.
    terminal.keys("q");
    quit(terminal);
}

#[test]
fn the_screen_fits_every_size() {
    let terminal = open();
    for (columns, rows) in [(80, 24), (1, 1), (250, 70), (38, 9)] {
        terminal.resize(columns, rows);
    }
    terminal.wait_for("need 40x10");
    terminal.resize(160, 45);
    terminal.wait_for("? help");
    quit(terminal);
}

#[test]
fn keys_come_from_the_terminal_when_the_profile_comes_from_a_pipe() {
    let script = format!("cat {PROFILE} | '{}' -", env!("CARGO_BIN_EXE_heapglass"));
    let mut terminal = Terminal::start(command("/bin/sh", &["-c", &script]), 120, 30);
    terminal.wait_for("? help");
    terminal.keys("\x1b[B");
    terminal.wait_for("all › runtime.main");
    quit(terminal);
}

#[test]
fn a_large_profile_from_a_pipe_is_read_in_two_parts_and_not_again() {
    let profile = std::fs::read(data().join("pprof/go-raw.pb")).unwrap();
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("piped.pb");
    // Field 100, length-delimited, of zeros.
    let mut bytes = profile;
    prost::encoding::encode_key(100, prost::encoding::WireType::LengthDelimited, &mut bytes);
    prost::encoding::encode_varint(600 << 10, &mut bytes);
    bytes.resize(bytes.len() + (600 << 10), 0);
    std::fs::write(&path, bytes).unwrap();
    // An eighth of the memory holds the input or not.
    for memory in ["1GiB", "4MiB"] {
        let script =
            format!("cat '{}' | '{}' --max-memory {memory} -", path.display(), env!("CARGO_BIN_EXE_heapglass"));
        let mut terminal = Terminal::start(command("/bin/sh", &["-c", &script]), 120, 30);
        terminal.wait_for("? help");
        terminal.keys("a");
        terminal.wait_for("alloc space");
        terminal.keys("R");
        terminal.wait_for("standard input can only be read once");
        quit(terminal);
    }
}

#[test]
fn a_signal_or_a_lost_terminal_ends_it() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let terminal = open();
        terminal.signal(signal);
        terminal.wait().check(&End::Code(code));
    }
    for number in [10, 24, 30, 40] {
        let terminal = open();
        terminal.signal_by_number(number);
        terminal.wait().check(&End::Code(128 + number));
    }
    let mut terminal = open();
    terminal.keys("/run\x03");
    terminal.wait().check(&End::Code(130));
    assert_eq!(open().hang_up_after("\x0c"), End::Code(129));
}

#[test]
fn the_mouse_is_heard_where_it_was_asked_for_and_given_back() {
    let mut terminal = start(&["--mouse", PROFILE]);
    terminal.wait_for("? help");
    // The third row of the icicle is the sixth of the screen, counted from 1.
    terminal.keys("\x1b[<0;4;6M\x1b[<0;4;6m");
    terminal.wait_for("all › runtime.main › main.main");
    terminal.keys("\x1b[<0;4;6M\x1b[<0;4;6m");
    terminal.wait_for("of all");
    terminal.keys(":mouse off\r");
    terminal.wait_for("mouse off");
    let written = quit(terminal);
    assert_eq!(written.matches("\x1b[?1000h\x1b[?1006h").count(), 1);
    assert_eq!(written.matches("\x1b[?1006l\x1b[?1000l").count(), 1, "what is off already is not given back again");
    let without = start(&["--mouse=off", PROFILE]);
    without.wait_for("? help");
    assert!(!quit(without).contains("?1000"), "it is off");
}

#[test]
fn whatever_is_open_every_way_out_gives_the_terminal_back() {
    let open_then =
        [("/run", "find"), ("&main", "filter"), ("?", "Keys"), ("H", "Health"), (":the", "theme"), ("O", "store")];
    let ends = [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)];
    for (keys, word) in open_then {
        let opened = || {
            let mut terminal = open();
            terminal.keys("\x1b[B\x1b[B\x1b[B");
            terminal.wait_for("store.Generate");
            terminal.keys(keys);
            terminal.wait_for(word);
            terminal
        };
        for (signal, code) in ends {
            let terminal = opened();
            terminal.signal(signal);
            terminal.wait().check(&End::Code(code));
        }
        let mut terminal = opened();
        terminal.keys("\x03");
        terminal.wait().check(&End::Code(130));
        assert_eq!(opened().hang_up_after("\x0c"), End::Code(129), "{keys}");
    }
}

#[test]
fn an_error_leaves_the_terminal_alone() {
    let left = start(&["malformed/html-error.pb.gz"]).wait();
    left.check(&End::Code(2));
    assert!(!left.written.contains('\x1b'), "{}", left.written);
}

#[test]
fn suspension_restores_the_terminal_and_resumes() {
    let mut shell = command("/bin/sh", &["-i"]);
    shell.env("PS1", "ready> ");
    let mut terminal = Terminal::start(shell, 120, 30);
    terminal.wait_for("ready>");
    terminal.keys(&format!("'{}' {PROFILE}\r", env!("CARGO_BIN_EXE_heapglass")));
    for (columns, rows) in [(100, 28), (120, 30), (90, 26)] {
        terminal.wait_for("? help");
        terminal.keys("\x1a");
        terminal.wait_for("Stopped");
        terminal.resize(columns, rows);
        terminal.keys("clear; fg\r");
    }
    terminal.wait_for("? help");
    terminal.keys("q");
    terminal.wait_until("prompt at the end", |screen| screen.trim_end().ends_with("ready>"));
    terminal.keys("exit 7\r");
    assert_eq!(terminal.wait().end, End::Code(7), "the shell hears its keys again");
}

#[test]
fn no_sequence_of_a_file_reaches_the_terminal() {
    let allowed = Regex::new(concat!(
        r"^(?:[ -~\r\n\x08]|[^\x00-\x9f]",
        r"|\x1b\[[0-9;]*[HJKCDXmr]",
        r"|\x1b\[\?(?:25|1000|1006|1049|2004|2026)[hl]",
        r"|\x1b\[8[hl]|\x1bM)*$",
    ))
    .unwrap();
    for profile in ["names-unicode-control.pb.gz", "names-invalid-utf8.pb.gz", "sample-type-escape.pb.gz"] {
        let mut terminal = start(&[&format!("malformed/{profile}")]);
        terminal.wait_for("? help");
        terminal.keys("\x1b[B\x1b[B\r\tjjs");
        terminal.keys("?");
        terminal.wait_for("Keys, type to filter");
        terminal.keys("?");
        terminal.wait_until("help gone", |screen| !screen.contains("Keys, type to filter"));
        let written = quit(terminal);
        assert!(allowed.is_match(&written), "{profile}: {written:?}");
    }
}

#[test]
fn without_colours_none_is_written() {
    let mut quiet = command(env!("CARGO_BIN_EXE_heapglass"), &[PROFILE]);
    quiet.env("NO_COLOR", "1");
    quiet.env("LANG", "C");
    let mut terminal = Terminal::start(quiet, 120, 30);
    terminal.wait_for("? help");
    terminal.keys("\x1b[B");
    terminal.wait_for("all > runtime.main > main.main");
    let selected = terminal.selected();
    assert!(
        selected.starts_with("[O ") && selected.contains("store.Generate (3)"),
        "the selection and its owner show even so: {selected}"
    );
    let written = quit(terminal);
    let colour = Regex::new(r"\x1b\[(?:\d+;)*(?:[34][0-8]|9\d|10\d)(?:;\d+)*m").unwrap();
    assert!(!colour.is_match(&written), "{written:?}");
}

#[test]
fn an_idle_screen_is_silent_and_a_move_costs_little() {
    let mut terminal = open();
    let (frames, written) = (terminal.frames(), terminal.written());
    terminal.keys(&"\x1b[B".repeat(3));
    terminal.wait_for("› Builder.WriteString");
    // Keys that come together are one frame; the scheduler may part them. `src/term/session/tests.rs` counts without it.
    let moved = terminal.frames() - frames;
    assert!(moved <= 4, "a key is at most a frame, and the description one: {moved}");
    let bytes = terminal.written() - written;
    assert!(bytes < 1600, "{bytes} bytes for a move");
    let written = terminal.written();
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert_eq!(terminal.written(), written);
    quit(terminal);
}

#[test]
fn a_window_that_moves_costs_little_and_its_table_follows() {
    let mut terminal = start(&["shop-series", "--window", "8..10"]);
    terminal.wait_for("32.5M  71.7%");
    let written = terminal.written();
    for window in ["7..9 of 14", "6..8 of 14", "5..7 of 14"] {
        terminal.keys("[");
        terminal.wait_for(window);
    }
    let bytes = (terminal.written() - written) / 3;
    assert!(bytes < 2000, "{bytes} bytes for a window");
    terminal.wait_for("19.1M  65.2%");
    quit(terminal);
}

#[test]
fn the_command_of_swapped_windows_is_one_that_runs() {
    let files = ["pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"];
    let mut terminal = start(&["--base", files[0], files[1]]);
    terminal.wait_for("? help");
    terminal.keys("x");
    terminal.wait_for("B holds 5.51 MiB less than A");
    terminal.keys("C");
    terminal.wait_for(&format!("heapglass report diff --base={} {}", files[1], files[0]));
    terminal.keys("q");
    quit(terminal);
}

/// Folder to write into, with the profile.
fn folder(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(data().join(PROFILE), folder.join("heap.pb.gz")).unwrap();
    folder
}

/// Starts the program in a folder with the profile, with one more environment variable.
fn start_in(folder: &Path, variable: (&str, &str)) -> Terminal {
    let mut command = command(env!("CARGO_BIN_EXE_heapglass"), &["heap.pb.gz"]);
    command.cwd(folder);
    command.env(variable.0, variable.1);
    let terminal = Terminal::start(command, 120, 30);
    terminal.wait_for("? help");
    terminal
}

#[test]
fn exports_need_a_confirmation_to_overwrite() {
    let folder = folder("export");
    let written = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let mut terminal = start_in(&folder, ("LC_ALL", "C.UTF-8"));
    terminal.keys("W\r");
    terminal.wait_for("wrote heap-inuse_space.svg");
    assert!(written("heap-inuse_space.svg").starts_with(b"<?xml"));
    // A picture is the same in every view; a table is that of the view.
    for (name, begins) in
        [("a.json", "{\"schema\":\"heapglass.tree/1\""), ("b.csv", "depth,"), ("c.folded", "net/http")]
    {
        terminal.keys(&format!(":export {name}\r"));
        terminal.wait_for(&format!("wrote {name}"));
        let text = String::from_utf8(written(name)).unwrap();
        assert!(text.replace(' ', "").starts_with(begins), "{name}: {}", &text[..80]);
    }
    terminal.keys("\t:export top.json\r");
    terminal.wait_for("wrote top.json");
    assert!(String::from_utf8(written("top.json")).unwrap().contains("heapglass.top/1"));
    std::fs::write(folder.join("mine.svg"), "kept").unwrap();
    terminal.keys(":export mine.svg\r");
    terminal.wait_for("the file exists: Enter replaces it, Esc keeps it; 4 B of ");
    terminal.keys("\x1b");
    terminal.wait_until("the palette gone", |screen| !screen.contains("the file exists"));
    assert_eq!(written("mine.svg"), b"kept");
    terminal.keys(":export mine.svg\r");
    terminal.wait_for("Enter replaces it");
    terminal.keys("\r");
    terminal.wait_for("wrote mine.svg");
    assert!(written("mine.svg").starts_with(b"<?xml"));
    terminal.keys(":export no/such/folder.svg\r");
    terminal.wait_for("no/such/folder.svg: no such directory");
    terminal.keys(":export heap\r");
    terminal.wait_for("the name says what is written");
    terminal.keys("\x1b");
    quit(terminal);
    let mut left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["a.json", "b.csv", "c.folded", "heap-inuse_space.svg", "heap.pb.gz", "mine.svg", "top.json"]);
}

#[test]
fn every_view_is_exported_as_its_report() {
    let folder = folder("exports-of-views");
    let mut terminal = start(&["pods"]);
    terminal.wait_for("? help");
    let mut export = |keys: &str, seen: &str, name: &str, schema: &str| {
        terminal.keys(keys);
        terminal.wait_for(seen);
        let path = folder.join(name);
        terminal.keys(&format!(":export {}\r", path.display()));
        terminal.wait_for(&format!("{name}, "));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(schema), "{name}: {}", &text[..text.len().min(200)]);
        text
    };
    export("6", "pod-c stands out", "a.json", "heapglass.instances/1");
    export("", "4 instances", "a.csv", "kind,name,median");
    export("", "4 instances", "a.md", "| main.leak |");
    export("", "4 instances", "a.txt", "main.leak");
    let calls = export("\t\rf", " callees", "b.json", "heapglass.callers/1");
    assert!(calls.contains("\"function\":\"main.leak\""), "{calls}");
    let lines = export("O", "main.go:93", "c.json", "heapglass.source/1");
    assert!(lines.contains("\"function\":\"main.leak\""), "{lines}");
    export("q7", "Memory", "d.json", "heapglass.memory/1");
    terminal.keys("q");
    quit(terminal);
}

#[test]
fn writing_can_be_turned_off() {
    let folder = folder("secure");
    let mut terminal = start_in(&folder, ("HEAPGLASS_SECURE", "1"));
    terminal.keys("W");
    terminal.wait_for("`HEAPGLASS_SECURE` disables writing");
    terminal.keys(":export a.svg\r");
    terminal.wait_for("disables writing");
    terminal.keys("\x1b");
    quit(terminal);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn the_command_line_of_what_shows_opens_it_again() {
    let mut terminal = start(&[PROFILE, "--salvage"]);
    terminal.wait_for("? help");
    terminal.keys("avX&hide:it's\r");
    terminal.wait_for("hide it's");
    terminal.keys("C");
    terminal.wait_for("The command line");
    let line = "--sample-type alloc_space --granularity filefunctions";
    terminal.wait_for(line);
    let screen = terminal.screen();
    assert!(screen.contains(r"--hide 'it'\''s' --salvage pprof/go-shop-1.pb.gz"), "{screen}");
    assert!(screen.contains("heapglass report tree --sample-type alloc_space"), "{screen}");
    terminal.keys("\r");
    quit(terminal);
}

#[test]
fn a_paste_goes_into_a_prompt_and_never_runs_commands() {
    let mut terminal = open();
    terminal.keys("\x1b[200~q\r:quit\r\x03\x1b[201~");
    terminal.wait_for("pasted text is not taken as keys");
    terminal.keys("/");
    terminal.keys("\x1b[200~run\rtime\x1b[201~");
    terminal.wait_for("/runtime");
    terminal.keys("\x1b");
    terminal.wait_for("? help");
    quit(terminal);
}
