//! The timeline's state: a line of heights, and where the windows lie under it.

use std::ops::Range;

use crate::analysis::{CallTree, Window};
use crate::base::width::width;
use crate::layout::plot;
use crate::profile::Side;
use crate::view::look::Look;

/// Cells that the line should have at least.
const LEAST: usize = 10;
/// Cells of the name at the end of the second row.
const NAME: usize = 24;

/// The timeline's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
}

impl State {
    /// How many rows the timeline wants: none where there is one snapshot.
    pub fn rows_wanted(look: &Look) -> u16 {
        if look.answer.series.side(Side::Main).len() > 1 { 2 } else { 0 }
    }

    /// Makes the line anew for so many cells: the selected place's where it is not the whole, else the total's.
    pub fn fit(&mut self, look: &Look, cells: usize) {
        *self = Self::default();
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
        let line = if let Some(leaves) = answer.leaves.as_ref().filter(|_| node != CallTree::ROOT) {
            self.name = look.label(answer.tree.frame(node), NAME).into_owned();
            leaves.line(&answer.tree, node, side.clone())
        } else {
            self.name = String::from("all");
            let total = |at: usize| i64::try_from(answer.series.snapshots()[at].totals[chosen]).unwrap_or(i64::MAX);
            side.clone().map(total).collect()
        };
        self.most = format!("max {}", look.unit().short(line.iter().copied().max().unwrap_or(0)));
        let taken = width(&self.first) + width(&self.last) + width(&self.most) + 6;
        let cells = cells.saturating_sub(taken);
        if cells < LEAST {
            return;
        }
        self.heights = plot::heights(&line, cells);
        let columns = |window: Window| {
            let range = window.first.checked_sub(side.start)?..window.last + 1 - side.start;
            (range.end <= side.len()).then(|| plot::columns_of(range, cells, side.len()))
        };
        let windows = [("A", answer.query.base), ("B", Some(answer.query.window))];
        let marked = windows.into_iter().filter_map(|(letter, window)| Some((letter, columns(window?)?)));
        self.marks = marked.collect();
        let restarts = side.clone().filter(|at| answer.timeline.restarts(*at));
        self.restarts = restarts
            .map(|at| plot::columns_of(at - side.start..at + 1 - side.start, cells, side.len()).start)
            .collect();
    }
}
