//! Verdicts on the growth of functions. Tests are corrected over the functions of each instance by itself.

use std::ops::Range;

use crate::analysis::chance::{chance_of, is_rarely_changed};
use crate::analysis::p_values;
use crate::analysis::rank::{holm, least_p_value, mann_kendall, testable};
use crate::analysis::shape::{Curve, CurveShape};
use crate::analysis::trend::continued::{LEAST_OF_PROCESS, is_still_growing};
use crate::analysis::trend::{FunctionTrend, LEVEL, TrendStatus, Trends};

/// Level below which a corrected p-value of noise lets a growth be named.
const NOISE_LEVEL: f64 = 0.05;

/// Result of the tests of a function, after correction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Evidence {
    /// With these snapshots, no result could be significant.
    #[default]
    Untested,
    /// The trend is not beyond chance.
    None,
    /// The trend is beyond chance, and the growth is within noise.
    Trend,
    /// Trend and growth are significant.
    Both,
}

impl Trends {
    /// Tests all lines, and sets their verdicts.
    pub(super) fn judge(&mut self) {
        let lanes = &self.lanes;
        // Rows are in the order of the lanes, which are in that of their instances.
        let instances = self.rows.chunk_by(|one, next| lanes[one.lane].instance == lanes[next.lane].instance);
        let counts: Vec<usize> = instances.map(<[FunctionTrend]>::len).collect();
        let mut start = 0;
        let mut more = Vec::new();
        for count in counts {
            more.extend(self.judge_instance(start..start + count));
            start += count;
        }
        self.more_snapshots = more.into_iter().min();
    }

    /// Judges the rows of one instance. Returns the number of further snapshots after which growth could be
    /// distinguished from chance.
    fn judge_instance(&mut self, rows: Range<usize>) -> Option<usize> {
        let evidence = self.test(rows.clone());
        let mut growing_points: Option<Vec<usize>> = None;
        for (row, evidence) in self.rows[rows.clone()].iter_mut().zip(evidence) {
            let lane = &self.lanes[row.lane];
            let line = &self.values[row.start..row.start + lane.snapshots.len()];
            let is_growing = is_still_growing(line, &lane.processes);
            let rises_always = row.delta > 0 && lane.processes.iter().all(|process| is_rising(&line[process.clone()]));
            let is_beyond_two_sigma = row.sigma.is_none_or(|sigma| row.delta.unsigned_abs() as f64 > 2.0 * sigma);
            let is_steep = row.steepness > 0.0;
            let is_significant = evidence == Evidence::Both && is_steep && row.delta > 0;
            // If every process is too short to judge, it is not known whether the growth has stopped.
            let is_undecided = lane.processes.len() > 1
                && lane.processes.iter().all(|process| process.len() < LEAST_OF_PROCESS)
                && lane.processes.last().is_some_and(|newest| is_rising(&line[newest.clone()]));
            row.status = match () {
                () if is_significant && is_growing => TrendStatus::Suspect,
                () if is_significant && is_undecided => TrendStatus::Growing,
                () if is_significant => TrendStatus::Settled,
                () if is_growing && is_steep && (evidence == Evidence::Untested || rises_always) => {
                    TrendStatus::Growing
                }
                () if row.delta != 0 && !is_beyond_two_sigma => TrendStatus::Noise,
                () if evidence == Evidence::Trend => TrendStatus::Noise,
                () => TrendStatus::Flat,
            };
            let is_untested = evidence == Evidence::Untested && row.delta > 0 && is_beyond_two_sigma;
            row.is_significant = evidence == Evidence::Both && row.delta > 0;
            row.is_undecided = is_untested && rises_always;
            if is_untested || row.status == TrendStatus::Growing {
                let points = lane.processes.iter().map(ExactSizeIterator::len).collect();
                growing_points = growing_points.or(Some(points));
            }
            row.shape =
                CurveShape::of(&Curve { values: line, segments: &lane.processes, tau: row.tau, sigma: row.sigma });
        }
        // With further snapshots, each function that moves can be significant; with two snapshots, none can yet.
        let moves = |row: &&FunctionTrend| {
            let lane = &self.lanes[row.lane];
            let line = &self.values[row.start..row.start + lane.snapshots.len()];
            lane.processes.iter().any(|process| line[process.clone()].windows(2).any(|pair| pair[0] != pair[1]))
        };
        let candidates = self.rows[rows].iter().filter(moves).count();
        growing_points.and_then(|points| more_snapshots(points, candidates))
    }

    /// Tests the trend and the growth of each row of one instance, and sets their p-values.
    fn test(&mut self, rows: Range<usize>) -> Vec<Evidence> {
        let rows = &mut self.rows[rows];
        let mut least = Vec::with_capacity(rows.len());
        for row in rows.iter_mut() {
            let lane = &self.lanes[row.lane];
            let found = mann_kendall(&self.values[row.start..row.start + lane.snapshots.len()], &lane.processes);
            (row.tau, row.p_value) = (found.tau, found.p_value);
            least.push(found.least_p_value);
        }
        let tested = testable(&least, LEVEL);
        let p_values: Vec<f64> = tested.iter().map(|index| rows[*index].combined_p_value()).collect();
        let trend_p_values: Vec<f64> = tested.iter().map(|index| rows[*index].p_value).collect();
        let mut evidence = vec![Evidence::default(); rows.len()];
        let [both, trend] = [p_values, trend_p_values].map(|p_values| holm(&p_values, LEVEL));
        for (place, index) in tested.iter().enumerate() {
            evidence[*index] = match (both[place], trend[place]) {
                (true, _) => Evidence::Both,
                (false, true) => Evidence::Trend,
                (false, false) => Evidence::None,
            };
        }
        // By the rule for the sites of a comparison.
        let changed: Vec<usize> = (0..rows.len()).filter(|index| rows[*index].delta != 0).collect();
        let chance = |row: &FunctionTrend| row.uncertainty().map_or(0.0, |of_row| chance_of(row.delta, of_row));
        let mut noise: Vec<f64> = changed.iter().map(|index| chance(&rows[*index])).collect();
        let is_unchanged = |row: &&FunctionTrend| row.delta == 0 && row.uncertainty().is_some_and(is_rarely_changed);
        noise.extend(rows.iter().filter(is_unchanged).map(|_| 1.0));
        for (index, is_beyond_noise) in changed.into_iter().zip(holm(&noise, NOISE_LEVEL)) {
            rows[index].is_beyond_noise = is_beyond_noise;
        }
        evidence
    }
}

impl FunctionTrend {
    /// Two-sided p-value of the growth against sampling noise; 0 if the noise is not known.
    fn noise_p_value(&self) -> f64 {
        match self.sigma {
            Some(sigma) if sigma > 0.0 => p_values::normal(self.delta.unsigned_abs() as f64 / sigma),
            _ => 0.0,
        }
    }

    fn combined_p_value(&self) -> f64 {
        self.p_value.max(self.noise_p_value())
    }
}

fn is_rising(values: &[i64]) -> bool {
    values.windows(2).all(|pair| pair[1] > pair[0])
}

/// Number of further rising snapshots of the newest process after which the least p-value, corrected for `candidates`
/// functions, is below the level. Of several processes, one must have the snapshots to count in the test for continued
/// growth.
fn more_snapshots(mut points: Vec<usize>, candidates: usize) -> Option<usize> {
    /// With 64 points the least p-value is below every correction.
    const MOST: usize = 64;
    for more in 0..=MOST {
        let is_long = points.len() == 1 || points.iter().any(|count| *count >= LEAST_OF_PROCESS);
        if is_long && least_p_value(&points) * (candidates.max(1) as f64) < LEVEL {
            return (more > 0).then_some(more);
        }
        *points.last_mut()? += 1;
    }
    None
}
