//! Quantities in logs, with their units: `12M`, `3.2ms`, `0.026`.

/// Parses a finite number at the start of a text, and returns the rest.
pub(super) fn number(text: &[u8]) -> Option<(f64, &[u8])> {
    let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let sign = usize::from(text.first() == Some(&b'-'));
    let mut length = sign + text[sign..].iter().take_while(|byte| is_part(byte)).count();
    if length == sign {
        return None;
    }
    // Exponent of a very large or small number.
    if let [b'e' | b'E', rest @ ..] = &text[length..] {
        let sign = usize::from(matches!(rest.first(), Some(b'+' | b'-')));
        let digits = rest[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        length += if digits > 0 { 1 + sign + digits } else { 0 };
    }
    let value: f64 = std::str::from_utf8(&text[..length]).ok()?.parse().ok()?;
    value.is_finite().then_some((value, &text[length..]))
}

/// Converts a value to whole bytes or nanoseconds; `None` if it is negative or exceeds 64 bits.
pub(super) fn times(value: f64, unit: f64) -> Option<i64> {
    // Whole numbers stay exact: nanoseconds since 1970 exceed the precision of a float.
    if value.fract() == 0.0 && unit.fract() == 0.0 && (0.0..9e15).contains(&value) {
        return (value as i64).checked_mul(unit as i64);
    }
    let whole = (value * unit).round();
    (0.0..9.2e18).contains(&whole).then_some(whole as i64)
}

/// Bytes of a unit of memory; `kB` and `MB` are powers of 1024.
pub(super) fn bytes(unit: &[u8]) -> Option<f64> {
    let power = match unit.to_ascii_lowercase().as_slice() {
        b"" | b"b" | b"byte" | b"bytes" => 0,
        b"k" | b"kb" | b"kib" => 1,
        b"m" | b"mb" | b"mib" => 2,
        b"g" | b"gb" | b"gib" => 3,
        b"t" | b"tb" | b"tib" => 4,
        _ => return None,
    };
    Some(1024_f64.powi(power))
}

/// Nanoseconds of a unit of time.
pub(super) fn nanos(unit: &[u8]) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_slice() {
        b"ns" | b"nano" | b"nanos" | b"nanoseconds" => 1.0,
        b"us" | b"micros" | b"microseconds" => 1e3,
        b"ms" | b"millis" | b"milliseconds" => 1e6,
        b"s" | b"sec" | b"secs" | b"seconds" => 1e9,
        _ => return None,
    })
}

/// Splits the letters off the start of a text.
pub(super) fn letters(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_units() {
        assert_eq!(number(b"12M->4M"), Some((12.0, &b"M->4M"[..])));
        assert_eq!(number(b"0.026+0.39"), Some((0.026, &b"+0.39"[..])));
        assert_eq!(number(b"1e+06,"), Some((1e6, &b","[..])));
        assert_eq!(number(b"3em"), Some((3.0, &b"em"[..])));
        for none in [&b""[..], b"-", b"x1", b"1.2.3", b".", b"1e999"] {
            assert_eq!(number(none), None, "{}", String::from_utf8_lossy(none));
        }
        assert_eq!(times(4.0, 1024.0 * 1024.0), Some(4 << 20));
        assert_eq!(times(1_795_353_213_123.0, 1e6), Some(1_795_353_213_123_000_000));
        assert_eq!((times(-1.0, 1.0), times(1e19, 1.0), times(f64::NAN, 1.0)), (None, None, None));
        assert_eq!((bytes(b"MB"), bytes(b"MiB"), bytes(b"x")), (Some(1_048_576.0), Some(1_048_576.0), None));
        assert_eq!((nanos(b"ms"), nanos(b"")), (Some(1e6), None));
        assert_eq!(letters(b"ms clock"), (&b"ms"[..], &b" clock"[..]));
    }
}
