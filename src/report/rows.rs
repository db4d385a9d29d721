//! The rows of a report: every function, or whatever the granularity makes of frames, with its figures.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::{Change, Flat};
use crate::base::ids::NodeId;
use crate::base::safe_text::{Text, named};

use super::advice::RowAdvice;
use super::{Subject, csv};

/// One function, or whatever the granularity makes of frames.
#[derive(Serialize)]
pub(super) struct FunctionRow<'a> {
    pub(super) name: &'a str,
    /// The only file that the row comes from.
    file: Option<&'a str>,
    #[serde(rename = "self")]
    pub(super) own: i64,
    pub(super) total: i64,
    base_self: Option<i64>,
    base_total: Option<i64>,
    /// Where it stands among the rows of the tree.
    #[serde(skip)]
    pub(super) index: usize,
}

impl FunctionRow<'_> {
    /// What became of its own figure.
    pub(super) fn own_change(&self) -> Change {
        Change::of(self.base_self.unwrap_or(0), self.own, None)
    }

    /// What became of its total.
    pub(super) fn total_change(&self) -> Change {
        Change::of(self.base_total.unwrap_or(0), self.total, None)
    }

    /// What the rows are ordered by: the own figure, or by how much it changed.
    fn weight(&self) -> u64 {
        match self.base_self {
            None => self.own.unsigned_abs(),
            Some(base) => self.own.abs_diff(base),
        }
    }
}

/// Writes rows as comma-separated values, those of a base empty where there is none.
pub(super) fn write_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows(subject);
    let mut beside = RowAdvice::new(subject);
    let figure = |figure: Option<i64>| figure.map_or_else(String::new, |figure| figure.to_string());
    let is_advised = beside.is_some();
    let cells = rows[..subject.wanted(rows.len())].iter().map(|row| {
        let mut cells = vec![row.name.to_owned(), row.file.unwrap_or_default().to_owned()];
        cells.extend([row.own.to_string(), row.total.to_string(), figure(row.base_self), figure(row.base_total)]);
        cells.extend(beside.iter_mut().flat_map(|beside| beside.cells(row)));
        cells
    });
    let heads = ["name", "file", "self", "total", "base_self", "base_total"].into_iter();
    let heads: Vec<&str> = heads.chain(RowAdvice::HEADS.into_iter().filter(|_| is_advised)).collect();
    csv::write(out, &heads, cells)
}

/// The names on the way to a node as they are in the file, the outermost first.
pub(super) fn raw_path<'a>(subject: &Subject<'a>, node: NodeId) -> Vec<&'a str> {
    let (tree, frames) = (subject.tree(), subject.tree().frames());
    tree.path(node).into_iter().skip(1).map(|node| frames.name(tree.frame(node))).collect()
}

/// The way to a node as people read it: from the frame that allocates upwards, `most` frames of it.
pub(super) fn path(subject: &Subject<'_>, node: NodeId, most: usize) -> String {
    let (tree, frames) = (subject.tree(), subject.tree().frames());
    let path = tree.path(node);
    let names = path.iter().skip(1).rev().map(|node| named(frames.shown(tree.frame(*node))).to_owned());
    let is_cut = names.len() > most;
    let shown: Vec<String> = names.take(most).chain(is_cut.then(|| "…".to_owned())).collect();
    shown.join(" < ")
}

/// Every row that has a value, by the size of its self (or of its change, where there is a base), then by name.
pub(super) fn rows<'a>(subject: &Subject<'a>) -> Vec<FunctionRow<'a>> {
    let flat = Flat::by_row(subject.tree(), subject.column());
    let base = subject.base().map(|base| Flat::by_row(subject.tree(), base));
    // The first row is the root's, which is no function.
    let described = subject.tree().frames().rows().iter().enumerate().skip(1);
    let mut rows: Vec<FunctionRow<'a>> = described
        .map(|(index, row)| FunctionRow {
            name: row.name.raw(),
            file: row.file.as_ref().map(Text::raw),
            own: flat.selfs()[index],
            total: flat.totals()[index],
            base_self: base.as_ref().map(|base| base.selfs()[index]),
            base_total: base.as_ref().map(|base| base.totals()[index]),
            index,
        })
        .filter(|row| {
            let base = [row.base_self, row.base_total].map(Option::unwrap_or_default);
            [row.own, row.total, base[0], base[1]].iter().any(|figure| *figure != 0)
        })
        .collect();
    rows.sort_by(|a, b| b.weight().cmp(&a.weight()).then_with(|| a.name.cmp(b.name)));
    rows
}
