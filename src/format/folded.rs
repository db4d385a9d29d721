//! Folded stacks: one stack per line, frames from the root separated by `;`, then a space and a value.

use crate::format::builder::ProfileBuilder;
use crate::format::content::is_text;
use crate::format::text_lines::TextLines;
use crate::format::tokens::decimal;
use crate::format::{Chunks, Format, FormatError, Probe, ReadContext, ValueUnit};
use crate::profile::{Header, Profile, SampleType, Trie};

pub(super) const FORMAT: Format = Format { name: "folded stacks", probe, read };

/// Lines examined by the probe. Other text differs from the first line on.
const PROBED_LINES: usize = 16;

/// Requires that every line is a stack with a value, and that some stack has two or more frames: a word and a number
/// alone prove nothing.
fn probe(head: &[u8]) -> Probe {
    if !is_text(head) {
        return Probe::No;
    }
    let lines = head.split_inclusive(|byte| *byte == b'\n').filter(|line| !is_skipped(line.trim_ascii()));
    let mut has_calls = false;
    for (number, line) in lines.take(PROBED_LINES).enumerate() {
        match split_value(line.trim_ascii()) {
            Some((stack, _)) => has_calls |= stack.contains(&b';'),
            // The end of the examined bytes may cut the last line.
            None if number > 0 && !line.ends_with(b"\n") => {}
            None => return Probe::No,
        }
    }
    if has_calls { Probe::Maybe } else { Probe::No }
}

/// True for a comment or an empty line.
fn is_skipped(line: &[u8]) -> bool {
    line.is_empty() || line.starts_with(b"#")
}

/// Splits a line into stack and value.
fn split_value(line: &[u8]) -> Option<(&[u8], i64)> {
    let space = line.iter().rposition(u8::is_ascii_whitespace)?;
    Some((line[..space].trim_ascii_end(), decimal(&line[space + 1..])?))
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut lines = TextLines::new(FORMAT.name, chunks);
    let mut builder = ProfileBuilder::new(1, &context.options.limits, context.budget)?;
    while let Some(line) = lines.next(context)? {
        if is_skipped(line.bytes) {
            continue;
        }
        let (frames, value) = split_value(line.bytes).ok_or_else(|| line.error("a stack has no value"))?;
        let mut stack = Trie::ROOT;
        for name in frames.split(|byte| *byte == b';').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()) {
            let location = builder.name_location(name, context.budget)?;
            stack = builder.push_frame(stack, location, context.budget)?;
        }
        builder.sample(stack, 0, &[value], context.budget)?;
    }
    // Bytes get the name that other formats use, so that the same option selects them.
    let unit = context.options.unit;
    let name = match unit {
        ValueUnit::Bytes => "space",
        ValueUnit::Count => "samples",
    };
    Ok(builder.finish(vec![SampleType::new(name, unit.name())], Header::default(), context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read, stacks};

    #[test]
    fn each_line_is_a_stack_from_the_root() {
        let text = "# made by hand\nmain;a b;c 12\r\n\nmain;a b 3\nmain;;c -4\n";
        let (profile, _) = read(text.as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["main;a b;c: 12", "main;a b: 3", "main;c: -4"]);
        assert_eq!(profile.header.functions, 3);
    }

    #[test]
    fn other_text_is_not_folded() {
        for text in ["", "main 12\n", "a;b\n", "hello; world\n", "a;b 12\nthen this\nc", "{\"a;b\": 1}"] {
            assert_eq!(probe(text.as_bytes()), Probe::No, "{text}");
        }
        for text in ["a;b 12", "a;b 12\n", "main 1\na;b 12\na;b;c", "# x\n\na;b 12\n"] {
            assert_eq!(probe(text.as_bytes()), Probe::Maybe, "{text}");
        }
    }

    #[test]
    fn a_line_without_a_value_is_refused() {
        let error = read(b"a;b 12\na;c 3\na;d\na;e 4\n");
        assert!(error.is_err(), "it is no folded text");
        let lines = format!("{}a;d\n", "a;b 12\n".repeat(20));
        let error = read(lines.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "broken folded stacks: a stack has no value, line 21");
    }
}
