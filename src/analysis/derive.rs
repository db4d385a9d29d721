//! Answers, as a chain of pure steps: tree, columns, flat figures, comparison, hits. Each step is kept with what it was
//! made from, so that a question which differs in one point makes only what depends on it.

use std::sync::Arc;

use crate::analysis::column::Sums;
use crate::analysis::diff::{Changes, Pair};
use crate::analysis::query::{Beside, Normalize};
use crate::analysis::{
    CallTree, Column, Comparison, Derived, Flat, Hits, Leaves, Noise, Query, Recipe, Timeline, Widths, Window,
};
use crate::base::clean;
use crate::base::limits::{Budget, LimitError};
use crate::base::names::{Language, language_of};
use crate::base::units::Unit;
use crate::profile::{Series, Side};

/// The answer to a query.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The question.
    pub query: Query,
    /// What was asked.
    pub series: Arc<Series>,
    /// What is to be known of the series before any window.
    pub timeline: Arc<Timeline>,
    /// The call tree.
    pub tree: Arc<CallTree>,
    /// What the window means, for each sample type.
    pub recipes: Vec<Recipe>,
    /// The chosen sample type of the window over the tree.
    pub column: Arc<Column>,
    /// The same before it was scaled to the base, where it was.
    unscaled: Option<Arc<Column>>,
    /// Figures by frame for each sample type of the series; none for those that come later.
    pub flats: Vec<Option<Arc<Flat>>>,
    /// What the window is compared with.
    pub base: Option<Comparison>,
    /// How sure the chosen figures are; none in a comparison, which has its own, where it cannot be told, or while it
    /// comes later.
    pub noise: Option<Arc<Noise>>,
    /// What is made of several columns; none in a comparison, or while it comes later.
    pub derived: Option<Arc<Derived>>,
    /// How wide nodes are drawn.
    pub widths: Widths,
    /// Every snapshot by itself, where there are several; none while it comes later or does not fit.
    pub leaves: Option<Arc<Leaves>>,
    /// What the search found, while there is one.
    pub hits: Option<Arc<Hits>>,
    /// The language that most names are in.
    pub language: Language,
}

impl Answer {
    /// Figures by frame of a sample type, if they are there.
    pub fn flat(&self, sample_type: usize) -> Option<&Flat> {
        self.flats.get(sample_type)?.as_deref()
    }

    /// The current figures as they were measured.
    pub(super) fn unscaled(&self) -> &Column {
        self.unscaled.as_ref().unwrap_or(&self.column)
    }

    /// What the current figures of a sample type were multiplied by.
    fn ratio(&self, sample_type: usize) -> Option<f64> {
        let base = self.base.as_ref().filter(|base| base.ratio.is_some())?;
        let sum = |recipes: &[Recipe]| recipes[sample_type].sum(&self.series, sample_type);
        Some(ratio_of(sum(&base.recipes), sum(&self.recipes)))
    }

    /// Both windows, where there is a base.
    pub fn pair(&self) -> Option<Pair<'_>> {
        let base = self.base.as_ref()?;
        Some(Pair { tree: &self.tree, current: &self.column, base: &base.column, noise: base.noise.as_deref() })
    }
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
    let timeline = before.map_or_else(|| Arc::new(Timeline::new(series)), |before| Arc::clone(&before.timeline));
    let (tree, language) = if let Some(before) = same_tree {
        (Arc::clone(&before.tree), before.language)
    } else {
        let tree = Arc::new(CallTree::new(series, query.shape, &mut budget)?);
        let frames = tree.frames();
        let language = language_of(frames.ids().skip(1).map(|frame| frames.name(frame)));
        (tree, language)
    };
    let window = query.window.within(series);
    let base_window = query.base.map(|base| base.within(series));
    let query = Query { window, base: base_window, ..query.clone() };
    let mut work = Work { series, timeline: &timeline, tree: &tree, query: &query, before: same_tree, budget };
    let recipes = work.recipes(window);
    let plain = work.column(&recipes, Side::Main)?;
    let base = base_window.map(|base| work.base(&recipes, work.recipes(base))).transpose()?;
    let ratio = base.as_ref().and_then(|base| base.ratio);
    let (column, unscaled) = match ratio {
        None => (plain, None),
        Some(ratio) => (work.scaled(&plain, &recipes, ratio)?, Some(plain)),
    };
    let flats = work.flats(&recipes, base.as_ref(), &column)?;
    let (base, widths) = match base {
        None => (None, Widths::Column(Arc::clone(&column))),
        Some(base) => {
            let (base, widths) = work.compare(base, &recipes, &column)?;
            (Some(base), widths)
        }
    };
    let leaves = work.leaves();
    let same_hits = same_tree
        .filter(|before| before.query.search == query.search && Arc::ptr_eq(&before.column, &column))
        .filter(|before| before.base.is_some() == base.is_some());
    let hits = match (same_hits, &query.search) {
        (_, None) => None,
        (Some(before), _) => before.hits.clone(),
        (None, Some(pattern)) => Some(Arc::new(Hits::new(pattern, &tree, &column, &widths)?)),
    };
    let noise = work.noise(&recipes);
    let budget = work.budget;
    let series = Arc::clone(series);
    let (before, derived) = (same_tree, None);
    let mut answer = Answer {
        query,
        series,
        timeline,
        tree,
        recipes,
        column,
        unscaled,
        flats,
        base,
        noise,
        derived,
        widths,
        leaves,
        hits,
        language,
    };
    answer.derived = derived_of(&answer, before, budget);
    Ok(answer)
}

/// What is made of several columns. It is a comfort, and left out where it does not fit the budget.
fn derived_of(answer: &Answer, before: Option<&Answer>, mut budget: Budget) -> Option<Arc<Derived>> {
    if answer.base.is_some() {
        return None;
    }
    let is_same = |before: &&Answer| {
        let question = |answer: &Answer| (answer.query.sample_type, answer.query.window, answer.query.aggregate);
        before.recipes == answer.recipes && question(before) == question(answer)
    };
    if let Some(known) = before.filter(is_same).and_then(|before| before.derived.clone()) {
        return Some(known);
    }
    if answer.query.beside != Beside::Now {
        return None;
    }
    Derived::new(answer, &mut budget).ok().map(Arc::new)
}

/// What makes one total equal to another. As in pprof, nothing can be made of nothing.
fn ratio_of(base: f64, current: f64) -> f64 {
    if current == 0.0 { 0.0 } else { base / current }
}

/// One derivation under way.
struct Work<'a> {
    series: &'a Series,
    timeline: &'a Timeline,
    tree: &'a Arc<CallTree>,
    query: &'a Query,
    /// An answer over the same tree.
    before: Option<&'a Answer>,
    budget: Budget,
}

impl Work<'_> {
    /// What a window means, for each sample type.
    fn recipes(&self, window: Window) -> Vec<Recipe> {
        let asked = (window, self.query.aggregate);
        (0..self.series.sample_types().len())
            .map(|sample_type| Recipe::new(self.series, self.timeline, sample_type, asked))
            .collect()
    }

    /// The chosen sample type of a window: one that is there already, else one made from the same side's last one.
    fn column(&mut self, recipes: &[Recipe], side: Side) -> Result<Arc<Column>, LimitError> {
        let chosen = self.query.sample_type;
        let recipe = &recipes[chosen];
        let before = self.before.filter(|before| before.query.sample_type == chosen);
        let current =
            before.map(|before| (&before.recipes[chosen], before.unscaled.as_ref().unwrap_or(&before.column)));
        let base = before.and_then(|before| before.base.as_ref()).map(|base| (&base.recipes[chosen], &base.column));
        if let Some((_, column)) = [current, base].into_iter().flatten().find(|(known, _)| *known == recipe) {
            return Ok(Arc::clone(column));
        }
        let near = if side == Side::Main { current } else { base };
        let column = match near {
            Some((known, column)) => column.moved(self.series, (chosen, known, recipe), &mut self.budget)?,
            None => Column::new(self.series, self.tree, (chosen, recipe), &mut self.budget)?,
        };
        Ok(Arc::new(column))
    }

    fn scaled(&mut self, plain: &Column, recipes: &[Recipe], ratio: f64) -> Result<Arc<Column>, LimitError> {
        let chosen = self.query.sample_type;
        plain.scaled(self.series, (chosen, &recipes[chosen], ratio), &mut self.budget).map(Arc::new)
    }

    /// What is compared with, as far as it does not depend on the current figures but for their total.
    fn base(&mut self, current: &[Recipe], recipes: Vec<Recipe>) -> Result<Comparison, LimitError> {
        let column = self.column(&recipes, Side::Base)?;
        let ratio = self.ratio(self.query.sample_type, current, &recipes);
        let (flats, noise, changes) = (Vec::new(), None, Arc::default());
        Ok(Comparison { recipes, column, flats, noise, ratio, changes })
    }

    /// What makes the totals of a sample type equal; none where that was not asked for.
    fn ratio(&self, sample_type: usize, current: &[Recipe], base: &[Recipe]) -> Option<f64> {
        if self.query.normalize == Normalize::Off {
            return None;
        }
        let sum = |recipes: &[Recipe]| recipes[sample_type].sum(self.series, sample_type);
        Some(ratio_of(sum(base), sum(current)))
    }

    /// The current figures by frame.
    fn flats(
        &mut self,
        recipes: &[Recipe],
        base: Option<&Comparison>,
        column: &Arc<Column>,
    ) -> Result<Vec<Option<Arc<Flat>>>, LimitError> {
        let ratios: Vec<Option<f64>> = (0..recipes.len())
            .map(|sample_type| base.and_then(|base| self.ratio(sample_type, recipes, &base.recipes)))
            .collect();
        let known = |sample_type: usize| {
            let before = self.before.filter(|before| before.ratio(sample_type) == ratios[sample_type])?;
            let is_same = before.recipes[sample_type] == recipes[sample_type];
            before.flats[sample_type].clone().filter(|_| is_same)
        };
        let known: Vec<_> = (0..recipes.len()).map(known).collect();
        self.all_flats(recipes, column, (known, &ratios))
    }

    /// Figures by frame of each sample type: those that are known, the chosen one's, and the others where they are
    /// wanted now.
    fn all_flats(
        &mut self,
        recipes: &[Recipe],
        column: &Arc<Column>,
        (known, ratios): (Vec<Option<Arc<Flat>>>, &[Option<f64>]),
    ) -> Result<Vec<Option<Arc<Flat>>>, LimitError> {
        // One list of sums serves all types in turn, and is not charged once it is gone.
        let (mut sums, mut budget) = (Sums::default(), self.budget.clone());
        let mut flats = Vec::with_capacity(recipes.len());
        for (sample_type, known) in known.into_iter().enumerate() {
            let asked = (sample_type, &recipes[sample_type]);
            let flat = match ratios[sample_type] {
                _ if known.is_some() => known,
                _ if self.query.beside == Beside::Never => None,
                _ if sample_type == self.query.sample_type => Some(Arc::new(Flat::by_frame(self.tree, column))),
                _ if self.query.beside == Beside::Later => None,
                None => {
                    sums.fill(self.series, self.tree, asked, &mut budget)?;
                    Some(Arc::new(Flat::of_sums(self.tree, &sums)))
                }
                Some(ratio) => {
                    let plain = Column::new(self.series, self.tree, asked, &mut budget.clone())?;
                    let scaled = plain.scaled(self.series, (sample_type, asked.1, ratio), &mut budget.clone())?;
                    Some(Arc::new(Flat::by_frame(self.tree, &scaled)))
                }
            };
            flats.push(flat);
        }
        Ok(flats)
    }

    /// Compares the current figures with the base's.
    fn compare(
        &mut self,
        mut base: Comparison,
        recipes: &[Recipe],
        column: &Arc<Column>,
    ) -> Result<(Comparison, Widths), LimitError> {
        let before = self.before.and_then(|before| Some((before, before.base.as_ref()?)));
        let same = before.filter(|(before, known)| {
            Arc::ptr_eq(&before.column, column)
                && Arc::ptr_eq(&known.column, &base.column)
                && before.query.explain == self.query.explain
        });
        let swapped = self.before.filter(|before| before.ratio(self.query.sample_type).is_none());
        let known = |sample_type: usize| {
            let (_, known) = before.filter(|(_, known)| known.recipes[sample_type] == base.recipes[sample_type])?;
            known.flats.get(sample_type).cloned().flatten()
        };
        let swap = |sample_type: usize| {
            let before = swapped.filter(|before| before.recipes[sample_type] == base.recipes[sample_type])?;
            before.flats[sample_type].clone()
        };
        let flats = (0..recipes.len()).map(|sample_type| known(sample_type).or_else(|| swap(sample_type))).collect();
        let ratios = vec![None; recipes.len()];
        base.flats = self.all_flats(&base.recipes, &base.column, (flats, &ratios))?;
        if let Some((_, known)) = same {
            (base.noise, base.changes) = (known.noise.clone(), Arc::clone(&known.changes));
        } else {
            let chosen = self.query.sample_type;
            let parts = [(&base.recipes[chosen], 1.0), (&recipes[chosen], base.ratio.unwrap_or(1.0))];
            let noise = Noise::new(self.series, self.tree, chosen, &parts, &mut self.budget)?;
            base.noise = noise.map(Arc::new);
            let pair = Pair { tree: self.tree, current: column, base: &base.column, noise: base.noise.as_deref() };
            let unit = Unit::of(self.series.sample_types()[chosen].unit.raw());
            // Five to ten strong changes would make up all that moved.
            let marks = |moved: i64| {
                let strong = unit.round(moved / 10).max(2);
                [unit.round(strong / 5).max(1), strong]
            };
            base.changes = Arc::new(Changes::new(&pair, self.query.explain, marks));
        }
        let known = same.filter(|(before, _)| before.query.width == self.query.width);
        let widths = match known {
            Some((before, _)) => before.widths.clone(),
            None => Widths::new(self.query.width, self.tree, (&base.column, column), &mut self.budget)?,
        };
        Ok((base, widths))
    }

    /// How sure the chosen figures are. It is a comfort too.
    fn noise(&self, recipes: &[Recipe]) -> Option<Arc<Noise>> {
        let chosen = self.query.sample_type;
        if self.query.base.is_some() {
            return None;
        }
        let known = self.before.filter(|before| before.query.sample_type == chosen);
        let known = known.filter(|before| before.recipes[chosen] == recipes[chosen]);
        if let Some(noise) = known.and_then(|before| before.noise.clone()) {
            return Some(noise);
        }
        if self.query.beside != Beside::Now {
            return None;
        }
        let parts = [(&recipes[chosen], 1.0)];
        let noise = Noise::new(self.series, self.tree, chosen, &parts, &mut self.budget.clone());
        noise.ok().flatten().map(Arc::new)
    }

    /// Every snapshot by itself, where there are several. It is a comfort: where it does not fit the budget, it is left
    /// out.
    fn leaves(&self) -> Option<Arc<Leaves>> {
        let chosen = self.query.sample_type;
        let known = self.before.filter(|before| before.query.sample_type == chosen);
        if let Some(leaves) = known.and_then(|before| before.leaves.clone()) {
            return Some(leaves);
        }
        if self.query.beside != Beside::Now || self.series.snapshots().len() < 2 {
            return None;
        }
        Leaves::new(self.series, self.tree, chosen, &mut self.budget.clone()).ok().map(Arc::new)
    }
}
