//! Renamed code: functions of the base that have another name in the current window.
//!
//! Names with an equal normal form are paired if one is gone and the other is new. The numbers of closures shift when a
//! closure is inserted, so closures of one function are matched as a set, by size. A function without a similar name is
//! never paired: two different allocations of similar size are two changes.

use rustc_hash::FxHashMap;

use crate::base::compact_sort::CompactSort;
use crate::base::names::{is_closure, normal};

/// Function with its size on both sides of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct SizedName<'a> {
    /// Demangled name.
    pub name: &'a str,
    /// Size in the base; 0 if the function is not there.
    pub base: i128,
    /// Size in the current window; 0 if the function is not there.
    pub current: i128,
}

/// Size of sets of similar names above which members are matched in the order of size, not by the nearest size.
const MAX_NEAREST: usize = 64;

/// Pairs functions of the base with functions of the current window that have another name. Returns indices into
/// `names`. A function is in at most one pair.
pub fn renamed(names: &[SizedName<'_>]) -> Vec<(usize, usize)> {
    let is_gone = |one: &SizedName<'_>| one.base != 0 && one.current == 0;
    let is_new = |one: &SizedName<'_>| one.base == 0 && one.current != 0;
    let candidates = || names.iter().enumerate().filter(|(_, one)| is_gone(one) || is_new(one));
    let mut groups: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    let mut has_closures = false;
    for (index, one) in candidates() {
        groups.entry(normal(one.name)).or_default().push(index);
        has_closures |= is_closure(one.name);
    }
    if has_closures {
        // The same number may belong to another closure in the other build.
        for (index, one) in names.iter().enumerate() {
            if one.base != 0
                && one.current != 0
                && is_closure(one.name)
                && let Some(group) = groups.get_mut(&normal(one.name))
            {
                group.push(index);
            }
        }
    }
    let mut pairs = Vec::new();
    for group in groups.into_values() {
        let of = |is_there: &dyn Fn(&SizedName<'_>) -> bool| -> Vec<usize> {
            group.iter().copied().filter(|index| is_there(&names[*index])).collect()
        };
        let (base, current) = (of(&|one| one.base != 0), of(&|one| one.current != 0));
        pairs.extend(nearest(names, base, current).into_iter().filter(|(from, to)| from != to));
    }
    pairs.sort_unstable();
    pairs
}

/// Pairs the members of two sets by size: the nearest sizes first, equal ones in the order of the names.
fn nearest(names: &[SizedName<'_>], mut base: Vec<usize>, mut current: Vec<usize>) -> Vec<(usize, usize)> {
    let by_size = |side: fn(&SizedName<'_>) -> i128| {
        move |index: &usize| (std::cmp::Reverse(side(&names[*index]).unsigned_abs()), *index)
    };
    base.compact_sort_by_key(by_size(|one| one.base));
    current.compact_sort_by_key(by_size(|one| one.current));
    if base.len().max(current.len()) > MAX_NEAREST {
        return base.into_iter().zip(current).collect();
    }
    let mut distances: Vec<(u128, bool, usize, usize)> = Vec::new();
    for from in &base {
        for to in &current {
            let distance = names[*from].base.abs_diff(names[*to].current);
            distances.push((distance, from != to, *from, *to));
        }
    }
    distances.sort_unstable();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (_, _, from, to) in distances {
        if pairs.iter().all(|(known_from, known_to)| *known_from != from && *known_to != to) {
            pairs.push((from, to));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(names: &[(&str, i128, i128)]) -> Vec<(String, String)> {
        let sized: Vec<SizedName<'_>> =
            names.iter().map(|(name, base, current)| SizedName { name, base: *base, current: *current }).collect();
        let of = |(from, to): (usize, usize)| (names[from].0.to_owned(), names[to].0.to_owned());
        renamed(&sized).into_iter().map(of).collect()
    }

    fn pair(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn like_names_pair_where_one_is_gone_and_the_other_is_new() {
        assert_eq!(pairs(&[("x/store.Put", 10, 0), ("y/store.Put", 0, 12)]), [pair("x/store.Put", "y/store.Put")]);
        assert_eq!(pairs(&[("x/store.Put", 10, 5), ("y/store.Put", 0, 12)]), []);
        assert_eq!(pairs(&[("main.a", 10, 0), ("main.b", 0, 10)]), [], "like size is no like name");
    }

    #[test]
    fn closures_are_matched_as_a_set_by_size() {
        let found = pairs(&[("m.f.func1", 100, 7), ("m.f.func2", 0, 101)]);
        assert_eq!(found, [pair("m.f.func1", "m.f.func2")], "a closure was inserted before");
        assert_eq!(pairs(&[("m.f.func1", 100, 110), ("m.f.func2", 50, 60)]), [], "the set is the same");
        let found = pairs(&[("m.f.func1", 30, 70), ("m.f.func2", 70, 0)]);
        assert_eq!(found, [pair("m.f.func2", "m.f.func1")], "a closure was taken away");
    }
}
