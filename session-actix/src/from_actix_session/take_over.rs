//! The middleware.

use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::HeaderValue;
use session_core::{Field, SessionData, Transaction};

use super::{OldSession, OldSessions};
use crate::dynamic::Dynamic;
use crate::error::SessionError;
use crate::ext::SessionExt as _;
use crate::guard::{First, Guard, Guarded};
use crate::session::Session;
use crate::slot::{Slot, When};

/// Under which key a session says when an old one was copied into it, in seconds since 1970. It is as long-lived as the session.
const TAKEN_OVER: &str = "_taken_over";

/// How long after that an old cookie may still come, in seconds: with requests that were on their way.
const MOMENT: u64 = 60;

/// The middleware, made by [`OldSessions::take_over`].
///
/// # Examples
///
/// ```
/// use actix_web::cookie::Key;
/// use session_actix::from_actix_session::{OldSession, OldSessions, TakeOver};
/// use session_actix::{Dynamic, Session};
///
/// fn copy(old: &OldSession, new: &mut Session) {
///     let _ = new.insert("theme", old.get::<String>("theme"));
/// }
///
/// type Copy = fn(&OldSession, &mut Session);
/// let middleware: TakeOver<Dynamic, Copy> = OldSessions::signed(Key::generate()).take_over(copy as Copy);
/// ```
pub struct TakeOver<T, F> {
    old: Arc<OldSessions>,
    copy: Arc<F>,
    /// What lets the old cookie go.
    removal: Option<HeaderValue>,
    /// It was logged that browsers do not.
    warned: Arc<AtomicBool>,
    data: PhantomData<fn() -> T>,
}

impl<T, F> TakeOver<T, F> {
    pub(super) fn new(old: OldSessions, copy: F) -> Self {
        let removal = old.removal();
        if removal.is_none() {
            tracing::error!(name: "session.takeover.impossible",
                cookie = old.name,
                "no cookie has such a name, path or domain: sessions of actix-session are not taken over"
            );
        }
        Self { old: Arc::new(old), copy: Arc::new(copy), removal, warned: Arc::default(), data: PhantomData }
    }

    /// Says once that browsers keep what they were told to let go.
    fn warn_of_return(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(name: "session.takeover.returned",
                cookie = self.old.name,
                "an old cookie came back after it was taken over, so it would undo a logout: give its `.path(..)` and `.domain(..)`, \
                 as actix-session had them"
            );
        }
    }
}

impl<T, F> TakeOver<T, F>
where
    T: SessionData,
    F: Fn(&OldSession, &mut Session<T>),
{
    /// Copies an old session where that is still to be done. The slot of the new one, and when the old cookie has had its day.
    async fn copy(&self, request: &ServiceRequest) -> Result<Option<(Rc<Slot>, When)>, SessionError> {
        let old = &self.old;
        let Some(state) = request.cookie(&old.name).and_then(|cookie| old.verify(cookie)) else { return Ok(None) };
        let slot = request.session::<T>().await?.into_slot();
        let now = slot.engine().now();
        let here = Session::<Dynamic>::new(Rc::clone(&slot))?;
        if here.contains_key(TAKEN_OVER) {
            // Beside the request that copied it, and for a moment after, others bring it rightly.
            if here.get::<u64>(TAKEN_OVER).ok().flatten().is_none_or(|taken| now.saturating_sub(taken) > MOMENT) {
                self.warn_of_return();
            }
            return Ok(Some((slot, When::Saved)));
        }
        // Where nothing says who is logged in, any session may be somebody's.
        let has_login = T::FIELDS.iter().any(Field::is_login);
        let is_somebodys = |session: &Transaction| session.is_logged_in() || !(has_login || session.is_new());
        if slot.look(is_somebodys).unwrap_or_default() {
            return Ok(Some((slot, When::Saved)));
        }
        // What cannot be read now is tried again, unless the user logs out meanwhile.
        let Some(found) = old.read(state).await else { return Ok(Some((slot, When::Ended))) };
        if found.is_over(&old.deadlines, now) {
            return Ok(Some((slot, When::Saved)));
        }
        let mut session = Session::<T>::new(slot)?;
        (self.copy)(&found, &mut session);
        let mut session = Session::<Dynamic>::new(session.into_slot())?;
        if !session.is_empty() {
            session.insert(TAKEN_OVER, now)?;
        }
        Ok(Some((session.into_slot(), When::Saved)))
    }
}

impl<T, F> Clone for TakeOver<T, F> {
    fn clone(&self) -> Self {
        Self {
            old: Arc::clone(&self.old),
            copy: Arc::clone(&self.copy),
            removal: self.removal.clone(),
            warned: Arc::clone(&self.warned),
            data: PhantomData,
        }
    }
}

impl<T, F> fmt::Debug for TakeOver<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TakeOver").field(&self.old).finish()
    }
}

impl<S, B, T, F> Transform<S, ServiceRequest> for TakeOver<T, F>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
    T: SessionData,
    F: Fn(&OldSession, &mut Session<T>) + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let (asked, taking) = (self.clone(), self.clone());
        let guard = Guard {
            first: Box::new(move |request| {
                let is_old = asked.removal.is_some() && request.cookie(&asked.old.name).is_some();
                if is_old { First::Wait } else { First::Pass }
            }),
            check: Box::new(move |request| {
                let taking = taking.clone();
                Box::pin(async move {
                    if let (Some((slot, when)), Some(removal)) = (taking.copy(request).await?, &taking.removal) {
                        slot.send(removal.clone(), when);
                    }
                    Ok(())
                })
            }),
        };
        ready(Ok(Guarded::new(service, guard)))
    }
}
