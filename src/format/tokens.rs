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

/// Bytes examined to tell text from binary data.
const TEXT_BYTES: usize = 512;

/// Returns true if `part` occurs in `bytes`.
pub(super) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

/// Returns true if the first bytes are UTF-8 text without control characters.
pub(super) fn is_text(head: &[u8]) -> bool {
    let head = &head[..head.len().min(TEXT_BYTES)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The end of the examined bytes may cut a character.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or(""),
        Err(_) => return false,
    };
    // A protobuf message begins with a tag, which is a control character below 0x20 or the line feed 0x0a. Other
    // control characters follow soon.
    !valid.is_empty() && valid.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
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
