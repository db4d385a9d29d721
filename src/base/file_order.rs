//! Order of snapshot files by their names.
//!
//! Names are compared by their numbers, dates, times, quantities and words such as `before`. What a single name leaves open
//! is decided by all names of a list: the order of day and month, the beginning of a year or a week, and rotation.

use std::collections::HashSet;

use crate::base::compact_sort::CompactSort;
use crate::base::file_names::{
    DAY, DateOrder, FileName, FileNamePart, MomentKind, NumericDate, Rotation, rotation, sequence_step, short_number,
};

/// Sorts items by the names of their files, the oldest file first.
pub fn sort_by_file_name<T>(items: Vec<T>, name: impl Fn(&T) -> String) -> Vec<T> {
    let names: Vec<String> = items.iter().map(name).collect();
    let list = FileNameList::new(names.iter().map(String::as_str));
    let mut keyed: Vec<(FileOrder, T)> = names.iter().map(|name| list.order_of(name)).zip(items).collect();
    keyed.compact_sort_by(|one, other| one.0.cmp(&other.0));
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// Properties of a list of file names that a single name does not tell.
#[derive(Debug, Default)]
pub struct FileNameList {
    dates: DateReading,
    /// First day of the year or of the week in the list, as nanoseconds since the beginning of the year or week.
    first_days: [i64; 2],
    /// Names without an addition, and without an extension of compression.
    newest: HashSet<String>,
}

/// Order of day and month in the dates of a list of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateReading {
    /// Order of day and month.
    pub order: DateOrder,
    /// True if the names can be read in either order.
    pub is_assumed: bool,
}

impl DateReading {
    /// Determines the order from file names, each with the time of its profile if that is known, in nanoseconds since
    /// 1970. It is the order in which all dates exist, else that closest to the times, else that of the shorter span.
    pub fn new<'a>(names: impl Iterator<Item = (&'a str, Option<i64>)>) -> Self {
        let dates: Vec<(NumericDate, Option<i64>)> =
            names.flat_map(|(name, time)| numeric_dates(name).into_iter().map(move |date| (date, time))).collect();
        Self::of_dates(&dates)
    }

    fn of_dates(dates: &[(NumericDate, Option<i64>)]) -> Self {
        let dates: Vec<_> = dates.iter().filter(|(date, _)| !date.has_stops).collect();
        let nanos = |order| dates.iter().map(move |(date, _)| date.nanos(order));
        let is_possible = |order| nanos(order).all(|nanos| nanos.is_some());
        match (is_possible(DateOrder::DayFirst), is_possible(DateOrder::MonthFirst)) {
            (true, true) if !dates.is_empty() => {}
            (false, true) => return Self { order: DateOrder::MonthFirst, is_assumed: false },
            _ => return Self::default(),
        }
        let distance = |order| -> u128 {
            let known = dates.iter().zip(nanos(order)).filter_map(|((_, time), date)| time.zip(date));
            known.map(|(time, date)| u128::from(time.abs_diff(date))).sum()
        };
        let span = |order| {
            let (first, last) = (nanos(order).flatten().min(), nanos(order).flatten().max());
            first.zip(last).map(|(first, last)| last.abs_diff(first))
        };
        let weight = |order| (distance(order), span(order));
        let is_month_first = weight(DateOrder::MonthFirst) < weight(DateOrder::DayFirst);
        let order = if is_month_first { DateOrder::MonthFirst } else { DateOrder::DayFirst };
        let is_equal = dates.iter().all(|(date, _)| date.first == date.second);
        let has_times = distance(DateOrder::DayFirst) != distance(DateOrder::MonthFirst);
        Self { order, is_assumed: !is_equal && !has_times }
    }
}

/// Dates in the components of a path that end in their year.
fn numeric_dates(path: &str) -> Vec<NumericDate> {
    let parsed: Vec<FileName> = components(path).map(FileName::parse).collect();
    parsed.iter().flat_map(FileName::moments).filter_map(|moment| moment.numeric_date).collect()
}

impl FileNameList {
    /// Collects the properties of names, which may have folders.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let (mut numeric, mut cyclic, mut newest) = (Vec::new(), [Vec::new(), Vec::new()], HashSet::new());
        for name in names {
            for component in components(name) {
                for moment in FileName::parse(component).moments() {
                    numeric.extend(moment.numeric_date.map(|date| (date, None)));
                    if let Some(place) = cycle_place(moment.kind) {
                        cyclic[place].push(moment.nanos);
                    }
                }
            }
            if rotation(name).1 == Rotation::Newest {
                newest.insert(without_compression(name).to_owned());
            }
        }
        let [years, weeks] = cyclic;
        let first_days = [first_day(years, CYCLES[0].1), first_day(weeks, CYCLES[1].1)];
        Self { dates: DateReading::of_dates(&numeric), first_days, newest }
    }

    /// Parses the last component of a path.
    pub fn parse(&self, path: &str) -> FileName {
        FileName::parse_with(path, self.dates.order)
    }

    /// Key of a name that sorts older files first.
    pub fn order_of(&self, path: &str) -> FileOrder {
        let mut tokens = Vec::new();
        let mut age = FileAge::Newest;
        let without_rotation = self.rotated_stem(path);
        for component in components(without_rotation.map_or(path, |(stem, _)| stem)) {
            let name = self.parse(component);
            if !tokens.is_empty() {
                tokens.push(Token::Folder);
            }
            name.parts.iter().for_each(|part| self.push_tokens(&mut tokens, part));
            age = match name.rotation {
                Rotation::Newest => FileAge::Newest,
                Rotation::Number(number) => FileAge::Older(-i64::from(number)),
                Rotation::NumberOrSequence(number) | Rotation::Backup(number) => FileAge::Older(number.into()),
                Rotation::Date(moment) => FileAge::Older(moment.nanos),
            };
        }
        if let Some((_, number)) = without_rotation {
            age = FileAge::Older(-i64::from(number));
        }
        FileOrder { tokens, age, path: path.to_owned() }
    }

    /// Name and number of a file whose number was appended to the name of another file of the list.
    fn rotated_stem<'a>(&self, path: &'a str) -> Option<(&'a str, u32)> {
        let (stem, number) = without_compression(path).rsplit_once('.')?;
        let number = short_number(number)?;
        self.newest.contains(without_compression(stem)).then_some((stem, number))
    }

    fn push_tokens(&self, tokens: &mut Vec<Token>, part: &FileNamePart) {
        match part {
            FileNamePart::Word(word) => {
                let step = sequence_step(word);
                let mut rest = word.as_str();
                while !rest.is_empty() {
                    let is_digit = |letter: char| letter.is_ascii_digit();
                    let is_number = rest.starts_with(is_digit);
                    let end = rest.find(|letter| is_digit(letter) != is_number).unwrap_or(rest.len());
                    tokens.push(match rest[..end].parse() {
                        Ok(value) if is_number => Token::Value(value),
                        _ if is_number => Token::Value(u128::MAX),
                        _ => Token::Text(step, rest[..end].to_owned()),
                    });
                    rest = &rest[end..];
                }
            }
            FileNamePart::Number { value, .. } | FileNamePart::Quantity { value, .. } => {
                tokens.push(Token::Value((*value).into()));
            }
            FileNamePart::Moment(moment) => {
                let nanos = match cycle_place(moment.kind) {
                    Some(place) => (moment.nanos - self.first_days[place]).rem_euclid(CYCLES[place].1),
                    None => moment.nanos,
                };
                tokens.push(Token::Moment(nanos));
            }
        }
    }
}

/// Kinds of moments that come back, and the nanoseconds after which they do.
const CYCLES: [(MomentKind, i64); 2] = [(MomentKind::DayOfYear, 366 * DAY), (MomentKind::Weekday, 7 * DAY)];

fn cycle_place(kind: MomentKind) -> Option<usize> {
    CYCLES.iter().position(|(cyclic, _)| *cyclic == kind)
}

/// First moment after the longest time without one: of November, December and January it is in November.
fn first_day(mut moments: Vec<i64>, period: i64) -> i64 {
    moments.compact_sort_by_key(|moment| *moment);
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else { return 0 };
    let around = (first + period - last, *first);
    let gaps = moments.windows(2).map(|pair| (pair[1] - pair[0], pair[1]));
    gaps.fold(around, |longest, gap| if gap.0 > longest.0 { gap } else { longest }).1
}

/// Sorts the files of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileOrder {
    tokens: Vec<Token>,
    age: FileAge,
    path: String,
}

/// Part of a name that is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    /// End of the name of a folder.
    Folder,
    /// Number or quantity.
    Value(u128),
    /// Date or time.
    Moment(i64),
    /// Step of a word in a sequence, and letters of the word.
    Text(usize, String),
}

/// Age of a file among those that differ only in an addition to the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FileAge {
    /// A greater number is newer.
    Older(i64),
    Newest,
}

fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split(['/', '\\']).filter(|name| !name.is_empty())
}

fn without_compression(name: &str) -> &str {
    [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorts names that are given in another order.
    fn assert_order(names: &[&str]) {
        for step in 1..=names.len() {
            let mut mixed = names.to_vec();
            mixed.rotate_left(step);
            mixed.reverse();
            assert_eq!(sort_by_file_name(mixed, |name| (*name).to_owned()), names);
        }
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert_order(&["heap.pb", "heap-1.pb", "heap-1b.pb", "heap-02.pb", "heap-10.pb", "heap-a.pb"]);
        assert_order(&["jeprof.4711.0.i0.heap", "jeprof.4711.2.i2.heap", "jeprof.4711.10.i10.heap"]);
        assert_order(&["iter_1_of_12.folded", "iter_2_of_12.folded", "iter_12_of_12.folded"]);
        assert_order(&["v1.9.0.pb", "v1.10.0.pb"]);
        assert_order(&["x-99999999999999999999.pb", "x-100000000000000000000.pb"]);
        assert_order(&["d-2/a.pb", "d-2/b.pb", "d-10/a.pb"]);
    }

    #[test]
    fn quantities_are_compared_by_value() {
        assert_order(&["h-30s.pb", "h-90s.pb", "h-5m.pb", "h-10m.pb", "h-30m.pb", "h-1h.pb", "h-1h30m.pb"]);
        assert_order(&["h-512KiB.pb", "h-1MiB.pb", "h-10MiB.pb", "h-1GiB.pb"]);
        assert_order(&["h-0.pb", "h-500.pb", "h-1k.pb", "h-10k.pb", "h-1M.pb"]);
        assert_order(&["t0.pb", "t5m.pb", "t10m.pb", "t1h.pb"]);
        assert_order(&["h-500reqs.pb", "h-1000reqs.pb", "h-10000reqs.pb"]);
        assert_order(&["h-9am.pb", "h-11am.pb", "h-1pm.pb"]);
    }

    #[test]
    fn dates_are_compared_by_their_day() {
        assert_order(&["h_28.11.2026", "h_30.11.2026", "h_01.12.2026", "h_02.12.2026"]);
        assert_order(&["h-28-11-2026", "h-30-11-2026", "h-01-12-2026"]);
        assert_order(&["h-11-28-2026", "h-12-01-2026", "h-01-05-2027"]);
        assert_order(&["h-28Nov2026", "h-30Nov2026", "h-01Dec2026", "h-05Jan2027"]);
        assert_order(&["h-Nov-28-14h", "h-Nov-30-14h", "h-Dec-01-14h", "h-Jan-05-14h"]);
        assert_order(&["h-mon", "h-tue", "h-wed", "h-thu", "h-fri"]);
        assert_order(&["h-fri", "h-sat", "h-sun", "h-mon"]);
        assert_order(&["h-Sun Nov 22 23:30:00 UTC 2026", "h-Mon Nov 23 00:40:00 UTC 2026"]);
        assert_order(&["h-2026-11-22-9am", "h-2026-11-22-11am", "h-2026-11-22-1pm"]);
        assert_order(&["h-2026-11-22T23:30:00+01:00", "h-2026-11-22T23:00:00Z"]);
        assert_order(&["2026-11-28T10:15/h.pb", "2026-11-28T10:20/h.pb"]);
    }

    #[test]
    fn words_of_a_sequence_are_in_order() {
        for pair in [["before", "after"], ["old", "new"], ["base", "head"], ["start", "end"], ["first", "last"]] {
            assert_order(&pair);
            assert_order(&pair.map(|word| format!("heap-{word}.pb.gz")).each_ref().map(String::as_str));
        }
        assert_order(&["h-start", "h-middle", "h-end"]);
    }

    #[test]
    fn rotated_files_are_older_the_higher_their_number() {
        for ending in ["pb.gz", "heap", "out", "txt", "json", "mem", "hprof", "folded"] {
            assert_order(
                &["app.E.10", "app.E.2", "app.E.1", "app.E"]
                    .map(|name| name.replace('E', ending))
                    .each_ref()
                    .map(String::as_str),
            );
            assert_order(
                &["app.E.2.gz", "app.E.1.gz", "app.E"]
                    .map(|name| name.replace('E', ending))
                    .each_ref()
                    .map(String::as_str),
            );
        }
        assert_order(&["heap.pb.gz.2", "heap.pb.gz.1"]);
        assert_order(&["dhat.out.1", "dhat.out.2", "dhat.out.10"]);
        assert_order(&["heap.pb.gz-20261122", "heap.pb.gz-20261123", "heap.pb.gz"]);
        assert_order(&["heap.pb.gz.~1~", "heap.pb.gz.~2~", "heap.pb.gz"]);
        assert_order(&["heap.pb.gz.old", "heap.pb.gz"]);
        assert_order(&["heap.pb.gz", "heap (1).pb.gz", "heap (2).pb.gz", "heap (10).pb.gz"]);
        assert_order(&["cpu.pb.gz", "heap.pb.gz.10", "heap.pb.gz.2", "heap.pb.gz"]);
    }

    #[test]
    fn day_and_month_are_told_apart_by_the_whole_list() {
        let reading = |names: &[&str]| DateReading::new(names.iter().map(|name| (*name, None)));
        let (day, month) = (DateOrder::DayFirst, DateOrder::MonthFirst);
        let is = |order, is_assumed| DateReading { order, is_assumed };
        assert_eq!(reading(&["h-01-12-2026", "h-13-12-2026"]), is(day, false));
        assert_eq!(reading(&["h-12-01-2026", "h-12-13-2026"]), is(month, false));
        assert_eq!(reading(&["h-01-12-2026", "h-02-12-2026"]), is(day, true));
        assert_eq!(reading(&["h-12-01-2026", "h-12-02-2026"]), is(month, true));
        assert_eq!(reading(&["h-05-05-2026"]), is(day, false));
        assert_eq!(reading(&["h.01.12.2026", "heap-3"]), is(day, false));
        // The profile was made on the third of April.
        let time = FileName::parse("2026-04-03T10:00").time();
        assert_eq!(DateReading::new([("h-04-03-2026", time)].into_iter()), is(month, false));
    }

    #[test]
    fn the_order_of_long_names_takes_linear_time() {
        for unit in ["20261118110001", "Sun ", "28.11.2026-", "may", "10-15-00_", "1a", "~.~", "t5m", ".gz"] {
            let name = unit.repeat(20_000);
            assert_eq!(sort_by_file_name(vec![name.clone(), name.clone()], String::clone).len(), 2);
        }
    }
}
