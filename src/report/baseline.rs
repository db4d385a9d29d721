//! A baseline: the figures of a good state, kept in a small file that a repository can hold, so that a check needs no
//! second profile.
//!
//! A baseline has, for each sample type, the total and the self of every function with their sampling variance. The
//! granularity is kept too, since figures of files cannot be compared with figures of functions.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::analysis::amount::Amount;
use crate::analysis::caveat::WindowFacts;
use crate::analysis::{Aggregate, Answer, FunctionSum, GateSums};

use super::sum_scope::{scope, shown};

/// Schema of the file; a change of the format changes its number.
const SCHEMA: &str = "heapglass.baseline/1";

/// Figures of a good state, with which later checks are compared.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Baseline {
    schema: String,
    granularity: String,
    /// Options that decide which values were summed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scope: Vec<String>,
    sample_types: BTreeMap<String, BaselineType>,
}

/// Figures of one sample type.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct BaselineType {
    unit: String,
    total: i128,
    /// Fraction of the total in millionths of a unit, for a check per operation.
    #[serde(default, skip_serializing_if = "is_zero")]
    total_millionths: i32,
    variance: Option<f64>,
    /// Number of instances whose values were added up; `None` in a file without this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instances: Option<usize>,
    /// True for a growth over several snapshots.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    growth: bool,
    /// Nanoseconds that the window covers, 0 without times; `None` in a file without this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    span_ns: Option<i64>,
    /// Largest number of snapshots of one process, for figures that grow with it; `None` for others, and in a file
    /// without this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshots: Option<usize>,
    /// True if all profiles tell what changed within a time; `None` in a file without this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changes: Option<bool>,
    /// Distinct sampling periods as text, empty without sampling; `None` in a file without this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sampled_every: Option<Vec<String>>,
    functions: BTreeMap<String, BaselineFunction>,
}

/// Figures of one function.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct BaselineFunction {
    #[serde(rename = "self")]
    own: i128,
    #[serde(default, rename = "self_millionths", skip_serializing_if = "is_zero")]
    own_millionths: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variance: Option<f64>,
    /// `None` in a file without this member, and if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    third_cumulant: Option<f64>,
}

/// Error for a file that is not a baseline, or that does not fit the check.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The text is not a baseline.
    #[error("not a baseline of heapglass: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The baseline has another schema version.
    #[error("a baseline of the form `{0}`, which this version does not read")]
    Unknown(String),
    /// The baseline was made at another granularity.
    #[error("a baseline of {0}, which is none of {1}")]
    Granularity(String, String),
    /// The baseline was made with other options that decide which values are summed.
    #[error("a baseline of {0}, and this check is of {1}")]
    Scope(String, String),
    /// The baseline lacks a sample type.
    #[error("no figures of `{0}` in this baseline")]
    Missing(String),
    /// The baseline has the sample type in another unit.
    #[error("the figures of `{0}` in this baseline are in {1}, and this check is in {2}")]
    Unit(String, String, String),
}

impl Baseline {
    /// Creates a baseline without figures, with the granularity and the scope of an answer.
    pub fn new(answer: &Answer) -> Self {
        Self::with_scope(answer.query.shape.granularity.word(), scope(answer, answer.query.aggregate))
    }

    fn with_scope(granularity: &str, scope: Vec<String>) -> Self {
        let (schema, granularity) = (SCHEMA.to_owned(), granularity.to_owned());
        Self { schema, granularity, scope, sample_types: BTreeMap::new() }
    }

    /// Reads a baseline for an answer whose query asked for `aggregate`.
    ///
    /// # Errors
    /// [`BaselineError`] if the text is not a baseline of this version, or if its granularity or scope differs.
    pub fn read(text: &str, answer: &Answer, aggregate: Aggregate) -> Result<Self, BaselineError> {
        Self::read_as(text, answer.query.shape.granularity.word(), &scope(answer, aggregate))
    }

    fn read_as(text: &str, granularity: &str, scope: &[String]) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text)?;
        if baseline.schema != SCHEMA {
            return Err(BaselineError::Unknown(baseline.schema));
        }
        if baseline.granularity != granularity {
            return Err(BaselineError::Granularity(baseline.granularity, granularity.to_owned()));
        }
        if baseline.scope != scope {
            return Err(BaselineError::Scope(shown(&baseline.scope), shown(scope)));
        }
        Ok(baseline)
    }

    /// Returns the figures of a sample type.
    ///
    /// # Errors
    /// [`BaselineError::Missing`] if there are none, [`BaselineError::Unit`] if they are in another unit.
    pub fn sums(&self, sample_type: &str, unit: &str) -> Result<GateSums, BaselineError> {
        let name = || sample_type.to_owned();
        let kept = self.sample_types.get(sample_type).ok_or_else(|| BaselineError::Missing(name()))?;
        if kept.unit != unit {
            return Err(BaselineError::Unit(name(), kept.unit.clone(), unit.to_owned()));
        }
        let functions = kept.functions.iter().map(|(name, own)| {
            let variance = own.variance.or(kept.variance.map(|_| 0.0));
            let third_cumulant = own.third_cumulant.unwrap_or(0.0);
            let own = Amount::of_units_and_millionths(own.own, own.own_millionths);
            (name.clone(), FunctionSum { own, variance, third_cumulant })
        });
        Ok(GateSums {
            total: Amount::of_units_and_millionths(kept.total, kept.total_millionths),
            variance: kept.variance,
            functions: functions.collect(),
            instances: kept.instances.unwrap_or(1).max(1),
            is_growth: kept.growth,
            ..GateSums::default()
        })
    }

    /// Returns the sampling periods and the time of the figures of a sample type; `None` if the file does not have them.
    pub fn facts(&self, sample_type: &str) -> Option<WindowFacts> {
        let kept = self.sample_types.get(sample_type)?;
        let (span, rates, is_of_changes) = (kept.span_ns?, kept.sampled_every.clone()?, kept.changes);
        Some(WindowFacts { rates, span, is_of_changes, growth_snapshots: kept.snapshots, ..WindowFacts::default() })
    }

    /// Stores the figures of a sample type, with the sampling and the time of their window, in place of earlier ones.
    pub fn keep(&mut self, sample_type: &str, unit: &str, sums: &GateSums, facts: &WindowFacts) {
        let functions = sums.functions.iter().map(|(name, function)| {
            // A variance of 0 is not written. A missing variance is read as 0 if the total has a variance, else as
            // unknown.
            let variance = function.variance.filter(|variance| *variance > 0.0);
            let (own, own_millionths) = (function.own.units(), function.own.millionths());
            let third_cumulant = Some(function.third_cumulant).filter(|cumulant| *cumulant > 0.0);
            (name.clone(), BaselineFunction { own, own_millionths, variance, third_cumulant })
        });
        let functions = functions.collect();
        let kept = BaselineType {
            unit: unit.to_owned(),
            total: sums.total.units(),
            total_millionths: sums.total.millionths(),
            variance: sums.variance,
            instances: Some(sums.instances),
            growth: sums.is_growth,
            span_ns: Some(facts.span),
            snapshots: facts.growth_snapshots,
            changes: facts.is_of_changes,
            sampled_every: Some(facts.rates.clone()),
            functions,
        };
        self.sample_types.insert(sample_type.to_owned(), kept);
    }

    /// Writes the baseline as JSON with one figure per line, so that a diff of the file is readable.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
pub(super) fn is_zero(millionths: &i32) -> bool {
    *millionths == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_comes_back_as_it_was_kept() {
        let (total, own) = (Amount::of_units(12), Amount::of_units_and_millionths(11, 600_000));
        let mut sums = GateSums { total, variance: Some(2.25), instances: 3, ..GateSums::default() };
        sums.functions.insert("main.f".to_owned(), FunctionSum { own, variance: Some(2.25), third_cumulant: 3.5 });
        let mut baseline = Baseline::with_scope("functions", Vec::new());
        let facts = WindowFacts {
            span: 20,
            rates: vec!["512K".to_owned()],
            is_of_changes: Some(true),
            growth_snapshots: Some(4),
            ..WindowFacts::default()
        };
        baseline.keep("inuse_space", "bytes", &sums, &facts);
        let mut bytes = Vec::new();
        baseline.write(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let read = Baseline::read_as(&text, "functions", &[]).unwrap();
        assert_eq!(read.sums("inuse_space", "bytes").unwrap(), sums);
        assert_eq!(read.facts("inuse_space"), Some(facts));
        let earlier = text.lines().filter(|line| !line.contains("span_ns")).collect::<Vec<_>>().join("\n");
        assert_eq!(Baseline::read_as(&earlier, "functions", &[]).unwrap().facts("inuse_space"), None);
        assert!(matches!(read.sums("alloc_space", "bytes"), Err(BaselineError::Missing(_))));
        assert!(matches!(read.sums("inuse_space", "count"), Err(BaselineError::Unit(..))));
        assert!(matches!(Baseline::read_as(&text, "files", &[]), Err(BaselineError::Granularity(..))));
        let focused = ["focus f".to_owned()];
        assert!(matches!(Baseline::read_as(&text, "functions", &focused), Err(BaselineError::Scope(..))));
        let later = text.replace("baseline/1", "baseline/2");
        assert!(matches!(Baseline::read_as(&later, "functions", &[]), Err(BaselineError::Unknown(_))));
        assert!(matches!(Baseline::read_as("{}", "functions", &[]), Err(BaselineError::Malformed(_))));
    }
}
