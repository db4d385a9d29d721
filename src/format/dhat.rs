//! DHAT's JSON, written by valgrind (`--tool=dhat`) and by the Rust crate dhat: program points with their figures, and
//! a table of frames.
//!
//! Figures are exact. A program point has its total allocations, its memory at the peak and at the end of the program,
//! and the sum of the lifetimes of its blocks in instructions or microseconds.

use crate::base::ids::LocationId;
use crate::base::limits::Budget;
use crate::base::safe_text::SafeText;
use crate::format::builder::ProfileBuilder;
use crate::format::heap_record::with_drop_rules;
use crate::format::json::{EventError, JsonEvent, JsonParser};
use crate::format::tokens::{contains, decimal, hex};
use crate::format::{Chunks, Format, FormatError, Probe, ReadContext};
use crate::profile::{Header, Line, Profile, SampleType, Trie};

pub(super) const FORMAT: Format = Format { name: "DHAT", probe, read };

/// Start of the first key in files as valgrind and dhat write them.
const START: &[u8] = b"\"dhat";
/// Key of every file; tools that sort keys put it among the first.
const VERSION_KEY: &[u8] = b"\"dhatFileVersion\"";
/// Bytes searched for the version key.
const SEARCHED_BYTES: usize = 4096;

fn probe(head: &[u8]) -> Probe {
    let head = head.trim_ascii_start();
    let Some(inside) = head.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return Probe::No };
    let is_dhat = inside.starts_with(START) || contains(&inside[..inside.len().min(SEARCHED_BYTES)], VERSION_KEY);
    if is_dhat { Probe::Yes } else { Probe::No }
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut events = JsonParser::new(FORMAT.name, chunks);
    let builder = ProfileBuilder::new(0, &context.options.limits, context.budget)?;
    let mut reader = DhatReader { builder, ..DhatReader::empty() };
    while let Some(event) = events.next(context)? {
        if let Err(error) = reader.event(event, context.budget) {
            return Err(events.locate(error));
        }
    }
    reader.finish(context).map_err(|error| events.locate(error))
}

/// Figures of a program point, in the order of the sample types.
const FIGURES: [(&[u8], &str, &str); 9] = [
    (b"tbk", "alloc_objects", "count"),
    (b"tb", "alloc_space", "bytes"),
    (b"gbk", "peak_objects", "count"),
    (b"gb", "peak_space", "bytes"),
    (b"ebk", "inuse_objects", "count"),
    (b"eb", "inuse_space", "bytes"),
    (b"tl", "lifetime", ""),
    (b"rb", "read", "bytes"),
    (b"wb", "written", "bytes"),
];
/// Index of the lifetime, whose unit is given in the file.
const LIFETIME: usize = 6;

/// Kind of event that the program points of a file count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DhatVerb {
    /// Heap blocks.
    Allocated,
    /// Copies of memory: `--mode=copy`.
    Copied,
    /// Events that the program reports itself: `--mode=ad-hoc`.
    Occurred,
}

impl DhatVerb {
    /// Sample type name of a figure, by its index; `None` if the name is the same as for heap blocks.
    fn name(self, figure: usize) -> Option<&'static str> {
        match (self, figure) {
            (Self::Copied, 0) => Some("copies"),
            (Self::Copied, 1) => Some("copied_space"),
            (Self::Occurred, 0) => Some("events"),
            (Self::Occurred, 1) => Some("event_weights"),
            _ => None,
        }
    }
}

/// Kind of an open container.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DhatContainer {
    Top,
    Points,
    Point,
    PointFrames,
    FrameTable,
    Other,
}

/// Name of a value in an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DhatField {
    Points,
    FrameTable,
    Frames,
    TimeUnit,
    Command,
    Version,
    Verb,
    SizeUnit,
    /// Index into [`FIGURES`].
    Figure(usize),
    Other,
}

impl DhatField {
    fn of(key: &[u8]) -> Self {
        match key {
            b"pps" => Self::Points,
            b"ftbl" => Self::FrameTable,
            b"fs" => Self::Frames,
            b"tu" => Self::TimeUnit,
            b"cmd" => Self::Command,
            b"dhatFileVersion" => Self::Version,
            b"verb" => Self::Verb,
            b"bsu" => Self::SizeUnit,
            _ => FIGURES.iter().position(|(name, ..)| *name == key).map_or(Self::Other, Self::Figure),
        }
    }
}

struct DhatReader {
    builder: ProfileBuilder,
    open: Vec<DhatContainer>,
    field: DhatField,
    /// Figures of each program point.
    points: Vec<[i64; FIGURES.len()]>,
    /// End of each program point's frames in `frames`.
    ends: Vec<usize>,
    /// Indices into the table of frames, innermost first. The table follows the program points.
    frames: Vec<u32>,
    table: Vec<LocationId>,
    /// Figures that some program point has.
    found: [bool; FIGURES.len()],
    time_unit: &'static str,
    verb: DhatVerb,
    /// True if sizes are in bytes.
    is_in_bytes: bool,
    command: Vec<u8>,
}

/// Maximum length of the command that is kept.
const MAX_COMMAND: usize = 4096;

impl DhatReader {
    fn empty() -> Self {
        Self {
            builder: ProfileBuilder::default(),
            open: Vec::new(),
            field: DhatField::Other,
            points: Vec::new(),
            ends: Vec::new(),
            frames: Vec::new(),
            table: Vec::new(),
            found: [false; FIGURES.len()],
            time_unit: "",
            verb: DhatVerb::Allocated,
            is_in_bytes: true,
            command: Vec::new(),
        }
    }

    fn event(&mut self, event: JsonEvent<'_>, budget: &mut Budget) -> Result<(), EventError> {
        match event {
            JsonEvent::Object | JsonEvent::Array => {
                let container = self.container_kind(event);
                if container == DhatContainer::Point {
                    budget.push(&mut self.points, [0; FIGURES.len()])?;
                    budget.push(&mut self.ends, self.frames.len())?;
                }
                budget.push(&mut self.open, container)?;
                self.field = DhatField::Other;
            }
            JsonEvent::Key(key) => self.field = DhatField::of(key),
            JsonEvent::End => {
                if self.open.pop() == Some(DhatContainer::Point)
                    && let Some(end) = self.ends.last_mut()
                {
                    *end = self.frames.len();
                }
            }
            JsonEvent::Text(text) => match (self.open.last(), self.field) {
                (Some(DhatContainer::FrameTable), _) => {
                    let location = frame(text, &mut self.builder, budget)?;
                    budget.push(&mut self.table, location)?;
                }
                (Some(DhatContainer::Top), DhatField::TimeUnit) => {
                    self.time_unit = if text.starts_with(b"instr") { "instructions" } else { "microseconds" };
                }
                (Some(DhatContainer::Top), DhatField::Verb) => {
                    self.verb = match text {
                        b"Allocated" => DhatVerb::Allocated,
                        b"Copied" => DhatVerb::Copied,
                        _ => DhatVerb::Occurred,
                    };
                }
                (Some(DhatContainer::Top), DhatField::SizeUnit) => self.is_in_bytes = text == b"bytes",
                (Some(DhatContainer::Top), DhatField::Command) => {
                    self.command = text[..text.len().min(MAX_COMMAND)].to_vec();
                }
                _ => {}
            },
            JsonEvent::Number(number) => self.number(number, budget)?,
            JsonEvent::Word => {}
        }
        Ok(())
    }

    fn container_kind(&self, event: JsonEvent<'_>) -> DhatContainer {
        let is_object = event == JsonEvent::Object;
        match (self.open.last(), self.field) {
            (None, _) if is_object => DhatContainer::Top,
            (Some(DhatContainer::Top), DhatField::Points) if !is_object => DhatContainer::Points,
            (Some(DhatContainer::Top), DhatField::FrameTable) if !is_object => DhatContainer::FrameTable,
            (Some(DhatContainer::Points), _) if is_object => DhatContainer::Point,
            (Some(DhatContainer::Point), DhatField::Frames) if !is_object => DhatContainer::PointFrames,
            _ => DhatContainer::Other,
        }
    }

    fn number(&mut self, number: &[u8], budget: &mut Budget) -> Result<(), EventError> {
        match (self.open.last(), self.field) {
            (Some(DhatContainer::PointFrames), _) => {
                let index = decimal(number).and_then(|index| u32::try_from(index).ok());
                budget.push(&mut self.frames, index.ok_or(EventError::Broken("a frame is no number"))?)?;
            }
            (Some(DhatContainer::Point), DhatField::Figure(figure)) => {
                let value = decimal(number).ok_or(EventError::Broken("a figure is no number"))?;
                self.found[figure] = true;
                if let Some(point) = self.points.last_mut() {
                    point[figure] = value;
                }
            }
            (Some(DhatContainer::Top), DhatField::Version) if decimal(number) != Some(2) => {
                return Err(EventError::Broken("its version is not 2, the only one known"));
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self, context: &mut ReadContext<'_>) -> Result<Profile, EventError> {
        let mut columns: Vec<usize> = (0..FIGURES.len()).filter(|figure| self.found[*figure]).collect();
        if columns.is_empty() && !self.points.is_empty() {
            return Err(EventError::Broken("its program points have no figures"));
        }
        // A program that allocated nothing has no point.
        if columns.is_empty() {
            columns = (0..FIGURES.len()).filter(|figure| *figure != LIFETIME).collect();
        }
        self.builder.set_columns(columns.len());
        let mut start = 0;
        for (point, end) in self.points.iter().zip(&self.ends) {
            let mut stack = Trie::ROOT;
            for index in self.frames[start..*end].iter().rev() {
                let location = self.table.get(*index as usize);
                let location =
                    *location.ok_or(EventError::Broken("a program point refers to a frame that is not there"))?;
                stack = self.builder.push_frame(stack, location, context.budget)?;
            }
            start = *end;
            let values: Vec<i64> = columns.iter().map(|figure| point[*figure]).collect();
            self.builder.sample(stack, 0, &values, context.budget)?;
        }
        let temporary = self.points.capacity() * size_of::<[i64; FIGURES.len()]>()
            + self.ends.capacity() * size_of::<usize>()
            + self.frames.capacity() * size_of::<u32>()
            + self.table.capacity() * size_of::<LocationId>();
        context.budget.release(temporary as u64);
        let sample_type = |figure: &usize| {
            let (_, name, unit) = FIGURES[*figure];
            let name = self.verb.name(*figure).unwrap_or(name);
            let unit = if self.is_in_bytes || unit != "bytes" { unit } else { "units" };
            SampleType::new(name, if *figure == LIFETIME { self.time_unit } else { unit })
        };
        let types = columns.iter().map(sample_type).collect();
        let comments = if self.command.is_empty() { Vec::new() } else { vec![SafeText::from_bytes(&self.command)] };
        Ok(self.builder.finish(types, with_drop_rules(Header { comments, ..Header::default() }), context))
    }
}

/// Location of a frame: `0xADDRESS: NAME (FILE:LINE)` or `0xADDRESS: NAME (in OBJECT)`.
fn frame(text: &[u8], builder: &mut ProfileBuilder, budget: &mut Budget) -> Result<LocationId, EventError> {
    let split = text.windows(2).position(|pair| pair == b": ");
    let addressed = split.and_then(|at| Some((hex(text[..at].strip_prefix(b"0x")?)?, &text[at + 2..])));
    let (address, text) = addressed.unwrap_or((0, text));
    let open = text.windows(2).rposition(|pair| pair == b" (").filter(|_| text.ends_with(b")"));
    let (name, place) = match open {
        Some(open) => (&text[..open], &text[open + 2..text.len() - 1]),
        None => (text, &b""[..]),
    };
    let (name, file, line, column) = if place.starts_with(b"in ") {
        (name, &place[3..], 0, 0)
    } else if let Some((file, line, column)) = file_and_line(place) {
        (name, file, line, column)
    } else {
        (text, &b""[..], 0, 0)
    };
    if matches!(name, b"???" | b"") && address != 0 {
        return Ok(builder.location(address, None, budget)?);
    }
    let function = builder.function(name, file, budget)?;
    Ok(builder.location(address, Some(Line { function, line, column }), budget)?)
}

/// Splits `FILE:LINE` or `FILE:LINE:COLUMN`.
fn file_and_line(place: &[u8]) -> Option<(&[u8], i64, i64)> {
    let split = |text: &'_ [u8]| -> Option<(usize, i64)> {
        let colon = text.iter().rposition(|byte| *byte == b':')?;
        Some((colon, decimal(&text[colon + 1..])?))
    };
    let (colon, last) = split(place)?;
    let file = &place[..colon];
    match split(file) {
        Some((colon, line)) => Some((&file[..colon], line, last)),
        None => Some((file, last, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read, stacks};

    const TEXT: &str = r#"{"dhatFileVersion":2,"mode":"heap","tu":"instrs","cmd":"./leak 2","te":10,"tg":5,"pps":[
        {"tb":96,"tbk":3,"tl":30,"mb":64,"mbk":2,"gb":64,"gbk":2,"eb":32,"ebk":1,"rb":7,"wb":9,"acc":[-3,0,4],"fs":[1,2,3]},
        {"tb":8,"tbk":1,"tl":1,"mb":8,"mbk":1,"gb":0,"gbk":0,"eb":0,"ebk":0,"rb":0,"wb":0,"fs":[1,4]}],
        "ftbl":["[root]","0x48417B4: malloc (in /usr/lib/dhat.so)","0x109854: make<int>(int) (leak.cc:10)",
        "0x10947E: main (src/main.rs:13:5)","0x1FFF: ???"]}"#;

    #[test]
    fn program_points_become_stacks() {
        let (profile, _) = read(TEXT.as_bytes()).unwrap();
        assert_eq!(profile.header.format, "DHAT");
        assert_eq!(
            stacks(&profile),
            ["main;make<int>(int);malloc: 3 96 2 64 1 32 30 7 9", "0x1fff;malloc: 1 8 0 0 0 0 1 0 0"]
        );
        assert_eq!(profile.header.sample_types[LIFETIME], SampleType::new("lifetime", "instructions"));
        let lines: Vec<(i64, i64)> = (1..4)
            .map(|id| profile.tables.symbols.lines(LocationId(id))[0])
            .map(|line| (line.line, line.column))
            .collect();
        assert_eq!(lines, [(0, 0), (10, 0), (13, 5)]);
    }

    #[test]
    fn a_file_without_accesses_has_no_columns_for_them() {
        let text = TEXT.replace(r#""rb":7,"wb":9,"#, "").replace(r#""rb":0,"wb":0,"#, "");
        let (profile, _) = read(text.as_bytes()).unwrap();
        assert_eq!(profile.header.sample_types.len(), 7);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (from, to) in
            [("[1,4]", "[1,5]"), ("[1,4]", "[-1]"), (":2,\"mode", ":3,\"mode"), ("\"tb\":8", "\"tb\":8e99")]
        {
            assert!(TEXT.contains(from), "{from}");
            assert!(matches!(read(TEXT.replace(from, to).as_bytes()), Err(FormatError::Broken { .. })), "{to}");
        }
    }
}
