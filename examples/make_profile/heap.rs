//! Synthetic heap profile that resembles a Go profile.
//!
//! Neighbouring stacks share most of their callers, some functions are called far more often than others, every stack
//! ends in a size class of the allocator, and little of the allocated memory is in use.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use heapglass::format::pprof::message::{Function, Label, Line, Location, Mapping, Profile, Sample, ValueType};
use prost::Message as _;

/// Parameters of the profile.
pub struct Heap {
    /// Number of samples.
    pub samples: u64,
    /// Number of functions.
    pub functions: u64,
    /// Number of frames in a typical stack.
    pub depth: usize,
    /// Seed of the random numbers: equal seeds give equal bytes.
    pub seed: u64,
    /// Index of the snapshot, from 0: each is a minute later, with more allocated memory and different memory in use.
    pub snapshot: u64,
}

/// Number of call sites in each function; each is a location.
const SITES: u64 = 3;
/// Number of functions that a function calls.
const CALLEES: u64 = 6;
/// Number of locations per location with an inlined function.
const INLINED: u64 = 5;
/// Some of the size classes of Go's allocator, in bytes.
const SIZES: [i64; 12] = [16, 32, 48, 64, 96, 128, 208, 512, 1024, 4096, 8192, 32768];
/// Number of bytes collected before they are compressed.
const PIECE: usize = 64 << 10;

impl Heap {
    /// Writes the profile, gzipped.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut strings = Strings::default();
        let types = ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"];
        let units = ["count", "bytes", "count", "bytes"];
        let sample_type = types.iter().zip(units).map(|(name, unit)| strings.value_type(name, unit)).collect();
        let head = Profile { sample_type, ..Profile::default() };
        let bytes = strings.index("bytes");
        let mut tail = self.symbols(&mut strings);
        tail.period_type = Some(strings.value_type("space", "bytes"));
        tail.period = 512 << 10;
        tail.time_nanos = 1_750_000_000_000_000_000 + self.snapshot as i64 * 60_000_000_000;
        tail.string_table = strings.table;

        // Concatenated messages are one message, so large parts are written in pieces.
        let mut gzip = GzEncoder::new(out, Compression::default());
        let mut piece = head.encode_to_vec();
        let (random, use_random) = (Random::new(self.seed), Random::new(self.seed + self.snapshot));
        let mut stacks = Stacks { heap: self, random, use_random, functions: Vec::new() };
        let mut one = Profile { sample: vec![Sample::default()], ..Profile::default() };
        for _ in 0..self.samples {
            stacks.next(&mut one.sample[0], bytes);
            piece.extend(one.encode_to_vec());
            if piece.len() > PIECE {
                gzip.write_all(&piece)?;
                piece.clear();
            }
        }
        gzip.write_all(&piece)?;
        gzip.write_all(&tail.encode_to_vec())?;
        gzip.finish()?;
        Ok(())
    }

    /// Functions, locations and the mapping. Function and location ids start at 1.
    fn symbols(&self, strings: &mut Strings) -> Profile {
        let mapping = Mapping {
            id: 1,
            memory_start: 0x40_0000,
            memory_limit: 0x40_0000 + self.functions * SITES * 0x40,
            filename: strings.index("/usr/bin/service"),
            build_id: strings.index("5f3759df"),
            has_functions: true,
            ..Mapping::default()
        };
        let function = |number: u64| {
            let (package, method) = (number / 40, number % 40);
            let name = format!("example.com/service/pkg{package}.(*Type{}).Method{method}", number % 7);
            let name = strings.index(&name);
            let filename = strings.index(&format!("/src/service/pkg{package}/file{}.go", method / 10));
            Function { id: number + 1, name, system_name: name, filename, start_line: 20 * method as i64 + 10 }
        };
        let function = (0..self.functions).map(function).collect();
        let location = (0..self.functions * SITES).map(|number| self.location(number)).collect();
        Profile { mapping: vec![mapping], function, location, ..Profile::default() }
    }

    fn location(&self, number: u64) -> Location {
        let line = |function: u64| Line {
            function_id: function + 1,
            line: 20 * (function % 40 + 1) as i64 + (number % SITES) as i64,
            column: 0,
        };
        let function = number / SITES;
        let mut lines = vec![line(function)];
        if number.is_multiple_of(INLINED) {
            lines.insert(0, line(self.callee(function, number % CALLEES)));
        }
        Location { id: number + 1, mapping_id: 1, address: 0x40_0000 + number * 0x40, line: lines, is_folded: false }
    }

    /// Picks one of the functions that a function calls. These are fixed, and functions with low numbers are called
    /// most.
    fn callee(&self, function: u64, choice: u64) -> u64 {
        Random::new(function * CALLEES + choice + 1).skewed(self.functions)
    }
}

/// Generator of the stacks, one after another.
struct Stacks<'a> {
    heap: &'a Heap,
    random: Random,
    /// Random numbers for the memory in use, which differs between snapshots while the stacks are the same.
    use_random: Random,
    /// Functions of the current stack by number, outermost first.
    functions: Vec<u64>,
}

impl Stacks<'_> {
    /// Removes some frames, adds others, and sets the allocated memory.
    fn next(&mut self, sample: &mut Sample, bytes: i64) {
        let left = 1 + self.random.skewed(self.heap.depth as u64) as usize;
        self.functions.truncate(self.functions.len().saturating_sub(left));
        let missing = self.heap.depth.saturating_sub(self.functions.len()).max(1) as u64;
        for _ in 0..=self.random.below(2 * (left as u64).min(missing)) {
            let function = match self.functions.last() {
                Some(caller) => self.heap.callee(caller / SITES, self.random.skewed(CALLEES)),
                None => self.random.skewed(8),
            };
            self.functions.push(function * SITES + self.random.skewed(SITES));
        }
        sample.location_id.clear();
        sample.location_id.extend(self.functions.iter().rev().map(|location| location + 1));
        let size = SIZES[self.random.skewed(SIZES.len() as u64) as usize];
        let allocated = 1 + self.random.skewed(1 << 16) as i64;
        let in_use = if self.random.below(3) == 0 { self.use_random.below(allocated as u64 + 1) as i64 } else { 0 };
        let allocated = allocated * (self.heap.snapshot as i64 + 1);
        sample.value = vec![allocated, allocated * size, in_use, in_use * size];
        sample.label = vec![Label { key: bytes, num: size, ..Label::default() }];
    }
}

/// String table. Equal strings may occur more than once.
struct Strings {
    table: Vec<Vec<u8>>,
}

impl Default for Strings {
    fn default() -> Self {
        Self { table: vec![Vec::new()] }
    }
}

impl Strings {
    fn index(&mut self, text: &str) -> i64 {
        // Only the most recently added strings are searched.
        let recent = self.table.iter().rev().take(64).position(|known| known == text.as_bytes());
        if recent.is_none() {
            self.table.push(text.as_bytes().to_vec());
        }
        (self.table.len() - 1 - recent.unwrap_or(0)) as i64
    }

    fn value_type(&mut self, name: &str, unit: &str) -> ValueType {
        ValueType { r#type: self.index(name), unit: self.index(unit) }
    }
}

/// Xorshift generator with a multiplication (Marsaglia): small, fast, and equal on all machines.
struct Random(u64);

impl Random {
    /// Creates a generator. Similar seeds give different numbers.
    fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Returns a number below `end`, all equally likely.
    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// Returns a number below `end`, where n is about n times less likely than 1, as is typical of words and callers
    /// (Zipf's law).
    fn skewed(&mut self, end: u64) -> u64 {
        let even = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((end as f64 + 1.0).powf(even) as u64).saturating_sub(1).min(end - 1)
    }
}
