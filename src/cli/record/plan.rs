//! Plan of a recording: source, period, count and directory.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::base::limits::Limits;
use crate::base::units::parse_size;
use crate::format::ReadOptions;
use crate::source::{Address, process};

use super::super::condition::Condition;
use super::super::environment::Variables;
use super::super::hook::HookCommand;
use super::super::limit_args::LimitArgs;
use super::super::message::CliFailure;
use super::super::network::{self, NetArgs, time};
use super::ring::RingLimits;

const EXAMPLES: &str = "\
Examples:
  heapglass record http://host:6060 --every 10s --dir snapshots/
  heapglass record host:6060 --every 1m --count 60 --dir snapshots/
  heapglass record host:6060 --every 10s --keep 50 --keep-peaks 5 --dir ring/
                                            the 50 newest and the 5 largest snapshots
  heapglass record host:6060 --every 10s --when 'heap > 80%' --keep 5 --exec ./upload --dir ring/
                                            only near the limit of the container, and an upload of each
  heapglass snapshots/                      look at what was recorded

A percentage is one of the container's memory limit (cgroup v1 or v2) or of --of. `heap` is
HeapAlloc of Go's MemStats, else the in-use bytes of the profile; `rss` is VmRSS of a process on
this machine. Near the limit snapshots are taken more often than --every, the faster memory grows.
Beside each snapshot a file `.memory.txt` keeps the figures, and is read with it.";

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
    /// Keep the N newest snapshots of the directory and remove older ones [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep: Option<u32>,
    /// Keep the N largest snapshots, too
    #[arg(long, value_name = "N", requires = "keep")]
    pub(crate) keep_peaks: Option<u32>,
    /// Take snapshots only while this holds: `heap > 80%`, `heap > 512MiB` or `rss > 90%`
    #[arg(long, value_name = "CONDITION")]
    pub(crate) when: Option<Condition>,
    /// Wait until the condition has held for this time
    #[arg(long = "for", id = "for", value_name = "TIME", value_parser = time, requires = "when")]
    pub(crate) least: Option<Duration>,
    /// Memory limit that percentages are of [default: the limit of the service's container]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) of: Option<i64>,
    /// Run this command for each snapshot, with its file in place of `{}` or as the last argument; no shell
    #[arg(long, value_name = "COMMAND", value_parser = HookCommand::parse)]
    pub(crate) exec: Option<HookCommand>,
    /// Process of the service on this machine [default: the one that listens on the port of a local address]
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<u32>,
    /// HTTP services.
    #[command(flatten)]
    pub(crate) net: NetArgs,
    /// Limits.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Plan of a recording, as interpreted from the arguments.
pub(crate) struct RecordPlan {
    /// Service.
    pub(crate) address: Address,
    /// Period.
    pub(crate) every: Duration,
    /// Number of snapshots; `None` for no limit.
    pub(crate) count: Option<u64>,
    /// Directory.
    pub(crate) folder: PathBuf,
    /// Limits on the number of kept snapshots.
    pub(super) ring: RingLimits,
    /// Condition that must hold for a snapshot to be taken; `None` for always.
    pub(crate) when: Option<Condition>,
    /// Minimum time for which the condition must have held.
    pub(crate) least: Duration,
    /// Limit that percentages refer to; `None` for the limit of the container.
    pub(crate) limit: Option<i64>,
    /// Command for each snapshot.
    pub(crate) exec: Option<HookCommand>,
    /// Process of the service; `None` to look it up.
    pub(crate) process: Option<u32>,
    /// Read options with limits.
    pub(crate) options: ReadOptions,
}

/// Parses a size of memory.
pub(crate) fn size(text: &str) -> Result<i64, String> {
    let bytes = parse_size(text).map_err(|error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })?;
    i64::try_from(bytes).ok().filter(|bytes| *bytes > 0).ok_or_else(|| "a limit is more than 0".to_owned())
}

impl RecordPlan {
    /// Interprets the arguments.
    ///
    /// # Errors
    /// [`CliFailure`] if the source is not a service.
    pub(crate) fn new(args: RecordArgs, variables: Variables<'_>) -> Result<Self, CliFailure> {
        let access = network::access(&args.net, variables)?;
        let address = Address::parse(&args.source).with_access(&access);
        if address.remote().is_none() {
            let line = format!("{}: not a service, and cannot be recorded", address.name());
            return Err(CliFailure::input(line, Some("give an address, as `http://host:6060`".to_owned())));
        }
        if let Some(pid) = args.pid.filter(|pid| process::memory_of(*pid).is_empty()) {
            let hint = "`--pid` is the number of the service's own process; without it, the one that listens is found";
            let line = format!("`--pid {pid}`: no process on this machine whose memory can be read");
            return Err(CliFailure::input(line, Some(hint.to_owned())));
        }
        let limits = args.limits.over(Limits::default());
        let options = ReadOptions::from(limits);
        let ring = RingLimits {
            newest: args.keep.map(|count| count as usize),
            largest: args.keep_peaks.unwrap_or(0) as usize,
        };
        Ok(Self {
            address,
            every: args.every,
            count: args.count,
            folder: args.dir,
            ring,
            when: args.when,
            least: args.least.unwrap_or_default(),
            limit: args.of,
            exec: args.exec,
            process: args.pid,
            options,
        })
    }
}
