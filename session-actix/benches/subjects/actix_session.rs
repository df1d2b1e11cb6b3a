//! actix-session 0.11 with its cookie store, signed and encrypted ("private").

use actix_session::config::CookieContentSecurity;
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};

use super::data::{THEME, USERNAME, VISITS, cart};
use super::{Case, Running, run, set_cookie};

pub(crate) async fn signed(case: Case) -> Running {
    start(case, CookieContentSecurity::Signed).await
}

pub(crate) async fn private(case: Case) -> Running {
    start(case, CookieContentSecurity::Private).await
}

async fn start(case: Case, security: CookieContentSecurity) -> Running {
    let sessions = || {
        SessionMiddleware::builder(CookieSessionStore::default(), Key::from(&[7; 64]))
            .cookie_content_security(security)
            .build()
    };
    let app = App::new().wrap(sessions());
    let app = match case {
        Case::Read | Case::ReadBig => app.route("/", web::get().to(read)),
        Case::Write | Case::WriteBig => app.route("/", web::get().to(write)),
        Case::New => app.route("/", web::get().to(begin)),
        _ => app.route("/", web::get().to(HttpResponse::Ok)),
    };
    let cookie = if case == Case::New {
        None
    } else {
        let first =
            App::new().wrap(sessions()).route("/", web::get().to(begin)).route("/big", web::get().to(begin_big));
        let path = if case.is_big() { "/big" } else { "/" };
        let request = TestRequest::with_uri(path).to_request();
        Some(set_cookie(&call_service(&init_service(first).await, request).await))
    };
    run(case, init_service(app).await, cookie).await
}

async fn read(session: Session) -> HttpResponse {
    assert_eq!(session.get::<u32>("visits").expect("a number"), Some(VISITS));
    HttpResponse::Ok().finish()
}

async fn write(session: Session) -> HttpResponse {
    let visits: u32 = session.get("visits").expect("a number").unwrap_or_default();
    session.insert("visits", visits + 1).expect("it has JSON");
    HttpResponse::Ok().finish()
}

async fn begin(session: Session) -> HttpResponse {
    session.insert("username", USERNAME).expect("it has JSON");
    session.insert("visits", VISITS).expect("it has JSON");
    session.insert("theme", THEME).expect("it has JSON");
    HttpResponse::Ok().finish()
}

async fn begin_big(session: Session) -> HttpResponse {
    session.insert("cart", cart()).expect("it has JSON");
    begin(session).await
}
