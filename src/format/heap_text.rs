//! Text heaps that begin with `heap profile:`, as Go (`debug=1`), tcmalloc and related allocators write them.
//!
//! A line of totals, which names the sampling, is followed by a line for each stack. Go adds comments with names and
//! runtime figures ([`go_comments`]), C++ a memory map.

use crate::base::ids::LocationId;
use crate::base::units::commas;
use crate::format::builder::ProfileBuilder;
use crate::format::go_comments::{self, MetricsReader};
use crate::format::heap_record::{HeapRecord, ObjectsAndBytes, TextTrailer, with_drop_rules};
use crate::format::memory_map::{self, MemoryMapReader};
use crate::format::text_lines::{TextLine, TextLines};
use crate::format::tokens::{Words, address, decimal, without_cut_number};
use crate::format::{Chunks, Format, FormatError, Probe, ReadContext};
use crate::profile::{Header, Profile, SampleType, Warning, WarningKind};

pub(super) const GO: Format = Format { name: "Go heap text", probe: probe_go, read: read_go };

pub(super) const TCMALLOC: Format = Format { name: "tcmalloc heap text", probe: probe_tcmalloc, read: read_tcmalloc };

const START: &[u8] = b"heap profile:";

fn probe_go(head: &[u8]) -> Probe {
    if is_go(head) == Some(true) { Probe::Yes } else { Probe::No }
}

fn probe_tcmalloc(head: &[u8]) -> Probe {
    if is_go(head) == Some(false) { Probe::Yes } else { Probe::No }
}

/// True for a text heap of Go, false for a text heap of an allocator, according to the sampling in the first line;
/// `None` for other text.
fn is_go(head: &[u8]) -> Option<bool> {
    let head = head.trim_ascii_start();
    let line = head.starts_with(START).then(|| head.split(|byte| *byte == b'\n').next()).flatten()?;
    let sampling = line.iter().position(|byte| *byte == b'@').map_or(&[][..], |at| &line[at + 1..]);
    Some(sampling.trim_ascii_start().starts_with(b"heap/"))
}

fn read_go(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    HeapTextReader::read(TextLines::new(GO.name, chunks), context)
}

fn read_tcmalloc(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    HeapTextReader::read(TextLines::new(TCMALLOC.name, chunks), context)
}

/// Content of the first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HeapTextHeader {
    /// Sampling rate in bytes; 1 if everything was sampled or the figures are scaled already.
    rate: i64,
    /// Sampling period as in pprof.
    period: i64,
    columns: Columns,
    /// Unscaled sums over all samples, in use and allocated.
    totals: [ObjectsAndBytes; 2],
}

/// Value columns. Allocated memory has columns only if it differs from memory in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    InUse,
    Both,
}

impl HeapTextHeader {
    fn parse(line: &TextLine<'_>) -> Result<Self, FormatError> {
        let text = line.bytes.strip_prefix(START).unwrap_or_default();
        let (totals, rest) = HeapRecord::read(text).ok_or_else(|| line.error("the first line has no totals"))?;
        let sampling = rest.trim_ascii_start().strip_prefix(b"@").and_then(|rest| Words(rest).next());
        let sampling = sampling.ok_or_else(|| line.error("the first line does not say how it was sampled"))?;
        let slash = sampling.iter().position(|byte| *byte == b'/');
        let (kind, rate) = match slash {
            Some(slash) => (&sampling[..slash], decimal(&sampling[slash + 1..])),
            None => (sampling, Some(0)),
        };
        let rate = rate.ok_or_else(|| line.error("the sampling rate is no number"))?;
        let (rate, period) = match kind {
            // Go and old versions of tcmalloc write twice the rate.
            b"heap" => (rate / 2, rate / 2),
            b"heap_v2" | b"heapz_v2" => (rate, rate),
            b"heapprofile" | b"growth" | b"growthz" | b"fragmentation" | b"fragmentationz" => (1, 1),
            _ => return Err(line.error("it was sampled in a way that is not known")),
        };
        let (in_use, allocated) = (totals.in_use, totals.allocated);
        let differs = (allocated.count != in_use.count && allocated.count != 0)
            || (allocated.bytes != in_use.bytes && allocated.bytes != 0);
        let columns = if differs { Columns::Both } else { Columns::InUse };
        Ok(Self { rate, period, columns, totals: [in_use, allocated] })
    }

    fn sample_types(self) -> Vec<SampleType> {
        let types: &[(&str, &str)] = match self.columns {
            Columns::InUse => &[("objects", "count"), ("space", "bytes")],
            Columns::Both => &[
                ("alloc_objects", "count"),
                ("alloc_space", "bytes"),
                ("inuse_objects", "count"),
                ("inuse_space", "bytes"),
            ],
        };
        types.iter().map(|(name, unit)| SampleType::new(name, unit)).collect()
    }
}

struct HeapTextReader {
    header: HeapTextHeader,
    builder: ProfileBuilder,
    /// Unscaled sums over the samples so far, in use and allocated.
    sums: [ObjectsAndBytes; 2],
    /// Warning about a text that ends within a line; `None` if its last line has a line break.
    cut: Option<String>,
    /// Record whose comments may follow.
    record: Option<HeapRecord>,
    /// Call addresses of the record's stack, leaf first.
    addresses: Vec<u64>,
    /// Frames of the record's stack that comments name, leaf first. If there are any, they replace the addresses: as in
    /// its pprof format, Go omits frames of its allocator and of the start of a goroutine.
    frames: Vec<LocationId>,
    metrics: MetricsReader,
    trailer: TextTrailer,
    /// True if a comment named a frame; then Go has already hidden frames of the runtime.
    has_names: bool,
}

impl HeapTextReader {
    fn read(mut lines: TextLines<'_>, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
        let header = loop {
            match lines.next(context)? {
                Some(line) if line.bytes.is_empty() => {}
                Some(line) => break HeapTextHeader::parse(&line)?,
                None => return Err(FormatError::Empty),
            }
        };
        let builder = ProfileBuilder::new(header.sample_types().len(), &context.options.limits, context.budget)?;
        let mut reader = Self {
            header,
            builder,
            sums: Default::default(),
            cut: None,
            record: None,
            addresses: Vec::new(),
            frames: Vec::new(),
            metrics: MetricsReader::default(),
            trailer: TextTrailer::new("this is neither a sample nor a comment"),
            has_names: false,
        };
        let mut map: Option<MemoryMapReader> = None;
        while let Some(line) = lines.next(context)? {
            if line.bytes.starts_with(START) || map.is_some() && memory_map::begins_dump(line.bytes) {
                return Err(line.second_dump());
            }
            if line.is_unterminated && !line.bytes.is_empty() {
                let text =
                    format!("it ends within line {}, so names or figures at its end may be missing", line.number);
                reader.cut = Some(text);
            }
            match &mut map {
                Some(map) => map.read_line(line.bytes, &mut reader.builder, context.budget)?,
                None if memory_map::begins_after(line.bytes) => map = Some(MemoryMapReader::default()),
                None => reader.read_line(&line, context)?,
            }
        }
        reader.flush(context)?;
        Ok(reader.finish(context))
    }

    fn read_line(&mut self, line: &TextLine<'_>, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        if let Some(comment) = line.bytes.strip_prefix(b"#") {
            let comment = if line.is_unterminated { without_cut_number(comment) } else { comment };
            if self.metrics.read_comment(comment) {
                return Ok(());
            }
            if self.record.is_some() {
                let frame = go_comments::frame_location(comment, &mut self.builder, context.budget)?;
                if let Some(frame) = frame {
                    self.has_names = true;
                    context.budget.push(&mut self.frames, frame)?;
                }
            }
            return Ok(());
        }
        if line.bytes.is_empty() {
            return Ok(());
        }
        self.flush(context)?;
        let Some((record, rest)) = HeapRecord::read(line.bytes) else { return self.trailer.text(line) };
        self.trailer.record()?;
        if record.in_use.is_impossible() || (self.header.columns == Columns::Both && record.allocated.is_impossible()) {
            return Err(line.error("there are bytes of no object"));
        }
        let stack = rest.trim_ascii_start().strip_prefix(b"@").ok_or_else(|| line.error("a sample has no stack"))?;
        for word in Words(stack) {
            match address(word) {
                // The call precedes the return address.
                Some(address) => context.budget.push(&mut self.addresses, address.wrapping_sub(1))?,
                None if line.is_unterminated => {}
                None => return Err(line.error("an address is no number")),
            }
        }
        if line.is_unterminated {
            self.cut = Some(format!("it ends within line {}, so the last stack may be cut short", line.number));
        }
        for (sum, more) in self.sums.iter_mut().zip([record.in_use, record.allocated]) {
            sum.count = sum.count.wrapping_add(more.count);
            sum.bytes = sum.bytes.wrapping_add(more.bytes);
        }
        self.record = Some(record);
        Ok(())
    }

    /// Converts the last record to a sample.
    fn flush(&mut self, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        let Some(record) = self.record.take() else { return Ok(()) };
        if self.frames.is_empty() {
            for address in &self.addresses {
                let location = self.builder.location(*address, None, context.budget)?;
                context.budget.push(&mut self.frames, location)?;
            }
        }
        let stack = self.builder.stack(&self.frames, context.budget)?;
        self.addresses.clear();
        self.frames.clear();
        let (in_use, allocated) =
            (record.in_use.unsample(self.header.rate), record.allocated.unsample(self.header.rate));
        let values = [allocated.count, allocated.bytes, in_use.count, in_use.bytes];
        let values = if self.header.columns == Columns::Both { &values[..] } else { &values[2..] };
        Ok(self.builder.sample(stack, record.object_size(), values, context.budget)?)
    }

    fn finish(self, context: &mut ReadContext<'_>) -> Profile {
        context.warnings.extend(self.trailer.warning());
        let metrics = self.metrics.finish();
        // Totals of allocated memory are checked only if the file has them.
        let checked = if self.header.columns == Columns::Both { 2 } else { 1 };
        let mut pairs = self.header.totals.into_iter().zip(self.sums).zip(["", " allocated"]).take(checked);
        if let Some(((expected, actual), what)) = pairs.find(|((expected, actual), _)| expected != actual) {
            let objects = format!("{} of {} objects{what}", commas(actual.count), commas(expected.count));
            let bytes = format!("{} of {} bytes{what}", commas(actual.bytes), commas(expected.bytes));
            let text =
                format!("its samples have {objects} and {bytes} that its first line counts, so some may be missing");
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        } else if let Some(text) = self.cut {
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        } else if self.has_names && metrics.is_none() {
            let text = "it ends before the figures of the runtime, so the last stack may be cut short";
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        }
        let header = if self.has_names { Header::default() } else { with_drop_rules(Header::default()) };
        let header =
            Header { period: self.header.period, period_type: SampleType::new("space", "bytes"), metrics, ..header };
        self.builder.finish(self.header.sample_types(), header, context)
    }
}

#[cfg(test)]
mod tests {
    use crate::format::testing::{read, stacks};
    use crate::profile::{Warning, WarningKind};

    #[test]
    fn the_first_line_says_how_it_was_sampled() {
        for (line, rate, columns) in [
            (
                "heap profile: 1: 2 [3: 4] @ heap/1048576",
                524_288,
                "alloc_objects alloc_space inuse_objects inuse_space",
            ),
            ("heap profile:   1:   2 [  1:   2] @ heap_v2/1024", 1024, "objects space"),
            ("heap profile: 1: 2 [0: 0] @ heapz_v2/1024", 1024, "objects space"),
            ("heap profile: 1: 2 [1: 2] @ heapprofile", 1, "objects space"),
            ("heap profile: 1: 2 [1: 2] @ growthz", 1, "objects space"),
        ] {
            let (profile, _) = read(line.as_bytes()).unwrap();
            let names: Vec<&str> = profile.header.sample_types.iter().map(|of| of.name.raw()).collect();
            assert_eq!((profile.header.period, names.join(" ").as_str()), (rate, columns), "{line}");
        }
        for line in ["heap profile: 1: 2 @ heap/4", "heap profile: 1: 2 [1: 2]", "heap profile: 1: 2 [1: 2] @ heap/x"] {
            let error = read(line.as_bytes()).unwrap_err();
            assert!(error.to_string().ends_with(", line 1") && error.hint().is_some(), "{error}");
        }
        let unknown = read(b"heap profile: 1: 2 [1: 2] @ other/4").unwrap_err();
        assert!(unknown.to_string().starts_with("broken tcmalloc heap text: it was sampled"), "{unknown}");
    }

    #[test]
    fn addresses_are_calls_in_mappings() {
        let text = "heap profile: 2: 24 [2: 24] @ heapprofile\n 2: 24 [2: 24] @ 0x400010 0x500001 0x900000\n\n\
            MAPPED_LIBRARIES:\n400000-500000 r-xp 00000000 00:00 1 /bin/a\n500000-600000 r-xp 00000000 00:00 1 /bin/b\n";
        let (profile, warnings) = read(text.as_bytes()).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(stacks(&profile), ["0x8fffff;0x500000 [b];0x40000f [a]: 2 24"]);
    }

    #[test]
    fn frames_in_comments_replace_addresses() {
        let text = "heap profile: 1: 8 [1: 16] @ heap/2\n1: 8 [1: 16] @ 0x10 0x20 0x30 0x40\n\
            #\t0x1f\tmain.leak+0x8f\t\t/src/a b.go:12\n#\t0x2f\tmain.main+0x1\t/src/main.go:7\n\n1: 8 [1: 16] @ 0x50\n";
        let (profile, _) = read(text.as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["main.main;main.leak: 1 16 1 8", "0x4f: 1 16 1 8"]);
        assert_eq!(profile.header.functions, 2);
    }

    #[test]
    fn a_cut_text_of_go_is_read_without_the_cut_figure() {
        let frames =
            "heap profile: 1: 8 [1: 16] @ heap/2\n1: 8 [1: 16] @ 0x10\n#\t0xf\tmain.main+0x1\t/src/main.go:7\n";
        let whole = format!("{frames}\n# runtime.MemStats\n# HeapAlloc = 1056\n# MaxRSS = 4096\n");
        let (profile, warnings) = read(whole.as_bytes()).unwrap();
        let metrics = profile.header.metrics.unwrap();
        assert_eq!((metrics.heap_alloc, metrics.max_rss), (Some(1056), Some(4096)));
        assert!(warnings.is_empty(), "{warnings:?}");
        for (cut, want) in [
            (whole.trim_end(), "it ends within line 7, so names or figures at its end may be missing"),
            (&whole[..whole.len() - 3], "it ends within line 7, so names or figures at its end may be missing"),
            (frames, "it ends before the figures of the runtime, so the last stack may be cut short"),
        ] {
            let (profile, warnings) = read(cut.as_bytes()).unwrap();
            assert_eq!(profile.header.metrics.and_then(|metrics| metrics.max_rss), None);
            assert_eq!(warnings, [Warning::new(WarningKind::Incomplete, want)], "{cut:?}");
        }
    }

    #[test]
    fn impossible_lines_are_errors_with_their_number() {
        let header = "heap profile: 1: 8 [1: 16] @ heap/2\n";
        for (record, said) in [
            ("1: ten [x: y] @ 0x1 0xzz\n", "this is neither a sample nor a comment"),
            ("0: 8 [1: 16] @ 0x1\n", "there are bytes of no object"),
            ("1: 8 [0: 16] @ 0x1\n", "there are bytes of no object"),
            ("1: 8 [1: 16] 0x1\n", "a sample has no stack"),
            ("1: 8 [1: 16] @ 0x1 here\n", "an address is no number"),
        ] {
            let error = read(format!("{header}{record}").as_bytes()).unwrap_err().to_string();
            assert_eq!(error, format!("broken Go heap text: {said}, line 2"));
        }
    }

    #[test]
    fn two_dumps_in_one_file_are_refused() {
        let dump = "heap profile: 1: 8 [1: 8] @ heapprofile\n1: 8 [1: 8] @ 0x10\n";
        let map = "\nMAPPED_LIBRARIES:\n400000-500000 r-xp 00000000 00:00 1 /bin/a\n";
        for (first, line) in [(dump.to_owned(), 3), (format!("{dump}{map}"), 6)] {
            let error = read(format!("{first}{dump}").as_bytes()).unwrap_err().to_string();
            let want = format!("broken tcmalloc heap text: two profiles are in one file, the second from line {line}");
            assert_eq!(error, want);
        }
    }

    #[test]
    fn a_cut_stack_is_read_with_a_warning() {
        let (profile, warnings) = read(b"heap profile: 1: 8 [1: 8] @ heapprofile\n1: 8 [1: 8] @ 0x10 0x").unwrap();
        assert_eq!(stacks(&profile), ["0xf: 1 8"]);
        let want = "it ends within line 2, so the last stack may be cut short";
        assert_eq!(warnings, [Warning::new(WarningKind::Incomplete, want)]);
        let (_, warnings) =
            read(b"heap profile: 1: 8 [1: 8] @ heapprofile\n1: 8 [1: 8] @ 0x10\nMAPPED_LIBRARIES:\n4000").unwrap();
        let want = "it ends within line 4, so names or figures at its end may be missing";
        assert_eq!(warnings, [Warning::new(WarningKind::Incomplete, want)]);
        let (_, warnings) = read(b"heap profile: 3: 24 [3: 24] @ heapprofile\n1: 8 [1: 8] @ 0x10\n").unwrap();
        let want =
            "its samples have 1 of 3 objects and 8 of 24 bytes that its first line counts, so some may be missing";
        assert_eq!(warnings, [Warning::new(WarningKind::Incomplete, want)]);
    }
}
