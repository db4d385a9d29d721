//! Filter chips: one for each filter and each other deviation from the default view, and the share that passes the
//! filters.

use crate::analysis::filter::name_of;
use crate::analysis::{Answer, Filter, Granularity, Inlines, Query, Recursion};
use crate::base::names::Language;
use crate::base::safe_text;
use crate::base::units::{Unit, percent};
use crate::base::width::{cut_middle, width};
use crate::view::filters::Action;

/// Deviation from the default view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// Granularity of frames.
    Granularity,
    /// Inlined calls hidden.
    Inlines,
    /// Recursion folded.
    Recursion,
    /// Filter, by its index in the query.
    Filter(usize),
    /// Filter of the base, by its index in the query.
    BaseFilter(usize),
}

/// Focus on the chips; no chip may be focused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChipsState {
    focused: Option<usize>,
}

impl ChipsState {
    /// Focused chip.
    pub fn focused(self) -> Option<usize> {
        self.focused
    }

    /// Focuses the last chip, if there is one.
    pub fn enter(&mut self, chips: usize) {
        self.focused = chips.checked_sub(1);
    }

    /// Focuses a chip.
    pub fn choose(&mut self, chip: usize) {
        self.focused = Some(chip);
    }

    /// Removes the focus.
    pub fn leave(&mut self) {
        self.focused = None;
    }

    /// Focuses another chip.
    pub fn turn(&mut self, action: Action, chips: usize) {
        let Some(focused) = self.focused else { return };
        self.focused = match action {
            Action::Left => Some(focused.saturating_sub(1)),
            Action::Right => Some(focused + 1),
            Action::Remove | Action::Edit | Action::Leave => Some(focused),
        };
        self.fit(chips);
    }

    /// Keeps the focus on an existing chip; without any, removes it.
    pub fn fit(&mut self, chips: usize) {
        self.focused = self.focused.and_then(|focused| chips.checked_sub(1).map(|last| focused.min(last)));
    }
}

/// Chips of a query, in screen order.
pub fn chips(query: &Query) -> Vec<Chip> {
    let shape = query.shape;
    let shaped = [
        (shape.granularity != Granularity::Functions).then_some(Chip::Granularity),
        (shape.inlines == Inlines::Hidden).then_some(Chip::Inlines),
        (shape.recursion == Recursion::Folded).then_some(Chip::Recursion),
    ];
    let filters = (0..query.filters.len()).map(Chip::Filter);
    let of_base = (0..query.base_filters.len()).map(Chip::BaseFilter);
    shaped.into_iter().flatten().chain(filters).chain(of_base).collect()
}

/// Filter of a chip; `None` for other chips.
pub fn filter(chip: Chip, query: &Query) -> Option<&Filter> {
    match chip {
        Chip::Filter(at) => query.filters.get(at),
        Chip::BaseFilter(at) => query.base_filters.get(at),
        Chip::Granularity | Chip::Inlines | Chip::Recursion => None,
    }
}

/// Text of a chip, safe to print.
pub fn text(chip: Chip, query: &Query, language: Language) -> String {
    match chip {
        Chip::Granularity => format!("by {}", noun(query.shape.granularity)),
        Chip::Inlines => "no inlines".to_owned(),
        Chip::Recursion => "recursion folded".to_owned(),
        Chip::Filter(_) | Chip::BaseFilter(_) => filter(chip, query).map_or_else(String::new, |filter| {
            let written = match name_of(language, filter) {
                Some(name) => name.to_owned(),
                None => safe_text::safe_str(&filter.plain_text()).into_owned(),
            };
            match chip {
                Chip::BaseFilter(_) => format!("A: {written}"),
                _ if query.base_filters.iter().any(|of_base| of_base.kind == filter.kind) => format!("B: {written}"),
                _ => written,
            }
        }),
    }
}

/// Noun for one frame at a granularity.
pub fn noun(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Functions => "function",
        Granularity::FileFunctions => "function and file",
        Granularity::Files => "file",
        Granularity::Lines => "line",
        Granularity::Addresses => "address",
        Granularity::Packages => "package",
        Granularity::Owners => "owner",
    }
}

/// Share that passes the filters: `34.1% of 20.3 MiB left`; `None` without filters.
pub fn left(answer: &Answer) -> Option<String> {
    if answer.query.filters.is_empty() {
        return None;
    }
    let unit = answer.series.sample_types().get(answer.query.sample_type);
    let unit = unit.map_or(Unit::Count, |chosen| Unit::of(chosen.unit.raw()));
    let (left, all) = (narrow(answer.column.filtered_total()), narrow(answer.column.unfiltered_total()));
    Some(format!("{} of {} left", percent(left, all), unit.long(all)))
}

/// Clamps a sum to 64 bits.
pub fn narrow(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// Maximum width of a chip in cells.
const MAX_CHIP_WIDTH: usize = 40;
/// Maximum widths of chips that are tried so that all fit, the largest first.
const NARROWER: [usize; 4] = [MAX_CHIP_WIDTH, 30, 22, 16];

/// Chips that fit `cells`, each with its index and its text in brackets, and the number of the others. Without room for
/// all, chips are cut; if that is not enough, chips before the focused one (by default the last) are dropped first, then those at the end.
pub fn fitting(
    query: &Query,
    language: Language,
    focused: Option<usize>,
    cells: usize,
) -> (Vec<(usize, String)>, usize) {
    let texts = |most: usize| -> Vec<String> {
        let cut = |chip| format!("[{}]", cut_middle(&text(chip, query, language), most.min(cells.max(3))));
        chips(query).into_iter().map(cut).collect()
    };
    let needs = |range: &[String]| range.iter().map(|text| width(text) + 1).sum::<usize>();
    let all = NARROWER.into_iter().map(texts).find(|texts| needs(texts) <= cells + 1);
    let texts = all.unwrap_or_else(|| texts(MAX_CHIP_WIDTH));
    let mut shown = 0..texts.len();
    let last = focused.unwrap_or(texts.len().saturating_sub(1));
    while needs(&texts[shown.clone()]) > cells + 1 && shown.len() > 1 {
        if shown.start < last { shown.start += 1 } else { shown.end -= 1 }
    }
    let hidden = texts.len() - shown.len();
    (shown.map(|at| (at, texts[at].clone())).collect(), hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Filter;

    #[test]
    fn chips_stand_in_one_order_and_the_keyed_one_is_always_seen() {
        let mut query = Query::default();
        query.shape.recursion = Recursion::Folded;
        query.filters = ["json", "hide:runtime", "tag:bytes=4kb:"].map(Filter::parse).to_vec();
        let texts = |focused, cells| -> Vec<String> {
            fitting(&query, Language::Go, focused, cells).0.into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(texts(None, 80), ["[recursion folded]", "[focus json]", "[hide runtime]", "[tag bytes=4kb:]"]);
        assert_eq!(texts(None, 32), ["[hide runtime]", "[tag bytes=4kb:]"]);
        assert_eq!(texts(Some(0), 20), ["[recursion folded]"]);
        assert_eq!(fitting(&query, Language::Go, Some(1), 20).1, 3);
        query.filters.push(Filter::parse(&format!("ignore:{}", "x".repeat(60))));
        assert_eq!(fitting(&query, Language::Go, None, 90).1, 0, "a long chip is cut before others are left out");
    }

    #[test]
    fn keys_go_back_with_the_last_chip() {
        let mut state = ChipsState::default();
        state.enter(2);
        assert_eq!(state.focused(), Some(1));
        state.turn(Action::Left, 2);
        state.turn(Action::Left, 2);
        assert_eq!(state.focused(), Some(0));
        state.fit(0);
        assert_eq!(state.focused(), None);
    }
}
