//! The slots of a request, and those of earlier requests that a worker keeps.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use actix_web::dev::Extensions;
use session_core::{Engine, Transaction};

use super::Slot;

/// Most slots that a worker keeps for reuse.
const POOL_SIZE: usize = 64;

/// The slots of a request, in its extensions: one for each session middleware that it went through.
pub(crate) struct Slots {
    outermost: Rc<Slot>,
    inner: Vec<Rc<Slot>>,
}

impl Slots {
    /// Gives the request a slot of the pool, or none where a middleware around this one serves the very cookie already:
    /// that one will save what happens inside.
    pub(crate) fn attach(extensions: &mut Extensions, pool: &Rc<Pool>) -> Option<Lease> {
        let Some(slots) = extensions.get_mut::<Self>() else {
            let lease = pool.lease();
            extensions.insert(Self { outermost: Rc::clone(&lease.slot), inner: Vec::new() });
            return Some(lease);
        };
        if slots.serve(&pool.engine) {
            return None;
        }
        let lease = pool.lease();
        slots.inner.push(Rc::clone(&lease.slot));
        Some(lease)
    }

    /// The slot of a scope: of two middlewares the inner one's, unless its response is on its way already.
    pub(crate) fn find(extensions: &Extensions, scope: &str) -> Option<Rc<Slot>> {
        let slots = extensions.get::<Self>()?;
        let of_scope = || slots.inside_out().filter(|slot| slot.engine.serves(scope));
        of_scope().find(|slot| !slot.done.get()).or_else(|| of_scope().next()).cloned()
    }

    /// The slot of the application's own scope or, where it has none, of the outermost middleware.
    #[cfg(feature = "testing")]
    pub(crate) fn main(extensions: &Extensions) -> Option<Rc<Slot>> {
        Self::find(extensions, "").or_else(|| extensions.get::<Self>().map(|slots| Rc::clone(&slots.outermost)))
    }

    fn serve(&self, engine: &Engine) -> bool {
        let of_cookie = || self.inside_out().filter(|slot| !slot.done.get() && slot.engine.shares_cookie(engine));
        let same_scope = of_cookie().find(|slot| slot.engine.serves(engine.scope()));
        if let Some(other) = same_scope.or_else(|| of_cookie().next()).filter(|other| !other.engine.is_same(engine)) {
            let outcome = match same_scope {
                Some(_) => "the inner one is not used",
                None => "each undoes what the other one writes",
            };
            tracing::error!(name: "session.middleware.clash",
                cookie = other.engine.cookie_name(),
                "two different session middlewares of one cookie are around a handler, and {outcome}; \
                 give one another `.cookie_name(..)` or `.scope(..)`, or wrap clones of one middleware"
            );
        }
        same_scope.is_some()
    }

    fn inside_out(&self) -> impl Iterator<Item = &Rc<Slot>> {
        self.inner.iter().rev().chain([&self.outermost])
    }
}

/// Slots of earlier requests of this worker, so that a request which never looks at its session allocates none.
pub(crate) struct Pool {
    engine: Engine,
    slots: RefCell<VecDeque<Rc<Slot>>>,
}

impl Pool {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, slots: RefCell::new(VecDeque::with_capacity(POOL_SIZE)) }
    }

    fn lease(self: &Rc<Self>) -> Lease {
        let oldest = self.slots.borrow_mut().pop_front();
        // Whoever still holds an earlier request, such as a streaming body, keeps that request's slot.
        let free = oldest.and_then(|mut slot| {
            Rc::get_mut(&mut slot)?.reset();
            Some(slot)
        });
        let slot = free.unwrap_or_else(|| Rc::new(Slot::new(self.engine.clone())));
        Lease { pool: Rc::clone(self), slot }
    }
}

/// A slot in use, given back to the pool when the response is on its way or the request was given up.
pub(crate) struct Lease {
    pool: Rc<Pool>,
    pub(crate) slot: Rc<Slot>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.slot.done.set(true);
        // A request that was given up saves nothing, and says so to whoever goes on changing its session.
        self.slot.with(Transaction::close);
        self.slot.give_up_loading();
        let mut slots = self.pool.slots.borrow_mut();
        if slots.len() < POOL_SIZE {
            slots.push_back(Rc::clone(&self.slot));
        }
    }
}
