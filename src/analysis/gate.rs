//! Gates: limits that a window must keep, by itself or against a base.
//!
//! Every gate looks at sums: of everything, or of a function wherever it stands. Code that moves from one caller to
//! another, or from one file to the next, cancels. A limit is inclusive: what reaches it has kept it. Growth that is no
//! more than so many standard deviations of sampling may be left out of account.

use std::collections::BTreeMap;

use regex::Regex;

use crate::analysis::{Answer, CallTree, Column, Flat, Noise, WindowSum};
use crate::base::ids::NodeId;
use crate::base::limits::LimitError;

/// Shares are compared in whole numbers: a percentage is kept in millionths.
const PERCENT: i128 = 100 * 1_000_000;

/// How much is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// A figure in the unit of the sample type.
    Size(i64),
    /// A growth as a part of the base, in millionths of a percent.
    Percent(i64),
}

/// What is limited.
#[derive(Clone, Debug)]
pub enum Limit {
    /// The total.
    Total(i64),
    /// The growth of the total.
    Growth(Threshold),
    /// The self of each function that the pattern matches, or its growth.
    Function(Regex, Threshold),
    /// The self of all functions that the base lacks.
    New(i64),
}

impl Limit {
    /// A limit for each function whose name `pattern` is found in.
    ///
    /// # Errors
    /// What is wrong with the pattern, in one line.
    pub fn function(pattern: &str, bound: Threshold) -> Result<Self, String> {
        Regex::new(pattern).map(|pattern| Self::Function(pattern, bound)).map_err(|error| {
            let text = error.to_string();
            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })
    }

    /// Whether it says anything without a base.
    pub fn needs_base(&self) -> bool {
        !matches!(self, Self::Total(_) | Self::Function(_, Threshold::Size(_)))
    }
}

/// One gate.
#[derive(Clone, Debug)]
pub struct GateRule {
    /// Its name, as in `max-total`.
    pub name: &'static str,
    /// Its limit as it was typed.
    pub text: String,
    /// Its limit.
    pub limit: Limit,
}

/// What one side comes to: its total, and each function's self.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GateSums {
    /// The signed sum of all values.
    pub total: i128,
    /// The variance that sampling gives the total, where it can be told.
    pub variance: Option<f64>,
    /// What every function has that has anything.
    pub functions: BTreeMap<String, FunctionSum>,
}

/// What a function has by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FunctionSum {
    /// Its self.
    pub own: i64,
    /// The variance that sampling gives it, where it can be told.
    pub variance: Option<f64>,
}

/// What a function is, beside the other side.
#[derive(Clone, Debug, PartialEq)]
pub struct Offender {
    /// Its name.
    pub name: String,
    /// Its self in the base; none without a base, or where the base lacks it.
    pub base: Option<i64>,
    /// Its self now.
    pub current: i64,
    /// The standard deviation of what it is held against: its growth, or without a base its self.
    pub sigma: Option<f64>,
    /// Where most of it is, or most of what it grew by; none where it has gone.
    pub site: Option<NodeId>,
}

impl Offender {
    /// By how much it grew.
    pub fn delta(&self) -> i64 {
        self.current.saturating_sub(self.base.unwrap_or(0))
    }
}

/// Whether a gate held.
#[derive(Clone, Debug)]
pub struct Verdict<'a> {
    /// The gate.
    pub rule: &'a GateRule,
    /// What its limit was held against, in the unit of the sample type.
    pub actual: i128,
    /// Whether it held.
    pub ok: bool,
    /// Whether it held only because chance may have done as much.
    pub by_chance: bool,
    /// Where it did not hold: what broke it, or what it comes from most, the largest first.
    pub offenders: Vec<Offender>,
}

/// How many functions are named where a sum passed its limit: enough to begin with.
pub const MOST_OFFENDERS: usize = 10;

impl GateSums {
    /// The sums of the window that is looked at.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn current(answer: &Answer) -> Result<Self, LimitError> {
        let ratio = answer.base.as_ref().and_then(|base| base.ratio).unwrap_or(1.0);
        Self::of(answer, &answer.column, (&answer.window_sums[answer.query.sample_type], ratio))
    }

    /// The sums of the base, where there is one.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn base(answer: &Answer) -> Result<Option<Self>, LimitError> {
        let Some(base) = &answer.base else { return Ok(None) };
        Self::of(answer, &base.column, (&base.window_sums[answer.query.sample_type], 1.0)).map(Some)
    }

    fn of(answer: &Answer, column: &Column, part: (&WindowSum, f64)) -> Result<Self, LimitError> {
        let (tree, frames) = (&answer.tree, answer.tree.frames());
        let mut budget = answer.series.budget().clone();
        let noise = Noise::new(&answer.series, &answer.filtered, answer.query.sample_type, &[part], &mut budget)?;
        let mut variances = noise.as_ref().map(|_| vec![0.0; frames.rows().len()]);
        if let (Some(noise), Some(variances)) = (&noise, &mut variances) {
            for frame in frames.ids() {
                variances[frames.row(frame)] += noise.frame_own(frame).sigma.powi(2);
            }
        }
        let flat = Flat::by_row(tree, column);
        let mut functions: BTreeMap<String, FunctionSum> = BTreeMap::new();
        // The first row is the root's, which is no function.
        for (index, row) in frames.rows().iter().enumerate().skip(1) {
            if flat.selfs()[index] != 0 || flat.totals()[index] != 0 {
                let variance = variances.as_ref().map(|variances| variances[index]);
                let function = functions.entry(row.name.raw().to_owned()).or_default();
                function.own = function.own.saturating_add(flat.selfs()[index]);
                function.variance = variance.map(|more| function.variance.unwrap_or(0.0) + more);
            }
        }
        let variance = noise.map(|noise| noise.total(tree, CallTree::ROOT).sigma.powi(2));
        Ok(Self { total: column.filtered_total(), variance, functions })
    }
}

/// A window and what it is held against.
pub struct Gate<'a> {
    /// Now.
    pub current: &'a GateSums,
    /// What it is compared with.
    pub base: Option<&'a GateSums>,
    /// How many standard deviations growth must pass to count; 0 for all growth.
    pub sigma: f64,
    /// The answer that `current` was made from, for the places of offenders.
    pub answer: &'a Answer,
}

impl Gate<'_> {
    /// Holds every rule against the sums.
    pub fn check<'r>(&self, rules: &'r [GateRule]) -> Vec<Verdict<'r>> {
        let sites = self.sites();
        rules
            .iter()
            .map(|rule| {
                let mut verdict = self.verdict(rule);
                for offender in &mut verdict.offenders {
                    offender.site = sites.get(offender.name.as_str()).map(|(_, node)| *node);
                }
                verdict
            })
            .collect()
    }

    fn verdict<'r>(&self, rule: &'r GateRule) -> Verdict<'r> {
        match &rule.limit {
            Limit::Total(most) => {
                let ok = self.current.total <= i128::from(*most);
                self.summed(rule, (self.current.total, ok, false), |offender| i128::from(offender.current))
            }
            Limit::Growth(bound) => {
                let base = self.base.map_or(0, |base| base.total);
                let growth = self.current.total.saturating_sub(base);
                let variance = self.base.and_then(|base| Some(base.variance? + self.current.variance?));
                let kept = is_within(growth, base, *bound);
                let by_chance = !kept && self.may_be_chance(growth, variance);
                self.summed(rule, (growth, kept || by_chance, by_chance), |offender| i128::from(offender.delta()))
            }
            Limit::New(most) => {
                let is_new = |offender: &Offender| {
                    offender.base.is_none() && !self.may_be_chance(offender.current.into(), squared(offender.sigma))
                };
                let mut offenders: Vec<Offender> = self.functions().filter(is_new).collect();
                let actual: i128 = offenders.iter().map(|offender| i128::from(offender.current)).sum();
                let ok = actual <= i128::from(*most);
                offenders.retain(|offender| !ok && offender.current > 0);
                largest(&mut offenders, |offender| offender.current.into());
                Verdict { rule, actual, ok, by_chance: false, offenders }
            }
            Limit::Function(pattern, bound) => self.each(rule, pattern, *bound),
        }
    }

    /// A verdict on every function that a pattern matches.
    fn each<'r>(&self, rule: &'r GateRule, pattern: &Regex, bound: Threshold) -> Verdict<'r> {
        let measure = |offender: &Offender| match bound {
            Threshold::Size(_) => i128::from(offender.current),
            Threshold::Percent(_) => i128::from(offender.delta()),
        };
        let matching: Vec<Offender> = self.functions().filter(|offender| pattern.is_match(&offender.name)).collect();
        let actual = matching.iter().map(measure).max().unwrap_or(0);
        let mut by_chance = false;
        let breaks = |offender: &Offender| match bound {
            Threshold::Size(most) => offender.current > most,
            Threshold::Percent(_) => {
                let (growth, base) = (i128::from(offender.delta()), i128::from(offender.base.unwrap_or(0)));
                let is_chance = self.may_be_chance(growth, squared(offender.sigma));
                let kept = is_within(growth, base, bound);
                by_chance |= !kept && is_chance;
                !kept && !is_chance
            }
        };
        let mut offenders: Vec<Offender> = matching.into_iter().filter(breaks).collect();
        offenders.sort_by(|a, b| measure(b).cmp(&measure(a)).then_with(|| a.name.cmp(&b.name)));
        let ok = offenders.is_empty();
        Verdict { rule, actual, ok, by_chance: by_chance && ok, offenders }
    }

    /// A verdict on a sum: where it is broken, the functions that most of it comes from.
    fn summed<'r>(
        &self,
        rule: &'r GateRule,
        (actual, ok, by_chance): (i128, bool, bool),
        share: impl Fn(&Offender) -> i128,
    ) -> Verdict<'r> {
        let mut offenders = Vec::new();
        if !ok {
            offenders.extend(self.functions().filter(|offender| share(offender) > 0));
            largest(&mut offenders, share);
        }
        Verdict { rule, actual, ok, by_chance, offenders }
    }

    /// Every function that has anything on either side.
    fn functions(&self) -> impl Iterator<Item = Offender> + '_ {
        let known = move |name: &str| self.base.and_then(|base| base.functions.get(name)).copied();
        let now = self.current.functions.iter().map(move |(name, now)| {
            let then = known(name);
            let variance = match (self.base, then) {
                (Some(_), Some(then)) => now.variance.zip(then.variance).map(|(now, then)| now + then),
                _ => now.variance,
            };
            let (base, sigma) = (then.map(|then| then.own), variance.map(f64::sqrt));
            Offender { name: name.clone(), base, current: now.own, sigma, site: None }
        });
        let gone = self.base.into_iter().flat_map(|base| &base.functions);
        let gone = gone.filter(|(name, _)| !self.current.functions.contains_key(*name)).map(|(name, then)| Offender {
            name: name.clone(),
            base: Some(then.own),
            current: 0,
            sigma: then.variance.map(f64::sqrt),
            site: None,
        });
        now.chain(gone)
    }

    /// Whether sampling may have made a growth of this size, where that is asked for and can be told.
    fn may_be_chance(&self, growth: i128, variance: Option<f64>) -> bool {
        self.sigma > 0.0 && variance.is_some_and(|variance| growth as f64 <= self.sigma * variance.sqrt())
    }

    /// For each function the place that has most of what it grew by, or without a base in the answer most of it.
    fn sites(&self) -> BTreeMap<&str, (i64, NodeId)> {
        let Answer { tree, column, base, .. } = self.answer;
        let frames = tree.frames();
        let mut sites: BTreeMap<&str, (i64, NodeId)> = BTreeMap::new();
        for node in (1..tree.len()).map(NodeId::new) {
            let then = base.as_ref().map_or(0, |base| base.column.own(node));
            let grew = column.own(node).saturating_sub(then);
            if column.own(node) == 0 {
                continue;
            }
            let name = frames.rows()[frames.row(tree.frame(node))].name.raw();
            let site = sites.entry(name).or_insert((grew, node));
            if grew > site.0 {
                *site = (grew, node);
            }
        }
        sites
    }
}

/// Keeps the functions that most comes from, the largest first.
fn largest(offenders: &mut Vec<Offender>, share: impl Fn(&Offender) -> i128) {
    offenders.sort_by(|a, b| share(b).cmp(&share(a)).then_with(|| a.name.cmp(&b.name)));
    offenders.truncate(MOST_OFFENDERS);
}

fn squared(sigma: Option<f64>) -> Option<f64> {
    sigma.map(|sigma| sigma * sigma)
}

/// Whether a growth keeps a bound. Of nothing, nothing is a part: any growth from nothing passes every percentage.
fn is_within(growth: i128, base: i128, bound: Threshold) -> bool {
    match bound {
        Threshold::Size(most) => growth <= i128::from(most),
        Threshold::Percent(most) => {
            growth.saturating_mul(PERCENT) <= base.saturating_abs().saturating_mul(i128::from(most))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_inclusive() {
        assert!(is_within(10, 100, Threshold::Size(10)) && !is_within(11, 100, Threshold::Size(10)));
        let tenth = Threshold::Percent(10_000_000);
        assert!(is_within(11, 110, tenth) && !is_within(12, 110, tenth) && is_within(-50, 110, tenth));
        assert!(is_within(0, 0, tenth) && !is_within(1, 0, tenth), "nothing is a part of nothing");
        assert!(is_within(0, 100, Threshold::Percent(0)) && !is_within(1, 100, Threshold::Percent(0)));
    }
}
