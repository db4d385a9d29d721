//! Why a binary gives no names.

use crate::base::limits::LimitError;

/// What is wrong with a binary.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// It is no ELF file.
    #[error("not an ELF program or library")]
    NotElf,
    /// It is one, and does not read as one.
    #[error("broken ELF file: {0}")]
    Broken(String),
    /// It takes more memory than there is.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl ImageError {
    /// What would help.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotElf => Some("give the program that was profiled, or a library of it"),
            Self::Broken(_) => Some("the file is damaged or was cut short; copy it again"),
            Self::Limit(_) => None,
        }
    }
}
