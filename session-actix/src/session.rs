//! The handler argument.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use session_core::store::SessionId;
use session_core::{Epoch, SessionData, Transaction, View};

use crate::dynamic::Dynamic;
use crate::error::SessionError;
use crate::ext::{SessionExt as _, SessionFuture};
use crate::slot::Slot;

/// The visitor's session, as a handler argument: a view of `T` whose changes are saved by themselves.
///
/// **Borrows**: the session is reached through `DerefMut`, so two uses in one expression need one borrow first.
/// `visitor.set_visits(visitor.visits() + 1)` does not compile; this does:
///
/// ```
/// # use session_actix::{Session, SessionData};
/// # #[derive(SessionData)]
/// # struct Visitor { visits: u32 }
/// # fn handler(mut visitor: Session<Visitor>) {
/// let visitor = &mut *visitor;
/// visitor.set_visits(visitor.visits() + 1);
/// # }
/// ```
///
/// A view is a snapshot of the session plus what earlier views of this request changed. When it is dropped, fields that
/// differ are noted, nested ones included, and the response saves them; a view that was only read saves nothing. The
/// field is the unit in which changes are merged, so what belongs together goes into one field. A session in a cookie is
/// saved as a whole, and of two requests at once the browser keeps what the last one sent.
///
/// Where a request logs in another user over the one before, only what it sets is kept. A list or map that was set before
/// the login, where the last user had one too, is dropped: it may hold what they had. So log in first, in a call of its own
/// (`visitor.set_username(..)`), and set the rest after; the next mutable use of the session begins with empty fields,
/// those that are skipped included.
///
/// `Session` without a type is [`Session<Dynamic>`](Dynamic), which works like a dictionary.
///
/// # Errors
///
/// Without the middleware the extraction fails with a 500 whose log line names the missing `.wrap(..)`.
///
/// # Examples
///
/// ```
/// use actix_web::{Responder, get};
/// use session_actix::{Session, SessionData};
///
/// #[derive(SessionData)]
/// struct Visitor {
///     #[session(counter)]
///     visits: u32,
/// }
///
/// #[get("/")]
/// async fn index(mut visitor: Session<Visitor>) -> impl Responder {
///     visitor.visits += 1;
///     format!("{} visits", visitor.visits)
/// }
/// ```
pub struct Session<T: SessionData = Dynamic> {
    slot: Rc<Slot>,
    view: View<T>,
}

impl<T: SessionData> Session<T> {
    /// A view of a session that was opened before.
    pub(crate) fn new(slot: Rc<Slot>) -> Result<Self, SessionError> {
        let view = slot.look(Transaction::view).unwrap_or_else(|| Ok(View::of(T::empty())))?;
        Ok(Self { slot, view })
    }

    /// Whether the visitor brought no session that counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::Session;
    ///
    /// async fn greet(session: Session) -> &'static str {
    ///     if session.is_new() { "welcome" } else { "welcome back" }
    /// }
    /// ```
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.slot.look(Transaction::is_new).unwrap_or(true)
    }

    /// Whether the browser keeps the session when it closes (Flask's `session.permanent`).
    #[must_use]
    pub fn permanent(&self) -> bool {
        self.slot.look(Transaction::permanent).unwrap_or_default()
    }

    /// Lets the browser keep the session when it closes ("remember me"), or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::Session;
    ///
    /// fn remember(session: &mut Session, remember_me: bool) {
    ///     session.set_permanent(remember_me);
    ///     assert_eq!(session.permanent(), remember_me);
    /// }
    /// ```
    pub fn set_permanent(&mut self, permanent: bool) {
        self.slot.with(|transaction| transaction.set_permanent(permanent, View::epoch(&self.view)));
    }

    /// How long the session lives after it was last written or refreshed.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.slot.look(Transaction::lifetime).unwrap_or_default()
    }

    /// Gives this session alone another lifetime, in whole seconds, which it keeps.
    ///
    /// # Errors
    ///
    /// It is below one second or above the builder's `max_lifetime`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use session_actix::{Session, SessionError};
    ///
    /// /// A shared computer: an hour, whatever the application's lifetime is.
    /// fn at_the_library(session: &mut Session) -> Result<(), SessionError> {
    ///     session.set_lifetime(Duration::from_secs(3600))?;
    ///     assert_eq!(session.lifetime().as_secs(), 3600);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_lifetime(&mut self, lifetime: Duration) -> Result<(), SessionError> {
        let set = self.slot.with(|transaction| transaction.set_lifetime(lifetime, View::epoch(&self.view)));
        set.unwrap_or(Ok(())).map_err(SessionError::from)
    }

    /// Drops every key, those of other structs included. The session itself goes on; to log out, use
    /// [`Session::purge`].
    ///
    /// On a response of a server error only the privileged fields are dropped, those of `T` and of the structs that the
    /// builder knows.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::Session;
    ///
    /// fn forget_what_was_chosen(session: &mut Session) {
    ///     session.clear();
    ///     assert!(session.is_empty());
    /// }
    /// ```
    pub fn clear(&mut self) {
        let epoch = View::epoch(&self.view);
        let next = self.slot.with(|transaction| transaction.clear::<T>(epoch)).unwrap_or(epoch);
        self.view = View::emptied(&self.view, next);
    }

    /// Gives the session a new token, as after a change of privileges that no field shows.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::Session;
    ///
    /// /// A second factor was checked. Fields with `#[session(privileged)]` do this by themselves.
    /// fn step_up(session: &mut Session) {
    ///     session.renew();
    /// }
    /// ```
    pub fn renew(&mut self) {
        self.slot.with(|transaction| transaction.renew(View::epoch(&self.view)));
    }

    /// Ends the session: the way to log out. What is set afterwards begins a new one.
    ///
    /// # Security
    ///
    /// A session in a cookie ends in this browser; a copy of the cookie opens it until it expires.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::{Responder, web};
    /// use session_actix::Session;
    ///
    /// async fn log_out(mut session: Session) -> impl Responder {
    ///     session.purge();
    ///     session.flash("info", "You were logged out"); // in the session that begins now
    ///     web::Redirect::to("/").see_other()
    /// }
    /// ```
    pub fn purge(&mut self) {
        let epoch = self.slot.with(Transaction::purge).unwrap_or_default();
        self.view = View::emptied(&self.view, epoch);
    }

    /// The name of a stored session, for logs and for `sessions_of`. It opens nothing. A session in a cookie has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::Session;
    ///
    /// async fn handler(session: Session) {
    ///     if let Some(id) = session.session_id() {
    ///         println!("session {id} paid");
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        self.slot.look(Transaction::session_id).flatten()
    }

    /// The data, with the session let go: changes so far are kept, later ones are the caller's own.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::{Session, SessionData};
    ///
    /// #[derive(SessionData)]
    /// struct Visitor {
    ///     cart: Vec<u64>,
    /// }
    ///
    /// async fn handler(visitor: Session<Visitor>) {
    ///     let Visitor { cart } = Session::into_inner(visitor); // not borrowed, and can be sent to another thread
    ///     std::thread::spawn(move || println!("{} items", cart.len()));
    /// }
    /// ```
    #[must_use]
    pub fn into_inner(mut session: Self) -> T {
        session.give_back();
        // What is dropped with the session has no changes.
        View::into_data(std::mem::replace(&mut session.view, View::of(T::empty())))
    }

    pub(crate) fn forbid_storing(&self) {
        self.slot.forbid_storing();
    }

    /// Records what was changed so far, so that the rest of the request knows of it, and goes on.
    pub(crate) fn settle(&mut self) {
        self.give_back();
        // That the struct may be kept here was asked when the view was made.
        match self.slot.look(|transaction| transaction.next_view(&self.view)) {
            Some(Ok(Some(next))) => self.view = next,
            _ => View::settle(&mut self.view),
        }
    }

    pub(crate) fn slot(&self) -> &Slot {
        &self.slot
    }

    pub(crate) fn epoch(&self) -> Epoch {
        View::epoch(&self.view)
    }

    /// What the struct holds now, by key.
    #[cfg(feature = "minijinja")]
    pub(crate) fn to_dynamic(&self) -> session_core::Dynamic {
        View::to_dynamic(&self.view)
    }

    /// Lets go of the view, so that what it changed is recorded, and keeps the session.
    #[cfg(any(feature = "from-actix-session", feature = "minijinja"))]
    pub(crate) fn into_slot(self) -> Rc<Slot> {
        Rc::clone(&self.slot)
    }

    fn give_back(&self) {
        let changes = View::changes(&self.view, self.slot.engine());
        self.slot.with(|transaction| transaction.record(changes, View::epoch(&self.view)));
    }
}

impl<T: SessionData> Deref for Session<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.view
    }
}

impl<T: SessionData> DerefMut for Session<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.view
    }
}

impl<T: SessionData> Drop for Session<T> {
    fn drop(&mut self) {
        // Half of a change is worse than none.
        if !std::thread::panicking() {
            self.give_back();
        }
    }
}

impl<T: SessionData> FromRequest for Session<T> {
    type Error = SessionError;
    type Future = SessionFuture<T>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        request.session()
    }
}

/// Key names only: values are the user's.
impl<T: SessionData> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.slot.look(Transaction::keys).unwrap_or_default();
        f.debug_struct("Session").field("keys", &keys).finish_non_exhaustive()
    }
}
