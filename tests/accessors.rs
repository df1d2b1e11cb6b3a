//! Every row of the accessor table: what each method does. The lints are those that users may have on.
#![deny(warnings, missing_docs, unused_qualifications, clippy::pedantic)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use session_actix::{Flashes, SessionData};

/// A type of the user's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Address {
    /// Where.
    pub city: String,
}

/// A field of every row.
#[derive(SessionData)]
pub struct Rows {
    number: i64,
    ratio: f64,
    flag: bool,
    letter: char,
    #[session(counter)]
    count: u8,
    #[session(counter)]
    balance: i8,
    name: String,
    age: Option<u8>,
    nick: Option<String>,
    address: Option<Address>,
    list: Vec<u64>,
    map: BTreeMap<String, u64>,
    home: Address,
    #[session(flash)]
    order: Option<Address>,
    #[session(flash(success, error))]
    messages: Flashes,
}

fn city(name: &str) -> Address {
    Address { city: name.into() }
}

#[test]
fn primitives_are_returned_and_set_by_value() {
    let mut rows = Rows::empty();
    assert_eq!((rows.number(), rows.flag(), rows.letter()), (0, false, '\0'));
    rows.set_number(-7);
    rows.set_ratio(0.5);
    rows.set_flag(true);
    rows.set_letter('x');
    let (number, ratio, flag, letter): (i64, f64, bool, char) =
        (rows.number(), rows.ratio(), rows.flag(), rows.letter());
    assert_eq!((number, flag, letter), (-7, true, 'x'));
    assert!((ratio - 0.5).abs() < f64::EPSILON);
}

#[test]
fn counters_count_and_stop_at_the_bounds_of_their_type() {
    let mut rows = Rows::empty();
    rows.increment_count(250);
    rows.increment_count(10);
    assert_eq!(rows.count(), u8::MAX);
    rows.set_count(3);
    assert_eq!(rows.count(), 3);
    rows.increment_balance(-100);
    rows.increment_balance(-100);
    assert_eq!(rows.balance(), i8::MIN);
    rows.increment_balance(1);
    assert_eq!(rows.balance(), -127);
}

#[test]
fn text_is_borrowed_and_set_from_what_becomes_a_string() {
    let mut rows = Rows::empty();
    assert_eq!(rows.name(), "");
    rows.set_name("Ada");
    rows.set_name(String::from("Ada"));
    let borrowed = String::from("Ada");
    rows.set_name(&borrowed);
    assert_eq!(rows.name(), borrowed);
    rows.set_name('A');
    let name: &str = rows.name();
    assert_eq!(name, "A");
}

#[test]
fn optional_primitives_are_returned_by_value() {
    let mut rows = Rows::empty();
    assert_eq!((rows.age(), rows.take_age()), (None, None));
    rows.set_age(36);
    let age: Option<u8> = rows.age();
    assert_eq!((age, rows.take_age(), rows.age()), (Some(36), Some(36), None));
    rows.set_age(37);
    rows.clear_age();
    assert_eq!(rows.age(), None);
}

#[test]
fn optional_text_is_borrowed() {
    let mut rows = Rows::empty();
    rows.set_nick("ada");
    let nick: Option<&str> = rows.nick();
    assert_eq!(nick, Some("ada"));
    let taken: Option<String> = rows.take_nick();
    assert_eq!((taken.as_deref(), rows.nick()), (Some("ada"), None));
    rows.set_nick("ada");
    rows.clear_nick();
    assert_eq!(rows.nick(), None);
}

#[test]
fn other_options_are_borrowed() {
    let mut rows = Rows::empty();
    rows.set_address(city("London"));
    let address: Option<&Address> = rows.address();
    assert_eq!(address, Some(&city("London")));
    let taken: Option<Address> = rows.take_address();
    assert_eq!((taken, rows.address()), (Some(city("London")), None));
    rows.set_address(city("London"));
    rows.clear_address();
    assert_eq!(rows.address(), None);
}

#[test]
fn lists_are_borrowed_as_slices_and_changed_in_place() {
    let mut rows = Rows::empty();
    rows.set_list(vec![1, 2]);
    rows.list_mut().push(3);
    let list: &[u64] = rows.list();
    assert_eq!(list, [1, 2, 3]);
}

#[test]
fn anything_else_is_borrowed_and_changed_in_place() {
    let mut rows = Rows::empty();
    rows.map_mut().insert("tea".into(), 2);
    let map: &BTreeMap<String, u64> = rows.map();
    assert_eq!(map.get("tea"), Some(&2));
    rows.set_map(BTreeMap::new());
    assert!(rows.map().is_empty());
    rows.set_home(city("London"));
    rows.home_mut().city.push('!');
    assert_eq!(rows.home(), &city("London!"));
}

#[test]
fn a_one_time_value_is_looked_at_and_taken() {
    let mut rows = Rows::empty();
    rows.flash_order(city("London"));
    let looked: Option<&Address> = rows.peek_order();
    assert_eq!(looked, Some(&city("London")));
    let taken: Option<Address> = rows.take_order();
    assert_eq!((taken, rows.peek_order()), (Some(city("London")), None));
    assert_eq!(rows.take_order(), None);
}

#[test]
fn messages_are_added_by_category_and_taken_in_order() {
    let mut rows = Rows::empty();
    rows.flash_success("one");
    rows.flash_error(String::from("two"));
    rows.flash("other", "three");
    let waiting: &Flashes = rows.messages();
    assert_eq!(waiting.len(), 3);
    let taken = rows.take_messages();
    let pairs: Vec<_> = taken.iter().map(|flash| (flash.category(), flash.text())).collect();
    assert_eq!(pairs, [("success", "one"), ("error", "two"), ("other", "three")]);
    assert!(rows.messages().is_empty());
}
