//! What a browser says of the page that sends a request.

use actix_web::dev::RequestHead;
use actix_web::http::header::{HOST, HeaderName, ORIGIN};
use actix_web::http::uri::Authority;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the request comes from the application's own pages, as far as the browser says.
///
/// `Sec-Fetch-Site` (W3C Fetch Metadata) is said by every browser since 2023 and cannot be set by a page. Where it is missing, the host of
/// `Origin` (RFC 6454, section 7) must be the one that was asked; its scheme and a proxy's are not compared, since the application
/// may not know them. Where both are missing, it is no browser that sends a form of another site, and the token decides.
pub(super) fn is_own(head: &RequestHead, trusted: &[String]) -> bool {
    let text = |name: HeaderName| head.headers().get(name).map(|value| value.to_str().unwrap_or("null"));
    let origin = text(ORIGIN);
    if origin.is_some_and(|origin| trusted.iter().any(|trusted| trusted.eq_ignore_ascii_case(origin))) {
        return true;
    }
    match (text(SEC_FETCH_SITE), origin) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host.map(str::to_ascii_lowercase) == asked_host(head)
        }
        (None, None) => true,
    }
}

/// The host with its port: in the header, or in the address itself (HTTP/2).
fn asked_host(head: &RequestHead) -> Option<String> {
    let header = head.headers().get(HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| head.uri.authority().map(Authority::as_str)).map(str::to_ascii_lowercase)
}
