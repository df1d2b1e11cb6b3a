//! Cookies that no browser keeps, since they came over plain http.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{FORWARDED, HOST, HeaderName};
use actix_web::{Error, HttpRequest};

use crate::slot::{Outcome, Slot};

/// In a debug build: says what will keep the session from lasting.
pub(super) fn diagnose<B>(slot: &Slot, outcome: &Outcome, response: &Result<ServiceResponse<B>, Error>) {
    let sends_cookie = cfg!(debug_assertions) && outcome.set_cookie.is_some();
    if let (true, Ok(response)) = (sends_cookie, response) {
        let request = response.request();
        if let (false, Some(host)) = (is_secure(request), text(request, &HOST)) {
            slot.engine().warn_of_plain_http(host);
        }
    }
}

/// Whether the browser sees https, as far as we and the proxies before us know. Not `connection_info()`, which panics where an
/// outer middleware holds the request's extensions.
fn is_secure(request: &HttpRequest) -> bool {
    const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
    let forwarded = text(request, &FORWARDED)
        .is_some_and(|text| text.to_ascii_lowercase().replace('"', "").contains("proto=https"));
    forwarded
        || text(request, &FORWARDED_PROTO).is_some_and(|text| text.trim_start().starts_with("https"))
        || request.uri().scheme_str() == Some("https")
        || request.app_config().secure()
}

fn text<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}
