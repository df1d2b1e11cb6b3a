//! Sessions in a database: one table, one statement a save. The three engines differ by their dialect alone.

mod again;
mod cleaning;
mod dialect;
mod error;
mod row;
mod store;

#[cfg(feature = "mysql")]
pub use store::MySqlStore;
#[cfg(feature = "postgres")]
pub use store::PostgresStore;
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
