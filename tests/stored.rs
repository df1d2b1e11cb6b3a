//! Sessions in a store, through the middleware.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use actix_web::dev::Service as _;
use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, VARY};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpRequest, HttpResponse, guard, web};
use base64::Engine as _;
use session_actix::store::MemoryStore;
use session_actix::store::conformance::{Counted, Operations};
use session_actix::testing::ManualClock;
use session_actix::{Flashes, KeyRing, Session, SessionData, SessionExt as _, SessionMiddleware};

use crate::faulty_store::{FaultyStore, Mood};
use crate::support::{Jar, key, key_of, logged_async, send, set_cookies, visit, visit_with};

#[derive(SessionData)]
#[session(login(user))]
pub struct Visitor {
    #[session(owner)]
    pub user: Option<u64>,
    #[session(counter)]
    pub visits: u32,
    #[session(secret)]
    note: Option<String>,
    #[session(flash(info))]
    messages: Flashes,
}

fn memory() -> SessionMiddleware {
    SessionMiddleware::stored(MemoryStore::new(), key()).build().unwrap()
}

pub fn faulty() -> (FaultyStore, SessionMiddleware) {
    let store = FaultyStore::new();
    let sessions = SessionMiddleware::stored(store.clone(), key()).store_timeout(Duration::from_millis(20));
    (store, sessions.build().unwrap())
}

pub async fn logged_in(sessions: &SessionMiddleware) -> Jar {
    let mut jar = Jar::default();
    visit(sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.set_user(42)).await;
    jar
}

#[actix_web::test]
async fn the_cookie_holds_an_id_and_a_token_and_nothing_of_the_session() {
    let (sessions, mut jar) = (memory(), Jar::default());
    let set = |visitor: &mut Session<Visitor>| visitor.set_note("nobody reads this");
    let seen = visit(&sessions, &mut jar, set).await;
    assert!(seen.set_cookies[0].ends_with("; Secure; HttpOnly; Path=/; SameSite=Lax"));
    let value = jar.get("__Host-session").unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(value.split('.').next().unwrap()).unwrap();
    assert_eq!(payload.len(), 16 + 32);
    let read = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.note().map(str::to_owned)).await;
    assert_eq!((read.result.as_deref(), read.set_cookies.len()), (Some("nobody reads this"), 0));
}

#[actix_web::test]
async fn a_request_asks_the_store_once_whoever_looks_and_not_at_all_where_nobody_does() {
    let store = Arc::new(Counted::new(MemoryStore::new()));
    let sessions = SessionMiddleware::stored(Arc::clone(&store), key()).build().unwrap();
    let mut jar = logged_in(&sessions).await;
    let _ = store.take();
    let app = App::new().wrap(sessions).route("/untouched", web::to(HttpResponse::Ok)).route(
        "/twice",
        web::to(async |one: Session<Visitor>, another: Session, request: HttpRequest| {
            let third = request.session::<Visitor>().await.unwrap();
            assert!(one.user() == Some(42) && another.contains_key("user") && third.user() == Some(42));
            HttpResponse::Ok().finish()
        }),
    );
    let app = init_service(app).await;
    let response = send(&app, &mut jar, TestRequest::with_uri("/untouched")).await;
    assert_eq!((store.take(), response.headers().get(VARY)), (Operations::default(), None));
    let response = send(&app, &mut jar, TestRequest::with_uri("/twice")).await;
    let mut looks = Operations::default();
    looks.load = 1;
    assert_eq!((response.status(), store.take()), (StatusCode::OK, looks));
    assert_eq!(response.headers().get(VARY).unwrap(), "Cookie");
}

#[actix_web::test]
async fn two_requests_at_once_both_count() {
    let (sessions, mut jar) = (memory(), Jar::default());
    let count = async |mut visitor: Session<Visitor>| {
        visitor.visits += 1;
        // Others load meanwhile.
        actix_web::rt::task::yield_now().await;
        HttpResponse::Ok().finish()
    };
    let app = init_service(App::new().wrap(sessions.clone()).default_service(web::to(count))).await;
    send(&app, &mut jar, TestRequest::default()).await;
    let request = || TestRequest::default().insert_header((COOKIE, jar.header())).to_request();
    let (mut one, mut another) = (Box::pin(app.call(request())), Box::pin(app.call(request())));
    // Both load before either saves.
    for call in [&mut one, &mut another] {
        let pending = std::future::poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await;
        assert!(pending);
    }
    assert!(one.await.is_ok() && another.await.is_ok());
    let read: Visitor = sessions.read(&jar.header()).await.unwrap().unwrap();
    assert_eq!(read.visits(), 3);
}

#[actix_web::test]
async fn a_session_that_was_not_loaded_is_a_typed_error_unless_the_middleware_is_eager() {
    for eager in [false, true] {
        let sessions = SessionMiddleware::stored(MemoryStore::new(), key()).eager(eager).build().unwrap();
        let mut jar = logged_in(&sessions).await;
        let members = guard::fn_guard(move |context| match context.session_now::<Visitor>() {
            Ok(visitor) => eager && visitor.user() == Some(42),
            Err(error) => !eager && error.is_not_loaded(),
        });
        let app = App::new().wrap(sessions).route("/", web::get().guard(members).to(HttpResponse::Ok));
        let app = init_service(app).await;
        assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), StatusCode::OK, "{eager}");
    }
}

#[test]
fn a_store_that_is_down_or_hangs_is_a_503_and_no_cookie_is_touched() {
    for mood in [Mood::Down, Mood::Hangs] {
        let (statuses, log) = logged_async(async {
            let (store, sessions) = faulty();
            let mut jar = logged_in(&sessions).await;
            let (reads, writes) = (web::to(async |_: Session<Visitor>| HttpResponse::Ok()), web::to(spoil));
            let app = App::new().wrap(sessions).app_data(web::Data::new((store.clone(), mood)));
            let app = init_service(app.route("/reads", reads).route("/writes", writes)).await;
            store.be(mood);
            let reads = send(&app, &mut jar, TestRequest::with_uri("/reads")).await;
            store.be(Mood::Well);
            let writes = send(&app, &mut jar, TestRequest::with_uri("/writes")).await;
            for response in [&reads, &writes] {
                assert_eq!(set_cookies(response.headers()), [""; 0]);
            }
            store.be(Mood::Well);
            // It answers again, and nothing is lost.
            let again = send(&app, &mut jar, TestRequest::with_uri("/reads")).await;
            [reads.status(), writes.status(), again.status()].map(|status| status.as_u16())
        });
        assert_eq!(statuses, [503, 503, 200]);
        assert!(log.contains("the session store does not answer"), "{log}");
    }
}

#[actix_web::test]
async fn a_write_that_was_given_up_is_not_tried_again() {
    let (store, sessions) = faulty();
    let mut jar = logged_in(&sessions).await;
    let data = web::Data::new((store.clone(), Mood::Stalls));
    let app = App::new().wrap(sessions.clone()).app_data(data).route("/writes", web::to(spoil));
    let app = init_service(app).await;
    let writes = send(&app, &mut jar, TestRequest::with_uri("/writes")).await;
    assert_eq!(writes.status().as_u16(), 503);
    // Somebody else was faster, so that it would have to be tried again.
    let faster = SessionMiddleware::stored(store.in_memory(), key()).build().unwrap();
    visit(&faster, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits = 7).await;
    store.be(Mood::Well);
    for _ in 0..100 {
        tokio::task::yield_now().await;
        assert_eq!(visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits).await.result, 7);
    }
}

/// Changes the session, and the store goes away before that is saved.
async fn spoil(mut visitor: Session<Visitor>, data: web::Data<(FaultyStore, Mood)>) -> HttpResponse {
    visitor.visits += 1;
    data.0.be(data.1);
    HttpResponse::Ok().finish()
}

#[actix_web::test]
async fn a_logout_with_the_store_down_is_a_503_and_still_removes_the_cookie() {
    for mood in [Mood::Down, Mood::Hangs] {
        let (store, sessions) = faulty();
        let mut jar = logged_in(&sessions).await;
        let before = jar.header();
        let logout = move |mut visitor: Session<Visitor>, store: web::Data<FaultyStore>| async move {
            visitor.purge();
            store.be(mood);
            HttpResponse::Ok().finish()
        };
        let app = App::new().wrap(sessions.clone()).app_data(web::Data::new(store.clone()));
        let app = init_service(app.default_service(web::to(logout))).await;
        let response = send(&app, &mut jar, TestRequest::default()).await;
        assert_eq!((response.status(), jar.header().as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
        store.be(Mood::Well);
        assert!(sessions.read::<Visitor>(&before).await.unwrap().is_some(), "the store does not know of it");
    }
}

#[actix_web::test]
async fn a_lost_reply_is_found_out_and_not_written_twice() {
    let (store, sessions) = faulty();
    let mut jar = logged_in(&sessions).await;
    store.be(Mood::LosesReplies);
    let seen = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits += 1).await;
    assert_eq!(seen.set_cookies.len(), 0);
    let mut fresh = Jar::default();
    visit(&sessions, &mut fresh, |visitor: &mut Session<Visitor>| visitor.visits += 7).await;
    store.be(Mood::Well);
    let read = async |jar: &Jar| sessions.read::<Visitor>(&jar.header()).await.unwrap().unwrap().visits();
    assert_eq!((read(&jar).await, read(&fresh).await), (1, 7));
}

#[actix_web::test]
async fn a_write_that_is_made_after_it_was_looked_up_counts_once() {
    let (store, sessions) = faulty();
    let mut jar = logged_in(&sessions).await;
    let count = async |mut visitor: Session<Visitor>, store: web::Data<FaultyStore>| {
        visitor.visits += 1;
        store.be(Mood::WritesLate);
        HttpResponse::Ok().finish()
    };
    let app = App::new().app_data(web::Data::new(store.clone())).wrap(sessions.clone()).route("/", web::to(count));
    let app = init_service(app).await;
    assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), 200);
    let read: Visitor = sessions.read(&jar.header()).await.unwrap().unwrap();
    assert_eq!(read.visits(), 1);
}

#[actix_web::test]
async fn a_client_that_hangs_up_does_not_cancel_a_logout() {
    let (store, sessions) = faulty();
    let mut jar = logged_in(&sessions).await;
    let logout = async |mut visitor: Session<Visitor>| {
        visitor.purge();
        HttpResponse::Ok().finish()
    };
    let app = init_service(App::new().wrap(sessions.clone()).default_service(web::to(logout))).await;
    let request = TestRequest::default().insert_header((COOKIE, jar.header())).to_request();
    let mut call = Box::pin(app.call(request));
    // Up to where the store is asked to end the session, and no further.
    store.be(Mood::Stalls);
    let polled = std::future::poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await;
    assert!(polled);
    drop(call);
    store.be(Mood::Well);
    while sessions.read::<Visitor>(&jar.header()).await.unwrap().is_some() {
        actix_web::rt::task::yield_now().await;
    }
    assert!(visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.is_new()).await.result);
}

#[actix_web::test]
async fn owners_are_named_as_their_field_displays() {
    let sessions = memory();
    let (mut one, mut another) = (logged_in(&sessions).await, logged_in(&sessions).await);
    let id = visit(&sessions, &mut one, |visitor: &mut Session<Visitor>| visitor.session_id()).await.result.unwrap();
    let ids = sessions.sessions_of("42").await.unwrap();
    assert!(ids.len() == 2 && ids.contains(&id));
    visit(&sessions, &mut another, |visitor: &mut Session<Visitor>| visitor.purge()).await;
    assert_eq!(sessions.sessions_of("42").await.unwrap(), [id]);
    assert_eq!(sessions.revoke_owner("42").await.unwrap(), 1);
    assert!(visit(&sessions, &mut one, |visitor: &mut Session<Visitor>| visitor.is_new()).await.result);
}

#[actix_web::test]
async fn a_login_gives_a_new_token_and_the_old_one_opens_nothing() {
    let (sessions, mut jar) = (memory(), Jar::default());
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits = 3).await;
    let before = jar.header();
    let seen = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| {
        visitor.set_user(42);
        visitor.session_id()
    });
    let id = seen.await.result;
    let after =
        visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| (visitor.session_id(), visitor.visits())).await;
    assert_eq!(after.result, (id, 3), "the id stays");
    assert!(sessions.read::<Visitor>(&before).await.unwrap().is_none());
    // Another user begins with another session.
    let before = jar.header();
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.set_user(43)).await;
    let other =
        visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| (visitor.session_id(), visitor.visits())).await;
    assert!(other.result.0 != id && other.result.1 == 0);
    assert!(sessions.read::<Visitor>(&before).await.unwrap().is_none());
}

#[actix_web::test]
async fn an_emptied_session_lives_on_and_an_empty_one_is_not_made() {
    let store = MemoryStore::new();
    let sessions = SessionMiddleware::stored(store.clone(), key()).build().unwrap();
    let mut jar = Jar::default();
    let nothing = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.set_permanent(true)).await;
    assert_eq!((nothing.set_cookies.len(), store.len()), (0, 0));
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.flash_info("hello")).await;
    let seen = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.take_messages().len()).await;
    assert_eq!((seen.result, seen.set_cookies.len(), store.len()), (1, 0, 1));
}

#[actix_web::test]
async fn a_permanent_cookie_is_sent_again_when_it_is_time_and_not_before() {
    let clock = ManualClock::at(1_700_000_000);
    let sessions = SessionMiddleware::stored(MemoryStore::new(), key()).clock(clock.clone()).build().unwrap();
    let mut jar = Jar::default();
    let seen = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| {
        visitor.visits = 1;
        visitor.set_permanent(true);
    });
    assert!(seen.await.set_cookies[0].contains("; Max-Age=2678400;"));
    for (days, cookies) in [(1, 0), (3, 1), (1, 0)] {
        clock.advance(Duration::from_secs(days * 86_400));
        let seen = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits += 1).await;
        assert_eq!(seen.set_cookies.len(), cookies, "{days}");
    }
}

#[actix_web::test]
async fn a_cookie_that_an_old_key_signed_is_signed_anew() {
    let store = MemoryStore::new();
    let old = SessionMiddleware::stored(store.clone(), key_of(1)).build().unwrap();
    let mut jar = logged_in(&old).await;
    let ring = KeyRing::new(key_of(2)).fallback(key_of(1));
    let both = SessionMiddleware::stored(store.clone(), ring).build().unwrap();
    let seen = visit(&both, &mut jar, |visitor: &mut Session<Visitor>| visitor.user()).await;
    assert_eq!((seen.result, seen.set_cookies.len()), (Some(42), 1));
    let new = SessionMiddleware::stored(store, key_of(2)).build().unwrap();
    assert!(new.read::<Visitor>(&jar.header()).await.unwrap().is_some());
}

#[actix_web::test]
async fn a_server_error_saves_only_the_end_and_the_loss_of_a_privilege() {
    let sessions = memory();
    let mut jar = logged_in(&sessions).await;
    let failing = || (TestRequest::default(), 500);
    let change = |visitor: &mut Session<Visitor>| visitor.visits += 1;
    assert_eq!(visit_with(&sessions, &mut jar, failing(), change).await.set_cookies.len(), 0);
    let read: Visitor = sessions.read(&jar.header()).await.unwrap().unwrap();
    assert_eq!((read.user(), read.visits()), (Some(42), 0));
    let before = jar.header();
    visit_with(&sessions, &mut jar, failing(), |visitor: &mut Session<Visitor>| visitor.purge()).await;
    assert!(sessions.read::<Visitor>(&before).await.unwrap().is_none());
}

#[actix_web::test]
async fn a_signed_session_is_never_taken_for_a_stored_one() {
    let signed = SessionMiddleware::signed(key()).build().unwrap();
    let stored = memory();
    let cookie = signed.cookie_for(&session_actix::Dynamic::default()).await.unwrap();
    assert!(stored.read::<session_actix::Dynamic>(&cookie).await.unwrap().is_none());
    let cookie = stored.cookie_for(&Visitor { user: Some(1), ..Visitor::empty() }).await.unwrap();
    assert!(signed.read::<session_actix::Dynamic>(&cookie).await.unwrap().is_none());
}

#[actix_web::test]
async fn a_full_memory_store_keeps_who_is_logged_in() {
    let store = MemoryStore::with_capacity(2);
    let sessions = SessionMiddleware::stored(store.clone(), key()).build().unwrap();
    let user = logged_in(&sessions).await;
    for _ in 0..5 {
        visit(&sessions, &mut Jar::default(), |visitor: &mut Session<Visitor>| visitor.visits = 1).await;
    }
    assert_eq!(store.len(), 2);
    assert!(sessions.read::<Visitor>(&user.header()).await.unwrap().is_some());
}

/// Rule 8: ending a session is never refused, whatever the clocks say of its cookie.
#[actix_web::test]
async fn a_logout_ends_a_session_whose_cookie_is_of_another_time() {
    const NOW: u64 = 1_700_000_000;
    let store = MemoryStore::new();
    let day = Duration::from_secs(86_400);
    let host_at = |time: u64| {
        let builder = SessionMiddleware::stored(store.clone(), key()).clock(ManualClock::at(time));
        builder.max_lifetime(40 * day).build().unwrap()
    };
    for (here, there) in [(NOW, NOW + 120), (NOW + 41 * 86_400, NOW)] {
        let jar = logged_in(&host_at(there)).await;
        let opens = async |time| {
            let look = |session: &mut Session<Visitor>| session.user();
            visit(&host_at(time), &mut jar.clone(), look).await.result
        };
        assert_eq!((opens(there).await, opens(here).await), (Some(42), None));
        let mut own = jar.clone();
        let seen = visit(&host_at(here), &mut own, |session: &mut Session<Visitor>| session.purge()).await;
        assert_eq!(seen.set_cookies.len(), 1);
        assert_eq!(opens(there).await, None, "the copy of the cookie is worth nothing");
    }
}

#[test]
fn two_tickets_are_a_warning_where_both_sessions_live_and_not_otherwise() {
    for (second_lives, expected) in [(true, 1), (false, 0)] {
        let (user, log) = logged_async(async move {
            let sessions = memory();
            let (mut one, mut two) = (logged_in(&sessions).await, logged_in(&sessions).await);
            if !second_lives {
                let copy = two.get("__Host-session").unwrap().to_owned();
                visit(&sessions, &mut two, |session: &mut Session<Visitor>| session.purge()).await;
                two.set("__Host-session", &copy);
            }
            let both =
                [&one, &two].map(|jar| format!("__Host-session={}", jar.get("__Host-session").unwrap())).join("; ");
            let request = TestRequest::default().insert_header((COOKIE, both));
            one = Jar::default();
            visit_with(&sessions, &mut one, (request, 200), |session: &mut Session<Visitor>| session.user())
                .await
                .result
        });
        assert_eq!(user, Some(42));
        assert_eq!(log.matches("two different sessions").count(), expected, "{log}");
    }
}

#[actix_web::test]
async fn what_an_application_asks_a_silent_store_for_is_given_up_in_time() {
    let (store, sessions) = faulty();
    let visitor = || Visitor { user: Some(42), visits: 0, note: None, messages: Flashes::default() };
    let cookie = sessions.cookie_for(&visitor()).await.unwrap();
    store.be(Mood::Hangs);
    // Time goes on by itself where all wait for it: a revocation has a minute.
    tokio::time::pause();
    assert!(sessions.sessions_of("42").await.unwrap_err().is_unavailable());
    assert!(sessions.revoke_owner("42").await.unwrap_err().is_unavailable());
    assert!(sessions.read::<Visitor>(&cookie).await.err().unwrap().is_unavailable());
    assert!(sessions.cookie_for(&visitor()).await.unwrap_err().is_unavailable());
}

/// The answer to somebody whose store is in this mood once their session is there.
async fn answered(mood: Mood, step: fn(&mut Session<Visitor>)) -> StatusCode {
    let (store, sessions) = faulty();
    let mut jar = logged_in(&sessions).await;
    let handler = move |mut visitor: Session<Visitor>| {
        store.be(mood);
        step(&mut visitor);
        async { HttpResponse::Ok().finish() }
    };
    let app = init_service(App::new().wrap(sessions).default_service(web::to(handler))).await;
    tokio::time::pause();
    let status = send(&app, &mut jar, TestRequest::default()).await.status();
    // Time goes on by itself where all wait for it.
    tokio::time::sleep(Duration::from_secs(61)).await;
    status
}

#[test]
fn a_logout_that_a_store_never_takes_is_in_the_log() {
    let (status, log) = logged_async(answered(Mood::Hangs, Session::purge));
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(log.contains("a change, or a logout, may be lost"), "{log}");
}

#[test]
fn a_store_that_panics_is_not_called_slow() {
    for mood in [Mood::Panics, Mood::PanicsLate] {
        let (status, log) = logged_async(answered(mood, |visitor| visitor.visits += 1));
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(log.contains("the session store panicked") && !log.contains("in time"), "{log}");
    }
}

/// A cookie has an age too, and no page would send it anew where only writes put off a session's end.
#[actix_web::test]
async fn a_session_that_is_written_does_not_end_with_its_cookie() {
    let clock = ManualClock::at(1_700_000_000);
    let hour = Duration::from_secs(3600);
    let builder = SessionMiddleware::stored(MemoryStore::new(), key()).clock(clock.clone()).lifetime(hour);
    let sessions = builder.max_lifetime(hour).refresh(session_actix::Refresh::OnChange).build().unwrap();
    let mut jar = logged_in(&sessions).await;
    for _ in 0..5 {
        clock.advance(Duration::from_secs(50 * 60));
        let write = |session: &mut Session<Visitor>| {
            session.increment_visits(1);
            session.user()
        };
        assert_eq!(visit(&sessions, &mut jar, write).await.result, Some(42));
    }
}

/// What is printed while one looks for a fault must not open a session.
#[actix_web::test]
async fn neither_a_cookie_nor_an_owner_is_printed_with_what_holds_them() {
    use session_core::{Builder, Engine, View};

    let engine: Engine = Builder::stored(MemoryStore::new(), key()).build().unwrap();
    let visitor = Visitor { user: Some(4_242_424_242), visits: 0, note: None, messages: Flashes::default() };
    let cookie = engine.cookie_for(&visitor).await.unwrap();
    let mut transaction = engine.open(std::iter::once(cookie.as_bytes()), false);
    let loaded = transaction.load().unwrap().await.unwrap();
    transaction.loaded(loaded);
    let printed = format!("{transaction:?}");
    assert!(printed.contains("Found") && !printed.contains("4242424242"), "{printed}");

    let view = transaction.view::<Visitor>().unwrap();
    transaction.renew(View::epoch(&view));
    let commit = transaction.commit_stored(200, true).unwrap().run(|_| std::future::ready(())).await;
    let token = commit.set_cookie.as_deref().unwrap().split(['=', '.']).nth(1).unwrap().to_owned();
    assert!(!format!("{commit:?}").contains(&token));
}
