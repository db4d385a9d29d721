//! Bytes as they are stored, read ahead by one buffer, and what may still come out of them: what plain, gzip and zstd
//! input have in common.

use std::io::{ErrorKind, Read};

use crate::base::limits::{LimitError, LimitKind};
use crate::format::{CHUNK, Compression, ErrorPosition, InputError};

/// Bytes as stored, with their offset in the file.
pub(super) struct Stored {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes of the file before `start`.
    offset: u64,
    ended: bool,
    /// Compression of the bytes, as far as it is known.
    compression: Compression,
    left: u64,
    limit: u64,
}

impl Stored {
    /// Nothing read yet; at most `limit` bytes will be.
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

    /// Bytes of the file before what is unread.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// What has been read and not yet taken.
    pub(super) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Takes `count` of the unread bytes.
    pub(super) fn take(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Reads more behind what is unread; false at the end of the file.
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
                Err(error) => return Err(error.into()),
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

    /// Sets the compression that errors name.
    pub(super) fn set_compression(&mut self, compression: Compression) {
        self.compression = compression;
    }

    /// Returns the error that the file ends here, within its compressed stream.
    pub(super) fn truncated(&self) -> InputError {
        InputError::Truncated { compression: self.compression, position: ErrorPosition::File(self.offset) }
    }

    /// Takes the next byte, which must be there.
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

    /// Takes a number of so many bytes, which must be there.
    pub(super) fn little_endian(&mut self, bytes: u32) -> Result<u32, InputError> {
        (0..bytes).try_fold(0, |value, n| Ok(value | u32::from(self.byte()?) << (8 * n)))
    }
}

/// What may still come out, whatever goes in.
pub(super) struct RemainingOutput {
    left: u64,
    limit: u64,
}

impl RemainingOutput {
    /// So many bytes at most.
    pub(super) fn new(limit: u64) -> Self {
        Self { left: limit, limit }
    }

    /// Counts bytes that came out.
    pub(super) fn charge(&mut self, count: usize) -> Result<(), LimitError> {
        self.left = self.left.checked_sub(count as u64).ok_or(LimitError {
            kind: LimitKind::Inflated,
            subject: "the size of this input once inflated",
            limit: self.limit,
        })?;
        Ok(())
    }
}
