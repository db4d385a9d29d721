//! State of the sandwich: the function in the middle, the opened levels, the selected row; and the texts beside the rows.
//!
//! Rows are kept in the order of the screen: callers from the furthest to the nearest, the middle, callees from the
//! nearest on. An opened level stands beyond the row it belongs to, so that a chain of calls reads from top to bottom.

use std::sync::Arc;

use crate::analysis::sandwich::{CallChain, CallDirection};
use crate::analysis::{Answer, CallTree, Column};
use crate::base::ids::FrameId;
use crate::base::units;
use crate::layout::panes::Area;
use crate::layout::viewport;
use crate::view::context::ViewContext;
use crate::view::nav::{ListCursor, Move};
use crate::view::navigation::{Navigation, Selection};
use crate::view::sandwich::Action;

/// Most functions to go back to.
const MOST_HISTORY: usize = 200;

/// Row of the sandwich.
#[derive(Clone, Debug)]
pub struct SandwichRow {
    /// Side of the middle; `None` for the middle itself.
    pub direction: Option<CallDirection>,
    /// Frames from the middle to the row, without the middle.
    pub path: Vec<FrameId>,
    /// True if the next level is listed too.
    pub is_open: bool,
    pub chain: CallChain,
}

/// Inputs of the rows: rows of the same inputs are the same.
#[derive(Clone, Debug)]
struct SandwichBasis {
    tree: Arc<CallTree>,
    column: Arc<Column>,
    base: Option<Arc<Column>>,
}

impl SandwichBasis {
    fn new(answer: &Answer) -> Self {
        let base = answer.base.as_ref().map(|base| Arc::clone(&base.column));
        Self { tree: Arc::clone(&answer.tree), column: Arc::clone(&answer.column), base }
    }

    fn is_of(&self, answer: &Answer) -> bool {
        let base = answer.base.as_ref().map(|base| Arc::as_ptr(&base.column));
        Arc::ptr_eq(&self.tree, &answer.tree)
            && Arc::ptr_eq(&self.column, &answer.column)
            && self.base.as_ref().map(Arc::as_ptr) == base
    }
}

/// Direction and frame names from the middle to a row.
type NamedPath = (Option<CallDirection>, Vec<Box<str>>);

/// State of the sandwich.
#[derive(Clone, Debug, Default)]
pub struct SandwichState {
    /// Name of the function in the middle.
    middle: Option<Box<str>>,
    basis: Option<SandwichBasis>,
    rows: Vec<SandwichRow>,
    cursor: ListCursor,
    back: Vec<Box<str>>,
    forward: Vec<Box<str>>,
}

impl SandwichState {
    /// Rows from top to bottom.
    pub fn rows(&self) -> &[SandwichRow] {
        &self.rows
    }

    /// Cursor on the selected row.
    pub fn cursor(&self) -> ListCursor {
        self.cursor
    }

    fn selected(&self) -> Option<&SandwichRow> {
        self.rows.get(self.cursor.at)
    }

    /// Name of the function in the middle.
    pub fn middle_name(&self) -> Option<&str> {
        self.middle.as_deref()
    }

    /// Function in the middle; `None` if the answer does not have it.
    pub fn middle(&self) -> Option<&CallChain> {
        self.rows.iter().find(|row| row.direction.is_none()).map(|row| &row.chain)
    }

    /// Returns true if there is a function to go back to.
    pub fn has_history(&self) -> bool {
        !self.back.is_empty()
    }

    /// Cell of the selected row within the view; `None` if it is not visible.
    pub fn cursor_cell(&self) -> Option<(usize, usize)> {
        Some((0, self.cursor.visible_row(self.rows.len())? + 1))
    }

    /// Puts a function in the middle.
    pub fn focus(&mut self, answer: &Answer, frame: FrameId) {
        let name: Box<str> = answer.tree.frames().name(frame).into();
        if self.middle.as_ref() == Some(&name) && self.middle().is_some() {
            return self.select(self.middle_row());
        }
        if let Some(previous) = self.middle.replace(name) {
            self.back.push(previous);
            let over = self.back.len().saturating_sub(MOST_HISTORY);
            self.back.drain(..over);
        }
        self.forward.clear();
        self.start(answer);
    }

    /// Rebuilds the rows for another answer. Opened levels and the selection stay as far as they still exist.
    pub fn follow(&mut self, answer: &Answer) {
        if self.middle.is_none() || self.basis.as_ref().is_some_and(|basis| basis.is_of(answer)) {
            return;
        }
        let Some(before) = self.basis.take() else { return self.start(answer) };
        let named = |row: &SandwichRow| -> NamedPath {
            let name = |frame: &FrameId| before.tree.frames().name(*frame).into();
            (row.direction, row.path.iter().map(name).collect())
        };
        let opened = self.rows.iter().filter(|row| row.is_open && row.direction.is_some());
        let mut opened: Vec<NamedPath> = opened.map(named).collect();
        // A level can be opened after the one it belongs to.
        opened.sort_by_key(|(_, path)| path.len());
        let selected = self.selected().map(named);
        let distance = self.cursor.at.saturating_sub(self.cursor.top);
        self.build(answer);
        for path in &opened {
            if let Some(at) = self.find(answer, path) {
                self.open(answer, at);
            }
        }
        let at = selected.and_then(|path| self.find(answer, &path)).unwrap_or_else(|| self.middle_row());
        self.cursor.at = at;
        self.cursor.top = viewport::follow(at.saturating_sub(distance), self.cursor.rows, self.rows.len(), at);
    }

    /// Sets the area of the view.
    pub fn resize(&mut self, area: Area) {
        let rows = usize::from(area.height).saturating_sub(1);
        let is_resized = rows != self.cursor.rows;
        self.cursor.resize(rows, self.rows.len());
        if is_resized {
            self.cursor.centre(self.rows.len());
        }
    }

    /// Moves to another row, and selects its largest node for all views.
    pub fn move_by(&mut self, navigation: &mut Navigation, step: Move) {
        self.cursor.move_by(step, self.rows.len());
        self.select_node(navigation);
    }

    /// Handles one action, and selects the largest node of the selected row for all views.
    pub fn handle(&mut self, answer: &Answer, navigation: &mut Navigation, action: Action) {
        match action {
            Action::Middle => self.select(self.middle_row()),
            Action::Open => {
                self.open(answer, self.cursor.at);
                self.select(self.cursor.at);
            }
            Action::Close => self.close(),
            Action::Focus => {
                if let Some(frame) = self.selected().map(|row| row.chain.frame) {
                    self.focus(answer, frame);
                }
            }
            Action::Back => {
                if let Some(name) = self.back.pop() {
                    self.forward.extend(self.middle.replace(name));
                    self.start(answer);
                }
            }
            Action::Forward => {
                if let Some(name) = self.forward.pop() {
                    self.back.extend(self.middle.replace(name));
                    self.start(answer);
                }
            }
        }
        self.select_node(navigation);
    }

    fn select_node(&self, navigation: &mut Navigation) {
        if let Some(row) = self.selected() {
            navigation.select(Selection::Node(row.chain.node));
        }
    }

    /// Builds the rows of another function.
    fn start(&mut self, answer: &Answer) {
        self.build(answer);
        self.cursor.at = self.middle_row();
        self.cursor.centre(self.rows.len());
    }

    /// Builds the middle and one level on both sides.
    fn build(&mut self, answer: &Answer) {
        self.basis = Some(SandwichBasis::new(answer));
        self.rows.clear();
        let frame = self.middle.as_deref().and_then(|name| answer.tree.frames().find(name));
        let Some(chain) = frame.and_then(|frame| CallChain::middle(answer, frame)) else { return };
        let level = |direction| {
            let chains = chain.next(answer, direction).into_iter();
            chains.map(move |chain| SandwichRow::new(direction, Vec::new(), chain))
        };
        let mut rows: Vec<SandwichRow> = level(CallDirection::Callers).collect();
        // The largest caller stands next to the middle.
        rows.reverse();
        let callees: Vec<SandwichRow> = level(CallDirection::Callees).collect();
        rows.push(SandwichRow { direction: None, path: Vec::new(), is_open: true, chain });
        rows.extend(callees);
        self.rows = rows;
    }

    fn find(&self, answer: &Answer, (direction, path): &NamedPath) -> Option<usize> {
        let frames = answer.tree.frames();
        let is_same = |row: &SandwichRow| {
            let names = row.path.iter().map(|frame| frames.name(*frame));
            row.direction == *direction && row.path.len() == path.len() && names.eq(path.iter().map(|name| &**name))
        };
        self.rows.iter().position(is_same)
    }

    /// Opens the next level of a row, unless it is open or has none.
    fn open(&mut self, answer: &Answer, at: usize) {
        let Some(row) = self.rows.get_mut(at).filter(|row| !row.is_open) else { return };
        let Some(direction) = row.direction else { return };
        let chains = row.chain.next(answer, direction);
        if chains.is_empty() {
            return;
        }
        row.is_open = true;
        let path = row.path.clone();
        let level = chains.into_iter().map(|chain| SandwichRow::new(direction, path.clone(), chain));
        match direction {
            CallDirection::Callers => {
                let level: Vec<SandwichRow> = level.rev().collect();
                let count = level.len();
                self.rows.splice(at..at, level);
                // The selected row stays selected, and where it is on the screen.
                if self.cursor.at >= at {
                    self.cursor.at += count;
                    self.cursor.top += count;
                }
            }
            CallDirection::Callees => {
                let below = self.rows.split_off(at + 1);
                self.rows.extend(level.chain(below));
            }
        }
    }

    /// Closes the level of the selected row; if it is closed, selects the row it belongs to.
    fn close(&mut self) {
        let Some(row) = self.selected() else { return };
        let (at, depth, direction) = (self.cursor.at, row.path.len(), row.direction);
        let is_beyond = |other: &SandwichRow| other.direction == direction && other.path.len() > depth;
        match direction {
            Some(CallDirection::Callers) if row.is_open => {
                let count = self.rows[..at].iter().rev().take_while(|other| is_beyond(other)).count();
                self.rows.drain(at - count..at);
                self.cursor.at -= count;
                self.cursor.top = self.cursor.top.saturating_sub(count);
            }
            Some(CallDirection::Callees) if row.is_open => {
                let count = self.rows[at + 1..].iter().take_while(|other| is_beyond(other)).count();
                self.rows.drain(at + 1..=at + count);
            }
            Some(direction) => return self.select(self.parent(direction, depth)),
            None => return,
        }
        if let Some(row) = self.rows.get_mut(self.cursor.at) {
            row.is_open = false;
        }
        self.select(self.cursor.at);
    }

    /// Row that the selected one, at `depth`, belongs to.
    fn parent(&self, direction: CallDirection, depth: usize) -> usize {
        let is_parent = |at: &usize| self.rows[*at].path.len() < depth;
        let found = match direction {
            CallDirection::Callers => (self.cursor.at..self.rows.len()).find(is_parent),
            CallDirection::Callees => (0..self.cursor.at).rev().find(is_parent),
        };
        found.unwrap_or(self.cursor.at)
    }

    fn middle_row(&self) -> usize {
        self.rows.iter().position(|row| row.direction.is_none()).unwrap_or(0)
    }

    fn select(&mut self, at: usize) {
        self.cursor.select(at, self.rows.len());
    }

    /// Figures of the function in the middle, the longest form first.
    pub fn figures(&self, context: &ViewContext) -> [String; 2] {
        let Some(middle) = self.middle() else { return [String::new(), String::new()] };
        let unit = context.unit();
        match middle.base {
            None => {
                let total = unit.long(middle.now.total);
                let share = units::percent(middle.now.total, context.answer.column.abs_share_base());
                [format!("{total} {share} of all"), total]
            }
            Some(base) => {
                let change = unit.signed_long(middle.change().delta());
                let both = format!("A {}, B {}", unit.long(base.total), unit.long(middle.now.total));
                [format!("{both}, {change}"), change]
            }
        }
    }

    /// Status: number of callers, callees and nodes.
    pub fn status(&self, context: &ViewContext) -> String {
        let Some(middle) = self.middle() else { return String::new() };
        let count = |direction, noun: &str| {
            let is_adjacent = |row: &&SandwichRow| row.direction == Some(direction) && row.path.len() == 1;
            match self.rows.iter().filter(is_adjacent).count() {
                1 => format!("1 {noun}"),
                count => format!("{} {noun}s", units::commas_u64(count as u64)),
            }
        };
        let places = match middle.places() {
            1 => "1 place".to_owned(),
            count => format!("{} places", units::commas_u64(count as u64)),
        };
        let compared = if context.answer.base.is_some() { ", by change" } else { "" };
        let (callers, callees) = (count(CallDirection::Callers, "caller"), count(CallDirection::Callees, "callee"));
        format!("{callers}, {callees} in {places}{compared}")
    }
}

impl SandwichRow {
    fn new(direction: CallDirection, mut path: Vec<FrameId>, chain: CallChain) -> Self {
        path.push(chain.frame);
        Self { direction: Some(direction), path, is_open: false, chain }
    }
}
