//! Names of snapshot files: their natural order, and the times, numbers and process ids in them.
//!
//! Tools that write profiles number them (`heap-0007.pb.gz`), stamp them with a time (`memprof.2026-11-28T10_15_00`) or
//! name the process and the thread (`jeprof.4711.12.i12.heap`, `Heap.20261128.101500.4711.0.001.heapprofile`).

mod marks;
mod moments;

use std::cmp::Ordering;

pub use marks::{is_deploy_pair, is_process_moment, sequence_step};
use marks::{quantity, sequence};
pub use moments::{DAY, DateOrder, Moment, MomentKind, NumericDate};
use moments::{moment_at, nanos, time_at};

/// Compares two names with runs of digits compared as numbers, so that `i2` comes before `i10`. Names that differ in
/// leading zeros alone are compared as text.
pub fn natural_cmp(one: &str, other: &str) -> Ordering {
    let (mut a, mut b) = (one, other);
    loop {
        let (digits_a, digits_b) = (leading_digits(a), leading_digits(b));
        if digits_a.is_empty() || digits_b.is_empty() {
            let (mut chars_a, mut chars_b) = (a.chars(), b.chars());
            match (chars_a.next(), chars_b.next()) {
                (None, None) => return one.cmp(other),
                (x, y) if x != y => return x.cmp(&y),
                _ => (a, b) = (chars_a.as_str(), chars_b.as_str()),
            }
            continue;
        }
        let (number_a, number_b) = (digits_a.trim_start_matches('0'), digits_b.trim_start_matches('0'));
        let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (&a[digits_a.len()..], &b[digits_b.len()..]);
    }
}

/// Addition to the name of an older file, made by logrotate or an editor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// None: the newest file.
    #[default]
    Newest,
    /// Number after an extension that profilers write no number after: `heap.pb.gz.1`. A higher number is older.
    Number(u32),
    /// Number after another extension: `jeprof.out.1`. It is a number of logrotate if there is a file without it, else a
    /// sequence number.
    NumberOrSequence(u32),
    /// Date: `heap.pb.gz-20261122`.
    Date(Moment),
    /// Backup: `heap.pb.gz.old`, or with its number `heap.pb.gz.~2~`. A higher number is newer.
    Backup(u32),
}

/// Splits off the addition to the name of an older file, which stands after a known file extension.
pub fn rotation(name: &str) -> (&str, Rotation) {
    rotated(name).unwrap_or((name, Rotation::Newest))
}

fn rotated(name: &str) -> Option<(&str, Rotation)> {
    if let Some(stem) = name.strip_suffix('~') {
        let (stem, number) = match stem.rsplit_once(".~") {
            Some((stem, number)) => (stem, short_number(number)?),
            None => (stem, 0),
        };
        return number_after(stem).map(|_| (stem, Rotation::Backup(number)));
    }
    let (before, last) = name.rsplit_once('.')?;
    if let Some((ending, date)) = last.split_once('-') {
        let stem = &name[..before.len() + 1 + ending.len()];
        return number_after(stem).and(whole_date(date)).map(|date| (stem, Rotation::Date(date)));
    }
    let kind = number_after(before)?;
    let rotation = match short_number(last) {
        _ if ["old", "bak", "orig", "backup", "prev"].contains(&last) => Rotation::Backup(0),
        Some(number) if kind == NumberAfter::Rotation => Rotation::Number(number),
        Some(number) => Rotation::NumberOrSequence(number),
        None => Rotation::Date(whole_date(last)?),
    };
    Some((before, rotation))
}

/// Meaning of a number after the file extension of a name; `None` if the extension is not known.
fn number_after(name: &str) -> Option<NumberAfter> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, number)| *number)
}

/// Number of at most four digits, which logrotate may have appended.
pub fn short_number(text: &str) -> Option<u32> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Date or time that a text consists of.
fn whole_date(text: &str) -> Option<Moment> {
    let whole = |(moment, length): (Moment, usize)| (length == text.len()).then_some(moment);
    let epoch = || text.parse().ok().and_then(Moment::from_epoch);
    moment_at(text, DateOrder::default()).and_then(whole).or_else(epoch)
}

/// File extensions that only profiles have, before those of compression.
const PROFILE_ENDINGS: [&str; 7] = ["pb", "pprof", "prof", "heap", "heapprofile", "folded", "collapsed"];

/// File extensions of compression, also of kinds that are not read.
const COMPRESSION_ENDINGS: [&str; 9] = ["gz", "zst", "xz", "bz2", "lz4", "lzma", "br", "zip", "7z"];

/// Returns true for a name that only a profile has, such as `heap-0003.pb.gz`.
pub fn has_profile_ending(path: &str) -> bool {
    let name = without_compression(rotation(path).0);
    name.rsplit_once('.').is_some_and(|(_, ending)| PROFILE_ENDINGS.contains(&ending))
}

fn without_compression(name: &str) -> &str {
    let stem = name.rsplit_once('.').filter(|(_, ending)| COMPRESSION_ENDINGS.contains(ending));
    stem.map_or(name, |(stem, _)| stem)
}

/// Path without digits and without the file extension of a compression: equal for the files of a numbered or dated
/// series.
pub fn without_numbers(path: &str) -> String {
    without_compression(path).chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

fn leading_digits(text: &str) -> &str {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

/// Part of a file name between separators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileNamePart {
    /// Word, such as `web` or a hash.
    Word(String),
    /// Number.
    Number {
        /// Value of the number.
        value: u64,
        /// True if the number follows a word without a separator, as in `i12`.
        is_suffix: bool,
    },
    /// Number with a unit of time or size, such as `30s`, `1h05m`, `20h05` or `100MiB`, or with a counted thing, such as
    /// `500reqs`.
    Quantity {
        /// Value in milliseconds, bytes or things.
        value: u64,
        /// The part as it is written.
        text: String,
    },
    /// Date, time or both.
    Moment(Moment),
}

impl FileNamePart {
    /// Value of a number, with or without a unit; `None` for a word.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Word(_) | Self::Moment(_) => None,
            Self::Number { value, .. } | Self::Quantity { value, .. } => Some(*value),
        }
    }
}

/// Content of a file name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileName {
    /// Words, numbers, dates and times in order of appearance, without file extensions. Letters directly before a number
    /// are a word of their own.
    pub parts: Vec<FileNamePart>,
    /// Addition to the name of an older file.
    pub rotation: Rotation,
    /// Process id; `None` unless the name has a known form with a process id.
    pub process: Option<u64>,
    /// Thread id; `None` unless the name has a known form with a thread id.
    pub thread: Option<u64>,
}

/// Meaning of a number after a file extension, as in `heap.pb.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumberAfter {
    /// Logrotate appended it: no profiler does.
    Rotation,
    /// Logrotate appended it, or a profiler that numbers its files.
    Either,
}

/// File extensions of profiles and of compression, which do not identify an instance.
const ENDINGS: [(&str, NumberAfter); 16] = [
    ("gz", NumberAfter::Rotation),
    ("zst", NumberAfter::Rotation),
    ("pb", NumberAfter::Rotation),
    ("pprof", NumberAfter::Rotation),
    ("prof", NumberAfter::Rotation),
    ("heap", NumberAfter::Either),
    ("heapprofile", NumberAfter::Either),
    ("out", NumberAfter::Either),
    ("txt", NumberAfter::Either),
    ("json", NumberAfter::Either),
    ("folded", NumberAfter::Either),
    ("collapsed", NumberAfter::Either),
    ("dump", NumberAfter::Either),
    ("hprof", NumberAfter::Either),
    ("data", NumberAfter::Either),
    ("bin", NumberAfter::Either),
];

impl FileName {
    /// Parses the last component of a path.
    pub fn parse(path: &str) -> Self {
        Self::parse_with(path, DateOrder::default())
    }

    /// Parses the last component of a path, with this order of day and month where the name leaves it open.
    pub fn parse_with(path: &str, order: DateOrder) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        if let Some(found) = v8(name) {
            return found;
        }
        let (stem, rotation) = without_endings(name);
        let mut found = Self { parts: parts(stem, order), rotation, ..Self::default() };
        found.process = found.jemalloc_process();
        if found.moment().is_none() {
            found.take_epoch();
        }
        found
    }

    /// First moment with a date and a time.
    fn moment(&self) -> Option<Moment> {
        let of_rotation = match self.rotation {
            Rotation::Date(moment) => Some(moment),
            _ => None,
        };
        self.moments().chain(of_rotation).find(|moment| moment.time().is_some())
    }

    /// Dates and times in order of appearance, without that of a rotation.
    pub fn moments(&self) -> impl Iterator<Item = Moment> + '_ {
        self.parts.iter().filter_map(|part| match part {
            FileNamePart::Moment(moment) => Some(*moment),
            _ => None,
        })
    }

    /// Time in the name, in nanoseconds since 1970; `None` if there is none. Times without a zone are taken as UTC.
    pub fn time(&self) -> Option<i64> {
        self.moment()?.time()
    }

    /// Returns true if the time in the name has no zone.
    pub fn has_local_time(&self) -> bool {
        self.moment().is_some_and(|moment| moment.kind == MomentKind::LocalTime)
    }

    /// Count of the numbers before the first date or time; 0 without one. These are not sequence numbers.
    pub fn numbers_before_time(&self) -> usize {
        let is_moment = |part: &FileNamePart| matches!(part, FileNamePart::Moment(_));
        let first = self.parts.iter().position(is_moment).unwrap_or(0);
        self.parts[..first].iter().filter(|part| part.number().is_some()).count()
    }

    /// Returns true if the name has a number, a date or a time.
    pub fn has_number(&self) -> bool {
        let has_number = |part: &FileNamePart| match part {
            FileNamePart::Word(_) => false,
            FileNamePart::Moment(moment) => moment.kind != MomentKind::Weekday,
            FileNamePart::Number { .. } | FileNamePart::Quantity { .. } => true,
        };
        self.rotation != Rotation::Newest || self.parts.iter().any(has_number)
    }

    /// Returns true if the name has a number, a date, a time, a day of the week, or a word such as `first`.
    pub fn has_order(&self) -> bool {
        self.rotation != Rotation::Newest
            || self.parts.iter().any(|part| match part {
                FileNamePart::Word(word) => sequence(word).is_some(),
                _ => true,
            })
    }

    /// Prepends the path of the file's folder in an archive. Numbers in the path become words, since folders name
    /// instances more often than positions in a series. Dates and times are left out.
    #[must_use]
    pub fn in_folder(self, folder: &str) -> Self {
        let mut words = Vec::new();
        for name in folder.split(['/', '\\']).filter(|name| !name.is_empty()) {
            let found = Self::parse(name);
            words.extend(found.parts.into_iter().filter_map(|part| match part {
                FileNamePart::Word(word) => Some(FileNamePart::Word(word)),
                FileNamePart::Number { value, .. } => Some(FileNamePart::Word(value.to_string())),
                FileNamePart::Quantity { text, .. } => Some(FileNamePart::Word(text)),
                FileNamePart::Moment(_) => None,
            }));
        }
        words.extend(self.parts);
        Self { parts: words, ..self }
    }

    /// Words joined by `-`, numbers left out.
    pub fn words(&self) -> String {
        let words = self.parts.iter().filter_map(|part| match part {
            FileNamePart::Word(word) => Some(word.as_str()),
            FileNamePart::Number { .. } | FileNamePart::Quantity { .. } | FileNamePart::Moment(_) => None,
        });
        words.collect::<Vec<_>>().join("-")
    }

    /// Process id of jemalloc's `<prefix>.<pid>.<seq>.<i|u|m|f><number>`.
    fn jemalloc_process(&self) -> Option<u64> {
        use FileNamePart::{Number, Word};
        match self.parts.as_slice() {
            [.., Number { value, .. }, Number { .. }, Word(kind), Number { is_suffix: true, .. }]
                if matches!(kind.as_str(), "i" | "u" | "m") =>
            {
                Some(*value)
            }
            [.., Number { value, .. }, Number { .. }, Word(kind)] if kind == "f" => Some(*value),
            _ => None,
        }
    }

    /// Takes the first number that counts seconds, milliseconds, microseconds or nanoseconds since 1970 as the time.
    fn take_epoch(&mut self) {
        for part in &mut self.parts {
            if let FileNamePart::Number { value, .. } = part
                && let Some(moment) = Moment::from_epoch(*value)
            {
                *part = FileNamePart::Moment(moment);
                return;
            }
        }
    }
}

/// Words, numbers, dates and times of a text.
fn parts(text: &str, order: DateOrder) -> Vec<FileNamePart> {
    let is_separator = |letter: char| !letter.is_alphanumeric();
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_separator);
    while !rest.is_empty() {
        let letters = rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len());
        // Numbers in a row are an address or a version: `10.20.30.40`.
        let is_in_row = matches!(parts.last(), Some(FileNamePart::Number { .. }));
        let moment = moment_at(rest, order).filter(|found| !is_in_row || found.0.kind != MomentKind::TimeOfDay);
        let length = if let Some((moment, length)) = moment {
            parts.push(FileNamePart::Moment(moment));
            length
        } else if let Some((moment, length)) = time_at(&rest[letters..]) {
            parts.extend([FileNamePart::Word(rest[..letters].to_owned()), FileNamePart::Moment(moment)]);
            letters + length
        } else {
            let end = rest.find(is_separator).unwrap_or(rest.len());
            push_word(&mut parts, &rest[..end]);
            end
        };
        rest = rest[length..].trim_start_matches(is_separator);
    }
    with_weekdays(parts)
}

/// Takes a day of the week for a moment where it is the last word or before a time, and drops it before a date. Elsewhere
/// it is a name: `ceph-mon-1`.
fn with_weekdays(mut parts: Vec<FileNamePart>) -> Vec<FileNamePart> {
    let mut taken: Vec<FileNamePart> = Vec::with_capacity(parts.len());
    while let Some(part) = parts.pop() {
        let weekday = match &part {
            FileNamePart::Word(word) => Moment::from_weekday(word),
            _ => None,
        };
        taken.push(match (weekday, taken.last()) {
            (Some(weekday), None | Some(FileNamePart::Quantity { .. })) => FileNamePart::Moment(weekday),
            (Some(weekday), Some(FileNamePart::Moment(next))) if next.kind == MomentKind::TimeOfDay => {
                FileNamePart::Moment(weekday)
            }
            (Some(_), Some(FileNamePart::Moment(_))) => continue,
            _ => part,
        });
    }
    taken.reverse();
    taken
}

/// Splits a word into letters and the number at its end. A word with letters after digits, such as a hash, stays whole
/// unless the letters are units.
fn push_word(parts: &mut Vec<FileNamePart>, word: &str) {
    if let Some(value) = quantity(word) {
        parts.push(FileNamePart::Quantity { value, text: word.to_owned() });
        return;
    }
    // An elapsed time, such as `t5m`.
    if let Some(elapsed) = word.strip_prefix(['t', 'T'])
        && let Some(value) = quantity(elapsed)
    {
        parts.push(FileNamePart::Word(word[..1].to_owned()));
        parts.push(FileNamePart::Quantity { value, text: elapsed.to_owned() });
        return;
    }
    let letters = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = &word[letters.len()..];
    match digits.parse::<u64>() {
        Ok(number) if letters.chars().all(char::is_alphabetic) => {
            if !letters.is_empty() {
                parts.push(FileNamePart::Word(letters.to_owned()));
            }
            parts.push(FileNamePart::Number { value: number, is_suffix: !letters.is_empty() });
        }
        _ => parts.push(FileNamePart::Word(word.to_owned())),
    }
}

/// Splits a name into what is before its file extensions and the addition of an older file, which may be compressed:
/// `heap.pb.2.gz`.
fn without_endings(name: &str) -> (&str, Rotation) {
    let (mut stem, mut found) = (name, Rotation::Newest);
    loop {
        if found == Rotation::Newest {
            (stem, found) = rotation(stem);
        }
        match stem.rsplit_once('.') {
            Some((rest, _)) if !rest.is_empty() && number_after(stem).is_some() => stem = rest,
            _ => return (stem, found),
        }
    }
}

/// Parses a name as V8 writes it: `Heap.DATE.TIME.PID.TID.SEQUENCE.heapprofile`.
fn v8(name: &str) -> Option<FileName> {
    let fields: Vec<&str> = name.strip_suffix(".heapprofile")?.split('.').collect();
    let [kind, date, time, process, thread, sequence] = fields.as_slice() else { return None };
    let (date, time) = (digits(date, 8)?, digits(time, 6)?);
    let civil = [date / 10_000, date / 100 % 100, date % 100, time / 10_000, time / 100 % 100, time % 100];
    Some(FileName {
        parts: vec![
            FileNamePart::Word((*kind).to_owned()),
            FileNamePart::Moment(Moment::new(MomentKind::LocalTime, nanos(civil)?)),
            FileNamePart::Number { value: sequence.parse().ok()?, is_suffix: false },
        ],
        process: Some(process.parse().ok()?),
        thread: Some(thread.parse().ok()?),
        ..FileName::default()
    })
}

/// Value of exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nanoseconds per second.
    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn names_that_only_profiles_have_end_in_their_extensions() {
        for name in ["heap-3.pb.gz", "d/a.pprof", "jeprof.1.0.i0.heap", "x.folded.zst", "heap.pb.gz.1", "cpu.prof"] {
            assert!(has_profile_ending(name), "{name}");
        }
        for name in ["heap-2.pb.xz", "heap.folded.bz2", "heap.pprof.7z", "heap.pb.lz4"] {
            assert!(has_profile_ending(name), "{name}");
        }
        for name in ["README.txt", "heap", "notes.gz", "pb.gz", "a.json", "heap.md", "notes.xz"] {
            assert!(!has_profile_ending(name), "{name}");
        }
        assert_eq!(without_numbers("d/heap-003.txt"), without_numbers("d/heap-12.txt"));
        assert_eq!(without_numbers("d/heap-003.gz"), without_numbers("d/heap-12.xz"));
        assert_ne!(without_numbers("d/heap-003.txt"), without_numbers("d/README.txt"));
    }

    #[test]
    fn numbers_are_compared_by_value() {
        let mut names = ["i10", "i2", "i1", "i02", "a", "i2b"];
        names.sort_by(|one, other| natural_cmp(one, other));
        assert_eq!(names, ["a", "i1", "i02", "i2", "i2b", "i10"]);
        assert_eq!(natural_cmp("x99999999999999999999999", "x100000000000000000000000"), Ordering::Less);
        assert_eq!(natural_cmp("ä2", "ä10"), Ordering::Less);
    }

    #[test]
    fn rotated_files_are_of_one_instance() {
        for (ending, _) in ENDINGS {
            for added in
                ["", ".1", ".12", "-20261122", ".20261122", ".old", ".bak", "~", ".~1~", "-2026-11-22", ".1.gz"]
            {
                let name = format!("web-a.{ending}{added}");
                assert_eq!(FileName::parse(&name).words(), "web-a", "{name}");
            }
        }
        assert_eq!(FileName::parse("heap.pb.gz.3").rotation, Rotation::Number(3));
        assert_eq!(FileName::parse("jeprof.out.3").rotation, Rotation::NumberOrSequence(3));
        assert_eq!(FileName::parse("jeprof.4711.12.i12.heap").process, Some(4711));
        assert_eq!(FileName::parse("heap.4711").rotation, Rotation::Newest);
    }

    fn time(path: &str) -> Option<i64> {
        FileName::parse(path).time().map(|time| time / SECOND)
    }

    #[test]
    fn times_are_read_in_the_usual_forms() {
        let quarter_past_ten = Some(1_795_860_900);
        for name in [
            "heap-2026-11-28T10:15:00Z.pb.gz",
            "heap.20261128-101500.pb.gz",
            "heap_20261128T101500Z",
            "heap-2026-11-28_10-15-00.pprof",
            "2026-11-28 10.15.00.heap",
            "memprof.2026-11-28T10_15_00.842.33578520",
            "heap-2026-11-28T10:15.pb.gz",
            "heap-1795860900.pb.gz",
            "heap-1795860900000.pb.gz",
        ] {
            assert_eq!(time(name), quarter_past_ten, "{name}");
        }
        for name in ["heap-0007.pb.gz", "web-20-30.pb.gz", "heap-2026.pb", "x-2026-13-40T10:15:00", "日本-2026-11-2"]
        {
            assert_eq!(time(name), None, "{name}");
        }
    }

    #[test]
    fn processes_and_threads_stand_in_the_names_of_some_tools() {
        let jemalloc = FileName::parse("/tmp/jeprof.4711.12.i12.heap");
        assert_eq!((jemalloc.process, jemalloc.thread), (Some(4711), None));
        assert_eq!(FileName::parse("jeprof.4711.12.f.heap").process, Some(4711));
        let v8 = FileName::parse("Heap.20261128.101500.4711.2.003.heapprofile");
        assert_eq!((v8.process, v8.thread, v8.time().is_some()), (Some(4711), Some(2), true));
        assert_eq!(FileName::parse("web-3.pb.gz").process, None);
    }

    #[test]
    fn words_are_what_a_name_holds_beside_numbers_and_times() {
        let words = |path: &str| FileName::parse(path).words();
        assert_eq!(words("web-a-3.pb.gz"), "web-a");
        assert_eq!(words("web-6fd7-a.pb.gz"), "web-6fd7-a");
        assert_eq!(words("memprof.2020-08-08T16_12_12.743.32254272"), "memprof");
        assert_eq!(words("p.1.pprof"), "p");
        assert_eq!(words("000.pb.gz"), "");
        for name in ["heap-1m", "heap-45min", "heap_20h05m00s", "heap-20h05", "heap-05May2026-2000", "heap-100MiB"] {
            assert_eq!(words(&format!("{name}.pb.gz")), "heap", "{name}");
        }
        for name in [
            "heap-28.11.2026",
            "heap-11-29-2026",
            "heap-Nov-29",
            "heap-Sun Nov 22 23:30:00 UTC 2026",
            "heap-2026-11-22-9am",
            "heap 2026-11-22 at 9.05.01 AM",
            "heap-fri",
            "heap-10-15-00",
            "heap-2026-11-22T23:30:00+01:00",
            "heap-10k",
            "heap-500reqs",
        ] {
            assert_eq!(words(&format!("{name}.pb.gz")), "heap", "{name}");
        }
        assert_eq!([words("t5m.pb"), words("t0.pb"), words("ceph-mon-1.pb")], ["t", "t", "ceph-mon"]);
        assert_eq!(FileName::parse("heap-10.20.30.40.pb").moments().count(), 0);
        for name in ["pod-7f9c4d-x2x1k", "web-1a", "us-east-1d", "may-a"] {
            assert_eq!(words(&format!("{name}.pb.gz")), name);
        }
    }

    #[test]
    fn folders_name_instances_and_moments() {
        let words = |folder: &str| FileName::parse("heap-3.pb.gz").in_folder(folder).words();
        assert_eq!([words(""), words("pod-a"), words("web-0/eu")], ["heap", "pod-a-heap", "web-0-eu-heap"]);
        assert_eq!(words("2026-11-28T10:15"), "heap");
    }
}
