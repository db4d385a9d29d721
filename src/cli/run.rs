//! From the arguments to the exit code.

use std::env;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::config::settings::Glyphs;
use crate::report::{Format, Ink, Letters, Report, Style};

use super::args::{AsciiArg, CommandLine};
use super::environment::Environment;
use super::exit::Exit;
use super::figures::Figures;
use super::message::{Failure, lines};
use super::output::Output;
use super::request::{Ask, Request};

/// Runs the program: reads the command line, does what it says, and gives the code to exit with.
pub fn run() -> ExitCode {
    // Whatever happens, happens to the output of this hook: it must stand before anything can go wrong.
    if let Err(error) = color_eyre::install() {
        lines(&format!("{error:#}"));
    }
    let line = match CommandLine::try_parse_from(env::args_os()) {
        Ok(line) => line,
        Err(error) => return refuse(&error).into(),
    };
    let done = Request::new(line).and_then(|request| perform(&request, &Environment::read()));
    done.unwrap_or_else(|failure| failure.report()).into()
}

/// Prints help or the version as asked, or says what is wrong with the command line.
fn refuse(error: &clap::Error) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that closed its end early has seen enough.
        let _ = error.print();
        return Exit::Done;
    }
    Failure::from(error).report()
}

fn perform(request: &Request, environment: &Environment) -> Result<Exit, Failure> {
    match request {
        Request::Explore(ask) => {
            let figures = Figures::load(ask)?;
            plainly(&figures, ask, environment)?;
        }
        Request::Report(ask, paper) => {
            let figures = Figures::load(ask)?;
            let style = style(ask, environment, &paper.output);
            paper.output.write(|out| (paper.writer)(&figures.subject(paper.limit, style), out))?;
        }
    }
    Ok(Exit::Done)
}

/// What the explorer would open on, in text: for a pipe, or a terminal that has no screen.
fn plainly(figures: &Figures, ask: &Ask, environment: &Environment) -> Result<(), Failure> {
    let style = style(ask, environment, &Output::Stdout);
    let subject = figures.subject(Format::Text.usual_limit(), style);
    let writers = ["summary", "top"].map(|kind| Report::find(kind).and_then(|report| report.writer(Format::Text)));
    Output::Stdout.write(|out| {
        for (index, writer) in writers.into_iter().flatten().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            writer(&subject, out)?;
        }
        Ok(())
    })
}

/// What the text may be made of. A file or a pipe takes all characters, whatever this terminal can show: who reads it
/// is not known.
fn style(ask: &Ask, environment: &Environment, output: &Output) -> Style {
    let ascii = match ask.screen.ascii {
        AsciiArg::Auto if !output.is_terminal() => false,
        asked => environment.glyphs(asked) == Glyphs::Ascii,
    };
    let bold = environment.emphasis(ask.screen.color, output);
    Style {
        letters: if ascii { Letters::Ascii } else { Letters::Unicode },
        ink: if bold { Ink::Bold } else { Ink::Plain },
    }
}
