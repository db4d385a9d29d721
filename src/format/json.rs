//! Incremental JSON parser that returns events.
//!
//! Call trees nest as deep as stacks, and a document tree takes many times the memory of its text. The parser therefore
//! neither recurses nor builds a tree: an open container takes one byte, which is charged to the budget.

use crate::base::limits::LimitError;
use crate::format::{Chunks, ErrorPosition, FormatError, ReadContext};
use crate::profile::{Warning, WarningKind};

/// Maximum length of a number, more than any 64-bit float or integer needs.
const MAX_NUMBER: usize = 128;

/// Event of a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum JsonEvent<'a> {
    /// Start of an object.
    Object,
    /// Start of an array.
    Array,
    /// End of the innermost container.
    End,
    /// Name of the next value of an object.
    Key(&'a [u8]),
    /// String with its escapes decoded.
    Text(&'a [u8]),
    /// Number as written.
    Number(&'a [u8]),
    Word,
}

/// Error of an event, without its position.
pub(super) enum EventError {
    /// The document breaks a rule of its format.
    Broken(&'static str),
    /// A limit was exceeded.
    Limit(LimitError),
}

impl From<LimitError> for EventError {
    fn from(limit: LimitError) -> Self {
        Self::Limit(limit)
    }
}

/// Tokens that are valid next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum JsonExpectation {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenContainer {
    Object,
    Array,
}

/// Parser of one document.
pub(super) struct JsonParser<'a> {
    format: &'static str,
    chunks: &'a mut dyn Chunks,
    chunk: Vec<u8>,
    position: usize,
    /// Bytes before the current chunk.
    chunk_offset: u64,
    open: Vec<OpenContainer>,
    expect: JsonExpectation,
    /// True if a line has ended since the last token.
    is_new_line: bool,
    text: Vec<u8>,
}

/// Warning about lines after a document.
const TEXT_AFTER: &str = "the text after the profile is left out";
/// Warning about documents after the first one.
const MORE_DOCUMENTS: &str = "it holds several JSON documents, of which one is read; give each a file of its own";

impl<'a> JsonParser<'a> {
    /// Creates a parser of `chunks`; errors name the format.
    pub(super) fn new(format: &'static str, chunks: &'a mut dyn Chunks) -> Self {
        let (chunk, open, text) = (Vec::new(), Vec::new(), Vec::new());
        let expect = JsonExpectation::Value;
        Self { format, chunks, chunk, position: 0, chunk_offset: 0, open, expect, is_new_line: false, text }
    }

    /// Error at the end of the last event.
    pub(super) fn error(&self, problem: &'static str) -> FormatError {
        FormatError::Broken {
            format: self.format,
            problem,
            position: ErrorPosition::Profile(self.chunk_offset + self.position as u64),
        }
    }

    /// Adds a position to the error of the last event: the end of the event, since an event borrows the parser.
    pub(super) fn locate(&self, error: EventError) -> FormatError {
        match error {
            EventError::Broken(problem) => self.error(problem),
            EventError::Limit(limit) => limit.into(),
        }
    }

    /// Returns the next event, or `None` at the end.
    ///
    /// # Errors
    /// [`FormatError`] when the document is invalid or ends early, or the input fails.
    pub(super) fn next(&mut self, context: &mut ReadContext<'_>) -> Result<Option<JsonEvent<'_>>, FormatError> {
        loop {
            let Some(byte) = self.peek_token(context)? else {
                return if self.expect == JsonExpectation::Nothing {
                    Ok(None)
                } else {
                    Err(self.error("it ends early"))
                };
            };
            match (self.expect, byte) {
                (JsonExpectation::Nothing, byte) => return self.skip_rest(byte, context),
                (JsonExpectation::ValueOrEnd | JsonExpectation::CommaOrEnd, b']')
                    if self.open.last() == Some(&OpenContainer::Array) =>
                {
                    return Ok(Some(self.end()));
                }
                (JsonExpectation::KeyOrEnd | JsonExpectation::CommaOrEnd, b'}')
                    if self.open.last() == Some(&OpenContainer::Object) =>
                {
                    return Ok(Some(self.end()));
                }
                (JsonExpectation::CommaOrEnd, b',') => {
                    self.position += 1;
                    let in_object = self.open.last() == Some(&OpenContainer::Object);
                    self.expect = if in_object { JsonExpectation::Key } else { JsonExpectation::Value };
                }
                (JsonExpectation::Key | JsonExpectation::KeyOrEnd, b'"') => {
                    self.read_string(context)?;
                    if self.peek_token(context)? != Some(b':') {
                        return Err(self.error("a name has no value"));
                    }
                    self.position += 1;
                    self.expect = JsonExpectation::Value;
                    return Ok(Some(JsonEvent::Key(&self.text)));
                }
                (JsonExpectation::Value | JsonExpectation::ValueOrEnd, byte) => {
                    return self.value(byte, context).map(Some);
                }
                _ => return Err(self.error("it is no JSON")),
            }
        }
    }

    fn value(&mut self, byte: u8, context: &mut ReadContext<'_>) -> Result<JsonEvent<'_>, FormatError> {
        match byte {
            b'{' => self.begin(OpenContainer::Object, JsonExpectation::KeyOrEnd, context),
            b'[' => self.begin(OpenContainer::Array, JsonExpectation::ValueOrEnd, context),
            b'"' => {
                self.read_string(context)?;
                self.end_value();
                Ok(JsonEvent::Text(&self.text))
            }
            b'-' | b'0'..=b'9' => {
                self.read_word(context)?;
                self.end_value();
                Ok(JsonEvent::Number(&self.text))
            }
            _ => {
                self.read_word(context)?;
                if !matches!(&self.text[..], b"true" | b"false" | b"null") {
                    return Err(self.error("it is no JSON"));
                }
                self.end_value();
                Ok(JsonEvent::Word)
            }
        }
    }

    fn begin(
        &mut self,
        open: OpenContainer,
        expect: JsonExpectation,
        context: &mut ReadContext<'_>,
    ) -> Result<JsonEvent<'_>, FormatError> {
        self.position += 1;
        context.budget.push(&mut self.open, open)?;
        self.expect = expect;
        Ok(if open == OpenContainer::Object { JsonEvent::Object } else { JsonEvent::Array })
    }

    fn end(&mut self) -> JsonEvent<'_> {
        self.position += 1;
        self.open.pop();
        self.end_value();
        JsonEvent::End
    }

    /// Updates the expectation after a value.
    fn end_value(&mut self) {
        self.expect = if self.open.is_empty() { JsonExpectation::Nothing } else { JsonExpectation::CommaOrEnd };
    }

    /// Returns the next byte without consuming it; `None` at the end.
    fn peek(&mut self, context: &mut ReadContext<'_>) -> Result<Option<u8>, FormatError> {
        while self.position == self.chunk.len() {
            if (context.is_cancelled)() {
                return Err(FormatError::Cancelled);
            }
            self.chunk_offset += self.chunk.len() as u64;
            self.position = 0;
            match self.chunks.next(std::mem::take(&mut self.chunk))? {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(None),
            }
        }
        Ok(Some(self.chunk[self.position]))
    }

    /// Skips white space and returns the next byte without consuming it.
    fn peek_token(&mut self, context: &mut ReadContext<'_>) -> Result<Option<u8>, FormatError> {
        self.is_new_line = false;
        loop {
            match self.peek(context)? {
                Some(blank @ (b' ' | b'\t' | b'\n' | b'\r')) => {
                    self.is_new_line |= blank == b'\n';
                    self.position += 1;
                }
                other => return Ok(other),
            }
        }
    }

    /// Reads the rest of the input after the document, with a warning. Text on the last line of the document, or that
    /// cannot begin a new text, is damage.
    fn skip_rest(&mut self, next: u8, context: &mut ReadContext<'_>) -> Result<Option<JsonEvent<'_>>, FormatError> {
        let warning = match next {
            b'{' | b'[' => Warning::new(WarningKind::Incomplete, MORE_DOCUMENTS),
            _ => Warning::new(WarningKind::WrapperRemoved, TEXT_AFTER),
        };
        // `curl -w` appends a status code to the last line.
        if !(self.is_new_line || next.is_ascii_digit()) || b"}],\"".contains(&next) {
            return Err(self.error("something follows the end of it"));
        }
        context.warnings.push(warning);
        while self.peek(context)?.is_some() {
            self.position = self.chunk.len();
        }
        Ok(None)
    }

    fn next_byte(&mut self, context: &mut ReadContext<'_>) -> Result<u8, FormatError> {
        let byte = self.peek(context)?.ok_or_else(|| self.error("it ends early"))?;
        self.position += 1;
        Ok(byte)
    }

    /// Reads a number or a bare word into `text`.
    fn read_word(&mut self, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        self.text.clear();
        while let Some(byte) = self.peek(context)? {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')) {
                break;
            }
            if self.text.len() == MAX_NUMBER {
                return Err(self.error("a number is too long"));
            }
            self.text.push(byte);
            self.position += 1;
        }
        Ok(())
    }

    /// Reads a string into `text`, up to one byte beyond the limit on strings.
    fn read_string(&mut self, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        self.position += 1;
        self.text.clear();
        loop {
            self.peek(context)?;
            let rest = &self.chunk[self.position..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(rest.len());
            self.append(plain, context)?;
            self.position += plain;
            if self.position == self.chunk.len() && self.peek(context)?.is_some() {
                continue;
            }
            match self.next_byte(context)? {
                b'"' => return Ok(()),
                _ => self.read_escape(context)?,
            }
        }
    }

    /// Appends bytes of a string, up to one byte beyond the limit, so that the caller notices a cut.
    fn append(&mut self, length: usize, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        let length = length.min((context.options.limits.string + 1).saturating_sub(self.text.len()));
        if self.text.capacity() < self.text.len() + length {
            context.budget.grow(&mut self.text, length)?;
        }
        self.text.extend_from_slice(&self.chunk[self.position..self.position + length]);
        Ok(())
    }

    /// Reads an escape after its backslash.
    fn read_escape(&mut self, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        let letter = match self.next_byte(context)? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            plain @ (b'"' | b'\\' | b'/') => char::from(plain),
            b'u' => self.read_unicode_escape(context)?,
            _ => return Err(self.error("an unknown escape in a string")),
        };
        if self.text.len() <= context.options.limits.string {
            let mut bytes = [0; 4];
            self.text.extend_from_slice(letter.encode_utf8(&mut bytes).as_bytes());
        }
        Ok(())
    }

    /// Reads a `\u` escape, which may be a surrogate pair. A lone surrogate becomes U+FFFD.
    fn read_unicode_escape(&mut self, context: &mut ReadContext<'_>) -> Result<char, FormatError> {
        let first = self.read_four_digits(context)?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if self.peek(context)? != Some(b'\\') {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        self.position += 1;
        if self.next_byte(context)? != b'u' {
            return Err(self.error("half a character in a string"));
        }
        let second = self.read_four_digits(context)?;
        let whole = 0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff);
        Ok(char::from_u32(whole).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn read_four_digits(&mut self, context: &mut ReadContext<'_>) -> Result<u32, FormatError> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = char::from(self.next_byte(context)?).to_digit(16);
            number = number << 4 | digit.ok_or_else(|| self.error("an unknown escape in a string"))?;
        }
        Ok(number)
    }
}
