//! Who is logged in, and what happens when that changes, for sessions in cookies.

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

/// Ada's session, in which Bob logs in next.
async fn site_of_ada() -> Site {
    let mut site = Site::new();
    site.visit(|session: &mut Session<Visitor>| {
        session.set_user("ada.lovelace");
        session.set_role("a member like others");
        session.set_visits(41);
        session.cart_mut().push("a book for Ada".into());
        session.flash_info("a message for Ada");
    })
    .await;
    site
}

async fn what_bob_has(site: &mut Site) -> (Option<String>, Option<String>, u32, Vec<String>) {
    site.visit(|session: &mut Session<Visitor>| {
        let user = session.user().map(str::to_owned);
        (user, session.role().map(str::to_owned), session.visits(), session.cart().to_vec())
    })
    .await
}

#[actix_web::test]
async fn another_user_gets_what_is_set_after_the_login_even_where_it_equals_the_last_ones() {
    let mut site = site_of_ada().await;
    site.visit(|session: &mut Session<Visitor>| {
        session.set_user("bob.the.second");
        session.set_role("a member like others");
        session.cart_mut().push("a book for Bob".into());
        assert_eq!(session.cart(), ["a book for Bob"]);
        session.increment_visits(1);
        assert_eq!((session.visits(), session.messages().len()), (1, 0));
    })
    .await;
    let bob = (Some("bob.the.second".into()), Some("a member like others".into()), 1, vec!["a book for Bob".into()]);
    assert_eq!(what_bob_has(&mut site).await, bob);
}

#[actix_web::test]
async fn another_user_gets_what_the_request_set_before_the_login() {
    let mut site = site_of_ada().await;
    site.visit(|session: &mut Session<Visitor>| {
        session.increment_visits(1);
        session.flash_info("a message for Bob");
        session.set_role("a role for Bob");
        session.set_user("bob.the.second");
    })
    .await;
    let bob = (Some("bob.the.second".into()), Some("a role for Bob".into()), 1, vec![]);
    assert_eq!(what_bob_has(&mut site).await, bob);
    let messages = site.visit(|session: &mut Session<Visitor>| session.take_messages()).await;
    assert_eq!(messages.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a message for Bob"]);
}

#[actix_web::test]
async fn another_user_who_was_set_as_a_plain_field_gets_nothing_of_the_last_one() {
    let mut site = site_of_ada().await;
    site.visit(|session: &mut Session<Visitor>| session.user = Some("bob.the.second".into())).await;
    assert_eq!(what_bob_has(&mut site).await, (Some("bob.the.second".into()), None, 0, vec![]));
}

#[actix_web::test]
async fn a_later_view_of_the_request_sees_nothing_of_the_last_user() {
    use actix_web::{App, web};
    let mut site = site_of_ada().await;
    let app = actix_web::test::init_service(App::new().wrap(site.sessions.clone()).default_service(web::to(
        async |mut session: Session<Visitor>, request: actix_web::HttpRequest| {
            session.set_user("bob.the.second");
            drop(session);
            let session = session_actix::SessionExt::session_now::<Visitor>(&request).unwrap();
            format!("{:?} {:?} {} {}", session.user(), session.role(), session.visits(), session.cart().len())
        },
    )))
    .await;
    let seen = crate::support::text(&app, &mut site.jar, "/").await;
    assert_eq!(seen, r#"Some("bob.the.second") None 0 0"#);
}

#[actix_web::test]
async fn remember_me_is_each_users_own() {
    for (ada, bob) in [(true, true), (true, false), (false, true), (false, false)] {
        for permanent in [false, true] {
            let sessions = SessionMiddleware::signed(key()).permanent(permanent).build().unwrap();
            let mut jar = Jar::default();
            let log_in = |name: &'static str, remember: bool| {
                move |session: &mut Session<Visitor>| {
                    session.set_user(name);
                    session.set_permanent(remember);
                    session.set_lifetime(Duration::from_secs(1000)).unwrap();
                }
            };
            visit(&sessions, &mut jar, log_in("ada.lovelace", ada)).await;
            let seen = visit(&sessions, &mut jar, log_in("bob.the.second", bob)).await;
            assert_eq!(seen.set_cookies[0].contains("Max-Age=1000"), bob, "{ada} {bob} {permanent}");
        }
    }
}

#[actix_web::test]
async fn a_plain_struct_does_not_hide_what_another_says_of_a_key() {
    #[derive(SessionData)]
    struct Profile {
        user: Option<String>,
    }
    use actix_web::{App, HttpResponse, web};
    let mut site = site_of_ada().await;
    let unregistered = SessionMiddleware::signed(key()).clock(site.clock.clone()).build().unwrap();
    site.sessions = unregistered.clone();
    let app = actix_web::test::init_service(App::new().wrap(unregistered).default_service(web::to(
        async |mut profile: Session<Profile>, mut session: Session<Visitor>| {
            profile.set_user("somebody in between");
            drop(profile);
            session.set_user("bob.the.second");
            HttpResponse::Ok().finish()
        },
    )))
    .await;
    crate::support::text(&app, &mut site.jar, "/").await;
    assert_eq!(what_bob_has(&mut site).await, (Some("bob.the.second".into()), None, 0, vec![]));
}

#[actix_web::test]
async fn an_empty_name_is_a_logout_and_no_login() {
    let mut site = site_of_ada().await;
    let created = site.created();
    site.visit(|session: &mut Session<Visitor>| session.set_user("")).await;
    assert_eq!(site.created(), created, "the absolute lifetime goes on");
    assert_eq!(what_bob_has(&mut site).await.2, 41, "it is the same session");
    site.visit(|session: &mut Session<Visitor>| session.set_user("ada.lovelace")).await;
    assert!(site.created() > created, "a login");
    let step = |session: &mut Session<Visitor>| session.set_user("");
    let failed = (actix_web::test::TestRequest::default(), 500);
    crate::support::visit_with(&site.sessions, &mut site.jar, failed, step).await;
    assert_eq!(what_bob_has(&mut site).await.0.as_deref(), Some(""), "a logout survives a server error");
}

#[actix_web::test]
async fn after_a_privileged_field_changed_its_type_the_same_user_can_log_in_again() {
    #[derive(SessionData)]
    struct Old {
        user: Option<String>,
        role: u8,
    }
    let mut site = Site::new();
    let old = Old { user: Some("ada.lovelace".into()), role: 5 };
    site.jar.set_pair(&site.sessions.cookie_for(&old).await.unwrap());
    assert_eq!(what_bob_has(&mut site).await.0, None);
    site.visit(|session: &mut Session<Visitor>| session.set_user("ada.lovelace")).await;
    assert_eq!(site.created(), START + 20, "it is a login");
    assert_eq!(what_bob_has(&mut site).await, (Some("ada.lovelace".into()), None, 0, vec![]));
}

#[actix_web::test]
async fn a_privileged_field_written_by_an_older_name_is_privileged() {
    #[derive(SessionData)]
    #[session(login(user))]
    struct Renamed {
        #[session(alias = "old_user")]
        user: Option<String>,
    }
    let clock = ManualClock::at(START);
    let sessions = SessionMiddleware::signed(key()).clock(clock.clone()).data::<Renamed>().build().unwrap();
    let mut site = Site { clock, sessions, jar: Jar::default() };
    site.visit(|session: &mut Session| {
        session.insert("old_user", "ada.lovelace").unwrap();
        session.insert("diary", "Ada's own").unwrap();
    })
    .await;
    site.visit(|session: &mut Session| session.insert("old_user", "bob.the.second").unwrap()).await;
    assert!(site.payload().contains("bob.the.second") && !site.payload().contains("diary"), "{}", site.payload());
}

#[derive(SessionData)]
struct Shop {
    cart: Vec<String>,
    history: Vec<String>,
}

/// Runs a handler on Ada's session, in which she has a cart and a history.
async fn after(handler: fn(Session<Visitor>, Session<Shop>)) -> String {
    use actix_web::{App, HttpResponse, web};
    let mut site = site_of_ada().await;
    site.visit(|shop: &mut Session<Shop>| shop.history_mut().push("a page of Ada's".into())).await;
    let app = actix_web::test::init_service(App::new().wrap(site.sessions.clone()).default_service(web::to(
        move |session: Session<Visitor>, shop: Session<Shop>| async move {
            handler(session, shop);
            HttpResponse::Ok().finish()
        },
    )))
    .await;
    crate::support::text(&app, &mut site.jar, "/").await;
    site.payload()
}

#[actix_web::test]
async fn a_list_that_was_changed_from_the_last_users_is_not_the_next_ones() {
    for handler in [
        // Through another view, before the login and after it.
        |mut session: Session<Visitor>, mut shop: Session<Shop>| {
            shop.history_mut().push("a page before the login".into());
            drop(shop);
            session.set_user("bob.the.second");
        },
        |mut session: Session<Visitor>, mut shop: Session<Shop>| {
            session.set_user("bob.the.second");
            drop(session);
            shop.cart_mut().push("a book for Bob".into());
        },
        // Through the same view, before the login, and in one borrow with it.
        |mut session: Session<Visitor>, _: Session<Shop>| {
            session.cart_mut().push("a book for Bob".into());
            session.set_user("bob.the.second");
        },
        |mut session: Session<Visitor>, _: Session<Shop>| {
            let session = &mut *session;
            session.set_user("bob.the.second");
            session.cart_mut().push("a book for Bob".into());
        },
    ] {
        let payload = after(handler).await;
        assert!(payload.contains("bob.the.second"), "{payload}");
        assert!(!payload.contains("Ada"), "{payload}");
    }
}

#[actix_web::test]
async fn of_several_logins_in_one_request_the_last_one_counts() {
    let payload = after(|mut session, _| {
        session.set_user("bob.the.second");
        session.set_user("carol.the.third");
        session.set_visits(5);
    })
    .await;
    assert!(payload.contains("carol.the.third") && payload.contains(r#""visits":5"#), "{payload}");
    assert!(!payload.contains("Ada"), "{payload}");

    // Ada again is a new session of Ada's.
    let payload = after(|mut session, _| {
        session.set_user("bob.the.second");
        session.set_user("ada.lovelace");
        session.set_visits(5);
    })
    .await;
    assert!(payload.contains("ada.lovelace") && !payload.contains("cart"), "{payload}");
}

#[actix_web::test]
async fn what_views_set_for_the_first_of_two_users_is_not_the_second_ones() {
    use actix_web::{App, HttpResponse, web};
    let mut site = Site::new();
    site.visit(|session: &mut Session<Visitor>| session.cart_mut().push("a stranger's book".into())).await;
    let app = actix_web::test::init_service(App::new().wrap(site.sessions.clone()).default_service(web::to(
        async |request: actix_web::HttpRequest| {
            let view = || session_actix::SessionExt::session_now::<Visitor>(&request).unwrap();
            view().set_user("ada.lovelace");
            view().set_role("administrator");
            view().set_user("bob.the.second");
            let bob = view();
            assert_eq!((bob.user(), bob.role(), bob.cart().len()), (Some("bob.the.second"), None, 0));
            HttpResponse::Ok().finish()
        },
    )))
    .await;
    crate::support::text(&app, &mut site.jar, "/").await;
    assert_eq!(what_bob_has(&mut site).await, (Some("bob.the.second".into()), None, 0, vec![]));
}

/// Two views of the second user, of which one logs in the third while the other still adds to the second one's list.
#[actix_web::test]
async fn an_open_view_brings_nothing_of_its_users_list_to_the_next_user() {
    use actix_web::{App, HttpResponse, web};
    let mut site = Site::new();
    site.visit(|session: &mut Session<Visitor>| session.set_user("ada.lovelace")).await;
    let app = actix_web::test::init_service(App::new().wrap(site.sessions.clone()).default_service(web::to(
        async |request: actix_web::HttpRequest| {
            let view = || session_actix::SessionExt::session_now::<Visitor>(&request).unwrap();
            view().set_user("carol.the.first");
            view().cart_mut().push("a book for Carol".into());
            let (mut one, mut another) = (view(), view());
            another.set_user("bob.the.second");
            drop(another);
            one.cart_mut().push("another one for Carol".into());
            HttpResponse::Ok().finish()
        },
    )))
    .await;
    crate::support::text(&app, &mut site.jar, "/").await;
    assert_eq!(what_bob_has(&mut site).await, (Some("bob.the.second".into()), None, 0, vec![]));
}

#[actix_web::test]
async fn another_user_gets_nothing_of_a_session_whose_privileges_could_not_be_read() {
    #[derive(SessionData)]
    struct Old {
        user: Option<String>,
        role: u8,
        cart: Vec<String>,
    }
    let mut site = Site::new();
    let old = Old { user: Some("ada.lovelace".into()), role: 5, cart: vec!["a book for Ada".into()] };
    site.jar.set_pair(&site.sessions.cookie_for(&old).await.unwrap());
    site.visit(|session: &mut Session<Visitor>| {
        session.set_user("bob.the.second");
        session.cart_mut().push("a book for Bob".into());
    })
    .await;
    let bob = (Some("bob.the.second".into()), None, 0, vec!["a book for Bob".into()]);
    assert_eq!(what_bob_has(&mut site).await, bob);
}

#[actix_web::test]
async fn a_logout_before_another_login_survives_a_server_error() {
    use actix_web::{App, HttpResponse, web};
    let mut site = site_of_ada().await;
    let failed = (actix_web::test::TestRequest::default(), 500);
    let step = |session: &mut Session<Visitor>| {
        session.clear_user();
        session.set_user("bob.the.second");
    };
    crate::support::visit_with(&site.sessions, &mut site.jar, failed, step).await;
    // In one view the logout cannot be told from the login that follows it, so nothing of either is saved.
    assert_eq!(what_bob_has(&mut site).await.0.as_deref(), Some("ada.lovelace"));

    let app = actix_web::test::init_service(App::new().wrap(site.sessions.clone()).default_service(web::to(
        async |mut first: Session<Visitor>, mut second: Session<Visitor>| {
            first.clear_user();
            drop(first);
            second.set_user("bob.the.second");
            HttpResponse::InternalServerError().finish()
        },
    )))
    .await;
    let request = actix_web::test::TestRequest::default();
    crate::support::send(&app, &mut site.jar, request).await;
    assert_eq!(what_bob_has(&mut site).await.0, None, "the first view logged out for certain");
}

#[actix_web::test]
async fn a_value_that_is_moved_from_its_old_name_by_hand_is_kept() {
    #[derive(SessionData)]
    struct Renamed {
        #[session(alias = "old_name")]
        name: Option<String>,
    }
    let clock = ManualClock::at(START);
    let plain = SessionMiddleware::signed(key()).clock(clock.clone()).build().unwrap();
    let sessions = SessionMiddleware::signed(key()).clock(clock.clone()).data::<Renamed>().build().unwrap();
    let mut site = Site { clock, sessions: plain, jar: Jar::default() };
    site.visit(|session: &mut Session| session.insert("old_name", "Ada Lovelace").unwrap()).await;
    site.sessions = sessions;
    site.visit(|session: &mut Session| {
        let name = session.take::<String>("old_name").unwrap();
        session.insert("name", name).unwrap();
    })
    .await;
    assert!(site.payload().ends_with(r#""name":"Ada Lovelace"}"#), "{}", site.payload());
}

#[actix_web::test]
async fn a_registered_counter_that_is_written_by_name_has_that_value() {
    let mut site = site_of_ada().await;
    site.visit(|session: &mut Session| {
        session.insert("user", "bob.the.second").unwrap();
        session.insert("visits", 7).unwrap();
    })
    .await;
    assert_eq!(what_bob_has(&mut site).await.2, 7);
}

/// A plain `clear()` knows no field, and must not hide what a struct gave up before it.
#[actix_web::test]
async fn a_privilege_that_was_given_up_is_gone_although_all_keys_are_dropped_after_it() {
    let sessions = SessionMiddleware::signed(key()).build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |session: &mut Session<Visitor>| {
        session.set_user("ada");
        session.set_role("administrator");
    })
    .await;
    let step_down = async |mut session: Session<Visitor>, mut all: Session| {
        session.clear_role();
        drop(session);
        all.clear();
        actix_web::HttpResponse::InternalServerError().finish()
    };
    let app = actix_web::App::new().wrap(sessions.clone()).default_service(actix_web::web::to(step_down));
    let app = actix_web::test::init_service(app).await;
    crate::support::send(&app, &mut jar, actix_web::test::TestRequest::default()).await;
    let role = visit(&sessions, &mut jar, |session: &mut Session<Visitor>| session.role().map(str::to_owned)).await;
    assert_eq!(role.result, None, "a server error saves what was given up, and nothing else");
}

#[actix_web::test]
async fn dropping_all_keys_by_name_renews_a_session_whose_login_somebody_looked_at() {
    let store = session_actix::store::MemoryStore::new();
    let sessions = SessionMiddleware::stored(store, key()).build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |session: &mut Session<Visitor>| session.set_user("ada")).await;
    let old = jar.clone();
    let look_and_clear = async |session: Session<Visitor>, mut all: Session| {
        assert_eq!(session.user(), Some("ada"));
        all.clear();
        all.insert("theme", "dark").unwrap();
        actix_web::HttpResponse::Ok().finish()
    };
    let app = actix_web::App::new().wrap(sessions.clone()).default_service(actix_web::web::to(look_and_clear));
    let app = actix_web::test::init_service(app).await;
    crate::support::send(&app, &mut jar, actix_web::test::TestRequest::default()).await;
    assert_ne!(jar.get("__Host-session"), old.get("__Host-session"), "a new token");
    let seen = visit(&sessions, &mut old.clone(), |session: &mut Session| session.is_new()).await;
    assert!(seen.result, "the old token opens nothing");
}

/// What the new user's list begins with is their own, a default included.
#[actix_web::test]
async fn a_list_that_is_changed_after_the_login_is_the_new_users() {
    #[derive(SessionData)]
    #[session(login(user))]
    struct Shopper {
        user: Option<String>,
        #[session(default = vec![1])]
        cart: Vec<u32>,
    }

    let sessions = SessionMiddleware::signed(key()).build().unwrap();
    let steps: [fn(&mut Session<Shopper>); 2] = [
        |session| {
            session.set_user("bob");
            session.cart.push(2);
        },
        |session| {
            session.set_user("bob");
            session.cart.push(2);
            let shopper = &mut **session;
            // At once with another login, it is made from the last user's.
            shopper.user = Some("carl".into());
            shopper.cart.push(3);
        },
    ];
    for (step, expected) in steps.into_iter().zip([("bob", vec![1, 2]), ("carl", vec![1])]) {
        let mut jar = Jar::default();
        visit(&sessions, &mut jar, |session: &mut Session<Shopper>| {
            session.set_user("ada");
            session.cart.push(9);
        })
        .await;
        visit(&sessions, &mut jar, step).await;
        let seen = visit(&sessions, &mut jar, |session: &mut Session<Shopper>| {
            (session.user().map(str::to_owned), session.cart.clone())
        })
        .await;
        assert_eq!(seen.result, (Some(expected.0.to_owned()), expected.1));
    }

    // In a view of its own, after one that switched.
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |session: &mut Session<Shopper>| session.set_user("ada")).await;
    let two_views = async |session: Session<Shopper>, request: actix_web::HttpRequest| {
        let mut session = session;
        session.set_user("bob");
        drop(session);
        let mut later = session_actix::SessionExt::session::<Shopper>(&request).await.unwrap();
        later.cart.push(2);
        actix_web::HttpResponse::Ok().finish()
    };
    let app = actix_web::App::new().wrap(sessions.clone()).default_service(actix_web::web::to(two_views));
    let app = actix_web::test::init_service(app).await;
    crate::support::send(&app, &mut jar, actix_web::test::TestRequest::default()).await;
    let seen = visit(&sessions, &mut jar, |session: &mut Session<Shopper>| session.cart.clone()).await;
    assert_eq!(seen.result, [1, 2]);
}

/// The list of a view from before the login, and that of one from after it, in either order.
#[actix_web::test]
async fn of_two_users_lists_in_one_request_the_new_ones_is_kept() {
    for handler in [
        |mut session: Session<Visitor>, mut shop: Session<Shop>| {
            shop.cart_mut().push("of the last user's".into());
            drop(shop);
            session.set_user("bob.the.second");
            session.cart_mut().push("a book for Bob".into());
        },
        |mut session: Session<Visitor>, mut shop: Session<Shop>| {
            session.set_user("bob.the.second");
            session.cart_mut().push("a book for Bob".into());
            drop(session);
            shop.cart_mut().push("of the last user's".into());
        },
    ] {
        let payload = after(handler).await;
        assert!(payload.contains("bob.the.second") && payload.contains("a book for Bob"), "{payload}");
        assert!(!payload.contains("Ada") && !payload.contains("of the last user's"), "{payload}");
    }
}
