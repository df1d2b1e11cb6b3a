//! What a test sees of a response.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use serde::de::DeserializeOwned;

/// A response that was read to its end.
///
/// # Examples
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use session_actix::testing::{TestClient, TestResponse};
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = App::new().route("/", web::get().to(async || HttpResponse::Ok().json([1, 2])));
/// let response: TestResponse = TestClient::new(app).get("/").await;
/// assert_eq!((response.status().as_u16(), response.path()), (200, "/"));
/// assert_eq!(response.header("content-type"), Some("application/json"));
/// assert_eq!(response.json::<Vec<u8>>(), [1, 2]);
/// assert_eq!((response.text(), response.bytes().len()), ("[1,2]", 5));
/// assert_eq!((response.headers().len(), response.location(), response.set_cookies().count()), (1, None, 0));
/// # }
/// ```
pub struct TestResponse {
    path: String,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl TestResponse {
    pub(super) fn new(path: String, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self { path, status, headers, body }
    }

    /// The path and query that answered: after redirects were followed, the last one.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header's text, the first where there are several. `None` where there is none, or it is no text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where a redirect leads to.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.header(header::LOCATION.as_str())
    }

    /// The texts of the `Set-Cookie` headers, in their order.
    pub fn set_cookies(&self) -> impl Iterator<Item = &str> {
        self.headers.get_all(header::SET_COOKIE).filter_map(|value| value.to_str().ok())
    }

    /// The body.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body as a text.
    ///
    /// # Panics
    ///
    /// It is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body of the response is no text in UTF-8")
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// It is not JSON, or of another type.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("the body of the response: {error}"))
    }
}

/// Without the headers, whose cookies may open somebody's session.
impl fmt::Debug for TestResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        f.debug_struct("TestResponse")
            .field("path", &self.path)
            .field("status", &self.status.as_u16())
            .field("body", &body)
            .finish_non_exhaustive()
    }
}
