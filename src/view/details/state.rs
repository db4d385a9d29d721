//! The state of the details: the members of a selected block, the advice for the selection, and how far the popup is
//! scrolled.

use std::sync::Arc;

use crate::analysis::Answer;
use crate::analysis::advice::{AdviceRules, Advised, Adviser};
use crate::analysis::sizes::SizeClass;
use crate::base::ids::NodeId;
use crate::layout::icicle::{self, GatheredBlock};
use crate::layout::viewport;
use crate::view::context::weighed;
use crate::view::details::Action;
use crate::view::navigation::{Navigation, Selection};

/// The state of the details.
#[derive(Clone, Debug, Default)]
pub struct DetailsState {
    block: Option<GatheredBlock>,
    members: Vec<NodeId>,
    adviser: Adviser,
    advised: Vec<Advised>,
    top: usize,
    sizes: Vec<SizeClass>,
}

impl DetailsState {
    /// The state to begin with.
    pub fn new(rules: Arc<AdviceRules>) -> Self {
        Self { adviser: Adviser::new(rules), ..Self::default() }
    }

    /// The rules of advice.
    pub fn rules(&self) -> &AdviceRules {
        self.adviser.rules()
    }

    /// What is worth trying at the selection, the largest share first: all at its function, or all at one caller.
    pub fn advised(&self) -> &[Advised] {
        &self.advised
    }

    /// The selected gathered block.
    pub fn block(&self) -> Option<&GatheredBlock> {
        self.block.as_ref()
    }

    /// Its members, the widest first.
    pub fn members(&self) -> &[NodeId] {
        &self.members
    }

    /// The objects of the selected place by their sizes, once they are known.
    pub fn sizes(&self) -> &[SizeClass] {
        &self.sizes
    }

    /// Takes in what is known of sizes.
    pub fn take_sizes(&mut self, sizes: Vec<SizeClass>) {
        self.sizes = sizes;
    }

    /// The first line of the popup that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// Takes in the selection: its advice, or the block that shows it, if it is a block.
    pub fn follow(&mut self, answer: &Answer, place: &Navigation, block: Option<GatheredBlock>) {
        self.members = match &block {
            Some(block) => icicle::members(&weighed(answer), place.zoom().root(), block),
            None => Vec::new(),
        };
        self.advised = match place.pick() {
            Selection::Node(node) => self.adviser.of_place(answer, node),
            Selection::Gathered(_) => Vec::new(),
        };
        self.block = block;
    }

    /// Shows the popup from its first line.
    pub fn open(&mut self) {
        self.top = 0;
    }

    /// Scrolls the popup, which has `lines` lines and shows `rows` of them.
    pub fn act(&mut self, action: Action, lines: usize, rows: usize) {
        let page = rows.saturating_sub(1).max(1);
        let top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(page),
            Action::PageDown => self.top + page,
            Action::Bottom => usize::MAX,
            Action::Top | Action::Close => 0,
        };
        self.top = viewport::clamp(top, rows, lines);
    }
}
