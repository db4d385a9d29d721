//! Shell completions and manual pages, generated from the declaration of the command line.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use clap_complete::{Shell, generate};
use clap_complete_nushell::Nushell;
use clap_mangen::Man;

use super::args::{CommandLine, ENVIRONMENT, ShellArg};
use super::message::CliFailure;
use super::output::Output;

/// Prints completions for a shell.
pub(crate) fn completions(shell: ShellArg, out: &mut dyn Write) -> io::Result<()> {
    // The generator panics if a write fails, so it writes to memory first.
    let (mut command, mut bytes) = (CommandLine::command(), Vec::new());
    let shell = match shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Elvish => Shell::Elvish,
        ShellArg::Fish => Shell::Fish,
        ShellArg::PowerShell => Shell::PowerShell,
        ShellArg::Zsh => Shell::Zsh,
        ShellArg::Nushell => {
            generate(Nushell, &mut command, "heapglass", &mut bytes);
            return out.write_all(&bytes);
        }
    };
    generate(shell, &mut command, "heapglass", &mut bytes);
    out.write_all(&bytes)
}

/// Prints the manual page of the program.
pub(crate) fn page(out: &mut dyn Write) -> io::Result<()> {
    render(&built(), out)
}

/// Writes a manual page for the program and for each command into a directory, as new files.
///
/// # Errors
/// [`CliFailure`] if one of the files exists, or cannot be created.
pub(crate) fn pages(folder: &Path) -> Result<(), CliFailure> {
    let program = built();
    // Full names, with dashes between the words.
    let path_of =
        |command: &Command| folder.join(format!("{}.1", command.get_display_name().unwrap_or(command.get_name())));
    let pages: Vec<(&Command, PathBuf)> =
        std::iter::once(&program).chain(program.get_subcommands()).map(|command| (command, path_of(command))).collect();
    if let Some((_, path)) = pages.iter().find(|(_, path)| path.symlink_metadata().is_ok()) {
        let hint = "remove the old pages first, or name another directory".to_owned();
        return Err(CliFailure::input(format!("{}: exists already", path.display()), Some(hint)));
    }
    pages.into_iter().try_for_each(|(command, path)| Output::New(path).write(|out| render(command, out)))
}

fn built() -> Command {
    let mut command = CommandLine::command();
    command.build();
    command
}

/// Sections that every page has.
const SECTIONS: &str = "\
Exit status:
  0    success
  1    a limit of check is exceeded
  2    invalid command line or input
  3    a resource limit was exceeded
  101  a bug of heapglass
  128 plus the number of a signal that ended the explorer

Files:
  $XDG_CONFIG_HOME/heapglass/config.toml, else ~/.config/heapglass/config.toml
       settings and key bindings
  themes/NAME.toml, advice.toml
       themes and rules of advice, beside the settings";

/// Writes a manual page, with a section for each heading of the text after the options.
fn render(command: &Command, mut out: &mut dyn Write) -> io::Result<()> {
    let more = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let man = Man::new(command.clone().after_help(""));
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    let environment = if more.contains(ENVIRONMENT) { "" } else { ENVIRONMENT };
    for section in [more.as_str(), environment, SECTIONS].iter().flat_map(|text| text.split("\n\n")) {
        let Some((heading, lines)) = section.split_once(":\n") else { continue };
        writeln!(out, ".SH {}\n.nf", heading.to_uppercase())?;
        for line in lines.lines() {
            writeln!(out, "{}", escaped(line))?;
        }
        writeln!(out, ".fi")?;
    }
    Ok(())
}

/// Escapes a line of literal text for roff.
fn escaped(line: &str) -> String {
    let text = line.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
