//! Scenarios of requests that overlap while the user of a session changes.
#![allow(clippy::missing_panics_doc, reason = "a scenario that fails panics, as a test does")]

use std::time::Duration;

use super::support::{Server, Visitor, cookie_of};
use crate::store::SessionStore;
use crate::transaction::Epoch;

const DAY: Duration = Duration::from_secs(86_400);

/// A request of one user that ends after another one logged in on the same session: what it set is not the next user's.
pub async fn what_one_user_set_is_not_the_next_ones(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.user = Some("ada".into())).await;
    let (mut late, mut logout) = (server.request(&cookie).await, server.request(&cookie).await);
    late.change(|visitor| visitor.note = Some("a diary".into()));
    logout.transaction.clear::<Visitor>(Epoch::default());
    let anonymous = cookie_of(&logout.end().await);
    let mut login = server.request(&anonymous).await;
    login.change(|visitor| visitor.user = Some("bob".into()));
    let cookie = cookie_of(&login.end().await);
    assert_eq!(late.end().await.set_cookie, None);
    let view = server.request(&cookie).await.view();
    assert_eq!((view.user.as_deref(), view.note.as_deref()), (Some("bob"), None));
}

/// Another user's login in a session that was ended meanwhile logs nobody in.
pub async fn users_are_not_switched_in_an_ended_session(store: impl SessionStore) {
    let server = Server::new(store);
    let cookie = server.session(|visitor| visitor.user = Some("ada".into())).await;
    let (mut switch, mut logout) = (server.request(&cookie).await, server.request(&cookie).await);
    switch.change(|visitor| visitor.user = Some("bob".into()));
    logout.transaction.purge();
    logout.end().await;
    assert!(switch.end().await.error.is_some_and(|error| error.is_conflict()));
    assert_eq!(server.engine.sessions_of("bob").await.ok(), Some(Vec::new()));
}

/// Another user's login by a token from before a renewal neither logs in nor ends the session.
pub async fn users_are_not_switched_by_an_old_token(store: impl SessionStore) {
    let server = Server::new(store);
    let old = server.session(|visitor| visitor.user = Some("ada".into())).await;
    let (mut switch, mut renewal) = (server.request(&old).await, server.request(&old).await);
    switch.change(|visitor| visitor.user = Some("bob".into()));
    renewal.transaction.renew(Epoch::default());
    let new = cookie_of(&renewal.end().await);
    assert!(switch.end().await.error.is_some_and(|error| error.is_conflict()));
    assert_eq!(server.user(&new).await.as_deref(), Some("ada"));
}

/// A slow request that only read does not send its dead cookie over the one of a login.
pub async fn a_slow_reader_sends_no_cookie_over_a_newer_one(store: impl SessionStore) {
    let server = Server::new(store);
    let old = server.session(|visitor| visitor.visits = 1).await;
    server.clock.advance(10 * DAY);
    let (slow, mut login) = (server.request(&old).await, server.request(&old).await);
    login.change(|visitor| visitor.user = Some("ada".into()));
    let new = cookie_of(&login.end().await);
    let commit = slow.end().await;
    assert_eq!((commit.set_cookie, commit.error), (None, None));
    assert_eq!(server.user(&new).await.as_deref(), Some("ada"));
}

/// Switching users ends the last one's session, in the list of theirs too.
pub async fn a_switch_of_users_ends_the_last_ones_session(store: impl SessionStore) {
    let server = Server::new(store);
    let old = server.session(|visitor| visitor.user = Some("ada".into())).await;
    let mut switch = server.request(&old).await;
    switch.change(|visitor| visitor.user = Some("bob".into()));
    let new = cookie_of(&switch.end().await);
    assert_eq!((server.user(&old).await, server.user(&new).await.as_deref()), (None, Some("bob")));
    assert_eq!(server.engine.sessions_of("ada").await.ok(), Some(Vec::new()));
    assert_eq!(server.engine.sessions_of("bob").await.map(|ids| ids.len()).ok(), Some(1));
}
