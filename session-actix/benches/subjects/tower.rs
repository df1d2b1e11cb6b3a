//! tower-sessions 0.15 with its memory store, and tower without it.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use http::header::{COOKIE, SET_COOKIE};
use http::{Request, Response};
use tower_layer::Layer as _;
use tower_service::Service;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

use super::data::{THEME, USERNAME, VISITS};
use super::{Case, Running};

/// The handler, as an application would have it.
#[derive(Clone)]
struct Handler(Case);

type Handled = Pin<Box<dyn Future<Output = Result<Response<()>, Infallible>> + Send>>;

impl Service<Request<()>> for Handler {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Handled;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let case = self.0;
        Box::pin(async move {
            let session = || request.extensions().get::<Session>().expect("a session").clone();
            match case {
                Case::Read => {
                    assert_eq!(session().get::<u32>("visits").await.expect("a number"), Some(VISITS));
                }
                Case::Write => {
                    let session = session();
                    let visits: u32 = session.get("visits").await.expect("a number").unwrap_or_default();
                    session.insert("visits", visits + 1).await.expect("it has JSON");
                }
                Case::New => {
                    let session = session();
                    session.insert("username", USERNAME).await.expect("it has JSON");
                    session.insert("visits", VISITS).await.expect("it has JSON");
                    session.insert("theme", THEME).await.expect("it has JSON");
                }
                _ => {}
            }
            Ok(Response::new(()))
        })
    }
}

/// The handler's equal without any session, boxed like it.
#[derive(Clone)]
struct BareHandler;

impl Service<Request<()>> for BareHandler {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Handled;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        Box::pin(async move {
            black_box(request);
            Ok(Response::new(()))
        })
    }
}

pub(crate) async fn bare(_: Case) -> Running {
    run(BareHandler, Some("id=AAAAAAAAAAAAAAAAAAAAAA".into())).await
}

pub(crate) async fn memory(case: Case) -> Running {
    let layer = SessionManagerLayer::new(MemoryStore::default());
    let mut first = layer.layer(Handler(Case::New));
    let response = first.call(Request::new(())).await.expect("a response");
    let cookie = response.headers().get(SET_COOKIE).and_then(|value| value.to_str().ok()).expect("a cookie");
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    run(layer.layer(Handler(case)), Some(cookie)).await
}

async fn run<S>(mut service: S, cookie: Option<String>) -> Running
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible> + 'static,
{
    let cookie_bytes = cookie.as_ref().map(String::len).unwrap_or_default();
    let request = move || {
        let mut request = Request::new(());
        if let Some(cookie) = &cookie {
            request.headers_mut().insert(COOKIE, cookie.parse().expect("a cookie is a header"));
        }
        request
    };
    let response = service.call(request()).await.expect("a response");
    assert!(response.status().is_success());

    let service = Rc::new(RefCell::new(service));
    let waiting: Rc<RefCell<Vec<Request<()>>>> = Rc::default();
    let queue = Rc::clone(&waiting);
    Running {
        prepare: Box::new(move |requests| queue.borrow_mut().extend((0..requests).map(|_| request()))),
        answer: Box::new(move || {
            let (service, waiting) = (Rc::clone(&service), Rc::clone(&waiting));
            Box::pin(async move {
                loop {
                    let Some(request) = waiting.borrow_mut().pop() else { break };
                    let response = service.borrow_mut().call(request);
                    drop(black_box(response.await));
                }
            })
        }),
        cookie_bytes,
    }
}
