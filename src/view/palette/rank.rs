//! How well a command answers to what was typed.
//!
//! There are some hundred short names, all known, and each is made of words. So the kinds of match are few and told
//! apart by what they are; a score that weighs letters against gaps would only make the order hard to foresee.

/// A kind of match, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchKind {
    /// The name itself.
    Exact,
    /// The name begins so.
    Start,
    /// A later word of the name begins so.
    Word,
    /// Words of the name begin with the parts that were typed, in their order: `n-s` or `nst` for `next-sample-type`.
    Initials,
    /// The name has it inside.
    Inside,
    /// A word of the help begins so.
    Help,
    /// The name has the letters in this order.
    Letters,
}

/// How `name`, which is explained by `help`, matches what was typed; not at all where it does not.
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
    if name.contains(&typed) {
        return Some(MatchKind::Inside);
    }
    if starts_word(&plain(help)) {
        return Some(MatchKind::Help);
    }
    has_letters(&typed, &name).then_some(MatchKind::Letters)
}

fn is_word_start(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
}

/// Whether the parts that were typed begin words of the name in their order; without hyphens each letter is a part.
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
        assert_eq!(name("alloc"), Some(MatchKind::Help));
        assert_eq!(name("nxtp"), Some(MatchKind::Letters));
        assert_eq!(name("quit"), None);
        assert_eq!(name(""), Some(MatchKind::Start));
    }

    #[test]
    fn the_order_is_that_of_the_kinds() {
        let mut names = ["unfilter", "filter-next", "filter", "leave-filters", "file-alter"];
        names.sort_by_key(|name| rank("filter", name, ""));
        assert_eq!(names[..4], ["filter", "filter-next", "leave-filters", "unfilter"]);
    }
}
