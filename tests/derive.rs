//! What attributes do at run time, through a session and back.

use session_actix::testing::ManualClock;
use session_actix::{Field, Session, SessionData, SessionMiddleware};

use crate::support::{Jar, key, visit};
use crate::tampering::payload;

#[derive(SessionData)]
#[session(rename_all = "camelCase")]
struct Visitor {
    #[session(with = reversed)]
    first_word: String,
    #[session(rename = "SecondWord")]
    second_word: Option<String>,
    #[session(alias = "oldAge")]
    user_age: u8,
    #[session(owner)]
    account_id: Option<u64>,
    #[session(skip, default = 7)]
    scratch_pad: u8,
    #[session(default = 3)]
    tries_left: u8,
}

mod reversed {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(word: &str, serializer: S) -> Result<S::Ok, S::Error> {
        word.chars().rev().collect::<String>().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer).map(|word| word.chars().rev().collect())
    }
}

#[actix_web::test]
async fn keys_modules_and_defaults_hold_through_a_cookie() {
    let sessions = SessionMiddleware::signed(key()).clock(ManualClock::at(1_700_000_000)).build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| {
        assert_eq!((visitor.tries_left(), visitor.scratch_pad), (3, 7));
        visitor.set_first_word("stressed");
        visitor.set_second_word("unchanged");
        visitor.set_user_age(36);
        visitor.scratch_pad = 8;
        visitor.set_tries_left(2);
    })
    .await;
    assert_eq!(
        payload(jar.get("__Host-session").unwrap()).unwrap(),
        r#"{"_created":1700000000,"firstWord":"desserts","SecondWord":"unchanged","userAge":36,"triesLeft":2}"#
    );
    let seen = visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| {
        (visitor.first_word().to_owned(), visitor.scratch_pad, visitor.tries_left())
    })
    .await;
    assert_eq!(seen.result, ("stressed".into(), 7, 2));
}

#[actix_web::test]
async fn an_alias_is_read_and_goes_when_the_field_is_set() {
    let sessions = SessionMiddleware::signed(key()).clock(ManualClock::at(1_700_000_000)).build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |session: &mut Session| session.insert("oldAge", 35).unwrap()).await;
    assert_eq!(visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.user_age()).await.result, 35);
    visit(&sessions, &mut jar, |visitor: &mut Session<Visitor>| visitor.set_user_age(36)).await;
    assert_eq!(payload(jar.get("__Host-session").unwrap()).unwrap(), r#"{"_created":1700000000,"userAge":36}"#);
}

#[test]
fn the_rules_of_fields_are_as_their_attributes_say() {
    let field = |key| Visitor::FIELDS.iter().find(|field| field.key() == key).unwrap();
    assert!(field("accountId").is_owner() && field("accountId").is_privileged());
    assert!(!field("userAge").is_privileged());
    assert!(Visitor::FIELDS.iter().all(|field| field.key() != "scratchPad"));
    assert!(Field::value("x").login().is_privileged() && !Field::value("x").secret().is_privileged());
}
