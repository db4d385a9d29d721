//! Texts of the source view beside its lines.

use crate::analysis::Change;
use crate::analysis::flat::SelfAndTotal;
use crate::analysis::lines::FileLines;
use crate::base::safe_text::display_name;
use crate::base::source_text::{Freshness, MissingSource, SourceArea, SourceText};
use crate::base::units;
use crate::view::context::ViewContext;
use crate::view::source::rows::SourceRow;
use crate::view::source::state::{LinesState, SourceState, TextState};
use crate::view::words;

/// Figures of the function, for the title.
pub fn figures(context: &ViewContext, state: &SourceState) -> String {
    let Some(lines) = state.lines() else { return String::new() };
    let sample_type = words::long(context.answer.series.sample_types(), context.answer.query.sample_type);
    let (unit, whole) = (context.unit(), context.answer.column.abs_share_base());
    let total = lines.function.total();
    if lines.function.base.is_none() {
        let now = lines.function.current;
        return format!(
            "{sample_type}: self {}, total {} {} of all",
            unit.long(now.own),
            unit.long(now.total),
            units::percent(now.total, whole)
        );
    }
    format!(
        "{sample_type}: total A {}, B {}, {}",
        unit.long(total.base),
        unit.long(total.current),
        delta(context, &total)
    )
}

fn delta(context: &ViewContext, change: &Change) -> String {
    words::long_change(&context.unit(), change)
}

/// Heading of the text: the file and its state.
pub fn heading(state: &SourceState) -> String {
    let Some(file) = state.file() else { return String::new() };
    let name = display_name(file.file.shown());
    match state.text_state() {
        TextState::Pending => format!("{name}: reading"),
        TextState::Missing(_) => format!("{name}: not found"),
        TextState::Text(text) => {
            let age = if text.file.freshness == Freshness::Changed { " (changed after this profile)" } else { "" };
            format!("{}{age}", text.shown())
        }
    }
}

/// Text that replaces missing lines; `None` if there are lines.
pub fn missing_lines(state: &SourceState) -> Option<String> {
    match state.lines_state() {
        LinesState::Pending => Some("summing up the lines".to_owned()),
        LinesState::Missing(why) => Some(why.clone()),
        LinesState::Lines(lines) if lines.files.is_empty() => {
            let name = state.function().map_or("the function", |function| &function.shown);
            Some(format!("{name} is not in this window, or filtered out"))
        }
        LinesState::Lines(_) => None,
    }
}

/// Paths that were tried for a missing file, in at most `rows` lines, the last of which is a hint.
pub fn missing_file(missing: &MissingSource, rows: usize) -> Vec<String> {
    let Some(room) = rows.checked_sub(2).filter(|room| *room > 0) else {
        return [HINT.to_owned()].into_iter().take(rows).collect();
    };
    let head = match missing.tried.len() {
        0 => "the profile has no file name for these lines".to_owned(),
        1 => "the file was not found here:".to_owned(),
        _ => "the file was not found in any of these places:".to_owned(),
    };
    let tried = missing.tried.iter().take(room).map(|tried| {
        let path = tried.path.to_string_lossy();
        format!("  {}  {}", crate::base::safe_text::safe_str(&path), tried.refusal)
    });
    std::iter::once(head).chain(tried).chain([HINT.to_owned()]).collect()
}

/// Last line of [`missing_file`].
const HINT: &str = "hint: --source-path DIR searches there too, --trim-path FROM=TO maps paths";

/// Status: the selected line, the number of lines with figures, the shown file.
pub fn status(state: &SourceState) -> String {
    let Some(file) = state.file() else { return String::new() };
    let lines = format!("{} with figures", units::counted(file.lines.len(), "line"));
    let file = match state.file_of() {
        (_, 0 | 1) => String::new(),
        (number, count) => format!(", file {number} of {count}"),
    };
    match state.selected() {
        Some(row) if row.number > 0 => format!("line {}, {lines}{file}", units::commas(row.number)),
        _ => format!("{lines}{file}"),
    }
}

/// Details of the selected line, the most important first.
pub fn details(context: &ViewContext, state: &SourceState) -> Vec<String> {
    let (Some(lines), Some(file)) = (state.lines(), state.file()) else { return Vec::new() };
    let Some(row) = state.selected() else { return Vec::new() };
    let position = format!("{}:{}", file_name(file, &row), row.number);
    let Some(figures) = row.figures else {
        return vec![format!("{position}  no figures of this function on this line")];
    };
    let held = figures.held;
    let mut details = vec![position];
    if held.base.is_none() {
        details.push(current_figures(context, held.current, lines.function.current));
    } else {
        details.push(format!("total {}", compared_figures(context, &held.total())));
        details.push(format!("self  {}", compared_figures(context, &held.own())));
    }
    if let Some(text) = state.text().filter(|text| text.file.area == SourceArea::Outside) {
        details.push(format!("{} is outside of --source-path and of this directory", text.shown()));
    }
    details
}

fn file_name(file: &FileLines, row: &SourceRow) -> String {
    if row.number > 0 {
        display_name(file.file.shown()).to_owned()
    } else {
        format!("{} (line unknown)", display_name(file.file.shown()))
    }
}

fn current_figures(context: &ViewContext, now: SelfAndTotal, whole: SelfAndTotal) -> String {
    let (unit, all) = (context.unit(), context.answer.column.abs_share_base());
    let part = units::percent(now.total, whole.total);
    let (total, own) = (units::percent(now.total, all), units::percent(now.own, all));
    format!(
        "total {} ({total} of all, {part} of the function's), self {} ({own})",
        unit.exact(now.total),
        unit.exact(now.own)
    )
}

fn compared_figures(context: &ViewContext, change: &Change) -> String {
    let unit = context.unit();
    format!("A {}, B {}, {}", unit.exact(change.base), unit.exact(change.current), delta(context, change))
}

/// Selected line as `path:line`, with the path of the file that was found, else the path in the profile.
pub fn position(state: &SourceState) -> Option<String> {
    let (file, row) = (state.file()?, state.selected()?);
    let path = state.text().map_or_else(|| file.file.shown().to_owned(), SourceText::shown);
    Some(format!("{path}:{}", row.number))
}
