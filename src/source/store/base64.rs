//! Base64 with the standard alphabet, as used in JSON for bytes.

/// Decodes a text; `None` if the text is not base64. Padding is optional.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    // A single last digit makes no whole byte, and padding completes a group of four digits.
    if digits.len() % 4 == 1 || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for part in digits.chunks(4) {
        let mut bits = 0_u32;
        for digit in part {
            bits = bits << 6 | value(*digit)?;
        }
        bits <<= 6 * (4 - part.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..part.len()]);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        // The URL-safe alphabet is accepted too.
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded_or_refused() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg", b"foob"),
            ("+/-_", &[0xfb, 0xff, 0xbf]),
        ] {
            assert_eq!(decoded(text).as_deref(), Some(bytes), "{text}");
        }
        for text in ["Z", "Zg===", "Z g=", "Zg=a", "é", "Zm9vY"] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
