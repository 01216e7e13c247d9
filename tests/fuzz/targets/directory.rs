//! A file of users.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authlake_fuzz::directory::run(data));
