//! What `build()` makes of the settings and the keys: reads a session from cookies and writes it to one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::audit::{self, Finding};
use crate::change::Rules;
use crate::config::Config;
use crate::cookie::read::candidates;
use crate::cookie::write::{Age, CookieTemplate};
use crate::data::{Field, SessionData};
use crate::error::Error;
use crate::json_key;
use crate::key::KeyRing;
use crate::lifetime::Lifetimes;
use crate::measure::{self, LOADS, REJECTS};
use crate::notation::Notation;
use crate::payload::Payload;
use crate::reserved;
use crate::store::{AnyStore, SessionId, Ticket};
use crate::token::{Codec, Kind, Rejection};
use crate::transaction::{self, Brought, Transaction};
use crate::view::{self, View};

/// Longest that two machines' clocks may differ, in seconds: a cookie from the near future is taken.
const CLOCK_LEEWAY: u64 = 60;

/// Seconds between two log lines that any client can cause at will.
const LOG_INTERVAL: u64 = 10;

/// How many keys an error about size names.
const BIGGEST_KEYS: usize = 3;

/// The sessions of one middleware: its settings with the keys derived from them. Cheap to clone.
///
/// An adapter to a web framework gives it the `Cookie` headers of a request ([`Engine::open`]), hands out views of the
/// [`Transaction`] and asks that for a `Set-Cookie` header once the response's status is known.
///
/// # Examples
///
/// ```
/// use session_core::{Builder, Dynamic, Engine, Key, View};
///
/// let engine: Engine = Builder::signed(Key::generate()).build()?;
/// let mut transaction = engine.open(std::iter::empty(), false);
/// let mut view = transaction.view::<Dynamic>()?;
/// view.insert("visits", 1)?;
/// transaction.record(View::changes(&view, &engine), View::epoch(&view));
/// let commit = transaction.commit(200);
/// assert!(commit.set_cookie.unwrap().starts_with("__Host-session="));
///
/// assert_eq!(engine.cookie_name(), "__Host-session");
/// assert!(engine.serves(engine.scope()) && engine.is_same(&engine.clone()) && engine.shares_cookie(&engine));
/// assert!(!engine.is_stored() && !engine.loads_eagerly());
/// assert_eq!(engine.store_timeout().as_secs(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    config: Config,
    cookie: CookieTemplate,
    kind: Kind,
    codec: Codec,
    store: Option<AnyStore>,
    lifetimes: Lifetimes,
    registered: Vec<&'static Field>,
    /// When a bad signature was last logged.
    rejection_logged: AtomicU64,
    /// When a signed cookie without a session was last logged.
    unreadable_logged: AtomicU64,
    /// When a cookie that a browser will not keep was last logged.
    plain_http_logged: AtomicU64,
    /// When two sessions in one request were last logged.
    ambiguity_logged: AtomicU64,
}

/// What is known of the cookie that a session came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// When it was signed, in seconds since 1970.
    pub(crate) issued: u64,
    /// Signed with a key that only verifies now.
    pub(crate) by_fallback: bool,
}

impl Engine {
    pub(crate) fn new(kind: Kind, keys: &KeyRing, store: Option<AnyStore>, config: Config) -> Self {
        let name = config.full_cookie_name();
        let codec = Codec::new(kind, keys, &config, &name);
        Self(Arc::new(Inner {
            cookie: CookieTemplate::new(name, &config.attributes),
            kind,
            codec,
            store,
            lifetimes: Lifetimes::new(&config),
            registered: config.registered.iter().flat_map(|data| data.fields).collect(),
            rejection_logged: AtomicU64::new(0),
            unreadable_logged: AtomicU64::new(0),
            ambiguity_logged: AtomicU64::new(0),
            plain_http_logged: AtomicU64::new(0),
            config,
        }))
    }

    /// Finds the session in the raw `Cookie` headers of a request, if there is one.
    ///
    /// A request that a browser sent ahead of the user (`prefetch`) takes no messages from the session.
    pub fn open<'a>(&self, cookies: impl Iterator<Item = &'a [u8]>, prefetch: bool) -> Transaction {
        // A request without a cookie need not know the time.
        let mut now = 0;
        let mut sent = false;
        if let Some(store) = &self.0.store {
            let now = self.now();
            let values = candidates(cookies, self.cookie_name()).inspect(|_| sent = true);
            let tickets: Vec<Brought> = values.filter_map(|value| self.read_ticket(value, now).ok()).collect();
            if !tickets.iter().any(|brought| brought.in_time) {
                measure::count_by(LOADS, "result", "absent");
            }
            return Transaction::of_store(self.clone(), store.clone(), tickets, sent, prefetch);
        }
        let mut found: Option<(Payload, Stamp)> = None;
        for value in candidates(cookies, self.cookie_name()) {
            if !std::mem::replace(&mut sent, true) {
                now = self.now();
            }
            let Ok(session) = self.read_value(value, now) else { continue };
            match &found {
                None => found = Some(session),
                Some((payload, _)) if payload.to_json() != session.0.to_json() => self.log_ambiguity(now),
                Some(_) => {}
            }
        }
        measure::count_by(LOADS, "result", if found.is_some() { "loaded" } else { "absent" });
        Transaction::new(self.clone(), found, sent, prefetch)
    }

    /// The session in the text of one `Cookie` header, for tests and tools.
    ///
    /// # Errors
    ///
    /// The struct has a secret field, and sessions are only signed; or the store does not answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key, SessionData};
    ///
    /// #[derive(SessionData)]
    /// struct Visitor {
    ///     visits: u32,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// let cookie = engine.cookie_for(&Visitor { visits: 3 }).await?;
    /// assert_eq!(engine.read::<Visitor>(&cookie).await?.unwrap().visits, 3);
    /// assert!(engine.read::<Visitor>("__Host-session=nonsense").await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read<T: SessionData>(&self, cookie: &str) -> Result<Option<T>, Error> {
        self.check_secrets(T::FIELDS)?;
        let mut transaction = self.open(std::iter::once(cookie.as_bytes()), false);
        if let Some(loading) = transaction.load() {
            transaction.loaded(loading.await?);
        }
        if transaction.is_new() {
            return Ok(None);
        }
        transaction.view().map(|view| Some(View::into_data(view)))
    }

    /// The `name=value` of a new session's cookie, as a `Cookie` header carries it, for tests and tools. A store keeps the
    /// session from then on.
    ///
    /// # Errors
    ///
    /// A field has no JSON, the cookie would be too large, or the struct has a secret field and sessions are only
    /// signed; or the store does not answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key, SessionData};
    ///
    /// #[derive(SessionData)]
    /// struct Visitor {
    ///     visits: u32,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// let cookie = engine.cookie_for(&Visitor { visits: 3 }).await?;
    /// assert!(cookie.starts_with("__Host-session="));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn cookie_for<T: SessionData>(&self, data: &T) -> Result<String, Error> {
        self.check_secrets(T::FIELDS)?;
        // As a request would write it: without the fields that are at their defaults.
        let (changes, error) = view::compare(
            &view::encode(&T::empty(), self.notation()),
            &view::encode(data, self.notation()),
            &self.rules::<T>(),
        );
        error.map_or(Ok(()), Err)?;
        let Some(store) = &self.0.store else {
            let now = self.now();
            let mut payload = self.new_session(now);
            changes.apply(&mut payload);
            return self.write_value(&payload, self.issue_time(now));
        };
        transaction::create(self, store, &changes).await
    }

    /// The sessions of an owner, by the owner field as it is displayed.
    ///
    /// # Errors
    ///
    /// Sessions are kept in cookies, which nobody lists ([`Error::is_unsupported`]), or the store does not answer.
    pub async fn sessions_of(&self, owner: &str) -> Result<Vec<SessionId>, Error> {
        let store = self.0.store.as_ref().ok_or_else(|| Error::unsupported("listing the sessions of an owner"))?;
        store.list(owner).await.map_err(|error| transaction::unavailable(&error))
    }

    /// Ends all sessions of an owner ("log out everywhere"), and says how many.
    ///
    /// # Errors
    ///
    /// Sessions are kept in cookies, which nobody can end but their browser ([`Error::is_unsupported`]), or the store does
    /// not answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::store::MemoryStore;
    /// use session_core::{Builder, Engine, Key, SessionData};
    ///
    /// #[derive(SessionData)]
    /// #[session(login(username))]
    /// struct Visitor {
    ///     #[session(owner)]
    ///     username: Option<String>,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build()?;
    /// let cookie = engine.cookie_for(&Visitor { username: Some("ada".into()) }).await?;
    /// assert_eq!(engine.sessions_of("ada").await?.len(), 1);
    /// assert_eq!(engine.revoke_owner("ada").await?, 1);
    /// assert!(engine.read::<Visitor>(&cookie).await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke_owner(&self, owner: &str) -> Result<usize, Error> {
        let store = self.0.store.as_ref().ok_or_else(|| Error::unsupported("ending the sessions of an owner"))?;
        store.revoke(owner).await.map_err(|error| transaction::unavailable(&error))
    }

    /// What the configuration leaves open of OWASP ASVS 5.0, chapters 3.3 and 7.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key};
    ///
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// for finding in engine.audit() {
    ///     println!("{finding}"); // `ASVS 5.0, 7.2.1: ..`
    /// }
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn audit(&self) -> Vec<Finding> {
        let mut findings = audit::settings(&self.0.config, self.is_flask());
        findings.extend(if self.is_stored() { audit::store(&self.0.registered) } else { audit::cookie_backend() });
        findings
    }

    /// Whether this is the same middleware, and not another of the same cookie.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether a browser keeps the cookies of both in one place, so that each undoes what the other one writes: they have the same name, domain
    /// and path.
    #[must_use]
    pub fn shares_cookie(&self, other: &Self) -> bool {
        let (own, others) = (&self.0.config.attributes, &other.0.config.attributes);
        let same_place = own.domain == others.domain && own.path == others.path;
        self.is_same(other) || (same_place && self.cookie_name() == other.cookie_name())
    }

    /// The cookie's name as sent.
    #[must_use]
    pub fn cookie_name(&self) -> &str {
        self.0.cookie.name()
    }

    /// Which of an application's independent sessions this serves.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.0.config.scope
    }

    /// Whether this serves a scope.
    #[must_use]
    pub fn serves(&self, scope: &str) -> bool {
        // Nearly always neither has a name. Not `==`: where both are empty, `memcmp` by AVX-512 masks a load from no valid address,
        // for which processors take 80 ns.
        let own = self.scope();
        own.len() == scope.len() && (own.is_empty() || own == scope)
    }

    /// Whether a session is looked for in every request: a stored one, so that nobody has to wait for it later; Flask's, so that
    /// a permanent one is refreshed by every response.
    #[must_use]
    pub fn loads_eagerly(&self) -> bool {
        (self.is_flask() || self.is_stored()) && self.0.config.eager
    }

    /// Refuses structs with secrets where the owner of the cookie could read them.
    pub(crate) fn check_secrets(&self, fields: &[Field]) -> Result<(), Error> {
        if self.0.kind.conceals() {
            return Ok(());
        }
        fields.iter().find(|field| field.is_secret()).map_or(Ok(()), |field| Err(Error::secret(field.key())))
    }

    /// Whether responses of a server error save all changes.
    pub(crate) fn commits_on_server_error(&self) -> bool {
        self.0.config.commit_on_server_error
    }

    /// How the values of sessions are written.
    pub(crate) fn notation(&self) -> Notation {
        self.0.kind.notation()
    }

    /// Whether a Flask application shares the sessions.
    pub(crate) fn is_flask(&self) -> bool {
        self.0.kind.is_flask()
    }

    /// The time that a cookie which is made now shall bear.
    pub(crate) fn issue_time(&self, now: u64) -> u64 {
        now.saturating_sub(self.0.config.backdate)
    }

    /// The time by the clock of the configuration, in seconds since 1970.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key, ManualClock};
    ///
    /// let engine: Engine = Builder::signed(Key::generate()).clock(ManualClock::at(1_700_000_000)).build()?;
    /// assert_eq!(engine.now(), 1_700_000_000);
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.config.clock.now()
    }

    pub(crate) fn lifetimes(&self) -> &Lifetimes {
        &self.0.lifetimes
    }

    /// What is known of the fields of a struct.
    pub(crate) fn rules<T: SessionData>(&self) -> Rules<'_> {
        Rules { schema: T::FIELDS, registered: &self.0.registered, default: view::counter_default::<T> }
    }

    /// The payload of a session that begins now.
    pub(crate) fn new_session(&self, now: u64) -> Payload {
        let mut payload = Payload::with_room(self.notation());
        if self.records_creation() {
            payload.set_number(reserved::CREATED, now);
        }
        if self.0.config.permanent {
            payload.set(reserved::PERMANENT, "true");
        }
        payload
    }

    /// Whether sessions say when they began. In one that Flask shares, only where it matters.
    pub(crate) fn records_creation(&self) -> bool {
        !self.is_flask() || self.0.config.absolute_lifetime.is_some()
    }

    /// The value that says whether a session outlives the browser's window. Flask keeps it where it is false too.
    pub(crate) fn permanence(&self, permanent: bool) -> Option<&'static str> {
        if permanent { Some("true") } else { self.is_flask().then_some("false") }
    }

    /// The `Set-Cookie` header of a session.
    pub(crate) fn set_cookie(&self, payload: &Payload, issued: u64, now: u64) -> Result<String, Error> {
        let mut header = self.write_value(payload, issued)?;
        let permanent = payload.get(reserved::PERMANENT).is_some_and(|json| self.notation().is_true(json));
        let age = permanent.then(|| self.age(self.lifetimes().remaining(payload, issued, now), now));
        self.0.cookie.finish(&mut header, age);
        Ok(header)
    }

    #[cfg_attr(
        not(feature = "flask"),
        allow(unused_variables, clippy::unused_self, reason = "Flask alone sends a date")
    )]
    fn age(&self, seconds: u64, now: u64) -> Age {
        #[cfg(feature = "flask")]
        if self.is_flask() {
            return Age::Until(now.saturating_add(seconds));
        }
        // Zero would take the cookie away.
        Age::Seconds(seconds.max(1))
    }

    /// The `Set-Cookie` header that removes the session's cookie.
    pub(crate) fn removal_cookie(&self) -> String {
        self.0.cookie.removal()
    }

    fn write_value(&self, payload: &Payload, issued: u64) -> Result<String, Error> {
        let json = payload.to_json();
        // Just as long as it will be, in the usual case, since what becomes of a header has no room to spare.
        let mut header = String::with_capacity(self.0.cookie.bytes() + self.0.codec.written_bytes(json.len(), issued));
        header.push_str(self.cookie_name());
        header.push('=');
        let limit = self.0.config.max_cookie_bytes;
        let room = limit.saturating_sub(self.cookie_name().len());
        self.0.codec.write(&json, issued, room, &mut header)?;
        let bytes = header.len() - "=".len();
        if bytes > limit { Err(Error::too_large(bytes, limit, biggest_keys(payload))) } else { Ok(header) }
    }

    /// The `Set-Cookie` header of a stored session.
    pub(crate) fn ticket_cookie(&self, ticket: &Ticket, session: &Payload, issued: u64, now: u64) -> String {
        let mut header = format!("{}=", self.cookie_name());
        self.0.codec.write_ticket(ticket, issued, &mut header);
        let permanent = session.get(reserved::PERMANENT).is_some_and(|json| self.notation().is_true(json));
        let age = permanent.then(|| self.age(self.lifetimes().remaining(session, issued, now), now));
        self.0.cookie.finish(&mut header, age);
        header
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    pub(crate) fn codec(&self) -> &Codec {
        &self.0.codec
    }

    /// What structs that the application named say of their fields.
    pub(crate) fn registered(&self) -> &[&'static Field] {
        &self.0.registered
    }

    /// Whether a store keeps the sessions, so that they have to be waited for.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        self.0.store.is_some()
    }

    /// How long a store may take to answer.
    #[must_use]
    pub fn store_timeout(&self) -> Duration {
        self.0.config.store_timeout
    }

    /// A ticket that was signed by us. One of another time opens nothing, but a logout ends its session too.
    fn read_ticket(&self, value: &str, now: u64) -> Result<Brought, ()> {
        let read = self.0.codec.read_ticket(value);
        let (ticket, issued, by_fallback) = read.map_err(|rejection| self.log_rejection(rejection, now))?;
        let in_time = self.check_age(issued, now).is_ok();
        Ok(Brought { ticket, stamp: Stamp { issued, by_fallback }, in_time })
    }

    /// Signature, then age, then decoding, then the session's own lifetime.
    fn read_value(&self, value: &str, now: u64) -> Result<(Payload, Stamp), ()> {
        let verified = self.0.codec.read(value).map_err(|rejection| self.log_rejection(rejection, now))?;
        let issued = verified.issued;
        self.check_age(issued, now)?;
        let payload = self.notation().parse(verified.payload).map_err(|error| {
            measure::count_by(REJECTS, "reason", Rejection::Payload.name());
            self.log_unreadable(&error, now);
        })?;
        if self.lifetimes().is_over(&payload, issued, now) {
            tracing::debug!(name: "session.cookie.expired", "a session is over; the visitor counts as new");
            measure::count_by(REJECTS, "reason", "expired");
            return Err(());
        }
        Ok((payload, Stamp { issued, by_fallback: verified.by_fallback }))
    }

    fn check_age(&self, issued: u64, now: u64) -> Result<(), ()> {
        if issued > now.saturating_add(CLOCK_LEEWAY) {
            measure::count_by(REJECTS, "reason", "future");
            tracing::warn!(name: "session.cookie.future", seconds = issued - now, "a session cookie comes from the future; do the clocks agree?");
            return Err(());
        }
        if self.lifetimes().is_surely_over(issued, now) {
            tracing::debug!(name: "session.cookie.expired", "a session is over; the visitor counts as new");
            measure::count_by(REJECTS, "reason", "expired");
            return Err(());
        }
        Ok(())
    }

    /// Says that a browser will not keep the cookie of this response, where that is so: it came to this host over plain http. Only
    /// the browser's own machine counts as secure without TLS.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key};
    ///
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// engine.warn_of_plain_http("localhost:8080"); // says nothing
    /// engine.warn_of_plain_http("192.168.0.7:8080"); // logs a warning
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn warn_of_plain_http(&self, host: &str) {
        let name = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or(host, |(name, _)| name);
        let name = name.trim_matches(['[', ']']);
        let is_local = name == "localhost" || name.ends_with(".localhost") || name.starts_with("127.") || name == "::1";
        if self.0.config.attributes.secure && !is_local && may_log(&self.0.plain_http_logged, self.now()) {
            tracing::warn!(
                name: "session.cookie.plain_http",
                cookie = self.cookie_name(),
                host,
                "a session cookie that is `Secure` was sent over plain http, where browsers do not keep it: use https, or \
                 http://localhost, or `.secure(false)` in a network that you trust. Behind a proxy with TLS, let it set \
                 `X-Forwarded-Proto`"
            );
        }
    }

    /// Whether the last line about two sessions is long enough ago for another one.
    pub(crate) fn would_log_ambiguity(&self, now: u64) -> bool {
        is_due(&self.0.ambiguity_logged, now)
    }

    pub(crate) fn log_ambiguity(&self, now: u64) {
        if may_log(&self.0.ambiguity_logged, now) {
            tracing::warn!(name: "session.cookie.ambiguous",
                cookie = self.cookie_name(),
                "a request brought two different sessions; the first one is used. Was the cookie's domain or path \
                 changed? Further ones within {LOG_INTERVAL} seconds are not logged"
            );
        }
    }

    fn log_unreadable(&self, reason: &dyn fmt::Debug, now: u64) {
        if may_log(&self.0.unreadable_logged, now) {
            tracing::warn!(name: "session.cookie.unreadable",
                ?reason,
                cookie = self.cookie_name(),
                "a session cookie was signed by us but holds no session; the visitor counts as new. Further ones within \
                 {LOG_INTERVAL} seconds are not logged"
            );
        }
    }

    fn log_rejection(&self, rejection: Rejection, now: u64) {
        measure::count_by(REJECTS, "reason", rejection.name());
        if rejection == Rejection::Payload {
            self.log_unreadable(&rejection, now);
        } else if may_log(&self.0.rejection_logged, now) {
            tracing::warn!(name: "session.cookie.rejected",
                reason = ?rejection,
                cookie = self.cookie_name(),
                "a session cookie was not made with any of our keys; the visitor counts as new. Was the key changed, or is one \
                 generated at each start, or in each worker? Further ones within \
                 {LOG_INTERVAL} seconds are not logged"
            );
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Engine").field(&self.0.config).finish()
    }
}

/// Whether the last line of its kind is long enough ago. Two threads that race here write one line too many.
fn may_log(last: &AtomicU64, now: u64) -> bool {
    let due = is_due(last, now);
    if due {
        last.store(now, Ordering::Relaxed);
    }
    due
}

fn is_due(last: &AtomicU64, now: u64) -> bool {
    now.abs_diff(last.load(Ordering::Relaxed)) >= LOG_INTERVAL
}

fn biggest_keys(payload: &Payload) -> Vec<(String, usize)> {
    let mut sizes: Vec<_> =
        payload.iter().map(|(key, json)| (json_key::decode(key).into_owned(), json.len())).collect();
    sizes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    sizes.truncate(BIGGEST_KEYS);
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::config::Builder;
    use crate::dynamic::Dynamic;
    use crate::key::Key;
    use crate::recycled::Text;
    use crate::store::MemoryStore;

    const NOW: u64 = 1_700_000_000;

    fn engine() -> Engine {
        let key = Key::try_from([7; 32].as_slice()).unwrap();
        Builder::signed(key).clock(ManualClock::at(NOW)).build().unwrap()
    }

    /// Whether a payload that we signed ourselves, at this time, opens a session.
    fn opens(payload: &str, issued: u64) -> bool {
        let engine = engine();
        let mut cookie = String::from("__Host-session=");
        engine.0.codec.write(payload, issued, usize::MAX, &mut cookie).unwrap();
        let transaction = engine.open(std::iter::once(cookie.as_bytes()), false);
        assert!(transaction.view::<Dynamic>().is_ok());
        !transaction.is_new()
    }

    #[test]
    fn a_payload_under_a_valid_signature_is_still_checked() {
        assert!(opens(r#"{"a":1}"#, NOW));
        let bomb = format!(r#"{{"a":{}{}}}"#, "[".repeat(1000), "]".repeat(1000));
        for payload in [
            &bomb,
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"\u0062":2}}"#,
            "[1]",
            "5",
            "null",
            "\"{}\"",
            "",
            "{",
            "{}}",
            r#"{"a":NaN}"#,
        ] {
            assert!(!opens(payload, NOW), "{payload}");
        }
    }

    #[test]
    fn reserved_keys_of_another_type_are_as_if_they_were_not_there() {
        for value in ["null", "-1", "1.5", "\"x\"", "[]", "1e400", "99999999999999999999999999"] {
            for key in ["_created", "_lifetime", "_permanent", "_flashes"] {
                assert!(opens(&format!(r#"{{"{key}":{value},"a":1}}"#), NOW), "{key} {value}");
            }
        }
    }

    #[test]
    fn a_session_from_before_its_beginning_was_recorded_began_when_it_was_signed() {
        let day = 86_400;
        assert!(opens(r#"{"a":1}"#, NOW - 31 * day));
        assert!(!opens(&format!(r#"{{"_created":{},"a":1}}"#, NOW - 91 * day), NOW));
    }

    #[test]
    fn a_signed_time_from_the_ends_of_the_range_opens_nothing() {
        for issued in [0, 1, NOW + 61, 1 << 63, u64::MAX] {
            assert!(!opens(r#"{"a":1}"#, issued), "{issued}");
        }
        assert!(opens(r#"{"a":1}"#, NOW + 60));
    }

    /// A cookie of this engine that was made at a time, with this in it.
    fn cookie_at(engine: &Engine, payload: &str, issued: u64) -> String {
        let mut cookie = format!("{}=", engine.cookie_name());
        engine.0.codec.write(payload, issued, usize::MAX, &mut cookie).unwrap();
        cookie
    }

    fn open(engine: &Engine, cookies: &[&str]) -> Transaction {
        engine.open(cookies.iter().map(|cookie| cookie.as_bytes()), false)
    }

    fn payload(json: &str) -> Payload {
        Payload::parse(Text::of(json)).unwrap()
    }

    fn builder() -> Builder {
        Builder::signed(Key::try_from([7; 32].as_slice()).unwrap()).clock(ManualClock::at(NOW))
    }

    fn last(logged: &AtomicU64) -> u64 {
        logged.load(Ordering::Relaxed)
    }

    #[derive(crate::SessionData)]
    #[session(login(user), crate = crate)]
    struct Visitor {
        #[session(owner)]
        user: Option<String>,
        note: Option<String>,
    }

    fn ada() -> Visitor {
        Visitor { user: Some("ada".into()), note: None }
    }

    #[derive(crate::SessionData)]
    #[session(crate = crate)]
    struct Secret {
        #[session(secret)]
        token: Option<String>,
    }

    #[test]
    fn the_first_cookie_that_counts_is_the_session_and_another_one_is_logged() {
        let engine = engine();
        let (one, same) = (cookie_at(&engine, r#"{"a":1}"#, NOW), cookie_at(&engine, r#"{"a":1}"#, NOW - 1));
        let two = cookie_at(&engine, r#"{"a":2}"#, NOW);
        for (cookies, is_ambiguous) in [
            (vec!["__Host-session=garbage", &one], false),
            (vec![&one, &same], false),
            (vec![&format!("{one}; {two}"), &same], true),
        ] {
            engine.0.ambiguity_logged.store(0, Ordering::Relaxed);
            let request = open(&engine, &cookies);
            assert_eq!(request.view::<Dynamic>().unwrap().get::<u8>("a").unwrap(), Some(1), "{cookies:?}");
            assert_eq!(last(&engine.0.ambiguity_logged) == NOW, is_ambiguous, "{cookies:?}");
        }
    }

    #[test]
    fn a_line_that_any_client_can_cause_is_logged_once_in_ten_seconds() {
        let logged = AtomicU64::new(0);
        assert!(may_log(&logged, NOW));
        assert!(!may_log(&logged, NOW) && !may_log(&logged, NOW + LOG_INTERVAL - 1));
        assert!(may_log(&logged, NOW + LOG_INTERVAL));
        assert!(may_log(&logged, NOW), "the clock was set back");
        assert_eq!(last(&logged), NOW);
    }

    #[test]
    fn a_cookie_that_we_did_not_make_is_told_from_one_without_a_session() {
        for (cookie, is_ours) in [
            ("__Host-session=garbage".to_owned(), false),
            (cookie_at(&Builder::signed(Key::generate()).build().unwrap(), "{}", NOW), false),
            (cookie_at(&engine(), "[]", NOW), true),
        ] {
            let engine = engine();
            let _ = open(&engine, &[&cookie]);
            let logged = (last(&engine.0.rejection_logged) == NOW, last(&engine.0.unreadable_logged) == NOW);
            assert_eq!(logged, (!is_ours, is_ours), "{cookie}");
        }
        let engine = engine();
        engine.log_rejection(Rejection::Payload, NOW);
        assert_eq!((last(&engine.0.rejection_logged), last(&engine.0.unreadable_logged)), (0, NOW));
    }

    #[test]
    fn a_secure_cookie_over_plain_http_is_kept_on_ones_own_machine_alone() {
        for (host, warns) in [
            ("localhost", false),
            ("localhost:8080", false),
            ("app.localhost:8080", false),
            ("127.0.0.1:8080", false),
            ("127.9.9.9", false),
            ("[::1]", false),
            ("[::1]:8080", false),
            ("192.168.0.7:8080", true),
            ("example.com", true),
            ("notlocalhost", true),
            ("localhost.example.com", true),
            ("[fe80::1]:8080", true),
            ("[2001:db8::1]", true),
        ] {
            let engine = engine();
            engine.warn_of_plain_http(host);
            assert_eq!(last(&engine.0.plain_http_logged) == NOW, warns, "{host}");
        }
        let plain: Engine = builder().secure(false).build().unwrap();
        plain.warn_of_plain_http("example.com");
        assert_eq!(last(&plain.0.plain_http_logged), 0);
    }

    #[test]
    fn a_session_ends_by_its_own_lifetime_and_by_the_longest() {
        assert!(opens(r#"{"_lifetime":60,"a":1}"#, NOW - 60) && !opens(r#"{"_lifetime":60,"a":1}"#, NOW - 61));
        let engine: Engine =
            builder().lifetime(Duration::from_secs(60)).max_lifetime(Duration::from_secs(60)).build().unwrap();
        for (age, is_taken) in [(60, true), (61, false)] {
            assert_eq!(engine.check_age(NOW - age, NOW).is_ok(), is_taken, "{age}");
        }
    }

    #[test]
    fn a_cookie_may_be_as_large_as_the_setting_and_no_larger() {
        let session = payload(r#"{"a":"xxxxxxxxxxxxxxxx","b":1,"c":"x","d":22}"#);
        let header = engine().set_cookie(&session, NOW, NOW).unwrap();
        assert_eq!(header.capacity(), header.len(), "it was known before how long it is");
        let header = engine().write_value(&session, NOW).unwrap();
        let bytes = header.len() - 1;
        for (limit, fits) in [(bytes, true), (bytes - 1, false)] {
            let engine: Engine = builder().max_cookie_bytes(limit).build().unwrap();
            let written = engine.write_value(&session, NOW);
            assert_eq!(written.is_ok(), fits, "{limit}");
            assert!(fits || written.unwrap_err().is_too_large());
        }
        let biggest = [("a", 18), ("c", 3), ("d", 2)].map(|(key, bytes)| (key.to_owned(), bytes));
        assert_eq!(biggest_keys(&session), biggest);
    }

    #[test]
    fn a_permanent_session_has_an_age_and_another_one_has_none() {
        let engine = engine();
        let header = |json: &str, now| engine.set_cookie(&payload(json), NOW, now).unwrap();
        assert!(!header(r#"{"a":1}"#, NOW).contains("Max-Age"));
        assert!(header(r#"{"_permanent":true}"#, NOW).contains("; Max-Age=2678400; "));
        assert!(header(r#"{"_permanent":true,"_lifetime":60}"#, NOW + 20).contains("; Max-Age=40; "));
        assert!(header(r#"{"_permanent":true,"_lifetime":60}"#, NOW + 60).contains("; Max-Age=1; "));
        let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build().unwrap();
        let ticket = |json: &str| stored.ticket_cookie(&Ticket::new().unwrap(), &payload(json), NOW, NOW);
        assert!(!ticket("{}").contains("Max-Age"));
        assert!(ticket(r#"{"_permanent":true}"#).contains("; Max-Age=2678400; "));
        assert!(engine.removal_cookie().contains("Max-Age=0"));
    }

    #[test]
    fn a_new_session_has_what_the_settings_say() {
        assert_eq!(engine().new_session(NOW).to_json().as_str(), format!(r#"{{"_created":{NOW}}}"#));
        let permanent: Engine = builder().permanent(true).build().unwrap();
        assert_eq!(permanent.new_session(5).to_json().as_str(), r#"{"_created":5,"_permanent":true}"#);
        assert_eq!((permanent.permanence(true), permanent.permanence(false)), (Some("true"), None));
        assert!(!permanent.is_flask() && permanent.records_creation());
        assert_eq!(permanent.issue_time(NOW), NOW);
    }

    #[cfg(feature = "flask")]
    #[test]
    fn a_session_of_flask_follows_flask() {
        let flask = || Builder::flask("0123456789abcdef");
        let engine: Engine = flask().backdate(5).build().unwrap();
        assert!(engine.is_flask() && !engine.records_creation() && !engine.loads_eagerly());
        assert_eq!((engine.permanence(true), engine.permanence(false)), (Some("true"), Some("false")));
        assert_eq!((engine.issue_time(NOW), engine.issue_time(3)), (NOW - 5, 0));
        assert_eq!(engine.new_session(NOW).iter().count(), 0);
        assert!(flask().absolute_lifetime(Some(Duration::from_secs(90 * 86_400))).build().unwrap().records_creation());
        assert!(flask().eager(true).build().unwrap().loads_eagerly());
        let mut session = engine.new_session(NOW);
        session.set("_permanent", "true");
        let header = engine.set_cookie(&session, NOW, NOW).unwrap();
        // 31 days after 2023-11-14 22:13:20.
        assert!(header.contains("; Expires=Fri, 15 Dec 2023 22:13:20 GMT; "), "{header}");
    }

    #[test]
    fn an_engine_says_what_it_serves() {
        let admin: Engine = builder().scope("admin").build().unwrap();
        let other = builder().scope("admin").build().unwrap();
        assert!(admin.is_same(&admin.clone()) && !admin.is_same(&other));
        assert_eq!((admin.cookie_name(), admin.scope()), ("__Host-session-admin", "admin"));
        assert!(admin.serves("admin") && !admin.serves("") && !admin.serves("admim"));
        assert!(engine().serves("") && !engine().serves("admin"));
        assert!(!admin.is_stored() && !admin.loads_eagerly() && !admin.commits_on_server_error());
        let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate())
            .store_timeout(Duration::from_secs(7))
            .commit_on_server_error(true)
            .eager(true)
            .build()
            .unwrap();
        assert!(stored.is_stored() && stored.loads_eagerly() && stored.commits_on_server_error());
        assert_eq!(stored.store_timeout(), Duration::from_secs(7));
        let eager: Engine = builder().eager(true).build().unwrap();
        assert!(!eager.loads_eagerly(), "a cookie is read when it is looked at");
        assert_eq!(admin.now(), NOW);
    }

    #[test]
    fn an_audit_has_findings_of_the_settings_and_of_where_sessions_are_kept() {
        let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build().unwrap();
        let (signed, stored) = (engine().audit(), stored.audit());
        assert!(!signed.is_empty() && !stored.is_empty());
        assert_ne!(format!("{signed:?}"), format!("{stored:?}"));
    }

    #[test]
    fn secrets_are_refused_where_the_owner_of_the_cookie_could_read_them() {
        assert!(engine().check_secrets(Secret::FIELDS).unwrap_err().is_secret());
        assert!(engine().check_secrets(Visitor::FIELDS).is_ok());
        let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build().unwrap();
        assert!(stored.check_secrets(Secret::FIELDS).is_ok());
    }

    #[tokio::test]
    async fn a_cookie_for_a_test_is_read_again() {
        let stored = || Builder::stored(MemoryStore::new(), Key::generate());
        for engine in [engine(), stored().build().unwrap()] {
            let cookie = engine.cookie_for(&ada()).await.unwrap();
            let read = engine.read::<Visitor>(&cookie).await.unwrap().unwrap();
            assert_eq!((read.user.as_deref(), read.note), (Some("ada"), None));
            let name = engine.cookie_name();
            assert!(engine.read::<Visitor>(&format!("{name}=nonsense")).await.unwrap().is_none());
            assert!(cookie.starts_with(&format!("{name}=")) && !cookie.contains(';'));
        }
        let secret = Secret { token: Some("x".into()) };
        assert!(engine().cookie_for(&secret).await.unwrap_err().is_secret());
        assert!(engine().read::<Secret>("").await.err().unwrap().is_secret());
    }

    #[tokio::test]
    async fn the_sessions_of_an_owner_are_known_where_a_store_keeps_them() {
        let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build().unwrap();
        let cookies = [stored.cookie_for(&ada()).await.unwrap(), stored.cookie_for(&ada()).await.unwrap()];
        assert_eq!(stored.sessions_of("ada").await.unwrap().len(), 2);
        assert_eq!(stored.revoke_owner("bob").await.unwrap(), 0);
        assert_eq!(stored.revoke_owner("ada").await.unwrap(), 2);
        assert!(stored.sessions_of("ada").await.unwrap().is_empty());
        for cookie in cookies {
            assert!(stored.read::<Visitor>(&cookie).await.unwrap().is_none());
        }
        let signed = engine();
        assert!(signed.sessions_of("ada").await.unwrap_err().is_unsupported());
        assert!(signed.revoke_owner("ada").await.unwrap_err().is_unsupported());
    }

    #[test]
    fn a_ticket_of_another_time_is_known_and_opens_nothing() {
        let engine: Engine =
            Builder::stored(MemoryStore::new(), Key::generate()).clock(ManualClock::at(NOW)).build().unwrap();
        for (issued, in_time) in [(NOW, true), (NOW + 60, true), (NOW + 61, false), (NOW - 400 * 86_400 - 1, false)] {
            let header = engine.ticket_cookie(&Ticket::new().unwrap(), &payload("{}"), issued, NOW);
            let (_, value) = header.split(';').next().unwrap().split_once('=').unwrap();
            let brought = engine.read_ticket(value, NOW).unwrap();
            assert_eq!((brought.in_time, brought.stamp.issued), (in_time, issued));
            let request = open(&engine, &[&header]);
            assert_eq!(request.needs_loading(), in_time, "{issued}");
        }
        assert!(engine.read_ticket("garbage", NOW).is_err());
    }

    #[test]
    fn debug_shows_settings_and_no_key() {
        let shown = format!("{:?}", engine());
        assert!(shown.starts_with("Engine(") && shown.contains("__Host-session") && !shown.contains("7, 7"), "{shown}");
    }
}
