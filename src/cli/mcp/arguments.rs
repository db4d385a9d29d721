//! Tools of the server with their arguments.

/// Argument of a tool.
pub(super) struct ToolArgument {
    pub(super) name: &'static str,
    pub(super) kind: ArgumentKind,
    /// Description; empty if the instructions have it.
    pub(super) about: &'static str,
    /// Kinds of reports that have the argument; empty for all.
    tools: &'static [&'static str],
}

/// Kind of value of an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ArgumentKind {
    Text,
    /// Text or a list of texts; only text is advertised to clients.
    Texts,
    Number,
    Flag,
}

/// Kinds of reports that are available as tools.
pub(super) const TOOLS: [&str; 11] =
    ["digest", "summary", "top", "tree", "callers", "source", "diff", "leaks", "labels", "instances", "memory"];

const fn argument(
    name: &'static str,
    kind: ArgumentKind,
    about: &'static str,
    tools: &'static [&'static str],
) -> ToolArgument {
    ToolArgument { name, kind, about, tools }
}

/// Kinds whose figures are sums over stacks.
const OF_STACKS: &[&str] =
    &["digest", "summary", "top", "tree", "callers", "source", "diff", "leaks", "labels", "instances"];
/// Kinds whose figures are of frames.
const OF_FRAMES: &[&str] = &["digest", "summary", "top", "tree", "callers", "source", "diff", "leaks", "instances"];
/// Kinds that compare with a base.
const OF_BASE: &[&str] = &["digest", "summary", "top", "tree", "callers", "source", "diff", "labels"];
/// Kinds that print a limited number of rows.
const OF_ROWS: &[&str] = &["summary", "top", "tree", "callers", "source", "diff", "leaks", "labels", "instances"];

/// All arguments. Each is the option of the same name; none of them names a file or an address.
const ARGUMENTS: [ToolArgument; 48] = [
    argument("function", ArgumentKind::Text, "exact name, else a regular expression", &["callers", "source"]),
    argument("sort", ArgumentKind::Text, "self, total, name, file, change, total-change or base", &["top", "diff"]),
    argument("sort", ArgumentKind::Text, "total, growth, name, build, uptime, snapshots or processes", &["instances"]),
    argument("advice", ArgumentKind::Flag, "append what to try", &["top"]),
    argument("depth", ArgumentKind::Number, "levels below the first node", &["tree"]),
    argument("min", ArgumentKind::Text, "least share of a node, as 1%", &["tree"]),
    argument("bottom_up", ArgumentKind::Flag, "from allocating functions to their callers", &["tree"]),
    argument("chains", ArgumentKind::Text, "folded or each", &["tree"]),
    argument("node", ArgumentKind::Text, "id of the first node, from an earlier tree", &["tree"]),
    argument("key", ArgumentKind::Text, "label key", &["labels"]),
    argument("what_if", ArgumentKind::Flag, "estimate other GC settings of a Go program", &["memory"]),
    argument("gogc", ArgumentKind::Text, "values of GOGC to try: 25,50,off", &["memory"]),
    argument("gomemlimit", ArgumentKind::Text, "values of GOMEMLIMIT to try: 150MiB,1GiB", &["memory"]),
    argument("gogc_now", ArgumentKind::Number, "GOGC of the window, default 100", &["memory"]),
    argument("cpus", ArgumentKind::Text, "CPUs of the process", &["memory"]),
    argument("sample_type", ArgumentKind::Text, "such as inuse_space or alloc_space", OF_STACKS),
    argument("window", ArgumentKind::Text, "snapshots: 3..7, 14:00..14:30 or -30m", &[]),
    argument("base_window", ArgumentKind::Text, "snapshots to compare with", OF_BASE),
    argument("instance", ArgumentKind::Text, "", &[]),
    argument("base_instance", ArgumentKind::Text, "", OF_BASE),
    argument("per", ArgumentKind::Text, "", OF_STACKS),
    argument("aggregate", ArgumentKind::Text, "", OF_STACKS),
    argument("granularity", ArgumentKind::Text, "", OF_FRAMES),
    argument("focus", ArgumentKind::Texts, "", OF_STACKS),
    argument("ignore", ArgumentKind::Texts, "", OF_STACKS),
    argument("hide", ArgumentKind::Texts, "", OF_STACKS),
    argument("show", ArgumentKind::Texts, "", OF_STACKS),
    argument("show_from", ArgumentKind::Texts, "", OF_STACKS),
    argument("prune_from", ArgumentKind::Texts, "", OF_STACKS),
    argument("tag_focus", ArgumentKind::Texts, "", OF_STACKS),
    argument("tag_ignore", ArgumentKind::Texts, "", OF_STACKS),
    argument("tagroot", ArgumentKind::Texts, "", OF_STACKS),
    argument("relative", ArgumentKind::Flag, "", OF_STACKS),
    argument("all_frames", ArgumentKind::Flag, "", OF_STACKS),
    argument("no_inlines", ArgumentKind::Flag, "", OF_FRAMES),
    argument("fold_recursion", ArgumentKind::Flag, "", OF_FRAMES),
    argument("flip", ArgumentKind::Flag, "", OF_FRAMES),
    argument("as", ArgumentKind::Text, "", OF_STACKS),
    argument("match", ArgumentKind::Text, "", OF_BASE),
    argument("normalize", ArgumentKind::Flag, "", OF_BASE),
    argument("explain", ArgumentKind::Number, "percent of the growth that call sites explain", &["diff"]),
    argument("base_focus", ArgumentKind::Texts, "frames of the base, in place of focus", &["diff"]),
    argument("base_ignore", ArgumentKind::Texts, "frames of the base, in place of ignore", &["diff"]),
    argument("base_tag_focus", ArgumentKind::Texts, "labels of the base, in place of tag_focus", &["diff"]),
    argument("base_tag_ignore", ArgumentKind::Texts, "labels of the base, in place of tag_ignore", &["diff"]),
    argument("limit", ArgumentKind::Number, "", OF_ROWS),
    argument("format", ArgumentKind::Text, "", &[]),
    argument("budget", ArgumentKind::Number, "most tokens of the answer (bytes / 4), default 2000", &[]),
];

/// Arguments of a tool.
pub(super) fn arguments_of(tool: &str) -> impl Iterator<Item = &'static ToolArgument> + use<'_> {
    ARGUMENTS.iter().filter(move |argument| argument.tools.is_empty() || argument.tools.contains(&tool))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::super::args::CommandLine;
    use super::*;

    /// Options of reports that a call does not have: they choose what is loaded, or where and how it is written. A tree
    /// has ids in every call, and only pages hold sources.
    const OF_SERVER: &[&str] = &[
        "kind",
        "sources",
        "demo",
        "base",
        "step",
        "single",
        "max_requests",
        "each",
        "seconds",
        "timeout",
        "connect_timeout",
        "header",
        "cacert",
        "cert",
        "cert_key",
        "insecure",
        "gc_log",
        "memory",
        "unit",
        "salvage",
        "binary",
        "owners",
        "source_path",
        "trim_path",
        "max_memory",
        "max_input",
        "max_inflated",
        "max_records",
        "color",
        "ascii",
        "plain",
        "theme",
        "strict",
        "ids",
        "with_source",
        "output",
        "force",
    ];

    #[test]
    fn every_option_of_a_report_is_an_argument_or_that_of_the_server() {
        let command = CommandLine::command();
        let report = command.find_subcommand("report").unwrap();
        let ids: Vec<&str> = report.get_arguments().map(|option| option.get_id().as_str()).collect();
        let is_argument = |id: &str| ARGUMENTS.iter().any(|argument| argument.name == id);
        let missing: Vec<&str> = ids.iter().copied().filter(|id| !is_argument(id) && !OF_SERVER.contains(id)).collect();
        assert!(missing.is_empty(), "neither argument nor option of the server: {missing:?}");
        let unknown: Vec<&&str> = OF_SERVER.iter().filter(|id| !ids.contains(id) || is_argument(id)).collect();
        assert!(unknown.is_empty(), "no option of a report: {unknown:?}");
    }
}
