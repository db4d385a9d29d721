//! Builds over time: a total for each build, the levels of the totals, and the first build that left its level.
//!
//! # Rule
//!
//! Totals of equal builds differ by the sampling of each profile, with a known σ, and by differences between two runs.
//! The builds since the last shift are one level of m totals x. Their mean r is weighted by 1 / u with u = max(σ², q), of
//! which q stands for two runs: 2% of the first total, squared, or the variance of the level before, whichever is
//! larger. Builds with like σ count alike, and one that was measured badly counts little: with equal weights a single
//! build with a hundred times the σ of others would hide every change after it, in r and in its variance.
//!
//! From four builds on, the variance between builds is known too: s² = Σ (x − r)² / u / (m − 1), times the harmonic mean of
//! u, with m − 1 degrees of freedom. For like σ this is the usual sample variance; in general each term of the sum is
//! 1 by expectation, however large the σ of its build. Until a new level has four builds, the s² of the level before is
//! used. The first level has none before: σ, known or not, says nothing of two runs, so runs are assumed to differ by
//! 2%.
//!
//! With W = Σ 1 / u, the mean has the variance Σ (σ / u)² / W² by sampling, and s² Σ (1 / u)² / W² by s²; v is the larger one.
//! With w = max(σ², s²) for a build with the total x, the difference x − r has the variance w + v. For like σ,
//! v = max(σ², s²) / m. The probability p of such a difference by chance alone is that of Student's t where s² is the
//! larger one, since few builds estimate it badly, and else that of a normal deviate,
//! erfc(|x − r| / √(2 (w + v))).
//!
//! A build deviates if p is at most 0.05 / n for n builds (Bonferroni), so that one in twenty histories without a
//! change names a build; and if the difference is at least 1% of r. A deviation is a shift if it lasts, which means that
//! the next build deviates from the same level in the same direction; otherwise it is an outlier. A next build that was
//! measured too badly to show the same total is passed over. The newest build has no next build; its shift is not
//! confirmed.
//!
//! # Drift
//!
//! Steady growth widens s², and so leaves no level by the rule above. The builds of the last level without outliers
//! drift if Mann-Kendall's p is at most 0.05, which depends on their order alone, and if the mean of the last third
//! differs from that of the first third in the same direction by at least 1%.

use std::collections::BTreeMap;

use crate::analysis::amount::Amount;
use crate::analysis::p_values;
use crate::analysis::rank::mann_kendall;
use crate::base::compact_sort::CompactSort;
use crate::base::step_count::count_steps;

/// Probability that a history without a change has a shift.
const LEVEL: f64 = 0.05;
/// Smallest difference that counts, as a fraction of the level.
const LEAST: f64 = 0.01;
/// Standard deviation between two runs while it is not known, as a fraction of the level.
const ASSUMED_SPREAD: f64 = 0.02;
/// Number of builds from which the variance between builds is known.
const KNOWN_FROM: usize = 4;
/// Maximum number of next builds that are looked at for one that could show a shift.
const MOST_NEXT: usize = 8;
/// Maximum number of functions named at a shift.
const MOST_SITES: usize = 5;

/// Figures of a build.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Build {
    /// Revision of the source, as the user or the repository names it.
    pub revision: String,
    /// Time of the profile, RFC 3339; `None` if it is not known.
    pub time: Option<String>,
    /// Total in units of the sample type.
    pub total: Amount,
    /// Standard deviation of the total by sampling; `None` if it is not known.
    pub sigma: Option<f64>,
    /// Functions with the largest self, largest first.
    pub sites: Vec<BuildSite>,
    /// True if `sites` has every function.
    pub is_complete: bool,
    /// Verdict of the gate; `None` if no rule was given.
    pub ok: Option<bool>,
}

/// Function of a build.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuildSite {
    /// Name.
    pub name: String,
    /// Self.
    pub own: Amount,
    /// Standard deviation by sampling; `None` if it is not known.
    pub sigma: Option<f64>,
}

/// Status of a build in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildStatus {
    /// Within the noise of its level.
    Steady,
    /// Alone above or below the level.
    Outlier,
    /// First build of a higher level.
    Higher,
    /// First build of a lower level.
    Lower,
}

impl BuildStatus {
    /// Returns the name of the status.
    pub fn word(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Outlier => "outlier",
            Self::Higher => "bad",
            Self::Lower => "better",
        }
    }
}

/// Verdict on a build.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildVerdict {
    /// Status.
    pub status: BuildStatus,
    /// Mean of the level before the build; `None` for the first build.
    pub level: Option<f64>,
    /// Standard deviation of the difference from the level; `None` for the first build.
    pub sigma: Option<f64>,
    /// False for a shift in the newest build.
    pub is_confirmed: bool,
    /// Last build of the level before the build; `None` for the first build.
    pub last_of_level: Option<usize>,
}

/// Growth of a function at a shift.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteGrowth {
    /// Name.
    pub name: String,
    /// Growth; a lower bound if the build before does not list the function.
    pub delta: Amount,
}

/// Running sums over the builds of a level, so that a build costs the same however many there are.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// Last build of the level.
    last: usize,
    count: usize,
    /// Variance between two runs from which weights are computed.
    runs: f64,
    /// Weighted mean.
    mean: f64,
    /// Sum of the weights.
    weights: f64,
    /// Sum of the squared weights.
    squared_weights: f64,
    /// Weighted sum of the squared differences from the mean (West).
    squares: f64,
    /// Sum of σ² by sampling, times the squared weight.
    sampling: f64,
}

impl Level {
    /// Level that begins with a build; `carried` is the variance between the builds of the level before.
    fn new(at: usize, build: &Build, carried: Option<BuildSpread>) -> Self {
        let total = build.total.as_f64();
        // Amounts are whole: a variance below 1 is no estimate.
        let runs = (ASSUMED_SPREAD * total).powi(2).max(carried.map_or(0.0, |spread| spread.variance)).max(1.0);
        let mut level = Self {
            last: at,
            count: 0,
            runs,
            mean: total,
            weights: 0.0,
            squared_weights: 0.0,
            squares: 0.0,
            sampling: 0.0,
        };
        level.add(at, build);
        level
    }

    fn add(&mut self, at: usize, build: &Build) {
        count_steps(1);
        let sampling = variance_of(build);
        let weight = 1.0 / sampling.max(self.runs);
        let before = build.total.as_f64() - self.mean;
        self.last = at;
        self.count += 1;
        self.weights += weight;
        self.squared_weights += weight * weight;
        self.mean += before * weight / self.weights;
        self.squares += (weight * before * (build.total.as_f64() - self.mean)).max(0.0);
        self.sampling += sampling * weight * weight;
    }

    /// Number of builds of equal weight whose mean would vary as much.
    fn effective_count(&self) -> f64 {
        self.weights * self.weights / self.squared_weights
    }

    /// Variance of the mean by sampling.
    fn sampling_of_mean(&self) -> f64 {
        self.sampling / (self.weights * self.weights)
    }

    /// Variance between the builds; `None` for too few builds.
    fn spread(&self) -> Option<BuildSpread> {
        let freedom = self.count.saturating_sub(1);
        let variance = self.squares / freedom as f64 * self.count as f64 / self.weights;
        (self.count >= KNOWN_FROM).then_some(BuildSpread { variance, freedom })
    }
}

/// σ² of a build by sampling; 0 if it is not known.
fn variance_of(build: &Build) -> f64 {
    build.sigma.map_or(0.0, |sigma| sigma * sigma)
}

/// Variance between the builds of a level.
#[derive(Clone, Copy, Debug)]
struct BuildSpread {
    variance: f64,
    /// Degrees of freedom.
    freedom: usize,
}

/// Difference of a build from a level.
struct Deviation {
    level: f64,
    difference: f64,
    sigma: f64,
    /// Degrees of freedom of `sigma` if builds estimate it.
    freedom: Option<usize>,
}

impl Deviation {
    /// Difference of a build from a level; `carried` is the variance between the builds of the level before.
    fn of(level: &Level, carried: Option<BuildSpread>, build: &Build) -> Self {
        count_steps(1);
        let (count, own, sampling) = (level.effective_count(), variance_of(build), level.sampling_of_mean());
        let estimated = level.spread().or(carried);
        let spread = estimated.map_or((ASSUMED_SPREAD * level.mean).powi(2), |spread| spread.variance);
        let variance = own.max(spread) + sampling.max(spread / count);
        let known = own.max(sampling * count);
        Self {
            level: level.mean,
            difference: build.total.as_f64() - level.mean,
            sigma: variance.sqrt(),
            freedom: estimated.filter(|spread| spread.variance > known).map(|spread| spread.freedom),
        }
    }

    /// True if the difference is beyond chance among `builds` tests, and large enough to matter.
    fn is_shift(&self, builds: usize) -> bool {
        let size = self.difference.abs();
        let p_value = match self.freedom {
            _ if self.sigma <= 0.0 => 0.0,
            Some(freedom) => p_values::student(size / self.sigma, freedom),
            None => p_values::normal(size / self.sigma),
        };
        size > 0.0 && size >= LEAST * self.level.abs() && p_value <= LEVEL / builds.max(1) as f64
    }
}

/// Judges every build of a history, oldest first, by the rule of this file.
pub fn judge(builds: &[Build]) -> Vec<BuildVerdict> {
    let mut current: Option<Level> = None;
    let mut carried = None;
    let mut verdicts = Vec::with_capacity(builds.len());
    for (at, build) in builds.iter().enumerate() {
        let Some(level) = &mut current else {
            current = Some(Level::new(at, build, None));
            verdicts.push(BuildVerdict {
                status: BuildStatus::Steady,
                level: None,
                sigma: None,
                is_confirmed: true,
                last_of_level: None,
            });
            continue;
        };
        let last = level.last;
        let deviation = Deviation::of(level, carried, build);
        let shows = |next: &&Build| {
            let alike = Build { total: build.total, sigma: next.sigma, ..Build::default() };
            Deviation::of(level, carried, &alike).is_shift(builds.len())
        };
        let is_shift = deviation.is_shift(builds.len());
        let next = builds[at + 1..].iter().take(MOST_NEXT).find(|next| is_shift && shows(next));
        let next = next.map(|next| Deviation::of(level, carried, next));
        let lasts = next.as_ref().is_none_or(|next| {
            next.is_shift(builds.len()) && next.difference.is_sign_positive() == deviation.difference.is_sign_positive()
        });
        let status = match (is_shift, lasts) {
            (false, _) => BuildStatus::Steady,
            (true, false) => BuildStatus::Outlier,
            (true, true) if deviation.difference > 0.0 => BuildStatus::Higher,
            (true, true) => BuildStatus::Lower,
        };
        match status {
            BuildStatus::Steady => level.add(at, build),
            BuildStatus::Outlier => {}
            BuildStatus::Higher | BuildStatus::Lower => {
                carried = level.spread().or(carried);
                *level = Level::new(at, build, carried);
            }
        }
        verdicts.push(BuildVerdict {
            status,
            level: Some(deviation.level),
            sigma: Some(deviation.sigma),
            is_confirmed: status == BuildStatus::Steady || next.is_some(),
            last_of_level: Some(last),
        });
    }
    verdicts
}

/// Steady growth or decrease of the builds of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuildDrift {
    /// First build of the level.
    pub first: usize,
    /// Last build of the level that is no outlier.
    pub last: usize,
    /// Number of builds, without outliers.
    pub builds: usize,
    /// Mann-Kendall's p.
    pub p_value: f64,
}

/// Drift of the last level, by the rule of this file; `None` without one.
pub fn drift(builds: &[Build], verdicts: &[BuildVerdict]) -> Option<BuildDrift> {
    let is_shift = |verdict: &BuildVerdict| matches!(verdict.status, BuildStatus::Higher | BuildStatus::Lower);
    let start = verdicts.iter().rposition(is_shift).unwrap_or(0);
    let level: Vec<usize> = (start..verdicts.len()).filter(|at| verdicts[*at].status != BuildStatus::Outlier).collect();
    let totals: Vec<f64> = level.iter().map(|at| builds[*at].total.as_f64()).collect();
    let mut sorted = totals.clone();
    sorted.compact_sort_by(f64::total_cmp);
    let rank = |total: &f64| i64::try_from(sorted.partition_point(|other| other < total)).unwrap_or(i64::MAX);
    let ranks: Vec<i64> = totals.iter().map(rank).collect();
    let trend = mann_kendall(&ranks, std::slice::from_ref(&(0..ranks.len())));
    let third = totals.len() / 3;
    let mean = |totals: &[f64]| totals.iter().sum::<f64>() / totals.len().max(1) as f64;
    let (early, late) = (mean(&totals[..third]), mean(&totals[totals.len() - third..]));
    let moved = (late - early) * trend.tau.signum();
    let is_large = moved > 0.0 && moved >= LEAST * early.abs();
    let (first, last) = (*level.first()?, *level.last()?);
    (trend.p_value <= LEVEL && is_large).then_some(BuildDrift {
        first,
        last,
        builds: level.len(),
        p_value: trend.p_value,
    })
}

/// Functions that grew most between two builds, beyond two standard deviations of sampling, largest first.
pub fn grown_sites(before: &Build, after: &Build) -> Vec<SiteGrowth> {
    let known: BTreeMap<&str, &BuildSite> = before.sites.iter().map(|site| (&*site.name, site)).collect();
    // A function that is not listed has at most the self of the last listed function.
    let rest =
        if before.is_complete { Amount::ZERO } else { before.sites.last().map_or(Amount::ZERO, |site| site.own) };
    let growth = |site: &BuildSite| {
        let then = known.get(&*site.name);
        let delta = site.own.minus(then.map_or(rest, |then| then.own));
        let variance = |sigma: Option<f64>| sigma.map_or(0.0, |sigma| sigma * sigma);
        let noise = (variance(site.sigma) + variance(then.and_then(|then| then.sigma))).sqrt();
        (delta > Amount::ZERO && delta.as_f64() > 2.0 * noise).then(|| SiteGrowth { name: site.name.clone(), delta })
    };
    let mut grown: Vec<SiteGrowth> = after.sites.iter().filter_map(growth).collect();
    grown.compact_sort_by(|one, other| other.delta.cmp(&one.delta).then_with(|| one.name.cmp(&other.name)));
    grown.truncate(MOST_SITES);
    grown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::step_count::measure_steps;
    use BuildStatus::{Higher, Lower, Outlier, Steady};

    fn statuses(totals: &[i128], sigma: Option<f64>) -> Vec<BuildStatus> {
        let builds: Vec<Build> =
            totals.iter().map(|total| Build { total: Amount::of_units(*total), sigma, ..Build::default() }).collect();
        judge(&builds).into_iter().map(|verdict| verdict.status).collect()
    }

    #[test]
    fn a_level_is_left_only_beyond_noise_and_for_good() {
        // σ is 10, so that 100 are ten standard deviations and 20 are two.
        let sigma = Some(10.0);
        assert_eq!(statuses(&[1000, 1010, 990, 1020, 985], sigma), [Steady; 5]);
        assert_eq!(statuses(&[1000, 1010, 1100, 1110, 1095], sigma), [Steady, Steady, Higher, Steady, Steady]);
        assert_eq!(statuses(&[1000, 1010, 1100, 1005], sigma), [Steady, Steady, Outlier, Steady]);
        assert_eq!(
            statuses(&[1100, 1110, 1000, 1005, 1100, 1101], sigma),
            [Steady, Steady, Lower, Steady, Higher, Steady]
        );
        let exact = |last: [i128; 2]| statuses(&[&[1000; 4][..], &last].concat(), Some(0.0))[4..].to_vec();
        assert_eq!(exact([1005, 1005]), [Steady; 2], "0.5% are too little to matter");
        assert_eq!(exact([1011, 1011]), [Higher, Steady]);
        // Whether two runs differ is not known before.
        assert_eq!(statuses(&[1000, 1050, 1060, 1055], Some(0.0)), [Steady; 4]);
        assert_eq!(statuses(&[1000, 1200, 1210, 1205], Some(0.0)), [Steady, Higher, Steady, Steady]);
    }

    #[test]
    fn without_sampling_the_builds_tell_their_noise() {
        assert_eq!(statuses(&[1000, 1000, 2000, 2000], None), [Steady, Steady, Higher, Steady], "2% are assumed");
        assert_eq!(statuses(&[1000, 1050, 1060, 1055], None), [Steady; 4]);
        assert_eq!(statuses(&[1000, 1004, 996, 1002, 1060, 1061], None)[4..], [Higher, Steady]);
        assert_eq!(
            statuses(&[1000, 1000, 1000, 1000, 1060, 1060, 1200, 1200], None)[4..],
            [Higher, Steady, Higher, Steady]
        );
        // Builds that differ by 6% have no shift of 6%.
        assert_eq!(statuses(&[1000, 1060, 1000, 1060, 980, 1070, 1080], None)[4..], [Steady; 3]);
    }

    #[test]
    fn a_build_costs_the_same_in_a_long_history() {
        let steps = |count: i128| {
            let totals: Vec<i128> = (0..count).map(|at| 1000 + at % 7).collect();
            measure_steps(|| assert!(statuses(&totals, None).iter().all(|status| *status == Steady))).0
        };
        let (small, large) = (steps(1000), steps(4000));
        assert!(small > 0 && large <= small * 5, "{small} steps became {large} at four times the size");
    }

    #[test]
    fn the_newest_build_is_not_confirmed() {
        let builds: Vec<Build> = [1000_i128, 1000, 2000]
            .into_iter()
            .map(|total| Build { total: Amount::of_units(total), sigma: Some(5.0), ..Build::default() })
            .collect();
        let last = judge(&builds).pop().unwrap();
        assert_eq!(
            (last.status, last.is_confirmed, last.level, last.last_of_level),
            (Higher, false, Some(1000.0), Some(1))
        );
    }

    /// Normal deviates: sums of twelve uniform numbers are close to normal ones, with a variance of 1.
    fn normal(seed: &mut u64) -> f64 {
        let mut uniform = || {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*seed >> 33) as f64 / f64::from(1_u32 << 31)
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }

    fn build(total: f64, sigma: f64) -> Build {
        Build { total: Amount::of_units(total as i128), sigma: Some(sigma), ..Build::default() }
    }

    #[test]
    fn one_build_that_was_measured_badly_hides_no_later_one() {
        const K: f64 = 1024.0;
        let totals = [(50.0 * K * K, 5.6 * K * K), (12.0 * K, 80.0 * K), (12.0 * K, 80.0 * K)];
        let bad = (12.0 * K, 222.0 * K * K);
        let builds: Vec<Build> =
            totals.into_iter().chain([bad, totals[0]]).map(|(total, sigma)| build(total, sigma)).collect();
        let found: Vec<BuildStatus> = judge(&builds).into_iter().map(|verdict| verdict.status).collect();
        assert_eq!(found, [Steady, Lower, Steady, Steady, Higher]);
        // Nor does it make an outlier of the shift before it.
        let level = (0..5).map(|_| build(1000.0, 10.0));
        let after = [build(2000.0, 10.0), build(900.0, 5000.0), build(2010.0, 10.0), build(1995.0, 10.0)];
        let found: Vec<BuildStatus> =
            judge(&level.chain(after).collect::<Vec<_>>()).into_iter().map(|verdict| verdict.status).collect();
        assert_eq!(found[5..], [Higher, Steady, Steady, Steady]);
    }

    #[test]
    fn builds_of_unlike_noise_have_few_false_shifts_and_show_a_true_one() {
        let mut seed = 11_u64;
        let (mut wrong, mut early, mut found) = (0, 0, 0);
        for history in 0..400 {
            // Every seventh build is measured thirty times worse.
            let mut builds = |change: f64| -> Vec<Build> {
                let sigma = |at: usize| if (at + history) % 7 == 3 { 90_000.0 } else { 3000.0 };
                let total = |at: usize| if at < 25 { 100_000.0 } else { 100_000.0 + change };
                (0..50).map(|at| build(total(at) + sigma(at) * normal(&mut seed), sigma(at))).collect()
            };
            let shifts = |builds: &[Build]| -> Vec<usize> {
                let verdicts = judge(builds);
                let is_shift = |at: &usize| matches!(verdicts[*at].status, Higher | Lower);
                (0..builds.len()).filter(is_shift).collect()
            };
            wrong += u32::from(!shifts(&builds(0.0)).is_empty());
            let changed = builds(30_000.0);
            let first = (25..50).find(|at| changed[*at].sigma == Some(3000.0));
            let all = shifts(&changed);
            early += u32::from(all.first().is_some_and(|at| *at < 25));
            found += u32::from(all.iter().find(|at| **at >= 25).copied() == first);
        }
        assert!(wrong <= 20 && early <= 20 && found >= 380, "{wrong} wrong, {early} early, {found} found of 400");
    }

    #[test]
    fn a_history_without_a_change_rarely_has_a_shift() {
        let mut seed = 7_u64;
        let (mut with_sigma, mut exact, mut without, mut drifts) = (0, 0, 0, 0);
        for _ in 0..400 {
            let totals: Vec<i128> = (0..50).map(|_| (100_000.0 + 3000.0 * normal(&mut seed)) as i128).collect();
            let has_shift = |sigma| statuses(&totals, sigma).iter().any(|status| matches!(status, Higher | Lower));
            with_sigma += u32::from(has_shift(Some(3000.0)));
            // Of an exact profiler, and of one whose sampling is not known.
            exact += u32::from(has_shift(Some(0.0)));
            without += u32::from(has_shift(None));
            drifts += u32::from(drift_of(&totals).is_some());
        }
        let found = [with_sigma, exact, without];
        assert!(found.iter().all(|found| *found <= 20), "{found:?} of 400");
        assert!(drifts <= 32, "{drifts} of 400");
    }

    fn drift_of(totals: &[i128]) -> Option<BuildDrift> {
        let builds: Vec<Build> =
            totals.iter().map(|total| Build { total: Amount::of_units(*total), ..Build::default() }).collect();
        drift(&builds, &judge(&builds))
    }

    #[test]
    fn steady_growth_is_a_drift_and_no_jump() {
        let growing: Vec<i128> = (0..14).map(|build| 1000 + 30 * build).collect();
        assert_eq!(statuses(&growing, None), [Steady; 14]);
        let found = drift_of(&growing).unwrap();
        assert_eq!((found.first, found.last, found.builds), (0, 13, 14));
        assert!(found.p_value < 0.001, "{found:?}");
        assert!(drift_of(&growing.iter().rev().copied().collect::<Vec<_>>()).is_some(), "a decrease drifts too");
        assert_eq!(drift_of(&growing[..4]), None, "four builds may stand in order by chance");
        assert_eq!(drift_of(&[1000, 1001, 1002, 1003, 1004, 1005, 1006]), None, "0.5% are too little to matter");
        assert_eq!(drift_of(&[1000, 1000, 1000, 1000, 1060, 1060, 1060, 1060, 1060]), None, "a jump alone");
    }

    #[test]
    fn a_shift_names_what_grew() {
        let site =
            |name: &str, own: i128| BuildSite { name: name.to_owned(), own: Amount::of_units(own), sigma: Some(10.0) };
        let before = Build { sites: vec![site("a", 500), site("b", 100)], ..Build::default() };
        let after = Build { sites: vec![site("c", 900), site("a", 700), site("b", 120)], ..Build::default() };
        let grown: Vec<(String, i128)> =
            grown_sites(&before, &after).into_iter().map(|site| (site.name, site.delta.units())).collect();
        assert_eq!(grown, [("c".to_owned(), 800), ("a".to_owned(), 200)], "20 are within noise; c had at most 100");
    }
}
