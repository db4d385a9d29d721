//! What is to be recorded: whose snapshots, how often, how many, and where they go.

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
    /// The service, at /debug/pprof/heap by default
    #[arg(value_name = "URL")]
    pub(crate) source: OsString,
    /// Take a snapshot so often: `10s`, `1m`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) every: Duration,
    /// End after N snapshots [default: with Ctrl-C]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Where to write them; what is there already stays
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// How services are asked.
    #[command(flatten)]
    pub(crate) net: NetArgs,
    /// What the inputs may ask of this machine.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// What is to be recorded.
pub(crate) struct RecordPlan {
    /// Whose snapshots.
    pub(crate) address: Address,
    /// How often.
    pub(crate) every: Duration,
    /// How many; no end where it is not said.
    pub(crate) count: Option<u64>,
    /// Where they go.
    pub(crate) folder: PathBuf,
    /// What a snapshot may ask of this machine.
    pub(crate) options: ReadOptions,
}

impl RecordPlan {
    /// Understands the arguments.
    ///
    /// # Errors
    /// [`CliFailure`] when there is no service to ask.
    pub(crate) fn new(args: RecordArgs, variables: Variables<'_>) -> Result<Self, CliFailure> {
        let access = network::access(&args.net, variables)?;
        let address = Address::parse(&args.source).with_access(&access);
        if address.remote().is_none() {
            let line = format!("{}: is no service that could be recorded", address.name());
            return Err(CliFailure::input(line, Some("give an address, as `http://host:6060`".to_owned())));
        }
        let limits = args.limits.over(Limits::default());
        let options = ReadOptions::from(limits);
        Ok(Self { address, every: args.every, count: args.count, folder: args.dir, options })
    }
}
