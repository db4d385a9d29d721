//! Frames of profilers: memory that the profiler itself allocated.

use std::ops::Range;

use crate::analysis::CallTree;
use crate::base::ids::NodeId;

/// Prefixes of the names of functions that only a running profiler calls.
const PROFILERS: [&str; 7] = [
    "net/http/pprof.",
    "runtime/pprof.(*Profile).",
    "runtime/pprof.(*profileBuilder)",
    "runtime/pprof.(*profMap)",
    "runtime/pprof.WriteHeapProfile",
    "runtime/pprof.StartCPUProfile",
    "runtime/pprof.newProfileBuilder",
];

/// Returns true if a function belongs to a profiler.
pub(super) fn is_profiler(name: &str) -> bool {
    PROFILERS.iter().any(|beginning| name.starts_with(beginning))
}

/// Subtrees of the outermost frames of profilers, as disjoint ranges of nodes in preorder.
pub(super) fn profiler_subtrees(tree: &CallTree) -> Vec<Range<usize>> {
    let frames = tree.frames();
    let is_own: Vec<bool> = frames.ids().map(|frame| is_profiler(frames.name(frame))).collect();
    let mut subtrees: Vec<Range<usize>> = Vec::new();
    if !is_own.contains(&true) {
        return subtrees;
    }
    let mut covered_until = 0;
    for node in (0..tree.len()).map(NodeId::new) {
        if node.index() >= covered_until && is_own[tree.frame(node).index()] {
            covered_until = tree.end(node);
            subtrees.push(node.index()..covered_until);
        }
    }
    subtrees
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_runs_under_a_label_is_not_the_profilers_own() {
        for name in ["net/http/pprof.Index", "runtime/pprof.(*Profile).WriteTo", "runtime/pprof.WriteHeapProfile"] {
            assert!(is_profiler(name), "{name}");
        }
        for name in ["runtime/pprof.Do", "runtime/pprof.SetGoroutineLabels", "main.runtime/pprof.Index", ""] {
            assert!(!is_profiler(name), "{name}");
        }
    }
}
