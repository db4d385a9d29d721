//! Tokens of text heaps: words and numbers.

/// Iterator over the words of a line. Field 0 is the rest of the line.
#[derive(Clone)]
pub(super) struct Words<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.0.trim_ascii_start();
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        let word;
        (word, self.0) = rest.split_at(end);
        (!word.is_empty()).then_some(word)
    }
}

/// Parses a decimal number.
pub(super) fn decimal(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Parses a finite decimal number with or without a fraction.
pub(super) fn float(word: &[u8]) -> Option<f64> {
    std::str::from_utf8(word).ok()?.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Parses a hexadecimal number of up to 64 bits, with or without `0x`.
pub(super) fn hex(word: &[u8]) -> Option<u64> {
    let digits = word.strip_prefix(b"0x").unwrap_or(word);
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    match digits.len() {
        1..=16 => digits.iter().try_fold(0, |number, digit| Some(number << 4 | u64::from(value(digit)?))),
        _ => None,
    }
}

/// Parses a hexadecimal address with `0x`.
pub(super) fn address(word: &[u8]) -> Option<u64> {
    word.strip_prefix(b"0x").and_then(hex)
}

/// Parses a number at the start of a text, and returns the rest.
pub(super) fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    let text = text.trim_ascii_start();
    let sign = usize::from(text.first() == Some(&b'-'));
    let digits = text[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(sign + digits);
    Some((decimal(number)?, rest))
}

/// Line that ends without a line break, without a number at its end: its last digits may be missing.
pub(super) fn without_cut_number(line: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._,+-".contains(byte);
    if !line.last().is_some_and(|byte| byte.is_ascii_digit() || b".,+-".contains(byte)) {
        return line;
    }
    let end = line.iter().rposition(|byte| !is_part(byte)).map_or(0, |at| at + 1);
    line[..end].trim_ascii_end()
}

/// Bytes examined to tell text from binary data.
const TEXT_BYTES: usize = 512;

/// Returns true if `part` occurs in `bytes`.
pub(super) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    let Some((first, rest)) = part.split_first() else { return true };
    let mut bytes = bytes;
    while let Some(at) = bytes.iter().position(|byte| byte == first) {
        bytes = &bytes[at + 1..];
        if bytes.starts_with(rest) {
            return true;
        }
    }
    false
}

/// Bytes of text required for each damaged byte.
const TEXT_FOR_DAMAGED: usize = 64;

/// Returns true if the first bytes are UTF-8 text without control characters, but for a few bytes in another encoding.
pub(super) fn is_text(head: &[u8]) -> bool {
    let head = &head[..head.len().min(TEXT_BYTES)];
    let is_plain = |byte: u8| !byte.is_ascii_control() || matches!(byte, b'\n' | b'\r' | b'\t');
    let (mut bad, mut rest) = (0, head);
    loop {
        let (valid, length) = match std::str::from_utf8(rest) {
            Ok(text) => (text, rest.len()),
            Err(error) => {
                // The end of the examined bytes may cut a character.
                bad += usize::from(error.error_len().is_some());
                let valid = std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default();
                (valid, error.valid_up_to() + error.error_len().unwrap_or(rest.len()))
            }
        };
        // A protobuf message begins with a tag, which is a control character below 0x20 or the line feed 0x0a. Other
        // control characters follow soon, zeros among them.
        bad += valid.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')).count();
        rest = rest.get(length..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
    }
    let begins_well = head.first().is_some_and(|first| is_plain(*first) && first.is_ascii()) || bad == 0;
    !head.is_empty() && !head.contains(&0) && begins_well && bad * TEXT_FOR_DAMAGED <= head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_words() {
        assert_eq!(hex(b"0x00ff"), Some(255));
        assert_eq!(hex(b"ffffffffffffffff"), Some(u64::MAX));
        for none in [&b""[..], b"0x", b"0xzz", b"0x1ffffffffffffffff", b"-1", b"+1"] {
            assert_eq!(hex(none), None);
        }
        assert_eq!(address(b"ff"), None);
        assert_eq!(Words(b"  a\tbc  ").collect::<Vec<_>>(), [&b"a"[..], b"bc"]);
    }
}
