//! Status line: a rule between views and details, with one message.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::ids::NodeId;
use crate::base::safe_text;
use crate::base::units::{self, commas_u64};
use crate::base::width::{cut_end, cut_words, width};
use crate::layout::panes::{ActiveView, Pane};
use crate::paint::{Paint, Role, fit};
use crate::view::frame::Screen;
use crate::view::frame::persistent::{PersistentNote, persistent_notes};
use crate::view::frame::{compared, fills};
use crate::view::keys::KeyRef;
use crate::view::navigation::{Selection, Zoom};
use crate::view::notice::Notice;
use crate::view::overlay::Layer;
use crate::view::prompt;
use crate::view::table::state::TableOrder;
use crate::view::words;
use crate::view::{instances, source, trend};

/// Draws the status line over `row`.
pub fn draw(screen: &Screen, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    if let Some(Layer::Find(state)) = screen.views.stack.top() {
        let taken = prompt::draw::draw(state, paint, row, buffer);
        let rest = fit::from(row, usize::from(taken) + 2);
        let counts = if state.text().is_empty() { "type a pattern".to_owned() } else { counts(screen) };
        let counts = cut_end(&counts, usize::from(rest.width));
        paint.text(buffer, rest, &counts, paint.style(Role::Dim));
        return;
    }
    paint.rule(buffer, row, "", paint.style(Role::Rule));
    let mut left = draw_warnings(screen, paint, row, buffer);
    for PersistentNote { forms, role } in persistent_notes(screen) {
        left = draw_note(&forms, paint.style(role), left, paint, buffer);
    }
    // The legend of the colours is never displaced by a message, which is cut instead.
    let room = usize::from(left.width).saturating_sub(8 + legend_room(screen, paint));
    let (text, role) = message(screen, room);
    let text = cut_words(&text, room);
    let rest = fit::part(fit::from(row, 1), 0, usize::from(left.width).saturating_sub(8 + width(&text)));
    if screen.document.answer.base.is_some() {
        compared::legend(screen, paint, rest, buffer);
    } else {
        fills::legend(screen, paint, rest, buffer);
    }
    if !text.is_empty() {
        let x = usize::from(left.width).saturating_sub(width(&text) + 6);
        paint.text(buffer, fit::from(left, x), &format!(" {text} "), paint.style(role));
    }
}

/// Message, persistent notes and number of warnings, as texts.
pub fn words(screen: &Screen, room: usize) -> Vec<String> {
    if let Some(Layer::Find(state)) = screen.views.stack.top() {
        return vec![if state.text().is_empty() { "type a pattern".to_owned() } else { counts(screen) }];
    }
    let count = warnings(screen);
    let said = match count {
        0 => String::new(),
        1 => format!("1 warning, {} shows it", screen.keys.of(KeyRef::Health)),
        count => format!("{count} warnings, {} shows them", screen.keys.of(KeyRef::Health)),
    };
    let notes = persistent_notes(screen).into_iter().filter_map(|note| note.forms.into_iter().next());
    let is_idle = screen.notice.is_none() && screen.progress.is_none() && screen.refusal.is_none();
    let is_icicle = screen.views.front == ActiveView::Icicle && screen.views.pane == Pane::Icicle;
    // The visible levels of the icicle mean nothing in words.
    let is_levels = is_idle && is_icicle && screen.wanted.search.is_none();
    let message = if is_levels { String::new() } else { message(screen, room).0 };
    std::iter::once(message).chain(notes).chain([said]).collect()
}

/// Minimum width of the legend in cells; 0 without a legend, and on a screen without room for legend and message.
fn legend_room(screen: &Screen, paint: &Paint) -> usize {
    let least = match &screen.document.answer.base {
        Some(_) => compared::legend_width(screen),
        None => fills::least_width(screen, paint),
    };
    if least + MIN_MESSAGE_WIDTH > screen.size.0.into() { 0 } else { least }
}

/// Number of warnings: findings that may cause figures to be misread, and warnings of the sources.
fn warnings(screen: &Screen) -> usize {
    // The message itself has the warnings of the sources until the next key.
    let is_shown = matches!(screen.notice, Some(Notice::DataWarnings(_)));
    screen.views.health.warnings() + if is_shown { 0 } else { screen.document.warned.len() }
}

/// Draws the number of warnings at the right end. Returns the rest of the row.
fn draw_warnings(screen: &Screen, paint: &Paint, row: Rect, buffer: &mut Buffer) -> Rect {
    let count = warnings(screen);
    // Figures of a salvaged profile are incomplete, and must be marked at every width.
    let is_salvaged = screen.series().snapshots().iter().any(|snapshot| snapshot.header.salvaged.is_some());
    let plural = if count == 1 { "" } else { "s" };
    let salvaged = if is_salvaged { "salvaged, " } else { "" };
    let hint =
        format!(" {} {salvaged}{count} warning{plural} ({}) ", paint.glyphs().alert, screen.keys.of(KeyRef::Health));
    let rest = usize::from(row.width).saturating_sub(width(&hint) + AFTER);
    // A narrow row has no room for the hint.
    if count == 0 || rest < MIN_MESSAGE_WIDTH {
        return row;
    }
    paint.text(buffer, fit::from(row, rest), &hint, paint.style(Role::Warning));
    // A piece of the rule separates the hint from the text before it.
    fit::part(row, 0, rest + 2)
}

/// Draws a persistent note at the right end, in the longest form that leaves room for a message. Returns the rest of
/// the row.
fn draw_note(forms: &[String], style: Style, row: Rect, paint: &Paint, buffer: &mut Buffer) -> Rect {
    let rest = |form: &String| usize::from(row.width).saturating_sub(width(form) + 2 + AFTER);
    // The shortest form is drawn even without room for a message: it matters more.
    let Some(form) = forms.iter().find(|form| rest(form) >= MIN_MESSAGE_WIDTH).or(forms.last()) else { return row };
    paint.text(buffer, fit::from(row, rest(form)), &format!(" {form} "), style);
    fit::part(row, 0, rest(form) + 2)
}

/// Cells of the rule after the last word.
const AFTER: usize = 4;
/// Minimum width of a message beside the warnings, in cells.
const MIN_MESSAGE_WIDTH: usize = 40;

/// Notice about the last key in a popup, which covers the status line; `None` without a popup or notice.
pub(super) fn in_popup(screen: &Screen, room: usize) -> Option<(String, Role)> {
    let covers = |layer: &Layer| !matches!(layer, Layer::Find(_) | Layer::Filter(_) | Layer::Palette(_));
    let is_said = matches!(screen.notice, Some(Notice::Info(_) | Notice::Failed(_)));
    (is_said && screen.views.stack.top().is_some_and(covers)).then(|| message(screen, room))
}

/// Most urgent message that fits.
fn message(screen: &Screen, room: usize) -> (String, Role) {
    // Hints can wait until loading ends, since they stay true.
    let is_hint = matches!(screen.notice, Some(Notice::FirstKeys(_) | Notice::Snapshots(_)));
    match screen.notice {
        _ if is_hint && screen.progress.is_some() => {}
        Some(Notice::Info(line) | Notice::FirstKeys(line) | Notice::Snapshots(line) | Notice::Polling(line)) => {
            return (safe_text::safe_str(line).into_owned(), Role::Status);
        }
        Some(Notice::Failed(line) | Notice::Outage(line)) => {
            return (safe_text::safe_str(line).into_owned(), Role::Error);
        }
        Some(Notice::DataWarnings(lines)) => return (shortened(screen, lines, room), Role::Error),
        Some(Notice::ComparisonNotes(lines)) => return (shortened(screen, lines, room), Role::Status),
        None => {}
    }
    if let Some(progress) = screen.progress {
        return (format!("{}, {} cancels", safe_text::safe_str(progress), screen.keys.of(KeyRef::Back)), Role::Status);
    }
    if screen.views.front == ActiveView::Source {
        return (source::words::status(&screen.views.source), Role::Status);
    }
    // The refused pattern is in the prompt; the query has the one before.
    if screen.refusal.is_some() {
        return (counts(screen), Role::Error);
    }
    if let Some(pattern) = screen.wanted.search.as_deref() {
        return (format!("find /{}/  {}", safe_text::safe_str(pattern), counts(screen)), Role::Status);
    }
    match screen.views.pane {
        _ if screen.views.front == ActiveView::Trend => {
            (trend::words::status(&screen.context(), &screen.views.trend), Role::Status)
        }
        _ if screen.views.front == ActiveView::Sandwich => {
            (screen.views.sandwich.status(&screen.context()), Role::Status)
        }
        _ if screen.views.front == ActiveView::Labels => (screen.views.labels.status(), Role::Status),
        _ if screen.views.front == ActiveView::Instances => {
            (instances::words::status(&screen.views.instances), Role::Status)
        }
        Pane::Icicle => (levels(screen), Role::Status),
        Pane::Table => (rows(screen), Role::Status),
    }
}

/// Width in cells below which the first line of a notice is unreadable; the line then also takes the place of the tail
/// about the other lines.
const MIN_NOTICE_WIDTH: usize = 24;

/// All lines if they fit, else the first line and the key that lists all.
fn shortened(screen: &Screen, lines: &[String], room: usize) -> String {
    let all = lines.join("; ");
    let all = safe_text::safe_str(&all);
    if width(&all) <= room {
        return all.into_owned();
    }
    let more = match lines.len() {
        0 | 1 => String::new(),
        count => format!("; {} more", count - 1),
    };
    let tail = format!("{more}; {}: full list", screen.keys.of(KeyRef::Health));
    // A file is shown by its name: its folder would leave no room for the message.
    let first = lines.first().map_or("", |line| {
        let named = line.split_once(": ").map_or("", |(source, _)| source);
        &line[named.rfind('/').map_or(0, |at| at + 1)..]
    });
    let first = safe_text::safe_str(first);
    let left = room.saturating_sub(width(&tail));
    if left < MIN_NOTICE_WIDTH && left < width(&first) {
        return cut_words(&first, room).into_owned();
    }
    format!("{}{tail}", cut_words(&first, left))
}

/// Number of matches, under the zoom and elsewhere.
fn counts(screen: &Screen) -> String {
    if let Some(refusal) = screen.refusal {
        return format!("invalid pattern: {}", safe_text::safe_str(refusal));
    }
    let Some(hits) = &screen.document.answer.hits else { return "searching".to_owned() };
    let granularity = screen.document.answer.query.shape.granularity;
    if hits.frames() == 0 {
        let all = screen.document.answer.tree.frames().len().saturating_sub(1);
        let back = screen.keys.of(KeyRef::Back);
        return format!("no match in {} ({back} clears)", words::frames(granularity, all));
    }
    let here = here(screen);
    let functions = words::frames(granularity, hits.frames());
    let outside = hits.nodes().saturating_sub(here);
    let found = match screen.navigation.selection() {
        Selection::Node(node) if screen.context().is_hit(screen.document.answer.tree.frame(node)) => {
            rank(screen, node, here)
        }
        _ if here == 1 => format!("{functions}, 1 place here"),
        _ => format!("{functions}, {} places here", commas_u64(here as u64)),
    };
    let outside = match outside {
        0 => String::new(),
        count => format!(", {} outside the zoom", commas_u64(count as u64)),
    };
    format!("{found}{outside}  {} of all", units::percent(hits.total(), screen.context().share_base()))
}

/// Rank of the selected match.
fn rank(screen: &Screen, node: NodeId, here: usize) -> String {
    let hits = screen.document.answer.hits.as_ref();
    let zoom = screen.navigation.zoom();
    let before = hits.map(|hits| hits.ranked().iter().take_while(|hit| **hit != node));
    let rank = before.map_or(0, |before| before.filter(|hit| zoom.shows(&screen.document.answer.tree, **hit)).count());
    format!("{} of {} here", commas_u64(rank as u64 + 1), commas_u64(here as u64))
}

/// Number of matches under the zoom.
fn here(screen: &Screen) -> usize {
    let Some(hits) = &screen.document.answer.hits else { return 0 };
    match screen.navigation.zoom() {
        Zoom { node, members: None } => hits.nodes_in(&screen.document.answer.tree, *node),
        Zoom { members: Some(members), .. } => {
            members.iter().map(|node| hits.nodes_in(&screen.document.answer.tree, *node)).sum()
        }
    }
}

fn levels(screen: &Screen) -> String {
    if screen.context().is_empty() {
        return String::new();
    }
    let (shown, all) = (screen.views.icicle.layout().shown(), screen.views.icicle.layout().levels());
    if shown.start == 0 {
        format!("{} of {} levels", shown.end.min(all), commas_u64(all as u64))
    } else {
        format!("levels {}-{} of {}", shown.start + 1, shown.end.min(all), commas_u64(all as u64))
    }
}

fn rows(screen: &Screen) -> String {
    let by = match screen.views.table.sorted_by() {
        TableOrder::Own => "self".to_owned(),
        TableOrder::Total => "total".to_owned(),
        TableOrder::OwnChange => "change of self".to_owned(),
        TableOrder::OwnPart => "change as a part of A".to_owned(),
        TableOrder::BaseOwn => "self in A".to_owned(),
        TableOrder::TotalChange => "change of total".to_owned(),
        TableOrder::Name => "name".to_owned(),
        TableOrder::Derived(at) => {
            screen.views.table.derived().get(at).map_or("self", |figure| figure.word()).to_owned()
        }
        TableOrder::Other(other) => {
            let sample_type = screen.views.table.other_sample_types().get(other).copied().unwrap_or_default();
            format!("self, {}", words::long(screen.series().sample_types(), sample_type))
        }
    };
    let granularity = screen.document.answer.query.shape.granularity;
    let all = words::frames(granularity, screen.views.table.order().len());
    match screen.views.table.row() {
        Some(row) => format!("{} of {all} by {by}", commas_u64(row as u64 + 1)),
        None => format!("{all} by {by}"),
    }
}
