//! What must hold after requests raced, in whatever order they did.

use std::collections::BTreeSet;

use serde_json::Value;
use session_core::Clock as _;
use session_core::store::{Record, SessionId, SessionStore as _};

use crate::race_request::{Act, Done, Visitor, World, open};
use crate::race_store::at_once;

/// The promises that were broken.
pub fn problems(world: &World) -> Vec<String> {
    let done = world.done();
    let ids: BTreeSet<_> = done.iter().filter_map(|done| done.id.or_else(|| id_of(world, done))).collect();
    let mut found = Vec::new();
    for done in done.iter() {
        logouts_are_final(world, done, &mut found);
        revocations_are_final(world, done, &mut found);
    }
    for id in ids {
        let record = at_once(world.memory.load(&id)).unwrap().filter(|record| record.expires() >= world.clock.now());
        if let Some(record) = &record {
            owners_are_listed(world, &id, record, &mut found);
            nobody_sees_anothers(&done, record, &mut found);
        }
        if done.first().is_some_and(|first| first.id == Some(id)) && !done.iter().any(changes_who_it_is) {
            nothing_is_lost(&done, record.as_ref(), &mut found);
        }
    }
    found
}

/// No cookie of a request that was under way when its session ended is logged in.
fn logouts_are_final(world: &World, logout: &Done, found: &mut Vec<String>) {
    let purged = logout.did(Act::Purge) > 0;
    // Where nobody was logged in, there is nobody to log out.
    let ends = purged || (logout.user.is_some() && logout.did(Act::Clear) + logout.did(Act::Logout) > 0);
    let Some(id) = logout.id.filter(|_| ends && logout.acknowledged) else { return };
    if purged && at_once(world.memory.load(&id)).unwrap().is_some() {
        found.push(format!("the session that request {} purged is in the store", logout.number));
    }
    let under_way = |other: &&Done| other.id == Some(id) && (purged || other.loaded < logout.commits);
    for other in world.done().iter().filter(under_way).filter(|other| !switches_users(other)) {
        if user_of(world, other).is_some() {
            found.push(format!("request {} logged out, and {}'s cookie is logged in", logout.number, other.number));
        }
    }
}

/// No cookie from before a revocation is logged in, nor one of a request that was under way.
fn revocations_are_final(world: &World, revocation: &Done, found: &mut Vec<String>) {
    let [Act::Revoke(owner)] = revocation.acts[..] else { return };
    if !revocation.acknowledged {
        return;
    }
    let began = revocation.loaded;
    for other in world.done().iter().filter(|other| !switches_users(other) || other.end < began) {
        let theirs = other.end < began || (other.loaded < began && other.user.as_deref() == Some(owner));
        if theirs && user_of(world, other).as_deref() == Some(owner) {
            found.push(format!("{owner} was logged out everywhere, and {}'s cookie is logged in", other.number));
        }
    }
}

fn owners_are_listed(world: &World, id: &SessionId, record: &Record, found: &mut Vec<String>) {
    let user = field(record, "user");
    if record.owner() != user.as_ref().and_then(Value::as_str) {
        found.push(format!("{id} is {:?}'s in the store, and {user:?}'s", record.owner()));
    }
    if record.owner().is_some_and(|owner| !at_once(world.memory.list(owner)).unwrap().contains(id)) {
        found.push(format!("{id} is not in the list of its owner's"));
    }
}

fn nobody_sees_anothers(done: &[Done], record: &Record, found: &mut Vec<String>) {
    // What is set before a logout by the login field alone stays for whoever comes next, as the program asked.
    if done.iter().any(|done| done.did(Act::Logout) > 0) {
        return;
    }
    let Some(user) = field(record, "user") else { return };
    for number in done.iter().map(|done| done.number) {
        if let Some(value) = field(record, &format!("of {number}"))
            && value != ""
            && value != user
        {
            found.push(format!("{user} sees what {value} set in request {number}"));
        }
    }
}

/// Where nobody's login changes: what was acknowledged is there, what was refused may be, and each once.
fn nothing_is_lost(done: &[Done], record: Option<&Record>, found: &mut Vec<String>) {
    let Some(record) = record else {
        if !done.iter().any(|done| matches!(done.acts[..], [Act::PassDays(_)])) {
            found.push("the session is lost".to_owned());
        }
        return;
    };
    let ours: Vec<_> = done.iter().filter(|other| other.id == done.first().and_then(|first| first.id)).collect();
    let counts = |acknowledged: bool| {
        ours.iter().filter(move |done| done.acknowledged == acknowledged).map(|done| done.did(Act::Count))
    };
    let least = 1 + counts(true).sum::<usize>();
    let most = least + counts(false).sum::<usize>();
    let visits = field(record, "visits").and_then(|visits| visits.as_u64()).unwrap_or_default();
    if !(least..=most).contains(&usize::try_from(visits).unwrap()) {
        found.push(format!("{visits} visits are not from {least} to {most}"));
    }
    let queue = field(record, "_flashes").map(|queue| queue.to_string()).unwrap_or_default();
    let took = ours.iter().any(|done| done.did(Act::TakeMessages) > 0);
    for request in &ours {
        let number = request.number;
        if request.acknowledged && request.did(Act::Set) > 0 && field(record, &format!("of {number}")).is_none() {
            found.push(format!("the field of request {number} is lost"));
        }
        let (kept, added) = (queue.matches(&format!("\"message {number}\"")).count(), request.did(Act::AddMessage));
        if kept > added || (request.acknowledged && !took && kept < added) {
            found.push(format!("of {added} messages of request {number} there are {kept}"));
        }
        if request.acknowledged && request.took.iter().any(|message| message == "first") && queue.contains("\"first\"")
        {
            found.push(format!("the message that request {number} took is there again"));
        }
    }
}

fn changes_who_it_is(done: &Done) -> bool {
    let changes = |act: &Act| matches!(act, Act::Login(_) | Act::Logout | Act::Clear | Act::Purge | Act::Revoke(_));
    done.acts.iter().any(changes)
}

/// Its session is another one afterwards, of another user's.
fn switches_users(done: &Done) -> bool {
    done.acts
        .iter()
        .any(|act| matches!(act, Act::Login(user) if done.user.as_deref().is_some_and(|seen| seen != *user)))
}

fn user_of(world: &World, done: &Done) -> Option<String> {
    let cookie = done.cookie.as_deref()?;
    open(&world.calm, cookie).view::<Visitor>().unwrap().user.clone()
}

fn id_of(world: &World, done: &Done) -> Option<SessionId> {
    open(&world.calm, done.cookie.as_deref()?).session_id()
}

fn field(record: &Record, key: &str) -> Option<Value> {
    let session: Value = serde_json::from_str(record.data()).unwrap();
    session.get(key).filter(|value| !value.is_null()).cloned()
}
