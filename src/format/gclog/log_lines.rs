//! Lines of a log, and the interface of their readers. A log may contain anything that a program prints; lines longer
//! than any event are skipped without buffering them.

use super::LogClock;
use crate::format::{Chunks, FormatError, ReadContext};
use crate::profile::GcEvent;

/// Reader of the lines of one format.
pub trait LineReader: Send {
    /// Parses a line; `None` if it is not of the format.
    fn parse_line(&mut self, line: &[u8]) -> Option<GcEvent>;

    /// Parses a line that identifies the format without being an event; the result has its times and 0 collections.
    /// `None` if the line does not identify the format, or if the format has no such lines.
    fn parse_format_marker(&mut self, _line: &[u8]) -> Option<GcEvent> {
        None
    }

    /// True if a time without a zone was taken for local time.
    fn is_local(&self) -> bool;
}

/// A format of logs: one row of [`LOG_FORMATS`](super::LOG_FORMATS).
pub struct LogFormat {
    /// Name, as shown in reports.
    pub name: &'static str,
    /// True if a timer writes the lines, at equal intervals.
    pub is_periodic: bool,
    /// Creates a reader for a log.
    pub new_reader: fn(LogClock) -> Box<dyn LineReader>,
}

/// Maximum length of a line. An event takes some hundred bytes, a record with many other fields some thousand.
const MAX_LINE: usize = 64 << 10;

/// Line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) enum LogLine<'a> {
    /// Content without white space at either end.
    Text(&'a [u8]),
    /// Last line, without a line break, which may be cut.
    Unterminated(&'a [u8]),
    /// Line longer than the maximum.
    TooLong,
}

/// Reader of lines.
pub(in crate::format) struct LogLines<'a> {
    chunks: &'a mut dyn Chunks,
    chunk: Vec<u8>,
    start: usize,
    /// Start of a line that began in an earlier chunk.
    carry: Vec<u8>,
}

impl<'a> LogLines<'a> {
    pub(in crate::format) fn new(chunks: &'a mut dyn Chunks) -> Self {
        Self { chunks, chunk: Vec::new(), start: 0, carry: Vec::new() }
    }

    /// Returns the next line, or `None` at the end.
    ///
    /// # Errors
    /// [`FormatError`] when the input fails or the read is cancelled.
    pub(in crate::format) fn next(
        &mut self,
        context: &mut ReadContext<'_>,
    ) -> Result<Option<LogLine<'_>>, FormatError> {
        self.carry.clear();
        let mut length = 0_usize;
        loop {
            let begin = self.start;
            let end = self.chunk[begin..].iter().position(|byte| *byte == b'\n').map(|at| begin + at);
            let part = begin..end.unwrap_or(self.chunk.len());
            let is_whole = length == 0 && end.is_some();
            length = length.saturating_add(part.len());
            if !is_whole && length <= MAX_LINE {
                if self.carry.capacity() < length {
                    context.budget.grow(&mut self.carry, part.len())?;
                }
                self.carry.extend_from_slice(&self.chunk[part.clone()]);
            }
            if let Some(end) = end {
                self.start = end + 1;
                return Ok(Some(match is_whole {
                    _ if length > MAX_LINE => LogLine::TooLong,
                    true => LogLine::Text(self.chunk[part].trim_ascii()),
                    false => LogLine::Text(self.carry.trim_ascii()),
                }));
            }
            if (context.is_cancelled)() {
                return Err(FormatError::Cancelled);
            }
            let used = std::mem::take(&mut self.chunk);
            self.start = 0;
            match self.chunks.next(used)? {
                Some(chunk) => self.chunk = chunk,
                None if length == 0 => return Ok(None),
                None if length > MAX_LINE => return Ok(Some(LogLine::TooLong)),
                None => return Ok(Some(LogLine::Unterminated(self.carry.trim_ascii()))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::Budget;
    use crate::format::ReadOptions;
    use crate::format::testing::TestChunks;

    fn lines(chunks: Vec<Vec<u8>>) -> (Vec<Option<Vec<u8>>>, u64) {
        let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(1 << 20), Vec::new());
        let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
        let mut chunks = TestChunks(chunks);
        let (mut lines, mut all) = (LogLines::new(&mut chunks), Vec::new());
        while let Some(line) = lines.next(&mut context).unwrap() {
            all.push(match line {
                LogLine::Text(text) | LogLine::Unterminated(text) => Some(text.to_vec()),
                LogLine::TooLong => None,
            });
        }
        (all, budget.used())
    }

    #[test]
    fn a_line_may_span_chunks() {
        let chunks = [&b"one\r\n\ntw"[..], b"o", b"\n", b"end"].map(<[u8]>::to_vec).to_vec();
        let want = [&b"one"[..], b"", b"two", b"end"].map(|line| Some(line.to_vec()));
        assert_eq!(lines(chunks).0, want);
    }

    #[test]
    fn a_line_of_ten_megabytes_is_skipped_without_buffering() {
        let mut chunks = vec![vec![b'x'; 1 << 20]; 10];
        chunks.push(b"x\nafter it\n".to_vec());
        let (lines, used) = lines(chunks);
        assert_eq!(lines, [None, Some(b"after it".to_vec())]);
        assert!(used <= MAX_LINE as u64, "{used}");
    }
}
