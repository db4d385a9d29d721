//! Speedscope's JSON: a shared table of frames, and profiles that are sampled (stacks with weights) or evented (frames
//! that open and close).
//!
//! All profiles of a file are added up, with a label each if there are several. Each unit has a column of its own.

use crate::base::ids::{LocationId, StackId, StringId};
use crate::base::limits::Budget;
use crate::format::builder::ProfileBuilder;
use crate::format::json::{EventError, JsonEvent, JsonParser};
use crate::format::rounding::StackRounding;
use crate::format::tokens::{contains, float};
use crate::format::{Chunks, Format, FormatError, Probe, ReadContext};
use crate::profile::{Header, Line, Profile, SampleType, Trie, Warning, WarningKind};

pub(super) const FORMAT: Format = Format { name: "speedscope", probe, read };

/// Bytes that the probe searches.
const PROBED_BYTES: usize = 4096;

fn probe(head: &[u8]) -> Probe {
    let head = head.trim_ascii_start();
    if !head.starts_with(b"{") {
        return Probe::No;
    }
    let start = &head[..head.len().min(PROBED_BYTES)];
    let is_speedscope = contains(start, b"speedscope.app/file-format-schema")
        || (contains(start, b"\"shared\"") && contains(start, b"\"frames\""))
        || (contains(start, b"\"profiles\"") && (contains(start, b"\"sampled\"") || contains(start, b"\"evented\"")));
    if is_speedscope { Probe::Yes } else { Probe::No }
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut events = JsonParser::new(FORMAT.name, chunks);
    let builder = ProfileBuilder::new(0, &context.options.limits, context.budget)?;
    let mut reader = SpeedscopeReader { builder, ..SpeedscopeReader::default() };
    while let Some(event) = events.next(context)? {
        if let Err(error) = reader.event(event, context.budget) {
            return Err(events.locate(error));
        }
    }
    reader.finish(context).map_err(|error| events.locate(error))
}

/// Units of a profile's values: word in the file, factor, and column of the values.
const UNITS: [(&[u8], f64, SpeedscopeColumn); 6] = [
    (b"none", 1.0, SpeedscopeColumn::Samples),
    (b"bytes", 1.0, SpeedscopeColumn::Space),
    (b"nanoseconds", 1.0, SpeedscopeColumn::Time),
    (b"microseconds", 1e3, SpeedscopeColumn::Time),
    (b"milliseconds", 1e6, SpeedscopeColumn::Time),
    (b"seconds", 1e9, SpeedscopeColumn::Time),
];

/// Warning about a unit that is not one of speedscope's.
const UNKNOWN_UNIT: &str = "a unit is none that speedscope knows; its values are taken for samples";

/// Sample type of the profiles of a unit. Times are in nanoseconds, since fractions of a second are usual.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum SpeedscopeColumn {
    #[default]
    Samples,
    Space,
    Time,
}

impl SpeedscopeColumn {
    fn sample_type(self) -> SampleType {
        match self {
            Self::Samples => SampleType::new("samples", "count"),
            Self::Space => SampleType::new("space", "bytes"),
            Self::Time => SampleType::new("time", "nanoseconds"),
        }
    }
}

/// Kind of an open container.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum SpeedscopeContainer {
    Top,
    Shared,
    FrameTable,
    Frame,
    Profiles,
    Profile,
    Samples,
    Sample,
    Weights,
    Events,
    Event,
    #[default]
    Other,
}

/// Name of a value in an object.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum SpeedscopeField {
    Shared,
    Frames,
    Profiles,
    Samples,
    Weights,
    Events,
    Name,
    File,
    Line,
    Column,
    Unit,
    Type,
    Frame,
    At,
    StartValue,
    EndValue,
    #[default]
    Other,
}

impl SpeedscopeField {
    fn of(key: &[u8]) -> Self {
        match key {
            b"shared" => Self::Shared,
            b"frames" => Self::Frames,
            b"profiles" => Self::Profiles,
            b"samples" => Self::Samples,
            b"weights" => Self::Weights,
            b"events" => Self::Events,
            b"name" => Self::Name,
            b"file" => Self::File,
            b"line" => Self::Line,
            b"col" => Self::Column,
            b"unit" => Self::Unit,
            b"type" => Self::Type,
            b"frame" => Self::Frame,
            b"at" => Self::At,
            b"startValue" => Self::StartValue,
            b"endValue" => Self::EndValue,
            _ => Self::Other,
        }
    }
}

/// Frame under construction.
#[derive(Default)]
struct SpeedscopeFrame {
    name: Vec<u8>,
    file: Vec<u8>,
    line: i64,
    column: i64,
}

/// Opening or closing of a frame.
#[derive(Clone, Copy, Default)]
struct FrameEvent {
    is_open: bool,
    frame: u32,
    at: f64,
}

/// Profile of the file. Its data follow the data of the previous profile.
#[derive(Clone, Copy, Default)]
struct SpeedscopeProfile {
    name: StringId,
    /// Index into [`UNITS`].
    unit: usize,
    start: f64,
    /// End of the frames that no event closes; `None` if the file does not have it.
    end: Option<f64>,
    /// Ends in `sample_ends`, `weights` and `events`.
    samples: usize,
    weights: usize,
    events: usize,
}

#[derive(Default)]
struct SpeedscopeReader {
    builder: ProfileBuilder,
    open: Vec<SpeedscopeContainer>,
    field: SpeedscopeField,
    frame: SpeedscopeFrame,
    event: FrameEvent,
    table: Vec<LocationId>,
    profiles: Vec<SpeedscopeProfile>,
    /// Indices into the table of frames, outermost first.
    frames: Vec<u32>,
    sample_ends: Vec<usize>,
    weights: Vec<f64>,
    events: Vec<FrameEvent>,
    /// True if a unit is not one of [`UNITS`].
    unknown_unit: bool,
}

impl SpeedscopeReader {
    fn event(&mut self, event: JsonEvent<'_>, budget: &mut Budget) -> Result<(), EventError> {
        match event {
            JsonEvent::Object | JsonEvent::Array => {
                let container = self.container_kind(event);
                match container {
                    SpeedscopeContainer::Frame => self.frame.clear(),
                    SpeedscopeContainer::Profile => {
                        budget.push(&mut self.profiles, SpeedscopeProfile::default())?;
                    }
                    SpeedscopeContainer::Event => self.event = FrameEvent::default(),
                    _ => {}
                }
                budget.push(&mut self.open, container)?;
                self.field = SpeedscopeField::Other;
            }
            JsonEvent::Key(key) => self.field = SpeedscopeField::of(key),
            JsonEvent::End => self.end(budget)?,
            JsonEvent::Text(text) => self.text(text, budget)?,
            JsonEvent::Number(number) => self.number(number, budget)?,
            JsonEvent::Word => {}
        }
        Ok(())
    }

    fn container_kind(&self, event: JsonEvent<'_>) -> SpeedscopeContainer {
        use SpeedscopeContainer as Container;
        use SpeedscopeField as Field;
        let is_object = event == JsonEvent::Object;
        match (self.open.last(), self.field) {
            (None, _) if is_object => Container::Top,
            (Some(Container::Top), Field::Shared) if is_object => Container::Shared,
            (Some(Container::Shared), Field::Frames) if !is_object => Container::FrameTable,
            (Some(Container::FrameTable), _) if is_object => Container::Frame,
            (Some(Container::Top), Field::Profiles) if !is_object => Container::Profiles,
            (Some(Container::Profiles), _) if is_object => Container::Profile,
            (Some(Container::Profile), Field::Samples) if !is_object => Container::Samples,
            (Some(Container::Samples), _) if !is_object => Container::Sample,
            (Some(Container::Profile), Field::Weights) if !is_object => Container::Weights,
            (Some(Container::Profile), Field::Events) if !is_object => Container::Events,
            (Some(Container::Events), _) if is_object => Container::Event,
            _ => Container::Other,
        }
    }

    fn end(&mut self, budget: &mut Budget) -> Result<(), EventError> {
        match self.open.pop() {
            Some(SpeedscopeContainer::Frame) => {
                let function = self.builder.function(&self.frame.name, &self.frame.file, budget)?;
                let line = Line { function, line: self.frame.line, column: self.frame.column };
                let location = self.builder.location(0, Some(line), budget)?;
                budget.push(&mut self.table, location)?;
            }
            Some(SpeedscopeContainer::Sample) => budget.push(&mut self.sample_ends, self.frames.len())?,
            Some(SpeedscopeContainer::Event) => budget.push(&mut self.events, self.event)?,
            Some(SpeedscopeContainer::Profile) => {
                if let Some(profile) = self.profiles.last_mut() {
                    profile.samples = self.sample_ends.len();
                    profile.weights = self.weights.len();
                    profile.events = self.events.len();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &[u8], budget: &mut Budget) -> Result<(), EventError> {
        let slot = match (self.open.last(), self.field) {
            (Some(SpeedscopeContainer::Frame), SpeedscopeField::Name) => &mut self.frame.name,
            (Some(SpeedscopeContainer::Frame), SpeedscopeField::File) => &mut self.frame.file,
            (Some(SpeedscopeContainer::Event), SpeedscopeField::Type) => {
                self.event.is_open = text == b"O";
                return Ok(());
            }
            (Some(SpeedscopeContainer::Profile), field) => {
                let name = if field == SpeedscopeField::Name {
                    self.builder.string(text, budget)?
                } else {
                    StringId::default()
                };
                if let Some(profile) = self.profiles.last_mut() {
                    match field {
                        SpeedscopeField::Name => profile.name = name,
                        SpeedscopeField::Unit => {
                            let unit = UNITS.iter().position(|(unit, ..)| *unit == text);
                            self.unknown_unit |= unit.is_none();
                            profile.unit = unit.unwrap_or(0);
                        }
                        _ => {}
                    }
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        slot.clear();
        if slot.capacity() < text.len() {
            budget.grow(slot, text.len())?;
        }
        slot.extend_from_slice(text);
        Ok(())
    }

    fn number(&mut self, number: &[u8], budget: &mut Budget) -> Result<(), EventError> {
        let index = |number: f64| {
            let is_index = number >= 0.0 && number < f64::from(u32::MAX) && number.fract() == 0.0;
            is_index.then_some(number as u32).ok_or(EventError::Broken("a frame is no number"))
        };
        let number = float(number).ok_or(EventError::Broken("a number is none"))?;
        match (self.open.last(), self.field) {
            (Some(SpeedscopeContainer::Sample), _) => budget.push(&mut self.frames, index(number)?)?,
            (Some(SpeedscopeContainer::Weights), _) => budget.push(&mut self.weights, number)?,
            (Some(SpeedscopeContainer::Frame), SpeedscopeField::Line) => self.frame.line = number as i64,
            (Some(SpeedscopeContainer::Frame), SpeedscopeField::Column) => self.frame.column = number as i64,
            (Some(SpeedscopeContainer::Event), SpeedscopeField::Frame) => self.event.frame = index(number)?,
            (Some(SpeedscopeContainer::Event), SpeedscopeField::At) => self.event.at = number,
            (Some(SpeedscopeContainer::Profile), field) => match (self.profiles.last_mut(), field) {
                (Some(profile), SpeedscopeField::StartValue) => profile.start = number,
                (Some(profile), SpeedscopeField::EndValue) => profile.end = Some(number),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self, context: &mut ReadContext<'_>) -> Result<Profile, EventError> {
        if self.profiles.is_empty() {
            return Err(EventError::Broken("there is no profile in it"));
        }
        let column_of = |profile: &SpeedscopeProfile| UNITS[profile.unit].2;
        let mut columns: Vec<SpeedscopeColumn> = self.profiles.iter().map(column_of).collect();
        columns.sort_unstable();
        columns.dedup();
        self.builder.set_columns(columns.len());
        if self.unknown_unit {
            context.warnings.push(Warning::new(WarningKind::Incomplete, UNKNOWN_UNIT));
        }
        let key = self.builder.string(b"profile", context.budget)?;
        let profiles = std::mem::take(&mut self.profiles);
        let mut before = SpeedscopeProfile::default();
        for profile in &profiles {
            let column = columns.iter().position(|column| *column == column_of(profile)).unwrap_or_default();
            let labels = [(key, profile.name)];
            let labels = if profiles.len() > 1 && profile.name != StringId::default() { &labels[..] } else { &[] };
            let target = SampleTarget { column, columns: columns.len(), labels };
            self.add_samples(&before, profile, &target, context.budget)?;
            self.add_events(&before, profile, &target, context.budget)?;
            before = *profile;
        }
        let temporary = profiles.capacity() * size_of::<SpeedscopeProfile>()
            + self.frames.capacity() * size_of::<u32>()
            + self.sample_ends.capacity() * size_of::<usize>()
            + self.weights.capacity() * size_of::<f64>()
            + self.events.capacity() * size_of::<FrameEvent>()
            + self.table.capacity() * size_of::<LocationId>();
        context.budget.release(temporary as u64);
        let types = columns.into_iter().map(SpeedscopeColumn::sample_type).collect();
        Ok(self.builder.finish(types, Header::default(), context))
    }

    fn location(&self, frame: u32) -> Result<LocationId, EventError> {
        let location = self.table.get(frame as usize).copied();
        location.ok_or(EventError::Broken("a stack refers to a frame that is not there"))
    }

    fn add_samples(
        &mut self,
        before: &SpeedscopeProfile,
        profile: &SpeedscopeProfile,
        target: &SampleTarget<'_>,
        budget: &mut Budget,
    ) -> Result<(), EventError> {
        if profile.samples - before.samples != profile.weights - before.weights {
            return Err(EventError::Broken("a profile has more or fewer weights than samples"));
        }
        let (_, factor, _) = UNITS[profile.unit];
        let mut rounding = StackRounding::default();
        for number in before.samples..profile.samples {
            let start = number.checked_sub(1).map_or(0, |last| self.sample_ends[last]);
            let mut stack = Trie::ROOT;
            for at in start..self.sample_ends[number] {
                let location = self.location(self.frames[at])?;
                stack = self.builder.push_frame(stack, location, budget)?;
            }
            let weight = self.weights[before.weights + number - before.samples] * factor;
            let weight = rounding.round(stack, weight, budget)?;
            target.add(&mut self.builder, stack, weight, budget)?;
        }
        rounding.release(budget);
        Ok(())
    }

    fn add_events(
        &mut self,
        before: &SpeedscopeProfile,
        profile: &SpeedscopeProfile,
        target: &SampleTarget<'_>,
        budget: &mut Budget,
    ) -> Result<(), EventError> {
        let mut open: Vec<(u32, StackId)> = Vec::new();
        let (_, factor, _) = UNITS[profile.unit];
        let position = |at: f64| (at * factor).round() as i64;
        let mut last = position(profile.start);
        for at in before.events..profile.events {
            let event = self.events[at];
            // Positions are rounded, not durations, so that values add up to the rounded total.
            let now = position(event.at);
            if now < last && at > before.events {
                return Err(EventError::Broken("an event is earlier than the one before it"));
            }
            let stack = open.last().map_or(Trie::ROOT, |(_, stack)| *stack);
            if now != last && stack != Trie::ROOT {
                target.add(&mut self.builder, stack, now.wrapping_sub(last), budget)?;
            }
            last = now;
            if event.is_open {
                let location = self.location(event.frame)?;
                let callee = self.builder.push_frame(stack, location, budget)?;
                budget.push(&mut open, (event.frame, callee))?;
            } else if open.pop().is_none_or(|(frame, _)| frame != event.frame) {
                return Err(EventError::Broken("an event closes a frame that is not the innermost one"));
            }
        }
        // Frames that no event closes last until the end.
        if let (Some((_, stack)), Some(end)) = (open.last(), profile.end) {
            let more = position(end).saturating_sub(last);
            if more > 0 {
                target.add(&mut self.builder, *stack, more, budget)?;
            }
        }
        budget.release((open.capacity() * size_of::<(u32, StackId)>()) as u64);
        Ok(())
    }
}

/// Column and labels of the samples of a profile.
struct SampleTarget<'a> {
    column: usize,
    columns: usize,
    labels: &'a [(StringId, StringId)],
}

impl SampleTarget<'_> {
    fn add(
        &self,
        builder: &mut ProfileBuilder,
        stack: StackId,
        value: i64,
        budget: &mut Budget,
    ) -> Result<(), EventError> {
        let mut values = [0; UNITS.len()];
        values[self.column] = value;
        Ok(builder.labeled_sample(stack, self.labels, &values[..self.columns], budget)?)
    }
}

impl SpeedscopeFrame {
    fn clear(&mut self) {
        self.name.clear();
        self.file.clear();
        (self.line, self.column) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read, stacks};

    fn file(profiles: &str) -> String {
        format!(
            r#"{{"profiles":[{profiles}],"$schema":"https://www.speedscope.app/file-format-schema.json",
            "shared":{{"frames":[{{"name":"a","file":"a.rs","line":3,"col":7}},{{"name":"b"}}]}}}}"#
        )
    }

    #[test]
    fn samples_and_events_are_read() {
        let sampled = r#"{"type":"sampled","name":"x","unit":"bytes","startValue":0,"endValue":12,
            "weights":[10,2.5],"samples":[[0,1],[1]]}"#;
        let (profile, _) = read(file(sampled).as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["a;b: 10", "b: 3"]);
        assert_eq!(profile.header.sample_types, [SampleType::new("space", "bytes")]);
        let evented = r#"{"type":"evented","name":"y","unit":"milliseconds","startValue":1,"endValue":9,"events":[
            {"type":"O","frame":0,"at":1},{"type":"O","frame":1,"at":2.4},{"type":"C","frame":1,"at":5.6},
            {"type":"C","frame":0,"at":9}]}"#;
        let (profile, _) = read(file(evented).as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["a: 1400000", "a;b: 3200000", "a: 3400000"]);
        let (profile, _) = read(file(&[sampled, evented].join(",")).as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["a;b: 10 0", "b: 3 0", "a: 0 1400000", "a;b: 0 3200000", "a: 0 3400000"]);
        assert_eq!(profile.tables.labels.len(), 3, "no label, and one for each profile");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for profile in [
            "",
            r#"{"type":"sampled","unit":"none","samples":[[0]],"weights":[]}"#,
            r#"{"type":"sampled","unit":"none","samples":[[2]],"weights":[1]}"#,
            r#"{"type":"sampled","unit":"none","samples":[[-1]],"weights":[1]}"#,
            r#"{"type":"evented","unit":"none","events":[{"type":"C","frame":0,"at":1}]}"#,
            r#"{"type":"evented","unit":"none","events":[{"type":"O","frame":0,"at":1},{"type":"C","frame":1,"at":2}]}"#,
        ] {
            assert!(matches!(read(file(profile).as_bytes()), Err(FormatError::Broken { .. })), "{profile}");
        }
    }
}
