//! What the source view says beside its lines.

use crate::analysis::Change;
use crate::analysis::lines::{CurrentAndBase, FileLines};
use crate::analysis::sandwich::SelfAndTotal;
use crate::base::clean::named;
use crate::base::code::{Freshness, MissingSource, SourceArea, SourceText};
use crate::base::units;
use crate::view::context::ViewContext;
use crate::view::source::rows::SourceRow;
use crate::view::source::state::{LinesState, SourceState, TextState};
use crate::view::words;

/// The figures behind the name of the function, in the row above the lines.
pub fn head(look: &ViewContext, state: &SourceState) -> String {
    let Some(lines) = state.lines() else { return String::new() };
    let what = words::long(look.answer.series.sample_types(), look.answer.query.sample_type);
    let (unit, whole) = (look.unit(), look.answer.column.abs_share_base());
    let total = lines.whole.total();
    if lines.whole.base.is_none() {
        let now = lines.whole.now;
        return format!(
            "{what}: self {}, total {} {} of all",
            unit.long(now.own),
            unit.long(now.total),
            units::percent(now.total, whole)
        );
    }
    format!("{what}: total A {}, B {}, {}", unit.long(total.base), unit.long(total.current), delta(look, &total))
}

fn delta(look: &ViewContext, change: &Change) -> String {
    look.unit().signed_long(change.delta())
}

/// What heads the column of the text: the file, and what to know of it.
pub fn file(state: &SourceState) -> String {
    let Some(file) = state.file() else { return String::new() };
    let name = named(file.file.shown());
    match state.text() {
        TextState::Coming => format!("{name}: reading"),
        TextState::Missing(_) => format!("{name}: not found"),
        TextState::Code(code) => {
            let age = if code.origin.age == Freshness::Changed { " (changed after this profile)" } else { "" };
            format!("{}{age}", code.shown())
        }
    }
}

/// What there is to say instead of lines.
pub fn nothing(state: &SourceState) -> Option<String> {
    match state.found() {
        LinesState::Coming => Some("adding up the lines".to_owned()),
        LinesState::Nothing(why) => Some(why.clone()),
        LinesState::Lines(lines) if lines.files.is_empty() => {
            let name = state.function().map_or("the function", |function| &function.shown);
            Some(format!("nothing of {name} is left here: this window or the filters do not have it"))
        }
        LinesState::Lines(_) => None,
    }
}

/// Where a file was looked for, in at most so many lines; the last says what helps.
pub fn missing(missing: &MissingSource, rows: usize) -> Vec<String> {
    let Some(room) = rows.checked_sub(2).filter(|room| *room > 0) else {
        return [HINT.to_owned()].into_iter().take(rows).collect();
    };
    let head = match missing.tried.len() {
        0 => "the profile does not say in which file these lines are".to_owned(),
        1 => "the file was not found here:".to_owned(),
        _ => "the file was not found in any of these places:".to_owned(),
    };
    let tried = missing.tried.iter().take(room).map(|tried| {
        let path = tried.path.to_string_lossy();
        format!("  {}  {}", crate::base::clean::safe_str(&path), tried.refusal)
    });
    std::iter::once(head).chain(tried).chain([HINT.to_owned()]).collect()
}

/// What helps where a file is not found.
const HINT: &str = "hint: --source-path DIR looks there too, --trim-path FROM=TO maps paths";

/// What stands in the status: how many lines have figures, and which file it is.
pub fn status(state: &SourceState) -> String {
    let Some(file) = state.file() else { return String::new() };
    let lines = match file.lines.len() {
        1 => "1 line with figures".to_owned(),
        count => format!("{} lines with figures", units::commas_u64(count as u64)),
    };
    let more = match state.file_of() {
        (_, 0 | 1) => String::new(),
        (this, count) => format!(", file {this} of {count}"),
    };
    match state.selected() {
        Some(row) if row.number > 0 => format!("line {}, {lines}{more}", units::commas(row.number)),
        _ => format!("{lines}{more}"),
    }
}

/// The selected line in full, the most important first.
pub fn details(look: &ViewContext, state: &SourceState) -> Vec<String> {
    let (Some(lines), Some(file)) = (state.lines(), state.file()) else { return Vec::new() };
    let Some(row) = state.selected() else { return Vec::new() };
    let place = format!("{}:{}", name_of(file, &row), row.number);
    let Some(figures) = row.figures else {
        return vec![format!("{place}  no figures of this function on this line")];
    };
    let held = figures.held;
    let mut details = vec![place];
    if held.base.is_none() {
        details.push(of_one(look, held.now, lines.whole.now));
    } else {
        details.push(format!("total {}", of_two(look, &held.total())));
        details.push(format!("self  {}", of_two(look, &held.own())));
    }
    if let Some(code) = state.code().filter(|code| code.origin.place == SourceArea::Outside) {
        details.push(format!("{} is outside of --source-path and of this directory", code.shown()));
    }
    details
}

fn name_of(file: &FileLines, row: &SourceRow) -> String {
    if row.number > 0 {
        named(file.file.shown()).to_owned()
    } else {
        format!("{} (line unknown)", named(file.file.shown()))
    }
}

fn of_one(look: &ViewContext, now: SelfAndTotal, whole: SelfAndTotal) -> String {
    let (unit, all) = (look.unit(), look.answer.column.abs_share_base());
    let part = units::percent(now.total, whole.total);
    let (total, own) = (units::percent(now.total, all), units::percent(now.own, all));
    format!(
        "total {} ({total} of all, {part} of the function's), self {} ({own})",
        unit.exact(now.total),
        unit.exact(now.own)
    )
}

fn of_two(look: &ViewContext, change: &Change) -> String {
    let unit = look.unit();
    format!("A {}, B {}, {}", unit.exact(change.base), unit.exact(change.current), delta(look, change))
}

/// The line as `path:line`, as it is copied: the file that was found, else as the profile names it.
pub fn place(state: &SourceState) -> Option<String> {
    let (file, row) = (state.file()?, state.selected()?);
    let path = state.code().map_or_else(|| file.file.shown().to_owned(), SourceText::shown);
    Some(format!("{path}:{}", row.number))
}

/// What a line is drawn as in a comparison: by the total, which self is a part of.
pub fn change(held: &CurrentAndBase) -> Change {
    held.total()
}
