//! Other words that people type for a command, for the palette and the filter of the help.

/// Words for commands, by the name of the command, separated by blanks.
const SYNONYMS: &[(&str, &str)] = &[
    ("diff", "compare delta change before after"),
    ("base", "compare before"),
    ("view-diff", "compare delta change before after"),
    ("view-trend", "leak suspect grow growth time oom history"),
    ("view-callers", "sandwich peek callees butterfly"),
    ("callers", "sandwich peek callees butterfly who"),
    ("view-icicle", "flame flamegraph tree graph"),
    ("view-sides", "split compare both"),
    ("export", "save svg html json file picture folded"),
    ("write", "save svg html json file picture folded"),
    ("reset", "undo clear"),
    ("back", "undo close cancel"),
    ("theme", "dark light colour color"),
    ("color", "colour palette"),
    ("next-fills", "colour color owner package"),
    ("next-sample-type", "memory heap alloc inuse"),
    ("type", "memory heap alloc inuse"),
    ("in-use", "heap live retained memory"),
    ("allocated", "garbage gc churn"),
    ("change-scale", "percent relative"),
    ("next-width", "percent relative"),
    ("normalize", "scale equal"),
    ("toggle-names", "long short path"),
    ("filter", "grep hide focus allocator exclude"),
    ("preset", "allocator runtime stdlib own"),
    ("find", "search grep"),
    ("quit", "exit close"),
    ("reload", "refresh update"),
    ("details", "info advice sizes"),
    ("health", "warning problem"),
    ("labels", "tags threads tenant pod"),
    ("source", "code list line"),
    ("explain", "why cause"),
    ("help", "keys shortcut manual"),
    ("copy-name", "yank clipboard"),
    ("copy-path", "yank clipboard stack"),
    ("command-line", "cli report"),
    ("next-granularity", "file line package address"),
    ("granularity", "file line package address"),
    ("split-left", "resize border split"),
    ("split-right", "resize border split"),
    ("zoom-in", "drill"),
    ("guide", "tutorial explain manual"),
    ("aggregate", "mean sum last"),
];

/// Words for the command of a name; empty if it has none.
pub fn synonyms(name: &str) -> &'static str {
    SYNONYMS.iter().find(|(known, _)| *known == name).map_or("", |(_, words)| words)
}
