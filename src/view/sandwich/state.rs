//! State of callers and callees: the function in the middle, and an icicle with its selection and zoom on either side.
//!
//! One side has the focus. The selection of the other side is its root, which is the function in the middle; the middle
//! is selected if the root is selected on both sides.

use std::sync::Arc;

use crate::analysis::calls::CallDirection;
use crate::analysis::{Answer, CallTree, Chains, Change};
use crate::base::ids::NodeId;
use crate::base::units;
use crate::layout::icicle::{self, GatheredBlock};
use crate::layout::panes::Area;
use crate::view::context::{ViewContext, weighted_tree};
use crate::view::icicle::Action as IcicleAction;
use crate::view::icicle::state::{IcicleRoom, IcicleState, LevelHeight};
use crate::view::nav::Move;
use crate::view::navigation::{self, Navigation, Selection};
use crate::view::sandwich::Action;
use crate::view::words;

/// Maximum number of functions to go back to.
const MOST_HISTORY: usize = 200;

/// Callers or callees of the function in the middle.
#[derive(Clone, Debug)]
pub struct SandwichHalf {
    /// Answer over the regrouped tree, whose root is the function.
    pub answer: Answer,
    /// Selection and zoom.
    pub navigation: Navigation,
    /// Icicle, whose first row is the function.
    pub icicle: IcicleState,
}

/// State of callers and callees.
#[derive(Clone, Debug, Default)]
pub struct SandwichState {
    /// Name of the function in the middle.
    middle: Option<Box<str>>,
    /// Callers and callees; `None` until they are computed.
    halves: Option<Box<[SandwichHalf; 2]>>,
    focused: Option<CallDirection>,
    /// Columns and rows.
    size: (usize, usize),
    /// Rows above the middle.
    rows_above: usize,
    back: Vec<Box<str>>,
    forward: Vec<Box<str>>,
    /// True if chains of functions that only call the next function share a slot. False at first, since the view is
    /// about who calls whom.
    has_folded_chains: bool,
}

impl SandwichState {
    /// Name of the function in the middle.
    pub fn middle_name(&self) -> Option<&str> {
        self.middle.as_deref()
    }

    /// Callers and callees of the function in the middle, once they are computed.
    pub fn halves(&self) -> Option<&[SandwichHalf; 2]> {
        let halves = self.halves.as_deref()?;
        let tree = &halves[0].answer.tree;
        (Some(tree.frames().name(tree.frame(CallTree::ROOT))) == self.middle_name()).then_some(halves)
    }

    /// Side with the focus.
    pub fn focused(&self) -> Option<&SandwichHalf> {
        self.halves().map(|halves| &halves[self.side()])
    }

    fn side(&self) -> usize {
        usize::from(self.focused != Some(CallDirection::Callers))
    }

    /// Rows above the middle.
    pub fn rows_above(&self) -> usize {
        self.rows_above
    }

    /// Returns true if there is a function or a zoom to go back to.
    pub fn has_history(&self) -> bool {
        !self.back.is_empty() || self.focused().is_some_and(|half| !half.navigation.zoom().is_all())
    }

    /// Name of the selected function; `None` for a gathered block, or before the first result.
    pub fn selected_name(&self) -> Option<&str> {
        let half = self.focused()?;
        let tree = &half.answer.tree;
        half.navigation.frame(tree).map(|frame| tree.frames().name(frame))
    }

    /// Selected gathered block; `None` if a node is selected.
    pub fn block(&self) -> Option<GatheredBlock> {
        let half = self.focused()?;
        half.icicle.block().filter(|_| matches!(half.navigation.selection(), Selection::Gathered(_)))
    }

    /// Returns true if the function in the middle is selected.
    pub fn is_middle_selected(&self) -> bool {
        self.focused().is_none_or(SandwichHalf::is_at_root)
    }

    /// Column and row of the selection, relative to the corner of the view.
    pub fn cursor_cell(&self) -> Option<(usize, usize)> {
        let icicle = &self.focused()?.icicle;
        let (x, row) = icicle.cursor_cell()?;
        let row = match self.focused {
            // A level above the middle grows upwards, so its first row is the topmost one.
            Some(CallDirection::Callers) => self.rows_above.checked_sub(row + icicle.cursor_height() - 1)?,
            _ => self.rows_above + row,
        };
        Some((x, row))
    }

    /// Names from the middle to the zoom on both sides, for trees that were cut for size and need more detail there.
    pub fn details(&self) -> [Vec<Box<str>>; 2] {
        let detail = |half: &SandwichHalf| {
            let is_cut = half.answer.regrouped.as_ref().is_some_and(|regrouped| regrouped.is_cut);
            let is_asked = is_cut || !half.answer.query.detail.is_empty();
            if is_asked { half.answer.tree.names(half.navigation.zoom().node) } else { Vec::new() }
        };
        self.halves().map_or_else(Default::default, |[callers, callees]| [detail(callers), detail(callees)])
    }

    /// Moves a function to the middle.
    pub fn focus(&mut self, name: &str) {
        if self.middle_name() == Some(name) {
            return self.select_middle();
        }
        if let Some(previous) = self.middle.replace(name.into()) {
            self.back.push(previous);
            let over = self.back.len().saturating_sub(MOST_HISTORY);
            self.back.drain(..over);
        }
        self.forward.clear();
    }

    /// After a change of granularity, replaces each function by the frame of its largest node in the other tree.
    pub fn carry(&mut self, from: &Answer, to: &Answer) {
        let (from, to) = (from.call_order(), to.call_order());
        let is_same = from.query.shape.granularity == to.query.shape.granularity;
        if is_same || !Arc::ptr_eq(&from.series, &to.series) {
            return;
        }
        let names: Vec<&str> = self.back.iter().chain(&self.middle).chain(&self.forward).map(|name| &**name).collect();
        let renamed = navigation::renamed(&names, from, to);
        let rename = |names: &[Box<str>]| names.iter().filter_map(|name| renamed.get(name).cloned()).collect();
        (self.back, self.forward) = (rename(&self.back), rename(&self.forward));
        self.middle = self.middle.as_ref().and_then(|name| renamed.get(name).cloned());
        self.halves = None;
    }

    /// Sets callers and callees. Selection and zoom are kept if the function is the same.
    pub fn set_halves(&mut self, answers: [Answer; 2]) {
        let before = self.halves().cloned();
        if before.is_none() {
            self.focused = None;
        }
        let mut before = before.map(Vec::from).unwrap_or_default().into_iter();
        let halves = answers.map(|answer| match before.next() {
            Some(half) => {
                let navigation = half.navigation.carried(&half.answer, &answer);
                SandwichHalf { answer, navigation, icicle: half.icicle }
            }
            None => SandwichHalf { answer, navigation: Navigation::default(), icicle: IcicleState::pinned() },
        });
        self.halves = Some(Box::new(halves));
        self.set_chains();
        self.update_focus();
    }

    /// Folds or unfolds the chains of both icicles; returns the new state.
    pub fn toggle_chains(&mut self) -> Chains {
        self.has_folded_chains = !self.has_folded_chains;
        self.set_chains();
        self.chains()
    }

    fn chains(&self) -> Chains {
        if self.has_folded_chains { Chains::Folded } else { Chains::Unfolded }
    }

    fn set_chains(&mut self) {
        let chains = self.chains();
        for half in self.halves.iter_mut().flat_map(|halves| halves.iter_mut()) {
            half.answer.query.chains = chains;
        }
    }

    /// Lays out both icicles in an area.
    pub fn resize(&mut self, area: Area) {
        self.size = (usize::from(area.width), usize::from(area.height));
        let (width, rows) = self.size;
        let Some(halves) = self.halves.as_deref_mut().filter(|_| rows > 0) else { return };
        let room = rows - 1;
        let [above, below] = [&halves[0], &halves[1]]
            .map(|half| IcicleState::rows_wanted(&half.answer, &half.navigation, width, room + 1));
        let roots = [0, 1].map(|side| halves[side].navigation.zoom().is_all());
        let rows = |height: LevelHeight| {
            // The root is the function in the middle.
            let root = |is_level: bool| if is_level { height.rows() } else { 1 };
            let above = above.count(height).saturating_sub(root(roots[0]));
            (height, above, below.count(height).saturating_sub(root(roots[1])))
        };
        let (one, two) = (rows(LevelHeight::One), rows(LevelHeight::Two));
        let (height, above, below) = if two.1 + two.2 <= room { two } else { one };
        self.rows_above = above.min(room.saturating_sub(below).max(room / 2));
        for (half, rows) in halves.iter_mut().zip([self.rows_above, room - self.rows_above]) {
            let room = IcicleRoom { width, rows: rows + 1, most_rows: rows + 1 };
            half.icicle.fit(&half.answer, &half.navigation, room, height);
        }
    }

    /// Selects the slot at a cell, relative to the corner of the view. Returns false if it was selected before.
    pub fn select_at(&mut self, (column, row): (usize, usize)) -> bool {
        let middle = self.rows_above;
        let Some(halves) = self.halves.as_deref_mut() else { return false };
        let (direction, side) = match row.cmp(&middle) {
            std::cmp::Ordering::Equal => {
                let was = self.is_middle_selected();
                self.select_middle();
                return !was;
            }
            std::cmp::Ordering::Less => (CallDirection::Callers, 0),
            std::cmp::Ordering::Greater => (CallDirection::Callees, 1),
        };
        let half = &mut halves[side];
        let Some(found) = half.icicle.selection_at(&half.answer, &half.navigation, (column, row.abs_diff(middle)))
        else {
            return true;
        };
        let was = half.navigation.selection() == found;
        half.navigation.select(found);
        halves[1 - side].navigation.select(Selection::Node(CallTree::ROOT));
        self.focused = Some(direction);
        !was
    }

    /// Moves up to the callers or down to the callees.
    pub fn move_by(&mut self, step: Move) {
        match step {
            Move::Up => self.toward(CallDirection::Callers, IcicleAction::Down, IcicleAction::Up),
            Move::PageUp => self.toward(CallDirection::Callers, IcicleAction::PageDown, IcicleAction::PageUp),
            Move::Down => self.toward(CallDirection::Callees, IcicleAction::Down, IcicleAction::Up),
            Move::PageDown => self.toward(CallDirection::Callees, IcicleAction::PageDown, IcicleAction::PageUp),
            Move::HalfUp => self.toward(CallDirection::Callers, IcicleAction::HalfDown, IcicleAction::HalfUp),
            Move::HalfDown => self.toward(CallDirection::Callees, IcicleAction::HalfDown, IcicleAction::HalfUp),
            Move::Top | Move::Bottom => {
                let side = if step == Move::Top { CallDirection::Callers } else { CallDirection::Callees };
                self.select_middle();
                self.toward(side, IcicleAction::Down, IcicleAction::Up);
                self.toward(side, IcicleAction::Bottom, IcicleAction::Top);
            }
        }
        self.update_focus();
    }

    /// Moves away from the middle on one side, or back to the middle on the other side.
    fn toward(&mut self, side: CallDirection, away: IcicleAction, back: IcicleAction) {
        let is_middle = self.is_middle_selected();
        let focused = if is_middle { side } else { self.focused.unwrap_or(CallDirection::Callees) };
        self.focused = Some(focused);
        let index = self.side();
        let Some(half) = self.halves.as_deref_mut().map(|halves| &mut halves[index]) else { return };
        if is_middle {
            half.enter();
        } else {
            let action = if focused == side { away } else { back };
            half.icicle.handle(&half.answer, &mut half.navigation, action);
        }
    }

    /// Handles one action.
    pub fn handle(&mut self, action: Action) {
        let side = self.side();
        let half = self.halves.as_deref_mut().map(|halves| &mut halves[side]);
        match (action, half) {
            (Action::Left, Some(half)) => half.icicle_action(IcicleAction::Left),
            (Action::Right, Some(half)) => half.icicle_action(IcicleAction::Right),
            (Action::Zoom, Some(half)) => half.icicle_action(IcicleAction::Zoom),
            (Action::Back, Some(half)) if !half.navigation.zoom().is_all() => {
                half.navigation.handle(&half.answer.tree, navigation::Action::Out);
            }
            (Action::Back, _) => {
                if let Some(name) = self.back.pop() {
                    self.forward.extend(self.middle.replace(name));
                }
            }
            (Action::Forward, _) => {
                if let Some(name) = self.forward.pop() {
                    self.back.extend(self.middle.replace(name));
                }
            }
            (Action::Middle, _) => {
                for half in self.halves.iter_mut().flat_map(|halves| halves.iter_mut()) {
                    half.navigation.handle(&half.answer.tree, navigation::Action::All);
                }
                self.select_middle();
            }
            (_, None) => {}
        }
        self.update_focus();
    }

    /// Selects the function in the middle.
    fn select_middle(&mut self) {
        for half in self.halves.iter_mut().flat_map(|halves| halves.iter_mut()) {
            half.navigation.select(Selection::Node(CallTree::ROOT));
        }
        self.focused = None;
    }

    /// Focuses the middle if a move has reached it.
    fn update_focus(&mut self) {
        if self.is_middle_selected() {
            self.focused = None;
        }
    }

    /// Change of the total of the function in the middle; the change is 0 without a base.
    fn total(&self) -> Option<Change> {
        let answer = &self.halves()?[1].answer;
        let now = answer.column.total(CallTree::ROOT);
        Some(answer.pair().map_or(Change::of(now, now, None), |pair| pair.total(CallTree::ROOT)))
    }

    /// Figures of the function in the middle, the longest form first.
    pub fn figures(&self, context: &ViewContext) -> [String; 2] {
        let Some(change) = self.total() else { return [String::new(), String::new()] };
        let unit = context.unit();
        if context.answer.base.is_none() {
            let total = unit.long(change.current);
            let share = units::percent(change.current, context.answer.column.abs_share_base());
            return [format!("{total} {share} of all"), total];
        }
        let [then, now] = [change.base, change.current].map(|figure| unit.long(figure));
        let delta = words::long_change(&unit, &change);
        [format!("A {then}, B {now}, {delta}"), unit.signed_long(change.delta())]
    }

    /// Status: number of callers, of callees, and of nodes of the function.
    pub fn status(&self, context: &ViewContext) -> String {
        let Some([callers, callees]) = self.halves() else { return String::new() };
        let count = |half: &SandwichHalf, noun: &str| {
            let is_seen = |node: &NodeId| half.answer.widths.weight(*node) > 0;
            units::counted(half.answer.tree.children(CallTree::ROOT).filter(is_seen).count(), noun)
        };
        let tree = &context.answer.tree;
        let frame = self.middle_name().and_then(|name| tree.frames().find(name));
        let places = units::counted(frame.map_or(0, |frame| tree.node_count_of(frame)) as usize, "place");
        format!("{}, {} in {places}", count(callers, "caller"), count(callees, "callee"))
    }
}

impl SandwichHalf {
    fn is_at_root(&self) -> bool {
        self.navigation.selection() == Selection::Node(CallTree::ROOT)
    }

    /// Applies an action of the icicle, unless the function in the middle is selected.
    fn icicle_action(&mut self, action: IcicleAction) {
        if !self.is_at_root() {
            self.icicle.handle(&self.answer, &mut self.navigation, action);
        }
    }

    /// Selects the frame next to the middle: the one on the path to the zoom, else the last visited one, else the
    /// widest.
    fn enter(&mut self) {
        let tree = &self.answer.tree;
        let visited = || self.navigation.visited(CallTree::ROOT).filter(|node| self.answer.widths.weight(*node) > 0);
        let widest = || icicle::widest(&weighted_tree(&self.answer), tree.children(CallTree::ROOT));
        let next = tree.path(self.navigation.zoom().node).get(1).copied();
        if let Some(node) = next.or_else(visited).or_else(widest) {
            self.navigation.select(Selection::Node(node));
        }
    }
}
