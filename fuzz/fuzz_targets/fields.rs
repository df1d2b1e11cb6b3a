//! See `session_core::laws::fields`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| session_core::laws::fields(input));
