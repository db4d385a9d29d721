//! Frames that a profile asks to drop: its `drop_frames` and `keep_frames`, applied as pprof does.
//!
//! From the root, nothing is dropped before the first frame that stays. At the first matching location after that
//! frame, the matching function and everything below are dropped; a location that matches in an inlined function keeps
//! the functions that it is inlined into.

use regex::bytes::Regex;

use crate::analysis::filter::syntax::translated;
use crate::base::ids::{LocationId, StackId};
use crate::base::names;
use crate::base::safe_text::SafeText;
use crate::base::step_count;
use crate::profile::{Line, Series, Symbols, Trie};

/// Treatment of a location and of its callees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneAction {
    /// The location stays.
    Keep,
    /// The location and everything below are dropped.
    Drop,
    /// This many first lines of the location (innermost first) and everything below are dropped.
    DropBelow(u32),
}

/// Finds the treatment of every location by the rules of the first profile given, as pprof merges them; `None` if it has
/// no rules, or rules that are not regular expressions (pprof ignores these too, and [`invalid_rule`] finds them).
pub fn pruned_locations(series: &Series) -> Option<Vec<PruneAction>> {
    let [drop, keep] = rules(series)?;
    let drop = whole(drop.raw())?;
    let keep = match keep.raw() {
        "" => None,
        pattern => Some(whole(pattern)?),
    };
    let symbols = series.symbols();
    let dropped: Vec<bool> = symbols
        .functions
        .iter()
        .map(|function| {
            let name = symbols.strings.bytes(function.name);
            let readable = std::str::from_utf8(name).ok().and_then(names::without_arguments);
            let name = simplified(readable.as_ref().map_or(name, String::as_bytes));
            !name.is_empty() && drop.is_match(name) && !keep.as_ref().is_some_and(|keep| keep.is_match(name))
        })
        .collect();
    let verdict = |id| verdict(symbols, id, &dropped);
    Some((0..symbols.locations()).map(LocationId::new).map(verdict).collect())
}

/// Rules of the first profile given: frames to drop, and frames to keep among them; `None` if it has none.
fn rules(series: &Series) -> Option<[&SafeText; 2]> {
    let header = series.headers_as_given().next().filter(|header| !header.drop_frames.is_empty())?;
    Some([&header.drop_frames, &header.keep_frames])
}

/// Pattern that has to match a whole name; `None` if it is not a regular expression.
fn whole(pattern: &str) -> Option<Regex> {
    Regex::new(&translated(&format!("^(?:{pattern})$"))).ok()
}

/// Sentence about a rule of the first profile given that is not a regular expression, so that no frame is dropped; `None`
/// if all rules are usable.
pub fn invalid_rule(series: &Series) -> Option<String> {
    let named = ["drop_frames", "keep_frames"].into_iter().zip(rules(series)?);
    let (field, rule) = named.into_iter().find(|(_, rule)| whole(rule.raw()).is_none())?;
    let rule = rule.shown();
    Some(format!("`{field}` of the file is no regular expression, so that no frame is dropped: `{rule}`"))
}

fn verdict(symbols: &Symbols, id: LocationId, dropped: &[bool]) -> PruneAction {
    let lines = symbols.lines(id);
    let drops = |line: &Line| dropped[line.function.index()];
    match lines.iter().rposition(drops) {
        None => PruneAction::Keep,
        Some(outermost) if outermost + 1 == lines.len() => PruneAction::Drop,
        Some(outermost) => PruneAction::DropBelow(outermost as u32 + 1),
    }
}

/// Lines of a location that its treatment leaves, innermost first; empty for a location past the last.
pub(super) fn kept_stack<'a>(symbols: &'a Symbols, verdicts: Option<&[PruneAction]>, id: LocationId) -> &'a [Line] {
    if id.index() >= symbols.locations() {
        return &[];
    }
    let cut = match verdicts.map(|verdicts| verdicts[id.index()]) {
        Some(PruneAction::DropBelow(innermost)) => innermost as usize,
        Some(PruneAction::Keep | PruneAction::Drop) | None => 0,
    };
    &symbols.lines(id)[cut..]
}

/// Flag per stack: true if its location or a caller's is dropped. Locations past the last verdict are not from the file
/// and change nothing.
pub(super) fn dropped(trie: &Trie, verdicts: &[PruneAction]) -> Vec<bool> {
    // Below a frame that stays, frames may be dropped.
    const USER: u8 = 1;
    const CUT: u8 = 2;
    const DROPPED: u8 = 4;
    step_count::count_steps(trie.len());
    let mut states = vec![0_u8; trie.len()];
    for stack in (1..trie.len()).map(StackId::new) {
        let above = trie.parent(stack).map_or(0, |parent| states[parent.index()]);
        states[stack.index()] = match verdicts.get(trie.location(stack).index()) {
            _ if above & (CUT | DROPPED) != 0 => above | DROPPED,
            Some(PruneAction::Keep) => USER,
            Some(PruneAction::Drop) if above == USER => USER | DROPPED,
            Some(PruneAction::DropBelow(_)) if above == USER => USER | CUT,
            Some(PruneAction::Drop | PruneAction::DropBelow(_)) | None => above,
        };
    }
    states.into_iter().map(|state| state & DROPPED != 0).collect()
}

/// A name without a leading dot and without its argument list, as the rules expect it.
pub(super) fn simplified(name: &[u8]) -> &[u8] {
    const RESERVED: [&[u8]; 2] = [b"(anonymous namespace)", b"operator()"];
    let name = name.strip_prefix(b".").unwrap_or(name);
    let mut at = 0;
    while at < name.len() {
        let rest = &name[at..];
        if let Some(reserved) = RESERVED.iter().find(|reserved| rest.starts_with(reserved)) {
            at += reserved.len();
        } else if rest[0] == b'(' {
            return &name[..at];
        } else {
            at += 1;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_arguments_and_nothing_else() {
        assert_eq!(simplified(b"malloc(unsigned long)"), b"malloc");
        assert_eq!(simplified(b".malloc"), b"malloc");
        assert_eq!(simplified(b"(anonymous namespace)::f(int)"), b"(anonymous namespace)::f");
        assert_eq!(simplified(b"S::operator()(int) const"), b"S::operator()");
        assert_eq!(simplified(b"main.f"), b"main.f");
    }
}
