//! Errors of reading an input, each with a kind and a position.

use std::fmt;
use std::io;

use super::content_kind::ContentKind;
use crate::base::limits::LimitError;
use crate::base::units::commas;

/// Position of an error: a byte offset in the stored file or in the inflated input, or a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPosition {
    /// Byte offset in the file as stored.
    File(u64),
    /// Byte offset in the inflated profile.
    Profile(u64),
    /// Byte offset in the inflated archive.
    Archive(u64),
    /// Line of the inflated text, from 1.
    Line(u64),
}

impl fmt::Display for ErrorPosition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grouped = |number: u64| commas(i64::try_from(number).unwrap_or(i64::MAX));
        match self {
            Self::File(offset) => write!(out, "at byte {} of the file", grouped(*offset)),
            Self::Profile(offset) => write!(out, "at byte {} of the inflated profile", grouped(*offset)),
            Self::Archive(offset) => write!(out, "at byte {} of the archive", grouped(*offset)),
            Self::Line(number) => write!(out, "line {}", grouped(*number)),
        }
    }
}

/// Error of reading or inflating an input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Reading failed.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The compressed stream ends before its last byte.
    #[error("{compression} stream ends early, {position}")]
    Truncated {
        /// Format of the stream.
        compression: Compression,
        /// End of the file.
        position: ErrorPosition,
    },
    /// The compressed stream is broken.
    #[error("broken {compression} stream: {problem}, {position}")]
    Stream {
        /// Format of the stream.
        compression: Compression,
        /// Kind of damage.
        problem: StreamProblem,
        /// Position of the damage.
        position: ErrorPosition,
    },
    /// The input is larger than a limit.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// Compression format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// Damage of a compressed stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamProblem {
    /// A gzip member uses a compression method other than deflate.
    #[error("unknown compression method")]
    Method,
    /// The compressed data does not decode.
    #[error("it cannot be inflated")]
    Data,
    /// The compressed data does not decode, and each line feed in it follows a carriage return.
    #[error("its line ends were changed on the way, as a transfer in text mode changes LF to CR LF")]
    LineEnds,
    /// The checksum does not match the data.
    #[error("its checksum is wrong")]
    Checksum,
    /// The length does not match the data.
    #[error("its length is wrong")]
    Length,
    /// Bytes after the stream are not another gzip member or zstd frame.
    #[error("other bytes follow it")]
    Trailing,
    /// A zstd frame needs a window larger than 128 MiB.
    #[error("its window is larger than 128 MiB, as `zstd --long` makes it")]
    Window,
    /// A zstd frame needs a dictionary.
    #[error("it was made with a dictionary")]
    Dictionary,
}

/// Error of reading a profile or a log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The input has no bytes.
    #[error("empty file")]
    Empty,
    /// An archive has no files.
    #[error("the {kind} holds no files")]
    EmptyArchive {
        /// Name of the kind of archive.
        kind: &'static str,
    },
    /// No profile format matches the input.
    #[error("not a profile: it {0}")]
    NotProfile(ContentKind),
    /// No log format matches the input.
    #[error("no GC log: it {0}")]
    NotLog(NonLogContent),
    /// No source of memory figures matches the input.
    #[error("no figures of memory: it {0}")]
    NotMemory(ContentKind),
    /// The protobuf encoding of a pprof profile is broken.
    #[error("corrupt pprof profile: {corruption}, {position}")]
    Corrupt {
        /// Kind of damage.
        corruption: Corruption,
        /// Position of the damage.
        position: ErrorPosition,
    },
    /// A pprof profile decodes, and its records contradict each other.
    #[error("malformed pprof profile: {0}")]
    Malformed(#[from] Malformed),
    /// A profile of another format than pprof breaks the rules of its format.
    #[error("broken {format}: {problem}, {position}")]
    Broken {
        /// Name of the format.
        format: &'static str,
        /// The broken rule, as a clause.
        problem: &'static str,
        /// Position of the damage.
        position: ErrorPosition,
    },
    /// Files of a format other than pprof were concatenated. The numbers and addresses of one mean something else in
    /// the other.
    #[error("broken {format}: two profiles are in one file, the second from {position}")]
    SecondDump {
        /// Name of the format.
        format: &'static str,
        /// Start of the second profile.
        position: ErrorPosition,
    },
    /// A limit was exceeded.
    #[error(transparent)]
    Limit(LimitError),
    /// The input cannot be read or inflated.
    #[error(transparent)]
    Input(InputError),
    /// The stream of an archive ends early or is broken, so that no file in it is read.
    #[error("archive: {0}")]
    Archive(InputError),
    /// Damage that salvaging does not help against: the input is not pprof, or nothing of it is intact.
    #[error(transparent)]
    Unsalvageable(Box<FormatError>),
    /// The caller cancelled the read.
    #[error("cancelled")]
    Cancelled,
}

/// Content of an input that is not a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NonLogContent {
    /// A profile, recognized by its first bytes.
    Profile {
        /// Name of the format.
        format: &'static str,
    },
    /// Binary data, which may be a pprof profile: pprof has no magic number.
    MaybePprof,
    /// Other content.
    Other(ContentKind),
}

impl fmt::Display for NonLogContent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile { format } => write!(out, "is a profile ({format})"),
            Self::MaybePprof => out.write_str("is binary data, as is a pprof profile"),
            Self::Other(content) => content.fmt(out),
        }
    }
}

/// Damage of a pprof profile's protobuf encoding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Corruption {
    /// A field of the profile is broken.
    #[error(transparent)]
    Field(#[from] WireError),
    /// A field of a sample is broken.
    #[error("sample {number}: {error}")]
    Sample {
        /// Number of the sample, from 1.
        number: usize,
        /// The broken field.
        error: WireError,
    },
    /// A record does not decode.
    #[error("a {record} does not decode ({detail})")]
    Record {
        /// Kind of the record.
        record: RecordKind,
        /// The decoder's message.
        detail: String,
    },
    /// A string index is outside of the string table.
    #[error("string {index} is asked for and there are {strings}")]
    StringIndex {
        /// The index.
        index: i64,
        /// Number of strings in the table.
        strings: usize,
    },
    /// String 0 is not the empty string.
    #[error("string 0 is not the empty string")]
    FirstString,
    /// The input ends within a field.
    #[error("it ends in the middle of a field that begins here")]
    Truncated,
}

/// Broken protobuf field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The field is longer than its message.
    #[error("a field runs past the end of its message")]
    Truncated,
    /// A varint has more than ten bytes.
    #[error("a number is longer than ten bytes")]
    VarintLength,
    /// The length of a field is beyond all limits.
    #[error("a field claims to be longer than any profile")]
    FieldLength,
    /// The wire type does not exist, or is a group.
    #[error("unknown wire type")]
    UnknownType,
    /// A field is not encoded as a varint and should be.
    #[error("a number is encoded as something else")]
    NotVarint,
    /// A field is not length-delimited and should be.
    #[error("a message or text is encoded as something else")]
    NotBytes,
}

/// Contradiction in a pprof profile that decodes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The profile has two times: two profiles were concatenated.
    #[error("two profiles are in one file, the second time {second}")]
    TwoProfiles {
        /// Position of the second time.
        second: ErrorPosition,
    },
    /// Two records have the same id.
    #[error("two {record}s have the id {id}, the second {second}")]
    DuplicateId {
        /// Kind of the records.
        record: RecordKind,
        /// Their id.
        id: u64,
        /// Position of the second record.
        second: ErrorPosition,
    },
    /// A record has id 0, which means "none".
    #[error("a {record} has the reserved id 0, {position}")]
    ReservedId {
        /// Kind of the record.
        record: RecordKind,
        /// Position of the record.
        position: ErrorPosition,
    },
    /// A sample has more or fewer values than there are sample types.
    #[error("sample {sample} has {values} values, and there are {types} sample types, {position}")]
    ValueCount {
        /// Number of the sample, from 1.
        sample: usize,
        /// Number of its values.
        values: usize,
        /// Number of sample types.
        types: usize,
        /// Position of the sample.
        position: ErrorPosition,
    },
    /// A sample refers to a location that does not exist.
    #[error("a sample refers to location {id}, which is not there")]
    MissingLocation {
        /// Id of the location.
        id: u64,
    },
    /// A location refers to a function that does not exist.
    #[error("a location refers to function {id}, which is not there")]
    MissingFunction {
        /// Id of the function.
        id: u64,
    },
    /// The profile has no string table.
    #[error("there is no string table")]
    NoStrings,
    /// The profile has no sample types.
    #[error("it has no sample types")]
    NoSampleTypes,
}

/// Kind of a pprof record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordKind {
    /// A sample type or the period type.
    ValueType,
    /// A mapping.
    Mapping,
    /// A location.
    Location,
    /// A function.
    Function,
}

impl fmt::Display for RecordKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ValueType => "value type",
            Self::Mapping => "mapping",
            Self::Location => "location",
            Self::Function => "function",
        })
    }
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

impl Malformed {
    /// Returns true if a salvaging read repairs the contradiction by leaving out a record or a reference.
    pub fn is_salvageable(&self) -> bool {
        matches!(self, Self::ValueCount { .. } | Self::MissingLocation { .. } | Self::MissingFunction { .. })
    }
}

impl FormatError {
    /// Marks damage as [`FormatError::Unsalvageable`]; other errors stay as they are.
    #[must_use]
    pub fn unsalvageable(self) -> Self {
        let is_damage = match &self {
            Self::Corrupt { .. } | Self::Input(InputError::Truncated { .. } | InputError::Stream { .. }) => true,
            Self::Malformed(malformed) => malformed.is_salvageable(),
            _ => false,
        };
        if is_damage { Self::Unsalvageable(Box::new(self)) } else { self }
    }

    /// Exceeded limit; `None` for other errors.
    pub fn limit(&self) -> Option<&LimitError> {
        match self {
            Self::Limit(limit) => Some(limit),
            _ => None,
        }
    }

    /// Advice to the user in one sentence; `None` when there is none.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Empty => "was the profile still being written, or did the download fail?",
            Self::EmptyArchive { .. } => {
                "links, hidden files and files whose path leads out of the archive are left out"
            }
            Self::NotProfile(content) => return content.hint(),
            Self::NotLog(NonLogContent::Profile { .. } | NonLogContent::MaybePprof) => "read it as a profile",
            Self::NotLog(NonLogContent::Other(_)) => {
                "logs of `GODEBUG=gctrace=1`, of `-Xlog:gc*`, and lines with `heap_used`, `rss` and the like are read"
            }
            Self::NotMemory(_) => {
                "MemStats, `/proc/PID/status`, `smaps_rollup`, `memory.stat` and statistics of allocators are read"
            }
            Self::Corrupt { .. } => "the file is damaged or is not a pprof profile; fetch it again",
            Self::Malformed(Malformed::TwoProfiles { .. }) | Self::SecondDump { .. } => {
                "give each profile as a file of its own"
            }
            Self::Malformed(Malformed::DuplicateId { .. }) => {
                "two profiles one after the other? give each as a file of its own; else the program that wrote it is at fault"
            }
            Self::Malformed(_) => "the program that wrote it is at fault; pprof refuses it too",
            Self::Broken { .. } => "the file is damaged or was cut short; fetch it again",
            Self::Input(InputError::Truncated { .. }) => "the file was cut short; fetch it again",
            Self::Input(InputError::Stream { problem: StreamProblem::LineEnds, .. }) => "fetch it again as binary data",
            Self::Input(InputError::Stream { .. }) => "the file is damaged; fetch it again",
            Self::Archive(_) => "the archive was cut short or is damaged; fetch it again",
            Self::Unsalvageable(damage) => return damage.hint(),
            Self::Limit(_) | Self::Input(_) | Self::Cancelled => return None,
        })
    }
}
