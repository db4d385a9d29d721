//! Damage to files, such as a disk, a network or an editor may cause, and the number of damaged files to test.
//!
//! Every run tests some hundreds. `HEAPGLASS_FUZZ_RUNS` requests more, as in `HEAPGLASS_FUZZ_RUNS=10000000 cargo test
//! --profile fuzz --test main fuzz::profiles`; then a run that takes a second fails too, and without a request one that
//! takes half a minute. A failure is reduced and printed, to be added as a test of its own.

use std::time::{Duration, Instant};

use prop::sample::Index;
use proptest::prelude::*;

/// Maximum time of a run, if many runs were requested.
const LONGEST: Duration = Duration::from_secs(1);
/// Maximum time of a run of the default number, which may be of a debug build on a busy machine.
const LONGEST_USUAL: Duration = Duration::from_secs(30);
/// Numbers at the limits of their range, as text.
const FIGURES: [&str; 14] = [
    "",
    "0",
    "-1",
    "1e308",
    "1e-999",
    "0x",
    "ffffffffffffffff",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0.000000000000000000000000000001",
];

/// Requested number of runs; `None` for the default.
pub fn asked() -> Option<u32> {
    std::env::var("HEAPGLASS_FUZZ_RUNS").ok()?.parse().ok()
}

/// Configuration with the requested number of runs, else the default number.
pub fn runs(usual: u32) -> ProptestConfig {
    ProptestConfig {
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::with_cases(asked().unwrap_or(usual))
    }
}

/// Runs `work`, and fails if it takes long twice: a single slow run may be due to a busy machine.
pub fn in_time(work: impl Fn()) {
    let took = || {
        let began = Instant::now();
        work();
        began.elapsed()
    };
    let longest = if asked().is_some() { LONGEST } else { LONGEST_USUAL };
    let first = took();
    if first > longest {
        let again = took();
        assert!(again <= longest, "it took {first:?}, and {again:?} when it was done again");
    }
}

/// Damage at a position of a file.
#[derive(Clone, Debug)]
pub enum Damage {
    Byte(Index, u8),
    /// Replaces a byte by one with a meaning in text formats.
    Letter(Index, u8),
    /// Copies some bytes over others.
    Copy(Index, Index, usize),
    Cut(Index, usize),
    /// Repeats a line before another one.
    Line(Index, Index),
    /// Removes a line.
    NoLine(Index),
    /// Replaces a number.
    Figure(Index, &'static str),
    /// Truncates the file.
    End(Index),
}

impl Damage {
    pub fn any() -> impl Strategy<Value = Self> {
        let at = any::<Index>;
        let letters = prop::sample::select(&b"0123456789-+.:;@#[]{}\",\\ \t\r\nxeEft\xff"[..]);
        prop_oneof![
            (at(), any::<u8>()).prop_map(|(at, byte)| Self::Byte(at, byte)),
            (at(), letters).prop_map(|(at, letter)| Self::Letter(at, letter)),
            (at(), at(), 1usize..40).prop_map(|(from, to, length)| Self::Copy(from, to, length)),
            (at(), 1usize..40).prop_map(|(at, length)| Self::Cut(at, length)),
            (at(), at()).prop_map(|(from, to)| Self::Line(from, to)),
            at().prop_map(Self::NoLine),
            (at(), prop::sample::select(&FIGURES[..])).prop_map(|(at, figure)| Self::Figure(at, figure)),
            at().prop_map(Self::End),
        ]
    }

    pub fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let count = bytes.len();
        match self {
            Self::Byte(at, byte) | Self::Letter(at, byte) => *at.get_mut(bytes) = *byte,
            Self::Copy(from, to, length) => {
                let (from, to) = (from.index(count), to.index(count));
                let piece = bytes[from..(from + length).min(count)].to_vec();
                bytes.splice(to..(to + piece.len()).min(count), piece);
            }
            Self::Cut(at, length) => {
                let at = at.index(count);
                bytes.drain(at..(at + length).min(count));
            }
            Self::Line(from, to) => {
                let (from, to) = (line_around(bytes, from.index(count)), line_around(bytes, to.index(count)));
                let line = bytes[from].to_vec();
                bytes.splice(to.start..to.start, line);
            }
            Self::NoLine(at) => drop(bytes.drain(line_around(bytes, at.index(count)))),
            Self::Figure(at, figure) => {
                let start = at.index(count);
                let start = (start..count).find(|at| bytes[*at].is_ascii_digit()).unwrap_or(start);
                let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                bytes.splice(start..start + length, figure.bytes());
            }
            Self::End(at) => bytes.truncate(at.index(count)),
        }
    }
}

/// Range of the line at a position, including its line break.
fn line_around(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end + 1);
    start..end
}
