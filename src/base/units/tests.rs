//! Figures at the edges of their units.

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
    let cases = [(0, "0"), (999, "999"), (1000, "1.00k"), (9_310, "9.31k"), (999_999, "1.00M"), (1_040_000, "1.04M")];
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
    assert_eq!(Unit::of("KiB").long(10_240), "10.0 MiB");
    assert_eq!((Unit::of("By"), Unit::of("MiBy").bytes()), (Unit::Bytes, Some(1 << 20)), "names of OpenTelemetry");
    assert_eq!(Unit::of("GC cycles").long(12_345), "12.3k GC cycles");
}

#[test]
fn times_go_to_hours() {
    let cases = [(0, "0 ns", "0"), (15, "15 ns", "15ns"), (12_500_000, "12.5 ms", "12.5ms")];
    for (value, long, short) in cases {
        assert_eq!((Unit::Nanoseconds.long(value), Unit::Nanoseconds.short(value)), (long.into(), short.into()));
    }
    assert_eq!(Unit::Nanoseconds.long(5_400_000_000_000_i64), "1.50 h");
    let rounded =
        [(999_499_999_i64, "999 ms"), (999_800_000, "1.00 s"), (59_970_000_000, "1.00 min"), (999_600, "1.00 ms")];
    for (value, long) in rounded {
        assert_eq!(Unit::Nanoseconds.long(value), long);
    }
    assert_eq!(Unit::Nanoseconds.long(3_599_000_000_000_i64), "1.00 h");
}

#[test]
fn multipliers_have_three_digits() {
    assert_eq!([1.384, 9.996, 0.002_766, 0.0].map(multiplier), ["×1.38", "×10.0", "×0.00277", "×0.00"]);
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
    assert_eq!(signed_percent(361, -1), "–", "nothing is a multiple of what is below zero");
    assert_eq!((in_parentheses(5, -10).as_str(), in_parentheses(5, 10).as_str()), ("", " (+50.0%)"));
    assert_eq!(signed_percent(0, 7), "0.0%");
    assert_eq!(signed_percent(1, 1 << 20), "<0.1%");
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
fn sizes_keep_millionths_of_a_byte() {
    let cases = [
        ("33.6", 33_600_000),
        ("0.0000009", 0),
        (".5", 500_000),
        ("5.", 5_000_000),
        ("0.0000005K", 512),
        ("18446744073709551615.999999", (i128::from(u64::MAX) + 1) * 1_000_000 - 1),
    ];
    for (text, millionths) in cases {
        assert_eq!(parse_size_in_millionths(text), Ok(millionths), "{text}");
    }
    assert_eq!(parse_size("33.6"), Ok(34));
    assert!(matches!(parse_size("18446744073709551615.5"), Err(SizeError::TooLarge(_))));
    assert!(matches!(parse_millionths("1e3"), Err(SizeError::NotANumber(_))));
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

#[test]
fn round_figures_are_one_two_or_five() {
    for (value, round) in [(0, 1), (1, 1), (4, 2), (7, 5), (19, 10), (99, 50), (i64::MAX, 5_000_000_000_000_000_000)] {
        assert_eq!(Unit::Count.round(value), round, "{value}");
    }
    for (value, round) in
        [(1023, 1000), (1024, 1024), (3 << 20, 2 << 20), (70 << 20, 50 << 20), (1000 << 10, 1000 << 10)]
    {
        assert_eq!(Unit::Bytes.round(value), round, "{value}");
    }
}

#[test]
fn a_strangers_word_for_a_unit_is_made_safe() {
    let unit = Unit::of("\x1b]52;c;AAAA\x07");
    assert_eq!(unit.long(3), "3 \\x1b]52;c;AAAA\\x07");
    assert_eq!(unit.name(), "\\x1b]52;c;AAAA\\x07");
}

#[test]
fn an_error_is_rounded_and_not_cut() {
    assert_eq!([1.48, 1.2, 0.0].map(two_sigma), [3, 2, 0]);
}
