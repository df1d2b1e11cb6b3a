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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Builder;
    use crate::dynamic::Dynamic;
    use crate::engine::Engine;
    use crate::key::Key;
    use crate::notation::Notation;
    use crate::recycled::Text;
    use crate::store::MemoryStore;

    fn engine() -> Engine {
        Builder::signed(Key::try_from([7; 32].as_slice()).unwrap()).build().unwrap()
    }

    fn open(engine: &Engine, cookie: &str) -> Transaction {
        engine.open(std::iter::once(cookie.as_bytes()), false)
    }

    /// The `name=value` that a response set.
    fn commit(mut transaction: Transaction) -> String {
        let header = transaction.commit(200).set_cookie.unwrap();
        header.split(';').next().unwrap().to_owned()
    }

    fn epoch(transaction: &Transaction) -> Epoch {
        transaction.epoch
    }

    /// A session with a form, and the form's token.
    fn with_form(engine: &Engine) -> (String, String) {
        let mut transaction = open(engine, "");
        let token = transaction.csrf_token(epoch(&transaction)).unwrap();
        (commit(transaction), token)
    }

    #[test]
    fn debug_shows_no_token() {
        let draft = open(&engine(), "").draft_csrf().unwrap();
        assert_eq!(format!("{draft:?}"), "CsrfDraft { .. }");
    }

    fn json_of(secrets: &[u8]) -> String {
        text_of(&secrets.iter().flat_map(|secret| [*secret; BYTES]).collect::<Vec<_>>())
    }

    #[test]
    fn a_forged_form_has_no_token_that_fits() {
        let engine = engine();
        let (cookie, token) = with_form(&engine);
        let session = open(&engine, &cookie);
        assert!(session.csrf_matches(&token));
        assert!(!session.csrf_matches(&with_form(&engine).1), "of another session");
        assert!(!open(&engine, "").csrf_matches(&token), "without a session");
        let mut bytes = base64url::decode(&token).unwrap();
        assert_eq!(bytes.len(), 2 * BYTES);
        for bit in 0..8 * bytes.len() {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let changed = text_of(&bytes);
            assert!(!session.csrf_matches(changed.trim_matches('"')), "{bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        for length in [0, BYTES, 2 * BYTES - 1, 3 * BYTES] {
            assert!(!session.csrf_matches(text_of(&vec![0; length]).trim_matches('"')), "{length}");
        }
        assert!(!session.csrf_matches(&format!("{token}=")) && !session.csrf_matches(""));
    }

    #[test]
    fn a_session_without_a_secret_has_no_token_not_even_of_zeros() {
        for session in ["{}", r#"{"_csrf":""}"#, r#"{"_csrf":5}"#, r#"{"_csrf":"AAAA"}"#, r#"{"_csrf":null}"#] {
            let mut transaction = open(&engine(), "");
            transaction.base = Payload::parse(Text::new(session.into())).unwrap();
            transaction.stamp = Some(crate::engine::Stamp { issued: 0, by_fallback: false });
            for zeros in [0, BYTES, 2 * BYTES] {
                assert!(!transaction.csrf_matches(text_of(&vec![0; zeros]).trim_matches('"')), "{session} {zeros}");
            }
        }
    }

    #[test]
    fn no_two_pages_show_the_same_token_and_all_of_them_fit() {
        let engine = engine();
        let (cookie, first) = with_form(&engine);
        let mut later = open(&engine, &cookie);
        let second = later.csrf_token(epoch(&later)).unwrap();
        assert!(later.csrf_matches(&first) && later.csrf_matches(&second));
        let halves = |token: &str| {
            let bytes = base64url::decode(token).unwrap();
            (bytes[..BYTES].to_vec(), bytes[BYTES..].to_vec())
        };
        let (first, second) = (halves(&first), halves(&second));
        assert!(first.0 != second.0 && first.1 != second.1, "neither half is the secret");
        assert!(later.log.is_empty(), "a session that has a secret is not written for a page");
        assert_eq!(later.commit(200).set_cookie, None);
    }

    #[test]
    fn a_draft_holds_when_it_is_kept_and_not_before() {
        let mut transaction = open(&engine(), "");
        let draft = transaction.draft_csrf().unwrap();
        assert!(!transaction.csrf_matches(draft.token()) && transaction.keys() == ["_created"]);
        transaction.keep_csrf(&draft, epoch(&transaction));
        assert!(transaction.csrf_matches(draft.token()));
        assert!(!format!("{draft:?}").contains(draft.token()));
    }

    #[test]
    fn a_token_from_before_a_renewal_does_not_fit_after_it() {
        let engine = engine();
        let (cookie, token) = with_form(&engine);
        let mut renewed = open(&engine, &cookie);
        renewed.renew(epoch(&renewed));
        let again = renewed.csrf_token(epoch(&renewed)).unwrap();
        assert!(!renewed.csrf_matches(&token) && renewed.csrf_matches(&again));
        let once_more = renewed.csrf_token(epoch(&renewed)).unwrap();
        assert!(renewed.csrf_matches(&again) && renewed.csrf_matches(&once_more), "one renewal makes one secret");
        let after = open(&engine, &commit(renewed));
        assert!(!after.csrf_matches(&token) && after.csrf_matches(&again));

        // Also where no page of the response has a form.
        let mut renewed = open(&engine, &cookie);
        let mut view = renewed.view::<Dynamic>().unwrap();
        view.insert("kept", 1).unwrap();
        renewed.record(crate::view::View::changes(&view, &engine), epoch(&renewed));
        renewed.renew(epoch(&renewed));
        let after = open(&engine, &commit(renewed));
        assert!(!after.csrf_matches(&token) && after.base.get(CSRF_KEY).is_none());
    }

    #[test]
    fn a_session_lets_go_of_its_secret_where_it_is_renewed_and_may_have_one() {
        const ROLE: crate::data::Field = crate::data::Field::value("role").privileged();
        const RULES: crate::change::Rules<'static> =
            crate::change::Rules { schema: &[ROLE], registered: &[], default: |_| 0 };
        let privileged = || {
            let mut log = Changes::default();
            log.clear(&RULES, None);
            log
        };
        let engine = engine();
        let with_secret = open(&engine, &with_form(&engine).0);
        let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build().unwrap();
        for (what, transaction, mut log, renew, lets_go) in [
            ("not renewed", &with_secret, Changes::default(), false, false),
            ("renewed", &with_secret, Changes::default(), true, true),
            ("a privilege changed", &with_secret, privileged(), false, true),
            ("has none", &open(&engine, ""), Changes::default(), true, false),
            ("in a store", &open(&stored, ""), Changes::default(), true, true),
        ] {
            transaction.renew_csrf(&mut log, renew);
            assert_eq!(matches!(log.of(CSRF_KEY), Some(Change::Remove)), lets_go, "{what}");
        }
        let mut log = Changes::default();
        log.set(CSRF_KEY, Some("new"));
        with_secret.renew_csrf(&mut log, true);
        assert_eq!(log.value_of(CSRF_KEY), Some(Some("new")));
    }

    #[test]
    fn pages_that_were_asked_for_at_once_keep_their_secrets_ours_first_and_eight_at_most() {
        let joined = |ours: &[u8], theirs: &[u8]| {
            let mut log = Changes::default();
            log.set(CSRF_KEY, Some(&json_of(ours)));
            let mut newer = Payload::empty(Notation::Json);
            newer.set(CSRF_KEY, &json_of(theirs));
            join(&mut log, &newer);
            let json = log.value_of(CSRF_KEY).unwrap().unwrap().to_owned();
            secrets_of(&json).iter().map(|secret| secret[0]).collect::<Vec<_>>()
        };
        assert_eq!(joined(&[1], &[2, 3]), [1, 2, 3]);
        assert_eq!(joined(&[1], &[2, 1]), [1, 2]);
        assert_eq!(joined(&[9], &[1, 2, 3, 4, 5, 6, 7, 8]), [9, 1, 2, 3, 4, 5, 6, 7]);

        let mut log = Changes::default();
        let mut newer = Payload::empty(Notation::Json);
        newer.set(CSRF_KEY, &json_of(&[2]));
        join(&mut log, &newer);
        assert!(log.is_empty(), "who made none brings none");
    }

    #[test]
    fn each_of_several_secrets_fits_and_the_newest_makes_the_next_token() {
        let mut transaction = open(&engine(), "");
        transaction.set(CSRF_KEY, Some(&json_of(&[1, 2])), epoch(&transaction));
        let token = |secret: u8| text_of(&[[5; BYTES], [secret ^ 5; BYTES]].concat()).trim_matches('"').to_owned();
        assert!(transaction.csrf_matches(&token(1)) && transaction.csrf_matches(&token(2)));
        assert!(!transaction.csrf_matches(&token(3)));
        let drafted = base64url::decode(transaction.draft_csrf().unwrap().token()).unwrap();
        assert!((0..BYTES).all(|at| drafted[at] ^ drafted[BYTES + at] == 1));
    }

    #[test]
    fn what_is_no_list_of_whole_secrets_holds_none() {
        assert_eq!(secrets_of(&json_of(&[1, 2])), [[1; BYTES], [2; BYTES]]);
        for length in [1, BYTES - 1, BYTES + 1, 2 * BYTES - 1] {
            assert!(secrets_of(&text_of(&vec![1; length])).is_empty(), "{length}");
        }
        assert!(secrets_of(&json_of(&[1]).replace('A', "+")).is_empty());
        assert!(secrets_of(&format!("{}=", json_of(&[1]))).is_empty());
    }
}
