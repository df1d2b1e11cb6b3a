//! How a stored session is found.

use super::{Brought, Found, Loaded, unavailable};
use crate::engine::Engine;
use crate::error::Error;
use crate::measure::{self, LOADS};
use crate::payload::Payload;
use crate::recycled::Text;
use crate::store::{AnyStore, Record, SessionId, Ticket, unreadable};

/// The first of the tickets whose session lives and takes its token.
pub(super) async fn find(engine: Engine, store: AnyStore, tickets: Vec<Brought>, now: u64) -> Result<Loaded, Error> {
    let mut tickets = tickets.into_iter().filter(|brought| brought.in_time);
    while let Some(Brought { ticket, stamp, .. }) = tickets.next() {
        let record = store.load(&ticket.id).await.map_err(|error| {
            measure::count_by(LOADS, "result", "unavailable");
            unavailable(&error)
        })?;
        let found = record.and_then(|record| open(&engine, &record, &ticket, now));
        if let Some((payload, found)) = found {
            warn_of_another(&engine, &store, ticket.id, tickets, now).await;
            return Ok(Loaded(Some((payload, stamp, found))));
        }
    }
    Ok(Loaded(None))
}

/// Says where a request brought a second session that lives. Nearly none brings a second ticket, and the store is only asked where a
/// line would be logged.
async fn warn_of_another(
    engine: &Engine,
    store: &AnyStore,
    first: SessionId,
    others: impl Iterator<Item = Brought>,
    now: u64,
) {
    if !engine.would_log_ambiguity(now) {
        return;
    }
    for Brought { ticket, .. } in others.filter(|other| other.ticket.id != first) {
        let record = store.load(&ticket.id).await.ok().flatten();
        if record.and_then(|record| open(engine, &record, &ticket, now)).is_some() {
            engine.log_ambiguity(now);
            return;
        }
    }
}

fn open(engine: &Engine, record: &Record, ticket: &Ticket, now: u64) -> Option<(Payload, Found)> {
    if record.token_hash() != ticket.token_hash() {
        return None;
    }
    let payload = live(engine, record, now)?;
    let found = Found {
        ticket: ticket.clone(),
        version: record.version(),
        token_hash: record.token_hash(),
        expires: record.expires(),
        owner: record.owner().map(str::to_owned),
    };
    Some((payload, found))
}

/// The session in a record, by our clock, whatever the store's time to live does.
pub(super) fn live(engine: &Engine, record: &Record, now: u64) -> Option<Payload> {
    if record.expires() < now {
        return None;
    }
    let payload = Payload::parse(Text::of(record.data())).inspect_err(|error| unreadable(error)).ok()?;
    (!engine.lifetimes().is_over(&payload, now, now)).then_some(payload)
}
