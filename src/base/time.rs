//! Times in UTC from nanoseconds since 1970, and times since the start of a process.

use std::fmt;

/// A point in time in UTC. `Display` writes RFC 3339 without trailing zeros in the fraction of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcTime {
    /// Year of the Gregorian calendar.
    pub year: i64,
    /// Month from 1.
    pub month: u8,
    /// Day of the month from 1.
    pub day: u8,
    /// Hour from 0.
    pub hour: u8,
    /// Minute from 0.
    pub minute: u8,
    /// Second from 0.
    pub second: u8,
    /// Nanoseconds of the second.
    pub nanosecond: u32,
}

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

impl UtcTime {
    /// Converts nanoseconds since 1970; every value is a valid time, between the years 1677 and 2262.
    pub fn from_nanos(nanos: i64) -> Self {
        let (seconds, nanosecond) = (nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND) as u32);
        let (days, second_of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        // Counted from the first of March of the year 0, so that a leap day is the last day of its year. A cycle of the
        // calendar is 400 years of 146,097 days.
        let day_of_era = days + 719_468;
        let (era, day_of_cycle) = (day_of_era.div_euclid(146_097), day_of_era.rem_euclid(146_097));
        let leap_days = day_of_cycle / 1_460 - day_of_cycle / 36_524 + day_of_cycle / 146_096;
        let year_of_cycle = (day_of_cycle - leap_days) / 365;
        let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        // Months from March have 31, 30, 31, 30, 31 days, which repeats every 153 days.
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = era * 400 + year_of_cycle + i64::from(month <= 2);
        Self {
            year,
            month: month as u8,
            day: day as u8,
            hour: (second_of_day / 3600) as u8,
            minute: (second_of_day / 60 % 60) as u8,
            second: (second_of_day % 60) as u8,
            nanosecond,
        }
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, nanosecond } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if *nanosecond > 0 {
            let digits = format!("{nanosecond:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Limit of one year, in nanoseconds: a smaller value counts from the start of the process, since no profiler is as old
/// as 1970.
const FIRST_DATE: i64 = 365 * DAY * SECOND;

/// Formats a time since the start of the process, as in recordings without a date: `+0.24 s`, `+1:02:03`. `None` for a
/// date and for 0, which means an unknown time.
pub fn since_start(nanos: i64) -> Option<String> {
    if !(1..FIRST_DATE).contains(&nanos) {
        return None;
    }
    let seconds = nanos / SECOND;
    Some(if seconds < 60 {
        format!("+{seconds}.{:02} s", nanos % SECOND / 10_000_000)
    } else {
        format!("+{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    })
}

/// Bound of a time range, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeBound {
    /// Number of a step, from 1.
    Number(usize),
    /// Milliseconds since 1970.
    At(i64),
    /// Milliseconds before the end of the loaded range, which is the current time by default.
    Ago(i64),
}

/// Time range, as typed. A bound that is `None` is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeBounds {
    /// Start of the range.
    pub from: Option<TimeBound>,
    /// End of the range.
    pub until: Option<TimeBound>,
}

impl TimeBound {
    /// Parses `now`, `-1h30m`, `now-2h`, RFC 3339, and seconds or milliseconds since 1970; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "now" {
            return Some(Self::Ago(0));
        }
        if let Some(ago) = text.strip_prefix("now").unwrap_or(text).strip_prefix('-') {
            return parse_duration(ago).map(Self::Ago);
        }
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let number: i64 = text.parse().ok()?;
            // Seconds have eleven digits from the year 5138 on.
            return Some(Self::At(if text.len() > 11 { number } else { number.checked_mul(1000)? }));
        }
        parse_rfc3339(text).map(Self::At)
    }
}

/// Parses a duration such as `1h30m`, `90s`, `250ms` or `2d` to milliseconds; `None` for other text.
pub fn parse_duration(text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    let (mut rest, mut sum) = (text, 0_i64);
    if text.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = rest.get(..letters)?;
        rest = &rest[letters..];
        let (_, factor) = UNITS.iter().find(|(known, _)| *known == unit)?;
        sum = sum.checked_add(number.checked_mul(*factor)?)?;
    }
    Some(sum)
}

/// Parses a time with date and zone, such as `2026-11-22T14:00:00.5+01:00`, to milliseconds since 1970; `None` for
/// other text.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let is_at = |at: usize, set: &str| text[at..].chars().next().is_some_and(|c| set.contains(c));
    if !text.is_ascii() || text.len() < "2026-11-22T14:00:00Z".len() {
        return None;
    }
    let is_shaped = is_at(4, "-") && is_at(7, "-") && is_at(10, "Tt ") && is_at(13, ":") && is_at(16, ":");
    let [year, month, day] = [number(0, 4)?, number(5, 7)?, number(8, 10)?];
    let [hour, minute, second] = [number(11, 13)?, number(14, 16)?, number(17, 19)?];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let last = *days_of.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if !is_shaped || !(1..=last).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = &text[19..];
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let millis = match digits {
        0 => 0,
        _ => format!("{:0<3}", &rest[1..=digits])[..3].parse().ok()?,
    };
    let zone = if digits > 0 { &rest[digits + 1..] } else { rest };
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let sign = match zone.get(..1)? {
                "+" => 1,
                "-" => -1,
                _ => return None,
            };
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let part = |text: &str| text.parse::<i64>().ok().filter(|_| text.len() == 2);
            sign * (part(hours)? * 60 + part(minutes)?)
        }
    };
    let days = days_since_1970(year, month, day);
    Some(((days * DAY + hour * 3600 + minute * 60 + second) - offset * 60) * 1000 + millis)
}

/// Days since 1970 of a calendar date, the reverse of [`UtcTime::from_nanos`].
pub(crate) fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let from_march = year - i64::from(month <= 2);
    let (era, year_of_era) = (from_march.div_euclid(400), from_march.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_without_a_date_count_from_the_start() {
        for (nanos, text) in [
            (1, Some("+0.00 s")),
            (SECOND * 5 / 4, Some("+1.25 s")),
            (61 * SECOND, Some("+0:01:01")),
            (DAY * SECOND, Some("+24:00:00")),
            (0, None),
            (-1, None),
            (FIRST_DATE, None),
        ] {
            assert_eq!(since_start(nanos).as_deref(), text);
        }
    }

    #[test]
    fn times_are_written_as_rfc_3339() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (951_782_400 * SECOND, "2000-02-29T00:00:00Z"),
            (951_868_800 * SECOND + 500_000_000, "2000-03-01T00:00:00.5Z"),
            (-2_203_891_200 * SECOND, "1900-03-01T00:00:00Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
            (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
        ] {
            assert_eq!(UtcTime::from_nanos(nanos).to_string(), text);
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut before = UtcTime::from_nanos(i64::MIN);
        let mut nanos = i64::MIN;
        while let Some(next) = nanos.checked_add(DAY * SECOND) {
            let time = UtcTime::from_nanos(next);
            let is_next_day = (time.year, time.month, time.day) == (before.year, before.month, before.day + 1);
            let is_next_month = (time.year, time.month, time.day) == (before.year, before.month + 1, 1);
            let is_next_year = (time.year, time.month, time.day) == (before.year + 1, 1, 1) && before.month == 12;
            assert!(is_next_day || is_next_month || is_next_year, "{before} {time}");
            assert!((1..=31).contains(&time.day), "{time}");
            (before, nanos) = (time, next);
        }
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for nanos in [0, 951_782_400 * SECOND, 1_795_894_560 * SECOND + 250_000_000, 4_102_444_799 * SECOND] {
            assert_eq!(parse_rfc3339(&UtcTime::from_nanos(nanos).to_string()), Some(nanos / 1_000_000), "{nanos}");
        }
        assert_eq!(parse_rfc3339("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(parse_rfc3339("1970-01-01T00:00:00.25-00:01"), Some(60_250));
        for text in [
            "",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-22T14:00:00",
            "2026-11-22",
            "é026-11-22T14:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn bounds_have_several_forms() {
        let of = TimeBound::parse;
        assert_eq!(of("now"), Some(TimeBound::Ago(0)));
        assert_eq!((of("-1h30m"), of("now-90m")), (Some(TimeBound::Ago(5_400_000)), Some(TimeBound::Ago(5_400_000))));
        assert_eq!((of("1795894560"), of("1795894560000")), (Some(TimeBound::At(1_795_894_560_000)), of("1795894560")));
        assert_eq!(of("1970-01-01T00:00:01Z"), Some(TimeBound::At(1_000)));
        for text in ["", "yesterday", "-", "-3x", "-1h-", "99999999999999999999"] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(parse_duration("2d12h"), Some(216_000_000));
        assert_eq!(parse_duration("9223372036854775807d"), None);
    }
}
