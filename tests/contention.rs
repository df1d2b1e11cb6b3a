//! Thirty-two clients at once on one session, ten thousand times: everything counts, on every store.

use std::rc::Rc;

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use session_actix::store::{MemoryStore, SessionStore};
use session_actix::{Dynamic, Session, SessionData, SessionMiddleware};

use crate::stores;
use crate::support::{Jar, key, visit};

const CLIENTS: u32 = 32;

/// Each with a middleware of its own, as applications on several machines have: within one, requests stand in a line.
const PROCESSES: u32 = 4;

const REQUESTS: u32 = 10_000;

#[derive(SessionData)]
struct Visitor {
    #[session(counter)]
    visits: u32,
}

async fn count_and_write(
    mut visitor: Session<Visitor>,
    mut fields: Session<Dynamic>,
    path: web::Path<(u32, u32)>,
) -> HttpResponse {
    let (client, request) = path.into_inner();
    visitor.visits += 1;
    fields.insert(&format!("of {client}"), request).unwrap();
    HttpResponse::Ok().finish()
}

/// Every request counts, and writes a field that no other client writes.
async fn ten_thousand_requests_all_count(store: impl SessionStore + Clone) {
    let sessions = || SessionMiddleware::stored(store.clone(), key()).build().unwrap();
    let mut apps = Vec::new();
    for _ in 0..PROCESSES {
        let app = App::new().wrap(sessions()).route("/{client}/{request}", web::post().to(count_and_write));
        apps.push(Rc::new(init_service(app).await));
    }
    let sessions = sessions();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.visits = 1).await;
    let cookie = jar.header();
    let last = |client: u32| (REQUESTS - 1 - client) / CLIENTS;
    let clients = (0..CLIENTS).zip(apps.iter().cycle()).map(|(client, app)| {
        let (app, cookie) = (Rc::clone(app), cookie.clone());
        actix_web::rt::spawn(async move {
            for request in 0..=last(client) {
                let path = format!("/{client}/{request}");
                let post = TestRequest::post().uri(&path).insert_header(("cookie", cookie.as_str()));
                let response = call_service(&*app, post.to_request()).await;
                assert_eq!((response.status().as_u16(), response.headers().contains_key("set-cookie")), (200, false));
            }
        })
    });
    let clients: Vec<_> = clients.collect();
    for client in clients {
        client.await.unwrap();
    }
    let read: Visitor = sessions.read(&cookie).await.unwrap().unwrap();
    assert_eq!(read.visits(), 1 + REQUESTS);
    let fields: Dynamic = sessions.read(&cookie).await.unwrap().unwrap();
    for client in 0..CLIENTS {
        assert_eq!(fields.get::<u32>(&format!("of {client}")).unwrap(), Some(last(client)), "{client}");
    }
}

#[actix_web::test]
async fn in_memory() {
    ten_thousand_requests_all_count(MemoryStore::new()).await;
}

#[actix_web::test]
#[ignore = "takes long: ./test.sh runs it"]
async fn in_sqlite() {
    ten_thousand_requests_all_count(stores::sqlite().await).await;
}

#[actix_web::test]
#[ignore = "needs PostgreSQL: ./test.sh starts it"]
async fn in_postgres() {
    ten_thousand_requests_all_count(stores::postgres().await).await;
}

#[actix_web::test]
#[ignore = "needs MariaDB: ./test.sh starts it"]
async fn in_mysql() {
    ten_thousand_requests_all_count(stores::mysql().await).await;
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh starts it"]
async fn in_redis() {
    ten_thousand_requests_all_count(stores::redis().await).await;
}

#[actix_web::test]
#[ignore = "needs Redis Cluster: ./test.sh starts it"]
async fn in_redis_cluster() {
    ten_thousand_requests_all_count(stores::redis_cluster().await).await;
}
