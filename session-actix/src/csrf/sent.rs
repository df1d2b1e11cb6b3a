//! The token that a request brought.

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::ErrorPayloadTooLarge;
use actix_web::http::header::{self, HeaderName};
use actix_web::web::{self, Bytes, Query};
use actix_web::{Error, FromRequest as _, HttpMessage as _};

use super::FIELD;

const HEADERS: [HeaderName; 2] = [HeaderName::from_static("x-csrf-token"), HeaderName::from_static("x-csrftoken")];

/// Most bytes of a compressed form, as actix-web takes of any by default.
const LARGEST_COMPRESSED: usize = 256 * 1024;

/// The token in a header, or in the field of a form that is percent-encoded. The body of such a form is read, up to the limit of
/// the application's `PayloadConfig` (256 KiB by default; a compressed one as it was sent up to [`LARGEST_COMPRESSED`]), and given back.
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
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return compressed(request).await;
    }
    let body = request.extract::<Bytes>().await?;
    let token = field(&body);
    request.set_payload(Payload::from(body));
    Ok(token)
}

/// The token in a form that was sent compressed. The handler is given what was sent, and decompresses it once more: the head of a request cannot be
/// changed where an outer middleware holds a clone of it.
async fn compressed(request: &mut ServiceRequest) -> Result<String, Error> {
    let sent = request.extract::<web::Payload>().await?.to_bytes_limited(LARGEST_COMPRESSED).await;
    let sent = sent.map_err(ErrorPayloadTooLarge)??;
    let body = Bytes::from_request(request.request(), &mut Payload::from(sent.clone())).await?;
    request.set_payload(Payload::from(sent));
    Ok(field(&body))
}

fn field(body: &[u8]) -> String {
    let fields = std::str::from_utf8(body).ok().and_then(|text| Query::<Vec<(String, String)>>::from_query(text).ok());
    let found = fields.and_then(|fields| fields.into_inner().into_iter().find(|(name, _)| name == FIELD));
    found.map(|(_, token)| token).unwrap_or_default()
}
