//! Decompression of zstd.
//!
//! Frames are concatenated and skippable frames skipped, as in RFC 8878. The decoder keeps a window of earlier bytes
//! whose size the frame specifies. The window is limited here, since the heap budget does not include it.

use std::io::{self, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::base::limits::{LimitError, LimitKind};
use crate::format::buffered_input::{BufferedInput, OutputLimit};
use crate::format::{CHUNK, Chunks, Compression, DamagePolicy, ErrorPosition, InputError, ReadOptions, StreamProblem};

/// Length of the magic number.
pub(super) const MAGIC: usize = 4;
const FRAME: [u8; MAGIC] = [0x28, 0xb5, 0x2f, 0xfd];
/// Magic numbers of skippable frames; the lower half of the first byte is arbitrary.
const SKIPPABLE: [u8; MAGIC] = [0x50, 0x2a, 0x4d, 0x18];
/// Maximum window, the default of `zstd` (`--long=27`).
const MAX_WINDOW: u64 = 128 << 20;

/// True for the first bytes of a zstd stream.
pub(super) fn begins(head: &[u8]) -> bool {
    let skippable = |head: &[u8; MAGIC]| [head[0] & 0xf0, head[1], head[2], head[3]] == SKIPPABLE;
    head.first_chunk().is_some_and(|head| *head == FRAME || skippable(head))
}

enum ZstdPhase {
    Between,
    Body,
    Ended,
}

/// Reader of a zstd stream.
pub(super) struct Zstd {
    source: DecoderInput,
    output_limit: OutputLimit,
    phase: ZstdPhase,
    frame: FrameDecoder,
    damage: DamagePolicy,
    /// Error that follows the last chunk returned.
    pending: Option<InputError>,
    /// Bytes of text after the last frame.
    trailer: u64,
    /// True once a frame was read.
    has_frame: bool,
}

impl Zstd {
    /// Creates a reader of `input` with a window of up to half of the memory limit.
    pub(super) fn new(input: BufferedInput, output_limit: OutputLimit, options: &ReadOptions) -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(MAX_WINDOW.min(options.limits.memory / 2));
        let source = DecoderInput { input, pending: None };
        Self {
            source,
            output_limit,
            phase: ZstdPhase::Between,
            frame,
            damage: options.damage,
            pending: None,
            trailer: 0,
            has_frame: false,
        }
    }
}

impl Chunks for Zstd {
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
                ZstdPhase::Between => self.begin(),
                ZstdPhase::Body => self.body(&mut buffer),
                ZstdPhase::Ended => break,
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

impl Zstd {
    /// Begins the next frame or ends the stream.
    fn begin(&mut self) -> Result<ZstdPhase, InputError> {
        while self.source.input.unread().len() < MAGIC && self.source.input.read_more()? {}
        if self.source.input.unread().is_empty() {
            return Ok(ZstdPhase::Ended);
        }
        let start = self.source.input.offset();
        if !begins(self.source.input.unread()) {
            if self.has_frame
                && let Some(length) = self.source.input.take_text_trailer()?
            {
                self.trailer = length;
                return Ok(ZstdPhase::Ended);
            }
            let (compression, position) = (Compression::Zstd, ErrorPosition::File(start));
            return Err(InputError::Stream { compression, problem: StreamProblem::Trailing, position });
        }
        match self.frame.reset(&mut self.source) {
            Ok(()) => {
                self.has_frame = true;
                Ok(ZstdPhase::Body)
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                for _ in 0..length {
                    self.source.input.byte()?;
                }
                Ok(ZstdPhase::Between)
            }
            Err(error) => Err(self.failure(&error)),
        }
    }

    /// Returns inflated bytes, or inflates a block if there are none.
    fn body(&mut self, out: &mut Vec<u8>) -> Result<ZstdPhase, InputError> {
        let ready = self.frame.can_collect().min(CHUNK - out.len());
        if ready > 0 {
            let before = out.len();
            out.resize(before + ready, 0);
            let count = self.frame.read(&mut out[before..]).map_err(InputError::Read)?;
            out.truncate(before + count);
            return Ok(ZstdPhase::Body);
        }
        if !self.frame.is_finished() {
            let one = BlockDecodingStrategy::UptoBlocks(1);
            return match self.frame.decode_blocks(&mut self.source, one) {
                Ok(_) => Ok(ZstdPhase::Body),
                Err(error) => Err(self.failure(&error)),
            };
        }
        let (said, found) = (self.frame.get_checksum_from_data(), self.frame.get_calculated_checksum());
        if said.is_some() && said != found {
            return Err(self.broken(StreamProblem::Checksum));
        }
        Ok(ZstdPhase::Between)
    }

    fn broken(&self, problem: StreamProblem) -> InputError {
        let position = ErrorPosition::File(self.source.input.offset());
        InputError::Stream { compression: Compression::Zstd, problem, position }
    }

    /// Error of the decoder. An error of the input takes precedence, since the decoder hides it.
    fn failure(&mut self, error: &FrameDecoderError) -> InputError {
        if let Some(pending) = self.source.pending.take() {
            return pending;
        }
        match error {
            FrameDecoderError::WindowSizeTooBig { max: MAX_WINDOW, .. } => self.broken(StreamProblem::Window),
            FrameDecoderError::WindowSizeTooBig { max, .. } => {
                let (kind, subject) = (LimitKind::Memory, "the window of this zstd stream");
                InputError::Limit(LimitError { kind, subject, limit: *max })
            }
            FrameDecoderError::DictNotProvided { .. } => self.broken(StreamProblem::Dictionary),
            _ => self.broken(StreamProblem::Data),
        }
    }
}

/// `Read` for the decoder, which keeps an error of the input that the decoder would hide.
struct DecoderInput {
    input: BufferedInput,
    pending: Option<InputError>,
}

impl Read for DecoderInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.input.unread().is_empty() {
            match self.input.read_more() {
                Ok(true) => {}
                Ok(false) => {
                    self.pending = Some(self.input.truncated());
                    return Ok(0);
                }
                Err(error) => {
                    self.pending = Some(error);
                    return Err(io::Error::other("the input failed"));
                }
            }
        }
        let unread = self.input.unread();
        let count = unread.len().min(buffer.len());
        buffer[..count].copy_from_slice(&unread[..count]);
        self.input.take(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;
    use crate::base::limits::Limits;
    use crate::format::open;

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    fn read(stored: Vec<u8>, limits: Limits) -> Result<Vec<u8>, InputError> {
        let options = ReadOptions::from(limits);
        let mut chunks = open(Box::new(Cursor::new(stored)), &options)?;
        let (mut all, mut buffer) = (Vec::new(), Vec::new());
        while let Some(chunk) = chunks.next(std::mem::take(&mut buffer))? {
            assert!(chunk.len() <= CHUNK);
            all.extend_from_slice(&chunk);
            buffer = chunk;
        }
        Ok(all)
    }

    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n * n % 251) as u8).collect()
    }

    #[test]
    fn frames_are_concatenated_and_skippable_ones_skipped() {
        let (one, two) = (pattern(3 * CHUNK + 17), pattern(3));
        let skipped = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let stored = [skipped.clone(), zstd(&one), zstd(&[]), skipped, zstd(&two)].concat();
        assert_eq!(read(stored, Limits::default()).unwrap(), [one, two].concat());
    }

    #[test]
    fn every_cut_is_an_early_end_with_its_offset() {
        let whole = zstd(&pattern(2000));
        for cut in MAGIC..whole.len() {
            match read(whole[..cut].to_vec(), Limits::default()) {
                Err(InputError::Truncated { compression: Compression::Zstd, position }) => {
                    assert_eq!(position, ErrorPosition::File(cut as u64));
                }
                other => panic!("cut at {cut}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_wrong_checksum_or_tail_is_refused() {
        let whole = zstd(&pattern(2000));
        let mut broken = whole.clone();
        *broken.last_mut().unwrap() ^= 1;
        let Err(InputError::Stream { problem, .. }) = read(broken, Limits::default()) else { panic!("accepted") };
        assert_eq!(problem, StreamProblem::Checksum);
        let error = read([whole.clone(), vec![0; 16]].concat(), Limits::default()).unwrap_err().to_string();
        assert!(error.ends_with(&format!("other bytes follow it, at byte {} of the file", whole.len())), "{error}");
    }

    #[test]
    fn both_sides_of_the_inflater_are_limited() {
        let stored = zstd(&pattern(5000));
        let small = Limits { inflated: 4999, ..Limits::default() };
        let Err(InputError::Limit(limit)) = read(stored.clone(), small) else { panic!("accepted") };
        assert_eq!(limit.kind, LimitKind::Inflated);
        let small = Limits { input: 10, ..Limits::default() };
        let Err(InputError::Limit(limit)) = read(stored, small) else { panic!("accepted") };
        assert_eq!(limit.kind, LimitKind::Input);
    }

    #[test]
    fn a_window_beyond_the_memory_limit_is_refused() {
        // Header of a frame with a window of 2 GiB, without content.
        let stored = [&FRAME[..], &[0x00, 21 << 3, 1, 0, 0]].concat();
        let error = read(stored.clone(), Limits::default()).unwrap_err().to_string();
        assert!(error.starts_with("broken zstd stream: its window is larger than 128 MiB"), "{error}");
        let small = Limits { memory: 64 << 20, ..Limits::default() };
        let Err(InputError::Limit(limit)) = read(stored, small) else { panic!("accepted") };
        assert_eq!((limit.kind, limit.limit), (LimitKind::Memory, 32 << 20));
    }

    #[test]
    fn damage_is_an_error_or_bytes() {
        let whole = zstd(&pattern(3000));
        for at in MAGIC..whole.len() {
            for bit in 0..8 {
                let mut broken = whole.clone();
                broken[at] ^= 1 << bit;
                let _ = read(broken, Limits::default());
            }
        }
    }
}
