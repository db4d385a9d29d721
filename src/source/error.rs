//! Errors of opening a source. Messages name neither the program nor the address, which the caller knows.

use std::io;
use std::path::PathBuf;

use super::http::HttpError;
use super::store::StoreError;
use crate::base::limits::LimitError;

/// Error of opening or reading a source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The path does not exist.
    #[error("no such file or directory")]
    Missing,
    /// The user has no permission to read the path.
    #[error("permission denied")]
    Denied,
    /// The path is a directory.
    #[error("is a directory")]
    Directory,
    /// The directory has no files.
    #[error("no files in this directory")]
    NoFiles,
    /// The directory has no files, but directories with files.
    #[error("no profiles in this directory, but in {} of it: {}", counted(.0.len()), listed(.0))]
    OnlyDirectories(Vec<PathBuf>),
    /// Standard input is a terminal.
    #[error("standard input is a terminal, not a profile")]
    Terminal,
    /// The address is that of a profile store, which cannot be read as a file.
    #[error("is a profile store, and a file is needed here")]
    NotFile,
    /// A request to a profile store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A request to a service failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Another error of the operating system.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
}

impl SourceError {
    /// Advice to the user in one sentence; `None` when there is none.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing => Some("check the path".to_owned()),
            Self::Directory | Self::NoFiles => Some("give the directory that holds the profiles itself".to_owned()),
            Self::OnlyDirectories(_) => Some("each is a series: open one of them".to_owned()),
            Self::Terminal => Some("pipe a profile in".to_owned()),
            Self::Http(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Denied | Self::NotFile | Self::Unreadable(_) => None,
        }
    }

    /// Exceeded limit; `None` for other errors.
    pub fn limit(&self) -> Option<&LimitError> {
        match self {
            Self::Http(HttpError::Limit(limit)) | Self::Store(StoreError::Http(HttpError::Limit(limit))) => Some(limit),
            _ => None,
        }
    }
}

/// Maximum number of directories named in a message; the rest is counted.
const NAMED: usize = 8;

fn counted(count: usize) -> String {
    if count == 1 { "a directory".to_owned() } else { format!("{count} directories") }
}

fn listed(folders: &[PathBuf]) -> String {
    let name = |folder: &PathBuf| folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut names: Vec<String> = folders.iter().take(NAMED).map(name).collect();
    let more = folders.len().saturating_sub(NAMED);
    names.extend((more > 0).then(|| format!("{more} more")));
    names.join(", ")
}

impl From<io::Error> for SourceError {
    fn from(error: io::Error) -> Self {
        // A stream that ends early has the error of its request inside.
        let error = match error.downcast::<HttpError>() {
            Ok(error) => return error.into(),
            Err(error) => error,
        };
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::IsADirectory => Self::Directory,
            _ => Self::Unreadable(error),
        }
    }
}
