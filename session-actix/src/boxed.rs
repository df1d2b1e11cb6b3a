//! Futures whose type has no name.

use std::future::Future;
use std::pin::Pin;

/// A future that stays on its worker.
pub(crate) type Boxed<'r, T> = Pin<Box<dyn Future<Output = T> + 'r>>;
