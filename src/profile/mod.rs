//! What was measured: symbols, the location trie, sample types, snapshots, and the series they make.
//!
//! No sums, no ratios and no bytes of a format: what a figure *means* is [`crate::analysis`], how it was written down is
//! [`crate::format`](mod@crate::format).
