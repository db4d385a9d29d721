//! What the lines of text heaps are made of: words, numbers, addresses, and the record that several of them share.
//!
//! The numbers there are raw samples. A sampler that takes one byte in `rate` sees a large object almost surely and a
//! small one rarely, so what it saw is divided by the chance of seeing it.

/// The words of a line, between white space. What has not been taken yet can be asked for.
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

/// A decimal number.
pub(super) fn decimal(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// A hexadecimal number of 64 bits, with `0x` before it or not.
pub(super) fn hex(word: &[u8]) -> Option<u64> {
    let digits = word.strip_prefix(b"0x").unwrap_or(word);
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    match digits.len() {
        1..=16 => digits.iter().try_fold(0, |number, digit| Some(number << 4 | u64::from(value(digit)?))),
        _ => None,
    }
}

/// An address of a stack: hexadecimal, with `0x` before it.
pub(super) fn address(word: &[u8]) -> Option<u64> {
    word.strip_prefix(b"0x").and_then(hex)
}

/// A count of objects and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ObjectsAndBytes {
    pub(super) count: i64,
    pub(super) bytes: i64,
}

/// What stands before the stack of a record: what is in use, and in brackets what was ever allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeapRecord {
    pub(super) in_use: ObjectsAndBytes,
    pub(super) allocated: ObjectsAndBytes,
}

impl HeapRecord {
    /// Reads `3: 96 [4: 128]` at the front of a line, and gives what follows it.
    pub(super) fn read(line: &[u8]) -> Option<(Self, &[u8])> {
        let (in_use, rest) = ObjectsAndBytes::read(line)?;
        let (allocated, rest) = ObjectsAndBytes::read(rest.trim_ascii_start().strip_prefix(b"[")?)?;
        Some((Self { in_use, allocated }, rest.trim_ascii_start().strip_prefix(b"]")?))
    }

    /// The size of one object: of those in use, else of those ever allocated.
    pub(super) fn object(&self) -> i64 {
        let pair = if self.in_use.count == 0 { self.allocated } else { self.in_use };
        pair.bytes.checked_div(pair.count).unwrap_or_default()
    }
}

impl ObjectsAndBytes {
    fn read(text: &[u8]) -> Option<(Self, &[u8])> {
        let (count, rest) = number(text)?;
        let (bytes, rest) = number(rest.trim_ascii_start().strip_prefix(b":")?)?;
        Some((Self { count, bytes }, rest))
    }

    /// Whether there are bytes of no object, which no sampler can have seen.
    pub(super) fn is_impossible(self) -> bool {
        self.count == 0 && self.bytes != 0
    }

    /// What there was, going by what a sampler of one byte in `rate` saw: each object was seen with the chance
    /// 1 - e^(-size / rate). A rate of one or less sees everything.
    pub(super) fn unsampled(self, rate: i64) -> Self {
        if self.count == 0 || self.bytes == 0 {
            return Self::default();
        }
        if rate <= 1 {
            return self;
        }
        let (count, bytes) = (self.count as f64, self.bytes as f64);
        let seen = 1.0 - (-(bytes / count) / rate as f64).exp();
        let scale = 1.0 / seen;
        Self { count: (count * scale) as i64, bytes: (bytes * scale) as i64 }
    }
}

/// A number at the front of a text, and what follows it.
fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    let text = text.trim_ascii_start();
    let sign = usize::from(text.first() == Some(&b'-'));
    let digits = text[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(sign + digits);
    Some((decimal(number)?, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_record_is_read_with_whatever_space_is_in_it() {
        let record = |line: &str| HeapRecord::read(line.as_bytes()).map(|(record, rest)| (record, rest.len()));
        let pair = |count, bytes| ObjectsAndBytes { count, bytes };
        let want = HeapRecord { in_use: pair(3, 96), allocated: pair(4, 128) };
        assert_eq!(record("3: 96 [4: 128] @ 0x1"), Some((want, 6)));
        assert_eq!(record("  3:    96 [   4:   128]"), Some((want, 0)));
        assert_eq!(record("-3: -96 [0: 0] @").unwrap().0.in_use, pair(-3, -96));
        for broken in ["", "3", "3:", "3: x", "3: 96", "3: 96 [4", "3: 96 [4: 128", "3: 9223372036854775808 [1: 1]"] {
            assert_eq!(record(broken), None, "{broken}");
        }
    }

    #[test]
    fn the_size_of_an_object_is_of_those_in_use_where_there_are_any() {
        let object = |line: &str| HeapRecord::read(line.as_bytes()).unwrap().0.object();
        assert_eq!(object("2: 96 [4: 128]"), 48);
        assert_eq!(object("0: 0 [4: 128]"), 32);
        assert_eq!(object("0: 0 [0: 0]"), 0);
        assert_eq!(object("-1: -9223372036854775808 [0: 0]"), 0, "no number is the right one");
    }

    #[test]
    fn what_a_sampler_saw_is_scaled_up_by_the_chance_of_seeing_it() {
        let seen = ObjectsAndBytes { count: 1, bytes: 7048 };
        assert_eq!(seen.unsampled(524_288), ObjectsAndBytes { count: 74, bytes: 527_819 });
        assert_eq!(seen.unsampled(1), seen);
        assert_eq!(seen.unsampled(-5), seen);
        assert_eq!(ObjectsAndBytes { count: 0, bytes: 0 }.unsampled(100), ObjectsAndBytes::default());
        let large = ObjectsAndBytes { count: 1, bytes: 1 << 40 };
        assert_eq!(large.unsampled(100), large, "a large object is seen for sure");
    }

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

    proptest! {
        #[test]
        fn any_figures_scale_without_a_panic(count: i64, bytes: i64, rate: i64) {
            let _ = ObjectsAndBytes { count, bytes }.unsampled(rate);
        }
    }
}
