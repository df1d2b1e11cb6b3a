//! See `session_core::laws::signed_value`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| session_core::laws::signed_value(input));
