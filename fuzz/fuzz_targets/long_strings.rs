//! Arbitrary bytes, read as a profile with a small budget: data shared by its records must be kept once and charged.
#![no_main]

#[path = "../../tests/support/fuzzed.rs"]
#[allow(dead_code, reason = "each target uses some of the checks")]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::check_shared(bytes, 1 << 20));
