//! What lies beside Flask's session: logins of Flask-Login, tokens of Flask-WTF, ids of Flask-Session. The numbers are those of
//! `flask_statements`.

use actix_web::dev::Service as _;
use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, LOCATION};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, Responder, web};
use session_actix::flask::{KeyDerivation, RememberCookie, Signer, UrlSafeTimedSerializer, session_identifier};
use session_actix::testing::ManualClock;
use session_actix::{LoggedIn, Session, SessionData};
use std::time::Duration;

use crate::flask_support::{SECRET, T0, cookie, flask};
use crate::support::{Jar, logged_async, visit};

/// A session of Flask-Login.
#[derive(SessionData)]
#[session(login(user_id, redirect = "/login"))]
struct FlaskLogin {
    #[session(rename = "_user_id")]
    user_id: Option<String>,
    #[session(rename = "_fresh")]
    fresh: bool,
    #[session(rename = "_id")]
    identifier: Option<String>,
}

const IDENTIFIER: &str = "4b58f43e05616ba2eb7be4c7562bf7fa83800cb050c056542e579ea984440fb8f43632cd4831c0bfc235ad551c1fbeb6a35217a1b0ed9bd70527febbaacc2293";

#[actix_web::test]
async fn s137_138_142_a_login_of_flask_login_is_read_written_and_ended() {
    assert_eq!(session_identifier(Some("127.0.0.1"), Some(b"Mozilla/5.0")), IDENTIFIER);
    let sessions = flask().build().unwrap();
    let flasks = cookie(&format!(r#"{{"_fresh":true,"_id":"{IDENTIFIER}","_user_id":"42","cart":[1]}}"#));
    let mut jar = Jar::default();
    let log_in = |visitor: &mut Session<FlaskLogin>| {
        visitor.set_user_id("42");
        visitor.set_fresh(true);
        visitor.set_identifier(session_identifier(Some("127.0.0.1"), Some(b"Mozilla/5.0")));
    };
    visit(&sessions, &mut jar, log_in).await;
    visit(&sessions, &mut jar, |session: &mut Session| session.insert("cart", [1]).unwrap()).await;
    assert_eq!(jar.get("session"), Some(flasks.as_str()));
    let log_out = |visitor: &mut Session<FlaskLogin>| {
        assert_eq!((visitor.user_id(), visitor.fresh()), (Some("42"), true));
        visitor.clear_user_id();
        visitor.clear_identifier();
        visitor.set_fresh(false);
    };
    visit(&sessions, &mut jar, log_out).await;
    let left: FlaskLogin = sessions.read(&jar.header()).await.unwrap().unwrap();
    assert_eq!((left.user_id(), left.identifier()), (None, None));
    assert!(jar.get("session").is_some(), "other keys survive");
}

#[actix_web::test]
async fn s136_143_who_is_not_logged_in_is_sent_to_the_login() {
    async fn account(visitor: LoggedIn<FlaskLogin>) -> impl Responder {
        visitor.login_id().to_owned()
    }
    let app = App::new().wrap(flask().build().unwrap()).route("/account", web::get().to(account));
    let app = init_service(app).await;
    let nobody = app.call(TestRequest::with_uri("/account").to_request()).await.unwrap();
    assert_eq!(nobody.status(), StatusCode::SEE_OTHER);
    assert_eq!(nobody.headers().get(LOCATION).unwrap(), "/login?next=%2Faccount");
    let flasks = format!("session={}", cookie(r#"{"_fresh":true,"_user_id":"42"}"#));
    let somebody = TestRequest::with_uri("/account").insert_header((COOKIE, flasks)).to_request();
    assert_eq!(app.call(somebody).await.unwrap().status(), StatusCode::OK);
}

#[test]
fn s116_140_a_remember_cookie_is_split_at_its_last_bar_and_knows_one_secret() {
    let remember = RememberCookie::new(SECRET).clock(ManualClock::at(T0));
    let value = remember.encode("a|b");
    // Made with Flask-Login.
    assert_eq!(
        value,
        "a|b|c6c0ca8999a0ca918fee97685d86a5a89316fb7b6e49203e881489c55a22e3083996849fd005e106ddfa7dbacac54e70781ab851cf5bbc8d62f297c739243fb8"
    );
    assert_eq!(remember.decode(&value), Some("a|b"));
    assert_eq!(RememberCookie::new("new").decode(&value), None);
    assert!(remember.set_cookie("42").ends_with("; Expires=Wed, 13 Nov 2024 22:13:20 GMT; HttpOnly; Path=/"));
    assert_eq!(
        remember.removal_cookie(),
        "remember_token=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/"
    );
}

#[test]
fn s145_146_a_csrf_token_of_flask_wtf_is_made_and_checked() {
    let clock = ManualClock::at(T0);
    let tokens = UrlSafeTimedSerializer::new(SECRET).salt("wtf-csrf-token").clock(clock.clone());
    let in_session = "92713d4709377111cf31f2a71986c411bd6cb5b0";
    let token = tokens.dumps(in_session).unwrap();
    assert_eq!(token, "IjkyNzEzZDQ3MDkzNzcxMTFjZjMxZjJhNzE5ODZjNDExYmQ2Y2I1YjAi.ZVPxAA.iumZTe7BpNqkkjLgLrJuy4KpQJE");
    let hour = Some(Duration::from_secs(3600));
    assert_eq!(tokens.loads_with_timestamp::<String>(&token, hour).unwrap(), (in_session.to_owned(), T0));
    assert!(tokens.loads::<u32>(&token, hour).unwrap_err().is_payload());
    assert!(UrlSafeTimedSerializer::new("other").loads::<String>(&token, hour).unwrap_err().is_bad_signature());
    clock.advance(Duration::from_secs(3601));
    assert!(tokens.loads::<String>(&token, hour).unwrap_err().is_expired());
    assert!(tokens.loads::<String>(&token, None).is_ok());
}

#[test]
fn a_token_that_could_not_be_read_is_not_made() {
    let tokens = UrlSafeTimedSerializer::new(SECRET).clock(ManualClock::at(T0));
    let nested = (0..200).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
    assert!(tokens.dumps(&f64::NAN).is_err() && tokens.dumps(&nested).is_err());
    // Letters stand as they are, unlike in the session.
    let token = tokens.dumps("é").unwrap();
    assert!(token.starts_with("IsOpIg."), "{token}");
    assert_eq!(tokens.loads::<String>(&token, None).unwrap(), "é");
}

#[test]
fn s147_a_signed_session_id_of_flask_session_is_verified() {
    let signer = Signer::new(SECRET).salt("flask-session").key_derivation(KeyDerivation::Hmac);
    assert_eq!(signer.unsign("F-_0123456789.OfPrBD6x17EFpAOCw9wXIWqQM-U").unwrap(), "F-_0123456789");
    assert!(signer.unsign("F-_0123456788.OfPrBD6x17EFpAOCw9wXIWqQM-U").is_err());
}

#[test]
fn s133_what_a_streaming_body_writes_is_not_saved_and_said_to_be_lost() {
    let (set_cookies, log) = logged_async(async {
        // A body goes on with the session after the head was sent.
        let app = App::new().wrap(flask().build().unwrap()).default_service(web::to(async |session: Session| {
            let body = futures_core_body(session);
            HttpResponse::Ok().streaming(body)
        }));
        let app = init_service(app).await;
        let response = app.call(TestRequest::default().to_request()).await.unwrap();
        let set_cookies = crate::support::set_cookies(response.headers());
        actix_web::test::read_body(response).await;
        set_cookies
    });
    assert_eq!(set_cookies, [""; 0]);
    assert!(log.contains("so the change is lost"), "{log}");
}

/// A body of one part, which changes the session when it is asked for.
fn futures_core_body(session: Session) -> impl futures_core::Stream<Item = Result<web::Bytes, actix_web::Error>> {
    struct Body(Option<Session>);
    impl futures_core::Stream for Body {
        type Item = Result<web::Bytes, actix_web::Error>;

        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            std::task::Poll::Ready(self.0.take().map(|mut session| {
                session.insert("late", 1).unwrap();
                Ok(web::Bytes::from_static(b"x"))
            }))
        }
    }
    Body(Some(session))
}

#[actix_web::test]
async fn s134_a_test_sets_a_session_up_and_looks_into_it() {
    let sessions = flask().build().unwrap();
    let visitor = FlaskLogin { user_id: Some("42".into()), fresh: true, identifier: None };
    let cookie = sessions.cookie_for(&visitor).await.unwrap();
    assert_eq!(cookie, format!("session={}", crate::flask_support::cookie(r#"{"_fresh":true,"_user_id":"42"}"#)));
    assert_eq!(sessions.read::<FlaskLogin>(&cookie).await.unwrap().unwrap().user_id(), Some("42"));
}
