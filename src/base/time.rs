//! Times in UTC, out of nanoseconds since 1970, and times since the start of a process.

use std::fmt;

/// A point in time in UTC. `Display` writes RFC 3339 with as many digits of a second as are not zero.
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

/// Nanoseconds since 1970 below which a time counts from the start of the process: a year. No profiler is as old.
const FIRST_DATE: i64 = 365 * DAY * SECOND;

/// Time since the start of the process, as recordings without a date have it: `+0.24 s`, `+1:02:03`. `None` for a date
/// and for 0, which stands for an unknown time.
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
}
