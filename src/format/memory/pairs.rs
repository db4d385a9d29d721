//! Names and numbers of a line, in the forms `name: 1 kB`, `name = 1`, `"name":1` and `name 1`.

use crate::format::quantity;
use crate::format::tokens::decimal;

/// Number with its unit, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quantity<'a> {
    number: &'a [u8],
    unit: &'a [u8],
}

impl Quantity<'_> {
    /// Returns true if the number has a unit.
    pub(super) fn has_unit(self) -> bool {
        !self.unit.is_empty()
    }

    /// Whole number of bytes, or of anything else without a unit; `None` if it is negative or exceeds 64 bits.
    pub(super) fn whole(self) -> Option<i64> {
        let factor = quantity::bytes(self.unit).unwrap_or(1.0);
        match decimal(self.number) {
            Some(number) if factor < 2.0 => Some(number).filter(|number| *number >= 0),
            _ => quantity::times(quantity::number(self.number)?.0, factor),
        }
    }

    /// Number times 10⁹, such as a share in billionths or seconds in nanoseconds.
    pub(super) fn billionths(self) -> Option<i64> {
        quantity::times(quantity::number(self.number)?.0, 1e9)
    }
}

/// Iterator over the pairs of a line.
pub(super) struct Pairs<'a> {
    rest: &'a [u8],
    is_start: bool,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self { rest: line.trim_ascii(), is_start: true }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], Quantity<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.rest.iter().position(|byte| is_name_start(*byte))?;
            let is_first = std::mem::take(&mut self.is_start) && start == 0;
            let text = &self.rest[start..];
            let length = text.iter().take_while(|byte| is_name(**byte)).count();
            let (name, after) = text.split_at(length);
            self.rest = after;
            let after = after.strip_prefix(b"\"").or_else(|| after.strip_prefix(b"'")).unwrap_or(after);
            let after = after.trim_ascii_start();
            let separated = after.strip_prefix(b":").or_else(|| after.strip_prefix(b"="));
            let value = separated.unwrap_or(after).trim_ascii_start();
            let Some((quantity, rest)) = quantity(value) else { continue };
            // Without a separator, the line must be exactly one pair.
            if separated.is_none() && !(is_first && rest.is_empty() && self.rest.first() == Some(&b' ')) {
                continue;
            }
            self.rest = rest;
            return Some((name, quantity));
        }
    }
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b'/'
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/')
}

/// Number at the start of a text with its unit, and the rest.
fn quantity(text: &[u8]) -> Option<(Quantity<'_>, &[u8])> {
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    let length =
        text.first().filter(|byte| byte.is_ascii_digit()).map(|_| text.iter().take_while(|b| is_part(b)).count())?;
    let (number, rest) = text.split_at(length);
    let spaced = rest.strip_prefix(b" ").unwrap_or(rest);
    let (unit, after) = quantity::letters(spaced);
    let is_unit =
        !unit.is_empty() && quantity::bytes(unit).is_some() && !after.first().is_some_and(|byte| is_name(*byte));
    Some(if is_unit { (Quantity { number, unit }, after) } else { (Quantity { number, unit: b"" }, rest) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_in_every_form() {
        let of = |line: &str| -> Vec<(String, i64)> {
            let pairs = Pairs::new(line.as_bytes()).map(|(name, quantity)| (name, quantity.whole().unwrap()));
            pairs.map(|(name, value)| (String::from_utf8(name.to_vec()).unwrap(), value)).collect()
        };
        for (line, want) in [
            ("VmRSS:\t  242700 kB", vec![("VmRSS", 242_700 << 10)]),
            ("# HeapAlloc = 216922848", vec![("HeapAlloc", 216_922_848)]),
            ("anon 4096", vec![("anon", 4096)]),
            ("{ rss: 4935680, heapTotal: 1826816,", vec![("rss", 4_935_680), ("heapTotal", 1_826_816)]),
            ("{\"a\":{\"b\":1,\"c\":[2,3]},\"d\" : 4}", vec![("b", 1), ("d", 4)]),
            ("Allocated: 1, active: 2 (n_thp 0), mapped: 3", vec![("Allocated", 1), ("active", 2), ("mapped", 3)]),
            ("go_memstats_sys_bytes 1.2e+07", vec![("go_memstats_sys_bytes", 12_000_000)]),
            ("heap 5 and more", vec![]),
            ("LastGC = 1795902236489343079", vec![("LastGC", 1_795_902_236_489_343_079)]),
            ("used=12KB, committed=1MB)", vec![("used", 12 << 10), ("committed", 1 << 20)]),
            ("a: -5 b: 7", vec![("b", 7)]),
        ] {
            let want: Vec<(String, i64)> = want.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            assert_eq!(of(line), want, "{line}");
        }
    }

    #[test]
    fn numbers_beyond_64_bits_are_none() {
        let of = |text: &'static [u8]| Pairs::new(text).next().unwrap().1;
        assert_eq!(of(b"a: 99999999999999999999").whole(), None);
        assert_eq!(of(b"a: 9223372036854775807 kB").whole(), None);
        assert_eq!(of(b"a: 0.0073").billionths(), Some(7_300_000));
    }
}
