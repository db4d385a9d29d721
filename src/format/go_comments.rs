//! Comments of Go's text heaps: names of frames, and memory figures of the runtime.
//!
//! Each frame of a stack has a comment `#⇥0xPC⇥name+0xOFFSET⇥file:line` after its record, so no binary is needed to
//! name it.

use crate::base::ids::LocationId;
use crate::base::limits::{Budget, LimitError};
use crate::format::builder::ProfileBuilder;
use crate::format::tokens::{Words, address, decimal};
use crate::profile::{Line, Metrics};

/// Size of the ring of pauses. Up to this number of collections, the sum of the ring is the total pause.
const PAUSE_RING: i64 = 256;

/// Location of the frame that a comment describes; `None` for other comments.
pub(super) fn frame_location(
    comment: &[u8],
    builder: &mut ProfileBuilder,
    budget: &mut Budget,
) -> Result<Option<LocationId>, LimitError> {
    // Tabs become spaces in an issue or a mail; names of functions have none.
    let is_blank = |byte: &u8| *byte == b'\t' || *byte == b' ' && !comment.contains(&b'\t');
    let mut fields = comment.split(is_blank).map(<[u8]>::trim_ascii).filter(|field| !field.is_empty());
    let Some(address) = fields.next().and_then(address) else { return Ok(None) };
    let Some(function) = fields.next() else {
        // The runtime has no name for some frames, such as those of C.
        return builder.location(address, None, budget).map(Some);
    };
    let (name, _) = split_last(function, b"+0x");
    let (file, line) = split_last(fields.next().unwrap_or_default(), b":");
    let function = builder.function(name, file, budget)?;
    let line = Line { function, line: decimal(line).unwrap_or_default(), column: 0 };
    builder.location(address, Some(line), budget).map(Some)
}

/// Splits at the last `mark`; the second part is empty if there is none.
fn split_last<'a>(text: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    match text.windows(mark.len()).rposition(|window| window == mark) {
        Some(at) => (&text[..at], &text[at + mark.len()..]),
        None => (text, &[]),
    }
}

/// Reader of the figures after the samples.
#[derive(Default)]
pub(super) struct MetricsReader {
    metrics: Option<Metrics>,
    pauses: Option<i64>,
}

impl MetricsReader {
    /// Reads a comment; returns true if it belongs to the figures.
    pub(super) fn read_comment(&mut self, comment: &[u8]) -> bool {
        if comment.trim_ascii() == b"runtime.MemStats" {
            self.metrics = Some(Metrics::default());
            return true;
        }
        let Some(metrics) = &mut self.metrics else { return false };
        let mut words = Words(comment);
        if let (Some(name), Some(b"=")) = (words.next(), words.next()) {
            match name {
                b"PauseNs" => self.pauses = sum_list(words.0),
                b"GCCPUFraction" => metrics.gc_cpu_billionths = words.next().and_then(billionths),
                // Bytes in use, a slash, bytes obtained.
                b"Stack" => metrics.stack_sys = words.nth(2).and_then(decimal),
                _ => {
                    if let Some(field) = field(metrics, name) {
                        *field = words.next().and_then(decimal);
                    }
                }
            }
        }
        true
    }

    /// The figures; `None` if there were none.
    pub(super) fn finish(self) -> Option<Metrics> {
        let metrics = self.metrics?;
        let summed = self.pauses.filter(|_| metrics.gc_count.is_some_and(|count| count <= PAUSE_RING));
        Some(Metrics { gc_pause_nanos: metrics.gc_pause_nanos.or(summed), ..metrics })
    }
}

fn field<'a>(metrics: &'a mut Metrics, name: &[u8]) -> Option<&'a mut Option<i64>> {
    Some(match name {
        b"TotalAlloc" => &mut metrics.total_alloc,
        b"HeapAlloc" => &mut metrics.heap_alloc,
        b"HeapInuse" => &mut metrics.heap_inuse,
        b"HeapIdle" => &mut metrics.heap_idle,
        b"HeapReleased" => &mut metrics.heap_released,
        b"Sys" => &mut metrics.sys,
        b"StackSys" => &mut metrics.stack_sys,
        b"NextGC" => &mut metrics.next_gc,
        b"LastGC" => &mut metrics.last_gc_nanos,
        b"NumGC" => &mut metrics.gc_count,
        b"PauseTotalNs" => &mut metrics.gc_pause_nanos,
        b"MaxRSS" => &mut metrics.max_rss,
        _ => return None,
    })
}

/// Sum of a list in brackets.
fn sum_list(list: &[u8]) -> Option<i64> {
    let list = list.trim_ascii().strip_prefix(b"[")?.strip_suffix(b"]")?;
    Words(list).try_fold(0i64, |sum, word| sum.checked_add(decimal(word)?))
}

/// Converts a fraction to billionths.
fn billionths(word: &[u8]) -> Option<i64> {
    let share: f64 = std::str::from_utf8(word).ok()?.parse().ok()?;
    share.is_finite().then_some((share * 1e9).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_the_runtime_are_read() {
        let mut reader = MetricsReader::default();
        assert!(!reader.read_comment(b" HeapAlloc = 1"), "before the runtime's own words it is any comment");
        for line in [
            "runtime.MemStats",
            "HeapAlloc = 46267984",
            "Stack = 589824 / 600000",
            "NumGC = 3",
            "PauseNs = [3 4 5 0 0]",
            "GCCPUFraction = 0.006216428311199171",
            "BySize = whatever",
            "MaxRSS = 103493632",
        ] {
            assert!(reader.read_comment(format!(" {line}").as_bytes()));
        }
        let want = Metrics {
            heap_alloc: Some(46_267_984),
            stack_sys: Some(600_000),
            gc_count: Some(3),
            gc_pause_nanos: Some(12),
            gc_cpu_billionths: Some(6_216_428),
            max_rss: Some(103_493_632),
            ..Metrics::default()
        };
        assert_eq!(reader.finish(), Some(want));
    }

    #[test]
    fn an_incomplete_ring_of_pauses_is_not_summed() {
        let mut reader = MetricsReader::default();
        for line in ["runtime.MemStats", "NumGC = 257", "PauseNs = [3 4 5]"] {
            reader.read_comment(line.as_bytes());
        }
        assert_eq!(reader.finish().and_then(|metrics| metrics.gc_pause_nanos), None);
        assert_eq!(MetricsReader::default().finish(), None);
    }
}
