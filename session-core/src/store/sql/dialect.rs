//! What the engines say differently.

/// The statements of a store, in the words of one engine.
pub(super) struct Dialect {
    /// Makes what is not there yet.
    pub(super) schema: &'static [&'static str],
    /// Whether parameters are numbered (`$1`) and not merely marked (`?`).
    numbered: bool,
}

#[cfg(feature = "sqlite")]
pub(super) const SQLITE: Dialect = Dialect {
    schema: &[
        "CREATE TABLE IF NOT EXISTS sessions (id TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, token_hash TEXT NOT NULL, \
         expires BIGINT NOT NULL, owner TEXT, owner_hash TEXT, data TEXT NOT NULL, deadline BIGINT NOT NULL) WITHOUT ROWID",
        "CREATE INDEX IF NOT EXISTS sessions_owner ON sessions (owner_hash)",
        "CREATE INDEX IF NOT EXISTS sessions_deadline ON sessions (deadline)",
    ],
    numbered: false,
};

#[cfg(feature = "postgres")]
pub(super) const POSTGRES: Dialect = Dialect {
    schema: &[
        "CREATE TABLE IF NOT EXISTS sessions (id TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, token_hash TEXT NOT NULL, \
         expires BIGINT NOT NULL, owner TEXT, owner_hash TEXT, data TEXT NOT NULL, deadline BIGINT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS sessions_owner ON sessions (owner_hash)",
        "CREATE INDEX IF NOT EXISTS sessions_deadline ON sessions (deadline)",
    ],
    numbered: true,
};

#[cfg(feature = "mysql")]
pub(super) const MYSQL: Dialect = Dialect {
    schema: &[
        "CREATE TABLE IF NOT EXISTS sessions (id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, \
         version CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, \
         token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, expires BIGINT NOT NULL, \
         owner LONGTEXT CHARACTER SET utf8mb4, owner_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin, \
         data LONGTEXT CHARACTER SET utf8mb4 NOT NULL, deadline BIGINT NOT NULL, INDEX sessions_owner (owner_hash), \
         INDEX sessions_deadline (deadline)) ENGINE=InnoDB",
    ],
    numbered: false,
};

impl Dialect {
    /// A statement whose parameters are marked by `?`, in the engine's way.
    pub(super) fn statement(&self, marked: &str) -> String {
        if !self.numbered {
            return marked.to_owned();
        }
        let mut parts = marked.split('?');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.zip(1..).fold(first, |text, (part, number)| format!("{text}${number}{part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_marked_or_numbered() {
        let said = |numbered| Dialect { schema: &[], numbered }.statement("a = ? AND b = ?");
        assert_eq!(said(false), "a = ? AND b = ?");
        assert_eq!(said(true), "a = $1 AND b = $2");
    }
}
