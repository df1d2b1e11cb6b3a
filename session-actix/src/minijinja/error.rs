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
    /// The template that the handler named.
    Missing(String, minijinja::Error),
    Template(minijinja::Error),
    Session(SessionError),
}

impl TemplateError {
    /// Of looking for the template that a handler named.
    pub(super) fn of_lookup(template: &str, error: minijinja::Error) -> Self {
        if error.kind() == minijinja::ErrorKind::TemplateNotFound {
            Self(Fault::Missing(template.to_owned(), error))
        } else {
            error.into()
        }
    }
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

/// What went wrong and where in the template. Not minijinja's own words for it, which may quote the value of a variable.
impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Fault::Missing(template, _) => write!(f, "there is no template {template:?}"),
            Fault::Template(error) => {
                write!(f, "a template failed: {}", error.kind())?;
                // What the parser says is of the template's text alone.
                if let (minijinja::ErrorKind::SyntaxError, Some(detail)) = (error.kind(), error.detail()) {
                    write!(f, ": {detail}")?;
                }
                match (error.name(), error.line()) {
                    (Some(name), Some(line)) => write!(f, " (in {name}:{line})"),
                    (Some(name), None) => write!(f, " (in {name})"),
                    _ => Ok(()),
                }
            }
            Fault::Session(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The source is minijinja's own error, which may quote the values of variables: it is for whoever asks, and not for the log.
impl std::error::Error for TemplateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Fault::Missing(_, error) | Fault::Template(error) => Some(error),
            Fault::Session(error) => Some(error),
        }
    }
}

impl ResponseError for TemplateError {
    fn status_code(&self) -> StatusCode {
        match &self.0 {
            Fault::Missing(..) | Fault::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Fault::Session(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Fault::Session(error) = &self.0 {
            return error.error_response();
        }
        tracing::error!(name: "session.template.failed", error = %self, "a page could not be made");
        HttpResponse::InternalServerError().content_type("text/plain; charset=utf-8").body("Internal Server Error")
    }
}
