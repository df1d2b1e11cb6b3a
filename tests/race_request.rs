//! What races: requests on one session, each with some acts, on one server.

use std::cell::{Cell, Ref, RefCell};
use std::future::ready;
use std::time::Duration;

use session_core::store::{MemoryStore, SessionId};
use session_core::{Builder, Commit, Dynamic, Engine, Flashes, Key, ManualClock, SessionData, Transaction, View};

use crate::race_store::{Dice, Faults, RacyStore, at_once, turn};

#[derive(SessionData)]
#[session(login(user), crate = session_core)]
pub struct Visitor {
    #[session(owner)]
    pub user: Option<String>,
    #[session(counter)]
    pub visits: u64,
    #[session(flash(info))]
    messages: Flashes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Look,
    /// Adds one to a counter.
    Count,
    /// Sets a field that only this request sets, to who is logged in.
    Set,
    TakeMessages,
    AddMessage,
    Permanent(bool),
    Renew,
    Login(&'static str),
    /// By the login field, in a response of 500.
    Logout,
    Clear,
    Purge,
    Revoke(&'static str),
    PassDays(u64),
}

/// A request that came to its end, with the steps at which it began, and so on.
#[derive(Clone, Debug)]
pub struct Done {
    pub number: usize,
    pub acts: Vec<Act>,
    pub loaded: usize,
    pub commits: usize,
    pub end: usize,
    pub id: Option<SessionId>,
    /// Whom it saw logged in.
    pub user: Option<String>,
    pub took: Vec<String>,
    pub acknowledged: bool,
    /// The `name=value` that its response set.
    pub cookie: Option<String>,
}

impl Done {
    pub fn did(&self, act: Act) -> usize {
        self.acts.iter().filter(|done| **done == act).count()
    }
}

/// A server, its browser and what they did.
pub struct World {
    racy: RacyStore,
    engine: Engine,
    /// The same sessions in a store that does what it should.
    pub calm: Engine,
    pub memory: MemoryStore,
    pub clock: ManualClock,
    dice: Dice,
    now: Cell<usize>,
    cookies: RefCell<Vec<String>>,
    done: RefCell<Vec<Done>>,
}

impl World {
    /// With a session that counted one visit, of ada's or of nobody's.
    pub fn new(dice: Dice, faults: Faults) -> Self {
        let (clock, memory) = (ManualClock::at(1_700_000_000), MemoryStore::new());
        let racy = RacyStore::new(memory.clone(), dice.clone(), faults);
        let key = || Key::try_from([7; 32].as_slice()).unwrap();
        let engine = Builder::stored(racy.clone(), key()).clock(clock.clone()).data::<Visitor>().build().unwrap();
        let calm = Builder::stored(memory.clone(), key()).clock(clock.clone()).data::<Visitor>().build().unwrap();
        let mut first = open(&calm, "");
        let ada = dice.says(50).then(|| "ada".to_owned());
        change(&calm, &mut first, |visitor| {
            visitor.visits = 1;
            visitor.user.clone_from(&ada);
            visitor.flash_info("first");
        });
        let commit = at_once(first.commit_stored(200, true).unwrap().run(|_| ready(())));
        let cookie = cookie_of(&commit).unwrap();
        let id = open(&calm, &cookie).session_id();
        let first = Done {
            number: usize::MAX,
            acts: Vec::new(),
            loaded: 0,
            commits: 0,
            end: 0,
            id,
            user: ada,
            took: Vec::new(),
            acknowledged: true,
            cookie: Some(cookie.clone()),
        };
        let (cookies, done) = (RefCell::new(vec![cookie]), RefCell::new(vec![first]));
        Self { racy, engine, calm, memory, clock, dice, now: Cell::new(0), cookies, done }
    }

    pub fn store(&self) -> &RacyStore {
        &self.racy
    }

    pub fn step(&self) {
        self.now.set(self.now.get() + 1);
    }

    /// The first is the session that all began with.
    pub fn done(&self) -> Ref<'_, Vec<Done>> {
        self.done.borrow()
    }

    pub async fn request(&self, number: usize, acts: Vec<Act>) {
        self.wait(6).await;
        let began = self.now.get();
        match acts[..] {
            [Act::Revoke(owner)] => {
                let acknowledged = self.engine.revoke_owner(owner).await.is_ok();
                self.keep(Done { acknowledged, ..self.unloaded(number, acts, began) });
            }
            [Act::PassDays(days)] => {
                self.clock.advance(Duration::from_secs(86_400 * days));
                self.keep(self.unloaded(number, acts, began));
            }
            _ => self.visit(number, acts).await,
        }
    }

    async fn visit(&self, number: usize, acts: Vec<Act>) {
        let mut transaction = self.engine.open(std::iter::once(self.a_cookie().as_bytes()), false);
        if let Some(loading) = transaction.load() {
            match loading.await {
                Ok(loaded) => transaction.loaded(loaded),
                // As the middleware does, which then says 503.
                Err(_) => return,
            }
        }
        let loaded = self.now.get();
        let id = transaction.session_id();
        let user = transaction.view::<Visitor>().unwrap().user.clone();
        self.wait(4).await;
        let (mut status, mut took) = (200, Vec::new());
        for act in &acts {
            took.extend(self.act(*act, number, &mut transaction));
            if *act == Act::Logout {
                status = 500;
            }
        }
        self.wait(3).await;
        let commits = self.now.get();
        let commit = match transaction.commit_stored(status, true) {
            Some(task) => task.run(|_| turn()).await,
            None => Commit::default(),
        };
        let cookie = cookie_of(&commit);
        self.cookies.borrow_mut().extend(cookie.clone());
        let acknowledged = commit.error.is_none();
        let end = self.now.get();
        self.keep(Done { number, acts, loaded, commits, end, id, user, took, acknowledged, cookie });
    }

    /// Gives the messages that were taken.
    fn act(&self, act: Act, number: usize, transaction: &mut Transaction) -> Vec<String> {
        let epoch = View::epoch(&transaction.view::<Visitor>().unwrap());
        let mut took = Vec::new();
        match act {
            Act::Set => {
                let user = transaction.view::<Visitor>().unwrap().user.clone();
                let mut view = transaction.view::<Dynamic>().unwrap();
                view.insert(&format!("of {number}"), user.unwrap_or_default()).unwrap();
                transaction.record(View::changes(&view, &self.engine), View::epoch(&view));
            }
            Act::Permanent(permanent) => transaction.set_permanent(permanent, epoch),
            Act::Renew => transaction.renew(epoch),
            Act::Clear => {
                transaction.clear::<Visitor>(epoch);
            }
            Act::Purge => {
                transaction.purge();
            }
            _ => change(&self.engine, transaction, |visitor| match act {
                Act::Count => visitor.visits += 1,
                Act::TakeMessages => took = visitor.take_messages().iter().map(ToString::to_string).collect(),
                Act::AddMessage => visitor.flash_info(format!("message {number}")),
                Act::Login(user) => visitor.user = Some(user.to_owned()),
                Act::Logout => visitor.user = None,
                _ => {}
            }),
        }
        took
    }

    /// Mostly the newest cookie, sometimes an older one.
    fn a_cookie(&self) -> String {
        let cookies = self.cookies.borrow();
        let any = usize::try_from(self.dice.below(cookies.len() as u64)).unwrap();
        cookies[if self.dice.says(25) { any } else { cookies.len() - 1 }].clone()
    }

    async fn wait(&self, longest: u64) {
        for _ in 0..self.dice.below(longest) {
            turn().await;
        }
    }

    fn unloaded(&self, number: usize, acts: Vec<Act>, began: usize) -> Done {
        let (end, acknowledged) = (self.now.get(), true);
        let (id, user, took, cookie) = (None, None, Vec::new(), None);
        Done { number, acts, loaded: began, commits: began, end, id, user, took, acknowledged, cookie }
    }

    fn keep(&self, done: Done) {
        self.done.borrow_mut().push(done);
    }
}

/// A request on a store that answers at once, with its session.
pub fn open(engine: &Engine, cookie: &str) -> Transaction {
    let mut transaction = engine.open(std::iter::once(cookie.as_bytes()), false);
    if let Some(loading) = transaction.load() {
        transaction.loaded(at_once(loading).unwrap());
    }
    transaction
}

fn change(engine: &Engine, transaction: &mut Transaction, change: impl FnOnce(&mut View<Visitor>)) {
    let mut view = transaction.view().unwrap();
    change(&mut view);
    transaction.record(View::changes(&view, engine), View::epoch(&view));
}

fn cookie_of(commit: &Commit) -> Option<String> {
    let header = commit.set_cookie.as_deref().filter(|header| !header.contains("Max-Age=0"))?;
    header.split(';').next().map(str::to_owned)
}
