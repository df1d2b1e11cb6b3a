//! The token that a request brought.

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Query};
use actix_web::{Error, HttpMessage as _};

use super::FIELD;

const HEADERS: [HeaderName; 2] = [HeaderName::from_static("x-csrf-token"), HeaderName::from_static("x-csrftoken")];

/// The token in a header, or in the field of a form that is percent-encoded. The body of such a form is read, up to the limit of
/// the application's `PayloadConfig` (256 KiB by default), and given back.
///
/// # Errors
///
/// The body broke off, or is too large.
pub(super) async fn token(request: &mut ServiceRequest) -> Result<String, Error> {
    let header = HEADERS.iter().find_map(|name| request.headers().get(name));
    if let Some(token) = header {
        return Ok(token.to_str().unwrap_or("?").to_owned());
    }
    if !request.content_type().eq_ignore_ascii_case(header::ContentType::form_url_encoded().0.essence_str()) {
        return Ok(String::new());
    }
    let body = request.extract::<Bytes>().await?;
    let token = field(&body);
    // The body was decompressed where actix-web can, and would be once more by the handler.
    if !token.is_empty() && request.headers_mut().remove(header::CONTENT_ENCODING).next().is_some() {
        request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    request.set_payload(Payload::from(body));
    Ok(token)
}

fn field(body: &[u8]) -> String {
    let fields = std::str::from_utf8(body).ok().and_then(|text| Query::<Vec<(String, String)>>::from_query(text).ok());
    let found = fields.and_then(|fields| fields.into_inner().into_iter().find(|(name, _)| name == FIELD));
    found.map(|(_, token)| token).unwrap_or_default()
}
