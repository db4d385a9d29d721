//! Arbitrary bytes, read as a program in which addresses are looked up: memory must stay within a budget, and work in
//! proportion to the bytes.
#![no_main]

#[path = "../../tests/support/fuzzed.rs"]
#[allow(dead_code, reason = "each target uses some of the checks")]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let addresses: Vec<u64> = (0..16).map(|number| number * 0x100).collect();
    fuzzed::check_program(bytes, &addresses);
});
