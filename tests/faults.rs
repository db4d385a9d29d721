//! Faults of the environment: short, interrupted, failing or truncated reads, and outputs that accept nothing.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;
use std::process::{Output, Stdio};

use heapglass::base::limits::{Budget, LimitKind, Limits};
use heapglass::format::{self, FormatError, InputError, ReadContext, ReadOptions, Threads};
use heapglass::profile::{Profile, WarningKind};

use crate::support::{data, run};

/// One profile of each format and compression.
const SAMPLES: [&str; 10] = [
    "pprof/go-shop-1.pb.gz",
    "pprof/go-raw.pb",
    "pprof/go-raw.pb.zst",
    "go-text/small.txt",
    "tcmalloc/growth.heap",
    "java/small.heap",
    "jemalloc/small.heap",
    "jemalloc/orders.heap.gz",
    "v8/small.heapprofile",
    "folded/small.txt",
];

/// Source with a fault.
struct Faulty {
    bytes: Vec<u8>,
    at: usize,
    fault: Fault,
    calls: usize,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Reads return at most so many bytes, and every other one is interrupted.
    Dribble(usize),
    /// The read at this offset fails.
    Breaks(usize),
    /// The file is truncated here while it is read.
    Shrinks(usize),
}

impl Read for Faulty {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        let end = match self.fault {
            Fault::Dribble(_) if self.calls.is_multiple_of(2) => return Err(ErrorKind::Interrupted.into()),
            Fault::Dribble(most) => (self.at + most).min(self.bytes.len()),
            Fault::Breaks(at) if self.at >= at => return Err(io::Error::other("the disk is gone")),
            Fault::Breaks(at) | Fault::Shrinks(at) => at,
        };
        let count = buffer.len().min(end - self.at);
        buffer[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(data().join(name)).unwrap()
}

fn read(bytes: Vec<u8>, fault: Fault) -> Result<Profile, FormatError> {
    let options = ReadOptions::default();
    let (mut budget, mut warnings) = (Budget::new(1 << 28), Vec::new());
    let context = ReadContext::new(&options, &mut budget, &mut warnings);
    let chunks = format::open(Box::new(Faulty { bytes, at: 0, fault, calls: 0 }), &options)?;
    format::read(chunks, &mut ReadContext { threads: Threads::Several, ..context })
}

/// Figures that distinguish two profiles.
fn figures(profile: &Profile) -> (usize, usize, Vec<i128>) {
    (profile.header.samples, profile.tables.trie.len(), profile.header.totals.clone())
}

#[test]
fn a_source_that_dribbles_gives_the_same_profile() {
    for name in SAMPLES {
        let bytes = bytes(name);
        let whole = figures(&read(bytes.clone(), Fault::Dribble(usize::MAX / 2)).unwrap());
        assert!(whole.0 > 0, "{name}");
        for most in [1, 7, 4099] {
            let dribbled = read(bytes.clone(), Fault::Dribble(most)).unwrap();
            assert_eq!(figures(&dribbled), whole, "{name}, {most} bytes at a time");
        }
    }
}

#[test]
fn a_source_that_breaks_is_told_as_it_broke() {
    for name in SAMPLES {
        let bytes = bytes(name);
        for at in [0, 1, 5, bytes.len() / 3, bytes.len() - 1] {
            let error = read(bytes.clone(), Fault::Breaks(at)).unwrap_err();
            assert!(matches!(&error, FormatError::Input(InputError::Read(_))), "{name} at {at}: {error}");
            assert_eq!(error.to_string(), "cannot be read: the disk is gone", "{name} at {at}");
        }
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_a_broken_file() {
    for name in ["pprof/go-shop-1.pb.gz", "pprof/go-raw.pb", "pprof/go-raw.pb.zst", "v8/small.heapprofile"] {
        let bytes = bytes(name);
        for at in [bytes.len() / 2, bytes.len() - 1] {
            let error = read(bytes.clone(), Fault::Shrinks(at)).map(|profile| profile.header.samples).unwrap_err();
            assert!(!matches!(error, FormatError::Input(InputError::Read(_))), "{name} at {at}: {error}");
        }
    }
}

/// Runs a report with this file as its standard output.
fn into(output: File, args: &[&str]) -> Output {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("heapglass"));
    command.args(args).current_dir(data()).env_clear().stdin(Stdio::null());
    command.stdout(output).output().unwrap()
}

/// Only line of a message.
fn said(output: &[u8]) -> &str {
    let text = std::str::from_utf8(output).unwrap();
    assert!(text.starts_with("heapglass: ") && !text.contains("panicked"), "{text}");
    text.trim_end()
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_no_success() {
    for kind in ["summary", "top", "tree", "folded", "svg"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = into(full, &["report", kind, "pprof/node.pb.gz"]);
        assert_eq!(output.status.code(), Some(2), "{kind}");
        assert!(said(&output.stderr).contains("standard output: no storage space\nhint: free some space"), "{kind}");
    }
}

#[test]
fn an_output_that_cannot_be_made_is_told_with_its_name() {
    let missing: PathBuf = data().join("no-such-folder/out.txt");
    let outcome = run(&["report", "top", "-o", missing.to_str().unwrap(), "pprof/node.pb.gz"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(said(outcome.stderr.as_bytes()).contains("no-such-folder"), "{}", outcome.stderr);
}

/// Exceeds each limit, and checks the message. A new limit does not compile without a case here.
#[test]
fn every_limit_is_tripped() {
    let Limits { input, inflated, memory, records, string } = Limits::default();
    let stored = bytes("pprof/go-shop-1.pb.gz");
    let tripped = |limits: Limits| {
        let (mut budget, mut warnings, options) = (Budget::new(limits.memory), Vec::new(), ReadOptions::from(limits));
        let context = ReadContext::new(&options, &mut budget, &mut warnings);
        let mut context = ReadContext { threads: Threads::Several, ..context };
        let chunks = format::open(Box::new(io::Cursor::new(stored.clone())), &options);
        let read = chunks.map_err(FormatError::from).and_then(|chunks| format::read(chunks, &mut context));
        let limit = match read {
            Ok(_) => None,
            Err(FormatError::Limit(limit) | FormatError::Input(InputError::Limit(limit))) => {
                Some((limit.kind, limit.limit))
            }
            Err(other) => unreachable!("{other}"),
        };
        (limit, warnings)
    };
    let all = Limits { input, inflated, memory, records, string };
    assert_eq!(tripped(all).0, None);
    assert_eq!(tripped(Limits { input: 1000, ..all }).0, Some((LimitKind::Input, 1000)));
    assert_eq!(tripped(Limits { inflated: 1000, ..all }).0, Some((LimitKind::Inflated, 1000)));
    assert_eq!(tripped(Limits { memory: 10_000, ..all }).0, Some((LimitKind::Memory, 10_000)));
    assert_eq!(tripped(Limits { records: 5, ..all }).0, Some((LimitKind::Records, 5)));
    let (limit, warnings) = tripped(Limits { string: 8, ..all });
    assert_eq!(limit, None, "a long name is cut, and that is said");
    assert!(
        warnings
            .iter()
            .any(|warning| warning.kind == WarningKind::NamesCut && warning.text.ends_with("cut to 8 bytes")),
        "{warnings:?}"
    );
}
