//! Figures as people read them: bytes, counts, shares, and sizes typed by hand.
//!
//! Bytes are counted in powers of 1024 and say so (`MiB`); counts in powers of 1000. Both have three significant digits,
//! which is more than a sampled profile knows; the exact figure is always to be had from [`Unit::exact`].

/// The cells that [`Unit::short`] never passes for bytes and counts, without a sign.
pub const SHORT_CELLS: usize = 5;

const BINARY: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const DECIMAL: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
const TIME: [(&str, f64); 6] = [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("min", 60e9), ("h", 3600e9)];

/// What the values of a sample type count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things: objects, samples, calls.
    Count,
    /// Nanoseconds.
    Nanoseconds,
    /// Blocks of that many bytes, for files that count in `kB`.
    BytesTimes(u64),
    /// Spans of that many nanoseconds, for files that count in `ms`.
    NanosecondsTimes(u64),
    /// A unit that is only a word.
    Other(String),
}

impl Unit {
    /// The unit that a profile calls `name`.
    ///
    /// As in pprof, case does not matter, a plural counts as its singular, and `kB`, `MB` and so on are powers of 1024.
    pub fn of(name: &str) -> Self {
        let lower = name.to_lowercase();
        let singular = if lower.len() > 2 { lower.strip_suffix('s').unwrap_or(&lower) } else { &lower };
        match singular {
            "b" | "byte" => Self::Bytes,
            "kb" | "kbyte" | "kilobyte" => Self::BytesTimes(1 << 10),
            "mb" | "mbyte" | "megabyte" => Self::BytesTimes(1 << 20),
            "gb" | "gbyte" | "gigabyte" => Self::BytesTimes(1 << 30),
            "tb" | "tbyte" | "terabyte" => Self::BytesTimes(1 << 40),
            "pb" | "pbyte" | "petabyte" => Self::BytesTimes(1 << 50),
            "ns" | "nanosecond" => Self::Nanoseconds,
            "us" | "µs" | "μs" | "microsecond" => Self::NanosecondsTimes(1_000),
            "ms" | "millisecond" => Self::NanosecondsTimes(1_000_000),
            "s" | "sec" | "second" => Self::NanosecondsTimes(1_000_000_000),
            "hr" | "hour" => Self::NanosecondsTimes(3_600_000_000_000),
            "" | "count" | "object" | "sample" | "allocation" => Self::Count,
            _ => Self::Other(name.to_owned()),
        }
    }

    /// The unit's name in words.
    pub fn name(&self) -> &str {
        match self {
            Self::Bytes | Self::BytesTimes(_) => "bytes",
            Self::Count => "count",
            Self::Nanoseconds | Self::NanosecondsTimes(_) => "time",
            Self::Other(name) => name,
        }
    }

    /// `value` with its unit, as in sentences: `413 MiB`, `1.04M`, `12.5 ms`.
    pub fn long(&self, value: i64) -> String {
        self.write(value, Form::Long)
    }

    /// `value` for a cell of a table or an icicle, whose header names the unit: `413M`.
    pub fn short(&self, value: i64) -> String {
        self.write(value, Form::Short)
    }

    /// A change as in sentences, with its sign: `+61.4 MiB`.
    pub fn signed_long(&self, change: i64) -> String {
        signed(change, self.long(change))
    }

    /// A change for a cell, with its sign: `+61.4M`.
    pub fn signed_short(&self, change: i64) -> String {
        signed(change, self.short(change))
    }

    /// The figure as it is in the profile, every digit of it: `433,061,888 B`.
    pub fn exact(&self, value: i64) -> String {
        let digits = commas(value);
        match self {
            Self::Count => digits,
            Self::Bytes => format!("{digits} B"),
            Self::Nanoseconds => format!("{digits} ns"),
            Self::BytesTimes(factor) => format!("{digits} {}", BINARY[factor.ilog2() as usize / 10 % BINARY.len()]),
            Self::NanosecondsTimes(factor) => {
                let unit = TIME.iter().rfind(|(_, size)| *size <= *factor as f64);
                format!("{digits} {}", unit.map_or("ns", |(name, _)| name))
            }
            Self::Other(name) => format!("{digits} {name}"),
        }
    }

    fn write(&self, value: i64, form: Form) -> String {
        let magnitude = value.unsigned_abs() as f64;
        let text = match self {
            Self::Bytes => bytes(magnitude, form),
            Self::BytesTimes(factor) => bytes(magnitude * *factor as f64, form),
            Self::Count => scaled(magnitude, 1000.0, &DECIMAL, ""),
            Self::Nanoseconds => time(magnitude, form),
            Self::NanosecondsTimes(factor) => time(magnitude * *factor as f64, form),
            Self::Other(name) => match form {
                Form::Long => format!("{} {name}", scaled(magnitude, 1000.0, &DECIMAL, "")),
                Form::Short => scaled(magnitude, 1000.0, &DECIMAL, ""),
            },
        };
        if value < 0 { format!("-{text}") } else { text }
    }
}

/// How much of the unit a figure carries.
#[derive(Clone, Copy)]
enum Form {
    Long,
    Short,
}

fn bytes(magnitude: f64, form: Form) -> String {
    match form {
        Form::Long => scaled(magnitude, 1024.0, &BINARY, " "),
        Form::Short if magnitude == 0.0 => "0".to_owned(),
        Form::Short => {
            let mut text = scaled(magnitude, 1024.0, &BINARY, "");
            text.truncate(text.find("iB").unwrap_or(text.len()));
            text
        }
    }
}

fn time(magnitude: f64, form: Form) -> String {
    let gap = match form {
        Form::Long => " ",
        Form::Short if magnitude == 0.0 => return "0".to_owned(),
        Form::Short => "",
    };
    let (unit, size) = TIME.iter().rfind(|(_, size)| magnitude >= *size).unwrap_or(&TIME[0]);
    if *size > 1.0 { format!("{}{gap}{unit}", digits(magnitude / size)) } else { format!("{magnitude:.0}{gap}{unit}") }
}

/// `magnitude` in the largest of `units` of which there is at least one; each is `step` times the one before.
fn scaled(magnitude: f64, step: f64, units: &[&str], gap: &str) -> String {
    let mut value = magnitude;
    let mut rank = 0;
    // Compared as it will be printed, or 1023.9 KiB would become `1024 KiB`.
    while value.round() >= step && rank + 1 < units.len() {
        value /= step;
        rank += 1;
    }
    let unit = units[rank];
    if rank == 0 { format!("{value:.0}{gap}{unit}") } else { format!("{}{gap}{unit}", digits(value)) }
}

/// Three significant digits; a figure between 1000 and 1023 keeps its four, since its unit ends only there.
fn digits(value: f64) -> String {
    if value < 9.995 {
        format!("{value:.2}")
    } else if value < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

fn signed(change: i64, text: String) -> String {
    if change > 0 { format!("+{text}") } else { text }
}

/// A count in few letters: `999`, `9.31k`, `1.04M`.
pub fn count(value: u64) -> String {
    scaled(value as f64, 1000.0, &DECIMAL, "")
}

/// Every digit of `value`, in groups of three.
pub fn commas(value: i64) -> String {
    let digits = commas_u64(value.unsigned_abs());
    if value < 0 { format!("-{digits}") } else { digits }
}

/// Every digit of `value`, in groups of three.
pub fn commas_u64(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `part` as a share of `whole`: `31.7%`. A share of nothing is `–`, and one that would round to nothing `<0.1%`.
pub fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let share = part as f64 / whole as f64 * 100.0;
    let sign = if share < 0.0 { "-" } else { "" };
    match share.abs() {
        size if size > 0.0 && size < 0.05 => "<0.1%".to_owned(),
        size if size < 99.95 => format!("{sign}{size:.1}%"),
        size => format!("{sign}{size:.0}%"),
    }
}

/// `change` as a share of `base`, with its sign: `+17.5%`. A change from nothing is `–`.
pub fn signed_percent(change: i64, base: i64) -> String {
    if base == 0 {
        return "–".to_owned();
    }
    let share = change as f64 / base.unsigned_abs() as f64 * 100.0;
    match share.abs() {
        size if size < 0.05 => "0.0%".to_owned(),
        size if size < 99.95 => format!("{share:+.1}%"),
        _ => format!("{share:+.0}%"),
    }
}

/// A size that was typed and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// There is no number in front.
    #[error("`{0}` is not a size")]
    NotANumber(String),
    /// The unit could mean 1000 or 1024.
    #[error("`{text}` does not say whether it counts in thousands")]
    Ambiguous {
        /// What was typed.
        text: String,
        /// The same with the unit that was probably meant.
        meant: String,
    },
    /// The unit is none that is known.
    #[error("`{0}` has an unknown unit")]
    UnknownUnit(String),
    /// More bytes than can be counted.
    #[error("`{0}` is too large")]
    TooLarge(String),
}

impl SizeError {
    /// What to type instead.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotANumber(_) | Self::UnknownUnit(_) => {
                Some("write a number with B, KiB, MiB, GiB or K, M, G, such as `64MiB`".to_owned())
            }
            Self::Ambiguous { meant, .. } => Some(format!("write `{meant}` for powers of 1024")),
            Self::TooLarge(_) => None,
        }
    }
}

/// The bytes that `text` says: a number, then nothing or `B`, `KiB`, `MiB`, `GiB`, `TiB`, or `K`, `M`, `G`, `T` for the
/// same. A fraction is allowed (`1.5GiB`), as is a space before the unit.
///
/// # Errors
/// [`SizeError`] when there is no number, or when the unit is unknown or may mean powers of 1000 (`MB`).
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    let text = text.trim();
    let split = text.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(text.len());
    let (number, unit) = (&text[..split], text[split..].trim_start());
    if number.is_empty() {
        return Err(SizeError::NotANumber(text.to_owned()));
    }
    let shift = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kib" => 10,
        "m" | "mib" => 20,
        "g" | "gib" => 30,
        "t" | "tib" => 40,
        "kb" | "mb" | "gb" | "tb" => {
            let meant = format!("{number}{}iB", unit[..1].to_ascii_uppercase());
            return Err(SizeError::Ambiguous { text: text.to_owned(), meant });
        }
        _ => return Err(SizeError::UnknownUnit(text.to_owned())),
    };
    times_power_of_two(number, shift).unwrap_or_else(|| Err(SizeError::NotANumber(number.to_owned()))).map_err(
        |error| match error {
            SizeError::TooLarge(_) => SizeError::TooLarge(text.to_owned()),
            other => other,
        },
    )
}

/// `number` shifted up; none when it is no number.
fn times_power_of_two(number: &str, shift: u32) -> Option<Result<u64, SizeError>> {
    let too_large = || SizeError::TooLarge(number.to_owned());
    if number.contains('.') {
        let value = number.parse::<f64>().ok()? * (1_u64 << shift) as f64;
        return Some(if value < u64::MAX as f64 { Ok(value.round() as u64) } else { Err(too_large()) });
    }
    let whole = number.parse::<u64>().ok().and_then(|value| value.checked_mul(1 << shift));
    Some(whole.ok_or_else(too_large))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: i64 = 1 << 20;

    #[test]
    fn bytes_have_three_digits_and_a_binary_unit() {
        let cases = [
            (0, "0 B", "0"),
            (1, "1 B", "1B"),
            (1023, "1023 B", "1023B"),
            (1024, "1.00 KiB", "1.00K"),
            (433_061_888, "413 MiB", "413M"),
            (66 * MIB + 314_573, "66.3 MiB", "66.3M"),
            (1_090_519, "1.04 MiB", "1.04M"),
            (1010 * MIB, "1010 MiB", "1010M"),
            (1024 * MIB - 1, "1.00 GiB", "1.00G"),
            (-131 * MIB, "-131 MiB", "-131M"),
            (i64::MAX, "8.00 EiB", "8.00E"),
            (i64::MIN, "-8.00 EiB", "-8.00E"),
        ];
        for (value, long, short) in cases {
            assert_eq!(Unit::Bytes.long(value), long, "{value}");
            assert_eq!(Unit::Bytes.short(value), short, "{value}");
        }
    }

    #[test]
    fn counts_are_decimal() {
        let cases =
            [(0, "0"), (999, "999"), (1000, "1.00k"), (9_310, "9.31k"), (999_999, "1.00M"), (1_040_000, "1.04M")];
        for (value, text) in cases {
            assert_eq!(Unit::Count.long(value), text);
            assert_eq!(Unit::Count.short(value), text);
            assert_eq!(count(value as u64), text);
        }
        assert_eq!(count(u64::MAX), "18.4E");
    }

    #[test]
    fn rounding_never_leaves_a_unit_overfull() {
        for value in [1_048_575_i64, 10_234, 102_349, 1_047_999, 999_499, 999_500, 9_995, 99_950] {
            assert!(Unit::Bytes.short(value).len() <= SHORT_CELLS, "{value}");
            assert!(Unit::Count.short(value).len() <= SHORT_CELLS, "{value}");
        }
        assert_eq!(Unit::Count.short(999_500), "1.00M");
    }

    #[test]
    fn changes_carry_a_sign() {
        assert_eq!(Unit::Bytes.signed_long(61 * MIB + 419_430), "+61.4 MiB");
        assert_eq!(Unit::Bytes.signed_long(-24_956_109), "-23.8 MiB");
        assert_eq!(Unit::Count.signed_short(1_210), "+1.21k");
        assert_eq!(Unit::Bytes.signed_long(0), "0 B");
    }

    #[test]
    fn exact_figures_have_every_digit() {
        assert_eq!(Unit::Bytes.exact(433_061_888), "433,061,888 B");
        assert_eq!(Unit::Count.exact(-1_040_000), "-1,040,000");
        assert_eq!(Unit::of("kB").exact(1_234), "1,234 KiB");
        assert_eq!(Unit::of("milliseconds").exact(1_234), "1,234 ms");
        assert_eq!(Unit::of("cycles").exact(7), "7 cycles");
        assert_eq!(commas(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!((commas(0), commas(100), commas(1000)), ("0".into(), "100".into(), "1,000".into()));
    }

    #[test]
    fn unit_names_are_read_as_pprof_reads_them() {
        for name in ["bytes", "byte", "B", "Bytes", "b"] {
            assert_eq!(Unit::of(name), Unit::Bytes, "{name}");
        }
        for name in ["count", "objects", ""] {
            assert_eq!(Unit::of(name), Unit::Count, "{name}");
        }
        assert_eq!(Unit::of("nanoseconds"), Unit::Nanoseconds);
        assert_eq!(Unit::of("Kilobytes"), Unit::BytesTimes(1024));
        assert_eq!(Unit::of("ms").long(1500), "1.50 s");
        assert_eq!(Unit::of("MB").long(3), "3.00 MiB");
        assert_eq!(Unit::of("MiB"), Unit::Other("MiB".into()), "no alias in pprof either");
        assert_eq!(Unit::of("GC cycles").long(12_345), "12.3k GC cycles");
    }

    #[test]
    fn times_go_to_hours() {
        let cases = [(0, "0 ns", "0"), (15, "15 ns", "15ns"), (12_500_000, "12.5 ms", "12.5ms")];
        for (value, long, short) in cases {
            assert_eq!((Unit::Nanoseconds.long(value), Unit::Nanoseconds.short(value)), (long.into(), short.into()));
        }
        assert_eq!(Unit::Nanoseconds.long(5_400_000_000_000), "1.50 h");
    }

    #[test]
    fn shares_have_one_decimal() {
        assert_eq!(percent(317, 1000), "31.7%");
        assert_eq!(percent(0, 5), "0.0%");
        assert_eq!(percent(1, 1_000_000), "<0.1%");
        assert_eq!(percent(99_999, 100_000), "100%");
        assert_eq!(percent(5, 5), "100%");
        assert_eq!(percent(-5, 100), "-5.0%");
        assert_eq!(percent(-5, -10), "50.0%");
        assert_eq!(percent(1, 0), "–");
        assert_eq!(signed_percent(175, 1000), "+17.5%");
        assert_eq!(signed_percent(-2, 1), "-200%");
        assert_eq!(signed_percent(5, -10), "+50.0%", "the sign is the change's");
        assert_eq!(signed_percent(0, 7), "0.0%");
        assert_eq!(signed_percent(7, 0), "–");
    }

    #[test]
    fn sizes_are_read_in_powers_of_1024() {
        let cases = [
            ("0", 0),
            ("4096", 4096),
            ("512B", 512),
            ("64MiB", 64 << 20),
            ("64M", 64 << 20),
            ("64 mib", 64 << 20),
            ("1.5GiB", 3 << 29),
            ("2K", 2048),
            ("1T", 1 << 40),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn doubtful_sizes_are_refused_with_a_hint() {
        let error = parse_size("64MB").unwrap_err();
        assert_eq!(error.to_string(), "`64MB` does not say whether it counts in thousands");
        assert_eq!(error.hint().unwrap(), "write `64MiB` for powers of 1024");
        for text in ["", "MiB", "-5M", "x"] {
            assert!(matches!(parse_size(text), Err(SizeError::NotANumber(_))), "{text}");
        }
        for text in ["1.2.3", ".", "1..M"] {
            assert!(matches!(parse_size(text), Err(SizeError::NotANumber(_))), "{text}");
        }
        assert!(matches!(parse_size("5 parsecs"), Err(SizeError::UnknownUnit(_))));
        for text in ["99999999999999999999", "20000000T", "99999999999.5G"] {
            assert!(matches!(parse_size(text), Err(SizeError::TooLarge(_))), "{text}");
        }
    }
}
