//! Why a request was refused.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

/// Why a request is not believed to come from one of the application's own pages: 403, with an opaque body. The cause is
/// logged.
///
/// To show a page of your own, wrap actix-web's `ErrorHandlers` around [`CsrfProtect`](super::CsrfProtect).
///
/// # Examples
///
/// ```
/// use session_actix::Session;
/// use session_actix::csrf::{self, CsrfError};
///
/// fn hint(error: CsrfError) -> &'static str {
///     match error {
///         _ if error.is_missing() => "the form has no `csrf_token`",
///         _ if error.is_invalid() => "you logged in or out since: load the page again",
///         _ if error.is_cross_site() => "this form was sent from another site",
///         _ => "load the page again",
///     }
/// }
///
/// async fn handler(session: Session) -> &'static str {
///     csrf::check(&session, "").map_or_else(hint, |()| "saved")
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsrfError(Fault);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Missing,
    Invalid,
    CrossSite,
}

impl CsrfError {
    pub(super) fn cross_site() -> Self {
        Self::refused(Fault::CrossSite)
    }

    pub(super) fn of_token(token: &str) -> Self {
        Self::refused(if token.is_empty() { Fault::Missing } else { Fault::Invalid })
    }

    /// The log has it from here, since actix-web may ask an error for its response more than once.
    fn refused(fault: Fault) -> Self {
        let this = Self(fault);
        // Not a warning: any client can cause it at will.
        tracing::info!(name: "session.csrf.refused", reason = %this, "a request was refused");
        this
    }

    /// Whether the request brought no token.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self.0, Fault::Missing)
    }

    /// Whether the token is not one of this session: it ended, it was renewed by a login since, or the token was made up.
    #[must_use]
    pub const fn is_invalid(&self) -> bool {
        matches!(self.0, Fault::Invalid)
    }

    /// Whether the browser says that the request comes from another origin.
    #[must_use]
    pub const fn is_cross_site(&self) -> bool {
        matches!(self.0, Fault::CrossSite)
    }
}

impl fmt::Display for CsrfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Fault::Missing => {
                "a request came without a CSRF token; put `csrf::token(&mut session)` into the form as `csrf_token`, or \
                 send it as the header X-CSRF-Token, which a form with files must do"
            }
            Fault::Invalid => {
                "a request came with a CSRF token of another session, or from before the session was renewed"
            }
            Fault::CrossSite => {
                "a request came from another origin; if that one is yours, add `.trust_origin(\"https://..\")`"
            }
        })
    }
}

impl std::error::Error for CsrfError {}

impl ResponseError for CsrfError {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .content_type("text/plain; charset=utf-8")
            .body("This form is out of date. Go back, reload the page and send it again.")
    }
}
