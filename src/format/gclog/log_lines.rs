//! Lines of a log. A log may contain anything that a program prints; lines longer than any event are skipped without
//! buffering them.

use crate::format::{Chunks, FormatError, ReadContext};

/// Maximum length of a line. An event takes some hundred bytes, a record with many other fields some thousand.
const LONGEST: usize = 64 << 10;

/// Line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogLine<'a> {
    /// Content without white space at either end.
    Text(&'a [u8]),
    /// Line longer than the maximum.
    TooLong,
}

/// Reader of lines.
pub(super) struct LogLines<'a> {
    chunks: &'a mut dyn Chunks,
    piece: Vec<u8>,
    start: usize,
    /// Start of a line that began in an earlier chunk.
    carry: Vec<u8>,
}

impl<'a> LogLines<'a> {
    pub(super) fn new(chunks: &'a mut dyn Chunks) -> Self {
        Self { chunks, piece: Vec::new(), start: 0, carry: Vec::new() }
    }

    /// Returns the next line, or `None` at the end.
    ///
    /// # Errors
    /// [`FormatError`] when the input fails or the read is cancelled.
    pub(super) fn next(&mut self, context: &mut ReadContext<'_>) -> Result<Option<LogLine<'_>>, FormatError> {
        self.carry.clear();
        let mut length = 0_usize;
        loop {
            let begin = self.start;
            let end = self.piece[begin..].iter().position(|byte| *byte == b'\n').map(|at| begin + at);
            let part = begin..end.unwrap_or(self.piece.len());
            let is_whole = length == 0 && end.is_some();
            length = length.saturating_add(part.len());
            if !is_whole && length <= LONGEST {
                if self.carry.capacity() < length {
                    context.budget.grow(&mut self.carry, part.len())?;
                }
                self.carry.extend_from_slice(&self.piece[part.clone()]);
            }
            if let Some(end) = end {
                self.start = end + 1;
                return Ok(Some(match is_whole {
                    _ if length > LONGEST => LogLine::TooLong,
                    true => LogLine::Text(self.piece[part].trim_ascii()),
                    false => LogLine::Text(self.carry.trim_ascii()),
                }));
            }
            if (context.is_cancelled)() {
                return Err(FormatError::Cancelled);
            }
            let used = std::mem::take(&mut self.piece);
            self.start = 0;
            match self.chunks.next(used)? {
                Some(piece) => self.piece = piece,
                None if length == 0 => return Ok(None),
                None if length > LONGEST => return Ok(Some(LogLine::TooLong)),
                None => return Ok(Some(LogLine::Text(self.carry.trim_ascii()))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::Budget;
    use crate::format::{InputError, ReadOptions};

    struct LogPieces(Vec<Vec<u8>>);

    impl Chunks for LogPieces {
        fn next(&mut self, _: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
            Ok((!self.0.is_empty()).then(|| self.0.remove(0)))
        }
    }

    fn lines(pieces: Vec<Vec<u8>>) -> (Vec<Option<Vec<u8>>>, u64) {
        let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(1 << 20), Vec::new());
        let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
        let mut pieces = LogPieces(pieces);
        let (mut lines, mut all) = (LogLines::new(&mut pieces), Vec::new());
        while let Some(line) = lines.next(&mut context).unwrap() {
            all.push(match line {
                LogLine::Text(text) => Some(text.to_vec()),
                LogLine::TooLong => None,
            });
        }
        (all, budget.used())
    }

    #[test]
    fn a_line_may_lie_in_several_pieces() {
        let pieces = [&b"one\r\n\ntw"[..], b"o", b"\n", b"end"].map(<[u8]>::to_vec).to_vec();
        let want = [&b"one"[..], b"", b"two", b"end"].map(|line| Some(line.to_vec()));
        assert_eq!(lines(pieces).0, want);
    }

    #[test]
    fn a_line_of_ten_megabytes_is_passed_over_and_not_held() {
        let mut pieces = vec![vec![b'x'; 1 << 20]; 10];
        pieces.push(b"x\nafter it\n".to_vec());
        let (lines, used) = lines(pieces);
        assert_eq!(lines, [None, Some(b"after it".to_vec())]);
        assert!(used <= LONGEST as u64, "{used}");
    }
}
