//! What a request costs, counted by the engines themselves.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::rc::Rc;
use std::time::Duration;

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use session_actix::store::{PostgresStore, RedisStore, SessionStore};
use session_actix::testing::ManualClock;
use session_actix::{Session, SessionData, SessionMiddleware};
use sqlx::Executor as _;
use tokio::sync::Notify;

use crate::engine::Engine;
use crate::support::{Jar, key, visit};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Option<u64>,
    #[session(counter)]
    visits: u32,
}

/// Whose sessions are listed.
#[derive(SessionData)]
#[session(login(user))]
struct Owner {
    #[session(owner)]
    user: Option<u64>,
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn redis_gets_no_more_commands_than_the_docs_say() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    let mut monitor = Monitor::new(&redis);
    requests_cost_what_the_docs_say(store.clone(), 1, async || monitor.commands()).await;
    let sessions = SessionMiddleware::stored(store, key()).data::<Owner>().build().unwrap();
    let mut jar = Jar::default();
    let log_in = |owner: &mut Session<Owner>| owner.set_user(42);
    let log_out = |owner: &mut Session<Owner>| owner.purge();
    // The script of the index is new to the server.
    visit(&sessions, &mut jar, log_in).await;
    visit(&sessions, &mut jar, log_out).await;
    monitor.commands();
    visit(&sessions, &mut jar, log_in).await;
    assert_eq!(monitor.commands(), 2, "a login with an owner's index");
    // It is named in the index for a time before it lives so long, and not the other way round: what comes in between may fail.
    let live_longer = |owner: &mut Session<Owner>| owner.set_lifetime(300 * DAY).unwrap();
    visit(&sessions, &mut jar, live_longer).await;
    let of_sessions: Vec<bool> = monitor.lines().iter().map(|line| line.contains("sessions-of:")).collect();
    assert_eq!(of_sessions, [false, false, true, false], "loaded, not written yet, named in the index, written");
    visit(&sessions, &mut jar, log_out).await;
    assert_eq!(monitor.commands(), 3, "a logout with an owner's index");
}

#[actix_web::test]
#[ignore = "needs PostgreSQL: ./test.sh installs it"]
async fn postgres_gets_no_more_statements_than_the_docs_say() {
    let postgres = Engine::postgres();
    let url = format!("{}/postgres", postgres.url("postgres"));
    let store = PostgresStore::connect(&url).await.unwrap();
    let admin = sqlx::PgPool::connect(&url).await.unwrap();
    admin.execute("CREATE EXTENSION pg_stat_statements").await.unwrap();
    let mut before = 0;
    let statements = async || {
        let count = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE query LIKE '%sessions%'";
        let (all,): (i64,) = sqlx::query_as(count).fetch_one(&admin).await.unwrap();
        u32::try_from(all - std::mem::replace(&mut before, all)).unwrap()
    };
    // A statement that touches no row does not say what is there.
    requests_cost_what_the_docs_say(store, 2, statements).await;
}

/// `commands` gives how many the engine got since the last time.
async fn requests_cost_what_the_docs_say(
    store: impl SessionStore,
    conflict: u32,
    mut commands: impl AsyncFnMut() -> u32,
) {
    let clock = ManualClock::at(1_700_000_000);
    let sessions = SessionMiddleware::stored(store, key()).data::<Visitor>().clock(clock.clone()).build().unwrap();
    let mut jar = Jar::default();
    // Once before, since connections are made and scripts and statements are prepared at the first use.
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits = 1).await;
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits = 2).await;
    clock.advance(4 * DAY);
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits).await;
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.purge()).await;
    commands().await;

    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits).await;
    assert_eq!(commands().await, 0, "no cookie");
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits = 1).await;
    assert_eq!(commands().await, 1, "a new session");

    let (read, go) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
    let slow = {
        let (read, go) = (Rc::clone(&read), Rc::clone(&go));
        move |mut visitor: Session<Visitor>| {
            let (read, go) = (Rc::clone(&read), Rc::clone(&go));
            async move {
                visitor.visits += 1;
                read.notify_one();
                go.notified().await;
                HttpResponse::Ok().finish()
            }
        }
    };
    let app = App::new()
        .wrap(sessions.clone())
        .route("/untouched", web::get().to(async || "here"))
        .route("/slow", web::get().to(slow));
    let app = init_service(app).await;
    let get = |path: &str| TestRequest::with_uri(path).insert_header(("cookie", jar.header())).to_request();
    call_service(&app, get("/untouched")).await;
    assert_eq!(commands().await, 0, "untouched");

    let overlapping = async {
        read.notified().await;
        let mut jar = jar.clone();
        visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits += 1).await;
        go.notify_one();
    };
    let (response, ()) = futures_util::join!(call_service(&app, get("/slow")), overlapping);
    assert_eq!(response.status(), 200);
    let of_both = commands().await;
    assert_eq!(of_both, 4 + conflict, "two requests that read and write, and a conflict");

    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits).await;
    assert_eq!(commands().await, 1, "read");
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits += 1).await;
    assert_eq!(commands().await, 2, "read and write");
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.set_user(42)).await;
    assert_eq!(commands().await, 2, "a login");
    clock.advance(4 * DAY);
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits).await;
    assert_eq!(commands().await, 2, "a refresh");
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.purge()).await;
    assert_eq!(commands().await, 2, "a logout");
}

/// Redis tells what it is asked.
struct Monitor<'a> {
    redis: &'a Engine,
    stream: BufReader<TcpStream>,
    markers: u32,
}

impl<'a> Monitor<'a> {
    fn new(redis: &'a Engine) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", redis.port)).unwrap();
        stream.write_all(b"MONITOR\r\n").unwrap();
        let mut stream = BufReader::new(stream);
        let mut ok = String::new();
        stream.read_line(&mut ok).unwrap();
        assert_eq!(ok, "+OK\r\n");
        Self { redis, stream, markers: 0 }
    }

    fn commands(&mut self) -> u32 {
        u32::try_from(self.lines().len()).unwrap()
    }

    /// The commands since the last time, without those that a script runs.
    fn lines(&mut self) -> Vec<String> {
        self.markers += 1;
        let marker = format!("marker-{}", self.markers);
        self.redis.ask(&["echo", &marker]);
        let mut commands = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.stream.read_line(&mut line).unwrap(), 0, "Redis is gone");
            if line.contains(&marker) {
                return commands;
            }
            let of_a_script = line.contains(" lua] ");
            // What redis-cli asks before it is ready.
            let of_the_tool = line.contains("\"COMMAND\"");
            if !of_a_script && !of_the_tool {
                commands.push(line);
            }
        }
    }
}
