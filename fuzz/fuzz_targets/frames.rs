//! Keys followed by a profile: the first byte is the number of keys, and each of the next bytes is one key.
#![no_main]

#[path = "../../tests/support/fuzzed.rs"]
#[allow(dead_code, reason = "each target uses some of the checks")]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((count, rest)) = bytes.split_first() else { return };
    let Some((chosen, profile)) = rest.split_at_checked(usize::from(*count % 10)) else { return };
    let keys: Vec<&str> = fuzzed::KEYS.split_whitespace().collect();
    let chosen: Vec<&str> = chosen.iter().map(|byte| keys[usize::from(*byte) % keys.len()]).collect();
    fuzzed::check_keys(profile, &chosen);
});
