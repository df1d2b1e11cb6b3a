//! Writes that meet those of other requests.

use super::super::write::{LONGEST_PAUSE, pause};
use super::*;
use crate::recycled::Text;
use crate::transaction::csrf::CSRF_KEY;

/// Of somebody with two tabs: the session has nine visits more.
fn nine_more(record: Record) -> Record {
    let mut session = Payload::parse(Text::of(record.data())).unwrap();
    let visits: u64 = session.get("visits").map_or(0, |json| json.parse().unwrap());
    session.set_number("visits", visits + 9);
    Record { data: session.to_json().as_str().to_owned(), ..record }
}

/// The browser got another token.
fn renewed(record: Record) -> Record {
    Record { token_hash: TokenHash::from_bytes([9; 32]), ..record }
}

impl Site {
    async fn visits(&self) -> u32 {
        let visitor = self.visitor().await.unwrap();
        self.store.calls();
        visitor.visits
    }
}

#[tokio::test]
async fn a_write_that_meets_another_is_made_over_it_at_once() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::ComesAfter(nine_more));
    assert!(site.sent(visit).await.is_none());
    assert_eq!(site.store.calls(), ["load", "replace", "replace"], "what it met was not read again");
    assert_eq!((site.pauses.as_slice(), site.visits().await), ([Duration::from_secs(1)].as_slice(), 11));
}

#[tokio::test]
async fn one_that_meets_others_again_and_again_pauses_and_looks_what_is_there() {
    let mut site = Site::visited(|builder| builder).await;
    for _ in 0..3 {
        site.store.when("replace", Turn::ComesAfter(nine_more));
    }
    assert!(site.sent(visit).await.is_none());
    let tries = ["load", "replace", "replace", "load", "replace", "load", "replace"];
    assert_eq!(site.store.calls(), tries);
    assert_eq!((site.pauses.len(), site.visits().await), (5, 29), "each waits for its turn, and two for a while");
    assert!(site.pauses[2] <= LONGEST_PAUSE && site.pauses[4] <= LONGEST_PAUSE, "{:?}", site.pauses);
}

#[test]
fn a_pause_is_left_to_chance() {
    let pauses: Vec<Duration> = (0..200).map(|_| pause()).collect();
    let (shortest, longest) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
    assert!(*shortest < LONGEST_PAUSE / 2 && *longest > LONGEST_PAUSE / 2 && *longest <= LONGEST_PAUSE, "{pauses:?}");
}

#[tokio::test]
async fn whoever_was_answered_does_not_try_again() {
    let mut site = Site::visited(|builder| builder).await;
    let given_up = async |site: &mut Site, handle: fn(&mut Transaction)| {
        let mut request = site.open().await;
        handle(&mut request);
        let writing = request.commit_stored(200, true).unwrap();
        writing.patience().end();
        site.write(writing).await
    };
    let commit = given_up(&mut site, visit).await;
    assert!(commit.error.is_none() && site.visits().await == 2, "what is under way is done");

    site.store.when("replace", Turn::ComesAfter(nine_more));
    let commit = given_up(&mut site, visit).await;
    assert!(commit.error.unwrap().is_unavailable());
    assert_eq!((site.store.calls(), site.visits().await), (vec!["load", "replace"], 11));

    site.store.when("replace", Turn::ComesAfter(nine_more));
    let log_in = |request: &mut Transaction| request.change(log_in("ada"));
    assert!(given_up(&mut site, log_in).await.error.is_none(), "a login that was under way counts");
    assert_eq!(site.visitor().await.unwrap().user.as_deref(), Some("ada"));
}

#[tokio::test]
async fn a_session_that_was_renewed_meanwhile_is_counted_in_and_its_cookie_left_alone() {
    let mut site = Site::visited(|builder| builder).await;
    site.later(50);
    let id = site.open().await.session_id().unwrap();
    site.store.when("replace", Turn::ComesAfter(renewed));
    assert!(site.sent(visit).await.is_none(), "the browser has another one");
    assert!(site.store.record(id).await.unwrap().data().contains(r#""visits":2"#));
    assert!(site.visitor().await.is_none(), "the old token opens nothing");
}

#[tokio::test]
async fn a_change_of_privileges_is_no_match_for_a_renewal() {
    let mut site = Site::visited(|builder| builder).await;
    let id = site.open().await.session_id().unwrap();
    site.store.when("replace", Turn::ComesAfter(renewed));
    let commit = site.answer(200, |request| request.change(log_in("ada"))).await;
    assert!(commit.set_cookie.is_none() && commit.error.unwrap().is_conflict());
    assert!(!site.store.record(id).await.unwrap().data().contains("ada"));
}

#[tokio::test]
async fn what_ended_meanwhile_stays_ended() {
    for (handle, is_conflict) in
        [(visit as fn(&mut Transaction), false), (|request| request.change(log_in("ada")), true)]
    {
        let mut site = Site::visited(|builder| builder).await;
        site.store.when("replace", Turn::ComesAfterItsEnd);
        let commit = site.answer(200, handle).await;
        assert!(commit.set_cookie.is_none());
        assert_eq!(commit.error.is_some_and(|error| error.is_conflict()), is_conflict);
        assert_eq!(site.store.calls(), ["load", "replace"]);
        assert!(site.visitor().await.is_none());
    }
}

/// The secrets of a session's forms, as the store has them.
async fn secrets(site: &Site) -> String {
    let record = site.record().await;
    Payload::parse(Text::of(record.data())).unwrap().get(CSRF_KEY).unwrap_or_default().to_owned()
}

fn with_their_form(record: Record) -> Record {
    let mut session = Payload::parse(Text::of(record.data())).unwrap();
    session.set(CSRF_KEY, r#""AAAAAAAAAAAAAAAAAAAAAA""#);
    Record { data: session.to_json().as_str().to_owned(), ..record }
}

fn show_form(request: &mut Transaction) {
    let epoch = request.epoch;
    request.csrf_token(epoch).unwrap();
}

#[tokio::test]
async fn two_pages_that_made_a_form_at_once_share_the_session() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::ComesAfter(with_their_form));
    site.sent(show_form).await;
    assert_eq!(secrets(&site).await.len(), 2 + 43, "two secrets of 16 bytes");
}

#[tokio::test]
async fn a_login_takes_no_form_of_a_page_that_was_asked_for_before_it() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::ComesAfter(with_their_form));
    site.sent(|request| {
        request.change(log_in("ada"));
        show_form(request);
    })
    .await
    .unwrap();
    let secrets = secrets(&site).await;
    assert!(secrets.len() == 2 + 22 && !secrets.contains("AAAAAAAA"), "{secrets}");
}

#[tokio::test]
async fn the_next_user_has_a_session_of_their_own() {
    let mut site = Site::logged_in().await;
    let first = site.open().await.session_id().unwrap();
    site.store.calls();
    site.store.when("delete", Turn::Fails);
    let header = site.sent(|request| request.change(log_in("bob"))).await;
    assert!(header.is_some());
    assert_eq!(site.store.calls(), ["load", "replace", "create", "delete"]);
    let next = site.open().await.session_id().unwrap();
    let closed = site.store.record(first).await.unwrap();
    assert_ne!(first, next);
    assert_eq!((closed.data(), closed.expires()), ("{}", 0), "closed, if not gone");
    let visitor = site.visitor().await.unwrap();
    assert_eq!((visitor.user.as_deref(), visitor.role), (Some("bob"), None));
}
