//! Reports within a budget: limits the number of rows to those that fit.

use std::io::{self, Write};

use crate::report::{ReportFormat, ReportWriter, Subject};

/// Number of bytes counted as one token.
pub(super) const TOKEN_BYTES: usize = 4;
/// Minimum number of bytes of a row; bounds the row limits that are tried.
const ROW_BYTES: usize = 12;

/// Part of a report that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FittedPart {
    /// All requested rows.
    Whole,
    /// Number of rows.
    Rows(usize),
    /// First lines, since a single row does not fit.
    Lines,
}

/// Text of a report, and the part of the report that it is.
pub(super) struct FittedReport {
    pub(super) text: String,
    pub(super) part: FittedPart,
}

/// Writer that refuses more than a maximum number of bytes.
struct BoundedWriter {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for BoundedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            let room = self.most - self.bytes.len();
            self.bytes.extend_from_slice(&bytes[..room]);
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Result of one attempt to write the report.
enum Attempt {
    Whole(String),
    /// Beginning of a report that is too long.
    TooLong(Vec<u8>),
}

/// Writes a report in at most `most` bytes, with fewer rows if necessary.
///
/// # Errors
/// Reason in one line, if the report does not fit with a single row and cannot be cut at a line, or if writing fails.
pub(super) fn fit(
    subject: &Subject<'_>,
    writer: ReportWriter,
    format: ReportFormat,
    most: usize,
) -> Result<FittedReport, String> {
    let attempt = |limit: usize| {
        let mut out = BoundedWriter { bytes: Vec::new(), most };
        let result = writer(&Subject { limit, ..*subject }, &mut out);
        match result {
            Ok(()) => Ok(Attempt::Whole(String::from_utf8_lossy(&out.bytes).into_owned())),
            Err(_) if out.bytes.len() == most => Ok(Attempt::TooLong(out.bytes)),
            Err(error) => Err(error.to_string()),
        }
    };
    if let Attempt::Whole(text) = attempt(subject.limit)? {
        return Ok(FittedReport { text, part: FittedPart::Whole });
    }
    let asked = if subject.limit == 0 { usize::MAX } else { subject.limit };
    // Number of rows that fits, and number that does not.
    let (mut fits, mut too_many) = (0, asked.min(most / ROW_BYTES + 1));
    let mut best = None;
    while too_many - fits > 1 {
        let middle = fits + (too_many - fits) / 2;
        match attempt(middle)? {
            Attempt::Whole(text) => (fits, best) = (middle, Some(text)),
            Attempt::TooLong(_) => too_many = middle,
        }
    }
    if let Some(text) = best {
        return Ok(FittedReport { text, part: FittedPart::Rows(fits) });
    }
    let is_of_lines = !matches!(format, ReportFormat::Json | ReportFormat::Csv);
    match attempt(1)? {
        Attempt::Whole(text) => Ok(FittedReport { text, part: FittedPart::Rows(1) }),
        Attempt::TooLong(bytes) if is_of_lines => {
            let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            Ok(FittedReport { text: String::from_utf8_lossy(&bytes[..end]).into_owned(), part: FittedPart::Lines })
        }
        Attempt::TooLong(_) => Err("one row does not fit; give a larger budget, or `format` text".to_owned()),
    }
}
