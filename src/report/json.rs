//! Writes a JSON object on one line, field by field: no tree of values is kept in memory.
//!
//! Names are the raw names. Characters that could control a terminal or change its writing direction are `\u` escapes,
//! which parse to the same string.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::base::safe_text::safe_str;
use crate::base::time::{UtcTime, since_start};

/// Writes `value` and a line end.
pub(super) fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Safe))?;
    out.write_all(b"\n")
}

/// Formats nanoseconds since 1970 as RFC 3339 in UTC; `None` for 0, which is an unknown time, and for a time since the
/// start of the process.
pub(super) fn time(nanos: i64) -> Option<String> {
    (nanos != 0 && since_start(nanos).is_none()).then(|| UtcTime::from_nanos(nanos).to_string())
}

/// Formatter of compact JSON without characters that a terminal would interpret.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if matches!(safe_str(fragment), Cow::Borrowed(_)) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut bytes = [0; 4];
        for letter in fragment.chars() {
            let text: &str = letter.encode_utf8(&mut bytes);
            if letter.is_ascii_graphic() || letter == ' ' || matches!(safe_str(text), Cow::Borrowed(_)) {
                writer.write_all(text.as_bytes())?;
            } else {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_characters_are_escaped_and_come_back() {
        let name = "a\u{1b}[2J\u{9b}\u{202e}b\u{e0041}é日\u{7f}\"\\";
        let mut bytes = Vec::new();
        write(&mut bytes, &name).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.trim_end(), r#""a\u001b[2J\u009b\u202eb\udb40\udc41é日\u007f\"\\""#);
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), name);
    }

    #[test]
    fn long_names_are_written_whole() {
        let name = "x".repeat(5000);
        let mut bytes = Vec::new();
        write(&mut bytes, &name).unwrap();
        assert_eq!(bytes.len(), name.len() + 3);
    }

    #[test]
    fn times_are_utc_and_none_stays_none() {
        assert_eq!(time(0), None);
        assert_eq!(time(1_795_353_987_123_000_000).as_deref(), Some("2026-11-22T13:26:27.123Z"));
        assert_eq!(time(i64::MAX).as_deref(), Some("2262-04-11T23:47:16.854775807Z"));
        assert!(time(i64::MIN).is_some());
    }
}
