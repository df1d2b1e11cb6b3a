//! What is done where the store fails, or says nothing.

use super::super::write::{MAX_IDS, PAUSE};
use super::*;

#[tokio::test]
async fn a_write_that_failed_and_was_not_made_is_made_again() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::Fails);
    assert!(site.sent(visit).await.is_none());
    assert_eq!(site.store.calls(), ["load", "replace", "load", "replace"]);
    assert_eq!(site.visitor().await.unwrap().visits, 2);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_counts_once() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::LosesTheAnswer);
    assert!(site.sent(visit).await.is_none());
    assert_eq!(site.store.calls(), ["load", "replace", "load"]);
    assert_eq!(site.visitor().await.unwrap().visits, 2);
}

#[tokio::test]
async fn a_write_that_the_stores_client_made_twice_counts_once() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::IsAskedTwice);
    assert!(site.sent(visit).await.is_none());
    assert_eq!((site.store.calls(), site.pauses.len()), (vec!["load", "replace"], 0));
    assert_eq!(site.visitor().await.unwrap().visits, 2);
}

#[tokio::test]
async fn a_write_that_was_made_late_counts_once() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::Fails);
    site.store.when("replace", Turn::Fails);
    // What became of the second is asked for once, and once more after a pause.
    site.store.when("load", Turn::GoesWell);
    site.store.when("load", Turn::IsMadeLate);
    assert!(site.sent(visit).await.is_none());
    assert_eq!(site.store.calls(), ["load", "replace", "load", "replace", "load", "load"]);
    assert_eq!(site.visitor().await.unwrap().visits, 2);
}

#[tokio::test]
async fn where_a_write_may_be_under_another_one_it_is_not_made_again() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::Fails);
    site.store.when("replace", Turn::ComesAfter(|record| record));
    let commit = site.answer(200, visit).await;
    assert!(commit.set_cookie.is_none() && commit.error.unwrap().is_unavailable());
    assert_eq!(
        (site.store.calls(), site.visitor().await.unwrap().visits),
        (vec!["load", "replace", "load", "replace", "load"], 1)
    );

    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::Fails);
    site.store.when("load", Turn::ComesAfter(|record| record));
    assert!(site.answer(200, visit).await.error.unwrap().is_unavailable());
    assert_eq!(
        (site.store.calls(), site.pauses.len()),
        (vec!["load", "replace", "load"], 0),
        "there is nothing to wait for"
    );

    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::DoesTooLittle);
    assert!(site.answer(200, visit).await.error.unwrap().is_unavailable());
    assert_eq!(site.store.calls(), ["load", "replace"]);
}

#[tokio::test]
async fn a_session_that_ended_while_a_write_failed_stays_ended() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::Fails);
    site.store.when("load", Turn::ComesAfterItsEnd);
    assert!(site.sent(visit).await.is_none());
    assert!(site.visitor().await.is_none());
}

#[tokio::test]
async fn a_write_that_fails_leaves_the_browser_its_cookie() {
    let mut site = Site::visited(|builder| builder).await;
    site.store.when("replace", Turn::Fails);
    site.store.when("load", Turn::Fails);
    let commit = site.answer(200, visit).await;
    assert!(commit.set_cookie.is_none() && commit.error.unwrap().is_unavailable());
    assert_eq!((site.store.calls(), site.visitor().await.unwrap().visits), (vec!["load", "replace", "load"], 1));
}

#[tokio::test]
async fn an_id_that_is_known_is_not_taken_and_one_of_three_is_new() {
    let mut site = Site::of(|builder| builder);
    site.store.when("create", Turn::KnowsTheId);
    site.store.when("create", Turn::KnowsTheId);
    assert!(site.sent(visit).await.is_some());
    assert_eq!(site.store.calls(), ["create", "load", "create", "load", "create"]);

    let mut site = Site::of(|builder| builder);
    for _ in 0..MAX_IDS {
        site.store.when("create", Turn::KnowsTheId);
    }
    assert!(site.answer(200, visit).await.error.unwrap().is_unavailable());
    assert_eq!(site.store.calls(), ["create", "load", "create", "load", "create", "load"]);
}

#[tokio::test]
async fn a_new_session_is_kept_once() {
    for (turn, is_kept, calls) in [
        (Turn::LosesTheAnswer, true, vec!["create", "load"]),
        (Turn::Fails, false, vec!["create", "load"]),
        (Turn::DoesTooLittle, false, vec!["create"]),
    ] {
        let mut site = Site::of(|builder| builder);
        site.store.when("create", turn);
        let commit = site.answer(200, visit).await;
        assert_eq!(
            (commit.set_cookie.is_some(), commit.error.is_none(), site.store.calls()),
            (is_kept, is_kept, calls)
        );
    }
}

fn log_out(request: &mut Transaction) {
    let _ = request.purge();
}

#[tokio::test]
async fn a_session_is_ended_once_more_where_the_store_fails() {
    let mut site = Site::logged_in().await;
    site.store.when("delete", Turn::Fails);
    assert!(site.sent(log_out).await.unwrap().contains("Max-Age=0"));
    assert_eq!((site.store.calls(), site.pauses.as_slice()), (vec!["load", "delete", "delete"], [PAUSE].as_slice()));

    let mut site = Site::logged_in().await;
    site.store.when("delete", Turn::Fails);
    site.store.when("delete", Turn::Fails);
    let commit = site.answer(200, log_out).await;
    assert!(commit.error.unwrap().is_unavailable() && commit.set_cookie.unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn a_browser_without_a_cookie_is_told_of_no_removal() {
    let mut site = Site::of(|builder| builder);
    assert!(site.sent(log_out).await.is_none());
    assert_eq!(site.store.calls(), [""; 0]);
}

#[tokio::test]
async fn a_response_that_does_not_wait_says_that_the_session_ended() {
    let site = Site::logged_in().await;
    let mut request = site.open().await;
    log_out(&mut request);
    let commit = request.commit_stored(200, true).unwrap().timed_out();
    assert!(commit.error.unwrap().is_unavailable() && commit.set_cookie.unwrap().contains("Max-Age=0"));

    let mut request = site.open().await;
    visit(&mut request);
    let commit = request.commit_stored(200, true).unwrap().timed_out();
    assert!(commit.error.unwrap().is_unavailable() && commit.set_cookie.is_none());
}

#[tokio::test]
async fn a_server_error_saves_no_more_than_that_privileges_were_lost() {
    let lose_role = |request: &mut Transaction| {
        request.change(|visitor| {
            visitor.role = None;
            visitor.visits = 7;
        });
    };
    let mut site = Site::logged_in().await;
    assert!(site.answer(500, visit).await.set_cookie.is_none());
    assert_eq!(site.store.calls(), ["load"]);
    site.answer(500, lose_role).await;
    let visitor = site.visitor().await.unwrap();
    assert_eq!((visitor.visits, visitor.role, visitor.user.as_deref()), (0, None, Some("ada")));
    site.answer(500, log_out).await.set_cookie.unwrap();
    assert!(site.visitor().await.is_none());

    let mut site = Site::visited(|builder| builder.commit_on_server_error(true)).await;
    site.answer(500, visit).await;
    assert_eq!(site.visitor().await.unwrap().visits, 2);
    let broken = |request: &mut Transaction| {
        visit(request);
        let epoch = request.epoch;
        request.record((Changes::default(), Some(Error::encode("visits"))), epoch);
    };
    let mut request = site.open().await;
    broken(&mut request);
    let commit = site.write(request.commit_stored(200, true).unwrap()).await;
    assert!(commit.error.is_some() && site.visitor().await.unwrap().visits == 2);
}

#[tokio::test]
async fn a_second_session_is_looked_for_where_a_line_would_be_logged() {
    let mut site = Site::logged_in().await;
    let first = std::mem::take(&mut site.cookie);
    site.sent(visit).await.unwrap();
    site.cookie = format!("{first}; {}", site.cookie);
    site.store.calls();
    let loads = async || {
        let _ = site.open().await;
        site.store.calls().len()
    };
    assert_eq!((loads().await, loads().await), (2, 1), "once in ten seconds");
    site.later(10);
    assert_eq!(loads().await, 2);
}

#[tokio::test]
async fn debug_shows_where_a_session_is_kept_and_nothing_of_it() {
    let site = Site::logged_in().await;
    let mut request = site.open().await;
    let id = request.session_id().unwrap().to_string();
    let shown = format!("{request:?}");
    assert!(shown.contains(&format!("Found {{ session: SessionId({id})")) && !shown.contains("ada"), "{shown}");
    let closed = site.engine.open(std::iter::once(site.cookie.as_bytes()), false);
    assert!(closed.needs_loading() && closed.session_id().is_none());
    let loaded = closed.load().unwrap().await.unwrap();
    assert_eq!(format!("{loaded:?} {:?}", Loaded(None)), "Loaded(true) Loaded(false)");
    visit(&mut request);
    assert_eq!(format!("{:?}", request.commit_stored(200, true).unwrap()), "StoreCommit { .. }");
}

#[tokio::test]
async fn what_the_store_says_of_a_session_that_was_ended_meanwhile_does_not_count() {
    let site = Site::logged_in().await;
    let mut request = site.engine.open(std::iter::once(site.cookie.as_bytes()), false);
    let loading = request.load().unwrap();
    log_out(&mut request);
    assert!(!request.needs_loading(), "there is nothing to wait for");
    request.loaded(loading.await.unwrap());
    assert!(request.is_new() && request.session_id().is_none() && !request.is_logged_in());
}
