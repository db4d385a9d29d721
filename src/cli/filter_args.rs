//! Options about filters.

use clap::Args;

/// Filters, with the names and meaning of pprof. Each option is repeatable.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Keep stacks with a frame whose function, file or mapping matches; `fn:`, `file:` or `map:` restricts the match
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) focus: Vec<String>,
    /// Drop stacks with a matching frame
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) ignore: Vec<String>,
    /// Remove matching frames; their values go to their callers
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) hide: Vec<String>,
    /// Remove all frames that do not match
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) show: Vec<String>,
    /// Start stacks at their outermost match; drop stacks without one
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) show_from: Vec<String>,
    /// End stacks at their innermost match
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) prune_from: Vec<String>,
    /// Keep samples by label: `key=regex`, or a range such as `bytes=4kb:1mb`
    #[arg(long, value_name = "TAG", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) tag_focus: Vec<String>,
    /// Drop samples by label
    #[arg(long, value_name = "TAG", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) tag_ignore: Vec<String>,
    /// Add the values of a label as root frames
    #[arg(long, value_name = "KEY", help_heading = "Filters")]
    pub(crate) tagroot: Vec<String>,
    /// Keep these stacks in the base, in place of --focus; empty for all. Without --base, filters are compared
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) base_focus: Vec<String>,
    /// Drop these stacks from the base, in place of --ignore; empty for none
    #[arg(long, value_name = "REGEX", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) base_ignore: Vec<String>,
    /// Keep these samples in the base, in place of --tag-focus; empty for all
    #[arg(long, value_name = "TAG", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) base_tag_focus: Vec<String>,
    /// Drop these samples from the base, in place of --tag-ignore; empty for none
    #[arg(long, value_name = "TAG", help_heading = "Filters", allow_hyphen_values = true)]
    pub(crate) base_tag_ignore: Vec<String>,
    /// Show shares of the filtered total instead of the whole
    #[arg(long, help_heading = "Filters")]
    pub(crate) relative: bool,
    /// Reverse the stacks, for a profile whose stacks are upside down
    #[arg(long, help_heading = "View")]
    pub(crate) flip: bool,
}

impl FilterArgs {
    /// Returns true if any option sets separate filters for the base.
    pub(crate) fn has_base_filters(&self) -> bool {
        let all = [&self.base_focus, &self.base_ignore, &self.base_tag_focus, &self.base_tag_ignore];
        all.into_iter().any(|patterns| !patterns.is_empty())
    }
}
