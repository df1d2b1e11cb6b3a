//! What the tests of Flask's rules share: a middleware in Flask's mode, and cookies with any payload under Flask's signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use session_actix::flask::{KeyDerivation, Signer};
use session_actix::testing::ManualClock;
use session_actix::{Builder, Dynamic, Session, SessionMiddleware};

use crate::support::{Jar, Seen, visit};

/// The time of most golden cases: 2023-11-14 22:13:20 UTC, `ZVPxAA` in a cookie.
pub const T0: u64 = 1_700_000_000;

pub const SECRET: &str = "dev-secret";

/// Flask's defaults, at [`T0`].
pub fn flask() -> Builder<SessionMiddleware> {
    flask_at(ManualClock::at(T0))
}

pub fn flask_at(clock: ManualClock) -> Builder<SessionMiddleware> {
    SessionMiddleware::flask(SECRET).allow_weak_secret().clock(clock)
}

/// Flask's signature under any text.
pub fn signed(text: &str) -> String {
    Signer::new(SECRET).salt("cookie-session").key_derivation(KeyDerivation::Hmac).sign(text)
}

/// A cookie of this payload, made at [`T0`].
pub fn cookie(json: &str) -> String {
    signed(&format!("{}.ZVPxAA", URL_SAFE_NO_PAD.encode(json)))
}

/// The session in a cookie's value, at [`T0`].
pub async fn read(value: &str) -> Option<Dynamic> {
    flask().build().unwrap().read(&format!("session={value}")).await.unwrap()
}

/// The session of a payload.
pub async fn read_json(json: &str) -> Option<Dynamic> {
    read(&cookie(json)).await
}

/// What one request of a browser with this cookie sees.
pub async fn visit_once<R: 'static>(
    sessions: &SessionMiddleware,
    value: Option<&str>,
    step: impl FnOnce(&mut Session) -> R + 'static,
) -> Seen<R> {
    let mut jar = Jar::default();
    if let Some(value) = value {
        jar.set("session", value);
    }
    visit(sessions, &mut jar, step).await
}

/// The `Set-Cookie` headers of such a request.
pub async fn answer(
    sessions: &SessionMiddleware,
    value: Option<&str>,
    step: impl FnOnce(&mut Session) + 'static,
) -> Vec<String> {
    visit_once(sessions, value, step).await.set_cookies
}

/// The payload that a new session with these fields gets.
pub async fn written(insert: impl FnOnce(&mut Session) + 'static) -> String {
    let set_cookies = answer(&flask().build().unwrap(), None, insert).await;
    let payload = set_cookies[0].strip_prefix("session=").unwrap().split('.').next().unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
