//! Code of the user's that looks at the session while the library goes on with it.

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, web};
use session_actix::{Session, SessionData, csrf};

use crate::support::{Jar, send, sessions};

#[derive(SessionData)]
struct Shop {
    cart: Vec<u32>,
}

/// Which keeps another view of the same session, that is given back when this one is dropped.
#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Option<String>,
    #[session(skip)]
    shop: Option<Session<Shop>>,
}

#[actix_web::test]
async fn a_view_within_a_view_is_given_back_where_another_user_logs_in() {
    let handler = async |mut visitor: Session<Visitor>, mut shop: Session<Shop>, name: web::Path<String>| {
        shop.cart.push(7);
        visitor.shop = Some(shop);
        visitor.set_user(name.into_inner());
        // Goes on with the next user's view, and drops the one before.
        csrf::token(&mut visitor)
    };
    let app = App::new().wrap(sessions()).route("/{name}", web::get().to(handler));
    let app = init_service(app).await;
    let mut jar = Jar::default();
    for name in ["/ada", "/bob"] {
        let response = send(&app, &mut jar, TestRequest::with_uri(name)).await;
        assert_eq!(response.status(), 200, "{name}");
    }
    let visitor = sessions().read::<Visitor>(&jar.header()).await.unwrap().unwrap();
    assert_eq!(visitor.user(), Some("bob"));
}
