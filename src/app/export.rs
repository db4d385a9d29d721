//! Export of the current view to a file: the file name determines report and format, and an existing file is replaced
//! only after a confirmation.

use crate::app::effect::ExistingFile;
use crate::app::effect::Exporting;

use crate::app::{App, Effect, invocation};
use crate::layout::panes::ActiveView;
use crate::view::notice::Notice;
use crate::view::palette::state::ArgumentChoice;

/// Output format of a file: extension, format, description, and the kind of report if the extension implies one.
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
const FORMS: [ExportForm; 9] = [
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

/// Stem of the suggested file names, built from title and sample type.
fn stem(app: &App) -> String {
    let title = app.document.title.rsplit('/').next().unwrap_or_default();
    let title = title.split(['.', ' ', '?']).next().unwrap_or_default();
    let types = app.series().sample_types();
    let sample_type = types.get(app.tasks.jobs.wanted().sample_type).map_or("heap", |chosen| chosen.name.raw());
    let compared = if app.tasks.jobs.wanted().base.is_some() { "-diff" } else { "" };
    let letters = format!("{title}-{sample_type}{compared}");
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-_".contains(letter) { letter } else { '_' };
    letters.trim_start_matches(['-', '.']).chars().map(plain).collect()
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
    let kind = form.own.unwrap_or_else(|| invocation::kind(app));
    let trends = if app.views.front == ActiveView::Trend { app.views.trend.trends().cloned() } else { None };
    if kind == "leaks" && trends.is_none() {
        return Err("the trend is still being computed".to_owned());
    }
    let key = app.views.labels.key().filter(|_| kind == "labels").map(str::to_owned);
    app.notice = Some(Notice::Info(format!("writing {path}")));
    // The tree, its picture and its page show the current view; every other report is based on the call tree.
    let document = &app.document.answer;
    let answer = if matches!(kind, "tree" | "svg" | "html") { document } else { document.call_order() };
    let (path, answer) = (path.to_owned(), answer.clone());
    // A line about the settings is none about the figures.
    let of_settings = app.environment.setup.warning();
    let is_of_input = |line: &&String| of_settings.as_ref() != Some(*line);
    let warnings = app.document.warned.iter().filter(is_of_input).cloned().collect();
    let exporting = Exporting { kind, form: form.word, path, existing, answer, trends, key, warnings };
    Ok(vec![Effect::Export(Box::new(exporting))])
}
