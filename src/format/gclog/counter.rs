//! Values of a program's own counter, such as `requests=1234` or `{"requests_total": 1234}`, in lines of any log.

use super::LogClock;
use super::records::{LogRecord, RecordField, normalize, read_json, read_pairs};
use crate::base::safe_text::SafeText;
use crate::format::quantity::{number, times};
use crate::profile::CounterLine;

/// Reader of the lines with a counter.
pub(super) struct CounterReader {
    /// Name in lower-case letters and digits, without a final `total`.
    name: Vec<u8>,
    clock: LogClock,
}

impl CounterReader {
    /// Creates a reader for a counter. Case, `_`, `-`, `.` and a final `total` in the name are ignored.
    pub(super) fn new(name: &SafeText, clock: LogClock) -> Self {
        Self { name: without_total(&normalize(name.raw().as_bytes())).to_vec(), clock }
    }

    /// Parses a line; `None` if it does not have the counter.
    pub(super) fn parse_line(&mut self, line: &[u8]) -> Option<CounterLine> {
        let Self { name: wanted, clock } = self;
        let found = [read_json, read_pairs].into_iter().find_map(|read| {
            let (mut record, mut best) = (LogRecord::default(), None);
            read(line, &mut |names, text| {
                // `failed requests: 3` is a value of `requests` only if no other field of the line is named exactly
                // `requests`.
                if let Some(rank) = names.iter().position(|name| without_total(name) == wanted)
                    && let Some((value, _)) = number(text.trim_ascii())
                    && best.is_none_or(|(known, _)| rank < known)
                {
                    best = Some((rank, value));
                } else if let Some(time) =
                    names.iter().find_map(|name| RecordField::find(name)).filter(|found| found.is_time())
                {
                    record.set(time, text, clock);
                }
            })?;
            let value = times(best?.1, 1.0).filter(|value| *value >= 0)?;
            Some((record.time(), value))
        });
        let ((wall, uptime), value) = found?;
        Some(CounterLine { wall: wall.or_else(|| clock.find(line)), uptime, value })
    }

    /// True if a time without a zone was taken for local time.
    pub(super) fn is_local(&self) -> bool {
        self.clock.is_local
    }
}

fn without_total(name: &[u8]) -> &[u8] {
    name.strip_suffix(b"total").filter(|rest| !rest.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str, line: &str) -> Option<(Option<i64>, i64)> {
        let mut reader = CounterReader::new(&SafeText::from(name), LogClock::new(|civil| civil, None));
        reader.parse_line(line.as_bytes()).map(|line| (line.wall, line.value))
    }

    #[test]
    fn a_counter_is_found_by_its_name() {
        let time = Some(1_795_353_213_000_000_000);
        for line in [
            r#"{"time":"2026-11-22T13:13:33Z","requests":1234,"heapUsed":1}"#,
            r#"{"ts":1795353213,"http":{"requests":{"total":"1234"}}}"#,
            "2026-11-22T13:13:33Z served requests=1234 rss=8MiB",
            "2026-11-22T13:13:33Z Requests total: 1234, errors: 3",
            r#"2026-11-22T13:13:33Z app {"requests_total":1234}"#,
        ] {
            for name in ["requests", "requests_total", "Requests.Total"] {
                assert_eq!(value(name, line), Some((time, 1234)), "{name} in {line}");
            }
        }
        for line in ["requests: 10, failed requests: 3", "failed requests: 3, requests: 10"] {
            assert_eq!(value("requests", line), Some((None, 10)), "{line}");
            assert_eq!(value("failed requests", line), Some((None, 3)), "{line}");
        }
        assert_eq!(value("http.requests", r#"{"http":{"requests":7}}"#), Some((None, 7)));
    }

    #[test]
    fn other_lines_do_not_have_it() {
        for line in ["", "requests", "requests=none", "requests=-5", "bad_requests=5", "{\"requests\":null}", "{"] {
            assert_eq!(value("requests", line), None, "{line}");
        }
    }
}
