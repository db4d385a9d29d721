//! Deploys: groups of snapshots that are one instance before and after a deploy.
//!
//! A group continues another one that ended before it and is of another build, or whose name differs in a word pair such
//! as `before` and `after`. A group continues at most one group and is continued by at most one, so that groups that
//! overlap in time are never one instance. Pairs of words are joined first, then the names that share most words.

use rustc_hash::FxHashMap;

use crate::base::compact_sort::CompactSort;
use crate::base::file_names::is_deploy_pair;
use crate::profile::Series;

/// Minimum nanoseconds between two single snapshots of different builds that are before and after a deploy.
const DEPLOY_GAP: i64 = 60 * 1_000_000_000;

/// Maximum number of groups that are compared in pairs. More groups are an instance each.
const MAX_GROUPS: usize = 512;

/// Snapshots of one lane, before lanes are numbered.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Name of the instance.
    pub(super) name: String,
    /// Thread id, if the file names contain one.
    pub(super) thread: Option<u64>,
    /// Snapshots in their order.
    pub(super) members: Vec<usize>,
    /// Number of deploys before each member.
    pub(super) deploys: Vec<usize>,
}

impl Group {
    pub(super) fn new(name: String, thread: Option<u64>, members: Vec<usize>) -> Self {
        let deploys = vec![0; members.len()];
        Self { name, thread, members, deploys }
    }
}

/// Joins the groups of one side that are one instance before and after a deploy. Names that were distinct stay so.
pub(super) fn join_deploys(series: &Series, mut groups: Vec<Group>) -> Vec<Group> {
    groups.compact_sort_by_key(|group| group.members.first().copied());
    let chains = chains(&groups, links(series, &groups));
    let names = chain_names(&groups, &chains);
    let join = |(chain, name): (Vec<usize>, String)| {
        let mut joined = Group::new(name, groups[chain[0]].thread, Vec::new());
        for (deploy, at) in chain.into_iter().enumerate() {
            joined.members.extend(&groups[at].members);
            joined.deploys.resize(joined.members.len(), deploy);
        }
        joined
    };
    chains.into_iter().zip(names).map(join).collect()
}

/// Possible deploy between two groups.
struct Link {
    /// True if the earlier group is a single snapshot, which has to continue another group itself.
    is_single: bool,
    /// True if the names differ only in a word pair such as `before` and `after`.
    is_word_pair: bool,
    /// Number of words that both names begin or end with.
    shared: usize,
    /// Indices of the earlier and of the later group.
    groups: [usize; 2],
}

/// All possible deploys between groups, which are in the order of their first snapshots; the likeliest first.
fn links(series: &Series, groups: &[Group]) -> Vec<Link> {
    if groups.len() > MAX_GROUPS {
        return Vec::new();
    }
    let pairs = (0..groups.len()).flat_map(|after| (0..after).map(move |before| [before, after]));
    let mut links: Vec<Link> = pairs.filter_map(|pair| link(series, groups, pair)).collect();
    links.compact_sort_by_key(|link| (link.is_single, !link.is_word_pair, usize::MAX - link.shared, link.groups));
    links
}

/// Possible deploy between two groups; `None` unless the later one follows without overlap and differs in its build, or
/// in a word pair. A single snapshot before a group of another build is an instance of its own, unless it continues
/// another group, or the two groups are the only ones and at least [`DEPLOY_GAP`] apart.
fn link(series: &Series, groups: &[Group], pair: [usize; 2]) -> Option<Link> {
    let [before, after] = pair.map(|at| &groups[at]);
    let (last, first) = (*before.members.last()?, *after.members.first()?);
    let [one, other] = [last, first].map(|at| &series.snapshots[at].header);
    if last > first || before.thread != after.thread {
        return None;
    }
    let is_later = one.time_nanos != 0 && other.time_nanos != 0 && one.time_nanos < other.time_nanos;
    let differ = matches!((one.build_ids.first(), other.build_ids.first()), (Some(one), Some(other)) if one != other);
    let gap = other.time_nanos.saturating_sub(one.time_nanos);
    let is_word_pair = is_deploy_pair(&before.name, &after.name);
    if !(is_word_pair || is_later && differ) || one.types_hash() != other.types_hash() {
        return None;
    }
    let is_apart = before.members.len() > 1 || groups.len() == 2 && gap >= DEPLOY_GAP;
    let [one, other] = [before, after].map(|group| group.name.split('-'));
    let is_equal = |(one, other): &(&str, &str)| one == other;
    let leading = one.clone().zip(other.clone()).take_while(is_equal).count();
    let trailing = one.rev().zip(other.rev()).take_while(is_equal).count();
    Some(Link { is_single: !is_word_pair && !is_apart, is_word_pair, shared: leading + trailing, groups: pair })
}

/// Groups of each instance in their order. The instances are in the order of their first groups.
fn chains(groups: &[Group], links: Vec<Link>) -> Vec<Vec<usize>> {
    let mut next = vec![None; groups.len()];
    let mut is_first = vec![true; groups.len()];
    for Link { is_single, groups: [before, after], .. } in links {
        if next[before].is_none() && is_first[after] && !(is_single && is_first[before]) {
            next[before] = Some(after);
            is_first[after] = false;
        }
    }
    let firsts = (0..groups.len()).filter(|at| is_first[*at]);
    firsts.map(|first| std::iter::successors(Some(first), |at| next[*at]).collect()).collect()
}

/// Name of each instance: the words that the names of its groups share, else the name of its last group. Shared words
/// are no name if the name of another instance begins with them, or if another one shares the same words.
fn chain_names(groups: &[Group], chains: &[Vec<usize>]) -> Vec<String> {
    let names = |chain: &[usize]| chain.iter().map(|at| groups[*at].name.as_str()).collect::<Vec<_>>();
    let chains: Vec<Vec<&str>> = chains.iter().map(|chain| names(chain)).collect();
    let shared: Vec<String> = chains.iter().map(|chain| shared_name(chain)).collect();
    // Last group of the only instance that a name may be of; `None` if there are several. Lanes of one instance have the
    // same last group.
    let mut instances: FxHashMap<&str, Option<&str>> = FxHashMap::default();
    for (chain, shared) in chains.iter().zip(&shared) {
        for name in chain.iter().copied().flat_map(beginnings).chain([shared.as_str()]) {
            let instance = instances.entry(name).or_insert(chain.last().copied());
            if *instance != chain.last().copied() {
                *instance = None;
            }
        }
    }
    let name = |(chain, shared): (&Vec<&str>, &String)| {
        let is_own = !shared.is_empty() && instances.get(shared.as_str()).is_some_and(Option::is_some);
        if is_own { shared.clone() } else { chain.last().copied().unwrap_or_default().to_owned() }
    };
    chains.iter().zip(&shared).map(name).collect()
}

/// Beginnings of a name that end with a whole word.
fn beginnings(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('-').map(|(end, _)| &name[..end]).chain([name])
}

/// Words that names of one instance share: all but the pairs of words such as `before` and `after`, else the leading
/// ones.
fn shared_name(names: &[&str]) -> String {
    let [first, rest @ ..] = names else { return String::new() };
    let is_shared = |(place, word): &(usize, &str)| rest.iter().all(|name| name.split('-').nth(*place) == Some(word));
    let words = first.split('-').enumerate();
    let shared: Vec<&str> = if names.windows(2).all(|pair| is_deploy_pair(pair[0], pair[1])) {
        words.filter(is_shared).map(|(_, word)| word).collect()
    } else {
        words.take_while(is_shared).map(|(_, word)| word).collect()
    };
    shared.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(groups: &[&str], chains: &[&[usize]]) -> Vec<String> {
        let groups: Vec<Group> = groups.iter().map(|name| Group::new((*name).to_owned(), None, Vec::new())).collect();
        chain_names(&groups, &chains.iter().map(|chain| chain.to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn a_joined_instance_has_the_words_that_its_groups_share() {
        assert_eq!(names(&["web-7d9-x2", "web-58c-q7"], &[&[0, 1]]), ["web"]);
        assert_eq!(names(&["v1-pod1", "v2-pod1", "v3-pod1"], &[&[0, 1, 2]]), ["pod1"]);
        assert_eq!(
            names(&["old-web-a", "old-web-b", "new-web-a", "new-web-b"], &[&[0, 2], &[1, 3]]),
            ["web-a", "web-b"]
        );
    }

    #[test]
    fn names_of_joined_instances_stay_distinct_and_are_not_empty() {
        let joined = names(&["web-7d9-x2", "web-7d9-k9", "web-58c-q7", "web-58c-m4"], &[&[0, 2], &[1, 3]]);
        assert_eq!(joined, ["web-58c-q7", "web-58c-m4"]);
        assert_eq!(names(&["hostA", "hostB", "hostC", "hostD"], &[&[0, 2], &[1, 3]]), ["hostC", "hostD"]);
        // Shared words that are the name of another instance.
        assert_eq!(names(&["web-a", "web-b", "web"], &[&[0, 1], &[2]]), ["web-b", "web"]);
        assert_eq!(names(&["web-a", "web-b", "web-c"], &[&[0, 1], &[2]]), ["web-b", "web-c"]);
        assert_eq!(names(&["web-a", "cache-x", "web-b"], &[&[0, 2], &[1]]), ["web", "cache-x"]);
        assert_eq!(names(&["x", "web", "web-a", "web-b"], &[&[0, 1], &[2, 3]]), ["web", "web-b"]);
        assert_eq!(names(&["old", "new"], &[&[0, 1]]), ["new"]);
    }
}
