//! Memory maps at the end of text heaps: lines of `/proc/self/maps`, or a short form in which a variable may stand for
//! the path of the program.

use crate::base::ids::StringId;
use crate::base::limits::Budget;
use crate::format::FormatError;
use crate::format::builder::ProfileBuilder;
use crate::format::tokens::{Words, hex};
use crate::profile::{DELETED, Mapping};

/// Maximum number of variables, and the maximum length of a path after substitution. Existing writers define one
/// variable.
const MAX_VARIABLES: usize = 16;
const MAX_PATH: usize = 4096;

/// True for the line before a memory map.
pub(super) fn begins_after(line: &[u8]) -> bool {
    line.starts_with(b"MAPPED_LIBRARIES:") || line.starts_with(b"--- Memory map: ---")
}

/// True for the first line of another dump, which only follows a memory map where files were concatenated.
pub(super) fn begins_dump(line: &[u8]) -> bool {
    line.starts_with(b"heap profile:") || line.starts_with(b"heap_v2/")
}

/// Reader of a memory map.
#[derive(Default)]
pub(super) struct MemoryMapReader {
    /// Variables: `$name` in a path stands for the value of an earlier line `name=value`.
    variables: Vec<(Vec<u8>, Vec<u8>)>,
}

impl MemoryMapReader {
    /// Reads a line. Lines that are not mappings, and mappings without code, are ignored.
    pub(super) fn read_line(
        &mut self,
        line: &[u8],
        builder: &mut ProfileBuilder,
        budget: &mut Budget,
    ) -> Result<(), FormatError> {
        if let Some((mapping, file)) = parse_mapping(line) {
            let file = builder.string(&self.substitute(file), budget)?;
            builder.mapping(Mapping { file, ..mapping }, budget)?;
        } else if let Some(equals) = line.iter().position(|byte| *byte == b'=') {
            let (name, value) = (line[..equals].trim_ascii(), line[equals + 1..].trim_ascii());
            let fits = self.variables.len() < MAX_VARIABLES && name.len() + value.len() < MAX_PATH;
            if fits && !name.is_empty() {
                let value = self.substitute(value);
                self.variables.push((name.to_vec(), value));
            }
        }
        Ok(())
    }

    /// Substitutes a variable at the start of a path.
    fn substitute(&self, path: &[u8]) -> Vec<u8> {
        let known = path.strip_prefix(b"$").and_then(|rest| {
            let (name, value) = self.variables.iter().rev().find(|(name, _)| rest.starts_with(name))?;
            Some([value, &rest[name.len()..]].concat())
        });
        let mut path = known.unwrap_or_else(|| path.to_vec());
        path.truncate(MAX_PATH);
        path
    }
}

/// Parses a mapping of code and its path.
fn parse_mapping(line: &[u8]) -> Option<(Mapping, &[u8])> {
    let mut words = Words(line);
    let range = words.next()?;
    let dash = range.iter().position(|byte| *byte == b'-')?;
    let start = hex(&range[..dash])?;
    let limit = hex(range[dash + 1..].strip_suffix(b":").unwrap_or(&range[dash + 1..]))?;
    let mapping = Mapping { start, limit, offset: 0, file: StringId::default(), build_id: StringId::default() };
    let is_permissions = |word: &[u8]| word.len() == 4 && word.iter().all(|letter| b"rwxsp-".contains(letter));
    let mut after = words.clone();
    let Some(permissions) = after.next().filter(|word| is_permissions(word)) else {
        return Some((mapping, mapping_path(words.0)));
    };
    if !permissions.contains(&b'x') {
        return None;
    }
    // The rest is a full line of Linux, or the path only.
    let mut fields = after.clone();
    let offset = fields.next().and_then(hex);
    let device = fields.next().is_some_and(|word| word.contains(&b':'));
    let inode = fields.next().is_some_and(|word| word.iter().all(u8::is_ascii_digit));
    match offset {
        Some(offset) if device && inode => Some((Mapping { offset, ..mapping }, mapping_path(fields.0))),
        _ => Some((mapping, mapping_path(after.0))),
    }
}

/// Path at the end of a line, without the mark of a file that was replaced at run time.
fn mapping_path(rest: &[u8]) -> &[u8] {
    let rest = rest.trim_ascii();
    rest.strip_suffix(DELETED.as_bytes()).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Option<(u64, u64, u64, String)> {
        let (mapping, file) = parse_mapping(line.as_bytes())?;
        Some((mapping.start, mapping.limit, mapping.offset, String::from_utf8(file.to_vec()).unwrap()))
    }

    #[test]
    fn both_forms_are_read_and_memory_without_code_is_not() {
        let linux = "5583ceca3000-5583ceca7000 r-xp 00002000 00:00 10526725    /home/a b/indexer (deleted)";
        assert_eq!(said(linux), Some((0x5583_ceca_3000, 0x5583_ceca_7000, 0x2000, "/home/a b/indexer".to_owned())));
        assert_eq!(said("5583ceca3000-5583ceca7000 r--p 00002000 00:00 10526725 /bin/x"), None);
        assert_eq!(said("00400000-00fcb000: $source/server"), Some((0x40_0000, 0xfc_b000, 0, "$source/server".into())));
        assert_eq!(said("400000-500000 r-xp /lib/x.so"), Some((0x40_0000, 0x50_0000, 0, "/lib/x.so".to_owned())));
        assert_eq!(
            said("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]").unwrap().3,
            "[vsyscall]"
        );
        for none in ["", "-", "400000", "400000-", "source=/home", "40zz-41zz r-xp", "fffffffffffffffff-1 r-xp"] {
            assert_eq!(said(none), None, "{none}");
        }
    }

    #[test]
    fn a_variable_stands_for_a_path() {
        let mut reader = MemoryMapReader::default();
        reader.variables.push((b"source".to_vec(), b"/home".to_vec()));
        assert_eq!(reader.substitute(b"$source/server"), b"/home/server");
        assert_eq!(reader.substitute(b"$other/server"), b"$other/server");
        assert_eq!(reader.substitute(b"/plain"), b"/plain");
    }
}
