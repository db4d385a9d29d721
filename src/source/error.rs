//! Why a source gives no bytes, in words that name neither the program nor the address: whoever reports it knows both.

use std::io;

use super::http::HttpError;
use crate::base::limits::LimitError;

/// Error of opening or reading a source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Nothing has this name.
    #[error("no such file or directory")]
    Missing,
    /// It is there, and may not be read.
    #[error("permission denied")]
    Denied,
    /// A directory where bytes were wanted.
    #[error("is a directory")]
    Directory,
    /// A directory without a single file.
    #[error("no files in this directory")]
    NoFiles,
    /// Standard input is a keyboard.
    #[error("standard input is a terminal, not a profile")]
    Terminal,
    /// A service gives no profile.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Any other refusal of the operating system.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
}

impl SourceError {
    /// What would help, where something would.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing => Some("check the path".to_owned()),
            Self::Directory | Self::NoFiles => Some("give the directory that holds the profiles itself".to_owned()),
            Self::Terminal => Some("pipe a profile in".to_owned()),
            Self::Http(error) => error.hint(),
            Self::Denied | Self::Unreadable(_) => None,
        }
    }

    /// The limit that was reached, where that is why.
    pub fn limit(&self) -> Option<&LimitError> {
        match self {
            Self::Http(HttpError::Limit(limit)) => Some(limit),
            _ => None,
        }
    }
}

impl From<io::Error> for SourceError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::IsADirectory => Self::Directory,
            _ => Self::Unreadable(error),
        }
    }
}
