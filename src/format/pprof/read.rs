//! Reader of pprof profiles.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::base::ids::{StackId, StringId};
use crate::base::limits::{Budget, LimitError, LimitKind};
use crate::base::safe_text::SafeText;
use crate::base::step_count;
use crate::base::strings::TextCache;
use crate::base::units::commas_u64;
use crate::format::pprof::field_scanner::{Field, FieldScanner, FieldSink};
use crate::format::pprof::message::ValueType;
use crate::format::pprof::number;
use crate::format::pprof::repeat::{EqualField, RepeatState, recorded};
use crate::format::pprof::salvage::{self, Salvage};
use crate::format::pprof::sample::{SampleReader, SampleRun};
use crate::format::pprof::stack_inserter::{InsertedStacks, StackInserter};
use crate::format::pprof::symbol::{SymbolReader, value_type};
use crate::format::pprof::wire::SAMPLE;
use crate::format::profile_cache::Record;
use crate::format::{
    Chunks, Corruption, DamagePolicy, ErrorPosition, FormatError, Malformed, ProfileCache, ReadContext, SampleScope,
    Threads,
};
use crate::profile::{
    Coverage, Header, MemoryKind, Profile, SampleType, Samples, Symbols, Tables, Values, Warning, WarningKind,
};

pub(super) fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut fields = FieldScanner::default();
    let mut reader = PprofReader::new(context);
    let scanned = scan(chunks, context, &mut fields, &mut reader).and_then(|()| reader.end_comparison(context.budget));
    match scanned.and(reader.samples.inserter.finish(context.budget).map_err(FormatError::from)) {
        Err(error) if reader.salvage.allows(&error) => reader.salvage.stopped = Some(error),
        result => result?,
    }
    if reader.salvage.policy == DamagePolicy::Salvage {
        reader.add_placeholders(context.budget)?;
    }
    if let Some(at) = fields.zero_field() {
        let at = commas_u64(at);
        let text = format!(
            "a record with the number 0 at byte {at} of the profile: part of it was not written, or is damaged"
        );
        context.warnings.push(Warning::new(WarningKind::Incomplete, text));
    }
    let mut profile = reader.finish(context, fields.offset())?;
    if let Some(salvaged) = &profile.header.salvaged {
        salvage::number_unnamed(&mut profile.header.sample_types);
        let text = format!("salvaged: {}; totals may be too low", salvaged.problem);
        context.warnings.push(Warning::new(WarningKind::Salvaged, text));
    }
    Ok(profile)
}

fn scan(
    chunks: &mut dyn Chunks,
    context: &mut ReadContext<'_>,
    fields: &mut FieldScanner,
    reader: &mut PprofReader<'_>,
) -> Result<(), FormatError> {
    let mut buffer = Vec::new();
    while let Some(chunk) = chunks.next(std::mem::take(&mut buffer))? {
        if (context.is_cancelled)() {
            return Err(FormatError::Cancelled);
        }
        fields.scan(&chunk, reader, context.budget)?;
        buffer = chunk;
    }
    fields.end()
}

/// Bytes charged for a sample type besides its texts and values: its entries in the header, in the series and in every
/// answer.
const SAMPLE_TYPE_BYTES: u64 = 1024;

/// Bytes charged for a build id besides its text: its entries in the header and in two sets.
const BUILD_ID_BYTES: u64 = 128;

/// Scalar fields of a profile.
#[derive(Default)]
struct Scalars {
    drop_frames: i64,
    keep_frames: i64,
    time_nanos: i64,
    duration_nanos: i64,
    period: i64,
    comments: Vec<i64>,
    default_sample_type: i64,
    doc_url: i64,
}

struct PprofReader<'a> {
    samples: SampleReader,
    scope: SampleScope,
    symbols: SymbolReader,
    sample_types: Vec<ValueType>,
    period_type: Option<ValueType>,
    scalars: Scalars,
    max_records: u64,
    max_string: usize,
    cut_strings: usize,
    salvage: Salvage,
    cache: Option<&'a ProfileCache>,
    repeat_state: RepeatState,
    /// Heap bytes charged to the budget before the read.
    charged_before: u64,
}

impl FieldSink for PprofReader<'_> {
    fn wants(number: u64) -> bool {
        (number::SAMPLE_TYPE..=number::DOC_URL).contains(&number)
    }

    #[inline]
    fn fields(&mut self, chunk: &[u8], at: u64, budget: &mut Budget) -> Result<usize, FormatError> {
        let is_single = matches!(self.repeat_state, RepeatState::None) && self.salvage.policy == DamagePolicy::Refuse;
        if !is_single || chunk.first() != Some(&SAMPLE) {
            return Ok(0);
        }
        let mut read = 0;
        loop {
            let left_out = self.samples.leave_out(&chunk[read..], self.max_records, &mut self.symbols);
            read += left_out;
            let run = SampleRun { chunk: &chunk[read..], at: at + read as u64, max_samples: self.max_records };
            let kept = self.samples.read_run(&run, &mut self.symbols, budget)?;
            read += kept;
            if left_out == 0 || kept == 0 {
                return Ok(read);
            }
        }
    }

    #[inline]
    fn field(&mut self, field: Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        if self.salvage.policy == DamagePolicy::Salvage {
            return self.read_or_skip(&field, budget);
        }
        match self.repeat_state {
            RepeatState::None => self.read_record(&field, budget),
            _ => self.read_of_series(&field, budget),
        }
    }
}

fn records_exceeded(subject: &'static str, limit: u64) -> FormatError {
    LimitError { kind: LimitKind::Records, subject, limit }.into()
}

impl<'a> PprofReader<'a> {
    #[inline]
    fn read_record(&mut self, field: &Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        match field.number {
            number::SAMPLE => {
                if self.samples.count() == 0 {
                    self.samples.requested_kind = self.kind_of_scope();
                }
                if self.samples.count() as u64 >= self.max_records {
                    return Err(records_exceeded("samples", self.max_records));
                }
                self.samples.read(field, &mut self.symbols, budget)
            }
            number::LOCATION => {
                if self.symbols.symbols.locations() as u64 >= self.max_records {
                    return Err(records_exceeded("locations", self.max_records));
                }
                self.symbols.location(field, budget)
            }
            number::FUNCTION => self.symbols.function(field, budget),
            number::MAPPING => self.symbols.mapping(field, budget),
            number::STRING_TABLE => self.read_string(field, budget),
            _ => self.read_scalar(field, budget),
        }
    }

    /// Reads a record of a profile in a series: compares it with the previous profile, or stores it for the next
    /// profile.
    fn read_of_series(&mut self, field: &Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        if !matches!(field.number, number::SAMPLE..=number::STRING_TABLE) {
            return self.read_record(field, budget);
        }
        if let RepeatState::Comparing(comparison) = &mut self.repeat_state {
            let is_equal = match field.number {
                number::SAMPLE => self.samples.read_repeated(field, comparison, budget)?,
                _ => comparison.has_symbol(field),
            };
            if is_equal {
                return Ok(());
            }
            self.read_equal_fields(budget)?;
        }
        if let RepeatState::Recording(fields) = &mut self.repeat_state
            && !(recorded(field).is_some_and(|parts| fields.push(parts))
                && self.cache.is_some_and(|cache| cache.has_room(fields, 0)))
        {
            self.repeat_state = RepeatState::None;
        }
        self.read_record(field, budget)
    }

    /// Ends a comparison at the end of the file. If the previous profile has further fields, the two profiles differ.
    fn end_comparison(&mut self, budget: &mut Budget) -> Result<(), FormatError> {
        match &self.repeat_state {
            RepeatState::Comparing(comparison) if !comparison.is_complete() => self.read_equal_fields(budget),
            _ => Ok(()),
        }
    }

    /// Reads all fields that were equal to the previous profile's, and records further fields.
    fn read_equal_fields(&mut self, budget: &mut Budget) -> Result<(), FormatError> {
        let RepeatState::Comparing(comparison) = std::mem::replace(&mut self.repeat_state, RepeatState::None) else {
            return Ok(());
        };
        self.samples.samples.labels.to_mut().clear();
        for field in comparison.equal_fields() {
            match field {
                EqualField::Sample { ids, labels, at } => {
                    self.samples.read_again(ids, labels, at, &mut self.symbols, budget)?;
                }
                EqualField::Symbol(field) => self.read_record(&field, budget)?,
            }
        }
        if self.cache.is_some_and(ProfileCache::note_different) {
            self.repeat_state = RepeatState::Recording(comparison.into_recorded());
        }
        Ok(())
    }

    /// Kind of memory of the samples to read; `None` for all.
    #[cold]
    fn kind_of_scope(&self) -> Option<MemoryKind> {
        match self.scope {
            SampleScope::All => None,
            SampleScope::Kind(kind) => Some(kind),
            SampleScope::DefaultKind => {
                // Go names the default before the samples, by the same string as the sample type, and lists types of
                // allocated memory before types of memory in use.
                let default = self.scalars.default_sample_type;
                let at = self.sample_types.iter().position(|known| default != 0 && known.r#type == default);
                Some(if matches!(at, Some(0 | 1)) { MemoryKind::Allocated } else { MemoryKind::InUse })
            }
        }
    }

    /// Reads a record, or skips it if it is broken and the policy is to salvage.
    fn read_or_skip(&mut self, field: &Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        let before = self.samples.count();
        if before == 0 && field.number == number::SAMPLE && self.samples.samples.values.is_empty() {
            // A broken first sample would leave the number of columns unknown.
            self.samples.samples.values.resize_with(self.sample_types.len(), Values::default);
        }
        let result = self.read_record(field, budget);
        let is_uneven = field.number == number::SAMPLE && self.samples.uneven.is_some();
        let lacks_empty_string =
            matches!(result, Err(FormatError::Corrupt { corruption: Corruption::FirstString, .. }));
        match result {
            Ok(()) if !is_uneven => return Ok(()),
            Err(error) if !self.salvage.allows(&error) => return Err(error),
            _ => {}
        }
        match field.number {
            number::SAMPLE => {
                self.samples.truncate(before);
                self.salvage.samples += 1;
            }
            number::STRING_TABLE => {
                // The empty string keeps the indices of later strings.
                self.symbols.symbols.strings.push(b"", budget)?;
                self.salvage.records += 1;
                if lacks_empty_string {
                    // The writer left out the empty string, which is string 0.
                    self.read_string(field, budget)?;
                }
            }
            _ => self.salvage.records += 1,
        }
        Ok(())
    }

    /// Adds placeholders for missing records that other records refer to.
    fn add_placeholders(&mut self, budget: &mut Budget) -> Result<(), FormatError> {
        if self.sample_types.is_empty()
            && let Some(error) = self.salvage.stopped.take()
        {
            return Err(error);
        }
        let strings = &mut self.symbols.symbols.strings;
        if strings.is_empty() {
            strings.push(b"", budget)?;
        }
        self.salvage.strings = self.symbols.strings.out_of_range(strings.len()).is_some();
        self.salvage.missing = self.symbols.add_placeholders(budget)?;
        salvage::repair_strings(&mut self.symbols.symbols, &mut self.samples.labels.sets);
        Ok(())
    }

    fn new(context: &ReadContext<'a>) -> Self {
        let options = context.options;
        // Inserting stacks on this thread allows a broken sample to be removed.
        let is_salvaged = options.damage == DamagePolicy::Salvage;
        let inserter = StackInserter::new(if is_salvaged { Threads::One } else { context.threads });
        let cache = context.cache.filter(|_| !is_salvaged && options.samples == SampleScope::All);
        Self {
            samples: SampleReader::new(inserter),
            scope: if is_salvaged { SampleScope::All } else { options.samples },
            symbols: SymbolReader::default(),
            sample_types: Vec::new(),
            period_type: None,
            scalars: Scalars::default(),
            max_records: options.limits.records,
            max_string: options.limits.string,
            cut_strings: 0,
            salvage: Salvage { policy: options.damage, ..Salvage::default() },
            cache,
            repeat_state: RepeatState::begin(cache),
            charged_before: context.budget.used(),
        }
    }

    fn read_string(&mut self, field: &Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        let mut bytes = field.value.bytes().map_err(|error| field.corrupt(error))?;
        let strings = &mut self.symbols.symbols.strings;
        if strings.is_empty() && !bytes.is_empty() {
            return Err(field.corrupt(Corruption::FirstString));
        }
        if bytes.len() > self.max_string {
            bytes = &bytes[..self.max_string];
            self.cut_strings += 1;
        }
        strings.push(bytes, budget)?;
        Ok(())
    }

    /// Reads a field that occurs once or a few times in a profile.
    fn read_scalar(&mut self, field: &Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        let at = field.at;
        match field.number {
            number::SAMPLE_TYPE => {
                let sample_type = self.value_type(field)?;
                budget.push(&mut self.sample_types, sample_type)?;
                return Ok(());
            }
            number::PERIOD_TYPE => {
                self.period_type = Some(self.value_type(field)?);
                return Ok(());
            }
            number::COMMENT => return self.read_comments(field, budget),
            _ => {}
        }
        let value = field.value.varint().map_err(|error| field.corrupt(error))? as i64;
        let (scalars, strings) = (&mut self.scalars, &mut self.symbols.strings);
        let slot = match field.number {
            number::DROP_FRAMES => &mut scalars.drop_frames,
            number::KEEP_FRAMES => &mut scalars.keep_frames,
            number::DEFAULT_SAMPLE_TYPE => &mut scalars.default_sample_type,
            number::DOC_URL => &mut scalars.doc_url,
            number::TIME_NANOS if scalars.time_nanos != 0 => {
                return Err(Malformed::TwoProfiles { second: ErrorPosition::Profile(at) }.into());
            }
            number::TIME_NANOS => &mut scalars.time_nanos,
            number::DURATION_NANOS => &mut scalars.duration_nanos,
            number::PERIOD => &mut scalars.period,
            _ => return Ok(()),
        };
        *slot = value;
        if !matches!(field.number, number::TIME_NANOS | number::DURATION_NANOS | number::PERIOD) {
            strings.record(value, at);
        }
        Ok(())
    }

    fn value_type(&mut self, field: &Field<'_>) -> Result<ValueType, FormatError> {
        let value_type = value_type(field)?;
        for index in [value_type.r#type, value_type.unit] {
            self.symbols.strings.record(index, field.at);
        }
        Ok(value_type)
    }

    fn read_comments(&mut self, field: &Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        let mut packed = Vec::new();
        super::sample::append_numbers(&mut packed, field.value).map_err(|error| field.corrupt(error))?;
        let mut rest = &packed[..];
        while !rest.is_empty() {
            let (index, length) = super::wire::varint(rest).map_err(|error| field.corrupt(error))?;
            self.symbols.strings.record(index as i64, field.at);
            budget.push(&mut self.scalars.comments, index as i64)?;
            rest = &rest[length..];
        }
        Ok(())
    }

    fn finish(mut self, context: &mut ReadContext<'_>, bytes: u64) -> Result<Profile, FormatError> {
        self.check()?;
        self.symbols.check_references()?;
        self.symbols.name_by_system_names();
        if let Some(record) = self.repeated() {
            self.cut_strings = record.cut_strings;
        }
        if self.cut_strings > 0 {
            context.warnings.push(Warning::cut_names(self.cut_strings, self.max_string));
        }
        let count = self.samples.count();
        let mut inserted = self.samples.inserter.take_inserted();
        let left_out = self.samples.add_left_out(&mut inserted.stacks, context.budget)?;
        let header = self.header(count, context.budget)?;
        let coverage = match left_out {
            None => Coverage::All,
            Some(left_out) if left_out.is_sound(&header.sample_types) => Coverage::Kind(left_out.kind),
            Some(_) => Coverage::Unknown,
        };
        let header = Header { salvaged: self.salvage.summary(count, bytes), ..header };
        let mut samples = std::mem::take(&mut self.samples.samples);
        // A profile without samples has empty columns.
        samples.values.resize_with(header.sample_types.len(), Values::default);
        let (tables, stacks) = self.tables(inserted, &samples, context.budget)?;
        samples.stacks = stacks.into();
        Ok(Profile { header, tables, samples, coverage, ..Profile::default() })
    }

    /// Tables and stacks of the samples: the previous profile's if all fields are equal, else the tables that were
    /// read, which are kept for the next profile of a series.
    fn tables(
        self,
        inserted: InsertedStacks,
        samples: &Samples,
        budget: &mut Budget,
    ) -> Result<(Arc<Tables>, Vec<StackId>), LimitError> {
        if let Some(record) = self.repeated() {
            self.cache.inspect(|cache| cache.note_equal());
            let mut stacks = Vec::new();
            budget.grow(&mut stacks, record.stacks.len())?;
            stacks.extend_from_slice(&record.stacks);
            return Ok((Arc::clone(&record.tables), stacks));
        }
        let counts = self.symbols.counts();
        let (symbols, labels) = (self.symbols.symbols, self.samples.labels.sets);
        let tables = Arc::new(Tables { symbols, trie: inserted.trie, labels });
        if let (RepeatState::Recording(fields), Some(cache)) = (self.repeat_state, self.cache) {
            let record = Record {
                fields,
                tables: Arc::clone(&tables),
                stacks: inserted.stacks.clone(),
                labels: samples.labels.to_vec(),
                counts,
                cut_strings: self.cut_strings,
            };
            cache.replace(record, budget.used().saturating_sub(self.charged_before));
        }
        Ok((tables, inserted.stacks))
    }

    /// Record of the previous profile if all fields of this profile were equal to it; else `None`.
    fn repeated(&self) -> Option<&Record> {
        match &self.repeat_state {
            RepeatState::Comparing(comparison) => Some(&comparison.record),
            _ => None,
        }
    }

    /// Symbols of the profile, after all fields were read.
    fn symbols(&self) -> &Symbols {
        self.repeated().map_or(&self.symbols.symbols, |record| &record.tables.symbols)
    }

    /// Makes pprof's checks of a decoded profile, in the same order as far as the order is visible.
    fn check(&self) -> Result<(), FormatError> {
        let strings = self.symbols().strings.len();
        if strings == 0 {
            return Err(Malformed::NoStrings.into());
        }
        if let Some((index, at)) = self.symbols.strings.out_of_range(strings)
            && !self.salvage.strings
        {
            let corruption = Corruption::StringIndex { index, strings };
            return Err(FormatError::Corrupt { corruption, position: ErrorPosition::Profile(at) });
        }
        let (types, samples) = (self.sample_types.len(), &self.samples.samples);
        if types == 0 {
            return Err(Malformed::NoSampleTypes.into());
        }
        let (sample, values, at) = match &self.samples.uneven {
            _ if self.samples.count() == 0 => return Ok(()),
            _ if samples.values.len() != types => (1, samples.values.len(), self.samples.first_offset),
            Some(uneven) => (uneven.number, uneven.values, uneven.at),
            None => return Ok(()),
        };
        Err(Malformed::ValueCount { sample, values, types, position: ErrorPosition::Profile(at) }.into())
    }

    /// Metadata of a profile with `samples` samples.
    fn header(&self, samples: usize, budget: &mut Budget) -> Result<Header, LimitError> {
        let symbols = self.symbols();
        let fixed =
            self.sample_types.len() as u64 * SAMPLE_TYPE_BYTES + size_of_val(&*self.scalars.comments) as u64 * 4;
        budget.charge(fixed)?;
        // A string of a salvaged profile may be missing.
        let known = |index: i64| usize::try_from(index).ok().filter(|index| *index < symbols.strings.len());
        let mut texts = TextCache::default();
        let mut text = |index: i64| texts.get(&symbols.strings, StringId(known(index).unwrap_or(0) as u32), budget);
        let mut sample_type =
            |one: &ValueType| Ok::<_, LimitError>(SampleType { name: text(one.r#type)?, unit: text(one.unit)? });
        let sample_types = self.sample_types.iter().map(&mut sample_type).collect::<Result<Vec<_>, _>>()?;
        let period_type = self.period_type.as_ref().map(sample_type).transpose()?.unwrap_or_default();
        let comments = self.scalars.comments.iter().map(|index| text(*index)).collect::<Result<_, _>>()?;
        let (default_sample_type, doc_url) = (text(self.scalars.default_sample_type)?, text(self.scalars.doc_url)?);
        let (drop_frames, keep_frames) = (text(self.scalars.drop_frames)?, text(self.scalars.keep_frames)?);
        let build_ids = build_ids(symbols, &mut texts, budget)?;
        let mut totals: Vec<i128> = self.samples.samples.values.iter().map(Values::sum).collect();
        totals.resize(sample_types.len(), 0);
        let (functions, mappings) = self.repeated().map_or_else(|| self.symbols.counts(), |record| record.counts);
        Ok(Header {
            time_nanos: self.scalars.time_nanos,
            duration_nanos: self.scalars.duration_nanos,
            period: self.scalars.period,
            period_type,
            sample_types,
            totals,
            default_sample_type,
            comments,
            doc_url,
            drop_frames,
            keep_frames,
            build_ids,
            samples,
            locations: symbols.locations(),
            functions,
            mappings,
            ..Header::default()
        })
    }
}

/// Build ids of the mappings without duplicates.
fn build_ids(symbols: &Symbols, texts: &mut TextCache, budget: &mut Budget) -> Result<Vec<SafeText>, LimitError> {
    let mut ids: Vec<SafeText> = Vec::new();
    let (mut strings, mut seen) = (FxHashSet::default(), FxHashSet::default());
    for mapping in &symbols.mappings {
        step_count::count_steps(1);
        if !strings.insert(mapping.build_id) {
            continue;
        }
        budget.charge(BUILD_ID_BYTES)?;
        let bytes = symbols.strings.bytes(mapping.build_id);
        // The table may contain a string twice.
        if !bytes.is_empty() && seen.insert(bytes) {
            ids.push(texts.get(&symbols.strings, mapping.build_id, budget)?);
        }
    }
    Ok(ids)
}
