//! Sum of correlated errors by node: σ of a weighted sum is at most Σ w·σ, whatever the correlation of its parts.
//!
//! The bound is taken for each node by itself. The sites of different nodes are sampled independently, so that the
//! squares of their bounds add up like variances, to at most the square of Σ w·σ of the whole.

/// Σ w·σ by node over the parts of a weighted sum. Only the nodes of a part are visited.
#[derive(Debug)]
pub(super) struct Deviations {
    /// Variance of each node in the current part.
    part: Vec<f64>,
    /// Nodes with a variance in the current part.
    part_nodes: Vec<usize>,
    /// Σ w·σ of each node over the complete parts.
    sum: Vec<f64>,
    /// Nodes with a sum.
    sum_nodes: Vec<usize>,
}

impl Deviations {
    /// Creates the sums of a tree with this number of nodes, without any part.
    pub(super) fn new(nodes: usize) -> Self {
        Self { part: vec![0.0; nodes], part_nodes: Vec::new(), sum: vec![0.0; nodes], sum_nodes: Vec::new() }
    }

    /// Adds variance of a node to the current part.
    pub(super) fn add(&mut self, node: usize, variance: f64) {
        if variance > 0.0 {
            if self.part[node] == 0.0 {
                self.part_nodes.push(node);
            }
            self.part[node] += variance;
        }
    }

    /// Completes the current part, which has this weight in the sum.
    pub(super) fn end_part(&mut self, weight: f64) {
        for node in self.part_nodes.drain(..) {
            let variance = std::mem::take(&mut self.part[node]);
            if self.sum[node] == 0.0 {
                self.sum_nodes.push(node);
            }
            self.sum[node] += weight * variance.sqrt();
        }
    }

    /// Passes the bound of the variance of each node on, and begins another sum.
    pub(super) fn drain(&mut self, mut add: impl FnMut(usize, f64)) {
        for node in self.sum_nodes.drain(..) {
            let deviation = std::mem::take(&mut self.sum[node]);
            add(node, deviation * deviation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_add_up_and_squares_of_nodes_do_not_mix() {
        let mut deviations = Deviations::new(3);
        for (node, variance) in [(0, 3.0), (2, 4.0), (0, 6.0)] {
            deviations.add(node, variance);
        }
        deviations.end_part(0.5);
        deviations.add(0, 1.0);
        deviations.end_part(0.25);
        let mut found = Vec::new();
        deviations.drain(|node, variance| found.push((node, variance)));
        assert_eq!(found, [(0, (0.5 * 3.0 + 0.25_f64).powi(2)), (2, 1.0)]);
        deviations.drain(|node, _| panic!("{node} is there twice"));
    }
}
