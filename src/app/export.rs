//! Export of the current view to a file: report and format follow from the file name, and an existing file is replaced
//! only after a confirmation.

use std::sync::Arc;

use crate::analysis::{Answer, Trends};
use crate::app::state::Notice;
use crate::app::{App, Effect, invocation, palette};
use crate::base::units::Unit;
use crate::layout::panes::ActiveView;
use crate::view::keys::KeyRef;
use crate::view::palette::state::ArgumentChoice;

/// Treatment of an existing file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingFile {
    /// Keep it, and ask for a confirmation.
    Kept,
    /// Replace it.
    Replaced,
}

/// Export, with all its inputs.
#[derive(Debug)]
pub struct Exporting {
    /// Kind of report.
    pub kind: &'static str,
    /// Output format.
    pub form: &'static str,
    /// Path, as typed.
    pub path: String,
    /// Treatment of an existing file.
    pub existing: ExistingFile,
    /// Answer to export.
    pub answer: Answer,
    /// Trends, for a report of trends.
    pub trends: Option<Arc<Trends>>,
    /// Label key, for a report of labels.
    pub key: Option<String>,
}

/// Result of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exported {
    /// Bytes written.
    Written(u64),
    /// The file exists; the text describes it.
    Exists(String),
    /// Reason of the failure.
    Failed(String),
}

/// Output format of a file: extension, kind of report where the extension implies one, description.
struct ExportForm {
    ending: &'static str,
    word: &'static str,
    own: Option<&'static str>,
    about: &'static str,
}

const fn form(ending: &'static str, word: &'static str, own: Option<&'static str>, about: &'static str) -> ExportForm {
    ExportForm { ending, word, own, about }
}

/// Output formats, most common first.
const FORMS: [ExportForm; 8] = [
    form("svg", "svg", Some("svg"), "flame graph"),
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
    let stem = stem(app);
    let choice = |form: &ExportForm| {
        let about = match form.own {
            Some(_) => form.about.to_owned(),
            None => format!("{}: report {}", form.about, invocation::kind(app)),
        };
        ArgumentChoice { word: format!("{stem}.{}", form.ending), about }
    };
    FORMS.iter().take(FORMS.len() - 1).map(choice).collect()
}

/// Stem of a suggested file name, from the contents.
fn stem(app: &App) -> String {
    let title = app.title.rsplit('/').next().unwrap_or_default();
    let title = title.split(['.', ' ', '?']).next().unwrap_or_default();
    let types = app.series().sample_types();
    let sample_type = types.get(app.jobs.wanted().sample_type).map_or("heap", |chosen| chosen.name.raw());
    let compared = if app.jobs.wanted().base.is_some() { "-diff" } else { "" };
    let letters = format!("{title}-{sample_type}{compared}");
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-_".contains(letter) { letter } else { '_' };
    letters.trim_start_matches(['-', '.']).chars().map(plain).collect()
}

/// Opens the palette with the most common export.
pub fn ask(app: &mut App) {
    if app.setup.is_secure {
        app.notice = Some(Notice::Failed("`HEAPGLASS_SECURE` disables writing".to_owned()));
        return;
    }
    palette::open_with(app, "export ");
}

/// Exports to a file of this name.
///
/// # Errors
/// One line with the reason: no format has this extension, or the view has no such report.
pub fn begin(app: &mut App, path: &str, existing: ExistingFile) -> Result<Vec<Effect>, String> {
    if app.setup.is_secure {
        return Err("`HEAPGLASS_SECURE` disables writing".to_owned());
    }
    let ends = |form: &&ExportForm| path.len() > form.ending.len() + 1 && path.ends_with(&format!(".{}", form.ending));
    let Some(form) = FORMS.iter().find(ends) else {
        let endings: Vec<&str> = FORMS.iter().map(|form| form.ending).collect();
        return Err(format!("the name says what is written: end it with .{}", endings.join(", .")));
    };
    let kind = form.own.unwrap_or_else(|| invocation::kind(app));
    let trends = if app.front == ActiveView::Trend { app.trend.trends().cloned() } else { None };
    if kind == "leaks" && trends.is_none() {
        return Err("the trend is still being computed".to_owned());
    }
    let key = app.labels.key().filter(|_| kind == "labels").map(str::to_owned);
    app.notice = Some(Notice::Said(format!("writing {path}")));
    let (path, answer) = (path.to_owned(), app.answer.clone());
    let exporting = Exporting { kind, form: form.word, path, existing, answer, trends, key };
    Ok(vec![Effect::Export(Box::new(exporting))])
}

/// Shows the result. For an existing file, opens the palette with the command that replaces it.
pub fn exported(app: &mut App, path: &str, exported: Exported) {
    match exported {
        Exported::Written(bytes) => {
            let bytes = Unit::Bytes.long(i64::try_from(bytes).unwrap_or(i64::MAX));
            app.notice = Some(Notice::Said(format!("wrote {path}, {bytes}")));
        }
        Exported::Failed(reason) => app.notice = Some(Notice::Failed(reason)),
        Exported::Exists(known) => {
            palette::open_with(app, &format!("overwrite {path}"));
            let [accept, cancel] = [KeyRef::Accept, KeyRef::Cancel].map(|mention| app.keys.of(mention));
            let complaint = format!("{path} exists, {known}: {accept} replaces it, {cancel} keeps it");
            palette::complain(app, complaint);
        }
    }
}
