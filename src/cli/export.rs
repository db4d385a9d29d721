//! Export of the explorer's view to a file, through the same reports as `--output`.

use std::io;
use std::path::Path;

use crate::analysis::{Answer, SourceLines};
use crate::app::effect::{ExistingFile, ExportInput};
use crate::app::{Exported, Exporting};
use crate::report::{Listing, Report, ReportFormat, Subject, TreeOptions};

use super::figure_notes;
use super::output::{create, known, replace};
use super::request::InputPolicy;

/// Writes the file atomically: a reader sees either all of it or nothing.
pub(crate) fn export(exporting: Exporting) -> Exported {
    let Exporting { kind, form, path, existing, answer, input, mut warnings } = exporting;
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
    // The memory account does not depend on a sample type.
    if kind != "memory" {
        let notes = figure_notes::notes(&answer, InputPolicy::Warn);
        warnings.extend(notes.into_iter().map(|note| note.line));
    }
    let listings = listings(&input);
    let subject = Subject {
        limit: limit(*format),
        warnings: &warnings,
        tree_options: TreeOptions { chains: format.usual_chains(), ..TreeOptions::default() },
        listings: &listings,
        ..subject(&answer, &input)
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

/// Subject with the input of the report.
fn subject<'a>(answer: &'a Answer, input: &'a ExportInput) -> Subject<'a> {
    let subject = Subject::of(answer);
    match input {
        ExportInput::Answer => subject,
        ExportInput::Trends(trends) => Subject { trends: Some(trends), ..subject },
        ExportInput::Instances(table) => Subject { instances: Some(table), ..subject },
        ExportInput::LabelKey(key) => Subject { key: Some(key), ..subject },
        ExportInput::Calls(row) | ExportInput::Lines { row, .. } => {
            Subject { functions: std::slice::from_ref(row), ..subject }
        }
    }
}

/// Listing of the function whose lines are exported, with the text of the files that are found; empty for other reports.
fn listings(input: &ExportInput) -> Vec<Listing> {
    let ExportInput::Lines { row, lines, reader, taken } = input else { return Vec::new() };
    let text = |file: &str| if file.is_empty() { None } else { reader.read(file, *taken).ok() };
    let texts = lines.files.iter().map(|file| text(file.file.raw())).collect();
    vec![Listing { row: *row, lines: SourceLines::clone(lines), texts }]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::export::FORMS;

    #[test]
    fn every_view_can_be_written_in_the_formats_that_are_offered() {
        let kinds = ["tree", "top", "diff", "leaks", "labels", "instances", "callers", "source", "memory"];
        for (kind, form) in kinds.iter().flat_map(|kind| FORMS.iter().map(move |form| (kind, form))) {
            let report = Report::find(form.own.unwrap_or(kind)).unwrap();
            let is_known = report.formats.iter().any(|(format, _)| format.name() == form.word);
            assert_eq!(is_known, form.is_of(kind), "{kind} as {}", form.word);
        }
    }
}
