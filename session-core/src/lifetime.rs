//! How long a session lives. All times are in whole seconds; sums that would overflow saturate.

use std::time::Duration;

use crate::config::{Config, Refresh};
use crate::error::Error;
use crate::payload::Payload;
use crate::reserved;

/// The limits that the configuration sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    /// Seconds after the last write, where a session does not say otherwise.
    idle: u64,
    /// The most that a session may say.
    longest: u64,
    /// Seconds after the session was created.
    absolute: Option<u64>,
    refresh: Refresh,
    /// Seconds by which cookies are dated back.
    backdate: u64,
}

impl Lifetimes {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            idle: config.lifetime.as_secs(),
            longest: config.longest_lifetime().as_secs(),
            absolute: config.absolute_lifetime.map(|lifetime| lifetime.as_secs()),
            refresh: config.refresh,
            backdate: config.backdate,
        }
    }

    /// Whether no session of this age can be alive, so that it need not be decoded.
    pub(crate) fn is_surely_over(&self, issued: u64, now: u64) -> bool {
        now.saturating_sub(issued) > self.longest
    }

    /// Whether the session ended. At exactly its lifetime it is still alive, as in itsdangerous.
    pub(crate) fn is_over(&self, session: &Payload, issued: u64, now: u64) -> bool {
        let idle = now.saturating_sub(issued) > self.of(session);
        let absolute = self.absolute.is_some_and(|limit| now.saturating_sub(created(session, issued)) > limit);
        idle || absolute
    }

    /// Seconds until the session ends by itself.
    pub(crate) fn remaining(&self, session: &Payload, issued: u64, now: u64) -> u64 {
        let idle_end = issued.saturating_add(self.of(session));
        let absolute_end = self.absolute.map(|limit| created(session, issued).saturating_add(limit));
        absolute_end.map_or(idle_end, |end| end.min(idle_end)).saturating_sub(now)
    }

    /// Whether a session that was only looked at should be written anew.
    pub(crate) fn refresh_is_due(&self, session: &Payload, issued: u64, now: u64) -> bool {
        let age = now.saturating_sub(issued);
        let lifetime = self.of(session);
        let due = match self.refresh {
            Refresh::AfterTenth => age >= (lifetime / 10).max(1),
            Refresh::EveryResponse => true,
            Refresh::OnChange => false,
            // A session with a shorter lifetime of its own must not end before its first refresh.
            Refresh::After(after) if after.as_secs() < lifetime => age >= after.as_secs(),
            Refresh::After(_) => age >= lifetime / 2,
        };
        // In its last second a cookie would be told to go at once.
        due && self.remaining(session, now, now) > 0
    }

    /// A session's idle lifetime in seconds.
    pub(crate) fn of(&self, session: &Payload) -> u64 {
        self.of_setting(session.get(reserved::LIFETIME))
    }

    /// As [`Lifetimes::of`], from the value that the session has under its reserved key.
    pub(crate) fn of_setting(&self, seconds: Option<&str>) -> u64 {
        seconds.and_then(|json| json.parse().ok()).unwrap_or(self.idle).min(self.longest)
    }

    /// The seconds of a lifetime that a session may have.
    pub(crate) fn check(&self, asked: Duration) -> Result<u64, Error> {
        match asked.as_secs() {
            // A cookie that is dated back must not end before it begins.
            seconds if seconds > self.backdate && seconds <= self.longest => Ok(seconds),
            _ => Err(Error::lifetime(asked, self.backdate.saturating_add(1), self.longest)),
        }
    }
}

/// Writes down when the session began.
pub(crate) fn set_created(session: &mut Payload, created: u64) {
    if session.get(reserved::CREATED).and_then(|json| json.parse().ok()) != Some(created) {
        session.set_number(reserved::CREATED, created);
    }
}

/// When the session began. One from before this was recorded began when it was last written.
pub(crate) fn created(session: &Payload, issued: u64) -> u64 {
    session.get(reserved::CREATED).and_then(|json| json.parse().ok()).unwrap_or(issued)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LONGEST_LIFETIME;
    use crate::notation::Notation;
    use crate::recycled::Text;

    const NOW: u64 = 1_700_000_000;

    /// Of sessions that live for 100 seconds, and no longer than 500.
    fn lifetimes(change: impl FnOnce(&mut Config)) -> Lifetimes {
        let mut config = Config {
            lifetime: Duration::from_secs(100),
            absolute_lifetime: Some(Duration::from_secs(500)),
            ..Config::default()
        };
        change(&mut config);
        Lifetimes::new(&config)
    }

    fn session(json: &str) -> Payload {
        Payload::parse(Text::new(json.into())).unwrap()
    }

    #[test]
    fn a_session_is_alive_in_its_last_second_and_over_in_the_next() {
        let lifetimes = lifetimes(|_| ());
        let is_over = |json: &str, issued, now| lifetimes.is_over(&session(json), issued, now);
        assert!(!is_over("{}", NOW, NOW + 100) && is_over("{}", NOW, NOW + 101));
        assert!(!is_over(r#"{"_lifetime":5}"#, NOW, NOW + 5) && is_over(r#"{"_lifetime":5}"#, NOW, NOW + 6));
        let created = format!(r#"{{"_created":{NOW}}}"#);
        assert!(!is_over(&created, NOW + 450, NOW + 500) && is_over(&created, NOW + 450, NOW + 501));
        assert!(!is_over("{}", NOW + 60, NOW), "from a clock that goes ahead");
    }

    #[test]
    fn without_an_absolute_lifetime_a_session_that_is_used_goes_on() {
        let lifetimes = lifetimes(|config| config.absolute_lifetime = None);
        assert!(!lifetimes.is_over(&session(r#"{"_created":0}"#), NOW, NOW));
        assert_eq!(lifetimes.remaining(&session(r#"{"_created":0}"#), NOW, NOW), 100);
    }

    #[test]
    fn a_cookie_is_surely_over_when_the_longest_lifetime_has_passed() {
        let longest = LONGEST_LIFETIME.as_secs();
        let any = lifetimes(|_| ());
        assert!(!any.is_surely_over(NOW, NOW + longest) && any.is_surely_over(NOW, NOW + longest + 1));
        let short = lifetimes(|config| config.max_lifetime = Some(Duration::from_secs(200)));
        assert!(!short.is_surely_over(NOW, NOW + 200) && short.is_surely_over(NOW, NOW + 201));
        assert!(!short.is_surely_over(NOW + 60, NOW), "from a clock that goes ahead");
    }

    #[test]
    fn what_remains_is_what_the_nearer_of_both_ends_leaves() {
        let lifetimes = lifetimes(|_| ());
        let created = session(&format!(r#"{{"_created":{NOW}}}"#));
        for (issued, now, seconds) in
            [(NOW, NOW, 100), (NOW, NOW + 30, 70), (NOW + 450, NOW + 450, 50), (NOW, NOW + 101, 0), (NOW, NOW + 501, 0)]
        {
            assert_eq!(lifetimes.remaining(&created, issued, now), seconds, "{issued} {now}");
        }
        assert_eq!(lifetimes.remaining(&session("{}"), u64::MAX, NOW), u64::MAX - NOW, "no sum overflows");
    }

    #[test]
    fn a_session_is_refreshed_when_the_setting_says_so() {
        let due = |refresh, json: &str, age| {
            lifetimes(|config| config.refresh = refresh).refresh_is_due(&session(json), NOW, NOW + age)
        };
        let after = |seconds| Refresh::After(Duration::from_secs(seconds));
        assert!(!due(Refresh::AfterTenth, "{}", 9) && due(Refresh::AfterTenth, "{}", 10));
        assert!(due(Refresh::EveryResponse, "{}", 0));
        assert!(!due(Refresh::OnChange, "{}", 99));
        assert!(!due(after(60), "{}", 59) && due(after(60), "{}", 60));
        // Of a lifetime that has no tenth, nor more than the setting, a second or a half must pass.
        assert!(
            !due(Refresh::AfterTenth, r#"{"_lifetime":9}"#, 0) && due(Refresh::AfterTenth, r#"{"_lifetime":9}"#, 1)
        );
        for lifetime in [60, 61] {
            let json = format!(r#"{{"_lifetime":{lifetime}}}"#);
            let first = if lifetime == 60 { 30 } else { 60 };
            assert!(!due(after(60), &json, first - 1) && due(after(60), &json, first), "{lifetime}");
        }
    }

    #[test]
    fn a_session_in_its_last_second_is_not_refreshed() {
        let lifetimes = lifetimes(|config| config.refresh = Refresh::EveryResponse);
        let created = session(&format!(r#"{{"_created":{NOW}}}"#));
        assert!(lifetimes.refresh_is_due(&created, NOW + 450, NOW + 499));
        assert!(!lifetimes.refresh_is_due(&created, NOW + 450, NOW + 500));
    }

    #[test]
    fn a_session_has_its_own_lifetime_as_far_as_that_is_allowed_and_can_be_read() {
        let lifetimes = lifetimes(|config| config.max_lifetime = Some(Duration::from_secs(200)));
        for (seconds, lifetime) in [("5", 5), ("200", 200), ("201", 200), ("-1", 100), ("\"5\"", 100), ("1.5", 100)] {
            assert_eq!(lifetimes.of_setting(Some(seconds)), lifetime, "{seconds}");
            assert_eq!(lifetimes.of(&session(&format!(r#"{{"_lifetime":{seconds}}}"#))), lifetime, "{seconds}");
        }
        assert_eq!((lifetimes.of_setting(None), lifetimes.of(&session("{}"))), (100, 100));
    }

    #[test]
    fn a_lifetime_that_ends_before_it_begins_or_is_too_long_is_refused() {
        let lifetimes = lifetimes(|config| {
            config.max_lifetime = Some(Duration::from_secs(200));
            config.backdate = 10;
        });
        for (seconds, is_taken) in [(0, false), (10, false), (11, true), (200, true), (201, false)] {
            let checked = lifetimes.check(Duration::from_secs(seconds));
            assert_eq!(checked.ok(), is_taken.then_some(seconds), "{seconds}");
        }
    }

    #[test]
    fn a_session_that_does_not_say_when_it_began_began_when_it_was_written() {
        assert_eq!(created(&session(r#"{"_created":5}"#), NOW), 5);
        for unread in ["{}", r#"{"_created":"5"}"#, r#"{"_created":-5}"#] {
            assert_eq!(created(&session(unread), NOW), NOW, "{unread}");
        }
    }

    #[test]
    fn a_beginning_that_is_there_already_is_left_as_it_stands() {
        let mut session = Payload::empty(Notation::Json);
        for (time, json) in [(5, r#"{"_created":5}"#), (6, r#"{"_created":6}"#)] {
            set_created(&mut session, time);
            assert_eq!(session.to_json().as_str(), json);
        }
        let before = session.clone();
        set_created(&mut session, 6);
        assert_eq!(session, before);
    }
}
