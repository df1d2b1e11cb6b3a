//! Statements that the database gave up for another's sake: it did nothing, and says so.

use std::future::Future;
use std::time::Duration;

/// How often a statement is sent again.
const MAX_RETRIES: u32 = 50;

/// By how much longer than before one waits each time. The first time one does not: the other one was let through.
const PAUSE: Duration = Duration::from_millis(1);

/// Sends a statement until the database lets it through. At isolation levels above the usual one, and in deadlocks, it refuses one of two that meet.
pub(super) async fn until_done<R, F>(send: impl Fn() -> F) -> Result<R, sqlx::Error>
where
    F: Future<Output = Result<R, sqlx::Error>>,
{
    for retry in 0..MAX_RETRIES {
        match send().await {
            Err(error) if was_given_up(&error) => tokio::time::sleep(PAUSE * retry).await,
            answer => return answer,
        }
    }
    send().await
}

/// `serialization_failure`, of which MySQL calls a deadlock one, and PostgreSQL's `deadlock_detected`.
fn was_given_up(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "40001" || code == "40P01")
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::cell::Cell;
    use std::error::Error;
    use std::fmt;

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    #[derive(Debug)]
    struct Refusal(&'static str);

    impl fmt::Display for Refusal {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Refusal {}

    impl DatabaseError for Refusal {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    /// How often it is sent where so many are refused, and whether it went through.
    async fn sent(refusals: u32, code: &'static str) -> (u32, bool) {
        let sent = Cell::new(0);
        let answer = until_done(|| {
            sent.set(sent.get() + 1);
            let refused = sent.get() <= refusals;
            std::future::ready(if refused { Err(sqlx::Error::Database(Box::new(Refusal(code)))) } else { Ok(()) })
        });
        let went_through = answer.await.is_ok();
        (sent.get(), went_through)
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_given_up_is_sent_again() {
        assert_eq!(sent(0, "40001").await, (1, true));
        assert_eq!(sent(2, "40001").await, (3, true));
        assert_eq!(sent(50, "40P01").await, (51, true));
        assert_eq!(sent(99, "40P01").await, (51, false));
        assert_eq!(sent(1, "40002").await, (1, false));
        assert_eq!(sent(1, "23505").await, (1, false));
    }
}
