//! Templates that come out as Flask's do.

use minijinja::{AutoEscape, Environment, Error, Output, State, Value, escape_formatter};

/// The file names whose templates escape what they show (Flask's `select_jinja_autoescape`).
const ESCAPED: [&str; 5] = [".html", ".htm", ".xml", ".xhtml", ".svg"];

/// An environment whose pages are the same text under Flask: it escapes the same files, by the same entities, and values have the
/// methods of Python's, such as `name.upper()` and `cart.items()`.
///
/// minijinja's own `Environment::new()` will do too, without those methods. It writes other entities for quotes and slashes, which a browser
/// shows alike.
///
/// # Examples
///
/// ```
/// use session_actix::minijinja::{context, environment};
///
/// let mut templates = environment();
/// templates.add_template("hello.html", "<a href='/{{ name }}'>{{ name.upper() }}</a>")?;
/// let page = templates.get_template("hello.html")?.render(context! { name => "it's/<me>" })?;
/// assert_eq!(page, "<a href='/it&#39;s/&lt;me&gt;'>IT&#39;S/&lt;ME&gt;</a>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|name| {
        if ESCAPED.iter().any(|ending| name.ends_with(ending)) { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.set_formatter(format);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_filter("escape", escape);
    environment.add_filter("e", escape);
    environment
}

fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if !matches!(state.auto_escape(), AutoEscape::Html) || value.is_safe() || value.is_undefined() {
        return escape_formatter(out, state, value);
    }
    out.write_str(&escaped(&value.to_string())).map_err(Error::from)
}

fn escape(value: &Value) -> Value {
    if value.is_safe() { value.clone() } else { Value::from_safe_string(escaped(&value.to_string())) }
}

/// As `MarkupSafe` does.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut html, letter| {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\'' => html.push_str("&#39;"),
            '"' => html.push_str("&#34;"),
            letter => html.push(letter),
        }
        html
    })
}
