//! What a report is written about: an answer, what was passed over on the way to it, and how much is wanted.

use std::borrow::Cow;

use crate::analysis::Answer;

/// A source that could not be read and was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The source as it was named.
    pub source: String,
    /// Why it was passed over.
    pub reason: String,
}

/// Everything that a report is written from.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The figures.
    pub answer: &'a Answer,
    /// Sources that are not in the figures.
    pub skipped: &'a [Skipped],
    /// The most rows to write; 0 for all.
    pub limit: usize,
    /// What a text may be made of.
    pub style: Style,
}

impl Subject<'_> {
    /// How many of `rows` the limit lets through.
    pub(super) fn wanted(&self, rows: usize) -> usize {
        if self.limit == 0 { rows } else { rows.min(self.limit) }
    }
}

/// What a text may be made of. It says nothing about JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The characters.
    pub letters: Letters,
    /// The emphasis.
    pub ink: Ink,
}

/// The characters that a text may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Letters {
    /// All of them.
    #[default]
    Unicode,
    /// ASCII alone, for a terminal or a log that knows no other.
    Ascii,
}

impl Letters {
    /// `text` in these letters: where only ASCII may stand, what has no likeness there is spelled as its code point.
    pub(super) fn of(self, text: &str) -> Cow<'_, str> {
        if self == Self::Unicode || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut plain = String::with_capacity(text.len());
        for letter in text.chars() {
            match letter {
                '…' => plain.push_str("..."),
                '–' => plain.push('-'),
                letter if letter.is_ascii() => plain.push(letter),
                letter => plain.extend(letter.escape_unicode()),
            }
        }
        Cow::Owned(plain)
    }
}

/// The emphasis that a text may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// None: a file, a pipe, or a reader who wants none.
    #[default]
    Plain,
    /// Headings in bold, for a terminal.
    Bold,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_letters_lose_no_character() {
        assert_eq!(Letters::Ascii.of("a…b – ü"), "a...b - \\u{fc}");
        assert_eq!(Letters::Unicode.of("a…b"), "a…b");
    }
}
