//! From the response to the cookie on it.

use actix_web::body::EitherBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderMap, SET_COOKIE};
use actix_web::{Error, HttpResponse};

use super::plain_http;
use crate::error::SessionError;
use crate::headers;
use crate::slot::{Committing, Outcome, Slot};

/// Ends the request's use of its session, by the status of the response.
pub(super) fn begin_commit<B>(slot: &Slot, response: &Result<ServiceResponse<B>, Error>) -> Option<Committing> {
    match response {
        Ok(response) => slot.commit(response.status().as_u16()),
        // An inner middleware gave up. Not `status_code()`, which an error that makes its own response, or has one mapped, need not agree
        // with.
        Err(error) if slot.is_open() => slot.commit(error.error_response().status().as_u16()),
        Err(_) => None,
    }
}

/// Puts what the session says onto the response.
pub(super) fn finish<B>(
    slot: &Slot,
    outcome: Outcome,
    response: Result<ServiceResponse<B>, Error>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    plain_http::diagnose(slot, &outcome, &response);
    match response {
        Ok(response) => Ok(finish_response(slot, outcome, response)),
        Err(error) => Err(finish_error(slot, outcome, error)),
    }
}

fn finish_response<B>(
    slot: &Slot,
    mut outcome: Outcome,
    mut response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    let failure = outcome.error.take();
    // A response of a server error saves where the configuration says so, and then sends the cookie.
    let is_saved = failure.is_none() && (!response.status().is_server_error() || outcome.set_cookie.is_some());
    for cookie in slot.take_waiting_cookies(is_saved) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    let Some(failure) = failure else {
        headers::add(response.headers_mut(), outcome);
        return response.map_into_left_body();
    };
    let mut replacement = HttpResponse::from_error(SessionError::from(failure));
    headers::keep_cookies(response.headers(), replacement.headers_mut());
    headers::add(replacement.headers_mut(), outcome);
    response.into_response(replacement).map_into_right_body()
}

/// What the session says goes onto the response that is made of an error.
fn finish_error(slot: &Slot, mut outcome: Outcome, mut error: Error) -> Error {
    let mut kept = HeaderMap::new();
    for cookie in slot.take_waiting_cookies(outcome.error.is_none() && outcome.set_cookie.is_some()) {
        kept.append(SET_COOKIE, cookie);
    }
    if let Some(failure) = outcome.error.take() {
        headers::keep_cookies(error.error_response().headers(), &mut kept);
        error = SessionError::from(failure).into();
    }
    error.add_response_mapper(move |mut response| {
        headers::keep_cookies(&kept, response.headers_mut());
        headers::add(response.headers_mut(), outcome.clone());
        response
    });
    error
}
