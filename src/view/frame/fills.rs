//! Legend of the fills, unless they mean packages: each fill with its label, in the longest form that fits.

use std::cmp::Reverse;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::filter::CodeOwner;
use crate::base::compact_sort::CompactSort;
use crate::base::ids::FrameId;
use crate::base::safe_text::safe_str;
use crate::base::width::{cut_middle, width};
use crate::layout::panes::ActiveView;
use crate::paint::{Fill, Paint, Role, Shade, fit};
use crate::profile::UNOWNED;
use crate::view::context::{Fills, SELF_MARKS, owner_role};
use crate::view::frame::Screen;
use crate::view::icicle::draw::package_fill;
use crate::view::sides::ComparisonView;

/// Piece of the legend: text, and the fill that it explains.
type Piece = (String, Option<Fill>);

/// Draws the legend over `row`. Returns its width in cells.
pub fn legend(screen: &Screen, paint: &Paint, row: Rect, buffer: &mut Buffer) -> usize {
    let cells = |pieces: &[Piece]| pieces.iter().map(|(text, _)| width(text)).sum::<usize>();
    let forms = forms(screen, paint);
    let Some(pieces) = forms.iter().find(|form| cells(form) <= usize::from(row.width)) else { return 0 };
    let taken = cells(pieces);
    // The fills must not have the dim style of the rule below.
    paint.wash(buffer, fit::part(row, 0, taken), paint.style(Role::Text));
    let style = |fill: &Option<Fill>| fill.map_or(paint.style(Role::Text), |fill| paint.fill(fill, Shade::Plain));
    let styled: Vec<(&str, Style)> = pieces.iter().map(|(text, fill)| (&**text, style(fill))).collect();
    paint.pieces(buffer, row, &styled);
    taken
}

/// Cells of the shortest form in words; 0 without a legend.
pub fn words_width(screen: &Screen, paint: &Paint) -> usize {
    let forms = forms(screen, paint);
    let is_of_letters = matches!(screen.views.display.fills, Fills::Kind) && !screen.document.owners.has_rules();
    let form = forms.len().checked_sub(if is_of_letters { 2 } else { 1 }).and_then(|at| forms.get(at));
    form.map_or(0, |form| form.iter().map(|(text, _)| width(text)).sum())
}

/// Cells of the shortest form; 0 without a legend.
pub fn least_width(screen: &Screen, paint: &Paint) -> usize {
    forms(screen, paint).last().map_or(0, |form| form.iter().map(|(text, _)| width(text)).sum())
}

/// Returns true if the icicles show the windows of a comparison one by one.
fn is_by_window(screen: &Screen) -> bool {
    screen.views.front == ActiveView::Icicle && screen.views.sides.front != ComparisonView::Overlay
}

/// Forms of the legend, longest first; empty without a legend.
fn forms(screen: &Screen, paint: &Paint) -> Vec<Vec<Piece>> {
    let has_icicle = matches!(screen.views.front, ActiveView::Icicle | ActiveView::Sandwich);
    // Windows that are shown one by one have these fills, not those of the comparison.
    let is_compared = screen.document.answer.base.is_some() && !is_by_window(screen);
    if !has_icicle || is_compared {
        return Vec::new();
    }
    match screen.views.display.fills {
        Fills::Plain => Vec::new(),
        // Without colours, packages look the same.
        Fills::Package if paint.is_plain() => Vec::new(),
        Fills::Package => {
            let packages = packages(screen);
            [8, 5, 3, 2, 1].iter().map(|most| package_legend(&packages, *most)).collect()
        }
        Fills::Value => vec![self_legend(" self: "), self_legend(" ")],
        Fills::Kind if screen.document.owners.has_rules() => {
            let names = screen.document.owners.names();
            [names.len(), 8, 5, 3, 2, 1].iter().map(|most| rule_legend(names, *most)).collect()
        }
        Fills::Kind => vec![
            owner_legend(paint, CodeOwner::word),
            owner_legend(paint, CodeOwner::short_word),
            owner_legend(paint, CodeOwner::letter),
        ],
    }
}

/// Packages of the visible frames with their fills, the widest first.
fn packages(screen: &Screen) -> Vec<(String, Fill)> {
    let answer = &screen.document.answer;
    let layout = screen.views.icicle.layout();
    let slots = layout.shown().flat_map(|level| layout.level(level));
    let mut cells: Vec<(&str, Fill, usize)> = Vec::new();
    for (node, width) in slots.filter_map(|slot| Some((slot.node()?, slot.width))) {
        let frame = answer.tree.frame(node);
        if frame == FrameId::ROOT || !answer.tree.frames().is_symbolized(frame) {
            continue;
        }
        let (name, fill) = package_fill(answer.language, answer.tree.frames().shown(frame));
        match cells.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, _, sum)) => *sum += width,
            None if !name.is_empty() => cells.push((name, fill, width)),
            None => {}
        }
    }
    cells.compact_sort_by_key(|(name, _, sum)| (Reverse(*sum), *name));
    cells.into_iter().map(|(name, fill, _)| (safe_str(name).into_owned(), fill)).collect()
}

/// Legend of the first packages, and the number of others.
fn package_legend(packages: &[(String, Fill)], most: usize) -> Vec<Piece> {
    let text = |name: &str| format!(" {} ", cut_middle(name, MOST_PACKAGE));
    let shown = packages.iter().take(most).map(|(name, fill)| (text(name), Some(*fill)));
    let more = packages.len().saturating_sub(most);
    let more = (more > 0).then(|| (format!(" {more} more "), None));
    let blank = || (" ".to_owned(), None);
    std::iter::once(blank()).chain(shown).chain(more).chain([blank()]).collect()
}

/// Cells of the name of a package in the legend.
const MOST_PACKAGE: usize = 24;

/// Legend of fills by self share.
fn self_legend(title: &str) -> Vec<Piece> {
    let [some, much] = SELF_MARKS.map(|mark| format!("{}%", mark * 100.0));
    let steps = [
        (" none ".to_owned(), Role::Root),
        (format!(" <{some} "), Role::SelfLittle),
        (format!(" <{much} "), Role::SelfSome),
        (" more of all ".to_owned(), Role::SelfMuch),
    ];
    let steps = steps.into_iter().map(|(text, role)| (text, Some(Fill::Role(role))));
    std::iter::once((title.to_owned(), None)).chain(steps).chain([(" ".to_owned(), None)]).collect()
}

/// Legend of the first owners by the rules of the series, and the number of others.
fn rule_legend(names: &[(String, u32)], most: usize) -> Vec<Piece> {
    let shown = names.iter().take(most).map(|(name, number)| (format!(" {name} "), Some(Fill::Package(*number))));
    let more = names.len().saturating_sub(most);
    let more = (more > 0).then(|| (format!(" {more} more "), None));
    let unowned = [(format!(" {UNOWNED} "), Some(Fill::Root)), (" ".to_owned(), None)];
    std::iter::once((" ".to_owned(), None)).chain(shown).chain(more).chain(unowned).collect()
}

/// Legend of fills by code owner.
fn owner_legend(paint: &Paint, word: fn(CodeOwner) -> &'static str) -> Vec<Piece> {
    let text = |owner: CodeOwner| match (paint.is_plain(), word(owner)) {
        (true, word) if word != owner.letter() => format!(" {} {word} ", owner.letter()),
        (_, word) => format!(" {word} "),
    };
    let kinds = CodeOwner::ALL.map(|owner| (text(owner), Some(Fill::Role(owner_role(owner)))));
    let blank = || (" ".to_owned(), None);
    std::iter::once(blank()).chain(kinds).chain([blank()]).collect()
}
