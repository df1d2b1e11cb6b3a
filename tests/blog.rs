//! The main example over a real socket, page by page.

#[allow(dead_code, reason = "its `main` is not run here")]
#[path = "../examples/blog.rs"]
#[rustfmt::skip] // it is formatted where it stands
mod site;

use actix_web::web::{Data, ServiceConfig};
use session_actix::{SessionMiddleware, testing::ManualClock};

use crate::support::{Browser, Reply, Server, key, sessions};

const COOKIE: &str = "__Host-session";

pub fn blog(config: &mut ServiceConfig) {
    config.app_data(Data::new(site::Posts::default())).configure(site::site);
}

fn start() -> Server {
    Server::start(sessions(), blog)
}

/// Sends the form of a page, with the token that the page has for it.
fn submit(browser: &mut Browser, page: &str, path: &str, form: &str) -> Reply {
    let html = browser.get(page).body;
    let (_, rest) = html.split_once(r#"name="csrf_token" value=""#).unwrap();
    let (token, _) = rest.split_once('"').unwrap();
    browser.post(path, &format!("csrf_token={token}&{form}"))
}

fn log_in(browser: &mut Browser) {
    let reply = submit(browser, "/login", "/login", "username=Ada&password=demo");
    assert_redirect(&reply, "/");
}

fn assert_redirect(reply: &Reply, to: &str) {
    assert_eq!((reply.status, reply.header("location")), (303, Some(to)));
}

#[test]
fn a_visitor_is_greeted_and_sent_to_the_login() {
    let server = start();
    let mut browser = Browser::new(&server);
    let home = browser.get("/");
    assert!(home.body.contains("You are not logged in") && home.body.contains(r#"href="/login""#), "{}", home.body);
    assert_redirect(&browser.get("/account"), "/login?next=%2Faccount");
    assert_redirect(&browser.get("/posts?page=2"), "/login?next=%2Fposts%3Fpage%3D2");
    assert_eq!(submit(&mut browser, "/login", "/posts", "title=x").status, 401);
}

#[test]
fn a_form_of_another_site_is_refused_and_changes_nothing() {
    let server = start();
    let mut browser = Browser::new(&server);
    log_in(&mut browser);
    for (path, form) in
        [("/posts", "title=spam"), ("/cart", "item=spam"), ("/logout", ""), ("/login", "username=Eve&password=demo")]
    {
        assert_eq!(browser.post(path, form).status, 403, "{path}");
        assert_eq!(browser.post(path, &format!("{form}&csrf_token=made-up")).status, 403, "{path}");
    }
    assert!(browser.get("/posts").body.contains("Nothing published yet"));
    assert!(browser.get("/").body.contains("Welcome back, Ada!"));
}

#[test]
fn a_login_that_fails_comes_back_with_its_reason() {
    let server = start();
    let mut browser = Browser::new(&server);
    for (form, reason) in [
        ("username=&password=demo", "Username cannot be empty"),
        ("username=++&password=demo", "Username cannot be empty"),
        ("username=Ada&password=wrong", "Incorrect username or password"),
    ] {
        let reply = submit(&mut browser, "/login?next=%2Faccount", "/login", &format!("{form}&next=%2Faccount"));
        assert_redirect(&reply, "/login?next=%2Faccount");
        let page = browser.get("/login?next=%2Faccount").body;
        assert!(page.contains(&format!(r#"<p class="flash error">{reason}</p>"#)), "{page}");
        assert!(page.contains(r#"type="hidden" name="next" value="/account""#), "{page}");
    }
    assert!(browser.get("/").body.contains("You are not logged in"));
}

#[test]
fn a_login_leads_back_to_where_it_was_asked_for_and_nowhere_else() {
    let server = start();
    for (next, to) in [
        ("%2Faccount", "/account"),
        ("%2Fposts%3Fpage%3D2", "/posts?page=2"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("%2F%2Fevil.example", "/"),
        ("%2F%5Cevil.example", "/"),
    ] {
        let mut browser = Browser::new(&server);
        let reply = submit(&mut browser, "/login", "/login", &format!("username=Ada&password=demo&next={next}"));
        assert_redirect(&reply, to);
    }
}

#[test]
fn the_visit_counter_counts_over_ten_requests() {
    let server = start();
    let mut browser = Browser::new(&server);
    log_in(&mut browser);
    for visit in 1..=10 {
        let page = browser.get("/").body;
        assert!(page.contains("Welcome back, Ada!"), "{page}");
        assert!(page.contains(&format!("Your visit count: {visit}<")), "{page}");
    }
}

#[test]
fn a_flash_is_shown_exactly_once_and_not_lost_by_other_requests() {
    let server = start();
    let mut browser = Browser::new(&server);
    log_in(&mut browser);
    for other in ["/favicon.ico", "/logo.png", "/nowhere"] {
        assert_eq!(browser.get(other).status, 404);
    }
    let flash = r#"<p class="flash success">You were logged in</p>"#;
    assert_eq!(browser.get("/account").body.matches(flash).count(), 1);
    for page in ["/", "/account", "/posts", "/cart", "/login"] {
        assert_eq!(browser.get(page).body.matches("flash success").count(), 0, "{page}");
    }
}

#[test]
fn a_post_is_published_with_its_title_escaped_wherever_it_is_shown() {
    let server = start();
    let mut browser = Browser::new(&server);
    log_in(&mut browser);
    browser.get("/");
    assert_redirect(&submit(&mut browser, "/posts", "/posts", "title=+"), "/posts");
    assert!(browser.get("/posts").body.contains(r#"<p class="flash error">Title cannot be empty</p>"#));
    assert_redirect(&submit(&mut browser, "/posts", "/posts", "title=%3Cb%3ERust%3C%2Fb%3E"), "/posts");
    let page = browser.get("/posts").body;
    let title = "&lt;b&gt;Rust&lt;/b&gt;";
    assert!(page.contains(&format!("Article &#34;{title}&#34; published successfully!")), "{page}");
    assert!(page.contains(&format!("<li>{title}</li>")), "{page}");
    assert!(!page.contains("<b>Rust"), "{page}");
}

#[test]
fn a_cart_is_changed_in_place_and_kept() {
    let server = start();
    let mut browser = Browser::new(&server);
    assert!(browser.get("/cart").body.contains("Your cart is empty"));
    for item in ["tea", "milk"] {
        assert_redirect(&submit(&mut browser, "/cart", "/cart", &format!("item={item}")), "/cart");
    }
    assert!(browser.get("/cart").body.contains("<ul><li>tea</li><li>milk</li></ul>"));
    log_in(&mut browser);
    assert!(browser.get("/cart").body.contains("<ul><li>tea</li><li>milk</li></ul>"), "kept over the login");
}

#[test]
fn a_logout_closes_the_account() {
    let server = start();
    let mut browser = Browser::new(&server);
    log_in(&mut browser);
    assert_eq!(browser.get("/account").status, 200);
    let reply = submit(&mut browser, "/", "/logout", "");
    assert_redirect(&reply, "/");
    assert_eq!(
        reply.header("set-cookie"),
        Some(
            "__Host-session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; HttpOnly; Path=/; SameSite=Lax"
        )
    );
    assert_redirect(&browser.get("/account"), "/login?next=%2Faccount");
    assert!(browser.get("/").body.contains("Your visit count: 1<"), "a new session");
}

#[test]
fn remember_me_keeps_the_cookie_when_the_browser_closes() {
    let clock = ManualClock::at(1_700_000_000);
    let sessions = SessionMiddleware::signed(key()).clock(clock.clone()).build().unwrap();
    let server = Server::start(sessions, blog);

    let mut browser = Browser::new(&server);
    let reply = submit(&mut browser, "/login", "/login", "username=Ada&password=demo&remember=on");
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.contains("; Max-Age=2678400; Secure; HttpOnly; Path=/; SameSite=Lax"), "{cookie}");

    let mut forgetful = Browser::new(&server);
    let reply = submit(&mut forgetful, "/login", "/login", "username=Ada&password=demo");
    let cookie = reply.header("set-cookie").unwrap();
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "{cookie}");

    clock.set(1_700_000_000 + 31 * 86_400 + 1);
    assert_redirect(&browser.get("/account"), "/login?next=%2Faccount");
}

#[test]
fn the_account_is_kept_by_no_cache() {
    let server = start();
    let mut browser = Browser::new(&server);
    let refused = browser.get("/account");
    assert_eq!((refused.header("cache-control"), refused.header("vary")), (Some("no-store"), Some("Cookie")));
    log_in(&mut browser);
    let account = browser.get("/account");
    assert_eq!((account.header("cache-control"), account.header("vary")), (Some("no-store"), Some("Cookie")));
}

#[test]
fn no_password_is_stored_in_the_session() {
    let server = start();
    let mut browser = Browser::new(&server);
    log_in(&mut browser);
    let cookie = browser.jar.get(COOKIE).unwrap();
    let payload = crate::tampering::payload(cookie).unwrap();
    assert!(payload.contains(r#""username":"Ada""#) && !payload.contains("demo"), "{payload}");
}
