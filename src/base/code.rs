//! The text of a source file as it was read, or what stood in the way: plain data for whoever shows it.
//!
//! The text is kept in one piece, as it is in the file; a line is made safe when it is looked at.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use crate::base::clean;
use crate::base::units::Unit;

/// Cells from one tab stop to the next.
const TAB: usize = 4;
/// Bytes of a line that are looked at: more than the widest text that is shown takes.
const MOST_BYTES: usize = 8 << 10;

/// Where a source file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceArea {
    /// Below a folder that was named to look in, or below the current one.
    Inside,
    /// Where the profile says, outside of those.
    Outside,
}

/// Whether a source file is the one that was measured, as far as times tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It was not changed since, or it is not known when the profile was taken.
    Unchanged,
    /// It was changed after the profile was taken.
    Changed,
}

/// Which file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    /// The file, with neither links nor `..` in its path.
    pub path: PathBuf,
    /// The same as people would write it: from the current folder on, where it is below that.
    pub brief: PathBuf,
    /// Where it stands.
    pub place: SourceArea,
    /// Whether it is the one that was measured.
    pub age: Freshness,
}

/// The text of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Which file it is.
    pub origin: FileIdentity,
    bytes: Vec<u8>,
    /// Where each line begins.
    starts: Vec<u32>,
}

impl SourceText {
    /// A file of these bytes. What is beyond 4 GiB is not kept.
    pub fn new(origin: FileIdentity, mut bytes: Vec<u8>) -> Self {
        bytes.truncate(u32::MAX as usize);
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at as u32 + 1);
        let mut starts: Vec<u32> = std::iter::once(0).chain(ends).collect();
        // What ends with a line break has no line after it.
        if starts.last().is_some_and(|start| *start as usize == bytes.len()) {
            starts.pop();
        }
        Self { origin, bytes, starts }
    }

    /// The number of lines.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The line of this index from 0, safe to show, with blanks for tabs; empty beyond the last one.
    pub fn line(&self, index: usize) -> Cow<'_, str> {
        let Some(start) = self.starts.get(index).map(|start| *start as usize) else { return Cow::Borrowed("") };
        let end = self.starts.get(index + 1).map_or(self.bytes.len(), |next| *next as usize);
        let line = &self.bytes[start..end.min(start + MOST_BYTES)];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&b'\t') { Cow::Owned(clean::safe(&expanded(line)).into_owned()) } else { clean::safe(line) }
    }

    /// The file as it may be shown.
    pub fn shown(&self) -> String {
        clean::safe_str(&self.origin.brief.to_string_lossy()).into_owned()
    }
}

/// A line with blanks for its tabs. Columns are counted in characters: wide ones before a tab are rare in code.
fn expanded(line: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::with_capacity(line.len() + 4 * TAB);
    let mut column = 0;
    for byte in line {
        if *byte == b'\t' {
            let blanks = TAB - column % TAB;
            expanded.extend(std::iter::repeat_n(b' ', blanks));
            column += blanks;
        } else {
            expanded.push(*byte);
            // Only the first byte of a character counts.
            column += usize::from(byte & 0xc0 != 0x80);
        }
    }
    expanded
}

/// Why a file is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    Absent,
    /// It is a folder, a pipe, a device or the like.
    NotRegular,
    /// Its name is not one of source code, and it is in no folder that was named to look in.
    NotCode,
    /// Its path leads out of the folder that it was looked for in.
    LeadsOut,
    /// It has more bytes than this.
    TooLarge(u64),
    /// It holds what no text holds.
    Binary,
    /// It could not be read.
    Failed(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("not there"),
            Self::NotRegular => f.write_str("not a regular file"),
            Self::NotCode => {
                f.write_str("not read: by its name no source code, and not in a folder of sources that was named")
            }
            Self::LeadsOut => f.write_str("not read: it leads out of that folder"),
            Self::TooLarge(most) => {
                let most = Unit::Bytes.long(i64::try_from(*most).unwrap_or(i64::MAX));
                write!(f, "not read: larger than {most}")
            }
            Self::Binary => f.write_str("a binary file, not text"),
            Self::Failed(why) => f.write_str(&clean::safe_str(why)),
        }
    }
}

/// A path that was tried, and why its file is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedPath {
    /// The path.
    pub path: PathBuf,
    /// Why its file is not shown.
    pub refusal: Refusal,
}

/// A source file that is not shown: where it was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingSource {
    /// The paths that were tried, in order, as many as are worth telling.
    pub tried: Vec<TriedPath>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<String> {
        let (path, brief) = ("/src/x.go".into(), "x.go".into());
        let origin = FileIdentity { path, brief, place: SourceArea::Inside, age: Freshness::Unchanged };
        let code = SourceText::new(origin, text.to_vec());
        (0..code.len()).map(|index| code.line(index).into_owned()).collect()
    }

    #[test]
    fn lines_end_as_files_of_any_system_end_them() {
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"a\nb"), ["a", "b"]);
        assert_eq!(lines(b"a\r\n\r\nb\n"), ["a", "", "b"]);
    }

    #[test]
    fn tabs_are_blanks_up_to_the_next_stop() {
        assert_eq!(lines(b"\tx\ty\n"), ["    x   y"]);
        assert_eq!(lines("é\tx".as_bytes()), ["é   x"]);
    }

    #[test]
    fn what_could_reach_the_terminal_is_made_visible() {
        assert_eq!(lines(b"a\x1b[31mb\x07"), ["a\\x1b[31mb\\x07"]);
        assert_eq!(lines("if a \u{202e}b".as_bytes()), ["if a \\u{202e}b"]);
        assert_eq!(lines(b"a\xffb"), ["a\u{fffd}b"]);
        assert!(lines(&vec![b'x'; 1 << 20])[0].ends_with('…'));
    }
}
