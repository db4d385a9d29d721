//! The options about limits: what the inputs may ask of this machine.

use clap::Args;

use crate::base::limits::Limits;
use crate::base::units::parse_size;

/// What the inputs may ask of this machine.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Memory that everything loaded may take [default: half of what there is]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_memory: Option<u64>,
    /// Bytes of one input as it is stored or sent [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_input: Option<u64>,
    /// Bytes of one input once inflated [default: 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_inflated: Option<u64>,
    /// Samples, locations and so on of one input [default: 64000000]
    #[arg(long, value_name = "N")]
    pub(crate) max_records: Option<u64>,
}

impl LimitArgs {
    /// The usual limits, with those that were asked for in their place.
    pub(crate) fn over(&self, usual: Limits) -> Limits {
        Limits {
            memory: self.max_memory.unwrap_or(usual.memory),
            input: self.max_input.unwrap_or(usual.input),
            inflated: self.max_inflated.unwrap_or(usual.inflated),
            records: self.max_records.unwrap_or(usual.records),
            ..usual
        }
    }
}

fn size(text: &str) -> Result<u64, String> {
    parse_size(text).map_err(|error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}
