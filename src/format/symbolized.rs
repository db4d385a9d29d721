//! Text heaps with names beside them, as `jeprof --raw` and `google-pprof --raw` write them: after `--- symbol` a line
//! for each address with its name, then `--- heap` or another word and the dump itself.
//!
//! A name may hold inlined calls, `caller--callee`, and end in the address of its symbol in brackets.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::ids::{FunctionId, LocationId};
use crate::base::limits::Budget;
use crate::base::strings::Interner;
use crate::format::builder::ProfileBuilder;
use crate::format::heap_record::with_drop_rules;
use crate::format::reader::ChunkBytes;
use crate::format::text_lines::TextLines;
use crate::format::tokens::{Words, address};
use crate::format::{
    Chunks, ContentKind, ErrorPosition, Format, FormatError, PeekedChunks, Probe, ReadContext, heap_text, jemalloc,
};
use crate::profile::{Function, Header, Line, Profile, SampleType, Warning, WarningKind};

pub(super) const FORMAT: Format = Format { name: "heap dump with names", probe, read };

const SYMBOLS: &[u8] = b"--- symbol";
/// Separator between a caller and the call that is inlined into it.
const INLINED: &[u8] = b"--";
/// Digits of the address of a symbol.
const ADDRESS_DIGITS: usize = 16;

fn probe(head: &[u8]) -> Probe {
    let head = head.trim_ascii_start();
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if line.trim_ascii_end() == SYMBOLS { Probe::Yes } else { Probe::No }
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut lines = TextLines::new(FORMAT.name, chunks);
    let mut names = SymbolNames::default();
    loop {
        let Some(line) = lines.next(context)? else {
            return Err(ended_early(names.lines.max(1)));
        };
        names.lines = line.number;
        if line.bytes.starts_with(b"--- ") && line.bytes != SYMBOLS {
            break;
        }
        names.read_line(line.bytes, context.budget)?;
    }
    let mut rest = PeekedChunks::new(Box::new(lines.into_rest()))?;
    let format = [&heap_text::GO, &heap_text::TCMALLOC, &jemalloc::FORMAT]
        .into_iter()
        .find(|format| (format.probe)(rest.head()) == Probe::Yes);
    let mut profile = if let Some(format) = format {
        let profile = (format.read)(&mut rest, context)?;
        Profile { header: Header { format: format.name, ..profile.header }, ..profile }
    } else if is_binary(rest.head()) {
        read_binary(&mut rest, names.lines, context)?
    } else if rest.head().len() < BINARY_HEADER {
        return Err(ended_early(names.lines));
    } else {
        return Err(FormatError::NotProfile(ContentKind::of(rest.head())));
    };
    let charged = names.charged();
    names.apply(&mut profile, context)?;
    context.budget.release(charged);
    Ok(profile)
}

fn ended_early(line: u64) -> FormatError {
    let problem = "it ends before the heap that the names belong to";
    FormatError::Broken { format: FORMAT.name, problem, position: ErrorPosition::Line(line) }
}

/// Bytes of the header of a binary profile: five words.
const BINARY_HEADER: usize = 40;

/// True for the binary profile that google-pprof writes: 0, 3, 0, the period, 0 as words of 64 bits.
fn is_binary(head: &[u8]) -> bool {
    head.len() >= BINARY_HEADER && ContentKind::of(head) == ContentKind::GperftoolsCpu
}

/// Largest period of a profile whose values are not ticks: google-pprof writes 1, php-memprof 0.
const VALUES_PERIOD: u64 = 1;

/// Reads a binary profile: for each stack a value, the number of addresses, and the addresses, innermost first. They
/// are addresses of calls, not return addresses.
fn read_binary(chunks: &mut dyn Chunks, line: u64, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut bytes = ChunkBytes::new(chunks);
    let mut header = [0; BINARY_HEADER / 8];
    for word in &mut header {
        *word = next_word(&mut bytes, context)?.ok_or_else(|| ended_early(line))?;
    }
    let mut builder = ProfileBuilder::new(1, &context.options.limits, context.budget)?;
    let mut stack: Vec<LocationId> = Vec::new();
    while let Some(value) = next_word(&mut bytes, context)? {
        let depth = next_word(&mut bytes, context)?.ok_or_else(|| ended_early(line))?;
        stack.clear();
        for _ in 0..depth {
            let address = next_word(&mut bytes, context)?.ok_or_else(|| ended_early(line))?;
            // A record of address 0 ends a profile of ticks; a memory map follows.
            if (value, depth, address) == (0, 1, 0) {
                return Ok(finish_binary(builder, header[3], &stack, context));
            }
            let location = builder.location(address, None, context.budget)?;
            context.budget.push(&mut stack, location)?;
        }
        let id = builder.stack(&stack, context.budget)?;
        builder.sample(id, 0, &[value as i64], context.budget)?;
    }
    Ok(finish_binary(builder, header[3], &stack, context))
}

fn finish_binary(
    builder: ProfileBuilder,
    period: u64,
    stack: &Vec<LocationId>,
    context: &mut ReadContext<'_>,
) -> Profile {
    context.budget.release((stack.capacity() * size_of::<LocationId>()) as u64);
    let sample_type =
        if period <= VALUES_PERIOD { SampleType::new("space", "bytes") } else { SampleType::new("samples", "count") };
    builder.finish(vec![sample_type], with_drop_rules(Header::default()), context)
}

/// Reads the next little-endian word of 64 bits; `None` at the end. An incomplete word at the end is left out with a
/// warning.
fn next_word(
    bytes: &mut ChunkBytes<&mut dyn Chunks>,
    context: &mut ReadContext<'_>,
) -> Result<Option<u64>, FormatError> {
    if (context.is_cancelled)() {
        return Err(FormatError::Cancelled);
    }
    let mut word = [0; 8];
    for at in 0..word.len() {
        let Some(byte) = bytes.byte()? else {
            if !word[..at].trim_ascii().is_empty() {
                let text = "it ends within a record, so it may be cut short";
                context.warnings.push(Warning::new(WarningKind::Incomplete, text));
            }
            return Ok(None);
        };
        word[at] = byte;
    }
    Ok(Some(u64::from_le_bytes(word)))
}

/// Names of addresses.
#[derive(Default)]
struct SymbolNames {
    /// Start and end of each name in `text`.
    names: FxHashMap<u64, (u32, u32)>,
    text: Vec<u8>,
    map_bytes: u64,
    lines: u64,
}

impl SymbolNames {
    /// Reads `0xADDRESS NAME`. Other lines, such as `binary=PATH`, are ignored.
    fn read_line(&mut self, line: &[u8], budget: &mut Budget) -> Result<(), FormatError> {
        let mut words = Words(line);
        let Some(address) = words.next().and_then(address) else { return Ok(()) };
        let name = words.0.trim_ascii();
        // Addresses without a name stand for themselves.
        if name.is_empty() || name.starts_with(b"0x") {
            return Ok(());
        }
        if self.text.capacity() - self.text.len() < name.len() {
            budget.grow(&mut self.text, name.len())?;
        }
        let start = self.text.len();
        self.text.extend_from_slice(name);
        let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(self.text.len())) else { return Ok(()) };
        self.map_bytes += budget.charge_map_entry(&self.names)?;
        self.names.insert(address, (start, end));
        Ok(())
    }

    fn charged(&self) -> u64 {
        self.map_bytes + self.text.capacity() as u64
    }

    /// Name of a call. Both tools look up the address of the call, except that of the innermost frame.
    fn of(&self, call: u64) -> Option<&[u8]> {
        let found = self.names.get(&call).or_else(|| self.names.get(&call.wrapping_add(1)));
        found.map(|(start, end)| &self.text[*start as usize..*end as usize])
    }

    /// Names the locations of a profile.
    fn apply(self, profile: &mut Profile, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        let Profile { header, tables, .. } = profile;
        let symbols = &mut Arc::make_mut(tables).symbols;
        let mut strings = Interner::new(&symbols.strings, context.budget)?;
        let mut functions: FxHashMap<Function, FunctionId> = FxHashMap::default();
        let mut map_bytes = 0;
        let mut unnamed = 0;
        for id in (0..symbols.locations()).map(LocationId::new) {
            let location = symbols.location(id);
            if !symbols.lines(id).is_empty() {
                continue;
            }
            let Some(name) = self.of(location.address) else {
                unnamed += 1;
                continue;
            };
            let mut lines: Vec<Line> = Vec::new();
            for part in split_inlined(name) {
                let part = &part[..part.len().min(context.options.limits.string)];
                let name = strings.intern(&mut symbols.strings, part, context.budget)?;
                let function = Function { name, system_name: name, ..Function::default() };
                let function = if let Some(known) = functions.get(&function) {
                    *known
                } else {
                    let id = FunctionId::new(symbols.functions.len());
                    map_bytes += context.budget.charge_map_entry(&functions)?;
                    context.budget.push(&mut symbols.functions, function)?;
                    functions.insert(function, id);
                    id
                };
                lines.push(Line { function, line: 0, column: 0 });
            }
            lines.reverse();
            symbols.set_location(id, location, lines, context.budget)?;
        }
        context.budget.release(map_bytes + strings.charged());
        header.functions = symbols.functions.len();
        if unnamed > 0 && !self.names.is_empty() {
            let text = format!("{unnamed} of {} addresses have no name in it", symbols.locations());
            context.warnings.push(Warning::new(WarningKind::Symbols, text));
        }
        Ok(())
    }
}

/// Splits a name into its calls, callers first, without addresses of symbols.
fn split_inlined(name: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(at) = separator(rest) {
        parts.push(&rest[..at]);
        rest = &rest[at + INLINED.len()..];
    }
    parts.push(rest);
    parts.into_iter().map(without_address).filter(|part| !part.is_empty()).collect()
}

/// Position of the next separator. `operator--` is a name.
fn separator(name: &[u8]) -> Option<usize> {
    let is_separator = |at: &usize| name[*at..].starts_with(INLINED) && !name[..*at].ends_with(b"operator");
    (1..name.len()).find(is_separator)
}

/// Name without `<0000000000001239>` at its end.
fn without_address(name: &[u8]) -> &[u8] {
    let name = name.trim_ascii();
    let digits = name.strip_suffix(b">").and_then(|name| {
        let start = name.len().checked_sub(ADDRESS_DIGITS + 1)?;
        let digits = name[start..].strip_prefix(b"<")?;
        digits.iter().all(u8::is_ascii_hexdigit).then_some(start)
    });
    digits.map_or(name, |start| &name[..start])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read, stacks};

    #[test]
    fn names_stand_beside_both_kinds_of_heap() {
        let symbols = "--- symbol\nbinary=./leak\n0x0000000000000011 make<int>(int)<0000000000001841>\n\
            0x0000000000000020 main<0000000000001449>--std::operator()--operator--\n---\n";
        let tcmalloc = "--- heap\nheap profile: 2: 96 [2: 96] @ heapprofile\n2: 96 [2: 96] @ 0x11 0x21\n";
        let (profile, warnings) = read(format!("{symbols}{tcmalloc}").as_bytes()).unwrap();
        assert_eq!(profile.header.format, "tcmalloc heap text");
        assert_eq!(stacks(&profile), ["operator--;make<int>(int): 2 96"], "the innermost line of each location");
        assert_eq!(profile.tables.symbols.lines(LocationId(1)).len(), 3);
        assert!(warnings.is_empty(), "{warnings:?}");
        let jemalloc = "--- profile\nheap_v2/1\n  t*: 2: 96 [0: 0]\n@ 0x11 0x51\n  t*: 2: 96 [0: 0]\n";
        let (profile, warnings) = read(format!("{symbols}{jemalloc}").as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["0x50;make<int>(int): 2 96"]);
        assert!(warnings[0].text.starts_with("1 of 2 addresses"), "{}", warnings[0].text);
    }

    #[test]
    fn a_binary_profile_may_follow_the_names() {
        let words = |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        let names = b"--- symbol\n0x10 leaf\n0x20 main\n---\n--- profile\n";
        let of = |period: u64, rest: &[u64]| read(&[&names[..], &words(&[0, 3, 0, period, 0]), &words(rest)].concat());
        let (profile, _) = of(1, &[96, 2, 0x10, 0x20, 0, 1, 0x20]).unwrap();
        assert_eq!(stacks(&profile), ["main;leaf: 96", "main: 0"]);
        assert_eq!(profile.header.sample_types[0], SampleType::new("space", "bytes"));
        let (profile, _) = of(10_000, &[7, 1, 0x10, 0, 1, 0, 99, 99]).unwrap();
        assert_eq!(stacks(&profile), ["leaf: 7"]);
        assert_eq!(profile.header.sample_types[0], SampleType::new("samples", "count"));
        for cut in [&[96][..], &[96, 2, 0x10], &[96, u64::MAX, 0x10]] {
            assert!(matches!(of(1, cut), Err(FormatError::Broken { .. })), "{cut:?}");
        }
    }

    #[test]
    fn a_heap_must_follow() {
        for cut in ["--- symbol\n", "--- symbol\n0x11 a\n---\n", "--- symbol\n0x11 a\n---\n--- heap\n"] {
            assert!(matches!(read(cut.as_bytes()), Err(FormatError::Broken { .. })), "{cut}");
        }
        let other = read(b"--- symbol\n0x11 a\n---\n--- profile\n<html><head><title>a page</title></head></html>");
        assert!(matches!(other, Err(FormatError::NotProfile(ContentKind::Html))));
    }
}
