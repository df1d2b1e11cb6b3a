//! Who is logged in, and what happens when that changes (rule 8 of a request, for sessions in cookies).

use std::time::Duration;

use session_actix::testing::ManualClock;
use session_actix::{Flashes, Session, SessionData, SessionMiddleware};

use crate::support::{Jar, key, visit};
use crate::tampering::payload;

const START: u64 = 1_700_000_000;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Option<String>,
    #[session(privileged)]
    role: Option<String>,
    #[session(counter)]
    visits: u32,
    cart: Vec<String>,
    #[session(flash(info))]
    messages: Flashes,
}

struct Site {
    clock: ManualClock,
    sessions: SessionMiddleware,
    jar: Jar,
}

impl Site {
    fn new() -> Self {
        let clock = ManualClock::at(START);
        let sessions = SessionMiddleware::signed(key()).clock(clock.clone()).data::<Visitor>().build().unwrap();
        Self { clock, sessions, jar: Jar::default() }
    }

    /// A request, and the time of issue in the cookie after it.
    async fn visit<R: 'static, T: SessionData>(&mut self, step: impl FnOnce(&mut Session<T>) -> R + 'static) -> R {
        self.clock.advance(Duration::from_secs(10));
        visit(&self.sessions, &mut self.jar, step).await.result
    }

    fn payload(&self) -> String {
        payload(self.jar.get("__Host-session").unwrap()).unwrap()
    }

    fn created(&self) -> u64 {
        let payload: serde_json::Value = serde_json::from_str(&self.payload()).unwrap();
        payload["_created"].as_u64().unwrap()
    }
}

#[actix_web::test]
async fn logging_in_keeps_what_the_visitor_had() {
    let mut site = Site::new();
    site.visit(|session: &mut Session<Visitor>| session.cart_mut().push("a pot of tea".into())).await;
    site.visit(|session: &mut Session<Visitor>| session.set_user("ada.lovelace")).await;
    let cart = site.visit(|session: &mut Session<Visitor>| session.cart().len()).await;
    assert_eq!(cart, 1);
}

#[actix_web::test]
async fn logging_in_as_another_user_keeps_only_what_this_request_set() {
    let mut site = Site::new();
    site.visit(|session: &mut Session<Visitor>| {
        session.set_user("ada.lovelace");
        session.set_role("administrator");
        session.set_visits(7);
        session.set_permanent(true);
        session.set_lifetime(Duration::from_secs(1000)).unwrap();
        session.flash_info("a message for Ada");
    })
    .await;
    // What no struct of this request names is the last user's too.
    site.visit(|session: &mut Session| session.insert("secret_plan", "of Ada alone").unwrap()).await;
    site.visit(|session: &mut Session<Visitor>| {
        session.set_user("bob.the.second");
        session.increment_visits(1);
        session.flash_info("a message for Bob");
    })
    .await;
    let created = START + 30;
    assert_eq!(
        site.payload(),
        format!(
            r#"{{"_created":{created},"user":"bob.the.second","visits":1,"_flashes":[["info","a message for Bob"]]}}"#
        )
    );
}

#[actix_web::test]
async fn created_restarts_only_when_the_login_field_becomes_a_new_some() {
    let mut site = Site::new();
    site.visit(|session: &mut Session<Visitor>| session.increment_visits(1)).await;
    assert_eq!(site.created(), START + 10);
    site.visit(|session: &mut Session<Visitor>| session.set_user("ada.lovelace")).await;
    assert_eq!(site.created(), START + 20, "a login");
    for unchanged in [
        |session: &mut Session<Visitor>| session.set_role("administrator"),
        |session: &mut Session<Visitor>| session.set_user("ada.lovelace"),
        |session: &mut Session<Visitor>| session.increment_visits(1),
        |session: &mut Session<Visitor>| session.renew(),
        |session: &mut Session<Visitor>| session.clear_role(),
        |session: &mut Session<Visitor>| session.clear_user(),
    ] {
        site.visit(unchanged).await;
        assert_eq!(site.created(), START + 20);
    }
    site.visit(|session: &mut Session<Visitor>| session.set_user("ada.lovelace")).await;
    assert_eq!(site.created(), START + 90, "the same user logs in again");
}

#[actix_web::test]
async fn a_registered_structs_rules_hold_for_keys_that_are_written_by_name() {
    let mut site = Site::new();
    site.visit(|session: &mut Session| {
        session.insert("user", "ada.lovelace").unwrap();
        session.insert("cart", ["a pot of tea"]).unwrap();
    })
    .await;
    assert_eq!(site.created(), START + 10);
    site.visit(|session: &mut Session| session.insert("visits", 5).unwrap()).await;
    assert_eq!(site.created(), START + 10);
    site.visit(|session: &mut Session| session.insert("user", "bob.the.second").unwrap()).await;
    assert_eq!(site.created(), START + 30, "another user");
    assert!(!site.payload().contains("cart"), "{}", site.payload());
}

#[actix_web::test]
async fn a_renewed_session_has_a_new_time_of_issue() {
    let mut site = Site::new();
    site.visit(|session: &mut Session<Visitor>| session.increment_visits(1)).await;
    let before = site.jar.get("__Host-session").unwrap().to_owned();
    site.visit(|session: &mut Session<Visitor>| session.renew()).await;
    let after = site.jar.get("__Host-session").unwrap().to_owned();
    let parts = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(parts(&before)[0], parts(&after)[0]);
    assert_ne!(parts(&before)[1], parts(&after)[1]);
}
