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

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn each_failure_says_what_to_look_at() {
        let said = [
            (sqlx::Error::Io(ErrorKind::ConnectionRefused.into()), "no connection (connection refused)"),
            (sqlx::Error::PoolTimedOut, "no free connection in time"),
            (sqlx::Error::PoolClosed, "the pool was closed"),
            (sqlx::Error::Configuration("scheme".into()), "the address is none of this database's"),
            (
                sqlx::Error::Tls("certificate".into()),
                "(`sqlx`, feature `tls-rustls`), and the certificate one that it trusts?",
            ),
            (sqlx::Error::RowNotFound, "the connection failed"),
        ];
        for (error, text) in said {
            let failed = failed(&error).to_string();
            assert!(failed.ends_with(text), "{failed}");
        }
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test]
    async fn the_engine_is_quoted_by_its_code_alone() {
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
        let error = sqlx::query("SELECT 'secret' FROM nowhere").execute(&pool).await.unwrap_err();
        assert!(error.to_string().contains("nowhere"));
        let failed = failed(&error).to_string();
        assert!(failed.ends_with("the database says 1"), "{failed}");
    }

    #[cfg(any(feature = "mysql", feature = "postgres"))]
    #[test]
    fn who_just_began_is_told_what_to_look_at() {
        let said = |error: sqlx::Error| not_connected(&error).to_string();
        assert!(said(sqlx::Error::PoolTimedOut).ends_with("does the database run at this address?"));
        assert!(said(sqlx::Error::PoolClosed).ends_with("the pool was closed"));
    }
}
