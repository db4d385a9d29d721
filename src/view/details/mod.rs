//! Details of the selection: a few lines at the bottom of the screen, and everything in a popup.

pub mod advice;
pub mod brief;
pub mod changes;
pub mod draw;
mod fact;
pub mod facts;
pub mod sizes;

use std::sync::Arc;

use crate::analysis::Answer;
use crate::analysis::advice::{AdviceRules, Advised, Adviser};
use crate::analysis::sizes::SizeClass;
use crate::base::ids::NodeId;
use crate::layout::icicle::{self, GatheredBlock};
use crate::view::command::{CommandRow, actions, footer_row};
use crate::view::context::weighted_tree;
use crate::view::nav::Scroll;
use crate::view::navigation::{Navigation, Selection};

actions! {
    /// Actions of the popup other than its moves.
    Action {
        Close = "close-details",
    }
}

/// Key rows of the popup.
pub const COMMANDS: &[CommandRow<Action>] =
    &[footer_row(&["Esc", "D", "Enter"], Action::Close, "close the details", "close").closing()];

/// State of the details.
#[derive(Clone, Debug, Default)]
pub struct DetailsState {
    block: Option<GatheredBlock>,
    members: Vec<NodeId>,
    adviser: Adviser,
    advised: Vec<Advised>,
    sizes: Vec<SizeClass>,
    /// Scroll position of the popup.
    pub scroll: Scroll,
}

impl DetailsState {
    /// Creates the state with the rules of advice.
    pub fn new(rules: Arc<AdviceRules>) -> Self {
        Self { adviser: Adviser::new(rules), ..Self::default() }
    }

    /// Rules of advice.
    pub fn rules(&self) -> &AdviceRules {
        self.adviser.rules()
    }

    /// Advice for the selection, the largest share first: all advice is for its function, or all is for one caller.
    pub fn advised(&self) -> &[Advised] {
        &self.advised
    }

    /// Selected gathered block; `None` if a node is selected.
    pub fn block(&self) -> Option<&GatheredBlock> {
        self.block.as_ref()
    }

    /// Members of the selected block, the widest first.
    pub fn members(&self) -> &[NodeId] {
        &self.members
    }

    /// Objects below the selected node by size; empty while they are pending.
    pub fn sizes(&self) -> &[SizeClass] {
        &self.sizes
    }

    /// Sets the objects below the selected node by size.
    pub fn set_sizes(&mut self, sizes: Vec<SizeClass>) {
        self.sizes = sizes;
    }

    /// Updates the state for a new selection: its advice, or the members of `block`.
    pub fn follow(&mut self, answer: &Answer, navigation: &Navigation, block: Option<GatheredBlock>) {
        self.members = match &block {
            Some(block) => icicle::members(&weighted_tree(answer), navigation.zoom().root(), block),
            None => Vec::new(),
        };
        self.advised = match navigation.selection() {
            Selection::Node(node) => self.adviser.of_node(answer, node),
            Selection::Gathered(_) => Vec::new(),
        };
        self.block = block;
    }
}
