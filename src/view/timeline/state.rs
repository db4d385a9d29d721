//! The timeline's state: a line of heights, and where the windows lie under it.

use std::ops::Range;
use std::sync::Arc;

use crate::analysis::{CallTree, Leaves, Window};
use crate::base::ids::NodeId;
use crate::base::units::SHORT_CELLS;
use crate::base::width::width;
use crate::layout::plot;
use crate::profile::{Series, Side};
use crate::view::look::{Look, Names};

/// Cells that the line should have at least.
const LEAST: usize = 10;
/// Cells of the name at the end of the second row.
const NAME: usize = 24;

/// What a line was made from, but for the windows under it.
#[derive(Clone, Debug)]
struct Source {
    series: Arc<Series>,
    leaves: Option<Arc<Leaves>>,
    node: NodeId,
    sample_type: usize,
    names: Names,
    cells: usize,
}

impl Source {
    fn of(look: &Look, cells: usize) -> Self {
        let answer = look.answer;
        Self {
            series: Arc::clone(&answer.series),
            leaves: answer.leaves.clone(),
            node: look.place.pick().node(),
            sample_type: answer.query.sample_type,
            names: look.dress.names,
            cells,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        let leaves = match (&self.leaves, &other.leaves) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let rest = |source: &Self| (source.node, source.sample_type, source.names, source.cells);
        leaves && Arc::ptr_eq(&self.series, &other.series) && rest(self) == rest(other)
    }
}

/// The timeline's state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// When the first snapshot was taken.
    pub first: String,
    /// When the last was.
    pub last: String,
    /// Eighths of a cell, column by column.
    pub heights: Vec<u8>,
    /// The largest figure, which is as high as a cell.
    pub most: String,
    /// Whose line it is.
    pub name: String,
    /// The windows: their letter and their columns.
    pub marks: Vec<(&'static str, Range<usize>)>,
    /// Columns in which a process begins.
    pub restarts: Vec<usize>,
    source: Option<Source>,
}

impl State {
    /// How many rows the timeline wants: none where there is one snapshot.
    pub fn rows_wanted(look: &Look) -> u16 {
        if look.answer.series.side(Side::Main).len() > 1 { 2 } else { 0 }
    }

    /// Makes the line anew for so many cells, and the windows under it. A window that moves goes through no snapshots.
    pub fn fit(&mut self, look: &Look, cells: usize) {
        let source = Source::of(look, cells);
        if !self.source.as_ref().is_some_and(|before| before.is_same(&source)) {
            *self = Self { source: Some(source), ..Self::default() };
            self.draw_line(look, cells);
        }
        let (query, side) = (&look.answer.query, look.answer.series.side(Side::Main));
        let cells = self.heights.len();
        let columns = |window: Window| {
            let range = window.first.checked_sub(side.start)?..window.last + 1 - side.start;
            (range.end <= side.len() && cells > 0).then(|| plot::columns_of(range, cells, side.len()))
        };
        let windows = [("A", query.base), ("B", Some(query.window))];
        let marked = windows.into_iter().filter_map(|(letter, window)| Some((letter, columns(window?)?)));
        self.marks = marked.collect();
    }

    /// The line: the selected place's where it is not the whole, else the total's.
    fn draw_line(&mut self, look: &Look, cells: usize) {
        let answer = look.answer;
        let side = answer.series.side(Side::Main);
        if cells == 0 || side.len() < 2 {
            return;
        }
        let times = |at: usize| answer.series.snapshots()[at].header.time_nanos;
        let clock = |at: usize, number: usize| {
            if times(at) == 0 { number.to_string() } else { (look.clock)(times(at)) }
        };
        (self.first, self.last) = (clock(side.start, 1), clock(side.end - 1, side.len()));
        let node = look.place.pick().node();
        let chosen = answer.query.sample_type;
        let leaves = answer.leaves.as_ref().filter(|_| node != CallTree::ROOT);
        let line: Vec<i64> = if let Some(leaves) = leaves {
            leaves.line(&answer.tree, node, side.clone())
        } else {
            side.clone().map(|at| answer.sieved.total(&answer.series.snapshots()[at], chosen)).collect()
        };
        // At the same columns whatever is selected, so that a move changes the heights alone.
        let most = look.unit().short(line.iter().copied().max().unwrap_or(0));
        self.most = format!("max {most:>SHORT_CELLS$}");
        let beside = width(&self.last) + 2 + width(&self.most);
        self.name = match leaves {
            Some(_) => look.label(answer.tree.frame(node), NAME.min(beside)).into_owned(),
            None => String::from("all"),
        };
        let cells = cells.saturating_sub(width(&self.first) + beside + 4);
        if cells < LEAST {
            return;
        }
        self.heights = plot::heights(&line, cells);
        let restarts = side.clone().filter(|at| answer.timeline.restarts(*at)).map(|at| at - side.start);
        self.restarts = restarts.map(|at| plot::columns_of(at..at + 1, cells, side.len()).start).collect();
    }
}
