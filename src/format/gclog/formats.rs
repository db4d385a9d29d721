//! Table of log formats, and reading a log in any of them.

use super::counter::CounterReader;
use super::log_lines::{LogLine, LogLines};
use super::{LineReader, LogClock, LogFormat, gctrace, python, records, unified, v8};
use crate::base::safe_text::SafeText;
use crate::format::tokens::without_cut_number;
use crate::format::{Chunks, ContentKind, FORMATS, FormatError, NonLogContent, PeekedChunks, Probe, ReadContext};
use crate::profile::{CounterLine, GcEvent, GcLog, LogCounter, ManagedRuntime};

/// All log formats, the most specific first: a program may print its own records between the lines of its runtime.
pub const LOG_FORMATS: &[LogFormat] = &[gctrace::FORMAT, unified::FORMAT, v8::FORMAT, python::FORMAT, records::FORMAT];

/// Possible format of the log, with the events recognized so far.
struct LogCandidate {
    format: &'static LogFormat,
    reader: Box<dyn LineReader>,
    events: Vec<GcEvent>,
    /// First and last line that identifies the format without being an event.
    format_markers: Option<(GcEvent, GcEvent)>,
}

impl LogCandidate {
    fn new(format: &'static LogFormat, clock: LogClock) -> Self {
        Self { format, reader: (format.new_reader)(clock), events: Vec::new(), format_markers: None }
    }
}

/// Reads a log in the format that recognizes its lines, and the values of a counter from any of its lines.
///
/// # Errors
/// [`FormatError`] when no line is recognized, the input fails, or the events exceed a limit.
pub fn read(
    chunks: Box<dyn Chunks>,
    clock: LogClock,
    counter: Option<&SafeText>,
    context: &mut ReadContext<'_>,
) -> Result<GcLog, FormatError> {
    let mut chunks = PeekedChunks::new(chunks)?;
    if chunks.head().is_empty() {
        return Err(FormatError::Empty);
    }
    let content = content(chunks.head());
    let mut candidates: Vec<LogCandidate> = LOG_FORMATS.iter().map(|format| LogCandidate::new(format, clock)).collect();
    let mut counter = counter
        .map(|name| (CounterReader::new(name, clock), LogCounter { name: name.clone(), ..LogCounter::default() }));
    let mut last = GcEvent::default();
    let (mut lines, mut count) = (LogLines::new(&mut chunks), 0_u64);
    while let Some(line) = lines.next(context)? {
        let text = match line {
            LogLine::Text(text) => text,
            // The line may still be written to.
            LogLine::Unterminated(text) => without_cut_number(text),
            LogLine::TooLong => {
                count += 1;
                continue;
            }
        };
        count += u64::from(!text.is_empty());
        let recognized =
            candidates.iter_mut().enumerate().find_map(|(at, one)| Some((at, one.reader.parse_line(text)?)));
        last = recognized.map_or(last, |(_, event)| event);
        if let Some((reader, counter)) = &mut counter
            && let Some(line) = reader.parse_line(text)
        {
            // A line without a time gets the time of the event before.
            let is_dated = line.wall.is_some() || line.uptime.is_some();
            let line = if is_dated { line } else { CounterLine { wall: last.wall, uptime: last.uptime, ..line } };
            context.budget.push(&mut counter.lines, line)?;
        }
        let Some((at, event)) = recognized else {
            for candidate in candidates.iter_mut().filter(|one| one.events.is_empty()) {
                if let Some(marker) = candidate.reader.parse_format_marker(text) {
                    candidate.format_markers =
                        Some((candidate.format_markers.map_or(marker, |(first, _)| first), marker));
                }
            }
            continue;
        };
        // Events recognized by less specific formats were lines of the program.
        for mistaken in candidates.drain(at + 1..) {
            context.budget.release((mistaken.events.capacity() * size_of::<GcEvent>()) as u64);
        }
        context.budget.push(&mut candidates[at].events, event)?;
    }
    let is_local = counter.as_ref().is_some_and(|(reader, _)| reader.is_local());
    let counter = counter.map(|(_, counter)| counter).filter(|counter| !counter.lines.is_empty());
    let with_events = candidates.iter().position(|one| !one.events.is_empty());
    // A collector's log may have no collections, and still covers a time without any.
    let found = with_events.or_else(|| candidates.iter().position(|one| one.format_markers.is_some()));
    let Some(mut found) = found.map(|at| candidates.swap_remove(at)) else {
        let lines = counter.as_ref().map_or(0, |counter| counter.lines.len() as u64);
        return match counter {
            None => Err(FormatError::NotLog(content)),
            Some(_) => Ok(GcLog {
                format: "counter lines",
                skipped_lines: count - lines,
                is_local,
                counter,
                ..GcLog::default()
            }),
        };
    };
    if let Some((first, last)) = found.format_markers.filter(|_| found.events.is_empty()) {
        context.budget.push(&mut found.events, first)?;
        if last != first {
            context.budget.push(&mut found.events, last)?;
        }
    }
    Ok(GcLog {
        format: found.format.name,
        is_periodic: found.format.is_periodic,
        skipped_lines: count.saturating_sub(found.events.len() as u64),
        is_local: found.reader.is_local() || is_local,
        events: found.events,
        counter,
        ..GcLog::default()
    })
}

/// Runtime that writes logs of a format.
pub fn runtime_of(log: &GcLog) -> ManagedRuntime {
    match log.format {
        name if name == unified::FORMAT.name => ManagedRuntime::Jvm,
        name if name == v8::FORMAT.name => ManagedRuntime::Node,
        _ => ManagedRuntime::Other,
    }
}

/// Identifies the content of an input that is not a log by its first bytes.
fn content(head: &[u8]) -> NonLogContent {
    match (FORMATS.iter().find(|format| (format.probe)(head) == Probe::Yes), ContentKind::of(head)) {
        (Some(format), _) => NonLogContent::Profile { format: format.name },
        (None, ContentKind::Binary) => NonLogContent::MaybePprof,
        (None, other) => NonLogContent::Other(other),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::base::limits::Budget;
    use crate::format::{self, ReadOptions};

    fn log(text: &[u8]) -> Result<GcLog, FormatError> {
        let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(1 << 24), Vec::new());
        let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
        let chunks = format::open(Box::new(Cursor::new(text.to_vec())), &options)?;
        read(chunks, LogClock::new(|civil| civil, Some(2026)), None, &mut context)
    }

    #[test]
    fn lines_of_the_runtime_take_precedence() {
        let text = "{\"rss\": 1}\nhello\n\ngc 1 @0.1s 0%: 0.1+1+0.1 ms clock, 0+0/0/0+0 ms cpu, 4->4->1 MB, 5 MB goal, 8 P\n{\"rss\": 2}\n";
        let log = log(text.as_bytes()).unwrap();
        assert_eq!((log.format, log.events.len(), log.skipped_lines), ("Go gctrace", 1, 3));
    }

    #[test]
    fn a_log_without_collections_is_a_log() {
        let text =
            "[0.004s][info][gc] Using G1\n[0.009s][info][gc,init] CPUs: 2\nhello\n[0.037s][info][gc,heap,exit] Heap\n";
        let found = log(text.as_bytes()).unwrap();
        assert_eq!((found.format, found.events.len(), found.skipped_lines), ("JVM unified logging", 2, 2));
        assert!(found.is_without_collections());
        let both = format!("{text}{{\"rss\": 1}}\n");
        let found = log(both.as_bytes()).unwrap();
        assert_eq!((found.format, found.events.len()), ("memory records", 1), "figures precede");
        assert!(!found.is_without_collections());
    }

    #[test]
    fn the_content_of_other_inputs_is_named() {
        for (bytes, message) in [
            (&b"hello\nworld\n"[..], "no GC log: it is text"),
            (b"<!doctype html><p>rss", "no GC log: it starts with <!DOCTYPE html"),
            (b"\x7fELF\x02\x01\x01\n\n", "no GC log: it is an ELF binary"),
            (b"heap profile: 1: 2 [3: 4] @ heap/1048576\n", "no GC log: it is a profile (Go heap text)"),
            (b"\x0a\x04\x08\x01\x10\x02", "no GC log: it is binary data, as is a pprof profile"),
            (b"", "empty file"),
        ] {
            let error = log(bytes).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert!(error.hint().is_some(), "{message}");
        }
    }
}
