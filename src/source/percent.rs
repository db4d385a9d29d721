//! Percent-encoding of text in addresses and messages.

use std::fmt::Write as _;

/// Decodes `%XX` in a text; leaves everything else unchanged.
pub(super) fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|digits| *first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let hex = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Encodes everything in a text but letters, digits, `-`, `.`, `_` and `~`.
pub(super) fn encoded(text: &str) -> String {
    encoded_unless(text, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// Encodes the bytes of a text that are not kept.
pub(super) fn encoded_unless(text: &str, is_kept: impl Fn(u8) -> bool) -> String {
    let mut found = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_kept(byte) {
            found.push(char::from(byte));
        } else {
            let _ = write!(found, "%{byte:02X}");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        for text in ["a+b/c=", "é &?#", "plain-1._~"] {
            assert_eq!(decoded(&encoded(text)), text);
        }
        assert_eq!(encoded("a+/="), "a%2B%2F%3D");
    }

    #[test]
    fn escapes_are_decoded_and_others_kept() {
        for (text, plain) in
            [("a%20b", "a b"), ("%7B%C3%A9%7d", "{é}"), ("100%", "100%"), ("%+1%zz", "%+1%zz"), ("", "")]
        {
            assert_eq!(decoded(text), plain);
        }
    }
}
