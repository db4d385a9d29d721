//! Navigation: selection, zoom, and their history.
//!
//! The navigation is shared by all views, which links them. Node ids are valid for one tree; for a new tree, the
//! navigation is mapped by the names on its paths.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::analysis::{Answer, CallTree};
use crate::base::ids::{FrameId, NodeId};
use crate::layout::icicle::Root;
use crate::view::command::{CommandRow, actions, footer_row};

actions! {
    /// Actions of the zoom, in every pane.
    Action {
        /// Returns to the previous zoom.
        Out = "zoom-out",
        /// Reverses [`Self::Out`].
        Forward = "zoom-again",
        /// Zooms out to the whole profile.
        All = "zoom-all",
    }
}

/// Keys of the zoom.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Backspace", "u"], Action::Out, "zoom out one step", "out"),
    footer_row(&["U"], Action::Forward, "zoom in again", ""),
    footer_row(&["0", "Home"], Action::All, "back to the whole profile", "all"),
];

/// Maximum number of zooms in the history.
const MOST_ZOOMS: usize = 200;

/// Selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Selection {
    /// Node.
    Node(NodeId),
    /// Gathered block of the narrow children of a node.
    Gathered(NodeId),
}

impl Selection {
    /// Node, or parent of the block.
    pub fn node(self) -> NodeId {
        match self {
            Self::Node(node) | Self::Gathered(node) => node,
        }
    }
}

/// Zoom: a node, or the members of a gathered block below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zoom {
    /// Node, or parent of the members.
    pub node: NodeId,
    /// Members of an entered block; `None` for a zoom to a node.
    pub members: Option<Arc<[NodeId]>>,
}

impl Zoom {
    /// Whole profile.
    pub const ALL: Self = Self { node: CallTree::ROOT, members: None };

    /// Zoom to one node.
    pub fn to(node: NodeId) -> Self {
        Self { node, members: None }
    }

    /// Root of the layout.
    pub fn root(&self) -> Root<'_> {
        Root { node: self.node, members: self.members.as_deref() }
    }

    /// Returns true for the whole profile.
    pub fn is_all(&self) -> bool {
        *self == Self::ALL
    }

    /// Returns true if a node is visible under this zoom.
    pub fn shows(&self, tree: &CallTree, node: NodeId) -> bool {
        match &self.members {
            None => tree.contains(self.node, node),
            Some(members) => members.iter().any(|member| tree.contains(*member, node)),
        }
    }

    /// Path from below the top of the zoom down to `node`; `None` if the zoom does not show `node`.
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

    /// Maps the zoom to another tree.
    fn carried(&self, from: &CallTree, to: &CallTree) -> Self {
        let node = to.find(&from.names(self.node));
        let Some(members) = &self.members else { return Self::to(node) };
        let name = |tree: &CallTree, node| tree.frames().name(tree.frame(node)).to_owned();
        let names: std::collections::HashSet<String> = members.iter().map(|member| name(from, *member)).collect();
        let members: Arc<[NodeId]> = to.children(node).filter(|child| names.contains(&name(to, *child))).collect();
        Self { node, members: Some(members).filter(|members| !members.is_empty()) }
    }
}

/// Selection, zoom and their history.
#[derive(Clone, Debug)]
pub struct Navigation {
    selection: Selection,
    zoom: Zoom,
    back: Vec<Zoom>,
    forward: Vec<Zoom>,
    /// Last visited child of each node.
    trail: HashMap<NodeId, NodeId>,
    /// Names on the path of a selection that the current tree lacks; `None` once another node is selected.
    lost: Option<Vec<Box<str>>>,
    /// Function that was selected before the current movement; `None` at rest. See [`Self::marked_function`].
    before_movement: Option<FrameId>,
}

impl Default for Navigation {
    fn default() -> Self {
        let (back, forward, trail) = (Vec::new(), Vec::new(), HashMap::new());
        let selection = Selection::Node(CallTree::ROOT);
        Self { selection, zoom: Zoom::ALL, back, forward, trail, lost: None, before_movement: None }
    }
}

impl Navigation {
    /// Selection.
    pub fn selection(&self) -> Selection {
        self.selection
    }

    /// Zoom.
    pub fn zoom(&self) -> &Zoom {
        &self.zoom
    }

    /// Frame of the selection; `None` for a gathered block.
    pub fn frame(&self, tree: &CallTree) -> Option<FrameId> {
        match self.selection {
            Selection::Node(node) => Some(tree.frame(node)),
            Selection::Gathered(_) => None,
        }
    }

    /// Function whose other frames are marked: the selected one or, while keys move the selection, the one selected
    /// before. Marking the frames of every function on the way would take most of the bytes of a move.
    pub fn marked_function(&self, tree: &CallTree) -> Option<FrameId> {
        let marked = self.before_movement.or_else(|| self.frame(tree));
        marked.filter(|frame| *frame != FrameId::ROOT)
    }

    /// Begins a movement of the selection, or continues it.
    pub fn begin_movement(&mut self, tree: &CallTree) {
        if self.before_movement.is_none() {
            self.before_movement = Some(self.frame(tree).unwrap_or(FrameId::ROOT));
        }
    }

    /// Ends the movement of the selection.
    pub fn end_movement(&mut self) {
        self.before_movement = None;
    }

    /// Selects a node or a block.
    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
        self.lost = None;
    }

    /// Selects the parent, and remembers the child that was selected.
    pub fn climb(&mut self, parent: NodeId) {
        if let Selection::Node(node) = self.selection {
            self.trail.insert(parent, node);
        }
        self.select(Selection::Node(parent));
    }

    /// Last visited child of `node`.
    pub fn visited(&self, node: NodeId) -> Option<NodeId> {
        self.trail.get(&node).copied()
    }

    /// Zooms. A zoom to an ancestor removes the inner zooms from the history; any other zoom is added to the history.
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

    /// Handles a key of the zoom.
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

    /// Maps the navigation to a new answer: unchanged over the same tree, else by names.
    pub fn carried(&self, from: &Answer, to: &Answer) -> Self {
        if Arc::ptr_eq(&from.tree, &to.tree) {
            return self.clone();
        }
        let order = |answer: &Answer| (answer.query.order, answer.query.direction);
        if order(from) != order(to) {
            return self.turned(from, to);
        }
        if Arc::ptr_eq(&from.series, &to.series) && from.regrouped.is_none() {
            return self.reshaped(&from.tree, to);
        }
        let (from, to) = (&from.tree, &to.tree);
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
            before_movement: None,
        }
    }

    /// Selects the same function in a tree with the other stack order, without a zoom.
    fn turned(&self, from: &Answer, to: &Answer) -> Self {
        let node = self.selection.node();
        let frame = to.tree.frames().find(from.tree.frames().name(from.tree.frame(node)));
        let frame = frame.filter(|_| node != CallTree::ROOT);
        let node = frame.and_then(|frame| {
            let own = to.self_node(frame).filter(|_| to.regrouped.is_some());
            own.or_else(|| largest_node(to, &Zoom::ALL, frame))
        });
        Self { selection: Selection::Node(node.unwrap_or(CallTree::ROOT)), ..Self::default() }
    }

    /// After a change of filters, selects the same node or its nearest visible caller. Once a lost node is visible
    /// again, selects it.
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

    /// Maps the navigation to another tree of the same series.
    fn reshaped(&self, from: &CallTree, answer: &Answer) -> Self {
        let to = &*answer.tree;
        let zooms = || std::iter::once(&self.zoom).chain(&self.back).chain(&self.forward);
        let nodes: Vec<NodeId> = std::iter::once(self.selection.node()).chain(zooms().map(|zoom| zoom.node)).collect();
        let holds = |node| answer.widths.weight(node) > 0;
        let mut places = from.map_nodes_to(&nodes, to, holds).into_iter();
        let found = places.next().unwrap_or(CallTree::ROOT);
        // A selection lost in an earlier tree is looked up first.
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
        let mut navigation =
            Self { selection, zoom, back: history, forward, trail: HashMap::new(), lost, before_movement: None };
        let (lost, selection) = (navigation.lost.clone(), navigation.selection);
        navigation.stay_inside(to);
        if navigation.selection == selection {
            navigation.lost = lost;
        }
        navigation
    }

    /// After a change of the zoom, selects the top of the zoom if the selection is outside.
    fn stay_inside(&mut self, tree: &CallTree) {
        if !self.zoom.shows(tree, self.selection.node()) {
            let first = self.zoom.members.as_ref().and_then(|members| members.first().copied());
            self.select(Selection::Node(first.unwrap_or(self.zoom.node)));
        }
    }
}

/// Node of a function with the largest width: under the zoom if the function has a node there, else anywhere.
pub fn largest_node(answer: &Answer, zoom: &Zoom, frame: FrameId) -> Option<NodeId> {
    let nodes = answer.tree.node_frames().iter().enumerate().filter(|(_, other)| **other == frame);
    let nodes: Vec<NodeId> = nodes.map(|(node, _)| NodeId::new(node)).collect();
    let largest = |nodes: &mut dyn Iterator<Item = NodeId>| {
        nodes.max_by_key(|node| (answer.widths.weight(*node), Reverse(*node)))
    };
    let inside = largest(&mut nodes.iter().copied().filter(|node| zoom.shows(&answer.tree, *node)));
    inside.or_else(|| largest(&mut nodes.iter().copied()))
}

/// Name of the frame of each function's largest node in another tree of the same series, by the function's name. Functions
/// without such a frame are left out.
pub fn renamed(functions: &[&str], from: &Answer, to: &Answer) -> HashMap<Box<str>, Box<str>> {
    let frames = functions.iter().filter_map(|name| from.tree.frames().find(name));
    let mut largest: HashMap<FrameId, NodeId> = frames.map(|frame| (frame, CallTree::ROOT)).collect();
    // One pass over the nodes for all functions.
    for (node, frame) in from.tree.node_frames().iter().enumerate().skip(1) {
        if let Some(known) = largest.get_mut(frame) {
            let (node, weight) = (NodeId::new(node), |node| from.widths.weight(node));
            if *known == CallTree::ROOT || weight(node) > weight(*known) {
                *known = node;
            }
        }
    }
    let (frames, nodes): (Vec<FrameId>, Vec<NodeId>) = largest.into_iter().unzip();
    let places = from.tree.map_nodes_to(&nodes, &to.tree, |node| to.widths.weight(node) > 0);
    let found = frames.into_iter().zip(places).filter(|(_, place)| *place != CallTree::ROOT);
    let names =
        |(frame, place)| (from.tree.frames().name(frame).into(), to.tree.frames().name(to.tree.frame(place)).into());
    found.map(names).collect()
}

fn is_wider(tree: &CallTree, zoom: &Zoom, than: &Zoom) -> bool {
    zoom.members.is_none() && zoom != than && tree.contains(zoom.node, than.node)
}
