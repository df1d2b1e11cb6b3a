//! What is saved, when, and with which response.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use actix_http::Request;
use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use session_actix::{Session, SessionData, SessionExt, SessionMiddleware};

use crate::support::{Jar, Seen, key, logged_async, send, sessions, set_cookies, visit, visit_with};

#[derive(SessionData)]
#[session(login(user))]
pub struct Visitor {
    user: Option<String>,
    #[session(privileged)]
    role: Option<String>,
    #[session(counter)]
    visits: u32,
    note: String,
}

/// Another part of the application with its own view of the same session.
#[derive(SessionData)]
struct Shop {
    cart: Vec<String>,
    #[session(counter)]
    visits: u32,
}

/// A jar with the session of a user who may do something.
pub async fn logged_in() -> Jar {
    let mut visitor = Visitor::empty();
    visitor.set_user("ada.lovelace");
    visitor.set_role("administrator");
    visitor.set_visits(3);
    let mut jar = Jar::default();
    jar.set_pair(&sessions().cookie_for(&visitor).await.unwrap());
    jar
}

async fn answered<R: 'static>(
    jar: &mut Jar,
    status: u16,
    step: impl FnOnce(&mut Session<Visitor>) -> R + 'static,
) -> Seen<R> {
    visit_with(&sessions(), jar, (TestRequest::default(), status), step).await
}

pub async fn read(jar: &Jar) -> Option<Visitor> {
    sessions().read(&jar.header()).await.unwrap()
}

#[actix_web::test]
async fn every_status_below_500_saves_everything() {
    for status in [200, 204, 301, 302, 303, 304, 400, 401, 403, 404, 409, 422, 499] {
        let mut jar = logged_in().await;
        let seen = answered(&mut jar, status, |session| session.set_note("noted with a status")).await;
        assert_eq!(seen.set_cookies.len(), 1, "{status}");
        assert_eq!(read(&jar).await.unwrap().note(), "noted with a status", "{status}");
    }
}

#[actix_web::test]
async fn a_server_error_saves_only_the_end_and_the_loss_of_a_privilege() {
    for status in [500, 502, 503, 599] {
        let sent = async |step: fn(&mut Session<Visitor>)| {
            let mut jar = logged_in().await;
            let seen = answered(&mut jar, status, step).await;
            (seen.set_cookies.len(), read(&jar).await)
        };
        for nothing in [
            |session: &mut Session<Visitor>| session.increment_visits(1),
            |session: &mut Session<Visitor>| session.set_role("emperor of all"),
            |session: &mut Session<Visitor>| session.set_user("bob.the.second"),
            |session: &mut Session<Visitor>| session.set_permanent(true),
            |session: &mut Session<Visitor>| session.renew(),
        ] {
            let (cookies, after) = sent(nothing).await;
            assert_eq!((cookies, after.unwrap().visits()), (0, 3), "{status}");
        }
        let (_, after) = sent(|session| {
            session.clear_role();
            session.increment_visits(1);
        })
        .await;
        let after = after.unwrap();
        assert_eq!((after.role(), after.user(), after.visits()), (None, Some("ada.lovelace"), 3), "{status}");
        let (_, after) = sent(|session| session.clear_user()).await;
        assert_eq!(after.unwrap().user(), None, "{status}");
        let (_, after) = sent(Session::clear).await;
        let after = after.unwrap();
        assert_eq!((after.user(), after.role()), (None, None), "{status}");
        let (cookies, after) = sent(|session| {
            session.purge();
            session.set_note("of the next session".to_owned());
        })
        .await;
        assert!(cookies == 1 && after.is_none(), "{status}");
    }
}

#[test]
fn a_line_says_what_a_server_error_did_not_save_where_there_was_something() {
    let logged = |status: u16, step: fn(&mut Session<Visitor>)| {
        let ((), log) = logged_async(async move {
            let mut jar = logged_in().await;
            answered(&mut jar, status, step).await;
        });
        log.contains("changes are not saved because the response is a server error").then_some(log)
    };
    let log = logged(500, |session| session.set_note("this is not saved")).unwrap();
    assert!(log.contains("keys=[\"note\"]") && !log.contains("this is not saved"), "{log}");
    assert!(logged(500, |session| assert_eq!(session.visits(), 3)).is_none(), "nothing was changed");
    assert!(logged(200, |session| session.set_note("this is saved")).is_none());
}

/// Whose rights are no `Option`s.
#[derive(SessionData)]
#[session(login(name))]
struct Staff {
    name: Option<String>,
    #[session(privileged)]
    admin: bool,
    #[session(privileged, default = 1)]
    level: u8,
    #[session(privileged, default = true)]
    may_post: bool,
    #[session(privileged)]
    teams: Vec<String>,
}

#[actix_web::test]
async fn a_privilege_that_is_no_option_is_given_up_on_a_server_error_too() {
    let rights = async |jar: &Jar| {
        let staff = sessions().read::<Staff>(&jar.header()).await.unwrap().unwrap();
        (staff.name.is_some(), staff.admin, staff.level, staff.teams, staff.may_post)
    };
    let mut jar = Jar::default();
    visit(&sessions(), &mut jar, |staff: &mut Session<Staff>| {
        staff.set_name("ada");
        (staff.admin, staff.level, staff.teams) = (true, 7, vec!["core".into()]);
    })
    .await;
    let step = async |jar: &mut Jar, step: fn(&mut Session<Staff>)| {
        visit_with(&sessions(), jar, (TestRequest::default(), 500), step).await;
        rights(jar).await
    };
    let core = || vec![String::from("core")];
    let all = (true, true, 7, core(), true);
    assert_eq!(step(&mut jar, |staff| staff.level = 9).await, all, "that is more");
    assert_eq!(step(&mut jar, |staff| staff.level = 0).await, all, "whether a number is less nobody knows");
    assert_eq!(step(&mut jar, |staff| staff.level = 1).await, all);
    assert_eq!(step(&mut jar, |staff| staff.admin = false).await, (true, false, 7, core(), true));
    assert_eq!(step(&mut jar, |staff| staff.admin = true).await, (true, false, 7, core(), true), "that is more again");
    let give_up = |staff: &mut Session<Staff>| (staff.teams, staff.may_post) = (Vec::new(), false);
    assert_eq!(step(&mut jar, give_up).await, (true, false, 7, vec![], false));
    assert_eq!(step(&mut jar, |staff| staff.may_post = true).await, (true, false, 7, vec![], false));

    // By name, where the struct is registered.
    let sessions = SessionMiddleware::signed(key()).data::<Staff>().build().unwrap();
    let grant = |session: &mut Session| session.insert("admin", true).unwrap();
    visit(&sessions, &mut jar, grant).await;
    let take = |session: &mut Session| session.insert("admin", false).unwrap();
    visit_with(&sessions, &mut jar, (TestRequest::default(), 500), take).await;
    assert!(!rights(&jar).await.1);
}

#[actix_web::test]
async fn a_server_error_saves_everything_where_the_settings_say_so() {
    let sessions = SessionMiddleware::signed(key()).commit_on_server_error(true).build().unwrap();
    let mut jar = logged_in().await;
    let step = |session: &mut Session<Visitor>| session.increment_visits(1);
    visit_with(&sessions, &mut jar, (TestRequest::default(), 500), step).await;
    assert_eq!(read(&jar).await.unwrap().visits(), 4);
}

#[actix_web::test]
async fn views_of_different_structs_are_merged_and_keep_what_they_do_not_name() {
    let app = init_service(App::new().wrap(sessions()).default_service(web::to(
        async |mut visitor: Session<Visitor>, mut shop: Session<Shop>, mut any: Session| {
            visitor.set_note("from the visitor");
            visitor.increment_visits(1);
            shop.cart_mut().push("a pot of tea".into());
            shop.increment_visits(10);
            any.insert_raw("raw", r#"{"kept" : [1, 2.50, 123456789012345678901234567890]}"#).unwrap();
            HttpResponse::Ok().finish()
        },
    )))
    .await;
    let mut jar = logged_in().await;
    send(&app, &mut jar, TestRequest::default()).await;
    let visitor = read(&jar).await.unwrap();
    assert_eq!((visitor.user(), visitor.note(), visitor.visits()), (Some("ada.lovelace"), "from the visitor", 14));
    let seen = visit(&sessions(), &mut jar, |shop: &mut Session<Shop>| {
        shop.cart_mut().push("milk for it".into());
        shop.cart().len()
    })
    .await;
    assert_eq!(seen.result, 2);
    let raw = visit(&sessions(), &mut jar, |any: &mut Session| any.raw("raw").map(str::to_owned)).await.result;
    assert_eq!(raw.as_deref(), Some(r#"{"kept" : [1, 2.50, 123456789012345678901234567890]}"#));
}

#[actix_web::test]
async fn a_later_view_sees_what_earlier_ones_changed() {
    let app =
        init_service(App::new().wrap(sessions()).default_service(web::to(async |request: actix_web::HttpRequest| {
            request.session::<Visitor>().await?.increment_visits(1);
            let view = request.session::<Visitor>().await?;
            request.session::<Visitor>().await?.increment_visits(1);
            let seen = (view.visits(), request.session::<Visitor>().await?.visits());
            Ok::<_, session_actix::SessionError>(format!("{seen:?}"))
        })))
        .await;
    let mut jar = logged_in().await;
    assert_eq!(crate::support::text(&app, &mut jar, "/").await, "(4, 5)");
}

#[test]
fn purge_ends_the_epoch_and_what_older_views_changed_is_dropped_with_a_log_line() {
    let (after, log) = logged_async(async {
        let app = init_service(App::new().wrap(sessions()).default_service(web::to(
            async |mut older: Session<Visitor>, mut purging: Session<Visitor>| {
                older.set_note("from before the end");
                purging.increment_visits(1);
                purging.purge();
                assert!(purging.is_new() && purging.user().is_none() && purging.visits() == 0);
                purging.set_role("fresh as the dew");
                drop(purging);
                drop(older);
                HttpResponse::Ok().finish()
            },
        )))
        .await;
        let mut jar = logged_in().await;
        send(&app, &mut jar, TestRequest::default()).await;
        read(&jar).await.unwrap()
    });
    assert_eq!((after.user(), after.note(), after.visits(), after.role()), (None, "", 0, Some("fresh as the dew")));
    assert!(log.contains("purged while it was made") && log.contains("note"), "{log}");
}

#[actix_web::test]
async fn a_field_of_the_wrong_type_takes_its_default_and_stays_until_it_is_set() {
    #[derive(SessionData)]
    struct Old {
        note: u8,
        visits: String,
    }
    let mut jar = Jar::default();
    let old = Old { note: 7, visits: "many of them".into() };
    jar.set_pair(&sessions().cookie_for(&old).await.unwrap());
    let seen = answered(&mut jar, 200, |session| {
        session.set_role("unrelated change");
        (session.note().to_owned(), session.visits())
    })
    .await;
    assert_eq!(seen.result, (String::new(), 0));
    let kept = sessions().read::<Old>(&jar.header()).await.unwrap().unwrap();
    assert_eq!((kept.note, kept.visits.as_str()), (7, "many of them"), "the old release still reads it");
    answered(&mut jar, 200, |session| session.set_note("a new note")).await;
    assert_eq!(read(&jar).await.unwrap().note(), "a new note");
}

#[test]
fn a_field_of_the_wrong_type_is_a_warning_without_the_value() {
    #[derive(SessionData)]
    struct Old {
        visits: String,
    }
    let (_, log) = logged_async(async {
        let mut jar = Jar::default();
        jar.set_pair(&sessions().cookie_for(&Old { visits: "a private number".into() }).await.unwrap());
        answered(&mut jar, 200, |session| session.visits()).await
    });
    assert!(log.contains("WARN") && log.contains("visits") && !log.contains("private number"), "{log}");
}

#[actix_web::test]
async fn a_privileged_field_of_the_wrong_type_logs_nobody_in() {
    #[derive(SessionData)]
    struct Old {
        user: Option<String>,
        role: Vec<u8>,
    }
    let mut jar = Jar::default();
    let old = Old { user: Some("ada.lovelace".into()), role: vec![1] };
    jar.set_pair(&sessions().cookie_for(&old).await.unwrap());
    let user = answered(&mut jar, 200, |session| session.user().map(str::to_owned)).await.result;
    assert_eq!(user, None);
}

#[actix_web::test]
async fn an_empty_session_is_not_created() {
    for nothing in [
        |_: &mut Session<Visitor>| (),
        |session: &mut Session<Visitor>| session.set_permanent(true),
        |session: &mut Session<Visitor>| session.clear(),
        |session: &mut Session<Visitor>| session.renew(),
        |session: &mut Session<Visitor>| session.purge(),
        |session: &mut Session<Visitor>| session.set_lifetime(std::time::Duration::from_secs(60)).unwrap(),
        |session: &mut Session<Visitor>| {
            session.set_role("for a moment");
            session.clear_role();
        },
    ] {
        assert_eq!(answered(&mut Jar::default(), 200, nothing).await.set_cookies, [""; 0]);
    }
}

#[actix_web::test]
async fn the_last_keys_removal_removes_the_cookie() {
    let mut jar = Jar::default();
    answered(&mut jar, 200, |session| session.set_role("the only key")).await;
    assert!(jar.get("__Host-session").is_some());
    answered(&mut jar, 200, |session| session.clear_role()).await;
    assert_eq!(jar.get("__Host-session"), None);
}

#[actix_web::test]
async fn reading_never_clears_a_cookie() {
    let mut jar = Jar::default();
    jar.set("__Host-session", "anything.at.all");
    assert_eq!(answered(&mut jar, 200, |session| session.visits()).await.set_cookies, [""; 0]);
    assert_eq!(answered(&mut jar, 500, |session| session.visits()).await.set_cookies, [""; 0]);
    assert_eq!(jar.get("__Host-session"), Some("anything.at.all"));
    let purged = answered(&mut jar, 200, Session::purge).await;
    assert_eq!(purged.set_cookies.len(), 1, "and purging clears what is not even ours");
    assert_eq!(jar.get("__Host-session"), None);
}

#[actix_web::test]
async fn a_request_given_up_saves_nothing_and_leaves_nothing_for_the_next_one() {
    /// Waits for ever, with a change in its hands.
    async fn hang(mut session: Session<Visitor>) -> HttpResponse {
        session.set_note("of a request given up");
        drop(session);
        std::future::pending().await
    }
    let look = async |session: Session<Visitor>| format!("{:?} {}", session.user(), session.note());
    let app = init_service(
        App::new().wrap(sessions()).route("/hang", web::get().to(hang)).route("/look", web::get().to(look)),
    )
    .await;
    let jar = logged_in().await;
    for _ in 0..100 {
        let request = TestRequest::with_uri("/hang").insert_header(("cookie", jar.header())).to_request();
        let mut response = Box::pin(app.call(request));
        assert!(poll_once(response.as_mut()).is_pending());
        drop(response);
        assert_eq!(crate::support::text(&app, &mut Jar::default(), "/look").await, "None ");
    }
    let mut jar = jar;
    assert_eq!(crate::support::text(&app, &mut jar, "/look").await, r#"Some("ada.lovelace") "#);
}

#[actix_web::test]
async fn requests_that_overlap_do_not_see_each_other() {
    let slow = async |mut session: Session<Visitor>| {
        session.increment_visits(1);
        yield_once().await;
        format!("{:?} {}", session.user(), session.visits())
    };
    let app = init_service(App::new().wrap(sessions()).default_service(web::to(slow))).await;
    let ada = logged_in().await;
    let call = |cookie: &str| {
        let request: Request = TestRequest::default().insert_header(("cookie", cookie.to_owned())).to_request();
        Box::pin(app.call(request))
    };
    let mut of_ada: Vec<_> = (0..50).map(|_| call(&ada.header())).collect();
    let mut of_nobody: Vec<_> = (0..50).map(|_| call("")).collect();
    for response in of_ada.iter_mut().chain(&mut of_nobody) {
        assert!(poll_once(response.as_mut()).is_pending());
    }
    for (calls, expected) in [(of_nobody, "None 1"), (of_ada, r#"Some("ada.lovelace") 4"#)] {
        for response in calls {
            let response = response.await.unwrap();
            assert_eq!(set_cookies(response.headers()).len(), 1);
            assert_eq!(actix_web::test::read_body(response).await, expected);
        }
    }
}

pub fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[actix_web::test]
async fn a_counter_whose_type_became_smaller_counts_on_from_its_default() {
    #[derive(SessionData)]
    struct Wide {
        #[session(counter)]
        visits: u32,
    }
    #[derive(SessionData)]
    struct Narrow {
        #[session(counter)]
        visits: u8,
    }
    let mut jar = Jar::default();
    jar.set_pair(&sessions().cookie_for(&Wide { visits: 300 }).await.unwrap());
    let step = |session: &mut Session<Narrow>| {
        assert_eq!(session.visits(), 0);
        session.set_visits(9);
    };
    visit(&sessions(), &mut jar, step).await;
    assert_eq!(visit(&sessions(), &mut jar, |session: &mut Session<Narrow>| session.visits()).await.result, 9);
}

#[actix_web::test]
async fn what_needs_a_store_says_so_and_never_ok() {
    let sessions = sessions();
    let error = sessions.sessions_of("42").await.unwrap_err();
    assert!(error.is_unsupported() && error.to_string().contains("kept in a store"), "{error}");
    assert!(sessions.revoke_owner("42").await.unwrap_err().is_unsupported());
    let mut jar = logged_in().await;
    assert_eq!(answered(&mut jar, 200, |session| session.session_id()).await.result, None);
}
