//! Types of a chunk. A type has fields: numbers, strings, keys of constants, or nested fields.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::cursor::{ChunkError, Cursor, JfrText};
use crate::base::limits::Budget;

/// Name of a field that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldName {
    StartTime,
    Duration,
    EventThread,
    StackTrace,
    ObjectClass,
    Weight,
    TlabSize,
    AllocationSize,
    ObjectSize,
    Object,
    GcId,
    When,
    HeapUsed,
    CommittedSize,
    SumOfPauses,
    Size,
    Truncated,
    Method,
    LineNumber,
    Type,
    Name,
    Text,
    OsName,
    JavaName,
    Other,
}

impl FieldName {
    fn of(name: &[u8]) -> Self {
        match name {
            b"startTime" => Self::StartTime,
            b"duration" => Self::Duration,
            b"eventThread" => Self::EventThread,
            b"stackTrace" => Self::StackTrace,
            b"objectClass" => Self::ObjectClass,
            b"weight" => Self::Weight,
            b"tlabSize" => Self::TlabSize,
            b"allocationSize" => Self::AllocationSize,
            b"objectSize" => Self::ObjectSize,
            b"object" => Self::Object,
            b"gcId" => Self::GcId,
            b"when" => Self::When,
            b"heapUsed" => Self::HeapUsed,
            b"committedSize" => Self::CommittedSize,
            b"sumOfPauses" => Self::SumOfPauses,
            b"size" => Self::Size,
            b"truncated" => Self::Truncated,
            b"method" => Self::Method,
            b"lineNumber" => Self::LineNumber,
            b"type" => Self::Type,
            b"name" => Self::Name,
            b"string" => Self::Text,
            b"osName" => Self::OsName,
            b"javaName" => Self::JavaName,
            _ => Self::Other,
        }
    }
}

/// Name of a type that is read: an event, or a type of constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum TypeName {
    AllocationSample,
    AllocationInTlab,
    AllocationOutsideTlab,
    OldObjectSample,
    LiveObject,
    GarbageCollection,
    HeapSummary,
    ResidentSetSize,
    Text,
    Symbol,
    Class,
    Method,
    Thread,
    StackTrace,
    OldObject,
    GcWhen,
    Other,
}

impl TypeName {
    fn of(name: &[u8]) -> Self {
        match name {
            b"jdk.ObjectAllocationSample" => Self::AllocationSample,
            b"jdk.ObjectAllocationInNewTLAB" => Self::AllocationInTlab,
            b"jdk.ObjectAllocationOutsideTLAB" => Self::AllocationOutsideTlab,
            b"jdk.OldObjectSample" => Self::OldObjectSample,
            b"profiler.LiveObject" => Self::LiveObject,
            b"jdk.GarbageCollection" => Self::GarbageCollection,
            b"jdk.GCHeapSummary" => Self::HeapSummary,
            b"jdk.ResidentSetSize" => Self::ResidentSetSize,
            b"java.lang.String" => Self::Text,
            b"jdk.types.Symbol" => Self::Symbol,
            b"java.lang.Class" => Self::Class,
            b"jdk.types.Method" => Self::Method,
            b"java.lang.Thread" => Self::Thread,
            b"jdk.types.StackTrace" => Self::StackTrace,
            b"jdk.types.OldObject" => Self::OldObject,
            b"jdk.types.GCWhen" => Self::GcWhen,
            _ => Self::Other,
        }
    }

    /// True for an event type.
    pub(super) fn is_event(self) -> bool {
        matches!(
            self,
            Self::AllocationSample
                | Self::AllocationInTlab
                | Self::AllocationOutsideTlab
                | Self::OldObjectSample
                | Self::LiveObject
                | Self::GarbageCollection
                | Self::HeapSummary
                | Self::ResidentSetSize
        )
    }
}

/// Encoding of the values of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValueEncoding {
    /// One byte.
    Byte,
    /// An integer of this width.
    Integer(usize),
    /// A floating-point number of this width.
    Float(usize),
    Text,
    /// Fields of the type, one after the other.
    Fields,
}

impl ValueEncoding {
    fn of(name: &[u8]) -> Self {
        match name {
            b"boolean" | b"byte" => Self::Byte,
            b"char" | b"short" => Self::Integer(2),
            b"int" => Self::Integer(4),
            b"long" => Self::Integer(8),
            b"float" => Self::Float(4),
            b"double" => Self::Float(8),
            b"java.lang.String" => Self::Text,
            _ => Self::Fields,
        }
    }
}

#[derive(Clone, Copy)]
struct JfrField {
    name: FieldName,
    /// Id of the field's type.
    type_id: u64,
    is_constant: bool,
    is_array: bool,
}

struct JfrType {
    name: TypeName,
    encoding: ValueEncoding,
    /// Range in the table of fields.
    first: usize,
    end: usize,
}

/// Part of a value, found by visiting its fields.
#[derive(Debug)]
pub(super) enum ValuePart<'a> {
    /// An element of an array begins.
    Element,
    Integer(FieldName, i64),
    /// Key of a constant.
    Constant(FieldName, u64),
    Text(FieldName, JfrText<'a>),
}

/// Maximum nesting of structures; recursive types would never end.
const MAX_DEPTH: usize = 8;
/// Maximum nesting of elements in the tree of types: root, metadata, class, field, annotation.
const MAX_ELEMENT_DEPTH: usize = 16;

/// All types of a chunk.
#[derive(Default)]
pub(super) struct Metadata {
    types: FxHashMap<u64, JfrType>,
    fields: Vec<JfrField>,
    /// Bytes charged.
    charged: u64,
}

/// Attributes of an element that are used.
#[derive(Default)]
struct Attributes<'t> {
    name: &'t [u8],
    id: Option<u64>,
    class: Option<u64>,
    is_constant: bool,
    is_array: bool,
}

impl Metadata {
    /// Reads the types; `cursor` is after the header of the event.
    pub(super) fn read(cursor: &mut Cursor<'_>, budget: &mut Budget) -> Result<Self, ChunkError> {
        let mut metadata = Self::default();
        let mut strings = Vec::new();
        for _ in 0..cursor.count()? {
            let text = match cursor.text()? {
                JfrText::Text(text) => text,
                _ => Cow::default(),
            };
            budget.push(&mut strings, text)?;
        }
        let before = budget.used();
        // Number of remaining elements on each level, and the id of the enclosing class.
        let mut open: Vec<(usize, Option<u64>)> = vec![(1, None)];
        while let Some((left, class)) = open.last_mut() {
            if *left == 0 {
                open.pop();
                continue;
            }
            *left -= 1;
            let class = *class;
            let string =
                |index: i64| usize::try_from(index).ok().and_then(|index| strings.get(index)).map(AsRef::as_ref);
            let element: &[u8] = string(cursor.integer(4)?).unwrap_or_default();
            let mut attributes = Attributes::default();
            for _ in 0..cursor.count()? {
                let key: &[u8] = string(cursor.integer(4)?).unwrap_or_default();
                let value: &[u8] = string(cursor.integer(4)?).unwrap_or_default();
                let number = || std::str::from_utf8(value).ok()?.parse().ok();
                match key {
                    b"name" => attributes.name = value,
                    b"id" => attributes.id = number(),
                    b"class" => attributes.class = number(),
                    b"constantPool" => attributes.is_constant = value == b"true",
                    b"dimension" => attributes.is_array = value == b"1",
                    _ => {}
                }
            }
            let inner = match (element, attributes.id, class) {
                (b"class", Some(id), _) => {
                    budget.charge_map_entry(&metadata.types)?;
                    let (name, encoding) = (TypeName::of(attributes.name), ValueEncoding::of(attributes.name));
                    let first = metadata.fields.len();
                    metadata.types.insert(id, JfrType { name, encoding, first, end: first });
                    Some(id)
                }
                (b"field", _, Some(class)) => {
                    metadata.push_field(class, &attributes, budget)?;
                    None
                }
                _ => None,
            };
            let children = cursor.count()?;
            if open.len() == MAX_ELEMENT_DEPTH {
                return Err(cursor.broken("its types are nested too deep"));
            }
            open.push((children, inner));
        }
        metadata.charged = budget.used() - before;
        budget.release((strings.capacity() * size_of::<Cow<'_, [u8]>>()) as u64);
        Ok(metadata)
    }

    fn push_field(&mut self, class: u64, attributes: &Attributes<'_>, budget: &mut Budget) -> Result<(), ChunkError> {
        let Attributes { name, class: Some(type_id), is_constant, is_array, .. } = *attributes else { return Ok(()) };
        budget.push(&mut self.fields, JfrField { name: FieldName::of(name), type_id, is_constant, is_array })?;
        if let Some(class) = self.types.get_mut(&class) {
            class.end = self.fields.len();
        }
        Ok(())
    }

    /// Name of a type; [`TypeName::Other`] if the type is missing.
    pub(super) fn name(&self, type_id: u64) -> TypeName {
        self.types.get(&type_id).map_or(TypeName::Other, |known| known.name)
    }

    /// Returns the bytes of the tables to the budget; the tables are dropped afterwards.
    pub(super) fn release(&self, budget: &mut Budget) {
        budget.release(self.charged);
    }

    /// Visits the parts of a value of a type.
    pub(super) fn visit<'a>(
        &self,
        type_id: u64,
        cursor: &mut Cursor<'a>,
        each: &mut dyn FnMut(ValuePart<'a>) -> Result<(), ChunkError>,
    ) -> Result<(), ChunkError> {
        self.value(type_id, FieldName::Text, 0, cursor, each)
    }

    fn value<'a>(
        &self,
        type_id: u64,
        name: FieldName,
        depth: usize,
        cursor: &mut Cursor<'a>,
        each: &mut dyn FnMut(ValuePart<'a>) -> Result<(), ChunkError>,
    ) -> Result<(), ChunkError> {
        let Some(known) = self.types.get(&type_id) else {
            return Err(cursor.broken("a record is of a type that is not there"));
        };
        match known.encoding {
            ValueEncoding::Byte => each(ValuePart::Integer(name, i64::from(cursor.byte()?))),
            ValueEncoding::Integer(width) => each(ValuePart::Integer(name, cursor.integer(width)?)),
            ValueEncoding::Float(width) => cursor.take(width).map(drop),
            ValueEncoding::Text => each(ValuePart::Text(name, cursor.text()?)),
            ValueEncoding::Fields if depth == MAX_DEPTH => Err(cursor.broken("its types are nested too deep")),
            ValueEncoding::Fields => {
                let range = known.first..known.end;
                self.fields[range].iter().try_for_each(|field| self.field(field, depth, cursor, each))
            }
        }
    }

    fn field<'a>(
        &self,
        field: &JfrField,
        depth: usize,
        cursor: &mut Cursor<'a>,
        each: &mut dyn FnMut(ValuePart<'a>) -> Result<(), ChunkError>,
    ) -> Result<(), ChunkError> {
        let count = if field.is_array { cursor.count()? } else { 1 };
        for _ in 0..count {
            let before = cursor.at();
            cursor.step()?;
            if field.is_array {
                each(ValuePart::Element)?;
            }
            if field.is_constant {
                each(ValuePart::Constant(field.name, cursor.integer(8)? as u64))?;
            } else {
                self.value(field.type_id, field.name, depth + 1, cursor, each)?;
            }
            // Values of an empty type take no bytes, however many there are.
            if cursor.at() == before {
                break;
            }
        }
        Ok(())
    }
}
