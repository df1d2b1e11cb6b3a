use super::*;
use crate::queue::QueueChange;
use crate::recycled::Text;

const SCHEMA: &[Field] = &[
    Field::value("user").login(),
    Field::value("cart"),
    Field::value("name").aliases(&["old_name"]),
    Field::counter::<u8>("visits"),
    Field::queue("_flashes"),
];
const RULES: Rules<'static> = Rules { schema: SCHEMA, registered: &[], default: |_| 10 };

fn payload(json: &str) -> Payload {
    Payload::parse(Text::new(json.into())).unwrap()
}

fn values(json: &str) -> Values {
    let mut values = Values::new(SCHEMA, Notation::Json);
    let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
    parsed.iter().for_each(|(key, value)| values.put(key, value));
    values
}

fn between(before: &str, after: &str) -> Changes {
    Changes::between(&values(before), &values(after), &RULES)
}

fn applied(changes: &Changes, session: &str) -> String {
    let mut session = payload(session);
    changes.apply(&mut session);
    session.to_json().into_inner()
}

#[test]
fn equal_encodings_are_no_change() {
    assert!(between(r#"{"cart":[1],"visits":1}"#, r#"{"visits":1,"cart":[1]}"#).is_empty());
}

#[test]
fn only_the_fields_that_differ_are_changed() {
    let changes = between(r#"{"user":"ada","cart":[],"visits":1}"#, r#"{"cart":[7],"visits":3}"#);
    assert_eq!(changes.keys().collect::<Vec<_>>(), ["cart", "visits", "user"]);
    assert_eq!(
        applied(&changes, r#"{"user":"ada","cart":[1,2],"visits":40,"kept":null}"#),
        r#"{"cart":[7],"visits":42,"kept":null}"#
    );
}

#[test]
fn setting_a_field_removes_its_aliases() {
    let changes = between("{}", r#"{"name":"new"}"#);
    assert_eq!(applied(&changes, r#"{"old_name":"old"}"#), r#"{"name":"new"}"#);
    let changes = between(r#"{"name":"x"}"#, "{}");
    assert_eq!(applied(&changes, r#"{"old_name":"old"}"#), "{}");
}

#[test]
fn a_counter_stops_at_the_bounds_of_its_type() {
    let up = between(r#"{"visits":0}"#, r#"{"visits":200}"#);
    assert_eq!(applied(&up, r#"{"visits":100}"#), r#"{"visits":255}"#);
    let down = between(r#"{"visits":9}"#, r#"{"visits":0}"#);
    assert_eq!(applied(&down, r#"{"visits":4}"#), r#"{"visits":0}"#);
}

#[test]
fn a_counter_that_is_missing_counts_from_its_default() {
    let changes = between(r#"{"visits":10}"#, r#"{"visits":9}"#);
    assert_eq!(applied(&changes, "{}"), r#"{"visits":9}"#);
    // It was there, and another request removed it: what it had counted is not brought back.
    let changes = between(r#"{"visits":200}"#, r#"{"visits":201}"#);
    assert_eq!(applied(&changes, "{}"), r#"{"visits":11}"#);
}

#[test]
fn later_views_merge_into_one_change_a_field() {
    let mut log = between(r#"{"visits":1}"#, r#"{"visits":2,"cart":[1],"_flashes":[["a","1"]]}"#);
    log.then(between(r#"{"visits":2,"cart":[1],"_flashes":[["a","1"]]}"#, r#"{"visits":5,"_flashes":[["b","2"]]}"#));
    assert_eq!(log.keys().count(), 3);
    assert_eq!(
        applied(&log, r#"{"visits":10,"cart":[9],"_flashes":[["c","3"]]}"#),
        r#"{"visits":14,"_flashes":[["c","3"],["b","2"]]}"#
    );
}

#[test]
fn clear_drops_what_was_there_and_keeps_what_comes_after() {
    let mut log = between("{}", r#"{"cart":[1]}"#);
    log.clear(&RULES, None);
    log.then(between(r#"{"visits":0}"#, r#"{"visits":1}"#));
    assert!(log.is_cleared());
    assert_eq!(applied(&log, "{}"), r#"{"visits":11}"#);
}

#[test]
fn a_server_error_keeps_only_the_loss_of_privileges() {
    let mut log = between(r#"{"user":"ada","visits":0}"#, r#"{"cart":[1],"visits":1}"#);
    log.keep_lost_privileges();
    assert_eq!(applied(&log, r#"{"user":"ada","visits":4}"#), r#"{"visits":4}"#);
    let mut log = Changes::default();
    log.clear(&RULES, None);
    log.keep_lost_privileges();
    assert_eq!(applied(&log, r#"{"user":"ada","visits":4}"#), r#"{"visits":4}"#);
}

#[test]
fn a_privilege_that_was_lost_for_a_moment_stays_lost_after_a_server_error() {
    let mut log = between("{}", r#"{"user":"ada"}"#);
    log.then(between(r#"{"user":"ada"}"#, "{}"));
    log.then(between("{}", r#"{"user":"bob"}"#));
    log.keep_lost_privileges();
    assert_eq!(applied(&log, r#"{"user":"eve","visits":4}"#), r#"{"visits":4}"#);
}

#[test]
fn logging_in_is_told_from_logging_in_as_somebody_else() {
    let login = between("{}", r#"{"user":"ada"}"#);
    assert_eq!(login.login_change(&payload("{}")), LoginChange::LoggedIn);
    assert_eq!(login.login_change(&payload(r#"{"user":""}"#)), LoginChange::LoggedIn);
    assert_eq!(login.login_change(&payload(r#"{"user":"ada"}"#)), LoginChange::None);
    assert_eq!(login.login_change(&payload(r#"{"user":"bob"}"#)), LoginChange::AnotherUser);
    assert_eq!(between(r#"{"user":"ada"}"#, "{}").login_change(&payload("{}")), LoginChange::None);
    let nobody = between(r#"{"user":"ada"}"#, r#"{"user":""}"#);
    assert_eq!(nobody.login_change(&payload(r#"{"user":"ada"}"#)), LoginChange::None);
}

#[test]
fn debug_shows_keys_and_no_value() {
    let shown = format!("{:?}", between("{}", r#"{"user":"ada"}"#));
    assert!(shown.contains("user") && !shown.contains("ada"), "{shown}");
}

const REGISTERED: [Field; 3] = [
    Field::value("user").login().owner().aliases(&["username"]),
    Field::value("role").privileged(),
    Field::value("notice").once(),
];
const BOTH: Rules<'static> =
    Rules { schema: SCHEMA, registered: &[&REGISTERED[0], &REGISTERED[1], &REGISTERED[2]], default: |_| 10 };

fn by_both(before: &str, after: &str) -> Changes {
    Changes::between(&values(before), &values(after), &BOTH)
}

fn keys(changes: &Changes) -> Vec<&str> {
    changes.keys().collect()
}

fn cleared() -> Changes {
    let mut changes = Changes::default();
    changes.clear(&RULES, None);
    changes
}

#[test]
fn dropping_all_fields_is_a_change_even_of_a_session_without_any() {
    assert!(Changes::default().is_empty() && !Changes::default().is_cleared());
    let mut changes = Changes::default();
    changes.clear(&Rules { schema: &[], registered: &[], default: |_| 0 }, None);
    assert!(!changes.is_empty() && changes.is_cleared() && keys(&changes).is_empty());
}

#[test]
fn dropping_all_fields_names_those_that_give_privileges() {
    let mut changes = between("{}", r#"{"cart":[1]}"#);
    changes.clear(&BOTH, Some(&REGISTERED[0]));
    assert_eq!(keys(&changes), ["user", "role"]);
    assert!(keys(&changes).iter().all(|key| changes.value_of(key) == Some(None)));
    assert!(changes.is_privileged());
}

#[test]
fn a_later_clear_drops_what_was_set_and_takes_privileges_away() {
    let mut log = by_both("{}", r#"{"cart":[1],"role":"admin"}"#);
    let mut later = Changes::default();
    later.clear(&Rules { schema: &[], registered: &[], default: |_| 0 }, None);
    log.then(later);
    assert!(log.is_cleared());
    assert_eq!((keys(&log), log.value_of("role")), (vec!["role"], Some(None)));
    log.then(by_both("{}", r#"{"role":"reader"}"#));
    log.keep_lost_privileges();
    assert_eq!(log.value_of("role"), Some(None), "it was lost in between");
}

#[test]
fn only_a_change_of_a_privileged_field_is_privileged() {
    assert!(by_both("{}", r#"{"user":"ada"}"#).is_privileged());
    assert!(by_both("{}", r#"{"role":"admin"}"#).is_privileged(), "by a registered struct");
    assert!(!by_both("{}", r#"{"cart":[1]}"#).is_privileged());
}

#[test]
fn a_key_that_goes_by_another_of_its_names_is_not_removed() {
    let changes = by_both(r#"{"name":"x"}"#, r#"{"old_name":"x"}"#);
    assert_eq!(changes.value_of("name"), None);
    assert_eq!(by_both(r#"{"name":"x"}"#, "{}").value_of("name"), Some(None));
}

#[test]
fn a_list_that_is_made_from_the_one_before_may_hold_parts_of_it() {
    for (before, after, is_derived) in [
        (r#"{"cart":[1]}"#, r#"{"cart":[1,2]}"#, true),
        (r#"{"cart":[]}"#, r#"{"cart":[2]}"#, false),
        (r#"{"cart":[1]}"#, r#"{"cart":[]}"#, false),
        ("{}", r#"{"cart":[2]}"#, false),
        (r#"{"cart":1}"#, r#"{"cart":2}"#, false),
        (r#"{"user":{"id":1}}"#, r#"{"user":{"id":2}}"#, false),
        (r#"{"_flashes":[["a","1"]]}"#, r#"{"_flashes":[["b","2"]]}"#, false),
    ] {
        let mut changes = by_both(before, after);
        assert!(!changes.is_empty());
        changes.drop_derived();
        assert_eq!(changes.is_empty(), is_derived, "{before} {after}");
    }
}

/// From which view a list is, the one before or one that was open all the time, its change does not tell.
#[test]
fn a_list_is_what_its_last_change_made_of_it() {
    let (set, grown) = (between(r#"{"cart":[]}"#, r#"{"cart":[1]}"#), between(r#"{"cart":[1]}"#, r#"{"cart":[1,2]}"#));
    let (emptied, removed) = (between(r#"{"cart":[1]}"#, r#"{"cart":[]}"#), between(r#"{"cart":[1]}"#, "{}"));
    for (first, then, is_derived) in [
        (&set, &grown, true),
        (&grown, &grown, true),
        (&emptied, &grown, true),
        (&removed, &grown, true),
        (&grown, &emptied, false),
        (&grown, &set, false),
    ] {
        let mut log = first.clone();
        log.then(then.clone());
        log.drop_derived();
        assert_eq!(log.is_empty(), is_derived, "{:?} {:?}", first.value_of("cart"), then.value_of("cart"));
    }
}

#[test]
fn what_was_once_made_from_ones_own_list_takes_the_place_of_what_was_made_from_anothers() {
    let mut of_next_user = between(r#"{"cart":[]}"#, r#"{"cart":[1]}"#);
    let mut later = between(r#"{"cart":[1]}"#, r#"{"cart":[1,2]}"#);
    later.are_ones_own();
    of_next_user.then(later);
    let mut log = between(r#"{"cart":[8]}"#, r#"{"cart":[8,9]}"#);
    log.then(of_next_user);
    log.drop_derived();
    assert_eq!(log.value_of("cart"), Some(Some("[1,2]")));
}

/// Nor does it keep what was made of another user's list that the first change of one's own was not made from another's.
#[test]
fn whose_a_list_is_its_last_change_says_too() {
    let mut ours = between(r#"{"cart":[1]}"#, r#"{"cart":[1,2]}"#);
    ours.are_ones_own();
    ours.then(between(r#"{"cart":[7]}"#, r#"{"cart":[7,8]}"#));
    let mut log = between(r#"{"cart":[7]}"#, r#"{"cart":[7,9]}"#);
    log.then(ours);
    log.drop_derived();
    assert_eq!(log.value_of("cart"), None);
}

#[test]
fn of_two_users_only_the_second_ones_changes_stay() {
    let before = payload("{}");
    let mut log = between("{}", r#"{"user":"ada","name":"x"}"#);
    log.then(between("{}", r#"{"user":"ada","cart":[1]}"#));
    assert_eq!((keys(&log), log.login_change(&before)), (vec!["name", "user", "cart"], LoginChange::LoggedIn));
    log.then(between(r#"{"user":"ada"}"#, r#"{"user":"bob","visits":1}"#));
    assert_eq!((keys(&log), log.login_change(&before)), (vec!["user", "visits"], LoginChange::AnotherUser));
    assert_eq!(log.value_of("user"), Some(Some("\"bob\"")));
    // Also where that was found in a view, whose changes come all at once.
    let mut all = Changes::default();
    all.then(log.clone());
    assert_eq!(all.login_change(&before), LoginChange::AnotherUser);
    let mut all = between("{}", r#"{"name":"y"}"#);
    all.then(log.clone());
    assert_eq!(all.login_change(&before), LoginChange::AnotherUser);
    log.keep_lost_privileges();
    log.then(between("{}", r#"{"user":"eve"}"#));
    assert_eq!(log.login_change(&before), LoginChange::LoggedIn, "what was not saved switched nobody");
}

#[test]
fn a_login_that_is_made_again_counts_and_removes_what_could_not_be_read() {
    let same = payload(r#"{"user":"ada"}"#);
    let mut login = by_both("{}", r#"{"user":"ada","role":"reader"}"#);
    assert_eq!(login.login_change(&same), LoginChange::None);
    login.log_in_again([&SCHEMA[0], &SCHEMA[1], &REGISTERED[1]].into_iter());
    assert_eq!(login.login_change(&same), LoginChange::LoggedIn);
    assert_eq!(login.value_of("role"), Some(Some("\"reader\"")), "what was set stays");
    assert_eq!(login.value_of("cart"), Some(None));
    for mut log in [Changes::default(), between("{}", r#"{"name":"x"}"#)] {
        log.then(login.clone());
        assert_eq!(log.login_change(&same), LoginChange::LoggedIn);
    }
    assert_eq!(login.login_change(&payload(r#"{"user":"bob"}"#)), LoginChange::AnotherUser);
    assert_eq!(login.login_change(&payload(r#"{"user":null}"#)), LoginChange::LoggedIn);
}

#[test]
fn a_value_that_could_not_be_read_again_is_found() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let set = |json: &str| {
        let mut changes = between("{}", r#"{"visits":1,"name":"{"}"#);
        changes.set("x", Some(json));
        changes
    };
    for (json, is_unreadable) in
        [("[1]", false), ("\"[\"", false), (r#"{"a":1,"a":2}"#, true), (deep.as_str(), true), ("null", false)]
    {
        assert_eq!(set(json).unreadable(Notation::Json), is_unreadable.then_some("x"), "{json}");
    }
    let mut queue = Changes::default();
    let change = QueueChange::between("[]", &format!("[[\"a\",\"1\"],{}]", &deep[70..130])).unwrap();
    queue.push("_flashes", None, Change::Queue(change), false);
    assert_eq!(queue.unreadable(Notation::Json), None);
    queue.set("_flashes", None);
    assert_eq!(queue.unreadable(Notation::Json), None);
}

#[test]
fn what_nobody_saw_is_not_taken() {
    let mut log = by_both(
        r#"{"_flashes":[["a","1"]],"notice":"x","name":"y","cart":[1]}"#,
        r#"{"_flashes":[["b","2"]],"cart":[2]}"#,
    );
    log.keep_taken();
    assert_eq!(
        applied(&log, r#"{"_flashes":[["a","1"]],"notice":"x","name":"y"}"#),
        r#"{"_flashes":[["a","1"],["b","2"]],"notice":"x","cart":[2]}"#
    );
    let mut taken = by_both(r#"{"_flashes":[["a","1"]]}"#, r#"{"_flashes":[]}"#);
    assert!(!taken.is_empty());
    taken.keep_taken();
    assert!(taken.is_empty());
}

#[test]
fn a_logout_by_an_empty_name_survives_a_server_error_and_a_new_role_does_not() {
    let mut log = by_both(r#"{"user":"ada","name":"x"}"#, r#"{"user":"","role":"admin"}"#);
    log.keep_lost_privileges();
    assert_eq!((keys(&log), log.value_of("user")), (vec!["user"], Some(Some("\"\""))));
    let mut log = cleared();
    log.keep_lost_privileges_and_say_so(true);
    assert!(!log.is_cleared() && keys(&log) == ["user"]);
}

#[test]
fn whom_a_session_belongs_to_is_asked_where_that_may_have_changed() {
    let owners: Vec<&'static Field> = BOTH.registered.to_vec();
    let ada = payload(r#"{"user":"ada"}"#);
    assert_eq!(by_both("{}", r#"{"cart":[1]}"#).owner(&owners, &ada), None);
    let login = by_both("{}", r#"{"user":"ada"}"#);
    assert_eq!(login.owner(&owners, &ada), Some(Some("ada".into())));
    assert_eq!(login.owner(&owners, &payload(r#"{"user":7}"#)), Some(Some("7".into())));
    for nobody in ["{}", r#"{"user":""}"#, r#"{"user":null}"#] {
        assert_eq!(login.owner(&owners, &payload(nobody)), Some(None), "{nobody}");
    }
    // By a struct that does not know it, and by an older name.
    let mut by_name = Changes::default();
    by_name.set("username", Some("\"ada\""));
    assert_eq!(by_name.owner(&owners, &ada), Some(Some("ada".into())));
    assert_eq!(by_name.owner(&[], &ada), None);
    let mut other = Changes::default();
    other.set("role", Some("1"));
    assert_eq!(other.owner(&owners, &ada), None);

    let nothing = Rules { schema: &[], registered: &[], default: |_| 0 };
    let mut cleared = Changes::default();
    cleared.clear(&nothing, None);
    assert_eq!(cleared.owner(&owners, &ada), Some(Some("ada".into())));
    assert_eq!(cleared.owner(&[], &ada), Some(None));
    assert_eq!(Changes::default().owner(&owners, &ada), None);
}

#[test]
fn a_change_is_known_by_its_key_until_it_is_forgotten() {
    let mut changes = between(r#"{"name":"x","visits":1}"#, r#"{"cart":[1],"visits":2}"#);
    assert_eq!(changes.value_of("cart"), Some(Some("[1]")));
    assert_eq!(changes.value_of("name"), Some(None));
    assert_eq!(changes.value_of("visits"), None, "that depends on what others counted");
    assert_eq!(changes.value_of("user"), None);
    changes.forget("cart");
    assert!(changes.of("cart").is_none() && changes.of("name").is_some() && changes.of("visits").is_some());
}

#[test]
fn a_key_that_was_written_by_name_is_known_once_a_struct_writes_it() {
    let mut log = Changes::default();
    log.set("user", Some("\"ada\""));
    assert!(!log.is_privileged());
    log.then(between("{}", r#"{"user":"bob"}"#));
    assert!(log.is_privileged() && log.keys().count() == 1);
    log.set("user", None);
    assert!(log.is_privileged(), "and stays so");
}
