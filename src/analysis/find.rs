//! Functions by a name as people type it: the exact name, else a pattern as pprof reads it.

use crate::analysis::filter::pattern::Pattern;
use crate::analysis::filter::{Filter, FilterError, FilterKind, PatternProblem};
use crate::analysis::{Answer, Flat, Frames};
use crate::base::ids::FrameId;
use crate::base::names::readable;
use crate::base::nearest::nearest;
use crate::base::safe_text::display_name;
use crate::base::step_count::count_steps;

/// Maximum number of similar names in an error.
const MOST_OFFERED: usize = 3;

/// Reason why no function was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFunction {
    /// No name is equal and none matches the pattern.
    #[error("no function matches `{wanted}`")]
    Unknown {
        /// The name or pattern, made safe to show.
        wanted: String,
        /// Similar names, made safe to show.
        near: Vec<String>,
    },
    /// No name is equal, and the text is not a valid pattern.
    #[error("no function is called `{wanted}`, and it {problem}: {reason}")]
    BadPattern {
        /// The name or pattern, made safe to show.
        wanted: String,
        /// Kind of the problem.
        problem: PatternProblem,
        /// Reason in one line.
        reason: String,
        /// Similar names, made safe to show.
        near: Vec<String>,
    },
}

impl NoFunction {
    /// Advice to the user in one sentence.
    pub fn hint(&self) -> String {
        let (Self::Unknown { near, .. } | Self::BadPattern { near, .. }) = self;
        let quoted: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
        match (quoted.as_slice(), self) {
            ([], Self::BadPattern { problem, .. }) => problem.hint().to_owned(),
            ([], Self::Unknown { .. }) => "`report top` lists all functions".to_owned(),
            ([one], _) => format!("did you mean {one}?"),
            (several, _) => format!("similar names: {}", several.join(", ")),
        }
    }
}

/// Finds the first frame with a function for each row; `None` for a row without a function.
pub fn function_frames(frames: &Frames) -> Vec<Option<FrameId>> {
    let mut functions = vec![None; frames.rows().len()];
    for frame in frames.ids().skip(1).filter(|frame| frames.function(*frame).is_some()) {
        count_steps(1);
        functions[frames.row(frame)].get_or_insert(frame);
    }
    functions
}

/// Finds the rows of a report, see [`Frames::rows`](crate::analysis::Frames::rows), whose raw or shown name is
/// `wanted`; if there are none, those whose name matches `wanted` as an unanchored pattern. The row with the largest
/// total comes first, equal ones by name.
///
/// # Errors
/// [`NoFunction`] with similar names if there is no such row.
pub fn find_rows(answer: &Answer, wanted: &str) -> Result<Vec<usize>, NoFunction> {
    let rows = answer.tree.frames().rows();
    let all = || rows.iter().enumerate().skip(1);
    let is_exact = |name: &str| name == wanted || readable(name) == wanted;
    let mut found: Vec<usize> = all().filter(|(_, row)| is_exact(row.name.raw())).map(|(index, _)| index).collect();
    if found.is_empty() {
        let pattern = Pattern::new(&Filter::new(FilterKind::Focus, wanted)).map_err(|error| bad(answer, error))?;
        let is_match = |name: &str| pattern.matches(name.as_bytes());
        found.extend(all().filter(|(_, row)| is_match(row.name.raw())).map(|(index, _)| index));
    }
    if found.is_empty() {
        let wanted = display_name(&readable(wanted)).to_owned();
        return Err(NoFunction::Unknown { near: near(answer, &wanted), wanted });
    }
    if found.len() > 1 {
        let flat = Flat::by_row(&answer.tree, &answer.column);
        let base = answer.base.as_ref().map(|base| Flat::by_row(&answer.tree, &base.column));
        let held = |row: usize| {
            let total = |flat: &Flat| flat.totals()[row].unsigned_abs();
            total(&flat).max(base.as_ref().map_or(0, total))
        };
        found.sort_by_cached_key(|row| (std::cmp::Reverse(held(*row)), rows[*row].name.raw().to_owned()));
    }
    Ok(found)
}

/// Error of a text that is neither a name nor a pattern.
fn bad(answer: &Answer, error: FilterError) -> NoFunction {
    let FilterError { pattern: wanted, problem, reason, .. } = error;
    NoFunction::BadPattern { near: near(answer, &wanted), wanted, problem, reason }
}

/// Names with a word similar to the longest word of `wanted`, the shortest first.
fn by_word(names: &[String], wanted: &str) -> Option<Vec<String>> {
    let words = |name: &'_ str| -> Vec<String> {
        name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').map(str::to_lowercase).collect()
    };
    let longest = words(wanted).into_iter().max_by_key(String::len)?;
    let of_names: Vec<Vec<String>> = names.iter().map(|name| words(name)).collect();
    let near = nearest(&longest, of_names.iter().flatten().map(String::as_str))?;
    let mut found: Vec<String> = Vec::new();
    for (name, words) in names.iter().zip(&of_names) {
        if words.iter().any(|word| word == near) {
            found.push(name.clone());
        }
    }
    found.sort_by_key(|name| (name.len(), name.clone()));
    found.dedup();
    found.truncate(MOST_OFFERED);
    Some(found)
}

/// Names similar to `wanted`: those that contain it in letters of any case, the shortest first, else the nearest one.
fn near(answer: &Answer, wanted: &str) -> Vec<String> {
    let names: Vec<String> =
        answer.tree.frames().rows().iter().skip(1).map(|row| row.name.shown().to_owned()).collect();
    let lower = wanted.to_lowercase();
    let last = lower.rsplit(['.', ':', '/', ' ']).find(|part| part.len() > 2).unwrap_or(&lower);
    let mut found: Vec<&String> = Vec::new();
    for part in [lower.as_str(), last] {
        if found.is_empty() && part.len() > 2 {
            found.extend(names.iter().filter(|name| name.to_lowercase().contains(part)));
        }
    }
    found.sort_by_key(|name| (name.len(), (*name).clone()));
    found.dedup();
    found.truncate(MOST_OFFERED);
    if found.is_empty() {
        let whole = || nearest(wanted, names.iter().map(String::as_str)).map(|name| vec![name.to_owned()]);
        return by_word(&names, wanted).or_else(whole).unwrap_or_default();
    }
    found.into_iter().cloned().collect()
}
