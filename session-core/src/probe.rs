//! What the derive finds methods with that a method of `Session` would hide. Not for use by hand.

/// Gives every type a constant for each method of `Session`. A method of the type's own comes before it.
#[allow(non_upper_case_globals, missing_docs, reason = "they stand for methods, which are named so")]
pub trait SessionMethods {
    const clear: NoMethod = NoMethod;
    const is_new: NoMethod = NoMethod;
    const lifetime: NoMethod = NoMethod;
    const permanent: NoMethod = NoMethod;
    const purge: NoMethod = NoMethod;
    const renew: NoMethod = NoMethod;
    const session_id: NoMethod = NoMethod;
    const set_lifetime: NoMethod = NoMethod;
    const set_permanent: NoMethod = NoMethod;
}

impl<T> SessionMethods for T {}

/// Stands where a type has no method of its own.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NoMethod;

/// Only [`NoMethod`] has it. An associated function of such a name is refused with the methods: one could not tell by the
/// compiler's own words about arguments what is wrong.
#[diagnostic::on_unimplemented(
    message = "a method of `Session` hides this struct's `{Self}`",
    label = "one of its functions is called like a method of `Session`",
    note = "give it another name"
)]
pub trait NotHidden {}

impl NotHidden for NoMethod {}

/// Compiles for what is not hidden.
pub fn check<M: NotHidden>(_: M) {}
