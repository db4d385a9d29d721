//! Figures of a process's memory, as kernels, containers, runtimes and allocators print them.
//!
//! A source is recognized by the names of its figures, whatever their arrangement: a row of `SOURCES` lists the names.
//! A file may contain several sources one after the other, each under a line `==> name <==`, as `tail -n +1` prints
//! several files.

mod native_tracking;
mod numbers;
mod pairs;
mod section;
mod sources;
mod tcmalloc_lines;

use super::gclog::{LogLine, LogLines};
use super::{Chunks, ContentKind, FormatError, PeekedChunks, ReadContext};
use crate::profile::{ProcessMemory, Warning, WarningKind};
use section::Section;

/// Reads all sources of a file. `name` is the name of the file: a kernel file that contains a single number is
/// recognized by its name.
///
/// # Errors
/// [`FormatError`] when no source is recognized, the input fails, or a limit is exceeded.
pub fn read(chunks: Box<dyn Chunks>, name: &str, context: &mut ReadContext<'_>) -> Result<ProcessMemory, FormatError> {
    let mut chunks = PeekedChunks::new(chunks)?;
    if chunks.head().is_empty() {
        return Err(FormatError::Empty);
    }
    let content = ContentKind::of(chunks.head());
    let mut memory = ProcessMemory::default();
    let mut section = Section::new(name.as_bytes());
    let mut lines = LogLines::new(&mut chunks);
    while let Some(line) = lines.next(context)? {
        let text = match line {
            LogLine::Text(text) => text,
            LogLine::Unterminated(text) => {
                let kept = section::without_cut_figure(text);
                if kept.len() < text.len() {
                    let text = "its last line has no line break, so the figure in it may be cut and is left out";
                    context.warnings.push(Warning::new(WarningKind::Incomplete, text));
                }
                kept
            }
            LogLine::TooLong => continue,
        };
        match text.strip_prefix(b"==> ").and_then(|rest| rest.strip_suffix(b" <==")) {
            Some(next) => memory.merge(std::mem::replace(&mut section, Section::new(next)).finish()),
            None => section.read_line(text),
        }
    }
    memory.merge(section.finish());
    if memory.sources.is_empty() { Err(FormatError::NotMemory(content)) } else { Ok(memory) }
}

/// Returns true if the first bytes of a file are figures of memory.
pub(super) fn is_figures(head: &[u8]) -> bool {
    let mut section = Section::new(b"");
    head.split(|byte| *byte == b'\n').for_each(|line| section.read_line(line));
    !section.finish().sources.is_empty()
}

#[cfg(test)]
mod tests;
