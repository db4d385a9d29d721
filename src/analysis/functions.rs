//! Functions with their figures, as `report top` lists them, for programs that use the library.

use std::sync::Arc;

use crate::analysis::{Answer, Flat, OutOfRange, Query, QueryError, derive};
use crate::base::units::Unit;
use crate::profile::Series;

/// Figures of one function, or of one frame at another granularity of the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Function<'a> {
    /// Name for display: demangled, without characters that a terminal acts upon.
    pub name: &'a str,
    /// Name as it is in the file.
    pub raw_name: &'a str,
    /// Self, pprof's flat: allocated by the function itself.
    pub own: i64,
    /// Total, pprof's cum: allocated by the function and by all that it called.
    pub total: i64,
    /// Self in the base window; `None` without a base.
    pub base_own: Option<i64>,
    /// Total in the base window; `None` without a base.
    pub base_total: Option<i64>,
}

impl Answer {
    /// Answers a query; the same as [`derive()`] without an earlier answer, except that windows are not clamped.
    ///
    /// # Errors
    /// [`QueryError`] when a filter is invalid, the series does not have the sample type, a window or an instance, or the
    /// call tree exceeds the limits.
    pub fn new(series: &Arc<Series>, query: &Query) -> Result<Self, QueryError> {
        OutOfRange::check_all(series, query)?;
        derive(series, query, None)
    }

    /// Answers another query of the series of this answer, reusing the steps of `before`.
    ///
    /// The query is asked of the series as it was recorded: [`derive()`] reverses stacks itself, and would reverse those
    /// of [`Answer::series`] twice.
    ///
    /// # Errors
    /// [`QueryError`] when a filter is invalid, or the call tree exceeds the limits.
    pub fn requery(&self, query: &Query, before: Option<&Self>) -> Result<Self, QueryError> {
        derive(self.recorded_series(), query, before)
    }

    /// Unit of the sample type of the query.
    pub fn unit(&self) -> Unit {
        self.series.sample_types().get(self.query.sample_type).map_or(Unit::of("count"), |one| Unit::of(one.unit.raw()))
    }

    /// Functions with a figure that is not zero, the largest self first, equal ones by name.
    ///
    /// The figures are in the [unit](Answer::unit) of the sample type, and equal those of `pprof -top`.
    pub fn functions(&self) -> impl ExactSizeIterator<Item = Function<'_>> {
        let flat = self.rows();
        let base = self.base.as_ref().map(|base| Flat::by_row(&self.tree, &base.column));
        // The first row is the root's, which is no function.
        let rows = self.tree.frames().rows().iter().enumerate().skip(1);
        let mut functions: Vec<Function<'_>> = rows
            .map(|(index, row)| Function {
                name: row.name.shown(),
                raw_name: row.name.raw(),
                own: flat.selfs()[index],
                total: flat.totals()[index],
                base_own: base.as_ref().map(|base| base.selfs()[index]),
                base_total: base.as_ref().map(|base| base.totals()[index]),
            })
            .filter(|function| {
                let Function { own, total, base_own, base_total, .. } = *function;
                [own, total, base_own.unwrap_or(0), base_total.unwrap_or(0)].iter().any(|figure| *figure != 0)
            })
            .collect();
        functions
            .sort_by(|a, b| b.own.unsigned_abs().cmp(&a.own.unsigned_abs()).then_with(|| a.raw_name.cmp(b.raw_name)));
        functions.into_iter()
    }
}
