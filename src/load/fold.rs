//! Files become a series, one after the other, and what cannot join it is left out with its reason.
//!
//! A file that was named and measures something else is an error. A folder is another matter: profilers put profiles of
//! memory, of time and of goroutines side by side, and whoever names the folder means those that go together. What the
//! first file measures says which these are, unless that is no memory and another file's is.

use std::sync::atomic::Ordering;

use super::ahead::ReadAhead;
use super::{LoadContext, LoadError, ReadOutcome, Reason, SkippedSource, read};
use crate::format::{FormatError, Threads};
use crate::profile::{Input, Kind, MergeError, SampleType, Series, Warning};
use crate::source::Address;
use crate::symbolize::{Image, Symbolizer};

/// A file to be read.
#[derive(Clone)]
pub(super) struct InputFile {
    /// Where it is.
    pub(super) file: Address,
    /// Which side its snapshot belongs to.
    pub(super) side: Input,
    /// Who chose it.
    pub(super) origin: InputOrigin,
}

/// Who chose a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum InputOrigin {
    /// The user.
    Named,
    /// Nobody: it lies in a folder that was named.
    Folder,
}

/// What became of the files.
pub(super) struct Folded {
    /// Those that could be read and go together; none where there are none.
    pub(super) series: Option<Series>,
    /// The others.
    pub(super) skipped: Vec<SkippedSource>,
    /// What else is worth saying.
    pub(super) warnings: Vec<Warning>,
}

/// Folds files into a series in their order, those of the sources before those to compare with.
///
/// # Errors
/// [`LoadError`] when a file that was named does not go with the others, or when the user asked to stop.
pub(super) fn fold(candidates: Vec<InputFile>, room: &LoadContext, images: &[Image]) -> Result<Folded, LoadError> {
    let once = SeriesFold::new(room, images).all(&candidates)?;
    let is_free = candidates.iter().all(|candidate| candidate.origin == InputOrigin::Folder);
    let is_of_memory = once.series.as_ref().is_some_and(|series| measures_memory(series.sample_types()));
    if once.memory.is_empty() || is_of_memory || !is_free {
        return Ok(once.end());
    }
    let mut numbered: Vec<(usize, InputFile)> = candidates.into_iter().enumerate().collect();
    numbered.sort_by_key(|(at, candidate)| (candidate.side == Input::Base, !once.memory.contains(at)));
    let again: Vec<InputFile> = numbered.into_iter().map(|(_, candidate)| candidate).collect();
    Ok(SeriesFold::new(room, images).all(&again)?.end())
}

/// Whether any of these types says what memory is held or was asked for.
fn measures_memory(types: &[SampleType]) -> bool {
    types.iter().any(|sample_type| sample_type.kind() != Kind::Other)
}

/// Files on their way into a series.
struct SeriesFold<'a> {
    /// What the first profile begins with.
    room: &'a LoadContext,
    symbolizer: Symbolizer<'a>,
    series: Option<Series>,
    skipped: Vec<SkippedSource>,
    warnings: Vec<Warning>,
    /// The numbers of files that measure memory, which the series before them does not.
    memory: Vec<usize>,
}

impl<'a> SeriesFold<'a> {
    fn new(room: &'a LoadContext, images: &'a [Image]) -> Self {
        let symbolizer = Symbolizer::new(images);
        Self { room, symbolizer, series: None, skipped: Vec::new(), warnings: Vec::new(), memory: Vec::new() }
    }

    fn all(mut self, candidates: &[InputFile]) -> Result<Self, LoadError> {
        let expected = candidates.iter().map(|candidate| candidate.file.size()).sum::<Option<u64>>().unwrap_or(0);
        let progress = &self.room.progress;
        progress.expected.store(progress.read() + expected, Ordering::Relaxed);
        let mut ahead = ReadAhead::default();
        for (at, candidate) in candidates.iter().enumerate() {
            // Without a source there is nothing that a base could be read for.
            if candidate.side == Input::Current || self.series.is_some() {
                let read = ahead.take(at);
                self.file(at, candidate, read)?;
            }
            if self.series.is_some() {
                ahead.go_on(&candidates[at + 1..], at + 1, &self.room_left());
            }
        }
        Ok(self)
    }

    fn end(mut self) -> Folded {
        self.warnings.extend(self.symbolizer.into_warnings());
        Folded { series: self.series, skipped: self.skipped, warnings: self.warnings }
    }

    fn skip(&mut self, source: &Address, reason: Reason) {
        self.skipped.push(SkippedSource { source: source.name(), reason });
    }

    /// What reading the next file needs besides it.
    fn room_left(&self) -> LoadContext {
        match &self.series {
            Some(series) => LoadContext { budget: series.budget().clone(), ..self.room.clone() },
            None => self.room.clone(),
        }
    }

    /// Takes a file into the series, `known` being what was read of it already.
    fn file(&mut self, at: usize, candidate: &InputFile, known: Option<ReadOutcome>) -> Result<(), LoadError> {
        let file = &candidate.file;
        let mut room = self.room_left();
        let outcome = known.unwrap_or_else(|| read(file, &mut room, Threads::Several));
        self.warnings.extend(outcome.warnings.into_iter().map(|warning| warning.of_source(&file.name())));
        let mut profile = match outcome.profile {
            Ok(profile) => profile,
            Err(reason) if reason.is_cancelled() => return Err(LoadError::Cancelled),
            Err(reason) => {
                self.skip(file, reason);
                return Ok(());
            }
        };
        if let Err(limit) = self.symbolizer.symbolize(&mut profile, &mut room.budget) {
            self.skip(file, FormatError::from(limit).into());
            return Ok(());
        }
        let Some(series) = &mut self.series else {
            self.series = Some(Series::new(profile, room.budget));
            return Ok(());
        };
        let is_of_memory = measures_memory(&profile.header.sample_types);
        match series.add(profile, candidate.side) {
            Ok(()) => {}
            Err(error @ (MergeError::NoCommonType { .. } | MergeError::PeriodType { .. }))
                if candidate.origin == InputOrigin::Folder =>
            {
                if is_of_memory {
                    self.memory.push(at);
                }
                self.skip(file, error.into());
            }
            Err(error) => return Err(LoadError::Unlike(SkippedSource { source: file.name(), reason: error.into() })),
        }
        Ok(())
    }
}
