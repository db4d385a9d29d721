//! Java heap text (`--- heapz 1 ---`): attributes, a line for each stack with bytes, objects and numbers of frames, and
//! a table of the frames.

use crate::base::ids::LocationId;
use crate::base::units::counted_as;
use crate::format::builder::ProfileBuilder;
use crate::format::heap_record::ObjectsAndBytes;
use crate::format::text_lines::{TextLine, TextLines};
use crate::format::tokens::{Words, address, decimal};
use crate::format::{Chunks, Format, FormatError, Probe, ReadContext};
use crate::profile::{Header, Line, Profile, SampleType, Warning, WarningKind};

pub(super) const FORMAT: Format = Format { name: "Java heap text", probe, read };

const START: &[u8] = b"--- heapz 1 ---";
/// Sampling rate in bytes, which all writers use. The text does not contain the rate.
const RATE: i64 = 512 << 10;

fn probe(head: &[u8]) -> Probe {
    if head.trim_ascii_start().starts_with(START) { Probe::Yes } else { Probe::No }
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut lines = TextLines::new(FORMAT.name, chunks);
    let mut reader = JavaReader {
        builder: ProfileBuilder::new(2, &context.options.limits, context.budget)?,
        unit: None,
        stack: Vec::new(),
        has_begun: false,
        has_stacks: false,
    };
    let mut cut_line = None;
    while let Some(line) = lines.next(context)? {
        cut_line = (line.is_unterminated && !line.bytes.is_empty()).then_some(line.number);
        match reader.read_line(&line, context) {
            Err(FormatError::Broken { .. }) if cut_line.is_some() => {}
            other => other?,
        }
    }
    reader.warn(cut_line, context);
    let unit = reader.unit.as_deref().unwrap_or("bytes");
    let types = vec![SampleType::new("inuse_objects", "count"), SampleType::new("inuse_space", unit)];
    Ok(reader.builder.finish(types, Header::default(), context))
}

struct JavaReader {
    builder: ProfileBuilder,
    unit: Option<String>,
    stack: Vec<LocationId>,
    /// True after the first line.
    has_begun: bool,
    has_stacks: bool,
}

impl JavaReader {
    fn read_line(&mut self, line: &TextLine<'_>, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
        let text = line.bytes;
        if text.is_empty() {
            return Ok(());
        }
        if text == START {
            return if std::mem::replace(&mut self.has_begun, true) { Err(line.second_dump()) } else { Ok(()) };
        }
        if text.starts_with(b"0x") {
            return read_frame(text, &mut self.builder, context);
        }
        let Some((sampled, numbers)) = parse_sample(text) else {
            match parse_attribute(text) {
                Some((b"format", b"java")) => {}
                Some((b"resolution", resolution)) => {
                    self.unit = Some(String::from_utf8_lossy(resolution).into_owned());
                }
                _ => return Err(line.error("this is neither an attribute nor a sample nor a frame")),
            }
            return Ok(());
        };
        if sampled.count == 0 {
            return Err(line.error("there are bytes of no object"));
        }
        self.stack.clear();
        for word in Words(numbers) {
            let number = address(word).ok_or_else(|| line.error("a frame is no number"))?;
            let location: LocationId = self.builder.location(number, None, context.budget)?;
            context.budget.push(&mut self.stack, location)?;
        }
        self.has_stacks = true;
        let stack = self.builder.stack(&self.stack, context.budget)?;
        let (real, object_size) = (sampled.unsample(RATE), sampled.bytes.checked_div(sampled.count));
        let values = [real.count, real.bytes];
        Ok(self.builder.sample(stack, object_size.unwrap_or_default(), &values, context.budget)?)
    }

    /// Adds a warning if the dump seems to be cut: within its last line, before the first stack, or within the table of
    /// frames, which is at its end and has every frame of the stacks.
    fn warn(&self, cut_line: Option<u64>, context: &mut ReadContext<'_>) {
        let unnamed = self.builder.unnamed();
        let text = match cut_line {
            Some(line) => format!("it ends within line {line}, so stacks or names after it may be missing"),
            None if !self.has_stacks => "it has no stacks, so it may be cut short".to_owned(),
            None if unnamed > 0 => format!(
                "{} not in the table at its end, so it may be cut short",
                counted_as(unnamed, "frame is", "frames are")
            ),
            None => return,
        };
        context.warnings.push(Warning::new(WarningKind::Incomplete, text));
    }
}

/// Parses the sampled figures of a stack, bytes first, and returns the rest of the line.
fn parse_sample(text: &[u8]) -> Option<(ObjectsAndBytes, &[u8])> {
    let mut words = Words(text);
    let (bytes, count) = (decimal(words.next()?)?, decimal(words.next()?)?);
    (words.next()? == b"@").then_some((ObjectsAndBytes { count, bytes }, words.0))
}

/// Splits `name = value`.
fn parse_attribute(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = text.iter().position(|byte| *byte == b'=')?;
    Some((text[..equals].trim_ascii(), text[equals + 1..].trim_ascii()))
}

/// Reads a row of the frame table: `0x10 package.Class.method (File.java:12)`. The line and the parentheses are
/// optional.
fn read_frame(text: &[u8], builder: &mut ProfileBuilder, context: &mut ReadContext<'_>) -> Result<(), FormatError> {
    let mut words = Words(text);
    let Some(number) = words.next().and_then(address) else { return Ok(()) };
    let (name, position) = split_parenthesized(words.0.trim_ascii());
    let colon = position.iter().rposition(|byte| *byte == b':');
    let with_line = colon.and_then(|colon| Some((&position[..colon], decimal(&position[colon + 1..])?)));
    let (file, line) = with_line.unwrap_or((position, 0));
    if !name.is_empty() && builder.has_unnamed(number) {
        let function = builder.function(name, file, context.budget)?;
        builder.set_line(number, Line { function, line, column: 0 }, context.budget)?;
    }
    Ok(())
}

/// Splits a name and the text in parentheses after it.
fn split_parenthesized(text: &[u8]) -> (&[u8], &[u8]) {
    let inside = text.strip_suffix(b")").and_then(|text| {
        let open = text.windows(2).rposition(|window| window == b" (")?;
        Some((text[..open].trim_ascii_end(), &text[open + 2..]))
    });
    inside.unwrap_or((text, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read, stacks};

    const HEAD: &str = "--- heapz 1 ---\nformat = java\nresolution = bytes\n";

    #[test]
    fn frames_are_named_at_the_end() {
        let text = format!(
            "{HEAD}  7048 1 @ 0x3 0x4\n 240 5 @ 0x5\n\n 0x3 com.example.A.get (A.java:103)\n 0x4 com.example.Main.run (Main.java)\n"
        );
        let (profile, _) = read(text.as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["com.example.Main.run;com.example.A.get: 74 527819", "0x5: 54615 2621560"]);
    }

    #[test]
    fn a_cut_dump_is_read_with_a_warning() {
        let frames = " 0x3 a.B.c (B.java:7)\n 0x4 a.B.d (B.java:9)\n";
        let whole = format!("{HEAD} 7048 1 @ 0x3 0x4\n 240 5 @ 0x4\n\n{frames}");
        let said = |text: &str| {
            let (_, warnings) = read(text.as_bytes()).unwrap();
            assert!(warnings.iter().all(|warning| warning.kind == WarningKind::Incomplete), "{warnings:?}");
            warnings.into_iter().map(|warning| warning.text).collect::<Vec<_>>()
        };
        assert!(said(&whole).is_empty());
        for end in HEAD.len()..whole.len() {
            assert_eq!(said(&whole[..end]).len(), 1, "{:?}", &whole[..end]);
        }
        let without = |end: &str| said(whole.strip_suffix(end).unwrap());
        assert_eq!(without(frames), ["2 frames are not in the table at its end, so it may be cut short"]);
        assert_eq!(without("9)\n"), ["it ends within line 8, so stacks or names after it may be missing"]);
        assert_eq!(said(HEAD), ["it has no stacks, so it may be cut short"]);
    }

    #[test]
    fn two_dumps_in_one_file_are_refused() {
        let error = read(format!("{HEAD}10 1 @ 0x3\n{HEAD}").as_bytes()).unwrap_err();
        assert!(matches!(error, FormatError::SecondDump { .. }), "{error}");
    }

    #[test]
    fn parentheses_of_a_name_are_kept() {
        assert_eq!(split_parenthesized(b"a.B.c(int, char) (B.java:7)"), (&b"a.B.c(int, char)"[..], &b"B.java:7"[..]));
        assert_eq!(split_parenthesized(b"a.B.c"), (&b"a.B.c"[..], &b""[..]));
        assert_eq!(split_parenthesized(b")"), (&b")"[..], &b""[..]));
    }

    #[test]
    fn impossible_lines_are_errors_with_their_number() {
        for (rest, said) in [
            ("10 0 @ 0x3\n", "there are bytes of no object"),
            ("10 1 @ 3\n", "a frame is no number"),
            ("format = other\n", "this is neither an attribute nor a sample nor a frame"),
        ] {
            let error = read(format!("{HEAD}{rest}").as_bytes()).unwrap_err().to_string();
            assert_eq!(error, format!("broken Java heap text: {said}, line 4"));
        }
    }
}
