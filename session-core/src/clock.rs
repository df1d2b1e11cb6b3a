//! Where the time comes from: the system in a server, the test in a test.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells when sessions are signed, refreshed and over. Stores drop old records by the system's own clock.
///
/// # Examples
///
/// ```
/// use session_core::{Clock, SystemClock};
///
/// assert!(SystemClock.now() > 1_700_000_000);
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970-01-01 00:00 UTC.
    fn now(&self) -> u64;
}

/// The system's clock, which a server uses by default.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "a unit struct that users write as a value")]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        // A clock set before 1970 reads as 1970: every signature then lies in the future and is refused.
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }
}

/// A clock that stands still until a test moves it. Clones share the time.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use session_core::{Clock, ManualClock};
///
/// let clock = ManualClock::at(1_700_000_000);
/// let same = clock.clone();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(same.now(), 1_700_000_060);
/// clock.set(0);
/// assert_eq!(same.now(), 0);
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that shows this time, in seconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn at(unix_seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(unix_seconds)))
    }

    /// Sets the time, forwards or back.
    pub fn set(&self, unix_seconds: u64) {
        self.0.store(unix_seconds, Ordering::Relaxed);
    }

    /// Moves the time forwards by whole seconds; a fraction of a second is dropped.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().saturating_add(by.as_secs()));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManualClock({})", self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_the_seconds_since_1970() {
        let told = UNIX_EPOCH + Duration::from_secs(SystemClock.now());
        let minute = Duration::from_secs(60);
        assert!((SystemTime::now() - minute..SystemTime::now() + minute).contains(&told), "{told:?}");
    }

    #[test]
    fn debug_shows_the_time() {
        assert_eq!(format!("{:?}", ManualClock::at(7)), "ManualClock(7)");
    }
}
