//! What a session adds to the head of a response.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use session_core::http::{NO_CACHED_COOKIE, cache_control_with_cookie, vary_cookie};

use crate::slot::Outcome;

/// Merges the session's headers with what the application set. Doing it twice is doing it once.
pub(crate) fn add(headers: &mut HeaderMap, outcome: &Outcome) {
    if let Some(vary) = vary_cookie(texts(headers, &header::VARY)) {
        set(headers, header::VARY, vary);
    }
    // Another session of the same response may have said as much.
    let application_said = texts(headers, &header::CACHE_CONTROL).any(|value| value != NO_CACHED_COOKIE);
    let no_store = outcome.no_store && !application_said;
    if no_store {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let Some(cookie) = outcome.set_cookie.as_deref().and_then(|cookie| HeaderValue::from_str(cookie).ok()) else {
        return;
    };
    if headers.get_all(header::SET_COOKIE).any(|set| *set == cookie) {
        return;
    }
    headers.append(header::SET_COOKIE, cookie);
    if !no_store {
        let cache_control = cache_control_with_cookie(texts(headers, &header::CACHE_CONTROL));
        set(headers, header::CACHE_CONTROL, cache_control);
    }
}

/// Puts a response in place of another that set cookies: other sessions were saved with those.
pub(crate) fn keep_cookies(from: &HeaderMap, headers: &mut HeaderMap) {
    for cookie in from.get_all(header::SET_COOKIE) {
        headers.append(header::SET_COOKIE, cookie.clone());
    }
}

fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> + use<'a> {
    headers.get_all(name).filter_map(|value| value.to_str().ok())
}

fn set(headers: &mut HeaderMap, name: HeaderName, text: String) {
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(name, value);
    }
}
