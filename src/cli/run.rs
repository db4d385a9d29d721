//! Entry point: from the arguments to the exit code.

use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::error::ErrorKind as ParserErrorKind;
use color_eyre::config::{HookBuilder, Theme};

use crate::base::safe_text::safe_str;
use crate::report::{Palette, Report, ReportFormat, Subject, TreeOptions};
use crate::term::{self, TakeError};

use super::alert::alert;
use super::check::check;
use super::environment::{Variables, has_screen, style, variable};
use super::exit::Exit;
use super::explore::explore;
use super::figures::ReportAnswer;
use super::list::list;
use super::live;
use super::loading;
use super::manual;
use super::mcp::serve;
use super::message::{CliFailure, MessageLine, lines, warn};
use super::other_words;
use super::output::{Output, refused};
use super::preferences::{Preferences, parse_with_settings};
use super::record::record;
use super::request::{ConfigText, Request};
use super::schema::SCHEMA;
use super::screen_args::ScreenArgs;
use super::settings::printed;

/// Runs the program; returns the exit code.
pub fn run() -> ExitCode {
    install_hooks();
    let args: Vec<_> = other_words::with_help_as_option(&env::args_os().collect::<Vec<_>>());
    let parsed = match parse_with_settings(&args, &variable) {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&args, &error).into(),
    };
    let done = parsed.and_then(|(line, mut preferences)| {
        let mut request = Request::new(line)?;
        request.set_preferred_sample_type(preferences.sample_type.take());
        perform(&request, preferences, &variable)
    });
    done.unwrap_or_else(|failure| failure.report()).into()
}

/// Installs the panic message before anything can panic: plain lines, printed after the terminal is restored, with a
/// backtrace only if `RUST_BACKTRACE` is set.
fn install_hooks() {
    // Lines are made safe, which would show codes of colours as text.
    let builder = HookBuilder::blank().theme(Theme::new()).display_env_section(false);
    let builder = builder.panic_section("this is a bug of heapglass");
    let (panics, errors) = builder.into_hooks();
    if let Err(error) = errors.install() {
        lines(&format!("heapglass: {error}"));
    }
    term::end_on_panic(move |info| {
        loading::leave();
        lines(&panics.panic_report(info).to_string());
    });
}

/// Prints help or version, or the error of the command line.
fn refuse(args: &[OsString], error: &clap::Error) -> Exit {
    if let Some(failure) = other_words::failure(args, error) {
        return failure.report();
    }
    if matches!(error.kind(), ParserErrorKind::DisplayHelp | ParserErrorKind::DisplayVersion) {
        return match error.print().and_then(|()| io::stdout().flush()) {
            // A reader that closes the pipe early is not an error.
            Err(failed) if failed.kind() != ErrorKind::BrokenPipe => {
                refused(Path::new("standard output"), &failed).report()
            }
            _ => Exit::Done,
        };
    }
    CliFailure::from(error).report()
}

fn perform(request: &Request, preferences: Preferences, variables: Variables<'_>) -> Result<Exit, CliFailure> {
    if let Request::Explore(ask) = request
        && has_screen(variables)
    {
        return explore(ask, preferences, variables);
    }
    preferences.warnings.iter().for_each(|line| warn(&MessageLine::new(line)));
    if let Request::Record(plan) = request {
        return record(plan);
    }
    // If this thread cannot be started, a signal still ends the process, with the default exit code.
    let _watch = term::watch_report(|_| loading::leave());
    match request {
        Request::Reset => reset()?,
        // Handled before, with its own signal thread.
        Request::Record(_) => {}
        Request::Explore(ask) if ask.every.is_some() => return Err(live::no_screen()),
        Request::Explore(ask) => {
            let figures = ReportAnswer::load(ask)?;
            print_first_figures(&figures, &ask.screen, variables)?;
            figures.check_complete()?;
        }
        Request::Report(ask, paper) => {
            let figures = ReportAnswer::load(ask)?;
            let style = style(&ask.screen, &paper.output, variables);
            let theme = ask.screen.theme.as_deref().and_then(|name| preferences.themes.find(name));
            let palette = theme.and_then(|theme| Palette::of_theme(&theme));
            let subject = figures.subject(paper.limit, style);
            let tree_options = TreeOptions { top: subject.tree_options.top, ..paper.tree };
            let instance_order = paper.instance_order;
            let subject =
                Subject { tree_options, instance_order, budget: paper.budget, palette: palette.as_ref(), ..subject };
            paper.output.write(|out| (paper.writer)(&subject, out))?;
            figures.check_complete()?;
        }
        Request::History(plan) => plan.run(variables)?,
        Request::Check(ask, args) => {
            let is_alert = args.alert.every.is_some() || args.alert.when.is_some();
            let done = if is_alert { alert(ask, args, variables) } else { check(ask, args, variables) };
            return done.map_err(|failure| match args.exit_on_input {
                Some(code) if matches!(failure.exit, Exit::Input | Exit::Limit) => {
                    CliFailure { exit: Exit::InputCode(code), ..failure }
                }
                _ => failure,
            });
        }
        Request::List(plan) => list(plan)?,
        Request::Mcp(args) => serve(args, variables)?,
        Request::Completions(shell) => Output::Stdout.write(|out| manual::completions(*shell, out))?,
        Request::Config(ConfigText::Settings) => Output::Stdout.write(|out| out.write_all(printed().as_bytes()))?,
        Request::Config(ConfigText::Schema) => Output::Stdout.write(|out| out.write_all(SCHEMA.as_bytes()))?,
        Request::Config(ConfigText::Path(place)) => {
            let path = place.path().ok_or_else(no_place)?;
            Output::Stdout.write(|out| writeln!(out, "{}", safe_str(&path.to_string_lossy())))?;
        }
        Request::Man(None) => Output::Stdout.write(manual::page)?,
        Request::Man(Some(folder)) => manual::pages(folder)?,
    }
    Ok(Exit::Done)
}

/// Failure if there is no location for the settings file.
fn no_place() -> CliFailure {
    let hint = "`--config FILE`, `HEAPGLASS_CONFIG` or `HOME` sets its path";
    CliFailure::input("no settings file is read", Some(hint.to_owned()))
}

/// Resets the terminal for the shell.
fn reset() -> Result<(), CliFailure> {
    term::reset().map_err(|error| match error {
        TakeError::NoTerminal => CliFailure::input("there is no terminal to reset", None),
        other => CliFailure::input(other.to_string(), None),
    })
}

/// Prints the explorer's first figures as text, for a pipe or a terminal that cannot position its cursor.
fn print_first_figures(
    figures: &ReportAnswer,
    screen: &ScreenArgs,
    variables: Variables<'_>,
) -> Result<(), CliFailure> {
    let style = style(screen, &Output::Stdout, variables);
    let subject = figures.subject(ReportFormat::Text.usual_limit(), style);
    let writers =
        ["summary", "top"].map(|kind| Report::find(kind).and_then(|report| report.writer(ReportFormat::Text)));
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
