//! Engines that are killed, hang, are full, or are replaced, while users work: what was answered stays true, and nobody restarts the application.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse, web};
use futures_util::future::{LocalBoxFuture, join, join_all};
use session_actix::store::{MySqlStore, PostgresStore, RedisStore, SessionStore, SqliteStore};
use session_actix::{Session, SessionData, SessionMiddleware};
use sqlx::Executor as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::engine::Engine;
use crate::support::{Jar, key, set_cookies};

/// Users at once.
const USERS: usize = 12;

/// So many requests in a row must go well for a user to be content.
const CONTENT: u32 = 20;

/// How long a request waits for the store.
const TIMEOUT: Duration = Duration::from_millis(1500);

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    #[session(owner)]
    user: Option<usize>,
    #[session(counter)]
    visits: u32,
}

async fn log_in(mut visitor: Session<Visitor>, user: web::Path<usize>) -> HttpResponse {
    visitor.set_user(*user);
    HttpResponse::Ok().finish()
}

async fn count(mut visitor: Session<Visitor>) -> String {
    visitor.visits += 1;
    format!("{} {}", visitor.user().is_some(), visitor.visits())
}

async fn who(visitor: Session<Visitor>) -> String {
    visitor.user().is_some().to_string()
}

async fn log_out(mut visitor: Session<Visitor>) -> HttpResponse {
    visitor.purge();
    HttpResponse::Ok().finish()
}

async fn no_session() -> &'static str {
    "here"
}

/// An application that can be asked.
type Site = Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>;

struct Answer {
    status: u16,
    set_cookies: Vec<String>,
    text: String,
}

/// What users saw.
struct Tally {
    refused: Cell<u32>,
    answered: Cell<u32>,
    /// Answered with 200, and not so any more.
    lost: Cell<u32>,
    /// How many requests of each user went well in a row.
    in_a_row: Vec<Cell<u32>>,
    /// Cookies of sessions whose end was answered with 200.
    ended: RefCell<Vec<String>>,
    over: Cell<bool>,
}

impl Tally {
    async fn until_content(&self) {
        until("everybody is content", || self.in_a_row.iter().all(|times| times.get() >= CONTENT)).await;
    }

    async fn until_refused(&self) {
        let before = self.refused.get();
        until("users are refused", || self.refused.get() >= before + CONTENT).await;
    }
}

/// Users work while something happens to the store. Gives how much is lost of what was answered with 200.
async fn while_users_work(store: impl SessionStore, fault: impl AsyncFnOnce(&Tally)) -> u32 {
    let site = site(store).await;
    let tally = Tally {
        refused: Cell::default(),
        answered: Cell::default(),
        lost: Cell::default(),
        in_a_row: vec![Cell::default(); USERS],
        ended: RefCell::default(),
        over: Cell::default(),
    };
    let users = join_all((0..USERS).map(|number| User::new(number, &site, &tally).work()));
    let fault = async {
        tally.until_content().await;
        fault(&tally).await;
        tally.in_a_row.iter().for_each(|times| times.set(0));
        tally.until_content().await;
        tally.over.set(true);
    };
    join(users, fault).await;
    for cookie in tally.ended.take() {
        let answer = site(TestRequest::with_uri("/who").insert_header(("cookie", cookie))).await;
        add(&tally.lost, u32::from(answer.text != "false"));
    }
    println!("{} answered, {} refused, {} lost", tally.answered.get(), tally.refused.get(), tally.lost.get());
    tally.lost.get()
}

async fn site(store: impl SessionStore) -> Site {
    let sessions = SessionMiddleware::stored(store, key()).data::<Visitor>().store_timeout(TIMEOUT).build().unwrap();
    let app = App::new()
        .wrap(sessions)
        .route("/log-in/{user}", web::post().to(log_in))
        .route("/count", web::post().to(count))
        .route("/who", web::get().to(who))
        .route("/log-out", web::post().to(log_out))
        .route("/no-session", web::get().to(no_session));
    let app = Rc::new(init_service(app).await);
    Rc::new(move |request| {
        let app = Rc::clone(&app);
        Box::pin(async move {
            let response = call_service(&*app, request.to_request()).await;
            let (status, set_cookies) = (response.status().as_u16(), set_cookies(response.headers()));
            let text = String::from_utf8(read_body(response).await.to_vec()).unwrap();
            Answer { status, set_cookies, text }
        })
    })
}

/// Logs in, counts, logs out, and does it all again.
struct User<'a> {
    number: usize,
    site: &'a Site,
    tally: &'a Tally,
    jar: Jar,
    /// The session has so many visits,
    visits: u32,
    /// and up to so many more: what was refused may have been saved, or will be, since a commit goes on after its request was given up.
    unsure: u32,
}

impl<'a> User<'a> {
    fn new(number: usize, site: &'a Site, tally: &'a Tally) -> Self {
        Self { number, site, tally, jar: Jar::default(), visits: 0, unsure: 0 }
    }

    async fn work(mut self) {
        for turn in self.number.. {
            let went_well = self.take_a_turn(turn).await;
            let in_a_row = &self.tally.in_a_row[self.number];
            in_a_row.set(if went_well { in_a_row.get() + 1 } else { 0 });
            if self.tally.over.get() {
                return;
            }
            // A second try after some time, as a person would.
            actix_web::rt::time::sleep(Duration::from_millis(if went_well { 1 } else { 50 })).await;
        }
    }

    async fn take_a_turn(&mut self, turn: usize) -> bool {
        if self.jar.header().is_empty() {
            (self.visits, self.unsure) = (0, 0);
            return self.post(&format!("/log-in/{}", self.number)).await.is_some();
        }
        if turn.is_multiple_of(17) {
            let cookie = self.jar.header();
            let ended = self.post("/log-out").await.is_some();
            if ended {
                self.tally.ended.borrow_mut().push(cookie);
            }
            return ended;
        }
        let Some(text) = self.post("/count").await else {
            self.unsure += 1;
            return false;
        };
        let (is_logged_in, visits) = text.split_once(' ').unwrap();
        let (visits, expected): (u32, u32) = (visits.parse().unwrap(), self.visits + 1);
        let landed = visits.saturating_sub(expected);
        assert!(
            landed <= self.unsure,
            "{visits} visits, where {expected} were expected and up to {} more",
            self.unsure
        );
        add(&self.tally.lost, expected.saturating_sub(visits));
        (self.visits, self.unsure) = (visits, self.unsure - landed);
        if is_logged_in != "true" {
            add(&self.tally.lost, 1);
            self.jar = Jar::default();
        }
        true
    }

    /// What was answered, or nothing where the store was not there.
    async fn post(&mut self, path: &str) -> Option<String> {
        let request = TestRequest::post().uri(path).insert_header(("cookie", self.jar.header()));
        let answer = (self.site)(request).await;
        self.jar.take_from(answer.set_cookies.iter().map(String::as_str));
        match answer.status {
            200 => {
                add(&self.tally.answered, 1);
                Some(answer.text)
            }
            503 => {
                assert!(path == "/log-out" || answer.set_cookies.is_empty(), "{path} touched the cookie");
                let free = (self.site)(TestRequest::with_uri("/no-session")).await;
                assert_eq!(free.status, 200, "what takes no session works without the store");
                add(&self.tally.refused, 1);
                None
            }
            other => panic!("{path}: {other}"),
        }
    }
}

fn add(cell: &Cell<u32>, number: u32) {
    cell.set(cell.get() + number);
}

/// Waits for something that happens beside.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not in time: {what}");
}

/// Kills an engine and starts it again, while users work.
async fn kill_and_restart(engine: &mut Engine, tally: &Tally) {
    engine.kill();
    tally.until_refused().await;
    until("it answers again", || {
        engine.keep_up();
        engine.answers()
    })
    .await;
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn redis_killed_and_restarted_under_load_loses_nothing() {
    let mut redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    assert_eq!(while_users_work(store, async |tally| kill_and_restart(&mut redis, tally).await).await, 0);
}

#[actix_web::test]
#[ignore = "needs PostgreSQL: ./test.sh installs it"]
async fn postgres_killed_and_restarted_under_load_loses_nothing() {
    let mut postgres = Engine::postgres();
    let store = PostgresStore::connect(&format!("{}/postgres", postgres.url("postgres"))).await.unwrap();
    assert_eq!(while_users_work(store, async |tally| kill_and_restart(&mut postgres, tally).await).await, 0);
}

#[actix_web::test]
#[ignore = "needs MariaDB: ./test.sh installs it"]
async fn mysql_killed_and_restarted_under_load_loses_nothing() {
    let mut mysql = Engine::mysql();
    let store = MySqlStore::connect(&format!("{}/mysql", mysql.url("mysql"))).await.unwrap();
    assert_eq!(while_users_work(store, async |tally| kill_and_restart(&mut mysql, tally).await).await, 0);
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_store_that_hangs_is_given_up_and_found_again() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    let hang = async |tally: &Tally| {
        redis.hang();
        tally.until_refused().await;
        redis.resume();
    };
    assert_eq!(while_users_work(store, hang).await, 0);
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn redis_that_has_no_memory_left_refuses_and_loses_nothing() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    let fill = async |tally: &Tally| {
        redis.ask(&["config", "set", "maxmemory", "1"]);
        tally.until_refused().await;
        redis.ask(&["config", "set", "maxmemory", "0"]);
    };
    assert_eq!(while_users_work(store, fill).await, 0);
}

#[actix_web::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let path = std::env::temp_dir().join(format!("session-test-{}-full.db", std::process::id()));
    // One connection, since the limit is the connection's.
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let site = site(SqliteStore::with_pool(pool.clone()).await.unwrap()).await;
    let post = async |cookie: &str, path: &str| {
        let answer = site(TestRequest::post().uri(path).insert_header(("cookie", cookie))).await;
        let cookie = answer.set_cookies.first().map(|cookie| cookie.split(';').next().unwrap().to_owned());
        (answer.status, cookie, answer.text)
    };
    let mut cookies = vec![post("", "/log-in/1").await.1.unwrap()];
    // SQLite says that the disk is full.
    pool.execute("PRAGMA max_page_count = 20").await.unwrap();
    let refused = loop {
        match post("", "/log-in/1").await {
            (200, Some(cookie), _) => cookies.push(cookie),
            (status, cookie, _) => break (status, cookie),
        }
    };
    assert_eq!(refused, (503, None));
    for cookie in &cookies {
        let who = site(TestRequest::with_uri("/who").insert_header(("cookie", cookie.as_str()))).await;
        assert_eq!((who.status, who.text.as_str()), (200, "true"));
    }
    assert_eq!(post(&cookies[0], "/log-out").await.0, 200, "what ends a session needs no room");
    pool.execute("PRAGMA max_page_count = 1000000").await.unwrap();
    assert_eq!(post(&cookies[1], "/count").await, (200, None, "true 1".to_owned()));
    assert_eq!(post("", "/log-in/1").await.0, 200);
    pool.close().await;
    std::fs::remove_file(path).unwrap();
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_cluster_that_loses_a_primary_goes_on_with_its_replica() {
    let mut nodes = Engine::redis_cluster();
    let store = RedisStore::cluster(nodes.iter().map(|node| node.url("redis"))).await.unwrap();
    let fail_over = async |_: &Tally| {
        nodes[0].kill();
        a_replica_takes_over(&nodes[1]).await;
    };
    let lost = while_users_work(store, fail_over).await;
    println!("Redis Cluster, without `wait_replicas`: {lost} lost that had been answered");
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_cluster_that_waits_for_replicas_loses_nothing_with_a_primary() {
    let mut nodes = Engine::redis_cluster();
    let store = RedisStore::cluster(nodes.iter().map(|node| node.url("redis"))).await.unwrap();
    let store = store.wait_replicas(1, Duration::from_secs(1));
    let fail_over = async |tally: &Tally| {
        nodes[0].kill();
        a_replica_takes_over(&nodes[1]).await;
        // Alone it confirms nothing.
        tally.until_refused().await;
        nodes[0].keep_up();
    };
    assert_eq!(while_users_work(store, fail_over).await, 0);
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_cluster_whose_primary_hangs_goes_on_with_its_replica() {
    let nodes = Engine::redis_cluster();
    let store = RedisStore::cluster(nodes.iter().map(|node| node.url("redis"))).await.unwrap();
    let hang = async |_: &Tally| {
        nodes[0].hang();
        a_replica_takes_over(&nodes[1]).await;
    };
    let lost = while_users_work(store, hang).await;
    println!("Redis Cluster whose primary hangs, without `wait_replicas`: {lost} lost that had been answered");
    nodes[0].resume();
}

/// By what another node says. How many requests are refused until then is up to chance.
async fn a_replica_takes_over(other: &Engine) {
    until("the replica takes over", || {
        let nodes = other.ask(&["cluster", "nodes"]);
        let primaries = nodes.lines().filter(|node| node.contains("master"));
        let (failed, alive): (Vec<_>, Vec<_>) = primaries.partition(|node| node.contains("fail"));
        (failed.len(), alive.len()) == (1, 3)
    })
    .await;
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn sentinels_name_the_next_primary_where_the_first_hangs() {
    let primary = Engine::redis(&[]);
    let (_replica, sentinel) = watched(&primary).await;
    let store = RedisStore::sentinel([sentinel.url("redis")], "redis://sessions").await.unwrap();
    let hang = async |_: &Tally| {
        primary.hang();
        another_is_named(&sentinel, &primary).await;
    };
    let lost = while_users_work(store, hang).await;
    println!("Redis Sentinel whose primary hangs, without `wait_replicas`: {lost} lost that had been answered");
    primary.resume();
}

/// A replica, and a sentinel that knows both.
async fn watched(primary: &Engine) -> (Engine, Engine) {
    let replica = Engine::redis(&["--replicaof", "127.0.0.1", &primary.port.to_string()]);
    until("the replica follows", || replica.ask(&["info", "replication"]).contains("master_link_status:up")).await;
    let sentinel = Engine::redis_sentinel(primary.port);
    until("the sentinel knows both", || sentinel.ask(&["info", "sentinel"]).contains("slaves=1")).await;
    (replica, sentinel)
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn sentinels_name_the_next_primary() {
    let mut primary = Engine::redis(&[]);
    let (_replica, sentinel) = watched(&primary).await;
    let store = RedisStore::sentinel([sentinel.url("redis")], "redis://sessions").await.unwrap();
    let fail_over = async |_: &Tally| {
        primary.kill();
        another_is_named(&sentinel, &primary).await;
    };
    let lost = while_users_work(store, fail_over).await;
    println!("Redis Sentinel, without `wait_replicas`: {lost} lost that had been answered");
}

async fn another_is_named(sentinel: &Engine, primary: &Engine) {
    until("the sentinel names another", || {
        let named = sentinel.ask(&["sentinel", "get-master-addr-by-name", "sessions"]);
        named.lines().nth(1).is_some_and(|port| port != primary.port.to_string())
    })
    .await;
}
