//! Responses that fail, and sessions that cannot be saved: nothing is half done, and no logout is lost.

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use session_actix::{Session, SessionData, SessionExt, SessionMiddleware};

use crate::commit::{Visitor, logged_in, read};
use crate::support::{Jar, key, logged_async, send, sessions, set_cookies, visit};
use actix_web::dev::Service;

#[actix_web::test]
async fn a_change_that_cannot_be_saved_does_not_undo_a_logout() {
    let unwritable = || std::collections::BTreeMap::from([((1u8, 2u8), 3u8)]);
    for purge in [
        |session: &mut Session<Visitor>| {
            session.purge();
            session.set_note("n".repeat(5000));
        },
        |session: &mut Session<Visitor>| {
            session.clear_user();
            session.set_note("n".repeat(5000));
        },
    ] {
        let mut jar = logged_in().await;
        let app = init_service(App::new().wrap(sessions()).default_service(web::to(
            move |mut session: Session<Visitor>| async move {
                purge(&mut session);
                HttpResponse::Ok().finish()
            },
        )))
        .await;
        assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), 500);
        assert!(read(&jar).await.is_none_or(|visitor| visitor.user().is_none()));
    }

    let mut jar = logged_in().await;
    let app = init_service(App::new().wrap(sessions()).default_service(web::to(
        move |mut session: Session<Visitor>, mut odd: Session<Odd>| async move {
            session.purge();
            odd.purge();
            odd.map = unwritable();
            HttpResponse::Ok().finish()
        },
    )))
    .await;
    assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), 500);
    assert!(read(&jar).await.is_none());
}

/// A field that compiles and cannot be written as JSON.
#[derive(SessionData)]
struct Odd {
    map: std::collections::BTreeMap<(u8, u8), u8>,
}

#[actix_web::test]
async fn what_could_not_be_read_again_is_not_written() {
    #[derive(SessionData)]
    struct Deep {
        value: serde_json::Value,
    }
    /// A map that has a key twice.
    #[derive(Default, serde::Deserialize)]
    struct Twice;
    impl serde::Serialize for Twice {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([("same", 1), ("same", 2)])
        }
    }
    #[derive(SessionData)]
    struct Duplicate {
        value: Option<Twice>,
    }
    async fn refused<T: SessionData>(step: fn(&mut Session<T>)) {
        let app = init_service(App::new().wrap(sessions()).default_service(web::to(
            move |mut session: Session<T>| async move {
                step(&mut session);
                HttpResponse::Ok().finish()
            },
        )))
        .await;
        let mut jar = logged_in().await;
        assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), 500);
        assert_eq!(read(&jar).await.unwrap().user(), Some("ada.lovelace"), "the session is as it was");
    }
    refused::<Deep>(|session| {
        session.value = (0..100).fold(serde_json::Value::Null, |inner, _| serde_json::json!([inner]));
    })
    .await;
    refused::<Duplicate>(|session| session.value = Some(Twice)).await;
}

#[actix_web::test]
async fn the_failure_of_one_session_does_not_lose_the_cookie_of_another() {
    #[derive(SessionData)]
    #[session(scope = "admin")]
    struct Admin {
        blob: String,
    }
    let admin = SessionMiddleware::signed(key()).scope("admin").build().unwrap();
    let app = init_service(App::new().wrap(sessions()).wrap(admin).default_service(web::to(
        async |mut session: Session<Visitor>, mut admin: Session<Admin>| {
            session.purge();
            admin.set_blob("b".repeat(5000));
            HttpResponse::Ok().finish()
        },
    )))
    .await;
    let mut jar = logged_in().await;
    let response = send(&app, &mut jar, TestRequest::default()).await;
    assert_eq!((response.status().as_u16(), set_cookies(response.headers()).len()), (500, 1));
    assert!(read(&jar).await.is_none());
}

#[actix_web::test]
async fn a_session_that_no_longer_fits_can_still_be_read() {
    let mut jar = logged_in().await;
    let smaller = SessionMiddleware::signed(key())
        .max_cookie_bytes(100)
        .refresh(session_actix::Refresh::EveryResponse)
        .build()
        .unwrap();
    let seen = visit(&smaller, &mut jar, |session: &mut Session<Visitor>| session.visits()).await;
    assert_eq!((seen.result, seen.set_cookies.len()), (3, 0));
}

#[actix_web::test]
async fn a_session_kept_in_a_skipped_field_is_odd_and_no_panic() {
    #[derive(SessionData)]
    struct Nested {
        #[session(skip)]
        inner: Option<Session<Visitor>>,
        number: u8,
    }
    let app = init_service(App::new().wrap(sessions()).default_service(web::to(
        async |mut outer: Session<Nested>, mut inner: Session<Visitor>| {
            inner.increment_visits(1);
            outer.inner = Some(inner);
            outer.number = 1;
            outer.clear();
            HttpResponse::Ok().finish()
        },
    )))
    .await;
    assert_eq!(send(&app, &mut logged_in().await, TestRequest::default()).await.status(), 200);
}

#[actix_web::test]
async fn a_value_that_cannot_be_written_does_not_undo_a_logout_of_the_same_view() {
    #[derive(SessionData)]
    #[session(login(user))]
    struct OddVisitor {
        user: Option<String>,
        map: std::collections::BTreeMap<(u8, u8), u8>,
    }
    let app =
        init_service(App::new().wrap(sessions()).default_service(web::to(async |mut session: Session<OddVisitor>| {
            session.clear_user();
            session.map.insert((1, 2), 3);
            HttpResponse::Ok().finish()
        })))
        .await;
    let mut jar = logged_in().await;
    assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), 500);
    assert_eq!(read(&jar).await.unwrap().user(), None);
}

#[actix_web::test]
async fn a_logout_from_a_session_that_no_longer_fits_ends_it() {
    let mut jar = logged_in().await;
    let smaller = SessionMiddleware::signed(key()).max_cookie_bytes(100).build().unwrap();
    let app = init_service(App::new().wrap(smaller).default_service(web::to(async |mut session: Session<Visitor>| {
        session.clear_user();
        HttpResponse::Ok().finish()
    })))
    .await;
    assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), 500);
    assert!(read(&jar).await.is_none());
}

#[actix_web::test]
async fn the_status_of_the_response_that_is_sent_decides_what_is_saved() {
    /// Says nothing of its status, and answers with a redirect.
    #[derive(Debug)]
    struct Elsewhere;
    impl std::fmt::Display for Elsewhere {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("elsewhere")
        }
    }
    impl actix_web::ResponseError for Elsewhere {
        fn error_response(&self) -> HttpResponse {
            HttpResponse::SeeOther().insert_header(("location", "/")).finish()
        }
    }
    let refuse = actix_web::middleware::from_fn(
        async |request: actix_web::dev::ServiceRequest, next: actix_web::middleware::Next<actix_web::body::BoxBody>| {
            request.session::<Visitor>().await?.set_note("noted on the way");
            drop(next);
            Err::<actix_web::dev::ServiceResponse, actix_web::Error>(Elsewhere.into())
        },
    );
    let app =
        init_service(App::new().service(web::resource("/").wrap(refuse).wrap(sessions()).to(HttpResponse::Ok))).await;
    let error = app.call(TestRequest::default().to_request()).await.map(|response| response.status());
    let response = match error {
        Ok(status) => panic!("{status}"),
        Err(error) => error.error_response(),
    };
    assert_eq!((response.status().as_u16(), set_cookies(response.headers()).len()), (303, 1));
}

/// An error of a middleware is asked for its response by the session's, which wants its status, and by actix-web.
#[test]
fn an_error_is_logged_once_however_often_it_is_asked_for_its_response() {
    #[derive(SessionData)]
    struct Secretive {
        #[session(secret)]
        note: Option<String>,
    }

    let (status, log) = logged_async(async {
        let refuse = actix_web::middleware::from_fn(
            async |request: actix_web::dev::ServiceRequest,
                   next: actix_web::middleware::Next<actix_web::body::BoxBody>| {
                request.session::<Secretive>().await?.note = None;
                next.call(request).await
            },
        );
        let site = web::resource("/").wrap(refuse).wrap(sessions()).to(HttpResponse::Ok);
        let app = init_service(App::new().service(site)).await;
        let error = app.call(TestRequest::default().to_request()).await.err().unwrap();
        error.error_response().status()
    });
    assert_eq!(status, 500);
    assert_eq!(log.matches("a session could not be used").count(), 1, "{log}");
}

/// A queue that cannot be read again would be taken for an empty one, and all its messages for shown.
#[actix_web::test]
async fn a_queue_that_cannot_be_read_again_loses_nothing() {
    use session_actix::{Field, Fields, Values};

    struct Notices(Vec<String>);

    impl SessionData for Notices {
        const FIELDS: &'static [Field] = &[Field::queue("notices")];

        fn decode_fields(fields: &Fields<'_>) -> Self {
            Self(fields.get("notices").unwrap_or_default())
        }

        fn encode_fields(&self, values: &mut Values) {
            #[derive(serde::Serialize)]
            struct Entry {
                text: u32,
                #[serde(flatten)]
                again: std::collections::BTreeMap<String, u32>,
            }

            if self.0.iter().any(|text| text == "broken") {
                let again = std::collections::BTreeMap::from([("text".to_owned(), 2)]);
                values.put("notices", &[Entry { text: 1, again }]);
            } else {
                values.put("notices", &self.0);
            }
        }
    }

    let (sessions, mut jar) = (sessions(), Jar::default());
    visit(&sessions, &mut jar, |notices: &mut Session<Notices>| notices.0.push("one".into())).await;
    let app = App::new().wrap(sessions.clone()).default_service(web::to(async |mut notices: Session<Notices>| {
        notices.0.push("broken".into());
        HttpResponse::Ok().finish()
    }));
    let app = init_service(app).await;
    let response = send(&app, &mut jar, TestRequest::default()).await;
    assert_eq!(response.status(), 500);
    let seen = visit(&sessions, &mut jar, |notices: &mut Session<Notices>| notices.0.clone()).await;
    assert_eq!(seen.result, ["one"]);
}
