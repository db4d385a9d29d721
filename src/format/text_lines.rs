//! Lines of a text that comes in chunks. Only a line across chunks is copied.

use crate::format::{Chunks, ErrorPosition, FormatError, InputError, ReadContext};

/// Maximum length of a line. A stack of a hundred thousand addresses takes 2 MB, a stack of as many long names 10 MB.
const MAX_LINE: usize = 16 << 20;

/// Line of a text.
#[derive(Clone, Copy)]
pub(super) struct TextLine<'a> {
    /// Number, from 1.
    pub(super) number: u64,
    /// Content without white space at either end.
    pub(super) bytes: &'a [u8],
    /// Content up to the line feed.
    pub(super) raw: &'a [u8],
    /// True for a last line without a line break, which may be cut.
    pub(super) is_unterminated: bool,
    format: &'static str,
}

impl TextLine<'_> {
    /// Error in this line.
    pub(super) fn error(&self, problem: &'static str) -> FormatError {
        FormatError::Broken { format: self.format, problem, position: ErrorPosition::Line(self.number) }
    }

    /// Error if another dump begins in this line.
    pub(super) fn second_dump(&self) -> FormatError {
        FormatError::SecondDump { format: self.format, position: ErrorPosition::Line(self.number) }
    }
}

/// Reader of lines.
pub(super) struct TextLines<'a> {
    format: &'static str,
    chunks: &'a mut dyn Chunks,
    chunk: Vec<u8>,
    start: usize,
    /// Start of a line that began in an earlier chunk.
    carry: Vec<u8>,
    number: u64,
}

impl<'a> TextLines<'a> {
    /// Creates a reader of `chunks`; errors name the format.
    pub(super) fn new(format: &'static str, chunks: &'a mut dyn Chunks) -> Self {
        let number = chunks.lines_before();
        Self { format, chunks, chunk: Vec::new(), start: 0, carry: Vec::new(), number }
    }

    /// Returns the next line, or `None` at the end.
    ///
    /// # Errors
    /// [`FormatError`] when the input fails, the read is cancelled, or a line is too long.
    pub(super) fn next(&mut self, context: &mut ReadContext<'_>) -> Result<Option<TextLine<'_>>, FormatError> {
        self.number += 1;
        let (number, format) = (self.number, self.format);
        self.carry.clear();
        loop {
            let rest = &self.chunk[self.start..];
            if let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
                let begin = self.start;
                self.start += length + 1;
                let bytes = if self.carry.is_empty() {
                    &self.chunk[begin..begin + length]
                } else {
                    self.buffer(begin, length, context)?;
                    &self.carry
                };
                return Ok(Some(TextLine {
                    number,
                    bytes: bytes.trim_ascii(),
                    raw: bytes,
                    is_unterminated: false,
                    format,
                }));
            }
            self.buffer(self.start, rest.len(), context)?;
            if (context.is_cancelled)() {
                return Err(FormatError::Cancelled);
            }
            let used = std::mem::take(&mut self.chunk);
            self.start = 0;
            match self.chunks.next(used)? {
                Some(chunk) => self.chunk = chunk,
                None if self.carry.is_empty() => {
                    context.budget.release(self.carry.capacity() as u64);
                    self.carry = Vec::new();
                    return Ok(None);
                }
                None => {
                    return Ok(Some(TextLine {
                        number,
                        bytes: self.carry.trim_ascii(),
                        raw: &self.carry,
                        is_unterminated: true,
                        format,
                    }));
                }
            }
        }
    }

    /// Returns the input after the last line returned.
    pub(super) fn into_rest(self) -> RemainingText<'a> {
        let mut first = self.chunk;
        first.drain(..self.start);
        let first = Some(first).filter(|first| !first.is_empty());
        RemainingText { first, chunks: self.chunks, lines: self.number }
    }

    /// Appends part of a line to `carry`.
    fn buffer(&mut self, begin: usize, length: usize, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        let whole = self.carry.len() + length;
        if whole > MAX_LINE {
            let (problem, position) = ("a line longer than 16 MiB", ErrorPosition::Line(self.number));
            return Err(FormatError::Broken { format: self.format, problem, position });
        }
        if self.carry.capacity() < whole {
            context.budget.grow(&mut self.carry, length)?;
        }
        self.carry.extend_from_slice(&self.chunk[begin..begin + length]);
        Ok(())
    }
}

/// Input after its first lines.
pub(super) struct RemainingText<'a> {
    first: Option<Vec<u8>>,
    chunks: &'a mut dyn Chunks,
    /// Number of lines before this input.
    lines: u64,
}

impl Chunks for RemainingText<'_> {
    fn lines_before(&self) -> u64 {
        self.lines
    }

    fn next(&mut self, buffer: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.chunks.next(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::limits::Budget;
    use crate::format::ReadOptions;
    use crate::format::testing::TestChunks;

    fn lines(chunks: Vec<Vec<u8>>, memory: u64) -> Result<Vec<(u64, Vec<u8>, bool)>, FormatError> {
        let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(memory), Vec::new());
        let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
        let mut chunks = TestChunks(chunks);
        let (mut lines, mut all) = (TextLines::new("text", &mut chunks), Vec::new());
        while let Some(line) = lines.next(&mut context)? {
            all.push((line.number, line.bytes.to_vec(), line.is_unterminated));
        }
        Ok(all)
    }

    #[test]
    fn a_line_ends_with_a_line_break_or_with_the_text() {
        let said = lines(vec![b" one\r\n\ntw".to_vec(), b"o".to_vec(), b"\nend".to_vec()], 1 << 20).unwrap();
        let want = [(1, &b"one"[..], false), (2, b"", false), (3, b"two", false), (4, b"end", true)];
        assert_eq!(said, want.map(|(number, bytes, last)| (number, bytes.to_vec(), last)));
    }

    #[test]
    fn an_endless_line_is_an_error() {
        let chunk = vec![b'x'; 1 << 20];
        assert!(matches!(lines(vec![chunk.clone(); 4], 1 << 21), Err(FormatError::Limit(_))), "the heap budget");
        let error = lines(vec![chunk; 17], 1 << 30).unwrap_err().to_string();
        assert_eq!(error, "broken text: a line longer than 16 MiB, line 1");
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "[ab \n]{0,60}", cuts in prop::collection::vec(0usize..61, 0..6)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let chunks: Vec<Vec<u8>> = cuts.windows(2).map(|cut| text.as_bytes()[cut[0]..cut[1]].to_vec()).collect();
            let chunks: Vec<Vec<u8>> = chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect();
            let whole = if text.is_empty() { Vec::new() } else { vec![text.into_bytes()] };
            prop_assert_eq!(lines(chunks, 1 << 20).unwrap(), lines(whole, 1 << 20).unwrap());
        }
    }
}
