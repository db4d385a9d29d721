//! The place that is looked at: what is selected, what is zoomed to, and where one has been.
//!
//! All views share it, which is what links them. Node ids hold for one tree; when a new tree comes, a place is carried
//! over by the names on its paths.

use std::collections::HashMap;
use std::sync::Arc;

use crate::analysis::{Answer, CallTree};
use crate::base::ids::{FrameId, NodeId};
use crate::layout::icicle::Root;
use crate::view::command::{CommandRow, actions, footer_row};

actions! {
    /// What can be done to the zoom, whatever pane has the keys.
    Action {
        /// Back to the zoom before this one.
        Out = "zoom-out",
        /// Again to the zoom that was left.
        Forward = "zoom-again",
        /// Back to the whole profile.
        All = "zoom-all",
    }
}

/// The keys of the zoom.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Backspace", "u"], Action::Out, "zoom out one step", "out"),
    footer_row(&["U"], Action::Forward, "zoom in again", ""),
    footer_row(&["0", "Home"], Action::All, "back to the whole profile", "all"),
];

/// Zooms further back than this are forgotten.
const MOST_ZOOMS: usize = 200;

/// What is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Selection {
    /// A node.
    Node(NodeId),
    /// The block that gathers the narrow children of a node.
    Gathered(NodeId),
}

impl Selection {
    /// The node, or the parent of the block.
    pub fn node(self) -> NodeId {
        match self {
            Self::Node(node) | Self::Gathered(node) => node,
        }
    }
}

/// What fills the width: a node, or the members of a gathered block below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zoom {
    /// The node, or the parent of the members.
    pub node: NodeId,
    /// The members, where a block was entered.
    pub members: Option<Arc<[NodeId]>>,
}

impl Zoom {
    /// The whole profile.
    pub const ALL: Self = Self { node: CallTree::ROOT, members: None };

    /// A zoom to one node.
    pub fn to(node: NodeId) -> Self {
        Self { node, members: None }
    }

    /// What the layout hangs from.
    pub fn root(&self) -> Root<'_> {
        Root { node: self.node, members: self.members.as_deref() }
    }

    /// Whether the whole profile is seen.
    pub fn is_all(&self) -> bool {
        *self == Self::ALL
    }

    /// Whether a node is seen under this zoom.
    pub fn shows(&self, tree: &CallTree, node: NodeId) -> bool {
        match &self.members {
            None => tree.contains(self.node, node),
            Some(members) => members.iter().any(|member| tree.contains(*member, node)),
        }
    }

    /// The nodes from below the zoom's top down to `node`; none when it is not seen.
    pub fn path(&self, tree: &CallTree, node: NodeId) -> Option<Vec<NodeId>> {
        if !self.shows(tree, node) {
            return None;
        }
        let above = |node: &NodeId| tree.parent(*node);
        let climb = std::iter::successors(Some(node), above).take_while(|node| *node != self.node);
        let mut path: Vec<NodeId> = climb.collect();
        path.reverse();
        Some(path)
    }

    /// The same in another tree.
    fn carried(&self, from: &CallTree, to: &CallTree) -> Self {
        let node = to.find(&from.names(self.node));
        let Some(members) = &self.members else { return Self::to(node) };
        let name = |tree: &CallTree, node| tree.frames().name(tree.frame(node)).to_owned();
        let names: std::collections::HashSet<String> = members.iter().map(|member| name(from, *member)).collect();
        let members: Arc<[NodeId]> = to.children(node).filter(|child| names.contains(&name(to, *child))).collect();
        Self { node, members: Some(members).filter(|members| !members.is_empty()) }
    }
}

/// Where the reader is.
#[derive(Clone, Debug)]
pub struct Navigation {
    selection: Selection,
    zoom: Zoom,
    back: Vec<Zoom>,
    forward: Vec<Zoom>,
    /// The child that was left last, by its parent.
    trail: HashMap<NodeId, NodeId>,
    /// The names to a selection that the present tree lacks, until something else is selected.
    lost: Option<Vec<Box<str>>>,
}

impl Default for Navigation {
    fn default() -> Self {
        let (back, forward, trail) = (Vec::new(), Vec::new(), HashMap::new());
        Self { selection: Selection::Node(CallTree::ROOT), zoom: Zoom::ALL, back, forward, trail, lost: None }
    }
}

impl Navigation {
    /// What is selected.
    pub fn selection(&self) -> Selection {
        self.selection
    }

    /// What fills the width.
    pub fn zoom(&self) -> &Zoom {
        &self.zoom
    }

    /// The frame of the selection; none for a gathered block.
    pub fn frame(&self, tree: &CallTree) -> Option<FrameId> {
        match self.selection {
            Selection::Node(node) => Some(tree.frame(node)),
            Selection::Gathered(_) => None,
        }
    }

    /// Selects.
    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
        self.lost = None;
    }

    /// Selects the parent, and remembers from where.
    pub fn climb(&mut self, parent: NodeId) {
        if let Selection::Node(node) = self.selection {
            self.trail.insert(parent, node);
        }
        self.select(Selection::Node(parent));
    }

    /// The child of `node` that was visited last.
    pub fn visited(&self, node: NodeId) -> Option<NodeId> {
        self.trail.get(&node).copied()
    }

    /// Zooms. To go up to a node above is to leave the zooms that were further down; anything else is a step that can be
    /// taken back.
    pub fn zoom_to(&mut self, tree: &CallTree, zoom: Zoom) {
        if zoom == self.zoom {
            return;
        }
        let is_above = zoom.members.is_none() && tree.contains(zoom.node, self.zoom.node);
        let left = std::mem::replace(&mut self.zoom, zoom);
        if is_above {
            self.forward.push(left);
            while let Some(last) = self.back.pop_if(|last| !is_wider(tree, last, &self.zoom)) {
                if last != self.zoom {
                    self.forward.push(last);
                }
            }
        } else {
            self.forward.clear();
            self.back.push(left);
        }
        let over = self.back.len().saturating_sub(MOST_ZOOMS);
        self.back.drain(..over);
        self.stay_inside(tree);
    }

    /// Does what a zoom key asks.
    pub fn handle(&mut self, tree: &CallTree, action: Action) {
        match action {
            Action::Out => {
                if let Some(zoom) = self.back.pop() {
                    self.forward.push(std::mem::replace(&mut self.zoom, zoom));
                }
            }
            Action::Forward => {
                if let Some(zoom) = self.forward.pop() {
                    self.back.push(std::mem::replace(&mut self.zoom, zoom));
                }
            }
            Action::All => {
                if !self.zoom.is_all() {
                    self.forward.push(std::mem::replace(&mut self.zoom, Zoom::ALL));
                    self.forward.extend(self.back.drain(..).rev().filter(|zoom| !zoom.is_all()));
                }
            }
        }
        self.stay_inside(tree);
    }

    /// The same place after a new answer: as it is over the same tree, else found again by its names.
    pub fn carried(&self, from: &Answer, to: &Answer) -> Self {
        if Arc::ptr_eq(&from.tree, &to.tree) {
            return self.clone();
        }
        let is_same_series = Arc::ptr_eq(&from.series, &to.series);
        let (from, to) = (&from.tree, &to.tree);
        if is_same_series {
            return self.reshaped(from, to);
        }
        let names = self.lost.clone().unwrap_or_else(|| from.names(self.selection.node()));
        let node = to.find(&names);
        let is_whole = to.depth(node) == names.len();
        let selection = match self.selection {
            Selection::Gathered(_) if is_whole => Selection::Gathered(node),
            _ => Selection::Node(node),
        };
        let carry = |zooms: &[Zoom]| zooms.iter().map(|zoom| zoom.carried(from, to)).collect();
        Self {
            selection,
            zoom: self.zoom.carried(from, to),
            back: carry(&self.back),
            forward: carry(&self.forward),
            trail: HashMap::new(),
            lost: (!is_whole).then_some(names),
        }
    }

    /// After a filter, the same place or the nearest caller that the filter leaves anything of; back again where what was
    /// left behind is there.
    pub fn follow(&mut self, answer: &Answer) {
        let (tree, lost) = (&answer.tree, self.lost.as_deref());
        let holds = |node: &NodeId| *node == CallTree::ROOT || answer.widths.weight(*node) > 0;
        let back = lost.map(|names| (tree.find(names), names.len()));
        let back = back.filter(|(node, depth)| tree.depth(*node) == *depth && holds(node));
        if let Some((node, _)) = back {
            self.select(Selection::Node(node));
            return;
        }
        let node = self.selection.node();
        if !holds(&node) {
            let names = self.lost.take().unwrap_or_else(|| tree.names(node));
            let callers = std::iter::successors(Some(node), |node| tree.parent(*node));
            let left = callers.into_iter().find(|node| holds(node)).unwrap_or(CallTree::ROOT);
            self.selection = Selection::Node(left);
            self.lost = Some(names);
        }
        if !self.zoom.shows(tree, self.selection.node()) || !holds(&self.zoom.node) {
            let lost = self.lost.take();
            let shown = std::iter::successors(Some(self.zoom.node), |node| tree.parent(*node)).find(|node| holds(node));
            self.zoom_to(tree, Zoom::to(shown.unwrap_or(CallTree::ROOT)));
            self.lost = lost;
        }
    }

    /// The same place in another tree of the same series.
    fn reshaped(&self, from: &CallTree, to: &CallTree) -> Self {
        let zooms = || std::iter::once(&self.zoom).chain(&self.back).chain(&self.forward);
        let nodes: Vec<NodeId> = std::iter::once(self.selection.node()).chain(zooms().map(|zoom| zoom.node)).collect();
        let mut places = from.carried(&nodes, to).into_iter();
        let found = places.next().unwrap_or(CallTree::ROOT);
        // What was lost in a tree before this one is looked for first.
        let back = self
            .lost
            .as_ref()
            .map(|names| to.find(names))
            .filter(|node| self.lost.as_ref().is_some_and(|names| to.depth(*node) == names.len()));
        let name = |tree: &CallTree, node: NodeId| tree.frames().name(tree.frame(node)).to_owned();
        let is_kept = back.is_some() || name(from, self.selection.node()) == name(to, found);
        let mut zooms = zooms().zip(places).map(|(zoom, node)| match &zoom.members {
            Some(_) => zoom.carried(from, to),
            None => Zoom::to(node),
        });
        let zoom = zooms.next().unwrap_or(Zoom::ALL);
        let mut history: Vec<Zoom> = zooms.collect();
        let forward = history.split_off(self.back.len().min(history.len()));
        let node = back.unwrap_or(found);
        let selection = if matches!(self.selection, Selection::Gathered(_)) && is_kept {
            Selection::Gathered(node)
        } else {
            Selection::Node(node)
        };
        let lost = (!is_kept).then(|| self.lost.clone().unwrap_or_else(|| from.names(self.selection.node())));
        let mut navigation = Self { selection, zoom, back: history, forward, trail: HashMap::new(), lost };
        let (lost, selection) = (navigation.lost.clone(), navigation.selection);
        navigation.stay_inside(to);
        if navigation.selection == selection {
            navigation.lost = lost;
        }
        navigation
    }

    /// After a step in the zoom history, selects its top where the selection is no longer seen.
    fn stay_inside(&mut self, tree: &CallTree) {
        if !self.zoom.shows(tree, self.selection.node()) {
            let first = self.zoom.members.as_ref().and_then(|members| members.first().copied());
            self.select(Selection::Node(first.unwrap_or(self.zoom.node)));
        }
    }
}

fn is_wider(tree: &CallTree, zoom: &Zoom, than: &Zoom) -> bool {
    zoom.members.is_none() && zoom != than && tree.contains(zoom.node, than.node)
}
