//! The beginning of a text, recognised.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authlake_fuzz::detect::run(data));
