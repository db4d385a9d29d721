//! Options of single kinds of reports.

use std::ops::RangeInclusive;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::analysis::node_id::PathId;
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::report::{ChainLines, InstanceOrder, NodeIdColumn, ReportFormat, RowOrder, TreeOptions};

use super::message::CliFailure;

/// Range of budgets, in tokens: from enough for a headline up to a large context.
const BUDGETS: RangeInclusive<usize> = 100..=1_000_000;

/// Options of single kinds of reports.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct KindArgs {
    /// Order of the rows of `top` and `diff`: self, total, name, file, change, total-change or base [default: self, with a
    /// base change]; of the columns of `instances`: total, growth, name, build, uptime, snapshots or processes [default:
    /// total]
    #[arg(long, value_name = "COLUMN", help_heading = "Kinds")]
    sort: Option<String>,
    /// Print at most N levels below the root in `tree`
    #[arg(long, value_name = "N", help_heading = "Kinds", allow_negative_numbers = true)]
    pub(crate) depth: Option<usize>,
    /// Leave out nodes of `tree` with less than this share of the whole, as `1%`
    #[arg(long, value_name = "PERCENT", value_parser = share, help_heading = "Kinds", allow_negative_numbers = true)]
    pub(crate) min: Option<f64>,
    /// Begin `tree` at the functions that allocate, with their callers below them
    #[arg(long, help_heading = "Kinds")]
    pub(crate) bottom_up: bool,
    /// Lines of `tree` for a chain of single calls: one for `each` call, or one for the chain, `folded` [default: folded,
    /// each for JSON and CSV]
    #[arg(long, value_name = "LINES", value_parser = chains(), help_heading = "Kinds", hide_possible_values = true)]
    pub(crate) chains: Option<ChainLines>,
    /// Print an id for each node of `tree`, the same in every sample type and window
    #[arg(long, help_heading = "Kinds")]
    pub(crate) ids: bool,
    /// Most tokens of `digest`, counted as four bytes each [default: 2000]
    #[arg(long, value_name = "N", value_parser = budget, help_heading = "Kinds", allow_negative_numbers = true)]
    pub(crate) budget: Option<usize>,
    /// Add the lines of the largest functions to `html`, with the text of their source files
    #[arg(long, help_heading = "Kinds")]
    pub(crate) with_source: bool,
    /// Begin `tree` at the node of this id
    #[arg(long, value_name = "ID", value_parser = node, help_heading = "Kinds")]
    pub(crate) node: Option<PathId>,
}

/// Value of an order by name.
///
/// # Errors
/// [`CliFailure`] with the names of all orders.
fn order_of<T: Copy>(typed: &str, orders: &[(&'static str, T)]) -> Result<T, CliFailure> {
    let found = orders.iter().find(|(word, _)| *word == typed);
    found.map(|(_, order)| *order).ok_or_else(|| {
        let words: Vec<&str> = orders.iter().map(|(word, _)| *word).collect();
        let near = nearest(typed, words.iter().copied());
        let hint =
            near.map_or_else(|| format!("it takes {}", words.join(", ")), |near| format!("did you mean `{near}`?"));
        CliFailure::input(format!("`--sort` has no order `{}`", safe_str(typed)), Some(hint))
    })
}

fn chains() -> impl TypedValueParser<Value = ChainLines> {
    PossibleValuesParser::new(ChainLines::WORDS.map(|(word, _)| word)).map(|word| {
        let known = ChainLines::WORDS.iter().find(|(known, _)| *known == word);
        known.map_or(ChainLines::Each, |(_, chains)| *chains)
    })
}

/// Reads a number of tokens.
pub(crate) fn budget(text: &str) -> Result<usize, String> {
    let tokens = text.parse::<usize>().ok().filter(|tokens| BUDGETS.contains(tokens));
    tokens.ok_or_else(|| format!("write a number from {} to {}", BUDGETS.start(), BUDGETS.end()))
}

/// Reads `1%` or `1` as a hundredth.
fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse::<f64>().ok();
    let percent = number.filter(|percent| (0.0..=100.0).contains(percent));
    percent.map(|percent| percent / 100.0).ok_or_else(|| "write a percentage such as 1%".to_owned())
}

fn node(text: &str) -> Result<PathId, String> {
    PathId::parse(text).ok_or_else(|| "ids have 16 digits, as `report tree --ids` prints them".to_owned())
}

impl KindArgs {
    /// Returns an error for an option that does not apply to the kind.
    ///
    /// # Errors
    /// [`CliFailure`] with the kinds to which the option applies.
    pub(crate) fn check(&self, kind: &str) -> Result<(), CliFailure> {
        let of_tree = [
            ("--depth", self.depth.is_some()),
            ("--min", self.min.is_some()),
            ("--bottom-up", self.bottom_up),
            ("--chains", self.chains.is_some()),
            ("--ids", self.ids),
            ("--node", self.node.is_some()),
        ];
        let refused = |option: &str, hint: &str| {
            Err(CliFailure::input(format!("`report {kind}` has no `{option}`"), Some(hint.to_owned())))
        };
        if let Some((option, _)) = of_tree.iter().find(|(_, is_given)| *is_given && kind != "tree") {
            return refused(option, "`report tree` has it");
        }
        if self.budget.is_some() && kind != "digest" {
            return refused("--budget", "`report digest` has it");
        }
        if self.with_source && kind != "html" {
            return refused("--with-source", "`report html` has it; `report source` prints the lines of a function");
        }
        if self.sort.is_some() && !matches!(kind, "top" | "diff" | "instances") {
            return refused("--sort", "`report top`, `report diff` and `report instances` have it");
        }
        Ok(())
    }

    /// Order of the rows of `top` and `diff`; `None` for the default.
    ///
    /// # Errors
    /// [`CliFailure`] for an unknown order.
    pub(crate) fn row_order(&self, kind: &str) -> Result<Option<RowOrder>, CliFailure> {
        let typed = self.sort.as_deref().filter(|_| matches!(kind, "top" | "diff"));
        typed.map(|typed| order_of(typed, &RowOrder::WORDS)).transpose()
    }

    /// Order of the columns of `instances`.
    ///
    /// # Errors
    /// [`CliFailure`] for an unknown order.
    pub(crate) fn instance_order(&self, kind: &str) -> Result<InstanceOrder, CliFailure> {
        let typed = self.sort.as_deref().filter(|_| kind == "instances");
        typed.map_or(Ok(InstanceOrder::default()), |typed| order_of(typed, &InstanceOrder::WORDS))
    }

    /// Options of the call tree for a format. The first node is looked up later, in the finished tree.
    pub(crate) fn tree(&self, format: ReportFormat) -> TreeOptions {
        TreeOptions {
            depth: self.depth,
            min_share: self.min.unwrap_or(0.0),
            chains: self.chains.unwrap_or(format.usual_chains()),
            ids: if self.ids { NodeIdColumn::Shown } else { NodeIdColumn::Hidden },
            top: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages() {
        assert_eq!(share("1%"), Ok(0.01));
        assert_eq!(share("0.5"), Ok(0.005));
        for text in ["", "-1%", "101%", "1e", "NaN", "%"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
