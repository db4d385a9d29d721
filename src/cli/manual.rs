//! Shell completions and manual pages, generated from the declaration of the command line.

use std::io::{self, Write};
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::CommandLine;
use super::message::CliFailure;
use super::output::Output;

/// Prints completions for a shell.
pub(crate) fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    // The generator panics if a write fails, so it writes to memory first.
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "heapglass", &mut bytes);
    out.write_all(&bytes)
}

/// Prints the manual page of the program.
pub(crate) fn page(mut out: &mut dyn Write) -> io::Result<()> {
    Man::new(built()).render(&mut out)
}

/// Writes a manual page for the program and for each command into a directory, as new files.
///
/// # Errors
/// [`CliFailure`] if one of the files exists, or cannot be created.
pub(crate) fn pages(folder: &Path) -> Result<(), CliFailure> {
    let program = built();
    for command in std::iter::once(&program).chain(program.get_subcommands()) {
        // Full name, with dashes between the words.
        let name = command.get_display_name().unwrap_or(command.get_name());
        let path = folder.join(format!("{name}.1"));
        Output::New(path).write(|mut out| Man::new(command.clone()).render(&mut out))?;
    }
    Ok(())
}

fn built() -> Command {
    let mut command = CommandLine::command();
    command.build();
    command
}
