//! Export of the current view to a file: the file name determines report and format, and an existing file is replaced
//! only after a confirmation.

use std::sync::Arc;

use crate::analysis::lines::name_of;
use crate::app::effect::{ExistingFile, ExportInput, Exporting};
use crate::app::{App, Effect, invocation, source};
use crate::view::instances::state::InstancesData;
use crate::view::notice::Notice;
use crate::view::palette::state::ArgumentChoice;
use crate::view::source::state::LinesState;

/// Output format of a file: extension, format, description, and the kind of report if the extension implies one.
#[derive(Debug)]
pub(crate) struct ExportForm {
    pub(crate) ending: &'static str,
    pub(crate) word: &'static str,
    pub(crate) own: Option<&'static str>,
    about: &'static str,
}

const fn form(ending: &'static str, word: &'static str, own: Option<&'static str>, about: &'static str) -> ExportForm {
    ExportForm { ending, word, own, about }
}

impl ExportForm {
    /// Returns true if a view whose report is `kind` can be written in this format.
    pub(crate) fn is_of(&self, kind: &str) -> bool {
        self.own.is_some() || kind != "memory" || matches!(self.word, "json" | "text")
    }
}

/// Output formats, most common first.
pub(crate) const FORMS: [ExportForm; 9] = [
    form("svg", "svg", Some("svg"), "picture of the icicle"),
    form("html", "html", Some("html"), "page with icicle, table and search"),
    form("pb.gz", "pprof", Some("pprof"), "pprof profile"),
    form("folded", "folded", Some("folded"), "folded stacks"),
    form("csv", "csv", None, "table for spreadsheets"),
    form("md", "markdown", None, "Markdown table"),
    form("json", "json", None, "figures as JSON"),
    form("txt", "text", None, "figures as text"),
    form("pprof", "pprof", Some("pprof"), "pprof profile"),
];

/// Suggested file names, one for each format.
pub fn choices(app: &App) -> Vec<ArgumentChoice> {
    let (stem, kind) = (stem(app), invocation::view_report(app).kind);
    let choice = |form: &ExportForm| {
        let about = match form.own {
            Some(_) => form.about.to_owned(),
            None => format!("{}: report {}", form.about, kind),
        };
        ArgumentChoice { word: format!("{stem}.{}", form.ending), about }
    };
    FORMS.iter().take(FORMS.len() - 1).filter(|form| form.is_of(kind)).map(choice).collect()
}

/// File extensions that a suggested file name leaves out.
const EXTENSIONS: [&str; 16] = [
    "gz",
    "zst",
    "pb",
    "pprof",
    "prof",
    "heap",
    "heapprofile",
    "txt",
    "json",
    "folded",
    "csv",
    "jfr",
    "bin",
    "zip",
    "tar",
    "tgz",
];

/// Stem of the suggested file names, built from title and sample type.
fn stem(app: &App) -> String {
    let types = app.series().sample_types();
    let sample_type = types.get(app.tasks.jobs.wanted().sample_type).map_or("heap", |chosen| chosen.name.raw());
    let compared = if app.tasks.jobs.wanted().base.is_some() { "-diff" } else { "" };
    plain_name(&format!("{}-{sample_type}{compared}", title_stem(&app.document.title)))
}

/// Last component of a title, without the extensions of a file.
fn title_stem(title: &str) -> &str {
    let mut stem = title.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    stem = stem.split([' ', '?']).next().unwrap_or_default();
    while let Some((rest, extension)) = stem.rsplit_once('.')
        && EXTENSIONS.contains(&extension)
    {
        stem = rest;
    }
    stem
}

/// File name of plain characters that does not look like an option or a hidden file.
fn plain_name(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' };
    name.trim_start_matches(['-', '.']).chars().map(plain).collect()
}

/// Exports to a file of this name.
///
/// # Errors
/// One line with the reason: no format has this extension, or the view has no such report.
pub fn begin(app: &mut App, path: &str, existing: ExistingFile) -> Result<Vec<Effect>, String> {
    if app.environment.setup.is_secure {
        return Err("`HEAPGLASS_SECURE` disables writing".to_owned());
    }
    let ends = |form: &&ExportForm| path.len() > form.ending.len() + 1 && path.ends_with(&format!(".{}", form.ending));
    let Some(form) = FORMS.iter().find(ends) else {
        let endings: Vec<&str> = FORMS.iter().map(|form| form.ending).collect();
        return Err(format!("the name says what is written: end it with .{}", endings.join(", .")));
    };
    let kind = form.own.unwrap_or_else(|| invocation::view_report(app).kind);
    let input = input(app, kind)?;
    app.notice = Some(Notice::Info(format!("writing {path}")));
    // The tree, its picture and its page show the current view; every other report is based on the call tree.
    let document = &app.document.answer;
    let answer = if matches!(kind, "tree" | "svg" | "html") { document } else { document.call_order() };
    let (path, answer) = (path.to_owned(), answer.clone());
    // A line about the settings is none about the figures.
    let of_settings = app.environment.setup.warning();
    let is_of_input = |line: &&String| of_settings.as_ref() != Some(*line);
    let warnings = app.document.warned.iter().filter(is_of_input).cloned().collect();
    let exporting = Exporting { kind, form: form.word, path, existing, answer, input, warnings };
    Ok(vec![Effect::Export(Box::new(exporting))])
}

/// Error of a report about a function that the profile does not have.
const MISSING_FUNCTION: &str = "the function is not in the current profile";

/// Input that a report of this kind needs beside the answer.
///
/// # Errors
/// One line if the input is still being computed, or cannot be.
fn input(app: &App, kind: &str) -> Result<ExportInput, String> {
    let pending = |what: &str| format!("{what} still being computed");
    let frames = app.document.answer.call_order().tree.frames();
    match kind {
        "leaks" => app.views.trend.trends().cloned().map(ExportInput::Trends).ok_or_else(|| pending("the trend is")),
        "instances" => match app.views.instances.data() {
            InstancesData::Table(table) => Ok(ExportInput::Instances(Arc::clone(table))),
            InstancesData::Missing(limit) => Err(limit.to_string()),
            InstancesData::Pending => Err(pending("the instances are")),
        },
        "labels" => Ok(app.views.labels.key().map_or(ExportInput::Answer, |key| ExportInput::LabelKey(key.to_owned()))),
        "callers" => {
            let frame = app.views.sandwich.middle_name().and_then(|name| frames.find(name));
            let frame = frame.ok_or(MISSING_FUNCTION)?;
            Ok(ExportInput::Calls(frames.row(frame)))
        }
        "source" => {
            let lines = match app.views.source.lines_state() {
                LinesState::Lines(lines) => Arc::clone(lines),
                LinesState::Missing(reason) => return Err(reason.clone()),
                LinesState::Pending => return Err(pending("the lines are")),
            };
            let wanted = app.views.source.function().map(|function| &function.name);
            let wanted = wanted.ok_or(MISSING_FUNCTION)?;
            let frame = frames.ids().find(|frame| name_of(app.series(), frames, *frame).as_ref() == Some(wanted));
            let row = frames.row(frame.ok_or(MISSING_FUNCTION)?);
            let reader = app.environment.setup.source_reader.clone();
            Ok(ExportInput::Lines { row, lines, reader, taken: source::newest_time(app) })
        }
        _ => Ok(ExportInput::Answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggested_names_keep_all_but_the_extensions_of_the_source() {
        let stem = |title: &str| plain_name(title_stem(title));
        assert_eq!(stem("127.0.0.1:6060"), "127.0.0.1_6060");
        assert_eq!(stem("http://shop:6060/debug/pprof/heap?debug=1"), "heap");
        assert_eq!(stem("a/heap.debug1.txt"), "heap.debug1");
        assert_eq!(stem("a/v1.2.heap.pb.gz"), "v1.2");
        assert_eq!(stem("snapshots/"), "snapshots");
        assert_eq!(stem("-rf.pb.gz"), "rf");
    }
}
