//! Waits for a store to write a session.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt;
use actix_web::rt::time::{sleep, timeout};
use session_core::{Commit, Error, StoreCommit};

/// How long a store may go on after the client was told that it does not answer.
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
                Err(_) => return Poll::Ready(failed(too_late, broken_off())),
            }
            let (limit, task) = (self.limit, rt::spawn(within_reason(self.limit, writing)));
            self.waiting = Some(Box::pin(async move {
                let error = match timeout(limit, task).await {
                    Ok(Ok(Some(commit))) => return commit,
                    Ok(Err(_)) => broken_off(),
                    Ok(Ok(None)) | Err(_) => Error::timed_out(),
                };
                // What was saved is not known.
                patience.end();
                failed(too_late, error)
            }));
        }
        self.waiting.as_mut().map_or(Poll::Pending, |waiting| waiting.as_mut().poll(context))
    }
}

/// The write, which goes on for a while after its request was answered: a logout must reach a store that is slow.
async fn within_reason(limit: Duration, writing: Boxed) -> Option<Commit> {
    let commit = timeout(limit.saturating_add(LONGEST_COMMIT), writing).await.ok();
    if commit.is_none() {
        tracing::error!(name: "session.commit.abandoned", "the session store did not answer for long; a change, or a logout, may be lost");
    }
    commit
}

/// What to say, with what went wrong before where that says more.
fn failed(too_late: Commit, error: Error) -> Commit {
    let earlier = too_late.error.filter(|earlier| !earlier.is_unavailable());
    Commit { error: Some(earlier.unwrap_or(error)), set_cookie: too_late.set_cookie }
}

/// The store panicked, or the runtime ends.
fn broken_off() -> Error {
    tracing::error!(name: "session.commit.broken_off", "the session store panicked, or the server ends, while a session was saved");
    Error::unavailable()
}
