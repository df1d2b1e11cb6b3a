//! Dropping what expired, beside the requests.

use std::future::Future;
use std::time::Duration;

use tokio::task::AbortHandle;

use crate::store::StoreError;

/// How often what expired is dropped.
const INTERVAL: Duration = Duration::from_secs(600);

/// A task that ends when it is stopped, or with the last clone of its store.
pub(super) struct Cleaning(AbortHandle);

impl Cleaning {
    /// `clean` drops what expired, whenever it is called.
    pub(super) fn start<F>(clean: impl Fn() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<u64, StoreError>> + Send,
    {
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(INTERVAL).await;
                if let Err(error) = clean().await {
                    tracing::warn!(name: "session.store.cleaning_failed", %error, "expired sessions cannot be dropped");
                }
            }
        });
        Self(task.abort_handle())
    }

    pub(super) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Cleaning {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn it_ends_with_its_store() {
        let pool = Arc::new(());
        let kept = Arc::clone(&pool);
        let cleaning = Cleaning::start(move || {
            let _ = &kept;
            async { Ok(0) }
        });
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&pool), 2);
        drop(cleaning);
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&pool), 1, "the task still holds the store's connections");
    }
}
