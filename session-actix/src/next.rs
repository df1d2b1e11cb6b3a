//! The way back after a login.

use actix_web::HttpRequest;
use actix_web::web::Query;
use session_core::http::local_path;

/// Where the `next` of the request's query leads, if that is a page of our own: OWASP ASVS 5.0, 3.7.2.
///
/// A form that carries `next` as a field checks it with [`local_path`].
///
/// # Examples
///
/// ```
/// use actix_web::test::TestRequest;
/// use session_actix::safe_next;
///
/// let request = TestRequest::with_uri("/login?next=%2Faccount%3Ftab%3D1").to_http_request();
/// assert_eq!(safe_next(&request).as_deref(), Some("/account?tab=1"));
///
/// let request = TestRequest::with_uri("/login?next=%2F%2Fevil.example").to_http_request();
/// assert_eq!(safe_next(&request), None);
/// ```
#[must_use]
pub fn safe_next(request: &HttpRequest) -> Option<String> {
    let query = Query::<Vec<(String, String)>>::from_query(request.query_string()).ok()?;
    let (_, next) = query.iter().find(|(name, _)| name == "next")?;
    local_path(next)
}
