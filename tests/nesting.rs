//! Several session middlewares around one handler.

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use session_actix::{Session, SessionExt, SessionMiddleware};

use crate::commit::{Visitor, logged_in, read};
use crate::support::{logged_async, send, sessions, set_cookies};

#[actix_web::test]
async fn the_middleware_wrapped_twice_is_one() {
    let app = init_service(
        App::new()
            .service(
                web::scope("/in")
                    .wrap(sessions())
                    .route(
                        "/count",
                        web::get().to(async |mut session: Session<Visitor>| {
                            session.increment_visits(1);
                            session.visits().to_string()
                        }),
                    )
                    .route(
                        "/purge",
                        web::get().to(async |mut session: Session<Visitor>| {
                            session.purge();
                            HttpResponse::Ok().finish()
                        }),
                    ),
            )
            .wrap(actix_web::middleware::from_fn(also_note))
            .wrap(sessions()),
    )
    .await;
    let mut jar = logged_in().await;
    for visits in ["4", "5"] {
        assert_eq!(crate::support::text(&app, &mut jar, "/in/count").await, visits);
    }
    assert_eq!(read(&jar).await.unwrap().note(), "noted around it");
    let response = send(&app, &mut jar, TestRequest::with_uri("/in/purge")).await;
    assert_eq!(set_cookies(response.headers()).len(), 1);
    assert!(read(&jar).await.is_none());
}

/// A middleware between the two.
async fn also_note(
    request: actix_web::dev::ServiceRequest,
    next: actix_web::middleware::Next<impl actix_web::body::MessageBody>,
) -> Result<actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>, actix_web::Error> {
    request.session::<Visitor>().await?.set_note("noted around it");
    next.call(request).await
}

#[test]
fn two_different_middlewares_of_one_cookie_are_an_error_line() {
    let (visits, log) = logged_async(async {
        let other = SessionMiddleware::signed(crate::support::key_of(9)).build().unwrap();
        let count = async |mut session: Session<Visitor>| {
            session.increment_visits(1);
            session.visits().to_string()
        };
        let app = init_service(
            App::new().service(web::scope("").wrap(other).default_service(web::to(count))).wrap(sessions()),
        )
        .await;
        let mut jar = logged_in().await;
        crate::support::text(&app, &mut jar, "/").await
    });
    assert_eq!(visits, "4", "the outer one serves");
    assert!(log.contains("ERROR") && log.contains("two different session middlewares of one cookie"), "{log}");
}
