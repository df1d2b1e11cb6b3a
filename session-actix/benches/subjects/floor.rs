//! The same work by hand, for one struct and one cookie: it signs and verifies with key state that is kept, decodes by serde, and
//! writes the header into one buffer. Nothing is configurable, merged or refreshed.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::http::header::{self, HeaderValue};
use actix_web::test::init_service;
use actix_web::{App, HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::Sha256;

use super::data::{Item, THEME, USERNAME, VISITS, cart};
use super::{Case, Running, run};

const NAME: &str = "__Host-session";
const ATTRIBUTES: &str = "; Secure; HttpOnly; Path=/; SameSite=Lax";
const LIFETIME: u64 = 31 * 24 * 60 * 60;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Visitor<C> {
    username: Option<String>,
    visits: u32,
    theme: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart: Option<C>,
}

pub(crate) async fn start(case: Case, lazy: bool) -> Running {
    if lazy { start_with::<Box<RawValue>>(case).await } else { start_with::<Vec<Item>>(case).await }
}

async fn start_with<C: Serialize + DeserializeOwned + 'static>(case: Case) -> Running {
    let app = App::new().app_data(web::Data::new(Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("any key will do")));
    let app = match case {
        Case::Read | Case::ReadBig => app.route("/", web::get().to(read::<C>)),
        Case::Write | Case::WriteBig => app.route("/", web::get().to(write::<C>)),
        _ => app.route("/", web::get().to(begin)),
    };
    run(case, init_service(app).await, (case != Case::New).then(|| cookie(case))).await
}

/// The `Cookie` header of a visitor.
pub(crate) fn cookie(case: Case) -> String {
    let key = Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("any key will do");
    let visitor = Visitor {
        username: Some(USERNAME.into()),
        visits: VISITS,
        theme: THEME.into(),
        cart: case.is_big().then(cart),
    };
    encode(&key, &visitor).split(';').next().unwrap_or_default().to_owned()
}

async fn read<C: DeserializeOwned>(request: HttpRequest, key: web::Data<Hmac<Sha256>>) -> HttpResponse {
    let visitor = decode::<Visitor<C>>(&request, &key);
    assert!(visitor.is_some_and(|visitor| visitor.visits == VISITS));
    HttpResponse::Ok().finish()
}

async fn write<C: Serialize + DeserializeOwned>(request: HttpRequest, key: web::Data<Hmac<Sha256>>) -> HttpResponse {
    let mut visitor = decode::<Visitor<C>>(&request, &key).expect("the visitor is known");
    visitor.visits += 1;
    respond(&key, &visitor)
}

async fn begin(request: HttpRequest, key: web::Data<Hmac<Sha256>>) -> HttpResponse {
    assert!(decode::<Visitor<Vec<Item>>>(&request, &key).is_none());
    let visitor: Visitor<()> =
        Visitor { username: Some(USERNAME.into()), visits: VISITS, theme: THEME.into(), cart: None };
    respond(&key, &visitor)
}

fn respond<C: Serialize>(key: &Hmac<Sha256>, visitor: &Visitor<C>) -> HttpResponse {
    let header = HeaderValue::try_from(encode(key, visitor)).expect("a cookie is a header");
    let mut response = HttpResponse::Ok().finish();
    response.headers_mut().append(header::SET_COOKIE, header);
    response
}

fn decode<V: DeserializeOwned>(request: &HttpRequest, key: &Hmac<Sha256>) -> Option<V> {
    let header = request.headers().get(header::COOKIE)?.to_str().ok()?;
    let value =
        header.split(';').find_map(|pair| pair.trim_matches([' ', '\t']).strip_prefix(NAME)?.strip_prefix('='))?;
    let (signed, signature) = value.rsplit_once('.')?;
    let mut expected = [0; 32];
    URL_SAFE_NO_PAD.decode_slice(signature, &mut expected).ok()?;
    key.clone().chain_update(signed).verify_slice(&expected).ok()?;
    let (payload, time) = signed.split_once('.')?;
    let mut issued = [0; 8];
    URL_SAFE_NO_PAD.decode_slice(time, &mut issued).ok()?;
    if now().saturating_sub(u64::from_be_bytes(issued)) > LIFETIME {
        return None;
    }
    let json = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&json).ok()
}

fn encode<C: Serialize>(key: &Hmac<Sha256>, visitor: &Visitor<C>) -> String {
    let json = serde_json::to_vec(visitor).expect("a visitor has JSON");
    let mut header = String::with_capacity(NAME.len() + ATTRIBUTES.len() + json.len() * 4 / 3 + 64);
    header.push_str(NAME);
    header.push('=');
    let start = header.len();
    URL_SAFE_NO_PAD.encode_string(&json, &mut header);
    header.push('.');
    URL_SAFE_NO_PAD.encode_string(now().to_be_bytes(), &mut header);
    let signature = key.clone().chain_update(header.get(start..).unwrap_or_default()).finalize().into_bytes();
    header.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut header);
    header.push_str(ATTRIBUTES);
    header
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
