//! The screen in words, for screen readers: the selection in the first line, then each pane as lines.
//!
//! Lists and texts are drawn as on the usual screen, without lines, bars and blocks, and read back row by row, each
//! value with the heading above it. The icicle has no rows to read, so the callees of the selection are listed in its
//! place.

use std::cmp::Reverse;
use std::ops::Range;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::analysis::derive::Side;
use crate::analysis::{Answer, ChangeDirection, StackOrder};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::NodeId;
use crate::base::plain_text::plain_line;
use crate::base::safe_text::safe_str;
use crate::base::units;
use crate::base::width::{width, wrap};
use crate::layout::panes::{ActiveView, Pane};
use crate::paint::{Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::details::brief;
use crate::view::frame::panes::{front, overlays, rect};
use crate::view::frame::{Screen, chrome, status};
use crate::view::navigation::Selection;
use crate::view::overlay::Layer;
use crate::view::prompt::state::PromptState;
use crate::view::sides::ComparisonView;
use crate::view::trend::state::TrendRow;
use crate::view::{filters, sandwich, trend, words};

/// Width at which lines are drawn before they are wrapped, in cells; nothing is cut at this width.
const LONG: u16 = 400;
/// Rows of a text that is read back.
const ROWS: u16 = 4;
/// Maximum width of a name in a list of callees, in cells.
const MAX_CALLEE_NAME_WIDTH: usize = 200;
/// Maximum number of callees that are listed.
const CALLEES: usize = 40;
/// First character of a selected row, see `GlyphSet::cursor`.
const MARK: char = '>';
/// Headings of the columns that name a row.
const NAME_COLUMNS: [&str; 5] = ["Function", "Value", "Key", "Instance", "Site"];
/// Words before a selected row.
const SELECTED: &str = "Selected: ";
/// Characters of the axes of a plot.
const AXES: [char; 2] = ['┤', '└'];

/// Draws the screen as lines of words.
pub fn draw(screen: &Screen, paint: &Paint, buffer: &mut Buffer) {
    let whole = buffer.area;
    let room = usize::from(whole.width);
    let mut row = 0;
    let mut write = |text: &str, role: Role, last: usize| {
        for line in wrap(text, room) {
            if row < last {
                paint.text(buffer, fit::row(whole, row), line, paint.style(role));
                row += 1;
            }
        }
    };
    let end = usize::from(whole.height);
    let keys = keys(screen, room);
    let is_covered = has_popup(screen);
    let head = if is_covered { messages(screen) } else { head(screen, paint) };
    let head: Vec<String> = head.into_iter().filter(|line| !line.is_empty()).collect();
    write(&current(screen, paint), Role::Bold, end - 1);
    for line in head.iter().chain(&body(screen, paint)) {
        write(line, Role::Text, end - 1);
    }
    paint.text(buffer, fit::row(whole, end - 1), &keys, paint.style(Role::Text));
}

/// Position of the terminal cursor: the end of the typed text in a prompt, else the line of the selection.
pub fn cursor(screen: &Screen) -> (u16, u16) {
    let Some((label, state)) = prompt(screen) else { return (0, 0) };
    let before: String = state.text().chars().take(state.cursor()).collect();
    let cells = width(label) + width(&safe_str(&before));
    (u16::try_from(cells).unwrap_or(u16::MAX).min(screen.size.0.saturating_sub(1)), 0)
}

/// Prompt in front, with its label.
fn prompt<'a>(screen: &'a Screen) -> Option<(&'static str, &'a PromptState)> {
    match screen.views.stack.top()? {
        Layer::Find(state) => Some(("Find: ", state)),
        Layer::Filter(state) => Some(("Filter: ", &state.prompt)),
        Layer::Palette(state) => Some(("Command: ", &state.prompt)),
        _ => None,
    }
}

/// First line: the typed text of a prompt, else the selection.
fn current(screen: &Screen, paint: &Paint) -> String {
    if let Some((label, state)) = prompt(screen) {
        return format!("{label}{}", safe_str(state.text()));
    }
    let context = screen.context();
    if let Some(layer) = screen.views.stack.top() {
        if let Layer::Help(help) = layer {
            return format!("In the help. {}", plain_line(&safe_str(&help.titles()[1])));
        }
        let selected = popup(screen, paint).into_iter().find(|row| row.starts_with(SELECTED));
        return [format!("In {}.", screen.views.focus().place()), selected.unwrap_or_default()].join(" ");
    }
    let place = screen.views.focus().place();
    let chip = screen.views.chips.focused().and_then(|at| screen.wanted.filters.get(at));
    if let Some(filter) = chip {
        return format!("Selected in {place}: {}", safe_str(&filter.to_string()));
    }
    match screen.views.front {
        ActiveView::Icicle if screen.views.pane == Pane::Icicle => {
            format!(
                "Selected{}: {}",
                side(screen),
                node(&screen.context_of(screen.views.sides.seen(&screen.document.answer)), screen)
            )
        }
        ActiveView::Icicle => format!("Selected in {place}: {}", node(&context, screen)),
        ActiveView::Sandwich => {
            let half = screen.views.sandwich.focused();
            let of_half = half.map(|half| sandwich::draw::context_of(half, &context));
            format!("Selected in {place}: {}", node(of_half.as_ref().unwrap_or(&context), screen))
        }
        _ => {
            let row = super::panes::selected(screen).map(|(_, row)| row);
            let read = graphic(screen, paint);
            let row = row.map(|row| read_row(&read, rect(screen.views.panes.front), row)).unwrap_or_default();
            let row = row.strip_prefix(SELECTED).unwrap_or(&row).to_owned();
            let foot = rows(&foot(screen, paint)).join(". ");
            if row.is_empty() && foot.is_empty() {
                return format!("In {place}: nothing is selected.");
            }
            [format!("Selected in {place}: {row}"), foot].join(". ")
        }
    }
}

/// Selection of the call tree in words: name, figures, level and number of callees.
fn node(context: &ViewContext, screen: &Screen) -> String {
    let brief = brief::brief(context, &screen.views.details, LONG.into(), ROWS.into());
    let mut parts = vec![brief.title, brief.aside];
    parts.extend(brief.lines.iter().map(|line| without_padding(line)));
    let (answer, selection) = (context.answer, context.navigation.selection());
    if let Selection::Node(node) = selection {
        let level = units::commas_u64(answer.tree.depth(node) as u64 + 1);
        let below = words::below(order(screen, answer));
        let below = match callees(answer, node).len() {
            0 => format!("no {below}s"),
            1 => format!("1 {below}"),
            count => format!("{} {below}s", units::commas_u64(count as u64)),
        };
        parts.push(format!("level {level}, {below}"));
        if context.is_hit(answer.tree.frame(node)) {
            parts.push("matches".to_owned());
        }
    }
    let parts: Vec<String> = parts.iter().map(|part| plain_line(part)).filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// Removes blanks that only align figures: a run of two blanks separates figures and stays, any other run becomes one
/// blank.
fn without_padding(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(' ') {
        text.push_str(&rest[..at]);
        let after = rest[at..].trim_start_matches(' ');
        text.push_str(if rest.len() - at - after.len() == 2 { "  " } else { " " });
        rest = after;
    }
    text + rest
}

/// Order of the frames of a tree: in the half of the callers, callers are below.
fn order(screen: &Screen, answer: &Answer) -> StackOrder {
    let callers = screen.views.sandwich.halves().map(|[callers, _]| &callers.answer);
    let is_of_callers = callers.is_some_and(|callers| std::ptr::eq(callers, answer));
    if is_of_callers { StackOrder::BottomUp } else { answer.query.order }
}

/// Callees of a node with a value, largest first.
fn callees(answer: &Answer, node: NodeId) -> Vec<NodeId> {
    let weight = |node: &NodeId| answer.widths.weight(*node);
    let mut callees: Vec<NodeId> = answer.tree.children(node).filter(|node| weight(node) > 0).collect();
    callees.compact_sort_by_key(|node| Reverse(weight(node)));
    callees
}

/// Returns true if a popup covers the active view. A search prompt does not cover the view.
fn has_popup(screen: &Screen) -> bool {
    screen.views.stack.top().is_some_and(|layer| !matches!(layer, Layer::Find(_)))
}

/// Message, notes and number of warnings.
fn messages(screen: &Screen) -> Vec<String> {
    status::words(screen, usize::from(LONG)).iter().map(|text| plain_line(text)).collect()
}

/// Lines about the whole screen: message, answer, profile, path, filters.
fn head(screen: &Screen, paint: &Paint) -> Vec<String> {
    let line = |label: &str, text: &str| {
        let text = plain_line(text);
        if text.is_empty() { text } else { format!("{label}{text}") }
    };
    let (long, context) = (Rect::new(0, 0, LONG, 1), screen.context());
    let draw = |write: &dyn Fn(Rect, &mut Buffer)| {
        let mut buffer = Buffer::empty(long);
        write(long, &mut buffer);
        text_of(&buffer, long)
    };
    let mut lines = messages(screen);
    if let Some(tour) = &screen.tour {
        let (number, count, before) = (tour.number, tour.count, tour.before_key());
        lines.push(format!("Tour {number} of {count}: {before}{} {}. {}", tour.key, tour.effect, tour.why));
    } else {
        lines.push(line("Answer: ", &screen.views.headline.text(screen.keys, usize::from(LONG))));
    }
    lines.push(line("Profile: ", &draw(&|row, buffer| chrome::header(screen, paint, row, buffer))));
    match screen.views.front {
        ActiveView::Icicle | ActiveView::Sandwich => {
            let path = context.answer.tree.path(context.navigation.selection().node());
            let names: Vec<_> = path
                .iter()
                .map(|node| context.label(context.answer.tree.frame(*node), MAX_CALLEE_NAME_WIDTH))
                .collect();
            lines.push(line("Path: ", &names.join(" > ")));
        }
        _ => {
            lines.push(line("View: ", &text_of(&graphic(screen, paint), rect(screen.views.panes.crumbs))));
        }
    }
    if screen.views.panes.chips.height > 0 {
        let focused = screen.views.chips.focused();
        let chips = draw(&|row, buffer| {
            filters::draw::chips(screen.wanted, &screen.document.answer, focused, paint, row, buffer);
        });
        lines.push(line("Filters: ", &chips));
    }
    lines
}

/// Lines of the active view, or of the popup over it.
fn body(screen: &Screen, paint: &Paint) -> Vec<String> {
    let panes = &screen.views.panes;
    if has_popup(screen) {
        return popup(screen, paint);
    }
    let buffer = graphic(screen, paint);
    let mut lines = Vec::new();
    match screen.views.front {
        ActiveView::Icicle => {
            let table = rect(panes.table);
            let room = usize::from(screen.size.1).saturating_sub(usize::from(table.height) + RESERVED);
            let room = room.clamp(1, CALLEES);
            let answer = &screen.document.answer;
            if screen.views.sides.are_both() {
                let focused = screen.views.sides.focused;
                for side in [focused, focused.other()] {
                    let answer = screen.views.sides.answer(side).unwrap_or(answer);
                    let of_side = format!(" in {}", side.letter());
                    lines.extend(callee_lines(screen, &screen.context_of(answer), &of_side, room / 2));
                }
            } else {
                let context = screen.context_of(screen.views.sides.seen(answer));
                lines.extend(callee_lines(screen, &context, side(screen), room));
            }
            if table.height > 0 {
                lines.push("Table of functions:".to_owned());
                lines.extend(list(&buffer, table));
            }
        }
        ActiveView::Trend => {
            lines.extend(list(&buffer, rect(screen.views.trend.parts().table)));
            lines.extend(trend_values(screen));
        }
        ActiveView::Sandwich => match screen.views.sandwich.halves() {
            Some(halves) => {
                let room = usize::from(screen.size.1).saturating_sub(RESERVED).clamp(2, CALLEES) / 2;
                let context = screen.context();
                for half in halves {
                    let context = sandwich::draw::context_of(half, &context);
                    let frame = context.answer.tree.frame(context.navigation.selection().node());
                    let of = format!(" of {}", context.label(frame, MAX_CALLEE_NAME_WIDTH));
                    lines.extend(callee_lines(screen, &context, &of, room));
                }
            }
            None => lines.extend(rows_of(&buffer, rect(panes.front)).into_iter().map(|(_, text)| text)),
        },
        ActiveView::Source | ActiveView::Labels | ActiveView::Instances => {
            lines.extend(list(&buffer, rect(panes.front)));
        }
    }
    lines
}

/// Lines of a popup. Its prompt is in the first line of the screen.
fn popup(screen: &Screen, paint: &Paint) -> Vec<String> {
    let panes = &screen.views.panes;
    let mut buffer = Buffer::empty(Rect::new(0, 0, screen.size.0, screen.size.1));
    overlays(screen, paint, &mut buffer);
    let rows = rows_of(&buffer, rect(panes.middle())).into_iter().filter(|(y, _)| *y != panes.status.y);
    rows.map(|(_, text)| text).collect()
}

/// Number of rows that are reserved for selection, head and keys.
const RESERVED: usize = 9;

/// Window whose figures are shown, after a noun; empty if both are compared, or if there is one.
fn side(screen: &Screen) -> &'static str {
    match (screen.views.sides.front, screen.views.sides.focused) {
        (ComparisonView::Overlay, _) => "",
        (ComparisonView::Both | ComparisonView::Alone, Side::A) => " in A",
        (ComparisonView::Both | ComparisonView::Alone, Side::B) => " in B",
    }
}

/// Callees of the selection in words, or its callers in a tree of callers, at most `most` lines. `what` stands after the
/// noun: the window or the function.
fn callee_lines(screen: &Screen, context: &ViewContext, what: &str, most: usize) -> Vec<String> {
    let Selection::Node(node) = context.navigation.selection() else { return Vec::new() };
    let answer = context.answer;
    let callees = callees(answer, node);
    if callees.is_empty() {
        return Vec::new();
    }
    let unit = context.unit();
    let row = |node: &NodeId| {
        let name = context.label(answer.tree.frame(*node), MAX_CALLEE_NAME_WIDTH);
        if let Some(pair) = answer.pair() {
            let change = pair.total(*node);
            let part = words::relative_change(&change);
            let noise = if change.direction() == ChangeDirection::Noise { words::WITHIN_NOISE } else { "" };
            let figures = [unit.signed_short(change.delta()), part, noise.to_owned()];
            let figures: Vec<String> = figures.into_iter().filter(|figure| !figure.is_empty()).collect();
            return plain_line(&format!("{name}: {}", figures.join("  ")));
        }
        let total = answer.column.total(*node);
        let share = units::percent(total, context.share_base());
        plain_line(&format!("{name}: total {}  {share}", unit.short(total)))
    };
    // The line of the heading, and that of the number of further callees unless all fit.
    let room = most.saturating_sub(1);
    let shown = if callees.len() <= room { callees.len() } else { room.saturating_sub(1).clamp(1, callees.len()) };
    let below = match order(screen, answer) {
        StackOrder::CallersFirst => "Callees",
        StackOrder::BottomUp => "Callers",
    };
    let mut lines = vec![format!("{below}{what}, largest first:")];
    lines.extend(callees[..shown].iter().map(row));
    match callees.len() - shown {
        0 => {}
        left => lines.push(format!("and {} more", units::commas_u64(left as u64))),
    }
    lines
}

/// Values of the selected function in every snapshot, in place of plot and shades.
fn trend_values(screen: &Screen) -> Option<String> {
    let trend = &screen.views.trend;
    let line = match trend.selected()? {
        TrendRow::Cause(finding) => finding.line.clone(),
        TrendRow::Function(row) => trend.trends()?.line(row),
    };
    let unit = screen.context().unit();
    let values: Vec<String> = line.iter().map(|value| unit.short(*value)).collect();
    Some(format!("Values by snapshot: {}", values.join(", ")))
}

/// The footer: keys as they are named in the settings.
fn keys(screen: &Screen, room: usize) -> String {
    let words = chrome::hints_shown(screen, screen.settings.glyphs, room.saturating_sub(KEYS.len()));
    let words: Vec<String> = words.iter().map(chrome::ShownHint::words).collect();
    format!("{KEYS}{}", words.join(", "))
}

const KEYS: &str = "Keys: ";

/// Draws the active view like the usual screen, without popups.
fn graphic(screen: &Screen, paint: &Paint) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, screen.size.0, screen.size.1));
    front(screen, paint, &mut buffer);
    buffer
}

/// Draws the foot of the active view, which has the evidence for the selected row.
fn foot(screen: &Screen, paint: &Paint) -> Buffer {
    use crate::view::{details, instances, source};
    let area = Rect::new(0, 0, LONG, ROWS);
    let mut buffer = Buffer::empty(area);
    let (views, context) = (screen.views, &screen.context());
    match views.front {
        ActiveView::Trend => trend::draw::foot(&views.trend, context, paint, area, &mut buffer),
        ActiveView::Source => source::draw::foot(&views.source, context, paint, area, &mut buffer),
        ActiveView::Instances => instances::draw::foot(&views.instances, context, paint, area, &mut buffer),
        ActiveView::Labels | ActiveView::Icicle | ActiveView::Sandwich => {
            details::draw::draw(&views.details, context, paint, area, &mut buffer);
        }
    }
    buffer
}

/// Rows of a buffer in words, without empty ones.
fn rows(buffer: &Buffer) -> Vec<String> {
    rows_of(buffer, buffer.area).into_iter().map(|(_, text)| text).collect()
}

/// Rows of an area in words with their position, without empty ones. A selected row begins with [`SELECTED`].
fn rows_of(buffer: &Buffer, area: Rect) -> Vec<(u16, String)> {
    let row = |y: u16| {
        let text = text_of(buffer, Rect { y, height: 1, ..area });
        let said = match text.trim_start().strip_prefix(MARK) {
            Some(rest) => format!("{SELECTED}{}", plain_line(rest)),
            None => plain_line(&text),
        };
        (y, said)
    };
    (area.y..area.bottom()).map(row).filter(|(_, text)| !text.is_empty()).collect()
}

/// Rows of a list, each value with its heading.
fn list(buffer: &Buffer, area: Rect) -> Vec<String> {
    (0..area.height).map(|row| read_row(buffer, area, area.y + row)).filter(|text| !text.is_empty()).collect()
}

/// Row of a list in words; empty for a heading and for a row of a plot.
fn read_row(buffer: &Buffer, area: Rect, y: u16) -> String {
    let cells = |y: u16| Rect { y, height: 1, ..area };
    let is_plot = |y: u16| text_of(buffer, cells(y)).contains(AXES);
    if is_heading(buffer, cells(y)) || (area.y..=y).any(is_plot) {
        return String::new();
    }
    let heading = (area.y..y).rev().find(|y| is_heading(buffer, cells(*y)));
    let mut headings = heading.map(|y| cell_words(buffer, cells(y))).unwrap_or_default();
    // Shades have no words, so that words below their heading are the end of a name.
    headings.retain(|(_, heading)| heading != trend::draw::LINE_HEADING);
    let mut said: Vec<(Option<usize>, String)> = Vec::new();
    let mut is_selected = false;
    let words = cell_words(buffer, cells(y));
    if is_message(&headings, &words) {
        return plain_line(&text_of(buffer, cells(y)));
    }
    for (at, word) in words {
        // A warning mark before a name is left out, since the status of the row says the same.
        if at.start == 0 && word.starts_with(MARK) || word == "!" {
            is_selected |= at.start == 0;
            continue;
        }
        let heading = nearest(&headings, &at);
        match said.last_mut().filter(|(last, _)| *last == heading) {
            Some((_, text)) => *text = format!("{text} {word}"),
            None => said.push((heading, word)),
        }
    }
    // A heading is left out if it is `%`, which the value has too, or a path above lines of code, which names no
    // column.
    let is_said = |heading: &str| !(matches!(heading, "" | "%") || heading.contains('/') && heading.contains('.'));
    let word = |(heading, text): &(Option<usize>, String)| {
        let (heading, text) = (heading.and_then(|at| headings.get(at)), in_words(text));
        let heading = heading.map(|(_, heading)| plain_line(heading)).filter(|heading| is_said(heading));
        match heading {
            Some(heading) if !text.is_empty() => format!("{heading} {text}"),
            _ => text,
        }
    };
    // The name of a row comes first, and needs no heading.
    let is_name = |(heading, _): &(Option<usize>, String)| {
        heading
            .and_then(|at| headings.get(at))
            .is_some_and(|(_, heading)| NAME_COLUMNS.contains(&plain_line(heading).as_str()))
    };
    let (names, values): (Vec<_>, Vec<_>) = said.into_iter().partition(is_name);
    let names = names.iter().map(|(_, text)| in_words(text));
    let words: Vec<String> = names.chain(values.iter().map(word)).filter(|text| !text.is_empty()).collect();
    let mark = if is_selected { SELECTED } else { "" };
    if words.is_empty() { String::new() } else { format!("{mark}{}", words.join(", ")) }
}

/// Cell in words: the sign of a change within noise becomes words.
fn in_words(cell: &str) -> String {
    match cell.strip_prefix('=').filter(|rest| rest.starts_with(['+', '-', ' '])) {
        Some(rest) => format!("{} {}", plain_line(rest), words::WITHIN_NOISE),
        None => plain_line(cell),
    }
}

/// Index of the heading over a word: the heading with the largest overlap, else the nearest one.
fn nearest(headings: &[(Range<usize>, String)], at: &Range<usize>) -> Option<usize> {
    let cells = |at: usize| isize::try_from(at).unwrap_or(isize::MAX);
    // Negative if there is a gap between both.
    let overlap = |heading: &Range<usize>| cells(heading.end.min(at.end)) - cells(heading.start.max(at.start));
    (0..headings.len()).max_by_key(|index| overlap(&headings[*index].0))
}

/// Returns true if a row of a list is a sentence: the first word begins with a letter below the heading of a figure.
fn is_message(headings: &[(Range<usize>, String)], words: &[(Range<usize>, String)]) -> bool {
    let Some((at, word)) = words.first() else { return false };
    let heading = nearest(headings, at).and_then(|at| headings.get(at));
    word.starts_with(char::is_alphabetic) && heading.is_some_and(|(_, heading)| plain_line(heading) == "Self")
}

/// Returns true for a row of headings: every character is bold, and the row begins with neither mark nor figure.
fn is_heading(buffer: &Buffer, row: Rect) -> bool {
    let cells = row.positions().filter_map(|position| buffer.cell(position));
    let mut text = cells.filter(|cell| cell.symbol() != " ").peekable();
    let is_title =
        |cell: &&Cell| !cell.symbol().starts_with(|letter: char| ">!+-".contains(letter) || letter.is_ascii_digit());
    text.peek().is_some_and(is_title) && text.all(|cell| cell.modifier.contains(Modifier::BOLD))
}

/// Words of a row with their cells, split at blanks.
fn cell_words(buffer: &Buffer, row: Rect) -> Vec<(Range<usize>, String)> {
    let mut words: Vec<(Range<usize>, String)> = Vec::new();
    let mut x = 0;
    let mut is_open = false;
    while x < usize::from(row.width) {
        let symbol = buffer.cell((row.x + x as u16, row.y)).map_or(" ", |cell| cell.symbol());
        let cells = width(symbol).max(1);
        if symbol == " " {
            is_open = false;
        } else {
            match words.last_mut().filter(|_| is_open) {
                Some((range, word)) => {
                    range.end = x + cells;
                    word.push_str(symbol);
                }
                None => words.push((x..x + cells, symbol.to_owned())),
            }
            is_open = true;
        }
        x += cells;
    }
    words
}

/// Text of one row of cells.
fn text_of(buffer: &Buffer, row: Rect) -> String {
    let mut text = String::new();
    let mut x = row.x;
    while x < row.right() {
        let symbol = buffer.cell((x, row.y)).map_or(" ", |cell| cell.symbol());
        text.push_str(symbol);
        x += u16::try_from(width(symbol)).unwrap_or(1).max(1);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_belongs_to_the_heading_above_it() {
        let headings = [(3..8, "Self".to_owned()), (14..15, "%".to_owned()), (35..43, "Function".to_owned())];
        assert_eq!(nearest(&headings, &(3..8)), Some(0));
        assert_eq!(nearest(&headings, &(10..15)), Some(1));
        assert_eq!(nearest(&headings, &(35..60)), Some(2));
        assert_eq!(nearest(&headings, &(61..70)), Some(2));
        assert_eq!(nearest(&[], &(61..70)), None);
    }

    #[test]
    fn aligned_figures_lose_their_padding() {
        let cases = [
            ("here            total 14.0 MiB 69.1%  self      0 B  0.0%", "here total 14.0 MiB 69.1%  self 0 B  0.0%"),
            ("", ""),
            ("é   x ", "é x "),
        ];
        for (line, text) in cases {
            assert_eq!(without_padding(line), text);
        }
    }
}
