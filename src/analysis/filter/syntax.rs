//! Translation of pprof's patterns (RE2) to the syntax of the `regex` crate.
//!
//! The syntaxes differ in details that people type: in RE2 `\w`, `\d`, `\s` and `\b` are ASCII, `\<` is a bracket and
//! no word boundary, a brace that begins no repetition is a brace (`{{closure}}`), `\Q…\E` quotes, `\101` is an octal
//! code, `\p{^Greek}` is `\P{Greek}`, and a class has neither nested classes nor set operations.

/// Translates a pattern of RE2 to a pattern of the `regex` crate.
pub fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        rest = match next {
            '\\' => escape(rest, &mut out, EscapeContext::Pattern),
            '[' => class(rest, &mut out),
            '{' if !is_repetition(rest) => push(rest, &mut out, "\\{", 1),
            other => push(rest, &mut out, other.encode_utf8(&mut [0; 4]), other.len_utf8()),
        };
    }
    out
}

/// Context of an escape sequence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EscapeContext {
    Pattern,
    Class,
}

/// Writes `text` in place of the first `taken` bytes of `rest`, and returns the remaining text.
fn push<'a>(rest: &'a str, out: &mut String, text: &str, taken: usize) -> &'a str {
    out.push_str(text);
    &rest[taken..]
}

/// Translates the escape at the start of `rest`.
fn escape<'a>(rest: &'a str, out: &mut String, within: EscapeContext) -> &'a str {
    let Some(letter) = rest[1..].chars().next() else { return push(rest, out, "\\", 1) };
    if letter == 'Q' && within == EscapeContext::Pattern {
        return quoted(&rest[2..], out);
    }
    if let Some(translated) = code_or_property(rest, letter, out) {
        return translated;
    }
    let ascii = match (letter, within) {
        ('w', EscapeContext::Pattern) => "[0-9A-Za-z_]",
        ('d', EscapeContext::Pattern) => "[0-9]",
        ('s', EscapeContext::Pattern) => r"[\t\n\f\r ]",
        ('w', EscapeContext::Class) => "0-9A-Za-z_",
        ('d', EscapeContext::Class) => "0-9",
        ('s', EscapeContext::Class) => r"\t\n\f\r ",
        ('W', _) => "[^0-9A-Za-z_]",
        ('D', _) => "[^0-9]",
        ('S', _) => r"[^\t\n\f\r ]",
        ('b', EscapeContext::Pattern) => r"(?-u:\b)",
        ('B', EscapeContext::Pattern) => r"(?-u:\B)",
        ('<', _) => "<",
        ('>', _) => ">",
        _ => {
            let taken = 1 + letter.len_utf8();
            return push(rest, out, &rest[..taken], taken);
        }
    };
    push(rest, out, ascii, 2)
}

/// Translates the octal code, the `\x{…}` or the `\p{…}` at the start of `rest`, of which `letter` is the second
/// character; `None` if there is none of them.
fn code_or_property<'a>(rest: &'a str, letter: char, out: &mut String) -> Option<&'a str> {
    match letter {
        'x' | 'p' | 'P' => {
            let name = rest[2..].strip_prefix('{')?;
            let name = &name[..name.find('}')?];
            let taken = name.len() + 4;
            let Some(name) = name.strip_prefix('^').filter(|_| letter != 'x') else {
                return Some(push(rest, out, &rest[..taken], taken));
            };
            let other = if letter == 'p' { 'P' } else { 'p' };
            Some(push(rest, out, &format!("\\{other}{{{name}}}"), taken))
        }
        '0'..='7' => {
            let digits = rest[1..].bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            // A single digit other than 0 would be a reference to a group, which neither syntax has.
            let digits = Some(digits).filter(|digits| *digits > 1 || letter == '0')?;
            let code = u32::from_str_radix(&rest[1..=digits], 8).ok()?;
            Some(push(rest, out, &format!("\\x{{{code:x}}}"), digits + 1))
        }
        _ => None,
    }
}

/// Translates the text up to `\E`, which is taken literally.
fn quoted<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let (text, after) = rest.split_once("\\E").unwrap_or((rest, ""));
    out.push_str(&regex::escape(text));
    after
}

/// Translates the class at the start of `rest`.
fn class<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let mut inside = push(rest, out, "[", 1);
    if let Some(after) = inside.strip_prefix('^') {
        out.push('^');
        inside = after;
    }
    // A leading bracket is a member of the class.
    if let Some(after) = inside.strip_prefix(']') {
        out.push_str("\\]");
        inside = after;
    }
    while let Some(next) = inside.chars().next() {
        inside = match next {
            ']' => return push(inside, out, "]", 1),
            '\\' => escape(inside, out, EscapeContext::Class),
            '[' => match named_class(inside) {
                Some(taken) => push(inside, out, &inside[..taken], taken),
                None => push(inside, out, "\\[", 1),
            },
            '&' | '~' => push(inside, out, if next == '&' { "\\&" } else { "\\~" }, 1),
            '-' if inside[1..].starts_with('-') => push(inside, out, "\\-", 1),
            other => push(inside, out, other.encode_utf8(&mut [0; 4]), other.len_utf8()),
        };
    }
    inside
}

/// Length in bytes of `[:name:]` at the start of `rest`; `None` if `rest` begins otherwise.
fn named_class(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix("[:")?;
    let end = inside.find(":]")?;
    inside[..end].bytes().all(|byte| byte == b'^' || byte.is_ascii_lowercase()).then_some(end + 4)
}

/// Returns true if `rest` begins with a repetition: `{2}`, `{2,}` or `{2,5}`.
fn is_repetition(rest: &str) -> bool {
    let Some((inside, _)) = rest[1..].split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::bytes::Regex;

    #[test]
    fn patterns_mean_what_they_mean_in_pprof() {
        let cases = [
            (r"^\w+$", "größe", false),
            (r"^gr..e$", "größe", true),
            (r"\d", "٣", false),
            (r"[\w.]+$", "a.b_9", true),
            (r"^[^\W]+$", "é", false),
            (r"\bjson\b", "encoding/json.Marshal", true),
            (r"\bson\b", "encoding/json.Marshal", false),
            (r"vector\<int\>", "std::vector<int>", true),
            (r"{{closure}}", "app::run::{{closure}}", true),
            (r"^a{2,3}$", "aaa", true),
            (r"\Qmain.(*T)\E\.f", "main.(*T).f", true),
            (r"^[[&&~~]+$", "[&~", true),
            (r"^[[:alpha:]]+$", "é", false),
            (r"[]a]", "]", true),
            (r"(?i)MARSHAL", "json.Marshal", true),
            (r"^.$", "é", true),
            (r"^a\x{e9}$", "aé", true),
            (r"^\x41\101[\102]\0$", "AAB\0", true),
            (r"^\p{L}+$", "größe", true),
            (r"^\pL$", "ж", true),
            (r"^\p{Greek}[\p{Greek}]\P{Greek}$", "λμa", true),
            (r"^\p{^Greek}\P{^Greek}$", "aλ", true),
            (r"^[\p{Lu}\d]{2}$", "Ä7", true),
        ];
        for (pattern, name, matches) in cases {
            let translated = translated(pattern);
            let regex = Regex::new(&translated).unwrap_or_else(|error| panic!("{pattern} as {translated}: {error}"));
            assert_eq!(regex.is_match(name.as_bytes()), matches, "{pattern} as {translated} on {name}");
        }
    }

    #[test]
    fn what_is_no_pattern_stays_none() {
        for pattern in ["a(", "[a", "*", "a**b(", "\\", "\\1", "\\p{None}", "\\x{", "\\p{"] {
            assert!(Regex::new(&translated(pattern)).is_err(), "{pattern}");
        }
    }
}
