//! A logout that reads no session, so that it holds while a store does not answer.

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use session_actix::{Session, SessionExt as _};

use crate::faulty_store::Mood;
use crate::stored::{Visitor, faulty, logged_in};
use crate::support::{Jar, send};

#[actix_web::test]
async fn a_logout_that_reads_nothing_removes_the_cookie_while_the_store_is_down() {
    let logout = async |request: HttpRequest| request.purge_session::<Visitor>().map(|()| HttpResponse::Ok());
    for mood in [Mood::Down, Mood::Hangs] {
        let (store, sessions) = faulty();
        let mut jar = logged_in(&sessions).await;
        let before = jar.header();
        let app = init_service(App::new().wrap(sessions.clone()).default_service(web::to(logout))).await;
        store.be(mood);
        let response = send(&app, &mut jar, TestRequest::default()).await;
        assert_eq!((response.status(), jar.header().as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
        store.be(Mood::Well);
        assert!(sessions.read::<Visitor>(&before).await.unwrap().is_some(), "the store does not know of it");
        jar.set_pair(&before);
        assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), StatusCode::OK);
        assert!(jar.header().is_empty() && sessions.read::<Visitor>(&before).await.unwrap().is_none());
    }
}

#[actix_web::test]
async fn views_from_before_change_nothing_and_later_ones_begin_anew() {
    let (_, sessions) = faulty();
    let mut jar = logged_in(&sessions).await;
    let handler = async |mut before: Session<Visitor>, request: HttpRequest| {
        request.purge_session::<Visitor>().unwrap();
        before.visits += 1;
        drop(before);
        let mut after = request.session::<Visitor>().await.unwrap();
        assert!(after.is_new() && after.user.is_none());
        after.visits += 7;
        HttpResponse::Ok().finish()
    };
    let app = init_service(App::new().wrap(sessions.clone()).default_service(web::to(handler))).await;
    send(&app, &mut jar, TestRequest::default()).await;
    let visitor = sessions.read::<Visitor>(&jar.header()).await.unwrap().unwrap();
    assert_eq!((visitor.user, visitor.visits), (None, 7));
}

#[actix_web::test]
async fn what_no_middleware_serves_cannot_be_ended() {
    let handler = async |request: HttpRequest| request.purge_session::<Visitor>().map(|()| HttpResponse::Ok());
    let app = init_service(App::new().default_service(web::to(handler))).await;
    let response = send(&app, &mut Jar::default(), TestRequest::default()).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}
