//! A time, read by every clock.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authlake_fuzz::timestamps::run(data));
