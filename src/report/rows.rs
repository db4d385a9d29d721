//! Rows of a report: one for each function, or for each unit of another granularity, with its figures.

use std::cmp::Ordering;
use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::{Change, Flat, Noise, Presence, Uncertainty};
use crate::base::ids::NodeId;
use crate::base::names::NO_STACK;
use crate::base::safe_text::{SafeText, display_name};

use super::advice::RowAdvice;
use super::row_order::RowOrder;
use super::{Subject, csv};

/// Figures of one function, or of a file, line or other unit of the granularity.
#[derive(Serialize)]
pub(super) struct FunctionRow<'a> {
    pub(super) name: &'a str,
    /// File of the row; `None` if the row comes from several files or none is known.
    pub(super) file: Option<&'a str>,
    #[serde(rename = "self")]
    pub(super) own: i64,
    pub(super) total: i64,
    base_self: Option<i64>,
    base_total: Option<i64>,
    /// Noise of the change of the row's self; `None` without a base.
    #[serde(flatten)]
    noise: Option<ChangeNoise>,
    /// Part that moved code has in the change of the row.
    #[serde(skip)]
    moves: RowMoves,
    /// Index among the rows of the tree.
    #[serde(skip)]
    pub(super) index: usize,
}

/// Sampling noise of a change.
#[derive(Clone, Copy, Serialize)]
pub(super) struct ChangeNoise {
    /// Standard deviation; `None` if unknown.
    sigma: Option<f64>,
    /// True if the change is at most two standard deviations.
    within_noise: bool,
}

impl ChangeNoise {
    pub(super) fn new(change: i64, uncertainty: Option<Uncertainty>) -> Self {
        let within_noise = uncertainty.is_some_and(|uncertainty| uncertainty.covers(change));
        Self { sigma: uncertainty.map(|uncertainty| uncertainty.sigma), within_noise }
    }
}

/// Part that moved code has in the change of a row.
#[derive(Clone, Copy, Default)]
pub(super) struct RowMoves {
    /// True if a function of the row has another name in the other window.
    is_paired: bool,
    /// Change of self that cancels against rows with other names of the functions.
    cancelled: i64,
}

impl RowMoves {
    /// Moves of every row of the tree.
    pub(super) fn of_rows(subject: &Subject<'_>) -> Vec<Self> {
        let frames = subject.tree().frames();
        let mut moves = vec![Self::default(); frames.rows().len()];
        let Some(base) = &subject.answer.base else { return moves };
        for frame in base.changes.moved.iter().flat_map(|pair| [pair.from, pair.to]) {
            moves[frames.row(frame)].is_paired = true;
        }
        for frame in frames.ids() {
            let row = &mut moves[frames.row(frame)];
            row.cancelled = row.cancelled.saturating_add(base.changes.cancelled(frame));
        }
        moves
    }

    /// Change of a figure of the row, moved where only one window has it and the other one has it under another name.
    pub(super) fn change(self, change: Change) -> Change {
        match change.presence {
            Presence::New | Presence::Gone if self.is_paired => Change { presence: Presence::Moved, ..change },
            _ => change,
        }
    }
}

impl FunctionRow<'_> {
    /// Change of the row's self.
    pub(super) fn own_change(&self) -> Change {
        let sigma = self.noise.and_then(|noise| noise.sigma);
        let uncertainty = sigma.map(|sigma| Uncertainty { sigma, step: 0.0 });
        let (base, current, presence) = (self.base_self.unwrap_or(0), self.own, self.total_change().presence);
        Change { base, current, presence, uncertainty }
    }

    /// Change of the row's self after moved code cancels, a part of the growth or the shrinkage of the comparison.
    pub(super) fn net_change(&self) -> i64 {
        self.own_change().delta().saturating_sub(self.moves.cancelled)
    }

    /// Change of the row's total.
    pub(super) fn total_change(&self) -> Change {
        self.moves.change(Change::of(self.base_total.unwrap_or(0), self.total, None))
    }

    /// Figure that an order compares; 0 for an order by text.
    fn weight(&self, order: RowOrder) -> u64 {
        match order {
            RowOrder::Own => self.own.unsigned_abs(),
            RowOrder::Total => self.total.unsigned_abs(),
            RowOrder::Change => self.own.abs_diff(self.base_self.unwrap_or(0)),
            RowOrder::TotalChange => self.total.abs_diff(self.base_total.unwrap_or(0)),
            RowOrder::BaseOwn => self.base_self.unwrap_or(0).unsigned_abs(),
            RowOrder::Name | RowOrder::File => 0,
        }
    }
}

/// Writes rows as comma-separated values; the cells of the base are empty without a base.
pub(super) fn write_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows(subject);
    let mut beside = RowAdvice::new(subject);
    let figure = |figure: Option<i64>| figure.map_or_else(String::new, |figure| figure.to_string());
    let is_advised = beside.is_some();
    let cells = rows[..subject.wanted(rows.len())].iter().map(|row| {
        let mut cells = vec![row.name.to_owned(), row.file.unwrap_or_default().to_owned()];
        cells.extend([row.own.to_string(), row.total.to_string(), figure(row.base_self), figure(row.base_total)]);
        cells.extend(beside.iter_mut().flat_map(|beside| beside.cells(row.index)));
        cells
    });
    let heads = ["name", "file", "self", "total", "base_self", "base_total"].into_iter();
    let heads: Vec<&str> = heads.chain(RowAdvice::HEADS.into_iter().filter(|_| is_advised)).collect();
    csv::write(out, &heads, cells)
}

/// Raw names of the call path of a node, the outermost first.
pub(super) fn raw_path<'a>(subject: &Subject<'a>, node: NodeId) -> Vec<&'a str> {
    let (tree, frames) = (subject.tree(), subject.tree().frames());
    tree.path(node).into_iter().skip(1).map(|node| frames.name(tree.frame(node))).collect()
}

/// Call path of a node for display: at most `most` frames, from the allocating frame upwards.
pub(super) fn path(subject: &Subject<'_>, node: NodeId, most: usize) -> String {
    let (tree, frames) = (subject.tree(), subject.tree().frames());
    let path = tree.path(node);
    let names = path.iter().skip(1).rev().map(|node| display_name(frames.shown(tree.frame(*node))).to_owned());
    let is_cut = names.len() > most;
    let shown: Vec<String> = names.take(most).chain(is_cut.then(|| "…".to_owned())).collect();
    if shown.is_empty() { NO_STACK.to_owned() } else { shown.join(" < ") }
}

/// Standard deviation of the change of the self of every row; `None` if unknown.
fn row_sigmas(subject: &Subject<'_>, noise: Option<&Noise>) -> Option<Vec<f64>> {
    Some(noise?.row_uncertainties(subject.tree().frames()).into_iter().map(|row| row.sigma).collect())
}

/// Returns the rows that have a value, in the requested order, by default by self (or with a base by the change of
/// self), then by name.
pub(super) fn rows<'a>(subject: &Subject<'a>) -> Vec<FunctionRow<'a>> {
    let flat = subject.answer.rows();
    let base = subject.base().map(|base| Flat::by_row(subject.tree(), base));
    let noise = subject.answer.base.as_ref().map(|base| row_sigmas(subject, base.noise.as_deref()));
    let noise = |index: usize, own: i64| {
        let sigma = noise.as_ref()?.as_ref().map(|sigmas| sigmas[index]);
        let change = own.saturating_sub(base.as_ref().map_or(0, |base| base.selfs()[index]));
        Some(ChangeNoise::new(change, sigma.map(|sigma| Uncertainty { sigma, step: 0.0 })))
    };
    let moves = RowMoves::of_rows(subject);
    // The first row is the root, which is no function.
    let described = subject.tree().frames().rows().iter().enumerate().skip(1);
    let mut rows: Vec<FunctionRow<'a>> = described
        .map(|(index, row)| FunctionRow {
            name: row.name.raw(),
            file: row.file.as_ref().map(SafeText::raw),
            own: flat.selfs()[index],
            total: flat.totals()[index],
            base_self: base.as_ref().map(|base| base.selfs()[index]),
            base_total: base.as_ref().map(|base| base.totals()[index]),
            noise: noise(index, flat.selfs()[index]),
            moves: moves[index],
            index,
        })
        .filter(|row| {
            let base = [row.base_self, row.base_total].map(Option::unwrap_or_default);
            [row.own, row.total, base[0], base[1]].iter().any(|figure| *figure != 0)
        })
        .collect();
    let usual = if base.is_some() { RowOrder::Change } else { RowOrder::Own };
    let order = subject.sort.unwrap_or(usual);
    let file = |row: &FunctionRow<'a>| (row.file.is_none(), row.file);
    rows.sort_by(|a, b| {
        let by_file = if order == RowOrder::File { file(a).cmp(&file(b)) } else { Ordering::Equal };
        b.weight(order).cmp(&a.weight(order)).then(by_file).then_with(|| a.name.cmp(b.name))
    });
    rows
}
