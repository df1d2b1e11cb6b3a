use super::*;
use crate::config::Builder;
use crate::key::Key;
use crate::recycled::Text;

#[derive(crate::SessionData)]
#[session(login(user), crate = crate)]
struct Visitor {
    user: Option<String>,
    #[session(privileged)]
    role: Option<String>,
    #[session(counter)]
    visits: u32,
    cart: Vec<u32>,
    note: Option<String>,
}

fn read(json: &str) -> View<Visitor> {
    View::read(&Payload::parse(Text::of(json)).unwrap(), Epoch::default())
}

/// What a view's changes make of a session.
fn applied(view: &View<Visitor>, json: &str) -> String {
    let (changes, error) = View::own_changes(view);
    assert!(error.is_none());
    let mut session = Payload::parse(Text::of(json)).unwrap();
    changes.apply(&mut session);
    session.to_json().into_inner()
}

#[test]
fn a_view_that_is_only_read_has_no_changes() {
    let view = read(r#"{"user":"ada","visits":3}"#);
    assert_eq!((view.user.as_deref(), view.visits), (Some("ada"), 3));
    assert!(View::own_changes(&view).0.is_empty());
    assert_eq!(format!("{view:?}"), "View { touched: false, .. }");
    let mut view = view;
    view.visits = 3;
    assert!(View::own_changes(&view).0.is_empty());
    assert_eq!(format!("{view:?}"), "View { touched: true, .. }");
    assert_eq!(View::into_data(view).visits, 3);
}

#[test]
fn changes_are_those_since_the_view_was_made_or_settled() {
    let engine: Engine = Builder::signed(Key::generate()).build().unwrap();
    let mut view = read(r#"{"visits":3}"#);
    view.visits = 5;
    view.cart.push(7);
    let (changes, _) = View::changes(&view, &engine);
    assert_eq!(changes.keys().collect::<Vec<_>>(), ["visits", "cart"]);
    assert_eq!(applied(&view, r#"{"visits":10}"#), r#"{"visits":12,"cart":[7]}"#);
    View::settle(&mut view);
    assert!(View::own_changes(&view).0.is_empty());
    view.note = Some("x".into());
    assert_eq!(applied(&view, "{}"), r#"{"note":"x"}"#);
}

fn another_epoch() -> Epoch {
    let engine: Engine = Builder::signed(Key::generate()).build().unwrap();
    engine.open(std::iter::empty(), false).purge()
}

#[test]
fn an_emptied_view_has_nothing_and_goes_on_in_its_epoch() {
    let mut view = read(r#"{"user":"ada","visits":3}"#);
    view.visits = 4;
    let next = another_epoch();
    assert_ne!(View::epoch(&view), next);
    let emptied = View::emptied(&view, next);
    assert_eq!(View::epoch(&emptied), next);
    assert!(emptied.user.is_none() && emptied.visits == 0 && View::own_changes(&emptied).0.is_empty());
    #[cfg(feature = "flask")]
    {
        let session = Payload::empty(Notation::Flask);
        let view = View::<Dynamic>::read(&session, Epoch::default());
        let emptied = View::emptied(&view, next);
        assert_eq!((emptied.notation, View::epoch(&emptied)), (Notation::Flask, next));
    }
    assert_eq!(emptied.notation, Notation::Json);
}

#[test]
fn a_template_sees_what_the_struct_holds() {
    let dynamic = View::to_dynamic(&read(r#"{"user":"ada"}"#));
    assert_eq!(dynamic.raw("user"), Some("\"ada\""));
    assert_eq!(dynamic.raw("visits"), Some("0"));
}

#[test]
fn what_is_set_after_another_user_logged_in_is_theirs_and_nothing_else_is() {
    let session = r#"{"user":"ada","role":"admin","cart":[1],"note":"ada's"}"#;
    let mut view = read(session);
    view.cart.push(2);
    view.user = Some("bob".into());
    assert!(view.note.is_some(), "it is not seen before the next mutable use");
    view.visits += 1;
    assert!(view.cart.is_empty() && view.role.is_none() && view.note.is_none());
    view.cart.push(7);
    assert_eq!((view.user.as_deref(), &view.cart[..]), (Some("bob"), [7].as_slice()));
    let (changes, _) = View::own_changes(&view);
    let mut theirs = Payload::empty(Notation::Json);
    changes.apply(&mut theirs);
    assert_eq!(theirs.to_json().as_str(), r#"{"user":"bob","visits":1,"cart":[7]}"#);
}

#[test]
fn a_login_of_nobody_or_of_the_same_user_parts_nothing() {
    for (before, after) in [("ada", Some("ada")), ("ada", None), ("ada", Some("")), ("", Some("bob"))] {
        let mut view = read(&format!(r#"{{"user":"{before}","note":"kept"}}"#));
        view.user = after.map(str::to_owned);
        view.visits += 1;
        assert_eq!(view.note.as_deref(), Some("kept"), "{before} {after:?}");
        assert!(!view.parted);
    }
}

#[test]
fn settling_after_another_users_login_begins_with_what_is_theirs() {
    let mut view = read(r#"{"user":"ada","note":"ada's"}"#);
    view.user = Some("bob".into());
    View::settle(&mut view);
    assert!(view.note.is_none() && view.user.as_deref() == Some("bob"));
    assert!(View::own_changes(&view).0.is_empty());
}

#[test]
fn what_goes_with_the_login_of_a_third_user_is_made_from_the_seconds() {
    for (third, keeps) in [(None, true), (Some("carol"), false)] {
        let mut view = read(r#"{"user":"ada"}"#);
        let visitor = &mut *view;
        visitor.cart = vec![7];
        visitor.user = Some("bob".into());
        let visitor = &mut *view;
        visitor.cart.push(8);
        if let Some(third) = third {
            visitor.user = Some(third.into());
        }
        let (mut changes, _) = View::own_changes(&view);
        changes.drop_derived();
        assert_eq!(changes.value_of("cart").is_some(), keeps, "{third:?}");
    }
}

#[test]
fn a_login_that_cannot_be_believed_is_made_good_by_a_new_one() {
    let session = r#"{"user":"ada","role":5,"note":"x"}"#;
    let mut view = read(session);
    assert!(view.user.is_none() && view.note.is_some());
    view.visits = 1;
    assert_eq!(applied(&view, session), r#"{"user":"ada","role":5,"note":"x","visits":1}"#, "nobody is logged out");
    view.user = Some("ada".into());
    let (changes, _) = View::own_changes(&view);
    assert_eq!(changes.value_of("role"), Some(None), "what could not be read goes");
    let before = Payload::parse(Text::of(session)).unwrap();
    assert_eq!(changes.login_change(&before), crate::change::LoginChange::LoggedIn);
}

#[test]
fn whoever_could_not_be_believed_is_another_user_than_the_next_one() {
    let mut view = read(r#"{"user":"ada","role":5,"note":"ada's"}"#);
    view.user = Some("bob".into());
    view.visits = 1;
    assert!(view.note.is_none() && view.parted);
    view.user = Some("eve".into());
    view.visits = 2;
    assert_eq!(view.user.as_deref(), Some("eve"));
}

#[test]
fn what_was_recorded_of_a_doubted_field_is_no_doubt_any_more() {
    let mut view = read(r#"{"user":"ada","role":5}"#);
    view.role = Some("reader".into());
    View::settle(&mut view);
    view.user = Some("ada".into());
    assert_eq!(View::own_changes(&view).0.value_of("role"), None);
}

#[test]
fn a_value_that_no_session_can_hold_is_an_error() {
    #[derive(crate::SessionData)]
    #[session(crate = crate)]
    struct Map {
        map: std::collections::BTreeMap<String, Vec<f64>>,
        pairs: std::collections::BTreeMap<(u8, u8), u8>,
    }
    let mut view = View::of(Map::empty());
    view.map.insert("a".into(), vec![1.5]);
    assert!(View::own_changes(&view).1.is_none());
    view.pairs.insert((1, 2), 3);
    let (_, error) = View::own_changes(&view);
    assert!(error.unwrap().to_string().contains("pairs"));
}

#[test]
fn a_counter_begins_at_its_default() {
    #[derive(crate::SessionData)]
    #[session(crate = crate)]
    struct Lives {
        #[session(counter, default = 3)]
        lives: u8,
    }
    let added_to_nothing = |mut view: View<Lives>| {
        view.lives += 1;
        let mut session = Payload::empty(Notation::Json);
        View::own_changes(&view).0.apply(&mut session);
        session.get("lives").map(str::to_owned)
    };
    let with_two = Payload::parse(Text::new(r#"{"lives":2}"#.into())).unwrap();
    for session in [with_two, Payload::empty(Notation::Json)] {
        let view = View::read(&session, Epoch::default());
        assert_eq!(added_to_nothing(View::emptied(&view, Epoch::default())).as_deref(), Some("4"));
        assert_eq!(added_to_nothing(view).as_deref(), Some("4"), "another request may have removed the two");
    }
    assert_eq!(counter_default::<Lives>("lives"), 3);
    assert_eq!(counter_default::<Lives>("other"), 0);
    assert_eq!(counter_default::<Visitor>("user"), 0);
    assert_eq!(Lives::empty().lives, 3);
}

#[test]
fn whoever_logs_out_and_in_again_is_the_same_user() {
    let mut view = read("{}");
    view.user = Some("ada".into());
    view.note = Some("ada's".into());
    view.user = None;
    view.user = Some("ada".into());
    assert_eq!(applied(&view, "{}"), r#"{"user":"ada","note":"ada's"}"#);
    view.user = Some("bob".into());
    assert_eq!(applied(&view, "{}"), r#"{"user":"bob"}"#);
}
