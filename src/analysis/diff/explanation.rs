//! Fewest call sites that explain a change.

use crate::base::ids::NodeId;

/// Call site whose own value changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Node.
    pub node: NodeId,
    /// Change, after moved code was cancelled.
    pub delta: i64,
}

/// Call sites that explain a change in one direction.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a> {
    /// Sites, the largest change first.
    pub sites: &'a [Site],
    /// Sum of all changes in this direction.
    pub sum: i64,
    /// Noun for the direction: `growth` or `decrease`.
    pub noun: &'static str,
}

impl Explanation<'_> {
    /// Sum of the changes of the sites.
    pub fn explained(&self) -> i64 {
        self.sites.iter().fold(0_i64, |sum, site| sum.saturating_add(site.delta))
    }
}

/// Returns the fewest sites that together have `share` percent of `grew`. Sites do not overlap, since each has only the
/// own value of its node; taking the largest first is therefore optimal.
pub(super) fn fewest(mut grown: Vec<Site>, grew: i64, share: u8) -> Vec<Site> {
    let wanted = i128::from(grew) * i128::from(share);
    let order = |site: &Site| (std::cmp::Reverse(site.delta), site.node);
    let (mut sorted, mut sum, mut taken) = (0, 0_i128, 0);
    while taken < grown.len() && sum * 100 < wanted {
        if taken == sorted {
            // Most growth is in few sites, so the rest is sorted only when needed.
            let more = (sorted * 4).max(256).min(grown.len() - sorted);
            let rest = &mut grown[sorted..];
            if more < rest.len() {
                rest.select_nth_unstable_by_key(more, order);
            }
            rest[..more].sort_unstable_by_key(order);
            sorted += more;
        }
        sum += i128::from(grown[taken].delta);
        taken += 1;
    }
    grown.truncate(taken);
    grown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(node: usize, delta: i64) -> Site {
        Site { node: NodeId::new(node), delta }
    }

    #[test]
    fn the_fewest_sites_explain_a_share() {
        let grown = vec![site(1, 5), site(2, 60), site(3, 10), site(4, 25)];
        assert_eq!(fewest(grown.clone(), 100, 80), [site(2, 60), site(4, 25)]);
        assert_eq!(fewest(grown.clone(), 100, 60), [site(2, 60)]);
        assert_eq!(fewest(grown.clone(), 100, 100).len(), 4);
        assert_eq!(fewest(grown, 100, 0), []);
        assert_eq!(fewest(Vec::new(), 0, 80), []);
    }

    #[test]
    fn many_equal_sites_are_taken_in_order() {
        let grown: Vec<Site> = (0..5000).rev().map(|node| site(node, 1)).collect();
        let taken = fewest(grown, 5000, 80);
        assert_eq!(taken.len(), 4000);
        assert!(taken.iter().enumerate().all(|(at, taken)| taken.node == NodeId::new(at)));
    }
}
