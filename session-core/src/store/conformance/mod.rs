//! What every store must do, as tests: one call of [`conformance!`](crate::store::conformance!) runs them on a store of anybody's.
//!
//! # Examples
//!
//! In a file of tests, with the attribute that makes a test of an `async fn`, and what makes an empty store:
//!
//! ```
//! use session_core::store::MemoryStore;
//!
//! # mod actix_web { pub use core::prelude::v1::test; }
//! # macro_rules! conformance { ($($suite:tt)*) => {}; }
//! # use session_core::store::conformance as _;
//! conformance!(#[actix_web::test] => MemoryStore::new());
//! ```

mod operations;
mod requests;
mod support;
mod users;

pub use operations::*;
pub use requests::*;
pub use support::{Counted, Operations};
pub use users::*;

/// Runs the suite on a store: a test for each scenario, each on a new store.
///
/// First come the attributes of an asynchronous test, such as `#[tokio::test]`; then what makes an empty store, which may wait.
#[macro_export]
#[doc(hidden)]
macro_rules! __session_store_conformance {
    ($(#[$test:meta])+ => $store:expr) => {
        $crate::__session_store_conformance! {
            @each [$(#[$test])+] [$store]
            what_is_written_is_read
            an_id_is_taken_once
            an_id_may_be_any_bytes
            a_write_takes_the_version_it_expects
            what_is_gone_is_not_made_again
            an_extension_changes_the_end_alone
            a_large_record_is_kept
            an_owners_sessions_are_listed_and_ended
            an_owner_may_be_called_anything
            the_owner_goes_with_the_record
            thirty_two_writers_lose_no_update
            a_lost_update_is_merged
            fields_of_two_requests_are_both_kept
            a_write_does_not_bring_an_ended_session_back
            a_renewal_does_not_bring_an_ended_session_back
            a_refresh_does_not_bring_an_ended_session_back
            a_retry_after_a_conflict_does_not_bring_an_ended_session_back
            a_revoked_session_is_not_renewed
            a_login_after_a_revocation_counts
            a_renewal_and_a_write_both_count
            of_two_renewals_one_is_enough
            a_privilege_is_not_taken_by_an_old_token
            messages_taken_and_added_at_once_are_all_there_is
            a_session_ends_by_our_clock
            a_lost_answer_is_found_out_and_nothing_is_written_twice
            the_cookie_of_another_session_opens_nothing
            a_request_costs_no_more_operations_than_it_must
            what_one_user_set_is_not_the_next_ones
            users_are_not_switched_in_an_ended_session
            users_are_not_switched_by_an_old_token
            a_slow_reader_sends_no_cookie_over_a_newer_one
            a_switch_of_users_ends_the_last_ones_session
        }
    };
    (@each $test:tt $store:tt $($scenario:ident)*) => {
        $($crate::__session_store_conformance! { @one $test $store $scenario })*
    };
    (@one [$(#[$test:meta])+] [$store:expr] $scenario:ident) => {
        $(#[$test])+
        async fn $scenario() {
            $crate::store::conformance::$scenario({ $store }).await;
        }
    };
}
