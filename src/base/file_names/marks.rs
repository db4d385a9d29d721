//! Dates, elapsed times and sizes in the names of files.

/// Units of a quantity, each with its spellings and its milliseconds or bytes. A letter that zones end in, as in
/// `us-east-1d`, is no unit.
const UNITS: [(&[&str], UnitKind, u64); 9] = [
    (&["day", "days"], UnitKind::Time, 86_400_000),
    (&["h", "hr", "hrs", "hour", "hours"], UnitKind::Time, 3_600_000),
    (&["m", "min", "mins", "minute", "minutes"], UnitKind::Time, 60_000),
    (&["s", "sec", "secs", "second", "seconds"], UnitKind::Time, 1000),
    (&["ms"], UnitKind::Time, 1),
    (&["GiB", "gib", "GB", "gb", "G"], UnitKind::Size, 1 << 30),
    (&["MiB", "mib", "MB", "mb", "M"], UnitKind::Size, 1 << 20),
    (&["KiB", "kib", "KB", "kB", "kb"], UnitKind::Size, 1 << 10),
    (&["bytes"], UnitKind::Size, 1),
];

/// Kind of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnitKind {
    Time,
    Size,
}

/// Value of a word that is a number with a unit, in milliseconds or bytes; `None` for other words. An elapsed time may
/// have several units, the largest first, and its last number none: `1h05m`, `20h05`.
pub(super) fn quantity(word: &str) -> Option<u64> {
    let (mut rest, mut sum, mut least) = (word, 0_u64, None::<u64>);
    while !rest.is_empty() {
        let (number, after) = leading(rest, |letter| letter.is_ascii_digit());
        let (name, after) = leading(after, char::is_alphabetic);
        let number: u64 = number.parse().ok()?;
        let unit = UNITS.iter().find(|(names, ..)| names.contains(&name));
        let factor = match (unit, least) {
            (Some((_, UnitKind::Size, factor)), None) if after.is_empty() => *factor,
            (Some((_, UnitKind::Time, factor)), least) if least.is_none_or(|least| *factor < least) => *factor,
            // Minutes after hours, and seconds after minutes.
            (None, Some(least @ (3_600_000 | 60_000))) if name.is_empty() => least / 60,
            _ => return None,
        };
        sum = sum.checked_add(number.checked_mul(factor)?)?;
        (rest, least) = (after, Some(factor));
    }
    least.map(|_| sum)
}

/// Length in bytes of a date at the beginning of a text: `2026-11-28`, `20261128`, `28Nov2026`, `28-Nov-2026`,
/// `Nov-28-2026` or `28Nov`; `None` if there is none.
pub(super) fn date_length(text: &str) -> Option<usize> {
    let rest = year_first(text).or_else(|| day_first(text)).or_else(|| month_first(text))?;
    let is_end = !rest.starts_with(char::is_alphanumeric);
    is_end.then(|| text.len() - rest.len())
}

fn year_first(text: &str) -> Option<&str> {
    let rest = separated(year(text)?);
    if let Some(rest) = month_name(rest) {
        return day(separated(rest));
    }
    let rest = number(rest, 2, 1..=12)?;
    number(separated(rest), 2, 1..=31)
}

fn day_first(text: &str) -> Option<&str> {
    let after_day = day(text)?;
    let after_month = month_name(separated(after_day))?;
    // `3-may` may be a name with a number.
    let is_attached = separated(after_day).len() == after_day.len();
    year(separated(after_month)).or(Some(after_month).filter(|_| is_attached))
}

fn month_first(text: &str) -> Option<&str> {
    let rest = day(separated(month_name(text)?))?;
    year(separated(rest))
}

fn year(text: &str) -> Option<&str> {
    number(text, 4, 1990..=2199)
}

fn day(text: &str) -> Option<&str> {
    number(text, 2, 1..=31).or_else(|| number(text, 1, 1..=9))
}

/// Text after a number of `length` digits within a range.
fn number(text: &str, length: usize, range: std::ops::RangeInclusive<u32>) -> Option<&str> {
    let digits = text.get(..length).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    range.contains(&digits.parse().ok()?).then(|| &text[length..])
}

/// Text after the name of a month, in full or its first three letters.
fn month_name(text: &str) -> Option<&str> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let (name, rest) = leading(text, char::is_alphabetic);
    let name = name.to_ascii_lowercase();
    MONTHS.iter().any(|month| name == *month || name == month[..3]).then_some(rest)
}

/// Text after a separator, if there is one.
fn separated(text: &str) -> &str {
    text.strip_prefix(['-', '_', '.', ' ']).unwrap_or(text)
}

/// Splits a text after its leading characters of a kind.
fn leading(text: &str, is_of_kind: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|letter| !is_of_kind(letter)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_numbers_with_units() {
        const SECOND: u64 = 1000;
        for (word, value) in [
            ("30s", 30 * SECOND),
            ("5min", 300 * SECOND),
            ("1h", 3600 * SECOND),
            ("20h05", 72_300 * SECOND),
            ("20h05m10s", 72_310 * SECOND),
            ("500ms", 500),
            ("100MiB", 100 << 20),
            ("2G", 2 << 30),
        ] {
            assert_eq!(quantity(word), Some(value), "{word}");
        }
        for word in
            ["7f9c4d", "x2x1k", "1a", "1d", "m", "5", "5m1h", "1MiB2", "v2", "1h5x", "99999999999999999999s", ""]
        {
            assert_eq!(quantity(word), None, "{word}");
        }
    }

    #[test]
    fn dates_have_a_day_a_month_and_a_year() {
        for date in ["2026-11-28", "20261128", "05May2026", "5-May-2026", "28Nov", "Nov-28-2026", "2026_march_1"] {
            assert_eq!(date_length(&format!("{date}-x")), Some(date.len()), "{date}");
        }
        for text in ["2026", "2026-13-01", "may-3", "3-may-x", "dec1", "20261128a", "05Mayfly2026", "mar", "1-2-3", ""]
        {
            assert_eq!(date_length(text), None, "{text}");
        }
    }
}
