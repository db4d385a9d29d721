//! Suggestions for misspelled words.

use crate::base::step_count::count_steps;

/// The word of `known` with the smallest edit distance to `asked`; `None` if no word is close.
pub fn nearest<'a>(asked: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = asked.chars().count();
    // Up to a third of the letters may be wrong, so that a word of another length need not be compared.
    let is_close = |distance: usize, word: &str| distance * 3 <= word.chars().count();
    let comparable = known.into_iter().filter(|word| is_close(letters.abs_diff(word.chars().count()), word));
    let (least, word) = comparable.map(|word| (distance(asked, word), word)).min()?;
    is_close(least, word).then_some(word)
}

/// Damerau–Levenshtein distance: insertions, deletions, substitutions and transpositions.
fn distance(a: &str, b: &str) -> usize {
    count_steps(a.len() * b.len());
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Rows of the table for two characters back, one back, and the current one.
    let (mut older, mut old) = (Vec::new(), (0..=b.len()).collect::<Vec<usize>>());
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = old[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(old[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(older[j - 2] + 1);
            }
            row.push(least);
        }
        older = std::mem::replace(&mut old, row);
    }
    old[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_word_and_other_words_do_not() {
        let known = ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"];
        assert_eq!(nearest("inuse_spcae", known), Some("inuse_space"));
        assert_eq!(nearest("alloc-space", known), Some("alloc_space"));
        assert_eq!(nearest("allocspace", known), Some("alloc_space"));
        assert_eq!(nearest("tpo", ["summary", "top", "tree"]), Some("top"));
        assert_eq!(nearest("cpu", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("x", []), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
