//! What is sent again: what a server did not even begin, and what does no harm when it is done twice.

use std::future::Future;
use std::time::Duration;

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// How often a command is sent again that was not begun.
const MAX_REDIRECTS: u32 = 20;

/// The pause before it is.
const PAUSE: Duration = Duration::from_millis(50);

/// Asks until a server begins with what it is asked, with a second of pauses at most.
pub(super) async fn until_begun<V, F>(ask: impl Fn() -> F) -> Result<V, RedisError>
where
    F: Future<Output = Result<V, RedisError>>,
{
    for _ in 0..MAX_REDIRECTS {
        match ask().await {
            Err(error) if was_not_begun(&error) => tokio::time::sleep(PAUSE).await,
            answer => return answer,
        }
    }
    ask().await
}

/// Whether a server said that it did nothing: it is to be asked again when the driver knows of another one, or a little later.
fn was_not_begun(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ClusterConnectionNotFound
            | ErrorKind::Server(
                ServerErrorKind::Moved
                    | ServerErrorKind::Ask
                    | ServerErrorKind::TryAgain
                    | ServerErrorKind::ClusterDown
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::ReadOnly
                    | ServerErrorKind::BusyLoading
            )
    )
}

/// Asks on a second connection where the first broke while nobody used it. For what does no harm twice, since it may have been done.
pub(super) async fn once_more_if_dropped<V, F>(ask: impl Fn() -> F) -> Result<V, RedisError>
where
    F: Future<Output = Result<V, RedisError>>,
{
    match ask().await {
        Err(error) if error.is_connection_dropped() => ask().await,
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;

    /// Fails so often, then answers with how often it was asked.
    fn scripted<'a>(
        asked: &'a Cell<u32>,
        failures: u32,
        error: impl Fn() -> RedisError + 'a,
    ) -> impl Fn() -> std::future::Ready<Result<u32, RedisError>> + 'a {
        move || {
            asked.set(asked.get() + 1);
            std::future::ready(if asked.get() > failures { Ok(asked.get()) } else { Err(error()) })
        }
    }

    fn moved() -> RedisError {
        (ErrorKind::Server(ServerErrorKind::Moved), "MOVED").into()
    }

    fn dropped() -> RedisError {
        io::Error::from(io::ErrorKind::BrokenPipe).into()
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_begun_is_sent_again_for_a_second() {
        let (asked, start) = (Cell::new(0), tokio::time::Instant::now());
        assert_eq!(until_begun(scripted(&asked, 20, moved)).await.unwrap(), 21);
        assert_eq!(start.elapsed().as_secs(), 1);
        asked.set(0);
        assert_eq!(until_begun(scripted(&asked, 30, moved)).await.unwrap_err().kind(), moved().kind());
        assert_eq!(asked.get(), 21);
    }

    #[tokio::test]
    async fn what_may_have_begun_is_not_sent_again() {
        let asked = Cell::new(0);
        assert!(until_begun(scripted(&asked, 1, dropped)).await.is_err());
        assert_eq!(asked.get(), 1);
    }

    #[tokio::test]
    async fn what_does_no_harm_is_sent_on_a_second_connection() {
        let asked = Cell::new(0);
        assert_eq!(once_more_if_dropped(scripted(&asked, 1, dropped)).await.unwrap(), 2);
        asked.set(0);
        assert!(once_more_if_dropped(scripted(&asked, 2, dropped)).await.is_err());
        assert_eq!(asked.get(), 2);
        asked.set(0);
        assert!(once_more_if_dropped(scripted(&asked, 1, moved)).await.is_err(), "the server answers");
        assert_eq!(asked.get(), 1);
    }
}
