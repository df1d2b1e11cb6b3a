//! Headless Chromium, as Debian packages it, driven by its own driver.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::rt::time::timeout;
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

/// A browser with a profile of its own, which is gone with it.
pub struct Chromium {
    driver: Child,
    address: String,
    profile: PathBuf,
    client: Option<Client>,
}

impl Chromium {
    pub async fn start(name: &str) -> Self {
        let profile = std::env::temp_dir().join(format!("chromium-{}-{name}", std::process::id()));
        let mut driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let address = format!("http://127.0.0.1:{}", port.expect("chromedriver starts"));
        let mut chromium = Self { driver, address, profile, client: None };
        chromium.open().await;
        chromium
    }

    async fn open(&mut self) {
        let profile = format!("--user-data-dir={}", self.profile.display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1000,840",
            &profile,
        ];
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".into(), json!({ "args": arguments }));
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        let client = ClientBuilder::new(connector).capabilities(capabilities).connect(&self.address).await;
        self.client = Some(client.unwrap());
    }

    /// Closes the browser, as its user does, and opens it again.
    pub async fn close_and_open(&mut self) {
        self.quit().await;
        self.open().await;
    }

    /// Closes the browser in order, at the end of a test.
    pub async fn quit(&mut self) {
        if let Some(client) = self.client.take() {
            client.close().await.unwrap();
        }
    }

    pub fn client(&self) -> &Client {
        self.client.as_ref().unwrap()
    }

    pub async fn go(&self, url: &str) {
        self.client().goto(url).await.unwrap();
    }

    /// The path that is shown.
    pub async fn path(&self) -> String {
        let url = self.client().current_url().await.unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    pub async fn find(&self, css: &str) -> Element {
        self.client().find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// The texts of all that match.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.client().find_all(Locator::Css(css)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Clicks what leads to another page, and waits until that is there: a click alone comes back before.
    pub async fn leave_by(&self, css: &str) {
        self.leave(async |browser| browser.click(css).await).await;
    }

    /// As [`leave_by`](Self::leave_by), by a script.
    pub async fn leave_by_script(&self, script: &str) {
        let run = async |browser: &Self| drop(browser.client().execute(script, Vec::new()).await.unwrap());
        self.leave(run).await;
    }

    async fn leave(&self, step: impl AsyncFnOnce(&Self)) {
        let client = self.client();
        client.execute("document.documentElement.id = 'left'", Vec::new()).await.unwrap();
        step(self).await;
        let arrived = "return document.readyState === 'complete' && document.documentElement.id !== 'left'";
        // Between two pages the driver may have none to ask.
        let arrive = async { while client.execute(arrived, Vec::new()).await.ok() != Some(Value::Bool(true)) {} };
        timeout(Duration::from_secs(30), arrive).await.expect("another page comes");
    }

    pub async fn fill(&self, css: &str, text: &str) {
        self.find(css).await.send_keys(text).await.unwrap();
    }

    /// The cookies of the page that is shown, as the browser describes them.
    pub async fn cookies(&self) -> Vec<Value> {
        let cookies = self.client().get_all_cookies().await.unwrap();
        let described = cookies.iter().map(|cookie| {
            crate::watch::keep_secret_cookie(cookie.value());
            json!({
                "name": cookie.name(),
                "path": cookie.path(),
                "domain": cookie.domain(),
                "secure": cookie.secure(),
                "http_only": cookie.http_only(),
                "same_site": cookie.same_site().map(|same_site| same_site.to_string()),
                "expires": cookie.expires_datetime().is_some(),
                "bytes": cookie.name().len() + cookie.value().len(),
            })
        });
        described.collect()
    }

    /// Saves what is shown, where `SCREENSHOTS` names a folder for it.
    pub async fn screenshot(&self, name: &str) {
        if let Some(folder) = std::env::var_os("SCREENSHOTS") {
            let image = self.client().screenshot().await.unwrap();
            std::fs::write(Path::new(&folder).join(name), image).unwrap();
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // A test that failed leaves the browser open, and the driver does not take it along.
        let _ = Command::new("pkill").arg("-f").arg(&self.profile).status();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
