//! Facts about a parsed command line that do not depend on its command.

use super::args::{Command, CommandLine};
use super::screen_args::ColorSource;

impl CommandLine {
    /// Returns true if the settings file applies to the command.
    pub(crate) fn has_preferences(&self) -> bool {
        let is_other = matches!(self.command, Some(Command::Completions(_) | Command::Man(_) | Command::Config(_)));
        !is_other && !self.reset
    }

    /// Requested theme; `None` for the default.
    pub(crate) fn theme(&self) -> Option<&str> {
        let screen = match &self.command {
            None => &self.screen,
            Some(Command::Report(args)) => &args.screen,
            Some(Command::Check(args)) => &args.screen,
            Some(_) => return None,
        };
        screen.theme.as_deref()
    }

    /// Sets the source of the number of colours.
    pub(crate) fn set_color_source(&mut self, source: ColorSource) {
        let screen = match &mut self.command {
            None => &mut self.screen,
            Some(Command::Report(args)) => &mut args.screen,
            Some(Command::Check(args)) => &mut args.screen,
            Some(_) => return,
        };
        screen.color_source = source;
    }
}
