//! What anybody can send.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use session_actix::testing::ManualClock;

use crate::site::{NAME, START, Tally, ada, client, every_kind, guarded, is_refused, with_cookies};

/// Every letter of it, to another of the same alphabet; cut off at every place; doubled; with what decoders are lenient about.
#[actix_web::test]
async fn a_cookie_is_changed() {
    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let sessions = builder.build().unwrap();
        let value = ada(&sessions).await.jar().get(NAME).unwrap().to_owned();
        let mut changed: Vec<String> = (0..value.len()).map(|at| value[..at].to_owned()).collect();
        for (at, letter) in value.char_indices() {
            for other in ['A', 'B', '_', '-', '.', '+', '=', '%', '0'] {
                if other != letter {
                    changed.push(format!("{}{other}{}", &value[..at], &value[at + 1..]));
                    changed.push(format!("{}{other}{}", &value[..at], &value[at..]));
                }
            }
        }
        changed.extend([format!("{value}="), format!("{value}.{value}"), format!("\"{value}\""), value.to_uppercase()]);
        for value in changed {
            let response = with_cookies(&sessions, &[&format!("{NAME}={value}")]).await;
            tally.add(is_refused(&response), || format!("{kind}: {value}"));
        }
    }
    tally.report("a_cookie_is_changed");
}

#[actix_web::test]
async fn segments_are_swapped_doubled_or_left_out() {
    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let sessions = builder.build().unwrap();
        let value = ada(&sessions).await.jar().get(NAME).unwrap().to_owned();
        let parts: Vec<&str> = value.split('.').collect();
        // Every sequence of up to four of the segments.
        let mut sequences: Vec<Vec<&str>> = vec![vec![]];
        for _ in 0..4 {
            let longer = sequences
                .iter()
                .flat_map(|sequence| parts.iter().map(move |part| [sequence.as_slice(), &[*part]].concat()));
            sequences = sequences.iter().cloned().chain(longer).collect();
        }
        sequences.sort();
        sequences.dedup();
        for sequence in sequences.into_iter().filter(|sequence| *sequence != parts) {
            let response = with_cookies(&sessions, &[&format!("{NAME}={}", sequence.join("."))]).await;
            tally.add(is_refused(&response), || format!("{kind}: {sequence:?}"));
        }
    }
    tally.report("segments_are_swapped_doubled_or_left_out");
}

/// Each value is sent to every other middleware: of another kind, another key, scope or name.
#[actix_web::test]
async fn a_value_is_moved_to_another_cookie_kind_of_session_or_scope() {
    let mut middlewares = Vec::new();
    for (kind, builder) in every_kind(7) {
        middlewares.push((kind.to_owned(), builder.build().unwrap()));
    }
    for (kind, builder) in every_kind(8) {
        middlewares.push((format!("{kind}, another key"), builder.build().unwrap()));
    }
    // Flask's signature knows neither a name nor a scope: that is out of scope, and said so.
    for (kind, builder) in every_kind(7).into_iter().filter(|(kind, _)| *kind != "flask") {
        middlewares.push((format!("{kind}, another name"), builder.cookie_name("basket").build().unwrap()));
    }
    let mut values = Vec::new();
    for (of, sessions) in &middlewares {
        let client = ada(sessions).await;
        let name = client.jar().names().next().unwrap().to_owned();
        values.push((of, name.clone(), client.jar().get(&name).unwrap().to_owned()));
    }
    let mut tally = Tally::default();
    for (of, _, value) in &values {
        for ((to, sessions), (_, name, _)) in middlewares.iter().zip(&values).filter(|((to, _), _)| to != *of) {
            let response = with_cookies(sessions, &[&format!("{name}={value}")]).await;
            tally.add(is_refused(&response), || format!("{of} as {to}"));
        }
    }
    tally.report("a_value_is_moved_to_another_cookie_kind_of_session_or_scope");
}

#[actix_web::test]
async fn a_cookie_whose_name_only_looks_like_ours() {
    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let sessions = builder.build().unwrap();
        let value = ada(&sessions).await.jar().get(NAME).unwrap().to_owned();
        for name in [
            "__host-session",
            "__HOST-session",
            "__Host-Session",
            "\u{a0}__Host-session",
            "\u{2003}__Host-session",
            "__Host-session\u{a0}",
            "__Host-session ",
            "__Host-sessio",
            "__Host-session2",
            "session",
            "x__Host-session",
            "=__Host-session",
            "__Host%2Dsession",
            "\"__Host-session\"",
            "__Host-session[]",
            "$__Host-session",
            "__Host-\u{ff53}ession",
        ] {
            let response = with_cookies(&sessions, &[&format!("{name}={value}")]).await;
            tally.add(is_refused(&response), || format!("{kind}: {name:?}"));
        }
    }
    tally.report("a_cookie_whose_name_only_looks_like_ours");
}

/// A neighbour host that sets a cookie of our name, before ours or behind it, as often as it likes.
#[actix_web::test]
async fn garbage_cookies_of_our_name() {
    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let sessions = builder.build().unwrap();
        let long = format!("{NAME}={}", "A".repeat(4097));
        let many = vec![format!("{NAME}=garbage"); 200].join("; ");
        for garbage in [&format!("{NAME}="), NAME, &long, &many, "; ; ;", "=", "a=b; =; __Host-session=\u{ff}"] {
            let response = with_cookies(&sessions, &[garbage]).await;
            tally.add(is_refused(&response), || format!("{kind}: {garbage:.60}"));
        }
        let value = ada(&sessions).await.jar().get(NAME).unwrap().to_owned();
        let response = with_cookies(&sessions, &[&format!("{NAME}=garbage; {NAME}={value}")]).await;
        tally.add(response.text() == "ada", || format!("{kind}: the genuine one behind it is not found"));
    }
    tally.report("garbage_cookies_of_our_name");
}

/// A cookie that was copied is sent again: after its time, and, where a store knows better, after the logout and a later login.
#[actix_web::test]
async fn an_old_cookie_is_sent_again() {
    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let clock = ManualClock::at(START);
        let sessions = builder.clock(clock.clone()).build().unwrap();
        let mut browser = ada(&sessions).await;
        let copy = format!("{NAME}={}", browser.jar().get(NAME).unwrap());
        if kind == "stored" {
            browser.post("/login", &[("value", "bob")]).await;
            tally.add(is_refused(&with_cookies(&sessions, &[&copy]).await), || "after another login".into());
            let copy = format!("{NAME}={}", browser.jar().get(NAME).unwrap());
            browser.post("/logout", ()).await;
            tally.add(is_refused(&with_cookies(&sessions, &[&copy]).await), || "after the logout".into());
        }
        for later in [31 * 86_400 + 1, 365 * 86_400, 50 * 365 * 86_400] {
            clock.set(START + later);
            tally
                .add(is_refused(&with_cookies(&sessions, &[&copy]).await), || format!("{kind}: {later} seconds later"));
        }
        clock.set(START - 3600);
        tally.add(is_refused(&with_cookies(&sessions, &[&copy]).await), || format!("{kind}: from the future"));
    }
    tally.report("an_old_cookie_is_sent_again");
}

/// Used every week, a session ends all the same.
#[actix_web::test]
async fn a_login_that_never_ends() {
    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let clock = ManualClock::at(START);
        let sessions =
            builder.clock(clock.clone()).absolute_lifetime(Some(Duration::from_secs(90 * 86_400))).build().unwrap();
        let mut browser = ada(&sessions).await;
        for _week in 0..13 {
            clock.advance(Duration::from_secs(7 * 86_400));
            browser.post("/theme", &[("value", "dark")]).await;
        }
        tally.add(browser.get("/who").await.text() == "nobody", || kind.into());
    }
    tally.report("a_login_that_never_ends");
}

#[actix_web::test]
async fn an_open_redirect_through_next() {
    let sessions = every_kind(7).remove(0).1.build().unwrap();
    let mut tally = Tally::default();
    for next in [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "\t//evil.example",
        " //evil.example",
        "http:evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "/%09/evil.example\u{0}",
        "evil.example",
        "?next=//evil.example\\",
        "/./\\evil.example",
        "/..//evil.example",
        "//\u{3002}evil.example",
        "/\u{2028}/evil.example",
        "@evil.example",
        ":80",
        "//[::1]",
        "https:\\\\evil.example",
        "\u{feff}//evil.example",
        "/\u{0}//evil.example",
        "/who\r\nX-Header: 1",
    ] {
        let query = next.bytes().fold(String::new(), |query, byte| query + &format!("%{byte:02X}"));
        let response = client(&sessions).post(&format!("/login?next={query}"), &[("value", "ada")]).await;
        let location = response.location().unwrap_or_default();
        // What a browser makes of it, at our host.
        let own = location.starts_with('/')
            && !location.starts_with("//")
            && location.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        tally.add(own && !response.headers().contains_key("x-header"), || format!("{next:?} leads to {location:?}"));
    }
    tally.report("an_open_redirect_through_next");
}

/// Every method, whatever the browser says of the sender, with every token that is not the session's own.
#[actix_web::test]
async fn a_form_of_another_site_is_sent_in_the_users_name() {
    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let sessions = builder.build().unwrap();
        let mut ada = guarded(&sessions);
        let own = ada.get("/token").await.text().to_owned();
        let others = guarded(&sessions).get("/token").await.text().to_owned();
        let senders: [&[(&str, &str)]; 6] = [
            &[],
            &[("Sec-Fetch-Site", "cross-site")],
            &[("Sec-Fetch-Site", "same-site")],
            &[("Origin", "https://evil.example")],
            &[("Origin", "null")],
            &[("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost:8080")],
        ];
        for method in ["POST", "PUT", "PATCH", "DELETE", "QUERY"] {
            for (place, sender) in senders.into_iter().enumerate() {
                for token in ["", "x", &others, &own[..own.len() - 1], &own.to_uppercase(), &"A".repeat(43), &own] {
                    // Those who say that they are elsewhere are refused with the right token, too.
                    let is_own_form = token == own && (place == 0 || place == 5);
                    let request = TestRequest::with_uri("/theme")
                        .method(Method::from_bytes(method.as_bytes()).unwrap())
                        .set_form([("value", "dark"), ("csrf_token", token)]);
                    let request = sender.iter().fold(request, |request, header| request.insert_header(*header));
                    let status = ada.send(request).await.status();
                    if is_own_form {
                        assert_eq!(status, 200, "{kind}: the site's own form");
                    } else {
                        tally.add(status == 403, || format!("{kind}: {method} {sender:?} {token:?}"));
                    }
                }
            }
        }
    }
    tally.report("a_form_of_another_site_is_sent_in_the_users_name");
}
