//! What the derive says when one writes it wrong, and that it compiles when one writes it right.
//!
//! One file a mistake in `fail`, beside what the compiler says of it; one file a shape in `pass`. After a change of a
//! text, run this test with `TRYBUILD=overwrite` and read the difference.

/// The compiler's own words around ours differ from release to release.
#[rustversion::attr(not(stable(1.95)), ignore = "needs Rust 1.95, whose messages are recorded")]
#[test]
fn mistakes_are_said_once_at_their_place_with_their_fix() {
    trybuild::TestCases::new().compile_fail("fail/*.rs");
}

#[test]
fn every_shape_compiles_and_behaves() {
    trybuild::TestCases::new().pass("pass/*.rs");
}
