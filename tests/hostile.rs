//! Hostile input: small files that need much memory, endless stacks, unusual names, figures at the ends of their range.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use heapglass::analysis::{CallTree, Query, derive};
use heapglass::format::pprof::message;
use heapglass::play::{Options, Session};
use heapglass::profile::Series;
use portable_pty::CommandBuilder;
use prost::Message;
use regex::Regex;

use crate::support::build::{Stack, message_of, read, series};
use crate::support::terminal::{End, Terminal};

/// Writes a file for a test.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A field of a message, with its length.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

/// Repeats bytes up to 40 MiB.
fn again(small: &[u8]) -> Vec<u8> {
    small.repeat((40 << 20) / small.len())
}

/// Smallest profile, with additional fields before its strings.
fn profile(more: &[u8]) -> Vec<u8> {
    let mut bytes = message_of(&[Stack { names: vec!["a".to_owned()], values: vec![1] }], 1).encode_to_vec();
    bytes.extend_from_slice(more);
    bytes
}

/// Eight files of at most 64 KiB that decompress to much, with their exit codes: 3 for a limit, 2 for malformed input,
/// 0 if they fit.
fn bombs() -> Vec<(&'static str, Vec<u8>, i32)> {
    let label = message::Label { key: 1, str: 1, ..Default::default() }.encode_to_vec();
    let labelled = field(2, &[&[0x08, 1, 0x10, 1], &*field(3, &label).repeat(4000)].concat());
    let members = gzip(&vec![0; 20 << 10]).repeat(1000);
    vec![
        ("zeros", gzip(&vec![0; 60 << 20]), 2),
        ("samples", gzip(&profile(&again(&field(2, &[0x08, 1, 0x10, 1])))), 3),
        ("strings", gzip(&profile(&again(&field(6, b"abc")))), 3),
        ("locations", gzip(&profile(&again(&field(4, &[0x08, 9])))), 2),
        ("functions", gzip(&profile(&again(&field(5, &[0x08, 9, 0x10, 1])))), 2),
        ("packed ids", gzip(&profile(&field(2, &field(1, &[1; 40 << 20])))), 3),
        ("labels", gzip(&profile(&labelled.repeat(400))), 0),
        ("a thousand members", members, 2),
    ]
}

/// Runs with a limited address space, where memory beyond the budget ends the program by a signal. Besides the budget
/// there are the program, its libraries, and the stacks of three threads.
#[test]
fn a_bomb_ends_with_one_line_and_within_its_memory() {
    for (name, bytes, code) in bombs() {
        assert!(bytes.len() <= 64 << 10, "{name} is {} bytes", bytes.len());
        let path = file(&format!("{}.pb.gz", name.replace(' ', "-")), &bytes);
        let program = assert_cmd::cargo::cargo_bin!("heapglass");
        let limited = format!("ulimit -v {}; exec \"$0\" \"$@\"", (64 + 64 + 128) << 10);
        let mut command = Command::new("sh");
        command.args(["-c", &limited]).arg(program).args(["report", "summary", "--max-memory", "64MiB"]).arg(path);
        let output = command.env_clear().output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {said}");
        assert_eq!(output.stdout.is_empty(), code != 0, "{name}: a result of the whole input, or none");
        if code == 3 {
            assert!(said.contains("64 MiB") && said.contains("--max-memory"), "{name}: {said}");
        }
    }
}

/// Runs on a thread with a small stack, on which recursion over stacks or trees would overflow.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap();
    assert!(thread.join().is_ok());
}

#[test]
fn a_million_callers_and_a_million_siblings_need_no_stack() {
    on_a_small_stack(|| {
        let size = 1_000_000;
        let mut deep = message_of(&[Stack { names: vec!["f".to_owned()], values: vec![7] }], 1);
        deep.sample[0].location_id = vec![1; size];
        let answer = derive(&series(&deep), &Query::default(), None).unwrap();
        assert_eq!(answer.tree.len(), size + 1);
        assert_eq!(answer.column.total(CallTree::ROOT), 7);
        assert_eq!(answer.tree.path(heapglass::base::ids::NodeId::new(size)).len(), size + 1);
        assert_eq!(answer.flat(0).unwrap().total(answer.tree.frame(heapglass::base::ids::NodeId::new(1))), 7);
    });
    on_a_small_stack(|| {
        let size = 1_000_000_u64;
        let mut wide = message_of(&[Stack { names: vec!["f".to_owned()], values: vec![1] }], 1);
        let (location, sample) = (wide.location.remove(0), wide.sample.remove(0));
        for id in 1..=size {
            wide.location.push(message::Location { id, address: id, line: Vec::new(), ..location.clone() });
            wide.sample.push(message::Sample { location_id: vec![id], ..sample.clone() });
        }
        let answer = derive(&series(&wide), &Query::default(), None).unwrap();
        assert_eq!(answer.tree.children(CallTree::ROOT).count() as u64, size);
        assert_eq!(answer.column.total(CallTree::ROOT) as u64, size);
    });
}

#[test]
fn a_deep_stack_is_drawn_and_walked() {
    on_a_small_stack(|| {
        let mut deep = message_of(&[Stack { names: vec!["f".to_owned()], values: vec![7] }], 1);
        deep.sample[0].location_id = vec![1; 60_000];
        let options = Options { width: 100, height: 30, ..Options::default() };
        let mut session = Session::over(&series(&deep), "deep".to_owned(), options).unwrap();
        let mut paths = 0;
        for key in ["G", "Enter", "Y", "D", "Esc", "g", "0", "G", "Up", "*", "n", "c", "d", "Tab", "Down", "Enter"] {
            session.key(key).unwrap();
            // The other keys open popups, or select the root.
            let path = session.frame().crumbs();
            if matches!(key, "Enter" | "Y" | "Esc" | "G") && !path.is_empty() {
                assert!(path.contains("› f"), "after {key}: {path}");
                paths += 1;
            }
        }
        assert!(paths > 3, "{paths} paths to the selection");
    });
}

#[test]
fn figures_at_the_ends_of_their_range_stay_figures() {
    let no_figure = Regex::new(r"NaN|\binf\b").unwrap();
    let ends = [i64::MIN, i64::MAX, i64::MIN + 1, -1, 0, 1];
    for first in ends {
        for second in ends {
            let stacks = [("a", first), ("b", second)]
                .map(|(name, value)| Stack { names: vec![name.to_owned(), "main".to_owned()], values: vec![value] });
            let series = series(&message_of(&stacks, 1));
            let answer = derive(&series, &Query::default_for(&series), None).unwrap();
            let sum = first.wrapping_add(second);
            assert_eq!(answer.column.total(CallTree::ROOT), sum, "{first} and {second}");
            let mut session = Session::over(&series, "ends".to_owned(), Options::default()).unwrap();
            for key in ["Down", "Down", "D", "Esc", "d", "s", "H", "Esc"] {
                session.key(key).unwrap();
                let screen = session.frame().to_string();
                assert!(!no_figure.is_match(&screen), "{screen}");
            }
        }
    }
}

/// Names of misbehaving services and attackers.
fn hostile_names() -> Vec<String> {
    let many = |character: &str| format!("a{}b", character.repeat(2000));
    let mut names: Vec<String> = [
        "\x1b[31mred\x1b[0m",
        "\x1b]52;c;cm0gLXJmIC8=\x07",
        "\x1b]8;;http://example.com\x07link\x1b]8;;\x07",
        "\x1b]0;title\x07",
        "\x1b[2J\x1b[H",
        "\x1b[?1049h",
        "\x1b[?1000h\x1b[?2004h",
        "\x1bc",
        "\x1bP1;1|17/ab\x1b\\",
        "\x1b[6n",
        "\u{9b}31mC1 red",
        "\u{9d}52;c;YQ==\u{9c}",
        "bell\x07bell",
        "back\x08\x08\x08space",
        "carriage\rreturn",
        "line\nfeed",
        "tab\there",
        "null\0null",
        "delete\x7fdelete",
        "\u{202e}desrever",
        "\u{2066}isolate\u{2069}",
        "\u{200f}right to left \u{5d0}\u{5d1}\u{5d2}",
        "\u{61c}\u{627}\u{644}\u{639}",
        "zero\u{200b}\u{200c}\u{200d}width",
        "\u{2060}\u{feff}joined",
        "lines\u{2028}and\u{2029}paragraphs",
        "soft\u{ad}hyphen",
        "\u{e0041}\u{e0042}tags",
        "\u{3164}\u{ffa0}\u{115f}",
        "\u{fffe}\u{ffff}",
        "\u{e000}\u{f8ff} private",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}",
        "\u{1f1e9}\u{1f1ea} flag",
        "heart\u{2764}\u{fe0f}",
        "\u{65e5}\u{672c}\u{8a9e}::\u{95a2}\u{6570}",
        "\u{ff21}\u{ff22}\u{ff23}",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "",
        " ",
        "   blanks   ",
        "%s%n%x",
        "$(reboot)`reboot`",
        "../../../etc/passwd",
        "a,\"b\",=1+1",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend([many("x"), many("\u{301}"), many("\u{1f600}"), many("::")]);
    names
}

/// Bytes allowed on the wire: printable characters and the sequences of drawing.
const ALLOWED: &str = concat!(
    r"^(?:[ -~\r\n\x08]|[^\x00-\x9f]",
    r"|\x1b\[[0-9;]*[HJKCDXmr]",
    r"|\x1b\[\?(?:25|1000|1006|1049|2004|2026)[hl]",
    r"|\x1b\[8[hl]|\x1bM)*$",
);

/// Screens, by the keys that lead to each and a word on it.
const SCREENS: [(&str, &str); 5] = [("", "? help"), ("D", "Details"), ("D?", "Keys"), ("?\t", "row"), ("/a", "find")];

#[test]
fn names_that_are_not_names_stay_text_at_every_depth() {
    let names = hostile_names();
    assert!(names.len() >= 40);
    let stacks: Vec<Stack> = names.iter().zip(1..).map(|(name, at)| stack(name, at)).collect();
    let plain: Vec<Stack> = (1..=names.len() as i64).map(|at| stack(&format!("plain.function{at}"), at)).collect();
    let path = file("names.pb", &message_of(&stacks, 1).encode_to_vec());
    let plain = file("plain.pb", &message_of(&plain, 1).encode_to_vec());
    let allowed = Regex::new(ALLOWED).unwrap();
    for depth in ["never", "16", "256", "rgb"] {
        let (written, hostile) = toured(&path, depth);
        assert!(allowed.is_match(&written), "{depth}: {written:?}");
        let (_, usual) = toured(&plain, depth);
        assert!(hostile <= 2 * usual, "{depth}: a first frame of {hostile} bytes, where {usual} are usual");
    }
}

fn stack(name: &str, value: i64) -> Stack {
    Stack { names: vec![name.to_owned(), "main".to_owned()], values: vec![value] }
}

/// Visits all screens; returns the output, and its length at the first screen.
fn toured(path: &std::path::Path, depth: &str) -> (String, usize) {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_heapglass"));
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.args(["--color", depth]);
    command.arg(path);
    let mut terminal = Terminal::start(command, 100, 30);
    let mut first = 0;
    for (keys, word) in SCREENS {
        terminal.keys(keys);
        terminal.wait_for(word);
        if first == 0 {
            first = terminal.written();
        }
    }
    terminal.keys("\x1b");
    terminal.wait_for("? help");
    terminal.keys("q");
    let left = terminal.wait();
    left.check(&End::Code(0));
    (left.written, first)
}

/// Rows of a screen without trailing blanks.
fn rows(screen: &str) -> Vec<String> {
    screen.trim_end().lines().map(|row| row.trim_end().to_owned()).collect()
}

/// Compares with an emulator: a different width would shift every row after an unusual name.
#[test]
fn a_terminal_shows_what_was_drawn() {
    let names = hostile_names();
    let stacks: Vec<Stack> = names.iter().zip(1..).map(|(name, at)| stack(name, at)).collect();
    let message = message_of(&stacks, 1);
    let path = file("drawn.pb", &message.encode_to_vec());
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_heapglass"));
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.arg(&path);
    let mut terminal = Terminal::start(command, 120, 60);
    let mut session = Session::open(&[&path], Options { width: 120, height: 60, ..Options::default() }).unwrap();
    for (keys, named) in [("", &[][..]), ("\x1b[B\x1b[B", &["Down", "Down"]), ("\t", &["Tab"]), ("D", &["D"])] {
        terminal.keys(keys);
        for key in named {
            session.key(key).unwrap();
        }
        let drawn = rows(&session.frame().to_string());
        terminal.wait_until("frame as it was drawn", |screen| rows(screen) == drawn);
    }
    terminal.keys("qq");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn bytes_that_are_no_utf8_are_shown_and_kept_apart() {
    let mut message = message_of(&[stack("x1", 5), stack("x2", 7)], 1);
    for string in &mut message.string_table {
        match &**string {
            b"x1" => *string = b"\xff\xfename".to_vec(),
            b"x2" => *string = b"\xff\xfdname".to_vec(),
            _ => {}
        }
    }
    let (profile, budget) = read(message.encode_to_vec(), 1 << 30).unwrap();
    let series = Arc::new(Series::new(profile, budget));
    let answer = derive(&series, &Query::default(), None).unwrap();
    // They look equal, and are two functions.
    assert_eq!(answer.tree.len(), 4);
}

#[test]
fn one_comment_given_many_times_is_written_once() {
    let mut message = message_of(&[Stack { names: vec!["f".to_owned()], values: vec![1] }], 1);
    message.string_table.push(vec![b'c'; 1 << 20]);
    message.comment = vec![message.string_table.len() as i64 - 1; 3000];
    let profile = message.encode_to_vec();
    let written = crate::support::run_with(&["report", "summary", "--format", "json", "-"], &profile).stdout;
    assert!(written.len() < 2 << 20, "{} bytes", written.len());
    assert!(written.contains("\"comments_left_out\":2999"));
    let text = crate::support::run_with(&["report", "summary", "-"], &profile).stdout;
    assert!(text.contains("comments  2,999 left out"), "{text}");
}
