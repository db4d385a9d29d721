//! The known word that was probably meant.

/// The one of `known` that is least typing away from `asked`, where that is close enough to be worth a question.
pub(crate) fn nearest<'a>(asked: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().map(|word| (distance(asked, word), word));
    let (least, word) = distances.min()?;
    // A third of the letters wrong is still a slip, and so are two letters of a short word that changed places.
    (least * 3 <= word.chars().count() + 2).then_some(word)
}

/// Letters to put in, take out or change to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
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
        assert_eq!(nearest("tpo", ["summary", "top", "tree"]), None);
        assert_eq!(nearest("cpu", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("x", []), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
