//! Samples of a recording, summed by stack and thread, and its garbage collections.

use rustc_hash::FxHashMap;

use super::constants::Constants;
use super::cursor::{ChunkError, Cursor, JfrText};
use super::metadata::{FieldName, Metadata, TypeName, ValuePart};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FunctionId, LocationId, StackId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::safe_text::SafeText;
use crate::base::units::commas_u64;
use crate::format::builder::ProfileBuilder;
use crate::format::{FormatError, ReadContext};
use crate::profile::{Counting, GcEvent, GcLog, Header, Line, Profile, SampleType, Trie, Warning, WarningKind};

/// Columns in pairs: objects or samples, and bytes.
const COLUMNS: [(&str, &str); 8] = [
    ("alloc_samples", "count"),
    ("alloc_space", "bytes"),
    ("alloc_in_new_tlab_objects", "count"),
    ("alloc_in_new_tlab_bytes", "bytes"),
    ("alloc_outside_tlab_objects", "count"),
    ("alloc_outside_tlab_bytes", "bytes"),
    ("live_objects", "count"),
    ("live_space", "bytes"),
];
/// Index of the pair of live objects.
const LIVE: usize = 3;

/// Clock of a chunk.
#[derive(Clone, Copy, Default)]
pub(super) struct ChunkClock {
    /// Start in nanoseconds since 1970.
    pub(super) start_nanos: i64,
    pub(super) duration_nanos: i64,
    /// Ticks at the start.
    pub(super) start_ticks: i64,
    pub(super) ticks_per_second: i64,
}

impl ChunkClock {
    /// Converts a number of ticks to nanoseconds.
    fn nanos(&self, ticks: i64) -> i64 {
        let nanos = i128::from(ticks) * 1_000_000_000 / i128::from(self.ticks_per_second.max(1));
        i64::try_from(nanos).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX })
    }

    /// Converts a time in ticks to nanoseconds since 1970.
    fn time(&self, ticks: i64) -> i64 {
        self.start_nanos.saturating_add(self.nanos(ticks.saturating_sub(self.start_ticks)))
    }
}

/// Types and constants of a chunk.
pub(super) struct ChunkTables<'t, 'a> {
    pub(super) types: &'t Metadata,
    pub(super) constants: &'t Constants<'a>,
}

/// Fields of an event; 0 for missing fields.
#[derive(Default)]
struct EventFields<'a> {
    start: i64,
    duration: i64,
    thread: u64,
    stack: u64,
    class: u64,
    object: u64,
    weight: i64,
    tlab_size: i64,
    allocation_size: Option<i64>,
    object_size: i64,
    gc: i64,
    when: u64,
    when_text: Option<JfrText<'a>>,
    heap_used: i64,
    committed: Option<i64>,
    pauses: Option<i64>,
    size: i64,
}

impl<'a> EventFields<'a> {
    fn take(&mut self, part: ValuePart<'a>) {
        match part {
            ValuePart::Integer(FieldName::StartTime, value) => self.start = value,
            ValuePart::Integer(FieldName::Duration, value) => self.duration = value,
            ValuePart::Integer(FieldName::Weight, value) => self.weight = value,
            ValuePart::Integer(FieldName::TlabSize, value) => self.tlab_size = value,
            ValuePart::Integer(FieldName::AllocationSize, value) => self.allocation_size = Some(value),
            ValuePart::Integer(FieldName::ObjectSize, value) => self.object_size = value,
            ValuePart::Integer(FieldName::GcId, value) => self.gc = value,
            ValuePart::Integer(FieldName::HeapUsed, value) => self.heap_used = value,
            ValuePart::Integer(FieldName::CommittedSize, value) => self.committed = Some(value),
            ValuePart::Integer(FieldName::SumOfPauses, value) => self.pauses = Some(value),
            ValuePart::Integer(FieldName::Size, value) => self.size = value,
            ValuePart::Constant(FieldName::EventThread, key) => self.thread = key,
            ValuePart::Constant(FieldName::StackTrace, key) => self.stack = key,
            ValuePart::Constant(FieldName::ObjectClass, key) => self.class = key,
            ValuePart::Constant(FieldName::Object, key) => self.object = key,
            ValuePart::Constant(FieldName::When, key) => self.when = key,
            ValuePart::Text(FieldName::When, text) => self.when_text = Some(text),
            _ => {}
        }
    }
}

/// Ids in the profile for the constants of a chunk that were used.
#[derive(Default)]
struct ChunkIds {
    methods: FxHashMap<u64, Option<FunctionId>>,
    classes: FxHashMap<u64, Option<LocationId>>,
    stacks: FxHashMap<u64, StackId>,
    threads: FxHashMap<u64, StringId>,
    charged: u64,
}

/// Sums of a stack in a thread.
struct StackSums {
    stack: StackId,
    thread: StringId,
    values: [i64; COLUMNS.len()],
    old_objects: OldObjects,
}

/// Old objects of a stack in a thread. The JVM writes its whole sample of old objects at each dump and at the end of a
/// recording, so that a file has several emissions of it. All events of an emission have one time. Emissions are not
/// added up: the last one is the level at the end of the recording.
#[derive(Clone, Copy, Default)]
struct OldObjects {
    /// Time of the emission, in nanoseconds since 1970.
    emission: i64,
    /// Objects and bytes.
    values: [i64; 2],
}

impl OldObjects {
    /// Adds an object of an emission, the first one of which replaces the objects of an earlier emission.
    fn add(&mut self, emission: i64, bytes: i64) {
        if self.emission != emission {
            *self = Self { emission, values: [0; 2] };
        }
        self.values = [self.values[0].wrapping_add(1), self.values[1].wrapping_add(bytes)];
    }
}

/// Garbage collection under construction: one event has its times, others have the heap before and after.
#[derive(Clone, Copy, Default)]
struct Collection {
    number: i64,
    event: GcEvent,
}

/// Samples read so far.
pub(super) struct JfrSamples {
    builder: ProfileBuilder,
    index: FxHashMap<(StackId, StringId), u32>,
    samples: Vec<StackSums>,
    ids: ChunkIds,
    clock: ChunkClock,
    /// First and last nanosecond of the chunks.
    extent: Option<(i64, i64)>,
    /// Time of the last emission of old objects, in nanoseconds since 1970; `None` without old objects.
    emission: Option<i64>,
    /// True if live objects come from async-profiler, false if they are a sample of old objects.
    has_live_objects: bool,
    truncated: u64,
    collections: Vec<Collection>,
    collection_of: FxHashMap<i64, usize>,
}

impl JfrSamples {
    pub(super) fn new(context: &mut ReadContext<'_>) -> Result<Self, LimitError> {
        Ok(Self {
            builder: ProfileBuilder::new(0, &context.options.limits, context.budget)?,
            index: FxHashMap::default(),
            samples: Vec::new(),
            ids: ChunkIds::default(),
            clock: ChunkClock::default(),
            extent: None,
            emission: None,
            has_live_objects: false,
            truncated: 0,
            collections: Vec::new(),
            collection_of: FxHashMap::default(),
        })
    }

    /// True if no memory event was read.
    pub(super) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Begins a chunk: keys of constants have a new meaning.
    pub(super) fn begin_chunk(&mut self, clock: ChunkClock, budget: &mut Budget) {
        budget.release(self.ids.charged);
        self.ids = ChunkIds::default();
        self.collection_of.clear();
        self.clock = clock;
        let end = clock.start_nanos.saturating_add(clock.duration_nanos.max(0));
        let (first, last) = self.extent.unwrap_or((clock.start_nanos, end));
        self.extent = Some((first.min(clock.start_nanos), last.max(end)));
    }

    /// Reads an event; `cursor` is after its type.
    pub(super) fn read_event<'a>(
        &mut self,
        type_id: u64,
        cursor: &mut Cursor<'a>,
        tables: &ChunkTables<'_, 'a>,
        budget: &mut Budget,
    ) -> Result<(), ChunkError> {
        let mut fields = EventFields::default();
        tables.types.visit(type_id, cursor, &mut |part| {
            fields.take(part);
            Ok(())
        })?;
        let emission = self.clock.time(fields.start);
        let (pair, class, bytes) = match tables.types.name(type_id) {
            TypeName::AllocationSample => (0, fields.class, fields.weight),
            TypeName::AllocationInTlab => (1, fields.class, fields.tlab_size),
            TypeName::AllocationOutsideTlab => (2, fields.class, fields.allocation_size.unwrap_or(0)),
            TypeName::OldObjectSample => {
                if self.emission.is_some_and(|last| emission < last) {
                    return Ok(());
                }
                self.emission = Some(emission);
                let size = fields.allocation_size.unwrap_or(fields.object_size);
                (LIVE, tables.constants.object_class(fields.object), size)
            }
            TypeName::LiveObject => {
                self.has_live_objects = true;
                (LIVE, fields.class, fields.allocation_size.unwrap_or(0))
            }
            _ => return self.read_collection(type_id, &fields, tables, budget),
        };
        let stack = self.stack(fields.stack, tables.constants, budget)?;
        let stack = match self.class(class, tables.constants, budget)? {
            Some(class) => self.builder.push_frame(stack, class, budget)?,
            None => stack,
        };
        let thread = self.thread(fields.thread, tables.constants, budget)?;
        let sums = self.sums(stack, thread, budget)?;
        if tables.types.name(type_id) == TypeName::OldObjectSample {
            sums.old_objects.add(emission, bytes);
        } else {
            let values = &mut sums.values;
            values[2 * pair] = values[2 * pair].wrapping_add(1);
            values[2 * pair + 1] = values[2 * pair + 1].wrapping_add(bytes);
        }
        Ok(())
    }

    /// Sums of a stack in a thread, all 0 at first.
    fn sums(&mut self, stack: StackId, thread: StringId, budget: &mut Budget) -> Result<&mut StackSums, LimitError> {
        let at = if let Some(at) = self.index.get(&(stack, thread)) {
            *at
        } else {
            let at = self.samples.len() as u32;
            budget.charge_map_entry(&self.index)?;
            let (values, old_objects) = ([0; COLUMNS.len()], OldObjects::default());
            budget.push(&mut self.samples, StackSums { stack, thread, values, old_objects })?;
            self.index.insert((stack, thread), at);
            at
        };
        Ok(&mut self.samples[at as usize])
    }

    /// Adds the old objects of the last emission to the live objects, and drops samples of earlier emissions.
    fn add_old_objects(&mut self) {
        let Some(last) = self.emission else { return };
        for sample in &mut self.samples {
            if sample.old_objects.emission == last {
                for (value, more) in sample.values[2 * LIVE..].iter_mut().zip(sample.old_objects.values) {
                    *value = value.wrapping_add(more);
                }
            }
        }
        self.samples.retain(|sample| sample.values != [0; COLUMNS.len()]);
    }

    /// Converts a stack trace of the chunk to a stack; the empty stack if there are no frames.
    fn stack(&mut self, key: u64, constants: &Constants<'_>, budget: &mut Budget) -> Result<StackId, ChunkError> {
        self.truncated += u64::from(constants.is_truncated(key));
        if let Some(known) = self.ids.stacks.get(&key) {
            return Ok(*known);
        }
        let mut stack = Trie::ROOT;
        for frame in constants.frames(key).iter().rev() {
            let function = self.method(frame.method, constants, budget)?;
            let Some(function) = function else { continue };
            let line = Line { function, line: frame.line, column: 0 };
            let location = self.builder.location(0, Some(line), budget)?;
            stack = self.builder.push_frame(stack, location, budget)?;
        }
        self.ids.charged += budget.charge_map_entry(&self.ids.stacks)?;
        self.ids.stacks.insert(key, stack);
        Ok(stack)
    }

    /// Converts a method of the chunk to a function; `None` if its name is missing.
    fn method(
        &mut self,
        key: u64,
        constants: &Constants<'_>,
        budget: &mut Budget,
    ) -> Result<Option<FunctionId>, ChunkError> {
        if let Some(known) = self.ids.methods.get(&key) {
            return Ok(*known);
        }
        let name = constants.method_name(key);
        let function = if name.is_empty() { None } else { Some(self.builder.function(&name, b"", budget)?) };
        self.ids.charged += budget.charge_map_entry(&self.ids.methods)?;
        self.ids.methods.insert(key, function);
        Ok(function)
    }

    /// Converts a class of the chunk to a location; `None` if its name is missing.
    fn class(
        &mut self,
        key: u64,
        constants: &Constants<'_>,
        budget: &mut Budget,
    ) -> Result<Option<LocationId>, ChunkError> {
        if let Some(known) = self.ids.classes.get(&key) {
            return Ok(*known);
        }
        let name = constants.class_name(key);
        let location = if name.is_empty() { None } else { Some(self.builder.name_location(&name, budget)?) };
        self.ids.charged += budget.charge_map_entry(&self.ids.classes)?;
        self.ids.classes.insert(key, location);
        Ok(location)
    }

    /// Converts a thread of the chunk to its name; the empty string if the name is missing.
    fn thread(&mut self, key: u64, constants: &Constants<'_>, budget: &mut Budget) -> Result<StringId, ChunkError> {
        if let Some(known) = self.ids.threads.get(&key) {
            return Ok(*known);
        }
        let name = self.builder.string(constants.thread_name(key), budget)?;
        self.ids.charged += budget.charge_map_entry(&self.ids.threads)?;
        self.ids.threads.insert(key, name);
        Ok(name)
    }

    /// Reads an event of a garbage collection, or of resident memory.
    fn read_collection(
        &mut self,
        type_id: u64,
        fields: &EventFields<'_>,
        tables: &ChunkTables<'_, '_>,
        budget: &mut Budget,
    ) -> Result<(), ChunkError> {
        let time = self.clock.time(fields.start.saturating_add(fields.duration));
        let kind = tables.types.name(type_id);
        if kind == TypeName::ResidentSetSize {
            let event = GcEvent { wall: Some(time), rss: Some(fields.size), ..GcEvent::default() };
            return Ok(budget.push(&mut self.collections, Collection { number: -1, event })?);
        }
        let at = if let Some(at) = self.collection_of.get(&fields.gc) {
            *at
        } else {
            budget.charge_map_entry(&self.collection_of)?;
            let event = GcEvent { wall: Some(time), number: Some(fields.gc), ..GcEvent::default() };
            budget.push(&mut self.collections, Collection { number: fields.gc, event })?;
            self.collection_of.insert(fields.gc, self.collections.len() - 1);
            self.collections.len() - 1
        };
        let event = &mut self.collections[at].event;
        if kind == TypeName::GarbageCollection {
            event.wall = Some(time);
            event.cycles = Some(1);
            event.pause = fields.pauses.map(|ticks| self.clock.nanos(ticks));
            return Ok(());
        }
        let when =
            fields.when_text.as_ref().map_or(tables.constants.moment(fields.when), |text| tables.constants.text(text));
        if when.starts_with(b"After") {
            event.used = Some(fields.heap_used);
            event.total = fields.committed.or(event.total);
        }
        Ok(())
    }

    /// Garbage collections as a log; `None` if there are none.
    fn log(&mut self, budget: &mut Budget) -> Result<Option<GcLog>, LimitError> {
        self.collections.compact_sort_by_key(|collection| collection.event.wall);
        let mut events = Vec::new();
        for Collection { number, event } in &self.collections {
            // A collection at the edge of the recording of which neither the end nor the heap size is known is left
            // out.
            if *number < 0 || event.cycles.is_some() || event.used.is_some() {
                budget.push(&mut events, *event)?;
            }
        }
        budget.release((self.collections.capacity() * size_of::<Collection>()) as u64);
        // The timeline has a copy of the events.
        budget.charge((events.len() * size_of::<(i64, GcEvent)>()) as u64)?;
        let log = GcLog { format: super::FORMAT.name, extent: self.extent, events, ..GcLog::default() };
        Ok(Some(log).filter(|log| !log.events.is_empty()))
    }

    pub(super) fn finish(mut self, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
        let log = self.log(context.budget)?;
        self.add_old_objects();
        let has_values = |column: &usize| self.samples.iter().any(|one| one.values[*column] != 0);
        let columns: Vec<usize> = (0..COLUMNS.len()).filter(has_values).collect();
        self.builder.set_columns(columns.len());
        let key = self.builder.string(b"thread", context.budget)?;
        for (count, StackSums { stack, thread, values, .. }) in self.samples.iter().enumerate() {
            if count % CANCEL_SAMPLES == 0 && (context.is_cancelled)() {
                return Err(FormatError::Cancelled);
            }
            let values: Vec<i64> = columns.iter().map(|column| values[*column]).collect();
            let labels = [(key, *thread)];
            let labels = if *thread == StringId::EMPTY { &[] } else { &labels[..] };
            self.builder.labeled_sample(*stack, labels, &values, context.budget)?;
        }
        context.budget.release((self.samples.capacity() * size_of::<StackSums>()) as u64);
        if self.truncated > 0 {
            let stacks = match self.truncated {
                1 => "1 stack lacks its".to_owned(),
                count => format!("{} stacks lack their", commas_u64(count)),
            };
            let text = format!("{stacks} outermost frames; `-XX:FlightRecorderOptions=stackdepth=512` records them");
            context.warnings.push(Warning::new(WarningKind::Incomplete, text));
        }
        let types: Vec<SampleType> =
            columns.iter().map(|column| SampleType::new(COLUMNS[*column].0, COLUMNS[*column].1)).collect();
        // The sum of sampled old objects estimates no total; the sum of async-profiler's live objects does.
        let is_first = |column: &&usize| **column % 2 == 1 && (**column / 2 == LIVE) == self.has_live_objects;
        let default_sample_type = columns.iter().find(is_first).map(|column| SafeText::from(COLUMNS[*column].0));
        let (start, end) = self.extent.unwrap_or_default();
        let header = Header {
            // Live objects are those at the end.
            time_nanos: end,
            duration_nanos: end.saturating_sub(start).max(0),
            counting: Counting::WithinDuration,
            default_sample_type: default_sample_type.unwrap_or_default(),
            ..Header::default()
        };
        Ok(Profile { log, ..self.builder.finish(types, header, context) })
    }
}

/// Number of samples between two checks for cancellation.
const CANCEL_SAMPLES: usize = 4096;
