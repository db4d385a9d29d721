//! Recordings of heaptrack: lines for symbols, stacks, allocations and times. One file becomes a series of snapshots
//! over the time of the recording.
//!
//! A recording has the strings, addresses and stacks before the events that use them, each with a hexadecimal number:
//! `s` a string, `i` an address with its functions, `t` a stack, `a` an allocation of a size at a stack, `+` and `-`
//! such an allocation and its end, `c` the milliseconds since the start, `R` resident pages. Versions 1 to 3 of the
//! file differ only in strings, which have a length from version 3 on. A recording that was not interpreted has
//! addresses without names and another meaning of these lines; it is rejected.

mod events;
mod symbols;

use crate::base::safe_text::SafeText;
use crate::format::builder::ProfileBuilder;
use crate::format::heap_record::with_drop_rules;
use crate::format::text_lines::{TextLine, TextLines};
use crate::format::tokens::{Words, contains, hex};
use crate::format::{Chunks, ErrorPosition, Format, FormatError, Probe, ReadContext};
use crate::profile::{Counting, Header, Metrics, Profile, Warning, WarningKind};
use events::AllocationTimeline;
use symbols::SymbolLines;

pub(super) const FORMAT: Format = Format { name: "heaptrack recording", probe, read };

/// Versions of the file that are known.
const VERSIONS: std::ops::RangeInclusive<u64> = 1..=3;
/// Version from which on strings have a length.
const SIZED_STRINGS: u64 = 3;
/// Bytes searched for the line with the command.
const SEARCHED_BYTES: usize = 4096;
/// Maximum length of the command that is kept.
const MAX_COMMAND: usize = 4096;
/// Maximum page size of a machine.
const MAX_PAGE: u64 = 1 << 30;

fn probe(head: &[u8]) -> Probe {
    let searched = &head[..head.len().min(SEARCHED_BYTES)];
    let line = searched.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_version = line.strip_prefix(b"v ").is_some_and(|rest| Words(rest).all(|word| hex(word).is_some()));
    if is_version && contains(searched, b"\nX ") && !is_raw(searched) { Probe::Yes } else { Probe::No }
}

/// True for the first lines of a recording that was not interpreted: they name the program's file and its modules.
fn is_raw(head: &[u8]) -> bool {
    contains(head, b"\nx ") || contains(head, b"\nm ")
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut lines = TextLines::new(FORMAT.name, chunks);
    let mut recording = Recording {
        builder: ProfileBuilder::new(events::SAMPLE_TYPES.len(), &context.options.limits, context.budget)?,
        symbols: SymbolLines::default(),
        events: AllocationTimeline::default(),
        version: 0,
        page: 0,
        command: Vec::new(),
        counting: Counting::ByDuration,
        open_string: None,
        has_end: false,
    };
    let (mut number, mut is_cut) = (0, false);
    while let Some(line) = lines.next(context)? {
        number = line.number;
        // The recorder was stopped within its last line.
        if line.is_unterminated && number > 1 && !line.bytes.is_empty() {
            context.warnings.push(Warning::new(WarningKind::Incomplete, CUT));
            is_cut = true;
            continue;
        }
        recording.line(line, context)?;
    }
    if recording.version == 0 {
        let (problem, position) = ("it ends before its first line", ErrorPosition::Line(number.max(1)));
        return Err(FormatError::Broken { format: FORMAT.name, problem, position });
    }
    if recording.open_string.is_some() {
        context.warnings.push(Warning::new(WarningKind::Incomplete, CUT));
    } else if !recording.has_end && !is_cut {
        context.warnings.push(Warning::new(WarningKind::Incomplete, WITHOUT_END));
    }
    recording.finish(context)
}

/// Warning about a recording that ends within a line.
const CUT: &str = "its last line is cut and left out; the recording may have ended early";
/// Warning about a recording that ends between two lines.
const WITHOUT_END: &str = "it lacks its last line, `# ips:`; the recording may have been cut, or may have ended early";

/// Reading in progress.
struct Recording {
    builder: ProfileBuilder,
    symbols: SymbolLines,
    events: AllocationTimeline,
    /// Version of the file; 0 before its first line.
    version: u64,
    /// Bytes of a page.
    page: u64,
    command: Vec<u8>,
    counting: Counting,
    /// String that continues in the next line, with its length.
    open_string: Option<(Vec<u8>, usize)>,
    /// True after the comment with which heaptrack ends a recording.
    has_end: bool,
}

impl Recording {
    fn line(&mut self, line: TextLine<'_>, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        if let Some((text, length)) = self.open_string.take() {
            return self.sized_string(text, length, line.raw, context);
        }
        let bytes = line.bytes;
        let Some((kind, rest)) = bytes.split_first() else { return Ok(()) };
        if self.version == 0 && *kind != b'v' {
            return Err(line.error("its first line has no version"));
        }
        let mut words = Words(rest);
        let mut number = || words.next().and_then(hex);
        let budget = &mut *context.budget;
        match kind {
            b'+' | b'-' => {
                let index = number().ok_or_else(|| line.error("an event has no number"))?;
                let is_known = match kind {
                    b'+' => self.events.allocate(index, budget)?,
                    _ => self.events.free(index, budget)?,
                };
                return if is_known {
                    Ok(())
                } else {
                    Err(line.error("an event refers to an allocation that is not there"))
                };
            }
            b'a' => {
                let (size, trace) = number().zip(number()).ok_or_else(|| line.error("an allocation has no size"))?;
                let size = i64::try_from(size).map_err(|_| line.error("a size is no number"))?;
                let stack = self.symbols.stack(trace);
                let stack = stack.ok_or_else(|| line.error("an allocation refers to a stack that is not there"))?;
                self.events.push_allocation(size, stack, budget)?;
            }
            b't' => {
                let (address, parent) = number().zip(number()).ok_or_else(|| line.error("a stack has no frame"))?;
                let is_known = self.symbols.push_stack(address, parent, &mut self.builder, budget)?;
                return if is_known { Ok(()) } else { Err(line.error("a stack refers to a frame that is not there")) };
            }
            b'i' => {
                let is_known = self.symbols.push_address(rest, &mut self.builder, budget)?;
                return if is_known {
                    Ok(())
                } else {
                    Err(line.error("an address refers to a name that is not there"))
                };
            }
            b's' if self.version >= SIZED_STRINGS => {
                let length = number().and_then(|length| usize::try_from(length).ok());
                let length = length.ok_or_else(|| line.error("a string has no length"))?;
                let text = line.raw.get(1..).unwrap_or_default().trim_ascii_start();
                let blank = text.iter().position(|byte| *byte == b' ').map_or(text.len(), |blank| blank + 1);
                return self.sized_string(Vec::new(), length, &text[blank..], context);
            }
            b's' => self.symbols.push_string(rest.get(1..).unwrap_or_default(), &mut self.builder, budget)?,
            b'c' => {
                let millis = number().ok_or_else(|| line.error("a time is no number"))?;
                self.events.time(millis, context.budget)?;
            }
            b'R' => {
                let pages = number().ok_or_else(|| line.error("a number of pages is none"))?;
                self.events.resident(pages.saturating_mul(self.page));
            }
            b'I' => self.page = number().filter(|page| *page <= MAX_PAGE).unwrap_or(0),
            b'X' => self.command = rest.trim_ascii_start().iter().copied().take(MAX_COMMAND).collect(),
            b'v' if self.version > 0 => return Err(line.second_dump()),
            b'v' => {
                let version = number().zip(number().or(Some(1))).map(|(_, version)| version);
                self.version = version
                    .filter(|version| VERSIONS.contains(version))
                    .ok_or_else(|| line.error("its version is not 1, 2 or 3, the ones known"))?;
            }
            b'A' => self.counting = Counting::SinceAttach,
            b'#' if rest.starts_with(b" ips: ") => self.has_end = true,
            // Comments, and suppressions of leaks.
            b'#' | b'S' => {}
            _ => return Err(line.error("a line begins with no letter that is known")),
        }
        Ok(())
    }

    /// Adds the part of a string that is on a line; a string may contain line feeds.
    fn sized_string(
        &mut self,
        mut text: Vec<u8>,
        length: usize,
        line: &[u8],
        context: &mut ReadContext<'_>,
    ) -> Result<(), FormatError> {
        let missing = length - text.len();
        if text.is_empty() && line.len() >= missing {
            return Ok(self.symbols.push_string(&line[..missing], &mut self.builder, context.budget)?);
        }
        let part = &line[..line.len().min(missing)];
        if text.capacity() - text.len() <= part.len() {
            context.budget.grow(&mut text, part.len() + 1)?;
        }
        text.extend_from_slice(part);
        if part.len() < missing {
            text.push(b'\n');
        }
        if text.len() < length {
            self.open_string = Some((text, length));
            return Ok(());
        }
        context.budget.release(text.capacity() as u64);
        Ok(self.symbols.push_string(&text, &mut self.builder, context.budget)?)
    }

    fn finish(self, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
        let snapshots = self.events.finish(context)?;
        self.symbols.release(context.budget);
        let comments = if self.command.is_empty() { Vec::new() } else { vec![SafeText::from_bytes(&self.command)] };
        let time_nanos = snapshots.time_nanos;
        let metrics = Some(snapshots.max_rss).filter(|rss| *rss > 0).map(max_rss);
        let header =
            with_drop_rules(Header { time_nanos, counting: self.counting, comments, metrics, ..Header::default() });
        let profile = self.builder.finish(events::sample_types(), header, context);
        let totals = snapshots.last.values.iter().map(crate::profile::Values::sum).collect();
        let header = Header { totals, samples: snapshots.last.len(), ..profile.header };
        Ok(Profile { header, samples: snapshots.last, earlier: snapshots.earlier, ..profile })
    }
}

/// Process figures with only the maximum of resident memory.
fn max_rss(bytes: i64) -> Metrics {
    Metrics { max_rss: Some(bytes), ..Metrics::default() }
}
