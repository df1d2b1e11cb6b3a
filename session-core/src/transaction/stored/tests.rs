mod faults;
mod others;
mod scripted;
mod upkeep;

use std::future::ready;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::clock::ManualClock;
use crate::config::Builder;
use crate::engine::Engine;
use crate::key::KeyRing;
use crate::store::Record;
use crate::transaction::Commit;
use crate::transaction::tests::{NOW, Visitor, key, log_in};
use crate::view::View;
use scripted::{Scripted, Turn};

const LIFETIME: Duration = Duration::from_secs(100);

/// A site whose sessions live for 100 seconds, and the only browser that visits it.
struct Site {
    store: Scripted,
    engine: Engine,
    clock: ManualClock,
    cookie: String,
    /// How long the last request paused, each time.
    pauses: Vec<Duration>,
}

impl Site {
    fn of(settings: impl FnOnce(Builder) -> Builder) -> Self {
        let (store, clock) = (Scripted::default(), ManualClock::at(NOW));
        let builder = Builder::stored(store.clone(), key(7)).lifetime(LIFETIME).clock(clock.clone());
        let engine = settings(builder).build().unwrap();
        Self { store, engine, clock, cookie: String::new(), pauses: Vec::new() }
    }

    /// With a session that begins now.
    async fn visited(settings: impl FnOnce(Builder) -> Builder) -> Self {
        let mut site = Self::of(settings);
        assert!(site.sent(|request| request.change(|visitor| visitor.visits = 1)).await.is_some());
        assert_eq!(site.store.calls(), ["create"]);
        site
    }

    /// As [`Site::visited`], by somebody who has a role.
    async fn logged_in() -> Self {
        let mut site = Self::of(|builder| builder);
        site.sent(|request| {
            request.change(log_in("ada"));
            request.change(|visitor| visitor.role = Some("reader".into()));
        })
        .await
        .unwrap();
        assert_eq!(site.store.calls(), ["create"]);
        site
    }

    /// The same site with a new key: the browser's cookie is of the old one.
    fn rotate(&mut self, settings: impl FnOnce(Builder) -> Builder) {
        let ring = KeyRing::new(key(8)).fallback(key(7));
        let builder = Builder::stored(self.store.clone(), ring).lifetime(LIFETIME).clock(self.clock.clone());
        self.engine = settings(builder).build().unwrap();
    }

    fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn open(&self) -> Transaction {
        let mut request = self.engine.open(std::iter::once(self.cookie.as_bytes()), false);
        if let Some(loading) = request.load() {
            request.loaded(loading.await.unwrap());
        }
        request
    }

    /// A request that is answered with this status. The browser does what the cookie says.
    async fn answer(&mut self, status: u16, handle: impl FnOnce(&mut Transaction)) -> Commit {
        let mut request = self.open().await;
        handle(&mut request);
        let Some(writing) = request.commit_stored(status, true) else { return Commit::default() };
        self.write(writing).await
    }

    async fn write(&mut self, writing: StoreCommit) -> Commit {
        let pauses = Mutex::new(Vec::new());
        let commit = writing
            .run(|pause| {
                pauses.lock().unwrap().push(pause);
                ready(())
            })
            .await;
        self.pauses = pauses.into_inner().unwrap();
        if let Some(header) = &commit.set_cookie {
            let pair = header.split(';').next().unwrap();
            self.cookie = if header.contains("Max-Age=0") { String::new() } else { pair.to_owned() };
        }
        commit
    }

    /// As [`Site::answer`] with 200, and the cookie alone.
    async fn sent(&mut self, handle: impl FnOnce(&mut Transaction)) -> Option<String> {
        let commit = self.answer(200, handle).await;
        assert!(commit.error.is_none(), "{commit:?}");
        commit.set_cookie
    }

    /// A page that looks at the session and changes nothing.
    async fn looked(&mut self) -> Option<String> {
        self.sent(|_| ()).await
    }

    /// The session that the browser's cookie opens.
    async fn visitor(&self) -> Option<Visitor> {
        let request = self.open().await;
        let id = request.session_id()?;
        assert!(self.store.record(id).await.is_some());
        Some(View::into_data(request.view::<Visitor>().unwrap()))
    }

    async fn record(&self) -> Record {
        let id = self.open().await.session_id().unwrap();
        self.store.calls();
        self.store.record(id).await.unwrap()
    }

    /// For how many seconds from the first the session lives.
    async fn ends(&self) -> u64 {
        self.record().await.expires() - NOW
    }

    /// After how many seconds from the first the browser's cookie was made.
    async fn issued(&self) -> u64 {
        let issued = self.open().await.stamp.unwrap().issued - NOW;
        self.store.calls();
        issued
    }
}

fn visit(request: &mut Transaction) {
    request.change(|visitor| visitor.visits += 1);
}
