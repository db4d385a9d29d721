//! Inflated bytes, a piece at a time.

use crate::format::InputError;

/// How much is inflated at a time: large enough that a turn costs nothing, small enough to stay in the second-level
/// cache while it is decoded.
pub const CHUNK: usize = 256 << 10;

/// A source of inflated bytes. Buffers circulate: the caller gives back the one it has read.
pub trait Chunks: Send {
    /// The next piece, none at the end. Pieces are not empty.
    ///
    /// # Errors
    /// [`InputError`] when the input cannot be read or inflated.
    fn next(&mut self, used: Vec<u8>) -> Result<Option<Vec<u8>>, InputError>;
}

/// Chunks whose first piece can be looked at before it is taken.
pub struct PeekedChunks {
    first: Option<Vec<u8>>,
    rest: Box<dyn Chunks>,
}

impl PeekedChunks {
    /// Reads the first piece.
    ///
    /// # Errors
    /// [`InputError`] when the input cannot be read or inflated.
    pub fn new(mut rest: Box<dyn Chunks>) -> Result<Self, InputError> {
        Ok(Self { first: rest.next(Vec::new())?, rest })
    }

    /// The first piece, empty when the input is.
    pub fn head(&self) -> &[u8] {
        self.first.as_deref().unwrap_or_default()
    }
}

impl Chunks for PeekedChunks {
    fn next(&mut self, used: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.rest.next(used),
        }
    }
}
