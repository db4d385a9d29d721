//! The sandwich's state: the function in the middle, the rows that are opened, and the one that is selected.
//!
//! Rows are kept as they stand on the screen: callers from the furthest to the nearest, the middle, callees from the
//! nearest on. What is opened stands beyond the row that it is of, so that a chain of calls reads from the top down.

use std::sync::Arc;

use crate::analysis::sandwich::{CallChain, CallDirection};
use crate::analysis::{Answer, CallTree, Column};
use crate::base::ids::{FrameId, NodeId};
use crate::layout::panes::Area;
use crate::layout::viewport;
use crate::view::navigation::{Navigation, Selection};
use crate::view::sandwich::Action;

/// Functions further back than this are forgotten.
const MOST_BEFORE: usize = 200;

/// A row as it stands.
#[derive(Clone, Debug)]
pub struct SandwichRow {
    /// Which way it is from the middle; none for the middle.
    pub way: Option<CallDirection>,
    /// The frames from the middle to it, the middle left out.
    pub path: Vec<FrameId>,
    /// Whether its next level stands too.
    pub is_open: bool,
    /// What it says.
    pub row: CallChain,
}

/// What rows are made of: of the same they are the same.
#[derive(Clone, Debug)]
struct SandwichBasis {
    tree: Arc<CallTree>,
    columns: [Option<Arc<Column>>; 2],
}

impl SandwichBasis {
    fn of(answer: &Answer) -> Self {
        let base = answer.base.as_ref().map(|base| Arc::clone(&base.column));
        Self { tree: Arc::clone(&answer.tree), columns: [Some(Arc::clone(&answer.column)), base] }
    }

    fn is(&self, answer: &Answer) -> bool {
        let address = |column: &Option<Arc<Column>>| column.as_ref().map(Arc::as_ptr);
        let other = Self::of(answer);
        Arc::ptr_eq(&self.tree, &other.tree)
            && self.columns.each_ref().map(address) == other.columns.each_ref().map(address)
    }
}

/// The frames from the middle to a row by name, and which way.
type Chain = (Option<CallDirection>, Vec<Box<str>>);

/// The sandwich's state.
#[derive(Clone, Debug, Default)]
pub struct SandwichState {
    /// The name of the function in the middle.
    middle: Option<Box<str>>,
    basis: Option<SandwichBasis>,
    lines: Vec<SandwichRow>,
    at: usize,
    top: usize,
    area: Area,
    back: Vec<Box<str>>,
    forward: Vec<Box<str>>,
}

impl SandwichState {
    /// The rows from the top down.
    pub fn lines(&self) -> &[SandwichRow] {
        &self.lines
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&SandwichRow> {
        self.lines.get(self.at)
    }

    /// The place of the selected row.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The first row that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The name of the function in the middle, where there is one.
    pub fn middle_name(&self) -> Option<&str> {
        self.middle.as_deref()
    }

    /// The row in the middle.
    pub fn middle(&self) -> Option<&CallChain> {
        self.lines.iter().find(|line| line.way.is_none()).map(|line| &line.row)
    }

    /// How many rows stand next to the middle.
    pub fn count(&self, way: CallDirection) -> usize {
        self.lines.iter().filter(|line| line.way == Some(way) && line.path.len() == 1).count()
    }

    /// Whether there is a function to go back to.
    pub fn has_before(&self) -> bool {
        !self.back.is_empty()
    }

    /// Where the selected row stands, counted from the corner of the sandwich.
    pub fn spot(&self) -> Option<(usize, usize)> {
        let row = self.at.checked_sub(self.top).filter(|row| *row < self.shown() && !self.lines.is_empty())?;
        Some((0, row + 1))
    }

    /// Puts a function in the middle.
    pub fn focus(&mut self, answer: &Answer, frame: FrameId) {
        let name: Box<str> = answer.tree.frames().name(frame).into();
        if self.middle.as_ref() == Some(&name) && self.middle().is_some() {
            return self.go(self.middle_at());
        }
        if let Some(before) = self.middle.replace(name) {
            self.back.push(before);
            let over = self.back.len().saturating_sub(MOST_BEFORE);
            self.back.drain(..over);
        }
        self.forward.clear();
        self.begin(answer);
    }

    /// Makes the rows again where they are not of what shows now. What was opened stays open, what was selected stays
    /// selected, as far as it still is there.
    pub fn follow(&mut self, answer: &Answer) {
        if self.middle.is_none() || self.basis.as_ref().is_some_and(|basis| basis.is(answer)) {
            return;
        }
        let Some(before) = self.basis.take() else { return self.begin(answer) };
        let named = |line: &SandwichRow| -> Chain {
            let name = |frame: &FrameId| before.tree.frames().name(*frame).into();
            (line.way, line.path.iter().map(name).collect())
        };
        let mut open: Vec<Chain> = self.lines.iter().filter(|line| line.is_open).map(named).collect();
        // A row can be opened when the one that it is of is.
        open.sort_by_key(|(_, path)| path.len());
        let selected = self.selected().map(named);
        let distance = self.at.saturating_sub(self.top);
        self.make(answer);
        for way in open.iter().filter(|(way, _)| way.is_some()) {
            if let Some(at) = self.find(answer, way) {
                self.open(answer, at);
            }
        }
        self.at = selected.and_then(|way| self.find(answer, &way)).unwrap_or_else(|| self.middle_at());
        self.top = viewport::follow(self.at.saturating_sub(distance), self.shown(), self.lines.len(), self.at);
    }

    /// Takes in where it stands.
    pub fn fit(&mut self, area: Area) {
        let was = std::mem::replace(&mut self.area, area);
        if was.height == area.height {
            self.top = viewport::clamp(self.top, self.shown(), self.lines.len());
        } else {
            self.centre();
        }
    }

    /// Does what a key asks, and selects the row's largest place for all views.
    pub fn act(&mut self, answer: &Answer, place: &mut Navigation, action: Action) {
        let last = self.lines.len().saturating_sub(1);
        let page = self.shown().saturating_sub(1).max(1);
        match action {
            Action::Up => self.go(self.at.saturating_sub(1)),
            Action::Down => self.go((self.at + 1).min(last)),
            Action::Top => self.go(0),
            Action::Bottom => self.go(last),
            Action::PageUp => self.go(self.at.saturating_sub(page)),
            Action::PageDown => self.go((self.at + page).min(last)),
            Action::Middle => self.go(self.middle_at()),
            Action::Open => {
                self.open(answer, self.at);
                self.go(self.at);
            }
            Action::Close => self.close(),
            Action::Focus => {
                if let Some(frame) = self.selected().map(|line| line.row.frame) {
                    self.focus(answer, frame);
                }
            }
            Action::Back => self.step(answer, TreeStep::Back),
            Action::Forward => self.step(answer, TreeStep::Forward),
        }
        if let Some(node) = self.node() {
            place.select(Selection::Node(node));
        }
    }

    /// The largest place of the selected row.
    pub fn node(&self) -> Option<NodeId> {
        self.selected().map(|line| line.row.node)
    }

    fn step(&mut self, answer: &Answer, step: TreeStep) {
        let (from, to) = match step {
            TreeStep::Back => (&mut self.back, &mut self.forward),
            TreeStep::Forward => (&mut self.forward, &mut self.back),
        };
        let Some(name) = from.pop() else { return };
        to.extend(self.middle.replace(name));
        self.begin(answer);
    }

    /// Makes the rows of another function.
    fn begin(&mut self, answer: &Answer) {
        self.make(answer);
        self.at = self.middle_at();
        self.centre();
    }

    /// The middle and one level on both sides.
    fn make(&mut self, answer: &Answer) {
        self.basis = Some(SandwichBasis::of(answer));
        self.lines.clear();
        let frame = self.middle.as_deref().and_then(|name| answer.tree.frames().find(name));
        let Some(row) = frame.and_then(|frame| CallChain::middle(answer, frame)) else { return };
        let level = |way| row.next(answer, way).into_iter().map(move |row| SandwichRow::new(way, Vec::new(), row));
        let mut lines: Vec<SandwichRow> = level(CallDirection::Callers).collect();
        // The largest caller stands next to the middle.
        lines.reverse();
        let callees: Vec<SandwichRow> = level(CallDirection::Callees).collect();
        lines.push(SandwichRow { way: None, path: Vec::new(), is_open: true, row });
        lines.extend(callees);
        self.lines = lines;
    }

    fn find(&self, answer: &Answer, (way, path): &Chain) -> Option<usize> {
        let frames = answer.tree.frames();
        let is_same = |line: &SandwichRow| {
            let names = line.path.iter().map(|frame| frames.name(*frame));
            line.way == *way && line.path.len() == path.len() && names.eq(path.iter().map(|name| &**name))
        };
        self.lines.iter().position(is_same)
    }

    /// Opens a row; one that is open, or has nothing further, stays as it is.
    fn open(&mut self, answer: &Answer, at: usize) {
        let Some(line) = self.lines.get_mut(at).filter(|line| !line.is_open) else { return };
        let Some(way) = line.way else { return };
        let rows = line.row.next(answer, way);
        if rows.is_empty() {
            return;
        }
        line.is_open = true;
        let path = line.path.clone();
        let level = rows.into_iter().map(|row| SandwichRow::new(way, path.clone(), row));
        match way {
            CallDirection::Callers => {
                let level: Vec<SandwichRow> = level.rev().collect();
                let count = level.len();
                self.lines.splice(at..at, level);
                // What is selected stays selected, and where it was.
                self.at += if self.at >= at { count } else { 0 };
                self.top += if self.at > at { count } else { 0 };
            }
            CallDirection::Callees => {
                let below = self.lines.split_off(at + 1);
                self.lines.extend(level.chain(below));
            }
        }
    }

    /// Closes the selected row; where it is closed, goes to the row that it is of.
    fn close(&mut self) {
        let Some(line) = self.selected() else { return };
        let (depth, way) = (line.path.len(), line.way);
        let is_below = |other: &SandwichRow| other.way == way && other.path.len() > depth;
        match way {
            Some(CallDirection::Callers) if line.is_open => {
                let count = self.lines[..self.at].iter().rev().take_while(|other| is_below(other)).count();
                self.lines.drain(self.at - count..self.at);
                self.at -= count;
                self.top = self.top.saturating_sub(count);
            }
            Some(CallDirection::Callees) if line.is_open => {
                let count = self.lines[self.at + 1..].iter().take_while(|other| is_below(other)).count();
                self.lines.drain(self.at + 1..=self.at + count);
            }
            Some(way) => return self.go(self.parent(way, depth)),
            None => return,
        }
        if let Some(line) = self.lines.get_mut(self.at) {
            line.is_open = false;
        }
        self.go(self.at);
    }

    /// The row that the selected one, at `depth`, is of.
    fn parent(&self, way: CallDirection, depth: usize) -> usize {
        let is_it = |at: &usize| self.lines[*at].path.len() < depth;
        let found = match way {
            CallDirection::Callers => (self.at..self.lines.len()).find(is_it),
            CallDirection::Callees => (0..self.at).rev().find(is_it),
        };
        found.unwrap_or(self.at)
    }

    fn middle_at(&self) -> usize {
        self.lines.iter().position(|line| line.way.is_none()).unwrap_or(0)
    }

    fn go(&mut self, at: usize) {
        self.at = at;
        self.top = viewport::follow(self.top, self.shown(), self.lines.len(), at);
    }

    /// The selected row comes to stand in the middle.
    fn centre(&mut self) {
        self.top = viewport::clamp(self.at.saturating_sub(self.shown() / 2), self.shown(), self.lines.len());
    }

    /// How many rows show.
    fn shown(&self) -> usize {
        usize::from(self.area.height).saturating_sub(1)
    }
}

impl SandwichRow {
    fn new(way: CallDirection, mut path: Vec<FrameId>, row: CallChain) -> Self {
        path.push(row.frame);
        Self { way: Some(way), path, is_open: false, row }
    }
}

#[derive(Clone, Copy)]
enum TreeStep {
    Back,
    Forward,
}
