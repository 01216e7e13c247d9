//! A JSON document, cut in steps of any size.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authlake_fuzz::document::run(data));
