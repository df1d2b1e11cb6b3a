//! Any store behind one type, so that the middleware has no type parameter.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::line::{Lines, Place};
use super::{Record, Saved, SessionId, SessionStore, StoreError, Version};
use crate::measure;

/// A store of any kind. Cheap to clone.
#[derive(Clone)]
pub(crate) struct AnyStore {
    store: Arc<dyn Erased>,
    lines: Lines,
}

impl AnyStore {
    pub(crate) fn new(store: impl SessionStore) -> Self {
        Self { store: Arc::new(store), lines: Lines::default() }
    }

    /// Takes the last place among the requests of this process that write to a session.
    pub(crate) fn join_line(&self, id: SessionId) -> Place {
        self.lines.join(id)
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`SessionStore`] with futures on the heap.
trait Erased: Send + Sync {
    fn load<'a>(&'a self, id: &'a SessionId) -> Answer<'a, Option<Record>>;
    fn create<'a>(&'a self, id: &'a SessionId, record: &'a Record, ttl: Duration) -> Answer<'a, ()>;
    fn replace<'a>(
        &'a self,
        id: &'a SessionId,
        expected: &'a Version,
        record: &'a Record,
        ttl: Duration,
    ) -> Answer<'a, Saved>;
    fn extend<'a>(&'a self, id: &'a SessionId, expected: &'a Version, expires: u64, ttl: Duration)
    -> Answer<'a, Saved>;
    fn delete<'a>(&'a self, id: &'a SessionId) -> Answer<'a, ()>;
    fn list<'a>(&'a self, owner: &'a str) -> Answer<'a, Vec<SessionId>>;
    fn revoke<'a>(&'a self, owner: &'a str) -> Answer<'a, usize>;
}

macro_rules! operations {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        impl<S: SessionStore> Erased for S {
            $(fn $name<'a>(&'a self, $($argument: $kind),*) -> Answer<'a, $answer> {
                Box::pin(measure::time(stringify!($name), SessionStore::$name(self, $($argument),*)))
            })*
        }

        impl AnyStore {
            $(pub(crate) fn $name<'a>(&'a self, $($argument: $kind),*) -> Answer<'a, $answer> {
                self.store.$name($($argument),*)
            })*
        }
    };
}

operations! {
    load(id: &'a SessionId) -> Option<Record>;
    create(id: &'a SessionId, record: &'a Record, ttl: Duration) -> ();
    replace(id: &'a SessionId, expected: &'a Version, record: &'a Record, ttl: Duration) -> Saved;
    extend(id: &'a SessionId, expected: &'a Version, expires: u64, ttl: Duration) -> Saved;
    delete(id: &'a SessionId) -> ();
    list(owner: &'a str) -> Vec<SessionId>;
    revoke(owner: &'a str) -> usize;
}

/// A store that is shared with whoever else talks to it.
impl<S: SessionStore> SessionStore for Arc<S> {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        S::load(self, id).await
    }

    async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
        S::create(self, id, record, ttl).await
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        S::replace(self, id, expected, record, ttl).await
    }

    async fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        S::extend(self, id, expected, expires, ttl).await
    }

    async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        S::delete(self, id).await
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        S::list(self, owner).await
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        S::revoke(self, owner).await
    }
}

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyStore(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MemoryStore, TokenHash};

    #[tokio::test]
    async fn a_store_that_is_shared_does_what_the_store_does() {
        let (store, id, minute) =
            (Arc::new(MemoryStore::new()), SessionId::from_bytes([7; 16]), Duration::from_secs(60));
        let far = u64::MAX;
        let record = |version: u8| {
            let owner = Some("ada".to_owned());
            Record::new(Version::from_bytes([version; 16]), TokenHash::from_bytes([1; 32]), far, owner, "{}")
        };
        SessionStore::create(&store, &id, &record(1), minute).await.unwrap();
        let replaced = SessionStore::replace(&store, &id, &record(1).version(), &record(2), minute).await.unwrap();
        assert!(matches!(replaced, Saved::Saved));
        let extended = SessionStore::extend(&store, &id, &record(2).version(), far, minute).await.unwrap();
        assert!(matches!(extended, Saved::Saved));
        assert!(SessionStore::load(&store, &id).await.unwrap().is_some());
        assert_eq!(SessionStore::list(&store, "ada").await.unwrap(), [id]);
        assert_eq!(SessionStore::revoke(&store, "ada").await.unwrap(), 1);
        assert!(SessionStore::load(&store, &id).await.unwrap().is_none());
        SessionStore::create(&store, &id, &record(1), minute).await.unwrap();
        SessionStore::delete(&store, &id).await.unwrap();
        assert!(SessionStore::load(&store, &id).await.unwrap().is_none());
        assert_eq!(format!("{:?}", AnyStore::new(store)), "AnyStore(..)");
    }
}
