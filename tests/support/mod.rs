//! Shared test code: sample profiles, and runs of the program.

pub mod build;
pub mod damage;
pub mod edits;
pub mod elf;
pub mod fuzzed;
pub mod jfr;
#[cfg(feature = "net")]
pub mod server;
pub mod snapshots;
pub mod sources;
#[cfg(feature = "net")]
pub mod store;
pub mod terminal;

use heapglass::play::Session;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;

/// Result of a run.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Folder of the sample profiles.
pub fn data() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "data"].iter().collect()
}

/// Program in the folder of the profiles, with a minimal environment, so that a developer's settings do not change
/// golden files.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("heapglass"));
    command
        .args(args)
        .current_dir(data())
        .env_clear()
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC");
    command
}

/// Sends a signal by its name, such as `INT`, with the shell's own `kill`: a slim image has no other.
pub fn signal(child: &std::process::Child, name: &str) {
    let mut shell = std::process::Command::new("/bin/sh");
    let sent = shell.args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(sent.success(), "{name}");
}

/// Runs the program to its end.
pub fn run(args: &[&str]) -> Outcome {
    outcome(&mut command(args))
}

/// Runs `check`; returns its exit code, and both outputs.
pub fn check(args: &[&str]) -> (i32, String) {
    let outcome = run(&[&["check"], args].concat());
    (outcome.code, outcome.stdout + &outcome.stderr)
}

/// Path as an argument of the program.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs the program with these bytes as its standard input.
pub fn run_with(args: &[&str], input: &[u8]) -> Outcome {
    outcome(command(args).write_stdin(input))
}

/// Starts the program with piped output.
pub fn spawn(args: &[&str]) -> std::process::Child {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("heapglass"));
    command.args(args).current_dir(data()).env_clear().stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program, which must succeed without messages; returns its output.
pub fn result(args: &[&str]) -> String {
    let outcome = run(args);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{args:?}");
    outcome.stdout
}

/// Runs a report as JSON; returns the object.
pub fn json(args: &[&str]) -> serde_json::Value {
    let mut all = vec!["report"];
    all.extend(args);
    all.extend(["--format", "json"]);
    serde_json::from_str(&result(&all)).unwrap()
}

/// Compares `text` with the golden file `tests/cases/<folder>/<name>.snap`.
pub fn golden(folder: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Explorer in a terminal of 120 x 30, with a minimal environment.
#[cfg(feature = "net")]
pub fn explore(args: &[&str]) -> terminal::Terminal {
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_heapglass"));
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC")] {
        command.env(name, value);
    }
    command.args(args);
    command.cwd(data());
    terminal::Terminal::start(command, 120, 30)
}

/// Presses keys, separated by blanks, and returns the screen.
pub fn press(session: &mut Session, keys: &str) -> String {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
    session.frame().to_string()
}

/// Types a command line, runs it, and returns the screen.
pub fn run_line(session: &mut Session, line: &str) -> String {
    session.key(":").unwrap();
    session.type_text(line);
    press(session, "Enter")
}
