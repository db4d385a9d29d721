//! Answers over regrouped trees: bottom-up, and the callers and callees of one function.

use std::sync::Arc;

use crate::analysis::derive::{Answer, QueryError};
use crate::analysis::query::StackOrder;
use crate::analysis::regroup::{RegroupRequest, RegroupedTree, Regrouping};
use crate::analysis::{CallTree, Column, ColumnPair, Comparison, Hits, Query, Widths};
use crate::base::ids::{FrameId, NodeId};
use crate::base::limits::{Budget, LimitError};

/// Origin of an answer over a regrouped tree.
#[derive(Clone, Debug)]
pub struct RegroupedFrom {
    /// Answer over the call tree.
    pub answer: Arc<Answer>,
    /// True if subtrees far too narrow to be seen are not split; see [`Query::detail`].
    pub is_cut: bool,
}

impl Answer {
    /// Returns the answer over the call tree: this answer, or the one that it was regrouped from.
    pub fn call_order(&self) -> &Self {
        self.regrouped.as_ref().map_or(self, |regrouped| &regrouped.answer)
    }

    /// Derives two answers for a function over all of its nodes: the tree of its callers and that of its callees, both
    /// with the function as root.
    ///
    /// # Errors
    /// [`QueryError`] when the trees exceed the heap budget.
    pub fn around(&self, frame: FrameId, details: [&[Box<str>]; 2]) -> Result<[Self; 2], QueryError> {
        let answer = self.call_order();
        let mut budget = answer.series.budget().clone();
        let mut half = |regrouping, detail| answer.regroup(regrouping, detail, &mut budget);
        let callers = half(Regrouping::Callers(frame), details[0])?;
        Ok([callers, half(Regrouping::Callees(frame), details[1])?])
    }

    /// Derives the same answer with all stacks from the allocating function to its callers. `before` is reused if it
    /// was made from the same figures.
    pub(super) fn bottom_up(
        self,
        detail: &[Box<str>],
        before: Option<&Self>,
        budget: &mut Budget,
    ) -> Result<Self, QueryError> {
        let query = Query { order: StackOrder::BottomUp, detail: detail.to_vec(), ..self.query.clone() };
        if let Some(known) = before.filter(|before| before.is_bottom_up_of(&self, &query)) {
            let mut answer = Self { query, ..known.clone() };
            answer.hits = match (&self.hits, &known.hits) {
                (Some(_), Some(same)) if known.query.search == self.query.search => Some(Arc::clone(same)),
                _ => answer.regrouped_hits()?,
            };
            let keep = |answer: &mut Self| {
                (answer.flats, answer.derived) = (self.flats.clone(), self.derived.clone());
            };
            keep(&mut answer);
            answer.regrouped = Some(RegroupedFrom {
                is_cut: known.regrouped.as_ref().is_some_and(|regrouped| regrouped.is_cut),
                answer: Arc::new(self),
            });
            return Ok(answer);
        }
        let answer = self.regroup(Regrouping::BottomUp, detail, budget)?;
        Ok(Self { query, ..answer })
    }

    /// Returns true if `self` is the bottom-up answer of `upright` for a query.
    fn is_bottom_up_of(&self, upright: &Self, query: &Query) -> bool {
        let Some(regrouped) = self.regrouped.as_ref().filter(|_| self.query.order == StackOrder::BottomUp) else {
            return false;
        };
        let known = &regrouped.answer;
        let base = |answer: &Self| answer.base.as_ref().map(|base| Arc::as_ptr(&base.column));
        let lines = |answer: &Self| answer.snapshot_sums.as_ref().map(Arc::as_ptr);
        let noise = |answer: &Self| answer.noise.as_ref().map(Arc::as_ptr);
        Arc::ptr_eq(&known.column, &upright.column)
            && base(known) == base(upright)
            && lines(known) == lines(upright)
            && noise(known) == noise(upright)
            && (&self.query.detail, self.query.width) == (&query.detail, query.width)
    }

    fn regroup(&self, regrouping: Regrouping, detail: &[Box<str>], budget: &mut Budget) -> Result<Self, QueryError> {
        let frames = self.tree.frames();
        let detail: Vec<FrameId> = detail.iter().map_while(|name| frames.find(name)).collect();
        let bottom_up = regrouping == Regrouping::BottomUp;
        let request = RegroupRequest {
            tree: &self.tree,
            regrouping,
            sums: [Some(self.column.sums()), self.base.as_ref().map(|base| base.column.sums())],
            // A comparison has the noise of its difference, and no other.
            noise: self.base.as_ref().map_or(&self.noise, |base| &base.noise).as_deref(),
            snapshots: self.snapshot_sums.as_deref().filter(|_| bottom_up),
            detail: &detail,
        };
        let regrouped = RegroupedTree::new(&request, budget)?;
        let tree = &regrouped.tree;
        let lay = |column: &Column, side: usize, budget: &mut Budget| -> Result<Arc<Column>, LimitError> {
            let totals = regrouped.totals.iter().map(|(node, totals)| (*node, totals[side])).collect();
            column.regrouped(tree, &regrouped.own[side], totals, budget).map(Arc::new)
        };
        let column = lay(&self.column, 0, budget)?;
        let mut widths = Widths::Column(Arc::clone(&column));
        let mut base = None;
        let noise = regrouped.noise.map(Arc::new);
        if let Some(comparison) = &self.base {
            let base_column = lay(&comparison.column, 1, budget)?;
            let node_of = &regrouped.node_of;
            let noise = noise.clone();
            let (noise_of_pair, changes) = (noise.as_deref(), None);
            let pair = ColumnPair { tree, current: &column, base: &base_column, noise: noise_of_pair, changes };
            let changes = Arc::new(comparison.changes.regrouped(&pair, node_of, tree.children(CallTree::ROOT)));
            widths = Widths::new(self.query.width, tree, &base_column, &column, budget)?;
            base = Some(Comparison { column: base_column, noise, changes, ..comparison.clone() });
        }
        let noise = noise.filter(|_| self.base.is_none());
        let snapshot_sums = match &self.snapshot_sums {
            Some(sums) if bottom_up => Some(Arc::new(sums.regrouped(&regrouped.node_of, budget)?)),
            _ => None,
        };
        let from = RegroupedFrom { answer: Arc::new(self.clone()), is_cut: regrouped.is_cut };
        let mut answer = Self {
            tree: Arc::clone(tree),
            column,
            base,
            noise,
            widths,
            snapshot_sums,
            regrouped: Some(from),
            unscaled: None,
            ..self.clone()
        };
        answer.hits = answer.regrouped_hits()?;
        Ok(answer)
    }

    fn regrouped_hits(&self) -> Result<Option<Arc<Hits>>, QueryError> {
        let search = self.query.search.as_ref();
        let hits = search.map(|pattern| Hits::new(pattern, self.language, &self.tree, &self.column, &self.widths));
        Ok(hits.transpose()?.map(Arc::new))
    }

    /// Child of the root of a bottom-up tree that has the self of a frame; `None` if there is none.
    pub fn self_node(&self, frame: FrameId) -> Option<NodeId> {
        self.tree.children(CallTree::ROOT).find(|node| self.tree.frame(*node) == frame)
    }
}
