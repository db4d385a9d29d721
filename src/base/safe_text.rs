//! Text made safe to print to a terminal.
//!
//! Names in profiles are untrusted: they may contain terminal escapes, bidirectional controls, invisible characters, or
//! bytes that are not UTF-8. [`safe`] replaces such characters by visible escapes instead of dropping them, so that the
//! reader sees what a name hides. The function is applied once when a file is read, and again to other untrusted text
//! (paths, messages of servers) before it is printed. [`SafeText::raw`] keeps the original for matching and export.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use unicode_width::UnicodeWidthChar as _;

/// Display name of an empty name.
pub const EMPTY: &str = "<empty>";

/// Display name of a name of white space only.
pub const BLANK: &str = "<blank>";

/// Maximum width of text in columns: more than a screen has, and small enough that a hostile name cannot bloat a frame.
const MAX_COLUMNS: usize = 1024;

/// Columns of the end that wider text keeps, since long names often differ at their end only.
const TAIL_COLUMNS: usize = 256;

/// Maximum number of combining marks on a letter. No script needs more, and marks cost bytes without taking columns.
const MAX_MARKS: usize = 4;

/// Bytes of the two reference counts that an `Arc<str>` stores before the text.
const ARC_BYTES: usize = 16;

/// String from a file, in its original form and in a form that is safe to print. Copies share the characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeText {
    raw: Arc<str>,
    /// `None` if equal to `raw`, which is the usual case.
    shown: Option<Arc<str>>,
}

impl SafeText {
    /// Text of `bytes`; invalid UTF-8 becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::from(&*String::from_utf8_lossy(bytes))
    }

    /// Original text, for identity, patterns and export.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Text that is safe to print.
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.raw)
    }

    /// Bytes of both forms on the heap.
    pub fn heap_bytes(&self) -> u64 {
        (self.raw.len() + self.shown.as_deref().map_or(0, str::len) + 2 * ARC_BYTES) as u64
    }

    /// True if the text has no characters.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }
}

impl From<&str> for SafeText {
    fn from(raw: &str) -> Self {
        let shown = match safe_str(raw) {
            Cow::Borrowed(_) => is_blank(raw).then(|| BLANK.into()),
            Cow::Owned(shown) => Some(shown.into()),
        };
        Self { raw: raw.into(), shown }
    }
}

/// Prints the safe form.
impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.shown())
    }
}

/// Display name for `shown`: [`EMPTY`], [`BLANK`], or `shown` itself.
pub fn display_name(shown: &str) -> &str {
    match shown {
        "" => EMPTY,
        blank if is_blank(blank) => BLANK,
        name => name,
    }
}

/// True if there are characters and none is visible. Unicode counts the braille pattern without dots as a letter.
fn is_blank(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|sign| sign.is_whitespace() || sign == '\u{2800}')
}

/// Makes `bytes` safe to print: invalid UTF-8 becomes U+FFFD, the rest is treated as by [`safe_str`]. Borrows when
/// nothing changes.
pub fn safe(bytes: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => safe_str(text),
        Cow::Owned(text) => Cow::Owned(match safe_str(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(safe) => safe,
        }),
    }
}

/// Makes `text` safe to print.
///
/// - Control characters become `\x1b` and the like.
/// - Characters that reorder, hide or join their neighbours, or that terminals draw differently, become `\u{202e}`
///   and the like.
/// - A letter keeps its first four combining marks; a mark without a letter is escaped.
/// - Text wider than 1,024 columns has `…` in place of its middle.
///
/// The function is idempotent. Borrows when nothing changes.
pub fn safe_str(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_COLUMNS && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut builder = SafeTextBuilder::of(MAX_COLUMNS);
    if !builder.push_all(text) {
        builder = SafeTextBuilder::of(MAX_COLUMNS - TAIL_COLUMNS);
        builder.push_all(text);
        builder.shown.push_str(&safe_tail(text));
    }
    if builder.shown == text { Cow::Borrowed(text) } else { Cow::Owned(builder.shown) }
}

/// Makes `text` safe to print as [`safe_str`] does, and keeps all of its width: for files that other programs read, in
/// which different names have to stay different.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut builder = SafeTextBuilder::of(usize::MAX);
    builder.push_all(text);
    if builder.shown == text { Cow::Borrowed(text) } else { Cow::Owned(builder.shown) }
}

/// End of `text` in at most [`TAIL_COLUMNS`] columns, safe to print.
fn safe_tail(text: &str) -> String {
    let counts = std::iter::successors(Some(TAIL_COLUMNS), |count| (*count > 1).then_some(count / 2));
    let tails = counts.filter_map(|count| text.char_indices().rev().nth(count - 1)).map(|(start, _)| &text[start..]);
    let fitting = |tail: &str| {
        let mut builder = SafeTextBuilder::of(TAIL_COLUMNS);
        builder.push_all(tail).then_some(builder.shown)
    };
    tails.into_iter().find_map(fitting).unwrap_or_default()
}

#[derive(Default)]
struct SafeTextBuilder {
    shown: String,
    /// Maximum number of columns.
    most: usize,
    columns: usize,
    /// Length of `shown` up to which one column is left for the ellipsis.
    room_for_ellipsis: usize,
    /// Combining marks on the last letter.
    marks: usize,
}

impl SafeTextBuilder {
    fn of(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Appends characters; returns false when the width is exhausted.
    fn push_all(&mut self, text: &str) -> bool {
        text.chars().all(|character| self.push(character))
    }

    /// Appends one character; returns false when the width is exhausted.
    fn push(&mut self, character: char) -> bool {
        let start = self.shown.len();
        let columns = match classify(character) {
            CharClass::Plain(columns) => {
                self.shown.push(character);
                columns
            }
            CharClass::Mark if start > 0 => {
                self.marks += 1;
                if self.marks <= MAX_MARKS {
                    self.shown.push(character);
                }
                return true;
            }
            CharClass::Control => self.push_escape(start, format_args!("\\x{:02x}", u32::from(character))),
            CharClass::Hidden | CharClass::Mark => {
                self.push_escape(start, format_args!("\\u{{{:x}}}", u32::from(character)))
            }
        };
        self.marks = 0;
        if self.columns + columns > self.most {
            self.shown.truncate(self.room_for_ellipsis);
            self.shown.push('…');
            return false;
        }
        self.columns += columns;
        if self.columns < self.most {
            self.room_for_ellipsis = self.shown.len();
        }
        true
    }

    /// Appends an escape, which is ASCII, and returns its width.
    fn push_escape(&mut self, start: usize, escape: fmt::Arguments<'_>) -> usize {
        // Writing to a string cannot fail.
        let _ = self.shown.write_fmt(escape);
        self.shown.len() - start
    }
}

/// Effect of a character on a terminal.
enum CharClass {
    /// Draws itself in this many columns.
    Plain(usize),
    /// Combines with the letter before it and takes no column.
    Mark,
    /// Controls the terminal.
    Control,
    /// Hides, reorders or joins, or is drawn differently by terminals.
    Hidden,
}

fn classify(character: char) -> CharClass {
    match character {
        ' '..='~' => CharClass::Plain(1),
        _ if character.is_control() => CharClass::Control,
        _ if is_hidden(character) || is_unassigned(character) => CharClass::Hidden,
        _ => match character.width() {
            Some(0) => CharClass::Mark,
            Some(columns @ 1..=2) => CharClass::Plain(columns),
            _ => CharClass::Hidden,
        },
    }
}

/// True for characters that are unsafe to print although they are not control characters.
fn is_hidden(character: char) -> bool {
    let code = u32::from(character);
    let non_character = code & 0xfffe == 0xfffe || matches!(code, 0xfdd0..=0xfdef);
    let private_use = matches!(code, 0xe000..=0xf8ff | 0xf_0000..);
    let reorders = matches!(code, 0x061c | 0x200e | 0x200f | 0x202a..=0x202e | 0x2066..=0x2069);
    // Joiners, separators and default-ignorable characters; none has a column of its own.
    let invisible = matches!(
        code,
        0x00ad | 0x034f | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200d | 0x2028 | 0x2029
            | 0x2060..=0x2065 | 0x206a..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0x1_bca0..=0x1_bca3 | 0x1_d173..=0x1_d17a | 0xe_0000..=0xe_0fff
    );
    // Regional indicators and skin tones: terminals disagree about the columns that they take together.
    let joins = matches!(code, 0x1_f1e6..=0x1_f1ff | 0x1_f3fb..=0x1_f3ff);
    non_character || private_use || reorders || invisible || joins
}

/// True for characters without a meaning: code points that Unicode has not assigned, on whose width terminals disagree,
/// and formatting characters. The standard library has their table for debug output. It escapes a combining mark only as
/// the first character of a string, so that the character is second here.
fn is_unassigned(character: char) -> bool {
    let mut bytes = [b'a'; 5];
    let length = character.encode_utf8(&mut bytes[1..]).len();
    let is_escaped = str::from_utf8(&bytes[..=length]).is_ok_and(|text| text.escape_debug().nth(2).is_some());
    is_escaped && !character.is_whitespace() && !matches!(character, '"' | '\'' | '\\')
}

/// Largest boundary of a character at or before `at`.
pub(crate) fn char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::width::width;

    #[test]
    fn harmless_text_is_borrowed() {
        for text in
            ["", "runtime.mallocgc", "naïve", "日本語", "e\u{301}", "… ▏│", "x\u{d7b0}ﾞ\u{a0}\u{3000}ไทย\u{915}\u{93e}"]
        {
            assert!(matches!(safe_str(text), Cow::Borrowed(_)), "{text}");
            assert!(matches!(safe(text.as_bytes()), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn unsafe_characters_are_escaped() {
        let cases: &[(&str, &str)] = &[
            ("\u{1b}[2Jx", "\\x1b[2Jx"),
            ("\u{1b}]52;c;AAAA\u{7}", "\\x1b]52;c;AAAA\\x07"),
            ("\u{1b}]8;;http://x\u{1b}\\y", "\\x1b]8;;http://x\\x1b\\y"),
            ("a\tb\r\nc", "a\\x09b\\x0d\\x0ac"),
            ("\0\u{7f}", "\\x00\\x7f"),
            ("\u{9b}31m\u{80}\u{9f}", "\\x9b31m\\x80\\x9f"),
            ("\u{61c}\u{200e}\u{200f}", "\\u{61c}\\u{200e}\\u{200f}"),
            ("a\u{202e}b\u{202a}", "a\\u{202e}b\\u{202a}"),
            ("\u{2066}\u{2069}", "\\u{2066}\\u{2069}"),
            ("z\u{200b}z\u{200d}z", "z\\u{200b}z\\u{200d}z"),
            ("\u{2060}\u{feff}", "\\u{2060}\\u{feff}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
            ("so\u{ad}ft", "so\\u{ad}ft"),
            ("❤\u{fe0f}", "❤\\u{fe0f}"),
            ("\u{e0101}", "\\u{e0101}"),
            ("\u{e0041}\u{e007f}", "\\u{e0041}\\u{e007f}"),
            ("\u{115f}\u{1160}\u{3164}\u{ffa0}", "\\u{115f}\\u{1160}\\u{3164}\\u{ffa0}"),
            ("\u{fffe}\u{fdd0}\u{1ffff}", "\\u{fffe}\\u{fdd0}\\u{1ffff}"),
            ("\u{e000}\u{f0000}\u{10fffd}", "\\u{e000}\\u{f0000}\\u{10fffd}"),
            ("\u{1f1e9}\u{1f1ea}", "\\u{1f1e9}\\u{1f1ea}"),
            ("👍\u{1f3fd}", "👍\\u{1f3fd}"),
            ("x\u{d7ff}y\u{d7c7}", "x\\u{d7ff}y\\u{d7c7}"),
            ("\u{378}\u{1fbff}", "\\u{378}\\u{1fbff}"),
        ];
        for (raw, shown) in cases {
            assert_eq!(safe_str(raw), *shown, "{raw:?}");
        }
    }

    #[test]
    fn invalid_utf8_becomes_replacement_characters() {
        assert_eq!(safe(b"a\xff\xfeb"), "a\u{fffd}\u{fffd}b");
        assert_eq!(safe(b"\xc2\x1b"), "\u{fffd}\\x1b");
        assert_eq!(safe(b"\xed\xa0\x80"), "\u{fffd}\u{fffd}\u{fffd}", "a half of a surrogate pair");
    }

    #[test]
    fn marks_are_limited_and_need_a_letter() {
        let piled = format!("a{}b\u{301}", "\u{301}".repeat(2000));
        assert_eq!(safe_str(&piled), "a\u{301}\u{301}\u{301}\u{301}b\u{301}");
        assert_eq!(safe_str("\u{301}a"), "\\u{301}a");
    }

    #[test]
    fn long_text_is_cut_to_a_bounded_width() {
        let fits = "x".repeat(1024);
        assert!(matches!(safe_str(&fits), Cow::Borrowed(_)));
        let long = safe_str(&"x".repeat(100_000)).into_owned();
        assert_eq!((width(&long), long.contains("x…x")), (1024, true));
        let [one, other] = ["a", "b"].map(|end| safe_str(&format!("{}{end}", "x".repeat(2000))).into_owned());
        assert!(one != other && one.ends_with("xa"), "long names that differ at the end stay apart");
        let wide = safe_str(&"日".repeat(1000)).into_owned();
        assert_eq!(width(&wide), 1023, "a wide letter is not split for the last column");
        let escapes = safe_str(&"\u{1b}".repeat(1000)).into_owned();
        assert!(escapes.contains("\\x1b…\\x1b"), "no escape is cut in half");
    }

    #[test]
    fn escaped_text_is_whole() {
        for text in ["x".repeat(5000), "日".repeat(3000)] {
            assert!(matches!(escaped(&text), Cow::Borrowed(_)));
        }
        let hostile = "\u{1b}[2J".repeat(2000);
        assert_eq!(escaped(&hostile), "\\x1b[2J".repeat(2000));
    }

    #[test]
    fn a_text_keeps_both_forms() {
        let text = SafeText::from_bytes(b"a\x1bb");
        assert_eq!((text.raw(), text.shown()), ("a\x1bb", "a\\x1bb"));
        assert_eq!(text.to_string(), "a\\x1bb");
        let plain = SafeText::from("plain");
        assert_eq!((plain.raw(), plain.shown()), ("plain", "plain"));
        assert!(SafeText::default().is_empty());
        assert_eq!((display_name(""), display_name("f"), display_name(" f ")), ("<empty>", "f", " f "));
        for blank in [" ", "   ", "\u{a0}", "\u{3000} ", "\u{2800}"] {
            assert_eq!(display_name(blank), "<blank>", "{blank:?}");
        }
    }

    proptest! {
        #[test]
        fn safe_text_is_stable_and_narrow(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let once = safe(&bytes).into_owned();
            prop_assert_eq!(safe_str(&once), once.as_str());
            prop_assert!(!once.chars().any(char::is_control));
            prop_assert!(width(&once) <= MAX_COLUMNS);
        }

        #[test]
        fn any_unicode_is_made_safe(text in "\\PC*|.*|[\u{300}-\u{36f}\u{200b}-\u{2069}a\u{1160}-\u{11ff}]*") {
            let once = safe_str(&text).into_owned();
            prop_assert_eq!(safe_str(&once), once.as_str());
            prop_assert!(!once.chars().any(|c| c.is_control() || is_hidden(c)));
        }
    }
}
