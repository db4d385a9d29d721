//! Buffered reading of stored bytes, and the limit on inflated bytes, for plain, gzip and zstd input.

use std::io::{ErrorKind, Read};

use crate::base::limits::{LimitError, LimitKind};
use crate::format::{CHUNK, Compression, ErrorPosition, InputError};

/// Maximum length of text after a compressed stream.
const MAX_TRAILER: usize = 64 << 10;

/// Buffered reader of stored bytes that knows their offset.
pub(super) struct BufferedInput {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset of `start` in the file.
    offset: u64,
    ended: bool,
    /// Compression named in errors.
    compression: Compression,
    left: u64,
    limit: u64,
}

impl BufferedInput {
    /// Reader of at most `limit` bytes.
    pub(super) fn new(source: Box<dyn Read + Send>, limit: u64) -> Self {
        Self {
            source,
            buffer: vec![0; CHUNK],
            start: 0,
            end: 0,
            offset: 0,
            ended: false,
            compression: Compression::Gzip,
            left: limit,
            limit,
        }
    }

    /// Offset in the file of the first unread byte.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes read into the buffer and not consumed.
    pub(super) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// True if the bytes in the buffer were transferred as text: each line feed follows a carriage return.
    pub(super) fn has_text_line_ends(&self) -> bool {
        let bytes = &self.buffer[..self.end];
        let mut feeds = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).peekable();
        feeds.peek().is_some() && feeds.all(|at| at > 0 && bytes[at - 1] == b'\r')
    }

    /// Consumes the rest of the file if it is text of at most 64 KiB, and returns its length; `None` for other bytes,
    /// which are not consumed.
    pub(super) fn take_text_trailer(&mut self) -> Result<Option<u64>, InputError> {
        while self.unread().len() <= MAX_TRAILER && self.read_more()? {}
        let rest = self.unread();
        let is_text = std::str::from_utf8(rest)
            .is_ok_and(|text| text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')));
        if rest.len() > MAX_TRAILER || !is_text {
            return Ok(None);
        }
        let length = rest.len();
        self.take(length);
        Ok(Some(length as u64))
    }

    /// Consumes `count` of the unread bytes.
    pub(super) fn take(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Reads more bytes into the buffer; returns false at the end of the file.
    pub(super) fn read_more(&mut self) -> Result<bool, InputError> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let count = loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(count) => break count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A wrapper around another input passes its errors on.
                Err(error) => return Err(error.downcast::<InputError>().unwrap_or_else(InputError::Read)),
            }
        };
        self.ended = count == 0;
        self.end += count;
        self.left = self.left.checked_sub(count as u64).ok_or(LimitError {
            kind: LimitKind::Input,
            subject: "the size of this input",
            limit: self.limit,
        })?;
        Ok(!self.ended)
    }

    /// Sets the compression named in errors.
    pub(super) fn set_compression(&mut self, compression: Compression) {
        self.compression = compression;
    }

    /// Error of a compressed stream that continues past the end of the file.
    pub(super) fn truncated(&self) -> InputError {
        InputError::Truncated { compression: self.compression, position: ErrorPosition::File(self.offset) }
    }

    /// Consumes one byte.
    pub(super) fn byte(&mut self) -> Result<u8, InputError> {
        while self.start == self.end {
            if !self.read_more()? {
                return Err(self.truncated());
            }
        }
        let byte = self.buffer[self.start];
        self.take(1);
        Ok(byte)
    }

    /// Consumes a little-endian number of `bytes` bytes.
    pub(super) fn little_endian(&mut self, bytes: u32) -> Result<u32, InputError> {
        (0..bytes).try_fold(0, |value, n| Ok(value | u32::from(self.byte()?) << (8 * n)))
    }
}

/// Limit on inflated bytes.
pub(super) struct OutputLimit {
    left: u64,
    limit: u64,
}

impl OutputLimit {
    pub(super) fn new(limit: u64) -> Self {
        Self { left: limit, limit }
    }

    /// Counts inflated bytes.
    pub(super) fn charge(&mut self, count: usize) -> Result<(), LimitError> {
        self.left = self.left.checked_sub(count as u64).ok_or(LimitError {
            kind: LimitKind::Inflated,
            subject: "the size of this input once inflated",
            limit: self.limit,
        })?;
        Ok(())
    }
}
