//! A session between two requests: opened, used and saved as a request would.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, HeaderValue};
use actix_web::test::TestRequest;
use session_core::{Engine, SessionData};

use crate::error::SessionError;
use crate::session::Session;
use crate::slot::{Committing, Slot, Wait};

/// Runs `step` on the session of these cookies, and gives back the `Set-Cookie` that a response would have.
pub(super) async fn between<T: SessionData>(
    engine: &Engine,
    cookies: Option<String>,
    step: impl FnOnce(&mut Session<T>),
) -> Result<Option<HeaderValue>, SessionError> {
    let request =
        cookies.into_iter().fold(TestRequest::default(), |request, cookies| request.insert_header((COOKIE, cookies)));
    let slot = Slot::alone(engine.clone());
    slot.open(request.to_http_request().head());
    Wait::new(Rc::clone(&slot)).await?;
    let mut session = Session::new(Rc::clone(&slot))?;
    step(&mut session);
    drop(session);
    let outcome = match slot.commit(StatusCode::OK.as_u16()) {
        None => None,
        Some(Committing::Done(outcome)) => Some(outcome),
        Some(Committing::Storing(mut storing)) => {
            let commit = poll_fn(|context| -> Poll<_> { storing.poll(context) }).await;
            slot.outcome(commit)
        }
    };
    let Some(mut outcome) = outcome else { return Ok(None) };
    outcome.error.take().map_or(Ok(outcome.set_cookie), |error| Err(error.into()))
}
