//! What the driver's errors say of the database, and nothing of a row.

use crate::store::StoreError;

/// What became of a statement.
pub(super) fn failed(error: &sqlx::Error) -> StoreError {
    // Errors of the engine may quote a row's values; their kind and code do not.
    StoreError::unavailable(match error.as_database_error() {
        Some(error) => format!("the database says {}", error.code().unwrap_or_default()),
        None => match error {
            sqlx::Error::Io(error) => format!("no connection ({})", error.kind()),
            sqlx::Error::PoolTimedOut => "no free connection in time".to_owned(),
            sqlx::Error::PoolClosed => "the pool was closed".to_owned(),
            sqlx::Error::Configuration(_) => "the address is none of this database's".to_owned(),
            sqlx::Error::Tls(_) => {
                "TLS failed: is it turned on in the driver (`sqlx`, feature `tls-rustls`), and the certificate one \
                                    that it trusts?"
                    .to_owned()
            }
            _ => "the connection failed".to_owned(),
        },
    })
}

/// Why there is no first connection: the pool asked for one until its time was up, which says little to somebody who just began.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn not_connected(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolTimedOut => {
            StoreError::unavailable("no connection in 30 seconds: does the database run at this address?")
        }
        error => failed(error),
    }
}

#[cfg(all(test, any(feature = "mysql", feature = "postgres")))]
mod tests {
    use super::*;

    #[test]
    fn who_just_began_is_told_what_to_look_at() {
        let said = |error: sqlx::Error| not_connected(&error).to_string();
        assert!(said(sqlx::Error::PoolTimedOut).contains("does the database run at this address?"));
        assert!(said(sqlx::Error::Tls("no TLS".into())).contains("feature `tls-rustls`"));
        assert!(failed(&sqlx::Error::PoolTimedOut).to_string().ends_with("no free connection in time"));
    }
}
