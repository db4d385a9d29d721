//! Wrappers around a profile: an HTTP header, lines of a log, base64, byte-order marks, a second compression. Each is
//! removed with a warning, so that the profile inside is read as it is.

use std::io::{self, Read};

use crate::base::base64;
use crate::format::reader::ChunkBytes;
use crate::format::{FORMATS, FormatError, PeekedChunks, Probe, ReadContext, ReadOptions, first_document, open};
use crate::profile::{Warning, WarningKind};

/// Maximum nesting of wrappers.
pub(super) const MAX_DEPTH: usize = 4;
/// Bytes searched for the end of a header and for the start of a profile.
const SEARCHED_BYTES: usize = 64 << 10;
/// First bytes of the text formats that can be recognized with certainty: JSON, heap text of Go, tcmalloc and jemalloc,
/// dumps with names, memray's CSV, and heaptrack.
const FIRST_BYTES: [&[u8]; 5] = [b"{", b"heap", b"---", b"allocator,", b"v "];
/// Bytes at the start of a line that are examined for a profile.
const PROBED_BYTES: usize = 8 << 10;
/// First line of PEM, and base64 of the first bytes of gzip and zstd.
const PEM: &[u8] = b"-----BEGIN ";
const GZIP_BASE64: &[u8] = b"H4sI";
const ZSTD_BASE64: &[u8] = b"KLUv/";
/// The same in a JSON string whose writer escapes slashes.
const ZSTD_IN_JSON: &[u8] = b"KLUv\\/";
/// Number of bytes that must be base64 for an input to be taken for base64.
const BASE64_BYTES: usize = 256;

/// Wrapper at the start of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapper {
    /// Header of an HTTP response, of this length.
    HttpHeader(usize),
    /// Lines before the profile.
    Preamble {
        /// Length in bytes.
        length: usize,
        /// Number of lines.
        lines: usize,
    },
    /// Byte-order mark of UTF-8.
    ByteOrderMark,
    /// UTF-16 text, after a byte-order mark of this length.
    Utf16(Utf16Order, usize),
    /// Base64 after a prefix of this length.
    Base64(usize),
    /// Another compression.
    Compression,
}

/// Byte order of UTF-16 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Utf16Order {
    Little,
    Big,
}

impl Wrapper {
    /// Detects the wrapper at the start of an inflated input; `None` if the input begins with its content.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\xef\xbb\xbf") {
            return Some(Self::ByteOrderMark);
        }
        if head.starts_with(b"\xff\xfe") {
            return Some(Self::Utf16(Utf16Order::Little, 2));
        }
        if head.starts_with(b"\xfe\xff") {
            return Some(Self::Utf16(Utf16Order::Big, 2));
        }
        if let Some(order) = unmarked_utf16(head) {
            return Some(Self::Utf16(order, 0));
        }
        if is_compressed(head) {
            return Some(Self::Compression);
        }
        if head.starts_with(b"HTTP/") {
            return header_length(head).map(Self::HttpHeader);
        }
        base64_start(head).map(Self::Base64).or_else(|| preamble(head))
    }

    fn warning(self) -> String {
        match self {
            Self::HttpHeader(_) => "the HTTP header before the profile is left out".to_owned(),
            Self::Preamble { lines: 1, .. } => "1 line before the profile is left out".to_owned(),
            Self::Preamble { lines, .. } => format!("{lines} lines before the profile are left out"),
            Self::ByteOrderMark => "the byte-order mark before the profile is left out".to_owned(),
            Self::Utf16(..) => "it is UTF-16 text and is read as UTF-8".to_owned(),
            Self::Base64(_) => "it is base64 and is decoded".to_owned(),
            Self::Compression => {
                "it is compressed twice and is unpacked twice; gunzip it once for other tools".to_owned()
            }
        }
    }

    /// Removes the wrapper, with a warning.
    ///
    /// # Errors
    /// [`FormatError`] when the input cannot be read or inflated.
    pub(super) fn remove(
        self,
        chunks: PeekedChunks<'static>,
        context: &mut ReadContext<'_>,
    ) -> Result<PeekedChunks<'static>, FormatError> {
        context.warnings.push(Warning::new(WarningKind::WrapperRemoved, self.warning()));
        // Equal wrappers in each other are one warning.
        context.warnings.dedup();
        let length = match self {
            Self::HttpHeader(length)
            | Self::Preamble { length, .. }
            | Self::Base64(length)
            | Self::Utf16(_, length) => length,
            Self::ByteOrderMark => 3,
            Self::Compression => 0,
        };
        let mut bytes = ChunkBytes::new(chunks);
        let is_chunked = matches!(self, Self::HttpHeader(length) if begins_chunk(bytes.fill()?, length));
        let length = bytes.fill()?.len().min(length);
        // A line of other text ends base64; within quotes, the closing quote does.
        let is_quoted = bytes.fill()?[..length].ends_with(b"\"");
        bytes.consume(length);
        let source: Box<dyn Read + Send> = match self {
            Self::Base64(_) => Box::new(Base64Reader { bytes, is_line_start: !is_quoted, ended: false }),
            _ if is_chunked => Box::new(ChunkedReader { bytes, left: 0, is_inside: false, has_ended: false }),
            Self::Utf16(order, _) => Box::new(Utf16Reader { bytes, order, high: None, pending: Vec::new() }),
            _ => Box::new(bytes),
        };
        let mut options: ReadOptions = *context.options;
        options.limits.input = options.limits.inflated;
        Ok(PeekedChunks::new(open(source, &options)?)?)
    }
}

/// True for the first bytes of gzip or zstd.
fn is_compressed(head: &[u8]) -> bool {
    head.starts_with(b"\x1f\x8b\x08") || head.starts_with(b"\x28\xb5\x2f\xfd")
}

/// Length of an HTTP header with the empty line at its end.
fn header_length(head: &[u8]) -> Option<usize> {
    let searched = &head[..head.len().min(SEARCHED_BYTES)];
    let mut length = 0;
    for line in searched.split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        if line.trim_ascii().is_empty() && line.ends_with(b"\n") {
            return Some(length);
        }
    }
    None
}

/// True if the header of this length announces chunks and a chunk follows. Most tools print the header and decode the
/// chunks.
fn begins_chunk(head: &[u8], length: usize) -> bool {
    let (header, body) = head.split_at(length.min(head.len()));
    let line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let announces = |line: &[u8]| line.to_ascii_lowercase().starts_with(b"transfer-encoding: chunked");
    header.split(|byte| *byte == b'\n').any(announces) && line.ends_with(b"\r") && chunk_size(line).is_some()
}

/// Size at the start of a chunk, before extensions.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    std::str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok())
}

/// Start of base64 text: after the first line of PEM or the prefix of a data URL, or at once if the text decodes to a
/// profile or to compressed data.
fn base64_start(head: &[u8]) -> Option<usize> {
    let blanks = head.len() - head.trim_ascii_start().len();
    let text = &head[blanks..];
    if text.starts_with(PEM) {
        return pem_start(text).map(|start| blanks + start);
    }
    if let Some(start) = quoted_start(text) {
        return Some(blanks + start);
    }
    let prefix = if text.starts_with(b"data:") {
        let comma = text.iter().take(DATA_URL_BYTES).position(|byte| *byte == b',')?;
        text[..comma].ends_with(b";base64").then_some(comma + 1)?
    } else {
        0
    };
    let body = &text[prefix..];
    let is_blank = |byte: &u8| b"= \t\r\n".contains(byte);
    let is_base64 = body.iter().take(BASE64_BYTES).all(|byte| base64::value(*byte).is_some() || is_blank(byte));
    // Plain words are valid base64, too: without a prefix, the decoded bytes must be a profile. A pprof profile begins
    // with a sample type or the period type, whose first fields are name and unit.
    let is_pprof = |content: &[u8]| matches!(content, [0x0a | 0x5a, _, 0x08, _, 0x10, ..]);
    let is_profile = || {
        let content = decoded_start(body);
        is_compressed(&content)
            || is_pprof(&content)
            || FORMATS.iter().any(|format| (format.probe)(&content) == Probe::Yes)
    };
    (is_base64 && (prefix > 0 || is_profile())).then_some(blanks + prefix)
}

/// Start of base64 after the first line of PEM and its header lines, which end with an empty line.
fn pem_start(text: &[u8]) -> Option<usize> {
    let mut ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let first = ends.next()?;
    let line = |start: usize| text[start..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    if !line(first).contains(&b':') {
        return Some(first);
    }
    ends.find(|start| line(*start).trim_ascii().is_empty()).or(Some(first))
}

/// Start of a compressed profile as base64 in quotes, alone or as a value of a JSON object, as gateways return it.
fn quoted_start(text: &[u8]) -> Option<usize> {
    if !text.starts_with(b"\"") && !text.starts_with(b"{") {
        return None;
    }
    let head = &text[..text.len().min(DATA_URL_BYTES)];
    let begins =
        |at: &usize| [GZIP_BASE64, ZSTD_BASE64, ZSTD_IN_JSON].iter().any(|start| head[*at..].starts_with(start));
    (1..head.len()).filter(|at| head[at - 1] == b'"').find(begins)
}

/// First bytes of a decoded base64 text.
fn decoded_start(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u32> = text.iter().take(PROBED_BYTES).filter_map(|byte| base64::value(*byte)).collect();
    let triple = |four: &[u32]| {
        let bits = four.iter().fold(0, |bits, digit| bits << 6 | digit);
        [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]
    };
    digits.chunks_exact(4).flat_map(triple).collect()
}

/// Bytes searched for the end of the prefix of a data URL.
const DATA_URL_BYTES: usize = 256;

/// Detects lines of text before a profile, if the profile can be recognized with certainty.
fn preamble(head: &[u8]) -> Option<Wrapper> {
    let searched = &head[..head.len().min(SEARCHED_BYTES)];
    let mut length = 0;
    for (lines, line) in searched.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if lines > 0 && begins_profile(line, &searched[length..]) {
            return Some(Wrapper::Preamble { length, lines });
        }
        // A log ends at the first line that is not text.
        std::str::from_utf8(line).ok().filter(|line| !line.contains('\0'))?;
        length += line.len();
    }
    None
}

/// True if a line is the first of a profile, or of a profile in base64; `rest` begins with the line.
fn begins_profile(line: &[u8], rest: &[u8]) -> bool {
    let begins = |starts: &[&[u8]]| starts.iter().any(|start| line.starts_with(start));
    // Every line of a long log is tested here, so only few may be examined further.
    let is_profile = || {
        let start = first_document(&rest[..rest.len().min(PROBED_BYTES)]);
        FORMATS.iter().any(|format| (format.probe)(start) == Probe::Yes)
    };
    is_compressed(line)
        || begins(&FIRST_BYTES) && is_profile()
        || begins(&[PEM, GZIP_BASE64, ZSTD_BASE64]) && base64_start(rest).is_some()
}

/// Decoder of base64, which ends at the first `=` or at the last line of PEM.
struct Base64Reader {
    bytes: ChunkBytes<PeekedChunks<'static>>,
    /// True before the first digit of a line.
    is_line_start: bool,
    ended: bool,
}

impl Base64Reader {
    /// Next byte; an escape of a JSON string, such as `\/`, is decoded.
    fn byte(&mut self) -> io::Result<Option<u8>> {
        let mut next = || self.bytes.byte().map_err(io::Error::other);
        match next()? {
            Some(b'\\') => {}
            byte => return Ok(byte),
        }
        Ok(match next()? {
            Some(b'n' | b'r' | b't') => Some(b' '),
            Some(b'u') => {
                let mut code = 0;
                for _ in 0..4 {
                    let digit = next()?.and_then(|digit| char::from(digit).to_digit(16));
                    let Some(digit) = digit else { return Ok(None) };
                    code = code << 4 | digit;
                }
                // Base64 has ASCII only: another character ends it.
                u8::try_from(code).ok()
            }
            other => other,
        })
    }

    /// True if the next line contains anything but base64: then it follows the encoded text.
    fn is_text_line(&mut self) -> io::Result<bool> {
        let left = self.bytes.fill().map_err(io::Error::other)?;
        let line = left.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
        Ok(line.iter().any(|byte| base64::value(*byte).is_none() && *byte != b'='))
    }
}

impl Read for Base64Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count + 3 <= buffer.len() && !self.ended {
            let (mut bits, mut digits) = (0_u32, 0);
            while digits < 4 {
                if self.is_line_start && self.is_text_line()? {
                    self.ended = true;
                    break;
                }
                let byte = self.byte()?;
                if let Some(blank) = byte.filter(u8::is_ascii_whitespace) {
                    self.is_line_start |= blank == b'\n';
                    continue;
                }
                // Dashes begin the last line of PEM; within a line, a dash is a digit of the other alphabet.
                let value = byte.filter(|byte| *byte != b'-' || !self.is_line_start).and_then(base64::value);
                self.is_line_start = false;
                let Some(value) = value else {
                    self.ended = true;
                    break;
                };
                bits = bits << 6 | value;
                digits += 1;
            }
            bits <<= 6 * (4 - digits);
            let decoded = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
            let whole = (digits * 6 / 8) as usize;
            buffer[count..count + whole].copy_from_slice(&decoded[..whole]);
            count += whole;
        }
        Ok(count)
    }
}

/// Maximum length of the line before a chunk.
const MAX_CHUNK_LINE: usize = 1024;

/// Decoder of the chunks of an HTTP response.
struct ChunkedReader {
    bytes: ChunkBytes<PeekedChunks<'static>>,
    /// Bytes of the chunk that are not read yet.
    left: u64,
    /// True after a chunk was begun: an end of line follows the chunk.
    is_inside: bool,
    has_ended: bool,
}

impl ChunkedReader {
    /// Reads the line before a chunk; returns the size of the chunk, 0 at the end.
    fn read_size(&mut self) -> io::Result<u64> {
        loop {
            let mut line = Vec::new();
            while line.last() != Some(&b'\n') {
                let byte = self.bytes.byte().map_err(io::Error::other)?;
                let Some(byte) = byte.filter(|_| line.len() < MAX_CHUNK_LINE) else {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                };
                line.push(byte);
            }
            if std::mem::take(&mut self.is_inside) && line.trim_ascii().is_empty() {
                continue;
            }
            return chunk_size(&line).ok_or_else(|| io::ErrorKind::InvalidData.into());
        }
    }
}

impl Read for ChunkedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !self.has_ended {
            self.left = self.read_size()?;
            (self.is_inside, self.has_ended) = (true, self.left == 0);
        }
        if self.has_ended {
            return Ok(0);
        }
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let available = self.bytes.fill().map_err(io::Error::other)?;
        let count = most.min(available.len());
        if count == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer[..count].copy_from_slice(&available[..count]);
        self.bytes.consume(count);
        self.left -= count as u64;
        Ok(count)
    }
}

/// Letters at the start of UTF-16 text without a byte-order mark. No format begins with as many letters that zero bytes
/// separate.
const UNMARKED_LETTERS: usize = 8;

/// Byte order of UTF-16 text without a byte-order mark, recognized by ASCII letters at its start; `None` for other
/// content.
fn unmarked_utf16(head: &[u8]) -> Option<Utf16Order> {
    let (pairs, _) = head.as_chunks::<2>();
    let pairs = pairs.get(..UNMARKED_LETTERS)?;
    let is_letter = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    match () {
        () if pairs.iter().all(|[first, second]| is_letter(*first) && *second == 0) => Some(Utf16Order::Little),
        () if pairs.iter().all(|[first, second]| *first == 0 && is_letter(*second)) => Some(Utf16Order::Big),
        () => None,
    }
}

/// Decoder of UTF-16 to UTF-8.
struct Utf16Reader {
    bytes: ChunkBytes<PeekedChunks<'static>>,
    order: Utf16Order,
    /// First half of a surrogate pair.
    high: Option<u16>,
    /// Bytes of a character that did not fit.
    pending: Vec<u8>,
}

impl Utf16Reader {
    fn unit(&mut self) -> io::Result<Option<u16>> {
        let (Some(first), Some(second)) =
            (self.bytes.byte().map_err(io::Error::other)?, self.bytes.byte().map_err(io::Error::other)?)
        else {
            return Ok(None);
        };
        Ok(Some(match self.order {
            Utf16Order::Little => u16::from_le_bytes([first, second]),
            Utf16Order::Big => u16::from_be_bytes([first, second]),
        }))
    }
}

impl Read for Utf16Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < buffer.len() {
            if self.pending.is_empty() {
                let Some(unit) = self.unit()? else { break };
                if (0xd800..0xdc00).contains(&unit) && self.high.is_none() {
                    self.high = Some(unit);
                    continue;
                }
                let units: Vec<u16> = self.high.take().into_iter().chain([unit]).collect();
                self.pending = String::from_utf16_lossy(&units).into_bytes();
            }
            let some = self.pending.len().min(buffer.len() - count);
            buffer[count..count + some].copy_from_slice(&self.pending[..some]);
            self.pending.drain(..some);
            count += some;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::format::testing::{read, stacks};

    const TEXT: &str = "heap profile: 1: 64 [1: 64] @ heapprofile\n1: 64 [1: 64] @ 0x11 0x21\n";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for three in bytes.chunks(3) {
            let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            let digit = |n: u32| char::from(DIGITS[(bits >> (18 - 6 * n)) as usize & 63]);
            text.extend((0..=three.len() as u32).map(digit));
            text.push_str(&"=="[..3 - three.len()]);
            if text.len() % 65 == 64 {
                text.push('\n');
            }
        }
        text
    }

    #[test]
    fn every_wrapper_is_looked_through_and_said() {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| TEXT.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let http = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
        let rows = [
            ("HTTP header", [http, TEXT.as_bytes()].concat()),
            ("HTTP header", [&http[..], &gzip(TEXT.as_bytes())].concat()),
            ("2 lines before", [b"one\ntwo\n", TEXT.as_bytes()].concat()),
            ("1 line before", [&b"one\n"[..], &gzip(TEXT.as_bytes())].concat()),
            ("byte-order mark", [b"\xef\xbb\xbf", TEXT.as_bytes()].concat()),
            ("UTF-16", [&b"\xff\xfe"[..], &utf16(u16::to_le_bytes)].concat()),
            ("UTF-16", [&b"\xfe\xff"[..], &utf16(u16::to_be_bytes)].concat()),
            ("UTF-16", utf16(u16::to_le_bytes)),
            ("UTF-16", utf16(u16::to_be_bytes)),
            ("base64", base64(&gzip(TEXT.as_bytes())).into_bytes()),
            ("base64", format!("-----BEGIN PROFILE-----\n{}\n-----END PROFILE-----\n", base64(TEXT.as_bytes())).into()),
            ("base64", format!("data:application/gzip;base64,{}", base64(&gzip(TEXT.as_bytes()))).into()),
            ("compressed twice", gzip(&gzip(TEXT.as_bytes()))),
        ];
        for (said, bytes) in rows {
            let (profile, warnings) = read(&bytes).unwrap_or_else(|error| panic!("{said}: {error}"));
            assert_eq!(stacks(&profile), ["0x20;0x10: 1 64"], "{said}");
            assert_eq!(warnings[0].kind, WarningKind::WrapperRemoved);
            assert!(warnings[0].text.contains(said), "{said}: {}", warnings[0].text);
        }
    }

    #[test]
    fn a_dash_is_a_digit_of_the_other_alphabet() {
        let lines = (1..200_u32).map(|n| format!("1: 64 [1: 64] @ {:#x}\n", n.wrapping_mul(0x9e37_79b1)));
        let text = format!("heap profile: 199: 12736 [199: 12736] @ heapprofile\n{}", lines.collect::<String>());
        let one_line = base64(&gzip(text.as_bytes())).replace('\n', "").replace('+', "-").replace('/', "_");
        assert!(one_line.bytes().step_by(4).any(|digit| digit == b'-'), "one begins a group of digits");
        let (profile, _) = read(one_line.as_bytes()).unwrap();
        assert_eq!(stacks(&profile).len(), 199);
    }

    #[test]
    fn wrappers_end_at_a_depth() {
        let deep = (0..20).fold(TEXT.as_bytes().to_vec(), |inner, _| gzip(&inner));
        assert!(read(&deep).is_err());
    }

    #[test]
    fn a_trailer_of_text_is_left_out_and_other_bytes_are_an_error() {
        let (profile, warnings) = read(&[gzip(TEXT.as_bytes()), b"exit code 0.\n".to_vec()].concat()).unwrap();
        assert_eq!(stacks(&profile).len(), 1);
        assert!(warnings[0].text.contains("13 bytes of text after"), "{}", warnings[0].text);
        assert!(read(&[gzip(TEXT.as_bytes()), vec![0; 16]].concat()).is_err());
    }

    #[test]
    fn transfers_in_text_mode_are_named() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let content: Vec<u8> = (0..4000).map(|_| random()).collect();
        let gzip = gzip(&content);
        let changed: Vec<u8> =
            gzip.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect();
        assert!(changed.len() > gzip.len());
        let error = read(&changed).unwrap_err().to_string();
        assert!(error.contains("line ends"), "{error}");
        let text = String::from_utf8_lossy(&gzip).into_owned();
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("re-encoded as text"), "{error}");
    }

    #[test]
    fn a_profile_that_begins_at_once_has_no_wrapper() {
        for head in [TEXT, "a;b 12\n", "{\"head\":{}}", "<html>", "H4sI am text; not base64"] {
            assert_eq!(Wrapper::of(head.as_bytes()), None, "{head}");
        }
    }
}
