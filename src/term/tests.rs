//! Tests of every way to end, each in a pseudo-terminal, which must be restored.
//!
//! Each test starts this test binary again inside a pseudo-terminal, to run [`explorer`] alone: the real guard, threads
//! and loop, with a program that panics, hangs and overflows its stack on a key press.

use std::env;
use std::hint::black_box;
use std::io::{self, Write};
use std::thread;

use portable_pty::CommandBuilder;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};
use rustix::process::Signal;

use crate::app::effect::Saved;
use crate::app::{Effect, Exported, Key, Msg};
use crate::term::FileWriters;
use crate::view::pointer::{HitTarget, Mouse, MouseInput};

use super::session::Program;
use super::{Clipboard, Editor, EditorUse, EraseBackground, SessionSetup, TakeError, end_on_panic, run, watch};

#[path = "../../tests/support/terminal.rs"]
#[expect(dead_code, reason = "shared with the tests of the whole program, which use the rest")]
mod terminal;

use terminal::{End, Terminal};

/// Variable that marks the inner test process.
const INSIDE: &str = "HEAPGLASS_TEST_INSIDE";

/// Program that fails in the way selected by a key.
struct FaultyProgram {
    keys: usize,
    words: String,
}

impl Program for FaultyProgram {
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Key(Key::Char('q')) => return vec![Effect::Quit],
            Msg::Key(Key::Ctrl('c')) => return vec![Effect::Interrupt],
            Msg::Key(Key::Ctrl('z')) => return vec![Effect::Suspend],
            Msg::Key(Key::Ctrl('l')) => return vec![Effect::Redraw],
            Msg::Key(Key::Char('R')) => return vec![Effect::Reload { generation: 1 }],
            Msg::Key(Key::Char('m')) => return vec![Effect::Point(Mouse::On)],
            Msg::Pointed { .. } => self.words = "pointed at".to_owned(),
            Msg::Key(Key::Char('p')) => panic!("in the main thread"),
            Msg::Key(Key::Char('a')) => std::process::abort(),
            Msg::Key(Key::Char('o')) => self.keys = overflow(1),
            Msg::Key(Key::Char('s')) => loop {
                thread::park();
            },
            Msg::Key(_) => self.keys += 1,
            Msg::Resize { width, height } => self.words = format!("{width}x{height}"),
            Msg::Failed(words) => self.words = words,
            Msg::Paste(text) => self.words = format!("pasted {}", text.len()),
            _ => {}
        }
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer) {
        let text = format!("ready, {} keys, {}", self.keys, self.words);
        buffer.set_string(0, 0, text, Style::new().bg(Color::Indexed(215)));
    }

    fn cursor(&self) -> Option<(u16, u16)> {
        None
    }

    fn hit_test(&self, pointed: MouseInput) -> Msg {
        Msg::Pointed { gesture: pointed.gesture, target: HitTarget::Nothing }
    }

    fn is_waiting(&self) -> bool {
        false
    }
}

/// Overflows the stack.
fn overflow(depth: usize) -> usize {
    let page = black_box([depth; 512]);
    if depth == 0 { 0 } else { overflow(depth + 1) + page[depth % 512] }
}

#[test]
#[ignore = "started by the other tests, in a terminal"]
fn explorer() {
    if env::var_os(INSIDE).is_none() {
        return;
    }
    end_on_panic(|info| say(&format!("panicked: {info}")));
    let watch = watch(|ending| say(&format!("ended: {ending:?}"))).unwrap();
    println!("loading");
    match env::var(INSIDE).unwrap_or_default().as_str() {
        "loading" => thread::park(),
        "loading, panic" => panic!("while loading"),
        "loading, worker's panic" => drop(thread::spawn(|| panic!("in a worker")).join()),
        "loading, overflow" => drop(black_box(overflow(1))),
        _ => {}
    }
    let work = SessionSetup {
        deferred: None,
        reload: Box::new(|_| panic!("in a worker")),
        writers: FileWriters {
            export: |_| Exported::Failed("not here".to_owned()),
            save: |saving| Saved { saving, written: 0, error: Some("not here".to_owned()) },
        },
        live: None,
        clipboard: Clipboard::Terminal,
        editor: Editor::new(|_| None, EditorUse::Off),
        erase_background: EraseBackground::TerminalDefault,
    };
    let code = match run(FaultyProgram { keys: 0, words: String::new() }, work, &watch) {
        Ok(ending) => ending.code(),
        Err(TakeError::NoTerminal) => 2,
        Err(TakeError::Setup(_) | TakeError::Thread(_)) => 1,
    };
    std::process::exit(i32::from(code))
}

/// Prints a message; a failure to print must not cause another panic.
fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{words}");
}

/// Runs `script` with `$0` as the command line of [`explorer`].
fn start_by(script: &str, how: &str) -> Terminal {
    let binary = env::current_exe().unwrap();
    let name = format!("{}::explorer", module_path!().split_once("::").unwrap().1);
    let mut command = CommandBuilder::new("/bin/sh");
    let explorer = format!("'{}' --exact --ignored --nocapture {name}", binary.display());
    command.args(["-c", &script.replace("$0", &explorer)]);
    command.env(INSIDE, how);
    command.env("RUST_BACKTRACE", "0");
    command.cwd(env::current_dir().unwrap());
    Terminal::start(command, 80, 24)
}

/// Starts the explorer in a terminal, and waits until it is ready.
fn ready() -> Terminal {
    let terminal = start_by("exec $0", "");
    terminal.wait_for("ready");
    terminal
}

/// Ends the explorer with these keys, checks that it has restored the terminal, and returns its last words.
fn end_after(keys: &str, end: &End) -> String {
    let mut terminal = ready();
    terminal.keys(keys);
    let left = terminal.wait();
    left.check(end);
    // The last message is on the main screen.
    left.written.rsplit_once("\x1b[?1049l").unwrap().1.to_owned()
}

fn aborted() -> End {
    End::Signal("Aborted".to_owned())
}

#[test]
fn quitting_and_interrupting_give_the_terminal_back() {
    assert_eq!(end_after("q", &End::Code(0)), "");
    assert_eq!(end_after("\x03", &End::Code(130)), "");
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let terminal = ready();
        terminal.signal(signal);
        terminal.wait().check(&End::Code(code));
    }
}

/// Sends every signal that can be caught and ends a process, apart from faults. Those without a name are real-time
/// signals.
#[test]
fn every_signal_that_ends_a_process_gives_the_terminal_back() {
    let numbers = [10, 12, 14, 16, 24, 26, 27, 29, 30, 31, 34, 50, 64];
    for number in numbers {
        let terminal = ready();
        terminal.signal_by_number(number);
        terminal.wait().check(&End::Code(128 + number));
        let terminal = start_by("exec $0", "loading");
        terminal.wait_for("loading");
        terminal.signal_by_number(number);
        let left = terminal.wait();
        left.check(&End::Code(128 + number));
        assert!(left.written.contains("ended: "), "{number}: {}", left.written);
    }
}

#[test]
fn a_fault_gives_the_terminal_back_and_ends_as_a_fault() {
    let faults = [
        (Signal::SEGV, "Segmentation fault"),
        (Signal::BUS, "Bus error"),
        (Signal::ILL, "Illegal instruction"),
        (Signal::FPE, "Floating point exception"),
        (Signal::TRAP, "Trace/breakpoint trap"),
        (Signal::ABORT, "Aborted"),
    ];
    for (signal, name) in faults {
        let terminal = ready();
        terminal.signal(signal);
        terminal.wait().check(&End::Signal(name.to_owned()));
    }
}

#[test]
fn a_file_past_its_limit_is_an_error_and_no_end() {
    let mut terminal = ready();
    terminal.signal_by_number(25);
    terminal.keys("j");
    terminal.wait_for("1 keys");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn a_paste_is_one_text_and_no_keys() {
    let mut terminal = ready();
    terminal.keys("\x1b[200~qqq\rpa\x03\x1b[201~");
    terminal.wait_for("pasted 7");
    terminal.keys(&format!("\x1b[200~{}\x1b[201~", "q".repeat(200_000)));
    terminal.wait_for("pasted 65536");
    terminal.keys("q");
    let left = terminal.wait();
    left.check(&End::Code(0));
    assert!(left.written.contains("\x1b[?2004h") && left.written.contains("\x1b[?2004l"));
}

#[test]
fn a_signal_ends_a_program_that_is_stuck() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let mut terminal = ready();
        terminal.keys("js");
        terminal.signal(signal);
        terminal.wait().check(&End::Code(code));
    }
}

#[test]
fn a_signal_ends_a_load() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let terminal = start_by("exec $0", "loading");
        terminal.wait_for("loading");
        terminal.signal(signal);
        let left = terminal.wait();
        left.check(&End::Code(code));
        assert!(!left.written.contains("\x1b["), "the terminal was not taken: {}", left.written);
        assert!(left.written.contains("ended: "), "the last words were said: {}", left.written);
    }
}

#[test]
fn a_fault_during_a_load_ends_it() {
    let ends = [
        ("loading, panic", End::Code(101), "while loading"),
        ("loading, worker's panic", End::Code(101), "in a worker"),
        ("loading, overflow", aborted(), "overflowed its stack"),
    ];
    for (how, end, words) in ends {
        let left = start_by("exec $0", how).wait();
        left.check(&end);
        assert!(!left.written.contains("\x1b["), "the terminal was not taken: {}", left.written);
        assert!(left.written.contains(words), "{how}: {}", left.written);
    }
}

#[test]
fn a_panic_in_any_thread_gives_the_terminal_back_and_is_told_after() {
    assert!(end_after("p", &End::Code(101)).contains("in the main thread"));
    assert!(end_after("R", &End::Code(101)).contains("in a worker"));
}

#[test]
fn an_abort_gives_the_terminal_back() {
    end_after("a", &aborted());
    assert!(end_after("o", &aborted()).contains("overflowed its stack"), "it is told after");
}

#[test]
fn the_mouse_is_given_back_at_every_end() {
    let on = || {
        let mut terminal = ready();
        terminal.keys("m");
        // Press of the left button in the second column of the third row.
        terminal.keys("\x1b[<0;2;3M");
        terminal.wait_for("pointed at");
        terminal
    };
    let ways = [("q", End::Code(0)), ("\x03", End::Code(130)), ("p", End::Code(101)), ("R", End::Code(101))];
    for (keys, end) in ways.into_iter().chain([("a", aborted()), ("o", aborted())]) {
        let mut terminal = on();
        terminal.keys(keys);
        let left = terminal.wait();
        left.check(&end);
        assert!(left.written.contains("\x1b[?1000h") && left.written.contains("\x1b[?1000l"), "{keys:?}");
    }
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let terminal = on();
        terminal.signal(signal);
        terminal.wait().check(&End::Code(code));
    }
    let mut stuck = on();
    stuck.keys("s");
    stuck.signal(Signal::TERM);
    stuck.wait().check(&End::Code(143));
    let mut suspended = on();
    suspended.keys("\x1a");
    suspended.wait_for("no shell to suspend to");
    suspended.keys("\x1b[<64;2;3M");
    suspended.wait_for("pointed at");
    suspended.keys("q");
    let left = suspended.wait();
    left.check(&End::Code(0));
    assert_eq!(left.written.matches("\x1b[?1000h").count(), 2, "it is taken again");
}

#[test]
fn losing_the_terminal_ends_the_process() {
    for _ in 0..5 {
        assert_eq!(ready().hang_up_after("j"), End::Code(129));
        let deaf = start_by("trap '' HUP; exec $0", "");
        deaf.wait_for("ready");
        assert_eq!(deaf.hang_up_after("j"), End::Code(129));
    }
}

#[test]
fn keys_come_from_the_terminal_when_standard_input_is_a_pipe() {
    let mut terminal = start_by("echo profile | $0", "");
    terminal.wait_for("ready");
    terminal.keys("jj\x1b[B");
    terminal.wait_for("3 keys");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn without_a_terminal_for_keys_nothing_is_taken() {
    let terminal = start_by("setsid $0 < /dev/null; exit $?", "");
    let left = terminal.wait();
    assert_eq!(left.end, End::Code(2), "{}", left.written);
    assert!(!left.written.contains("\x1b["), "{}", left.written);
}

#[test]
fn a_key_storm_is_few_frames_and_rest_is_silent() {
    let mut terminal = ready();
    let before = terminal.frames();
    terminal.keys(&"j".repeat(200));
    terminal.wait_for("200 keys");
    let frames = terminal.frames() - before;
    // The scheduler may part the keys; `session/tests.rs` counts the frames of keys that are there.
    assert!(frames <= 100, "{frames} frames for 200 keys");
    let written = terminal.written();
    thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(terminal.written(), written, "an idle screen takes no byte");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn every_size_is_drawn() {
    let mut terminal = ready();
    for (columns, rows) in [(120, 40), (1, 1), (500, 500), (2, 90), (80, 24)] {
        terminal.resize(columns, rows);
    }
    terminal.wait_for("80x24");
    terminal.resize(60, 20);
    terminal.wait_for("60x20");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
}

#[test]
fn without_a_shell_there_is_nothing_to_suspend_to() {
    let mut terminal = ready();
    terminal.keys("\x1a");
    terminal.wait_for("no shell to suspend to");
    terminal.keys("q");
    terminal.wait().check(&End::Code(0));
}
