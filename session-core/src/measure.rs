//! Figures of a running application, for the `metrics` facade. Without the feature `metrics` nothing is counted and nothing is
//! compiled in.

/// How often a session was looked for, by `result`: `loaded`, `absent`, `unavailable`.
pub(crate) const LOADS: &str = "session_loads_total";

/// How often a session was to be saved, by `result`: `saved`, `ended`, `failed`.
pub(crate) const COMMITS: &str = "session_commits_total";

/// How often a store had a newer session than the one that was to be written over.
pub(crate) const CONFLICTS: &str = "session_conflicts_total";

/// How often a cookie opened no session, by `reason`: `malformed`, `signature`, `payload`, `future`, `expired`.
pub(crate) const REJECTS: &str = "session_rejects_total";

/// How often the end of a session was put off without a change.
pub(crate) const REFRESHES: &str = "session_refreshes_total";

/// How often a store was not waited for any longer.
pub(crate) const TIMEOUTS: &str = "session_store_timeouts_total";

/// How long a store took, in seconds, by `operation` and `result`: `ok`, `error`.
#[cfg(feature = "metrics")]
pub(crate) const STORE_SECONDS: &str = "session_store_seconds";

#[cfg(feature = "metrics")]
pub(crate) use with_metrics::{count, count_by, time};

#[cfg(not(feature = "metrics"))]
pub(crate) use without::{count, count_by, time};

#[cfg(feature = "metrics")]
mod with_metrics {
    use std::future::Future;
    use std::time::Instant;

    pub(crate) fn count(name: &'static str) {
        metrics::counter!(name).increment(1);
    }

    pub(crate) fn count_by(name: &'static str, label: &'static str, value: &'static str) {
        metrics::counter!(name, label => value).increment(1);
    }

    /// Measures how long a store takes. By the system's clock, whatever the sessions' own is: nothing depends on it.
    pub(crate) async fn time<T, E>(operation: &'static str, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let begun = Instant::now();
        let answer = work.await;
        let result = if answer.is_ok() { "ok" } else { "error" };
        metrics::histogram!(super::STORE_SECONDS, "operation" => operation, "result" => result).record(begun.elapsed());
        answer
    }
}

#[cfg(not(feature = "metrics"))]
mod without {
    use std::future::Future;

    pub(crate) const fn count(_: &'static str) {}

    pub(crate) const fn count_by(_: &'static str, _: &'static str, _: &'static str) {}

    pub(crate) fn time<F: Future>(_: &'static str, work: F) -> F {
        work
    }
}
