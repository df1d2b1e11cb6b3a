//! Waits for a store to write a session.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt;
use actix_web::rt::time::{sleep, timeout};
use session_core::{Commit, Error, StoreCommit};

use crate::boxed::Boxed;

/// How long a store may go on after the client was told that it does not answer.
const LONGEST_COMMIT: Duration = Duration::from_secs(60);

/// The end of a session's request, while a store writes.
///
/// What is begun is a task of its own as soon as the store has to be waited for: a client that hangs up must not cancel a
/// logout. Dropped before it was ever polled, it writes nothing.
pub(crate) struct Storing {
    /// `None` once the task was begun.
    commit: Option<StoreCommit>,
    limit: Duration,
    /// The wait for the task.
    waiting: Option<Boxed<'static, Commit>>,
}

impl Storing {
    pub(crate) fn new(commit: StoreCommit, limit: Duration) -> Self {
        Self { commit: Some(commit), limit, waiting: None }
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Commit> {
        if let Some(commit) = self.commit.take() {
            let (too_late, patience) = (commit.timed_out(), commit.patience());
            let mut writing: Boxed<'static, Commit> = Box::pin(commit.run(sleep));
            // A store in memory is done at once. One that panics must not take the response with it.
            match catch_unwind(AssertUnwindSafe(|| writing.as_mut().poll(context))) {
                Ok(Poll::Ready(commit)) => return Poll::Ready(commit),
                Ok(Poll::Pending) => {}
                Err(_) => {
                    say_that_it_broke_off();
                    return Poll::Ready(too_late);
                }
            }
            let (limit, task) = (self.limit, rt::spawn(within_reason(self.limit, writing)));
            self.waiting = Some(Box::pin(async move {
                match timeout(limit, task).await {
                    Ok(Ok(Some(commit))) => return commit,
                    Ok(Err(_)) => say_that_it_broke_off(),
                    // It is counted and logged where it is made.
                    Ok(Ok(None)) | Err(_) => drop(Error::timed_out()),
                }
                // What was saved is not known.
                patience.end();
                too_late
            }));
        }
        self.waiting.as_mut().map_or(Poll::Pending, |waiting| waiting.as_mut().poll(context))
    }
}

/// The write, which goes on for a while after its request was answered: a logout must reach a store that is slow.
async fn within_reason(limit: Duration, writing: Boxed<'static, Commit>) -> Option<Commit> {
    let commit = timeout(limit.saturating_add(LONGEST_COMMIT), writing).await.ok();
    if commit.is_none() {
        tracing::error!(name: "session.commit.abandoned", "the session store did not answer for long; a change, or a logout, may be lost");
    }
    commit
}

/// The store panicked, or the runtime ends.
fn say_that_it_broke_off() {
    tracing::error!(name: "session.commit.broken_off", "the session store panicked, or the server ends, while a session was saved");
}
