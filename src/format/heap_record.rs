//! Parts that text heaps share: the record of a stack's figures, and the rules for hiding frames of allocators.
//!
//! Figures in text heaps are raw samples. A sampler of one byte in `rate` sees large objects almost surely and small
//! ones rarely, so figures are divided by the probability of being sampled.

use crate::base::safe_text::SafeText;
use crate::base::units::counted_as;
use crate::format::FormatError;
use crate::format::text_lines::TextLine;
use crate::format::tokens::{is_text, number};
use crate::profile::{Header, Warning, WarningKind};

/// Number of objects and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ObjectsAndBytes {
    pub(super) count: i64,
    pub(super) bytes: i64,
}

/// Figures of a stack: memory in use, and in brackets allocated memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeapRecord {
    pub(super) in_use: ObjectsAndBytes,
    pub(super) allocated: ObjectsAndBytes,
}

impl HeapRecord {
    /// Parses `3: 96 [4: 128]` at the start of a line, and returns the rest.
    pub(super) fn read(line: &[u8]) -> Option<(Self, &[u8])> {
        let (in_use, rest) = ObjectsAndBytes::read(line)?;
        let (allocated, rest) = ObjectsAndBytes::read(rest.trim_ascii_start().strip_prefix(b"[")?)?;
        Some((Self { in_use, allocated }, rest.trim_ascii_start().strip_prefix(b"]")?))
    }

    /// Mean object size of the objects in use, else of all allocated objects.
    pub(super) fn object_size(&self) -> i64 {
        let pair = if self.in_use.count == 0 { self.allocated } else { self.in_use };
        pair.bytes.checked_div(pair.count).unwrap_or_default()
    }
}

impl ObjectsAndBytes {
    fn read(text: &[u8]) -> Option<(Self, &[u8])> {
        let (count, rest) = number(text)?;
        let (bytes, rest) = number(rest.trim_ascii_start().strip_prefix(b":")?)?;
        Some((Self { count, bytes }, rest))
    }

    /// True if there are bytes without objects, which no sampler produces.
    pub(super) fn is_impossible(self) -> bool {
        self.count == 0 && self.bytes != 0
    }

    /// Estimates the true figures from the figures of a sampler of one byte in `rate`, which samples an object with the
    /// probability 1 - e^(-size / rate). A rate of one or less samples everything.
    pub(super) fn unsample(self, rate: i64) -> Self {
        if self.count == 0 || self.bytes == 0 {
            return Self::default();
        }
        if rate <= 1 {
            return self;
        }
        let (count, bytes) = (self.count as f64, self.bytes as f64);
        let probability = 1.0 - (-(bytes / count) / rate as f64).exp();
        let scale = 1.0 / probability;
        Self { count: (count * scale) as i64, bytes: (bytes * scale) as i64 }
    }
}

/// Lines of text after the last record of a text heap, such as those of the script that wrote it.
#[derive(Debug)]
pub(super) struct TextTrailer {
    /// The broken rule if records follow.
    problem: &'static str,
    /// Error of the first such line; `None` if there is no line.
    first: Option<FormatError>,
    lines: u64,
}

impl TextTrailer {
    /// Creates a trailer without lines; `problem` is the error if records follow.
    pub(super) fn new(problem: &'static str) -> Self {
        Self { problem, first: None, lines: 0 }
    }

    /// Counts a line that is not a record. A line that begins like a record is damage.
    pub(super) fn text(&mut self, line: &TextLine<'_>) -> Result<(), FormatError> {
        let error = line.error(self.problem);
        let begins_record = line.bytes.first().is_none_or(|first| b"-@[".contains(first)) || begins_figures(line.bytes);
        if begins_record || line.is_unterminated || !is_text(line.bytes) {
            return Err(self.first.take().unwrap_or(error));
        }
        self.first.get_or_insert(error);
        self.lines += 1;
        Ok(())
    }

    /// Fails if a record follows other lines.
    pub(super) fn record(&mut self) -> Result<(), FormatError> {
        self.first.take().map_or(Ok(()), Err)
    }

    /// Warning about the lines that were left out.
    pub(super) fn warning(&self) -> Option<Warning> {
        let text = match self.lines {
            0 => return None,
            lines => {
                counted_as(lines as usize, "line after the profile is left out", "lines after the profile are left out")
            }
        };
        Some(Warning::new(WarningKind::WrapperRemoved, text))
    }
}

/// True for a line that begins like the figures of a record, `3: 40 [`: with a number and a colon before a blank. Dates
/// and times of log lines do not.
fn begins_figures(line: &[u8]) -> bool {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_alone = line[digits..].is_empty();
    digits > 0 && (is_alone || line[digits..].starts_with(b": "))
}

/// Functions that allocate or free, as regular expressions over whole names without arguments.
const DROP_FRAMES: [&str; 9] = [
    // C library.
    "calloc|cfree|malloc|free|memalign|do_memalign|(__)?posix_memalign|pvalloc|valloc|realloc|__libc_malloc",
    // C++ libraries and compilers.
    r"operator new(\[\])?|__builtin_(vec_)?(new|delete)|_M_allocate|allocate|cpp_alloc",
    "__gnu_cxx::new_allocator(<.*>)?::allocate|(simple_alloc|__malloc_alloc_template)(<.*>)?::allocate",
    "(::)?do_malloc(_no_errno|_pages)?|DoSampledAllocation|MallocedMemBlock::MallocedMemBlock|BaseArena::.*",
    "tcmalloc::.*|tc_(calloc|cfree|malloc|free|memalign|posix_memalign|pvalloc|valloc|realloc)",
    "tc_(new|delete|newarray|deletearray|new_nothrow|newarray_nothrow)",
    // macOS malloc zones.
    "malloc_zone_(malloc|calloc|valloc|realloc|memalign|free)",
    "(_rjem_)?je_.*|(_rjem_)?((m|r|x)allocx|prof_(backtrace|alloc_prep|tctx_create).*)",
    r"runtime\..*",
];

/// Functions that match a rule but lead to code of the program.
const KEEP_FRAMES: &str = r"runtime\.panic|runtime\.reflectcall|runtime\.call[0-9]*";

/// Adds the rules to a header: text heaps contain addresses only, so they cannot specify them. pprof adds the same
/// rules.
pub(super) fn with_drop_rules(header: Header) -> Header {
    Header { drop_frames: SafeText::from(&*DROP_FRAMES.join("|")), keep_frames: SafeText::from(KEEP_FRAMES), ..header }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_record_is_read_with_whatever_space_is_in_it() {
        let record = |line: &str| HeapRecord::read(line.as_bytes()).map(|(record, rest)| (record, rest.len()));
        let pair = |count, bytes| ObjectsAndBytes { count, bytes };
        let want = HeapRecord { in_use: pair(3, 96), allocated: pair(4, 128) };
        assert_eq!(record("3: 96 [4: 128] @ 0x1"), Some((want, 6)));
        assert_eq!(record("  3:    96 [   4:   128]"), Some((want, 0)));
        assert_eq!(record("-3: -96 [0: 0] @").unwrap().0.in_use, pair(-3, -96));
        for broken in ["", "3", "3:", "3: x", "3: 96", "3: 96 [4", "3: 96 [4: 128", "3: 9223372036854775808 [1: 1]"] {
            assert_eq!(record(broken), None, "{broken}");
        }
    }

    #[test]
    fn the_object_size_is_of_objects_in_use_if_there_are_any() {
        let object = |line: &str| HeapRecord::read(line.as_bytes()).unwrap().0.object_size();
        assert_eq!(object("2: 96 [4: 128]"), 48);
        assert_eq!(object("0: 0 [4: 128]"), 32);
        assert_eq!(object("0: 0 [0: 0]"), 0);
        assert_eq!(object("-1: -9223372036854775808 [0: 0]"), 0, "no number is the right one");
    }

    #[test]
    fn sampled_figures_are_divided_by_the_probability() {
        let seen = ObjectsAndBytes { count: 1, bytes: 7048 };
        assert_eq!(seen.unsample(524_288), ObjectsAndBytes { count: 74, bytes: 527_819 });
        assert_eq!(seen.unsample(1), seen);
        assert_eq!(seen.unsample(-5), seen);
        assert_eq!(ObjectsAndBytes { count: 0, bytes: 0 }.unsample(100), ObjectsAndBytes::default());
        let large = ObjectsAndBytes { count: 1, bytes: 1 << 40 };
        assert_eq!(large.unsample(100), large, "a large object is seen for sure");
    }

    proptest! {
        #[test]
        fn any_figures_scale_without_a_panic(count: i64, bytes: i64, rate: i64) {
            let _ = ObjectsAndBytes { count, bytes }.unsample(rate);
        }
    }
}
