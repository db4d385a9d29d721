//! Constants of a chunk: strings, classes, methods, threads and stacks, by their keys.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::cursor::{ChunkError, Cursor, JfrText};
use super::metadata::{FieldName, Metadata, TypeName, ValuePart};
use crate::base::limits::Budget;

/// Name of a class, method or thread.
#[derive(Clone, Debug)]
enum NameRef<'a> {
    /// Key of a symbol.
    Symbol(u64),
    Text(JfrText<'a>),
}

#[derive(Clone, Debug, Default)]
struct MethodConstant<'a> {
    class: u64,
    name: Option<NameRef<'a>>,
}

/// Frame of a stack.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FrameConstant {
    /// Key of the method.
    pub(super) method: u64,
    /// Line; 0 if unknown.
    pub(super) line: i64,
}

/// Range of a stack in the table of frames.
#[derive(Clone, Copy, Debug, Default)]
struct StackConstant {
    first: usize,
    end: usize,
    is_truncated: bool,
}

/// All constants of a chunk.
#[derive(Default)]
pub(super) struct Constants<'a> {
    texts: FxHashMap<u64, Cow<'a, [u8]>>,
    symbols: FxHashMap<u64, NameRef<'a>>,
    /// Names of classes.
    classes: FxHashMap<u64, NameRef<'a>>,
    methods: FxHashMap<u64, MethodConstant<'a>>,
    threads: FxHashMap<u64, NameRef<'a>>,
    stacks: FxHashMap<u64, StackConstant>,
    frames: Vec<FrameConstant>,
    /// Class of each old object, by key.
    objects: FxHashMap<u64, u64>,
    /// Words for moments before and after a garbage collection.
    moments: FxHashMap<u64, NameRef<'a>>,
    /// Bytes charged.
    charged: u64,
}

/// Constant under construction.
#[derive(Default)]
struct ConstantParts<'a> {
    name: Option<NameRef<'a>>,
    second_name: Option<NameRef<'a>>,
    class: u64,
    is_truncated: bool,
}

impl<'a> ConstantParts<'a> {
    fn take(
        &mut self,
        part: ValuePart<'a>,
        frames: &mut Vec<FrameConstant>,
        budget: &mut Budget,
    ) -> Result<(), ChunkError> {
        match part {
            ValuePart::Element => budget.push(frames, FrameConstant::default())?,
            ValuePart::Constant(FieldName::Method, key) => {
                if let Some(frame) = frames.last_mut() {
                    frame.method = key;
                }
            }
            ValuePart::Integer(FieldName::LineNumber, line) => {
                if let Some(frame) = frames.last_mut() {
                    frame.line = line.max(0);
                }
            }
            ValuePart::Integer(FieldName::Truncated, value) => self.is_truncated = value != 0,
            ValuePart::Constant(FieldName::Type, key) => self.class = key,
            ValuePart::Constant(FieldName::Name | FieldName::JavaName | FieldName::When, key) => {
                self.name = Some(NameRef::Symbol(key));
            }
            ValuePart::Text(FieldName::OsName, text) => self.second_name = Some(NameRef::Text(text)),
            ValuePart::Text(FieldName::Name | FieldName::JavaName | FieldName::When | FieldName::Text, text) => {
                self.name = Some(NameRef::Text(text));
            }
            _ => {}
        }
        Ok(())
    }

    /// Java name of a thread, else its name in the operating system.
    fn thread_name(self) -> Option<NameRef<'a>> {
        let is_named = |name: &NameRef<'_>| !matches!(name, NameRef::Text(JfrText::Null));
        self.name.filter(is_named).or(self.second_name)
    }
}

fn insert<T>(map: &mut FxHashMap<u64, T>, key: u64, value: T, budget: &mut Budget) -> Result<(), ChunkError> {
    budget.charge_map_entry(map)?;
    map.insert(key, value);
    Ok(())
}

impl<'a> Constants<'a> {
    /// Reads the pools of a checkpoint; `cursor` is after the type of the event.
    pub(super) fn read_checkpoint(
        &mut self,
        cursor: &mut Cursor<'a>,
        types: &Metadata,
        budget: &mut Budget,
    ) -> Result<(), ChunkError> {
        let before = budget.used();
        for _ in 0..3 {
            cursor.integer(8)?;
        }
        cursor.byte()?;
        for _ in 0..cursor.count()? {
            let type_id = cursor.integer(8)? as u64;
            for _ in 0..cursor.count()? {
                let key = cursor.integer(8)? as u64;
                self.read_constant(key, type_id, cursor, types, budget)?;
            }
        }
        self.charged += budget.used().saturating_sub(before);
        Ok(())
    }

    fn read_constant(
        &mut self,
        key: u64,
        type_id: u64,
        cursor: &mut Cursor<'a>,
        types: &Metadata,
        budget: &mut Budget,
    ) -> Result<(), ChunkError> {
        let name = types.name(type_id);
        let mut parts = ConstantParts::default();
        let first = self.frames.len();
        let mut others = Vec::new();
        let frames = if name == TypeName::StackTrace { &mut self.frames } else { &mut others };
        types.visit(type_id, cursor, &mut |part| match name {
            TypeName::Other => Ok(()),
            _ => parts.take(part, frames, budget),
        })?;
        match (name, parts.name.take()) {
            (TypeName::Text, Some(NameRef::Text(JfrText::Text(text)))) => insert(&mut self.texts, key, text, budget)?,
            (TypeName::Symbol, Some(text)) => insert(&mut self.symbols, key, text, budget)?,
            (TypeName::Class, Some(class)) => insert(&mut self.classes, key, class, budget)?,
            (TypeName::Method, name) => {
                insert(&mut self.methods, key, MethodConstant { class: parts.class, name }, budget)?;
            }
            (TypeName::Thread, name) => {
                if let Some(thread) = (ConstantParts { name, ..parts }).thread_name() {
                    insert(&mut self.threads, key, thread, budget)?;
                }
            }
            (TypeName::StackTrace, _) => {
                let stack = StackConstant { first, end: self.frames.len(), is_truncated: parts.is_truncated };
                insert(&mut self.stacks, key, stack, budget)?;
            }
            (TypeName::OldObject, _) => insert(&mut self.objects, key, parts.class, budget)?,
            (TypeName::GcWhen, Some(moment)) => insert(&mut self.moments, key, moment, budget)?,
            _ => {}
        }
        Ok(())
    }

    /// Text of a string in a record.
    pub(super) fn text<'t>(&'t self, text: &'t JfrText<'a>) -> &'t [u8] {
        match text {
            JfrText::Null => b"",
            JfrText::Pooled(key) => self.texts.get(key).map_or(b"", AsRef::as_ref),
            JfrText::Text(text) => text,
        }
    }

    fn name<'t>(&'t self, name: &'t NameRef<'a>) -> &'t [u8] {
        match name {
            NameRef::Text(text) => self.text(text),
            NameRef::Symbol(key) => match self.symbols.get(key) {
                Some(NameRef::Text(text)) => self.text(text),
                Some(NameRef::Symbol(_)) => b"",
                None => self.texts.get(key).map_or(b"", AsRef::as_ref),
            },
        }
    }

    /// Name of a class as Java writes it: `java.lang.String`, `byte[]`; empty if unknown.
    pub(super) fn class_name(&self, key: u64) -> Vec<u8> {
        self.classes.get(&key).map_or_else(Vec::new, |class| java_class(self.name(class)))
    }

    /// Name of a method with its class: `java.util.HashMap.put`; empty if unknown.
    pub(super) fn method_name(&self, key: u64) -> Vec<u8> {
        let Some(method) = self.methods.get(&key) else { return Vec::new() };
        let mut name = self.class_name(method.class);
        let method = method.name.as_ref().map_or(&b""[..], |method| self.name(method));
        if !name.is_empty() && !method.is_empty() {
            name.push(b'.');
        }
        name.extend_from_slice(method);
        name
    }

    /// Name of a thread; empty if unknown.
    pub(super) fn thread_name(&self, key: u64) -> &[u8] {
        self.threads.get(&key).map_or(b"", |thread| self.name(thread))
    }

    /// Frames of a stack, innermost first.
    pub(super) fn frames(&self, key: u64) -> &[FrameConstant] {
        self.stacks.get(&key).map_or(&[], |stack| &self.frames[stack.first..stack.end])
    }

    /// True for a stack whose outermost frames were not recorded.
    pub(super) fn is_truncated(&self, key: u64) -> bool {
        self.stacks.get(&key).is_some_and(|stack| stack.is_truncated)
    }

    /// Key of the class of an old object; 0 if unknown.
    pub(super) fn object_class(&self, key: u64) -> u64 {
        self.objects.get(&key).copied().unwrap_or(0)
    }

    /// Word for a moment around a collection, such as `After GC`.
    pub(super) fn moment(&self, key: u64) -> &[u8] {
        self.moments.get(&key).map_or(b"", |moment| self.name(moment))
    }

    /// Returns the bytes of the tables to the budget; the tables are dropped afterwards.
    pub(super) fn release(&self, budget: &mut Budget) {
        budget.release(self.charged);
    }
}

/// Converts a class name of the virtual machine to its form in Java: `java/lang/String`, `[B`, `[Ljava/lang/String;`.
fn java_class(name: &[u8]) -> Vec<u8> {
    let element = name.iter().position(|byte| *byte != b'[').unwrap_or(name.len());
    let plain: &[u8] = match &name[element..] {
        b"Z" if element > 0 => b"boolean",
        b"B" if element > 0 => b"byte",
        b"C" if element > 0 => b"char",
        b"S" if element > 0 => b"short",
        b"I" if element > 0 => b"int",
        b"J" if element > 0 => b"long",
        b"F" if element > 0 => b"float",
        b"D" if element > 0 => b"double",
        class if element > 0 => class.strip_prefix(b"L").and_then(|class| class.strip_suffix(b";")).unwrap_or(class),
        class => class,
    };
    // A hidden class has its address and a number after a plus sign.
    let named = plain.iter().position(|byte| *byte == b'+').unwrap_or(plain.len());
    let mut java: Vec<u8> = plain[..named].iter().map(|byte| if *byte == b'/' { b'.' } else { *byte }).collect();
    java.extend_from_slice(&plain[named..]);
    java.extend(b"[]".repeat(element.min(MAX_DIMENSIONS)));
    java
}

/// Maximum number of dimensions of an array in the virtual machine.
const MAX_DIMENSIONS: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_named_as_java_names_them() {
        for (name, java) in [
            ("java/lang/String", "java.lang.String"),
            ("[B", "byte[]"),
            ("[[J", "long[][]"),
            ("[Ljava/util/HashMap$Node;", "java.util.HashMap$Node[]"),
            ("a/B$$Lambda$8+0x7f08/71", "a.B$$Lambda$8+0x7f08/71"),
            ("B", "B"),
            ("", ""),
            ("[", "[]"),
        ] {
            assert_eq!(String::from_utf8(java_class(name.as_bytes())).unwrap(), java, "{name}");
        }
    }
}
