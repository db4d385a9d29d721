//! Lines of a text that comes in chunks. Only a line across chunks is copied.

use crate::format::{Chunks, ErrorPosition, FormatError, ReadContext};

/// Maximum length of a line. A stack of a hundred thousand addresses takes 2 MB, one of as many long names 10 MB.
const LONGEST: usize = 16 << 20;

/// Line of a text.
#[derive(Clone, Copy)]
pub(super) struct TextLine<'a> {
    /// Number, from 1.
    pub(super) number: u64,
    /// Content without white space at either end.
    pub(super) bytes: &'a [u8],
    /// True for a last line without a line break, which may be cut.
    pub(super) last: bool,
    format: &'static str,
}

impl TextLine<'_> {
    /// Error in this line.
    pub(super) fn wrong(&self, problem: &'static str) -> FormatError {
        FormatError::Broken { format: self.format, problem, position: ErrorPosition::Line(self.number) }
    }
}

/// Reader of lines.
pub(super) struct TextLines<'a> {
    format: &'static str,
    chunks: &'a mut dyn Chunks,
    piece: Vec<u8>,
    start: usize,
    /// Start of a line that began in an earlier chunk.
    carry: Vec<u8>,
    number: u64,
}

impl<'a> TextLines<'a> {
    /// Lines of `chunks`; errors name the format.
    pub(super) fn new(format: &'static str, chunks: &'a mut dyn Chunks) -> Self {
        Self { format, chunks, piece: Vec::new(), start: 0, carry: Vec::new(), number: 0 }
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
            let rest = &self.piece[self.start..];
            if let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
                let begin = self.start;
                self.start += length + 1;
                let bytes = if self.carry.is_empty() {
                    &self.piece[begin..begin + length]
                } else {
                    self.keep(begin, length, context)?;
                    &self.carry
                };
                return Ok(Some(TextLine { number, bytes: bytes.trim_ascii(), last: false, format }));
            }
            self.keep(self.start, rest.len(), context)?;
            if (context.is_cancelled)() {
                return Err(FormatError::Cancelled);
            }
            let used = std::mem::take(&mut self.piece);
            self.start = 0;
            match self.chunks.next(used)? {
                Some(piece) => self.piece = piece,
                None if self.carry.is_empty() => {
                    context.budget.release(self.carry.capacity() as u64);
                    self.carry = Vec::new();
                    return Ok(None);
                }
                None => return Ok(Some(TextLine { number, bytes: self.carry.trim_ascii(), last: true, format })),
            }
        }
    }

    /// Appends part of a line to `carry`.
    fn keep(&mut self, begin: usize, length: usize, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        let whole = self.carry.len() + length;
        if whole > LONGEST {
            let (problem, position) = ("a line longer than 16 MiB", ErrorPosition::Line(self.number));
            return Err(FormatError::Broken { format: self.format, problem, position });
        }
        if self.carry.capacity() < whole {
            context.budget.grow(&mut self.carry, length)?;
        }
        self.carry.extend_from_slice(&self.piece[begin..begin + length]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::limits::Budget;
    use crate::format::{InputError, ReadOptions};

    struct LinePieces(Vec<Vec<u8>>);

    impl Chunks for LinePieces {
        fn next(&mut self, _: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
            Ok((!self.0.is_empty()).then(|| self.0.remove(0)))
        }
    }

    fn lines(pieces: Vec<Vec<u8>>, memory: u64) -> Result<Vec<(u64, Vec<u8>, bool)>, FormatError> {
        let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(memory), Vec::new());
        let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
        let mut pieces = LinePieces(pieces);
        let (mut lines, mut all) = (TextLines::new("text", &mut pieces), Vec::new());
        while let Some(line) = lines.next(&mut context)? {
            all.push((line.number, line.bytes.to_vec(), line.last));
        }
        Ok(all)
    }

    #[test]
    fn a_line_ends_with_its_end_or_with_the_text() {
        let said = lines(vec![b" one\r\n\ntw".to_vec(), b"o".to_vec(), b"\nend".to_vec()], 1 << 20).unwrap();
        let want = [(1, &b"one"[..], false), (2, b"", false), (3, b"two", false), (4, b"end", true)];
        assert_eq!(said, want.map(|(number, bytes, last)| (number, bytes.to_vec(), last)));
    }

    #[test]
    fn a_line_without_end_is_stopped() {
        let piece = vec![b'x'; 1 << 20];
        assert!(matches!(lines(vec![piece.clone(); 4], 1 << 21), Err(FormatError::Limit(_))), "the heap budget");
        let error = lines(vec![piece; 17], 1 << 30).unwrap_err().to_string();
        assert_eq!(error, "broken text: a line longer than 16 MiB, line 1");
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "[ab \n]{0,60}", cuts in prop::collection::vec(0usize..61, 0..6)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<Vec<u8>> = cuts.windows(2).map(|cut| text.as_bytes()[cut[0]..cut[1]].to_vec()).collect();
            let pieces: Vec<Vec<u8>> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
            let whole = if text.is_empty() { Vec::new() } else { vec![text.into_bytes()] };
            prop_assert_eq!(lines(pieces, 1 << 20).unwrap(), lines(whole, 1 << 20).unwrap());
        }
    }
}
