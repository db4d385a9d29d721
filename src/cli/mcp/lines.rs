//! Lines of the protocol, limited in length.

use std::io::{BufRead, ErrorKind};

/// Maximum length of a line, in bytes. Arguments are names and patterns; a longer line is skipped without being stored.
pub(super) const MAX_LINE_BYTES: usize = 1 << 20;

/// Line of the input.
pub(super) enum ReadLine {
    /// Bytes of the line, without its end.
    Line(Vec<u8>),
    /// Line longer than the limit, whose bytes were skipped.
    TooLong,
    /// End of the input, or an error of reading it.
    End,
}

/// Reads a line. The last line may lack a line break.
pub(super) fn read_line(input: &mut impl BufRead) -> ReadLine {
    let (mut line, mut is_too_long) = (Vec::new(), false);
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return ReadLine::End,
        };
        if chunk.is_empty() {
            return match (is_too_long, line.is_empty()) {
                (true, _) => ReadLine::TooLong,
                (false, true) => ReadLine::End,
                (false, false) => ReadLine::Line(line),
            };
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        is_too_long |= line.len() + part.len() > MAX_LINE_BYTES;
        if is_too_long {
            line = Vec::new();
        } else {
            line.extend_from_slice(part);
        }
        let used = end.map_or(chunk.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return if is_too_long { ReadLine::TooLong } else { ReadLine::Line(line) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn long_lines_are_skipped_and_the_next_one_is_read() {
        let mut bytes = b"one\n".to_vec();
        bytes.extend(vec![b'x'; MAX_LINE_BYTES + 1]);
        bytes.extend(b"\nlast");
        let mut input = BufReader::with_capacity(7, bytes.as_slice());
        assert!(matches!(read_line(&mut input), ReadLine::Line(line) if line == b"one"));
        assert!(matches!(read_line(&mut input), ReadLine::TooLong));
        assert!(matches!(read_line(&mut input), ReadLine::Line(line) if line == b"last"));
        assert!(matches!(read_line(&mut input), ReadLine::End));
    }
}
