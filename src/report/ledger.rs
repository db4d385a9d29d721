//! Ledger of builds: a file with one line of JSON for each build, which `check` appends to.
//!
//! Lines are independent, so that a broken line, as a full disk leaves one, costs only itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::analysis::amount::Amount;
use crate::analysis::builds::{Build, BuildSite};
use crate::analysis::{Answer, GateSums};
use crate::base::compact_sort::CompactSort;
use crate::base::width::cut_middle;

use super::baseline::is_zero;
use super::json::time;
use super::sum_scope::{PER_OPERATION, scope};

/// Schema of a line; a change of the format changes its number.
const SCHEMA: &str = "heapglass.ledger/1";

/// Maximum number of sites in a line, and maximum width of a name in cells.
const MOST_SITES: usize = 20;
const LONGEST_NAME: usize = 300;

/// Maximum length of a line that is read, in bytes.
const LONGEST_LINE: usize = 1 << 16;

/// Line of a ledger: the figures of one build.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LedgerLine {
    schema: String,
    revision: String,
    time: Option<String>,
    sample_type: String,
    unit: String,
    granularity: String,
    aggregate: String,
    per: String,
    /// Options that decide which values were summed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scope: Vec<String>,
    snapshots: usize,
    /// Number of instances whose values were added up.
    #[serde(default = "one_instance")]
    instances: usize,
    total: i128,
    /// Fraction of the total in millionths of a unit, for figures per operation.
    #[serde(default, skip_serializing_if = "is_zero")]
    total_millionths: i32,
    sigma: Option<f64>,
    ok: Option<bool>,
    /// Number of functions with a figure.
    functions: usize,
    sites: Vec<LedgerSite>,
}

/// Number of instances for a line without that member.
fn one_instance() -> usize {
    1
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct LedgerSite {
    name: String,
    #[serde(rename = "self")]
    own: i128,
    #[serde(default, rename = "self_millionths", skip_serializing_if = "is_zero")]
    own_millionths: i32,
    sigma: Option<f64>,
}

impl LedgerSite {
    fn own(&self) -> Amount {
        Amount::of_units_and_millionths(self.own, self.own_millionths)
    }

    fn set_own(&mut self, own: Amount) {
        (self.own, self.own_millionths) = (own.units(), own.millionths());
    }
}

impl LedgerLine {
    /// Creates the line of a build. `ok` is the verdict of `check`; `None` without limits.
    pub fn new(revision: &str, answer: &Answer, sums: &GateSums, ok: Option<bool>) -> Self {
        let sample_type = &answer.series.sample_types()[answer.query.sample_type];
        let sum = &answer.window_sums[answer.query.sample_type];
        let newest = answer.query.window.snapshots().map(|at| answer.series.snapshots()[at].header.time_nanos).max();
        let mut sites: Vec<LedgerSite> = sums
            .functions
            .iter()
            .filter(|(_, function)| function.own != Amount::ZERO)
            .map(|(name, function)| LedgerSite {
                name: cut_middle(name, LONGEST_NAME).into_owned(),
                own: function.own.units(),
                own_millionths: function.own.millionths(),
                sigma: function.variance.map(f64::sqrt),
            })
            .collect();
        let functions = sites.len();
        sites.compact_sort_by(|one, other| other.own().cmp(&one.own()).then_with(|| one.name.cmp(&other.name)));
        sites.truncate(MOST_SITES);
        Self {
            schema: SCHEMA.to_owned(),
            revision: revision.to_owned(),
            time: newest.and_then(time),
            sample_type: sample_type.name.raw().to_owned(),
            unit: sample_type.unit.raw().to_owned(),
            granularity: answer.query.shape.granularity.word().to_owned(),
            aggregate: sum.method.word().to_owned(),
            // The divisor that was asked for: a comparison may be per instance, and these sums are not.
            per: answer.query.per.word(),
            scope: scope(answer, answer.query.aggregate),
            snapshots: sum.snapshots,
            instances: sums.instances,
            total: sums.total.units(),
            total_millionths: sums.total.millionths(),
            sigma: sums.variance.map(f64::sqrt),
            ok,
            functions,
            sites,
        }
    }

    /// Returns true if the first bytes of a file are those of a ledger: they have the beginning of a line, whole or cut,
    /// or nothing but white space.
    pub fn is_ledger(head: &[u8]) -> bool {
        let start = format!("{{\"schema\":\"{SCHEMA}\"");
        let start = start.as_bytes();
        let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        head.trim_ascii().is_empty() || lines.any(|line| line.starts_with(start) || start.starts_with(line))
    }

    /// Line with its line end.
    ///
    /// # Errors
    /// No error in practice: the bytes are written to memory.
    pub fn text(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        super::json::write(&mut bytes, self)?;
        Ok(bytes)
    }

    fn total(&self) -> Amount {
        Amount::of_units_and_millionths(self.total, self.total_millionths)
    }

    /// Divisor of the figures. Figures per operation can be compared whatever the number of operations was.
    fn divisor(&self) -> &str {
        if self.scope.iter().any(|option| option == PER_OPERATION) { PER_OPERATION } else { &self.per }
    }

    /// Divides the figures by the number of instances.
    fn per_instance(mut self) -> Self {
        let count = self.instances.max(1);
        let spread = |sigma: Option<f64>| sigma.map(|sigma| sigma / count as f64);
        let total = self.total().scaled_down(count);
        (self.total, self.total_millionths, self.sigma) = (total.units(), total.millionths(), spread(self.sigma));
        for site in &mut self.sites {
            site.set_own(site.own().scaled_down(count));
            site.sigma = spread(site.sigma);
        }
        self.instances = 1;
        self
    }

    fn build(self) -> Build {
        let (is_complete, total) = (self.sites.len() >= self.functions, self.total());
        let sites = self.sites.into_iter();
        Build {
            revision: self.revision,
            time: self.time,
            total,
            sigma: self.sigma.filter(|sigma| sigma.is_finite()),
            sites: sites.map(|site| BuildSite { own: site.own(), name: site.name, sigma: site.sigma }).collect(),
            is_complete,
            ok: self.ok,
        }
    }
}

/// Builds of one sample type, in the order of the ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// Sample type and its unit.
    pub(super) sample_type: String,
    pub(super) unit: String,
    /// Builds in the order of the ledger; for a revision with several lines, the figures of the last line.
    pub(super) builds: Vec<Build>,
    /// True if figures are per instance, since the builds had different numbers of instances.
    pub(super) per_instance: bool,
    /// Number of lines that cannot be read.
    pub(super) broken: usize,
    /// Number of lines that cannot be compared: with another unit, granularity, aggregation, divisor or scope.
    pub(super) other: usize,
    /// Other sample types with lines, in alphabetical order.
    pub(super) other_types: Vec<String>,
}

/// Error for a file without a history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No line of the file is a line of a ledger.
    #[error("not a ledger of heapglass: no line of it can be read")]
    Malformed,
    /// The ledger has no line with the requested sample type.
    #[error("no build with figures of `{0}`; there are {1}")]
    Missing(String, String),
}

impl Ledger {
    /// Reads a ledger of one sample type: `sample_type`, or by default that of the last line.
    ///
    /// # Errors
    /// [`LedgerError`] if no line of the sample type can be read.
    pub fn read(text: &str, sample_type: Option<&str>) -> Result<Self, LedgerError> {
        let mut broken = 0;
        let mut lines: Vec<LedgerLine> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let read = (line.len() <= LONGEST_LINE).then(|| serde_json::from_str::<LedgerLine>(line).ok()).flatten();
            match read.filter(|line| line.schema == SCHEMA && line.sites.len() <= MOST_SITES) {
                Some(line) => lines.push(line),
                None => broken += 1,
            }
        }
        let Some(last) = lines.iter().rfind(|line| sample_type.is_none_or(|name| line.sample_type == name)).cloned()
        else {
            return Err(match sample_type.filter(|_| !lines.is_empty()) {
                None => LedgerError::Malformed,
                Some(name) => {
                    let mut known: Vec<&str> = lines.iter().map(|line| &*line.sample_type).collect();
                    known.sort_unstable();
                    known.dedup();
                    LedgerError::Missing(name.to_owned(), known.join(", "))
                }
            });
        };
        let is_alike = |line: &LedgerLine| {
            (&line.unit, &line.granularity, &line.aggregate, line.divisor(), &line.scope)
                == (&last.unit, &last.granularity, &last.aggregate, last.divisor(), &last.scope)
        };
        let of_type = |line: &&LedgerLine| line.sample_type == last.sample_type && is_alike(line);
        let per_instance = lines.iter().filter(of_type).any(|line| line.instances != last.instances);
        let (mut builds, mut other): (Vec<Build>, usize) = (Vec::new(), 0);
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let others: BTreeSet<String> = lines.iter().map(|line| line.sample_type.clone()).collect();
        let other_types = others.into_iter().filter(|name| *name != last.sample_type).collect();
        for line in lines.into_iter().filter(|line| line.sample_type == last.sample_type) {
            if !is_alike(&line) {
                other += 1;
                continue;
            }
            let line = if per_instance { line.per_instance() } else { line };
            // A build that is measured again replaces its figures, and keeps its place in the order.
            if let Some(at) = known.get(&line.revision) {
                builds[*at] = line.build();
            } else {
                known.insert(line.revision.clone(), builds.len());
                builds.push(line.build());
            }
        }
        Ok(Self { sample_type: last.sample_type, unit: last.unit, builds, per_instance, broken, other, other_types })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(revision: &str, sample_type: &str, total: i128) -> String {
        format!(
            "{{\"schema\":\"{SCHEMA}\",\"revision\":\"{revision}\",\"time\":null,\"sample_type\":\"{sample_type}\",\
             \"unit\":\"bytes\",\"granularity\":\"functions\",\"aggregate\":\"mean\",\"per\":\"all\",\"snapshots\":1,\
             \"total\":{total},\"sigma\":null,\"ok\":true,\"functions\":0,\"sites\":[]}}\n"
        )
    }

    #[test]
    fn a_ledger_is_told_by_its_lines() {
        let whole = line("a", "space", 1);
        for ledger in ["", "\n", &whole, "half\":1}\n{\"schema\":\"heapglass.ledger/1\"", "{\"sche"] {
            assert!(LedgerLine::is_ledger(ledger.as_bytes()), "{ledger}");
        }
        for other in ["main;f 1\n", "{\"schema\":\"heapglass.top/1\"}\n", "\u{1f}\u{8b}"] {
            assert!(!LedgerLine::is_ledger(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_ledger_is_read_line_by_line() {
        let text = line("a", "space", 1) + "{\"schema\":\n\n" + &line("b", "objects", 2) + &line("a", "space", 3);
        let ledger = Ledger::read(&text, None).unwrap();
        assert_eq!((ledger.sample_type.as_str(), ledger.broken, ledger.builds.len()), ("space", 1, 1));
        assert_eq!(ledger.builds[0].total, Amount::of_units(3), "the later line of a revision counts");
        assert_eq!(Ledger::read(&text, Some("objects")).unwrap().builds[0].revision, "b");
        let missing = Ledger::read(&text, Some("none")).unwrap_err();
        assert_eq!(missing, LedgerError::Missing("none".to_owned(), "objects, space".to_owned()));
        assert_eq!(Ledger::read("{}\n", None), Err(LedgerError::Malformed));
        let other = line("c", "space", 9).replace("\"mean\"", "\"sum\"") + &text;
        let ledger = Ledger::read(&other, None).unwrap();
        assert_eq!((ledger.other, ledger.other_types), (1, vec!["objects".to_owned()]));
        let per = |count: u32, millionths: i32| {
            let scope = format!("\"scope\":[\"per operation\"],\"total_millionths\":{millionths},\"per\":\"{count}\"");
            line(&count.to_string(), "space", 1).replace("\"per\":\"all\"", &scope)
        };
        let ledger = Ledger::read(&(per(100, 400_000) + &per(120, 250_000)), None).unwrap();
        let totals: Vec<f64> = ledger.builds.iter().map(|build| build.total.as_f64()).collect();
        assert_eq!((ledger.other, totals), (0, vec![1.4, 1.25]), "figures per operation compare");
        let filtered = line("d", "space", 9).replace("\"per\"", "\"scope\":[\"focus f\"],\"per\"");
        assert_eq!(Ledger::read(&(text.clone() + &filtered), None).unwrap().builds.len(), 1);
        assert_eq!(Ledger::read(&(filtered + &text), None).unwrap().other, 1, "sums of a filter are other sums");
    }
}
