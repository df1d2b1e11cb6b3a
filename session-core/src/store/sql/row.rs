//! A record as the columns of a row: texts and whole numbers, which every engine has alike.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

use crate::hex;
use crate::store::{Record, SessionId, StoreError, TokenHash, Version};

/// `version, token_hash, expires, owner, data`, in this order.
pub(super) type Row = (String, String, i64, Option<String>, String);

/// Owners are looked up by a hash: they are of any length, and engines differ in when two texts are equal.
pub(super) fn owner_hash(owner: &str) -> String {
    hex::encode(&Sha256::digest(owner))
}

/// The owner as a JSON text, since not every engine keeps every letter.
pub(super) fn owner_text(owner: &str) -> String {
    serde_json::to_string(owner).unwrap_or_default()
}

pub(super) fn record(row: Row) -> Result<Record, StoreError> {
    let (version, token_hash, expires, owner, data) = row;
    let owner = owner.map(|owner| serde_json::from_str(&owner)).transpose().map_err(|_| damaged())?;
    let (version, token_hash) = (bytes(&version).ok_or_else(damaged)?, bytes(&token_hash).ok_or_else(damaged)?);
    let expires = u64::try_from(expires).map_err(|_| damaged())?;
    Ok(Record::new(Version::from_bytes(version), TokenHash::from_bytes(token_hash), expires, owner, data))
}

pub(super) fn damaged() -> StoreError {
    StoreError::unavailable("a row of the table `sessions` is not one of ours")
}

pub(super) fn session_id(text: &str) -> Option<SessionId> {
    bytes(text).map(SessionId::from_bytes)
}

/// Whole seconds as engines have them. What is too large is never.
pub(super) fn seconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Longest that the clocks of two machines may differ, in seconds: the one that cleans up is not always the one that wrote.
const CLOCK_LEEWAY: u64 = 60;

/// When a row may be dropped, by the clock of any machine.
pub(super) fn deadline(ttl: Duration) -> i64 {
    seconds(now().saturating_add(ttl.as_secs()).saturating_add(CLOCK_LEEWAY))
}

pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Bytes of a known number.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex::decode(text)?.try_into().ok()
}
