//! Folded stacks: one stack per line, frames from the root separated by `;`, then a space and a value.
//!
//! A line with two values, as `difffolded.pl` and `report folded` with a base write them, has a base value and a
//! current value: the base values become a base to compare with. async-profiler marks the kind of a frame at the end of
//! its name; the mark is removed.

use crate::base::ids::{LabelSetId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::base::names::NO_STACK;
use crate::base::units::{commas, counted_as};
use crate::format::builder::ProfileBuilder;
use crate::format::memory;
use crate::format::rounding::StackRounding;
use crate::format::text_lines::TextLines;
use crate::format::tokens::{decimal, float, is_text};
use crate::format::{
    Chunks, ContentKind, ErrorPosition, Format, FormatError, PeekedChunks, Probe, ReadContext, ValueUnit,
};
use crate::profile::{Header, Profile, SampleType, Samples, Trie, Warning, WarningKind};

pub(super) const FORMAT: Format = Format { name: NAME, probe, read };

/// Name of the format, the only one whose files do not name the unit of their values.
pub const NAME: &str = "folded stacks";

/// Lines examined by the probe. Other text differs from the first line on.
pub(crate) const PROBED_LINES: usize = 16;
/// Minimum number of good lines for each bad line.
const GOOD_FOR_BAD: usize = 3;
/// Marks of async-profiler at the end of a name: compiled, inlined, kernel, interpreted, C1-compiled.
const FRAME_MARKS: [&str; 5] = ["_[j]", "_[i]", "_[k]", "_[0]", "_[1]"];

/// Requires that lines are stacks with a value, and either that some stack has a `;` or is that of samples without a
/// stack, or that all of at least two lines are a name and a value: a single word with a number proves nothing.
fn probe(head: &[u8]) -> Probe {
    if !is_text(head) || !matches!(ContentKind::of(head), ContentKind::Text | ContentKind::TextMessage) {
        return Probe::No;
    }
    let lines = head.split_inclusive(|byte| *byte == b'\n').filter(|line| !is_skipped(line.trim_ascii()));
    let (mut good, mut bad, mut has_calls) = (0, 0, false);
    for (number, line) in lines.take(PROBED_LINES).enumerate() {
        match split_value(line.trim_ascii()) {
            Some((stack, _)) => {
                good += 1;
                has_calls |= stack.contains(&b';') || stack == NO_STACK.as_bytes();
            }
            // The end of the examined bytes may cut the last line.
            None if number > 0 && !line.ends_with(b"\n") => {}
            None => bad += 1,
        }
    }
    // Kernels and exporters of metrics also print lists of names and numbers.
    let is_list = good >= 2 && bad == 0 && !has_calls && !is_figures(head);
    let is_mostly_good = good >= bad * GOOD_FOR_BAD || good >= 3 && good > bad;
    if has_calls && is_mostly_good || is_list { Probe::Maybe } else { Probe::No }
}

/// True for a comment or an empty line. A stack whose outermost frame begins with `#` is not a comment.
fn is_skipped(line: &[u8]) -> bool {
    let has_frames = || split_value(line).is_some_and(|(stack, _)| stack.contains(&b';'));
    line.is_empty() || line.starts_with(b"#") && !has_frames()
}

/// True for figures of a process, a container or a kernel.
fn is_figures(head: &[u8]) -> bool {
    let lines = head.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut names = lines.filter_map(split_value).map(|(name, _)| name).take(PROBED_LINES);
    names.all(|name| name.ends_with(b":")) || memory::is_figures(head)
}

/// Value of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
enum FoldedValue {
    Integer(i64),
    Fraction(f64),
}

impl FoldedValue {
    fn parse(word: &[u8]) -> Option<Self> {
        let is_number = word.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
        let fits = |value: &f64| is_number && value.abs() < 9e18;
        let fraction = || float(word).filter(fits).map(Self::Fraction);
        decimal(word).map(Self::Integer).or_else(fraction)
    }

    fn has_fraction(self) -> bool {
        matches!(self, Self::Fraction(value) if value.fract() != 0.0)
    }
}

/// Splits a line into stack and last value.
fn split_value(line: &[u8]) -> Option<(&[u8], FoldedValue)> {
    let space = line.iter().rposition(u8::is_ascii_whitespace)?;
    let stack = line[..space].trim_ascii_end();
    Some((stack, FoldedValue::parse(&line[space + 1..])?)).filter(|(stack, _)| !stack.is_empty())
}

/// True if the first lines have two values, apart from a few bad lines.
fn has_two_columns(head: &[u8]) -> bool {
    let lines = head.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let lines = lines.map(<[u8]>::trim_ascii).filter(|line| !is_skipped(line)).take(PROBED_LINES);
    let doubles: Vec<bool> =
        lines.filter_map(|line| split_value(line).map(|(rest, _)| split_value(rest).is_some())).collect();
    let double = doubles.iter().filter(|is_double| **is_double).count();
    double > 0 && double >= (doubles.len() - double) * GOOD_FOR_BAD
}

fn read(chunks: &mut dyn Chunks, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut chunks = PeekedChunks::new(Box::new(chunks))?;
    let columns = if has_two_columns(chunks.head()) { FoldedColumns::BaseAndCurrent } else { FoldedColumns::Current };
    let mut lines = TextLines::new(FORMAT.name, &mut chunks);
    let count = if columns == FoldedColumns::Current { 1 } else { 2 };
    let mut builder = ProfileBuilder::new(count, &context.options.limits, context.budget)?;
    let mut notes = FoldedNotes::default();
    let mut roundings: [StackRounding; 2] = Default::default();
    while let Some(line) = lines.next(context)? {
        if is_skipped(line.bytes) {
            continue;
        }
        let values = split_value(line.bytes).and_then(|(stack, value)| match columns {
            FoldedColumns::Current => Some((stack, [value, FoldedValue::Integer(0)])),
            FoldedColumns::BaseAndCurrent => {
                let (stack, base) = split_value(stack)?;
                Some((stack, [value, base]))
            }
        });
        let Some((frames, values)) = values else {
            notes.bad += 1;
            if notes.bad == 1 {
                notes.first_bad = line.number;
            }
            if notes.bad > MAX_BAD.max(notes.good / GOOD_FOR_BAD as u64) {
                return Err(line.error("too many lines are no stack with a value"));
            }
            continue;
        };
        notes.good += 1;
        notes.cut_line = line.is_unterminated.then_some(line.number);
        notes.fractions += values.iter().filter(|value| value.has_fraction()).count() as u64;
        let mut stack = Trie::ROOT;
        // As `report folded` writes samples without a stack.
        let frames = if frames == NO_STACK.as_bytes() { &[][..] } else { frames };
        for name in frames.split(|byte| *byte == b';').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()) {
            let location = builder.name_location(without_mark(name), context.budget)?;
            stack = builder.push_frame(stack, location, context.budget)?;
        }
        let mut rounded = [0; 2];
        for ((rounded, value), rounding) in rounded.iter_mut().zip(values).zip(&mut roundings) {
            *rounded = match value {
                FoldedValue::Integer(value) => value,
                FoldedValue::Fraction(value) => rounding.round(stack, value, context.budget)?,
            };
        }
        builder.sample(stack, 0, &rounded[..count], context.budget)?;
        notes.current = notes.current.wrapping_add(rounded[0]);
        notes.base = notes.base.wrapping_add(rounded[1]);
    }
    for rounding in roundings {
        if rounding.loses_much() {
            let problem = "its values are too small for whole numbers; multiply them, such as by a thousand";
            return Err(FormatError::Broken { format: FORMAT.name, problem, position: ErrorPosition::Line(1) });
        }
        rounding.release(context.budget);
    }
    notes.warn(columns, context);
    // Bytes get the name that other formats use, so that the same option selects them.
    let unit = context.options.unit;
    let name = match unit {
        ValueUnit::Bytes => "space",
        ValueUnit::Count => "samples",
    };
    let types = vec![SampleType::new(name, unit.name()); count];
    let profile = builder.finish(types, Header::default(), context);
    Ok(if columns == FoldedColumns::Current { profile } else { with_base(profile, context.budget)? })
}

/// Moves the second column of a profile to the base samples.
fn with_base(mut profile: Profile, budget: &mut Budget) -> Result<Profile, LimitError> {
    let Samples { stacks, labels, values } = &mut profile.samples;
    budget.charge((stacks.len() * size_of::<StackId>() + labels.len() * size_of::<LabelSetId>()) as u64)?;
    let base = Samples { stacks: stacks.clone(), labels: labels.clone(), values: values.drain(1..).collect() };
    profile.header.sample_types.truncate(1);
    profile.header.totals.truncate(1);
    profile.base = Some(base);
    Ok(profile)
}

/// Maximum number of bad lines in a short file.
const MAX_BAD: u64 = 16;

/// Value columns of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FoldedColumns {
    Current,
    BaseAndCurrent,
}

/// Counts and sums for the warnings about a file.
#[derive(Default)]
struct FoldedNotes {
    good: u64,
    bad: u64,
    first_bad: u64,
    /// Number of a last line without a line break, whose value may be cut; `None` if it has one.
    cut_line: Option<u64>,
    fractions: u64,
    base: i64,
    current: i64,
}

impl FoldedNotes {
    fn warn(&self, columns: FoldedColumns, context: &mut ReadContext<'_>) {
        let mut warn = |kind, text: String| context.warnings.push(Warning::new(kind, text));
        match self.bad {
            0 => {}
            1 => warn(
                WarningKind::Incomplete,
                format!("line {} is no stack with a value and is left out", self.first_bad),
            ),
            bad => {
                let text =
                    format!("{bad} lines are no stack with a value and are left out, first line {}", self.first_bad);
                warn(WarningKind::Incomplete, text);
            }
        }
        if let Some(line) = self.cut_line {
            let text = format!("it ends within line {line}, so its value and later stacks may be missing");
            warn(WarningKind::Incomplete, text);
        }
        if columns == FoldedColumns::BaseAndCurrent {
            let (base, current) = (commas(self.base), commas(self.current));
            let text = format!("two columns: the first is the base, {base}, and the second the current one, {current}");
            warn(WarningKind::OtherHeap, text);
        }
        if self.fractions > 0 {
            let (one, several) = ("value with a fraction is rounded", "values with a fraction are rounded");
            warn(WarningKind::Rounded, counted_as(self.fractions as usize, one, several));
        }
    }
}

/// Mark of async-profiler at the end of a name; `None` if there is none.
pub(crate) fn mark(name: &str) -> Option<&'static str> {
    FRAME_MARKS.into_iter().find(|mark| name.ends_with(mark))
}

/// Returns true for a word that is read as a value.
pub(crate) fn is_value(word: &str) -> bool {
    FoldedValue::parse(word.as_bytes()).is_some()
}

/// Name of a frame without async-profiler's mark.
fn without_mark(name: &[u8]) -> &[u8] {
    FRAME_MARKS
        .iter()
        .find_map(|mark| name.strip_suffix(mark.as_bytes()))
        .filter(|name| !name.is_empty())
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read, stacks};

    #[test]
    fn each_line_is_a_stack_from_the_root() {
        let text = "# made by hand\nmain;a b;c 12\r\n\nmain;a b 3\nmain;;c -4\n";
        let (profile, warnings) = read(text.as_bytes()).unwrap();
        assert_eq!(stacks(&profile), ["main;a b;c: 12", "main;a b: 3", "main;c: -4"]);
        assert_eq!(profile.header.functions, 3);
        assert!(warnings.is_empty());
    }

    #[test]
    fn other_text_is_not_folded() {
        for text in ["", "main 12\n", "a;b\n", "hello; world\n", "a;b 12\nthen this\nc", "{\"a;b\": 1}", "say 1\nso\n"]
        {
            assert_eq!(probe(text.as_bytes()), Probe::No, "{text}");
        }
        for text in ["a;b 12", "a;b 12\n", "main 1\na;b 12\na;b;c", "# x\n\na;b 12\n", "main 12\nother 3.5\n"] {
            assert_eq!(probe(text.as_bytes()), Probe::Maybe, "{text}");
        }
    }

    #[test]
    fn a_bad_line_is_skipped_and_named() {
        let (profile, warnings) = read(b"a;b 12\na;c 3\na;d\na;e 4\n").unwrap();
        assert_eq!(stacks(&profile), ["a;b: 12", "a;c: 3", "a;e: 4"]);
        assert_eq!(warnings[0].text, "line 3 is no stack with a value and is left out");
        let lines = format!("{}a;d\n\na;e\n", "a;b 12\n".repeat(20));
        let (_, warnings) = read(lines.as_bytes()).unwrap();
        assert_eq!(warnings[0].text, "2 lines are no stack with a value and are left out, first line 21");
        let lines = format!("{}{}", "a;b 12\n".repeat(20), "no value\n".repeat(17));
        let error = read(lines.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "broken folded stacks: too many lines are no stack with a value, line 37");
    }

    #[test]
    fn a_last_line_without_its_break_may_be_cut() {
        let (profile, warnings) = read(b"a;b 12\na;c 34567").unwrap();
        assert_eq!(stacks(&profile), ["a;b: 12", "a;c: 34567"]);
        let want = "it ends within line 2, so its value and later stacks may be missing";
        assert_eq!(warnings, [Warning::new(WarningKind::Incomplete, want)]);
        assert!(read(b"a;b 12\na;c 34567\n# end").unwrap().1.is_empty(), "a comment has no value");
    }

    #[test]
    fn marks_of_async_profiler_are_no_part_of_names() {
        let (profile, _) = read(b"a_[0];b_[j];byte[]_[i] 100\na_[1];b_[i];byte[]_[k] 50\n").unwrap();
        assert_eq!(stacks(&profile), ["a;b;byte[]: 100", "a;b;byte[]: 50"]);
        assert_eq!(profile.header.functions, 3);
    }

    #[test]
    fn the_second_of_two_columns_is_the_current_one() {
        let (profile, warnings) = read(b"a;b 10 25\na;c 7 7\n").unwrap();
        assert_eq!(stacks(&profile), ["a;b: 25", "a;c: 7"]);
        assert_eq!(warnings[0].text, "two columns: the first is the base, 17, and the second the current one, 32");
        let base = profile.base.unwrap();
        assert_eq!((base.values[0].get(0), base.values[0].get(1), base.values.len()), (10, 7, 1));
        let (profile, _) = read(b"a;b 10 25\na;line 7\n").unwrap();
        assert_eq!(stacks(&profile), ["a;b 10: 25", "a;line: 7"], "a name may end in a number");
    }

    #[test]
    fn fractions_are_rounded_and_said() {
        let (profile, warnings) = read(b"a;b 1.5\na;c 2\na;d 0.25\n").unwrap();
        assert_eq!(stacks(&profile), ["a;b: 2", "a;c: 2", "a;d: 0"]);
        assert_eq!(warnings[0].text, "2 values with a fraction are rounded");
    }
}
