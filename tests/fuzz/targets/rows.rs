//! A CSV text, cut and bound below its own header.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authlake_fuzz::rows::run(data));
