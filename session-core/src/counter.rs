//! Integers that requests count up and down at the same time.

/// An integer type that `#[session(counter)]` may stand on: 8 to 64 bits, signed or not.
///
/// A counter is saved as the difference a request made, so that two requests which count at once both count.
///
/// # Examples
///
/// ```
/// use session_core::{Counter, SessionData};
///
/// #[derive(SessionData)]
/// struct Visitor {
///     #[session(counter)]
///     visits: u8,
/// }
///
/// fn is_counter<C: Counter>() {}
/// is_counter::<u8>();
///
/// let mut visitor = Visitor { visits: 250 };
/// visitor.increment_visits(10);
/// assert_eq!(visitor.visits(), 255, "it stops at the bounds of its type");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a session counter",
    label = "not an integer of 8 to 64 bits",
    note = "remove `counter`, or use an integer type such as `u32` or `i64`"
)]
pub trait Counter: sealed::Sealed + Copy {
    /// The smallest value.
    const MIN: i128;
    /// The largest value.
    const MAX: i128;

    /// Adds, stopping at the type's bounds.
    #[must_use]
    fn count(self, by: Self) -> Self;
}

mod sealed {
    #[allow(unnameable_types, reason = "sealed: the bounds of another type would not be ours to know")]
    pub trait Sealed {}
}

macro_rules! counters {
    ($($integer:ty)*) => {$(
        impl sealed::Sealed for $integer {}
        impl Counter for $integer {
            const MIN: i128 = <$integer>::MIN as i128;
            const MAX: i128 = <$integer>::MAX as i128;

            fn count(self, by: Self) -> Self {
                self.saturating_add(by)
            }
        }
    )*};
}

counters!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
