//! Decompression of inputs: gzip and zstd are detected by their first bytes, other input is passed through.
//!
//! The gzip reader is built on flate2's raw inflate. The reader reports offsets of errors, verifies checksum and length
//! of every member, and takes a quarter less time than flate2's gzip decoder. Members are concatenated as in RFC 1952;
//! other bytes after a member are an error, as in pprof.

use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};

use crate::format::buffered_input::{BufferedInput, OutputLimit};
use crate::format::zstd::{self, Zstd};
use crate::format::{CHUNK, Chunks, Compression, DamagePolicy, ErrorPosition, InputError, ReadOptions, StreamProblem};

const MAGIC: [u8; 2] = [0x1f, 0x8b];
const DEFLATE: u8 = 8;
const HEADER_CRC: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;

/// Opens an input for reading as inflated chunks.
///
/// # Errors
/// [`InputError`] when the first bytes cannot be read.
pub fn open(source: Box<dyn Read + Send>, options: &ReadOptions) -> Result<Box<dyn Chunks>, InputError> {
    let mut input = BufferedInput::new(source, options.limits.input);
    // The magic number has four bytes, and a pipe may return one at a time.
    while input.unread().len() < zstd::MAGIC && input.read_more()? {}
    let output_limit = OutputLimit::new(options.limits.inflated);
    if zstd::begins(input.unread()) {
        input.set_compression(Compression::Zstd);
        Ok(Box::new(Zstd::new(input, output_limit, options)))
    } else if input.unread().starts_with(&MAGIC) {
        Ok(Box::new(Gzip {
            input,
            output_limit,
            phase: GzipPhase::Header,
            inflate: Decompress::new(false),
            checksum: crc32fast::Hasher::new(),
            length: 0,
            damage: options.damage,
            pending: None,
            trailer: 0,
        }))
    } else {
        Ok(Box::new(Plain { input, output_limit }))
    }
}

struct Plain {
    input: BufferedInput,
    output_limit: OutputLimit,
}

impl Chunks for Plain {
    fn next(&mut self, mut buffer: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        buffer.clear();
        // A pipe may return a few bytes at a time, too few for the probes of formats.
        while buffer.len() < CHUNK && (!self.input.unread().is_empty() || self.input.read_more()?) {
            let count = self.input.unread().len().min(CHUNK - buffer.len());
            buffer.extend_from_slice(&self.input.unread()[..count]);
            self.output_limit.charge(count)?;
            self.input.take(count);
        }
        Ok((!buffer.is_empty()).then_some(buffer))
    }
}

enum GzipPhase {
    Header,
    Body,
    Trailer,
    Ended,
}

struct Gzip {
    input: BufferedInput,
    output_limit: OutputLimit,
    phase: GzipPhase,
    inflate: Decompress,
    checksum: crc32fast::Hasher,
    length: u32,
    damage: DamagePolicy,
    /// Error that follows the last chunk returned.
    pending: Option<InputError>,
    /// Bytes of text after the last member.
    trailer: u64,
}

impl Chunks for Gzip {
    fn trailer(&self) -> u64 {
        self.trailer
    }

    fn next(&mut self, mut buffer: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        buffer.clear();
        buffer.reserve_exact(CHUNK);
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        while buffer.len() < CHUNK {
            let phase = match self.phase {
                GzipPhase::Header => self.header(),
                GzipPhase::Body => self.body(&mut buffer),
                GzipPhase::Trailer => self.trailer(),
                GzipPhase::Ended => break,
            };
            match phase {
                Ok(phase) => self.phase = phase,
                // Data before the damage is returned first.
                Err(error) if self.damage == DamagePolicy::Salvage && !buffer.is_empty() => {
                    self.pending = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        self.output_limit.charge(buffer.len())?;
        Ok((!buffer.is_empty()).then_some(buffer))
    }
}

impl Gzip {
    fn broken(&self, problem: StreamProblem) -> InputError {
        broken_at(problem, self.input.offset())
    }

    fn header(&mut self) -> Result<GzipPhase, InputError> {
        let start = self.input.offset();
        if [self.input.byte()?, self.input.byte()?] != MAGIC {
            return Err(broken_at(StreamProblem::Trailing, start));
        }
        if self.input.byte()? != DEFLATE {
            return Err(self.broken(StreamProblem::Method));
        }
        let flags = self.input.byte()?;
        self.input.little_endian(4)?;
        self.input.little_endian(2)?;
        if flags & EXTRA != 0 {
            for _ in 0..self.input.little_endian(2)? {
                self.input.byte()?;
            }
        }
        for text in [NAME, COMMENT] {
            while flags & text != 0 && self.input.byte()? != 0 {}
        }
        if flags & HEADER_CRC != 0 {
            self.input.little_endian(2)?;
        }
        self.inflate.reset(false);
        self.checksum.reset();
        self.length = 0;
        Ok(GzipPhase::Body)
    }

    fn body(&mut self, out: &mut Vec<u8>) -> Result<GzipPhase, InputError> {
        if self.input.unread().is_empty() && !self.input.read_more()? {
            return Err(self.input.truncated());
        }
        let (before_in, before_out) = (self.inflate.total_in(), out.len());
        let status = self.inflate.decompress_vec(self.input.unread(), out, FlushDecompress::None);
        self.input.take((self.inflate.total_in() - before_in) as usize);
        let made = &out[before_out..];
        self.checksum.update(made);
        self.length = self.length.wrapping_add(made.len() as u32);
        match status {
            Ok(Status::StreamEnd) => Ok(GzipPhase::Trailer),
            Ok(Status::Ok | Status::BufError) => Ok(GzipPhase::Body),
            Err(_) if self.input.has_text_line_ends() => Err(self.broken(StreamProblem::LineEnds)),
            Err(_) => Err(self.broken(StreamProblem::Data)),
        }
    }

    fn trailer(&mut self) -> Result<GzipPhase, InputError> {
        let start = self.input.offset();
        let (checksum, length) = (self.input.little_endian(4)?, self.input.little_endian(4)?);
        if checksum != self.checksum.clone().finalize() {
            // Inserted bytes shift the length too. Text with such line ends may be stored without compression.
            let is_shifted = length != self.length && self.input.has_text_line_ends();
            let problem = if is_shifted { StreamProblem::LineEnds } else { StreamProblem::Checksum };
            return Err(broken_at(problem, start));
        }
        if length != self.length {
            return Err(broken_at(StreamProblem::Length, start));
        }
        while self.input.unread().len() < MAGIC.len() && self.input.read_more()? {}
        if self.input.unread().is_empty() {
            return Ok(GzipPhase::Ended);
        }
        if !self.input.unread().starts_with(&MAGIC)
            && let Some(length) = self.input.take_text_trailer()?
        {
            self.trailer = length;
            return Ok(GzipPhase::Ended);
        }
        Ok(GzipPhase::Header)
    }
}

fn broken_at(problem: StreamProblem, offset: u64) -> InputError {
    InputError::Stream { compression: Compression::Gzip, problem, position: ErrorPosition::File(offset) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::{LimitKind, Limits};
    use std::io::{Cursor, Write};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn read(stored: Vec<u8>, limits: Limits) -> Result<Vec<u8>, InputError> {
        let options = ReadOptions::from(limits);
        let mut chunks = open(Box::new(Cursor::new(stored)), &options)?;
        let (mut all, mut buffer) = (Vec::new(), Vec::new());
        while let Some(chunk) = chunks.next(std::mem::take(&mut buffer))? {
            all.extend_from_slice(&chunk);
            buffer = chunk;
        }
        Ok(all)
    }

    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n * n % 251) as u8).collect()
    }

    #[test]
    fn members_are_concatenated() {
        let (one, two) = (pattern(CHUNK + 17), pattern(3));
        let stored = [gzip(&one), gzip(&[]), gzip(&two)].concat();
        assert_eq!(read(stored, Limits::default()).unwrap(), [one, two].concat());
    }

    #[test]
    fn plain_bytes_pass_unchanged() {
        assert_eq!(read(b"\x0a\x02".to_vec(), Limits::default()).unwrap(), b"\x0a\x02");
        assert_eq!(read(vec![0x1f], Limits::default()).unwrap(), [0x1f]);
        assert!(read(Vec::new(), Limits::default()).unwrap().is_empty());
    }

    #[test]
    fn every_cut_is_an_early_end_with_its_offset() {
        let whole = gzip(&pattern(2000));
        for cut in 2..whole.len() {
            match read(whole[..cut].to_vec(), Limits::default()) {
                Err(InputError::Truncated { compression: Compression::Gzip, position }) => {
                    assert_eq!(position, ErrorPosition::File(cut as u64));
                }
                other => panic!("cut at {cut}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_wrong_checksum_length_or_tail_is_refused() {
        let whole = gzip(&pattern(2000));
        for (from_end, wanted) in [(8, StreamProblem::Checksum), (4, StreamProblem::Length)] {
            let mut broken = whole.clone();
            let byte = broken.len() - from_end;
            broken[byte] ^= 1;
            let Err(InputError::Stream { problem, .. }) = read(broken, Limits::default()) else { panic!("accepted") };
            assert_eq!(problem, wanted);
        }
        // As in pprof, which refuses padding too.
        let tail = [whole.clone(), vec![0; 16]].concat();
        let error = read(tail, Limits::default()).unwrap_err().to_string();
        assert!(error.ends_with(&format!("at byte {} of the file", whole.len())), "{error}");
    }

    #[test]
    fn stored_text_with_a_wrong_checksum_was_not_transferred_as_text() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        encoder.write_all(b"a,b\r\n1,2\r\n").unwrap();
        let mut broken = encoder.finish().unwrap();
        let byte = broken.len() - 8;
        broken[byte] ^= 0x40;
        let Err(InputError::Stream { problem, .. }) = read(broken, Limits::default()) else { panic!("accepted") };
        assert_eq!(problem, StreamProblem::Checksum);
    }

    #[test]
    fn both_sides_of_the_inflater_are_limited() {
        let stored = gzip(&pattern(5000));
        let small = Limits { inflated: 4999, ..Limits::default() };
        let Err(InputError::Limit(limit)) = read(stored.clone(), small) else { panic!("accepted") };
        assert_eq!(limit.kind, LimitKind::Inflated);
        let small = Limits { input: 10, ..Limits::default() };
        let Err(InputError::Limit(limit)) = read(stored, small) else { panic!("accepted") };
        assert_eq!(limit.kind, LimitKind::Input);
    }
}
