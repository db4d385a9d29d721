//! Pseudo-terminal that runs a program, with an emulator that receives its output.
//!
//! Every wait has a deadline, which is reached only by failures.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// Time limit of every wait, longer than anything takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);
/// Modes that are on in a new terminal: wrapping, and a visible cursor.
const USUALLY_ON: [&str; 2] = ["7", "25"];

/// Program in a terminal.
pub struct Terminal {
    shown: Arc<Shown>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    reader: JoinHandle<()>,
    pid: Pid,
    end: Receiver<End>,
    settings: String,
}

/// Way in which a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Exit code.
    Code(u32),
    /// Signal.
    Signal(String),
}

/// State of the terminal after the program has ended.
#[derive(Debug)]
pub struct Left {
    /// End of the program.
    pub end: End,
    /// True if the terminal's settings are restored.
    pub is_as_found: bool,
    /// Private modes left on, and `-25` for a hidden cursor.
    pub modes: Vec<String>,
    /// All output of the program.
    pub written: String,
}

/// Output of the program so far.
struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    emulator: vt100::Parser,
    written: Vec<u8>,
    reads: usize,
    is_closing: bool,
}

impl Terminal {
    /// Starts a program in a terminal of `columns` and `rows`.
    pub fn start(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let settings = settings(&*pair.master);
        let mut child = pair.slave.spawn_command(command).unwrap();
        let pid = Pid::from_raw(child.process_id().unwrap() as i32).unwrap();
        drop(pair.slave);
        let (sender, end) = channel();
        thread::spawn(move || {
            let status = child.wait().unwrap();
            let end = status.signal().map_or(End::Code(status.exit_code()), |signal| End::Signal(signal.to_owned()));
            sender.send(end)
        });
        let emulator = vt100::Parser::new(rows, columns, 0);
        let state = Mutex::new(State { emulator, written: Vec::new(), reads: 0, is_closing: false });
        let shown = Arc::new(Shown { state, changed: Condvar::new() });
        let (writer, source) = (Arc::clone(&shown), pair.master.try_clone_reader().unwrap());
        let reader = thread::spawn(move || read(source, &writer));
        let keys = pair.master.take_writer().unwrap();
        Self { shown, master: pair.master, keys, reader, pid, end, settings }
    }

    /// Text of the screen.
    pub fn screen(&self) -> String {
        self.shown.state.lock().unwrap().emulator.screen().contents()
    }

    /// Selected text on the screen: reversed cells without colours, else cells with the background of the selection.
    pub fn selected(&self) -> String {
        let state = self.shown.state.lock().unwrap();
        let screen = state.emulator.screen();
        let (rows, columns) = screen.size();
        let cells = (0..rows).flat_map(|row| (0..columns).filter_map(move |column| screen.cell(row, column)));
        // A reversed cell with exchanged colours is an equivalent form that takes fewer bytes.
        let is_selected = |cell: &&vt100::Cell| {
            let fill = if cell.inverse() { cell.fgcolor() } else { cell.bgcolor() };
            fill == vt100::Color::Idx(184) || cell.inverse() && fill == vt100::Color::Default
        };
        cells.filter(is_selected).map(vt100::Cell::contents).collect()
    }

    /// Number of bytes written so far.
    pub fn written(&self) -> usize {
        self.shown.state.lock().unwrap().written.len()
    }

    /// Number of frames read so far. Each frame is one write; frames that arrive before the next read count as one.
    pub fn frames(&self) -> usize {
        self.shown.state.lock().unwrap().reads
    }

    /// Waits until the screen shows `text`; returns the screen.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("`{text}`"), |screen| screen.contains(text))
    }

    /// Waits until the screen satisfies `is_right`, described by `what`; returns the screen.
    pub fn wait_until(&self, what: &str, is_right: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + DEADLINE;
        let mut state = self.shown.state.lock().unwrap();
        loop {
            let screen = state.emulator.screen().contents();
            if is_right(&screen) {
                return screen;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {what} on the screen:\n{screen}");
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Types `keys`.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Changes the size of the terminal.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.shown.state.lock().unwrap().emulator.screen_mut().set_size(rows, columns);
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Sends a signal, which may have no name, to the program.
    pub fn signal_by_number(&self, number: u32) {
        let kill = std::process::Command::new("/bin/sh")
            .args(["-c", &format!("kill -{number} {}", self.pid.as_raw_nonzero())])
            .status();
        assert!(kill.unwrap().success(), "signal {number}");
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Waits for the program to end.
    pub fn wait(self) -> Left {
        let end = self.end.recv_timeout(DEADLINE);
        assert!(end.is_ok(), "the program did not end:\n{}", self.screen());
        let is_as_found = settings(&*self.master) == self.settings;
        // The other side is closed, so the reader ends.
        self.reader.join().unwrap();
        let written = String::from_utf8_lossy(&self.shown.state.lock().unwrap().written).into_owned();
        Left { end: end.unwrap(), is_as_found, modes: modes_left(&written), written }
    }

    /// Types `keys`, waits for output, closes the terminal, and returns how the program ended.
    pub fn hang_up_after(mut self, keys: &str) -> End {
        self.shown.state.lock().unwrap().is_closing = true;
        // The reader keeps the terminal open until it has read more output.
        self.keys(keys);
        self.reader.join().unwrap();
        drop((self.keys, self.master));
        let end = self.end.recv_timeout(DEADLINE);
        assert!(end.is_ok(), "the program outlived its terminal");
        end.unwrap()
    }
}

impl Left {
    /// Checks the end of the program, and that the terminal is restored.
    pub fn check(&self, end: &End) {
        assert_eq!(self.end, *end, "{}", self.written);
        assert!(self.is_as_found, "the settings of the terminal are not as they were");
        assert!(self.modes.is_empty(), "left on: {:?}", self.modes);
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

/// Reads the output of the program.
fn read(mut source: Box<dyn Read + Send>, shown: &Shown) {
    let mut bytes = [0; 4096];
    loop {
        // If the program of a terminal has ended, some systems return an error, and others return no bytes.
        let count = source.read(&mut bytes).unwrap_or(0);
        let mut state = shown.state.lock().unwrap();
        state.emulator.process(&bytes[..count]);
        state.written.extend_from_slice(&bytes[..count]);
        state.reads += 1;
        shown.changed.notify_all();
        if count == 0 || state.is_closing {
            return;
        }
    }
}

/// Private modes that are on after `written` and were off before.
fn modes_left(written: &str) -> Vec<String> {
    let mut modes = BTreeMap::new();
    for sequence in written.split("\x1b[?").skip(1) {
        let end = sequence.find(|character: char| !character.is_ascii_digit() && character != ';');
        let (numbers, rest) = sequence.split_at(end.unwrap_or(sequence.len()));
        for number in numbers.split(';') {
            modes.insert(number, rest.starts_with('h'));
        }
    }
    let on = modes.iter().filter(|(mode, on)| **on && !USUALLY_ON.contains(mode)).map(|(mode, _)| (*mode).to_owned());
    on.chain((modes.get("25") == Some(&false)).then(|| "-25".to_owned())).collect()
}
