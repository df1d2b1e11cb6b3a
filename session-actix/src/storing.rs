//! Waits for a store to write a session.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt;
use actix_web::rt::time::{sleep, timeout};
use session_core::{Commit, Error, StoreCommit};

/// How long a store may still write after the client was told that it does not answer.
const LONGEST_COMMIT: Duration = Duration::from_secs(60);

type Boxed = Pin<Box<dyn Future<Output = Commit>>>;

/// The end of a session's request, while a store writes.
///
/// What is begun is a task of its own as soon as the store has to be waited for: a client that hangs up must not cancel a
/// logout. Dropped before it was ever polled, it writes nothing.
pub(crate) struct Storing {
    /// `None` once the task was begun.
    commit: Option<StoreCommit>,
    limit: Duration,
    /// The wait for the task.
    waiting: Option<Boxed>,
}

impl Storing {
    pub(crate) fn new(commit: StoreCommit, limit: Duration) -> Self {
        Self { commit: Some(commit), limit, waiting: None }
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Commit> {
        if let Some(commit) = self.commit.take() {
            let (too_late, patience) = (commit.timed_out(), commit.patience());
            let mut writing: Boxed = Box::pin(commit.run(sleep));
            // A store in memory is done at once. One that panics must not take the response with it.
            match catch_unwind(AssertUnwindSafe(|| writing.as_mut().poll(context))) {
                Ok(Poll::Ready(commit)) => return Poll::Ready(commit),
                Ok(Poll::Pending) => {}
                Err(_) => return Poll::Ready(Commit { error: Some(Error::timed_out()), ..too_late }),
            }
            let (limit, task) = (self.limit, rt::spawn(timeout(LONGEST_COMMIT, writing)));
            self.waiting = Some(Box::pin(async move {
                if let Ok(Ok(Ok(commit))) = timeout(limit, task).await {
                    return commit;
                }
                // Too late, or the runtime ends: what was saved is not known.
                patience.end();
                Commit { error: Some(Error::timed_out()), ..too_late }
            }));
        }
        self.waiting.as_mut().map_or(Poll::Pending, |waiting| waiting.as_mut().poll(context))
    }
}
