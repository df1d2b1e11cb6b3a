//! What a session adds to the head of a response.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use session_core::http::{NO_CACHED_COOKIE, VARY_COOKIE, cache_control_with_cookie, vary_cookie};

use crate::slot::Outcome;

/// Merges the session's headers with what the application set. Doing it twice is doing it once.
pub(crate) fn add(headers: &mut HeaderMap, outcome: Outcome) {
    // Most responses have neither header yet, and get one that need not be made.
    if !headers.contains_key(header::VARY) {
        headers.insert(header::VARY, HeaderValue::from_static(VARY_COOKIE));
    } else if let Some(vary) = vary_cookie(texts(headers, &header::VARY)) {
        set(headers, header::VARY, vary);
    }
    let no_store = outcome.no_store && {
        // Another session of the same response may have said as much.
        let application_said = texts(headers, &header::CACHE_CONTROL).any(|value| value != NO_CACHED_COOKIE);
        !application_said
    };
    if no_store {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let is_new = |cookie: &HeaderValue| headers.get_all(header::SET_COOKIE).all(|set| set != cookie);
    let Some(cookie) = outcome.set_cookie.filter(is_new) else { return };
    headers.append(header::SET_COOKIE, cookie);
    if no_store {
        return;
    }
    if headers.contains_key(header::CACHE_CONTROL) {
        let cache_control = cache_control_with_cookie(texts(headers, &header::CACHE_CONTROL));
        set(headers, header::CACHE_CONTROL, cache_control);
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_CACHED_COOKIE));
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
