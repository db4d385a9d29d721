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
use std::sync::mpsc::sync_channel;
use std::thread;

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
use protocol::{Answer, answer};
use tools::Toolbox;

/// Number of lines that are read ahead.
const READ_AHEAD: usize = 16;

/// Event of the server.
enum Event {
    /// Line of the input, or its end.
    Input(ReadLine),
    /// The sources are loaded, or none of them.
    Loaded(Box<Result<Toolbox, CliFailure>>),
}

/// State of the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Connection {
    Open,
    Closed,
}

/// Loads the sources and serves until the input ends or the client closes the output. Sources on the network are loaded
/// behind the handshake, for which clients do not wait long.
///
/// # Errors
/// [`CliFailure`] if nothing could be loaded, a source is standard input, or a reply cannot be written.
pub(crate) fn serve(args: &McpArgs, variables: Variables<'_>) -> Result<(), CliFailure> {
    let plan = plan(args, variables)?;
    let is_remote = |address: &Address| address.remote().is_some() || address.store().is_some();
    let is_slow = plan.addresses.iter().chain(&plan.base).any(is_remote);
    let (send, events) = sync_channel(READ_AHEAD);
    let mut toolbox = None;
    if is_slow {
        let (send, args) = (send.clone(), args.clone());
        // After a failed send, the server has ended.
        start("load", move || drop(send.send(Event::Loaded(Box::new(load(plan, args))))))?;
    } else {
        toolbox = Some(load(plan, args.clone())?);
    }
    start("input", move || {
        let mut input = io::stdin().lock();
        loop {
            let line = read_line(&mut input);
            let is_end = matches!(line, ReadLine::End);
            if send.send(Event::Input(line)).is_err() || is_end {
                break;
            }
        }
    })?;
    // Calls of tools that wait for the sources.
    let mut waiting: Vec<Vec<u8>> = Vec::new();
    for event in events {
        let connection = match event {
            Event::Input(ReadLine::End) if waiting.is_empty() => Connection::Closed,
            // What was asked before is answered.
            Event::Input(ReadLine::End) => Connection::Open,
            Event::Input(ReadLine::TooLong) => write_reply(&protocol::too_long())?,
            Event::Input(ReadLine::Line(line)) => match answer(&line, toolbox.as_mut()) {
                Answer::Reply(reply) => write_reply(&reply)?,
                Answer::None => Connection::Open,
                Answer::Waits => {
                    waiting.push(line);
                    Connection::Open
                }
            },
            Event::Loaded(loaded) => answer_all(std::mem::take(&mut waiting), toolbox.insert((*loaded)?))?,
        };
        if connection == Connection::Closed {
            break;
        }
    }
    Ok(())
}

/// Loads the sources. The options are the defaults of all calls, so wrong ones are refused before the first call.
fn load(plan: LoadPlan, args: McpArgs) -> Result<Toolbox, CliFailure> {
    let inputs = ReportInputs::load(&plan)?;
    query(&inputs.series, &inputs.stores, &plan)?;
    Ok(Toolbox::new(plan, args, inputs))
}

/// Starts a thread that ends with the process.
fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), CliFailure> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|error| CliFailure::input(format!("a thread cannot be started: {error}"), None))
}

/// Answers the calls that waited for the sources.
fn answer_all(lines: Vec<Vec<u8>>, toolbox: &mut Toolbox) -> Result<Connection, CliFailure> {
    for line in lines {
        if let Answer::Reply(reply) = answer(&line, Some(&mut *toolbox))
            && write_reply(&reply)? == Connection::Closed
        {
            return Ok(Connection::Closed);
        }
    }
    Ok(Connection::Open)
}

/// Writes a reply.
fn write_reply(reply: &str) -> Result<Connection, CliFailure> {
    let mut output = io::stdout().lock();
    match writeln!(output, "{reply}").and_then(|()| output.flush()) {
        Ok(()) => Ok(Connection::Open),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Connection::Closed),
        Err(error) => Err(refused(Path::new("standard output"), &error)),
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
