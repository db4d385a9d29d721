//! Why bytes could not become a profile, and where.

use std::fmt;
use std::io;

use crate::base::limits::LimitError;
use crate::base::units::commas;

/// A byte offset, and of what: of the file as stored, or of the profile inside it once inflated; in text, a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPosition {
    /// Offset in the file as it is stored.
    File(u64),
    /// Offset in the profile after inflating.
    Profile(u64),
    /// Line of the inflated text, from 1.
    Line(u64),
}

impl fmt::Display for ErrorPosition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let say = |at: u64| commas(i64::try_from(at).unwrap_or(i64::MAX));
        match self {
            Self::File(at) => write!(out, "at byte {} of the file", say(*at)),
            Self::Profile(at) => write!(out, "at byte {} of the inflated profile", say(*at)),
            Self::Line(number) => write!(out, "line {}", say(*number)),
        }
    }
}

/// Why inflated bytes do not come.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Reading failed.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The gzip stream stops before its end.
    #[error("gzip stream ends early, {0}")]
    Truncated(ErrorPosition),
    /// The gzip stream is broken.
    #[error("broken gzip stream: {what}, {place}")]
    Gzip {
        /// What is wrong.
        what: &'static str,
        /// Where.
        place: ErrorPosition,
    },
    /// The zstd stream is broken, or stops before its end.
    #[error("broken zstd stream: {what}, {place}")]
    Zstd {
        /// What is wrong.
        what: &'static str,
        /// Where.
        place: ErrorPosition,
    },
    /// The input is larger than a limit.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// Why bytes are not a profile.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// There are no bytes.
    #[error("empty file")]
    Empty,
    /// The bytes are of no format that is known.
    #[error("not a profile: it {0}")]
    Unknown(&'static str),
    /// The bytes are no log of a garbage collector.
    #[error("no GC log: it {0}")]
    NoLog(String),
    /// The encoding itself is broken.
    #[error("corrupt pprof profile: {what}, {place}")]
    Corrupt {
        /// What is wrong.
        what: String,
        /// Where.
        place: ErrorPosition,
    },
    /// The encoding is whole, and what it says makes no sense.
    #[error("malformed pprof profile: {what}")]
    Malformed {
        /// What is wrong, with its place.
        what: String,
    },
    /// A profile in another format than pprof's does not read as that format is written.
    #[error("broken {format}: {what}, {place}")]
    Broken {
        /// The format, as reports print it.
        format: &'static str,
        /// What is wrong.
        what: &'static str,
        /// Where.
        place: ErrorPosition,
    },
    /// A limit was reached.
    #[error(transparent)]
    Limit(LimitError),
    /// The bytes do not come.
    #[error(transparent)]
    Input(InputError),
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl From<LimitError> for FormatError {
    fn from(error: LimitError) -> Self {
        Self::Limit(error)
    }
}

impl From<InputError> for FormatError {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Limit(limit) => Self::Limit(limit),
            other => Self::Input(other),
        }
    }
}

impl FormatError {
    /// The limit that was reached, where that is what stopped it.
    pub fn limit(&self) -> Option<&LimitError> {
        match self {
            Self::Limit(limit) => Some(limit),
            _ => None,
        }
    }

    /// What would help, in one sentence.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Empty => "was the profile still being written, or did the download fail?".to_owned(),
            Self::Unknown(looks) => return super::looks::hint(looks).map(str::to_owned),
            Self::NoLog(looks) if looks.ends_with("profile") => "give it as a source, without `--gc-log`".to_owned(),
            Self::NoLog(_) => {
                "logs of `GODEBUG=gctrace=1`, of `-Xlog:gc*`, and lines with `heap_used`, `rss` and the like are read"
                    .to_owned()
            }
            Self::Corrupt { .. } => {
                "the file is damaged or is not a pprof profile; fetch it again, or keep what is whole with `--salvage`"
                    .to_owned()
            }
            Self::Malformed { what } if what.starts_with("two profiles") => {
                "give each profile as a file of its own: heapglass a.pb.gz b.pb.gz".to_owned()
            }
            Self::Malformed { what } if what.starts_with("two ") => {
                "two profiles one after the other? give each as a file of its own; else the program that wrote it is at fault"
                    .to_owned()
            }
            Self::Malformed { what } if can_be_left_out(what) => {
                "the program that wrote it is at fault, pprof refuses it too; `--salvage` leaves out what is broken"
                    .to_owned()
            }
            Self::Malformed { .. } => "the program that wrote it is at fault; pprof refuses it too".to_owned(),
            Self::Broken { .. } => "the file is damaged or was cut short; fetch it again".to_owned(),
            Self::Limit(limit) => format!("{} raises the limit", limit.option),
            Self::Input(InputError::Truncated(_)) => {
                "the file was cut short; fetch it again, or keep what is whole with `--salvage`".to_owned()
            }
            Self::Input(InputError::Gzip { .. } | InputError::Zstd { .. }) => {
                "the file is damaged; fetch it again, or keep what is whole with `--salvage`".to_owned()
            }
            Self::Input(_) | Self::Cancelled => return None,
        })
    }
}

/// Whether what makes no sense is a record that others do without.
fn can_be_left_out(what: &str) -> bool {
    ["sample ", "a sample refers", "a location refers"].iter().any(|start| what.starts_with(start))
}
