//! Options of `check` about a condition and an alert.

use std::time::Duration;

use clap::Args;

use super::condition::Condition;
use super::hook::HookCommand;
use super::network::time;
use super::record::size;

/// Condition, and repetition of a check.
#[derive(Debug, Args)]
pub(crate) struct AlertArgs {
    /// Broken while this holds: `heap > 80%` (of the limit), `heap > 512MiB` or `rss > 90%`
    #[arg(long, value_name = "CONDITION", help_heading = "Limits to check")]
    pub(crate) when: Option<Condition>,
    /// Memory limit that a percentage of --when is of [default: the limit of the service's container]
    #[arg(long, value_name = "SIZE", value_parser = size, requires = "when")]
    #[arg(help_heading = "Limits to check")]
    pub(crate) of: Option<i64>,
    /// Check again and again, this often; end with 1 at the alert unless --exec goes on
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Alert")]
    pub(crate) every: Option<Duration>,
    /// Alert only after limits were broken for this time without a break
    #[arg(long = "for", id = "for", value_name = "TIME", value_parser = time, requires = "every", help_heading = "Alert")]
    pub(crate) least: Option<Duration>,
    /// Run this command at each alert, with the verdict in place of `{}` or as the last argument; no shell
    #[arg(long, value_name = "COMMAND", value_parser = HookCommand::parse, requires = "every", help_heading = "Alert")]
    pub(crate) exec: Option<HookCommand>,
}
