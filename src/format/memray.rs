//! Tables of memray (`memray transform csv`): a row for each stack and allocator of a thread, with the allocations and
//! their size. Figures are exact.
//!
//! The table shows one moment, the peak of the program unless `--leaks` was given, so its values are memory in use.

use crate::base::ids::LocationId;
use crate::base::limits::Budget;
use crate::format::builder::ProfileBuilder;
use crate::format::heap_record::TextTrailer;
use crate::format::text_lines::{TextLine, TextLines};
use crate::format::tokens::decimal;
use crate::format::{Chunks, ErrorPosition, Format, FormatError, Probe, ReadContext};
use crate::profile::{Header, Line, Profile, SampleType, Warning, WarningKind};

pub(super) const FORMAT: Format = Format { name: "memray", probe, read };

/// Start of the first line.
const HEADER: &[u8] = b"allocator,num_allocations,size,";
/// Columns, in the order of [`CsvColumns`].
const COLUMNS: [&[u8]; 6] = [b"allocator", b"num_allocations", b"size", b"tid", b"thread_name", b"stack_trace"];

fn probe(head: &[u8]) -> Probe {
    if head.trim_ascii_start().starts_with(HEADER) { Probe::Yes } else { Probe::No }
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut lines = TextLines::new(FORMAT.name, chunks);
    let mut builder = ProfileBuilder::new(2, &context.options.limits, context.budget)?;
    let allocator_key = builder.string(b"allocator", context.budget)?;
    let thread_key = builder.string(b"thread", context.budget)?;
    let mut order: Option<CsvColumns> = None;
    let (mut cells, mut stack) = (Vec::new(), Vec::<LocationId>::new());
    let mut trailer = TextTrailer::new("a row has too few cells");
    let mut row = CsvRow::default();
    while let Some(line) = lines.next(context)? {
        row.push(&line, context.budget)?;
        if row.is_open || row.is_empty() {
            continue;
        }
        if !split_row(row.bytes.trim_ascii(), &mut cells) {
            return Err(row.unclosed());
        }
        let Some(columns) = &order else {
            let columns = CsvColumns::of(&cells).ok_or_else(|| line.error("the first line lacks a column"))?;
            order = Some(columns);
            continue;
        };
        let cell = |column: usize| cells.get(columns.positions[column]).map(Vec::as_slice);
        let [allocator, count, size, tid, thread, trace] = [0, 1, 2, 3, 4, 5].map(cell);
        if line.is_unterminated {
            let text = "its last row has no line end, so it may be cut";
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        }
        let (Some(allocator), Some(trace)) = (allocator, trace) else {
            if row.bytes.contains(&b',') {
                return Err(line.error("a row has too few cells"));
            }
            trailer.text(&line)?;
            continue;
        };
        trailer.record()?;
        let figures = count.and_then(decimal).zip(size.and_then(decimal));
        let (count, size) = figures.ok_or_else(|| line.error("a figure is no number"))?;
        stack.clear();
        for frame in trace.split(|byte| *byte == b'|').filter(|frame| !frame.is_empty()) {
            let (name, file, number) = split_frame(frame);
            let function = builder.function(name, file, context.budget)?;
            let location = builder.location(0, Some(Line { function, line: number, column: 0 }), context.budget)?;
            context.budget.push(&mut stack, location)?;
        }
        let thread = thread.filter(|name| !name.is_empty()).or(tid).unwrap_or_default();
        let allocator = builder.string(allocator, context.budget)?;
        let thread = builder.string(thread, context.budget)?;
        let stack = builder.stack(&stack, context.budget)?;
        let labels = [(allocator_key, allocator), (thread_key, thread)];
        builder.labeled_sample(stack, &labels, &[count, size], context.budget)?;
    }
    if row.is_open {
        return Err(row.unclosed());
    }
    if order.is_none() {
        let (problem, position) = ("it ends before its first line", ErrorPosition::Line(1));
        return Err(FormatError::Broken { format: FORMAT.name, problem, position });
    }
    context.warnings.extend(trailer.warning());
    context.budget.release((stack.capacity() * size_of::<LocationId>() + row.bytes.capacity()) as u64);
    let types = vec![SampleType::new("inuse_objects", "count"), SampleType::new("inuse_space", "bytes")];
    Ok(builder.finish(types, Header::default(), context))
}

/// Maximum length of a row, as of a line of text. A quote that is not closed would make one row of the rest.
const MAX_ROW: usize = 16 << 20;

/// Row of the table: a line, or several lines if a quoted cell contains line breaks.
#[derive(Default)]
struct CsvRow {
    bytes: Vec<u8>,
    first_line: u64,
    /// True within a quoted cell. A quote in a cell is doubled, so that a complete row has an even number of quotes.
    is_open: bool,
}

impl CsvRow {
    /// Appends a line, or begins another row if the last one is complete.
    fn push(&mut self, line: &TextLine<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        if self.is_open {
            self.bytes.push(b'\n');
        } else {
            self.bytes.clear();
            self.first_line = line.number;
        }
        if self.bytes.len() + line.raw.len() > MAX_ROW {
            return Err(self.unclosed());
        }
        // The line break of the next line needs a byte.
        if self.bytes.capacity() - self.bytes.len() <= line.raw.len() {
            budget.grow(&mut self.bytes, line.raw.len() + 1)?;
        }
        self.bytes.extend_from_slice(line.raw);
        self.is_open = line.raw.iter().fold(self.is_open, |is_open, byte| is_open ^ (*byte == b'"'));
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }

    fn unclosed(&self) -> FormatError {
        let (problem, position) = ("a quoted cell does not end", ErrorPosition::Line(self.first_line));
        FormatError::Broken { format: FORMAT.name, problem, position }
    }
}

/// Positions of the columns in a row.
struct CsvColumns {
    positions: [usize; COLUMNS.len()],
}

impl CsvColumns {
    fn of(header: &[Vec<u8>]) -> Option<Self> {
        let mut positions = [0; COLUMNS.len()];
        for (position, name) in positions.iter_mut().zip(COLUMNS) {
            *position = header.iter().position(|cell| cell == name)?;
        }
        Some(Self { positions })
    }
}

/// Maximum number of cells of a row that are kept.
const MAX_CELLS: usize = 32;

/// Splits a row into cells; false if a quoted cell does not end. The row itself bounds the memory of its cells.
fn split_row(line: &[u8], cells: &mut Vec<Vec<u8>>) -> bool {
    cells.clear();
    let mut rest = line;
    while cells.len() < MAX_CELLS {
        let mut cell = Vec::new();
        if let Some(mut quoted) = rest.strip_prefix(b"\"") {
            loop {
                let Some(quote) = quoted.iter().position(|byte| *byte == b'"') else { return false };
                cell.extend_from_slice(&quoted[..quote]);
                quoted = &quoted[quote + 1..];
                if quoted.first() != Some(&b'"') {
                    break;
                }
                cell.push(b'"');
                quoted = &quoted[1..];
            }
            rest = quoted;
        }
        let end = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
        cell.extend_from_slice(&rest[..end]);
        cells.push(cell);
        match rest.get(end + 1..) {
            Some(next) => rest = next,
            None => break,
        }
    }
    true
}

/// Splits `FUNCTION;FILE;LINE`.
fn split_frame(frame: &[u8]) -> (&[u8], &[u8], i64) {
    let mut parts = frame.rsplitn(3, |byte| *byte == b';');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(line), Some(file), Some(name)) => (name, file, decimal(line).unwrap_or_default()),
        _ => (frame, b"", 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read, stacks};

    const TEXT: &str = "allocator,num_allocations,size,tid,thread_name,stack_trace\r\n\
        MALLOC,2,4096,1,MainThread,grow;app.py;7|main;app.py;12\r\n\
        MMAP,1,1024,0x2,,\"std::map<int, int>;map.h;3|\"\"x\"\";app.py;1\"\r\n";

    #[test]
    fn rows_become_stacks_with_labels() {
        let (profile, _) = read(TEXT.as_bytes()).unwrap();
        assert_eq!(profile.header.format, "memray");
        assert_eq!(stacks(&profile), ["main;grow: 2 4096", "\"x\";std::map<int, int>: 1 1024"]);
        let text = |id| profile.tables.symbols.strings.text(id).into_owned();
        let labels = |set| {
            profile
                .tables
                .labels
                .get(set)
                .iter()
                .map(|label| format!("{}={}", text(label.key), text(label.text)))
                .collect::<Vec<_>>()
        };
        assert_eq!(labels(profile.samples.labels[0]), ["allocator=MALLOC", "thread=MainThread"]);
        assert_eq!(labels(profile.samples.labels[1]), ["allocator=MMAP", "thread=0x2"]);
        assert_eq!(profile.tables.symbols.lines(LocationId(0))[0].line, 7);
    }

    #[test]
    fn a_quoted_cell_may_have_line_breaks() {
        let text = TEXT.replace("0x2,,", "0x2,\"0x2 (w\"\"2,\n)\",");
        let (profile, warnings) = read(text.as_bytes()).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(stacks(&profile), ["main;grow: 2 4096", "\"x\";std::map<int, int>: 1 1024"]);
        let thread = profile.tables.labels.get(profile.samples.labels[1])[1].text;
        assert_eq!(profile.tables.symbols.strings.text(thread), "0x2 (w\"2,\n)");
    }

    #[test]
    fn broken_rows_are_refused_with_their_line() {
        for (from, to) in
            [("2,4096", "x,4096"), (",1,MainThread,grow;app.py;7|main;app.py;12", ""), (";1\"\r\n", ";1\r\n")]
        {
            let error = read(TEXT.replace(from, to).as_bytes()).unwrap_err();
            assert!(matches!(error, FormatError::Broken { position: ErrorPosition::Line(2 | 3), .. }), "{to}: {error}");
        }
    }
}
