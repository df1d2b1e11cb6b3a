//! The secret that a session shares with the forms of its pages, so that no other site can send them.

use std::fmt;

use subtle::{Choice, ConstantTimeEq as _};

use super::{Epoch, Transaction};
use crate::base64url;
use crate::change::{Change, Changes};
use crate::error::Error;
use crate::payload::Payload;
use crate::random;

/// Under which key a session keeps the secrets of its forms. It counts as content: a form for a visitor who is not logged in needs a
/// session too.
pub const CSRF_KEY: &str = "_csrf";

/// Bytes of the secret, and of the mask before it: 128 bits cannot be guessed.
const BYTES: usize = 16;

/// Most secrets that a session keeps: pages that were asked for at once, before there was one, each made its own.
const MOST_SECRETS: usize = 8;

/// A token that a page may show, made by [`Transaction::draft_csrf`].
///
/// # Examples
///
/// ```
/// use session_core::{Builder, CSRF_KEY, CsrfDraft, Engine, Key};
///
/// let engine: Engine = Builder::signed(Key::generate()).build()?;
/// let mut transaction = engine.open(std::iter::empty(), false);
/// let epoch = transaction.view::<session_core::Dynamic>().map(|view| session_core::View::epoch(&view))?;
/// let draft: CsrfDraft = transaction.draft_csrf()?;
/// assert!(!transaction.csrf_matches(draft.token()));
/// transaction.keep_csrf(&draft, epoch);
/// assert!(transaction.csrf_matches(draft.token()));
/// assert!(transaction.keys().contains(&CSRF_KEY.to_owned()));
///
/// let token = transaction.csrf_token(epoch)?; // both at once
/// assert!(transaction.csrf_matches(&token));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CsrfDraft {
    token: String,
    /// What the session must keep for it, where it has no secret yet.
    secret: Option<[u8; BYTES]>,
}

impl CsrfDraft {
    /// The token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }
}

/// Without the token, which is the session's secret.
impl fmt::Debug for CsrfDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsrfDraft").finish_non_exhaustive()
    }
}

impl Transaction {
    /// A token for the forms of one page: the session's secret behind a mask that no two pages share, so that compression tells
    /// nothing of it (BREACH, CVE-2013-3587). A session without a secret, or that is being renewed, gets a new one.
    ///
    /// # Errors
    ///
    /// The operating system gives no random numbers.
    pub fn csrf_token(&mut self, epoch: Epoch) -> Result<String, Error> {
        let draft = self.draft_csrf()?;
        let token = draft.token.clone();
        self.keep_csrf(&draft, epoch);
        Ok(token)
    }

    /// A token that does nothing to the session yet: for a page of which it is not known whether it has a form.
    ///
    /// # Errors
    ///
    /// The operating system gives no random numbers.
    pub fn draft_csrf(&self) -> Result<CsrfDraft, Error> {
        let set_by_us = self.log.of(CSRF_KEY).is_some();
        let kept = self.csrf_secrets().first().copied().filter(|_| set_by_us || !self.is_renewing());
        let is_new = kept.is_none();
        let secret = kept.map_or_else(random::secret, Ok)?;
        let mask = random::unique()?;
        let mut token = String::new();
        base64url::append(&mut token, |text| base64url::encode(&[mask, xor(mask, secret)].concat(), text));
        Ok(CsrfDraft { token, secret: is_new.then_some(secret) })
    }

    /// Makes a drafted token hold.
    pub fn keep_csrf(&mut self, draft: &CsrfDraft, epoch: Epoch) {
        if let Some(secret) = draft.secret {
            self.set(CSRF_KEY, Some(&text_of(&secret)), epoch);
        }
    }

    /// Whether a token was made for this session, compared in constant time. There is none that fits a session without a secret.
    #[must_use]
    pub fn csrf_matches(&self, token: &str) -> bool {
        let halves = base64url::decode_exact::<{ 2 * BYTES }>(token);
        let sent = halves.and_then(|bytes| {
            let (mask, masked) = bytes.split_at_checked(BYTES)?;
            Some(xor(mask.try_into().ok()?, masked.try_into().ok()?))
        });
        let Some(sent) = sent else { return false };
        // All of them, so that the time tells nothing of which.
        self.csrf_secrets().iter().fold(Choice::from(0), |found, secret| found | secret.ct_eq(&sent)).into()
    }

    /// A session that gets a new token lets go of its old secret: who knew it before a login must not be able to use it after. In a store
    /// another request may have made one since this one looked.
    pub(super) fn renew_csrf(&self, log: &mut Changes, renew: bool) {
        let renews = renew || log.is_privileged();
        let may_have_one = self.stored.is_some() || self.base.get(CSRF_KEY).is_some();
        if renews && may_have_one && log.of(CSRF_KEY).is_none() {
            log.set(CSRF_KEY, None);
        }
    }

    fn is_renewing(&self) -> bool {
        self.renew || self.log.is_privileged()
    }

    /// The secrets, the newest first. There is more than one where pages that were asked for at once each made one.
    fn csrf_secrets(&self) -> Vec<[u8; BYTES]> {
        self.setting(CSRF_KEY).map(|json| secrets_of(&json)).unwrap_or_default()
    }
}

/// Keeps the secret that another request made for its page, beside the one that this request made for its own: both pages show a form.
pub(super) fn join(log: &mut Changes, newer: &Payload) {
    let Some(Change::Set(ours)) = log.of(CSRF_KEY).filter(|_| !log.is_cleared()) else { return };
    let mut secrets = secrets_of(ours);
    for theirs in newer.get(CSRF_KEY).map(secrets_of).unwrap_or_default() {
        if !secrets.contains(&theirs) {
            secrets.push(theirs);
        }
    }
    secrets.truncate(MOST_SECRETS);
    log.set(CSRF_KEY, Some(&text_of(secrets.as_flattened())));
}

fn secrets_of(json: &str) -> Vec<[u8; BYTES]> {
    let mut bytes = Vec::new();
    let is_text = base64url::decode_to(json.trim_matches('"'), &mut bytes).is_some();
    let (secrets, rest) = bytes.as_chunks::<BYTES>();
    if is_text && rest.is_empty() { secrets.to_vec() } else { Vec::new() }
}

fn text_of(secret: &[u8]) -> String {
    let mut json = String::from("\"");
    base64url::append(&mut json, |text| base64url::encode(secret, text));
    json.push('"');
    json
}

fn xor(left: [u8; BYTES], right: [u8; BYTES]) -> [u8; BYTES] {
    let mut bytes = left;
    bytes.iter_mut().zip(right).for_each(|(byte, other)| *byte ^= other);
    bytes
}
