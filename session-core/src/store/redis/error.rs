//! What the driver's errors say of the server: their kind and code, which quote nothing of a session.

use redis::{ErrorKind, RedisError};

use crate::store::StoreError;

/// Nothing was done, or nobody knows.
pub(super) fn failed(error: &RedisError) -> StoreError {
    StoreError::unavailable(in_words(error))
}

/// It may be done, and may be lost again.
pub(super) fn unconfirmed(error: &RedisError) -> StoreError {
    StoreError::unconfirmed(in_words(error))
}

fn in_words(error: &RedisError) -> String {
    if error.kind() == ErrorKind::InvalidClientConfig {
        return "the address is none of Redis, or asks for TLS (`rediss://`), which is not turned on in the driver (`redis`, feature \
                `tokio-native-tls-comp`)"
            .to_owned();
    }
    format!("Redis: {} ({})", error.category(), error.code().unwrap_or("no code"))
}

#[cfg(test)]
mod tests {
    use redis::ServerErrorKind;

    use super::*;

    #[test]
    fn each_failure_says_what_to_look_at() {
        let full =
            RedisError::from((ErrorKind::Server(ServerErrorKind::ReadOnly), "READONLY", "session:secret".to_owned()));
        assert!(full.to_string().contains("secret"));
        let said = failed(&full).to_string();
        assert!(said.ends_with("(READONLY)") && !said.contains("secret"), "{said}");
        let said = unconfirmed(&RedisError::from((ErrorKind::Io, "broken pipe"))).to_string();
        assert!(said.ends_with("(no code)"), "{said}");
        let said = failed(&RedisError::from((ErrorKind::InvalidClientConfig, "no TLS"))).to_string();
        assert!(said.contains("feature `tokio-native-tls-comp`"), "{said}");
    }
}
