//! Hits of a search: matching frames, their nodes, and their joint total.

use regex::{Regex, RegexBuilder};

use crate::analysis::column::Column;
use crate::analysis::derive::QueryError;
use crate::analysis::diff::Widths;
use crate::analysis::filter::syntax::translated;
use crate::analysis::tree::CallTree;
use crate::base::ids::{FrameId, NodeId};
use crate::base::names::{Language, short_forms};

/// Maximum number of hits kept in order of size for stepping through; beyond it, stepping is no use.
const MOST_RANKED: usize = 10_000;

/// Frames and nodes that match a pattern.
#[derive(Clone, Debug)]
pub struct Hits {
    pattern: String,
    is_hit: Vec<bool>,
    frames: usize,
    /// Hits among all nodes before node n.
    before: Vec<u32>,
    /// Hits, largest first.
    ranked: Vec<NodeId>,
    total: i64,
}

/// Beginning of a pattern that distinguishes case, whatever its letters.
const EXACT_CASE: &str = "(?-i)";

/// Returns true if a pattern has an upper-case letter that stands for itself. The letters of classes such as `\S`, of
/// codes such as `\x4B`, and of flags and group names such as `(?P<name>` do not.
fn has_uppercase(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    while let Some(letter) = rest.next() {
        let text = rest.as_str();
        let skipped = match letter {
            '\\' => match text.chars().next() {
                Some('p' | 'P' | 'x' | 'u' | 'U') if text[1..].starts_with('{') => {
                    text.find('}').map_or(0, |at| at + 1)
                }
                Some('p' | 'P') => 2,
                Some('x') => 3,
                Some('u') => 5,
                Some('U') => 9,
                _ => 1,
            },
            '(' if text.starts_with('?') => text.find([':', ')', '>']).unwrap_or(0),
            _ if letter.is_uppercase() => return true,
            _ => continue,
        };
        // Codes are ASCII; an escape of another character is refused when the expression is compiled.
        rest = text.get(skipped..).unwrap_or_default().chars();
    }
    false
}

/// Pattern that matches exactly a name, in its case.
pub fn exact_pattern(name: &str) -> String {
    let pattern = format!("^{}$", regex::escape(name));
    if has_uppercase(&pattern) { pattern } else { format!("{EXACT_CASE}{pattern}") }
}

/// Checks a pattern for a search.
///
/// # Errors
/// Reason in one line: the expression takes too much memory.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    expression(pattern).map(|_| ()).map_err(|error| error.reason().to_owned())
}

/// Compiles the expression of a pattern, an RE2 regular expression or a name as it stands: `main.(*Cache).put` finds
/// itself. Without an upper-case letter it is case-insensitive.
pub(super) fn expression(pattern: &str) -> Result<Regex, QueryError> {
    let any_case = !has_uppercase(pattern);
    let build = |text: &str| RegexBuilder::new(text).case_insensitive(any_case).build();
    let name = regex::escape(pattern.strip_prefix(EXACT_CASE).unwrap_or(pattern));
    let translated = translated(pattern);
    let found = match build(&translated) {
        Ok(_) => build(&format!("(?:{translated})|{name}")).or_else(|_| build(&translated)),
        Err(regex::Error::Syntax(_)) => build(&name),
        Err(error) => Err(error),
    };
    found.map_err(|error| QueryError::bad_pattern(pattern, &error))
}

impl Hits {
    /// Searches the names of all frames, as they are and in the forms to which they are shortened for display. Nodes are
    /// only counted, not matched. A pattern that begins with `^` is about names as they are.
    ///
    /// # Errors
    /// [`QueryError::BadPattern`] when the pattern is a regular expression that takes too much memory.
    pub fn new(
        pattern: &str,
        language: Language,
        tree: &CallTree,
        column: &Column,
        widths: &Widths,
    ) -> Result<Self, QueryError> {
        let expression = expression(pattern)?;
        let names = tree.frames();
        let is_anchored = pattern.strip_prefix(EXACT_CASE).unwrap_or(pattern).starts_with('^');
        let is_short_form = |name: &str| short_forms(language, name).iter().any(|form| expression.is_match(form));
        // The root is no frame of the profile.
        let is_hit: Vec<bool> = names
            .ids()
            .map(|frame| {
                frame != FrameId::ROOT
                    && (names.matches(frame, |name| expression.is_match(name))
                        || !is_anchored && is_short_form(names.shown(frame)))
            })
            .collect();
        let mut hits = Self {
            pattern: pattern.to_owned(),
            frames: is_hit.iter().filter(|hit| **hit).count(),
            is_hit,
            before: Vec::with_capacity(tree.len() + 1),
            ranked: Vec::new(),
            total: 0,
        };
        hits.count(tree, column, widths);
        Ok(hits)
    }

    fn count(&mut self, tree: &CallTree, column: &Column, widths: &Widths) {
        let (mut count, mut covered_until) = (0, 0);
        self.before.push(0);
        for (node, frame) in tree.node_frames().iter().enumerate() {
            if self.is_hit[frame.index()] {
                let id = NodeId::new(node);
                count += 1;
                self.ranked.push(id);
                if node >= covered_until {
                    covered_until = tree.end(id);
                    self.total = self.total.wrapping_add(column.total(id));
                }
            }
            self.before.push(count);
        }
        let larger_first = |node: &NodeId| (std::cmp::Reverse(widths.weight(*node)), *node);
        if self.ranked.len() > MOST_RANKED {
            self.ranked.select_nth_unstable_by_key(MOST_RANKED, larger_first);
            self.ranked.truncate(MOST_RANKED);
        }
        self.ranked.sort_unstable_by_key(larger_first);
    }

    /// Pattern that was searched.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Returns true if a frame matches.
    pub fn is_hit(&self, frame: FrameId) -> bool {
        self.is_hit.get(frame.index()).copied().unwrap_or(false)
    }

    /// Number of frames that match.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Number of nodes that match.
    pub fn nodes(&self) -> usize {
        self.before.last().map_or(0, |count| *count as usize)
    }

    /// Number of nodes that match in a subtree, its top included.
    pub fn nodes_in(&self, tree: &CallTree, node: NodeId) -> usize {
        (self.before[tree.end(node)] - self.before[node.index()]) as usize
    }

    /// Sum over all matches, each sample counted once.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// Matches, largest first; at most 10,000.
    pub fn ranked(&self) -> &[NodeId] {
        &self.ranked
    }

    /// Match after `node` in order of size; the largest after the last, and if `node` is no match.
    pub fn after(&self, node: NodeId) -> Option<NodeId> {
        let next = self.rank(node).map_or(0, |rank| (rank + 1) % self.ranked.len());
        self.ranked.get(next).copied()
    }

    /// Match before `node` in order of size; the smallest before the first.
    pub fn before(&self, node: NodeId) -> Option<NodeId> {
        let count = self.ranked.len();
        let next = self.rank(node).map_or(0, |rank| (rank + count - 1) % count);
        self.ranked.get(next).copied()
    }

    /// Rank of `node` among the matches by size, from 0; `None` if `node` is no match.
    pub fn rank(&self, node: NodeId) -> Option<usize> {
        self.ranked.iter().position(|hit| *hit == node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_stand_for_themselves_decide_about_case() {
        for plain in ["get", r"\Sget\W", r"\pL\p{Greek}\x4B\x{4B}\u004B", "(?P<Name>get)", "(?U)g(?<Xy>e)(?-s:t)", "\\"]
        {
            assert!(!has_uppercase(plain), "{plain}");
        }
        for capital in ["Get", r"\SGet", r"\\G", r"\p{L}G", "(?:G)", "(G)", "[^A]", "é.É"] {
            assert!(has_uppercase(capital), "{capital}");
        }
        let matches = |pattern: &str, text: &str| expression(pattern).unwrap().is_match(text);
        assert!(matches(r"pkg\S[g]et", "pkg.Get") && !matches(r"pkg\SGet", "pkg.get"));
        for (name, other) in [("pkg.get", "pkg.Get"), ("main.(*T).f", "main.(*t).f")] {
            assert!(matches(&exact_pattern(name), name) && !matches(&exact_pattern(name), other));
        }
        assert_eq!(exact_pattern("main.(*T).f"), r"^main\.\(\*T\)\.f$");
    }
}
