//! When a session ends, by the server's clock alone.

use std::time::Duration;

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use session_actix::store::MemoryStore;
use session_actix::testing::ManualClock;
use session_actix::{Builder, Refresh, Session, SessionData, SessionMiddleware};

use crate::support::{Jar, Seen, key, send, set_cookies, visit};

const START: u64 = 1_700_000_000;
const DAY: u64 = 86_400;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Option<String>,
    #[session(counter)]
    visits: u32,
}

/// A session that began at [`START`], and the clock to go on with.
struct Visit {
    clock: ManualClock,
    sessions: SessionMiddleware,
    jar: Jar,
}

impl Visit {
    async fn begin(settings: impl FnOnce(Builder<SessionMiddleware>) -> Builder<SessionMiddleware>) -> Self {
        let clock = ManualClock::at(START);
        let sessions = settings(SessionMiddleware::signed(key()).clock(clock.clone())).build().unwrap();
        let mut visit = Self { clock, sessions, jar: Jar::default() };
        visit.at(0, |session| session.increment_visits(1)).await;
        visit
    }

    /// A request this many seconds after the start.
    async fn at<R: 'static>(
        &mut self,
        seconds: u64,
        step: impl FnOnce(&mut Session<Visitor>) -> R + 'static,
    ) -> Seen<R> {
        self.clock.set(START + seconds);
        visit(&self.sessions, &mut self.jar, step).await
    }

    /// Whether the session is there this many seconds after the start.
    async fn lives_at(&mut self, seconds: u64) -> bool {
        self.at(seconds, |session| !session.is_new() && session.visits() > 0).await.result
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[actix_web::test]
async fn a_session_lives_for_its_lifetime_and_not_a_second_longer() {
    let mut visit = Visit::begin(|builder| builder.refresh(Refresh::OnChange)).await;
    assert!(visit.lives_at(31 * DAY).await);
    assert!(!visit.lives_at(31 * DAY + 1).await);
}

#[actix_web::test]
async fn a_lifetime_of_one_second_ends_on_the_server() {
    let mut visit = Visit::begin(|builder| builder.lifetime(seconds(1)).refresh(Refresh::OnChange)).await;
    assert!(visit.lives_at(1).await);
    assert!(!visit.lives_at(2).await);
}

#[actix_web::test]
async fn a_request_that_takes_longer_than_the_session_would_live_logs_nobody_out() {
    let mut visit = Visit::begin(|builder| builder.lifetime(seconds(900))).await;
    let clock = visit.clock.clone();
    // An upload: it begins a minute after the session was written, and takes 16 of them.
    let upload = visit.at(60, move |_| clock.advance(seconds(960))).await;
    assert_eq!(upload.set_cookies.len(), 1);
    assert!(visit.lives_at(1020 + 900).await);
}

#[actix_web::test]
async fn the_absolute_lifetime_ends_a_session_however_active_it_is() {
    let mut visit = Visit::begin(|builder| builder).await;
    for day in (10..=90).step_by(10) {
        assert!(visit.lives_at(day * DAY).await, "day {day}");
        visit.at(day * DAY, |session| session.increment_visits(1)).await;
    }
    assert!(!visit.lives_at(90 * DAY + 1).await);

    let mut visit = Visit::begin(|builder| builder.absolute_lifetime(None)).await;
    for day in (10..=400).step_by(10) {
        assert!(visit.lives_at(day * DAY).await, "day {day}");
    }
}

#[actix_web::test]
async fn only_a_login_starts_the_absolute_lifetime_again() {
    async fn ends(step: fn(&mut Session<Visitor>)) -> u64 {
        let mut visit = Visit::begin(|builder| builder).await;
        visit.at(10 * DAY, |session| session.set_user("ada")).await;
        visit.at(20 * DAY, step).await;
        for day in (30..=90).step_by(10) {
            visit.at(day * DAY, |session| session.increment_visits(1)).await;
        }
        let mut day = 91;
        while visit.lives_at(day * DAY).await {
            day += 1;
        }
        day - 1
    }
    assert_eq!(ends(|_| ()).await, 100, "from the login on day 10");
    assert_eq!(ends(|session| session.set_user("bob")).await, 110, "another user");
    assert_eq!(ends(|session| session.set_user("ada")).await, 100, "the same user");
    assert_eq!(ends(Session::renew).await, 100);
    assert_eq!(ends(|session| session.clear_user()).await, 100, "a logout of a kind");
    let clear_and_keep = |session: &mut Session<Visitor>| {
        session.clear();
        session.increment_visits(1);
    };
    assert_eq!(ends(clear_and_keep).await, 100, "dropping all keys");
    let clear_and_log_in = |session: &mut Session<Visitor>| {
        session.clear();
        session.set_user("ada");
    };
    assert_eq!(ends(clear_and_log_in).await, 100, "dropping all keys of a user who stays logged in");
    let new = |session: &mut Session<Visitor>| {
        session.purge();
        session.increment_visits(1);
    };
    assert_eq!(ends(new).await, 110, "another session");
}

#[actix_web::test]
async fn a_session_that_is_only_read_is_refreshed_when_its_time_has_come() {
    for (refresh, not_at, at) in [
        (Refresh::AfterTenth, Some(99), Some(100)),
        (Refresh::EveryResponse, None, Some(0)),
        (Refresh::OnChange, Some(1000), None),
        (Refresh::After(seconds(7)), Some(6), Some(7)),
    ] {
        let begin = || Visit::begin(move |builder| builder.lifetime(seconds(1000)).refresh(refresh));
        if let Some(time) = not_at {
            assert_eq!(begin().await.at(time, |session| session.visits()).await.set_cookies, [""; 0], "{refresh:?}");
        }
        if let Some(time) = at {
            let mut visit = begin().await;
            assert_eq!(visit.at(time, |session| session.visits()).await.set_cookies.len(), 1, "{refresh:?}");
            assert!(visit.lives_at(time + 1000).await, "{refresh:?}");
        }
    }
}

#[actix_web::test]
async fn a_session_that_nobody_looks_at_is_not_refreshed() {
    let mut visit = Visit::begin(|builder| builder.refresh(Refresh::EveryResponse)).await;
    let app = init_service(App::new().wrap(visit.sessions.clone()).default_service(web::to(HttpResponse::Ok))).await;
    let response = send(&app, &mut visit.jar, TestRequest::default()).await;
    assert_eq!(set_cookies(response.headers()), [""; 0]);
}

#[actix_web::test]
async fn a_session_past_its_end_is_not_refreshed() {
    let mut visit = Visit::begin(|builder| builder.lifetime(seconds(100))).await;
    assert_eq!(visit.at(101, |session| session.visits()).await.set_cookies, [""; 0]);
}

#[actix_web::test]
async fn a_lifetime_of_its_own_stays_with_the_session() {
    let mut visit = Visit::begin(|builder| builder).await;
    visit.at(0, |session| session.set_lifetime(seconds(60)).unwrap()).await;
    let refreshed = visit.at(30, |session| session.lifetime()).await;
    assert_eq!((refreshed.result, refreshed.set_cookies.len()), (seconds(60), 1));
    assert!(visit.lives_at(90).await);
    assert!(!visit.lives_at(30 + 60 + 61).await);
}

#[actix_web::test]
async fn a_lifetime_of_its_own_is_bounded() {
    let mut visit = Visit::begin(|builder| builder.max_lifetime(seconds(40 * DAY))).await;
    let seen = visit
        .at(0, |session| {
            assert!(session.set_lifetime(Duration::ZERO).is_err());
            assert!(session.set_lifetime(Duration::from_millis(999)).is_err());
            assert!(session.set_lifetime(Duration::MAX).is_err());
            let error = session.set_lifetime(seconds(40 * DAY + 1)).unwrap_err();
            assert!(error.to_string().contains("max_lifetime"), "{error}");
            session.set_lifetime(seconds(40 * DAY)).unwrap();
        })
        .await;
    assert_eq!(seen.set_cookies.len(), 1);
    assert!(visit.lives_at(40 * DAY).await);

    // A release that allows less ends the sessions that were allowed more.
    let mut visit = Visit::begin(|builder| builder).await;
    visit.at(0, |session| session.set_lifetime(seconds(300 * DAY)).unwrap()).await;
    visit.sessions = SessionMiddleware::signed(key())
        .clock(visit.clock.clone())
        .lifetime(seconds(DAY))
        .max_lifetime(seconds(2 * DAY))
        .build()
        .unwrap();
    assert!(!visit.lives_at(2 * DAY + 1).await);
}

#[actix_web::test]
async fn the_browser_is_told_what_is_left_of_a_permanent_session() {
    let mut visit = Visit::begin(|builder| builder.refresh(Refresh::EveryResponse)).await;
    let cookie = visit.at(0, |session| session.set_permanent(true)).await.set_cookies.remove(0);
    assert!(cookie.contains(&format!("; Max-Age={};", 31 * DAY)), "{cookie}");
    for day in [30, 60] {
        visit.at(day * DAY, |session| session.visits()).await;
    }
    let cookie = visit.at(80 * DAY, |session| session.visits()).await.set_cookies.remove(0);
    assert!(cookie.contains(&format!("; Max-Age={};", 10 * DAY)), "the absolute lifetime is nearer: {cookie}");
    let cookie = visit.at(80 * DAY, |session| session.set_permanent(false)).await.set_cookies.remove(0);
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "{cookie}");
}

#[actix_web::test]
async fn new_sessions_are_permanent_where_the_settings_say_so() {
    let mut visit = Visit::begin(|builder| builder.permanent(true)).await;
    assert!(visit.at(0, |session| session.permanent()).await.result);
    visit.at(0, |session| session.set_permanent(false)).await;
    assert!(!visit.at(0, |session| session.permanent()).await.result);
    let after_purge = |session: &mut Session<Visitor>| {
        session.purge();
        session.increment_visits(1);
        session.permanent()
    };
    assert!(visit.at(0, after_purge).await.result);

    let mut jar = Jar::default();
    let chosen = |session: &mut Session<Visitor>| {
        session.set_permanent(false);
        session.increment_visits(1);
    };
    let cookie = visit_once(&visit.sessions, &mut jar, chosen).await;
    assert!(!cookie.contains("Max-Age"), "{cookie}");
}

async fn visit_once(sessions: &SessionMiddleware, jar: &mut Jar, step: fn(&mut Session<Visitor>)) -> String {
    visit(sessions, jar, step).await.set_cookies.remove(0)
}

#[actix_web::test]
async fn clocks_may_differ_by_a_minute_and_no_more() {
    let mut visit = Visit::begin(|builder| builder).await;
    visit.clock.set(START - 60);
    assert!(visit_lives(&mut visit).await);
    visit.clock.set(START - 61);
    assert!(!visit_lives(&mut visit).await);
}

async fn visit_lives(visited: &mut Visit) -> bool {
    visit(&visited.sessions, &mut visited.jar, |session: &mut Session<Visitor>| !session.is_new()).await.result
}

#[actix_web::test]
async fn times_at_the_ends_of_the_range_neither_panic_nor_live() {
    for time in [0, 1, 1 << 31, 1 << 32, 1 << 63, u64::MAX - 1, u64::MAX] {
        let mut visit = Visit::begin(|builder| builder).await;
        visit.clock.set(time);
        visit.jar = Jar::default();
        let step = |session: &mut Session<Visitor>| session.increment_visits(1);
        let seen = crate::support::visit(&visit.sessions, &mut visit.jar, step).await;
        assert_eq!(seen.set_cookies.len(), 1);
        assert!(visit_lives(&mut visit).await, "at its own time {time}");
        visit.clock.set(START);
        assert!(!visit_lives(&mut visit).await, "{time}");
    }
}

#[actix_web::test]
async fn a_second_login_right_after_an_expired_one_works_the_first_time() {
    let mut visit = Visit::begin(|builder| builder).await;
    visit.at(0, |session| session.set_user("ada")).await;
    let login = visit.at(91 * DAY, |session| session.set_user("ada")).await;
    assert_eq!(login.set_cookies.len(), 1);
    assert_eq!(visit.at(91 * DAY, |session| session.user().map(str::to_owned)).await.result.as_deref(), Some("ada"));
    assert!(!visit.at(91 * DAY + 31 * DAY, |session| session.is_new()).await.result);
}

#[actix_web::test]
async fn a_session_with_a_short_lifetime_of_its_own_is_refreshed_in_time() {
    let mut visit = Visit::begin(|builder| builder.refresh(Refresh::After(seconds(3600)))).await;
    visit.at(0, |session| session.set_lifetime(seconds(600)).unwrap()).await;
    for time in (100..=3000).step_by(100) {
        assert!(visit.lives_at(time).await, "{time}");
    }
}

#[actix_web::test]
async fn a_lifetime_of_its_own_stays_where_the_settings_change_to_another() {
    let mut visit = Visit::begin(|builder| builder).await;
    visit.at(0, |session| session.set_lifetime(seconds(31 * DAY)).unwrap()).await;
    visit.sessions = SessionMiddleware::signed(key()).clock(visit.clock.clone()).lifetime(seconds(60)).build().unwrap();
    assert_eq!(visit.at(30 * DAY, |session| session.lifetime()).await.result, seconds(31 * DAY));
}

#[actix_web::test]
async fn a_lifetime_that_is_lowered_goes_for_cookies_from_before_and_in_a_store_from_the_next_write_on() {
    let store = MemoryStore::new();
    let stored = || SessionMiddleware::stored(store.clone(), key()).refresh(Refresh::OnChange);
    let signed = || SessionMiddleware::signed(key()).refresh(Refresh::OnChange);
    for (kind, is_over) in [(&signed as &dyn Fn() -> Builder<SessionMiddleware>, true), (&stored, false)] {
        let clock = ManualClock::at(START);
        let sessions = kind().clock(clock.clone()).build().unwrap();
        let mut visit = Visit { clock: clock.clone(), sessions, jar: Jar::default() };
        visit.at(0, |session| session.increment_visits(1)).await;
        visit.sessions = kind().clock(clock).lifetime(seconds(DAY)).build().unwrap();
        assert!(visit.lives_at(DAY).await);
        assert_eq!(visit.lives_at(DAY + 1).await, !is_over);
        visit.at(2 * DAY, |session| session.increment_visits(1)).await;
        assert!(visit.lives_at(3 * DAY).await && !visit.lives_at(3 * DAY + 1).await);
    }
}

#[actix_web::test]
async fn in_its_last_second_a_session_is_read_and_its_cookie_left_alone() {
    let mut visit = Visit::begin(|builder| builder.permanent(true).refresh(Refresh::EveryResponse)).await;
    for day in [30, 60, 89] {
        visit.at(day * DAY, |session| session.visits()).await;
    }
    let seen = visit.at(90 * DAY, |session| session.visits()).await;
    assert_eq!((seen.result, seen.set_cookies.len()), (1, 0));
}
