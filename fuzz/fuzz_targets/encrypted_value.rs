//! See `session_core::laws::encrypted_value`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| session_core::laws::encrypted_value(input));
