//! Answers, as a chain of pure steps: tree, column, flat figures, hits. Each step is kept with what it was made from, so
//! that a question which differs in one point makes only what depends on it.

use std::sync::Arc;

use crate::analysis::column::Sums;
use crate::analysis::{CallTree, Column, Flat, Hits, Query};
use crate::base::clean;
use crate::base::limits::{Budget, LimitError};
use crate::base::names::{Language, language_of};
use crate::profile::Series;

/// The answer to a query.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The question.
    pub query: Query,
    /// What was asked.
    pub series: Arc<Series>,
    /// The call tree.
    pub tree: Arc<CallTree>,
    /// The chosen sample type over the tree.
    pub column: Arc<Column>,
    /// Figures by frame, for each sample type of the series.
    pub flats: Arc<[Flat]>,
    /// What the search found, while there is one.
    pub hits: Option<Arc<Hits>>,
    /// The language that most names are in.
    pub language: Language,
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A pattern is no regular expression.
    #[error("`{pattern}` is no regular expression: {reason}")]
    BadPattern {
        /// The pattern, made safe to show.
        pattern: String,
        /// What is wrong with it, in one line.
        reason: String,
    },
    /// The answer does not fit the heap budget.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl QueryError {
    pub(super) fn bad_pattern(pattern: &str, error: &regex::Error) -> Self {
        // The message draws the pattern and points into it over several lines; the last says what is wrong.
        let message = error.to_string();
        let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ");
        Self::BadPattern {
            pattern: clean::safe_str(pattern).into_owned(),
            reason: clean::safe_str(reason).into_owned(),
        }
    }

    /// What would help, in one sentence.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadPattern { .. } => Some("write \\( for a bracket, \\. for a dot, \\* for a star".to_owned()),
            Self::Limit(limit) => Some(format!("{} raises the limit", limit.option)),
        }
    }
}

/// Answers a query, taking over from `before` every step whose inputs are the same.
///
/// # Errors
/// [`QueryError`] when a pattern is wrong or the answer does not fit the heap budget.
pub fn derive(series: &Arc<Series>, query: &Query, before: Option<&Answer>) -> Result<Answer, QueryError> {
    let before = before.filter(|before| Arc::ptr_eq(&before.series, series));
    let same_tree = before.filter(|before| before.query.shape == query.shape);
    let mut budget = series.budget().clone();
    let (tree, language) = if let Some(before) = same_tree {
        (Arc::clone(&before.tree), before.language)
    } else {
        let tree = Arc::new(CallTree::new(series, query.shape, &mut budget)?);
        let frames = tree.frames();
        let language = language_of(frames.ids().skip(1).map(|frame| frames.name(frame)));
        (tree, language)
    };
    let same_column = same_tree.filter(|before| before.query.sample_type == query.sample_type);
    let column = match same_column {
        Some(before) => Arc::clone(&before.column),
        None => Arc::new(Column::new(series, &tree, query.sample_type, &mut budget)?),
    };
    let flats = match same_tree {
        Some(before) => Arc::clone(&before.flats),
        None => flats(series, &tree, (query.sample_type, &column), &budget)?,
    };
    let same_hits = same_column.filter(|before| before.query.search == query.search);
    let hits = match (same_hits, &query.search) {
        (_, None) => None,
        (Some(before), _) => before.hits.clone(),
        (None, Some(pattern)) => Some(Arc::new(Hits::new(pattern, &tree, &column)?)),
    };
    let (query, series) = (query.clone(), Arc::clone(series));
    Ok(Answer { query, series, tree, column, flats, hits, language })
}

/// Figures by frame for every sample type; `made` is the column that is there already.
fn flats(
    series: &Series,
    tree: &Arc<CallTree>,
    made: (usize, &Column),
    budget: &Budget,
) -> Result<Arc<[Flat]>, LimitError> {
    // One list of sums serves all types in turn, and is not charged once it is gone.
    let (mut sums, mut budget) = (Sums::default(), budget.clone());
    (0..series.sample_types().len())
        .map(|sample_type| {
            if sample_type == made.0 {
                return Ok(Flat::by_frame(tree, made.1));
            }
            sums.fill(series, tree, sample_type, &mut budget)?;
            Ok(Flat::of_sums(tree, &sums))
        })
        .collect()
}
