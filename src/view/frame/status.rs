//! Status line: a rule between views and details, with one message.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::ids::NodeId;
use crate::base::safe_text;
use crate::base::units::{self, commas_u64, counted};
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
    let message = message(screen);
    let legend = legend_room(screen, &message, paint);
    let wish = Wish { cells: message.wanted(), legend, priority: message.priority };
    let notes = draw_warnings(screen, wish, paint, row, buffer);
    let left =
        persistent_notes(screen).into_iter().fold(notes, |left, note| draw_note(&note, wish, left, paint, buffer));
    let room = usize::from(left.width).saturating_sub(EDGES);
    let text = message.text(room, legend);
    let rest = fit::part(fit::from(row, 1), 0, room.saturating_sub(width(&text)));
    if screen.document.answer.base.is_some() {
        compared::legend(screen, paint, rest, buffer);
    } else {
        fills::legend(screen, paint, rest, buffer);
    }
    if !text.is_empty() {
        let x = usize::from(left.width).saturating_sub(width(&text) + 6);
        paint.text(buffer, fit::from(left, x), &format!(" {text} "), paint.style(message.role));
    }
}

/// Cells of the rule and the blanks around a message.
const EDGES: usize = 8;

/// Priority of a message over notes and legend.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Priority {
    /// The message yields: it describes the view.
    Low,
    /// Notes and legend yield: the message answers the last key, or is news.
    High,
}

/// Room that a message needs.
#[derive(Clone, Copy)]
struct Wish {
    cells: usize,
    /// Cells of the shortest legend.
    legend: usize,
    priority: Priority,
}

impl Wish {
    /// Returns true if `cells` have room for message and legend.
    fn fits(self, cells: usize) -> bool {
        cells >= self.cells + EDGES + self.legend
    }

    /// Returns true if `cells` have room for the message, and it may displace the legend.
    fn fits_alone(self, cells: usize) -> bool {
        self.priority == Priority::High && cells >= self.cells + EDGES
    }

    /// Longest form that leaves room for message and legend, else for the message alone. `left` are the cells that a
    /// form leaves.
    fn longest(self, forms: &[String], left: impl Fn(&String) -> usize) -> Option<&String> {
        let beside = forms.iter().find(|form| self.fits(left(form)));
        beside.or_else(|| forms.iter().find(|form| self.fits_alone(left(form))))
    }
}

/// Message in the status line.
struct Message {
    /// Forms, longest first.
    forms: Vec<String>,
    /// End of the shortest form if it has to be cut: the key that shows all of it.
    tail: String,
    role: Role,
    priority: Priority,
}

impl Message {
    fn new(text: String, role: Role, priority: Priority) -> Self {
        Self { forms: vec![text], tail: String::new(), role, priority }
    }

    /// Message that describes the view, and loses its last clauses where room is short.
    fn of_clauses(text: String, role: Role) -> Self {
        let ends: Vec<usize> = text.match_indices(", ").map(|(at, _)| at).collect();
        let shorter: Vec<String> = ends.into_iter().rev().map(|end| text[..end].to_owned()).collect();
        let forms = std::iter::once(text).chain(shorter).collect();
        Self { forms, tail: String::new(), role, priority: Priority::Low }
    }

    /// Cells that notes should leave for the message: all of the shortest form for an important message.
    fn wanted(&self) -> usize {
        let shortest = self.forms.last().map_or(0, |form| width(form));
        if self.priority == Priority::High { shortest } else { shortest.min(MIN_MESSAGE_WIDTH) }
    }

    /// Longest form that fits beside the legend, else, for an important message, in its place; cut if none fits. A
    /// message that a key shows in full is cut beside the legend.
    fn text(&self, room: usize, legend: usize) -> Cow<'_, str> {
        let beside = room.saturating_sub(legend);
        let most = if self.priority == Priority::High { room } else { beside };
        let fitting = |room: usize| self.forms.iter().find(|form| width(form) <= room);
        match (fitting(beside).or_else(|| fitting(most)), self.forms.last()) {
            (Some(form), _) => Cow::Borrowed(form),
            (None, Some(shortest)) => match most.checked_sub(width(&self.tail)) {
                Some(left) if left >= MIN_CUT_WIDTH => {
                    let beside = beside.saturating_sub(width(&self.tail));
                    let left = if beside >= MIN_CUT_WIDTH { beside } else { left };
                    Cow::Owned(format!("{}{}", cut_words(shortest, left), self.tail))
                }
                _ => cut_words(shortest, most),
            },
            (None, None) => Cow::Borrowed(""),
        }
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
    let message = if is_levels { String::new() } else { message(screen).text(room, 0).into_owned() };
    std::iter::once(message).chain(notes).chain([said]).collect()
}

/// Cells that a message leaves for the legend: words beside a message that has a short form, else the shortest form; 0
/// without a legend, and on a screen without room for legend and message.
fn legend_room(screen: &Screen, message: &Message, paint: &Paint) -> usize {
    let (least, words) = match &screen.document.answer.base {
        Some(_) => (compared::legend_width(screen, paint), 0),
        None => (fills::least_width(screen, paint), fills::words_width(screen, paint)),
    };
    let beside = if warnings(screen) == 0 { EDGES } else { EDGES + LEAST_WARNINGS };
    if message.priority == Priority::Low && words + beside + message.wanted() <= screen.size.0.into() {
        return words.max(least);
    }
    if least + MIN_MESSAGE_WIDTH > screen.size.0.into() { 0 } else { least }
}

/// Cells of the shortest number of warnings.
const LEAST_WARNINGS: usize = 14;

/// Number of warnings: findings that may cause figures to be misread, and warnings of the sources.
fn warnings(screen: &Screen) -> usize {
    // The message itself has the warnings of the sources until the next key.
    let is_shown = matches!(screen.notice, Some(Notice::DataWarnings(_)));
    screen.views.health.warnings() + if is_shown { 0 } else { screen.document.warned.len() }
}

/// Minimum width of a message that is cut before its tail, in cells.
const MIN_CUT_WIDTH: usize = 24;

/// Draws the number of warnings at the right end. Returns the rest of the row.
fn draw_warnings(screen: &Screen, wish: Wish, paint: &Paint, row: Rect, buffer: &mut Buffer) -> Rect {
    let count = warnings(screen);
    if count == 0 {
        return row;
    }
    // Figures of a salvaged profile are incomplete, and must be marked at every width.
    let is_salvaged = screen.series().snapshots().iter().any(|snapshot| snapshot.header.salvaged.is_some());
    let warnings = counted(count, "warning");
    let (alert, key) = (paint.glyphs().alert, screen.keys.of(KeyRef::Health));
    let forms = if is_salvaged {
        [format!("{alert} salvaged, {warnings} ({key})"), format!("{alert} salvaged")]
    } else {
        [format!("{alert} {warnings} ({key})"), format!("{alert} {count} ({key})")]
    };
    let shortest = width(&forms[1]) + 2 + AFTER;
    let is_vital = is_salvaged && usize::from(row.width) >= MIN_MESSAGE_WIDTH;
    // A narrow row has no room for the number of warnings.
    if !is_vital && usize::from(row.width) < MIN_MESSAGE_WIDTH + shortest {
        return row;
    }
    let note = PersistentNote { forms: forms.to_vec(), role: Role::Warning, is_vital };
    draw_note(&note, wish, row, paint, buffer)
}

/// Draws a persistent note at the right end, in the longest form that leaves room for the message. Without room, a
/// vital note is drawn in its shortest form, and others give way to an important message. Returns the rest of the row.
fn draw_note(note: &PersistentNote, wish: Wish, row: Rect, paint: &Paint, buffer: &mut Buffer) -> Rect {
    let rest = |form: &String| usize::from(row.width).saturating_sub(width(form) + 2 + AFTER);
    let shortest = note.forms.last().filter(|_| note.is_vital || wish.priority == Priority::Low);
    // A piece of the rule separates the note from the text before it.
    let Some(form) = wish.longest(&note.forms, |form| rest(form) + 2).or(shortest) else { return row };
    paint.text(buffer, fit::from(row, rest(form)), &format!(" {form} "), paint.style(note.role));
    fit::part(row, 0, rest(form) + 2)
}

/// Cells of the rule after the last word.
const AFTER: usize = 4;
/// Minimum width of a message beside the warnings, in cells.
const MIN_MESSAGE_WIDTH: usize = 40;

/// Notice about the last key in a popup, which covers the status line; `None` without a popup or notice. It is cut to
/// `room`.
pub(super) fn in_popup(screen: &Screen, room: usize) -> Option<(String, Role)> {
    let covers = |layer: &Layer| !matches!(layer, Layer::Find(_) | Layer::Filter(_) | Layer::Palette(_));
    let is_said = matches!(screen.notice, Some(Notice::Info(_) | Notice::Failed(_)));
    (is_said && screen.views.stack.top().is_some_and(covers)).then(|| {
        let message = message(screen);
        (message.text(room, 0).into_owned(), message.role)
    })
}

/// Most urgent message.
fn message(screen: &Screen) -> Message {
    let safe = |line: &str| safe_text::safe_str(line).into_owned();
    match screen.notice {
        // Hints can wait until loading ends, since they stay true.
        Some(Notice::FirstKeys(_) | Notice::Snapshots(_)) if screen.progress.is_some() => {}
        Some(Notice::FirstKeys(line) | Notice::Snapshots(line)) => {
            return Message::of_clauses(safe(line), Role::Status);
        }
        Some(Notice::Info(line) | Notice::Polling(line)) => {
            return Message::new(safe(line), Role::Status, Priority::High);
        }
        Some(Notice::Failed(line)) => return Message::new(safe(line), Role::Error, Priority::High),
        Some(Notice::Outage(line)) => {
            let tail = format!("; {}: in full", screen.keys.of(KeyRef::Health));
            return Message { tail, ..Message::new(safe(line), Role::Error, Priority::High) };
        }
        Some(Notice::DataWarnings(lines)) => return list(screen, lines, None, Role::Error),
        // The legend explains the first screen of a comparison, and stays beside its notes.
        Some(Notice::ComparisonNotes { lines, brief }) => {
            return Message { priority: Priority::Low, ..list(screen, lines, Some(brief), Role::Status) };
        }
        None => {}
    }
    if let Some(progress) = screen.progress {
        let text = format!("{}, {} cancels", safe(progress), screen.keys.of(KeyRef::Back));
        return Message::of_clauses(text, Role::Status);
    }
    let (text, role) = standing(screen);
    Message::new(text, role, Priority::Low)
}

/// Description of the search or the view.
fn standing(screen: &Screen) -> (String, Role) {
    let text = match screen.views.front {
        ActiveView::Source => source::words::status(&screen.views.source),
        // The refused pattern is in the prompt; the query has the one before.
        _ if screen.refusal.is_some() => return (counts(screen), Role::Error),
        _ if screen.wanted.search.is_some() => {
            let pattern = screen.wanted.search.as_deref().unwrap_or_default();
            format!("find /{}/  {}", safe_text::safe_str(pattern), counts(screen))
        }
        ActiveView::Trend => trend::words::status(&screen.context(), &screen.views.trend),
        ActiveView::Sandwich => screen.views.sandwich.status(&screen.context()),
        ActiveView::Labels => screen.views.labels.status(),
        ActiveView::Instances => instances::words::status(&screen.views.instances),
        ActiveView::Icicle => match screen.views.pane {
            Pane::Icicle => levels(screen),
            Pane::Table => rows(screen),
        },
    };
    (text, Role::Status)
}

/// Message of several lines: all of them, or the first one, also in a short form, and the key that lists all.
fn list(screen: &Screen, lines: &[String], brief: Option<&String>, role: Role) -> Message {
    let more = match lines.len() {
        0 | 1 => String::new(),
        count => format!("; {} more", count - 1),
    };
    // A file is shown by its name: its folder would leave no room for the message.
    let first = lines.first().map_or("", |line| {
        let named = line.split_once(": ").map_or("", |(source, _)| source);
        &line[named.rfind('/').map_or(0, |at| at + 1)..]
    });
    let first = safe_text::safe_str(first);
    let health = screen.keys.of(KeyRef::Health);
    let tail = format!("{more}; {health}: full list");
    let all = safe_text::safe_str(&lines.join("; ")).into_owned();
    let mut forms = vec![all, format!("{first}{tail}")];
    match brief {
        Some(brief) => {
            let clause = brief.split("; ").next().unwrap_or_default();
            let forms_of = [format!("{brief}{tail}"), format!("{brief}; {health}: more")];
            forms.extend(forms_of.into_iter().chain([format!("{clause}; {health}: more")]));
        }
        // The last form is cut where room is short: what is wrong comes before the file.
        None => forms.push(match first.split_once(": ") {
            Some((file, statement)) if !file.contains(' ') => format!("{statement} ({file})"),
            _ => first.into_owned(),
        }),
    }
    Message { forms, tail, role, priority: Priority::High }
}

/// Number of matches, under the zoom and elsewhere.
fn counts(screen: &Screen) -> String {
    if let Some(refusal) = screen.refusal {
        return format!("invalid pattern: {}", safe_text::safe_str(refusal));
    }
    let Some(hits) = &screen.document.answer.hits else { return "searching".to_owned() };
    let answer = &screen.document.answer;
    if hits.frames() == 0 {
        let all = screen.document.answer.tree.frames().len().saturating_sub(1);
        let back = screen.keys.of(KeyRef::Back);
        return format!("no match in {} ({back} clears)", words::frames(answer, all));
    }
    let here = here(screen);
    let functions = words::frames(answer, hits.frames());
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
    let all = words::frames(&screen.document.answer, screen.views.table.order().len());
    match screen.views.table.row() {
        Some(row) => format!("{} of {all} by {by}", commas_u64(row as u64 + 1)),
        None => format!("{all} by {by}"),
    }
}
