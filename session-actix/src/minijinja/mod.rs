//! Pages from [minijinja](https://docs.rs/minijinja) templates, which see the session as Flask's templates do:
//!
//! | in a template | is |
//! |---|---|
//! | `session.NAME`, `session['NAME']`, `session.get('NAME', 'else')` | a value of the session, as the handler left it |
//! | `'NAME' in session`, `session.items()`, `.keys()`, `.values()` | as of a dictionary, without the library's own keys such as `_flashes` |
//! | `session.permanent`, `session.new` | how the session is kept, and whether the visitor brought none (which Flask never says), unless it has a key of this name |
//! | `get_flashed_messages()`, also `with_categories=true`, `category_filter=['error']` | the messages that wait, which are taken by the first call |
//! | `csrf_token()` | what [`CsrfProtect`](crate::csrf::CsrfProtect) asks for, the same one on a whole page |
//!
//! So a template that was written for Flask renders unchanged in an [`environment`], in which values have the methods of Python's too. What it
//! calls of its application's own, such as `url_for`, is added to it.
//!
//! # Examples
//!
//! ```
//! use actix_web::{App, HttpResponse, web};
//! use session_actix::minijinja::{Environment, TemplateError, context, page};
//! use session_actix::testing::TestClient;
//! use session_actix::{Flashes, Key, Session, SessionData, SessionMiddleware};
//!
//! #[derive(SessionData)]
//! struct Visitor {
//!     username: Option<String>,
//!     #[session(flash(success))]
//!     messages: Flashes,
//! }
//!
//! type Templates = web::Data<Environment<'static>>;
//!
//! async fn index(mut visitor: Session<Visitor>, templates: Templates) -> Result<HttpResponse, TemplateError> {
//!     visitor.set_username("<Ada>");
//!     visitor.flash_success("You were logged in");
//!     page(&templates, "index.html", context! { title => "Home" }, visitor)
//! }
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut templates = Environment::new();
//! templates.add_template(
//!     "index.html",
//!     "<title>{{ title }}</title>
//! {%- for category, message in get_flashed_messages(with_categories=true) %}
//! <p class={{ category }}>{{ message }}</p>
//! {%- endfor %}
//! Hello {{ session.username }}!",
//! )?;
//! let templates = web::Data::new(templates);
//! let sessions = SessionMiddleware::signed(Key::generate()).build()?;
//! let app = App::new().app_data(templates).wrap(sessions).route("/", web::get().to(index));
//! assert_eq!(
//!     TestClient::new(app).get("/").await.text(),
//!     "<title>Home</title>\n<p class=success>You were logged in</p>\nHello &lt;Ada&gt;!"
//! );
//! # Ok(())
//! # }
//! ```

mod environment;
mod error;
mod flashed;
mod values;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::minijinja::context as build;
pub use ::minijinja::{Environment, Value, context};
use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
pub use environment::environment;
pub use error::TemplateError;
use flashed::Flashed;
use session_core::SessionData;
use values::SessionValues;

use crate::dynamic::Dynamic;
use crate::session::Session;

/// An HTML page: a template, what it shows, and the session. It ends the handler's use of the session, so it comes last.
///
/// What `context` names, the template sees in place of the session's own names.
///
/// # Errors
///
/// The template is missing, or it fails. Messages are not taken then. As a response it is a 500 with an opaque body, and the cause is
/// logged.
///
/// # Examples
///
/// A page for users who logged in takes their session as it is:
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use session_actix::minijinja::{Environment, TemplateError, context, page};
/// use session_actix::{LoggedIn, SessionData};
///
/// #[derive(SessionData)]
/// #[session(login(username, redirect = "/login"))]
/// struct Visitor {
///     username: Option<String>,
/// }
///
/// async fn account(
///     visitor: LoggedIn<Visitor>,
///     templates: web::Data<Environment<'static>>,
/// ) -> Result<HttpResponse, TemplateError> {
///     page(&templates, "account.html", context! { title => "Account" }, visitor)
/// }
/// ```
pub fn page<T: SessionData>(
    environment: &Environment<'_>,
    template: &str,
    context: Value,
    session: impl Into<Session<T>>,
) -> Result<HttpResponse, TemplateError> {
    let html = render(environment, template, context, session)?;
    Ok(HttpResponse::Ok().content_type(ContentType::html()).body(html))
}

/// As [`page`], for responses of another status or kind: the text alone.
///
/// # Errors
///
/// The template is missing, or it fails. Messages are not taken then.
///
/// # Examples
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use session_actix::Session;
/// use session_actix::minijinja::{Environment, TemplateError, context, render};
///
/// async fn not_found(session: Session, templates: web::Data<Environment<'static>>) -> Result<HttpResponse, TemplateError> {
///     let html = render(&templates, "404.html", context! {}, session)?;
///     Ok(HttpResponse::NotFound().content_type("text/html; charset=utf-8").body(html))
/// }
/// ```
pub fn render<T: SessionData>(
    environment: &Environment<'_>,
    template: &str,
    context: Value,
    session: impl Into<Session<T>>,
) -> Result<String, TemplateError> {
    let mut session = session.into();
    // Where the handler logged in another user, nothing of the last one's is on the page.
    session.settle();
    let typed = session.to_dynamic();
    // What the handler changed is recorded now, and a view without a type sees all of it.
    let mut session = Session::<Dynamic>::new(session.into_slot())?;
    let values = SessionValues::new(&session, &typed);
    let draft = session.slot().look(session_core::Transaction::draft_csrf).transpose()?;
    let token = draft.as_ref().map(|draft| draft.token().to_owned()).unwrap_or_default();
    let has_form = Arc::new(AtomicBool::new(false));
    let flashed = Arc::new(Flashed::new(session.flashes()));

    let asked = Arc::clone(&has_form);
    let ours = build! {
        session => Value::from_object(values),
        get_flashed_messages => Value::from_dyn_object(Arc::clone(&flashed)),
        csrf_token => Value::from_function(move || {
            asked.store(true, Ordering::Relaxed);
            token.clone()
        }),
    };
    let found = environment.get_template(template).map_err(|error| TemplateError::of_lookup(template, error))?;
    let text = found.render(build! { ..context, ..ours })?;

    if flashed.were_taken() {
        drop(session.take_flashes());
    }
    let epoch = session.epoch();
    if let Some(draft) = draft.filter(|_| has_form.load(Ordering::Relaxed)) {
        session.slot().with(|transaction| transaction.keep_csrf(&draft, epoch));
    }
    Ok(text)
}
