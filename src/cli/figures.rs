//! What a request asks for, loaded and added up: the figures that every report is written from.

use std::sync::Arc;

use crate::analysis::{CallTree, Column, Query};
use crate::base::limits::LimitError;
use crate::base::units::Unit;
use crate::profile::{Series, UnknownSampleType};
use crate::report::{Skipped, Style, Subject};

use super::exit::Exit;
use super::loading;
use super::message::{Failure, Note, warn};
use super::nearest::nearest;
use super::request::Ask;

/// A series with one sample type laid over its call tree.
pub(crate) struct Figures {
    series: Series,
    query: Query,
    tree: Arc<CallTree>,
    column: Column,
    skipped: Vec<Skipped>,
}

impl Figures {
    /// Loads the sources and lays the sample type over the tree. Nothing else is worked out: a report of one type needs
    /// no figures of the others.
    ///
    /// # Errors
    /// [`Failure`] when nothing could be loaded, the sample type is unknown, or a limit was reached.
    pub(crate) fn load(ask: &Ask) -> Result<Self, Failure> {
        let loaded = loading::load(&ask.addresses, &ask.limits)?;
        loading::warnings(&loaded).iter().for_each(warn);
        let series = loaded.series;
        let query = query(&series, ask)?;
        let mut budget = series.budget().clone();
        let tree = Arc::new(CallTree::new(&series, query.shape, &mut budget).map_err(|error| limited(&error))?);
        let column = Column::new(&series, &tree, query.sample_type, &mut budget).map_err(|error| limited(&error))?;
        let skipped = loaded.skipped.into_iter();
        let skipped = skipped.map(|bad| Skipped { source: bad.source, reason: bad.reason.to_string() }).collect();
        let figures = Self { series, query, tree, column, skipped };
        figures.warn();
        Ok(figures)
    }

    /// The figures as a report takes them.
    pub(crate) fn subject(&self, limit: usize, style: Style) -> Subject<'_> {
        let Self { series, query, tree, column, skipped } = self;
        Subject { series, query, tree, column, skipped, limit, style }
    }

    /// Warns of figures that would be misread.
    fn warn(&self) {
        let name = self.series.sample_types()[self.query.sample_type].name.shown();
        if self.column.wraps() {
            warn(&Note::new(format!("sums of `{name}` pass 64 bits, and wrap as they do in pprof")));
        }
        if self.column.weight(CallTree::ROOT) == 0 {
            warn(&Note { line: format!("no values for `{name}`"), hint: self.others_with_values() });
        }
    }

    /// The sample types that do have values, as one would ask for them.
    fn others_with_values(&self) -> Option<String> {
        let types = self.series.sample_types().iter().map(|sample_type| {
            let totals = self.series.snapshots().iter().map(|snapshot| {
                let place = snapshot.header.sample_types.iter().position(|own| own.name == sample_type.name);
                place.map_or(0, |place| snapshot.header.totals[place])
            });
            (sample_type, totals.sum::<i128>())
        });
        let filled = types.filter(|(_, total)| *total != 0).map(|(sample_type, total)| {
            let total = Unit::of(sample_type.unit.raw()).long(i64::try_from(total).unwrap_or(i64::MAX));
            format!("`--sample-type {}` has {total}", sample_type.name.shown())
        });
        Some(filled.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
    }
}

/// The question that the request asks of the series.
///
/// # Errors
/// [`Failure`] when the sample type is unknown.
pub(crate) fn query(series: &Series, ask: &Ask) -> Result<Query, Failure> {
    let sample_type = match &ask.sample_type {
        None => series.default_sample_type(),
        Some(asked) => series.find_sample_type(asked).map_err(|error| unknown(&error))?,
    };
    Ok(Query { sample_type, shape: ask.shape, search: None })
}

/// A sample type that is none, with the one that was probably meant.
fn unknown(error: &UnknownSampleType) -> Failure {
    let hint = match error.asked.parse::<i64>() {
        Ok(_) => Some(format!("their numbers go from 0 to {}", error.known.len().saturating_sub(1))),
        Err(_) => {
            nearest(&error.asked, error.known.iter().map(String::as_str)).map(|name| format!("did you mean `{name}`?"))
        }
    };
    Failure::input(error.to_string(), hint)
}

/// A limit that was reached, as a failure.
pub(crate) fn limited(error: &LimitError) -> Failure {
    let hint = Some(format!("{} raises the limit", error.option));
    Failure { exit: Exit::Limit, notes: vec![Note { line: error.to_string(), hint }] }
}
