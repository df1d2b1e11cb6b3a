//! Why a page could not be made.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::error::SessionError;

/// Why a page could not be made: 500, with an opaque body. The cause is logged.
///
/// # Examples
///
/// ```
/// use std::error::Error;
/// use session_actix::Session;
/// use session_actix::minijinja::{Environment, TemplateError, context, page};
///
/// fn show(session: Session, templates: &Environment<'_>) -> Result<actix_web::HttpResponse, TemplateError> {
///     page(templates, "missing.html", context! {}, session)
///         .inspect_err(|error| println!("{error}: {:?}", error.source()))
/// }
/// ```
pub struct TemplateError(Fault);

enum Fault {
    Template(minijinja::Error),
    Session(SessionError),
}

impl From<minijinja::Error> for TemplateError {
    fn from(error: minijinja::Error) -> Self {
        Self(Fault::Template(error))
    }
}

impl From<SessionError> for TemplateError {
    fn from(error: SessionError) -> Self {
        Self(Fault::Session(error))
    }
}

impl From<session_core::Error> for TemplateError {
    fn from(error: session_core::Error) -> Self {
        SessionError::from(error).into()
    }
}

/// The cause and its place in the template. Not what minijinja's own `Debug` adds, which are the values of variables.
impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Fault::Template(error) => write!(f, "a template failed: {error}"),
            Fault::Session(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for TemplateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Fault::Template(error) => Some(error),
            Fault::Session(error) => Some(error),
        }
    }
}

impl ResponseError for TemplateError {
    fn status_code(&self) -> StatusCode {
        match &self.0 {
            Fault::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Fault::Session(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let Fault::Template(_) = &self.0 else {
            let Fault::Session(error) = &self.0 else { return HttpResponse::InternalServerError().finish() };
            return error.error_response();
        };
        tracing::error!(name: "session.template.failed", error = %self, "a page could not be made");
        HttpResponse::InternalServerError().content_type("text/plain; charset=utf-8").body("Internal Server Error")
    }
}
