//! Words of a command line for a POSIX shell.

use std::fmt::Write as _;

use crate::base::safe_text::safe_str;

/// Quotes a word for a POSIX shell.
pub fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:=,@%+-".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if safe_str(word) == word {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    // A character that is not shown as itself is escaped; otherwise the line would name another file than it shows.
    let mut quoted = String::from("$'");
    for character in word.chars() {
        let mut bytes = [0; 4];
        let text = &*character.encode_utf8(&mut bytes);
        match character {
            '\'' | '\\' => quoted.extend(['\\', character]),
            _ if safe_str(text) == text => quoted.push(character),
            _ => {
                for byte in text.bytes() {
                    // Writing to a string cannot fail.
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_more_than_a_word() {
        assert_eq!(quoted("http://host:6060/a"), "http://host:6060/a");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("fn:^it's$"), r"'fn:^it'\''s$'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("~/a*"), "'~/a*'");
        assert_eq!(quoted("$(rm)"), "'$(rm)'");
        assert_eq!(quoted("a\nb"), r"$'a\012b'");
        assert_eq!(quoted("it's\x1b[2J\\"), r"$'it\'s\033[2J\\'");
        assert_eq!(quoted("x\u{202e}y"), r"$'x\342\200\256y'");
    }
}
