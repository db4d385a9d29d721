//! Options about limits.

use clap::Args;

use crate::base::limits::Limits;
use crate::base::units::parse_size;

/// Limits of memory and input.
#[derive(Clone, Debug, Args)]
pub(crate) struct LimitArgs {
    /// Memory for everything loaded [default: half of the machine's]
    #[arg(long = "max-memory", id = "max_memory", value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    #[arg(allow_negative_numbers = true)]
    pub(crate) memory: Option<u64>,
    /// Bytes of one input as stored or sent [default: 1GiB]
    #[arg(long = "max-input", id = "max_input", value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    #[arg(allow_negative_numbers = true)]
    pub(crate) input: Option<u64>,
    /// Bytes of one input after decompression [default: 4GiB]
    #[arg(long = "max-inflated", id = "max_inflated", value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    #[arg(allow_negative_numbers = true)]
    pub(crate) inflated: Option<u64>,
    /// Samples, locations and other records of one input [default: 64000000]
    #[arg(
        long = "max-records",
        id = "max_records",
        value_name = "N",
        help_heading = "Limits",
        allow_negative_numbers = true
    )]
    pub(crate) records: Option<u64>,
}

impl LimitArgs {
    /// Applies the options to the default limits.
    pub(crate) fn over(&self, usual: Limits) -> Limits {
        Limits {
            memory: self.memory.unwrap_or(usual.memory),
            input: self.input.unwrap_or(usual.input),
            inflated: self.inflated.unwrap_or(usual.inflated),
            records: self.records.unwrap_or(usual.records),
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
