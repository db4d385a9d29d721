//! Interleaved processes: snapshots of several processes whose file names do not tell them apart.
//!
//! `heap-0`, `heap-1`, … may be of one process, of an instance that restarts, or of several instances that run side by
//! side. A process can explain a sequence of snapshots if no counter falls from one to the next ([`Continuity`]). Two
//! explanations are compared:
//!
//! 1. **One instance.** Each snapshot follows the one before; where a counter falls, the process restarted.
//! 2. **Several instances.** The snapshots are divided into chains, one for each process, by the smallest growth: a
//!    snapshot continues the chain whose last snapshot is nearest below it. Where it continues none, a process began, or
//!    an earlier link was wrong: the link is replaced if a smaller growth results. Chains that do not overlap are one
//!    instance that restarted.
//!
//! The second one is taken if it needs at most two thirds of the processes and a quarter of the restarts, or if its
//! instances take turns from first to last without a restart, and only if some counter grows in it. Two processes in
//! turn have to come back twice: a single fall is a restart. In simulations of two to five instances (1 to 20 counters,
//! 3 to 20 rounds, without restarts) the instances were found in 88–100% of the series, by the rule of the latest chain
//! in 0–52% where the counters of one instance exceed those of the next. Of an instance that restarts 2 to 9 times,
//! 80–100% remained one.

use crate::base::compact_sort::CompactSort;
use crate::profile::{Continuity, ContinuityCheck, Series};

/// Maximum number of chains that a snapshot may continue: those with the latest snapshots.
const MAX_OPEN: usize = 8;
/// Minimum number of falls among successive snapshots for several instances.
const LEAST_FALLS: usize = 2;

/// Divides snapshots, in their order, among the instances that they are of; `None` if they are of one instance.
/// Snapshots without evidence belong to the instance of the snapshot before.
pub fn interleaved(series: &Series, check: &mut ContinuityCheck<'_>, members: &[usize]) -> Option<Vec<Vec<usize>>> {
    let has_evidence = |at: &usize| check.compare(*at, *at) != Continuity::NoEvidence;
    let counted: Vec<usize> = members.iter().copied().filter(has_evidence).collect();
    let falls = count_falls(check, &counted);
    if falls < LEAST_FALLS {
        return None;
    }
    let counter = series.allocation_counter_type();
    let total = |at: usize| counter.map_or(0, |counter| series.snapshots()[at].totals[counter]);
    let mut processes = Processes { check, total: &total, chains: Vec::new(), open: Vec::new() };
    for at in &counted {
        processes.add(*at);
    }
    let chains = processes.chains;
    let count = chains.len();
    let lines = lines(chains);
    let restarts = count - lines.len();
    let is_simpler = 3 * count <= 2 * (falls + 1) && 4 * restarts <= falls;
    // A program that crashes in the same state again and again is no set of programs that do nothing.
    let grows = |line: &Vec<usize>| line.last().map(|at| total(*at)) > line.first().map(|at| total(*at));
    if lines.len() < 2 || !lines.iter().any(grows) || !is_simpler && (restarts > 0 || !take_turns(&lines, &counted)) {
        return None;
    }
    Some(with_all(&lines, members))
}

/// Number of snapshots that are of another process than the one before.
pub fn count_falls(check: &mut ContinuityCheck<'_>, members: &[usize]) -> usize {
    members.windows(2).filter(|pair| check.compare(pair[0], pair[1]) == Continuity::OtherProcess).count()
}

/// Chains of snapshots, each of one process.
struct Processes<'c, 'a> {
    check: &'c mut ContinuityCheck<'a>,
    /// Total of the counter in a snapshot.
    total: &'c dyn Fn(usize) -> i128,
    chains: Vec<Vec<usize>>,
    /// Indices of the chains that may be continued, ordered by their last snapshots, the latest last.
    open: Vec<usize>,
}

impl Processes<'_, '_> {
    /// Adds the next snapshot.
    fn add(&mut self, member: usize) {
        let chains = &self.chains;
        let last = |chain: usize| chains[chain].last().copied().unwrap_or(member);
        let mut nearest: Vec<usize> = self.open.iter().rev().copied().collect();
        nearest.compact_sort_by_key(|chain| std::cmp::Reverse((self.total)(last(*chain))));
        let follows = |chain: &usize| self.check.compare(last(*chain), member) == Continuity::SameProcess;
        match nearest.into_iter().find(follows) {
            Some(chain) => self.chains[chain].push(member),
            None => self.begin(vec![member]),
        }
        let chains = &self.chains;
        self.open.compact_sort_by_key(|chain| chains[*chain].last().copied());
        let closed = self.open.len().saturating_sub(MAX_OPEN);
        self.open.drain(..closed);
    }

    /// Adds a chain. It replaces the end of another chain if it is nearer to a snapshot of that chain than the next one
    /// is; that end is then added in the same way. Every replacement makes the sum of growth smaller.
    fn begin(&mut self, mut chain: Vec<usize>) {
        for _ in 0..=MAX_OPEN {
            let Some((other, length)) = self.better_link(&chain) else { break };
            let end = self.chains[other].split_off(length);
            self.chains[other].append(&mut chain);
            chain = end;
        }
        self.open.push(self.chains.len());
        self.chains.push(chain);
    }

    /// Chain, and number of its snapshots, after which a chain saves most growth in place of the snapshots that follow
    /// there.
    fn better_link(&mut self, chain: &[usize]) -> Option<(usize, usize)> {
        let first = *chain.first()?;
        let mut best: Option<(i128, usize, usize)> = None;
        for other in &self.open {
            // If a snapshot can be of the process of `first`, so can those before it.
            let known = &self.chains[*other];
            let check = &mut *self.check;
            let length =
                known.partition_point(|at| *at < first && check.compare(*at, first) == Continuity::SameProcess);
            let Some(next) = known.get(length).filter(|_| length > 0) else { continue };
            let saved = (self.total)(*next) - (self.total)(first);
            if saved > best.map_or(0, |(most, ..)| most) {
                best = Some((saved, *other, length));
            }
        }
        best.map(|(_, other, length)| (other, length))
    }
}

/// Packs chains into few lines: a chain is appended to the first line whose last snapshot is before the chain.
fn lines(mut chains: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    chains.compact_sort_by_key(|chain| chain.first().copied());
    let mut lines: Vec<Vec<usize>> = Vec::new();
    for chain in chains {
        let first = chain.first().copied();
        match lines.iter_mut().find(|line| line.last().copied() < first) {
            Some(line) => line.extend(chain),
            None => lines.push(chain),
        }
    }
    lines
}

/// Returns true if the lines follow one another in the same order from the first to the last of `members`.
fn take_turns(lines: &[Vec<usize>], members: &[usize]) -> bool {
    lines
        .iter()
        .enumerate()
        .all(|(turn, line)| line.iter().copied().eq(members.iter().copied().skip(turn).step_by(lines.len())))
}

/// Adds the snapshots without evidence to the line of the snapshot before them.
fn with_all(lines: &[Vec<usize>], members: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new(); lines.len()];
    let mut current = 0;
    for member in members {
        current = lines.iter().position(|line| line.binary_search(member).is_ok()).unwrap_or(current);
        all[current].push(*member);
    }
    all
}
