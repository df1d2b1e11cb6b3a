//! actix-web-flash-messages 0.5 with its signed cookie.

use actix_web::cookie::Key;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use actix_web_flash_messages::storage::CookieMessageStore;
use actix_web_flash_messages::{FlashMessage, FlashMessagesFramework, IncomingFlashMessages};

use super::data::MESSAGE;
use super::{Case, Running, run, set_cookie};

pub(crate) async fn start(case: Case) -> Running {
    let messages = || {
        let store = CookieMessageStore::builder(Key::from(&[7; 64])).build();
        FlashMessagesFramework::builder(store).build()
    };
    let app = App::new().wrap(messages());
    if case == Case::FlashPush {
        return run(case, init_service(app.route("/", web::get().to(push))).await, None).await;
    }
    let first = init_service(App::new().wrap(messages()).route("/", web::get().to(push))).await;
    let cookie = set_cookie(&call_service(&first, TestRequest::default().to_request()).await);
    run(case, init_service(app.route("/", web::get().to(show))).await, Some(cookie)).await
}

async fn push() -> HttpResponse {
    FlashMessage::success(MESSAGE).send();
    HttpResponse::Ok().finish()
}

async fn show(messages: IncomingFlashMessages) -> HttpResponse {
    assert_eq!(messages.iter().count(), 1);
    HttpResponse::Ok().finish()
}
