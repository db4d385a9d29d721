//! A baseline: the figures of a good state, kept in a small file that a repository can hold, so that a check needs no
//! second profile.
//!
//! For each sample type it has the total and every function's self, with the variance that sampling gives them. The
//! granularity is kept too: figures of files are no base for figures of functions.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::analysis::amount::Amount;
use crate::analysis::{Answer, FunctionSum, GateSums};

use super::sum_scope::{scope, shown};

/// The form of the file. Another number means another reading.
const SCHEMA: &str = "heapglass.baseline/1";

/// The figures of a good state.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Baseline {
    schema: String,
    granularity: String,
    /// Options that decide which values were summed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scope: Vec<String>,
    sample_types: BTreeMap<String, BaselineType>,
}

/// Those of one sample type.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct BaselineType {
    unit: String,
    total: i128,
    /// Millionths of a unit beside the total, of a check per operation.
    #[serde(default, skip_serializing_if = "is_zero")]
    total_millionths: i32,
    variance: Option<f64>,
    /// Number of instances that were added up; `None` in a file that does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instances: Option<usize>,
    /// True for a growth over several snapshots.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    growth: bool,
    functions: BTreeMap<String, BaselineFunction>,
}

/// Those of one function.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct BaselineFunction {
    #[serde(rename = "self")]
    own: i128,
    #[serde(default, rename = "self_millionths", skip_serializing_if = "is_zero")]
    own_millionths: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variance: Option<f64>,
}

/// Why a file is no baseline, or not for these figures.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is no such file.
    #[error("not a baseline of heapglass: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is of another version.
    #[error("a baseline of the form `{0}`, which this version does not read")]
    Unknown(String),
    /// It was made at another granularity.
    #[error("a baseline of {0}, which is none of {1}")]
    Granularity(String, String),
    /// It has the sums of other values.
    #[error("a baseline of {0}, and this check is of {1}")]
    Scope(String, String),
    /// It lacks a sample type.
    #[error("no figures of `{0}` in this baseline")]
    Missing(String),
    /// It has a sample type in another unit.
    #[error("the figures of `{0}` in this baseline are in {1}, and this check is in {2}")]
    Unit(String, String, String),
}

impl Baseline {
    /// Baseline without figures, for an answer.
    pub fn new(answer: &Answer) -> Self {
        Self::with_scope(answer.query.shape.granularity.word(), scope(answer))
    }

    fn with_scope(granularity: &str, scope: Vec<String>) -> Self {
        let (schema, granularity) = (SCHEMA.to_owned(), granularity.to_owned());
        Self { schema, granularity, scope, sample_types: BTreeMap::new() }
    }

    /// Reads a baseline for an answer.
    ///
    /// # Errors
    /// [`BaselineError`] when the text is none of this version, or has sums at another granularity or of other values.
    pub fn read(text: &str, answer: &Answer) -> Result<Self, BaselineError> {
        Self::read_as(text, answer.query.shape.granularity.word(), &scope(answer))
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

    /// The figures of a sample type.
    ///
    /// # Errors
    /// [`BaselineError::Missing`] when there are none, [`BaselineError::Unit`] when they are in another unit.
    pub fn sums(&self, sample_type: &str, unit: &str) -> Result<GateSums, BaselineError> {
        let name = || sample_type.to_owned();
        let kept = self.sample_types.get(sample_type).ok_or_else(|| BaselineError::Missing(name()))?;
        if kept.unit != unit {
            return Err(BaselineError::Unit(name(), kept.unit.clone(), unit.to_owned()));
        }
        let functions = kept.functions.iter().map(|(name, own)| {
            let variance = own.variance.or(kept.variance.map(|_| 0.0));
            (name.clone(), FunctionSum { own: Amount::of_units_and_millionths(own.own, own.own_millionths), variance })
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

    /// Keeps the figures of a sample type, instead of those that it had.
    pub fn keep(&mut self, sample_type: &str, unit: &str, sums: &GateSums) {
        let functions = sums.functions.iter().map(|(name, function)| {
            // A variance that is not written is none, or that of nothing: which of them, the total's tells.
            let variance = function.variance.filter(|variance| *variance > 0.0);
            let (own, own_millionths) = (function.own.units(), function.own.millionths());
            (name.clone(), BaselineFunction { own, own_millionths, variance })
        });
        let functions = functions.collect();
        let kept = BaselineType {
            unit: unit.to_owned(),
            total: sums.total.units(),
            total_millionths: sums.total.millionths(),
            variance: sums.variance,
            instances: Some(sums.instances),
            growth: sums.is_growth,
            functions,
        };
        self.sample_types.insert(sample_type.to_owned(), kept);
    }

    /// Writes it, a figure a line, so that a change of it reads well.
    ///
    /// # Errors
    /// What the writer fails with.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(millionths: &i32) -> bool {
    *millionths == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_comes_back_as_it_was_kept() {
        let (total, own) = (Amount::of_units(12), Amount::of_units_and_millionths(11, 600_000));
        let mut sums = GateSums { total, variance: Some(2.25), instances: 3, ..GateSums::default() };
        sums.functions.insert("main.f".to_owned(), FunctionSum { own, variance: Some(2.25) });
        let mut baseline = Baseline::with_scope("functions", Vec::new());
        baseline.keep("inuse_space", "bytes", &sums);
        let mut bytes = Vec::new();
        baseline.write(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let read = Baseline::read_as(&text, "functions", &[]).unwrap();
        assert_eq!(read.sums("inuse_space", "bytes").unwrap(), sums);
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
