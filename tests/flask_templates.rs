//! Templates of Flask's documentation, under Flask and under us.

use std::io::Write as _;
use std::process::{Command, Stdio};

use actix_web::{App, HttpResponse, web};
use serde_json::{Value, json};
use session_actix::minijinja::{TemplateError, context, environment, page};
use session_actix::testing::TestClient;
use session_actix::{Session, SessionMiddleware};

use crate::support::{key, sessions};

/// The pattern "Message Flashing" of Flask's documentation, and what templates do with a session.
const PAGES: &[(&str, &str)] = &[
    (
        "messages",
        "{% with messages = get_flashed_messages() %}
  {% if messages %}
    <ul class=flashes>
    {% for message in messages %}
      <li>{{ message }}</li>
    {% endfor %}
    </ul>
  {% endif %}
{% endwith %}
",
    ),
    (
        "messages with categories",
        "{% with messages = get_flashed_messages(with_categories=true) %}
  {% if messages %}
    <ul class=flashes>
    {% for category, message in messages %}
      <li class=\"{{ category }}\">{{ message }}</li>
    {% endfor %}
    </ul>
  {% endif %}
{% endwith %}",
    ),
    (
        "filtered messages",
        "{% with errors = get_flashed_messages(category_filter=[\"error\"]) %}
{% if errors %}
<div class=\"alert-message block-message error\">
  <a class=\"close\" href=\"#\">×</a>
  <ul>
    {%- for msg in errors %}
    <li>{{ msg }}</li>
    {% endfor -%}
  </ul>
</div>
{% endif %}
{% endwith %}
{{ get_flashed_messages(true, ['success', 'none such']) }} {{ get_flashed_messages(True)|length }}",
    ),
    (
        "twice on a page",
        "{{ get_flashed_messages() }}{{ get_flashed_messages(with_categories=false) }}
{{ get_flashed_messages(with_categories=true) }}",
    ),
    (
        "a layout",
        "{% extends \"layout.html\" %}
{% block body %}
  <h1>Overview</h1>
  <p>Do you want to <a href=\"/login\">log in?</a>
{% endblock %}",
    ),
    (
        "a login",
        "{% if 'username' in session %}Logged in as {{ session['username'] }} {{ session.username }}{% else %}You are not \
         logged in{% endif %}{% if session.logged_in %}, surely{% endif %}{{ session.nobody }}{{ session['nobody'] }}",
    ),
    (
        "values",
        "{{ session.visits + 1 }} {{ session.ratio }} {{ session.logged_in }} {{ session.get('visits') }} \
         {{ session.get('none') }} {{ session.get('none', 'other') }} {{ session.cart }} {{ session.cart[1] }} \
         {{ session.nested.deep[0].er }} {{ session.nested }} {{ session.empty }} {{ session.permanent }}",
    ),
    (
        "a loop",
        // Flask lists messages that wait among its session's keys, under `_flashes`. We list no keys of the library's own.
        "{% set messages = get_flashed_messages() %}{% for item in session.cart %}{{ loop.index }}: {{ item }}{% if not loop.last %}, {% endif %}{% endfor %}
{% for key in session.keys()|sort %}{{ key }} {% endfor %}
{% for key, value in session.items()|sort %}{{ key }}={{ value }};{% endfor %}
{% for key in session|sort %}{{ key }} {% endfor %}{{ session|length }}",
    ),
    (
        "methods",
        "{% set name = session.username or 'somebody else' %}{{ name.upper() }} {{ name.lower() }} \
         {{ name.split(' ')[0] }} {{ name.replace('e', 'E') }} {{ name.startswith('O') }} {{ name.strip('s').count('e') }} \
         {% for key, value in session.nested.items() %}{{ key }}: {{ value|length }}{% endfor %} {{ session.nested.get('deep')|length }} \
         {{ session.nested.keys()|list }}",
    ),
    (
        "a macro",
        "{% macro show(kind) %}{% for text in get_flashed_messages(category_filter=[kind]) %}<b>{{ text }}</b>{% endfor %}\
         {% endmacro %}{{ show('error') }}{{ show('success') }}{{ session.username|upper }}{% include 'part.html' %}",
    ),
];

const LAYOUT: &str = "<!doctype html>
<title>My Application</title>
{% with messages = get_flashed_messages() %}
  {% if messages %}
    <ul class=flashes>
    {% for message in messages %}
      <li>{{ message }}</li>
    {% endfor %}
    </ul>
  {% endif %}
{% endwith %}
{% block body %}{% endblock %}";

/// A part of another page, with all that Flask escapes.
const PART: &str = "{{ session.username|e }} {{ '<&>\"/' }} {{ session.html }} {{ session.html|safe }}";

fn states() -> Vec<(Value, Value)> {
    let full = json!({
        "username": "O'Brien \"<Ada> & Co\"",
        "logged_in": true,
        "visits": 41,
        "ratio": 0.5,
        "cart": ["tea", "it's milk", 3],
        "nested": {"deep": [{"er": "found"}]},
        "empty": [],
        "html": "<i>/it's/</i>",
    });
    let some =
        json!([["success", "You were logged in"], ["error", "Invalid <password> & \"name\""], ["message", "x/y"]]);
    let other = json!({"logged_in": false, "visits": 0, "ratio": 2.25, "cart": [], "nested": {"deep": [{}]}});
    vec![
        (full, some),
        (other, json!([])),
        (json!({"visits": 1, "cart": ["a"], "nested": {"deep": [[]]}}), json!([["error", ""]])),
    ]
}

/// What we make of a page.
async fn ours(template: &'static str, session: &Value, flashes: &Value) -> String {
    let mut templates = environment();
    for (name, text) in [("page.html", template), ("layout.html", LAYOUT), ("part.html", PART)] {
        templates.add_template(name, text).unwrap();
    }
    let (values, messages) = (session.clone(), flashes.clone());
    let handler = move |mut session: Session| {
        let (templates, values, messages) = (templates.clone(), values.clone(), messages.clone());
        async move {
            for (key, value) in values.as_object().unwrap() {
                session.insert(key, value).unwrap();
            }
            for message in messages.as_array().unwrap() {
                session.flash(message[0].as_str().unwrap(), message[1].as_str().unwrap());
            }
            page(&templates, "page.html", context! {}, session)
        }
    };
    let sessions = SessionMiddleware::stored(session_actix::store::MemoryStore::new(), key()).build().unwrap();
    let app = App::new().wrap(sessions).route("/", web::get().to(handler));
    TestClient::new(app).get("/").await.text().to_owned()
}

#[actix_web::test]
#[ignore = "needs a Python with Flask, named by FLASK_PYTHON"]
async fn templates_of_flasks_documentation_render_the_same_text() {
    let mut cases = Vec::new();
    let mut expected = Vec::new();
    for (name, template) in PAGES {
        for (session, flashes) in states() {
            let templates = json!({"page.html": template, "layout.html": LAYOUT, "part.html": PART});
            cases.push(json!({"templates": templates, "session": session, "flashes": flashes}));
            expected.push((name, session.clone(), ours(template, &session, &flashes).await));
        }
    }
    let python = std::env::var("FLASK_PYTHON").expect("FLASK_PYTHON names a Python with Flask");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/flask/render.py");
    let mut flask = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    flask.stdin.take().unwrap().write_all(Value::from(cases).to_string().as_bytes()).unwrap();
    let output = flask.wait_with_output().unwrap();
    assert!(output.status.success());
    let pages: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(pages.len(), expected.len());
    for (flasks, (name, session, ours)) in pages.iter().zip(expected) {
        assert_eq!(*flasks, ours, "{name} with {session}");
    }
}

#[actix_web::test]
async fn messages_are_taken_by_a_page_that_shows_them_and_by_no_other() {
    let mut templates = environment();
    for (name, text) in [
        ("silent", "nothing"),
        ("unused", "{% if false %}{{ get_flashed_messages() }}{% endif %}"),
        ("filtered", "{{ get_flashed_messages(category_filter=['error']) }}"),
        ("fails", "{{ get_flashed_messages() }}{{ 1 / 0 }}"),
        ("wrong", "{{ get_flashed_messages(with_category=true) }}"),
    ] {
        templates.add_template(name, text).unwrap();
    }
    let show = move |mut session: Session, name: web::Path<String>| {
        let templates = templates.clone();
        async move {
            if *name == "flash" {
                session.flash("success", "saved");
                return Ok(HttpResponse::Ok().finish());
            }
            page(&templates, &name, context! {}, session)
        }
    };
    let mut client = TestClient::new(App::new().wrap(sessions()).route("/{name}", web::get().to(show)));
    for (name, status, left) in [
        ("flash", 200, 1),
        ("silent", 200, 1),
        ("unused", 200, 1),
        ("fails", 500, 1),
        ("wrong", 500, 1),
        ("missing", 500, 1),
        ("filtered", 200, 0),
    ] {
        assert_eq!(client.get(&format!("/{name}")).await.status(), status, "{name}");
        assert_eq!(client.flashes().await.len(), left, "{name}");
    }
}

/// Fields of the struct, as they are after the handler, and what other structs keep beside them.
#[actix_web::test]
async fn a_page_sees_the_struct_its_defaults_and_its_neighbours() {
    #[derive(session_actix::SessionData)]
    struct Visitor {
        name: Option<String>,
        #[session(counter, default = 7)]
        visits: u32,
        #[session(rename = "basket")]
        cart: Vec<String>,
        #[session(skip)]
        scratch: u8,
    }
    let show = |mut visitor: Session<Visitor>| async move {
        let mut templates = environment();
        let text = "{{ session.name }} {{ session.visits }} {{ session.basket }} {{ session.other }} {{ session.scratch }} \
                    {{ session.missing }}|{{ own }}";
        templates.add_template("page", text)?;
        visitor.scratch = 1;
        visitor.visits += 1;
        visitor.cart.push("tea".into());
        page(&templates, "page", context! { own => visitor.visits }, visitor)
    };
    let sessions = sessions();
    let mut client = TestClient::new(App::new().wrap(sessions.clone()).route("/", web::get().to(show)));
    client.session(&sessions, |any: &mut Session| any.insert("other", "beside").unwrap()).await;
    assert_eq!(client.get("/").await.text(), " 8 ['tea'] beside  |8");
    assert_eq!(client.get("/").await.text(), " 9 ['tea', 'tea'] beside  |9");
}

#[actix_web::test]
async fn a_page_with_a_form_has_one_token_and_one_without_keeps_none() {
    let sessions = sessions();
    let show = |session: Session, name: web::Path<String>| async move {
        let mut templates = environment();
        templates.add_template("form", "{{ csrf_token() }} {{ csrf_token() }}")?;
        templates.add_template(
            "plain",
            "{{ session._csrf }}{{ session.keys() }}{% if false %}{{ csrf_token() }}{% endif %}",
        )?;
        page(&templates, &name, context! {}, session)
    };
    let app = App::new()
        .wrap(session_actix::csrf::CsrfProtect::new())
        .wrap(sessions.clone())
        .route("/{name}", web::get().to(show))
        .route("/", web::post().to(HttpResponse::Ok));
    let mut client = TestClient::new(app);
    assert_eq!(client.get("/plain").await.set_cookies().count(), 0);
    let page = client.get("/form").await.text().to_owned();
    let (first, second) = page.split_once(' ').unwrap();
    assert_eq!(first, second);
    assert_eq!(client.post("/", [("csrf_token", first)]).await.status(), 200);
    assert_eq!(client.get("/plain").await.text(), "[]", "the secret is not shown");
}

#[test]
fn a_template_that_fails_is_opaque_and_its_place_is_logged() {
    for (template, said) in [
        ("\n{{ session.name.first.second }}", "undefined value (in page.html:2)"),
        ("\n{% include session.name %}", "template not found (in page.html:2)"),
        ("{{ [1]|map(session.name)|list }}", "unknown filter (in page.html:1)"),
        ("{{ session.name|int + 1 }}", "invalid operation (in page.html:1)"),
        ("{{ dict(**{session.name: 1})|round(**{session.name: 1}) }}", "too many arguments (in page.html:1)"),
        ("{{ session.", "there is no template \"page.html\""),
    ] {
        let (body, log) = crate::support::logged_async(async {
            let show = move |mut session: Session| async move {
                let mut templates = environment();
                // One that cannot be parsed is not there.
                let _ = templates.add_template("page.html", template);
                session.insert("name", "Lovelace-the-secret").unwrap();
                page(&templates, "page.html", context! { session_secret => "Lovelace-the-secret" }, session)
            };
            let app = App::new().wrap(sessions()).route("/", web::get().to(show));
            TestClient::new(app).get("/").await.text().to_owned()
        });
        assert_eq!(body, "Internal Server Error");
        assert!(log.contains("a page could not be made") && log.contains(said), "{template}: {log}");
        assert!(!log.contains("Lovelace"), "{log}");
    }
}

/// What is trusted as HTML in Flask's session is so in a template, and nothing that looks like it elsewhere.
#[actix_web::test]
async fn markup_of_flasks_is_shown_as_it_is_and_nothing_else() {
    for (sessions, shown) in [
        (SessionMiddleware::flask("a secret of enough bytes").build().unwrap(), "<b>hi</b> <i>once</i> &lt;u&gt;"),
        (sessions(), "{&#39; m&#39;: &#39;&lt;b&gt;hi&lt;/b&gt;&#39;} &lt;i&gt;once&lt;/i&gt; &lt;u&gt;"),
    ] {
        let show = |mut session: Session| async move {
            let mut templates = environment();
            let text = "{{ session.html }} {{ get_flashed_messages()[0] }} {{ session.text }}";
            templates.add_template("page.html", text)?;
            session.insert_raw("html", r#"{" m":"<b>hi</b>"}"#).unwrap();
            session.insert("text", "<u>").unwrap();
            session.add_flash(session_actix::Flash::markup("x", "<i>once</i>"));
            page(&templates, "page.html", context! {}, session)
        };
        let app = App::new().wrap(sessions).route("/", web::get().to(show));
        assert_eq!(TestClient::new(app).get("/").await.text(), shown);
    }
}

/// So that handlers of all kinds can be written without naming the error's parts.
#[allow(dead_code, reason = "it need only compile")]
fn errors_convert(error: session_actix::SessionError) -> TemplateError {
    error.into()
}
