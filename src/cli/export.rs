//! Export of the explorer's view to a file, through the same reports as `--output`.

use std::io;
use std::path::Path;

use crate::app::effect::ExistingFile;
use crate::app::{Exported, Exporting};
use crate::report::{Report, ReportFormat, Subject, TreeOptions};

use super::figure_notes;
use super::output::{create, known, replace};
use super::request::InputPolicy;

/// Writes the file atomically: a reader sees either all of it or nothing.
pub(crate) fn export(exporting: Exporting) -> Exported {
    let Exporting { kind, form, path, existing, answer, trends, key, mut warnings } = exporting;
    let writers = Report::find(kind).map_or(&[][..], |report| report.formats);
    let Some((format, writer)) = writers.iter().find(|(format, _)| format.name() == form) else {
        return Exported::Failed(format!("`report {kind}` cannot be written as {form}"));
    };
    let file = Path::new(&path);
    if existing == ExistingFile::Kept
        && let Some(known) = known(file)
    {
        return Exported::Exists(known);
    }
    warnings.extend(figure_notes::notes(&answer, InputPolicy::Warn).into_iter().map(|note| note.line));
    let subject = Subject {
        answer: &answer,
        trends: trends.as_deref(),
        key: key.as_deref(),
        limit: limit(*format),
        warnings: &warnings,
        tree_options: TreeOptions { chains: format.usual_chains(), ..TreeOptions::default() },
        ..Subject::of(&answer)
    };
    let mut written = 0;
    let write = |out: &mut dyn io::Write| {
        let mut counted = CountingWriter { out, bytes: 0 };
        let result = writer(&subject, &mut counted);
        written = counted.bytes;
        result
    };
    let result = match existing {
        ExistingFile::Kept => create(file, write),
        ExistingFile::Replaced => replace(file, write),
    };
    match result {
        Ok(()) => Exported::Written(written),
        // A file that was created in the meantime needs a confirmation too.
        Err(failure) => match known(file).filter(|_| existing == ExistingFile::Kept) {
            Some(known) => Exported::Exists(known),
            None => Exported::Failed(failure.lines().join("; ")),
        },
    }
}

/// Row limit: files get all rows, except tables for people.
fn limit(format: ReportFormat) -> usize {
    if format == ReportFormat::Markdown { format.usual_limit() } else { 0 }
}

/// Writer that counts bytes.
struct CountingWriter<'a> {
    out: &'a mut dyn io::Write,
    bytes: u64,
}

impl io::Write for CountingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
