//! Header, breadcrumb and footer.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::derive::Side;
use crate::analysis::{Answer, StackOrder, only_instance};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FrameId, NodeId};
use crate::base::units::{self, Unit};
use crate::base::width::{cut_middle, width};
use crate::config::settings::Glyphs;
use crate::layout::panes::{ActiveView, Pane};
use crate::paint::{Highlight, Paint, Role, fit};
use crate::profile::{Input, Measure};
use crate::view::frame::Screen;
use crate::view::frame::{compared, status, strip};
use crate::view::hint::Hint;
use crate::view::key::Key;
use crate::view::navigation::Selection;
use crate::view::pointer::Tab;
use crate::view::words;

/// Minimum width of the title in cells.
const TITLE: usize = 8;
/// Cells of the ellipsis in the breadcrumb and the arrow after it.
const LEFT_OUT: usize = 4;
/// Maximum width of a short name of an instance in the header, in cells.
const SHORT_INSTANCE: usize = 12;
/// Maximum width of a name in the breadcrumb, in cells.
const CRUMB: usize = 28;

/// Draws the header: file, sample type, total, and the focused pane.
pub fn header(screen: &Screen, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    if let Some(base) = &screen.document.answer.base {
        return compared::header(screen, base, paint, row, buffer);
    }
    let [kind, total] = type_and_total(screen);
    let needed = width(&kind) + width(&total) + 4;
    let all = usize::from(row.width).saturating_sub(2);
    let tabs = tab_line(&tabs_shown(screen, usize::from(row.width)));
    let room = all.saturating_sub(width(&tabs) + 2);
    let title = title(&screen.document.title, room.saturating_sub(needed));
    let plain = paint.style(Role::Text);
    let left = fit::part(fit::from(row, 1), 0, room);
    let bold = paint.style(Role::Title);
    let written =
        paint.pieces(buffer, left, &[(&title, bold), ("  ", plain), (&kind, plain), ("  ", plain), (&total, bold)]);
    let rest = fit::from(left, usize::from(written) + 3);
    if let Some(facts) = facts(screen).iter().find(|facts| width(facts) <= usize::from(rest.width)) {
        paint.text(buffer, rest, facts, paint.style(Role::Dim));
    }
    paint.text_right(buffer, fit::part(row, 0, usize::from(row.width).saturating_sub(1)), &tabs, plain);
}

/// Sample type and total.
fn type_and_total(screen: &Screen) -> [String; 2] {
    let context = screen.context();
    [
        words::long(screen.series().sample_types(), screen.document.answer.query.sample_type),
        context.unit().long(screen.document.answer.column.measured_total()),
    ]
}

/// Name of a pane or view at the right end of the header.
pub struct TabLabel {
    /// Text, in brackets if it is focused.
    pub text: String,
    /// Target of a click.
    pub tab: Option<Tab>,
}

/// Names of panes and views, if they fit.
pub fn tabs_shown(screen: &Screen, cells: usize) -> Vec<TabLabel> {
    if screen.document.answer.base.is_some() || screen.settings.glyphs == Glyphs::Plain {
        return Vec::new();
    }
    let needed: usize = type_and_total(screen).iter().map(|text| width(text)).sum::<usize>() + 4;
    let all = cells.saturating_sub(2);
    let fits = |tabs: &Vec<TabLabel>| needed + TITLE + width(&tab_line(tabs)) + 2 <= all;
    Some(tabs(screen)).filter(fits).unwrap_or_default()
}

/// Line of the names.
pub fn tab_line(tabs: &[TabLabel]) -> String {
    tabs.iter().map(|tab| &*tab.text).collect::<Vec<_>>().join(" ")
}

/// Title, or its file name if the path does not fit.
fn title(title: &str, room: usize) -> Cow<'_, str> {
    let file = title.rsplit('/').next().filter(|_| width(title) > room).unwrap_or(title);
    cut_middle(file, room.max(TITLE))
}

fn tabs(screen: &Screen) -> Vec<TabLabel> {
    let (front, pane) = (screen.views.front, screen.views.pane);
    // A single snapshot has no trend.
    let window = screen.document.answer.query.window;
    let has_trend = front == ActiveView::Trend || window.bounds(screen.series()).len() > 1;
    let is_pane = |shown: Pane| front == ActiveView::Icicle && pane == shown;
    let icicle = match screen.document.answer.query.order {
        StackOrder::CallersFirst => "Icicle",
        StackOrder::BottomUp => "Bottom-up",
    };
    let tabs = [
        (true, icicle, is_pane(Pane::Icicle), Some(Tab::Icicle)),
        (true, "Table", is_pane(Pane::Table), Some(Tab::Table)),
        (front == ActiveView::Labels, "Labels", true, None),
        (front == ActiveView::Instances, "Instances", true, None),
        (front == ActiveView::Source, "Source", true, None),
        (front == ActiveView::Sandwich, "Callers", true, None),
        (has_trend, "Trend", front == ActiveView::Trend, Some(Tab::Trend)),
    ];
    let shown = tabs.into_iter().filter(|(is_shown, ..)| *is_shown);
    let label = |name: &str, is_focused| if is_focused { format!("[{name}]") } else { name.to_owned() };
    shown.map(|(_, name, is_focused, tab)| TabLabel { text: label(name, is_focused), tab }).collect()
}

/// Number of frames, without values of labels. Beside a base that is not compared, frames that only the base has are
/// left out.
fn frame_count(answer: &Answer) -> usize {
    let frames = answer.tree.frames();
    let types = 0..answer.series.sample_types().len();
    let has_value = |frame: FrameId| types.clone().filter_map(|at| answer.flat(at)).any(|flat| flat.total(frame) != 0);
    // With filters, functions without a value need not be those of the base.
    let is_all =
        answer.base.is_some() || !answer.filtered.keeps_all() || answer.series.range_of(Input::Base).is_empty();
    let is_counted = |frame: &FrameId| !frames.is_label(*frame) && (is_all || has_value(*frame));
    frames.ids().skip(1).filter(is_counted).count()
}

/// Facts for the header, longest form first: aggregation of several snapshots, totals, sampling.
fn facts(screen: &Screen) -> Vec<String> {
    let query = &screen.document.answer.query;
    let (window, series) = (query.window, screen.series());
    let headers = || window.snapshots().map(|snapshot| &series.snapshots()[snapshot].header);
    let stacks: usize = headers().map(|header| header.samples).sum();
    let header = headers().next();
    let rate = header.filter(|header| header.period_type.measure() == Measure::Space && header.period > 1);
    let sampled = rate.map(|header| format!(", sampled 1/{}", Unit::Bytes.long(header.period))).unwrap_or_default();
    let amount = format!(
        "{}, {}{sampled}",
        words::frames(&screen.document.answer, frame_count(&screen.document.answer)),
        units::counted(stacks, "stack")
    );
    let sum = &screen.document.answer.window_sums[query.sample_type];
    let units = sum.units_words();
    if window.bounds(series).len() < 2 {
        return units.map_or_else(|| vec![amount.clone()], |units| vec![format!("{units}: {amount}"), units.clone()]);
    }
    let method = sum.method;
    let (long, numbers) = (sum.words(), words::window(series, window, screen.clock));
    let long = if long.is_empty() { "snapshot".to_owned() } else { long };
    let numbers_alone = numbers.split(',').next().unwrap_or_default();
    let short = match sum.instances {
        0 | 1 => format!("{} {numbers_alone}", method.word()),
        instances => format!("{} {numbers_alone}, {instances} instances", method.word()),
    };
    let short = std::iter::once(short).chain(units.clone()).collect::<Vec<_>>().join(", ");
    let shortest = match sum.instances {
        0 | 1 => method.word().to_owned(),
        instances => format!("{}, {instances} instances", method.word()),
    };
    let forms = [format!("{long}: {numbers}, {amount}"), format!("{long}: {numbers}"), short];
    let forms = forms.into_iter().chain(units).chain([shortest]);
    let Some(instance) = only_instance(&screen.document.answer, Side::B) else { return forms.collect() };
    // The instance is named in full if there is room, and is the last to be left out.
    let [full, brief] = [usize::MAX, SHORT_INSTANCE].map(|cells| words::instance(series, instance, cells));
    let forms = forms.flat_map(|form| [&full, &brief].map(|name| format!("{name}, {form}")));
    forms.chain([full.clone(), brief.clone()]).collect()
}

/// Draws the path to the selection, shortened in the middle, and the share of the zoom. While the root is selected, the
/// headline is drawn instead, unless it has a row of its own.
pub fn crumbs(screen: &Screen, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let zoom = screen.navigation.zoom();
    let has_own_row = screen.views.panes.strip.height > 0 && screen.tour.is_none();
    if zoom.is_all() && screen.navigation.selection() == Selection::Node(NodeId::ROOT) && !has_own_row {
        return strip::headline(screen, paint, row, buffer);
    }
    let is_shown = zoom.shows(&screen.document.answer.tree, screen.navigation.selection().node());
    let share = match (zoom.is_all(), is_shown) {
        (true, _) => String::new(),
        (false, true) => format!("zoom {} of all", zoom_share(screen)),
        (false, false) => format!("outside the zoom, {} of all", zoom_share(screen)),
    };
    let row = fit::part(fit::from(row, 1), 0, usize::from(row.width).saturating_sub(2));
    let taken = if share.is_empty() { 0 } else { width(&share) + 2 };
    let room = usize::from(row.width).saturating_sub(taken);
    let path = screen.document.answer.tree.path(screen.navigation.selection().node());
    let shown = crumb_path(screen, &path, room);
    let plain = paint.style(Role::Crumb);
    let arrow = format!(" {} ", paint.glyphs().crumb);
    let mut x = 0;
    for (index, crumb) in shown.iter().enumerate() {
        if index > 0 {
            x += paint.text(buffer, fit::part(row, x, room - x.min(room)), &arrow, plain) as usize;
        }
        let (text, style) = match crumb {
            Crumb::LeftOut => (paint.glyphs().ellipsis.to_owned(), plain),
            Crumb::Node(node, text) => (text.clone(), crumb_style(screen, paint, *node)),
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
fn crumb_path(screen: &Screen, path: &[NodeId], room: usize) -> Vec<Crumb> {
    let context = screen.context();
    let crumb = |node: NodeId| (node, context.label(screen.document.answer.tree.frame(node), CRUMB).into_owned());
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

fn crumb_style(screen: &Screen, paint: &Paint, node: NodeId) -> Style {
    let frame = screen.document.answer.tree.frame(node);
    let style = if node == screen.navigation.zoom().node && frame != FrameId::ROOT {
        paint.style(Role::Bold)
    } else {
        paint.style(Role::Crumb)
    };
    if screen.context().is_hit(frame) { paint.mark(style, Highlight::Hit) } else { style }
}

fn zoom_share(screen: &Screen) -> String {
    let zoom = screen.navigation.zoom();
    let total = match &zoom.members {
        None => screen.document.answer.column.total(zoom.node),
        Some(members) => {
            members.iter().fold(0_i64, |sum, node| sum.saturating_add(screen.document.answer.column.total(*node)))
        }
    };
    units::percent(total, screen.context().share_base())
}

/// Hint in the footer with its keys and width.
pub struct ShownHint {
    hint: Hint,
    keys: String,
    cells: Range<usize>,
}

impl ShownHint {
    /// Keys and label.
    pub fn words(&self) -> String {
        format!("{} {}", self.keys, self.hint.word)
    }

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

/// Hints that fit. Later ones are dropped first, but never the help, and in a popup never the key that closes it.
pub fn hints_shown(screen: &Screen, glyphs: Glyphs, row: usize) -> Vec<ShownHint> {
    let mut room = row.saturating_sub(kept_width(screen, glyphs));
    let mut is_full = false;
    let mut others = 0;
    let mut shown = screen.hints.clone();
    shown.retain(|hint| {
        if is_kept(screen, hint) {
            return true;
        }
        others += 1;
        match room.checked_sub(hint_width(hint, glyphs) + 2).filter(|_| !is_full && others <= MOST_HINTS) {
            Some(rest) => room = rest,
            None => is_full = true,
        }
        !is_full
    });
    // The help is last.
    shown.compact_sort_by_key(|hint| hint.word == HELP);
    let mut x = 0;
    let placed = shown.into_iter().map(|hint| {
        let cells = x..x + hint_width(&hint, glyphs);
        x = cells.end + 2;
        ShownHint { keys: keys(&hint.keys, glyphs), hint, cells }
    });
    placed.collect()
}

/// Word of the hint about the help.
const HELP: &str = "help";
/// Word of the hint about the key that closes a popup.
const CLOSE: &str = "close";

/// Returns true for a hint that is never dropped.
fn is_kept(screen: &Screen, hint: &Hint) -> bool {
    hint.word == HELP || hint.word == CLOSE && screen.views.stack.top().is_some()
}

/// Cells of the hints that are never dropped, each with the blanks after it.
fn kept_width(screen: &Screen, glyphs: Glyphs) -> usize {
    screen.hints.iter().filter(|hint| is_kept(screen, hint)).map(|hint| hint_width(hint, glyphs) + 2).sum()
}

fn hint_width(hint: &Hint, glyphs: Glyphs) -> usize {
    width(&keys(&hint.keys, glyphs)) + 1 + width(hint.word)
}

/// Draws the footer.
pub fn footer(screen: &Screen, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let row = fit::from(row, 1);
    // Hints give way to a message, until the next key.
    let kept = kept_width(screen, screen.settings.glyphs);
    let message = status::in_popup(screen, usize::from(row.width).saturating_sub(kept));
    let room =
        message.as_ref().map_or(row.width.into(), |(text, _)| usize::from(row.width).saturating_sub(width(text) + 2));
    for ShownHint { hint, keys, cells } in hints_shown(screen, screen.settings.glyphs, room) {
        if cells.end > room {
            continue;
        }
        let pieces =
            [(&*keys, paint.style(Role::Key)), (" ", paint.style(Role::Text)), (hint.word, paint.style(Role::Text))];
        paint.pieces(buffer, fit::from(row, cells.start), &pieces);
    }
    if let Some((text, role)) = message {
        paint.text_right(buffer, row, &text, paint.style(role));
    }
}

/// Maximum number of hints besides the help.
const MOST_HINTS: usize = 9;
/// Word for the arrow keys, without arrow characters.
const ARROWS: &str = "arrows";

/// Keys of a hint in short form; without arrow characters, the arrows are one word.
fn keys(keys: &[Key], glyphs: Glyphs) -> String {
    let arrows = keys.iter().all(|key| key.is_arrow());
    match keys {
        [one] if arrows && glyphs != Glyphs::Unicode => return one.to_string(),
        _ if arrows && glyphs != Glyphs::Unicode => return ARROWS.to_owned(),
        _ => {}
    }
    let brief: Vec<String> = keys.iter().map(|key| key.brief()).collect();
    brief.join(if arrows { "" } else { " " })
}
