//! Text in SVG and HTML: escaped characters, and names in the longest form that fits.

use std::borrow::Cow;

use crate::analysis::Granularity;
use crate::base::ids::FrameId;
use crate::base::names;
use crate::base::width::{cut, width};

use super::Subject;

/// Escapes the special characters of XML, for elements and attributes. Characters that XML does not allow are replaced.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |sign: char| !matches!(sign, '&' | '<' | '>' | '"' | '\'') && is_allowed(sign);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            sign if is_allowed(sign) => safe.push(sign),
            _ => safe.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(safe)
}

/// True for a character that XML 1.0 allows.
fn is_allowed(sign: char) -> bool {
    matches!(sign, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Longest form of a frame's name that fits `cells`; empty if no form fits.
pub(super) fn label(subject: &Subject<'_>, frame: FrameId, cells: usize) -> String {
    if cells < names::MIN_CELLS {
        return String::new();
    }
    let name = if frame == FrameId::ROOT { "all" } else { subject.tree().frames().shown(frame) };
    let language = subject.answer.language;
    let text = if subject.query().shape.granularity == Granularity::Functions {
        names::shorten(language, &names::display(language, name), cells).into_owned()
    } else {
        names::shorten_with_path(language, name, cells).into_owned()
    };
    // A terminal shows the first letters of a cut name without a mark; here an ellipsis shows that letters are missing.
    let is_cut = width(&text) == cells && !name.ends_with(&text) && !text.contains('…');
    if is_cut { format!("{}…", cut(&text, cells - 1)) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(escaped("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
        assert_eq!(escaped("a\u{0}\u{fffe}\u{1f600}"), "a\u{fffd}\u{fffd}\u{1f600}");
        assert!(matches!(escaped("plain é"), Cow::Borrowed(_)));
    }
}
