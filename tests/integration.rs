//! Tests of the whole path: a request through the middleware, a handler and back.

mod blog;
mod documents;
mod middleware;
mod mutators;
mod startup;
mod support;
mod tampering;
