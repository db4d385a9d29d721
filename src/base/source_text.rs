//! Text of a source file, or the reason why it cannot be shown, as plain data.
//!
//! The text is kept as in the file; a line is made safe to print when it is read.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use crate::base::safe_text;
use crate::base::units::Unit;

/// Columns from one tab stop to the next.
const TAB_WIDTH: usize = 4;
/// Maximum bytes of a line that are shown: more than the widest line on a screen has.
const MAX_LINE_BYTES: usize = 8 << 10;

/// Location of a source file relative to the source folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceArea {
    /// Below a folder named by the user, or below the current folder.
    Inside,
    /// Elsewhere, at a path from the profile.
    Outside,
}

/// State of a source file relative to the time of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Not changed after the profile was taken, or the time of the profile is not known.
    Unchanged,
    /// Changed after the profile was taken.
    Changed,
}

/// Path and state of a source file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    /// Canonical path: no links and no `..`.
    pub path: PathBuf,
    /// Path relative to the current folder if the file is below it, else the canonical path.
    pub display_path: PathBuf,
    /// Location of the file relative to the source folders.
    pub area: SourceArea,
    /// State of the file.
    pub freshness: Freshness,
}

/// Text of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Path and state of the file.
    pub file: FileIdentity,
    bytes: Vec<u8>,
    /// Start of each line in `bytes`.
    starts: Vec<u32>,
}

impl SourceText {
    /// Splits bytes into lines. Bytes beyond 4 GiB are dropped.
    pub fn new(file: FileIdentity, mut bytes: Vec<u8>) -> Self {
        bytes.truncate(u32::MAX as usize);
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at as u32 + 1);
        let mut starts: Vec<u32> = std::iter::once(0).chain(ends).collect();
        // A line break at the end of the file does not begin another line.
        if starts.last().is_some_and(|start| *start as usize == bytes.len()) {
            starts.pop();
        }
        Self { file, bytes, starts }
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// True if there are no lines.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Line by index from 0, safe to print, with tabs expanded; empty beyond the last line.
    pub fn line(&self, index: usize) -> Cow<'_, str> {
        let Some(start) = self.starts.get(index).map(|start| *start as usize) else { return Cow::Borrowed("") };
        let end = self.starts.get(index + 1).map_or(self.bytes.len(), |next| *next as usize);
        let line = &self.bytes[start..end.min(start + MAX_LINE_BYTES)];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&b'\t') {
            Cow::Owned(safe_text::safe(&expand_tabs(line)).into_owned())
        } else {
            safe_text::safe(line)
        }
    }

    /// Display path, safe to print.
    pub fn shown(&self) -> String {
        safe_text::safe_str(&self.file.display_path.to_string_lossy()).into_owned()
    }
}

/// Expands the tabs of a line. Columns are counted in characters, since wide characters before a tab are rare in code.
fn expand_tabs(line: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::with_capacity(line.len() + 4 * TAB_WIDTH);
    let mut column = 0;
    for byte in line {
        if *byte == b'\t' {
            let blanks = TAB_WIDTH - column % TAB_WIDTH;
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

/// Reason why a file is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such file.
    Missing,
    /// A folder, a pipe, a device or another special file.
    NotRegular,
    /// The file name is not that of source code, and the file is in no folder named by the user.
    NotCode,
    /// The path leads out of the folder that was searched.
    OutsideFolder,
    /// More bytes than this limit.
    TooLarge(u64),
    /// Not text.
    Binary,
    /// Reading failed: the message of the system, not safe to print.
    Failed(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("not there"),
            Self::NotRegular => f.write_str("not a regular file"),
            Self::NotCode => {
                f.write_str("not read: by its name no source code, and not in a folder of sources that was named")
            }
            Self::OutsideFolder => f.write_str("not read: it leads out of that folder"),
            Self::TooLarge(limit) => {
                let limit = Unit::Bytes.long(i64::try_from(*limit).unwrap_or(i64::MAX));
                write!(f, "not read: larger than {limit}")
            }
            Self::Binary => f.write_str("a binary file, not text"),
            Self::Failed(why) => f.write_str(&safe_text::safe_str(why)),
        }
    }
}

/// Path that was tried, with the reason why its file is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedPath {
    /// The path.
    pub path: PathBuf,
    /// The reason.
    pub refusal: Refusal,
}

/// Failed search for a source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingSource {
    /// Paths that were tried, in order, up to a limit.
    pub tried: Vec<TriedPath>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<String> {
        let (path, display_path) = ("/src/x.go".into(), "x.go".into());
        let file = FileIdentity { path, display_path, area: SourceArea::Inside, freshness: Freshness::Unchanged };
        let code = SourceText::new(file, text.to_vec());
        (0..code.len()).map(|index| code.line(index).into_owned()).collect()
    }

    #[test]
    fn line_breaks_of_all_systems_are_accepted() {
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"a\nb"), ["a", "b"]);
        assert_eq!(lines(b"a\r\n\r\nb\n"), ["a", "", "b"]);
    }

    #[test]
    fn tabs_are_expanded_to_the_next_stop() {
        assert_eq!(lines(b"\tx\ty\n"), ["    x   y"]);
        assert_eq!(lines("é\tx".as_bytes()), ["é   x"]);
    }

    #[test]
    fn unsafe_characters_are_escaped() {
        assert_eq!(lines(b"a\x1b[31mb\x07"), ["a\\x1b[31mb\\x07"]);
        assert_eq!(lines("if a \u{202e}b".as_bytes()), ["if a \\u{202e}b"]);
        assert_eq!(lines(b"a\xffb"), ["a\u{fffd}b"]);
        assert!(lines(&vec![b'x'; 1 << 20])[0].contains('…'));
    }
}
