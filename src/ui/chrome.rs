//! Header, breadcrumb and footer.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::footer::{Hint, hints};
use crate::app::key::Key;
use crate::app::{App, windows};
use crate::base::ids::{FrameId, NodeId};
use crate::base::units::{self, Unit};
use crate::base::width::{cut_middle, width};
use crate::config::settings::Glyphs;
use crate::layout::panes::{ActiveView, Pane};
use crate::paint::{Highlight, Paint, Role, fit};
use crate::profile::Measure;
use crate::ui::compared;
use crate::view::words;

/// Least cells of the title.
const TITLE: usize = 8;
/// Cells of the ellipsis in the breadcrumb and the arrow after it.
const LEFT_OUT: usize = 4;
/// Most cells of a name in the breadcrumb.
const CRUMB: usize = 28;

/// Draws the header: file, sample type, total, and the focused pane.
pub fn header(app: &App, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    if let Some(base) = &app.answer.base {
        return compared::header(app, base, paint, row, buffer);
    }
    let [kind, total] = what(app);
    let needed = width(&kind) + width(&total) + 4;
    let all = usize::from(row.width).saturating_sub(2);
    let tabs = tabs_shown(app, usize::from(row.width));
    let room = all.saturating_sub(width(&tabs) + 2);
    let title = title(&app.title, room.saturating_sub(needed));
    let plain = paint.style(Role::Text);
    let left = fit::part(fit::from(row, 1), 0, room);
    let bold = paint.style(Role::Title);
    let written =
        paint.pieces(buffer, left, &[(&title, bold), ("  ", plain), (&kind, plain), ("  ", plain), (&total, bold)]);
    let rest = fit::from(left, usize::from(written) + 3);
    if let Some(facts) = facts(app).iter().find(|facts| width(facts) <= usize::from(rest.width)) {
        paint.text(buffer, rest, facts, paint.style(Role::Dim));
    }
    paint.text_right(buffer, fit::part(row, 0, usize::from(row.width).saturating_sub(1)), &tabs, plain);
}

/// Sample type and total.
fn what(app: &App) -> [String; 2] {
    let context = app.context();
    [words::long(app.series().sample_types(), app.answer.query.sample_type), context.unit().long(context.share_base())]
}

/// Names of panes and views for the right end of the header, if they fit: the focused one in brackets.
pub fn tabs_shown(app: &App, cells: usize) -> String {
    if app.answer.base.is_some() {
        return String::new();
    }
    let needed: usize = what(app).iter().map(|text| width(text)).sum::<usize>() + 4;
    let all = cells.saturating_sub(2);
    Some(tabs(app)).filter(|tabs| needed + TITLE + width(tabs) + 2 <= all).unwrap_or_default()
}

/// Title, or its file name if the path does not fit.
fn title(title: &str, room: usize) -> Cow<'_, str> {
    let file = title.rsplit('/').next().filter(|_| width(title) > room).unwrap_or(title);
    cut_middle(file, room.max(TITLE))
}

fn tabs(app: &App) -> String {
    let tabs = match (app.front, app.pane) {
        (ActiveView::Trend, _) => "Icicle Table [Trend]",
        (ActiveView::Labels, _) => "Icicle Table [Labels] Trend",
        (ActiveView::Source, _) => "Icicle Table [Source] Trend",
        (ActiveView::Sandwich, _) => "Icicle Table [Callers] Trend",
        (ActiveView::Icicle, Pane::Icicle) => "[Icicle] Table Trend",
        (ActiveView::Icicle, Pane::Table) => "Icicle [Table] Trend",
    };
    // A single snapshot has no trend.
    let has_trend = app.front == ActiveView::Trend || app.answer.query.window.bounds(app.series()).len() > 1;
    if has_trend { tabs.to_owned() } else { tabs.trim_end_matches(" Trend").to_owned() }
}

/// Facts for the header, longest form first: aggregation of several snapshots, totals, sampling.
fn facts(app: &App) -> Vec<String> {
    let query = &app.answer.query;
    let (window, series) = (query.window, app.series());
    let functions = app.answer.tree.frames().len().saturating_sub(1);
    let headers = || window.snapshots().map(|snapshot| &series.snapshots()[snapshot].header);
    let stacks: usize = headers().map(|header| header.samples).sum();
    let header = headers().next();
    let rate = header.filter(|header| header.period_type.measure() == Measure::Space && header.period > 1);
    let sampled = rate.map(|header| format!(", sampled 1/{}", Unit::Bytes.long(header.period))).unwrap_or_default();
    let (functions, stacks) = (units::commas_u64(functions as u64), units::commas_u64(stacks as u64));
    let amount = format!("{functions} functions, {stacks} stacks{sampled}");
    if window.bounds(series).len() < 2 {
        return vec![amount];
    }
    let method = app.answer.window_sums[query.sample_type].method;
    let (long, numbers) = (method.words(window.count()), windows::words(app, window));
    let long = if long.is_empty() { "snapshot".to_owned() } else { long };
    let short = format!("{} {}", method.word(), numbers.split(',').next().unwrap_or_default());
    vec![format!("{long}: {numbers}, {amount}"), format!("{long}: {numbers}"), short]
}

/// Draws the path to the selection, shortened in the middle, and the share of the zoom.
pub fn crumbs(app: &App, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let zoom = app.navigation.zoom();
    let share = if zoom.is_all() { String::new() } else { format!("zoom {} of all", zoom_share(app)) };
    let row = fit::part(fit::from(row, 1), 0, usize::from(row.width).saturating_sub(2));
    let taken = if share.is_empty() { 0 } else { width(&share) + 2 };
    let room = usize::from(row.width).saturating_sub(taken);
    let path = app.answer.tree.path(app.navigation.selection().node());
    let shown = crumb_path(app, &path, room);
    let plain = paint.style(Role::Crumb);
    let arrow = format!(" {} ", paint.glyphs().crumb);
    let mut x = 0;
    for (index, crumb) in shown.iter().enumerate() {
        if index > 0 {
            x += paint.text(buffer, fit::part(row, x, room - x.min(room)), &arrow, plain) as usize;
        }
        let (text, style) = match crumb {
            Crumb::LeftOut => (paint.glyphs().ellipsis.to_owned(), plain),
            Crumb::Node(node, text) => (text.clone(), crumb_style(app, paint, *node)),
        };
        x += paint.text(buffer, fit::part(row, x, room - x.min(room)), &text, style) as usize;
    }
    paint.text_right(buffer, row, &share, paint.style(Role::Text));
}

/// Piece of the path.
enum Crumb {
    Node(NodeId, String),
    LeftOut,
}

/// Pieces of the path that fit: the last, and as many of the first as possible. The first pieces stay in place while
/// the selection moves, so that few cells change.
fn crumb_path(app: &App, path: &[NodeId], room: usize) -> Vec<Crumb> {
    let context = app.context();
    let crumb = |node: NodeId| (node, context.label(app.answer.tree.frame(node), CRUMB).into_owned());
    let cells = |(_, text): &(NodeId, String)| width(text) + 3;
    let (before, last) = path.split_at(path.len().saturating_sub(1));
    let last: Vec<_> = last.iter().copied().map(crumb).collect();
    let mut left = room.saturating_sub(last.iter().map(cells).sum());
    let mut first = Vec::new();
    for (index, node) in before.iter().enumerate() {
        let crumb = crumb(*node);
        let is_last = index + 1 == before.len();
        let needed = cells(&crumb) + if is_last { 0 } else { LEFT_OUT };
        // The root is always shown: Backspace leads there.
        if index > 0 && needed > left {
            break;
        }
        left = left.saturating_sub(cells(&crumb));
        first.push(crumb);
    }
    let is_cut = first.len() < before.len();
    let named = |crumbs: Vec<(NodeId, String)>| crumbs.into_iter().map(|(node, text)| Crumb::Node(node, text));
    named(first).chain(is_cut.then_some(Crumb::LeftOut)).chain(named(last)).collect()
}

fn crumb_style(app: &App, paint: &Paint, node: NodeId) -> Style {
    let frame = app.answer.tree.frame(node);
    let style = if node == app.navigation.zoom().node && frame != FrameId::ROOT {
        paint.style(Role::Bold)
    } else {
        paint.style(Role::Crumb)
    };
    if app.context().is_hit(frame) { paint.mark(style, Highlight::Hit) } else { style }
}

fn zoom_share(app: &App) -> String {
    let zoom = app.navigation.zoom();
    let total = match &zoom.members {
        None => app.answer.column.total(zoom.node),
        Some(members) => members.iter().fold(0_i64, |sum, node| sum.saturating_add(app.answer.column.total(*node))),
    };
    units::percent(total, app.context().share_base())
}

/// Hint in the footer with its keys and width.
pub struct ShownHint {
    hint: Hint,
    keys: String,
    cells: Range<usize>,
}

impl ShownHint {
    /// Key at a column; the first key of the hint on its label.
    pub fn key_at(&self, x: usize) -> Option<Key> {
        let mut at = self.cells.clone().contains(&x).then_some(self.cells.start)?;
        let is_arrows = self.hint.keys.iter().all(|key| key.is_arrow());
        for key in &self.hint.keys {
            let end = at + width(&key.brief());
            if self.keys != ARROWS && (at..end).contains(&x) {
                return Some(*key);
            }
            at = end + usize::from(!is_arrows);
        }
        self.hint.keys.first().copied()
    }
}

/// Hints that fit. Later ones are dropped first, but never the help.
pub fn hints_shown(app: &App, glyphs: Glyphs, row: usize) -> Vec<ShownHint> {
    let mut hints = hints(app);
    let help = hints.iter().position(|hint| hint.word == "help").map(|at| hints.remove(at));
    let cells = |hint: &Hint| width(&keys(&hint.keys, glyphs)) + 1 + width(hint.word);
    let mut room = row.saturating_sub(help.as_ref().map_or(0, |help| cells(help) + 2));
    let mut shown = Vec::new();
    for hint in hints.into_iter().take(MOST_HINTS) {
        let Some(rest) = room.checked_sub(cells(&hint) + 2) else { break };
        room = rest;
        shown.push(hint);
    }
    let mut x = 0;
    let placed = shown.into_iter().chain(help).map(|hint| {
        let cells = x..x + cells(&hint);
        x = cells.end + 2;
        ShownHint { keys: keys(&hint.keys, glyphs), hint, cells }
    });
    placed.collect()
}

/// Draws the footer.
pub fn footer(app: &App, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let row = fit::from(row, 1);
    for ShownHint { hint, keys, cells } in hints_shown(app, app.settings.glyphs, usize::from(row.width)) {
        let pieces =
            [(&*keys, paint.style(Role::Key)), (" ", paint.style(Role::Text)), (hint.word, paint.style(Role::Text))];
        paint.pieces(buffer, fit::from(row, cells.start), &pieces);
    }
}

/// Most hints besides the help.
const MOST_HINTS: usize = 9;
/// Word for the arrow keys, without arrow characters.
const ARROWS: &str = "arrows";

/// Keys of a hint in short form; without arrow characters, the arrows are one word.
fn keys(keys: &[Key], glyphs: Glyphs) -> String {
    let arrows = keys.iter().all(|key| key.is_arrow());
    match keys {
        [one] if arrows && glyphs == Glyphs::Ascii => return one.to_string(),
        _ if arrows && glyphs == Glyphs::Ascii => return ARROWS.to_owned(),
        _ => {}
    }
    let brief: Vec<String> = keys.iter().map(|key| key.brief()).collect();
    brief.join(if arrows { "" } else { " " })
}
