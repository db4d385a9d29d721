//! Sites of a comparison: nodes of the base and of the current window with equal paths, after renamed functions were
//! paired and moved code was cancelled.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::analysis::diff::{ColumnPair, MatchedFunction, MoveKind};
use crate::analysis::flat::Flat;
use crate::analysis::noise::Uncertainty;
use crate::analysis::renames::{SizedName, renamed};
use crate::analysis::tree::CallTree;
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FrameId, NodeId};
use crate::base::step_count::count_steps;

/// Maximum number of pairs of gone and new sites of one function; above it they are cancelled in the order of size
/// alone.
const MAX_FLOWS: usize = 1 << 16;

/// Base and current figure of a site; paths of both windows are compared after renaming.
#[derive(Clone, Copy, Debug)]
pub(super) struct SiteChange {
    /// Node in the current window, or in the base if the site is gone.
    pub(super) node: NodeId,
    /// Node in the base, if it differs from `node`.
    pub(super) base_node: Option<NodeId>,
    pub(super) base: i64,
    pub(super) current: i64,
    /// Growth after moved code was cancelled.
    pub(super) delta: i64,
    pub(super) variance: f64,
    /// Third cumulant of sampling, which is the variance times the value of a sample; 0 if that is not known.
    pub(super) cubed: f64,
}

impl SiteChange {
    /// Adds the noise of a part of the base.
    fn add_noise(&mut self, variance: f64, cubed: f64) {
        self.variance += variance;
        self.cubed += cubed;
    }

    /// Uncertainty of the growth.
    pub(super) fn uncertainty(&self) -> Uncertainty {
        Uncertainty::of_cumulants(self.variance, self.cubed)
    }

    fn is_gone(&self) -> bool {
        self.current == 0 && self.delta < 0
    }

    fn is_new(&self) -> bool {
        self.base == 0 && self.delta > 0
    }
}

/// Frames of the base that have another frame in the current window.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames {
    /// Frame in the current window of each frame of the base; empty if all are the same.
    image: Vec<FrameId>,
    pub(super) pairs: Vec<MatchedFunction>,
}

impl Renames {
    pub(super) fn new(pair: &ColumnPair<'_>) -> Self {
        let frames = pair.tree.frames();
        let (base, current) = (Flat::by_frame(pair.tree, pair.base), Flat::by_frame(pair.tree, pair.current));
        let size = |flat: &Flat, frame: FrameId| match flat.total(frame) {
            0 => i128::from(flat.own(frame)),
            total => i128::from(total),
        };
        let sized = |frame: FrameId| SizedName {
            name: if frame == FrameId::ROOT { "" } else { frames.shown(frame) },
            base: size(&base, frame),
            current: size(&current, frame),
        };
        let is_one_sided = |frame: FrameId| (size(&base, frame) == 0) != (size(&current, frame) == 0);
        if !frames.ids().any(is_one_sided) {
            return Self::default();
        }
        let names: Vec<SizedName<'_>> = frames.ids().map(sized).collect();
        let pairs: Vec<(FrameId, FrameId)> =
            renamed(&names).into_iter().map(|(from, to)| (FrameId::new(from), FrameId::new(to))).collect();
        if pairs.is_empty() {
            return Self::default();
        }
        let mut image: Vec<FrameId> = frames.ids().collect();
        for (from, to) in &pairs {
            image[from.index()] = *to;
        }
        let pair_of = |(from, to)| MatchedFunction { from, to, own: current.own(to), how: MoveKind::Renamed };
        Self { image, pairs: pairs.into_iter().map(pair_of).collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.image.is_empty()
    }

    /// Frame of the current window for a frame of the base.
    fn image(&self, frame: FrameId) -> FrameId {
        self.image.get(frame.index()).copied().unwrap_or(frame)
    }
}

/// Changes of the sites with own values; sites of the base and of the current window with equal paths are one.
pub(super) fn site_changes(pair: &ColumnPair<'_>, renames: &Renames) -> Vec<SiteChange> {
    let nodes = || (0..pair.tree.len()).map(NodeId::new);
    let noise = |node: NodeId| {
        let own = pair.noise.map_or_else(Uncertainty::default, |noise| noise.own(node));
        (own.variance(), own.third_cumulant())
    };
    let of = |node: NodeId, base: i64, current: i64| {
        let (variance, cubed) = noise(node);
        let delta = current.saturating_sub(base);
        SiteChange { node, base_node: None, base, current, delta, variance, cubed }
    };
    if renames.is_empty() {
        let own = |node: NodeId| (node, pair.base.own(node), pair.current.own(node));
        let changed = nodes().map(own).filter(|(_, base, current)| base != current);
        return changed.map(|(node, base, current)| of(node, base, current)).collect();
    }
    // Hash of each path by the names of the current window, computed from the hash of the parent's path.
    let hashes = |frame_of: &dyn Fn(FrameId) -> FrameId| {
        let mut hashes = vec![0_u64; pair.tree.len()];
        for node in nodes().skip(1) {
            let parent = pair.tree.parent(node).map_or(0, |parent| hashes[parent.index()]);
            let mut hasher = FxHasher::default();
            (parent, frame_of(pair.tree.frame(node)).index()).hash(&mut hasher);
            hashes[node.index()] = hasher.finish();
        }
        hashes
    };
    let (base_paths, paths) = (hashes(&|frame| renames.image(frame)), hashes(&|frame| frame));
    let mut found: FxHashMap<u64, usize> = FxHashMap::default();
    let mut sites: Vec<SiteChange> = Vec::new();
    for node in nodes().filter(|node| pair.current.own(*node) != 0) {
        found.insert(paths[node.index()], sites.len());
        sites.push(of(node, 0, pair.current.own(node)));
    }
    for node in nodes().filter(|node| pair.base.own(*node) != 0) {
        let base = pair.base.own(node);
        let Some(site) = found.get(&base_paths[node.index()]).map(|at| &mut sites[*at]) else {
            sites.push(of(node, base, 0));
            continue;
        };
        site.base = site.base.saturating_add(base);
        site.delta = site.current.saturating_sub(site.base);
        if site.node != node {
            site.base_node = Some(node);
            let (variance, cubed) = noise(node);
            site.add_noise(variance, cubed);
        }
    }
    sites
}

/// Cancels the loss of a function at gone sites against its growth at new sites: the code above the function moved.
/// Pairs whose paths agree longest from the function upwards go first, then pairs of the nearest size.
pub(super) fn cancel_moves(pair: &ColumnPair<'_>, renames: &Renames, sites: &mut [SiteChange], moved: &mut [u64]) {
    let mut functions: FxHashMap<FrameId, [Vec<usize>; 2]> = FxHashMap::default();
    for (index, site) in sites.iter().enumerate() {
        let side = match (site.is_gone(), site.is_new()) {
            (true, false) => 0,
            (false, true) => 1,
            _ => continue,
        };
        let frame = pair.tree.frame(site.node);
        let function = if side == 0 { renames.image(frame) } else { frame };
        functions.entry(function).or_default()[side].push(index);
    }
    for [gone, new] in functions.into_values() {
        if gone.is_empty() || new.is_empty() {
            continue;
        }
        let mut flows: Vec<(usize, u64, usize, usize)> = Vec::new();
        if gone.len() * new.len() <= MAX_FLOWS {
            for from in &gone {
                for to in &new {
                    let shared = shared_suffix(pair.tree, renames, sites[*from].node, sites[*to].node);
                    let distance = sites[*from].delta.unsigned_abs().abs_diff(sites[*to].delta.unsigned_abs());
                    flows.push((usize::MAX - shared, distance, *from, *to));
                }
            }
        } else {
            let (mut gone, mut new) = (gone, new);
            gone.compact_sort_by_key(|index| sites[*index].delta);
            new.compact_sort_by_key(|index| std::cmp::Reverse(sites[*index].delta));
            let (mut from, mut to) = (0, 0);
            let (mut left_from, mut left_to) =
                (sites[gone[0]].delta.unsigned_abs(), sites[new[0]].delta.unsigned_abs());
            while from < gone.len() && to < new.len() {
                flows.push((0, flows.len() as u64, gone[from], new[to]));
                let amount = left_from.min(left_to);
                (left_from, left_to) = (left_from - amount, left_to - amount);
                if left_from == 0 {
                    from += 1;
                    left_from = gone.get(from).map_or(0, |index| sites[*index].delta.unsigned_abs());
                } else {
                    to += 1;
                    left_to = new.get(to).map_or(0, |index| sites[*index].delta.unsigned_abs());
                }
            }
        }
        flows.sort_unstable();
        for (_, _, from, to) in flows {
            let amount = sites[from].delta.min(0).unsigned_abs().min(sites[to].delta.max(0).unsigned_abs());
            if amount == 0 {
                continue;
            }
            let part = (amount as f64 / sites[from].base.unsigned_abs().max(1) as f64).min(1.0);
            let SiteChange { variance, cubed, .. } = sites[from];
            sites[to].add_noise(variance * part, cubed * part);
            sites[from].delta = sites[from].delta.saturating_add_unsigned(amount);
            sites[to].delta = sites[to].delta.saturating_sub_unsigned(amount);
            for node in [sites[from].node, sites[to].node] {
                moved[node.index()] = moved[node.index()].saturating_add(amount);
            }
        }
    }
}

/// Changes of self of renamed frames that cancel against their other names: the raw change less that of the sites.
pub(super) fn cancelled_changes(
    pair: &ColumnPair<'_>,
    renames: &Renames,
    sites: &[SiteChange],
) -> FxHashMap<FrameId, i64> {
    let frames = renames.pairs.iter().flat_map(|pair| [pair.from, pair.to]);
    let mut cancelled: FxHashMap<FrameId, i64> = frames.map(|frame| (frame, 0)).collect();
    if cancelled.is_empty() {
        return cancelled;
    }
    for node in (0..pair.tree.len()).map(NodeId::new) {
        if let Some(sum) = cancelled.get_mut(&pair.tree.frame(node)) {
            *sum = sum.saturating_add(pair.current.own(node).saturating_sub(pair.base.own(node)));
        }
    }
    for site in sites {
        if let Some(sum) = cancelled.get_mut(&pair.tree.frame(site.node)) {
            *sum = sum.saturating_sub(site.delta);
        }
    }
    cancelled
}

/// Number of frames, from the function upwards, in which a path of the base agrees with one of the current window.
fn shared_suffix(tree: &CallTree, renames: &Renames, base: NodeId, current: NodeId) -> usize {
    let (mut base, mut current, mut shared) = (Some(base), Some(current), 0);
    while let (Some(one), Some(other)) = (base, current) {
        if renames.image(tree.frame(one)) != tree.frame(other) {
            break;
        }
        shared += 1;
        (base, current) = (tree.parent(one), tree.parent(other));
    }
    shared
}

/// Pairs of inner frames with the same caller, of which the first is gone and the second is new and holds what moved.
pub(super) fn replaced_frames(pair: &ColumnPair<'_>, renames: &Renames, moved: &[u64]) -> Vec<MatchedFunction> {
    let mut before = vec![0_u64; moved.len() + 1];
    for (node, amount) in moved.iter().enumerate() {
        before[node + 1] = before[node].saturating_add(*amount);
    }
    let amount = |node: NodeId| before[pair.tree.end(node)] - before[node.index()];
    let mut found: Vec<MatchedFunction> = Vec::new();
    let mut known: FxHashSet<(FrameId, FrameId)> = FxHashSet::default();
    for parent in (0..pair.tree.len()).map(NodeId::new).filter(|node| amount(*node) > 0) {
        // A leaf is not paired here, only by a similar name.
        let is_inner = |node: &NodeId| pair.base.own(*node) == 0 && pair.current.own(*node) == 0 && amount(*node) > 0;
        let children: Vec<NodeId> = pair.tree.children(parent).filter(is_inner).collect();
        let gone = children.iter().filter(|node| pair.current.weight(**node) == 0);
        let new = children.iter().filter(|node| pair.base.weight(**node) == 0);
        // The first new frame with an amount and callees.
        let mut first: FxHashMap<(u64, Vec<FrameId>), NodeId> = FxHashMap::default();
        for to in new {
            first.entry((amount(*to), callees(pair.tree, *to, |frame| frame))).or_insert(*to);
        }
        for from in gone {
            let same = first.get(&(amount(*from), callees(pair.tree, *from, |frame| renames.image(frame))));
            let frames = same.map(|to| (pair.tree.frame(*from), pair.tree.frame(*to)));
            let Some((from, to)) = frames.filter(|(from, to)| renames.image(*from) != *to) else { continue };
            if known.insert((from, to)) {
                found.push(MatchedFunction { from, to, own: 0, how: MoveKind::Moved });
            }
        }
    }
    found
}

/// Sorted frames that a node calls, each by its frame in the current window.
fn callees(tree: &CallTree, node: NodeId, image: impl Fn(FrameId) -> FrameId) -> Vec<FrameId> {
    let mut frames: Vec<FrameId> = tree.children(node).map(|child| image(tree.frame(child))).collect();
    count_steps(1 + frames.len());
    frames.sort_unstable();
    frames
}
