//! Files of a load: directories and archives are replaced by the files in them.

use std::sync::Arc;

use super::archive::{ArchiveSources, archive_sources, unpacked_sources};
use super::input_file::InputFile;
use super::memory_files::CompanionFiles;
use super::source_instances::InstanceSource;
use super::{LoadError, Progress, Reason, SkippedSource, open_chunks};
use crate::base::limits::Budget;
use crate::format::{ArchiveStart, ReadOptions};
use crate::profile::{Input, Origin, Warning};
use crate::source::Address;
use crate::source::companions::{
    AccompaniedFile, companions_of, is_recorded_companion, recorded_companion, with_companions,
};

/// Files to read, and findings about the sources that are not read.
#[derive(Default)]
pub(super) struct InputFiles {
    /// Files in the order in which they are read.
    pub(super) files: Vec<InputFile>,
    /// Sources without files.
    pub(super) absent: Vec<SkippedSource>,
    /// Warnings about archives.
    pub(super) warnings: Vec<Warning>,
    /// Files of memory figures beside the profiles.
    pub(super) companions: CompanionFiles,
    /// Bytes charged for the files of archives.
    pub(super) unpacked: u64,
}

/// Replaces directories and archives by their files, those of the current side before those of the base.
///
/// # Errors
/// [`LoadError::Cancelled`] if the user cancelled.
pub(super) fn collect(
    sides: &[Vec<InstanceSource>; 2],
    options: &ReadOptions,
    progress: &Arc<Progress>,
    budget: &mut Budget,
) -> Result<InputFiles, LoadError> {
    let before = budget.used();
    let mut found = InputFiles::default();
    let in_all = sides.iter().map(Vec::len).sum();
    let mut collector = Collector { options, progress, budget };
    for (side, sources) in [Input::Current, Input::Base].into_iter().zip(sides) {
        for InstanceSource { address: source, instance } in sources {
            match collector.files(source, NamedCount { on_side: sources.len(), in_all }) {
                Ok(part) => {
                    found.files.extend(part.files.into_iter().map(|file| file.on_side(side).of(instance.as_ref())));
                    found.absent.extend(part.absent);
                    found.warnings.extend(part.warnings);
                    found.companions.extend(part.companions);
                }
                Err(reason) if reason.is_cancelled() => return Err(LoadError::Cancelled),
                Err(reason) => {
                    found.absent.push(SkippedSource { source: source.name(), reason, origin: Origin::Named });
                }
            }
        }
    }
    found.unpacked = budget.used() - before;
    Ok(found)
}

/// Number of named sources, on the same side and on both sides.
#[derive(Clone, Copy)]
struct NamedCount {
    on_side: usize,
    in_all: usize,
}

/// Resources needed to replace sources by files.
struct Collector<'a> {
    options: &'a ReadOptions,
    progress: &'a Arc<Progress>,
    budget: &'a mut Budget,
}

impl Collector<'_> {
    /// Files of a named source.
    fn files(&mut self, source: &Address, count: NamedCount) -> Result<InputFiles, Reason> {
        let mut found = InputFiles::default();
        if *source == Address::Stdin {
            let chunks = open_chunks(source, self.options, self.progress);
            let chunks = chunks.map_err(|reason| reason.after_salvage(self.options.damage))?;
            let Some(start) = ArchiveStart::of(chunks.head()) else {
                found.files.push(InputFile::opened(source.clone(), chunks));
                return Ok(found);
            };
            let inside = unpacked_sources(start, chunks, source, self.options, self.progress, self.budget)?;
            found.extend_found(inside);
            return Ok(found);
        }
        if let Some(inside) = archive_sources(source, self.options, self.progress, self.budget)? {
            found.extend_found(inside);
            return Ok(found);
        }
        let members = source.members()?;
        if matches!(source, Address::Dir(_)) {
            let mut inside = ArchiveSources::default();
            for file in members {
                match archive_sources(&file, self.options, self.progress, self.budget) {
                    Ok(None) => inside.files.push(file),
                    Ok(Some(archive)) => {
                        inside.files.extend(archive.files);
                        inside.skipped.extend(archive.skipped);
                        inside.warnings.extend(archive.warnings);
                    }
                    Err(reason) if reason.is_cancelled() => return Err(reason),
                    Err(reason) => {
                        let skipped = SkippedSource { source: file.name(), reason, origin: Origin::Found };
                        inside.skipped.push(skipped);
                    }
                }
            }
            found.extend_found(inside);
            return Ok(found);
        }
        // A shell pattern also names the files of memory figures among the snapshots of a recording.
        if count.on_side > 1 && members.iter().all(|file| is_recorded_companion(&file.name())) {
            return Ok(found);
        }
        for file in members {
            let beside = if count.in_all <= MOST_SEARCHED {
                companions_of(&file)
            } else {
                recorded_companion(&file).into_iter().collect()
            };
            found.companions.insert(file.name(), beside);
            found.files.push(InputFile::new(file, Input::Current, Origin::Named));
        }
        Ok(found)
    }
}

impl InputFiles {
    /// Adds the files of a directory or archive; files of memory figures are attached to the profiles beside them.
    fn extend_found(&mut self, inside: ArchiveSources) {
        for AccompaniedFile { file, companions } in with_companions(inside.files) {
            if !companions.is_empty() {
                self.companions.insert(file.name(), companions);
            }
            self.files.push(InputFile::new(file, Input::Current, Origin::Found));
        }
        self.absent.extend(inside.skipped);
        self.warnings.extend(inside.warnings);
    }
}

/// Maximum number of named files for which all names of memory-figure files are tried; beyond it, only the names used
/// by recordings.
const MOST_SEARCHED: usize = 8;
