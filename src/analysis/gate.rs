//! Gates: limits that a window must keep, by itself or against a base.
//!
//! Every rule limits a sum: the total, the self of a function over all its nodes, or the self of all new functions.
//! Code that moves from one caller to another, or gets another name, cancels. A limit is inclusive: a sum that reaches
//! the limit holds. Growth within a number of standard deviations of sampling may be ignored; the standard deviation is
//! that of the rule's sum. A gate fails closed: a rule that noise alone could hide is not judged at all.

mod limits;

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::analysis::amount::Amount;
use crate::analysis::owners::frame_owners;
use crate::analysis::query::Matching;
use crate::analysis::renames::{SizedName, renamed};
use crate::analysis::{Aggregate, Answer, CallTree, GateSums, MeasuredRate, NoRate, NoiseBasis, Per, Rates};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::NodeId;
use crate::base::names::{self, demangled};
use crate::profile::{UNOWNED, is_among};
use limits::is_within;

pub use limits::{GateRule, Limit, Threshold};

/// Function that broke a rule, with its figures on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Offender {
    /// Name.
    pub name: String,
    /// Self in the base; `None` without a base, or if the base lacks it.
    pub base: Option<Amount>,
    /// Self in the current window.
    pub current: Amount,
    /// Standard deviation of the growth, or of the self without a base.
    pub sigma: Option<f64>,
    /// Node with most of the self, or most of the growth; `None` if the function is gone.
    pub site: Option<NodeId>,
}

impl Offender {
    /// Growth.
    pub fn delta(&self) -> Amount {
        self.current.minus(self.base.unwrap_or_default())
    }
}

/// Outcome of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rule holds.
    Holds,
    /// The rule holds because the growth is within noise.
    WithinNoise,
    /// The rule is broken.
    Broken,
    /// The rule would hold, but noise alone could hide a figure beyond its limit.
    Unjudged,
}

impl Outcome {
    /// Returns the name of the outcome: `ok`, `broken` or `unjudged`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds | Self::WithinNoise => "ok",
            Self::Broken => "broken",
            Self::Unjudged => "unjudged",
        }
    }

    /// Returns true if the rule holds.
    pub fn is_ok(self) -> bool {
        matches!(self, Self::Holds | Self::WithinNoise)
    }
}

/// Verdict on a rule.
#[derive(Clone, Debug)]
pub struct Verdict<'a> {
    /// Rule.
    pub rule: &'a GateRule,
    /// Figure that was compared with the limit, in the unit of the sample type; bytes per second for
    /// [`Limit::AllocRate`].
    pub actual: Amount,
    /// Figure of the base to which the growth is related; `None` without a base.
    pub base: Option<Amount>,
    /// Part of the actual figure that sampling alone is expected to give; 0 but for [`Limit::New`].
    pub by_chance: f64,
    /// Standard deviation of the actual figure by sampling; `None` if it is not known.
    pub sigma: Option<f64>,
    /// Two standard deviations for which the rule cannot be judged, if they exceed `most_noise`: those of the figure, or of
    /// the total if it is that noise.
    pub noise: f64,
    /// Two standard deviations up to which the rule can be judged, in the unit of the actual figure.
    pub most_noise: f64,
    /// Outcome.
    pub outcome: Outcome,
    /// Functions that broke the rule, or that contribute most to the sum, the largest first; empty if the rule holds.
    pub offenders: Vec<Offender>,
    /// True if the base has figures of the offenders; a function that it lacks is then new.
    pub has_base: bool,
}

impl Verdict<'_> {
    /// Factor by which the sampling period would have to be divided to judge the rule: variances fall with the period.
    pub fn rate_factor(&self) -> f64 {
        (self.noise / self.most_noise.max(1.0)).powi(2).max(1.0)
    }
}

/// Reason for which a rule cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// The pattern of a rule matches no function on either side.
    #[error("no function matches `{0}`")]
    NoMatch(String),
    /// No rule for owners names the owner of a limit.
    #[error("no rule names the owner `{0}`")]
    NoOwner(String),
    /// No function of the profile has an owner, as without names of source files.
    #[error("no function of the profile has an owner, so the memory of `{0}` is not known")]
    NoOwnedFunction(String),
    /// The allocation rate of the window is not known.
    #[error("no allocation rate: {0}")]
    NoRate(NoRate),
}

/// Maximum number of functions named for a sum that passed its limit: enough to begin with.
pub const MOST_OFFENDERS: usize = 10;

/// Window, and the base that it is compared with.
pub struct Gate<'a> {
    current: &'a GateSums,
    base: Option<&'a GateSums>,
    sigma: f64,
    answer: &'a Answer,
    /// Variance of the growth of the total and of each function; `None` unless both windows are in the answer.
    growth: Option<(f64, BTreeMap<&'a str, f64>)>,
    /// Name in the base of every renamed function, by its current name.
    former: BTreeMap<&'a str, &'a str>,
    /// Names in the base of the renamed functions.
    replaced: BTreeSet<&'a str>,
}

impl<'a> Gate<'a> {
    /// Makes a gate for the sums of an answer. `sigma` is the number of standard deviations that growth must exceed to
    /// count; 0 counts all growth.
    pub fn new(current: &'a GateSums, base: Option<&'a GateSums>, sigma: f64, answer: &'a Answer) -> Self {
        let noise = answer.base.as_ref().and_then(|base| base.noise.as_deref());
        let growth = noise.map(|noise| {
            let frames = answer.tree.frames();
            let mut functions: BTreeMap<&str, f64> = BTreeMap::new();
            for (row, uncertainty) in frames.rows().iter().zip(noise.row_uncertainties(frames)) {
                *functions.entry(row.name.raw()).or_default() += uncertainty.variance();
            }
            (noise.total(&answer.tree, CallTree::ROOT).sigma.powi(2), functions)
        });
        let former = match (base, answer.query.shape.matching) {
            (Some(base), Matching::Names | Matching::Moved) => former_names(current, base),
            _ => BTreeMap::new(),
        };
        let replaced = former.values().copied().collect();
        Self { current, base, sigma, answer, growth, former, replaced }
    }

    /// Makes a gate for other sums than the figures of the answer, which the noise of its difference does not fit: the
    /// variance of a growth is then the sum of both variances.
    pub fn of_other_sums(current: &'a GateSums, base: Option<&'a GateSums>, sigma: f64, answer: &'a Answer) -> Self {
        Self { growth: None, ..Self::new(current, base, sigma, answer) }
    }

    /// Checks a rule against the sums.
    ///
    /// # Errors
    /// [`GateError`] when the rule names functions or owners that do not exist.
    pub fn check<'r>(&self, rule: &'r GateRule) -> Result<Verdict<'r>, GateError> {
        let mut verdict = self.verdict(rule)?;
        if !verdict.offenders.is_empty() {
            let sites = self.sites();
            for offender in &mut verdict.offenders {
                offender.site = sites.get(offender.name.as_str()).map(|(_, node)| *node);
            }
        }
        Ok(verdict)
    }

    fn verdict<'r>(&self, rule: &'r GateRule) -> Result<Verdict<'r>, GateError> {
        let sums = match &rule.limit {
            Limit::Total(most) => {
                let sums =
                    RuleSums { actual: self.current.total, variance: self.current.variance, ..RuleSums::default() };
                let outcome = Self::held(sums.actual, *most);
                return Ok(self.summed(rule, sums, outcome, |offender| offender.current));
            }
            Limit::Growth(bound) => {
                let base = self.base.map_or(Amount::ZERO, |base| base.total);
                let variance = self.growth_variance();
                let actual = self.current.total.minus(base);
                let sums = RuleSums { actual, variance, base: Some(base), ..RuleSums::default() };
                let outcome = self.outcome(sums, *bound);
                return Ok(self.summed(rule, sums, outcome, Offender::delta));
            }
            Limit::New(most) => {
                // A negative value, as a difference has it, does not make room for other functions.
                let is_new = |offender: &Offender| offender.base.is_none() && offender.current > Amount::ZERO;
                let mut new: Vec<Offender> = self.functions().filter(is_new).collect();
                let actual: Amount = new.iter().map(|offender| offender.current).sum();
                let [by_chance, missed] = self.missed_by_base();
                let variances = new.iter().map(|offender| offender.sigma.map(|sigma| sigma * sigma));
                let variance = variances.sum::<Option<f64>>().map(|variance| variance + missed);
                let base = Some(self.base.map_or(Amount::ZERO, |base| base.total));
                let sums = RuleSums { actual, by_chance, variance, base };
                let outcome = self.outcome(sums, Threshold::Size(*most));
                new.retain(|_| outcome == Outcome::Broken);
                largest(&mut new, |offender| offender.current);
                (sums, outcome, new)
            }
            Limit::AllocRate(most) => self.rate(*most)?,
            Limit::Owner(owner, most) => self.owned(owner, *most)?,
            Limit::Function(pattern, bound) => self.each(&rule.limit, pattern, *bound)?,
        };
        let (sums, outcome, offenders) = sums;
        Ok(self.concluded(rule, sums, outcome, offenders))
    }

    /// Allocation rate of the window, of all functions together.
    fn rate(&self, most: Amount) -> Result<(RuleSums, Outcome, Vec<Offender>), GateError> {
        let Answer { series, timeline, query, .. } = self.answer;
        let rate = match query.aggregate {
            Aggregate::Last => Rates::newest_allocated(series, timeline, query.window, query.instance),
            _ => Rates::of(series, timeline, query.window, query.instance).allocated,
        };
        // Only a divisor that was asked for is one of a limit on all instances.
        let instances = match query.per {
            Per::Instance => self.answer.window_sums[query.sample_type].instance_divisor(),
            _ => 1.0,
        };
        let rate = MeasuredRate { instances, ..rate.map_err(GateError::NoRate)? };
        let actual = Amount::of_fraction(rate.per_second());
        let outcome = if actual > most { Outcome::Broken } else { Outcome::Holds };
        let variance = rate.sigma_per_second().map(|sigma| sigma * sigma);
        Ok((RuleSums { actual, variance, ..RuleSums::default() }, outcome, Vec::new()))
    }

    /// Outcome for a sum without regard to the base, before noise is considered.
    fn held(actual: Amount, most: Amount) -> Outcome {
        if actual > most { Outcome::Broken } else { Outcome::Holds }
    }

    /// Self of functions that the base is expected to miss by sampling, with its variance: 0 unless a rule regards noise.
    /// One process has the same samples on both sides, of which none is missed.
    fn missed_by_base(&self) -> [f64; 2] {
        let basis = self.answer.base.as_ref().and_then(|base| base.noise.as_deref()).map(|noise| noise.basis);
        match self.base {
            Some(base) if self.sigma > 0.0 && !basis.is_some_and(NoiseBasis::is_one_process) => base.missed_elsewhere(),
            _ => [0.0; 2],
        }
    }

    /// Outcome for the growth of a sum, before noise that could hide anything is considered.
    fn outcome(&self, sums: RuleSums, bound: Threshold) -> Outcome {
        let RuleSums { actual, by_chance, variance, base } = sums;
        if is_within(actual, base.unwrap_or_default(), bound) {
            return Outcome::Holds;
        }
        let sigma = variance.filter(|_| self.sigma > 0.0).map(|variance| variance.max(0.0).sqrt());
        let is_noise = sigma.is_some_and(|sigma| actual.as_f64() - by_chance <= self.sigma * sigma);
        if is_noise { Outcome::WithinNoise } else { Outcome::Broken }
    }

    /// Noise of a rule's own sum, or of a total if only that is too large: its parts cannot be judged either, even where
    /// they have no sample. Noise beyond the limit and half of the whole, as with a sampling period that a file makes up,
    /// could hide anything. The noise of a growth by itself counts only if the gate regards noise.
    fn noise(&self, limit: &Limit, sums: RuleSums) -> RuleNoise {
        let bound = limit.bound(sums.base);
        let of = |variance: Option<f64>, whole: Amount| RuleNoise {
            noise: 2.0 * variance.unwrap_or(0.0).max(0.0).sqrt(),
            most: most_noise(bound, whole),
        };
        let own = match limit {
            Limit::AllocRate(_) => return of(sums.variance, sums.actual),
            _ if !limit.needs_base() => of(sums.variance, self.current.total),
            _ => of(sums.variance.filter(|_| self.sigma > 0.0), self.base_total(sums.base)),
        };
        let base = self.base.filter(|_| limit.needs_base());
        let totals = std::iter::once(self.current).chain(base).map(|sums| of(sums.variance, sums.total));
        std::iter::once(own).chain(totals).find(|noise| noise.is_too_large()).unwrap_or(own)
    }

    /// Variance of the growth of the total; `None` if it is not known.
    fn growth_variance(&self) -> Option<f64> {
        match &self.growth {
            Some((variance, _)) => Some(*variance),
            None => self.base.and_then(|base| Some(base.variance? + self.current.variance?)),
        }
    }

    /// Outcome of a rule with its noise: one that would hold is not judged if noise could hide anything.
    fn judged(&self, limit: &Limit, sums: RuleSums, outcome: Outcome) -> Outcome {
        let is_hidden = outcome.is_ok() && self.noise(limit, sums).is_too_large();
        if is_hidden { Outcome::Unjudged } else { outcome }
    }

    /// Verdict on the functions that a pattern matches: that of the worst.
    fn each(
        &self,
        limit: &Limit,
        pattern: &Regex,
        bound: Threshold,
    ) -> Result<(RuleSums, Outcome, Vec<Offender>), GateError> {
        let is_growth = matches!(bound, Threshold::Percent(_));
        let measure = |offender: &Offender| if is_growth { offender.delta() } else { offender.current };
        let matching: Vec<Offender> =
            self.functions().filter(|offender| matches_name(pattern, &offender.name)).collect();
        if matching.is_empty() {
            return Err(GateError::NoMatch(pattern.as_str().to_owned()));
        }
        let sums_of = |offender: &Offender| match bound {
            // Not the variance of the growth, which is another sum.
            Threshold::Size(_) => self.held_sums(offender),
            Threshold::Percent(_) => RuleSums {
                actual: offender.delta(),
                variance: offender.sigma.map(|sigma| sigma * sigma),
                base: Some(offender.base.unwrap_or_default()),
                ..RuleSums::default()
            },
        };
        let outcome_of = |offender: &Offender| {
            let sums = sums_of(offender);
            let outcome = match bound {
                Threshold::Size(most) => Self::held(offender.current, most),
                Threshold::Percent(_) => self.outcome(sums, bound),
            };
            self.judged(limit, sums, outcome)
        };
        let judged: Vec<(Outcome, Offender)> =
            matching.into_iter().map(|offender| (outcome_of(&offender), offender)).collect();
        let rank = |outcome: Outcome| match outcome {
            Outcome::Holds => 0,
            Outcome::WithinNoise => 1,
            Outcome::Unjudged => 2,
            Outcome::Broken => 3,
        };
        let worst = judged.iter().max_by_key(|(outcome, offender)| (rank(*outcome), measure(offender)));
        let (outcome, sums) =
            worst.map_or((Outcome::Holds, RuleSums::default()), |(outcome, offender)| (*outcome, sums_of(offender)));
        let mut offenders: Vec<Offender> = judged
            .into_iter()
            .filter(|(outcome, _)| *outcome == Outcome::Broken)
            .map(|(_, offender)| offender)
            .collect();
        offenders.compact_sort_by(|a, b| measure(b).cmp(&measure(a)).then_with(|| a.name.cmp(&b.name)));
        Ok((sums, outcome, offenders))
    }

    /// Returns true for a limit on functions that have no self on either side, as those that only call others.
    pub fn is_of_callers(&self, limit: &Limit) -> bool {
        let Limit::Function(pattern, _) = limit else { return false };
        let is_caller = |one: &Offender| one.current == Amount::ZERO && one.base.unwrap_or_default() == Amount::ZERO;
        self.functions().filter(|one| matches_name(pattern, &one.name)).all(|one| is_caller(&one))
    }

    /// Self of a function in the current window, without regard to the base.
    fn held_sums(&self, offender: &Offender) -> RuleSums {
        let of_none = || self.current.variance.map(|_| 0.0);
        let variance = self.current.functions.get(&offender.name).map_or_else(of_none, |own| own.variance);
        RuleSums { actual: offender.current, variance, ..RuleSums::default() }
    }

    /// Verdict on the memory of an owner, over all rules that name the owner.
    fn owned(&self, owner: &str, most: Amount) -> Result<(RuleSums, Outcome, Vec<Offender>), GateError> {
        if !self.answer.series.owners().is_some_and(|rules| rules.has(owner)) {
            return Err(GateError::NoOwner(owner.to_owned()));
        }
        if owner != UNOWNED && frame_owners(self.answer).iter().all(|owner| *owner == UNOWNED) {
            return Err(GateError::NoOwnedFunction(owner.to_owned()));
        }
        let (sums, functions) = self.current.owned(owner);
        let then = self.base.map(|base| base.owned(owner).1).unwrap_or_default();
        let outcome = Self::held(sums.actual, most);
        let offender = |(name, current): (&str, Amount)| Offender {
            name: name.to_owned(),
            base: then.get(self.former.get(name).copied().unwrap_or(name)).copied(),
            current,
            sigma: None,
            site: None,
        };
        let mut offenders: Vec<Offender> = functions.into_iter().map(offender).collect();
        offenders.retain(|offender| outcome == Outcome::Broken && offender.current > Amount::ZERO);
        largest(&mut offenders, |offender| offender.current);
        Ok((sums, outcome, offenders))
    }

    /// Verdict on a sum; if it is broken, with the functions that contribute most.
    fn summed<'r>(
        &self,
        rule: &'r GateRule,
        sums: RuleSums,
        outcome: Outcome,
        share: impl Fn(&Offender) -> Amount,
    ) -> Verdict<'r> {
        let mut offenders = Vec::new();
        if outcome == Outcome::Broken {
            offenders.extend(self.functions().filter(|offender| share(offender) > Amount::ZERO));
            largest(&mut offenders, share);
        }
        self.concluded(rule, sums, outcome, offenders)
    }

    fn concluded<'r>(
        &self,
        rule: &'r GateRule,
        sums: RuleSums,
        outcome: Outcome,
        offenders: Vec<Offender>,
    ) -> Verdict<'r> {
        let RuleSums { actual, by_chance, variance, base } = sums;
        let outcome = self.judged(&rule.limit, sums, outcome);
        let RuleNoise { noise, most: most_noise } = self.noise(&rule.limit, sums);
        let has_base = match rule.limit {
            // A baseline keeps no memory of owners.
            Limit::Owner(..) => self.base.is_some_and(|base| !base.owners.is_empty()),
            _ => self.base.is_some(),
        };
        let sigma = variance.map(f64::sqrt);
        Verdict { rule, actual, base, by_chance, sigma, noise, most_noise, outcome, offenders, has_base }
    }

    /// Total of the base; the base of a rule's own sum if there is no other.
    fn base_total(&self, base: Option<Amount>) -> Amount {
        self.base.map_or(base.unwrap_or_default(), |base| base.total)
    }

    /// Functions with a figure on either side. A renamed function is one function on both sides.
    fn functions(&self) -> impl Iterator<Item = Offender> + '_ {
        let known = move |name: &str| {
            let name = self.former.get(name).copied().unwrap_or(name);
            self.base.and_then(|base| base.functions.get(name)).copied()
        };
        let now = self.current.functions.iter().map(move |(name, now)| {
            // A function is new if the function that had its name in the base has another name now.
            let is_same_name = !self.former.contains_key(name.as_str());
            let is_taken = is_same_name && self.replaced.contains(name.as_str());
            let then = if is_taken { None } else { known(name) };
            let growth = self.growth.as_ref().and_then(|(_, functions)| functions.get(name.as_str())).copied();
            let variance = match (self.base, then) {
                (Some(_), Some(then)) => {
                    let sum = now.variance.zip(then.variance).map(|(now, then)| now + then);
                    growth.filter(|_| is_same_name).or(sum)
                }
                // The variance of the growth includes samples that the base may have missed.
                (Some(_), None) => now.variance.map(|now| now.max(growth.unwrap_or(0.0))),
                (None, _) => now.variance,
            };
            let (base, sigma) = (then.map(|then| then.own), variance.map(f64::sqrt));
            Offender { name: name.clone(), base, current: now.own, sigma, site: None }
        });
        let gone = self.base.into_iter().flat_map(|base| &base.functions);
        let is_gone = move |name: &str| !self.current.functions.contains_key(name) && !self.replaced.contains(name);
        let gone = gone.filter(move |(name, _)| is_gone(name));
        let gone = gone.map(|(name, then)| Offender {
            name: name.clone(),
            base: Some(then.own),
            current: Amount::ZERO,
            sigma: then.variance.map(f64::sqrt),
            site: None,
        });
        now.chain(gone)
    }

    /// Node of each function whose own figure grew most or, without a base in the answer, is largest.
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

/// Noise of a rule.
#[derive(Clone, Copy, Debug)]
struct RuleNoise {
    /// Two standard deviations.
    noise: f64,
    /// Noise up to which the rule can be judged.
    most: f64,
}

impl RuleNoise {
    fn is_too_large(self) -> bool {
        self.noise > self.most
    }
}

/// Noise up to which a rule can be judged: its limit, or half of the whole.
fn most_noise(bound: Amount, whole: Amount) -> f64 {
    bound.as_f64().max(whole.as_f64().abs() / 2.0)
}

impl GateSums {
    /// Memory of an owner, over all rules that name the owner, and its parts by function.
    fn owned(&self, owner: &str) -> (RuleSums, BTreeMap<&str, Amount>) {
        let (mut sums, mut functions) = (RuleSums::default(), BTreeMap::<&str, Amount>::new());
        for (_, found) in self.owners.iter().filter(|(names, _)| is_among(owner, names)) {
            sums.actual += found.own;
            sums.variance = found.variance.map(|more| sums.variance.unwrap_or(0.0) + more);
            for (name, sum) in &found.functions {
                *functions.entry(name).or_default() += *sum;
            }
        }
        (sums, functions)
    }
}

/// Sum that a rule limits.
#[derive(Clone, Copy, Debug, Default)]
struct RuleSums {
    actual: Amount,
    by_chance: f64,
    variance: Option<f64>,
    base: Option<Amount>,
}

/// Name in the base of every renamed function, by its current name.
fn former_names<'a>(current: &'a GateSums, base: &'a GateSums) -> BTreeMap<&'a str, &'a str> {
    let mut names: Vec<&str> = base.functions.keys().chain(current.functions.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let readable: Vec<Option<String>> = names.iter().map(|name| demangled(name)).collect();
    let own = |sums: &GateSums, name: &str| sums.functions.get(name).map_or(0, |function| function.own.in_millionths());
    let sized: Vec<SizedName<'_>> = names
        .iter()
        .zip(&readable)
        .map(|(name, readable)| SizedName {
            name: readable.as_deref().unwrap_or(name),
            base: own(base, name),
            current: own(current, name),
        })
        .collect();
    renamed(&sized).into_iter().map(|(from, to)| (names[to], names[from])).collect()
}

/// Name of the report rows of functions without a name.
const NAMELESS: &str = "<unknown>";

/// Returns true if a pattern matches a name as it is or demangled. A function without a name matches as empty text too.
fn matches_name(pattern: &Regex, name: &str) -> bool {
    names::matches(name, |name| pattern.is_match(name)) || name == NAMELESS && pattern.is_match("")
}

/// Keeps the functions that contribute most, the largest first.
fn largest(offenders: &mut Vec<Offender>, share: impl Fn(&Offender) -> Amount) {
    offenders.compact_sort_by(|a, b| share(b).cmp(&share(a)).then_with(|| a.name.cmp(&b.name)));
    offenders.truncate(MOST_OFFENDERS);
}
