//! Session data without a server.

use std::ops::{Deref, DerefMut};

use session_core::{Changes, SessionData, View};

/// A view of session data without a server, to test functions that take the struct or a `&mut` of it.
///
/// # Examples
///
/// ```
/// use session_actix::SessionData;
/// use session_actix::testing::{self, TestView};
///
/// #[derive(SessionData)]
/// struct Visitor {
///     #[session(counter)]
///     visits: u32,
///     cart: Vec<u64>,
/// }
///
/// fn greet(visitor: &mut Visitor) -> String {
///     visitor.visits += 1;
///     format!("{} visits", visitor.visits)
/// }
///
/// let mut visitor: TestView<Visitor> = testing::view(Visitor { visits: 3, cart: vec![7] });
/// assert_eq!(greet(&mut visitor), "4 visits");
/// assert_eq!(visitor.changes().keys().collect::<Vec<_>>(), ["visits"]);
/// ```
pub fn view<T: SessionData>(data: T) -> TestView<T> {
    TestView(View::of(data))
}

/// A view that tells what was changed, made by [`view`]. A method of the struct's own that is called `changes` is reached as
/// `Struct::changes(&view)`.
#[derive(Debug)]
pub struct TestView<T>(View<T>);

impl<T: SessionData> TestView<T> {
    /// What a request would save.
    ///
    /// # Panics
    ///
    /// A field's value cannot be kept in a session. A request would be answered with 500.
    #[must_use]
    pub fn changes(&self) -> Changes {
        let (changes, error) = View::own_changes(&self.0);
        error.map_or(changes, |error| panic!("{error}"))
    }
}

impl<T> Deref for TestView<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: SessionData> DerefMut for TestView<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
