//! Where a redirect leads to inside of the application.

use actix_web::http::Uri;

/// The path and query of a `Location`, as seen from the page that sent it (RFC 3986, section 5.2). `None` where it leads to
/// another host.
pub(super) fn path_of(location: &str, from: &str, host: &str) -> Option<String> {
    let location = location.split('#').next().unwrap_or_default();
    if let Some((scheme, _)) = location.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '?'])) {
        let uri: Uri = location.parse().ok()?;
        let is_local = matches!(scheme, "http" | "https") && uri.authority().is_some_and(|found| found == host);
        return is_local.then(|| uri.path_and_query().map_or("/", |path| path.as_str()).to_owned());
    }
    if location.starts_with("//") {
        return None;
    }
    let page = from.split('?').next().unwrap_or_default();
    Some(match location.chars().next() {
        Some('/') => location.to_owned(),
        Some('?') => format!("{page}{location}"),
        Some(_) => join(page, location),
        None => from.to_owned(),
    })
}

/// A relative path, with its dots taken out.
fn join(page: &str, location: &str) -> String {
    let (path, query) = location.split_once('?').map_or((location, None), |(path, query)| (path, Some(query)));
    let mut parts: Vec<&str> = page.split('/').skip(1).collect();
    parts.pop();
    let mut steps = path.split('/').peekable();
    while let Some(step) = steps.next() {
        match step {
            "." => {}
            ".." => {
                parts.pop();
            }
            step => parts.push(step),
        }
        if steps.peek().is_none() && matches!(step, "." | "..") {
            parts.push("");
        }
    }
    let path = format!("/{}", parts.join("/"));
    query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_where_a_browser_goes() {
        for (location, path) in [
            ("/", Some("/")),
            ("/login?next=%2F#top", Some("/login?next=%2F")),
            ("http://localhost:8080", Some("/")),
            ("https://localhost:8080/a?b", Some("/a?b")),
            ("?page=2", Some("/shop/cart?page=2")),
            ("done", Some("/shop/done")),
            ("./done?at=/../x", Some("/shop/done?at=/../x")),
            ("../", Some("/")),
            ("..", Some("/")),
            ("../../../up", Some("/up")),
            ("", Some("/shop/cart?page=1")),
            ("http://evil.example/", None),
            ("//evil.example/", None),
            ("ftp://localhost:8080/", None),
            ("/?next=http://evil.example", Some("/?next=http://evil.example")),
        ] {
            assert_eq!(path_of(location, "/shop/cart?page=1", "localhost:8080").as_deref(), path, "{location}");
        }
    }
}
