//! Times in logs: ISO 8601 and similar forms; syslog omits the year and Go's logger the zone.

use crate::format::quantity;

/// Bytes at the start of a line in which a time is searched.
const SEARCHED_BYTES: usize = 160;
const SECOND: i64 = 1_000_000_000;

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Conversion of times without a zone or a year.
#[derive(Clone, Copy, Debug)]
pub struct LogClock {
    /// Converts local time to UTC, both in nanoseconds since 1970.
    pub to_utc: fn(i64) -> i64,
    /// Year of times without one; `None` if unknown.
    pub year: Option<i64>,
    /// True if a time without a zone has been read.
    pub(super) is_local: bool,
}

impl LogClock {
    /// Creates a clock with a conversion of local time, and a year for times without a year.
    pub fn new(to_utc: fn(i64) -> i64, year: Option<i64>) -> Self {
        Self { to_utc, year, is_local: false }
    }

    /// Finds the first date with a time near the start of a text, in nanoseconds since 1970.
    pub(super) fn find(&mut self, text: &[u8]) -> Option<i64> {
        let text = &text[..text.len().min(SEARCHED_BYTES)];
        let begins = |at: &usize| *at == 0 || !text[at - 1].is_ascii_alphanumeric();
        (0..text.len()).filter(begins).find_map(|at| self.parse(&text[at..]))
    }

    /// Parses a time at the start of a text.
    fn parse(&mut self, text: &[u8]) -> Option<i64> {
        let (civil, rest) = parse_date_time(text).or_else(|| self.parse_syslog(text))?;
        let (fraction, rest) = parse_fraction(rest);
        let civil = civil.checked_mul(SECOND)?.checked_add(fraction)?;
        if let Some(offset) = parse_zone(rest) {
            return civil.checked_sub(offset.checked_mul(SECOND)?);
        }
        self.is_local = true;
        Some((self.to_utc)(civil))
    }

    /// Parses a time of syslog, `Nov 22 13:13:33`.
    fn parse_syslog<'a>(&self, text: &'a [u8]) -> Option<(i64, &'a [u8])> {
        let month = MONTHS.iter().position(|month| text.starts_with(month))?;
        let rest = text[3..].strip_prefix(b" ")?.trim_ascii_start();
        let (day, rest) = parse_digits(rest, 2).or_else(|| parse_digits(rest, 1))?;
        let (second, rest) = parse_time_of_day(rest.strip_prefix(b" ")?)?;
        Some((days_since_1970(self.year?, month as i64 + 1, day)? * 86_400 + second, rest))
    }
}

/// Time given as a number in seconds or a finer unit. Large numbers count from 1970, small ones from the start of the
/// process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timestamp {
    /// Since 1970.
    Wall(i64),
    /// Since the start of the process.
    Uptime(i64),
}

impl Timestamp {
    /// Interprets a number without a unit by its size, assuming that no process runs for more than three years and no
    /// log is older than 1973.
    pub(super) fn from_number(value: f64) -> Option<Self> {
        let unit = match value {
            1e17.. => 1.0,
            1e14.. => 1e3,
            1e11.. => 1e6,
            _ => 1e9,
        };
        Self::from_unit(value, unit)
    }

    /// Interprets a number by its size. `unit` is its unit in nanoseconds.
    pub(super) fn from_unit(value: f64, unit: f64) -> Option<Self> {
        let nanos = quantity::times(value, unit)?;
        Some(if value * unit >= 1e17 { Self::Wall(nanos) } else { Self::Uptime(nanos) })
    }
}

/// Parses exactly `count` digits, and returns the rest.
fn parse_digits(text: &[u8], count: usize) -> Option<(i64, &[u8])> {
    let (number, rest) = text.split_at_checked(count)?;
    let is_number = number.iter().all(u8::is_ascii_digit) && !rest.first().is_some_and(u8::is_ascii_digit);
    let value = number.iter().fold(0, |value, digit| value * 10 + i64::from(digit.wrapping_sub(b'0')));
    is_number.then_some((value, rest))
}

/// Parses `2026-11-22T13:13:33`, also with slashes or with a space for `T`, in seconds, and returns the rest.
fn parse_date_time(text: &[u8]) -> Option<(i64, &[u8])> {
    let (year, rest) = parse_digits(text, 4)?;
    let mark = *rest.first().filter(|mark| matches!(mark, b'-' | b'/'))?;
    let (month, rest) = parse_digits(&rest[1..], 2)?;
    let (day, rest) = parse_digits(rest.strip_prefix(&[mark])?, 2)?;
    let rest = rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b" "))?;
    let (second, rest) = parse_time_of_day(rest)?;
    Some((days_since_1970(year, month, day)? * 86_400 + second, rest))
}

/// Parses `13:13:33` in seconds, and returns the rest.
fn parse_time_of_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let (hour, rest) = parse_digits(text, 2)?;
    let (minute, rest) = parse_digits(rest.strip_prefix(b":")?, 2)?;
    let (second, rest) = parse_digits(rest.strip_prefix(b":")?, 2)?;
    (hour < 24 && minute < 60 && second < 61).then_some((hour * 3600 + minute * 60 + second, rest))
}

/// Parses a fraction after a point or a comma in nanoseconds, and returns the rest.
fn parse_fraction(text: &[u8]) -> (i64, &[u8]) {
    let Some((b'.' | b',', rest)) = text.split_first() else { return (0, text) };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let kept = &rest[..count.min(9)];
    let value = kept.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    (value * 10_i64.pow(9 - kept.len() as u32), &rest[count..])
}

/// Parses a zone as seconds east of Greenwich; `None` if there is none.
fn parse_zone(text: &[u8]) -> Option<i64> {
    if let [b'Z' | b'z', ..] = text {
        return Some(0);
    }
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, rest) = match text.split_first()? {
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = if let Some((both, _)) = parse_digits(rest, 4) {
        (both / 100, both % 100)
    } else {
        let (hours, rest) = parse_digits(rest, 2)?;
        (hours, rest.strip_prefix(b":").and_then(|rest| parse_digits(rest, 2)).map_or(0, |(minutes, _)| minutes))
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days from 1970 to a date of the Gregorian calendar. Years begin in March, so that a leap day is the last of its
/// year.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719,468 days lie between March 1 of the year 0 and 1970.
    Some(before + (153 * month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(i64, bool)> {
        let mut clock = LogClock::new(|civil| civil - 3600 * SECOND, Some(2026));
        clock.find(text.as_bytes()).map(|nanos| (nanos, clock.is_local))
    }

    #[test]
    fn times_are_found_at_the_start_of_lines() {
        let at = 1_795_353_213 * SECOND;
        for (text, nanos, is_local) in [
            ("2026-11-22T13:13:33Z gc 1 @", at, false),
            ("2026-11-22T14:13:33.25+01:00 stderr F gc", at + 250_000_000, false),
            ("[2026-11-22T13:13:33.123+0000]", at + 123_000_000, false),
            ("svc[7]: 2026-11-22 08:43:33,5 -0430 x", at + 500_000_000, false),
            ("2026/11/22 14:13:33.000001 gc 1", at + 1000, true),
            ("Nov 22 14:13:33 host svc[12]: gc 1", at, true),
            ("2026-11-22T13:13:33.1234567891234Z", at + 123_456_789, false),
        ] {
            assert_eq!(found(text), Some((nanos, is_local)), "{text}");
        }
        for text in ["", "gc 1 @0.012s", "2026-13-01T00:00:00Z", "2026-11-22", "22026-11-22T13:13:33Z", "13:13:33"] {
            assert_eq!(found(text), None, "{text}");
        }
        assert_eq!(LogClock::new(|civil| civil, None).find(b"Nov 22 14:13:33 host"), None, "no year");
        assert_eq!(found("9999-11-22T13:13:33Z"), None, "beyond 64 bits");
    }

    #[test]
    fn the_calendar_knows_leap_days() {
        assert_eq!(
            (days_since_1970(1970, 1, 1), days_since_1970(2000, 2, 29), days_since_1970(2000, 3, 1)),
            (Some(0), Some(11_016), Some(11_017))
        );
        assert_eq!((days_since_1970(2026, 11, 22), days_since_1970(0, 3, 1)), (Some(20_779), Some(-719_468)));
    }

    #[test]
    fn a_number_is_a_time_by_its_size() {
        assert_eq!(Timestamp::from_number(1_795_353_213.5), Some(Timestamp::Wall(1_795_353_213_500_000_000)));
        assert_eq!(Timestamp::from_number(1_795_353_213_500.0), Some(Timestamp::Wall(1_795_353_213_500_000_000)));
        assert_eq!(Timestamp::from_number(12.5), Some(Timestamp::Uptime(12_500_000_000)));
        assert_eq!((Timestamp::from_number(-1.0), Timestamp::from_number(1e30)), (None, None));
    }
}
