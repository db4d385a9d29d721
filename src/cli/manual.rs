//! Shell completions and manual pages, generated from the declaration of the command line.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Command, CommandFactory as _};
use clap_complete::{Shell, generate};
use clap_complete_nushell::Nushell;
use clap_mangen::Man;

use crate::config::builtin;
use crate::report::{InstanceOrder, RowOrder};

use super::args::{CommandLine, ENVIRONMENT, ShellArg};
use super::message::CliFailure;
use super::output::Output;

/// Prints completions for a shell.
pub(crate) fn completions(shell: ShellArg, out: &mut dyn Write) -> io::Result<()> {
    // The generator panics if a write fails, so it writes to memory first.
    let (mut command, mut bytes) = (with_values(CommandLine::command()), Vec::new());
    let kinds = report_kinds(&command);
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
    out.write_all(with_kinds(shell, &String::from_utf8_lossy(&bytes), &kinds).as_bytes())
}

/// Command line whose options have all the words that they take. The parser takes others too, such as the user's themes.
fn with_values(command: Command) -> Command {
    let themes = || ["auto"].into_iter().chain(builtin::names());
    let orders = || {
        let mut words: Vec<&str> = RowOrder::WORDS.iter().map(|(word, _)| *word).collect();
        let others = InstanceOrder::WORDS.iter().map(|(word, _)| *word).filter(|word| !words.contains(word));
        let others: Vec<&str> = others.collect();
        words.extend(others);
        words
    };
    let given = |command: Command| {
        command.mut_args(|argument| match argument.get_id().as_str() {
            "theme" => argument.value_parser(PossibleValuesParser::new(themes())),
            "sort" => argument.value_parser(PossibleValuesParser::new(orders())),
            _ => argument,
        })
    };
    given(command).mut_subcommands(given)
}

/// Kinds of reports with their descriptions.
fn report_kinds(command: &Command) -> Vec<PossibleValue> {
    let report = command.find_subcommand("report");
    let kind = report.and_then(|report| report.get_positionals().find(|argument| argument.get_id() == "kind"));
    kind.map_or_else(Vec::new, clap::Arg::get_possible_values)
}

/// Script with the kinds of reports, which the generators of some shells leave out, as all values of operands.
fn with_kinds(shell: Shell, script: &str, kinds: &[PossibleValue]) -> String {
    let about = |kind: &PossibleValue| kind.get_help().map(ToString::to_string).unwrap_or_default();
    // First line of the completions of the command, and a line for a kind.
    let (first, line): (&str, fn(&str, &str) -> String) = match shell {
        Shell::Elvish => ("        &'heapglass;report'= {\n", |name, about| {
            format!("            cand {name} '{}'\n", about.replace('\'', "''"))
        }),
        Shell::PowerShell => ("        'heapglass;report' {\n", |name, about| {
            let about = about.replace('\'', "''");
            format!(
                "            [CompletionResult]::new('{name}', '{name}', [CompletionResultType]::ParameterValue, '{about}')\n"
            )
        }),
        Shell::Fish => ("", |name, about| {
            let about = about.replace('\\', "\\\\").replace('\'', "\\'");
            format!(
                "complete -c heapglass -n \"__fish_heapglass_using_subcommand report\" -a \"{name}\" -d '{about}'\n"
            )
        }),
        _ => return script.to_owned(),
    };
    let lines: String = kinds.iter().map(|kind| line(kind.get_name(), &about(kind))).collect();
    match script.split_once(first).filter(|_| !first.is_empty()) {
        Some((before, after)) => [before, first, &lines, after].concat(),
        None => [script, &lines].concat(),
    }
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
