//! Scenarios of requests that overlap, through the library.
#![allow(clippy::missing_panics_doc, reason = "a scenario that fails panics, as a test does")]

use std::sync::Arc;
use std::time::Duration;

use super::support::{Counted, Operations, Server, all, cookie_of};
use crate::store::SessionStore;

const DAY: Duration = Duration::from_secs(86_400);

/// Lost update: two requests count at once, and both count.
pub async fn a_lost_update_is_merged(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.visits = 1).await;
    let requests = all((0..16).map(|_| server.request(&cookie))).await;
    let ends = requests.into_iter().map(|mut request| {
        request.change(|visitor| visitor.visits += 1);
        request.end()
    });
    for commit in all(ends).await {
        assert_eq!(commit.error, None);
    }
    assert_eq!(server.visits(&cookie).await, 17);
}

/// Two requests set different fields, and both stay.
pub async fn fields_of_two_requests_are_both_kept(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.visits = 1).await;
    let (mut one, mut another) = (server.request(&cookie).await, server.request(&cookie).await);
    one.change(|visitor| visitor.note = Some("one".into()));
    another.change(|visitor| visitor.cart = vec![7]);
    assert_eq!((one.end().await.error, another.end().await.error), (None, None));
    let view = server.request(&cookie).await.view();
    assert_eq!((view.note.as_deref(), view.cart.as_slice(), view.visits), (Some("one"), &[7][..], 1));
}

/// Resurrection by a write: a request in flight during a logout.
pub async fn a_write_does_not_bring_an_ended_session_back(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.user = Some("ada".into())).await;
    let (mut late, mut logout) = (server.request(&cookie).await, server.request(&cookie).await);
    late.change(|visitor| visitor.visits += 1);
    logout.transaction.purge();
    assert!(logout.end().await.set_cookie.is_some_and(|cookie| cookie.contains("Max-Age=0")));
    let commit = late.end().await;
    assert_eq!((commit.set_cookie, commit.error), (None, None));
    assert!(server.request(&cookie).await.transaction.is_new());
}

/// Resurrection by a renewal.
pub async fn a_renewal_does_not_bring_an_ended_session_back(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.user = Some("ada".into())).await;
    let (mut late, mut logout) = (server.request(&cookie).await, server.request(&cookie).await);
    late.transaction.renew(crate::Epoch::default());
    logout.transaction.purge();
    logout.end().await;
    assert_eq!(late.end().await.set_cookie, None);
    assert!(server.request(&cookie).await.transaction.is_new());
}

/// Resurrection by a refresh.
pub async fn a_refresh_does_not_bring_an_ended_session_back(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.user = Some("ada".into())).await;
    server.clock.advance(10 * DAY);
    let (late, mut logout) = (server.request(&cookie).await, server.request(&cookie).await);
    logout.transaction.purge();
    logout.end().await;
    let commit = late.end().await;
    assert_eq!((commit.set_cookie, commit.error), (None, None));
    assert!(server.request(&cookie).await.transaction.is_new());
}

/// Resurrection by the retry after a conflict.
pub async fn a_retry_after_a_conflict_does_not_bring_an_ended_session_back(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.user = Some("ada".into())).await;
    let (mut late, mut faster) = (server.request(&cookie).await, server.request(&cookie).await);
    let mut logout = server.request(&cookie).await;
    late.change(|visitor| visitor.visits += 1);
    faster.change(|visitor| visitor.visits += 1);
    assert_eq!(faster.end().await.error, None);
    logout.transaction.purge();
    logout.end().await;
    assert_eq!(late.end().await.set_cookie, None);
    assert!(server.request(&cookie).await.transaction.is_new());
}

/// Revocation against a renewal: who is logged out everywhere stays so.
pub async fn a_revoked_session_is_not_renewed(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.user = Some("ada".into())).await;
    let mut late = server.request(&cookie).await;
    late.transaction.renew(crate::Epoch::default());
    assert_eq!(server.engine.revoke_owner("ada").await.ok(), Some(1));
    assert_eq!(late.end().await.set_cookie, None);
    assert_eq!(server.user(&cookie).await, None);
    assert_eq!(server.engine.sessions_of("ada").await.ok(), Some(Vec::new()));
}

/// A revocation ends what was, not what comes.
pub async fn a_login_after_a_revocation_counts(store: impl SessionStore) {
    let server = Server::new(store);
    server.session(|visitor| visitor.user = Some("ada".into())).await;
    let anonymous = server.session(|visitor| visitor.visits = 3).await;
    assert_eq!(server.engine.revoke_owner("ada").await.ok(), Some(1));
    let mut login = server.request(&anonymous).await;
    login.change(|visitor| visitor.user = Some("ada".into()));
    let cookie = cookie_of(&login.end().await);
    assert_eq!(server.user(&cookie).await.as_deref(), Some("ada"));
    assert_eq!(server.visits(&cookie).await, 3);
    assert_eq!(server.user(&anonymous).await, None, "the token from before the login opens nothing");
    assert_eq!(server.engine.sessions_of("ada").await.map(|ids| ids.len()).ok(), Some(1));
}

/// A request that was under way while the session was renewed: its change counts, and the old token does not.
pub async fn a_renewal_and_a_write_both_count(store: impl SessionStore) {
    let server = Server::new(store);
    let old = server.session(|visitor| visitor.visits = 1).await;
    let (mut login, mut late) = (server.request(&old).await, server.request(&old).await);
    login.change(|visitor| visitor.user = Some("ada".into()));
    late.change(|visitor| visitor.visits += 1);
    let new = cookie_of(&login.end().await);
    let commit = late.end().await;
    assert_eq!((commit.set_cookie, commit.error), (None, None), "the browser has the new cookie already");
    assert_eq!((server.visits(&new).await, server.user(&new).await.as_deref()), (2, Some("ada")));
    assert!(server.request(&old).await.transaction.is_new());
}

/// Two requests renew at once: the second is content with the first one's.
pub async fn of_two_renewals_one_is_enough(store: impl SessionStore) {
    let server = Server::new(store);
    let old = server.session(|visitor| visitor.visits = 1).await;
    let (mut one, mut another) = (server.request(&old).await, server.request(&old).await);
    one.transaction.renew(crate::Epoch::default());
    another.transaction.renew(crate::Epoch::default());
    let new = cookie_of(&one.end().await);
    let commit = another.end().await;
    assert_eq!((commit.set_cookie, commit.error), (None, None));
    assert_eq!(server.visits(&new).await, 1);
}

/// Who only has the token from before a renewal logs nobody in.
pub async fn a_privilege_is_not_taken_by_an_old_token(store: impl SessionStore) {
    let server = Server::new(store);
    let old = server.session(|visitor| visitor.visits = 1).await;
    let (mut login, mut late) = (server.request(&old).await, server.request(&old).await);
    login.change(|visitor| visitor.user = Some("ada".into()));
    late.change(|visitor| visitor.user = Some("eve".into()));
    let new = cookie_of(&login.end().await);
    assert!(late.end().await.error.is_some_and(|error| error.is_conflict() && error.status() == 409));
    assert_eq!(server.user(&new).await.as_deref(), Some("ada"));
}

/// One request takes the messages while another adds one: the new one stays, the taken ones go.
pub async fn messages_taken_and_added_at_once_are_all_there_is(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.flash_info("first")).await;
    let (mut page, mut form) = (server.request(&cookie).await, server.request(&cookie).await);
    page.change(|visitor| assert_eq!(visitor.take_messages().len(), 1));
    form.change(|visitor| visitor.flash_info("second"));
    form.end().await;
    page.end().await;
    let left: Vec<_> = server.request(&cookie).await.view().messages().iter().map(ToString::to_string).collect();
    assert_eq!(left, ["second"]);
}

/// A session ends at its lifetime, whatever the store keeps.
pub async fn a_session_ends_by_our_clock(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.user = Some("ada".into())).await;
    server.clock.advance(31 * DAY);
    let looked = server.request(&cookie).await;
    assert!(!looked.transaction.is_new());
    looked.end().await;
    server.clock.advance(31 * DAY);
    assert!(!server.request(&cookie).await.transaction.is_new(), "a look put its end off");
    server.clock.advance(Duration::from_secs(1));
    assert!(server.request(&cookie).await.transaction.is_new());
}

/// A connection that breaks on the way back: what was written counts once, what was begun is there, and what was ended stays so.
pub async fn a_lost_answer_is_found_out_and_nothing_is_written_twice(store: impl SessionStore) {
    let store = Arc::new(Counted::new(store));
    let server = Server::new(Arc::clone(&store));
    store.lose_next_answer();
    let cookie = server.session(|visitor| visitor.visits = 1).await;
    let mut count = server.request(&cookie).await;
    count.change(|visitor| visitor.visits += 1);
    store.lose_next_answer();
    assert_eq!(count.end().await.error, None);
    assert_eq!(server.visits(&cookie).await, 2);

    let mut login = server.request(&cookie).await;
    login.change(|visitor| visitor.user = Some("ada".into()));
    store.lose_next_answer();
    let renewed = cookie_of(&login.end().await);
    assert_eq!(server.user(&renewed).await.as_deref(), Some("ada"));
    assert_eq!(server.user(&cookie).await, None);

    let mut logout = server.request(&renewed).await;
    logout.transaction.purge();
    store.lose_next_answer();
    assert_eq!(logout.end().await.error, None);
    assert_eq!(server.user(&renewed).await, None);
}

/// Neither another server's cookie nor another session's token.
pub async fn the_cookie_of_another_session_opens_nothing(store: impl SessionStore) {
    let store = Arc::new(store);
    let (server, stranger) = (Server::new(Arc::clone(&store)), Server::new(store));
    let (one, another) =
        (server.session(|visitor| visitor.visits = 1).await, stranger.session(|visitor| visitor.visits = 2).await);
    assert_eq!((server.visits(&one).await, server.visits(&another).await), (1, 0));
    let cut = one.get(..one.len() - 1).unwrap_or_default();
    assert_eq!(server.visits(cut).await, 0);
}

/// What a request costs: nothing where nobody looks, one operation to look, one more to write.
pub async fn a_request_costs_no_more_operations_than_it_must(store: impl SessionStore) {
    let store = Arc::new(Counted::new(store));
    let server = Server::new(Arc::clone(&store));
    let none = Operations::default();
    server.request("").await.end().await;
    assert_eq!(store.take(), none, "no cookie");
    let cookie = server.session(|visitor| visitor.visits = 1).await;
    assert_eq!(store.take(), Operations { create: 1, ..none }, "a new session");
    server.request(&cookie).await.end().await;
    assert_eq!(store.take(), Operations { load: 1, ..none }, "a look");
    let mut write = server.request(&cookie).await;
    write.change(|visitor| visitor.visits += 1);
    write.end().await;
    assert_eq!(store.take(), Operations { load: 1, replace: 1, ..none }, "a write");
    let (mut one, mut another) = (server.request(&cookie).await, server.request(&cookie).await);
    one.change(|visitor| visitor.visits += 1);
    another.change(|visitor| visitor.visits += 1);
    one.end().await;
    another.end().await;
    assert_eq!(store.take(), Operations { load: 2, replace: 3, ..none }, "a conflict");
    server.clock.advance(10 * DAY);
    server.request(&cookie).await.end().await;
    assert_eq!(store.take(), Operations { load: 1, extend: 1, ..none }, "a refresh");
    let mut logout = server.request(&cookie).await;
    logout.transaction.purge();
    logout.end().await;
    assert_eq!(store.take(), Operations { load: 1, delete: 1, ..none }, "a logout");
}
