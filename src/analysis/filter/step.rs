//! Filter as a value: its kind and its pattern. Its text is `hide:fn:^runtime\.`; text without a kind is a focus
//! filter.

use std::fmt;

use crate::base::safe_text;

/// Effect of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterKind {
    /// Keeps samples with a matching frame.
    Focus,
    /// Drops samples with a matching frame.
    Ignore,
    /// Removes matching frames; their values go to their callers.
    Hide,
    /// Removes all other frames.
    Show,
    /// Begins each stack at its outermost match, and drops stacks without a match.
    ShowFrom,
    /// Ends each stack at its innermost match.
    PruneFrom,
    /// Keeps samples with a matching label.
    TagFocus,
    /// Drops samples with a matching label.
    TagIgnore,
    /// Places the values of a label above all stacks.
    TagRoot,
}

impl FilterKind {
    /// All kinds: the word before the pattern, and a description.
    pub const WORDS: [(&'static str, Self, &'static str); 9] = [
        ("focus", Self::Focus, "keep stacks with a matching frame"),
        ("ignore", Self::Ignore, "drop stacks with a matching frame"),
        ("hide", Self::Hide, "remove matching frames"),
        ("show", Self::Show, "remove all other frames"),
        ("show-from", Self::ShowFrom, "start stacks at the outermost match"),
        ("prune-from", Self::PruneFrom, "end stacks at the innermost match"),
        ("tag", Self::TagFocus, "keep samples by label: key=value, 4kb:1mb"),
        ("tag-ignore", Self::TagIgnore, "drop samples by label"),
        ("tagroot", Self::TagRoot, "add the values of a label as root frames"),
    ];

    /// Returns the word before the pattern.
    pub fn word(self) -> &'static str {
        // A test checks that the words are in the order of the kinds.
        Self::WORDS[self as usize].0
    }

    /// Returns the description.
    pub const fn about(self) -> &'static str {
        // As in `word`.
        Self::WORDS[self as usize].2
    }

    /// Returns true if the filter changes the tree. Other filters select samples, which is another column over the same
    /// tree.
    pub fn changes_tree(self) -> bool {
        matches!(self, Self::Hide | Self::Show | Self::ShowFrom | Self::PruneFrom | Self::TagRoot)
    }
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Effect of the filter.
    pub kind: FilterKind,
    /// Pattern as it was written: an expression, after `fn:`, `file:` or `map:` to match only such names; a condition
    /// on labels; or keys of labels.
    pub pattern: Box<str>,
}

/// Reason why a filter is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter `{}`: `{pattern}` {problem}: {reason}", .kind.word())]
pub struct FilterError {
    /// Kind of the filter.
    pub kind: FilterKind,
    /// The pattern, made safe to show.
    pub pattern: String,
    /// Reason in one line.
    pub reason: String,
    /// Kind of the problem.
    pub problem: PatternProblem,
}

/// Kind of problem of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternProblem {
    /// The pattern breaks the syntax of regular expressions.
    #[error("is not a regular expression")]
    Syntax,
    /// The compiled pattern takes too much memory.
    #[error("is too large")]
    Size,
}

impl PatternProblem {
    /// Problem of an error, and its reason in one line, safe to show.
    pub(in crate::analysis) fn of(error: &regex::Error) -> (Self, String) {
        if let regex::Error::CompiledTooBig(limit) = error {
            return (Self::Size, format!("it takes more than {} MiB when compiled", limit >> 20));
        }
        // The message shows the pattern and points into it over several lines; the last line states the problem.
        let message = error.to_string();
        let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ");
        (Self::Syntax, safe_text::safe_str(reason).into_owned())
    }

    /// Advice to the user in one sentence.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Syntax => "write \\( for a bracket, \\. for a dot, \\* for a star",
            Self::Size => "repetitions such as {1000} multiply its size; use * or +, or fewer of them",
        }
    }
}

impl Filter {
    /// Makes a filter of a kind.
    pub fn new(kind: FilterKind, pattern: &str) -> Self {
        Self { kind, pattern: pattern.into() }
    }

    /// Parses a filter as it is written. A kind is recognized only before a single colon: `hide::f` is a name.
    pub fn parse(text: &str) -> Self {
        let text = text.trim_start();
        // The colon separates `tag` from `tag-ignore` and `tagroot`, so that the order of the words does not matter.
        for (word, kind, _) in FilterKind::WORDS.iter().chain(&[("tag-focus", FilterKind::TagFocus, "")]) {
            if let Some(pattern) = after_word(text, word) {
                return Self::new(*kind, pattern);
            }
        }
        Self::new(FilterKind::Focus, text)
    }

    /// Makes the filter that drops every sample with a function of exactly this name.
    pub fn ignoring(name: &str) -> Self {
        Self { kind: FilterKind::Ignore, pattern: format!("fn:^{}$", Self::escaped(name)).into() }
    }

    /// Returns the expression that matches exactly a text.
    pub fn escaped(text: &str) -> String {
        regex::escape(text)
    }

    /// Makes the filter that keeps the samples with this value of a label.
    pub fn labelled(key: &str, value: &str) -> Self {
        Self {
            kind: FilterKind::TagFocus,
            pattern: format!("{key}=^{}$", regex::escape(value).replace(',', "\\x2c")).into(),
        }
    }

    /// Returns the text for display: `key=value` for a condition that exactly one text of a label meets, else word and
    /// pattern.
    pub fn plain_text(&self) -> String {
        let exact = self.pattern.split_once("=^").and_then(|(key, value)| Some((key, value.strip_suffix('$')?)));
        if let (FilterKind::TagFocus, Some((key, value))) = (self.kind, exact) {
            let mut text = String::new();
            let mut letters = value.chars();
            while let Some(letter) = letters.next() {
                text.extend(if letter == '\\' { letters.next() } else { Some(letter) });
            }
            if Self::labelled(key, &text) == *self {
                return format!("{key}={text}");
            }
        }
        if self.is_empty() {
            return format!("no {}", self.kind.word());
        }
        format!("{} {}", self.kind.word(), self.pattern)
    }

    /// Returns true if the pattern is empty.
    pub fn is_empty(&self) -> bool {
        self.pattern.is_empty()
    }

    /// Makes the error for an invalid pattern of this filter.
    pub(super) fn refused(&self, error: &regex::Error) -> FilterError {
        let (problem, reason) = PatternProblem::of(error);
        FilterError { kind: self.kind, pattern: safe_text::safe_str(&self.pattern).into_owned(), reason, problem }
    }
}

impl fmt::Display for Filter {
    /// Writes the filter in its syntax.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            // A pattern that would be parsed as another filter keeps its word.
            FilterKind::Focus if Self::parse(&self.pattern) == *self => write!(formatter, "{}", self.pattern),
            kind => write!(formatter, "{}:{}", kind.word(), self.pattern),
        }
    }
}

/// Returns the text after `word:`; `None` if that text begins with another colon.
pub(super) fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?.strip_prefix(':')?;
    (!rest.starts_with(':')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_the_order_of_the_kinds() {
        for (at, (word, kind, about)) in FilterKind::WORDS.iter().enumerate() {
            assert_eq!((*kind as usize, kind.word(), kind.about()), (at, *word, *about));
        }
    }

    #[test]
    fn a_filter_is_read_as_it_is_written() {
        let cases = [
            ("json", FilterKind::Focus, "json"),
            ("focus:json", FilterKind::Focus, "json"),
            ("hide:fn:^runtime\\.", FilterKind::Hide, "fn:^runtime\\."),
            ("hide::allocator", FilterKind::Focus, "hide::allocator"),
            ("tag:bytes=4kb:", FilterKind::TagFocus, "bytes=4kb:"),
            ("tag-focus:user", FilterKind::TagFocus, "user"),
            ("tag-ignore:user", FilterKind::TagIgnore, "user"),
            ("tagroot:user", FilterKind::TagRoot, "user"),
            ("show-from:main", FilterKind::ShowFrom, "main"),
        ];
        for (text, kind, pattern) in cases {
            let filter = Filter::parse(text);
            assert_eq!((filter.kind, &*filter.pattern), (kind, pattern), "{text}");
            assert_eq!(Filter::parse(&filter.to_string()), filter, "{text} is written so that it reads back");
        }
        assert_eq!(Filter::new(FilterKind::Focus, "hide:x").to_string(), "focus:hide:x");
    }

    #[test]
    fn an_exact_name_is_nothing_but_itself() {
        assert_eq!(Filter::ignoring("main.(*T).f").to_string(), r"ignore:fn:^main\.\(\*T\)\.f$");
        assert_eq!(Filter::labelled("user", "a,b").to_string(), r"tag:user=^a\x2cb$");
    }

    #[test]
    fn a_value_of_a_label_is_shown_as_it_is() {
        assert_eq!(Filter::labelled("tenant", "a.b (c)").plain_text(), "tenant=a.b (c)");
        assert_eq!(Filter::parse("tag:tenant=^a|b$").plain_text(), "tag tenant=^a|b$");
        assert_eq!(Filter::parse("ignore:json").plain_text(), "ignore json");
        assert_eq!(Filter::new(FilterKind::TagFocus, "").plain_text(), "no tag");
    }

    #[test]
    fn a_pattern_that_is_too_large_says_so() {
        let error = Filter::new(FilterKind::Focus, "((a{100}){100}){100}").check().unwrap_err();
        assert_eq!(error.problem, PatternProblem::Size);
        assert!(error.reason.contains("10 MiB") && error.problem.hint().contains("repetitions"), "{error}");
    }

    #[test]
    fn a_wrong_pattern_is_refused_with_its_reason() {
        let error = Filter::parse("hide:a(").check().unwrap_err();
        assert_eq!(error.to_string(), "filter `hide`: `a(` is not a regular expression: unclosed group");
        assert!(Filter::parse("tag:user=a,b(").check().is_err());
        assert!(Filter::parse("tagroot:a(").check().is_ok());
    }
}
