//! Messages live until they are taken.

use actix_web::test::TestRequest;
use session_actix::{Flash, Flashes, Session, SessionData};

use crate::support::{Jar, logged_async, sessions, visit, visit_with};

#[derive(SessionData)]
struct Visitor {
    #[session(flash(success, error))]
    messages: Flashes,
    #[session(flash)]
    order: Option<u64>,
}

fn texts(flashes: &[Flash]) -> Vec<String> {
    flashes.iter().map(|flash| format!("{}: {flash}", flash.category())).collect()
}

async fn step<R: 'static>(jar: &mut Jar, step: impl FnOnce(&mut Session<Visitor>) -> R + 'static) -> R {
    visit(&sessions(), jar, step).await.result
}

async fn answered<R: 'static>(
    jar: &mut Jar,
    request: TestRequest,
    status: u16,
    step: impl FnOnce(&mut Session<Visitor>) -> R + 'static,
) -> R {
    visit_with(&sessions(), jar, (request, status), step).await.result
}

#[actix_web::test]
async fn messages_come_in_their_order_with_their_categories_and_once() {
    let mut jar = Jar::default();
    step(&mut jar, |session| {
        session.flash_success("it was saved");
        session.flash_error("it was not sent");
        session.flash("info", "it was seen");
    })
    .await;
    step(&mut jar, |session| session.flash_success("it was sent after all")).await;
    let waiting = step(&mut jar, |session| texts(session.messages())).await;
    assert_eq!(waiting.len(), 4, "looking takes nothing");
    let shown = step(&mut jar, |session| texts(&session.take_messages())).await;
    assert_eq!(
        shown,
        ["success: it was saved", "error: it was not sent", "info: it was seen", "success: it was sent after all"]
    );
    assert_eq!(step(&mut jar, |session| session.take_messages().len()).await, 0);
}

#[actix_web::test]
async fn some_categories_can_be_taken_and_the_others_wait() {
    let mut jar = Jar::default();
    step(&mut jar, |session| {
        session.flash_success("it was saved");
        session.flash_error("it was not sent");
    })
    .await;
    assert_eq!(
        step(&mut jar, |session| texts(&session.messages.take_only(&["error"]))).await,
        ["error: it was not sent"]
    );
    assert_eq!(step(&mut jar, |session| texts(&session.take_messages())).await, ["success: it was saved"]);
}

#[actix_web::test]
async fn a_response_that_fails_loses_no_message() {
    let mut jar = Jar::default();
    step(&mut jar, |session| session.flash_success("it was saved")).await;
    let taken = answered(&mut jar, TestRequest::default(), 500, |session| session.take_messages().len()).await;
    assert_eq!(taken, 1);
    assert_eq!(step(&mut jar, |session| session.take_messages().len()).await, 1, "it is still there");
}

#[actix_web::test]
async fn a_prefetch_takes_nothing() {
    for (header, value) in [
        ("Sec-Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("Purpose", "prefetch"),
        ("purpose", "prefetch"),
    ] {
        let mut jar = Jar::default();
        step(&mut jar, |session| {
            session.flash_success("it was saved");
            session.flash_order(1234);
        })
        .await;
        let prefetch = TestRequest::default().insert_header((header, value));
        let shown = answered(&mut jar, prefetch, 200, |session| {
            session.flash_error("added by the prefetch");
            (session.take_messages().len(), session.take_order())
        })
        .await;
        assert_eq!(shown, (2, Some(1234)), "the page is whole");
        let left = step(&mut jar, |session| (texts(&session.take_messages()), session.take_order())).await;
        assert_eq!(left.0[0], "success: it was saved", "{header}: {value}");
        assert_eq!(left.1, Some(1234), "{header}: {value}");
    }
    let mut jar = Jar::default();
    step(&mut jar, |session| session.flash_success("it was saved")).await;
    let other = TestRequest::default().insert_header(("Purpose", "not a prefetch"));
    answered(&mut jar, other, 200, |session| session.take_messages().len()).await;
    assert_eq!(step(&mut jar, |session| session.take_messages().len()).await, 0);
}

#[actix_web::test]
async fn a_message_added_after_a_take_stays_for_the_next_request() {
    let mut jar = Jar::default();
    step(&mut jar, |session| session.flash_success("message number one")).await;
    step(&mut jar, |session| {
        assert_eq!(session.take_messages().len(), 1);
        session.flash_success("message number two");
    })
    .await;
    assert_eq!(step(&mut jar, |session| texts(&session.take_messages())).await, ["success: message number two"]);
}

#[actix_web::test]
async fn a_message_that_is_added_and_taken_in_one_request_leaves_nothing() {
    let seen = visit(&sessions(), &mut Jar::default(), |session: &mut Session<Visitor>| {
        session.flash_success("here and gone");
        session.take_messages().len()
    })
    .await;
    assert_eq!((seen.result, seen.set_cookies.len()), (1, 0));
}

#[test]
fn a_full_queue_drops_the_oldest_with_a_log_line() {
    let (left, log) = logged_async(async {
        let mut jar = Jar::default();
        for number in 0..70 {
            step(&mut jar, move |session| session.flash_success(format!("number {number:04}"))).await;
        }
        step(&mut jar, |session| texts(&session.take_messages())).await
    });
    assert_eq!((left.len(), left[0].as_str()), (64, "success: number 0006"));
    // Only those requests that met a full one, which dropped one each.
    let full = log.lines().filter(|line| line.contains("message queue is full"));
    let drops = full.inspect(|line| assert!(line.contains("WARN") && line.contains("dropped=1 "), "{line}")).count();
    assert_eq!(drops, 6, "{log}");
}

#[test]
fn a_message_of_three_kilobytes_neither_panics_nor_breaks_the_page() {
    let (left, log) = logged_async(async {
        let mut jar = Jar::default();
        step(&mut jar, |session| session.flash_success("x".repeat(3000))).await;
        step(&mut jar, |session| session.take_messages().len()).await
    });
    assert_eq!(left, 0);
    assert!(log.contains("message queue is full"), "{log}");
}

#[actix_web::test]
async fn all_structs_and_the_dynamic_session_share_one_queue() {
    #[derive(SessionData)]
    struct Other {
        #[session(flash())]
        notices: Flashes,
    }
    let mut jar = Jar::default();
    step(&mut jar, |session| session.flash_success("from the visitor")).await;
    visit(&sessions(), &mut jar, |session: &mut Session| session.flash("info", "by its name")).await;
    visit(&sessions(), &mut jar, |session: &mut Session<Other>| session.flash("info", "from the other")).await;
    let shown = visit(&sessions(), &mut jar, |session: &mut Session| texts(&session.take_flashes())).await.result;
    assert_eq!(shown, ["success: from the visitor", "info: by its name", "info: from the other"]);
}

#[actix_web::test]
async fn a_typed_value_is_shown_once() {
    let mut jar = Jar::default();
    step(&mut jar, |session| session.flash_order(1234)).await;
    assert_eq!(step(&mut jar, |session| session.peek_order().copied()).await, Some(1234));
    assert_eq!(step(&mut jar, |session| session.take_order()).await, Some(1234));
    assert_eq!(step(&mut jar, |session| session.take_order()).await, None);
}
