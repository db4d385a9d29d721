//! Plan of a recording: source, period, count and directory.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::base::limits::Limits;
use crate::format::ReadOptions;
use crate::source::Address;

use super::super::environment::Variables;
use super::super::limit_args::LimitArgs;
use super::super::message::CliFailure;
use super::super::network::{self, NetArgs, time};

const EXAMPLES: &str = "\
Examples:
  heapglass record http://host:6060 --every 10s --dir snapshots/
  heapglass record host:6060 --every 1m --count 60 --dir snapshots/
  heapglass snapshots/                      look at what was recorded";

/// `heapglass record`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RecordArgs {
    /// Service, at /debug/pprof/heap by default
    #[arg(value_name = "URL")]
    pub(crate) source: OsString,
    /// Period of the snapshots: `10s`, `1m`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) every: Duration,
    /// End after N snapshots [default: until Ctrl-C]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Directory for the snapshots; existing files stay
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// HTTP services.
    #[command(flatten)]
    pub(crate) net: NetArgs,
    /// Limits.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Plan of a recording.
pub(crate) struct RecordPlan {
    /// Service.
    pub(crate) address: Address,
    /// Period.
    pub(crate) every: Duration,
    /// Number of snapshots; `None` for no limit.
    pub(crate) count: Option<u64>,
    /// Directory.
    pub(crate) folder: PathBuf,
    /// Read options with limits.
    pub(crate) options: ReadOptions,
}

impl RecordPlan {
    /// Interprets the arguments.
    ///
    /// # Errors
    /// [`CliFailure`] if the source is no service.
    pub(crate) fn new(args: RecordArgs, variables: Variables<'_>) -> Result<Self, CliFailure> {
        let access = network::access(&args.net, variables)?;
        let address = Address::parse(&args.source).with_access(&access);
        if address.remote().is_none() {
            let line = format!("{}: not a service, and cannot be recorded", address.name());
            return Err(CliFailure::input(line, Some("give an address, as `http://host:6060`".to_owned())));
        }
        let limits = args.limits.over(Limits::default());
        let options = ReadOptions::from(limits);
        Ok(Self { address, every: args.every, count: args.count, folder: args.dir, options })
    }
}
