//! `heapglass mcp`: reports as tools of a Model Context Protocol server on standard input and output.
//!
//! The sources of the command line are loaded once and stay in memory. A client can only choose a report and its
//! options: no argument names a file, an address or a program, and nothing is written but replies. With
//! `HEAPGLASS_SECURE` no source file is read either. Messages are lines of JSON-RPC 2.0; any other line is answered
//! with an error, and the end of the input ends the server.

mod arguments;
mod defaults;
mod fit;
mod lines;
mod protocol;
mod tools;
mod wording;

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::load::StoreTypes;
use crate::profile::{MemoryKind, SampleType};
use crate::source::Address;
use crate::source::source_files::SourceFinder;

use super::args::McpArgs;
use super::environment::{Variables, is_secure};
use super::figures::{ReportInputs, query};
use super::message::CliFailure;
use super::output::refused;
use super::request::{ComparisonMode, LoadPlan};

use lines::{ReadLine, read_line};
use protocol::answer;
use tools::Toolbox;

/// Loads the sources and serves until the input ends or the client closes the output.
///
/// # Errors
/// [`CliFailure`] if nothing could be loaded, a source is standard input, or a reply cannot be written.
pub(crate) fn serve(args: &McpArgs, variables: Variables<'_>) -> Result<(), CliFailure> {
    let plan = plan(args, variables)?;
    let inputs = ReportInputs::load(&plan)?;
    // The options are the defaults of all calls, so wrong ones are refused before the first call.
    query(&inputs.series, &inputs.stores, &plan)?;
    let mut toolbox = Toolbox::new(plan, args.clone(), inputs);
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    loop {
        let reply = match read_line(&mut input) {
            ReadLine::End => return Ok(()),
            ReadLine::TooLong => Some(protocol::too_long()),
            ReadLine::Line(line) => answer(&line, &mut toolbox),
        };
        let Some(reply) = reply else { continue };
        match writeln!(output, "{reply}").and_then(|()| output.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(refused(Path::new("standard output"), &error)),
        }
    }
}

/// Plan that loads the sources, without a query.
fn plan(args: &McpArgs, variables: Variables<'_>) -> Result<LoadPlan, CliFailure> {
    let mut plan = tools::plan_of(&args.load)?;
    let all = plan.addresses.iter().chain(&plan.base).chain(&plan.logs.addresses).chain(&plan.memory);
    if all.into_iter().any(|address| *address == Address::Stdin) {
        let hint = "name a file: `heapglass mcp heap.pb.gz`".to_owned();
        return Err(CliFailure::input("standard input carries the protocol and cannot be a source", Some(hint)));
    }
    if is_secure(variables) {
        plan.finder = SourceFinder::off();
    }
    // A call may name other instances and sample types.
    plan.stores.instances.clear();
    plan.stores.types = StoreTypes::All;
    plan.sample_type.clone_from(&args.sample_type);
    plan.stores.sample_type.clone_from(&args.sample_type);
    // A counter of a store has a growth over a whole window only.
    let is_allocated = |name: &String| SampleType::new(name, "").kind() == MemoryKind::Allocated;
    if args.sample_type.as_ref().is_some_and(is_allocated) {
        plan.load_windows(args.load.store.step);
    }
    // The base of the demo is loaded, in case a client requests a window of it.
    let has_base =
        !args.load.base.is_empty() || args.load.base_window.is_some() || args.load.instances.base_instance.is_some();
    if !has_base {
        plan.comparing = ComparisonMode::Later;
    }
    Ok(plan)
}
