//! Text for screen readers: words and numbers, without characters that only draw.

/// Converts a line for screen readers: gaps become commas, arrows become words, and lines, bars and blocks are left
/// out.
///
/// A screen reader says some drawing characters by their names and passes over others, so that columns and bars become
/// noise. Words, numbers and their signs stay as they are.
pub fn plain_line(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    // Blanks before the next word; two and more separate columns.
    let mut gap = 0;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let word: &str = match letter {
            ' ' | '\u{a0}' => {
                gap += 1;
                continue;
            }
            '\u{2500}'..='\u{25ff}' | '·' => {
                gap += 2;
                continue;
            }
            '→' => "to",
            '←' => "from",
            '›' => ">",
            '‹' => "<",
            '−' => "-",
            'Δ' if letters.peek().is_some_and(|next| next.is_alphabetic()) => "change of ",
            'Δ' => "change",
            _ => {
                push_gap(&mut plain, gap);
                gap = 0;
                plain.push(letter);
                continue;
            }
        };
        push_gap(&mut plain, gap);
        gap = 0;
        plain.push_str(word);
    }
    plain
}

/// Appends the separator for a gap of `blanks`.
fn push_gap(plain: &mut String, blanks: usize) {
    let is_separated = plain.ends_with([',', ':', ';', '.', '(']);
    match blanks {
        0 => {}
        _ if plain.is_empty() => {}
        1 => plain.push(' '),
        _ if is_separated => plain.push(' '),
        _ => plain.push_str(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_draws_becomes_words_or_is_left_out() {
        let cases = [
            ("", ""),
            ("   ", ""),
            ("  9.35M  46.1%  bytes.Clone  ", "9.35M, 46.1%, bytes.Clone"),
            ("▏http.(*conn).serve   8.03M ▏runtime.main", "http.(*conn).serve, 8.03M, runtime.main"),
            ("── 9 of 9 levels ────", "9 of 9 levels"),
            ("9.02 MiB → 74.5 MiB", "9.02 MiB to 74.5 MiB"),
            ("all › main.main", "all > main.main"),
            ("bytes.Clone holds 46% · 5 trend", "bytes.Clone holds 46%, 5 trend"),
            ("status:   idle", "status: idle"),
            ("ΔSelf  Δ/A  −3", "change of Self, change/A, -3"),
            ("日本  é ±2σ", "日本, é ±2σ"),
        ];
        for (text, plain) in cases {
            assert_eq!(plain_line(text), plain, "{text}");
        }
    }
}
