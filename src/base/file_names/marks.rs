//! Elapsed times, sizes, counts and words of a sequence in the names of files.

/// Units of a quantity, each with its spellings and its milliseconds or bytes. A letter that zones end in, as in
/// `us-east-1d`, is no unit.
const UNITS: [(&[&str], UnitKind, u64); 11] = [
    (&["day", "days"], UnitKind::Time, 86_400_000),
    (&["h", "hr", "hrs", "hour", "hours"], UnitKind::Time, 3_600_000),
    (&["m", "min", "mins", "minute", "minutes"], UnitKind::Time, 60_000),
    (&["s", "sec", "secs", "second", "seconds"], UnitKind::Time, 1000),
    (&["ms"], UnitKind::Time, 1),
    (&["TiB", "tib", "TB", "tb"], UnitKind::Amount, 1 << 40),
    (&["GiB", "gib", "GB", "gb", "G"], UnitKind::Amount, 1 << 30),
    (&["MiB", "mib", "MB", "mb", "M"], UnitKind::Amount, 1 << 20),
    (&["KiB", "kib", "KB", "kB", "kb", "K", "k"], UnitKind::Amount, 1 << 10),
    (&["bytes"], UnitKind::Amount, 1),
    (&COUNTED, UnitKind::Amount, 1),
];

/// Things that load tests count.
const COUNTED: [&str; 24] = [
    "req",
    "reqs",
    "request",
    "requests",
    "rps",
    "qps",
    "user",
    "users",
    "client",
    "clients",
    "conn",
    "conns",
    "connections",
    "iter",
    "iters",
    "iterations",
    "loops",
    "op",
    "ops",
    "runs",
    "rounds",
    "items",
    "rows",
    "pct",
];

/// Kind of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnitKind {
    Time,
    Amount,
}

/// Value of a word that is a number with a unit, in milliseconds, bytes or things; `None` for other words. An elapsed
/// time may have several units, the largest first, and its last number none: `1h05m`, `20h05`. `9am` is a time of day.
pub(super) fn quantity(word: &str) -> Option<u64> {
    if let Some(hour) = hour_of_day(word) {
        return Some(hour);
    }
    let (mut rest, mut sum, mut least) = (word, 0_u64, None::<u64>);
    while !rest.is_empty() {
        let (number, after) = leading(rest, |letter| letter.is_ascii_digit());
        let (name, after) = leading(after, char::is_alphabetic);
        let number: u64 = number.parse().ok()?;
        let unit = UNITS.iter().find(|(names, ..)| names.contains(&name));
        let factor = match (unit, least) {
            (Some((_, UnitKind::Amount, factor)), None) if after.is_empty() => *factor,
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

/// Time of day without minutes, such as `9am`, in milliseconds since midnight.
fn hour_of_day(word: &str) -> Option<u64> {
    let (number, half) = leading(word, |letter| letter.is_ascii_digit());
    let hour: u64 = number.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    match half {
        "am" | "AM" => Some(hour % 12 * 3_600_000),
        "pm" | "PM" => Some((hour % 12 + 12) * 3_600_000),
        _ => None,
    }
}

/// Kind of words that have an order in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SequenceKind {
    /// Moments in the life of a process, which tell no processes apart.
    Process,
    /// States before and after a deploy.
    Deploy,
}

/// Words that have an order in time: the early, the middle and the late ones.
const SEQUENCES: [(SequenceKind, [&[&str]; 3]); 8] = [
    (
        SequenceKind::Process,
        [&["start", "begin", "first", "initial"], &["middle", "mid", "peak"], &["end", "last", "final"]],
    ),
    (SequenceKind::Deploy, [&["before"], &["during"], &["after"]]),
    (SequenceKind::Deploy, [&["old"], &[], &["new"]]),
    (SequenceKind::Deploy, [&["base"], &[], &["head"]]),
    (SequenceKind::Deploy, [&["baseline", "previous"], &[], &["current"]]),
    (SequenceKind::Deploy, [&["prev"], &[], &["next"]]),
    (SequenceKind::Deploy, [&["stable"], &[], &["canary"]]),
    (SequenceKind::Deploy, [&["main"], &[], &["branch"]]),
];

/// Kind of a word that has an order in time, and 0, 1 or 2 for an early, middle or late one; `None` for other words.
pub(super) fn sequence(word: &str) -> Option<(SequenceKind, usize)> {
    let of = |(kind, steps): &(SequenceKind, [&[&str]; 3])| {
        let step = steps.iter().position(|words| words.iter().any(|known| known.eq_ignore_ascii_case(word)))?;
        Some((*kind, step))
    };
    SEQUENCES.iter().find_map(of)
}

/// Returns true if two words mark the states before and after a deploy.
fn is_deploy(before: &str, after: &str) -> bool {
    let is_in = |words: &[&str], word: &str| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    SEQUENCES
        .iter()
        .any(|(kind, [early, _, late])| *kind == SequenceKind::Deploy && is_in(early, before) && is_in(late, after))
}

/// Splits a text after its leading characters of a kind.
fn leading(text: &str, is_of_kind: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|letter| !is_of_kind(letter)).unwrap_or(text.len()))
}

/// Place of a word in a sequence: 0 for words such as `before`, 2 for words such as `after`, 1 for all others.
pub fn sequence_step(word: &str) -> usize {
    sequence(word).map_or(1, |(_, step)| step)
}

/// Returns true for a word that marks a moment in the life of a process, such as `start` or `peak`.
pub fn is_process_moment(word: &str) -> bool {
    sequence(word).is_some_and(|(kind, _)| kind == SequenceKind::Process)
}

/// Returns true if two instance names differ only in one pair of words that marks the states before and after a deploy,
/// such as `old` and `new`, or `v1` and `v2`.
pub fn is_deploy_pair(before: &str, after: &str) -> bool {
    let words = |text: &str| text.split('-').count();
    let pairs = before.split('-').zip(after.split('-'));
    let mut differing = pairs.filter(|(one, other)| !one.eq_ignore_ascii_case(other));
    let version = |word: &str| word.strip_prefix(['v', 'V'])?.parse::<u32>().ok();
    let is_version = |one: &str, other: &str| version(one).zip(version(other)).is_some_and(|(one, other)| one < other);
    words(before) == words(after)
        && matches!((differing.next(), differing.next()), (Some((one, other)), None)
            if is_deploy(one, other) || is_version(one, other))
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
            ("10k", 10 << 10),
            ("500reqs", 500),
            ("12am", 0),
            ("9pm", 21 * 3600 * SECOND),
        ] {
            assert_eq!(quantity(word), Some(value), "{word}");
        }
        for word in [
            "7f9c4d",
            "x2x1k",
            "1a",
            "1d",
            "m",
            "5",
            "5m1h",
            "1MiB2",
            "v2",
            "1h5x",
            "13pm",
            "99999999999999999999s",
            "",
        ] {
            assert_eq!(quantity(word), None, "{word}");
        }
    }

    #[test]
    fn a_deploy_is_told_by_a_pair_of_words() {
        assert!(is_deploy_pair("heap-before", "heap-after") && is_deploy_pair("old", "new"));
        assert!(is_deploy_pair("app-v1", "app-v2") && !is_deploy_pair("app-v2", "app-v1"));
        assert!(!is_deploy_pair("web-a", "web-b") && !is_deploy_pair("after", "before"));
    }
}
