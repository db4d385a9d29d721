//! Sum of correlated errors by node: σ of a weighted sum is at most Σ w·σ, whatever the correlation of its parts.
//!
//! The bound is taken for each node by itself. The sites of different nodes are sampled independently, so that the
//! squares of their bounds add up like variances, to at most the square of Σ w·σ of the whole. Third cumulants are bounded
//! alike, by their cube roots.

use super::variance::SamplingVariance;

/// Bounds by node over the parts of a weighted sum. Only the nodes of a part are visited.
#[derive(Debug)]
pub(super) struct Deviations {
    /// Variance of each node in the current part.
    part: Vec<SamplingVariance>,
    /// Nodes with a variance in the current part.
    part_nodes: Vec<usize>,
    /// Σ w·σ and Σ w·∛κ of each node over the complete parts, κ being the third cumulant.
    sum: Vec<[f64; 2]>,
    /// Nodes with a sum.
    sum_nodes: Vec<usize>,
}

impl Deviations {
    /// Creates the sums of a tree with this number of nodes, without any part.
    pub(super) fn new(nodes: usize) -> Self {
        let part = vec![SamplingVariance::default(); nodes];
        Self { part, part_nodes: Vec::new(), sum: vec![[0.0; 2]; nodes], sum_nodes: Vec::new() }
    }

    /// Adds variance of a node to the current part.
    pub(super) fn add(&mut self, node: usize, spread: SamplingVariance) {
        if spread.variance > 0.0 {
            if self.part[node].variance == 0.0 {
                self.part_nodes.push(node);
            }
            self.part[node] += spread;
        }
    }

    /// Completes the current part, which has this weight in the sum.
    pub(super) fn end_part(&mut self, weight: f64) {
        for node in self.part_nodes.drain(..) {
            let SamplingVariance { variance, cubed, .. } = std::mem::take(&mut self.part[node]);
            let [deviation, root] = &mut self.sum[node];
            if *deviation == 0.0 {
                self.sum_nodes.push(node);
            }
            *deviation += weight * variance.sqrt();
            *root += weight * cubed.cbrt();
        }
    }

    /// Passes the bound of the variance of each node on, and begins another sum.
    pub(super) fn drain(&mut self, mut add: impl FnMut(usize, SamplingVariance)) {
        for node in self.sum_nodes.drain(..) {
            let [deviation, root] = std::mem::take(&mut self.sum[node]);
            add(node, SamplingVariance { variance: deviation.powi(2), cubed: root.powi(3), share: 0.0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_add_up_and_squares_of_nodes_do_not_mix() {
        let mut deviations = Deviations::new(3);
        let spread = |variance, cubed| SamplingVariance { variance, cubed, share: 0.0 };
        for (node, variance, cubed) in [(0, 3.0, 20.0), (2, 4.0, 8.0), (0, 6.0, 44.0)] {
            deviations.add(node, spread(variance, cubed));
        }
        deviations.end_part(0.5);
        deviations.add(0, spread(1.0, 8.0));
        deviations.end_part(0.25);
        let mut found = Vec::new();
        deviations.drain(|node, spread| found.push((node, spread)));
        let first = spread((0.5 * 3.0 + 0.25_f64).powi(2), (0.5 * 4.0 + 0.25 * 2.0_f64).powi(3));
        assert_eq!(found, [(0, first), (2, spread(1.0, 1.0))]);
        deviations.drain(|node, _| panic!("{node} is there twice"));
    }
}
