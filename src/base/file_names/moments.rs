//! Dates and times in the names of files.

use std::ops::RangeInclusive;

use crate::base::time::days_since_1970;

/// Nanoseconds per second.
const SECOND: i64 = 1_000_000_000;

/// Nanoseconds per day.
pub const DAY: i64 = 86_400 * SECOND;

/// Date or time in a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Kind of the date or time.
    pub kind: MomentKind,
    /// Nanoseconds since 1970, those of a date at its midnight; nanoseconds since the beginning of the year, the week or
    /// the day if that is not known.
    pub nanos: i64,
    /// The first two numbers of a date that ends in its year; `None` for other dates.
    pub numeric_date: Option<NumericDate>,
}

/// Kind of a date or time in a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MomentKind {
    /// Time of a day (`10:15:00`), or another moment without its day.
    TimeOfDay,
    /// Day of the week.
    Weekday,
    /// Date without its year.
    DayOfYear,
    /// Date.
    Day,
    /// Date and time without a zone, taken as UTC.
    LocalTime,
    /// Date and time with a zone, or seconds since 1970.
    Time,
}

/// Date of three numbers that ends in its year: `28.11.2026` or `11-28-2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumericDate {
    /// First number.
    pub first: i64,
    /// Second number.
    pub second: i64,
    /// Year.
    pub year: i64,
    /// True if the numbers are separated by full stops, which always means that the day comes first.
    pub has_stops: bool,
}

impl NumericDate {
    /// Nanoseconds since 1970 of the date's midnight; `None` if there is no such date.
    pub fn nanos(&self, order: DateOrder) -> Option<i64> {
        let (day, month) = match order {
            DateOrder::DayFirst => (self.first, self.second),
            DateOrder::MonthFirst => (self.second, self.first),
        };
        nanos([self.year, month, day, 0, 0, 0])
    }
}

/// Order of day and month in dates that end in their year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// `28.11.2026`.
    #[default]
    DayFirst,
    /// `11-28-2026`.
    MonthFirst,
}

impl Moment {
    /// Moment of a number of seconds, milliseconds, microseconds or nanoseconds since 1970; `None` outside of the years
    /// 2001 to 2100.
    pub(super) fn from_epoch(number: u64) -> Option<Self> {
        let factor = match number {
            1_000_000_000..4_102_444_800 => SECOND,
            1_000_000_000_000..4_102_444_800_000 => 1_000_000,
            1_000_000_000_000_000..4_102_444_800_000_000 => 1_000,
            1_000_000_000_000_000_000..4_102_444_800_000_000_000 => 1,
            _ => return None,
        };
        Some(Self::new(MomentKind::Time, i64::try_from(number).ok()?.checked_mul(factor)?))
    }

    /// Day of the week; `None` unless the word is its English name, in full or its first three letters.
    pub(super) fn from_weekday(word: &str) -> Option<Self> {
        const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        Some(Self::new(MomentKind::Weekday, place(word, &DAYS)? * DAY))
    }

    pub(super) fn new(kind: MomentKind, nanos: i64) -> Self {
        Self { kind, nanos, numeric_date: None }
    }

    /// Nanoseconds since 1970; `None` if the day or the time of day is not known.
    pub fn time(&self) -> Option<i64> {
        matches!(self.kind, MomentKind::LocalTime | MomentKind::Time).then_some(self.nanos)
    }
}

/// Date, time or both at the beginning of a word, and the length in bytes.
pub(super) fn moment_at(text: &str, order: DateOrder) -> Option<(Moment, usize)> {
    let cursor = TextCursor { text, at: 0 };
    let dated = || {
        let (date, after_date) = [year_first, year_last, day_first, month_first]
            .into_iter()
            .find_map(|form| form(cursor))
            .filter(|(date, _)| date.nanos(order).is_some())?;
        let timed = clock(after_date).and_then(|(clock, after)| date.at(clock, after, order));
        timed.or_else(|| date.alone(after_date, order))
    };
    dated().or_else(|| time_of_day(cursor))
}

/// Date with a time at the beginning of a text, the year first, and the length in bytes. Letters may be before it.
pub(super) fn time_at(text: &str) -> Option<(Moment, usize)> {
    let (date, after_date) = year_first(TextCursor { text, at: 0 })?;
    let (clock, after) = clock(after_date)?;
    date.at(clock, after, DateOrder::default()).filter(|(moment, _)| moment.time().is_some())
}

/// Date as it is written.
#[derive(Clone, Copy)]
enum WrittenDate {
    Civil { year: i64, month: i64, day: i64 },
    Numeric(NumericDate),
    WithoutYear { month: i64, day: i64, form: YearlessForm },
}

/// Form of a date without a year.
#[derive(Clone, Copy, PartialEq, Eq)]
enum YearlessForm {
    /// Nothing else looks like it: `28Nov`, `Nov-28`.
    Clear,
    /// A name with a number looks like it: `may-3`. It is a date if a time with colons follows.
    Vague,
}

impl WrittenDate {
    /// Nanoseconds of midnight since 1970, or since the beginning of the year.
    fn nanos(self, order: DateOrder) -> Option<i64> {
        match self {
            Self::Civil { year, month, day } => nanos([year, month, day, 0, 0, 0]),
            Self::Numeric(date) => {
                let other = if order == DateOrder::DayFirst { DateOrder::MonthFirst } else { DateOrder::DayFirst };
                let order = if date.has_stops { DateOrder::DayFirst } else { order };
                date.nanos(order).or_else(|| date.nanos(other))
            }
            // A leap year.
            Self::WithoutYear { month, day, .. } => {
                Some(nanos([2000, month, day, 0, 0, 0])? - nanos([2000, 1, 1, 0, 0, 0])?)
            }
        }
    }

    /// Date and time of day; `None` if the text goes on with digits.
    fn at(self, clock: Clock, mut after: TextCursor<'_>, order: DateOrder) -> Option<(Moment, usize)> {
        let mut date = self;
        let mut zone = clock.zone;
        if let Self::WithoutYear { month, day, form } = self {
            // `Nov 22 23:30:00 UTC 2026`, as `date` prints it.
            if let Some((year, named_zone, end)) = year_after(after).filter(|_| clock.has_colons) {
                date = Self::Civil { year, month, day };
                (zone, after) = (named_zone.or(zone), end);
            } else if form == YearlessForm::Vague && !clock.has_colons {
                return None;
            }
        }
        let kind = match (date, zone) {
            (Self::WithoutYear { .. }, _) => MomentKind::DayOfYear,
            (_, Some(_)) => MomentKind::Time,
            (_, None) => MomentKind::LocalTime,
        };
        let nanos = date.nanos(order)?.checked_add(clock.nanos)?.checked_sub(zone.unwrap_or(0))?;
        (!after.is_at_digit()).then(|| (Moment { numeric_date: self.numeric(), ..Moment::new(kind, nanos) }, after.at))
    }

    /// Date without a time; `None` if the word goes on.
    fn alone(self, after: TextCursor<'_>, order: DateOrder) -> Option<(Moment, usize)> {
        let kind = match self {
            Self::WithoutYear { form: YearlessForm::Vague, .. } => return None,
            Self::WithoutYear { .. } => MomentKind::DayOfYear,
            Self::Civil { .. } | Self::Numeric(_) => MomentKind::Day,
        };
        let nanos = self.nanos(order)?;
        let is_end = !after.rest().starts_with(char::is_alphanumeric);
        is_end.then(|| (Moment { numeric_date: self.numeric(), ..Moment::new(kind, nanos) }, after.at))
    }

    fn numeric(self) -> Option<NumericDate> {
        match self {
            Self::Numeric(date) => Some(date),
            Self::Civil { .. } | Self::WithoutYear { .. } => None,
        }
    }
}

/// `2026-11-28`, `20261128` or `2026-Nov-28`.
fn year_first(mut cursor: TextCursor<'_>) -> Option<(WrittenDate, TextCursor<'_>)> {
    let year = cursor.year()?;
    cursor.skip(DATE_SEPARATORS);
    let (month, day) = if let Some(month) = cursor.month_name() {
        cursor.skip(DATE_SEPARATORS);
        (month, cursor.day()?)
    } else {
        let month = cursor.digits(2)?;
        cursor.skip(DATE_SEPARATORS);
        (month, cursor.digits(2)?)
    };
    Some((WrittenDate::Civil { year, month, day }, cursor))
}

/// `28.11.2026`, `28-11-2026` or `11-28-2026`.
fn year_last(mut cursor: TextCursor<'_>) -> Option<(WrittenDate, TextCursor<'_>)> {
    let first = cursor.day()?;
    let separator = cursor.rest().chars().next().filter(|letter| DATE_SEPARATORS.contains(*letter))?;
    cursor.skip(DATE_SEPARATORS);
    let second = cursor.day()?;
    cursor.at += cursor.rest().strip_prefix(separator).map(|_| 1)?;
    let year = cursor.year()?;
    let date = NumericDate { first, second, year, has_stops: separator == '.' };
    (!cursor.is_at_digit()).then_some((WrittenDate::Numeric(date), cursor))
}

/// `28Nov2026`, `28-Nov-2026` or `28Nov`.
fn day_first(mut cursor: TextCursor<'_>) -> Option<(WrittenDate, TextCursor<'_>)> {
    let day = cursor.day()?;
    let is_attached = !cursor.skip(DATE_SEPARATORS);
    let month = cursor.month_name()?;
    Some(with_year(cursor, month, day, if is_attached { YearlessForm::Clear } else { YearlessForm::Vague }))
}

/// `Nov-28-2026`, `Nov-28` or `Nov28`.
fn month_first(mut cursor: TextCursor<'_>) -> Option<(WrittenDate, TextCursor<'_>)> {
    let month = cursor.month_name()?;
    // `date` pads days to two cells.
    while cursor.skip(" ") {}
    cursor.skip(DATE_SEPARATORS);
    let digits = cursor.at;
    let day = cursor.day()?;
    let form = if cursor.at - digits == 2 { YearlessForm::Clear } else { YearlessForm::Vague };
    (!cursor.is_at_digit()).then(|| with_year(cursor, month, day, form))
}

/// Date with the year that follows, if one does.
fn with_year(cursor: TextCursor<'_>, month: i64, day: i64, form: YearlessForm) -> (WrittenDate, TextCursor<'_>) {
    let mut after = cursor;
    after.skip(DATE_SEPARATORS);
    // Four digits may also be a time of day, but not one between 19:90 and 21:99.
    match after.year() {
        Some(year) => (WrittenDate::Civil { year, month, day }, after),
        None => (WrittenDate::WithoutYear { month, day, form }, cursor),
    }
}

/// Separators within a date.
const DATE_SEPARATORS: &str = "-_. ";

/// Time of day as it is written.
#[derive(Clone, Copy)]
struct Clock {
    /// Nanoseconds since midnight.
    nanos: i64,
    /// Nanoseconds by which the zone is ahead of UTC; `None` without a zone.
    zone: Option<i64>,
    has_colons: bool,
}

/// Time after a date: `T10:15:00.123Z`, `-101500`, `_10_15`, ` at 9.05.01 AM` or `-9am`.
fn clock(mut cursor: TextCursor<'_>) -> Option<(Clock, TextCursor<'_>)> {
    let separated = cursor;
    if ["at", "At"].iter().any(|word| separated.rest().get(1..3) == Some(word)) && cursor.skip(DATE_SEPARATORS) {
        cursor.at += 2;
    }
    cursor.skip("T-_. ");
    [2, 1].into_iter().find_map(|digits| clock_at(cursor, digits))
}

/// Time of day at a position, its hour with a number of digits. An hour of one digit, or without minutes, is followed by
/// `am` or `pm`.
fn clock_at(mut cursor: TextCursor<'_>, hour_digits: usize) -> Option<(Clock, TextCursor<'_>)> {
    let hour = cursor.digits(hour_digits)?;
    let after_hour = cursor;
    let has_colons = cursor.rest().starts_with(':');
    cursor.skip("-_.:h");
    let minute = cursor.digits(2);
    if minute.is_none() {
        cursor = after_hour;
    }
    let after_minute = cursor;
    cursor.skip("-_.:m");
    let second = cursor.digits(2).filter(|_| minute.is_some());
    if second.is_none() {
        cursor = after_minute;
    }
    let fraction = cursor.fraction();
    let half = cursor.half_of_day();
    if half.is_none() && (hour_digits < 2 || minute.is_none()) {
        return None;
    }
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
        None => hour,
    };
    let midnight = nanos([1970, 1, 1, hour, minute.unwrap_or(0), second.unwrap_or(0)])?;
    // After a time without colons, a hyphen is before a sequence number.
    let zone = cursor.zone(if has_colons { "+-" } else { "+" });
    Some((Clock { nanos: midnight + fraction, zone, has_colons }, cursor))
}

/// Time of day without a date: `10:15`, or three numbers of two digits, such as `10-15-00`. Such numbers may be a date
/// with a short year as well, and are in their order.
fn time_of_day(mut cursor: TextCursor<'_>) -> Option<(Moment, usize)> {
    let first = cursor.digits(2)?;
    let separator = cursor.rest().chars().next().filter(|letter| ":-_.".contains(*letter))?;
    cursor.at += 1;
    let second = cursor.digits(2)?;
    let mut third = 0;
    if let Some(rest) = cursor.rest().strip_prefix(separator) {
        third = TextCursor { text: rest, at: 0 }.digits(2)?;
        cursor.at += 3;
    } else if separator != ':' {
        return None;
    }
    // Longer rows of numbers are addresses and versions.
    let goes_on =
        cursor.rest().strip_prefix(separator).is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
    let is_end = !goes_on && !cursor.rest().starts_with(char::is_alphanumeric);
    let nanos = (first * 3600 + second * 60 + third) * SECOND;
    is_end.then(|| (Moment::new(MomentKind::TimeOfDay, nanos), cursor.at))
}

/// Year after a time, with the zone between them: ` UTC 2026`.
fn year_after(mut cursor: TextCursor<'_>) -> Option<(i64, Option<i64>, TextCursor<'_>)> {
    let mut zone = None;
    cursor.skip(DATE_SEPARATORS);
    let letters = cursor.rest().find(|letter: char| !letter.is_ascii_uppercase()).unwrap_or(cursor.rest().len());
    if (1..=5).contains(&letters) {
        zone = matches!(&cursor.rest()[..letters], "UTC" | "GMT").then_some(0);
        cursor.at += letters;
        cursor.skip(DATE_SEPARATORS);
    }
    Some((cursor.year()?, zone, cursor))
}

/// Position of a word in a list of names, in full or their first three letters.
fn place(word: &str, names: &[&str]) -> Option<i64> {
    // The longest name has nine letters.
    let word = Some(word).filter(|word| word.len() <= 9)?.to_ascii_lowercase();
    let at = names.iter().position(|name| word == *name || word == name[..3])?;
    i64::try_from(at).ok()
}

/// Cursor over a text.
#[derive(Clone, Copy)]
struct TextCursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> TextCursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn is_at_digit(&self) -> bool {
        self.rest().starts_with(|letter: char| letter.is_ascii_digit())
    }

    /// Value of the next `count` digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.rest().get(..count).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        self.at += count;
        digits.parse().ok()
    }

    /// Value of the next `count` digits, if it is within a range.
    fn number(&mut self, count: usize, range: &RangeInclusive<i64>) -> Option<i64> {
        let before = self.at;
        let found = self.digits(count).filter(|number| range.contains(number));
        if found.is_none() {
            self.at = before;
        }
        found
    }

    fn year(&mut self) -> Option<i64> {
        self.number(4, &(1990..=2199))
    }

    fn day(&mut self) -> Option<i64> {
        self.number(2, &(1..=31)).or_else(|| self.number(1, &(1..=9)))
    }

    /// Number of a month by its English name.
    fn month_name(&mut self) -> Option<i64> {
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
        let rest = self.rest();
        // The longest name has nine letters.
        let end = rest.char_indices().take(10).find(|(_, letter)| !letter.is_alphabetic());
        let name = &rest[..end.map_or(rest.len(), |(at, _)| at)];
        let month = place(name, &MONTHS)?;
        self.at += name.len();
        Some(month + 1)
    }

    /// Skips one of the separators. Returns true if the text had one here.
    fn skip(&mut self, separators: &str) -> bool {
        let is_separated = self.rest().starts_with(|letter| separators.contains(letter));
        self.at += usize::from(is_separated);
        is_separated
    }

    /// Reads a fraction of a second (`.123`) and returns its nanoseconds; 0 if there is none.
    fn fraction(&mut self) -> i64 {
        let Some(rest) = self.rest().strip_prefix('.') else { return 0 };
        let digits = &rest[..rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len())];
        let Some(value) = digits.parse::<i64>().ok().filter(|_| matches!(digits.len(), 1..=3 | 6 | 9)) else {
            return 0;
        };
        self.at += 1 + digits.len();
        value * 10_i64.pow(9 - digits.len() as u32)
    }

    /// Reads `am` or `pm`, and returns the hours that it adds.
    fn half_of_day(&mut self) -> Option<i64> {
        let rest = self.rest();
        let word = rest.strip_prefix(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest);
        let hours = match word.get(..2)?.to_ascii_lowercase().as_str() {
            "am" => 0,
            "pm" => 12,
            _ => return None,
        };
        if word[2..].starts_with(char::is_alphanumeric) {
            return None;
        }
        self.at += rest.len() - word.len() + 2;
        Some(hours)
    }

    /// Reads a zone (`Z`, `UTC`, or a number after one of the signs: `+01:00`, `-0500`) and returns the nanoseconds by
    /// which it is ahead of UTC.
    fn zone(&mut self, signs: &str) -> Option<i64> {
        let rest = self.rest();
        for name in ["Z", "UTC", " UTC", "GMT", " GMT"] {
            if rest.strip_prefix(name).is_some_and(|after| !after.starts_with(char::is_alphanumeric)) {
                self.at += name.len();
                return Some(0);
            }
        }
        let sign = rest.chars().next().filter(|sign| signs.contains(*sign))?;
        let sign = if sign == '-' { -1 } else { 1 };
        let mut after = Self { at: self.at + 1, ..*self };
        let hours = after.number(2, &(0..=14))?;
        let mut end = after;
        end.skip(":_.");
        let minutes = match end.number(2, &(0..=59)) {
            Some(minutes) => {
                after = end;
                minutes
            }
            None => 0,
        };
        // `-12` is a sequence number rather than a zone.
        if after.is_at_digit() || sign < 0 && after.at - self.at < 5 {
            return None;
        }
        self.at = after.at;
        Some(sign * (hours * 3600 + minutes * 60) * SECOND)
    }
}

/// Converts year, month, day, hour, minute and second in UTC to nanoseconds since 1970; `None` if there is no such
/// time.
pub(super) fn nanos([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let is_valid = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    if !is_valid {
        return None;
    }
    let days = days_since_1970(year, month, day);
    days.checked_mul(86_400)?.checked_add(hour * 3600 + minute * 60 + second)?.checked_mul(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Option<(Moment, usize)> {
        moment_at(text, DateOrder::DayFirst)
    }

    #[test]
    fn dates_have_a_day_and_a_month() {
        for date_text in [
            "2026-11-28",
            "20261128",
            "05May2026",
            "5-May-2026",
            "28Nov",
            "Nov-28-2026",
            "2026_march_1",
            "28.11.2026",
            "28-11-2026",
            "11-28-2026",
            "Nov-28",
            "nov28",
            "1.12.2026",
            "10-15-00",
            "28.11.26",
            "23:10",
        ] {
            assert_eq!(date(&format!("{date_text}-x")).map(|found| found.1), Some(date_text.len()), "{date_text}");
        }
        for text in [
            "2026",
            "2026-13-01",
            "may-3",
            "3-may-x",
            "dec1",
            "20261128a",
            "05Mayfly2026",
            "mar",
            "1-2-3",
            "",
            "31-31-2026",
            "28.11-2026",
            "10.20.30.40",
            "10-15",
            "12-345-67",
            "Nov-2026",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn times_follow_dates() {
        let expected = nanos([2026, 11, 28, 21, 5, 0]);
        for text in [
            "2026-11-28T21:05:00Z",
            "2026-11-28T22:05:00+01:00",
            "2026-11-28T22:05:00.000+0100",
            "20261128-220500+01",
            "2026-11-28T16:05:00-0500",
            "2026-11-29T02:35:00+05:30",
            "Nov 28 21:05:00 UTC 2026",
            "28Nov2026 21:05 GMT",
        ] {
            let (moment, length) = date(text).unwrap();
            assert_eq!((moment.time(), moment.kind, length), (expected, MomentKind::Time, text.len()), "{text}");
        }
        for text in [
            "28.11.2026 21:05",
            "11-28-2026_2105",
            "2026-11-28-9.05 PM",
            "2026-11-28 at 9.05.00\u{202f}PM",
            "28Nov2026-2105",
            "Nov 28 21:05:00 CET 2026",
        ] {
            let (moment, length) = date(text).unwrap();
            assert_eq!((moment.time(), moment.kind, length), (expected, MomentKind::LocalTime, text.len()), "{text}");
        }
        assert_eq!(date("2026-11-28-9pm").unwrap().0.nanos, nanos([2026, 11, 28, 21, 0, 0]).unwrap());
        assert_eq!(date("20261128-101500-0500").unwrap().1, "20261128-101500".len(), "a sequence number");
    }

    #[test]
    fn one_order_of_day_and_month_is_given() {
        let nanos_of = |order| moment_at("03-04-2026", order).unwrap().0.nanos;
        assert_eq!(nanos_of(DateOrder::DayFirst), nanos([2026, 4, 3, 0, 0, 0]).unwrap());
        assert_eq!(nanos_of(DateOrder::MonthFirst), nanos([2026, 3, 4, 0, 0, 0]).unwrap());
        let stops = moment_at("03.04.2026", DateOrder::MonthFirst).unwrap().0;
        assert_eq!(stops.nanos, nanos([2026, 4, 3, 0, 0, 0]).unwrap());
    }
}
