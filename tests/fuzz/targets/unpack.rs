//! A packed file, opened as text.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authlake_fuzz::unpack::run(data));
