//! Ranking of commands for a typed text.
//!
//! There are a few hundred short names made of words, so matches are ranked by kind. A fuzzy score of letters and gaps
//! would be harder to predict.

use crate::view::synonyms::synonyms;

/// Kind of match, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchKind {
    /// Whole name.
    Exact,
    /// Start of the name.
    Start,
    /// Start of a later word of the name.
    Word,
    /// Starts of words of the name, in order: `n-s` or `nst` for `next-sample-type`.
    Initials,
    /// Whole synonym, by its position among the synonyms.
    WholeSynonym(usize),
    /// Whole word of the help.
    HelpWord,
    /// Inside of the name.
    Inside,
    /// Start of a synonym, by its position among the synonyms.
    Synonym(usize),
    /// Word of a choice of the argument.
    Choice,
    /// Start of a word of the help.
    Help,
    /// Letters of the name, in order.
    Letters,
}

/// Kind of match of `typed` with a name and its help; `None` without a match.
pub fn rank(typed: &str, name: &str, help: &str) -> Option<MatchKind> {
    let plain = |text: &str| text.to_lowercase().replace([' ', '_'], "-");
    let (typed, name) = (plain(typed.trim()), plain(name));
    if typed == name {
        return Some(MatchKind::Exact);
    }
    if name.starts_with(&typed) {
        return Some(MatchKind::Start);
    }
    let starts_word = |text: &str| text.match_indices(&typed).any(|(at, _)| is_word_start(text, at));
    if starts_word(&name) {
        return Some(MatchKind::Word);
    }
    if has_initials(&typed, &name) {
        return Some(MatchKind::Initials);
    }
    let synonym = |is_match: fn(&str, &str) -> bool| synonyms(&name).split(' ').position(|word| is_match(word, &typed));
    if let Some(at) = synonym(|word, typed| word == typed) {
        return Some(MatchKind::WholeSynonym(at));
    }
    let help = plain(help);
    if help.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == typed) {
        return Some(MatchKind::HelpWord);
    }
    if name.contains(&typed) {
        return Some(MatchKind::Inside);
    }
    if typed.len() >= LEAST_SYNONYM
        && let Some(at) = synonym(|word, typed| word.starts_with(typed))
    {
        return Some(MatchKind::Synonym(at));
    }
    if starts_word(&help) {
        return Some(MatchKind::Help);
    }
    has_letters(&typed, &name).then_some(MatchKind::Letters)
}

/// Minimum length of a typed text that is compared with synonyms.
const LEAST_SYNONYM: usize = 2;

fn is_word_start(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
}

/// Returns true if the typed parts begin words of the name in order; without hyphens, each letter is a part.
fn has_initials(typed: &str, name: &str) -> bool {
    let mut words = name.split('-');
    let parts: Vec<&str> = if typed.contains('-') {
        typed.split('-').filter(|part| !part.is_empty()).collect()
    } else {
        typed.char_indices().map(|(at, letter)| &typed[at..at + letter.len_utf8()]).collect()
    };
    parts.len() > 1 && parts.iter().all(|part| words.any(|word| word.starts_with(part)))
}

fn has_letters(typed: &str, name: &str) -> bool {
    let mut letters = name.chars();
    typed.chars().all(|wanted| letters.any(|letter| letter == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_match_is_told_from_the_others() {
        let name = |typed| rank(typed, "next-sample-type", "alloc or in-use");
        assert_eq!(name("next-sample-type"), Some(MatchKind::Exact));
        assert_eq!(name("Next sample type"), Some(MatchKind::Exact), "blanks and case are as good as hyphens");
        assert_eq!(name("next"), Some(MatchKind::Start));
        assert_eq!(name("sample-t"), Some(MatchKind::Word));
        assert_eq!(name("nst"), Some(MatchKind::Initials));
        assert_eq!(name("ne-ty"), Some(MatchKind::Initials));
        assert_eq!(name("mple"), Some(MatchKind::Inside));
        assert_eq!(name("alloc"), Some(MatchKind::WholeSynonym(2)));
        assert_eq!(name("allo"), Some(MatchKind::Synonym(2)));
        assert_eq!(name("in"), Some(MatchKind::HelpWord));
        assert_eq!(name("nxtp"), Some(MatchKind::Letters));
        assert_eq!(name("quit"), None);
        assert_eq!(name(""), Some(MatchKind::Start));
    }

    #[test]
    fn a_synonym_belongs_first_to_the_command_that_has_it_first() {
        for (typed, first, second) in [("undo", "back", "reset"), ("pod", "view-instances", "labels")] {
            assert!(rank(typed, first, "") < rank(typed, second, ""), "{typed}");
        }
    }

    #[test]
    fn a_word_for_a_command_is_better_than_one_in_the_help_of_another() {
        for (typed, meant) in [("search", "find"), ("comparison", "diff"), ("filters", "filter")] {
            let reset = rank(typed, "reset", "reset zoom, filters, search and comparison");
            assert!(rank(typed, meant, "") < reset, "{typed}");
        }
    }

    #[test]
    fn the_order_is_that_of_the_kinds() {
        let mut names = ["unfilter", "filter-next", "filter", "leave-filters", "file-alter"];
        names.sort_by_key(|name| rank("filter", name, ""));
        assert_eq!(names[..4], ["filter", "filter-next", "leave-filters", "unfilter"]);
    }
}
