//! Profiles of a series that differ from the previous profile only in values.
//!
//! The snapshots of a process mostly have the same samples and symbols in the same order, with other values. The fields
//! of a profile are therefore recorded without the values, and the fields of the next profile are compared with the
//! record byte by byte. While fields are equal, only values are decoded. A profile that is equal to the end shares the
//! tables of the previous profile. At the first difference the equal fields are read from the record, and all others
//! from the file.

use std::sync::Arc;

use crate::base::ids::LabelSetId;
use crate::format::ProfileCache;
use crate::format::pprof::field_scanner::Field;
use crate::format::pprof::number;
use crate::format::pprof::wire::{FieldValue, SampleParts};
use crate::format::profile_cache::{FieldParts, Record, RecordPosition, RecordedFields};

/// Comparison of a profile with the record of the previous profile.
pub(super) struct Comparison {
    pub(super) record: Arc<Record>,
    /// End of the equal fields.
    end: RecordPosition,
    /// Number of equal samples.
    samples: usize,
    /// Positions of the equal fields in the file.
    positions: Vec<u64>,
}

/// Field of the record that is read after a comparison found a difference.
pub(super) enum EqualField<'a> {
    Sample { ids: &'a [u8], labels: &'a [u8], at: u64 },
    Symbol(Field<'a>),
}

/// State of a read in relation to the previous profile.
pub(super) enum RepeatState {
    /// The profile is read without a record.
    None,
    /// All fields so far are equal.
    Comparing(Comparison),
    /// Fields are recorded for the next profile.
    Recording(RecordedFields),
}

impl RepeatState {
    /// State at the start of a read.
    pub(super) fn begin(cache: Option<&ProfileCache>) -> Self {
        let Some(cache) = cache else { return Self::None };
        match cache.record() {
            Some(record) => Self::Comparing(Comparison::new(record)),
            None => Self::Recording(RecordedFields::default()),
        }
    }
}

/// Content of a field to record; `None` if the field has an uncommon form.
pub(super) fn recorded<'a>(field: &Field<'a>) -> Option<FieldParts<'a>> {
    let FieldValue::Bytes(body) = field.value else { return None };
    if field.number != number::SAMPLE {
        return Some(FieldParts { number: field.number, first: body, second: &[] });
    }
    let parts = SampleParts::parse_common(body)?;
    Some(FieldParts { number: field.number, first: parts.ids, second: parts.labels })
}

impl Comparison {
    fn new(record: Arc<Record>) -> Self {
        Self { record, end: RecordPosition::default(), samples: 0, positions: Vec::new() }
    }

    /// True if all fields of the record are equal.
    pub(super) fn is_complete(&self) -> bool {
        self.end.fields == self.record.fields.len()
    }

    /// Compares a symbol with the next field of the record, and advances if they are equal.
    #[inline]
    pub(super) fn has_symbol(&mut self, field: &Field<'_>) -> bool {
        let FieldValue::Bytes(body) = field.value else { return false };
        let is_equal = |known: FieldParts<'_>| known.number == field.number && known.first == body;
        let is_equal = self.record.fields.next_if(&mut self.end, is_equal).is_some();
        if is_equal {
            self.positions.push(field.at);
        }
        is_equal
    }

    /// Compares a sample at a position in the file with the next field of the record, and advances if they are equal.
    /// Returns the label set of the sample; `None` if they differ.
    #[inline]
    pub(super) fn label_set(&mut self, parts: SampleParts<'_>, at: u64) -> Option<LabelSetId> {
        let sample = FieldParts { number: number::SAMPLE, first: parts.ids, second: parts.labels };
        self.record.fields.next_if(&mut self.end, |known| known == sample)?;
        self.positions.push(at);
        self.samples += 1;
        self.record.labels.get(self.samples - 1).copied()
    }

    /// Fields that were equal, with their positions in the file.
    pub(super) fn equal_fields(&self) -> impl Iterator<Item = EqualField<'_>> {
        let mut end = RecordPosition::default();
        self.positions.iter().map_while(move |at| {
            let FieldParts { number, first, second } = self.record.fields.next_if(&mut end, |_| true)?;
            Some(if number == number::SAMPLE {
                EqualField::Sample { ids: first, labels: second, at: *at }
            } else {
                EqualField::Symbol(Field { number, value: FieldValue::Bytes(first), at: *at })
            })
        })
    }

    /// Record of the fields that were equal, to which further fields are added.
    pub(super) fn into_recorded(self) -> RecordedFields {
        self.record.fields.before(self.end)
    }
}
