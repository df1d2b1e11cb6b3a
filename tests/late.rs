//! Changes that come too late are refused, and never in silence.

use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use session_actix::Session;

use crate::commit::{Visitor, logged_in, poll_once, read};
use crate::support::{Jar, logged_async, send, sessions, set_cookies};

#[test]
fn what_comes_after_the_response_is_an_error_line_whatever_it_is() {
    for late in [
        |session: &mut Session<Visitor>| session.increment_visits(1),
        |session: &mut Session<Visitor>| session.purge(),
        |session: &mut Session<Visitor>| session.clear(),
        |session: &mut Session<Visitor>| session.renew(),
        |session: &mut Session<Visitor>| session.set_permanent(true),
        |session: &mut Session<Visitor>| session.set_lifetime(std::time::Duration::from_secs(9)).unwrap(),
    ] {
        let ((), log) = logged_async(async {
            let (sender, receiver) = std::sync::mpsc::channel::<Session<Visitor>>();
            let app = App::new().wrap(sessions()).default_service(web::to(move |session: Session<Visitor>| {
                sender.send(session).unwrap();
                async { HttpResponse::Ok().finish() }
            }));
            let app = init_service(app).await;
            let response = send(&app, &mut Jar::default(), TestRequest::default()).await;
            assert_eq!(set_cookies(response.headers()), [""; 0]);
            late(&mut receiver.recv().unwrap());
        });
        assert!(log.contains("ERROR") && log.contains("after the response was sent"), "{log}");
    }
}

#[test]
fn a_change_after_the_request_was_given_up_is_an_error_line() {
    let ((), log) = logged_async(async {
        let (sender, receiver) = std::sync::mpsc::channel::<Session<Visitor>>();
        let app = App::new().wrap(sessions()).default_service(web::to(move |session: Session<Visitor>| {
            sender.send(session).unwrap();
            std::future::pending::<HttpResponse>()
        }));
        let app = init_service(app).await;
        let mut response = Box::pin(app.call(TestRequest::default().to_request()));
        assert!(poll_once(response.as_mut()).is_pending());
        drop(response);
        receiver.recv().unwrap().increment_visits(1);
    });
    assert!(log.contains("ERROR") && log.contains("visits"), "{log}");
}

#[test]
fn an_outdated_view_changes_nothing_of_the_session_that_began_after_a_purge() {
    for outdated in [
        |session: &mut Session<Visitor>| session.clear(),
        |session: &mut Session<Visitor>| session.renew(),
        |session: &mut Session<Visitor>| session.set_permanent(true),
        |session: &mut Session<Visitor>| session.set_lifetime(std::time::Duration::from_secs(9)).unwrap(),
        |session: &mut Session<Visitor>| {
            session.clear();
            session.set_note("from before the end");
        },
    ] {
        let (cookie, log) = logged_async(async {
            let app = init_service(App::new().wrap(sessions()).default_service(web::to(
                move |mut older: Session<Visitor>, mut session: Session<Visitor>| async move {
                    session.purge();
                    session.set_role("fresh as the dew");
                    drop(session);
                    outdated(&mut older);
                    HttpResponse::Ok().finish()
                },
            )))
            .await;
            let mut jar = logged_in().await;
            let response = send(&app, &mut jar, TestRequest::default()).await;
            let after = read(&jar).await.unwrap();
            assert_eq!((after.role(), after.note()), (Some("fresh as the dew"), ""));
            set_cookies(response.headers()).remove(0)
        });
        assert!(!cookie.contains("Max-Age"), "{cookie}");
        assert!(log.contains("purged while it was made"), "{log}");
    }
}
