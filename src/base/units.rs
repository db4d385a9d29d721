//! Formatting of bytes, counts, times and shares, and parsing of sizes.
//!
//! Bytes are scaled by powers of 1024 and have binary prefixes (`MiB`); counts are scaled by powers of 1000. Both have
//! three significant digits, which is more precision than a sampled profile has; [`Unit::exact`] has all digits.

use crate::base::safe_text::safe_str;

#[cfg(test)]
mod tests;

/// Maximum columns of [`Unit::short`] for bytes and counts, without a sign.
pub const SHORT_CELLS: usize = 5;

const BINARY: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const DECIMAL: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
const TIME: [(&str, f64); 6] = [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("min", 60e9), ("h", 3600e9)];

/// Unit of the values of a sample type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Objects, samples, calls.
    Count,
    /// Nanoseconds.
    Nanoseconds,
    /// Blocks of this many bytes, for files with values in `kB` and similar units.
    BytesTimes(u64),
    /// Spans of this many nanoseconds, for files with values in `ms` and similar units.
    NanosecondsTimes(u64),
    /// Another unit: its name, safe to print.
    Other(String),
}

impl Unit {
    /// Returns the unit for its name in a profile.
    ///
    /// Case does not matter, a plural equals its singular, and `kB`, `MB` and so on are powers of 1024, as in pprof. So are
    /// `KiB` and `MiB`; `By` is OpenTelemetry's name of bytes.
    pub fn of(name: &str) -> Self {
        let lower = name.to_lowercase();
        let singular = if lower.len() > 2 { lower.strip_suffix('s').unwrap_or(&lower) } else { &lower };
        match singular {
            "b" | "byte" | "by" => Self::Bytes,
            "kb" | "kbyte" | "kilobyte" | "kib" | "kibibyte" | "kiby" => Self::BytesTimes(1 << 10),
            "mb" | "mbyte" | "megabyte" | "mib" | "mebibyte" | "miby" => Self::BytesTimes(1 << 20),
            "gb" | "gbyte" | "gigabyte" | "gib" | "gibibyte" | "giby" => Self::BytesTimes(1 << 30),
            "tb" | "tbyte" | "terabyte" | "tib" | "tebibyte" | "tiby" => Self::BytesTimes(1 << 40),
            "pb" | "pbyte" | "petabyte" => Self::BytesTimes(1 << 50),
            "ns" | "nanosecond" => Self::Nanoseconds,
            "us" | "µs" | "μs" | "microsecond" => Self::NanosecondsTimes(1_000),
            "ms" | "millisecond" => Self::NanosecondsTimes(1_000_000),
            "s" | "sec" | "second" => Self::NanosecondsTimes(1_000_000_000),
            "hr" | "hour" => Self::NanosecondsTimes(3_600_000_000_000),
            "" | "count" | "object" | "sample" | "allocation" => Self::Count,
            // The name is printed with every figure.
            _ => Self::Other(safe_str(name).into_owned()),
        }
    }

    /// Number of bytes of one unit; `None` for a unit of something else.
    pub fn bytes(&self) -> Option<u64> {
        match self {
            Self::Bytes => Some(1),
            Self::BytesTimes(factor) => Some(*factor),
            Self::Count | Self::Nanoseconds | Self::NanosecondsTimes(_) | Self::Other(_) => None,
        }
    }

    /// Name of the unit.
    pub fn name(&self) -> &str {
        match self {
            Self::Bytes | Self::BytesTimes(_) => "bytes",
            Self::Count => "count",
            Self::Nanoseconds | Self::NanosecondsTimes(_) => "time",
            Self::Other(name) => name,
        }
    }

    /// Value with its unit, for sentences: `413 MiB`, `1.04M`, `12.5 ms`.
    pub fn long(&self, value: impl Into<i128>) -> String {
        self.write(value.into(), UnitForm::Long)
    }

    /// Value for a table or an icicle, whose header names the unit: `413M`.
    pub fn short(&self, value: impl Into<i128>) -> String {
        self.write(value.into(), UnitForm::Short)
    }

    /// Change with sign and unit, for sentences: `+61.4 MiB`.
    pub fn signed_long(&self, change: impl Into<i128>) -> String {
        let change = change.into();
        signed(change, self.long(change))
    }

    /// Change with sign, for a table: `+61.4M`.
    pub fn signed_short(&self, change: impl Into<i128>) -> String {
        let change = change.into();
        signed(change, self.short(change))
    }

    /// Largest round figure up to `value`: 1, 2 or 5 times a power of ten, times a power of 1024 for bytes.
    pub fn round(&self, value: i64) -> i64 {
        let mut unit = 1_i64;
        while *self == Self::Bytes && value / 1024 >= unit {
            unit *= 1024;
        }
        let mut power = unit;
        while let Some(next) = power.checked_mul(10).filter(|next| *next <= value) {
            power = next;
        }
        [5, 2].iter().filter_map(|step| power.checked_mul(*step)).find(|round| *round <= value).unwrap_or(power)
    }

    /// Value with all digits: `433,061,888 B`.
    pub fn exact(&self, value: impl Into<i128>) -> String {
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

    fn write(&self, value: i128, form: UnitForm) -> String {
        let magnitude = value.unsigned_abs() as f64;
        let text = match self {
            Self::Bytes => bytes(magnitude, form),
            Self::BytesTimes(factor) => bytes(magnitude * *factor as f64, form),
            Self::Count => scaled(magnitude, 1000.0, &DECIMAL, ""),
            Self::Nanoseconds => time(magnitude, form),
            Self::NanosecondsTimes(factor) => time(magnitude * *factor as f64, form),
            Self::Other(name) => match form {
                UnitForm::Long => format!("{} {name}", scaled(magnitude, 1000.0, &DECIMAL, "")),
                UnitForm::Short => scaled(magnitude, 1000.0, &DECIMAL, ""),
            },
        };
        if value < 0 { format!("-{text}") } else { text }
    }
}

/// Length of a formatted unit.
#[derive(Clone, Copy)]
enum UnitForm {
    Long,
    Short,
}

fn bytes(magnitude: f64, form: UnitForm) -> String {
    match form {
        UnitForm::Long => scaled(magnitude, 1024.0, &BINARY, " "),
        UnitForm::Short if magnitude == 0.0 => "0".to_owned(),
        UnitForm::Short => {
            let mut text = scaled(magnitude, 1024.0, &BINARY, "");
            text.truncate(text.find("iB").unwrap_or(text.len()));
            text
        }
    }
}

fn time(magnitude: f64, form: UnitForm) -> String {
    let gap = match form {
        UnitForm::Long => " ",
        UnitForm::Short if magnitude == 0.0 => return "0".to_owned(),
        UnitForm::Short => "",
    };
    // Compared as it is shown, or 999.8 ms would become `1000 ms`.
    let shown = |size: f64| if size > 1.0 { significant(magnitude / size) } else { (magnitude / size).round() };
    let is_reached = |at: &usize| *at == 0 || shown(TIME[at - 1].1) * TIME[at - 1].1 >= TIME[*at].1;
    let (unit, size) = (0..TIME.len()).rfind(is_reached).map_or(TIME[0], |at| TIME[at]);
    if size > 1.0 { format!("{}{gap}{unit}", digits(magnitude / size)) } else { format!("{magnitude:.0}{gap}{unit}") }
}

/// Scales `magnitude` to the largest of `units` in which the value is at least one; each unit is `step` times the unit
/// before.
fn scaled(magnitude: f64, step: f64, units: &[&str], gap: &str) -> String {
    let mut value = magnitude;
    let mut rank = 0;
    // Compared after rounding, or 1023.9 KiB would become `1024 KiB`.
    while value.round() >= step && rank + 1 < units.len() {
        value /= step;
        rank += 1;
    }
    let unit = units[rank];
    if rank == 0 { format!("{value:.0}{gap}{unit}") } else { format!("{}{gap}{unit}", digits(value)) }
}

/// Formats a value with three significant digits, or four from 1000 to 1023, below the next binary unit.
fn digits(value: f64) -> String {
    format!("{value:.0$}", decimals(value))
}

/// Value rounded as [`digits`] shows it.
fn significant(value: f64) -> f64 {
    let scale = [1.0, 10.0, 100.0][decimals(value)];
    (value * scale).round() / scale
}

/// Number of decimals that make three significant digits.
fn decimals(value: f64) -> usize {
    match value {
        _ if value < 9.995 => 2,
        _ if value < 99.95 => 1,
        _ => 0,
    }
}

fn signed(change: i128, text: String) -> String {
    if change > 0 { format!("+{text}") } else { text }
}

/// Count with three significant digits: `999`, `9.31k`, `1.04M`.
pub fn count(value: u64) -> String {
    scaled(value as f64, 1000.0, &DECIMAL, "")
}

/// All digits of `value` in groups of three.
pub fn commas(value: impl Into<i128>) -> String {
    let value = value.into();
    let digits = grouped(&value.unsigned_abs().to_string());
    if value < 0 { format!("-{digits}") } else { digits }
}

/// All digits of `value` in groups of three.
pub fn commas_u64(value: u64) -> String {
    grouped(&value.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun, which gets a plural s unless the number is 1: `1 sample`, `1,204 samples`.
pub fn counted(count: usize, noun: &str) -> String {
    counted_as(count, noun, &format!("{noun}s"))
}

/// A number with its noun, or any words that differ for one and several: `1 process is`, `2 processes are`.
pub fn counted_as(count: usize, one: &str, several: &str) -> String {
    format!("{} {}", commas_u64(count as u64), if count == 1 { one } else { several })
}

/// Share of `part` in `whole`: `31.7%`, `<0.1%` for a share that would round to zero, `–` if `whole` is zero.
pub fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    share(part as f64 / whole as f64)
}

/// Formats a fraction like [`percent`].
pub fn share(part: f64) -> String {
    let share = part * 100.0;
    let sign = if share < 0.0 { "-" } else { "" };
    match share.abs() {
        size if size > 0.0 && size < 0.05 => "<0.1%".to_owned(),
        size if size < 99.95 => format!("{sign}{size:.1}%"),
        size => format!("{sign}{size:.0}%"),
    }
}

/// Share of `change` in `base` with its sign: `+17.5%`, `<0.1%` for a share that would round to zero, `×12.0` from
/// +1000% on, `–` if `base` is not above zero.
pub fn signed_percent(change: i64, base: i64) -> String {
    if base <= 0 {
        return "–".to_owned();
    }
    let share = change as f64 / base as f64 * 100.0;
    match share.abs() {
        0.0 => "0.0%".to_owned(),
        size if size < 0.05 => "<0.1%".to_owned(),
        size if size < 99.95 => format!("{share:+.1}%"),
        size if size <= MOST_PERCENT || share < 0.0 => format!("{share:+.0}%"),
        size => factor(size / 100.0 + 1.0),
    }
}

/// Share of `change` in `base` as an addition to a figure: ` (+17.5%)`; empty if `base` is not above zero.
pub fn in_parentheses(change: i64, base: i64) -> String {
    if base > 0 { format!(" ({})", signed_percent(change, base)) } else { String::new() }
}

/// Growth in percent above which a change is written as a factor.
const MOST_PERCENT: f64 = 1000.0;

/// Factor with three significant digits: `×12.3`, `×321`.
fn factor(times: f64) -> String {
    if times < 99.95 { format!("×{times:.1}") } else { format!("×{times:.0}") }
}

/// Factor by which figures were multiplied, with three significant digits: `×1.38`, `×0.00277`.
pub fn multiplier(ratio: f64) -> String {
    // Rounded first, or 9.996 would become `×10.00`.
    let rounded: f64 = format!("{ratio:.2e}").parse().unwrap_or(ratio);
    let digits = if rounded > 0.0 { (2.0 - rounded.log10().floor()).clamp(0.0, 12.0) as usize } else { 2 };
    format!("×{rounded:.digits$}")
}

/// Two standard deviations as a whole number of units, rounded to the nearest.
pub fn two_sigma(sigma: f64) -> i64 {
    (2.0 * sigma).round() as i64
}

/// Error of parsing a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// The text does not begin with a number.
    #[error("`{0}` is not a size")]
    NotANumber(String),
    /// The unit could mean powers of 1000 or of 1024.
    #[error("`{text}` does not say whether it counts in thousands")]
    Ambiguous {
        /// The text.
        text: String,
        /// The text with a binary unit.
        meant: String,
    },
    /// The unit is unknown.
    #[error("`{0}` has an unknown unit")]
    UnknownUnit(String),
    /// The size exceeds 64 bits.
    #[error("`{0}` is too large")]
    TooLarge(String),
}

impl SizeError {
    /// Advice to the user in one sentence; `None` when there is none.
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

/// Millionths in a unit.
const MILLION: i128 = 1_000_000;

/// Parses a size in bytes, to the nearest byte: a number, then nothing or `B`, `KiB`, `MiB`, `GiB`, `TiB`, or `K`, `M`,
/// `G`, `T` for the same. A fraction (`1.5GiB`) and a space before the unit are allowed.
///
/// # Errors
/// [`SizeError`] when there is no number, or when the unit is unknown or may mean powers of 1000 (`MB`).
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    let millionths = parse_size_in_millionths(text)?;
    let nearest = (millionths + MILLION / 2) / MILLION;
    u64::try_from(nearest).map_err(|_| SizeError::TooLarge(text.trim().to_owned()))
}

/// Parses a size like [`parse_size`], in millionths of a byte, rounded down.
///
/// # Errors
/// Those of [`parse_size`].
pub fn parse_size_in_millionths(text: &str) -> Result<i128, SizeError> {
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
    times_in_millionths(number, 1 << shift).map_err(|error| match error {
        SizeError::TooLarge(_) => SizeError::TooLarge(text.to_owned()),
        other => other,
    })
}

/// Parses a decimal number without a sign, in millionths, rounded down.
///
/// # Errors
/// [`SizeError`] when it is no number, or exceeds 64 bits.
pub fn parse_millionths(number: &str) -> Result<i128, SizeError> {
    times_in_millionths(number, 1)
}

/// A decimal number times a factor of at most 2^40, in millionths, rounded down.
fn times_in_millionths(number: &str, factor: i128) -> Result<i128, SizeError> {
    /// Digits of a fraction that count; more would exceed 128 bits.
    const MOST_DIGITS: usize = 18;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_number = whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit());
    if !is_number || whole.len() + part.len() == 0 {
        return Err(SizeError::NotANumber(number.to_owned()));
    }
    let part = format!("{part:0<MOST_DIGITS$.MOST_DIGITS$}");
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
    let units = digits(whole).and_then(|whole| whole.checked_mul(factor));
    let units = units.filter(|units| *units <= i128::from(u64::MAX));
    let (Some(units), Some(part)) = (units, digits(&part)) else {
        return Err(SizeError::TooLarge(number.to_owned()));
    };
    Ok(units * MILLION + part * factor * MILLION / 10_i128.pow(MOST_DIGITS as u32))
}
