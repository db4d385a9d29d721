//! Names of snapshot files: their natural order, and the times, numbers and process ids in them.
//!
//! Tools that write profiles number them (`heap-0007.pb.gz`), stamp them with a time (`memprof.2026-11-28T10_15_00`) or
//! name the process and the thread (`jeprof.4711.12.i12.heap`, `Heap.20261128.101500.4711.0.001.heapprofile`).

mod marks;

use std::cmp::Ordering;

use marks::{date_length, quantity};

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

/// Compares two file names of a directory in natural order. Of files rotated by logrotate, the older comes first.
pub fn directory_cmp(one: &str, other: &str) -> Ordering {
    let ((a, older_a), (b, older_b)) = (rotation(one), rotation(other));
    natural_cmp(a, b).then_with(|| older_b.cmp(&older_a))
}

/// Splits off the number that logrotate appends to older files (`heap.pb.gz.1`); the number is 0 if there is none.
fn rotation(name: &str) -> (&str, u32) {
    let rotated = name.rsplit_once('.').and_then(|(stem, number)| {
        let (_, ending) = stem.rsplit_once('.')?;
        let is_number = (1..=4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse().ok().filter(|_| is_number && ROTATED.contains(&ending))?;
        Some((stem, number))
    });
    rotated.unwrap_or((name, 0))
}

/// File extensions after which a number was appended by logrotate. After other extensions, profilers write sequence
/// numbers.
const ROTATED: [&str; 5] = ["gz", "zst", "pb", "pprof", "prof"];

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
    /// Number with a unit of time or size, or a time of day, such as `30s`, `1h05m`, `20h05` or `100MiB`.
    Quantity {
        /// Value in milliseconds or bytes.
        value: u64,
        /// The part as it is written.
        text: String,
    },
}

impl FileNamePart {
    /// Value of a number, with or without a unit; `None` for a word.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Word(_) => None,
            Self::Number { value, .. } | Self::Quantity { value, .. } => Some(*value),
        }
    }
}

/// Content of a file name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileName {
    /// Words and numbers in order of appearance, without times, dates and file extensions. Letters directly before a
    /// number are a word of their own.
    pub parts: Vec<FileNamePart>,
    /// Time in the name, in nanoseconds since 1970; `None` if there is none. Times without a zone are taken as UTC.
    pub time: Option<i64>,
    /// Count of the numbers before the time or the date; 0 without one. These are not sequence numbers.
    pub numbers_before_time: usize,
    /// Process id; `None` unless the name has a known form with a process id.
    pub process: Option<u64>,
    /// Thread id; `None` unless the name has a known form with a thread id.
    pub thread: Option<u64>,
}

/// File extensions of profiles and of compression, which do not identify an instance.
const ENDINGS: [&str; 16] = [
    "gz",
    "zst",
    "pb",
    "pprof",
    "prof",
    "heap",
    "heapprofile",
    "out",
    "txt",
    "json",
    "folded",
    "collapsed",
    "dump",
    "hprof",
    "data",
    "bin",
];

/// Nanoseconds per second.
const SECOND: i64 = 1_000_000_000;

impl FileName {
    /// Parses the last component of a path.
    pub fn parse(path: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        if let Some(found) = v8(name) {
            return found;
        }
        let stem = without_endings(name);
        let (before, after, time) = take_time(stem);
        let (before, after, is_dated) = match time {
            Some(_) => (before, after, true),
            None => take_date(stem),
        };
        let mut parts = parts(before);
        let numbers_before_time = if is_dated { count_numbers(&parts) } else { 0 };
        parts.extend(self::parts(after));
        let mut found = Self { parts, time, numbers_before_time, ..Self::default() };
        if let Some(process) = found.jemalloc_process() {
            found.process = Some(process);
        }
        if found.time.is_none() {
            found.take_epoch();
        }
        found
    }

    /// Prepends the path of the file's folder in an archive. Numbers in the path become words, since folders name
    /// instances more often than positions in a series. A time in the path is used if the file name has none.
    #[must_use]
    pub fn in_folder(self, folder: &str) -> Self {
        let (mut words, mut time) = (Vec::new(), None);
        for name in folder.split(['/', '\\']).filter(|name| !name.is_empty()) {
            let found = Self::parse(name);
            time = time.or(found.time);
            words.extend(found.parts.into_iter().map(|part| match part {
                FileNamePart::Word(word) => FileNamePart::Word(word),
                FileNamePart::Number { value, .. } => FileNamePart::Word(value.to_string()),
                FileNamePart::Quantity { text, .. } => FileNamePart::Word(text),
            }));
        }
        words.extend(self.parts);
        Self { parts: words, time: self.time.or(time), ..self }
    }

    /// Words joined by `-`, numbers left out.
    pub fn words(&self) -> String {
        let words = self.parts.iter().filter_map(|part| match part {
            FileNamePart::Word(word) => Some(word.as_str()),
            FileNamePart::Number { .. } | FileNamePart::Quantity { .. } => None,
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
        let epoch_of = |part: &FileNamePart| match part {
            FileNamePart::Number { value, .. } => epoch(*value),
            FileNamePart::Word(_) | FileNamePart::Quantity { .. } => None,
        };
        if let Some(at) = self.parts.iter().position(|part| epoch_of(part).is_some()) {
            self.numbers_before_time = count_numbers(&self.parts[..at]);
            self.time = epoch_of(&self.parts.remove(at));
        }
    }
}

/// Words and numbers of a text.
fn parts(text: &str) -> Vec<FileNamePart> {
    let mut parts = Vec::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        push_word(&mut parts, word);
    }
    parts
}

fn count_numbers(parts: &[FileNamePart]) -> usize {
    parts.iter().filter(|part| part.number().is_some()).count()
}

/// Splits a word into letters and the number at its end. A word with letters after digits, such as a hash, stays whole
/// unless the letters are units.
fn push_word(parts: &mut Vec<FileNamePart>, word: &str) {
    if let Some(value) = quantity(word) {
        parts.push(FileNamePart::Quantity { value, text: word.to_owned() });
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

fn without_endings(name: &str) -> &str {
    let (mut stem, _) = rotation(name);
    while let Some((rest, ending)) = stem.rsplit_once('.')
        && !rest.is_empty()
        && ENDINGS.contains(&ending)
    {
        stem = rest;
    }
    stem
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
            FileNamePart::Number { value: sequence.parse().ok()?, is_suffix: false },
        ],
        time: nanos(civil),
        numbers_before_time: 0,
        process: Some(process.parse().ok()?),
        thread: Some(thread.parse().ok()?),
    })
}

/// Value of exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Takes the first date with a time out of a name: `2026-11-28T10:15:00.123Z`, `20261128-101500`,
/// `2026-11-28_10_15`. Returns what is before and after it.
fn take_time(stem: &str) -> (&str, &str, Option<i64>) {
    for start in stem.char_indices().map(|(at, _)| at) {
        let is_start = stem[..start].chars().next_back().is_none_or(|before| !before.is_ascii_digit());
        if !is_start {
            continue;
        }
        if let Some((time, length)) = time_at(&stem[start..]) {
            return (&stem[..start], &stem[start + length..], Some(time));
        }
    }
    (stem, "", None)
}

/// Takes the first date without a time out of a name. Returns what is before and after it, and true if there is one.
fn take_date(stem: &str) -> (&str, &str, bool) {
    let is_start = |at: usize| stem[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
    let mut starts = stem.char_indices().map(|(at, _)| at).filter(|at| is_start(*at));
    let found = starts.find_map(|at| date_length(&stem[at..]).map(|length| (at, at + length)));
    found.map_or((stem, "", false), |(from, to)| (&stem[..from], &stem[to..], true))
}

/// Time at the beginning of a text and its length in bytes.
fn time_at(text: &str) -> Option<(i64, usize)> {
    let mut cursor = TextCursor { text, at: 0 };
    let year = cursor.digits(4)?;
    if !(1990..2200).contains(&year) {
        return None;
    }
    cursor.skip("-_.");
    let month = cursor.digits(2)?;
    cursor.skip("-_.");
    let day = cursor.digits(2)?;
    cursor.skip("T-_. ");
    let hour = cursor.digits(2)?;
    cursor.skip("-_.:h");
    let minute = cursor.digits(2)?;
    let before_seconds = cursor.at;
    cursor.skip("-_.:m");
    let second = cursor.digits(2).unwrap_or_else(|| {
        cursor.at = before_seconds;
        0
    });
    let mut time = nanos([year, month, day, hour, minute, second])?;
    time = time.saturating_add(cursor.fraction());
    if cursor.rest().starts_with('Z') {
        cursor.at += 1;
    }
    let is_end = cursor.rest().chars().next().is_none_or(|after| !after.is_ascii_digit());
    is_end.then_some((time, cursor.at))
}

/// Cursor over a text.
struct TextCursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> TextCursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Value of the next `count` digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.rest().get(..count).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        self.at += count;
        digits.parse().ok()
    }

    /// Skips one of the separators, if the text has one here.
    fn skip(&mut self, separators: &str) {
        if self.rest().starts_with(|letter| separators.contains(letter)) {
            self.at += 1;
        }
    }

    /// Reads a fraction of a second (`.123`) and returns its nanoseconds; 0 if there is none.
    fn fraction(&mut self) -> i64 {
        let Some(rest) = self.rest().strip_prefix('.') else { return 0 };
        let digits = leading_digits(rest);
        let Some(value) = digits.parse::<i64>().ok().filter(|_| matches!(digits.len(), 1..=3 | 6 | 9)) else {
            return 0;
        };
        self.at += 1 + digits.len();
        value * 10_i64.pow(9 - digits.len() as u32)
    }
}

/// Converts year, month, day, hour, minute and second in UTC to nanoseconds since 1970; `None` if there is no such
/// time.
fn nanos([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let is_valid = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    if !is_valid {
        return None;
    }
    // Days from the civil calendar, counted in eras of 400 years that begin in March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, month) = (shifted.div_euclid(400), (month + 9) % 12);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    days.checked_mul(86_400)?.checked_add(hour * 3600 + minute * 60 + second)?.checked_mul(SECOND)
}

/// Converts a number of seconds, milliseconds, microseconds or nanoseconds since 1970 to nanoseconds; `None` outside of
/// the years 2001 to 2100.
fn epoch(number: u64) -> Option<i64> {
    let factor = match number {
        1_000_000_000..4_102_444_800 => SECOND,
        1_000_000_000_000..4_102_444_800_000 => 1_000_000,
        1_000_000_000_000_000..4_102_444_800_000_000 => 1_000,
        1_000_000_000_000_000_000..4_102_444_800_000_000_000 => 1,
        _ => return None,
    };
    i64::try_from(number).ok()?.checked_mul(factor)
}

/// Returns true if two instance names differ only in one pair of words that marks the states before and after a deploy,
/// such as `old` and `new`, or `v1` and `v2`.
pub fn is_deploy_pair(before: &str, after: &str) -> bool {
    const PAIRS: [(&str, &str); 8] = [
        ("before", "after"),
        ("old", "new"),
        ("base", "head"),
        ("baseline", "current"),
        ("prev", "next"),
        ("previous", "current"),
        ("stable", "canary"),
        ("main", "branch"),
    ];
    let words = |text: &str| text.split('-').map(str::to_ascii_lowercase).collect::<Vec<_>>();
    let (before, after) = (words(before), words(after));
    let differing: Vec<_> = before.iter().zip(&after).filter(|(one, other)| one != other).collect();
    let version = |word: &str| word.strip_prefix('v')?.parse::<u32>().ok();
    let is_version = |one: &str, other: &str| version(one).zip(version(other)).is_some_and(|(one, other)| one < other);
    before.len() == after.len()
        && matches!(differing.as_slice(), [(one, other)]
            if PAIRS.contains(&(one.as_str(), other.as_str())) || is_version(one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn rotated_files_are_older_the_higher_their_number() {
        let mut names = ["heap.pb.gz", "heap.pb.gz.2", "heap.pb.gz.10", "cpu.pb.gz", "heap.pb.gz.1"];
        names.sort_by(|one, other| directory_cmp(one, other));
        assert_eq!(names, ["cpu.pb.gz", "heap.pb.gz.10", "heap.pb.gz.2", "heap.pb.gz.1", "heap.pb.gz"]);
        assert_eq!(FileName::parse("heap.pb.gz.3").words(), "heap");
        assert_eq!(FileName::parse("jeprof.4711.12.i12.heap").process, Some(4711));
    }

    fn time(path: &str) -> Option<i64> {
        FileName::parse(path).time.map(|time| time / SECOND)
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
        assert_eq!((v8.process, v8.thread, v8.time.is_some()), (Some(4711), Some(2), true));
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
        for name in ["pod-7f9c4d-x2x1k", "web-1a", "us-east-1d", "may-a"] {
            assert_eq!(words(&format!("{name}.pb.gz")), name);
        }
    }

    #[test]
    fn folders_name_instances_and_moments() {
        let words = |folder: &str| FileName::parse("heap-3.pb.gz").in_folder(folder).words();
        assert_eq!([words(""), words("pod-a"), words("web-0/eu")], ["heap", "pod-a-heap", "web-0-eu-heap"]);
        let dated = FileName::parse("heap.pb.gz").in_folder("2026-11-28T10:15");
        assert_eq!((dated.words(), dated.time.map(|time| time / SECOND)), ("heap".to_owned(), Some(1_795_860_900)));
    }

    #[test]
    fn a_deploy_is_told_by_a_pair_of_words() {
        assert!(is_deploy_pair("heap-before", "heap-after") && is_deploy_pair("old", "new"));
        assert!(is_deploy_pair("app-v1", "app-v2") && !is_deploy_pair("app-v2", "app-v1"));
        assert!(!is_deploy_pair("web-a", "web-b") && !is_deploy_pair("after", "before"));
    }
}
