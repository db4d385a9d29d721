//! jemalloc heap dumps: `heap_v2/` and the sampling rate, then for each stack a line of addresses and its figures for
//! all threads together (`t*`) and for each thread.
//!
//! Figures are raw samples, which are scaled for each stack. Allocated memory is zero unless the program enabled its
//! accounting; its columns exist only if it is not zero.

use crate::base::ids::LocationId;
use crate::base::units::commas;
use crate::format::builder::ProfileBuilder;
use crate::format::heap_record::{HeapRecord, TextTrailer, with_drop_rules};
use crate::format::memory_map::{self, MemoryMapReader};
use crate::format::text_lines::{TextLine, TextLines};
use crate::format::tokens::{Words, address, decimal};
use crate::format::{Chunks, Format, FormatError, Probe, ReadContext};
use crate::profile::{Header, Profile, SampleType, Warning, WarningKind};

pub(super) const FORMAT: Format = Format { name: "jemalloc heap dump", probe, read };

const START: &[u8] = b"heap_v2/";

fn probe(head: &[u8]) -> Probe {
    if head.trim_ascii_start().starts_with(START) { Probe::Yes } else { Probe::No }
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut lines = TextLines::new(FORMAT.name, chunks);
    let rate = loop {
        match lines.next(context)? {
            Some(line) if line.bytes.is_empty() => {}
            Some(line) => {
                let rate = line.bytes.strip_prefix(START).and_then(decimal);
                break rate.ok_or_else(|| line.error("the sampling rate is no number"))?;
            }
            None => return Err(FormatError::Empty),
        }
    };
    let builder = ProfileBuilder::new(4, &context.options.limits, context.budget)?;
    let (stack, owner) = (Vec::new(), FiguresOwner::Totals);
    let trailer = TextTrailer::new("this is neither a stack nor figures");
    let mut reader = JemallocReader { rate, builder, stack, owner, expected: None, actual: [[0; 2]; 2], trailer };
    let mut map: Option<MemoryMapReader> = None;
    let mut cut_line = None;
    while let Some(line) = lines.next(context)? {
        if line.bytes.starts_with(START) || map.is_some() && memory_map::begins_dump(line.bytes) {
            return Err(line.second_dump());
        }
        cut_line = (line.is_unterminated && !line.bytes.is_empty()).then_some(line.number);
        match &mut map {
            Some(map) => map.read_line(line.bytes, &mut reader.builder, context.budget)?,
            None if memory_map::begins_after(line.bytes) => map = Some(MemoryMapReader::default()),
            None => reader.read_line(&line, context)?,
        }
    }
    let end = match (cut_line, map) {
        (Some(line), _) => DumpEnd::WithinLine(line),
        (None, Some(_)) => DumpEnd::MemoryMap,
        (None, None) => DumpEnd::Records,
    };
    Ok(reader.finish(end, context))
}

/// Last part of a dump. jemalloc ends a dump with the memory map of the process where the system has one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DumpEnd {
    MemoryMap,
    Records,
    /// Line with this number, which has no line break.
    WithinLine(u64),
}

/// Owner of the next line of figures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FiguresOwner {
    /// The whole program.
    Totals,
    /// The last stack, whose figures have not been read.
    Stack,
    /// A thread; the figures of the last stack have been read.
    Threads,
}

struct JemallocReader {
    rate: i64,
    builder: ProfileBuilder,
    stack: Vec<LocationId>,
    owner: FiguresOwner,
    /// Totals of the whole program, as sampled; `None` if the dump has none. Newer versions of jemalloc write totals
    /// that are smaller than the sum of the stacks.
    expected: Option<HeapRecord>,
    /// Objects and bytes of the stacks that were read, as sampled, in use and allocated.
    actual: [[i64; 2]; 2],
    trailer: TextTrailer,
}

impl JemallocReader {
    fn read_line(&mut self, line: &TextLine<'_>, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        match line.bytes.first() {
            None => Ok(()),
            Some(b'@') => {
                self.trailer.record()?;
                self.read_stack(line, context)
            }
            Some(b't') if line.bytes.contains(&b':') => {
                self.trailer.record()?;
                self.read_figures(line, context)
            }
            Some(_) => self.trailer.text(line),
        }
    }

    fn read_stack(&mut self, line: &TextLine<'_>, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        self.stack.clear();
        self.owner = FiguresOwner::Stack;
        for word in Words(&line.bytes[1..]) {
            let address = address(word).ok_or_else(|| line.error("an address is no number"))?;
            // The call precedes the return address.
            let location = self.builder.location(address.wrapping_sub(1), None, context.budget)?;
            context.budget.push(&mut self.stack, location)?;
        }
        Ok(())
    }

    fn read_figures(&mut self, line: &TextLine<'_>, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        let Some(figures) = line.bytes.strip_prefix(b"t*:") else { return Ok(()) };
        let (record, _) = HeapRecord::read(figures).ok_or_else(|| line.error("the figures of a stack are none"))?;
        if record.in_use.is_impossible() || record.allocated.is_impossible() {
            return Err(line.error("there are bytes of no object"));
        }
        match self.owner {
            FiguresOwner::Totals => {
                self.expected = Some(record);
                return Ok(());
            }
            FiguresOwner::Threads => return Err(line.error("a stack has figures twice")),
            FiguresOwner::Stack => self.owner = FiguresOwner::Threads,
        }
        for (sum, more) in self.actual.iter_mut().zip([record.in_use, record.allocated]) {
            *sum = [sum[0].saturating_add(more.count), sum[1].saturating_add(more.bytes)];
        }
        let (in_use, allocated) = (record.in_use.unsample(self.rate), record.allocated.unsample(self.rate));
        let stack = self.builder.stack(&self.stack, context.budget)?;
        let values = [allocated.count, allocated.bytes, in_use.count, in_use.bytes];
        Ok(self.builder.sample(stack, record.object_size(), &values, context.budget)?)
    }

    /// Actual and expected figures if the stacks have fewer bytes than the totals, with the word for the kind of
    /// figures.
    fn missing(&self) -> Option<([i64; 2], [i64; 2], &'static str)> {
        let expected = self.expected_sums()?;
        let mut pairs = self.actual.into_iter().zip(expected).zip(["", " allocated"]);
        pairs
            .find(|((actual, expected), _)| actual[1] < expected[1])
            .map(|((actual, expected), what)| (actual, expected, what))
    }

    /// Objects and bytes of the totals, in use and allocated; `None` if the dump has no totals.
    fn expected_sums(&self) -> Option<[[i64; 2]; 2]> {
        let expected = self.expected?;
        Some([expected.in_use, expected.allocated].map(|figures| [figures.count, figures.bytes]))
    }

    /// Returns true if the stacks do not add up to the totals.
    fn differs_from_totals(&self) -> bool {
        self.expected_sums().is_some_and(|expected| expected != self.actual)
    }

    fn finish(mut self, end: DumpEnd, context: &mut ReadContext<'_>) -> Profile {
        context.warnings.extend(self.trailer.warning());
        if self.owner == FiguresOwner::Stack {
            let text = "it ends with a stack that has no figures, so it may be cut short";
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        } else if let Some((actual, expected, what)) = self.missing() {
            let of = |at: usize| format!("{} of {}", commas(actual[at]), commas(expected[at]));
            let text = format!(
                "its stacks have {} objects{what} and {} bytes{what} that its totals count, so some may be missing",
                of(0),
                of(1)
            );
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        } else if let DumpEnd::WithinLine(line) = end {
            let text = format!("it ends within line {line}, so it may be cut short");
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        } else if end == DumpEnd::Records && self.expected.is_none() {
            let text = "it has neither totals nor a memory map at its end, so it may be cut short";
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        } else if end == DumpEnd::Records && self.differs_from_totals() {
            let text =
                "it has no memory map at its end, and its stacks do not add up to its totals, so it may be cut short";
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        }
        let mut types = vec![
            SampleType::new("alloc_objects", "count"),
            SampleType::new("alloc_space", "bytes"),
            SampleType::new("inuse_objects", "count"),
            SampleType::new("inuse_space", "bytes"),
        ];
        if self.builder.drop_empty_front(2) {
            types.drain(..2);
        }
        let period_type = SampleType::new("space", "bytes");
        let header = with_drop_rules(Header { period: self.rate, period_type, ..Header::default() });
        self.builder.finish(types, header, context)
    }
}

#[cfg(test)]
mod tests {
    use crate::format::testing::{read, stacks};
    use crate::profile::{Warning, WarningKind};

    const HEAD: &str = "heap_v2/1\n  t*: 3: 40 [0: 0]\n  t0: 3: 40 [0: 0]\n";

    #[test]
    fn figures_of_all_threads_are_used() {
        let text = format!(
            "{HEAD}@ 0x10 0x20\n  t*: 2: 24 [0: 0]\n  t0: 1: 8 [0: 0]\n  t1: 1: 16 [0: 0]\n@ 0x20\n  t*: 1: 16 [0: 0]\n"
        );
        let (profile, warnings) = read(text.as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["0x1f;0xf: 2 24", "0x1f: 1 16"]);
        assert_eq!(profile.header.totals, [3, 40]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn allocated_memory_has_columns_if_it_is_not_zero() {
        let text = format!("{HEAD}@ 0x10\n  t*: 2: 24 [0: 0]\n@ 0x20\n  t*: 1: 16 [5: 80]\n");
        let (profile, _) = read(text.as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["0xf: 0 0 2 24", "0x1f: 5 80 1 16"]);
        assert_eq!(profile.header.sample_types.len(), 4);
    }

    #[test]
    fn impossible_lines_are_errors_with_their_number() {
        for (rest, said) in [
            ("@ 0x10 10\n", "an address is no number"),
            ("@ 0x10\n t*: 2: 24\n", "the figures of a stack are none"),
            ("@ 0x10\n t*: 0: 24 [0: 0]\n", "there are bytes of no object"),
            ("@ 0x10\n t*: 1: 8 [0: 0]\n t*: 1: 8 [0: 0]\n", "a stack has figures twice"),
        ] {
            let error = read(format!("{HEAD}{rest}").as_bytes()).unwrap_err().to_string();
            let line = 3 + rest.lines().count();
            assert_eq!(error, format!("broken jemalloc heap dump: {said}, line {line}"));
        }
        assert!(read(b"heap_v2/many\n").is_err());
        assert!(read([HEAD, HEAD].concat().as_bytes()).is_err(), "two dumps in one file");
    }

    #[test]
    fn text_after_the_last_stack_is_left_out_and_text_before_another_is_an_error() {
        let stack = "@ 0x10\n t*: 3: 40 [0: 0]\n";
        let (_, warnings) = read(format!("{HEAD}{stack}the end\n").as_bytes()).unwrap();
        assert_eq!(warnings[0].text, "1 line after the profile is left out");
        let error = read(format!("{HEAD}what\nelse\n{stack}").as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "broken jemalloc heap dump: this is neither a stack nor figures, line 4");
    }

    #[test]
    fn a_dump_without_its_end_may_be_cut() {
        // Newer versions of jemalloc write totals that are smaller than the sum of the stacks.
        let stacks = "@ 0x10\n  t*: 3: 40 [0: 0]\n@ 0x20\n  t*: 1: 16 [0: 0]\n";
        let map = "\nMAPPED_LIBRARIES:\n";
        let (_, whole) = read(format!("{HEAD}{stacks}{map}").as_bytes()).unwrap();
        assert!(whole.is_empty());
        let go = "heap profile: 1: 2 [1: 2] @ heap/1048576\n1: 2 [1: 2] @ 0x100\n";
        let second = read(format!("{HEAD}{stacks}{map}{go}").as_bytes()).unwrap_err();
        assert!(matches!(second, crate::format::FormatError::SecondDump { .. }), "{second}");
        let (_, cut) = read(format!("{HEAD}{stacks}").as_bytes()).unwrap();
        let want =
            "it has no memory map at its end, and its stacks do not add up to its totals, so it may be cut short";
        assert_eq!(cut, [Warning::new(WarningKind::Incomplete, want)]);
    }

    #[test]
    fn a_stack_without_figures_is_a_warning() {
        let (profile, warnings) = read(format!("{HEAD}@ 0x10\n").as_bytes()).unwrap();
        assert_eq!((profile.header.samples, warnings.len()), (0, 1));
    }
}
