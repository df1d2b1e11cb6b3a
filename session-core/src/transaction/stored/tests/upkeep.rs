//! When a session's end is put off, and when its cookie is sent once more.

use super::*;
use crate::config::Refresh;

fn as_it_is(builder: Builder) -> Builder {
    builder
}

#[tokio::test]
async fn a_session_that_is_looked_at_is_put_off_after_a_tenth_of_its_lifetime() {
    let mut site = Site::visited(as_it_is).await;
    site.later(9);
    assert!(site.open().await.commit_stored(200, true).is_none(), "there is nothing to do");
    assert_eq!((site.store.calls(), site.ends().await), (vec!["load"], 100));
    site.later(1);
    let header = site.looked().await.unwrap();
    assert!(header.contains("HttpOnly"), "{header}");
    assert_eq!((site.store.calls(), site.ends().await, site.issued().await), (vec!["load", "extend"], 110, 10));
}

#[tokio::test]
async fn a_session_that_nobody_looked_at_is_not_put_off() {
    let site = Site::visited(as_it_is).await;
    site.later(50);
    let mut request = site.open().await;
    assert!(request.commit_stored(200, false).is_none());
    assert_eq!((site.store.calls(), site.ends().await), (vec!["load"], 100));
}

#[tokio::test]
async fn a_cookie_that_is_old_is_sent_again_though_somebody_else_put_the_session_off() {
    let mut site = Site::visited(as_it_is).await;
    site.later(50);
    let id = site.open().await.session_id().unwrap();
    site.store.rewrite(id, |record| record.with_expires(NOW + 145)).await;
    assert!(site.looked().await.is_some());
    assert_eq!((site.issued().await, site.ends().await), (50, 145));
}

#[tokio::test]
async fn a_session_that_ends_early_is_put_off_though_its_cookie_is_new() {
    let mut site = Site::visited(as_it_is).await;
    let id = site.open().await.session_id().unwrap();
    site.store.rewrite(id, |record| record.with_expires(NOW + 50)).await;
    site.later(5);
    assert!(site.looked().await.is_none());
    assert_eq!((site.issued().await, site.ends().await), (0, 105));
}

#[tokio::test]
async fn a_cookie_of_an_old_key_is_made_anew_as_it_was() {
    for refresh in [Refresh::AfterTenth, Refresh::OnChange] {
        let mut site = Site::visited(as_it_is).await;
        site.rotate(|builder| builder.refresh(refresh));
        site.later(9);
        let old = site.cookie.clone();
        assert!(site.looked().await.is_some() && site.cookie != old);
        assert_eq!((site.store.calls(), site.issued().await, site.ends().await), (vec!["load", "extend"], 0, 100));
        assert!(site.looked().await.is_none(), "once");
    }
    let mut site = Site::visited(as_it_is).await;
    site.rotate(|builder| builder.refresh(Refresh::OnChange));
    site.later(50);
    assert!(site.looked().await.is_some());
    assert_eq!((site.issued().await, site.ends().await), (0, 100), "nothing was written");
}

#[tokio::test]
async fn near_its_absolute_end_a_session_is_left_alone() {
    let mut site = Site::visited(|builder| builder.absolute_lifetime(Some(Duration::from_secs(150)))).await;
    site.later(99);
    assert!(site.looked().await.is_some());
    assert_eq!(site.ends().await, 150);
    site.later(5);
    assert!(site.looked().await.is_none());
    assert_eq!((site.store.calls(), site.ends().await), (vec!["load"], 150), "there is nothing to put off");
}

#[tokio::test]
async fn a_page_that_only_reads_does_not_fail_with_the_store() {
    for (fault, lives) in
        [(Turn::Fails, true), (Turn::ComesAfter(|record| record), true), (Turn::ComesAfterItsEnd, false)]
    {
        let mut site = Site::visited(as_it_is).await;
        site.later(50);
        site.store.when("extend", fault);
        assert!(site.looked().await.is_none());
        assert_eq!(site.store.calls(), ["load", "extend"]);
        assert_eq!(site.visitor().await.is_some(), lives);
    }
}

#[tokio::test]
async fn what_was_written_is_kept_by_the_browser_for_as_long() {
    let visit = |request: &mut Transaction| request.change(|visitor| visitor.visits += 1);
    for refresh in [Refresh::AfterTenth, Refresh::OnChange] {
        let mut site = Site::visited(|builder| builder.refresh(refresh)).await;
        site.later(9);
        assert!(site.sent(visit).await.is_none(), "the cookie counts for nearly as long");
        assert_eq!((site.store.calls(), site.ends().await), (vec!["load", "replace"], 109));
        site.later(1);
        assert!(site.sent(visit).await.is_some());
        assert_eq!((site.issued().await, site.ends().await), (10, 110));
    }
}

#[tokio::test]
async fn a_cookie_goes_with_a_session_that_says_something_else_of_it() {
    let set = |permanent: bool, seconds: u64| {
        move |request: &mut Transaction| {
            let epoch = request.epoch;
            request.set_permanent(permanent, epoch);
            request.set_lifetime(Duration::from_secs(seconds), epoch).unwrap();
        }
    };
    let mut site = Site::visited(|builder| builder.refresh(Refresh::OnChange)).await;
    site.later(1);
    let header = site.sent(set(true, 100)).await.unwrap();
    assert!(header.contains("Max-Age=100;"), "{header}");
    let header = site.sent(set(true, 60)).await.unwrap();
    assert!(header.contains("Max-Age=60;"), "{header}");
    assert!(site.sent(set(true, 60)).await.is_none(), "it says the same");
    let header = site.sent(set(false, 60)).await.unwrap();
    assert!(!header.contains("Max-Age"), "{header}");
}

#[tokio::test]
async fn a_write_that_changes_nothing_is_none() {
    let mut site = Site::visited(as_it_is).await;
    assert!(site.sent(|request| request.change(|visitor| visitor.visits = 1)).await.is_none());
    assert_eq!(site.store.calls(), ["load"]);
    let note = |request: &mut Transaction| request.change(|visitor| visitor.note = Some("same".into()));
    assert!(site.sent(note).await.is_none());
    assert_eq!(site.store.calls(), ["load", "replace"]);
}

/// Our clock says when a session ends, and it has whole seconds.
#[tokio::test]
async fn a_store_keeps_a_session_through_its_last_second() {
    let mut site = Site::visited(as_it_is).await;
    let kept_for = |site: &Site| site.store.ttl().unwrap().as_secs();
    assert_eq!((kept_for(&site), site.ends().await), (101, 100));
    site.later(10);
    site.looked().await.unwrap();
    assert_eq!((kept_for(&site), site.ends().await), (101, 110));
    site.sent(|request| request.set_lifetime(Duration::from_secs(60), request.epoch).unwrap()).await.unwrap();
    assert_eq!((kept_for(&site), site.ends().await), (61, 70));
}
