//! A store of one's own: a folder with a file for each session, for one process. The suite that every store passes is at the end.
//!
//! `cargo run --example custom_store`, then open <http://127.0.0.1:8080/>.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::{get, web, App, HttpServer, Responder};
use serde::{Deserialize, Serialize};
use session_actix::store::{Record, Saved, SessionId, SessionStore, StoreError, TokenHash, Version};
use session_actix::{Key, Session, SessionData, SessionMiddleware};

#[derive(SessionData)]
struct Visitor {
    #[session(counter)]
    visits: u32,
}

#[get("/")]
async fn index(mut visitor: Session<Visitor>) -> impl Responder {
    visitor.visits += 1;
    format!("{} visits\n", visitor.visits())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = FileStore::open(std::env::temp_dir().join("sessions"))?;
    println!("{} sessions were over", store.sweep()?);
    let sessions = SessionMiddleware::stored(store, Key::generate()).build()?;
    HttpServer::new(move || App::new().wrap(sessions.clone()).service(index)).bind(("127.0.0.1", 8080))?.run().await?;
    Ok(())
}

/// Keeps sessions as files of a folder that no other process writes to.
#[derive(Clone)]
struct FileStore(Arc<Mutex<Folder>>);

struct Folder(PathBuf);

/// What a file holds, as JSON.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: [u8; 16],
    version: [u8; 16],
    token_hash: [u8; 32],
    expires: u64,
    owner: Option<String>,
    data: String,
    /// When the file may be dropped, by the clock of this machine.
    deadline: u64,
}

impl FileStore {
    fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        // What was not written to its end when the process ended.
        match fs::remove_file(folder.join("new")) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self(Arc::new(Mutex::new(Folder(folder)))))
    }

    /// Drops the files whose time is over, and says how many.
    fn sweep(&self) -> io::Result<usize> {
        let now = now();
        self.lock().remove_all(|kept| kept.deadline < now)
    }

    /// Does something with the folder that nobody else touches meanwhile, on a thread where one may wait for the disk.
    async fn with<R: Send + 'static>(
        &self,
        run: impl FnOnce(&Folder) -> io::Result<R> + Send + 'static,
    ) -> Result<R, StoreError> {
        let store = self.clone();
        let done = web::block(move || run(&store.lock())).await;
        done.map_err(StoreError::unavailable)?.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => StoreError::duplicate(),
            _ => StoreError::unavailable(error),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Folder> {
        // A file is replaced in one step, so that the folder is whole even after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionStore for FileStore {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        let id = *id;
        self.with(move |folder| Ok(folder.read(&id)?.map(Kept::into_record))).await
    }

    async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
        let (id, kept) = (*id, Kept::new(*id, record, ttl));
        let create = move |folder: &Folder| match folder.read(&id)? {
            Some(_) => Err(ErrorKind::AlreadyExists.into()),
            None => folder.write(&kept),
        };
        self.with(create).await
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        let (id, expected, kept) = (*id, *expected, Kept::new(*id, record, ttl));
        self.with(move |folder| folder.swap(&id, expected, |_| kept)).await
    }

    async fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        let (id, expected) = (*id, *expected);
        let extended = move |kept| Kept { expires, deadline: deadline(ttl), ..kept };
        self.with(move |folder| folder.swap(&id, expected, extended)).await
    }

    async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        let id = *id;
        self.with(move |folder| folder.remove(&id).map(drop)).await
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        let owner = owner.to_owned();
        let is_owned = move |kept: &Kept| kept.owner.as_ref() == Some(&owner);
        self.with(move |folder| Ok(folder.all()?.filter(is_owned).map(|kept| SessionId::from_bytes(kept.id)).collect()))
            .await
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        let owner = owner.to_owned();
        self.with(move |folder| folder.remove_all(|kept| kept.owner.as_ref() == Some(&owner))).await
    }
}

impl Folder {
    /// An id is shown as hexadecimal digits, so it leads nowhere else.
    fn path(&self, id: &SessionId) -> PathBuf {
        self.0.join(id.to_string())
    }

    fn read(&self, id: &SessionId) -> io::Result<Option<Kept>> {
        read(&self.path(id))
    }

    /// Either all of it or nothing is in the file, whenever the process ends.
    fn write(&self, kept: &Kept) -> io::Result<()> {
        let new = self.0.join("new");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(kept)?)?;
        file.sync_data()?;
        fs::rename(new, self.path(&SessionId::from_bytes(kept.id)))
    }

    /// Writes only over the version that is expected, and never what is gone.
    fn swap(&self, id: &SessionId, expected: Version, change: impl FnOnce(Kept) -> Kept) -> io::Result<Saved> {
        match self.read(id)? {
            None => Ok(Saved::Gone),
            Some(kept) if kept.version == *expected.as_bytes() => {
                self.write(&change(kept))?;
                Ok(Saved::Saved)
            }
            Some(kept) => Ok(Saved::Conflict(kept.into_record())),
        }
    }

    fn remove(&self, id: &SessionId) -> io::Result<bool> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true),
        }
    }

    fn remove_all(&self, is_over: impl Fn(&Kept) -> bool) -> io::Result<usize> {
        let mut removed = 0;
        for kept in self.all()?.filter(is_over) {
            removed += usize::from(self.remove(&SessionId::from_bytes(kept.id))?);
        }
        Ok(removed)
    }

    fn all(&self) -> io::Result<impl Iterator<Item = Kept>> {
        let files: Vec<_> = fs::read_dir(&self.0)?.collect::<io::Result<_>>()?;
        let kept: Vec<_> = files.iter().map(|file| read(&file.path())).collect::<io::Result<_>>()?;
        Ok(kept.into_iter().flatten())
    }
}

fn read(path: &Path) -> io::Result<Option<Kept>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Kept {
    fn new(id: SessionId, record: &Record, ttl: Duration) -> Self {
        Self {
            id: *id.as_bytes(),
            version: *record.version().as_bytes(),
            token_hash: *record.token_hash().as_bytes(),
            expires: record.expires(),
            owner: record.owner().map(str::to_owned),
            data: record.data().to_owned(),
            deadline: deadline(ttl),
        }
    }

    fn into_record(self) -> Record {
        let (version, token_hash) = (Version::from_bytes(self.version), TokenHash::from_bytes(self.token_hash));
        Record::new(version, token_hash, self.expires, self.owner, self.data)
    }
}

/// The library looks at a record's own end; this one is for dropping it.
fn deadline(ttl: Duration) -> u64 {
    now() + ttl.as_secs() + 1
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use session_actix::store::conformance;

    use super::*;

    /// Each test has a folder of its own.
    fn store() -> FileStore {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("custom_store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        FileStore::open(std::env::temp_dir().join(name)).unwrap()
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    conformance!(#[actix_web::test] => store());

    #[actix_web::test]
    async fn what_expired_is_swept() {
        let store = store();
        let sessions = SessionMiddleware::stored(store.clone(), Key::generate()).build().unwrap();
        let cookie = sessions.cookie_for(&Visitor { visits: 7 }).await.unwrap();
        assert_eq!(store.sweep().unwrap(), 0);
        store.with(|folder| folder.write(&Kept { deadline: 1, ..folder.all()?.next().unwrap() })).await.unwrap();
        assert_eq!(store.sweep().unwrap(), 1);
        assert!(sessions.read::<Visitor>(&cookie).await.unwrap().is_none());
    }
}
