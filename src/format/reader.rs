//! Interface between an input and the readers of its format: chunks of inflated bytes in, a profile out.

use std::io::{self, Read};

use super::{FormatError, InputError, ProfileCache};
use crate::base::limits::{Budget, Limits};
use crate::profile::{MemoryKind, Profile, Warning};

/// Bytes inflated at a time: enough to make the cost of a call negligible, and few enough to stay in the second-level
/// cache until they are decoded.
pub const CHUNK: usize = 256 << 10;

/// Source of inflated bytes. Buffers circulate: each call returns the buffer of the last chunk to the source.
pub trait Chunks: Send {
    /// Returns the next chunk, which is not empty, or `None` at the end of the input.
    ///
    /// # Errors
    /// [`InputError`] when the input cannot be read or inflated.
    fn next(&mut self, buffer: Vec<u8>) -> Result<Option<Vec<u8>>, InputError>;

    /// Bytes of text after the end of the compressed stream, which are left out. The number is known once
    /// [`Chunks::next`] has returned `None`.
    fn trailer(&self) -> u64 {
        0
    }

    /// Lines of the file before the first chunk, which count in the positions of errors.
    fn lines_before(&self) -> u64 {
        0
    }
}

impl<C: Chunks + ?Sized> Chunks for &mut C {
    fn next(&mut self, buffer: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        (**self).next(buffer)
    }

    fn trailer(&self) -> u64 {
        (**self).trailer()
    }

    fn lines_before(&self) -> u64 {
        (**self).lines_before()
    }
}

impl<C: Chunks + ?Sized> Chunks for Box<C> {
    fn next(&mut self, buffer: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        (**self).next(buffer)
    }

    fn trailer(&self) -> u64 {
        (**self).trailer()
    }

    fn lines_before(&self) -> u64 {
        (**self).lines_before()
    }
}

/// Chunks of which the first can be examined before it is taken.
pub struct PeekedChunks<'a> {
    first: Option<Vec<u8>>,
    rest: Box<dyn Chunks + 'a>,
}

impl<'a> PeekedChunks<'a> {
    /// Reads the first chunk.
    ///
    /// # Errors
    /// [`InputError`] when the input cannot be read or inflated.
    pub fn new(mut rest: Box<dyn Chunks + 'a>) -> Result<Self, InputError> {
        Ok(Self { first: rest.next(Vec::new())?, rest })
    }

    /// The first chunk; empty when the input is.
    pub fn head(&self) -> &[u8] {
        self.first.as_deref().unwrap_or_default()
    }
}

impl Chunks for PeekedChunks<'_> {
    fn next(&mut self, buffer: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.rest.next(buffer),
        }
    }

    fn trailer(&self) -> u64 {
        self.rest.trailer()
    }

    fn lines_before(&self) -> u64 {
        self.rest.lines_before()
    }
}

/// Chunks read as one sequence of bytes.
pub(super) struct ChunkBytes<C> {
    chunks: C,
    chunk: Vec<u8>,
    at: usize,
}

impl<C: Chunks> ChunkBytes<C> {
    pub(super) fn new(chunks: C) -> Self {
        Self { chunks, chunk: Vec::new(), at: 0 }
    }

    /// Unread bytes of the current chunk, or of the next one; empty at the end.
    pub(super) fn fill(&mut self) -> Result<&[u8], InputError> {
        while self.at == self.chunk.len() {
            self.at = 0;
            let Some(chunk) = self.chunks.next(std::mem::take(&mut self.chunk))? else { return Ok(&[]) };
            self.chunk = chunk;
        }
        Ok(&self.chunk[self.at..])
    }

    /// Consumes `count` of the bytes that [`Self::fill`] returned.
    pub(super) fn consume(&mut self, count: usize) {
        self.at += count;
    }

    /// Consumes one byte; `None` at the end.
    pub(super) fn byte(&mut self) -> Result<Option<u8>, InputError> {
        let byte = self.fill()?.first().copied();
        self.at += usize::from(byte.is_some());
        Ok(byte)
    }
}

impl<C: Chunks> Read for ChunkBytes<C> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.fill().map_err(io::Error::other)?;
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

/// Options of reading an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Limits on size and memory.
    pub limits: Limits,
    /// Unit of values in formats that do not name one: folded stacks.
    pub unit: ValueUnit,
    /// Treatment of damaged input.
    pub damage: DamagePolicy,
    /// Samples to read. Other samples may be left out; see [`Profile::coverage`].
    pub samples: SampleScope,
}

/// Samples to read of a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SampleScope {
    /// All samples.
    #[default]
    All,
    /// Samples with a value of this kind of memory.
    Kind(MemoryKind),
    /// Samples with a value of the kind of the default sample type. The kind is memory in use if the file does not name
    /// the default before its samples.
    DefaultKind,
}

impl From<Limits> for ReadOptions {
    /// Default options with these limits.
    fn from(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }
}

/// Unit of values in formats that do not name one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ValueUnit {
    /// Samples.
    #[default]
    Count,
    /// Bytes.
    Bytes,
}

impl ValueUnit {
    /// Name of the unit as profiles write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Bytes => "bytes",
        }
    }
}

/// Treatment of damaged input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DamagePolicy {
    /// Damage is an error.
    #[default]
    Refuse,
    /// Intact records before and between the damage are kept; pprof profiles only.
    Salvage,
}

/// Options, resources and outputs of one read.
pub struct ReadContext<'a> {
    /// Options of the read.
    pub options: &'a ReadOptions,
    /// Heap budget that the read charges.
    pub budget: &'a mut Budget,
    /// Warnings about the input, in the order found.
    pub warnings: &'a mut Vec<Warning>,
    /// Threads that the read may use.
    pub threads: Threads,
    /// Polled for every chunk; true ends the read with [`FormatError::Cancelled`].
    pub is_cancelled: &'a dyn Fn() -> bool,
    /// Cache with the previous profile of a series; `None` for a single profile.
    pub cache: Option<&'a ProfileCache>,
}

impl<'a> ReadContext<'a> {
    /// Returns the context of a read on the calling thread that is never cancelled.
    pub fn new(options: &'a ReadOptions, budget: &'a mut Budget, warnings: &'a mut Vec<Warning>) -> Self {
        Self { options, budget, warnings, threads: Threads::One, is_cancelled: &|| false, cache: None }
    }
}

/// Threads that a read may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// The calling thread only.
    One,
    /// Further threads for large inputs.
    Several,
}

/// Certainty of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Probe {
    /// The input is not of the format.
    No,
    /// The input may be of the format; a certain format takes precedence.
    Maybe,
    /// The input is of the format.
    Yes,
}

/// A format of profiles: one row of [`FORMATS`](super::FORMATS).
pub struct Format {
    /// Name, as shown in reports and errors.
    pub name: &'static str,
    /// Examines the first chunk of the inflated input.
    pub probe: fn(&[u8]) -> Probe,
    /// Reads a whole profile.
    pub read: fn(&mut dyn Chunks, &mut ReadContext<'_>) -> Result<Profile, FormatError>,
}
