use std::time::Duration;

use super::*;
use crate::store::TokenHash;

fn id(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

fn record(owner: Option<&str>) -> Record {
    Record::new(Version::from_bytes([1; 16]), TokenHash::from_bytes([2; 32]), 0, owner.map(str::to_owned), "{}")
}

/// A time that is not over before the test is.
fn later(hours: u64) -> Instant {
    Instant::now() + Duration::from_secs(3600 * hours)
}

impl Shelf {
    /// Lets a session end without moving it in the indexes, as a write does that puts its end off.
    fn put_off(&mut self, id: SessionId, ends: Instant) {
        self.sessions.get_mut(&id).unwrap().ends = ends;
    }

    fn assert_whole(&self) {
        let ownerless = self.sessions.values().filter(|entry| entry.record.owner().is_none()).count();
        let all = self.sessions.len();
        assert_eq!((self.by_end.len(), self.ownerless.len(), self.owned.len()), (all, ownerless, all - ownerless));
        for (id, entry) in &self.sessions {
            assert!(entry.listed <= entry.ends && self.by_end.contains(&(entry.listed, *id)));
            match entry.record.owner() {
                Some(owner) => assert!(self.owned.contains(&(self.hasher.hash_one(owner), *id))),
                None => assert!(self.ownerless.contains(&(entry.listed, *id))),
            }
        }
    }

    fn change(&mut self, number: u8, owner: Option<&str>, ends: Instant) -> Saved {
        let new = record(owner);
        let keeps_owner = |stored: &Record| stored.owner() == new.owner();
        self.swap(id(number), &new.version(), keeps_owner, |stored| stored.clone_from(&new), ends)
    }
}

fn ids(shelf: &Shelf) -> Vec<u8> {
    let mut ids: Vec<u8> = shelf.sessions.keys().map(|id| id.as_bytes()[0]).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn what_expired_is_as_if_it_were_not_there() {
    let mut shelf = Shelf::new(100);
    let over = Instant::now();
    shelf.create(id(1), record(Some("ada")), over).unwrap();
    assert!(shelf.live(&id(1)).is_none() && shelf.of("ada").is_empty());
    assert_eq!(shelf.change(1, Some("ada"), later(1)), Saved::Gone);
    assert_eq!(shelf.revoke("ada"), 0);
    shelf.create(id(1), record(Some("bob")), later(1)).unwrap();
    assert_eq!((shelf.of("ada"), shelf.of("bob")), (vec![], vec![id(1)]));
    assert!(shelf.create(id(1), record(None), later(1)).unwrap_err().is_duplicate());
    shelf.assert_whole();
}

#[test]
fn what_expired_goes_when_a_session_begins_and_what_was_put_off_stays() {
    let mut shelf = Shelf::new(100);
    for (number, owner) in [(1, None), (2, Some("ada")), (3, None), (4, Some("ada"))] {
        shelf.insert(id(number), record(owner), Instant::now());
    }
    shelf.put_off(id(3), later(1));
    shelf.put_off(id(4), later(1));
    shelf.create(id(5), record(None), later(1)).unwrap();
    assert_eq!(ids(&shelf), [3, 4, 5]);
    assert_eq!(shelf.of("ada"), [id(4)]);
    assert!(shelf.sessions.values().all(|entry| entry.listed == entry.ends), "they stand where they end");
    shelf.assert_whole();
}

#[test]
fn a_full_store_drops_who_is_not_logged_in_those_that_end_soonest_first() {
    let mut shelf = Shelf::new(3);
    shelf.create(id(1), record(Some("ada")), later(1)).unwrap();
    shelf.create(id(2), record(None), later(2)).unwrap();
    shelf.create(id(3), record(None), later(3)).unwrap();
    // It ends last now.
    assert_eq!(shelf.change(2, None, later(9)), Saved::Saved);
    shelf.create(id(4), record(Some("bob")), later(4)).unwrap();
    assert_eq!(ids(&shelf), [1, 2, 4]);
    shelf.create(id(5), record(Some("eve")), later(5)).unwrap();
    assert_eq!(ids(&shelf), [1, 4, 5]);
    let refused = shelf.create(id(6), record(None), later(6)).unwrap_err();
    assert!(!refused.is_duplicate() && refused.to_string().contains("with_capacity"), "{refused}");
    assert_eq!(ids(&shelf), [1, 4, 5]);
    shelf.assert_whole();
}

#[test]
fn indexes_follow_every_change_of_owner_and_end() {
    let mut shelf = Shelf::new(100);
    let (first, soon, late) = (later(5), later(1), later(9));
    for before in [None, Some("ada")] {
        for after in [None, Some("ada"), Some("bob")] {
            for ends in [first, soon, late] {
                shelf.create(id(1), record(before), first).unwrap();
                assert_eq!(shelf.change(1, after, ends), Saved::Saved);
                let entry = shelf.live(&id(1)).unwrap();
                assert_eq!((entry.record.owner(), entry.ends), (after, ends));
                // Most writes put the end off alone, and move nothing.
                assert_eq!(entry.listed == first, ends == first || (before == after && ends == late));
                shelf.assert_whole();
                shelf.remove(&id(1));
                shelf.assert_whole();
            }
        }
    }
}
