//! Several parts of a request wait for its session at once, give up, or never look at it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Service as _, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::rt::time::timeout;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, web};
use session_actix::csrf::CsrfProtect;
use session_actix::store::conformance::Counted;
use session_actix::store::{MemoryStore, Record, Saved, SessionId, SessionStore, StoreError, Version};
use session_actix::testing::ManualClock;
use session_actix::{Refresh, Session, SessionData, SessionExt as _, SessionMiddleware};

use crate::support::{Jar, key, send, visit};

/// Longer than any test should take: where something waits for ever, the test fails.
const FOR_EVER: Duration = Duration::from_secs(30);

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    #[session(owner)]
    user: Option<u64>,
    #[session(counter)]
    visits: u32,
}

/// A store that answers loads only while its gate is open.
#[derive(Clone, Default)]
struct Gated {
    inner: MemoryStore,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    closed: AtomicBool,
    /// How many loads are under way.
    loading: AtomicUsize,
    waiting: Mutex<Vec<Waker>>,
}

impl Gate {
    fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
        for waker in self.waiting.lock().unwrap().drain(..) {
            waker.wake();
        }
    }

    async fn pass(&self) {
        poll_fn(|context| {
            if self.closed.load(Ordering::SeqCst) {
                self.waiting.lock().unwrap().push(context.waker().clone());
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }
}

/// A load that is under way, or was dropped.
struct Load<'a>(&'a AtomicUsize);

impl<'a> Load<'a> {
    fn begin(loading: &'a AtomicUsize) -> Self {
        loading.fetch_add(1, Ordering::SeqCst);
        Self(loading)
    }
}

impl Drop for Load<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl SessionStore for Gated {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        let _load = Load::begin(&self.gate.loading);
        self.gate.pass().await;
        self.inner.load(id).await
    }

    async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
        self.inner.create(id, record, ttl).await
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        self.inner.replace(id, expected, record, ttl).await
    }

    async fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        self.inner.extend(id, expected, expires, ttl).await
    }

    async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        self.inner.delete(id).await
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        self.inner.list(owner).await
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        self.inner.revoke(owner).await
    }
}

async fn gated() -> (Gated, SessionMiddleware, Jar) {
    let store = Gated::default();
    let sessions = SessionMiddleware::stored(store.clone(), key()).store_timeout(FOR_EVER).build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.set_user(42)).await;
    store.gate.closed.store(true, Ordering::SeqCst);
    (store, sessions, jar)
}

#[actix_web::test]
async fn who_waits_goes_on_though_the_one_who_asked_first_looks_no_more() {
    let (store, sessions, jar) = gated().await;
    let handler = async |request: HttpRequest, store: web::Data<Gated>| {
        let mut first = pin!(request.session::<Visitor>());
        // It asks the store, and is kept, but nobody polls it again.
        assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let second = actix_web::rt::spawn({
            let request = request.clone();
            async move { request.session::<Visitor>().await.unwrap().user() }
        });
        actix_web::rt::task::yield_now().await;
        store.gate.open();
        HttpResponse::Ok().body(format!("{:?}", timeout(FOR_EVER, second).await.unwrap().unwrap()))
    };
    let app = App::new().app_data(web::Data::new(store)).wrap(sessions).route("/", web::to(handler));
    let app = init_service(app).await;
    let response = app.call(TestRequest::default().insert_header(("cookie", jar.header())).to_request()).await.unwrap();
    assert_eq!(actix_web::test::read_body(response).await, "Some(42)");
}

/// Such as one that gives the session a tenth of a second, and goes on without it.
async fn look_and_give_up(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let store = request.app_data::<web::Data<Gated>>().unwrap().clone();
    let http = request.request().clone();
    let mut looking = Box::pin(http.session::<Visitor>());
    assert!(looking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let mut answering = pin!(next.call(request));
    // The guard waits for the same answer.
    let begun = poll_fn(|context| Poll::Ready(answering.as_mut().poll(context).is_pending())).await;
    assert!(begun);
    drop(looking);
    store.gate.open();
    answering.await
}

#[actix_web::test]
async fn csrf_a_guard_that_waits_goes_on_though_another_one_gave_up() {
    let (store, sessions, jar) = gated().await;
    let app = App::new()
        .app_data(web::Data::new(store))
        .wrap(CsrfProtect::new())
        .wrap(from_fn(look_and_give_up))
        .wrap(sessions)
        .route("/", web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    let request = TestRequest::post().insert_header(("cookie", jar.header())).insert_header(("x-csrf-token", "x"));
    let response = timeout(FOR_EVER, app.call(request.to_request())).await.unwrap().unwrap();
    assert_eq!(response.status(), 403, "the token is none");
}

#[actix_web::test]
async fn a_task_that_waits_goes_on_though_the_request_was_answered() {
    type Looking = actix_web::rt::task::JoinHandle<Option<u64>>;
    let (store, sessions, jar) = gated().await;
    let looking: Rc<RefCell<Option<Looking>>> = Rc::default();
    let handler = async |request: HttpRequest| {
        let task = actix_web::rt::spawn({
            let request = request.clone();
            async move { request.session::<Visitor>().await.unwrap().user() }
        });
        actix_web::rt::task::yield_now().await;
        request.app_data::<Rc<RefCell<Option<Looking>>>>().unwrap().replace(Some(task));
        HttpResponse::Ok().finish()
    };
    let app = init_service(App::new().app_data(looking.clone()).wrap(sessions).route("/", web::to(handler))).await;
    let request = TestRequest::default().insert_header(("cookie", jar.header()));
    assert_eq!(app.call(request.to_request()).await.unwrap().status(), 200);
    store.gate.open();
    let task = looking.take().unwrap();
    assert_eq!(timeout(FOR_EVER, task).await.unwrap().unwrap(), Some(42));
}

#[actix_web::test]
async fn a_handler_that_gives_up_lets_go_of_the_store() {
    let (store, sessions, mut jar) = gated().await;
    let handler = async |request: HttpRequest, store: web::Data<Gated>| {
        let mut session = Box::pin(request.session::<Visitor>());
        assert!(session.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(store.gate.loading.load(Ordering::SeqCst), 1);
        drop(session);
        HttpResponse::Ok().finish()
    };
    let app = App::new().app_data(web::Data::new(store.clone())).wrap(sessions).route("/", web::to(handler));
    let app = init_service(app).await;
    assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), 200);
    assert_eq!(store.gate.loading.load(Ordering::SeqCst), 0);
}

#[actix_web::test]
async fn what_is_loaded_for_everybody_is_refreshed_for_who_looks_and_nobody_else() {
    let (clock, store) = (ManualClock::at(1_700_000_000), Arc::new(Counted::new(MemoryStore::new())));
    let sessions = SessionMiddleware::stored(Arc::clone(&store), key()).eager(true).clock(clock.clone());
    let sessions = sessions.build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.set_user(42)).await;
    clock.advance(Duration::from_secs(10 * 86_400));
    let _ = store.take();
    let app = App::new()
        .wrap(sessions)
        .route("/", web::to(HttpResponse::Ok))
        .route("/look", web::to(async |visitor: Session<Visitor>| format!("{:?}", visitor.user())));
    let app = init_service(app).await;
    send(&app, &mut jar, TestRequest::default()).await;
    let seen = store.take();
    assert_eq!((seen.load, seen.extend), (1, 0));
    send(&app, &mut jar, TestRequest::with_uri("/look")).await;
    let seen = store.take();
    assert_eq!((seen.load, seen.extend), (1, 1));
}

#[actix_web::test]
async fn a_setting_that_changes_nothing_sends_nothing() {
    let sessions = SessionMiddleware::stored(MemoryStore::new(), key()).build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.set_user(42)).await;
    let seen = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.set_permanent(false)).await;
    assert_eq!(seen.set_cookies, Vec::<String>::new());
}

#[actix_web::test]
async fn a_browser_keeps_the_cookie_of_a_session_that_is_written_every_day() {
    let clock = ManualClock::at(1_700_000_000);
    let sessions = SessionMiddleware::stored(MemoryStore::new(), key()).permanent(true).refresh(Refresh::OnChange);
    let sessions = sessions.clock(clock.clone()).build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits = 1).await;
    let mut days_since_cookie = 0;
    for _ in 0..60 {
        clock.advance(Duration::from_secs(86_400));
        days_since_cookie += 1;
        let seen = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits += 1).await;
        if !seen.set_cookies.is_empty() {
            days_since_cookie = 0;
        }
        assert!(days_since_cookie < 31, "the browser drops it");
    }
    let read: Visitor = sessions.read(&jar.header()).await.unwrap().unwrap();
    assert_eq!(read.visits(), 61);
}

#[derive(SessionData)]
#[session(login(user))]
struct Page {
    user: Option<u64>,
}

#[actix_web::test]
async fn who_logs_in_by_another_struct_is_listed_as_the_registered_ones_owner() {
    let sessions = SessionMiddleware::stored(MemoryStore::new(), key()).data::<Visitor>().build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |page: &mut Session<Page>| page.set_user(42)).await;
    assert_eq!(sessions.sessions_of("42").await.unwrap().len(), 1);
    assert_eq!(sessions.revoke_owner("42").await.unwrap(), 1);
    assert!(sessions.read::<Visitor>(&jar.header()).await.unwrap().is_none());
}
