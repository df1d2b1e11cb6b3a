//! actix-web without any session: what every other figure is compared with.

use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};

use super::{Case, Running, floor, run};

pub(crate) async fn start(case: Case) -> Running {
    let app = init_service(App::new().route("/", web::get().to(HttpResponse::Ok))).await;
    let cookie = (!matches!(case, Case::New | Case::FlashPush)).then(|| floor::cookie(case));
    run(case, app, cookie).await
}
