//! Java Flight Recordings: allocations and live objects by stack, class and thread, and the garbage collections of the
//! same time.
//!
//! A recording is a sequence of chunks, each with its own types, constants and clock. A chunk is read as a whole, since
//! its types follow its events. Types are described in the chunk, so that recordings of all versions of the JVM and of
//! async-profiler are read by the same code.

mod constants;
mod cursor;
mod metadata;
mod samples;

use crate::format::content_kind::ContentKind;
use crate::format::reader::ChunkBytes;
use crate::format::{Chunks, ErrorPosition, Format, FormatError, Probe, ReadContext};
use crate::profile::{Profile, Warning, WarningKind};
use constants::Constants;
use cursor::{ChunkError, Cursor, IntegerEncoding};
use metadata::Metadata;
use samples::{ChunkClock, ChunkTables, JfrSamples};

pub(super) const FORMAT: Format = Format { name: "JFR recording", probe, read };

/// First bytes of a chunk.
const MAGIC: &[u8] = b"FLR\0";
/// Bytes of a chunk's header.
const HEADER: usize = 68;
/// Type ids of the events that describe a chunk.
const METADATA: u64 = 0;
const CHECKPOINT: u64 = 1;

fn probe(head: &[u8]) -> Probe {
    if head.starts_with(MAGIC) { Probe::Yes } else { Probe::No }
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut bytes = ChunkBytes::new(chunks);
    let mut samples = JfrSamples::new(context)?;
    let mut chunk = Vec::new();
    let mut start = 0_u64;
    loop {
        let broken = |problem, at: u64| FormatError::Broken {
            format: FORMAT.name,
            problem,
            position: ErrorPosition::Profile(at),
        };
        chunk.clear();
        let size = match fill(&mut bytes, &mut chunk, HEADER, context)? {
            0 => break,
            HEADER if chunk.starts_with(MAGIC) => u64::from_be_bytes(field(&chunk, 8)),
            HEADER => return Err(broken("a chunk does not begin where the one before it ends", start)),
            found => return Err(broken("it ends within the header of a chunk", start + found as u64)),
        };
        // The size of a chunk that is still being written is unknown.
        let is_open = size == 0;
        let wanted = if is_open { usize::MAX } else { usize::try_from(size).unwrap_or(usize::MAX) };
        if wanted < HEADER {
            return Err(broken("a chunk is shorter than its header", start));
        }
        let found = fill(&mut bytes, &mut chunk, wanted, context)?;
        let outcome = if is_open || found < wanted {
            Err(ChunkError::Broken { problem: "it ends within a chunk", at: found })
        } else {
            read_chunk(&chunk, &mut samples, context)
        };
        match outcome {
            Ok(()) => {}
            // A recording that was copied while it was written has a last chunk without its tables.
            Err(ChunkError::Broken { .. }) if found < wanted && start > 0 => {
                let text = "its last chunk is not complete and is left out";
                context.warnings.push(Warning::new(WarningKind::Incomplete, text));
            }
            Err(ChunkError::Broken { problem, at }) => return Err(broken(problem, start + at as u64)),
            Err(ChunkError::Limit(limit)) => return Err(limit.into()),
            Err(ChunkError::Cancelled) => return Err(FormatError::Cancelled),
        }
        start += found as u64;
    }
    context.budget.release(chunk.capacity() as u64);
    if samples.is_empty() {
        return Err(FormatError::NotProfile(ContentKind::Jfr));
    }
    samples.finish(context)
}

/// Appends bytes of the input until `chunk` has `wanted` bytes or the input ends; returns the length of `chunk`.
fn fill(
    bytes: &mut ChunkBytes<&mut dyn Chunks>,
    chunk: &mut Vec<u8>,
    wanted: usize,
    context: &mut ReadContext<'_>,
) -> Result<usize, FormatError> {
    while chunk.len() < wanted {
        if (context.is_cancelled)() {
            return Err(FormatError::Cancelled);
        }
        let rest = bytes.fill()?;
        let count = rest.len().min(wanted - chunk.len());
        if count == 0 {
            break;
        }
        // Memory follows the bytes that arrive, not the size that the header claims.
        if chunk.capacity() - chunk.len() < count {
            context.budget.grow(chunk, count)?;
        }
        chunk.extend_from_slice(&rest[..count]);
        bytes.consume(count);
    }
    Ok(chunk.len())
}

/// Bytes of a field of the chunk's header, which must be complete.
fn field<const N: usize>(chunk: &[u8], at: usize) -> [u8; N] {
    chunk.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

fn read_chunk(chunk: &[u8], samples: &mut JfrSamples, context: &mut ReadContext<'_>) -> Result<(), ChunkError> {
    let number = |at: usize| i64::from_be_bytes(field(chunk, at));
    let clock = ChunkClock {
        start_nanos: number(32),
        duration_nanos: number(40),
        start_ticks: number(48),
        ticks_per_second: number(56),
    };
    let features: [u8; 4] = field(chunk, 64);
    let integers = if features[3] & 1 == 1 { IntegerEncoding::Compressed } else { IntegerEncoding::Fixed };
    let events = || EventIter { cursor: Cursor::new(chunk, integers), next: HEADER };
    let mut types: Option<Metadata> = None;
    for event in events() {
        let (type_id, mut cursor) = event?;
        if type_id == METADATA {
            for _ in 0..3 {
                cursor.integer(8)?;
            }
            if let Some(before) = types.replace(Metadata::read(&mut cursor, context.budget)?) {
                before.release(context.budget);
            }
        }
    }
    let types = types.ok_or(ChunkError::Broken { problem: "a chunk has no types", at: chunk.len() })?;
    let mut constants = Constants::default();
    for event in events() {
        let (type_id, mut cursor) = event?;
        if type_id == CHECKPOINT {
            constants.read_checkpoint(&mut cursor, &types, context.budget)?;
        }
    }
    samples.begin_chunk(clock, context.budget);
    for (count, event) in events().enumerate() {
        let (type_id, mut cursor) = event?;
        if types.name(type_id).is_event() {
            let tables = ChunkTables { types: &types, constants: &constants };
            samples.read_event(type_id, &mut cursor, &tables, context.budget)?;
        }
        if count % CANCEL_EVENTS == 0 && (context.is_cancelled)() {
            return Err(ChunkError::Cancelled);
        }
    }
    constants.release(context.budget);
    types.release(context.budget);
    Ok(())
}

/// Number of events between two checks for cancellation.
const CANCEL_EVENTS: usize = 4096;

/// Iterator over the events of a chunk: the id of the type, and a cursor over the rest of the event.
struct EventIter<'a> {
    cursor: Cursor<'a>,
    next: usize,
}

impl<'a> Iterator for EventIter<'a> {
    type Item = Result<(u64, Cursor<'a>), ChunkError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.cursor.move_to(self.next);
        if self.cursor.rest() == 0 {
            return None;
        }
        let start = self.cursor.at();
        let mut read = || {
            let size = usize::try_from(self.cursor.integer(4)?).unwrap_or(0);
            let end = start.checked_add(size).filter(|end| *end > self.cursor.at());
            let end = end.filter(|_| size <= self.cursor.rest() + (self.cursor.at() - start));
            let end = end.ok_or_else(|| self.cursor.broken("an event has an impossible size"))?;
            self.next = end;
            let mut event = self.cursor.until(end);
            let type_id = event.integer(8)? as u64;
            Ok((type_id, event))
        };
        let event = read();
        if event.is_err() {
            self.next = usize::MAX;
        }
        Some(event)
    }
}
