//! Tests of the whole path: a request through the middleware, a handler and back.

// Public, so that the lints for documented interfaces look at what the derive writes there.
pub mod accessors;
mod audit;
mod blog;
mod caching;
mod commit;
mod derive;
mod documents;
mod encrypted;
mod failures;
mod finding;
mod flask_cases;
mod flask_scenarios;
mod flask_vectors;
mod flashes;
mod late;
mod lifetimes;
mod login_guard;
mod middleware;
mod mutators;
mod nesting;
mod peers;
mod privilege;
mod rotation;
mod settings;
mod startup;
mod support;
mod tampering;
mod watch;
