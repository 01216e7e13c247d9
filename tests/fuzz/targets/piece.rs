//! One piece of text, decoded as every format.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authlake_fuzz::piece::run(data));
