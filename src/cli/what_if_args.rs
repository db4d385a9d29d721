//! Options of `report memory` about other settings of the collector.

use clap::Args;

use crate::analysis::WhatIfRequest;
use crate::analysis::what_if::USUAL_GOGC;
use crate::base::safe_text::safe_str;

use super::record::size;

/// Settings to try.
#[derive(Debug, Args)]
pub(crate) struct WhatIfArgs {
    /// Estimate collections, GC CPU and peak heap of a Go program under other settings, in `memory`
    #[arg(long, help_heading = "What if")]
    pub(crate) what_if: bool,
    /// Values of GOGC to try [default: 25,50,100,200,400; with --gomemlimit the window's own]
    #[arg(long, value_name = "N|off,…", value_delimiter = ',', value_parser = gogc, help_heading = "What if")]
    #[arg(allow_negative_numbers = true)]
    pub(crate) gogc: Vec<GogcArg>,
    /// Values of GOMEMLIMIT to try
    #[arg(long, value_name = "SIZE,…", value_delimiter = ',', value_parser = size, help_heading = "What if")]
    pub(crate) gomemlimit: Vec<i64>,
    /// GOGC with which the profiles were taken
    #[arg(long, value_name = "N", default_value_t = USUAL_GOGC, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    #[arg(help_heading = "What if", allow_negative_numbers = true)]
    pub(crate) gogc_now: u32,
    /// CPUs of the process [default: those that its /proc/PID/status allows]
    #[arg(long, value_name = "N", value_parser = cpus, help_heading = "What if", allow_negative_numbers = true)]
    pub(crate) cpus: Option<f64>,
}

/// Value of GOGC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GogcArg {
    /// Never by the size of the heap.
    Off,
    /// Percentage.
    Percent(u32),
}

impl WhatIfArgs {
    /// Request of the options; `None` if no option is given.
    pub(crate) fn request(&self) -> Option<WhatIfRequest> {
        let usual = WhatIfRequest { gogc_now: self.gogc_now, cpus: self.cpus, ..WhatIfRequest::usual() };
        let value = |arg: &GogcArg| match arg {
            GogcArg::Off => None,
            GogcArg::Percent(percent) => Some(*percent),
        };
        match (self.gogc.is_empty(), self.gomemlimit.is_empty()) {
            (true, true) => self.what_if.then_some(usual),
            _ => Some(WhatIfRequest {
                gogc: self.gogc.iter().map(value).collect(),
                limits: self.gomemlimit.clone(),
                ..usual
            }),
        }
    }
}

fn gogc(text: &str) -> Result<GogcArg, String> {
    let percent = || text.trim().parse::<u32>().ok().filter(|percent| (1..=100_000).contains(percent));
    match text.trim() {
        "off" => Ok(GogcArg::Off),
        _ => percent()
            .map(GogcArg::Percent)
            .ok_or_else(|| format!("`{}` is neither `off` nor a percentage", safe_str(text))),
    }
}

fn cpus(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= 100_000.0);
    number.ok_or_else(|| "write a number such as 2 or 0.5".to_owned())
}
