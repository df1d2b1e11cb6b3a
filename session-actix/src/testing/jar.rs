//! What a browser remembers.

use std::fmt;
use std::time::UNIX_EPOCH;

use actix_web::http::header::HttpDate;

/// Longest name and value together that browsers keep, in bytes (RFC 6265bis, section 5.7).
const LONGEST_PAIR: usize = 4096;

/// The cookies of one browser at one host, kept by the rules of RFC 6265bis: by name and path, until they expire, or
/// until the browser is closed.
///
/// The host counts as secure, as `https://..` and `http://localhost` do. What a browser would refuse (a `__Host-` cookie
/// with a path of its own, more than 4096 bytes) is not kept.
///
/// `cookie_store`, which well-known clients use, asks the system for the time, and a test has a clock of its own.
///
/// # Examples
///
/// ```
/// use session_actix::testing::CookieJar;
///
/// let mut jar = CookieJar::default();
/// jar.store("theme=dark; Path=/; Max-Age=60", "/", 1_700_000_000);
/// assert_eq!(jar.header("/account").as_deref(), Some("theme=dark"));
/// jar.expire(1_700_000_060);
/// assert_eq!(jar.get("theme"), None);
///
/// jar.set("session", "a value from elsewhere");
/// jar.set_pair("theme=light");
/// assert_eq!(jar.names().collect::<Vec<_>>(), ["session", "theme"]);
/// jar.remove("theme");
/// jar.close_browser();
/// assert_eq!(jar.names().count(), 0);
/// ```
#[derive(Clone, Default)]
pub struct CookieJar {
    cookies: Vec<Cookie>,
}

#[derive(Clone)]
struct Cookie {
    name: String,
    value: String,
    path: String,
    /// In seconds since 1970. `None`: until the browser is closed.
    expires: Option<u64>,
}

impl CookieJar {
    /// Keeps the cookie of a `Set-Cookie` header that came with the response to `request_path`, or removes it where the
    /// header says so. The time is in seconds since 1970.
    pub fn store(&mut self, set_cookie: &str, request_path: &str, now: u64) {
        let Some(cookie) = Cookie::parse(set_cookie, request_path, now) else { return };
        let is_over = cookie.is_over(now);
        match self.cookies.iter_mut().find(|kept| kept.name == cookie.name && kept.path == cookie.path) {
            // In its old place, as browsers do.
            Some(kept) => *kept = cookie,
            None => self.cookies.push(cookie),
        }
        if is_over {
            self.expire(now);
        }
    }

    /// The `Cookie` header of a request to this path: the cookies of longer paths first. `None` where there are none.
    #[must_use]
    pub fn header(&self, path: &str) -> Option<String> {
        self.header_of(|cookie| cookie.is_for(path))
    }

    /// As [`header`](Self::header), whatever their path.
    pub(super) fn of_all_paths(&self) -> Option<String> {
        self.header_of(|_| true)
    }

    fn header_of(&self, is_sent: impl Fn(&Cookie) -> bool) -> Option<String> {
        let mut sent: Vec<&Cookie> = self.cookies.iter().filter(|cookie| is_sent(cookie)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// A cookie's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value.as_str())
    }

    /// Sets a cookie of the whole host that is gone when the browser is closed: to bring one from elsewhere, such as an old
    /// one or one that was tampered with.
    pub fn set(&mut self, name: &str, value: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
        self.cookies.push(Cookie { name: name.into(), value: value.into(), path: "/".into(), expires: None });
    }

    /// As [`set`](Self::set), from a `name=value`, such as
    /// [`SessionMiddleware::cookie_for`](crate::SessionMiddleware::cookie_for) gives.
    pub fn set_pair(&mut self, pair: &str) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        self.set(name, value);
    }

    /// Removes a cookie of every path.
    pub fn remove(&mut self, name: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
    }

    /// The names of the cookies.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.cookies.iter().map(|cookie| cookie.name.as_str())
    }

    /// Forgets what is not kept when a browser is closed.
    pub fn close_browser(&mut self) {
        self.cookies.retain(|cookie| cookie.expires.is_some());
    }

    /// Forgets what is over at this time, in seconds since 1970.
    pub fn expire(&mut self, now: u64) {
        self.cookies.retain(|cookie| !cookie.is_over(now));
    }
}

/// Names only: a cookie's value may open somebody's session.
impl fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CookieJar").field(&self.names().collect::<Vec<_>>()).finish()
    }
}

impl Cookie {
    fn parse(set_cookie: &str, request_path: &str, now: u64) -> Option<Self> {
        let mut parts = set_cookie.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let (mut path, mut domain, mut secure) = (None, false, false);
        let (mut max_age, mut date) = (None, None);
        for attribute in parts {
            let (attribute, argument) = attribute.split_once('=').unwrap_or((attribute, ""));
            match attribute.to_ascii_lowercase().as_str() {
                "path" if argument.starts_with('/') => path = Some(argument),
                "domain" => domain = !argument.is_empty(),
                "secure" => secure = true,
                "max-age" => max_age = argument.parse::<i64>().ok(),
                "expires" => date = seconds_of(argument),
                _ => {}
            }
        }
        // `Max-Age` comes before `Expires` (RFC 6265, section 4.1.2.2).
        let after = |seconds: i64| now.saturating_add(u64::try_from(seconds).unwrap_or_default());
        let expires = max_age.map(after).or(date);
        let refused = (name.starts_with("__Secure-") && !secure)
            || (name.starts_with("__Host-") && (!secure || domain || path != Some("/")))
            || name.len() + value.len() > LONGEST_PAIR;
        let path = path.unwrap_or_else(|| folder_of(request_path)).to_owned();
        (!refused).then(|| Self { name: name.into(), value: value.into(), path, expires })
    }

    fn is_over(&self, now: u64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// RFC 6265, section 5.1.4.
    fn is_for(&self, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or_default();
        let rest = path.strip_prefix(self.path.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'))
    }
}

/// The path of a cookie that names none.
fn folder_of(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default();
    path.rsplit_once('/').map(|(folder, _)| folder).filter(|folder| !folder.is_empty()).unwrap_or("/")
}

fn seconds_of(date: &str) -> Option<u64> {
    let date: HttpDate = date.parse().ok()?;
    std::time::SystemTime::from(date).duration_since(UNIX_EPOCH).ok().map(|time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;

    fn jar(set_cookies: &[&str]) -> CookieJar {
        let mut jar = CookieJar::default();
        for set_cookie in set_cookies {
            jar.store(set_cookie, "/shop/cart?item=1", NOW);
        }
        jar
    }

    #[test]
    fn a_cookie_is_sent_to_its_path_and_below() {
        let jar = jar(&["a=1; Path=/", "b=2", "c=3; Path=/shop/cart", "d=4; path=/shopping"]);
        assert_eq!(jar.header("/shop/cart").as_deref(), Some("c=3; b=2; a=1"));
        assert_eq!(jar.header("/shop?x=/shop/cart").as_deref(), Some("b=2; a=1"));
        assert_eq!(jar.header("/shopping/").as_deref(), Some("d=4; a=1"));
        assert_eq!(jar.header("/").as_deref(), Some("a=1"));
    }

    #[test]
    fn a_cookie_ends_with_its_time_or_with_the_browser() {
        let mut jar = jar(&[
            "window=1; Path=/",
            "minute=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "date=1; Path=/; Expires=Tue, 14 Nov 2023 22:13:22 GMT",
            "gone=1; Path=/; Max-Age=0",
            "past=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ]);
        assert_eq!(jar.names().collect::<Vec<_>>(), ["window", "minute", "date"]);
        jar.expire(NOW + 1);
        assert!(jar.get("date").is_some());
        jar.expire(NOW + 2);
        assert!(jar.get("date").is_none());
        jar.close_browser();
        assert_eq!(jar.names().collect::<Vec<_>>(), ["minute"]);
        jar.store("minute=; Path=/; Max-Age=-1", "/", NOW);
        assert!(jar.header("/").is_none());
    }

    #[test]
    fn what_a_browser_refuses_is_not_kept() {
        let long = format!("long={}", "x".repeat(LONGEST_PAIR));
        for refused in [
            "__Host-a=1; Path=/",
            "__Host-a=1; Secure; Path=/shop",
            "__Host-a=1; Secure",
            "__Host-a=1; Secure; Path=/; Domain=example.org",
            "__Secure-a=1; Path=/",
            "no pair",
            &long,
        ] {
            assert_eq!(jar(&[refused]).names().count(), 0, "{refused}");
        }
        assert_eq!(jar(&["__Host-a=1; Secure; Path=/"]).get("__Host-a"), Some("1"));
    }
}
