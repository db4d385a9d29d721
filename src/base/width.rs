//! Width of text in terminal columns, and cutting text to a width.
//!
//! The width of a text is the sum of the widths of its grapheme clusters, which is how the screen is painted. Text must
//! be safe to print (see [`safe_text`](super::safe_text)): control characters have no width.

use std::borrow::Cow;
use std::collections::HashSet;
use std::iter;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// Mark for omitted text, one column wide.
pub const ELLIPSIS: char = '…';

/// Minimum columns at which a name without its middle is readable.
const MIN_FOR_MIDDLE: usize = 8;
/// Minimum columns at which the first letters of a name are useful.
const MIN_FOR_TEXT: usize = 5;

/// True if every character of `text` is a grapheme cluster of one column. Most names are, and so are the texts of the
/// program with their arrows, signs, lines and blocks, so they need no Unicode tables.
pub fn is_plain(text: &str) -> bool {
    let is_plain = |letter| {
        matches!(
            letter,
            ' '..='~' | ELLIPSIS | '±' | '·' | '×' | 'Δ' | 'σ' | '‹' | '›' | '−' | '←'..='↓' | '\u{2500}'..='\u{259f}'
        )
    };
    text.chars().all(is_plain)
}

/// Width of `text` in columns.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    if is_plain(text) { text.chars().count() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// Longest prefix of `text` that fits in `cells` columns.
pub fn cut(text: &str, cells: usize) -> &str {
    if text.is_ascii() {
        return text.get(..cells).unwrap_or(text);
    }
    if is_plain(text) {
        return text.char_indices().nth(cells).map_or(text, |(end, _)| &text[..end]);
    }
    let mut room = cells;
    for (start, cluster) in text.grapheme_indices(true) {
        match room.checked_sub(cluster.width()) {
            Some(left) => room = left,
            None => return &text[..start],
        }
    }
    text
}

/// Longest suffix of `text` that fits in `cells` columns.
pub fn cut_start(text: &str, cells: usize) -> &str {
    if text.is_ascii() {
        return &text[text.len().saturating_sub(cells)..];
    }
    let mut room = cells;
    for (start, cluster) in text.grapheme_indices(true).rev() {
        match room.checked_sub(cluster.width()) {
            Some(left) => room = left,
            None => return &text[start + cluster.len()..],
        }
    }
    text
}

/// `text` if it fits in `cells` columns, else a prefix and an ellipsis.
pub fn cut_end(text: &str, cells: usize) -> Cow<'_, str> {
    match cells {
        _ if width(text) <= cells => Cow::Borrowed(text),
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}{ELLIPSIS}", cut(text, cells - 1))),
    }
}

/// `text` if it fits in `cells` columns, else its first words and an ellipsis. A word that takes more than half of the
/// room is cut inside.
pub fn cut_words(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells || cells == 0 {
        return cut_end(text, cells);
    }
    let kept = cut(text, cells - 1);
    let is_between_words = text[kept.len()..].starts_with(' ');
    let end = if is_between_words { Some(kept.len()) } else { kept.rfind(' ') };
    let words = end.map(|end| kept[..end].trim_end_matches([' ', ',', ':', ';']));
    let kept = words.filter(|words| 2 * width(words) >= cells).unwrap_or(kept);
    Cow::Owned(format!("{kept}{ELLIPSIS}"))
}

/// `text` if it fits in `cells` columns, else an abbreviation.
///
/// From 8 columns on the middle is omitted, and the end gets two thirds of the width, since names differ at their ends;
/// from 5 to 7 the first letters are kept; below 5 the result is empty. A shortened text always has an ellipsis.
pub fn cut_middle(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    if cells < MIN_FOR_TEXT {
        return Cow::Borrowed("");
    }
    if cells < MIN_FOR_MIDDLE {
        return cut_end(text, cells);
    }
    let room = cells - 1;
    let end = room * 2 / 3;
    Cow::Owned(format!("{}{ELLIPSIS}{}", cut(text, room - end), cut_start(text, end)))
}

/// `name` if it fits in `cells` columns, else the part by which it differs from the other names in `all`, abbreviated if
/// that is too long as well. Names of pods differ at their ends. All names are abbreviated in the same way: in the first
/// one that makes them differ, else in the one that makes most of them differ.
pub fn cut_shared<'a>(name: &'a str, all: &[&str], cells: usize) -> Cow<'a, str> {
    if width(name) <= cells {
        return Cow::Borrowed(name);
    }
    let ends = common_ends(all);
    let in_form = |form: Option<usize>, name: &str| -> String {
        match form {
            _ if width(name) <= cells => name.to_owned(),
            None => cut_middle(&distinct_part(name, ends), cells).into_owned(),
            Some(end) => format!("{}{ELLIPSIS}{}", cut(name, cells - 1 - end), cut_start(name, end)),
        }
    };
    let distinct = |form: &Option<usize>| all.iter().map(|name| in_form(*form, name)).collect::<HashSet<_>>().len();
    // Without a room that shows a part of a name, the parts do not help.
    let forms = iter::once(None).chain((1..cells.saturating_sub(1)).map(Some));
    let forms = forms.take(if cells < MIN_FOR_TEXT { 1 } else { usize::MAX });
    let (mut best, mut most) = (None, 0);
    for form in forms {
        let count = distinct(&form);
        if count > most {
            (best, most) = (form, count);
        }
        if most == all.len() {
            break;
        }
    }
    Cow::Owned(in_form(best, name))
}

/// Bytes of the words that all names have in common, at their start and at their end; 0 for fewer than two names.
fn common_ends(all: &[&str]) -> (usize, usize) {
    let Some((first, others)) = all.split_first().filter(|(_, others)| !others.is_empty()) else { return (0, 0) };
    let is_equal = |(one, other): &(u8, u8)| one == other;
    let of_start = |other: &&str| first.bytes().zip(other.bytes()).take_while(is_equal).count();
    let of_end = |other: &&str| first.bytes().rev().zip(other.bytes().rev()).take_while(is_equal).count();
    let shortest = all.iter().map(|name| name.len()).min().unwrap_or(0);
    let start = others.iter().map(of_start).min().unwrap_or(0).min(shortest.saturating_sub(1));
    let words = first.char_indices().take_while(|(at, letter)| at + letter.len_utf8() <= start);
    let words = words.filter(|(_, letter)| !letter.is_alphanumeric()).last();
    let start = words.map_or(0, |(at, letter)| at + letter.len_utf8());
    // The parts that are left out do not overlap.
    (start, others.iter().map(of_end).min().unwrap_or(0).min(shortest.saturating_sub(start + 1)))
}

/// `name` with an ellipsis for what it has in common with others: the first `start` bytes, and words within the last
/// `end` bytes.
fn distinct_part(name: &str, (start, end): (usize, usize)) -> Cow<'_, str> {
    let from = name.len().saturating_sub(end);
    let end = name.char_indices().find(|(at, letter)| *at >= from && !letter.is_alphanumeric());
    let end = end.map_or(name.len(), |(at, _)| at);
    match name.get(start..end) {
        Some(part) if part.len() < name.len() => {
            let [before, after] = [start > 0, end < name.len()].map(|is_cut| if is_cut { "…" } else { "" });
            Cow::Owned(format!("{before}{part}{after}"))
        }
        _ => Cow::Borrowed(name),
    }
}

/// Wraps `text` at spaces into lines of up to `cells` columns.
pub fn wrap(text: &str, cells: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text.trim_end());
    while !rest.is_empty() {
        let piece = cut(rest, cells);
        // A character wider than the line stands alone.
        let piece = if piece.is_empty() { rest } else { piece };
        let ends_a_word = rest[piece.len()..].chars().next().is_none_or(char::is_whitespace);
        let blank = piece.trim_end().rfind(' ').filter(|at| !ends_a_word && *at > 0);
        let piece = blank.map_or(piece, |at| &piece[..at]);
        pieces.push(piece.trim_end());
        rest = rest[piece.len()..].trim_start();
    }
    pieces
}

/// Fits lines to `cells` columns: sentences are wrapped, indented lines are cut.
pub fn fit_lines(lines: &[String], cells: usize) -> Vec<String> {
    let fit = |line: &String| -> Vec<String> {
        if line.starts_with(' ') {
            return vec![cut_end(line, cells).into_owned()];
        }
        wrap(line, cells).into_iter().map(str::to_owned).collect()
    };
    lines.iter().flat_map(fit).collect()
}

/// `text` cut or padded on the right to exactly `cells` columns.
pub fn pad_right(text: &str, cells: usize) -> String {
    let text = cut(text, cells);
    text.chars().chain(spaces(text, cells)).collect()
}

/// `text` cut or padded on the left to exactly `cells` columns.
pub fn pad_left(text: &str, cells: usize) -> String {
    let text = cut(text, cells);
    spaces(text, cells).chain(text.chars()).collect()
}

fn spaces(text: &str, cells: usize) -> impl Iterator<Item = char> {
    iter::repeat_n(' ', cells.saturating_sub(width(text)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_characters_have_one_column_each_in_any_order() {
        let plain: Vec<char> = ('\0'..='\u{ffff}').filter(|letter| is_plain(&letter.to_string())).collect();
        let text: String = plain.iter().flat_map(|letter| [*letter, '±', *letter]).collect();
        assert_eq!(text.graphemes(true).count(), text.chars().count());
        assert!(plain.iter().all(|letter| letter.to_string().width() == 1));
    }

    #[test]
    fn a_message_is_cut_between_words() {
        let text = "14 snapshots: the newest is shown, 5 trend";
        assert_eq!(cut_words(text, 42), text);
        assert_eq!(cut_words(text, 36), "14 snapshots: the newest is shown…");
        assert_eq!(cut_words(text, 32), "14 snapshots: the newest is…");
        assert_eq!(cut_words(text, 14), "14 snapshots…");
        assert_eq!(cut_words("heap-20261122T131333Z.pb.gz is no profile", 20), "heap-20261122T13133…");
        assert_eq!((cut_words(text, 1), cut_words(text, 0)), ("…".into(), "".into()));
    }

    #[test]
    fn widths_are_those_of_the_cells() {
        let cases = [
            ("", 0),
            ("abc", 3),
            ("naïve", 5),
            ("日本", 4),
            ("e\u{301}", 1),
            ("…▏", 2),
            ("a…\u{301}", 2),
            ("▏\u{fe0f}█", 2),
            ("👍", 2),
            ("\u{644}\u{627}", 2),
        ];
        for (text, cells) in cases {
            assert_eq!(width(text), cells, "{text}");
        }
    }

    #[test]
    fn cuts_keep_grapheme_clusters() {
        assert_eq!(cut("日本語", 5), "日本");
        assert_eq!(cut("e\u{301}a", 1), "e\u{301}");
        assert_eq!(cut("abc", 9), "abc");
        assert_eq!((cut("a…bc", 2), cut("a…bc", 4), cut("▏…", 9)), ("a…", "a…bc", "▏…"));
        assert_eq!(cut("…\u{301}a", 1), "…\u{301}");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(cut_start("日本語", 3), "語");
        assert_eq!(cut_start("ae\u{301}", 1), "e\u{301}");
        assert_eq!(cut_start("abc", 2), "bc");
        assert_eq!(cut_start("abc", 9), "abc");
    }

    #[test]
    fn an_ellipsis_marks_a_cut() {
        assert_eq!(cut_end("allocation", 10), "allocation");
        assert_eq!(cut_end("allocation", 6), "alloc…");
        assert_eq!(cut_end("allocation", 1), "…");
        assert_eq!(cut_end("allocation", 0), "");
    }

    #[test]
    fn the_middle_goes_first_and_the_end_gets_two_thirds() {
        assert_eq!(cut_middle("from_slice::{}", 10), "fro…ce::{}");
        assert_eq!(cut_middle("from_slice::{}", 14), "from_slice::{}");
        assert_eq!(cut_middle("from_slice::{}", 8), "fro…::{}");
        assert_eq!(cut_middle("from_slice::{}", 7), "from_s…");
        assert_eq!(cut_middle("from_slice::{}", 4), "");
        assert_eq!(cut_middle("fro", 3), "fro");
        assert_eq!(cut_middle("from_slice::{}", 2), "");
        assert_eq!(cut_middle("f", 2), "f");
    }

    #[test]
    fn lines_are_wrapped_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one two three", 9), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("日本", 1), ["日本"]);
        assert!(wrap("  ", 4).is_empty());
    }

    #[test]
    fn padding_fills_exactly() {
        assert_eq!(pad_right("ab", 4), "ab  ");
        assert_eq!(pad_left("ab", 4), "  ab");
        assert_eq!(pad_right("日本", 3), "日 ");
        assert_eq!(pad_left("abcdef", 3), "abc");
    }

    proptest! {
        #[test]
        fn no_cut_is_too_wide(text in "\\PC{0,40}", cells in 0usize..50) {
            for cut in [Cow::Borrowed(cut(&text, cells)), cut_start(&text, cells).into(), cut_end(&text, cells), cut_middle(&text, cells)] {
                prop_assert!(width(&cut) <= cells, "{:?} in {}", cut, cells);
            }
            prop_assert!(width(&pad_left(&text, cells)) <= cells);
        }
    }

    #[test]
    fn names_of_pods_keep_the_part_by_which_they_differ() {
        let pods = ["payments-api-7c9f8d6b5d-xrq68", "payments-api-7c9f8d6b5d-x2gvq"];
        assert_eq!(cut_shared(pods[0], &pods, 29), pods[0]);
        assert_eq!(cut_shared(pods[0], &pods, 28), "…xrq68");
        assert_eq!(cut_shared(pods[1], &pods, 7), "…x2gvq");
        let distinct_part = |name, all: &[&'static str]| distinct_part(name, common_ends(all)).into_owned();
        let hosts = ["web-1.prod.example.com", "web-12.prod.example.com"];
        assert_eq!(hosts.map(|host| distinct_part(host, &hosts)), ["…1…", "…12…"]);
        let nested = ["web", "web-2"];
        assert_eq!(nested.map(|name| distinct_part(name, &nested)), nested, "no word in common before both");
        assert_eq!(["a-b", "a-b-2"].map(|name| distinct_part(name, &["a-b", "a-b-2"])), ["…b", "…b-2"]);
        assert_eq!(distinct_part("né-1", &["né-1", "nè-1"]), "né…");
        assert_eq!(distinct_part("alone", &["alone"]), "alone");
    }

    #[test]
    fn shortened_names_stay_different() {
        let services = ["checkout-x", "checkout-y", "search-x", "search-y", "api"];
        let cut = |cells: usize| services.map(|name| cut_shared(name, &services, cells).into_owned());
        assert_eq!(cut(9), ["che…out-x", "che…out-y", "search-x", "search-y", "api"].map(str::to_owned));
        assert_eq!(cut(7), ["check…x", "check…y", "searc…x", "searc…y", "api"].map(str::to_owned));
        let builds = ["production-before-the-deploy-eu.pb.gz", "production-after-the-deploy-eu.pb.gz"];
        assert_eq!(builds.map(|name| cut_shared(name, &builds, 16).into_owned()), ["…before…", "…after…"]);
        assert_eq!(builds.map(|name| cut_shared(name, &builds, 3).into_owned()), ["", ""]);
    }
}
