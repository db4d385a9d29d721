//! What goes with the program: completions for shells, and manual pages, both made from the declaration of the command
//! line, so that neither can be older than it.

use std::io::{self, Write};
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::CommandLine;
use super::message::CliFailure;
use super::output::Output;

/// Writes what a shell needs to complete the command line.
pub(crate) fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    // The generator gives up when a write fails; a reader that has had enough is none of its concern.
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "heapglass", &mut bytes);
    out.write_all(&bytes)
}

/// Writes the page of the program.
pub(crate) fn page(mut out: &mut dyn Write) -> io::Result<()> {
    Man::new(built()).render(&mut out)
}

/// Writes the page of the program and one for each of its commands into a directory, as new files.
///
/// # Errors
/// [`CliFailure`] when one of them is there already, or cannot be made.
pub(crate) fn pages(folder: &Path) -> Result<(), CliFailure> {
    let program = built();
    for command in std::iter::once(&program).chain(program.get_subcommands()) {
        // Its whole name, with a dash between its words.
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
