//! The blog, as its users see it: in a real browser.

use actix_web::http::header::ContentType;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::blog::blog;
use crate::chromium::Chromium;
use crate::support::{Server, sessions};

struct Site {
    server: Server,
    browser: Chromium,
}

impl Site {
    async fn open(name: &str) -> Self {
        let (server, browser) = (Server::start(sessions(), blog), Chromium::start(name).await);
        let site = Self { server, browser };
        site.go("/").await;
        site
    }

    async fn go(&self, path: &str) {
        self.browser.go(&format!("http://{}{path}", self.server.address)).await;
    }

    async fn log_in(&self, name: &str, remember: bool) {
        self.go("/login").await;
        self.browser.fill("[name=username]", name).await;
        self.browser.fill("[name=password]", "demo").await;
        if remember {
            self.browser.click("[name=remember]").await;
        }
        self.browser.leave_by("main button").await;
    }

    async fn flashes(&self) -> Vec<String> {
        self.browser.texts(".flash").await
    }

    /// Who the navigation says is logged in.
    async fn user(&self) -> String {
        self.browser.text("nav .user a").await
    }

    async fn end(mut self) {
        self.browser.quit().await;
    }
}

#[actix_web::test]
#[ignore = "needs chromium and chromedriver"]
async fn a_login_ends_with_the_browser_unless_it_is_remembered() {
    for (remember, user) in [(false, "Log in"), (true, "Ada")] {
        let mut site = Site::open(if remember { "remembered" } else { "forgotten" }).await;
        site.log_in("Ada", remember).await;
        assert_eq!(site.user().await, "Ada");
        site.browser.close_and_open().await;
        site.go("/").await;
        assert_eq!(site.user().await, user);
        site.end().await;
    }
}

#[actix_web::test]
#[ignore = "needs chromium and chromedriver"]
async fn the_cookie_has_its_attributes_in_the_browsers_own_eyes() {
    let site = Site::open("attributes").await;
    site.log_in("Ada", true).await;
    let [cookie] = &site.browser.cookies().await[..] else { panic!("one cookie is expected") };
    let bytes = &cookie["bytes"];
    assert_eq!(
        *cookie,
        json!({
            "name": "__Host-session",
            "path": "/",
            "domain": "127.0.0.1",
            "secure": true,
            "http_only": true,
            "same_site": "Lax",
            "expires": true,
            "bytes": bytes,
        })
    );
    let seen = site.browser.client().execute("return document.cookie", Vec::new()).await.unwrap();
    assert_eq!(seen, json!(""), "scripts do not see it");
    site.end().await;
}

#[actix_web::test]
#[ignore = "needs chromium and chromedriver"]
async fn a_flash_is_shown_once_after_the_redirect() {
    let site = Site::open("flash").await;
    site.browser.screenshot("blog-home.png").await;
    site.go("/posts").await;
    assert_eq!(site.browser.path().await, "/login?next=%2Fposts");
    site.browser.fill("[name=username]", "Ada").await;
    site.browser.fill("[name=password]", "wrong").await;
    site.browser.leave_by("main button").await;
    assert_eq!(site.browser.path().await, "/login?next=%2Fposts");
    assert_eq!(site.flashes().await, ["Incorrect username or password"]);
    site.browser.screenshot("blog-refused.png").await;

    site.browser.fill("[name=username]", "Ada").await;
    site.browser.fill("[name=password]", "demo").await;
    site.browser.leave_by("main button").await;
    assert_eq!(site.browser.path().await, "/posts", "back to where the login was asked for");
    assert_eq!(site.flashes().await, ["You were logged in"]);
    site.browser.client().refresh().await.unwrap();
    assert_eq!(site.flashes().await, [""; 0]);

    for title in ["Sessions that merge", "A logout that holds"] {
        site.browser.fill("[name=title]", title).await;
        site.browser.leave_by("main button").await;
        assert_eq!(site.flashes().await, [format!("Article \"{title}\" published successfully!")]);
    }
    assert_eq!(site.browser.texts("main li").await, ["Sessions that merge", "A logout that holds"]);
    site.browser.screenshot("blog-posts.png").await;
    site.end().await;
}

#[actix_web::test]
#[ignore = "needs chromium and chromedriver"]
async fn the_back_button_shows_no_account_after_the_logout() {
    let site = Site::open("back").await;
    site.log_in("Ada", false).await;
    site.go("/account").await;
    assert!(site.browser.text("main").await.contains("until you close the browser"));
    site.browser.leave_by("nav button").await;
    assert_eq!(site.browser.path().await, "/");
    assert_eq!(site.user().await, "Log in");
    assert_eq!(site.browser.text(".count").await, "1", "a session of nobody's, which counts anew");
    site.browser.leave_by_script("history.back()").await;
    assert_eq!(site.browser.path().await, "/login?next=%2Faccount", "the account was not kept by the browser");
    site.end().await;
}

#[actix_web::test]
#[ignore = "needs chromium and chromedriver"]
async fn two_tabs_share_the_login_and_its_end() {
    let site = Site::open("tabs").await;
    let client = site.browser.client();
    let first = client.window().await.unwrap();
    let second = client.new_window(true).await.unwrap().handle;

    site.log_in("Ada", false).await;
    client.switch_to_window(second.clone()).await.unwrap();
    site.go("/cart").await;
    assert_eq!(site.user().await, "Ada");
    assert_eq!(site.flashes().await, [""; 0], "the first tab has shown it");

    client.switch_to_window(first).await.unwrap();
    site.browser.leave_by("nav button").await;
    assert_eq!(site.user().await, "Log in");

    // The other tab still shows its form.
    client.switch_to_window(second).await.unwrap();
    site.browser.fill("[name=item]", "tea").await;
    site.browser.leave_by("main button").await;
    assert!(site.browser.text("body").await.contains("This form is out of date"));
    site.go("/account").await;
    assert_eq!(site.browser.path().await, "/login?next=%2Faccount");
    site.end().await;
}

#[actix_web::test]
#[ignore = "needs chromium and chromedriver"]
async fn a_session_that_grows_too_large_leaves_the_old_cookie() {
    let site = Site::open("large").await;
    site.log_in("Ada", false).await;
    site.go("/cart").await;
    let before = site.browser.cookies().await;
    let script =
        "const item = document.querySelector('[name=item]'); item.value = 'x'.repeat(4000); item.form.submit()";
    site.browser.leave_by_script(script).await;
    assert_eq!(site.browser.text("body").await, "Internal Server Error");
    assert_eq!(site.browser.cookies().await, before);
    site.go("/cart").await;
    assert_eq!(site.user().await, "Ada");
    assert!(site.browser.text("main").await.contains("Your cart is empty"));
    site.browser.fill("[name=item]", "tea").await;
    site.browser.leave_by("main button").await;
    assert_eq!(site.browser.texts("main li").await, ["tea"]);
    site.end().await;
}

/// Another application on the same host: the browser sends it the same cookies, `SameSite` or not.
#[actix_web::test]
#[ignore = "needs chromium and chromedriver"]
async fn csrf_a_form_of_a_neighbour_is_refused_with_the_cookie_in_it() {
    let site = Site::open("csrf").await;
    site.log_in("Ada", false).await;
    site.go("/").await;
    let neighbour = Server::start(sessions(), |config: &mut ServiceConfig| {
        config.route(
            "/",
            web::get().to(async |request: HttpRequest| {
                HttpResponse::Ok().content_type(ContentType::html()).body(format!(
                    r#"<form method="post" action="{}"><button>Win a prize</button></form>"#,
                    request.query_string()
                ))
            }),
        );
    });
    for path in ["/logout", "/posts", "/cart"] {
        let action = format!("http://{}{path}", site.server.address);
        site.browser.go(&format!("http://{}/?{action}", neighbour.address)).await;
        site.browser.leave_by("button").await;
        assert_eq!(site.browser.client().current_url().await.unwrap().as_str(), action);
        assert!(site.browser.text("body").await.contains("This form is out of date"), "{path}");
    }
    site.go("/").await;
    assert_eq!(site.user().await, "Ada");
    site.end().await;
}
