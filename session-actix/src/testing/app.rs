//! The application under test, whichever way it was given.

use std::rc::Rc;

use actix_http::Request;
use actix_web::body::{self, MessageBody};
use actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpMessage as _};
use session_core::Engine;

use super::response::TestResponse;
use crate::boxed::Boxed;
use crate::slot::Slots;

/// Answers a request, and says which middleware the session went through.
pub(super) type Handler = Rc<dyn Fn(Request) -> Boxed<'static, (TestResponse, Option<Engine>)>>;

#[allow(missing_debug_implementations, unnameable_types, reason = "it is made and used inside of the client")]
pub enum TestApp {
    Started(Handler),
    NotStarted(Option<Box<dyn FnOnce() -> Boxed<'static, Handler>>>),
}

impl TestApp {
    /// Starts the application, the first time.
    pub(super) async fn handler(&mut self) -> Handler {
        match self {
            Self::Started(handler) => Rc::clone(handler),
            Self::NotStarted(start) => {
                let handler = start.take().expect("an earlier start of the application was given up")().await;
                *self = Self::Started(Rc::clone(&handler));
                handler
            }
        }
    }
}

/// What [`TestClient::new`](super::TestClient::new) takes: an `App`, or the service that `actix_web::test::init_service` made
/// of one. The compiler finds the kind by itself.
///
/// # Examples
///
/// ```
/// use actix_web::{App, HttpResponse, test, web};
/// use session_actix::testing::TestClient;
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = || App::new().route("/", web::get().to(HttpResponse::Ok));
/// assert_eq!(TestClient::new(app()).get("/").await.status(), 200);
/// assert_eq!(TestClient::new(test::init_service(app()).await).get("/").await.status(), 200);
/// # }
/// ```
///
/// A helper of a test suite's own names the kind as a parameter:
///
/// ```
/// use session_actix::testing::{IntoTestApp, ManualClock, NotStarted, Started, TestClient};
///
/// fn browser<Kind>(app: impl IntoTestApp<Kind>) -> TestClient {
///     TestClient::new(app).clock(ManualClock::at(1_700_000_000)).following_redirects()
/// }
///
/// fn of_an_app(app: impl IntoTestApp<NotStarted>) -> TestClient {
///     browser(app)
/// }
///
/// fn of_a_service(service: impl IntoTestApp<Started>) -> TestClient {
///     browser(service)
/// }
/// ```
pub trait IntoTestApp<Kind> {
    /// The application, for the client.
    #[doc(hidden)]
    fn into_test_app(self) -> TestApp;
}

/// The kind of an `App`.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "it has no values")]
pub enum NotStarted {}

/// The kind of a service that `actix_web::test::init_service` made.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "it has no values")]
pub enum Started {}

impl<S, B> IntoTestApp<Started> for S
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
{
    fn into_test_app(self) -> TestApp {
        TestApp::Started(handler_of(self))
    }
}

impl<T, B> IntoTestApp<NotStarted> for App<T>
where
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
        + 'static,
    T::Future: 'static,
    B: MessageBody + 'static,
{
    fn into_test_app(self) -> TestApp {
        TestApp::NotStarted(Some(Box::new(|| {
            Box::pin(async { handler_of(actix_web::test::init_service(self).await) })
        })))
    }
}

fn handler_of<S, B>(service: S) -> Handler
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
{
    let service = Rc::new(service);
    Rc::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
            match service.call(request).await {
                Ok(response) => {
                    let engine = Slots::main(&response.request().extensions()).map(|slot| slot.engine().clone());
                    let (status, headers) = (response.status(), response.headers().clone());
                    (TestResponse::new(path, status, headers, read(response.into_body()).await), engine)
                }
                // As the server does with what no middleware made a response of.
                Err(error) => {
                    let response = error.error_response();
                    let (status, headers) = (response.status(), response.headers().clone());
                    (TestResponse::new(path, status, headers, read(response.into_body()).await), None)
                }
            }
        })
    })
}

async fn read(body: impl MessageBody) -> actix_web::web::Bytes {
    match body::to_bytes(body).await {
        Ok(bytes) => bytes,
        Err(error) => panic!("the body of the response broke off: {}", error.into()),
    }
}
