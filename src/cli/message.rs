//! What is said on standard error: one clear line, and where something would help, a line that begins with `hint:`.
//!
//! Whatever is said may quote a file or an argument, so that all of it is made safe here. A message that cannot be
//! written is lost: there is nowhere left to say so.

use std::io::{self, Write};

use crate::base::clean::safe_str;

use super::exit::Exit;

/// Why the program ends without a result.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The code to end with.
    pub(crate) exit: Exit,
    /// What is wrong, a line each.
    pub(crate) lines: Vec<String>,
    /// What would help.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// An error of the command line or of an input.
    pub(crate) fn input(line: impl Into<String>, hint: Option<String>) -> Self {
        Self { exit: Exit::Input, lines: vec![line.into()], hint }
    }

    /// Says why, and gives the code to end with.
    pub(crate) fn report(&self) -> Exit {
        for line in &self.lines {
            say(line);
        }
        if let Some(text) = &self.hint {
            hint(text);
        }
        self.exit
    }
}

/// Says that something is wrong, or was passed over.
pub(crate) fn say(line: &str) {
    write(&format!("heapglass: {}", safe_str(line)));
}

/// Says what would help.
pub(crate) fn hint(line: &str) {
    write(&format!("hint: {}", safe_str(line)));
}

/// Writes text of several lines as it is but for what is unsafe in each line.
pub(crate) fn lines(text: &str) {
    for line in text.lines() {
        write(&safe_str(line));
    }
}

fn write(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
