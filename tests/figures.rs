//! What is counted for whoever collects figures.

use std::time::Duration;

use actix_web::{App, web};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use session_actix::testing::{ManualClock, TestClient};
use session_actix::{Session, SessionData, SessionMiddleware};

use crate::faulty_store::{FaultyStore, Mood};
use crate::support::{key, logged_async};

#[derive(SessionData)]
struct Visitor {
    #[session(counter)]
    visits: u32,
}

fn client(sessions: &SessionMiddleware) -> TestClient {
    let app = App::new()
        .wrap(sessions.clone())
        .route(
            "/count",
            web::get().to(async |mut visitor: Session<Visitor>| {
                visitor.increment_visits(1);
                "counted"
            }),
        )
        .route("/look", web::get().to(async |visitor: Session<Visitor>| visitor.visits().to_string()))
        .route(
            "/end",
            web::get().to(async |mut visitor: Session<Visitor>| {
                visitor.purge();
                "ended"
            }),
        )
        .route(
            "/again",
            web::get().to(async |mut visitor: Session<Visitor>| {
                visitor.purge();
                visitor.increment_visits(1);
                "ended, and begun"
            }),
        )
        .route("/large", web::get().to(async |mut any: Session| any.insert("large", "x".repeat(5000)).map(|()| "kept")))
        .route("/untouched", web::get().to(async || "untouched"));
    TestClient::new(app)
}

/// The counters after a run: `name{label=value}` and how often.
fn counted(run: impl Future<Output = ()>) -> Vec<String> {
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, || logged_async(run));
    let mut lines: Vec<String> = recorder
        .snapshotter()
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, _, value)| {
            let (_, key) = key.into_parts();
            let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
            let value = match value {
                DebugValue::Counter(count) => count.to_string(),
                DebugValue::Histogram(times) => {
                    assert!(times.iter().all(|seconds| (0.0..60.0).contains(&seconds.into_inner())));
                    format!("{} times", times.len())
                }
                DebugValue::Gauge(_) => "gauge".into(),
            };
            format!("{}{{{}}} {value}", key.name(), labels.join(","))
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn sessions_in_cookies_are_counted() {
    let lines = counted(async {
        let clock = ManualClock::at(1_700_000_000);
        let sessions = SessionMiddleware::signed(key()).clock(clock.clone()).build().unwrap();
        let mut client = client(&sessions);
        client.get("/untouched").await;
        for path in ["/count", "/count", "/look", "/large"] {
            client.get(path).await;
        }
        clock.advance(Duration::from_secs(10 * 86_400));
        client.get("/look").await;
        let old = client.jar().clone();
        client.get("/end").await;
        clock.advance(Duration::from_secs(40 * 86_400));
        *client.jar_mut() = old;
        client.get("/look").await;
        clock.set(1_600_000_000);
        client.get("/look").await;
        let name = client.jar().names().next().unwrap().to_owned();
        let value = client.jar().get(&name).unwrap().to_owned();
        for wrong in ["nonsense".to_owned(), format!("{value}A"), format!("A{value}")] {
            client.jar_mut().set(&name, &wrong);
            client.get("/look").await;
        }
    });
    assert_eq!(
        lines,
        [
            "session_commits_total{result=ended} 1",
            "session_commits_total{result=failed} 1",
            "session_commits_total{result=saved} 3",
            "session_loads_total{result=absent} 6",
            "session_loads_total{result=loaded} 5",
            "session_refreshes_total{} 1",
            "session_rejects_total{reason=expired} 1",
            "session_rejects_total{reason=future} 1",
            "session_rejects_total{reason=malformed} 2",
            "session_rejects_total{reason=signature} 1",
        ]
    );
}

#[test]
fn sessions_in_stores_are_counted_with_the_time_that_the_store_took() {
    let lines = counted(async {
        let store = FaultyStore::new();
        let sessions = SessionMiddleware::stored(store.clone(), key()).build().unwrap();
        let mut client = client(&sessions);
        for path in ["/untouched", "/look", "/count", "/count", "/look"] {
            client.get(path).await;
        }
        store.be(Mood::Down);
        client.get("/look").await;
        store.be(Mood::Well);
        client.get("/end").await;
    });
    assert_eq!(
        lines,
        [
            "session_commits_total{result=ended} 1",
            "session_commits_total{result=saved} 2",
            "session_loads_total{result=absent} 2",
            "session_loads_total{result=loaded} 3",
            "session_loads_total{result=unavailable} 1",
            "session_store_seconds{operation=create,result=ok} 1 times",
            "session_store_seconds{operation=delete,result=ok} 1 times",
            "session_store_seconds{operation=load,result=error} 1 times",
            "session_store_seconds{operation=load,result=ok} 3 times",
            "session_store_seconds{operation=replace,result=ok} 1 times",
        ]
    );
}

/// A commit is one, wherever the session is kept and whatever it took.
#[test]
fn a_commit_is_counted_once() {
    let of = |sessions: SessionMiddleware| {
        let lines = counted(async {
            let mut client = client(&sessions);
            for path in ["/count", "/again", "/end", "/end", "/look"] {
                client.get(path).await;
            }
        });
        lines.into_iter().filter(|line| line.starts_with("session_commits_total")).collect::<Vec<_>>()
    };
    for sessions in [SessionMiddleware::signed(key()), SessionMiddleware::stored(FaultyStore::new(), key())] {
        let counts = ["session_commits_total{result=ended} 2", "session_commits_total{result=saved} 1"];
        assert_eq!(of(sessions.build().unwrap()), counts);
    }
}
