//! Status line: a rule between views and details, with one message.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::App;
use crate::app::stack::Layer;
use crate::app::state::Notice;
use crate::base::ids::NodeId;
use crate::base::safe_text;
use crate::base::units::{self, commas_u64};
use crate::base::width::{cut_end, width};
use crate::layout::panes::{ActiveView, Pane};
use crate::paint::{Paint, Role, fit};
use crate::ui::lasting::{PersistentNote, lasting};
use crate::ui::{compared, fills};
use crate::view::keys::KeyRef;
use crate::view::navigation::{Selection, Zoom};
use crate::view::prompt;
use crate::view::table::state::TableOrder;
use crate::view::words;
use crate::view::{source, trend};

/// Draws the status line over `row`.
pub fn draw(app: &App, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    if let Some(Layer::Find(state)) = app.stack.top() {
        let taken = prompt::draw::draw(state, paint, row, buffer);
        let rest = fit::from(row, usize::from(taken) + 2);
        let counts = if state.text().is_empty() { "type a pattern".to_owned() } else { counts(app) };
        let counts = cut_end(&counts, usize::from(rest.width));
        paint.text(buffer, rest, &counts, paint.style(Role::Dim));
        return;
    }
    paint.rule(buffer, row, "", paint.style(Role::Rule));
    let mut left = hint(app, paint, row, buffer);
    for PersistentNote { forms, role } in lasting(app) {
        left = keep(&forms, paint.style(role), left, paint, buffer);
    }
    let room = usize::from(left.width).saturating_sub(8);
    let (text, role) = message(app, room);
    let text = cut_end(&text, room);
    // A message takes precedence over persistent notes that no longer fit.
    let rest = fit::part(fit::from(row, 1), 0, room.saturating_sub(width(&text)));
    if app.answer.base.is_some() {
        compared::legend(app, paint, rest, buffer);
    } else {
        fills::legend(app, paint, rest, buffer);
    }
    if !text.is_empty() {
        let x = usize::from(left.width).saturating_sub(width(&text) + 6);
        paint.text(buffer, fit::from(left, x), &format!(" {text} "), paint.style(role));
    }
}

/// Draws the number of warnings at the right end. Returns the rest of the row.
fn hint(app: &App, paint: &Paint, row: Rect, buffer: &mut Buffer) -> Rect {
    let warnings = app.health.warnings();
    // Figures of a salvaged profile are incomplete, and must be marked at every width.
    let is_salvaged = app.series().snapshots().iter().any(|snapshot| snapshot.header.salvaged.is_some());
    let plural = if warnings == 1 { "" } else { "s" };
    let salvaged = if is_salvaged { "salvaged, " } else { "" };
    let hint =
        format!(" {} {salvaged}{warnings} warning{plural} ({}) ", paint.glyphs().alert, app.keys.of(KeyRef::Health));
    let rest = usize::from(row.width).saturating_sub(width(&hint) + AFTER);
    // A narrow row has no room for it.
    if warnings == 0 || rest < LEAST {
        return row;
    }
    paint.text(buffer, fit::from(row, rest), &hint, paint.style(Role::Warning));
    // A piece of the rule separates it from what stands before.
    fit::part(row, 0, rest + 2)
}

/// Draws a persistent note at the right end, in the longest form that leaves room for a message. Returns the rest of
/// the row.
fn keep(forms: &[String], style: Style, row: Rect, paint: &Paint, buffer: &mut Buffer) -> Rect {
    let rest = |form: &String| usize::from(row.width).saturating_sub(width(form) + 2 + AFTER);
    // The shortest form is drawn even without room for a message: it matters more.
    let Some(form) = forms.iter().find(|form| rest(form) >= LEAST).or(forms.last()) else { return row };
    paint.text(buffer, fit::from(row, rest(form)), &format!(" {form} "), style);
    fit::part(row, 0, rest(form) + 2)
}

/// Cells of the rule after the last word.
const AFTER: usize = 4;
/// Least cells of a message beside the warnings.
const LEAST: usize = 40;

/// Most urgent message that fits.
fn message(app: &App, room: usize) -> (String, Role) {
    match &app.notice {
        Some(Notice::Said(line)) => return (safe_text::safe_str(line).into_owned(), Role::Status),
        Some(Notice::Failed(line)) => return (safe_text::safe_str(line).into_owned(), Role::Error),
        Some(Notice::Warned(lines)) => return (in_short(app, lines, room), Role::Error),
        Some(Notice::Remarked(lines)) => return (in_short(app, lines, room), Role::Status),
        None => {}
    }
    if let Some(progress) = app.jobs.progress() {
        return (format!("{}, {} cancels", safe_text::safe_str(progress), app.keys.of(KeyRef::Back)), Role::Status);
    }
    if app.front == ActiveView::Source {
        return (source::words::status(&app.source), Role::Status);
    }
    let pattern = app.jobs.wanted().search.as_deref().or(app.find.refusal().map(|_| ""));
    if let Some(pattern) = pattern {
        return (format!("find /{}/  {}", safe_text::safe_str(pattern), counts(app)), Role::Status);
    }
    match app.pane {
        _ if app.front == ActiveView::Trend => (trend::words::status(&app.context(), &app.trend), Role::Status),
        _ if app.front == ActiveView::Sandwich => (app.sandwich.status(&app.context()), Role::Status),
        _ if app.front == ActiveView::Labels => (app.labels.status(), Role::Status),
        Pane::Icicle => (levels(app), Role::Status),
        Pane::Table => (rows(app), Role::Status),
    }
}

/// All lines if they fit, else the first and where to find the others.
fn in_short(app: &App, lines: &[String], room: usize) -> String {
    let all = lines.join("; ");
    let all = safe_text::safe_str(&all);
    if width(&all) <= room {
        return all.into_owned();
    }
    let more = match lines.len() {
        0 | 1 => String::new(),
        count => format!("; {} more", count - 1),
    };
    let tail = format!("{more}; {}: full list", app.keys.of(KeyRef::Health));
    // A file is shown by its name: its folder would leave no room for the message.
    let first = lines.first().map_or("", |line| {
        let named = line.split_once(": ").map_or("", |(source, _)| source);
        &line[named.rfind('/').map_or(0, |at| at + 1)..]
    });
    let first = safe_text::safe_str(first);
    format!("{}{tail}", cut_end(&first, room.saturating_sub(width(&tail))))
}

/// Number of matches, under the zoom and elsewhere.
fn counts(app: &App) -> String {
    if let Some(refusal) = app.find.refusal() {
        return format!("invalid pattern: {}", safe_text::safe_str(refusal));
    }
    let Some(hits) = &app.answer.hits else { return "searching".to_owned() };
    if hits.frames() == 0 {
        let functions = app.answer.tree.frames().len().saturating_sub(1);
        let back = app.keys.of(KeyRef::Back);
        return format!("no match in {} functions ({back} clears)", commas_u64(functions as u64));
    }
    let here = here(app);
    let functions = match hits.frames() {
        1 => "1 function".to_owned(),
        count => format!("{} functions", commas_u64(count as u64)),
    };
    let outside = hits.nodes().saturating_sub(here);
    let found = match app.navigation.selection() {
        Selection::Node(node) if app.context().is_hit(app.answer.tree.frame(node)) => rank(app, node, here),
        _ => format!("{functions}, {} places here", commas_u64(here as u64)),
    };
    let outside = match outside {
        0 => String::new(),
        count => format!(", {} outside the zoom", commas_u64(count as u64)),
    };
    format!("{found}{outside}  {} of all", units::percent(hits.total(), app.context().share_base()))
}

/// Rank of the selected match.
fn rank(app: &App, node: NodeId, here: usize) -> String {
    let hits = app.answer.hits.as_ref();
    let zoom = app.navigation.zoom();
    let before = hits.map(|hits| hits.ranked().iter().take_while(|hit| **hit != node));
    let rank = before.map_or(0, |before| before.filter(|hit| zoom.shows(&app.answer.tree, **hit)).count());
    format!("{} of {} here", commas_u64(rank as u64 + 1), commas_u64(here as u64))
}

/// Number of matches under the zoom.
fn here(app: &App) -> usize {
    let Some(hits) = &app.answer.hits else { return 0 };
    match app.navigation.zoom() {
        Zoom { node, members: None } => hits.nodes_in(&app.answer.tree, *node),
        Zoom { members: Some(members), .. } => members.iter().map(|node| hits.nodes_in(&app.answer.tree, *node)).sum(),
    }
}

fn levels(app: &App) -> String {
    if app.context().is_empty() {
        return String::new();
    }
    let (shown, all) = (app.icicle.layout().shown(), app.icicle.layout().levels());
    if shown.start == 0 {
        format!("{} of {} levels", shown.end.min(all), commas_u64(all as u64))
    } else {
        format!("levels {}-{} of {}", shown.start + 1, shown.end.min(all), commas_u64(all as u64))
    }
}

fn rows(app: &App) -> String {
    let by = match app.table.sorted_by() {
        TableOrder::Own => "self".to_owned(),
        TableOrder::Total => "total".to_owned(),
        TableOrder::OwnChange => "change of self".to_owned(),
        TableOrder::OwnPart => "change as a part of A".to_owned(),
        TableOrder::BaseOwn => "self in A".to_owned(),
        TableOrder::TotalChange => "change of total".to_owned(),
        TableOrder::Name => "name".to_owned(),
        TableOrder::Derived(at) => app.table.derived().get(at).map_or("self", |figure| figure.word()).to_owned(),
        TableOrder::Other(other) => {
            let sample_type = app.table.others().get(other).copied().unwrap_or_default();
            format!("self, {}", words::long(app.series().sample_types(), sample_type))
        }
    };
    let all = commas_u64(app.table.order().len() as u64);
    match app.table.row() {
        Some(row) => format!("{} of {all} functions by {by}", commas_u64(row as u64 + 1)),
        None => format!("{all} functions by {by}"),
    }
}
