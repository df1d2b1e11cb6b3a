//! What is missing is said at the start, with the command or the call that mends it.

use std::time::Duration;

use session_actix::store::RedisStore;
use session_actix::{Builder, Key, Refresh, SameSite, SessionMiddleware};

use crate::support::{key, logged};

#[test]
fn a_key_that_is_missing_short_or_padded_says_how_to_make_a_good_one() {
    for (value, fault) in [
        (None, "is not set"),
        (Some("short".to_owned()), "has 5 bytes, at least 32 are needed"),
        (Some(String::new()), "has 0 bytes"),
        (Some(format!("{}\n", "k".repeat(64))), "white space"),
        (Some(format!(" {}", "k".repeat(64))), "white space"),
    ] {
        let program = std::env::current_exe().unwrap();
        let mut command = std::process::Command::new(program);
        command.args(["--exact", "startup::print_the_key_error", "--ignored", "--nocapture"]).env_remove("TEST_KEY");
        if let Some(value) = &value {
            command.env("TEST_KEY", value);
        }
        let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(output.contains(fault), "{value:?}: {output}");
        assert!(output.contains("export TEST_KEY=$(openssl rand -hex 32)"), "{output}");
        assert!(value.is_none_or(|value| value.trim().is_empty() || !output.contains(value.trim())), "{output}");
    }
}

/// Run by the test above in a process of its own, since the environment belongs to the process.
#[test]
#[ignore = "needs TEST_KEY, which another test sets"]
fn print_the_key_error() {
    let error: Box<dyn std::error::Error> = Key::from_env("TEST_KEY").unwrap_err().into();
    // As a `main` that returns the error prints it.
    println!("Error: {error:?}");
}

#[test]
fn settings_that_cannot_work_are_refused_with_what_to_change() {
    let builder = || SessionMiddleware::signed(key());
    let days = |days: u64| Duration::from_secs(days * 86_400);
    for (built, advice) in [
        (builder().same_site(SameSite::None).secure(false).build(), "choose `SameSite::Lax`"),
        (builder().partitioned(true).secure(false).build(), "remove `.secure(false)` or `.partitioned(true)`"),
        (builder().domain("example.com").build(), "add `.host_prefix(false)`"),
        (builder().path("/app").build(), "add `.host_prefix(false)`"),
        (builder().host_prefix(true).secure(false).build(), "remove `.secure(false)` or remove `.host_prefix(true)`"),
        (builder().cookie_name("__Host-x").secure(false).build(), "or take `__Host-` out of `.cookie_name(..)`"),
        (builder().store_timeout(Duration::ZERO).build(), "`.store_timeout(..)` is zero"),
        (builder().cookie_name("a b").build(), "use letters, digits, `-` and `_`"),
        (builder().cookie_name("").host_prefix(false).build(), "use letters, digits, `-` and `_`"),
        (builder().scope("ä").build(), "use letters, digits, `-` and `_`"),
        (builder().host_prefix(false).domain("a;b").build(), "write it as in `example.com`"),
        (builder().host_prefix(false).domain("a..b").build(), "write it as in `example.com`"),
        (builder().host_prefix(false).domain("-").build(), "write it as in `example.com`"),
        (
            builder().cookie_name("__host-x").domain("example.com").build(),
            "remove `.domain(..)` or take `__Host-` out of",
        ),
        (builder().cookie_name("__secure-x").secure(false).build(), "remove `.secure(false)`"),
        (builder().host_prefix(false).path("x").build(), "must begin with `/`"),
        (builder().host_prefix(false).path("/x;y").build(), "must begin with `/`"),
        (builder().lifetime(Duration::ZERO).build(), "`.lifetime(..)` is below one second"),
        (builder().lifetime(days(401)).absolute_lifetime(None).build(), "over 400 days"),
        (builder().lifetime(days(91)).build(), "`.absolute_lifetime(..)` is below `.lifetime(..)`"),
        (builder().max_lifetime(days(1)).build(), "`.max_lifetime(..)` is below `.lifetime(..)`"),
        (builder().refresh(Refresh::After(days(31))).build(), "use `Refresh::OnChange`"),
        (builder().max_cookie_bytes(4097).build(), "between 1 and 4096"),
    ] {
        let error = built.unwrap_err();
        assert!(error.to_string().contains(advice), "{error}");
        assert_eq!(format!("{error:?}"), error.to_string(), "main prints the sentence");
    }
}

#[test]
fn two_structs_that_disagree_on_one_key_are_refused() {
    use session_actix::SessionData;

    #[derive(SessionData)]
    struct A {
        role: Option<String>,
    }
    #[derive(SessionData)]
    struct B {
        #[session(privileged)]
        role: Option<String>,
    }
    #[derive(SessionData)]
    #[session(scope = "admin")]
    struct C {
        level: u8,
    }
    #[derive(SessionData)]
    struct D {
        #[session(alias = "role")]
        rank: Option<String>,
    }
    let error = SessionMiddleware::signed(key()).data::<A>().data::<B>().build().unwrap_err();
    assert!(error.to_string().contains("say different things of the key \"role\""), "{error}");
    let error = SessionMiddleware::signed(key()).data::<A>().data::<D>().build().unwrap_err();
    assert!(error.to_string().contains("say different things of the key"), "{error}");
    let error = SessionMiddleware::signed(key()).data::<C>().build().unwrap_err();
    assert!(error.to_string().contains("belongs to the scope \"admin\""), "{error}");
}

#[actix_web::test]
async fn an_address_that_asks_for_tls_names_the_feature_of_the_driver() {
    for url in ["rediss://127.0.0.1:1", "http://127.0.0.1:1"] {
        let error = RedisStore::connect(url).await.err().unwrap().to_string();
        assert!(error.contains("the address is none of Redis, or asks for TLS"), "{error}");
    }
}

#[test]
fn a_cookie_that_travels_in_the_open_is_warned_of_and_no_other() {
    let said = |builder: Builder<SessionMiddleware>| {
        let (built, log) = logged(|| builder.build());
        built.unwrap();
        log.contains("travels over plain http").then_some(log)
    };
    let flask = || SessionMiddleware::flask("0123456789abcdef");
    assert!(said(SessionMiddleware::signed(key())).is_none() && said(flask().secure(true)).is_none());
    let log = said(SessionMiddleware::signed(key()).secure(false)).unwrap();
    assert!(log.contains("`.secure(false)` is for development"), "{log}");
    assert!(said(flask()).unwrap().contains("call `.secure(true)` here and set `SESSION_COOKIE_SECURE` there"));
}
