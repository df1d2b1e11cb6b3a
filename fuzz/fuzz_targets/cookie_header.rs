//! See `session_core::laws::cookie_header`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| session_core::laws::cookie_header(input));
